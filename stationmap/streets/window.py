"""The part of a network that lies in a box, as a graph of its own, and where one leaves it.

Whatever lies outside is at least as far as the cheapest way out; up to that cost what is found inside is exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.provenance import Bounds
from stationmap.streets.street_arrays import Rows, StreetArrays, Weight


class Window(NamedTuple):
    """Nodes of m ranges of a network, `firsts` to `lasts` (m,), numbered one after another from `offsets` (m,) on.

    The graph among its `size` nodes is `first` (size + 1,), `heads`, `costs` and `at`, the numbers of the arcs in the
    network, shapes (arcs,). `exit_rows` and `exit_costs` are arcs that leave it.
    """

    firsts: Rows
    lasts: Rows
    offsets: Rows
    size: int
    first: NDArray[np.int32]
    heads: NDArray[np.int32]
    costs: Floats
    at: Rows
    exit_rows: Rows
    exit_costs: Floats

    def local(self, nodes: Rows) -> Rows:
        """Return the numbers here of nodes of the network, shape (k,), -1 for those outside."""
        if not len(self.firsts):
            return np.full(len(nodes), -1, dtype=np.int64)
        which = np.searchsorted(self.firsts, nodes, side="right") - 1
        which = np.maximum(which, 0)
        inside = (nodes >= self.firsts[which]) & (nodes < self.lasts[which])
        return np.where(inside, nodes - self.firsts[which] + self.offsets[which], -1)


def cut(streets: StreetArrays, box: Bounds, profile: str, weight: Weight, *, reverse: bool) -> Window:
    """Return the part of the network in a box, or a little more; with `reverse` all arcs turned round."""
    firsts, lasts = _ranges(streets, box)
    sizes = lasts - firsts
    offsets = np.cumsum(sizes) - sizes
    size = int(sizes.sum())
    arc_firsts, arc_lasts = streets.arc_first[firsts], streets.arc_first[lasts]
    slices = [slice(a, b) for a, b in zip(arc_firsts.tolist(), arc_lasts.tolist(), strict=True)]
    degrees = np.concatenate(
        [np.diff(streets.arc_first[a : b + 1]) for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)]
        or [np.empty(0, dtype=np.int32)]
    )
    seconds = _joined(streets.arc_seconds(profile, reverse=reverse), slices)
    at = np.concatenate([np.arange(each.start, each.stop) for each in slices] or [_NO_ROWS])
    rows = np.repeat(np.arange(size), degrees)
    usable = np.flatnonzero(np.isfinite(seconds))
    rows, at = rows[usable], at[usable]
    window = Window(firsts, lasts, offsets, size, *_NOTHING)
    heads = _local_heads(window, streets.arc_heads[at], np.repeat(np.arange(len(sizes)), sizes)[rows])
    costs = seconds[usable] if weight == "time" else streets.arc_costs(profile, weight, at, reverse=reverse)
    kept, leaving = heads >= 0, heads < 0
    first = np.concatenate(([0], np.cumsum(np.bincount(rows[kept], minlength=size)))).astype(np.int32)
    return window._replace(
        first=first, heads=heads[kept].astype(np.int32), costs=costs[kept], at=at[kept],
        exit_rows=rows[leaving], exit_costs=costs[leaving],
    )  # fmt: skip


def _local_heads(window: Window, nodes: NDArray[np.int32], likely: Rows) -> Rows:
    """Return what `Window.local` does, for nodes that mostly lie in the range that is `likely`; shapes (arcs,)."""
    heads = nodes.astype(np.int64)
    found = heads - (window.firsts - window.offsets)[likely]
    elsewhere = np.flatnonzero((heads < window.firsts[likely]) | (heads >= window.lasts[likely]))
    found[elsewhere] = window.local(heads[elsewhere])
    return found


def everything(streets: StreetArrays, profile: str, weight: Weight, *, reverse: bool) -> Window:
    """Return the whole network as a window that nothing leaves."""
    matrix = streets.matrix(profile, weight, reverse=reverse)
    size = matrix.shape[0]
    at = np.flatnonzero(np.isfinite(streets.arc_seconds(profile, reverse=reverse)))
    ends = np.array([0]), np.array([size]), np.array([0])
    return Window(*ends, size, matrix.indptr, matrix.indices, matrix.data, at, _NO_ROWS, np.empty(0))


def bound(window: Window, costs: Floats) -> float:
    """Return the least that anything outside costs, by what nodes inside cost, shape (size,)."""
    if not len(window.exit_rows):
        return float("inf")
    return float((costs[window.exit_rows] + window.exit_costs).min())


def _ranges(streets: StreetArrays, box: Bounds) -> tuple[Rows, Rows]:
    grid, keys = streets.tiles, streets.node_keys
    west, east = grid.columns_of(np.array([box.west, box.east]))
    south, north = grid.rows_of(np.array([box.south, box.north]))
    last_row = int(keys[-1]) // grid.columns
    rows = np.arange(max(south, 0), min(north, last_row) + 1)
    firsts = np.searchsorted(keys, rows * grid.columns + west, side="left")
    lasts = np.searchsorted(keys, rows * grid.columns + east, side="right")
    some = lasts > firsts
    return firsts[some].astype(np.int64), lasts[some].astype(np.int64)


def _joined(array: NDArray[Any], slices: list[slice]) -> NDArray[Any]:
    return np.concatenate([array[each] for each in slices] or [array[:0]])


_NO_ROWS = np.empty(0, dtype=np.int64)
_NOTHING = (
    np.zeros(1, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0), _NO_ROWS, _NO_ROWS, np.empty(0),
)  # fmt: skip
