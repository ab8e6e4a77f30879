"""How much of a cell is in reach of a station: cells at the rim of a circle of service count by their share.

A cell is taken as the disc of its area around its middle, so that its share depends on how far the middle is from the
station and on nothing else: it is the lens the two discs have in common, over the area of the smaller. Shares of the
cells around a station then add up to its circle, wherever it stands among them. By middles alone a station in the
middle of a cell would be given 45 or 49 cells of 250 m instead of the 50.3 of a circle of 1 km. Where several stations
each reach a part of one cell, the largest part counts: no less is in reach than that.

Distances are taken in whole metres, shares and people in whole thousandths, so that sums are exact and a browser has
the same ones (`static/js/audit/figures/cell_share.js`). Places that are points are in reach, or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats

ShareArray = NDArray[np.int64]
"""Shares in thousandths, 0 to PARTS."""

PARTS = 1000


@dataclass(frozen=True, eq=False)
class CellShare:
    """Shares of a cell by the whole metres from its middle to a station."""

    by_metre: ShareArray
    """Shape (metres,), never rising; the last one is 0, and so is all beyond it."""

    @property
    def outer_m(self) -> float:
        """From where on nothing of a cell is in reach."""
        return float(len(self.by_metre) - 1)

    def at(self, metres: Floats) -> ShareArray:
        """Return the shares, thousandths, of cells whose middles are `metres` from a station, inf for none.

        `metres` has any shape, such as (n,) or (k, n), and the result has the same.
        """
        return np.asarray(self.by_metre[np.rint(np.minimum(metres, self.outer_m)).astype(np.int64)])


@lru_cache(maxsize=16)
def cell_share(radius_m: float, cell_m: float) -> CellShare:
    """Return the shares of cells of `cell_m` by `cell_m` metres within `radius_m` of a station.

    The cell is taken as the disc of its area; the lens of two discs: Weisstein, Circle-Circle Intersection, MathWorld.
    """
    cell_radius_m = cell_m / sqrt(pi)
    metres = np.arange(ceil(radius_m + cell_radius_m) + 2, dtype=np.float64)
    share = _lens_m2(radius_m, cell_radius_m, metres) / (pi * cell_radius_m**2)
    return CellShare(np.floor(share * PARTS + 0.5).astype(np.int64))


def reached(people: ShareArray, parts: ShareArray | int) -> ShareArray:
    """Return the people within reach, thousandths, of cells with `people` of which `parts`, both thousandths, are.

    All have the shape (n,), or `parts` is one number; halves are rounded up.
    """
    return (people * parts + PARTS // 2) // PARTS


def _lens_m2(one_m: float, other_m: float, apart_m: Floats) -> Floats:
    """Return the area two discs have in common, by the distance of their middles."""
    smaller = min(one_m, other_m)
    apart = np.clip(apart_m, max(abs(one_m - other_m), 1e-9), one_m + other_m)
    first = np.clip((apart**2 + one_m**2 - other_m**2) / (2 * apart * one_m), -1, 1)
    second = np.clip((apart**2 + other_m**2 - one_m**2) / (2 * apart * other_m), -1, 1)
    kite = (one_m + other_m - apart) * (apart + one_m - other_m) * (apart - one_m + other_m) * (apart + one_m + other_m)
    lens = one_m**2 * np.arccos(first) + other_m**2 * np.arccos(second) - np.sqrt(np.maximum(kite, 0)) / 2
    # Where one disc lies within the other, rounding must not take a thousandth off it.
    return np.where(apart_m <= abs(one_m - other_m), pi * smaller**2, np.where(apart_m >= one_m + other_m, 0.0, lens))
