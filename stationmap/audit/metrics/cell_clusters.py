"""Clusters of cells: which cells hang together, and how a patch too large for one station is divided.

Cells are given by number, ascending, so that neighbours are found by binary search: nothing here is as large as the
box around the cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from stationmap.audit.demand.weights import People
from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.geo.geodesy import Floats

TIE = 1e-9  # relative, and metres: middles of cells are metres apart

Labels = NDArray[np.int64]
"""Which patch each cell belongs to, shape (cells,); numbers from 0."""


def label_clusters(cells: Cells, columns: int, kinds: NDArray[np.integer]) -> Labels:
    """Label the connected patches of cells that share an edge and are of one kind; `kinds` has the shape (cells,).

    They are the components of the graph of neighbouring cells, as `scipy.sparse.csgraph.connected_components` finds
    them.
    """
    pairs = [_partners(cells, columns, 1, 0), _partners(cells, columns, 0, 1)]
    these, those = np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])
    alike = kinds[these] == kinds[those]
    these, those = these[alike], those[alike]
    links = coo_array((np.ones(len(these), dtype=np.int8), (these, those)), shape=(len(cells), len(cells)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def split_clusters(grid: Grid, cells: Cells, patches: Labels, people: People, spacing_m: float) -> Labels:
    """Divide patches into parts no cell of which is further than `spacing_m` from the part's seed; shape (cells,).

    `cells` (numbers, ascending), `patches` and `people` (thousandths) have the shape (cells,) too. Seeds are taken in
    the order of `people`, most first and ties by cell, unless one of the same patch is nearer than `spacing_m`; every
    cell goes to the nearest seed of its patch, and what is then cut off becomes a part of its own. A patch narrower
    than the spacing stays whole.
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
    nearest = _first_nearest(middles[seeds], middles)
    return label_clusters(cells, grid.columns, nearest)


def _first_nearest(seeds: Floats, middles: Floats) -> Labels:
    """Return the nearest seed of each place, both in metres, (m, 3) and (n, 3); of equals the first.

    A tree alone answers either of two equals, by how it was built: by what else is looked at.
    """
    tree = cKDTree(seeds)
    metres, nearest = tree.query(middles, 2)
    near = nearest[:, 0].astype(np.int64)
    tied = np.flatnonzero(metres[:, 1] <= metres[:, 0] * (1 + TIE))
    balls = tree.query_ball_point(middles[tied], metres[tied, 0] * (1 + TIE) + TIE)
    near[tied] = [min(ball) for ball in balls]
    return np.asarray(near)


def _partners(cells: Cells, columns: int, right: int, up: int) -> tuple[Labels, Labels]:
    """Return the places of cells and of those so many columns to the right and rows up of them, where there are."""
    column = cells % columns + right
    these = np.flatnonzero((column >= 0) & (column < columns))
    wanted = cells[these] + (up * columns + right)
    those = np.searchsorted(cells, wanted)
    found = those < len(cells)
    found[found] = cells[those[found]] == wanted[found]
    return these[found], those[found]
