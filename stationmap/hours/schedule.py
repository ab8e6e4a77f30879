"""What a station does over time: its hours, its temporary closures and its status in the register, as one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from weakref import WeakValueDictionary

from stationmap.errors import InvalidHoursError, InvalidQueryError
from stationmap.hours.calendar import Calendar, china
from stationmap.hours.calendar_rules import NOT_ANNOUNCED
from stationmap.hours.opening_hours import (
    HORIZON,
    HOURS_NOT_UNDERSTOOD,
    ZONE,
    Interval,
    OpeningHours,
    State,
    Status,
    local,
    local_range,
    merged,
    never_known,
    parse,
)
from stationmap.rules import MAX_TRAVEL

__all__ = ["ClosedPeriod", "Interval", "Schedule", "Status"]

IN_USE = "open"
CLOSURE = "closure"
DAY = timedelta(days=1)
DAYS_AHEAD = timedelta(days=14)  # for which a station must be open to be open day and night
MAX_KEPT_MOMENTS = 4
FOREVER = datetime.combine(date.max, time.max)


class ClosedPeriod(NamedTuple):
    """A temporary closure: whole days, both included, or aware moments; no end means that none is known."""

    start: date | datetime
    end: date | datetime | None = None
    reason: str = ""


class _Shut(NamedTuple):
    """A closure in local time, end not included."""

    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Schedule:
    """Hours, closures and status of a station under one calendar; equal inputs share one. Made by `Schedule.of`.

    It keeps its latest result, and is dropped with the last station that has it.
    """

    hours_text: str | None
    closures: tuple[ClosedPeriod, ...]
    status: str
    calendar: Calendar = field(repr=False)
    _hours: OpeningHours = field(compare=False, repr=False)
    _shut: tuple[_Shut, ...] = field(compare=False, repr=False)
    # One tuple, replaced by one assignment, so that threads see an old answer or a new one but never a mixture.
    _last: tuple[datetime, datetime, Status] | None = field(default=None, init=False, compare=False, repr=False)
    _soon: tuple[datetime, Status] | None = field(default=None, init=False, compare=False, repr=False)
    _then: dict[datetime, Status] = field(default_factory=dict, init=False, compare=False, repr=False)
    _ahead: tuple[date, frozenset[State]] | None = field(default=None, init=False, compare=False, repr=False)

    @staticmethod
    def of(hours_text: str | None, closures: tuple[ClosedPeriod, ...] = (), status: str = IN_USE) -> Schedule:
        """Make the schedule of a station under the calendar in use; a text that cannot be read leaves hours unknown.

        A closure from or to a moment without offset raises `InvalidQueryError`.
        """
        key = hours_text, closures, status, china()
        found = _in_use.get(key)
        if found is None:
            # Two threads may both make one: either is as good.
            hours = _hours_of(hours_text, key[3])
            found = _in_use[key] = Schedule(*key, hours, tuple(_shut(closures)))
        return found

    def __reduce__(self) -> tuple[Callable[..., Schedule], tuple[object, ...]]:
        """Travel to another process as what it is made of."""
        return Schedule.of, (self.hours_text, self.closures, self.status)

    @property
    def follows_calendar(self) -> bool:
        """Whether the hours say what holds on public holidays."""
        return self._hours.follows_calendar

    def status_at(self, at: datetime) -> Status:
        """Return the status at an aware moment; the last answer is cached for as long as it holds."""
        last = self._last
        if last is not None and at.utcoffset() is not None and last[0] <= at < last[1]:
            return last[2]
        moment = local(at)
        found = next(self._parts(moment, moment + DAY))
        until = self._next_change(moment, found.state)
        status = found.status(until, next(self._parts(until, until + DAY)).state if until else None)
        last = (found.start.replace(tzinfo=ZONE), found.end.replace(tzinfo=ZONE), status)
        object.__setattr__(self, "_last", last)
        return status

    def status_and_span(self, at: datetime) -> tuple[Status, datetime, datetime]:
        """Return the status at an aware moment, and a span around it, without its end, in which it stays the same."""
        status = self.status_at(at)
        last = self._last  # of another moment where another thread has asked meanwhile
        if last is not None and last[0] <= at < last[1]:
            return last[2], last[0], last[1]
        return status, at, at

    def status_soon(self, at: datetime) -> Status:
        """Return the state, and its next change if that comes within `MAX_TRAVEL`: cheaper than `status_at`."""
        last, kept = self._last, self._soon
        if last is not None and last[0] <= at < last[1]:
            return last[2]
        if kept is None or kept[0] != at:
            moment = local(at)
            found = next(self._parts(moment, moment + DAY))
            kept = at, found.status(self._next_change(moment, found.state, MAX_TRAVEL), None)
            object.__setattr__(self, "_soon", kept)
        return kept[1]

    def status_then(self, at: datetime) -> Status:
        """Return the status at another moment than the present, without displacing the cached answer for that."""
        found = self._then.get(at)
        if found is None:
            last = self._last
            found = self.status_at(at)
            object.__setattr__(self, "_last", last)
            if len(self._then) >= MAX_KEPT_MOMENTS:
                self._then.clear()
            self._then[at] = found
        return found

    def states_ahead(self, day: date) -> frozenset[State]:
        """Return the states of `DAYS_AHEAD` from a day on."""
        kept = self._ahead
        if kept is None or kept[0] != day:
            start = datetime.combine(day, time.min, ZONE)
            kept = day, frozenset(found.state for found in self.intervals(start, start + DAYS_AHEAD))
            object.__setattr__(self, "_ahead", kept)
        return kept[1]

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """Cover exactly [start, end), at most 366 days, with consecutive intervals."""
        return merged(self._parts(*local_range(start, end)))

    def awaited(self, start: datetime, end: datetime) -> dict[date, str | None]:
        """Return the days within [start, end) that wait for the coming notice, each with its usual hours if known."""
        found = self._parts(*local_range(start, end))
        return {part.start.date(): part.usual for part in found if part.reason == NOT_ANNOUNCED}

    def is_shut_on(self, day: date) -> bool:
        """Tell whether temporary closures cover a whole day, whatever the hours are."""
        moment, end = datetime.combine(day, time.min), datetime.combine(day, time.max)
        while shut := self._shut_at(moment):
            if shut.end >= end:
                return True
            moment = shut.end
        return False

    def _parts(self, start: datetime, end: datetime) -> Iterator[Interval]:
        if self.status != IN_USE:
            yield Interval(start, end, "closed", (), f"status_{self.status}", "")
            return
        while start < end:
            shut = self._shut_at(start)
            stop = min([end, *(later.start for later in self._shut if later.start > start)])
            if shut:
                stop = min(stop, shut.end)
                yield Interval(start, stop, "closed", (), CLOSURE, shut.reason)
            else:
                yield from self._hours.parts(start, stop)
            start = stop

    def _next_change(self, moment: datetime, state: State, within: timedelta = HORIZON) -> datetime | None:
        if self.status != IN_USE:
            return None
        limit = moment + within
        while moment <= limit:
            shut = self._shut_at(moment)
            if shut and state != "closed":
                return moment
            if shut:
                moment = shut.end
                continue
            change = self._hours.next_change(moment, state, limit - moment) or FOREVER
            moment = min([change, *(later.start for later in self._shut if later.start > moment)])
            # Hours that begin together with a closure begin after it.
            if moment == change and not self._shut_at(change):
                return change if change <= limit else None
        return None

    def _shut_at(self, moment: datetime) -> _Shut | None:
        return next((shut for shut in self._shut if shut.start <= moment < shut.end), None)


_in_use: WeakValueDictionary[tuple[str | None, tuple[ClosedPeriod, ...], str, Calendar], Schedule] = (
    WeakValueDictionary()
)


def _hours_of(text: str | None, calendar: Calendar) -> OpeningHours:
    try:
        return parse(text, calendar)
    except InvalidHoursError:
        return never_known(HOURS_NOT_UNDERSTOOD)


def _shut(closures: tuple[ClosedPeriod, ...]) -> Iterator[_Shut]:
    for start, end, reason in closures:
        last = FOREVER if end is None else _local(end, after=True)
        yield _Shut(_local(start), last, reason)


def _local(edge: date | datetime, *, after: bool = False) -> datetime:
    """Turn the edge of a closure into local time: a day begins at midnight, and `after` it the next one does."""
    if not isinstance(edge, datetime):
        is_last = after and edge < date.max
        return datetime.combine(edge + DAY if is_last else edge, time.max if after and not is_last else time.min)
    if edge.utcoffset() is None:
        raise InvalidQueryError("a closure needs whole days or moments with their offset from UTC")
    try:
        return edge.astimezone(ZONE).replace(tzinfo=None)
    except OverflowError:
        return FOREVER if edge.year > 1 else datetime.combine(date.min, time.min)
