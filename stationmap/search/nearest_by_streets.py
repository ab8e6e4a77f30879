"""The stations nearest to a place by their ways along streets: those first that take least time.

A query for open stations is about the moment when a rider arrives by that way. A station that no street leads to, or a
rider far from any street, has an unknown way: such stations come last, by straight distance, never with a guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from operator import index as as_int
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stationmap.defaults import NEIGHBOURS
from stationmap.errors import CancelCheck, InvalidQueryError, never_cancelled
from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.geo.nearest_points import TIE_M, Rows
from stationmap.registry.model import Position, Station
from stationmap.search.query import BY_SECONDS, Query
from stationmap.search.station_index import StationIndex

if TYPE_CHECKING:
    from stationmap.streets import Network

_EVERYONE = Query()


class StreetNeighbour(NamedTuple):
    """A station, its geodesic metres, and the seconds and metres of the way there, None where that is unknown."""

    station: Station
    distance_m: float
    network_s: float | None
    network_m: float | None


def nearest_by_streets(
    index: StationIndex,
    network: Network,
    profile: str,
    position: Position,
    k: int = NEIGHBOURS,
    *,
    within_m: float = math.inf,
    query: Query = _EVERYONE,
    check: CancelCheck = never_cancelled,
) -> list[StreetNeighbour]:
    """Return the at most `k` stations that `query` accepts and that a profile reaches first, ties in the index's order.

    None is further than `within_m` geodesic metres. Those whose way is unknown come last, nearest first.
    Raises InvalidQueryError for k < 1 or a negative or NaN `within_m`.
    """
    from stationmap.search.snapped_stations import snapped_stations
    from stationmap.streets import visits  # with scipy's matrices, for who has streets

    if as_int(k) < 1 or not within_m >= 0:
        raise InvalidQueryError("k must be at least 1, and within_m a number of metres from 0 up")
    rows = index.rows(query.timeless)
    if within_m < math.inf:
        rows = rows[_metres(position, index, rows) <= within_m + TIE_M]
    stations = snapped_stations(index, network, profile)
    origin = network.snap([position.lon], [position.lat], profile)
    is_joined = (stations.components[rows] == origin.components[0]) & origin.known[0]
    joined, search = rows[is_joined], _Search(index, position, query, check)
    ways = visits(network, origin, stations.chosen(joined), expected=k, check=check)
    found = list(islice(search.reached(joined, ways), k))
    return [*found, *islice(search.unknown(rows[~is_joined]), k - len(found))]


class _Search(NamedTuple):
    """A query about the stations of an index, given by their rows."""

    station_index: StationIndex
    position: Position
    query: Query
    check: CancelCheck

    def reached(self, rows: Rows, ways: Iterable[tuple[float, float, int]]) -> Iterator[StreetNeighbour]:
        """Yield the stations that the query accepts on arrival, in the order of ways to some of the rows, (n,)."""
        query = self.query
        by_seconds = query if query.reachable_by is None else replace(query, reachable_by=BY_SECONDS)
        for way_s, way_m, at in ways:
            row = int(rows[at])
            if by_seconds.accepts_visit(self.station_index.schedules[row], way_s):
                metres = float(_metres(self.position, self.station_index, rows[[at]])[0])
                station = self.station_index.stations[row]
                yield StreetNeighbour(station, metres, way_s, max(way_m, metres))  # but for the last bits it is more

    def unknown(self, rows: Rows) -> Iterator[StreetNeighbour]:
        """Yield the stations among rows (n,) that the query accepts by straight lines, nearest first."""
        metres = _metres(self.position, self.station_index, rows)
        for at in np.lexsort((rows, np.round(metres, 6))).tolist():
            self.check()
            row = int(rows[at])
            if self.query.accepts_visit(self.station_index.schedules[row], float(metres[at])):
                yield StreetNeighbour(self.station_index.stations[row], float(metres[at]), None, None)


def _metres(place: Position, index: StationIndex, rows: Rows) -> Floats:
    lons, lats = (each[rows] for each in index.coordinates)
    lon, lat = np.full(len(rows), place.lon), np.full(len(rows), place.lat)
    return geodesic_m(lon, lat, ecef(lon, lat), lons, lats, ecef(lons, lats))
