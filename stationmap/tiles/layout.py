"""What the tiles of a registry are made of at any moment: where its stations stand, their hours, their texts."""

from __future__ import annotations

from datetime import datetime, timedelta

from stationmap.provenance import Bounds
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

    def __init__(self, index: StationIndex) -> None:
        self._index = index
        self._order = ZOrder.of(*index.coordinates)
        self._schedules = Schedules(index.schedules)
        self._pieces = Pieces(index.stations)
        self._row_of = {station.id: row for row, station in enumerate(index.stations)}

    @property
    def bounds(self) -> Bounds | None:
        """Where the stations lie, degrees; None where there is none."""
        lons, lats = self._index.coordinates
        return Bounds(*map(float, (lons.min(), lats.min(), lons.max(), lats.max()))) if len(lons) else None

    def states(self, at: datetime, evidence: Evidence, little_left: timedelta) -> StatesAt:
        """Return the states at an aware moment, by hours and by riders' reports.

        Less than `little_left` before closing a station can no longer be relied on. A mark counts until it ends, also
        one that began after `at`: it is known now.
        """
        standing = (known for known, mark in evidence.marks.items() if at < mark.until)
        marked = frozenset(self._row_of[known] for known in standing if known in self._row_of)
        return states_at(self._schedules, marked, at, little_left)

    def counted(self, query: Query, states: StatesAt) -> Counted:
        """Return the stations that meet the timeless part of a query, counted by their states."""
        return Counted.of(Chosen.of(self._order, self._index.matching(query)), states)

    def tile(self, counted: Counted, z: int, x: int, y: int, label: str = "") -> bytes:
        """Return a tile that exists as a Mapbox Vector Tile; no bytes where no station is."""
        return encode(contents(counted, z, x, y), self._pieces, counted.states, label)
