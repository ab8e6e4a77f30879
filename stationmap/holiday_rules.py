"""What a text says on one day when that depends on the working calendar.

Each rule of the text either holds on a day or not; which rules hold is a *reading* of that day. Where the calendar or
the text leaves a choice (a day nobody has announced yet, school holidays, five weekdays that differ, an open end) a day
has several readings: all are evaluated, and only where they agree is there an answer.

What a reading makes of the day is told by `daily_spans`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache, partial
from itertools import product
from typing import NamedTuple

from stationmap.daily_spans import DAY_MIN, Span, agree, daily_spans
from stationmap.holidays import Calendar, DayKind
from stationmap.hours_text import HoursText, Rule, evaluate, holds_on

READING_LIMIT = 400
DAY = timedelta(days=1)
NOON = time(12)

NOT_ANNOUNCED = "holidays_not_announced"
SCHOOL_HOLIDAYS = "school_holidays_unknown"
NOT_UNDERSTOOD = "holiday_rule_not_understood"
MAKEUP_DIFFERS = "makeup_hours_differ"

Holds = tuple[bool, ...]
"""A reading: for each rule, whether it holds on the day."""


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
        self.rules = _holidays_last(text)
        self._has_own_order = _has_own_order(text)
        self._program = lru_cache(maxsize=1024)(partial(daily_spans, self.rules))
        self._selected = [(evaluate(rule.selector), evaluate(rule.dates or "24/7")) for rule in self.rules]

    def spans(self, day: date) -> tuple[Span, ...]:
        """Cover one day, 0 to 1,440 minutes, with spans; unknown with a reason where the readings disagree."""
        today, reasons = self.readings(day)
        yesterday, reasons_before = self.readings(day - DAY)
        why = [*reasons, *reasons_before]
        if len(today) * len(yesterday) > READING_LIMIT:
            return (Span(0, DAY_MIN, "unknown", NOT_UNDERSTOOD),)
        answers = dict.fromkeys(self._program(*reading) for reading in product(yesterday, today))
        return agree(answers, why[0] if why else NOT_UNDERSTOOD)

    @property
    def repeats_weekly(self) -> bool:
        """Whether every week is like every other: no dates, holidays or n-th weekdays are named."""
        named = (rule.dates or rule.public_holidays or rule.school_holidays for rule in self.rules)
        return not self._has_nth_weekday and not any(named)

    def readings(self, day: date) -> tuple[frozenset[Holds], list[str]]:
        """List the readings of a day, and why there are several (the most telling reason first)."""
        noon = datetime.combine(day, NOON)
        selected = [(holds_on(days, noon), holds_on(dates, noon)) for days, dates in self._selected]
        readings = frozenset(
            self._unreplaced(self._holds(rule, day, world, *on) for rule, on in zip(self.rules, selected, strict=True))
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
        for rule, held in zip(self.rules, holds, strict=True):
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
        offsets = {offset for rule in self.rules for offset in rule.public_holidays if offset}
        others = (self._calendar.kinds(day - offset * DAY) for offset in offsets)
        return any("holiday" in kinds and len(kinds) > 1 for kinds in others)

    @cached_property
    def _named(self) -> frozenset[int]:
        return frozenset(weekday for rule in self.rules for weekday in rule.weekdays)

    @cached_property
    def _has_nth_weekday(self) -> bool:
        return any(rule.has_nth_weekday for rule in self.rules)


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
