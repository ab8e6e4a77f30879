"""What a tile holds: stations that stand alone, and clusters of those near each other.

A cell of 64 pixels with three stations or more is one cluster at their mean; from `MAX_ZOOM` on there is none. Each
station is in one tile of a zoom only, so that what tiles count adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from stationmap.tiles.chosen import Counted
from stationmap.tiles.z_order import EXTENT, LEVELS, MAX_ZOOM, first_level_apart, stretch

CELL_LEVELS = 2
"""A tile has 4 by 4 cells of 64 pixels, as CLUSTER_RADIUS_PX in static/js/map/clusters.js."""
MIN_CLUSTER = 3


class Singles(NamedTuple):
    """Stations by their rows, and where they stand in the tile."""

    xs: list[int]
    ys: list[int]
    rows: list[int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Stations of a cell: how many, how many of them are usable and of how many that is unknown.

    `splits_at` is the first zoom at which they are more than one marker.
    """

    x: int
    y: int
    count: int
    usable: int
    unknown: int
    splits_at: int


class Contents(NamedTuple):
    """The stations and the clusters of a tile."""

    singles: Singles
    clusters: list[Cluster]


def contents(counted: Counted, z: int, x: int, y: int) -> Contents:
    """Return what a tile that exists holds."""
    if z == MAX_ZOOM:
        return Contents(_singles(counted, z, range(*stretch(counted.chosen.codes, z, x, y).tolist())), [])
    edges = stretch(counted.chosen.codes, z, x, y, levels=CELL_LEVELS).tolist()
    clusters: list[Cluster] = []
    alone: list[int] = []
    for start, end in pairwise(edges):
        if end - start >= MIN_CLUSTER:
            clusters.append(_cluster(counted, z, start, end))
        else:
            alone += range(start, end)
    return Contents(_singles(counted, z, alone), clusters)


def size(counted: Counted, z: int, x: int, y: int) -> int:
    """Return how many stations lie in a tile."""
    start, end = stretch(counted.chosen.codes, z, x, y).tolist()
    return int(end - start)


def _singles(counted: Counted, z: int, places: Sequence[int]) -> Singles:
    """Return the stations at some places along the curve."""
    at, chosen = np.asarray(places, dtype=np.int64), counted.chosen
    xs, ys = ((sums[at + 1] - sums[at]) >> MAX_ZOOM - z & EXTENT - 1 for sums in (chosen.x_sums, chosen.y_sums))
    return Singles(xs.tolist(), ys.tolist(), chosen.rows[at].tolist())


def _cluster(counted: Counted, z: int, start: int, end: int) -> Cluster:
    chosen, count = counted.chosen, end - start
    # The mean of whole numbers, rounded down, lies in the cell as they do.
    x, y = (
        int(sums[end] - sums[start]) // count >> MAX_ZOOM - z & EXTENT - 1 for sums in (chosen.x_sums, chosen.y_sums)
    )
    usable, unknown = (int(sums[end] - sums[start]) for sums in (counted.usable, counted.unknown))
    level = first_level_apart(int(chosen.codes[start]), int(chosen.codes[end - 1])) or LEVELS
    return Cluster(x, y, count, usable, unknown, min(level - CELL_LEVELS, MAX_ZOOM))
