"""Least costs from places to every node of a window, and the ways there, by Dijkstra's algorithm.

Source: Dijkstra, Numerische Mathematik 1 (1959) 269-271, as scipy.sparse.csgraph has it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.streets.street_arrays import LEAST_COST, Rows
from stationmap.streets.window import Window


class Tree(NamedTuple):
    """What was found from s starts, shapes (s, size): the least costs, inf where there is no way, and the node before.

    `before` is -1 for none, and -2 where the way begins. `starts` names the start of each way, shape (s, size).
    """

    costs: Floats
    before: NDArray[np.int64]
    starts: Rows


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
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra  # megabytes that a server without streets does without

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


def arcs_to(window: Window, tree: Tree, node: int) -> tuple[list[int], int]:
    """Return the arcs of the only way of a tree to a node, by their places in the window, and the node it begins at."""
    before, first, heads = tree.before[0], window.first, window.heads
    found = []
    while (previous := int(before[node])) >= 0:
        begin, end = int(first[previous]), int(first[previous + 1])
        found.append(begin + int(np.searchsorted(heads[begin:end], node)))
        node = previous
    return found, node
