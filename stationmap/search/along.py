"""Stations along a route: near the way from a start to an end, those first that make it least longer.

The detour of a station s on the way from a to b is t(a, s) + t(s, b) - t(a, b) in seconds: exact for the times given,
which are those of straight lines with a factor (`straight_legs`) or those along streets. The phone works out the former
itself (`static/js/route/along.js`); `tests/test_along.py` holds both to each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from stationmap.defaults import NEIGHBOURS
from stationmap.errors import CancelCheck, InvalidQueryError, never_cancelled
from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.registry.model import Position, Station
from stationmap.rules import MAX_DETOUR
from stationmap.search.query import Query, Travel
from stationmap.search.station_index import StationIndex

BY_SECONDS = Travel(1.0, 1.0)
"""With it a number of seconds takes the place of metres, in whatever is asked of a way."""
TIE_S = 1e-6
"""Detours closer than this are equal, and equals keep the order of the index."""

_EVERYONE = Query()


class Legs(NamedTuple):
    """The ways of a route over each of n stations, in the index's order; NaN is unknown."""

    straight_m: Floats
    """Geodesic metres from the start to each station, shape (n,)."""
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


class StationOnRoute(NamedTuple):
    """A station, its geodesic metres and its seconds from the start, and the seconds it adds to the route."""

    station: Station
    distance_m: float
    there_s: float
    detour_s: float


def straight_legs(index: StationIndex, start: Position, end: Position, travel: Travel) -> Legs:
    """Return the ways over each station by straight lines, each metre of which takes what `travel` says."""
    s_of_metre = travel.detour / travel.speed_m_s
    lons, lats = index.coordinates
    there_m, onward_m = metres_from(start, lons, lats), metres_from(end, lons, lats)
    direct_m = metres_from(start, np.array([end.lon]), np.array([end.lat]))
    return Legs(there_m, there_m * s_of_metre, onward_m * s_of_metre, float(direct_m[0]) * s_of_metre)


def stations_along(
    index: StationIndex,
    legs: Legs,
    k: int = NEIGHBOURS,
    *,
    query: Query = _EVERYONE,
    max_detour_s: float = MAX_DETOUR.total_seconds(),
    check: CancelCheck = never_cancelled,
) -> list[StationOnRoute]:
    """Return the at most `k` stations that `query` accepts and that make a route least longer, the least first.

    None makes it longer by more than `max_detour_s`; ties stand in the index's order, and a station of which a way is
    unknown is not among them. Whether a station is open is asked of the moment a rider gets there from the start.
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
        station, there_s = index.stations[row], float(legs.there_s[row])
        if by_seconds.accepts_visit(station.schedule, there_s):
            found.append(StationOnRoute(station, float(legs.straight_m[row]), there_s, float(detours_s[row])))
        if len(found) == k:
            break
    return found


def metres_from(place: Position, lons: Floats, lats: Floats) -> Floats:
    """Return geodesic metres (n,) from a place to points in degrees, (n,) each."""
    lon, lat = np.full(len(lons), place.lon), np.full(len(lons), place.lat)
    return geodesic_m(lon, lat, ecef(lon[:1], lat[:1]), lons, lats, ecef(lons, lats))
