"""What answers ask of all stations at once, as columns: numbers and bits instead of one object a station.

A column is worked out once a station. Where a registry replaces another, what it shares with that is taken over, row by
row, known by the digests of its content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.hours.schedule import IN_USE, Schedule
from stationmap.registry.kept_stations import KeptStations
from stationmap.registry.model import STATUSES, Category, RegisterStatus, Station, Who
from stationmap.registry.station_rows import NAMES, NEVER, Hours, StationRows
from stationmap.search.text_index import Rows
from stationmap.search.usability import STANDINGS, standing_of

__all__ = ["NEVER", "Bits", "Hours", "Places", "StationColumns", "rows_before"]

Places = NDArray[np.uint8]
"""Which code a station has, by its place in the list of codes; shape (n,)."""
Bits = NDArray[np.uint64]
"""Which codes a station has, the bit of each being its place in the list of codes; shape (n,)."""


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
        """Read all of some stations, unless they were when they were checked."""
        if isinstance(stations, KeptStations):
            return cls._taken(stations.rows)
        return cls._taken(StationRows.of(stations, count=len(stations)))

    def succeeded(self, stations: Sequence[Station], before: Rows) -> StationColumns:
        """Return the columns of other stations; `before`, shape (n,), is the row each had here, -1 where it is new."""
        if isinstance(stations, KeptStations):
            return self._taken(stations.rows)
        new = [stations[row] for row in np.flatnonzero(before < 0).tolist()]
        read = StationRows.of(new, count=len(new), known=self.distinct_hours)
        known = StationRows({name: getattr(self, name) for name in NAMES}, self.distinct_hours)
        return self._taken(known.succeeded(before, read))

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
        counts = np.bincount(self.hours[self.statuses == _STATUS]).tolist()
        return {place: count for place, count in enumerate(counts) if count}

    def schedules(self) -> tuple[Schedule, ...]:
        """Return the schedules under the calendar in use, in the order of `distinct_hours`."""
        return tuple(Schedule.of(*hours) for hours in self.distinct_hours)

    @classmethod
    def _taken(cls, rows: StationRows) -> StationColumns:
        return cls(**rows.columns, distinct_hours=rows.distinct_hours)


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


_STATUS = STATUSES.index(IN_USE)
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
_DIGEST = np.dtype("<u8")
