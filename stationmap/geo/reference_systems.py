"""The way from whatever reference system a file names to degrees of WGS-84, where there is a sure one."""

from __future__ import annotations

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

_AS_WGS84 = "China 2000"  # CGCS2000, which is WGS-84 within a decimetre: no official way between them is needed


class NoSureWayError(Exception):
    """A system has no two axes on a map, or nobody says how it lies to WGS-84."""


def to_wgs84(system: CRS) -> Transformer:
    """Return what turns x and y, or longitude and latitude, into degrees of WGS-84; raises NoSureWayError.

    x, or the longitude, stands first whatever the system says, as it does in files. Heights are left out; a ballpark
    way, as for Xian 1980, may be a hundred metres aside and is none.
    """
    geodetic = system.geodetic_crs
    if system.is_geocentric or system.is_vertical or geodetic is None or len(system.axis_info) < 2:
        raise NoSureWayError(system.name)
    is_wgs84 = geodetic.datum is not None and geodetic.datum.name == _AS_WGS84
    try:
        return Transformer.from_crs(system.to_2d(), 4326, always_xy=True, allow_ballpark=is_wgs84)
    except (CRSError, ProjError) as error:
        raise NoSureWayError(system.name) from error
