"""Temporary closures that do not end, ended long ago or contradict each other, the status or the day of opening."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import NamedTuple

from stationmap.deep_checks.issue import Issue, Values
from stationmap.deep_checks.kinds import issue
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import IN_USE
from stationmap.registry.model import Closure, Station

LONG_AGO_DAYS = 90
"""After so many days nobody looks up a past closure on the page of a station, and the list is easier to read."""
SUSPENDED, PLANNED = "suspended", "planned"


class _Days(NamedTuple):
    """The days of a closure, both included; without a last one no end is known."""

    first: date
    last: date | None
    reason: str

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def closures(stations: Iterable[Station], today: date) -> Iterator[Issue]:
    """Yield what is wrong with the closures of each station, and with its status beside them."""
    for station in stations:
        if station.closures or station.status != IN_USE or station.properties.opened:
            days = [_days(closure) for closure in station.closures]
            # An end before its beginning is a finding of `check`, and says nothing of days.
            sound = [each for each in days if each.last is None or each.first <= each.last]
            yield from _of_closures(station, sound, today)
            yield from _of_status(station, sound, today)


def _of_closures(station: Station, days: Sequence[_Days], today: date) -> Iterator[Issue]:
    ids = (station.id,)
    if station.status not in (IN_USE, SUSPENDED):
        return
    for each in days:
        if each.last is None:
            yield issue("closure_without_end", ids, {"from": f"{each.first}", "reason": each.reason or "–"})
    past = [each.last for each in days if each.last and (today - each.last).days > LONG_AGO_DAYS]
    if past:
        yield issue("closure_past", ids, {"count": f"{len(past)}", "to": f"{max(past)}"})
    for one, two in combinations(sorted(days, key=lambda each: each.first), 2):
        # What begins while another goes on and ends otherwise: which of the two ends holds?
        if one.holds_on(two.first) and one.last != two.last and two.holds_on(max(today, two.first)):
            values = {"from": f"{one.first}", "to": _end(one), "other_from": f"{two.first}", "other_to": _end(two)}
            yield issue("closures_overlap", ids, values)


def _of_status(station: Station, days: Sequence[_Days], today: date) -> Iterator[Issue]:
    ids, opened = (station.id,), station.properties.opened
    if station.status == SUSPENDED:
        ended = [each.last for each in days if each.last and each.last < today]
        if ended and not any(each.last is None or each.last >= today for each in days):
            yield issue("closure_contradicts_status", ids, {"to": f"{max(ended)}"})
        elif not any(each.holds_on(today) and each.reason.strip() for each in days):
            yield issue("suspended_without_reason", ids)
    if opened and ((station.status == PLANNED and opened <= today) or (station.status == IN_USE and opened > today)):
        values: Values = {"opened": f"{opened}", "status": (f"register_status.{station.status}",)}
        yield issue("opened_contradicts_status", ids, values)


def _days(closure: Closure) -> _Days:
    return _Days(day_of(closure.start), None if closure.end is None else day_of(closure.end), closure.reason)


def day_of(edge: date | datetime) -> date:
    """Return the day on which a closure begins or ends where the stations are."""
    if not isinstance(edge, datetime):
        return edge
    try:
        return edge.astimezone(ZONE).date()
    except OverflowError:
        return edge.date()


def _end(days: _Days) -> str:
    return f"{days.last}" if days.last else "?"
