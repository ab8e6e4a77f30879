"""What the tiles of a registry are made of at any moment: where its stations stand, their hours, their texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from stationmap.reports.evidence import Evidence
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex
from stationmap.tiles.chosen import Chosen, Counted
from stationmap.tiles.contents import contents
from stationmap.tiles.encoding import Pieces, encode
from stationmap.tiles.states import Schedules, StatesAt, states_at
from stationmap.tiles.z_order import ZOrder


class Layout:
    """The stations of an index, laid out for tiles; safe to share between threads."""

    def __init__(self, index: StationIndex, row_of: Callable[[str], int | None]) -> None:
        """Lay out the stations of an index; `row_of` tells the row of a station in it by the id of the station."""
        self._index, self._row_of = index, row_of
        self._order = ZOrder.of(*index.coordinates)
        self._schedules = Schedules(index.distinct_schedules, index.columns.hours)
        self._pieces = Pieces(index.stations)

    def states(self, at: datetime, evidence: Evidence, little_left: timedelta) -> StatesAt:
        """Return the states at an aware moment, by hours and by riders' reports.

        Less than `little_left` before closing a station can no longer be relied on. A mark counts until it ends, also
        one that began after `at`: it is known now.
        """
        standing = (known for known, mark in evidence.marks.items() if at < mark.until)
        marked = frozenset(row for row in map(self._row_of, standing) if row is not None)
        return states_at(self._schedules, marked, at, little_left)

    def counted(self, query: Query, states: StatesAt) -> Counted:
        """Return the stations that meet the timeless part of a query, counted by their states."""
        return Counted.of(Chosen.of(self._order, self._index.matching(query)), states)

    def tile(self, counted: Counted, z: int, x: int, y: int, label: str = "") -> bytes:
        """Return a tile that exists as a Mapbox Vector Tile; no bytes where no station is."""
        return encode(contents(counted, z, x, y), self._pieces, counted.states, label)
