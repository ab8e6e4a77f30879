"""What a rider finds at a station as text, kept for all stations of one schedule and all riders until it changes.

Who sets out before the state next changes, and arrives in the same stretch of time, finds the same: only metres and
seconds differ. So the text of a stretch is written once, by the functions that define it, and looked up by the moment
of arrival. Where that is within a millisecond of a change nothing is looked up: floats are not exact enough to tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from stationmap.formats.doubt_text import bits_of
from stationmap.formats.geojson import dumps, visit, visit_json
from stationmap.formats.kept_texts import KeptTexts
from stationmap.hours.schedule import Schedule
from stationmap.rules import MAX_TRAVEL, MAX_WAIT
from stationmap.search.doubts import AT_ONCE, opening_doubts
from stationmap.search.query import BY_SECONDS, Query, day_and_its_end

MAX_BYTES = 16 * 1_048_576
"""Of the texts of one registry: some 10,000 schedules at a moment."""
MAX_STRETCHES = 8
"""Of a departure that are kept: a day and a half of hours with a break at noon."""

_MARGIN_S = 0.001
LONGEST_S = MAX_TRAVEL.total_seconds() - _MARGIN_S
"""The longest way of which anything is kept."""
_LAST_KEPT_S = 2.0**33
"""The year 2242; later moments are no more told apart to the microsecond by a float."""
_OBJECTS_BYTES = 600
_MAX_WAIT_S = MAX_WAIT.total_seconds()
_ANYTHING = Query()
_ROW_MEMBERS = ("state", "until", "arrive_before_close", "on_arrival")
_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """What riders find who arrive in a stretch of time, in seconds since 1970; its margins belong to it no more."""

    from_s: float
    until_s: float
    visit: bytes
    """Of a Feature, the members of a visit from the state on to `"travel_s":`, whose number follows."""
    row_visit: bytes
    """The same of a row of a batch."""
    doubts: int
    """Those of `search.doubts.opening_doubts`, as bits."""


class Departure(NamedTuple):
    """What is kept of a schedule for riders who set out in a span of time, in seconds since 1970, end not included."""

    schedule: Schedule
    from_s: float
    until_s: float
    stays_closed: bool
    """Whether it is closed now, and so for everybody whose way is longer than `MAX_WAIT`."""
    stretches: tuple[Stretch, ...]
    """The first is that of who arrives before anything changes."""

    @property
    def size(self) -> int:
        """Return how many bytes it takes, roughly."""
        return sum(_OBJECTS_BYTES + len(each.visit) + len(each.row_visit) for each in self.stretches)

    def stretch(self, arrival_s: float, way_s: float) -> Stretch | None:
        """Return the stretch in which a rider arrives, None where it is not kept or nearly another one."""
        if way_s >= LONGEST_S:
            return None
        if self.stays_closed and way_s > _MAX_WAIT_S:
            return self.stretches[0] if way_s > _MAX_WAIT_S + _MARGIN_S else None
        for each in self.stretches:
            if each.from_s <= arrival_s < each.until_s:
                return each
        return None


class VisitTexts:
    """Departures by the places of distinct schedules, as many as fit; safe to share between threads."""

    def __init__(self, schedules: Sequence[Schedule], little_left: timedelta, max_bytes: int = MAX_BYTES) -> None:
        self._schedules, self._little_left = schedules, little_left
        self._kept: KeptTexts[Departure] = KeptTexts(max_bytes)

    def departure(self, place: int, at: datetime, at_s: float) -> Departure:
        """Return what is kept of a schedule for who sets out at `at`, which is `at_s` seconds since 1970."""
        found = self._kept.get(place)
        if found is None or not found.from_s <= at_s < found.until_s:
            found = self._departure(self._schedules[place], at)
            self._kept.put(place, found)
        return found

    def stretch(self, place: int, at: datetime, at_s: float, way_s: float) -> Stretch | None:
        """Return the stretch in which a rider arrives after `way_s` seconds, written now where it was not kept.

        None where that is nearly another one, the way longer than `MAX_TRAVEL`, or the year far ahead.
        """
        if at_s > _LAST_KEPT_S:
            return None
        departure = self.departure(place, at, at_s)
        found = departure.stretch(at_s + way_s, way_s)
        if found is not None or way_s >= LONGEST_S or abs(way_s - _MAX_WAIT_S) <= _MARGIN_S:
            return found
        made = self._stretch(departure.schedule, at, timedelta(seconds=way_s))
        if not made.from_s <= at_s + way_s < made.until_s:
            return None
        if len(departure.stretches) < MAX_STRETCHES and departure.from_s < departure.until_s:
            self._kept.put(place, departure._replace(stretches=(*departure.stretches, made)))
        return made

    def _departure(self, schedule: Schedule, at: datetime) -> Departure:
        status, start, end = schedule.status_and_span(at)
        from_s, until_s = start.timestamp(), min(end, day_and_its_end(at)[1]).timestamp()
        return Departure(schedule, from_s, until_s, status.state == "closed", (self._stretch(schedule, at, AT_ONCE),))

    def _stretch(self, schedule: Schedule, at: datetime, way: timedelta) -> Stretch:
        """Write what riders find who arrive about when one does who sets out at `at` and is on the way for `way`."""
        found, arrival = visit(schedule, 0, at, BY_SECONDS, way.total_seconds()), at + way
        doubts = opening_doubts(schedule, at, way, _ANYTHING, self._little_left)
        rest = visit_json(schedule, 0, at, BY_SECONDS, way.total_seconds()).partition(b",")[2]
        row = dumps({name: found[name] for name in _ROW_MEMBERS})[1:-1]
        since, until = self._bounds(schedule, at, arrival)
        return Stretch(
            since.timestamp() + _MARGIN_S if since else -math.inf,
            until.timestamp() - _MARGIN_S,
            rest.rpartition(b":")[0] + b":",
            row + b',"travel_s":',
            bits_of(doubts),
        )

    def _bounds(self, schedule: Schedule, at: datetime, arrival: datetime) -> tuple[datetime | None, datetime]:
        """Return since when, and until when, who arrives finds the same; None for since whenever one can be there."""
        midnight = day_and_its_end(arrival)[1]
        since = None if midnight == day_and_its_end(at)[1] else midnight - _DAY
        status = schedule.status_at(at)
        while status.until is not None and status.until <= arrival:
            since = status.until if since is None else max(since, status.until)
            status = schedule.status_then(status.until)
        if status.until is None:
            return since, midnight
        soon = status.until - self._little_left
        if status.state != "open" or soon > arrival:
            return since, min(midnight, status.until if status.state != "open" else soon)
        return soon if since is None else max(since, soon), min(midnight, status.until)
