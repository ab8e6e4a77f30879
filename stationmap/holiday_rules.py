"""What a text says on one day when that depends on the working calendar.

Each rule of the text either holds on a day or not; which rules hold is a *reading* of that day. Where the calendar or
the text leaves a choice (a day nobody has announced yet, school holidays, five weekdays that differ, an open end) a day
has several readings: all are evaluated, and only where they agree is there an answer.

A reading is evaluated by the library itself: the rules that hold are given two fixed dates, yesterday's and today's, in
place of their selectors. So spans over midnight, `;` `,` `||`, `off` and comments mean exactly what they mean in any
text written with explicit dates: a rule that covers a day replaces what earlier rules left over from the night before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from stationmap.holidays import Calendar, DayKind
from stationmap.hours_text import Evaluator, EvaluatorState, HoursText, Rule, evaluate, guarded, holds_on

READING_LIMIT = 400
DAY = timedelta(days=1)
DAY_MIN = 1_440
NOON = time(12)
_TODAY = datetime.combine(date(2001, 1, 3), time.min)
_DATES = {(True, False): "2001 Jan 2", (False, True): "2001 Jan 3", (True, True): "2001 Jan 2-2001 Jan 3"}
_STATES = {EvaluatorState.OPEN: "open", EvaluatorState.CLOSED: "closed", EvaluatorState.UNKNOWN: "unknown"}
_OPEN_END = re.compile(r"(?P<start>\d\d:\d\d)(?P<end>-\d\d:\d\d)?\+")

NOT_ANNOUNCED = "holidays_not_announced"
SCHOOL_HOLIDAYS = "school_holidays_unknown"
NOT_UNDERSTOOD = "holiday_rule_not_understood"
MAKEUP_DIFFERS = "makeup_hours_differ"
OPEN_END = "open_end"
STATED = "stated_unknown"

Holds = tuple[bool, ...]
"""A reading: for each rule, whether it holds on the day."""


class Span(NamedTuple):
    """A part of one day, in minutes from midnight, with one state."""

    start_min: int
    end_min: int
    state: str
    reason: str | None = None
    comment: str = ""


class _World(NamedTuple):
    """One way in which what is not known may turn out, for one day."""

    kind: DayKind
    as_weekday: int | None
    school_holiday: bool
    narrow: bool
    holiday_rules_only: bool
    nth_weekday: bool
    offset_holiday: bool


class HolidayRules:
    """The rules of one text together with a calendar; answers day by day."""

    def __init__(self, text: HoursText, calendar: Calendar) -> None:
        self.names_public_holidays = text.names_public_holidays
        self._text = text
        self._calendar = calendar
        self._rules = _holidays_last(text)
        self._has_own_order = _has_own_order(text)
        self._program = lru_cache(maxsize=1024)(self._evaluate)
        self._selected = [(evaluate(rule.selector), evaluate(rule.dates or "24/7")) for rule in self._rules]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Cover one day, 0 to 1,440 minutes, with spans; unknown with a reason where the readings disagree."""
        today, reasons = self._readings(day)
        yesterday, reasons_before = self._readings(day - DAY)
        why = [*reasons, *reasons_before, *([OPEN_END] if self._text.has_open_end else [])]
        ends = (False, True) if self._text.has_open_end else (False,)
        if len(today) * len(yesterday) * len(ends) > READING_LIMIT:
            return (Span(0, DAY_MIN, "unknown", NOT_UNDERSTOOD),)
        answers = dict.fromkeys(self._program(*reading) for reading in product(yesterday, today, ends))
        return agree(answers, why[0] if why else NOT_UNDERSTOOD)

    def change_after(self, moment: datetime) -> datetime:
        """Return a moment before which nothing changes: the moment itself, as any day may differ."""
        return moment

    def _readings(self, day: date) -> tuple[frozenset[Holds], list[str]]:
        """List the readings of a day, and why there are several (the most telling reason first)."""
        noon = datetime.combine(day, NOON)
        selected = [(holds_on(days, noon), holds_on(dates, noon)) for days, dates in self._selected]
        readings = frozenset(
            self._unreplaced(self._holds(rule, day, world, *on) for rule, on in zip(self._rules, selected, strict=True))
            for world in self._worlds(day)
        )
        return readings, self._reasons(day) if len(readings) > 1 else []

    def _worlds(self, day: date) -> Iterator[_World]:
        school = (False, True) if self._text.names_school_holidays else (False,)
        narrow = (False, True) if self._text.narrows_holidays else (False,)
        nth = (False, True) if self._has_nth_weekday else (False,)
        offset = (False, True) if self._is_offset_unsettled(day) else (False,)
        for kind in self._kinds(day):
            weekdays = range(5) if kind == "makeup" and day.weekday() not in self._named else (None,)
            alone = (False, True) if kind == "holiday" and self._has_own_order else (False,)
            for choice in product(weekdays, school, narrow, alone, nth, offset):
                yield _World(kind, *choice)

    def _kinds(self, day: date) -> tuple[DayKind, ...]:
        if not self.names_public_holidays:
            return ("workday",)
        return self._calendar.kinds(day)

    def _holds(self, rule: Rule, day: date, world: _World, on_days: bool, on_dates: bool) -> bool:
        if not on_dates:
            # An n-th weekday may be shifted out of the dates; only the full selector knows.
            return on_days and world.as_weekday is None
        by_holiday = self._is_public_holiday(rule, day, world) or (rule.school_holidays and world.school_holiday)
        names_holiday = bool(rule.public_holidays) or rule.school_holidays
        if world.holiday_rules_only and not rule.dates and not names_holiday:
            return False
        if not rule.days:
            return by_holiday if names_holiday else True
        by_weekday = on_days if world.as_weekday is None else _includes(rule, world.as_weekday, world.nth_weekday)
        return (by_holiday and by_weekday) if world.narrow and names_holiday else (by_holiday or by_weekday)

    def _unreplaced(self, holds: Iterable[bool]) -> Holds:
        """Drop what a holiday rule replaces, so that hours not kept on a holiday do not reach into the next night."""
        kept: list[bool] = []
        for rule, held in zip(self._rules, holds, strict=True):
            if held and rule.public_holidays and rule.replaces_the_day:
                kept = [False] * len(kept)
            kept.append(held)
        return tuple(kept)

    def _is_public_holiday(self, rule: Rule, day: date, world: _World) -> bool:
        for offset in rule.public_holidays:
            if offset == 0:
                holiday = world.kind == "holiday"
            else:
                kinds = self._calendar.kinds(day - offset * DAY)
                holiday = "holiday" in kinds and (world.offset_holiday or len(kinds) == 1)
            if holiday:
                return True
        return False

    def _reasons(self, day: date) -> list[str]:
        causes = {
            NOT_ANNOUNCED: len(self._kinds(day)) > 1 or self._is_offset_unsettled(day),
            SCHOOL_HOLIDAYS: self._text.names_school_holidays,
            MAKEUP_DIFFERS: "makeup" in self._kinds(day) and not self._text.narrows_holidays,
        }
        return [reason for reason, applies in causes.items() if applies] or [NOT_UNDERSTOOD]

    def _is_offset_unsettled(self, day: date) -> bool:
        offsets = {offset for rule in self._rules for offset in rule.public_holidays if offset}
        others = (self._calendar.kinds(day - offset * DAY) for offset in offsets)
        return any("holiday" in kinds and len(kinds) > 1 for kinds in others)

    @cached_property
    def _named(self) -> frozenset[int]:
        return frozenset(weekday for rule in self._rules for weekday in rule.weekdays)

    @cached_property
    def _has_nth_weekday(self) -> bool:
        return any(rule.has_nth_weekday for rule in self._rules)

    def _evaluate(self, yesterday: Holds, today: Holds, early_end: bool) -> tuple[Span, ...]:
        """Let the library evaluate one reading of yesterday and today, as rules on two fixed dates."""
        text = ""
        for rule, before, now in zip(self._rules, yesterday, today, strict=True):
            if before or now:
                said = filter(None, (_DATES[before, now], *_effect(rule, early_end)))
                text += (rule.joint if text else "") + " ".join(said)
        return evaluated_spans(evaluate(text or "24/7 closed"), _TODAY)


def evaluated_spans(evaluator: Evaluator, midnight: datetime) -> tuple[Span, ...]:
    """Let the library cover the day that begins at `midnight`."""
    with guarded():
        found = list(evaluator.intervals(midnight, midnight + DAY))
    return tuple(
        Span(
            _minutes(start - midnight),
            _minutes(end - midnight),
            _STATES[state],
            STATED if state == EvaluatorState.UNKNOWN else None,
            comment,
        )
        for start, end, state, comment in found
    )


def agree(answers: Iterable[tuple[Span, ...]], reason: str) -> tuple[Span, ...]:
    """Keep what several answers for one day agree on; elsewhere the state is unknown for `reason`."""
    answers = list(answers)
    if len(answers) == 1:
        return answers[0]
    cuts = sorted({span.start_min for answer in answers for span in answer} | {DAY_MIN})
    spans: list[Span] = []
    for start, end in pairwise(cuts):
        found = [next(span for span in answer if span.end_min > start) for answer in answers]
        first = found[0]._replace(start_min=start, end_min=end)
        if len({span.state for span in found}) > 1:
            first = Span(start, end, "unknown", reason)
        elif len({span.comment for span in found}) > 1:
            first = first._replace(comment="")
        if spans and spans[-1][2:] == first[2:]:
            first = spans.pop()._replace(end_min=end)
        spans.append(first)
    return tuple(spans)


def _holidays_last(text: HoursText) -> tuple[Rule, ...]:
    """Give rules for holidays the last word over weekly ones, whatever the order they were written in.

    "Su,PH off; Mo-Sa 09:00-17:00" means a holiday that is a Tuesday to be off. Rules with dates keep their place, and
    so do texts with `,` or `||`, whose order has a meaning of its own.
    """
    rules = text.rules or ()
    weekly = [at for at, rule in enumerate(rules) if not rule.dates and not rule.public_holidays]
    if _has_own_order(text) or not weekly:
        return rules
    last = weekly[-1] + 1
    early = [rule for rule in rules[:last] if rule.public_holidays]
    if not early:
        return rules
    kept = [rule._replace(public_holidays=()) for rule in rules[:last] if rule not in early or _has_days(rule)]
    moved = [rule._replace(days=(), school_holidays=False) for rule in early]
    return (*kept, *moved, *rules[last:])


def _has_own_order(text: HoursText) -> bool:
    return text.narrows_holidays or any(rule.joint != "; " for rule in text.rules or ())


def _has_days(rule: Rule) -> bool:
    return bool(rule.days) or rule.school_holidays


def _includes(rule: Rule, weekday: int, nth_weekday: bool) -> bool:
    return weekday in rule.weekdays and (nth_weekday or not rule.has_nth_weekday)


def _effect(rule: Rule, early_end: bool) -> tuple[str, str]:
    """Write what a rule says; an open end is taken as its start (or stated end) or as midnight."""
    if "+" not in rule.times:
        return rule.times, rule.modifier
    times = [_ended(item, early_end) for item in rule.times.split(",")]
    if any(times):
        return ",".join(filter(None, times)), rule.modifier
    return _OPEN_END.sub(r"\g<start>-24:00", rule.times), "closed"


def _ended(times: str, early_end: bool) -> str:
    found = _OPEN_END.fullmatch(times)
    if found is None:
        return times
    end = found["end"] or ""
    if early_end:
        return found["start"] + end if end else ""
    overnight = bool(end) and not found["start"] < end[1:] <= "24:00"
    return found["start"] + (end if overnight else "-24:00")


def _minutes(elapsed: timedelta) -> int:
    return elapsed.days * DAY_MIN + elapsed.seconds // 60
