"""What a text says on one day when that depends on the working calendar.

Each rule of the text either holds on a day or not; which rules hold is a *reading* of that day. Where the calendar or
the text leaves a choice (a day nobody has announced yet, school holidays, five weekdays that differ, an open end) a day
has several readings: all are evaluated, and only where they agree is there an answer.

`daily_spans` works out what a reading makes of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from stationmap.errors import InvalidHoursError
from stationmap.hours.calendar import Calendar, DayKind
from stationmap.hours.daily_spans import DAY_MIN, Span, agreed_spans, daily_spans, nights
from stationmap.hours.osm_syntax import Evaluator, HoursText, Rule, evaluate, holds_on, unchanged_until

MAX_READINGS = 400
MAX_KEPT_DAY_KINDS = 16  # kinds of days kept of a text; the weeks of a year are of some dozen
DAY = timedelta(days=1)
NOON = time(12)

NOT_ANNOUNCED = "holidays_not_announced"
SCHOOL_HOLIDAYS = "school_holidays_unknown"
NOT_UNDERSTOOD = "holiday_rule_not_understood"
MAKEUP_DIFFERS = "makeup_hours_differ"

Holds = tuple[bool, ...]
"""A reading: for each rule, whether it holds on the day."""


class Assumption(NamedTuple):
    """One assumption about what is not known of a day: what it is, and how its rules are meant."""

    kind: DayKind
    as_weekday: int | None
    school_holiday: bool
    narrow: bool
    holiday_rules_only: bool
    nth_weekday: bool
    offset_holiday: bool


class _DayFacts(NamedTuple):
    """All of a day that its readings depend on: the rules that select it, a bit each, and what it and others may be."""

    on_days: int
    on_dates: int
    weekday: int
    kinds: tuple[DayKind, ...]
    kinds_before: tuple[tuple[DayKind, ...], ...]


class HolidayRules:
    """The rules of one text together with a calendar; answers day by day, days alike but once."""

    def __init__(self, text: HoursText, calendar: Calendar) -> None:
        self.names_public_holidays = text.names_public_holidays
        self._text = text
        self._calendar = calendar
        self.rules = _holidays_last(text)
        self._has_own_order = _has_own_order(text)
        self._offsets = sorted({offset for rule in self.rules for offset in rule.public_holidays if offset})
        self._selectors = [_Selector(rule) for rule in self.rules]
        self._weekdays = [rule.weekdays for rule in self.rules]
        self._facts = lru_cache(maxsize=2)(self._facts_of)
        self._readings = lru_cache(maxsize=MAX_KEPT_DAY_KINDS)(self._readings_of)
        self._spans = lru_cache(maxsize=MAX_KEPT_DAY_KINDS)(self._spans_of)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Cover one day, 0 to 1,440 minutes, with spans; unknown with a reason where the readings disagree."""
        return self._spans(self._facts(day - DAY), self._facts(day))

    def readings(self, day: date) -> frozenset[Holds]:
        """List the readings of a day."""
        return self._readings(self._facts(day))[0]

    def _spans_of(self, before: _DayFacts, facts: _DayFacts) -> tuple[Span, ...]:
        read, reasons_before = self._readings(before)
        # Of yesterday only nights matter.
        yesterday = {tuple(holds and night for holds, night in zip(each, self._nightly, strict=True)) for each in read}
        today, reasons = self._readings(facts)
        why = [*reasons, *reasons_before]
        if len(today) * len(yesterday) > MAX_READINGS:
            return (Span(0, DAY_MIN, "unknown", NOT_UNDERSTOOD),)
        answers = dict.fromkeys(daily_spans(self.rules, *reading) for reading in product(yesterday, today))
        return agreed_spans(answers, why[0] if why else NOT_UNDERSTOOD)

    @property
    def repeats_weekly(self) -> bool:
        """Whether every week is like every other: no dates, holidays or n-th weekdays are named."""
        named = (rule.dates or rule.public_holidays or rule.school_holidays for rule in self.rules)
        return not self._has_nth_weekday and not any(named)

    def _facts_of(self, day: date) -> _DayFacts:
        noon = datetime.combine(day, NOON)
        on_days = on_dates = 0
        for at, selector in enumerate(self._selectors):
            is_on_day, is_on_date = selector.at(noon)
            on_days |= is_on_day << at
            on_dates |= is_on_date << at
        return _DayFacts(
            on_days,
            on_dates,
            day.weekday() if self.names_public_holidays else 0,
            self._kinds(day),
            tuple(self._calendar.possible_kinds(day - offset * DAY) for offset in self._offsets),
        )

    def _readings_of(self, facts: _DayFacts) -> tuple[frozenset[Holds], list[str]]:
        """List the readings of a day, and why there are several (the most telling reason first)."""
        readings = frozenset(
            self._after_overrides(self._holds(at, facts, assumption) for at in range(len(self.rules)))
            for assumption in self._assumptions(facts)
        )
        return readings, self._reasons(facts) if len(readings) > 1 else []

    def _assumptions(self, facts: _DayFacts) -> Iterator[Assumption]:
        school = (False, True) if self._text.names_school_holidays else (False,)
        narrow = (False, True) if self._text.narrows_holidays else (False,)
        nth = (False, True) if self._has_nth_weekday else (False,)
        offset = (False, True) if _is_offset_unsettled(facts) else (False,)
        for kind in facts.kinds:
            weekdays = range(5) if kind == "makeup" and facts.weekday not in self._named else (None,)
            alone = (False, True) if kind == "holiday" and self._has_own_order else (False,)
            for choice in product(weekdays, school, narrow, alone, nth, offset):
                yield Assumption(kind, *choice)

    def _kinds(self, day: date) -> tuple[DayKind, ...]:
        if not self.names_public_holidays:
            return ("workday",)
        return self._calendar.possible_kinds(day)

    def _holds(self, at: int, facts: _DayFacts, assumption: Assumption) -> bool:
        rule, on_days = self.rules[at], bool(facts.on_days >> at & 1)
        if not facts.on_dates >> at & 1:
            # An n-th weekday may be shifted out of the dates; only the full selector knows.
            return on_days and assumption.as_weekday is None
        by_holiday = self._is_public_holiday(rule, facts, assumption) or (
            rule.school_holidays and assumption.school_holiday
        )
        names_holiday = bool(rule.public_holidays) or rule.school_holidays
        if assumption.holiday_rules_only and not rule.dates and not names_holiday:
            return False
        if not rule.days:
            return by_holiday if names_holiday else True
        by_weekday = on_days
        if assumption.as_weekday is not None:
            by_weekday = assumption.as_weekday in self._weekdays[at] and (
                assumption.nth_weekday or not rule.has_nth_weekday
            )
        return (by_holiday and by_weekday) if assumption.narrow and names_holiday else (by_holiday or by_weekday)

    def _after_overrides(self, holds: Iterable[bool]) -> Holds:
        """Drop what a holiday rule replaces, so that hours not kept on a holiday do not reach into the next night."""
        kept: list[bool] = []
        for rule, held in zip(self.rules, holds, strict=True):
            if held and rule.public_holidays and rule.replaces_the_day:
                kept = [False] * len(kept)
            kept.append(held)
        return tuple(kept)

    def _is_public_holiday(self, rule: Rule, facts: _DayFacts, assumption: Assumption) -> bool:
        for offset in rule.public_holidays:
            if offset == 0:
                holiday = assumption.kind == "holiday"
            else:
                kinds = facts.kinds_before[self._offsets.index(offset)]
                holiday = "holiday" in kinds and (assumption.offset_holiday or len(kinds) == 1)
            if holiday:
                return True
        return False

    def _reasons(self, facts: _DayFacts) -> list[str]:
        causes = {
            NOT_ANNOUNCED: len(facts.kinds) > 1 or _is_offset_unsettled(facts),
            SCHOOL_HOLIDAYS: self._text.names_school_holidays,
            MAKEUP_DIFFERS: "makeup" in facts.kinds and not self._text.narrows_holidays,
        }
        return [reason for reason, applies in causes.items() if applies] or [NOT_UNDERSTOOD]

    @cached_property
    def _named(self) -> frozenset[int]:
        return frozenset().union(*self._weekdays)

    @cached_property
    def _nightly(self) -> list[bool]:
        return [_runs_on(rule) for rule in self.rules]

    @cached_property
    def _has_nth_weekday(self) -> bool:
        return any(rule.has_nth_weekday for rule in self.rules)


class _Selector:
    """The days one rule selects, holidays left out: by its whole selector, and by its dates alone."""

    def __init__(self, rule: Rule) -> None:
        # Weekdays alone need no evaluator, which takes longer than all the rest of a day.
        self._weekdays = rule.weekdays if rule.days else frozenset(range(7))
        self._dates = evaluate(rule.dates) if rule.dates else None
        self._nth = evaluate(rule.selector) if rule.has_nth_weekday else None
        self._may_shift = any("day" in item for item in rule.days)  # out of the dates
        self._last: tuple[datetime, datetime, bool] | None = None

    def at(self, noon: datetime) -> tuple[bool, bool]:
        """Tell of a day whether its weekday and date are selected, and whether its date is."""
        on_dates = self._dates is None or self._is_on(self._dates, noon)
        if self._nth is not None and (on_dates or self._may_shift):
            return holds_on(self._nth, noon), on_dates
        return on_dates and noon.weekday() in self._weekdays, on_dates

    def _is_on(self, dates: Evaluator, noon: datetime) -> bool:
        last = self._last
        if last is None or not last[0] <= noon < last[1]:
            # What holds holds for a while; a day is one of hundreds in a row when a change is looked for.
            last = self._last = noon, unchanged_until(dates, noon), holds_on(dates, noon)
        return last[2]


def _runs_on(rule: Rule) -> bool:
    """Tell whether a rule says anything of the day after its own; so may one whose times are not understood."""
    try:
        return any(nights(rule))
    except InvalidHoursError:
        return True


def _is_offset_unsettled(facts: _DayFacts) -> bool:
    return any("holiday" in kinds and len(kinds) > 1 for kinds in facts.kinds_before)


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
