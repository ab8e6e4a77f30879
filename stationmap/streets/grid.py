"""A grid over a box in degrees: what lies in a row of neighbouring cells stands together in an order by `keys`."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import ECCENTRICITY_2, EQUATORIAL_RADIUS_M, Floats

Keys = NDArray[np.int64]
MARGIN_DEG = 0.01  # of latitude: a place may lie a little outside the box
MAX_LAT_DEG = 89.0


class Grid(NamedTuple):
    """Cells counted from the south-west corner; `columns` is the length of a row, so that keys are unique."""

    west: float
    south: float
    lon_deg: float
    lat_deg: float
    columns: int

    @classmethod
    def over(cls, lons: Floats, lats: Floats, cell_m: float) -> Grid:
        """Return a grid over n points in degrees, shapes (n,), whose cells are at least `cell_m` metres wide and high.

        Two cells lie around it on every side, so that neighbours of a cell are never those of another row.
        """
        south, north = float(lats.min()), float(lats.max())
        furthest = min(max(abs(south), abs(north)) + MARGIN_DEG, MAX_LAT_DEG)
        metres_lon, metres_lat = metres_a_degree(furthest)[0], metres_a_degree(0.0)[1]
        lon_deg, lat_deg = cell_m / metres_lon, cell_m / metres_lat
        west = float(lons.min()) - 2 * lon_deg
        columns = math.ceil((float(lons.max()) - west) / lon_deg) + 3
        return cls(west, south - 2 * lat_deg, lon_deg, lat_deg, columns)

    def columns_of(self, lons: Floats) -> Keys:
        """Return the columns of longitudes in degrees, shape (n,), those outside the grid at its border."""
        return np.clip(np.floor((lons - self.west) / self.lon_deg), 0, self.columns - 1).astype(np.int64)

    def rows_of(self, lats: Floats) -> Keys:
        """Return the rows of latitudes in degrees, shape (n,)."""
        return np.maximum(np.floor((lats - self.south) / self.lat_deg), -1).astype(np.int64)

    def keys(self, lons: Floats, lats: Floats) -> Keys:
        """Return the keys of the cells of n points in degrees, shapes (n,)."""
        return self.rows_of(lats) * self.columns + self.columns_of(lons)


def metres_a_degree(lat: float) -> tuple[float, float]:
    """Return metres a degree of longitude and of latitude at a latitude: the radii of curvature of the ellipsoid."""
    across, along = scales(np.array([lat]))
    return float(across[0]), float(along[0])


def scales(lats: Floats) -> tuple[Floats, Floats]:
    """Return metres a degree of longitude and of latitude at n latitudes in degrees, shapes (n,).

    Source: radii of curvature in the prime vertical and in the meridian, Snyder, Map Projections (1987), 4-20 and 4-19.
    """
    radians = np.radians(lats)
    bulge = 1 - ECCENTRICITY_2 * np.sin(radians) ** 2
    normal_m = EQUATORIAL_RADIUS_M / np.sqrt(bulge)
    return np.radians(normal_m * np.cos(radians)), np.radians(normal_m * (1 - ECCENTRICITY_2) / bulge)


def ranges(starts: NDArray[Any], ends: NDArray[Any]) -> tuple[Keys, Keys]:
    """Return the numbers in m ranges, (m,), one after another, and which range each belongs to, shapes (numbers,)."""
    starts = starts.astype(np.int64)
    sizes = np.maximum(ends.astype(np.int64) - starts, 0)
    which = np.repeat(np.arange(len(starts)), sizes)
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - before[which] + starts[which], which
