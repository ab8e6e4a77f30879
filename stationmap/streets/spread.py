"""What ways cost between places in a window: from a tree of shortest ways, and along edges that hold both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.streets.network import Network
from stationmap.streets.shortest_tree import Tree, arcs_to, search, summed
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.street_arrays import Rows, Weight
from stationmap.streets.window import Window, bound

OTHER: dict[Weight, Weight] = {"time": "length", "length": "time"}
DIRECTLY, NOT_AT_ALL = 2, -1  # beside 0 and 1, the ends of an edge: how a goal is entered


@dataclass(frozen=True)
class Spread:
    """Ways from s starts to g goals, or with `reverse` from goals to starts, in a window.

    `least` is what they cost, inf for none, `entered` how the goal's edge is entered, `chosen` which start it is from;
    shapes (s, g), or (1, g) where starts were merged. What costs more than `bound` is not proved.
    """

    network: Network
    window: Window
    starts: SnappedPoints
    goals: SnappedPoints
    weight: Weight
    reverse: bool
    tree: Tree
    goal_nodes: tuple[Rows, Rows]
    least: Floats
    entered: NDArray[np.int8]
    chosen: Rows

    @property
    def bound(self) -> float:
        """The least that anything costs whose way leaves the window."""
        return bound(self.window, self.tree.costs.min(axis=0))

    def others(self) -> Floats:
        """Return what the same ways cost by the other weight, shape (s, g), inf for none."""
        starts, by = self.starts, OTHER[self.weight]
        nodes = self.window.local(starts.from_nodes), self.window.local(starts.to_nodes)
        firsts = ends_of(self.network, starts, by, leaving=not self.reverse)
        to_nodes = summed(self.window, self.tree, self._arc_costs(self.window.at), (*nodes, *firsts))
        lasts = ends_of(self.network, self.goals, by, leaving=self.reverse)
        others = np.full(self.least.shape, np.inf)
        for end in (0, 1):
            row, goal = np.nonzero(self.entered == end)
            others[row, goal] = to_nodes[row, self.goal_nodes[end][goal]] + lasts[end][goal]
        row, goal = np.nonzero(self.entered == DIRECTLY)
        others[row, goal] = self._directly(self.chosen[row, goal], goal)
        return others

    def other_of(self, goal: int) -> float:
        """Return what `others` does for one goal of the only start, by following its way."""
        by, end = OTHER[self.weight], int(self.entered[0, goal])
        if end == DIRECTLY:
            return float(self._directly(self.chosen[0, [goal]], np.array([goal]))[0])
        arcs, first = arcs_to(self.window, self.tree, int(self.goal_nodes[end][goal]))
        leaving = ends_of(self.network, self.starts, by, leaving=not self.reverse)
        arriving = ends_of(self.network, self.goals.chosen([goal]), by, leaving=self.reverse)
        nodes = [int(self.window.local(each)[0]) for each in (self.starts.from_nodes, self.starts.to_nodes)]
        begun = min(float(cost[0]) for node, cost in zip(nodes, leaving, strict=True) if node == first)
        return begun + float(self._arc_costs(self.window.at[arcs]).sum()) + float(arriving[end][0])

    def _arc_costs(self, at: Rows) -> Floats:
        return self.network.arc_costs(self.starts.profile, OTHER[self.weight], at, reverse=self.reverse)

    def _directly(self, starts: Rows, goals: Rows) -> Floats:
        ends = _in_order(self.starts.chosen(starts), self.goals.chosen(goals), reverse=self.reverse)
        return self.network.direct(*ends, OTHER[self.weight])


def spread(
    network: Network,
    window: Window,
    starts: SnappedPoints,
    goals: SnappedPoints,
    weight: Weight,
    *,
    reverse: bool,
    limit: float = np.inf,
    merged: bool = False,
) -> Spread:
    """Find ways from starts to goals in a window; with `reverse` from goals to starts; `merged` from the nearest."""
    nodes = window.local(starts.from_nodes), window.local(starts.to_nodes)
    tree = search(window, nodes, ends_of(network, starts, weight, leaving=not reverse), limit=limit, merged=merged)
    goal_nodes = window.local(goals.from_nodes), window.local(goals.to_nodes)
    shape = len(tree.costs), len(goals)
    least, chosen = np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
    entered = np.full(shape, NOT_AT_ALL, dtype=np.int8)
    for end, cost in enumerate(ends_of(network, goals, weight, leaving=reverse)):
        at = np.flatnonzero((goal_nodes[end] >= 0) & np.isfinite(cost))
        new = tree.costs[:, goal_nodes[end][at]] + cost[at]
        row, column = np.nonzero(new < least[:, at])
        goal = at[column]
        least[row, goal], entered[row, goal] = new[row, column], end
        chosen[row, goal] = tree.starts[row, goal_nodes[end][goal]]
    found = Spread(network, window, starts, goals, weight, reverse, tree, goal_nodes, least, entered, chosen)
    _go_directly(found, merged=merged)
    return found


def ends_of(network: Network, places: SnappedPoints, weight: Weight, *, leaving: bool) -> tuple[Floats, Floats]:
    """Return what it costs from n places to both ends of their edges, or from those to them, shapes (n,)."""
    ends = network.ends(places, weight)
    return (ends.leave_from, ends.leave_to) if leaving else (ends.arrive_from, ends.arrive_to)


def _go_directly(found: Spread, *, merged: bool) -> None:
    """Improve what was found where a start and a goal lie on one edge, which no node need lie between."""
    start, goal = _on_one_edge(found.starts.edges, found.goals.edges)
    if not len(start):
        return
    ends = _in_order(found.starts.chosen(start), found.goals.chosen(goal), reverse=found.reverse)
    cost = found.network.direct(*ends, found.weight)
    order = np.lexsort((start, -cost))  # the least last, which is what stays
    start, goal, cost = start[order], goal[order], cost[order]
    row = np.zeros(len(start), dtype=np.int64) if merged else start
    better = cost < found.least[row, goal]
    row, goal = row[better], goal[better]
    found.least[row, goal], found.entered[row, goal], found.chosen[row, goal] = cost[better], DIRECTLY, start[better]


def _on_one_edge(starts: Rows, goals: Rows) -> tuple[Rows, Rows]:
    """Return each start and each goal that lie on the same edge, by their rows."""
    order = np.argsort(starts, kind="stable")
    order = order[starts[order] >= 0]
    lows = np.searchsorted(starts[order], goals, side="left")
    highs = np.where(goals >= 0, np.searchsorted(starts[order], goals, side="right"), lows)
    sizes = highs - lows
    goal = np.repeat(np.arange(len(goals)), sizes)
    at = np.arange(len(goal)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + lows[goal]
    return order[at], goal


def _in_order(starts: SnappedPoints, goals: SnappedPoints, *, reverse: bool) -> tuple[SnappedPoints, SnappedPoints]:
    return (goals, starts) if reverse else (starts, goals)
