"""Which stations count, confirmed or possible: in use, let riders in, have what is required, are open at that moment.

What is unknown counts neither as yes nor as no. A station is *confirmed* when every requirement is known to hold, and
*possible* when none is known not to; the truth of every figure lies between the two. Files call the former *sure*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import Schedule
from stationmap.registry.model import CATEGORIES, FACILITIES, WHO, Station
from stationmap.search.usability import RIDERS, groups_needed, is_in_use

BoolArray = NDArray[np.bool_]
WeekMasks = NDArray[np.uint64]
"""Hours of a week as bits, shape (n, 3): bit h % 64 of word h // 64 is hour h, counted from Monday 00:00."""

Certainty = Literal["confirmed", "possible"]
CERTAINTY_CODES: dict[Certainty, str] = {"confirmed": "sure", "possible": "possible"}
"""What files and the API call them."""

WEEK_HOURS = 168
WORDS = 3


@dataclass(frozen=True)
class Requirements:
    """What a station must offer to count: one of the categories, all of the facilities, entry for the groups `who`."""

    categories: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    who: frozenset[str] = frozenset(RIDERS)

    def __post_init__(self) -> None:
        for what, given, known in (
            ("category", self.categories, CATEGORIES),
            ("facility", self.facilities, FACILITIES),
            ("access", self.who, WHO),
        ):
            if unknown := sorted(given.difference(known)):
                raise InvalidAuditError(f"{what}: no such code: {', '.join(unknown)}; known: {', '.join(known)}")

    def judge(self, station: Station) -> tuple[bool, bool]:
        """Return whether a station is confirmed, and whether it is possible, under these requirements at any time."""
        known = station.properties
        who = known.access.who
        if not is_in_use(station) or (self.categories and known.category not in self.categories):
            return False, False
        admits = groups_needed(known.category, who) <= self.who
        presences = [known.facilities.get(code) for code in self.facilities]
        possible = admits and False not in presences
        return possible and who != "unknown" and None not in presences, possible


@dataclass(frozen=True, eq=False)
class Supply:
    """Stations that may count; arrays have the shape (n,), and `sure` implies `possible`."""

    ids: tuple[str, ...]
    lons: Floats
    lats: Floats
    confirmed: BoolArray
    possible: BoolArray

    @classmethod
    def of(
        cls,
        stations: Iterable[Station],
        requirements: Requirements = Requirements(),
        at: datetime | None = None,
        day: date | None = None,
    ) -> Supply:
        """Judge stations at an aware moment; without one, at any time of their opening hours.

        What a temporary closure shuts for all of a `day` does not count on it.
        """
        judged = _judged(list(stations), requirements, at)
        return judged if day is None else judged.without(shut_on(stations, day))

    def __len__(self) -> int:
        return len(self.ids)

    def without(self, rows: BoolArray) -> Supply:
        """Return the supply with the flagged stations, shape (n,), neither confirmed nor possible."""
        return Supply(self.ids, self.lons, self.lats, self.confirmed & ~rows, self.possible & ~rows)

    def chosen(self, rows: NDArray[np.int64] | BoolArray) -> Supply:
        """Return the supply of some of these stations: by flags, shape (n,), or by rows, shape (k,)."""
        ids = tuple(np.array(self.ids, dtype=object)[rows])
        return Supply(ids, self.lons[rows], self.lats[rows], self.confirmed[rows], self.possible[rows])


def _judged(stations: Sequence[Station], requirements: Requirements, at: datetime | None) -> Supply:
    if at is not None and at.utcoffset() is None:
        raise InvalidAuditError("the moment needs a time zone, for example 2026-01-15T02:00+08:00")
    coordinates = np.array([station.geometry.coordinates for station in stations], dtype=np.float64).reshape(-1, 2)
    judged = np.array([requirements.judge(station) for station in stations], dtype=bool).reshape(-1, 2)
    confirmed, possible = judged[:, 0].copy(), judged[:, 1].copy()
    if at is not None:
        for row in np.flatnonzero(possible).tolist():
            found = stations[row].schedule.status_at(at)
            # Hours that do not say what holds on a holiday are no promise for one.
            confirmed[row] &= found.state == "open" and not found.cautions
            possible[row] &= found.state != "closed"
    ids = tuple(station.id for station in stations)
    return Supply(ids, coordinates[:, 0].copy(), coordinates[:, 1].copy(), confirmed, possible)


def shut_on(stations: Iterable[Station], day: date) -> BoolArray:
    """Return which stations temporary closures shut for all of a day, shape (n,)."""
    return np.array([bool(each.closures) and each.schedule.is_shut_on(day) for each in stations], dtype=bool)


def week_of(stations: Iterable[Station], supply: Supply, monday: date) -> tuple[WeekMasks, WeekMasks]:
    """Return at which hours of a week each station is confirmed, and possibly, open: its state as each hour begins.

    `supply` is that of the same stations without a moment; the hours of a station that does not count are empty.
    """
    if monday.weekday():
        raise InvalidAuditError(f"{monday} is no Monday")
    confirmed = np.zeros((len(supply), WORDS), dtype=np.uint64)
    possible = np.zeros((len(supply), WORDS), dtype=np.uint64)
    known: dict[Schedule, tuple[WeekMasks, WeekMasks]] = {}
    for row, station in enumerate(stations):
        if not supply.possible[row]:
            continue
        schedule = station.schedule
        if schedule not in known:
            known[schedule] = _hours_open(schedule, monday)
        is_open, is_possible = known[schedule]
        possible[row] = is_possible
        if supply.confirmed[row]:
            confirmed[row] = is_open
    return confirmed, possible


def _hours_open(schedule: Schedule, monday: date) -> tuple[WeekMasks, WeekMasks]:
    start = datetime.combine(monday, time(), ZONE)
    flags = np.zeros((2, WORDS * 64), dtype=np.uint8)
    for interval in schedule.intervals(start, start + timedelta(hours=WEEK_HOURS)):
        if interval.state == "closed":
            continue
        # Hours that begin in [interval.start, interval.end).
        first = -int((start - interval.start) // timedelta(hours=1))
        last = -int((start - interval.end) // timedelta(hours=1))
        flags[1, first:last] = 1
        if interval.state == "open" and not interval.cautions:
            flags[0, first:last] = 1
    packed = np.packbits(flags, axis=1, bitorder="little").view("<u8")
    return packed[0], packed[1]
