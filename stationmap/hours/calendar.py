"""The Chinese working calendar: holidays, make-up working days, and the days nobody has announced yet.

Every November a notice fixes the next year: which days are off, and which weekend days are worked in exchange (调休).
A year without a notice has only its statutory days, and the coming notice may move the days around them: a day from
Monday to Friday may become a holiday, one of a weekend a holiday or a working day, and neither farther from its
festival than the notices of 2008 to 2026 ever went (`Festival`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from stationmap.resources import data_folder

DayKind = Literal["workday", "weekend", "holiday", "makeup"]
Distances = tuple[int, int]
"""The first and the last day, counted from a festival, that a notice ever touched."""

YEARS = range(1900, 3_001)
DAY = timedelta(days=1)


class Festival(NamedTuple):
    """How far from its date a festival's notices ever took a day off, or made a weekend day work; and its dates."""

    off: Distances
    makeup: tuple[Distances, ...]
    dates: tuple[date, ...]


@dataclass(frozen=True, eq=False)
class Calendar:
    """What each day is, as far as it has been announced. Compared and hashed by identity: one is made per version."""

    announced: frozenset[int]
    holidays: Mapping[date, str]
    makeup: frozenset[date]
    statutory: Mapping[date, str]
    festivals: Mapping[str, Festival] = field(default_factory=dict)
    _may_rest: frozenset[date] = field(init=False, repr=False)
    _may_work: frozenset[date] = field(init=False, repr=False)
    _charted: frozenset[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        awaited = {day: name for day, name in self.statutory.items() if day.year not in self.announced}
        object.__setattr__(self, "statutory", awaited)
        object.__setattr__(self, "_may_rest", frozenset(self._reached(lambda festival: (festival.off,))))
        object.__setattr__(self, "_may_work", frozenset(self._reached(lambda festival: festival.makeup)))
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
            festivals={name: _festival(known) for name, known in document.get("festivals", {}).items()},
        )

    @cached_property
    def revision(self) -> str:
        """Eight hexadecimal digits that tell one content from another."""
        content = (self.announced, self.holidays.items(), self.makeup, self.statutory.items(), self.festivals.items())
        return hashlib.sha256(repr([sorted(part) for part in content]).encode()).hexdigest()[:8]

    def possible_kinds(self, day: date) -> tuple[DayKind, ...]:
        """Return every kind a day may be: one if it is settled, else the ordinary one first."""
        if day in self.holidays:
            return ("holiday",)
        if day in self.makeup:
            return ("makeup",)
        is_weekend, is_charted = day.weekday() >= 5, day.year in self._charted
        found: list[DayKind] = ["weekend" if is_weekend else "workday"]
        if day in self._may_rest or not is_charted:
            found.append("holiday")
        if is_weekend and (day in self._may_work or not is_charted):
            found.append("makeup")
        return tuple(found)

    def day_kind(self, day: date) -> DayKind | None:
        """Return what kind of day it is, or None while the coming notice may change it.

        Late December waits for the next year's notice too, and every day of a year of which not even the statutory
        days are known is unsettled.
        """
        kinds = self.possible_kinds(day)
        return kinds[0] if len(kinds) == 1 else None

    def holiday_name(self, day: date) -> str | None:
        """Name the announced or statutory holiday of a day."""
        return self.holidays.get(day) or self.statutory.get(day)

    def is_special(self, day: date) -> bool:
        """Tell whether a day is no ordinary one, or may be none: hours that ignore holidays may then be wrong."""
        return self.possible_kinds(day) not in (("workday",), ("weekend",))

    def _reached(self, distances: Callable[[Festival], tuple[Distances, ...]]) -> Iterator[date]:
        for festival in self.festivals.values():
            for day in festival.dates:
                if day.year not in self.announced:
                    for first, last in distances(festival):
                        yield from (day + far * DAY for far in range(first, last + 1))


ORDINARY = Calendar(frozenset(YEARS), {}, frozenset(), {})
"""A calendar without any holiday: what hours are usually."""


@cache
def packaged_document() -> dict[str, Any]:
    """Return the content of the calendar file that comes with the package, read once."""
    content: dict[str, Any] = json.loads((data_folder() / "holidays-cn.json").read_text(encoding="utf-8"))
    return content


@cache
def packaged() -> Calendar:
    """Return the calendar that comes with the package."""
    return Calendar.from_json(packaged_document())


class _InUse:
    """The calendar of this process: one for all answers, replaced by one assignment."""

    def __init__(self) -> None:
        self.calendar: Calendar | None = None
        self.make: Callable[[], Calendar] = packaged


_in_use = _InUse()


def china() -> Calendar:
    """Return the calendar answers rest on: that of the package unless another was adopted.

    What is kept of answers names its calendar (`Schedule`, the caches of `hours`), so none outlives it.
    """
    found = _in_use.calendar
    if found is None:
        found = _in_use.calendar = _in_use.make()
    return found


def adopt(calendar: Calendar | Callable[[], Calendar]) -> None:
    """Use another calendar from now on, or one that is made when it is first needed."""
    if isinstance(calendar, Calendar):
        _in_use.calendar = calendar
    else:
        _in_use.calendar, _in_use.make = None, calendar


def _festival(known: Mapping[str, Any]) -> Festival:
    first, last = known["off"]
    makeup = tuple((start, end) for start, end in known["makeup"])
    return Festival((first, last), makeup, tuple(map(date.fromisoformat, known["dates"])))


def _dated(named: Iterable[tuple[str, str]]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in named}
