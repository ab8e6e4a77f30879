"""What answers ask of all stations at once, as columns: numbers and bits instead of one object a station.

A column is worked out once a station. Where a registry replaces another, what it shares with that is taken over, row by
row, known by the digests of its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.hours.schedule import IN_USE, ClosedPeriod, Schedule
from stationmap.registry.model import (
    CATEGORIES,
    FACILITIES,
    SERVICES,
    STATUSES,
    WHO,
    Category,
    RegisterStatus,
    Station,
    Who,
)
from stationmap.search.text_index import Rows
from stationmap.search.usability import STANDINGS, standing_of

Places = NDArray[np.uint8]
"""Which code a station has, by its place in the list of codes; shape (n,)."""
Bits = NDArray[np.uint64]
"""Which codes a station has, the bit of each being its place in the list of codes; shape (n,)."""
NEVER = 0
"""The day of what was never checked; the others are ordinals of the proleptic Gregorian calendar."""


class Hours(NamedTuple):
    """What a schedule is made of, whatever the calendar."""

    text: str | None
    closures: tuple[ClosedPeriod, ...]
    status: str


@dataclass(frozen=True, slots=True, eq=False)
class StationColumns:
    """Stations in the order of a registry, column by column; every array has the shape (n,)."""

    lons: Floats
    """Degrees on WGS-84, like `lats`."""
    lats: Floats
    categories: Places
    who: Places
    statuses: Places
    present: Bits
    """Facilities that are known to be there."""
    missing: Bits
    """Facilities that are known not to be there."""
    services: Bits
    districts: NDArray[np.int32]
    """Adcodes as numbers."""
    verified: NDArray[np.int32]
    """Days of the last check on the spot, `NEVER` where there was none."""
    hours: NDArray[np.int32]
    """Places in `distinct_hours`."""
    distinct_hours: tuple[Hours, ...]

    @classmethod
    def of(cls, stations: Sequence[Station]) -> StationColumns:
        """Read all of some stations."""
        return cls._read(stations, {})

    def succeeded(self, stations: Sequence[Station], before: Rows) -> StationColumns:
        """Return the columns of other stations; `before`, shape (n,), is the row each had here, -1 where it is new."""
        new, kept = np.flatnonzero(before < 0), np.flatnonzero(before >= 0)
        hours_of = {hours: place for place, hours in enumerate(self.distinct_hours)}
        read = self._read([stations[row] for row in new.tolist()], hours_of)
        made = {}
        for name in _ARRAYS:
            made[name] = np.zeros(len(before), dtype=_ROW[name])
            made[name][kept] = getattr(self, name)[before[kept]]
            made[name][new] = getattr(read, name)
        return _in_order_of_rows(StationColumns(**made, distinct_hours=read.distinct_hours))

    def __len__(self) -> int:
        return len(self.lons)

    @property
    def standings(self) -> Places:
        """Whether riders may enter, as far as the registry says: places in `STANDINGS`."""
        return _STANDING[self.statuses, self.categories, self.who]

    @property
    def closures(self) -> NDArray[np.bool_]:
        """Which stations have temporary closures."""
        return np.array([bool(hours.closures) for hours in self.distinct_hours], dtype=bool)[self.hours]

    def in_use_by_hours(self) -> dict[int, int]:
        """Return how many stations in use have which hours, by the places in `distinct_hours`."""
        counts = np.bincount(self.hours[self.statuses == _STATUS[IN_USE]]).tolist()
        return {place: count for place, count in enumerate(counts) if count}

    def schedules(self) -> tuple[Schedule, ...]:
        """Return the schedules under the calendar in use, in the order of `distinct_hours`."""
        return tuple(Schedule.of(*hours) for hours in self.distinct_hours)

    @classmethod
    def _read(cls, stations: Sequence[Station], hours_of: dict[Hours, int]) -> StationColumns:
        """Read stations; hours that are not among those known are added to them."""
        rows = np.fromiter((_row(station, hours_of) for station in stations), dtype=_ROW, count=len(stations))
        columns = {name: np.ascontiguousarray(rows[name]) for name in _ARRAYS}
        return cls(**columns, distinct_hours=tuple(hours_of))


def rows_before(digests: bytes, earlier: bytes) -> Rows:
    """Return of each station the row it had among earlier ones, shape (n,); -1 for one that is new or another.

    Both are the digests of stations, one after the other, of which none occurs twice.
    """
    now, then = (np.frombuffer(each, dtype=_DIGEST).reshape(-1, 2) for each in (digests, earlier))
    before = np.full(len(now), -1, dtype=np.int64)
    shared = min(len(now), len(then))
    stayed = np.flatnonzero((now[:shared] == then[:shared]).all(axis=1))
    before[stayed] = stayed
    elsewhere = np.flatnonzero(before < 0)
    if len(elsewhere) and len(then):
        order = np.argsort(then[:, 0], kind="stable")
        at = np.minimum(np.searchsorted(then[order, 0], now[elsewhere, 0]), len(then) - 1)
        found = order[at]
        before[elsewhere] = np.where((now[elsewhere] == then[found]).all(axis=1), found, -1)
    return before


def _row(station: Station, hours_of: dict[Hours, int]) -> tuple[Any, ...]:
    known = station.properties
    lon, lat = station.geometry.coordinates
    present = missing = services = 0
    for code, is_there in known.facilities.items():
        bit = _FACILITY.get(code, 0)  # of a code that only a later version knows nothing can be asked
        if is_there:
            present |= bit
        else:
            missing |= bit
    for code in known.services:
        services |= _SERVICE.get(code, 0)
    closures = tuple(ClosedPeriod(each.start, each.end, each.reason) for each in known.closures)
    hours = Hours(known.hours, closures, known.status)
    return (
        lon,
        lat,
        _CATEGORY[known.category],
        _WHO[known.access.who],
        _STATUS[known.status],
        present,
        missing,
        services,
        int(known.district),
        known.verified.on.toordinal() if known.verified else NEVER,
        hours_of.setdefault(hours, len(hours_of)),
    )


def _in_order_of_rows(columns: StationColumns) -> StationColumns:
    """Return the same columns with their distinct hours as they occur first, and none that no station has."""
    rows = len(columns)
    first = np.full(len(columns.distinct_hours), rows, dtype=np.int64)
    first[columns.hours[::-1]] = np.arange(rows - 1, -1, -1)
    order = np.argsort(first, kind="stable")
    kept = order[first[order] < rows]
    place = np.zeros(len(first), dtype=np.int32)
    place[kept] = np.arange(len(kept))
    distinct = tuple(columns.distinct_hours[at] for at in kept.tolist())
    return replace(columns, hours=place[columns.hours], distinct_hours=distinct)


def _bits(codes: tuple[str, ...]) -> dict[str, int]:
    return {code: 1 << place for place, code in enumerate(codes)}


def _places(codes: tuple[str, ...]) -> dict[str, int]:
    return {code: place for place, code in enumerate(codes)}


_FACILITY, _SERVICE = _bits(FACILITIES), _bits(SERVICES)
_CATEGORY, _WHO, _STATUS = _places(CATEGORIES), _places(WHO), _places(STATUSES)
_STANDING = np.array(
    [
        [
            [STANDINGS.index(standing_of(status, category, who)) for who in get_args(Who)]
            for category in get_args(Category)
        ]
        for status in get_args(RegisterStatus)
    ],
    dtype=np.uint8,
)
_ROW = np.dtype(
    [
        ("lons", np.float64),
        ("lats", np.float64),
        ("categories", np.uint8),
        ("who", np.uint8),
        ("statuses", np.uint8),
        ("present", np.uint64),
        ("missing", np.uint64),
        ("services", np.uint64),
        ("districts", np.int32),
        ("verified", np.int32),
        ("hours", np.int32),
    ]
)
_ARRAYS = _ROW.names or ()
_DIGEST = np.dtype("<u8")
