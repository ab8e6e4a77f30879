"""Opening hours as schema.org has them: dated, and of no day on which anything is unknown.

Weeks that are alike are `regular`; a day that differs is `special` and goes before them. A night belongs to the day on
which it begins: it closes at or before the time at which it opens. Of a day that neither names nothing is said, neither
that a place is open nor that it is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval, by_day, of_one_state
from stationmap.hours.schedule import Schedule
from stationmap.hours.seasons import seasons

DAYS_AHEAD = 28
"""Days that are worked out: a week of each kind shows what is usual, and who reads this comes back sooner."""
MAX_KEPT = 256
"""Stations share hours, and these take some milliseconds."""
CLOSED_AHEAD = 365
"""Days ahead of which closures whose end is known are said."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CLOSED = (("00:00", "00:00"),)
WHOLE_DAY = ("00:00", "23:59:59")
"""A day from midnight to midnight: two equal times would say that it is closed."""

_DAY = timedelta(days=1)
_USUAL_KINDS = ("workday", "weekend")

Spans = tuple[tuple[str, str], ...]
Days = Mapping[date, Spans]


class Specifications(NamedTuple):
    """The members `openingHoursSpecification` and `specialOpeningHoursSpecification` of a place."""

    regular: tuple[dict[str, Any], ...]
    special: tuple[dict[str, Any], ...]


@lru_cache(maxsize=MAX_KEPT)
def specifications(schedule: Schedule, today: date) -> Specifications:
    """Return what is known of the hours from a day on; nothing for a place that is not in use."""
    if schedule.status != "open":
        return Specifications((), ())
    known = _known_days(schedule, today)
    ordinary = _known_days(Schedule.of(schedule.hours_text), today) if schedule.closures else known
    regular: list[dict[str, Any]] = []
    special = dict(_closed_later(schedule, today))
    for run in _runs(known, schedule.hours_text):
        usual = _usual(run, ordinary)
        regular += _weekly(usual, run)
        special |= {day: known[day] for day in run if known[day] != usual.get(day.weekday())}
    return Specifications(tuple(regular), tuple(_dated(special)))


def _known_days(schedule: Schedule, first: date) -> Days:
    """Return the times of each of the next days on which nothing is unknown or rests on a caution."""
    days = [first + ahead * _DAY for ahead in range(DAYS_AHEAD)]
    # A day more, so that the last night is whole.
    intervals = schedule.intervals(_midnight(first), _midnight(days[-1] + 2 * _DAY))
    doubtful = {day for each in intervals if each.state == "unknown" or each.cautions for day in _days_of(each)}
    pieces = [piece for each in of_one_state(intervals) if each.state == "open" for piece in by_day(each)]
    known = [day for day in days if day not in doubtful]
    return {day: tuple(_spans(day, pieces, follows=day - _DAY in known)) or CLOSED for day in known}


def _days_of(interval: Interval) -> Iterator[date]:
    day = interval.start.date()
    while _midnight(day) < interval.end:
        yield day
        day += _DAY


def _spans(day: date, pieces: list[Interval], *, follows: bool) -> Iterator[tuple[str, str]]:
    """Yield the times of a day; the end of the night before only if nothing is said of the day before."""
    midnight = _midnight(day)
    for piece in pieces:
        begins_before = piece.start < midnight < piece.end
        if piece.start.date() == day or (begins_before and not follows):
            start, end = max(piece.start, midnight), piece.end
            span = WHOLE_DAY if end - start == _DAY else (_clock(start), _clock(end))
            if span[0] != span[1]:  # less than a second
                yield span


def _runs(known: Days, text: str | None) -> Iterator[list[date]]:
    """Yield consecutive known days within one season of the year."""
    parts = seasons(text)
    return _consecutive(known, lambda day: [part.holds(day) for part in parts])


def _consecutive(days: Iterable[date], kind: Callable[[date], object]) -> Iterator[list[date]]:
    """Yield days that follow each other and are of one kind."""
    run: list[date] = []
    for day in days:
        if run and (day - run[-1] != _DAY or kind(day) != kind(run[-1])):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _usual(run: list[date], ordinary: Days) -> dict[int, Spans]:
    """Return the times of each weekday of a run that most have, were it not for closures and holidays."""
    calendar, usual = china(), {}
    for weekday in sorted({day.weekday() for day in run}):
        days = [day for day in run if day.weekday() == weekday and day in ordinary]
        plain = [day for day in days if calendar.day_kind(day) in _USUAL_KINDS] or days
        # What the night before leaves to a day of whose eve nothing is said is no habit.
        plain = [day for day in plain if day - _DAY in ordinary] or plain
        if plain:
            usual[weekday] = Counter(ordinary[day] for day in plain).most_common(1)[0][0]
    return usual


def _weekly(usual: dict[int, Spans], run: list[date]) -> Iterator[dict[str, Any]]:
    for spans in dict.fromkeys(usual.values()):
        names = [WEEKDAYS[weekday] for weekday, theirs in usual.items() if theirs == spans]
        for opens, closes in spans:
            yield _specification(opens, closes, run[0], run[-1], dayOfWeek=names)


def _dated(special: Days) -> Iterator[dict[str, Any]]:
    """Yield the days that differ, those that follow each other and are alike as one."""
    for run in _consecutive(sorted(special), special.__getitem__):
        for opens, closes in special[run[0]]:
            yield _specification(opens, closes, run[0], run[-1])


def _closed_later(schedule: Schedule, today: date) -> Iterator[tuple[date, Spans]]:
    """Yield the days beyond those worked out that closures cover whole whose end is known."""
    ending = tuple(closure for closure in schedule.closures if closure.end)
    shut = Schedule.of(None, ending)
    for ahead in range(DAYS_AHEAD, CLOSED_AHEAD) if ending else ():
        if shut.is_shut_on(day := today + ahead * _DAY):
            yield day, CLOSED


def _specification(opens: str, closes: str, first: date, last: date, **more: Any) -> dict[str, Any]:
    valid = {"validFrom": first.isoformat(), "validThrough": last.isoformat()}
    return {"@type": "OpeningHoursSpecification", **more, "opens": opens, "closes": closes, **valid}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
