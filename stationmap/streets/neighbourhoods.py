"""Places that lie together, and the box of a network that holds what is near them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from stationmap.geo.geodesy import Floats, ecef
from stationmap.provenance import Bounds
from stationmap.streets.grid import scales
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.street_arrays import Rows

GROUP_M = 2_000.0  # width of the cells of places that share one search
GROUP_SIZE = 16
FIRST_RADIUS_M = 500.0
FIRST_DETOUR = 1.35


def around(places: SnappedPoints, radius_m: float) -> Bounds:
    """Return a box that holds whatever is at most `radius_m` from the places, by their points on streets."""
    lons, lats = places.lons[places.known], places.lats[places.known]
    south, north = float(lats.min()), float(lats.max())
    reach_m = radius_m * 1.001 + 1.0
    lat_m = float(scales(np.array([0.0]))[1][0])  # the fewest metres a degree has
    south, north = max(south - reach_m / lat_m, -90.0), min(north + reach_m / lat_m, 90.0)
    lon_m = float(scales(np.array([max(abs(south), abs(north))]))[0][0])
    reach_deg = reach_m / max(lon_m, 1.0)
    return Bounds(float(lons.min()) - reach_deg, south, float(lons.max()) + reach_deg, north)


def first_radius_m(origin: SnappedPoints, goals: SnappedPoints, expected: int) -> float:
    """Return how far a network is likely to be needed for so many of the goals."""
    here = ecef(origin.lons, origin.lats)
    chords = np.linalg.norm(ecef(goals.lons, goals.lats) - here, axis=1)
    at = min(expected, len(chords)) - 1
    return FIRST_RADIUS_M + FIRST_DETOUR * float(np.partition(chords, at)[at])


class PlacesByLatitude(NamedTuple):
    """Known places in the order of their latitudes: `rows` and degrees, shapes (k,)."""

    rows: Rows
    lons: Floats
    lats: Floats

    def within(self, box: Bounds) -> Rows:
        """Return the rows of the places in a box."""
        low, high = np.searchsorted(self.lats, (box.south, box.north))
        some = slice(low, high)
        return self.rows[some][(self.lons[some] >= box.west) & (self.lons[some] <= box.east)]


def by_latitude(places: SnappedPoints) -> PlacesByLatitude:
    """Return the known places in the order of their latitudes."""
    known = np.flatnonzero(places.known)
    order = known[np.argsort(places.lats[known], kind="stable")]
    return PlacesByLatitude(order, places.lons[order], places.lats[order])


def groups(places: SnappedPoints) -> Iterator[Rows]:
    """Yield the rows of known places in groups that lie together."""
    known = np.flatnonzero(places.known)
    if not len(known):
        return
    lon_m, lat_m = scales(places.lats[known])
    cells = np.column_stack(
        (np.floor(places.lats[known] * lat_m / GROUP_M), np.floor(places.lons[known] * lon_m / GROUP_M))
    )
    order = np.lexsort((known, cells[:, 1], cells[:, 0]))
    borders = np.flatnonzero(np.any(np.diff(cells[order], axis=0) != 0, axis=1)) + 1
    for group in np.split(known[order], borders):
        yield from (group[at : at + GROUP_SIZE] for at in range(0, len(group), GROUP_SIZE))
