"""The plane cells are laid out in: Lambert's azimuthal equal-area projection around the middle of what is studied.

Areas on it are true and distances are nearly so, but no distance is ever taken from it: those are geodesic
(`stationmap.geodesy`). Source: Snyder, Map Projections (USGS PP 1395, 1987), 182-190; the ellipsoidal form as in PROJ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from stationmap.errors import InvalidAuditError
from stationmap.geodesy import Floats

AREA_TOLERANCE = 1e-5  # relative; what a cell's area may be wrong by
_PROBE_M = 1_000.0
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Plane:
    """An equal-area plane in metres, centred on a point in degrees."""

    lon: float
    lat: float

    @classmethod
    def around(cls, west: float, south: float, east: float, north: float) -> Plane:
        """Return the plane centred on a box, to a hundredth of a degree, so that equal studies share it."""
        return cls(round((west + east) / 2, 2), round((south + north) / 2, 2))

    @cached_property
    def crs(self) -> CRS:
        return CRS.from_proj4(f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +datum=WGS84 +units=m")

    @cached_property
    def _transformer(self) -> Transformer:
        return Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)

    def xy(self, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
        """Return metres east and north of the centre, shapes (n,), of degrees."""
        xs, ys = self._transformer.transform(lons, lats)
        return xs, ys

    def lon_lat(self, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
        """Return degrees, shapes (n,), of metres east and north of the centre."""
        lons, lats = self._transformer.transform(xs, ys, direction="INVERSE")
        return lons, lats


def refuse_unequal_area(crs: object, lon: float, lat: float) -> None:
    """Raise InvalidAuditError unless a square kilometre of a projected CRS is one on the ellipsoid, at a place.

    Web Mercator (EPSG:3857) makes it 1.45 of Xuzhou's, the neighbouring zone's EPSG:4547 is 0.5 % off, and
    EPSG:4479 is no plane at all.
    """
    try:
        plane = CRS.from_user_input(crs)
    except CRSError as error:
        raise InvalidAuditError(f"{crs}: is no coordinate reference system") from error
    name = plane.to_string()
    if not plane.is_projected or plane.axis_info[0].unit_conversion_factor != 1:
        raise InvalidAuditError(f"{name}: is no plane in metres; leave it out for a local equal-area plane")
    transformer = Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    x, y = transformer.transform(lon, lat)
    half = _PROBE_M / 2
    xs, ys = x + half * np.array([-1, 1, 1, -1]), y + half * np.array([-1, -1, 1, 1])
    lons, lats = transformer.transform(xs, ys, direction="INVERSE")
    area_m2 = abs(_GEOD.polygon_area_perimeter(lons, lats)[0])
    excess = _PROBE_M**2 / area_m2 - 1 if area_m2 and math.isfinite(area_m2) else math.inf
    if not abs(excess) <= AREA_TOLERANCE:
        raise InvalidAuditError(
            f"{name}: areas at {lon:.2f}, {lat:.2f} are {excess:+.3%} off, more than {AREA_TOLERANCE:.0e}; "
            "leave it out for a local equal-area plane"
        )
