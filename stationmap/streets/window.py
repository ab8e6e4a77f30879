"""The part of a network that lies in a box, as a graph of its own, and where one leaves it.

Whatever lies outside is at least as far as the cheapest way out; up to that cost what is found inside is exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from stationmap.geo.geodesy import Floats
from stationmap.provenance import Bounds
from stationmap.streets.street_arrays import LEAST_COST, Rows, StreetArrays, Weight


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
        which = np.searchsorted(self.firsts, nodes, side="right") - 1
        which = np.maximum(which, 0)
        inside = (nodes >= self.firsts[which]) & (nodes < self.lasts[which])
        return np.where(inside, nodes - self.firsts[which] + self.offsets[which], -1)


class Tree(NamedTuple):
    """What was found from s starts, shapes (s, size): the least costs, inf where there is no way, and the node before.

    `before` is -1 for none, and -2 where the way begins. `starts` names the start of each way, shape (s, size).
    """

    costs: Floats
    before: NDArray[np.int64]
    starts: Rows


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
    costs = streets.arc_costs(profile, weight, reverse=reverse)
    cost = _joined(costs, slices)
    window = Window(firsts, lasts, offsets, size, *_NOTHING)
    heads = window.local(_joined(streets.arc_heads, slices).astype(np.int64)) if size else _NO_ROWS
    rows = np.repeat(np.arange(size), degrees)
    at = np.concatenate([np.arange(each.start, each.stop) for each in slices] or [_NO_ROWS])
    usable = np.isfinite(cost)
    kept, leaving = usable & (heads >= 0), usable & (heads < 0)
    first = np.concatenate(([0], np.cumsum(np.bincount(rows[kept], minlength=size)))).astype(np.int32)
    return window._replace(
        first=first, heads=heads[kept].astype(np.int32), costs=cost[kept], at=at[kept],
        exit_rows=rows[leaving], exit_costs=cost[leaving],
    )  # fmt: skip


def everything(streets: StreetArrays, profile: str, weight: Weight, *, reverse: bool) -> Window:
    """Return the whole network as a window that nothing leaves."""
    matrix = streets.matrix(profile, weight, reverse=reverse)
    size = matrix.shape[0]
    at = np.flatnonzero(np.isfinite(streets.arc_costs(profile, weight, reverse=reverse)))
    ends = np.array([0]), np.array([size]), np.array([0])
    return Window(*ends, size, matrix.indptr, matrix.indices, matrix.data, at, _NO_ROWS, np.empty(0))


def search(
    window: Window,
    ends: tuple[Rows, Rows],
    costs: tuple[Floats, Floats],
    *,
    limit: float = np.inf,
    merged: bool = False,
) -> Tree:
    """Return the least costs from s places, up to `limit`, to every node of a window.

    `ends` are two nodes of the window for each place, shapes (s,), -1 for none, and `costs` what it costs to them. With
    `merged` there is one row, in which each node has the place nearest to it.
    """
    places, size = len(ends[0]), window.size
    node, cost = np.column_stack(ends), np.column_stack(costs)
    usable = (node >= 0) & np.isfinite(cost)
    firsts = window.first[-1] + np.cumsum(usable.sum(axis=1))
    # Each place is a node more, from which arcs lead to the ends of its edge.
    graph = csr_array(
        (
            np.concatenate((window.costs, np.maximum(cost[usable], LEAST_COST))),
            np.concatenate((window.heads, node[usable].astype(np.int32))),
            np.concatenate((window.first, firsts.astype(np.int32))),
        ),
        shape=(size + places, size + places),
    )
    found = dijkstra(
        graph, indices=np.arange(size, size + places), return_predecessors=True, limit=limit, min_only=merged
    )
    least, before = (np.atleast_2d(each)[:, :size] for each in found[:2])
    if merged:
        starts = np.atleast_2d(found[2])[:, :size].astype(np.int64) - size
    else:
        starts = np.broadcast_to(np.arange(places)[:, None], least.shape)
    before = np.where(before >= size, -2, np.maximum(before, -1)).astype(np.int64)
    return Tree(least, before, starts)


def summed(window: Window, tree: Tree, arc_costs: Floats, first_costs: tuple[Rows, Rows, Floats, Floats]) -> Floats:
    """Return what the ways of a tree cost by another weight, shape (s, size), inf where there is none.

    `arc_costs` are those of the window's arcs, shape (arcs,); `first_costs` the ends of each place, as `search` takes
    them, and what it costs to those. Costs are summed along the ways by doubling: each step adds what the part of the
    way before has, and jumps over it.
    """
    size = window.size
    keys = np.repeat(np.arange(size), np.diff(window.first)) * size + window.heads
    other = np.full(tree.costs.shape, np.inf)
    row, node = np.nonzero(tree.before >= 0)
    previous = tree.before[row, node]
    other[row, node] = arc_costs[np.searchsorted(keys, previous * size + node)]
    row, node = np.nonzero(tree.before == -2)
    start = tree.starts[row, node]
    from_nodes, to_nodes, from_costs, to_costs = first_costs
    other[row, node] = np.where(
        (from_nodes[start] == node) & ((to_nodes[start] != node) | (from_costs[start] <= to_costs[start])),
        from_costs[start], to_costs[start],
    )  # fmt: skip
    rows = np.arange(len(other))[:, None] * size
    flat, before = other.ravel(), (tree.before + np.where(tree.before >= 0, rows, 0)).ravel()
    pending = np.flatnonzero(before >= 0)
    while len(pending):
        previous = before[pending]
        flat[pending] += flat[previous]
        before[pending] = before[previous]
        pending = pending[before[pending] >= 0]
    return flat.reshape(other.shape)


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
