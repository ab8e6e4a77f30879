"""Hours that contradict the wording they come from: one of the two was changed and the other was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from stationmap.deep_checks.checks.unknowns import MAX_SHOWN
from stationmap.deep_checks.issue import Issue, Values
from stationmap.deep_checks.kinds import issue
from stationmap.errors import InvalidHoursError
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.opening_hours import ZONE, Interval, parse
from stationmap.hours.schedule import IN_USE
from stationmap.registry.model import Station

WEEKS = (0, 13, 26, 39)
"""Weeks from today that are compared: one a season, as hours differ between summer and winter."""
WEEK = timedelta(weeks=1)


class Contradiction(NamedTuple):
    """A moment at which hours and wording differ, and what the wording means as opening_hours."""

    at: datetime
    by_hours: str
    by_wording: str
    meant: str


def hours_against_wording(stations: Iterable[Station], today: date) -> Iterator[Issue]:
    """Yield the stations in use whose hours say open where their wording says closed, or the reverse."""

    @cache
    def compared(hours: str, wording: str) -> Contradiction | None:
        return contradiction(hours, wording, today)

    for station in stations:
        known = station.properties
        if station.status != IN_USE or not known.hours or not known.hours_source:
            continue
        if found := compared(known.hours, known.hours_source):
            values: Values = {
                "at": f"{found.at:%Y-%m-%d %H:%M}",
                "hours": known.hours[:MAX_SHOWN],
                "wording": known.hours_source[:MAX_SHOWN],
                "meant": found.meant,
                "by_hours": (f"state.{found.by_hours}",),
                "by_wording": (f"state.{found.by_wording}",),
            }
            yield issue("hours_contradict_wording", (station.id,), values)


def contradiction(hours: str, wording: str, today: date) -> Contradiction | None:
    """Return the first moment of four weeks of the coming year at which hours contradict a wording, if there is one.

    What either leaves unknown, or says with a caution (a holiday of which it does not speak), contradicts nothing; nor
    does a wording that is not understood in one way.
    """
    meant = to_osm(wording)
    if meant is None or meant == hours:
        return None
    try:
        both = parse(hours), parse(meant)
    except InvalidHoursError:
        return None
    for weeks in WEEKS:
        start = datetime.combine(today, time.min, ZONE) + weeks * WEEK
        mine, theirs = (each.intervals(start, start + WEEK) for each in both)
        if found := _first_difference(mine, theirs):
            return Contradiction(*found, meant)
    return None


def _first_difference(mine: Sequence[Interval], theirs: Sequence[Interval]) -> tuple[datetime, str, str] | None:
    """Return when and how two lists of intervals that cover one range first say open and closed of one moment."""
    own, other = iter(mine), iter(theirs)
    one, two = next(own, None), next(other, None)
    while one and two:
        if {one.state, two.state} == {"open", "closed"} and not (one.cautions or two.cautions):
            return max(one.start, two.start), one.state, two.state
        # Whichever ends first is done with.
        end = min(one.end, two.end)
        one = next(own, None) if one.end == end else one
        two = next(other, None) if two.end == end else two
    return None
