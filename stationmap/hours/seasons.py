"""The seasons of opening hours: the parts of a year within which every ordinary week is like every other."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from stationmap.errors import InvalidHoursError
from stationmap.hours.osm_syntax import LEAP_YEAR, MONTHS, Rule, read

_DAY = timedelta(days=1)
_MONTH = f"(?:{'|'.join(MONTHS)})"
_RANGE = re.compile(rf"({_MONTH})(?: (\d\d?))?(?:-(?:({_MONTH})(?: (\d\d?))?|(\d\d?)))?")


class Season(NamedTuple):
    """A part of the year, both days included, in a leap year; one that begins after it ends runs over New Year."""

    first: date
    last: date

    @property
    def is_whole_months(self) -> bool:
        """Whether it begins and ends with a month."""
        return self.first.day == 1 and (self.last + _DAY).day == 1

    def holds(self, day: date) -> bool:
        """Tell whether a day of any year lies in it."""
        first, last, at = ((each.month, each.day) for each in (self.first, self.last, day))
        return first <= at <= last if first <= last else at >= first or at <= last


def seasons(text: str | None) -> tuple[Season, ...]:
    """Return the seasons of an hours text in the order of the year, one if there is none of its own.

    Empty where weeks differ in another way (years, numbers of weeks, n-th weekdays) or the text cannot be read.
    """
    try:
        rules = read(text or "").rules
    except InvalidHoursError:
        return ()
    if rules is None or any(rule.has_nth_weekday for rule in rules):
        return ()
    starts: set[date] = set()
    for rule in rules:
        found = _starts(rule)
        if found is None:
            return ()
        starts |= found
    ordered = sorted(starts) or [date(LEAP_YEAR, 1, 1)]
    return tuple(
        Season(first, (ordered[(at + 1) % len(ordered)] - _DAY).replace(year=LEAP_YEAR))
        for at, first in enumerate(ordered)
    )


def _starts(rule: Rule) -> set[date] | None:
    """Return the days on which a rule's dates begin, and those after they end; None for dates that are no seasons."""
    starts: set[date] = set()
    for piece in rule.dates.split(",") if rule.dates else ():
        found = _RANGE.fullmatch(piece.strip())
        if not found:
            return None
        begins, first, ends, last, last_of_same = found.groups()
        month = MONTHS.index(begins) + 1
        end_month = MONTHS.index(ends) + 1 if ends else month
        end_day = last or last_of_same or (first if not ends else None)
        starts.add(date(LEAP_YEAR, month, int(first or 1)))
        starts.add(date(LEAP_YEAR, end_month, int(end_day)) + _DAY if end_day else _after(end_month))
    return {start.replace(year=LEAP_YEAR) for start in starts}


def _after(month: int) -> date:
    return date(LEAP_YEAR, month % 12 + 1, 1)
