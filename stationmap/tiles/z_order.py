"""Stations along Morton's curve over the plane of web maps: every tile, and every cell of one, is a stretch of it.

The plane is a square of 2 to the power of 28 units a side, x to the east and y to the south from its north-western
corner: what a tile of the last zoom tells apart, 15 cm. Places beyond its northern and southern edge, at some 85
degrees, stand on the edge, and so does the meridian of 180 degrees.

Source: Mercator on a sphere as EPSG method 1024 has it; G. M. Morton, A Computer Oriented Geodetic Data Base (1966).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats

Integers = NDArray[np.int64]
Codes = NDArray[np.int64]

MAX_ZOOM = 16
"""From here on every station stands alone, as SINGLE_ZOOM in static/js/map/clusters.js."""
EXTENT_BITS = 12
EXTENT = 1 << EXTENT_BITS
"""Units a side of a tile, which is 256 pixels wide."""
LEVELS = MAX_ZOOM + EXTENT_BITS

# How bits are spread so that between two of them there is room for one: (shift, what is kept then).
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


@dataclass(frozen=True)
class ZOrder:
    """Places in the order of their codes: `rows` says which place stands where; all of shape (n,)."""

    rows: Integers
    codes: Codes
    xs: Integers
    ys: Integers

    @classmethod
    def of(cls, lons: Floats, lats: Floats) -> ZOrder:
        """Order places by longitudes and latitudes in degrees, shapes (n,)."""
        xs, ys = on_plane(lons, lats)
        codes = interleaved(xs, ys)
        rows = np.argsort(codes, kind="stable")
        return cls(rows, codes[rows], xs[rows], ys[rows])


def exists(z: int, x: int, y: int) -> bool:
    """Tell whether there is a tile of a zoom, a column and a row."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


def on_plane(lons: Floats, lats: Floats) -> tuple[Integers, Integers]:
    """Return the units, shapes (n,), of longitudes and latitudes in degrees, shapes (n,)."""
    side = 1 << LEVELS
    with np.errstate(divide="ignore"):  # a pole is infinitely far away
        northwards = np.arctanh(np.sin(np.radians(lats))) / (2 * np.pi)
    units = (np.floor(part * side) for part in (lons / 360 + 0.5, 0.5 - northwards))
    xs, ys = (np.clip(each, 0, side - 1).astype(np.int64) for each in units)
    return xs, ys


def interleaved(xs: Any, ys: Any) -> Any:
    """Return the codes of units, shapes (n,) or single numbers: bits of y and x by turns, from the highest on."""
    return _spread(ys) << 1 | _spread(xs)


def stretch(codes: Codes, z: int, x: int, y: int, *, levels: int = 0) -> Integers:
    """Return where the parts of a tile begin, and the last ends, among ascending codes, shape (n,).

    A tile has 4 to the power of `levels` parts, in the order of their codes.
    """
    depth = 2 * (LEVELS - z - levels)
    first = int(interleaved(x, y)) << 2 * levels
    edges = np.arange(first, first + (1 << 2 * levels) + 1, dtype=np.int64) << depth
    return np.searchsorted(codes, edges)


def first_level_apart(code: int, other: int) -> int:
    """Return the first level of quarters, 1 to `LEVELS`, at which two codes lie in different ones; 0 for equal ones."""
    return LEVELS - ((code ^ other).bit_length() - 1) // 2 if code != other else 0


def _spread(units: Any) -> Any:
    for shift, kept in _SPREAD:
        units = (units | units << shift) & kept
    return units
