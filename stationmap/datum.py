"""The three datums a Chinese map may use, and the way between each and WGS-84.

GCJ-02 (高德, 腾讯) and BD-09 (百度) draw a WGS-84 point of China's box some hundred metres aside; outside the box
nothing is moved.

At the edge of the box both rules cannot hold at once: a point just inside is drawn outside, onto a point that
is drawn as itself. Here every WGS-84 point of the closed box comes back from its drawn place; a drawn place
that no point of the box leads to stays as it is. So only the strip outside the edge that is covered twice (at
most 2 km wide, at sea or beyond the border) is not its own inverse.
"""

from __future__ import annotations

import math
from enum import StrEnum
from types import ModuleType
from typing import Literal, Protocol, TypeVar, assert_never, overload

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import InvalidPositionError

FloatArray = NDArray[np.float64]
Degrees = TypeVar("Degrees", float, FloatArray)
Truth = bool | NDArray[np.bool_]

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the closed box in which points are moved, WGS-84 degrees (as in eviltransform)."""

_SEMI_MAJOR_M = 6378245.0  # Krasovsky 1940, as in every published GCJ-02
_ECCENTRICITY2 = 0.00669342162296594323
_BD09_RAD = math.pi * 3000.0 / 180.0
_MAX_SHIFT_DEG = 0.05  # no point of the box moves further than 0.018
_EDGE_DEG = 1e-9  # a point on the edge must come back although rounding puts it outside
_INVERSE_STEPS = 7  # each step divides the error by 40 or more; six already leave less than 1e-11 degrees


class Datum(StrEnum):
    """What a longitude and latitude refer to; made from its code or a usual spelling such as ``GCJ-02``."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @classmethod
    def _missing_(cls, value: object) -> Datum | None:
        plain = str(value).strip().casefold().replace("-", "").replace("_", "").replace(" ", "")
        return next((datum for datum in cls if datum.value == plain), None)


DrawnOnPhone = Literal[Datum.WGS84, Datum.GCJ02]
"""What the phone can draw in: `DRAWN_IN` of static/js/shared/datum.js has the same codes."""


@overload
def from_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]: ...
@overload
def from_wgs84(lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]: ...
def from_wgs84(
    lon: float | FloatArray, lat: float | FloatArray, datum: Datum
) -> tuple[float, float] | tuple[FloatArray, FloatArray]:
    """Return where `datum` draws a WGS-84 point, in degrees.

    Floats give floats; arrays of one shape, such as (n,), give new arrays, in which a value that is not finite stays as
    it is. Raises InvalidPositionError for a float that is not finite.
    """
    return _convert(_draw, lon, lat, datum)


@overload
def to_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]: ...
@overload
def to_wgs84(lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]: ...
def to_wgs84(
    lon: float | FloatArray, lat: float | FloatArray, datum: Datum
) -> tuple[float, float] | tuple[FloatArray, FloatArray]:
    """Return the WGS-84 point, in degrees, that `datum` draws at a place: the exact inverse of `from_wgs84`.

    Shapes, such as (n,), are treated as there. The round trip of any point of China's box ends within 1e-9 degrees of
    its start. Raises InvalidPositionError for a float that is not finite.
    """
    return _convert(_solve, lon, lat, datum)


class _Step(Protocol):
    """A conversion wherever the point is, and whether it applies there; `xp` is math for floats, numpy for arrays."""

    def __call__(self, xp: ModuleType, lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees, Truth]: ...


def _convert(
    step: _Step, lon: float | FloatArray, lat: float | FloatArray, datum: Datum
) -> tuple[float, float] | tuple[FloatArray, FloatArray]:
    datum = Datum(datum)  # a plain text must not pass for another datum below
    if isinstance(lon, np.ndarray) or isinstance(lat, np.ndarray):
        return _convert_arrays(step, np.asarray(lon, np.float64), np.asarray(lat, np.float64), datum)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InvalidPositionError("longitude and latitude must be finite numbers of degrees")
    return _convert_floats(step, float(lon), float(lat), datum)


def _convert_floats(step: _Step, lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    if datum is Datum.WGS84 or not _in_box(lon, lat, _MAX_SHIFT_DEG):
        return lon, lat
    new_lon, new_lat, applies = step(math, lon, lat, datum)
    return (new_lon, new_lat) if applies else (lon, lat)


def _convert_arrays(step: _Step, lon: FloatArray, lat: FloatArray, datum: Datum) -> tuple[FloatArray, FloatArray]:
    lon, lat = (array.copy() for array in np.broadcast_arrays(lon, lat))
    if datum is not Datum.WGS84:
        near = np.asarray(_in_box(lon, lat, _MAX_SHIFT_DEG))
        new_lon, new_lat, applies = step(np, lon[near], lat[near], datum)
        lon[near] = np.where(applies, new_lon, lon[near])
        lat[near] = np.where(applies, new_lat, lat[near])
    return lon, lat


def _draw(xp: ModuleType, lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees, Truth]:
    drawn_lon, drawn_lat = _drawn(xp, lon, lat, datum)
    return drawn_lon, drawn_lat, _in_box(lon, lat, 0.0)


def _solve(xp: ModuleType, lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees, Truth]:
    """Find the point drawn at (lon, lat) by fixed-point steps; the shift hardly varies, so they converge at once."""
    true_lon, true_lat = lon, lat
    for _ in range(_INVERSE_STEPS):
        drawn_lon, drawn_lat = _drawn(xp, true_lon, true_lat, datum)
        true_lon, true_lat = true_lon + (lon - drawn_lon), true_lat + (lat - drawn_lat)
    return true_lon, true_lat, _in_box(true_lon, true_lat, _EDGE_DEG)


def _in_box(lon: float | FloatArray, lat: float | FloatArray, margin_deg: float) -> Truth:
    west, south, east, north = CHINA_BOX
    in_lon = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    return in_lon & (lat >= south - margin_deg) & (lat <= north + margin_deg)


def _drawn(xp: ModuleType, lon: Degrees, lat: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    """Apply the published formula wherever the point is; `xp` is math for floats, numpy for arrays."""
    if datum is Datum.WGS84:
        return lon, lat
    if datum is Datum.GCJ02:
        return _gcj02(xp, lon, lat)
    if datum is Datum.BD09:
        return _bd09_of_gcj02(xp, *_gcj02(xp, lon, lat))
    assert_never(datum)


def _gcj02(xp: ModuleType, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Draw a WGS-84 point in GCJ-02 (wandergis/coordtransform, googollee/eviltransform; MIT)."""
    x, y = lon - 105.0, lat - 35.0
    sin, pi = xp.sin, math.pi
    xy, root = 0.1 * x * y, xp.sqrt(xp.fabs(x))
    both = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + xy + 0.1 * root
    east += (both + 20.0 * sin(pi * x) + 40.0 * sin(pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * sin(pi / 12.0 * x) + 300.0 * sin(pi / 30.0 * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + xy + 0.2 * root
    north += (both + 20.0 * sin(pi * y) + 40.0 * sin(pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * sin(pi / 12.0 * y) + 320.0 * sin(pi / 30.0 * y)) * 2.0 / 3.0
    phi = lat * (pi / 180.0)
    w2 = 1.0 - _ECCENTRICITY2 * sin(phi) ** 2
    w = xp.sqrt(w2)
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY2) / (w2 * w)
    parallel_m = _SEMI_MAJOR_M / w * xp.cos(phi)
    return lon + east * 180.0 / (parallel_m * pi), lat + north * 180.0 / (meridian_m * pi)


def _bd09_of_gcj02(xp: ModuleType, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Draw a GCJ-02 point in BD-09 (wandergis/coordtransform; MIT); the polar angle is turned by a rotation."""
    radius = xp.sqrt(lon * lon + lat * lat)
    stretch = 1.0 + 0.00002 * xp.sin(lat * _BD09_RAD) / radius
    turn = 0.000003 * xp.cos(lon * _BD09_RAD)
    cos, sin = xp.cos(turn), xp.sin(turn)
    return stretch * (lon * cos - lat * sin) + 0.0065, stretch * (lat * cos + lon * sin) + 0.006
