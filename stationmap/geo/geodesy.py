"""Metres on the WGS-84 ellipsoid, by way of Earth-centred coordinates (ECEF).

A straight chord between two points of the surface is cheap to compare and never longer than the geodesic between
them, so a KD-tree on ECEF finds neighbours anywhere on Earth, poles and antimeridian included. What is left is to
turn a chord into the geodesic: up to 100 km the arc of a circle with Euler's radius of curvature in that direction
(error below 1e-6 m), beyond that Karney's algorithm as pyproj has it.

Sources: Euler 1760 (radius of a normal section, 1/R = cos²α/M + sin²α/N); Karney, J. Geodesy 87 (2013) 43-55.
"""

from __future__ import annotations

import math
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyproj import Geod

Floats = NDArray[np.float64]

EQUATORIAL_RADIUS_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
POLAR_RADIUS_M = EQUATORIAL_RADIUS_M * (1 - FLATTENING)
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)

MAX_EULER_M = 100_000.0  # beyond, the arc of one circle is no longer the geodesic to a micrometre
MAX_LOCAL_M = 10_000.0  # up to here the curvature at the near end will do for the whole way: error below 1e-7 m
MAX_ROUND_M = 3_000.0  # up to here the mean curvature will do for every direction: error below 2e-7 m


@cache
def _geod() -> Geod:
    from pyproj import Geod  # slow to import, and no city is 100 km wide

    return Geod(ellps="WGS84")


def ecef(lons: Floats, lats: Floats) -> Floats:
    """Return Earth-centred metres, shape (n, 3), of longitudes and latitudes in degrees, shapes (n,), on the ellipsoid.

    Source: the conversion of EPSG method 9602, with a height of 0.
    """
    return np.column_stack(LocalFrame.at(lons, lats, np)[:3])


class LocalFrame(NamedTuple):
    """A point with what it takes to measure to its neighbours within MAX_LOCAL_M by a handful of multiplications.

    For a neighbour p at chord c let n = north · p - north_origin_m, its northing. Then c²/R = c²/N + n² (1/M - 1/N)
    by Euler, and the arc above the chord is c + (c²/R)² / 24c. Members are floats in metres and 1/m, or arrays of
    them.
    """

    x: Any
    y: Any
    z: Any
    north_x: Any
    north_y: Any
    north_z: Any
    north_origin_m: Any
    prime_vertical_curvature: Any
    excess_curvature: Any

    @classmethod
    def at(cls, lon: Any, lat: Any, xp: ModuleType = math) -> LocalFrame:
        """Return the frame of a point in degrees; with `xp` numpy, of n points, each member an array (n,)."""
        lon_rad, lat_rad = xp.radians(lon), xp.radians(lat)
        sin_lon, cos_lon, sin_lat, cos_lat = xp.sin(lon_rad), xp.cos(lon_rad), xp.sin(lat_rad), xp.cos(lat_rad)
        bulge = 1 - ECCENTRICITY_2 * sin_lat * sin_lat
        normal_m = EQUATORIAL_RADIUS_M / xp.sqrt(bulge)
        x, y, z = normal_m * cos_lat * cos_lon, normal_m * cos_lat * sin_lon, normal_m * (1 - ECCENTRICITY_2) * sin_lat
        north_x, north_y = -sin_lat * cos_lon, -sin_lat * sin_lon
        across = 1 / normal_m
        along = bulge / (normal_m * (1 - ECCENTRICITY_2))
        origin_m = north_x * x + north_y * y + cos_lat * z
        return cls(x, y, z, north_x, north_y, cos_lat, origin_m, across, along - across)

    @property
    def round_arc_24(self) -> Any:
        """1/24 of the squared mean curvature: a chord c up to MAX_ROUND_M has the arc c + c³ times this."""
        return (self.prime_vertical_curvature + self.excess_curvature / 2) ** 2 / 24


def arc_m(frame: LocalFrame, x: float, y: float, z: float, chord_m: float) -> float:
    """Return geodesic metres, up to MAX_EULER_M, from a frame's point to the ECEF point at the far end of a chord."""
    middle_x, middle_y, middle_z = frame.x + x, frame.y + y, (frame.z + z) / (1 - ECCENTRICITY_2)
    horizontal_2 = middle_x * middle_x + middle_y * middle_y
    length_2 = horizontal_2 + middle_z * middle_z
    bulge = 1 - ECCENTRICITY_2 * middle_z * middle_z / length_2
    chord_2 = chord_m * chord_m
    northing_2 = min((z - frame.z) ** 2 * length_2 / horizontal_2, chord_2) if horizontal_2 else 0.0
    curved = math.sqrt(bulge) / EQUATORIAL_RADIUS_M * (chord_2 + northing_2 * (bulge / (1 - ECCENTRICITY_2) - 1))
    angle_2 = curved * curved / chord_2
    return float(chord_m * (1 + angle_2 / 24 + 3 * angle_2 * angle_2 / 640))


def geodesic_m(lon: Floats, lat: Floats, xyz: Floats, lon2: Floats, lat2: Floats, xyz2: Floats) -> Floats:
    """Return geodesic metres, shape (n,), between pairs of points given in degrees, (n,), and in ECEF metres, (n, 3).

    Up to MAX_EULER_M by Euler's radius of curvature (1760) at the middle of the chord, beyond by Karney, Algorithms for
    geodesics, Journal of Geodesy 87 (2013) 43-55.
    """
    delta = xyz2 - xyz
    chord_2 = np.einsum("ij,ij->i", delta, delta)
    # The ellipsoid's normal at the middle of the chord: no trigonometry, and no trouble at poles or antimeridian.
    middle = xyz2 + xyz
    x, y, z = middle[:, 0], middle[:, 1], middle[:, 2] / (1 - ECCENTRICITY_2)
    horizontal_2 = x * x + y * y
    length_2 = horizontal_2 + z * z
    with np.errstate(divide="ignore", invalid="ignore"):
        bulge = 1 - ECCENTRICITY_2 * z * z / length_2
        # At a pole both curvatures agree, so that what a northing of 0/0 becomes does not matter.
        northing_2 = np.fmin(delta[:, 2] ** 2 * length_2 / horizontal_2, chord_2)
        curved = np.sqrt(bulge) / EQUATORIAL_RADIUS_M * (chord_2 + northing_2 * (bulge / (1 - ECCENTRICITY_2) - 1))
        chord = np.sqrt(chord_2)
        angle_2 = curved * curved / chord_2
        # 2R asin(c/2R) as a series in c/R; the next term is below 1e-12 of the whole at 100 km.
        metres = np.where(chord > 0, chord * (1 + angle_2 / 24 + 3 * angle_2 * angle_2 / 640), 0.0)
    far = np.flatnonzero(~(chord <= MAX_EULER_M))
    if far.size:
        metres[far] = _geod().inv(lon[far], lat[far], lon2[far], lat2[far])[2]
    return metres


def longest_chord_m(metres: float) -> float:
    """Return a chord that no pair of points at most `metres` apart on the geodesic exceeds.

    Two bounds: no chord is longer than its geodesic; and stretching the ellipsoid's axis to a sphere of the
    equatorial radius lengthens chords, and geodesics by at most a/b, so chord <= 2a sin(metres / 2b).
    """
    return min(metres, 2 * EQUATORIAL_RADIUS_M * math.sin(min(math.pi / 2, metres / (2 * POLAR_RADIUS_M))))
