"""Stations along a route: near the way from a start to an end, those first that make it least longer.

The detour of a station s on the way from a to b is t(a, s) + t(s, b) - t(a, b) in seconds: exact for the times given,
which are those of straight lines with a factor (`straight_legs`) or those along streets (`street_legs`). The phone
works out the former itself (`static/js/route/along.js`); `tests/test_along.py` holds both to each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.defaults import NEIGHBOURS
from stationmap.errors import CancelCheck, InvalidQueryError, never_cancelled
from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.registry.model import Position, Station
from stationmap.rules import MAX_DETOUR
from stationmap.search.query import BY_SECONDS, Query, Travel
from stationmap.search.snapped_stations import snapped_stations
from stationmap.search.station_index import StationIndex
from stationmap.streets.network import Network
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.visits import times

TIE_S = 1e-6
"""Detours closer than this are equal, and equals keep the order of the index."""

MAX_DETOUR_S = MAX_DETOUR.total_seconds()
NEAR_DETOUR_S = 300.0
"""Longer detours are searched only where too few stations have one as short as this."""

_EVERYONE = Query()


class Legs(NamedTuple):
    """The ways of a route over each of n stations, in the index's order; NaN is unknown."""

    straight_m: Floats
    """Geodesic metres from the start to each station, shape (n,)."""
    way_m: Floats
    """Metres of the way from the start to each station, shape (n,)."""
    there_s: Floats
    """Seconds from the start to each station, shape (n,)."""
    onward_s: Floats
    """Seconds from each station to the end, shape (n,)."""
    direct_s: float
    """Seconds from the start to the end."""

    @property
    def detours_s(self) -> Floats:
        """Return the seconds that each station adds to the way, shape (n,); none is below 0."""
        return np.asarray(np.maximum(self.there_s + self.onward_s - self.direct_s, 0.0))

    def only(self, rows: NDArray[np.bool_]) -> Legs:
        """Return the ways over some of the stations, a mask (n,), as if those over the others were unknown."""
        return self._replace(there_s=np.where(rows, self.there_s, np.nan))


class StationOnRoute(NamedTuple):
    """A station, its geodesic metres and the seconds and metres of its way from the start, the seconds it adds."""

    station: Station
    distance_m: float
    there_s: float
    way_m: float
    detour_s: float
    by_street: bool = False


def straight_legs(index: StationIndex, start: Position, end: Position, travel: Travel) -> Legs:
    """Return the ways over each station by straight lines, at the speed and with the detour of `travel`."""
    s_of_metre = travel.detour / travel.speed_m_s
    lons, lats = index.coordinates
    there_m, onward_m = metres_from(start, lons, lats), metres_from(end, lons, lats)
    direct_m = metres_from(start, np.array([end.lon]), np.array([end.lat]))
    direct_s = float(direct_m[0]) * s_of_metre
    return Legs(there_m, there_m * travel.detour, there_m * s_of_metre, onward_m * s_of_metre, direct_s)


def street_legs(
    network: Network,
    stations: SnappedPoints,
    ends: SnappedPoints,
    straight: Legs,
    direct_s: float,
    *,
    max_detour_s: float = MAX_DETOUR_S,
    check: CancelCheck = never_cancelled,
) -> Legs:
    """Return the shortest ways along streets over each station that makes the route at most so many seconds longer.

    `ends` are the start and the end, `direct_s` the seconds between them. All other stations are unknown.
    """
    start, end = ends.chosen([0]), ends.chosen([1])
    limit_s = direct_s + max_detour_s
    there = times(network, start, stations, limit_s=limit_s, check=check)
    onward = times(network, end, stations, inbound=True, limit_s=limit_s, with_metres=False, check=check)
    return straight._replace(there_s=there.seconds, onward_s=onward.seconds, way_m=there.metres, direct_s=direct_s)


class AlongStreets(NamedTuple):
    """Stations along a route by streets, and the seconds of the direct way, None where unknown."""

    found: list[StationOnRoute]
    direct_s: float | None


def stations_along_streets(
    index: StationIndex,
    network: Network,
    profile: str,
    start: Position,
    end: Position,
    straight: Legs,
    k: int = NEIGHBOURS,
    *,
    query: Query = _EVERYONE,
    check: CancelCheck = never_cancelled,
) -> AlongStreets:
    """Return the at most `k` stations that make a route along streets least longer, as `stations_along` does.

    Last, by their detour in a straight line, come those that no street leads to from the start: all of them where the
    direct way is unknown.
    """
    stations = snapped_stations(index, network, profile)
    ends = network.snap([start.lon, end.lon], [start.lat, end.lat], profile)
    direct_s = float(times(network, ends.chosen([0]), ends.chosen([1]), with_metres=False, check=check).seconds[0])
    is_known = not np.isnan(direct_s)
    found: list[StationOnRoute] = []
    for most_s in (NEAR_DETOUR_S, MAX_DETOUR_S):  # the smaller search is much the quicker one
        if is_known and len(found) < k:
            legs = street_legs(network, stations, ends, straight, direct_s, max_detour_s=most_s, check=check)
            near = stations_along(index, legs, k, query=query, max_detour_s=most_s, check=check)
            found = [each._replace(by_street=True) for each in near]
    if len(found) < k:
        is_unknown = (stations.components != ends.components[0]) | ~stations.known | (not is_known)
        found += stations_along(index, straight.only(is_unknown), k - len(found), query=query, check=check)
    return AlongStreets(found, direct_s if is_known else None)


def stations_along(
    index: StationIndex,
    legs: Legs,
    k: int = NEIGHBOURS,
    *,
    query: Query = _EVERYONE,
    max_detour_s: float = MAX_DETOUR_S,
    check: CancelCheck = never_cancelled,
) -> list[StationOnRoute]:
    """Return the at most `k` stations that `query` accepts and that make a route least longer, the least first.

    None makes it longer by more than `max_detour_s`; ties stand in the index's order, and a station of which a way is
    unknown is not among them. A query for open stations is about the moment when a rider gets there from the start.
    `check` is called before each station that is looked at. Raises InvalidQueryError for k < 1.
    """
    if k < 1:
        raise InvalidQueryError("k must be at least 1")
    rows = index.rows(query.timeless)
    detours_s = legs.detours_s
    detours = np.round(detours_s[rows] / TIE_S)
    near = np.flatnonzero(detours <= max_detour_s / TIE_S)  # NaN compares false
    by_seconds = query if query.open_at is None else replace(query, reachable_by=query.reachable_by and BY_SECONDS)
    found: list[StationOnRoute] = []
    for row in rows[near[np.lexsort((rows[near], detours[near]))]].tolist():
        check()
        there_s = float(legs.there_s[row])
        if by_seconds.accepts_visit(index.schedules[row], there_s):
            distance_m, way_m, detour_s = (float(each[row]) for each in (legs.straight_m, legs.way_m, detours_s))
            found.append(StationOnRoute(index.stations[row], distance_m, there_s, way_m, detour_s))
        if len(found) == k:
            break
    return found


def metres_from(place: Position, lons: Floats, lats: Floats) -> Floats:
    """Return geodesic metres (n,) from a place to points in degrees, (n,) each."""
    lon, lat = np.full(len(lons), place.lon), np.full(len(lons), place.lat)
    return geodesic_m(lon, lat, ecef(lon[:1], lat[:1]), lons, lats, ecef(lons, lats))
