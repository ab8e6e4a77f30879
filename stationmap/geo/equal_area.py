"""The plane cells are laid out in: Lambert's azimuthal equal-area projection around the middle of what is studied.

Areas on it are true and distances are nearly so, but no distance is ever taken from it: those are geodesic
(`geodesy`). No other plane can be chosen: near Xuzhou areas are 47 % too large on Web Mercator (EPSG:3857)
and 0.2 % on the neighbouring zone's EPSG:4547. Source: Snyder, Map Projections (USGS PP 1395, 1987), 182-190; the
ellipsoidal form as in PROJ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from stationmap.geo.geodesy import Floats

if TYPE_CHECKING:
    from pyproj import CRS, Transformer


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
        """The reference system of the plane: LAEA on WGS-84, metres."""
        from pyproj import CRS  # slow to import, like all of pyproj: a server makes its planes aside

        return CRS.from_proj4(f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +datum=WGS84 +units=m")

    @cached_property
    def _transformer(self) -> Transformer:
        from pyproj import Transformer

        return Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)

    def xy(self, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
        """Return metres east and north of the centre, shapes (n,), of WGS-84 degrees, shapes (n,)."""
        xs, ys = self._transformer.transform(lons, lats)
        return xs, ys

    def lon_lat(self, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
        """Return WGS-84 degrees, shapes (n,), of metres east and north of the centre, shapes (n,)."""
        lons, lats = self._transformer.transform(xs, ys, direction="INVERSE")
        return lons, lats
