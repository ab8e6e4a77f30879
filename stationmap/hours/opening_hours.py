"""Opening hours: is a place open at a moment, and until when; unknown where the text or the calendar does not say.

Texts are OpenStreetMap opening_hours, times are Asia/Shanghai. A text that names public holidays (PH) follows the
working calendar; one that does not is taken literally, with the caution "holiday_unstated" on days the calendar makes
special or the coming notice still may, unless it says 24/7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple, Protocol, cast
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from stationmap.errors import InvalidHoursError, InvalidQueryError
from stationmap.hours.calendar import ORDINARY, Calendar, DayKind, china
from stationmap.hours.calendar_rules import NOT_ANNOUNCED, NOT_UNDERSTOOD, HolidayRules
from stationmap.hours.daily_spans import DAY_MIN, Span
from stationmap.hours.effort import excess
from stationmap.hours.osm_syntax import HORIZON_DAYS, HoursText, read

State = Literal["open", "closed", "unknown"]
ZONE = ZoneInfo("Asia/Shanghai")
HORIZON = timedelta(days=HORIZON_DAYS - 1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
YEARS = range(2000, 3000)
"""The evaluator knows years 1900 to 9999; a moment far outside is a slip of the pen."""

MAX_KEPT_DAYS = 4  # of one text: today and the days around its next change; days alike are kept by `HolidayRules`

HOLIDAY_UNSTATED = "holiday_unstated"
NOT_GIVEN = "hours_not_given"
HOURS_NOT_UNDERSTOOD = "hours_not_understood"
TOO_COMPLEX: Final = "hours_too_complex"
SUN_TIMES = "sun_times"


class Status(NamedTuple):
    """The state at a moment.

    `until` is the next change of state (Asia/Shanghai), None if none within 366 days; `then` is the state after it.
    `usual` stands on a day that waits for its notice: the hours of such a weekday, "08:30-12:00,13:30-17:30" or "off".
    """

    state: State
    until: datetime | None
    cautions: tuple[str, ...] = ()
    reason: str | None = None
    comment: str = ""
    then: State | None = None
    usual: str | None = None


class Interval(NamedTuple):
    """An interval of time, start included and end not, with one state and the same cautions.

    What `intervals` returns is aware and says no more than that. Within this package intervals are parts of one day in
    Asia/Shanghai without offset, on which every member of the answer stays the same.
    """

    start: datetime
    end: datetime
    state: State
    cautions: tuple[str, ...] = ()
    reason: str | None = None
    comment: str = ""
    usual: str | None = None

    def status(self, until: datetime | None, then: State | None) -> Status:
        """Return the answer within this interval; `until` is local."""
        end = until and until.replace(tzinfo=ZONE)
        return Status(self.state, end, self.cautions, self.reason, self.comment, then, self.usual)


class Explanation(NamedTuple):
    """Why the answer is what it is; `day_kind` is None on a day that has not been announced."""

    text: str | None
    canonical: str | None
    at: datetime
    day: date
    day_kind: DayKind | None
    holiday: str | None
    follows_calendar: bool
    status: Status


class OpeningHours:
    """The hours of a place, parsed; made by `parse`, immutable, shared between threads."""

    def __init__(
        self,
        text: str | None,
        canonical: str | None,
        source: _Source,
        calendar: Calendar,
        *,
        ordinary: _Source | None = None,
        is_always: bool = False,
    ) -> None:
        """Join what was read of a text; `ordinary` is its source without holidays, where it names them."""
        self.text = text
        self.canonical = canonical
        self.calendar = calendar
        self.follows_calendar = isinstance(source, HolidayRules) and source.names_public_holidays
        self._source, self._ordinary = source, ordinary
        self._takes_cautions = not (self.follows_calendar or is_always or isinstance(source, _NeverKnown))
        # One tuple, replaced by one assignment, so that threads see an old answer or a new one but never a mixture.
        self._steady: tuple[State, datetime, datetime] | None = None
        self._parts = lru_cache(maxsize=MAX_KEPT_DAYS)(self._parts_of)

    def __repr__(self) -> str:
        return f"OpeningHours({self.text!r})"

    def status_at(self, at: datetime) -> Status:
        """Return the status at an aware moment; InvalidQueryError for one without offset or outside `YEARS`."""
        moment = local(at)
        found = self.part_at(moment)
        until = self.next_change(moment, found.state)
        return found.status(until, self.part_at(until).state if until else None)

    def intervals(self, start: datetime, end: datetime) -> list[Interval]:
        """Cover exactly [start, end), at most 366 days, with consecutive intervals."""
        return merged(self.parts(*local_range(start, end)))

    def part_at(self, moment: datetime) -> Interval:
        """Return the part of its day that holds a local moment."""
        return next(found for found in self._parts(moment.date()) if moment < found.end)

    def parts(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """Cover exactly the local range [start, end) with parts of days."""
        day = start.date()
        while datetime.combine(day, time.min) < end:
            for found in self._parts(day):
                if found.start < end and start < found.end:
                    yield found._replace(start=max(start, found.start), end=min(end, found.end))
            day += DAY

    def next_change(self, moment: datetime, state: State, within: timedelta = HORIZON) -> datetime | None:
        """Find the first local moment from `moment` on whose state is not `state`, within so long."""
        if self.part_at(moment).state != state:
            return moment
        limit = moment + min(within, WEEK + DAY if self._source.repeats_weekly else HORIZON)
        first, candidate = self._steady_from(moment, state)
        while candidate <= limit:
            midnight = datetime.combine(candidate.date(), time.min)
            for span in self._spans(midnight.date()):
                if span.state != state and midnight + timedelta(minutes=span.end_min) > candidate:
                    change = max(candidate, midnight + timedelta(minutes=span.start_min))
                    self._steady = state, first, change
                    return change if change <= limit else None
            candidate = midnight + DAY
        self._steady = state, first, candidate
        return None

    def _steady_from(self, moment: datetime, state: State) -> tuple[datetime, datetime]:
        """Return since when the state is known to be what it is at a moment, and up to when."""
        kept = self._steady
        if kept is not None and kept[0] == state and kept[1] <= moment < kept[2]:
            return kept[1], kept[2]
        return moment, moment

    def _spans(self, day: date) -> tuple[Span, ...]:
        try:
            return self._source.spans(day)
        except InvalidHoursError:
            return (Span(0, DAY_MIN, "unknown", HOURS_NOT_UNDERSTOOD),)

    def _parts_of(self, day: date) -> tuple[Interval, ...]:
        special = self._takes_cautions and self.calendar.is_special(day)
        cautions = (HOLIDAY_UNSTATED,) if special else ()
        midnight = datetime.combine(day, time.min)
        spans = self._spans(day)
        is_awaited = any(span.reason == NOT_ANNOUNCED for span in spans)
        usual = usual_on(day, self._ordinary) if is_awaited and self._ordinary else None
        return tuple(
            Interval(
                midnight + timedelta(minutes=span.start_min),
                midnight + timedelta(minutes=span.end_min),
                cast(State, span.state),
                cautions,
                span.reason,
                span.comment,
                usual if span.reason == NOT_ANNOUNCED else None,
            )
            for span in spans
        )


def parse(text: str | None, calendar: Calendar | None = None) -> OpeningHours:
    """Read opening_hours; None gives hours that are always unknown, bad text raises `InvalidHoursError`.

    Whoever needs hours again keeps them: those that nobody has any more are forgotten.
    """
    key = text, calendar or china()
    found = _in_use.get(key)
    if found is None:
        # Two threads may both make one: either is as good.
        found = _in_use[key] = _parsed(*key)
    return found


def _parsed(text: str | None, calendar: Calendar) -> OpeningHours:
    if text is None:
        return never_known(NOT_GIVEN)
    content = read(text)
    ordinary = _source(content, ORDINARY) if content.names_public_holidays else None
    source = _source(content, calendar)
    return OpeningHours(text, content.canonical, source, calendar, ordinary=ordinary, is_always=states_always(content))


def states_always(content: HoursText) -> bool:
    """Tell whether a text says that a place never closes: 24/7 leaves no holiday open, "Mo-Su 00:00-24:00" does."""
    return any(
        not (rule.dates or rule.days or rule.times or rule.public_holidays or rule.school_holidays)
        and not rule.modifier.startswith(("closed", "unknown"))
        for rule in content.rules or ()
    )


def of_one_state(intervals: Iterable[Interval]) -> list[Interval]:
    """Join neighbours of one state: a caution that begins or ends at midnight is no change of state."""
    joined: list[Interval] = []
    for found in intervals:
        if joined and joined[-1].state == found.state:
            joined[-1] = joined[-1]._replace(end=found.end)
        else:
            joined.append(Interval(found.start, found.end, found.state))
    return joined


def by_day(found: Interval) -> Iterator[Interval]:
    """Keep an interval shorter than a day whole, so that a night stays one; cut a longer one at every midnight."""
    start, end = found.start, found.end
    while end - start >= DAY:
        midnight = datetime.combine(start.date() + DAY, time.min, start.tzinfo)
        yield found._replace(start=start, end=midnight)
        start = midnight
    if start < end:
        yield found._replace(start=start)


def usual_on(day: date, ordinary: _Source) -> str | None:
    """Return the hours of an ordinary day of that weekday, as "08:30-12:00,13:30-17:30" or "off".

    A night is given whole, with the day on which it begins; None where even that is not known.
    """
    before, spans, after = ([*ordinary.spans(day + step * DAY)] for step in (-1, 0, 1))
    if any(span.state == "unknown" for span in (*spans, *after[:1])):
        return None
    found = [(span.start_min, span.end_min) for span in spans if span.state == "open"]
    if found == [(0, DAY_MIN)]:
        return "00:00-24:00"
    if found and found[0][0] == 0 and before[-1].state == "open":
        del found[0]
    if found and found[-1][1] == DAY_MIN and after[0].state == "open" and after[0].end_min < found[-1][0]:
        found[-1] = (found[-1][0], after[0].end_min)
    return ",".join(f"{_clock(start)}-{_clock(end)}" for start, end in found) or "off"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def never_known(reason: str) -> OpeningHours:
    """Return hours that are unknown at every moment, for `reason`."""
    return OpeningHours(None, None, _NeverKnown(reason), china())


def explain(hours: OpeningHours, at: datetime) -> Explanation:
    """Return the state at an aware moment with the facts of the calendar it rests on."""
    day = local(at).date()
    return Explanation(
        text=hours.text,
        canonical=hours.canonical,
        at=at.astimezone(ZONE),
        day=day,
        day_kind=hours.calendar.day_kind(day),
        holiday=hours.calendar.holiday_name(day),
        follows_calendar=hours.follows_calendar,
        status=hours.status_at(at),
    )


def local(at: datetime) -> datetime:
    """Turn an aware moment into Asia/Shanghai time without offset; `InvalidQueryError` if it cannot be."""
    if at.utcoffset() is None:
        raise InvalidQueryError("a moment needs its offset from UTC, for example +08:00")
    if not YEARS.start < at.year < YEARS.stop - 1:
        raise InvalidQueryError(f"a moment must lie after {YEARS.start} and before {YEARS.stop - 1}")
    return at.astimezone(ZONE).replace(tzinfo=None)


def local_range(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Turn an aware range into local moments; `InvalidQueryError` if it is backwards or longer than 366 days."""
    first, last = local(start), local(end)
    if not timedelta(0) <= last - first <= HORIZON:
        raise InvalidQueryError(f"a range must run forwards and span at most {HORIZON.days} days")
    return first, last


def merged(parts: Iterable[Interval]) -> list[Interval]:
    """Join consecutive local intervals of one state and the same cautions; return them aware."""
    joined: list[Interval] = []
    for start, end, state, cautions, *_ in parts:
        if joined and joined[-1][2:4] == (state, cautions):
            joined[-1] = joined[-1]._replace(end=end)
        else:
            joined.append(Interval(start, end, state, cautions))
    return [Interval(found.start.replace(tzinfo=ZONE), found.end.replace(tzinfo=ZONE), *found[2:]) for found in joined]


_in_use: WeakValueDictionary[tuple[str | None, Calendar], OpeningHours] = WeakValueDictionary()


class _Source(Protocol):
    def spans(self, day: date, /) -> tuple[Span, ...]:
        """Cover one day."""

    @property
    def repeats_weekly(self) -> bool:
        """Whether every week is like every other; what has not changed within one never does."""


class _NeverKnown:
    repeats_weekly = True

    def __init__(self, reason: str) -> None:
        self._spans = (Span(0, DAY_MIN, "unknown", reason),)

    def spans(self, _day: date) -> tuple[Span, ...]:
        return self._spans


def _source(content: HoursText, calendar: Calendar) -> _Source:
    if content.names_sun:
        return _NeverKnown(SUN_TIMES)
    if excess(content):
        return _NeverKnown(TOO_COMPLEX)
    if content.rules is None:
        return _NeverKnown(NOT_UNDERSTOOD if content.names_public_holidays else HOURS_NOT_UNDERSTOOD)
    return HolidayRules(content, calendar)
