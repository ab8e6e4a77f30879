"""Trends of reports: which stations are locked when they are posted open, and when; how many come, and are answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from flask import Response, request

from stationmap.accounts import roles
from stationmap.registry.model import Station
from stationmap.reports.model import KINDS, Kind
from stationmap.storage.reports.locked_hours import locked_counts
from stationmap.storage.reports.trends import FirstAnswers, first_answers, weekly_counts
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.reports.page_parts import ENDINGS, check_ending, reports_page, sheets_file
from stationmap.web.staff.reports.trend_pictures import HOURS, bar_picture, week_picture
from stationmap.web.staff.reports.trend_sheets import sheets, stated
from stationmap.web.state import current_snapshot, now, state

SPANS = (30, 90, 180)
USUAL_DAYS = 90
MAX_STATIONS = 100
"""Stations that the page lists; a file has all."""
NO_ANSWERS = FirstAnswers(None, 0, 0)


class LockedStation(NamedTuple):
    """A station that was found locked while posted open: how often, by hour of the week."""

    id: str
    station: Station | None
    hours: Mapping[int, int]

    @property
    def times(self) -> int:
        """How often in all."""
        return sum(self.hours.values())

    @property
    def worst(self) -> Sequence[tuple[int, int, int]]:
        """The three hours with the most reports: weekday, hour of the day, times."""
        found = sorted(self.hours.items(), key=lambda each: (-each[1], each[0]))[:3]
        return [(*divmod(hour, HOURS), times) for hour, times in found]


class Trends(NamedTuple):
    """What happened in some days up to now: stations found locked, most often first; weeks by kind; first answers."""

    days: int
    district: str
    stations: Sequence[LockedStation]
    weeks: Mapping[date, Mapping[Kind, int]]
    answers: FirstAnswers


def report_trends() -> Response:
    """Return the page of trends."""
    found = _trends()
    hours = sum((Counter(each.hours) for each in found.stations), Counter[int]())
    totals = [sum(kinds.values()) for kinds in found.weeks.values()]
    return reports_page(
        "trends",
        trends=found,
        hours=hours,
        hours_of_day=range(HOURS),
        listed=found.stations[:MAX_STATIONS],
        picture=week_picture(hours),
        bars=bar_picture([f"{monday:%m-%d}" for monday in found.weeks], totals),
        totals=totals,
        kinds=[kind for kind in KINDS if any(kind in week for week in found.weeks.values())],
        spans=SPANS,
        districts=current_snapshot().districts,
        endings=ENDINGS,
    )


def report_trends_file(ending: str) -> Response:
    """Return the same as a file: CSV of the stations by hour of the week, or a workbook with all."""
    check_ending(ending)
    found, registry, language = _trends(), current_snapshot().registry, requested_language()
    basis = stated(registry, found.days, found.district, now().date())
    rows = [(each.id, each.station, each.hours) for each in found.stations]
    return sheets_file(f"report-trends.{ending}", sheets(rows, found.weeks, language), basis)


def _trends() -> Trends:
    days_text, district = request.args.get("days", ""), request.args.get("district", "")
    days = next((each for each in SPANS if str(each) == days_text), USUAL_DAYS)
    district = district if district.isascii() and district.isdecimal() else ""
    desk, since = state().desk, now() - timedelta(days=days)
    if not desk.has_reports:
        return Trends(days, district, (), {}, NO_ANSWERS)
    stations = _of_district(district)
    with desk.database().reading() as connection:
        locked = locked_counts(connection, desk.registry, since=since)
        weeks = weekly_counts(connection, desk.registry, since=since, stations=stations)
        answers = first_answers(connection, desk.registry, since=since, stations=stations)
    return Trends(days, district, _stations(locked, district), weeks, answers)


def _of_district(district: str) -> frozenset[str] | None:
    """Return the stations of a district; None without one."""
    if not district:
        return None
    snapshot = current_snapshot()
    codes = [int(each) for each in snapshot.districts if roles.is_in(each, (district,))]
    rows = np.flatnonzero(np.isin(snapshot.index.columns.districts, codes))
    return frozenset(snapshot.ids[row] for row in rows.tolist())


def _stations(locked: Mapping[str, Mapping[int, int]], district: str) -> Sequence[LockedStation]:
    registry = current_snapshot().registry
    found = [LockedStation(known, registry.get(known), hours) for known, hours in locked.items()]
    chosen = [
        each for each in found if not district or (each.station and roles.is_in(each.station.district, (district,)))
    ]
    return sorted(chosen, key=lambda each: (-each.times, each.id))
