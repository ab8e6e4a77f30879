"""The trend of issues as what a page shows: a picture of all, and a row a kind."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from stationmap.deep_checks.care_pages import About
from stationmap.deep_checks.kept_trend import Week
from stationmap.web.staff.review.trend_picture import Picture, TrendRow, picture


class TrendTable(NamedTuple):
    """The days on which weeks ended, totals, and a row a kind; the last count is of now, None where nobody knows."""

    days: tuple[str, ...]
    totals: tuple[int | None, ...]
    rows: tuple[TrendRow, ...]
    picture: Picture
    weeks_unknown: int
    first: int | None
    """The earliest total that is known."""


def trend_table(weeks: list[Week], about: About) -> TrendTable:
    """Put the weeks before and what there is now together."""
    points = [week.point for week in weeks]
    counted = [point.counts if point else None for point in points]
    totals = (*(sum(each.values()) if each is not None else None for each in counted), sum(about.counts.values()))
    sundays = (week.monday + timedelta(days=6) for week in weeks)
    days = (*(f"{day:%m-%d}" for day in sundays), f"{about.day:%m-%d}")
    codes = dict.fromkeys(code for each in (about.counts, *filter(None, counted)) for code in each)
    rows = [
        TrendRow(code, (*(None if each is None else each.get(code, 0) for each in counted), about.counts.get(code, 0)))
        for code in codes
    ]
    rows.sort(key=lambda row: -(row.counts[-1] or 0))
    known = [total for total in totals[:-1] if total is not None]
    unknown = sum(week.entry is None for week in weeks)
    return TrendTable(days, totals, tuple(rows), picture(days, totals), unknown, known[0] if known else None)
