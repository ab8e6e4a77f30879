"""The Chinese working calendar: holidays, make-up working days, and the days nobody has announced yet.

Every November a notice fixes the next year: which days are off, and which weekend days are worked in exchange (调休).
A year without a notice has only its statutory days, and the coming notice may move the days around them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from stationmap.packaged import data_folder

DayKind = Literal["workday", "weekend", "holiday", "makeup"]

REACH_DAYS = 14
"""How far from a statutory day a notice may move things.

In the notices of 2008 to 2026 no holiday or make-up day lies more than 10 days from the nearest statutory day
(2024-05-11 lies 10 days after 1 May; 2023-04-23 lies 8 days before); four days are added as margin.
"""


@dataclass(frozen=True, eq=False)
class Calendar:
    """What each day is, as far as it has been announced. Compared and hashed by identity: one is made per process."""

    announced: frozenset[int]
    holidays: Mapping[date, str]
    makeup: frozenset[date]
    statutory: Mapping[date, str]
    _unsettled: frozenset[date] = field(init=False, repr=False)
    _charted: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        awaited = [day for day in self.statutory if day.year not in self.announced]
        object.__setattr__(self, "_unsettled", frozenset(_around(awaited)))
        object.__setattr__(self, "_charted", self.announced | {day.year for day in awaited})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Calendar:
        """Build a calendar from the content of data/holidays-cn.json."""
        years, statutory = document["years"], document["statutory"]
        return cls(
            announced=frozenset(int(year) for year in years),
            holidays=_dated(named for year in years.values() for named in year["holidays"].items()),
            makeup=frozenset(date.fromisoformat(day) for year in years.values() for day in year["makeup"]),
            statutory=_dated(named for year in statutory.values() for named in year.items()),
        )

    def day_kind(self, day: date) -> DayKind | None:
        """Say what a day is, or None while it is unsettled.

        Unsettled is a day within `REACH_DAYS` of a statutory day of a year without a notice (late December waits for
        the next year's notice too), and every day of a year of which not even the statutory days are known.
        """
        if day in self.holidays:
            return "holiday"
        if day in self.makeup:
            return "makeup"
        if day in self._unsettled or day.year not in self._charted:
            return None
        return "workday" if day.weekday() < 5 else "weekend"

    def holiday_name(self, day: date) -> str | None:
        """Name the announced or statutory holiday of a day."""
        return self.holidays.get(day) or self.statutory.get(day)

    def is_special(self, day: date) -> bool:
        """Tell whether a plain weekly text should not be trusted blindly: holiday, make-up or statutory day."""
        return day in self.holidays or day in self.makeup or day in self.statutory


@cache
def china() -> Calendar:
    """Return the calendar that comes with the package, read once."""
    return Calendar.from_json(json.loads((data_folder() / "holidays-cn.json").read_text(encoding="utf-8")))


def _around(days: Iterable[date]) -> Iterable[date]:
    return (day + timedelta(days=step) for day in days for step in range(-REACH_DAYS, REACH_DAYS + 1))


def _dated(named: Iterable[tuple[str, str]]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in named}
