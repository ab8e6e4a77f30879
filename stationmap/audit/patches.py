"""Ground made of cells: which cells hang together, how many people a station on each would reach, and how ground too
large for one station is divided.

Cells are given by number, ascending, so that neighbours and whole runs of a row are found by binary search: nothing
here is as large as the box around the cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from stationmap.audit.demand import People
from stationmap.audit.grid import Cells, Grid
from stationmap.geodesy import EQUATORIAL_RADIUS_M, ecef, geodesic_m

Labels = NDArray[np.int64]
"""Which patch each cell belongs to, shape (cells,); numbers from 0."""


def joined(cells: Cells, columns: int, kinds: NDArray[np.integer]) -> Labels:
    """Label the patches of cells that share an edge and are of one kind; `kinds` has the shape (cells,)."""
    pairs = [_partners(cells, columns, 1, 0), _partners(cells, columns, 0, 1)]
    these, those = np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])
    alike = kinds[these] == kinds[those]
    these, those = these[alike], those[alike]
    links = coo_array((np.ones(len(these), dtype=np.int8), (these, those)), shape=(len(cells), len(cells)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def people_in_reach(grid: Grid, cells: Cells, people: People, radius_m: float) -> People:
    """Return for each cell the people on these cells within a radius, all measured between middles, exactly.

    Whole runs of a row are added at once, as differences of running sums. Only where the plane, which is true to
    some 1e-4, cannot tell on which side of the radius a middle lies is the geodesic measured.
    """
    sums = np.concatenate([[0], np.cumsum(people)])
    rows, columns = np.divmod(cells, grid.columns)
    strain = _strain(grid)
    inner, outer = radius_m / grid.cell_m * (1 - strain), radius_m / grid.cell_m * (1 + strain)
    reached = np.zeros(len(cells), dtype=np.int64)
    for up in range(-math.floor(inner), math.floor(inner) + 1):
        width = math.floor(math.sqrt(inner * inner - up * up))
        start = (rows + up) * grid.columns
        first = np.searchsorted(cells, start + np.maximum(columns - width, 0))
        last = np.searchsorted(cells, start + np.minimum(columns + width, grid.columns - 1), side="right")
        reached += sums[last] - sums[first]
    lons, lats = grid.centres(cells)
    xyz = ecef(lons, lats)
    for right, up in _ring(inner, outer):
        these, those = _partners(cells, grid.columns, right, up)
        metres = geodesic_m(lons[these], lats[these], xyz[these], lons[those], lats[those], xyz[those])
        inside = metres <= radius_m
        reached[these[inside]] += people[those[inside]]
    return reached


def divided(grid: Grid, cells: Cells, patches: Labels, people: People, spacing_m: float) -> Labels:
    """Divide patches into parts no cell of which is further than `spacing_m` from the part's seed.

    Seeds are taken in the order of `people`, most first and ties by cell, unless one of the same patch is nearer
    than `spacing_m`; every cell goes to the nearest seed of its patch, and what is then cut off becomes a part of
    its own. A patch narrower than the spacing stays whole.
    """
    # A third coordinate keeps patches apart, so that one tree serves all of them.
    middles = np.column_stack(grid.centres_m(cells))
    apart_m = 2 * (np.ptp(middles, axis=0).sum() + spacing_m) if len(cells) else 0.0
    middles = np.column_stack([middles, patches * apart_m])
    tree = cKDTree(middles)
    free = np.ones(len(cells), dtype=bool)
    seeds = []
    for row in np.lexsort((cells, -people)).tolist():
        if free[row]:
            seeds.append(row)
            free[tree.query_ball_point(middles[row], spacing_m)] = False
    nearest = cKDTree(middles[seeds]).query(middles)[1]
    return joined(cells, grid.columns, nearest)


def _partners(cells: Cells, columns: int, right: int, up: int) -> tuple[Labels, Labels]:
    """Return the places of cells and of those so many columns to the right and rows up of them, where there are."""
    column = cells % columns + right
    these = np.flatnonzero((column >= 0) & (column < columns))
    wanted = cells[these] + (up * columns + right)
    those = np.searchsorted(cells, wanted)
    found = those < len(cells)
    found[found] = cells[those[found]] == wanted[found]
    return these[found], those[found]


def _strain(grid: Grid) -> float:
    """Return by how much, at most, a short distance on the plane differs from the geodesic, relative.

    The scale of the projection is cos(c/2) along and 1/cos(c/2) across the ray from its centre, c the angular
    distance (Snyder 1987, 185); half as much again covers the ellipsoid and that c is taken on the plane.
    """
    xs, ys = (grid.west_m, grid.columns), (grid.south_m, grid.rows)
    far_m = math.hypot(*(max(abs(start), abs(start + count * grid.cell_m)) for start, count in (xs, ys)))
    return 1e-6 + 1.5 * (1 / math.cos(min(far_m / EQUATORIAL_RADIUS_M / 2, 1.0)) - 1)


def _ring(inner: float, outer: float) -> Iterator[tuple[int, int]]:
    """Yield steps, columns right and rows up, longer than `inner` cells and at most `outer` ones."""
    widest = math.floor(outer)
    for up in range(-widest, widest + 1):
        last = math.floor(math.sqrt(outer * outer - up * up))
        first = math.floor(math.sqrt(inner * inner - up * up)) + 1 if abs(up) <= inner else 0
        for right in range(first, last + 1):
            yield right, up
            if right:
                yield -right, up
