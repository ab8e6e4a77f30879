"""Shortest ways between places: exact, by Dijkstra's algorithm, in no larger a part of the network than proves it.

`weight` decides what is least, seconds or metres along the streets; the other is that of the same way. Where there is
no way, or none is known, both are inf or NaN as each function says. Source of the algorithm: Dijkstra, Numerische
Mathematik 1 (1959) 269-271, by scipy.sparse.csgraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.geo.geodesy import Floats, ecef
from stationmap.provenance import Bounds
from stationmap.streets.grid import scales
from stationmap.streets.network import Network
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.street_arrays import Rows, Weight
from stationmap.streets.window import Tree, Window, bound, cut, everything, search, summed

GROUP_M = 2_000.0  # destinations that lie together are looked at together
GROUP_SIZE = 16
FIRST_RADIUS_M = 1_000.0
FIRST_DETOUR = 1.5
LOOKED_AT_FIRST = 8  # destinations that the first part of the network should hold
GROWTH = 2.0
SAME_S = 1e-9

_OTHER: dict[Weight, Weight] = {"time": "length", "length": "time"}


class StreetPairs(NamedTuple):
    """Origins and destinations within reach of each other: rows of both, seconds and metres, shapes (p,).

    In the order of origins, then destinations.
    """

    origins: Rows
    destinations: Rows
    seconds: Floats
    metres: Floats


class NearestStreet(NamedTuple):
    """The nearest destination of each of n origins, -1 for none, and the way to it, inf for none; shapes (n,)."""

    rows: Rows
    seconds: Floats
    metres: Floats


class StreetTimes(NamedTuple):
    """Ways between one place and each of n others, NaN where unknown or beyond the limit; shapes (n,)."""

    seconds: Floats
    metres: Floats


def visits(
    network: Network,
    origin: SnappedPoints,
    destinations: SnappedPoints,
    *,
    inbound: bool = False,
    check: CancelCheck = never_cancelled,
) -> Iterator[tuple[float, float, int]]:
    """Yield (seconds, metres, row) of the destinations that one origin reaches, by time; `inbound` from them to it.

    The part of the network that is looked at grows as far as the destinations that are asked for need it: whatever is
    yielded costs no more than the cheapest way out of that part.
    """
    same = np.flatnonzero(destinations.components == origin.components[0]) if origin.known[0] else _NO_ROWS
    if not len(same):
        return
    goals = destinations.chosen(same)
    radius_m, yielded = _first_radius_m(origin, goals), np.zeros(len(goals), dtype=bool)
    while True:
        check()
        window = cut(network, _around(origin, radius_m), origin.profile, "time", reverse=inbound)
        found = _spread(network, window, origin, goals, "time", reverse=inbound)
        proved = (found.least[0] <= found.bound) & ~yielded
        yielded |= proved
        rows = np.flatnonzero(proved)
        rows = rows[np.lexsort((rows, found.least[0, rows]))]
        for row in rows.tolist():
            yield float(found.least[0, row]), float(found.other[0, row]), int(same[row])
        if yielded.all() or found.bound == np.inf:
            return
        radius_m *= GROWTH


def times(
    network: Network,
    origin: SnappedPoints,
    destinations: SnappedPoints,
    *,
    inbound: bool = False,
    limit_s: float = np.inf,
    check: CancelCheck = never_cancelled,
) -> StreetTimes:
    """Return the ways from one origin to each destination, or with `inbound` from each to it, up to `limit_s`."""
    seconds, metres = np.full(len(destinations), np.nan), np.full(len(destinations), np.nan)
    for way_s, way_m, row in visits(network, origin, destinations, inbound=inbound, check=check):
        if way_s > limit_s:
            break
        seconds[row], metres[row] = way_s, way_m
    return StreetTimes(seconds, metres)


def nearest(
    network: Network,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    weight: Weight = "time",
    *,
    limit: float = np.inf,
    check: CancelCheck = never_cancelled,
) -> NearestStreet:
    """Return the destination nearest to each origin, on the way from the origin, up to `limit`."""
    check()
    window = everything(network, origins.profile, weight, reverse=True)
    rows = np.full(len(origins), -1, dtype=np.int64)
    least, other = np.full(len(origins), np.inf), np.full(len(origins), np.inf)
    starts = np.flatnonzero(destinations.known)
    if len(starts):
        found = _spread(
            network, window, destinations.chosen(starts), origins, weight, reverse=True, limit=limit, merged=True
        )
        near = np.isfinite(found.least[0]) & (found.least[0] <= limit)
        rows[near] = starts[found.starts[0, near]]
        least[near], other[near] = found.least[0, near], found.other[0, near]
    return NearestStreet(rows, *_in_order(least, other, weight))


def reached(
    network: Network,
    places: SnappedPoints,
    weight: Weight = "time",
    *,
    limit: float = np.inf,
    outward: bool = False,
) -> Floats:
    """Return what it costs from each node to the nearest place, or `outward` from that to it, shape (nodes,).

    inf where there is no way, or none up to `limit`.
    """
    starts = places.chosen(places.known)
    window = everything(network, places.profile, weight, reverse=not outward)
    if not len(starts):
        return np.full(window.size, np.inf)
    ends = starts.from_nodes, starts.to_nodes
    costs = _ends(network, starts, weight, leaving=outward)
    return np.asarray(search(window, ends, costs, limit=limit, merged=True).costs[0])


def pairs(
    network: Network,
    origins: SnappedPoints,
    destinations: SnappedPoints,
    limit: float,
    weight: Weight = "time",
    *,
    check: CancelCheck = never_cancelled,
) -> StreetPairs:
    """Return every origin and destination with a way of at most `limit` between them, from the origin."""
    reach_m = limit * (network.top_speed_m_s(origins.profile) if weight == "time" else 1.0)
    parts = []
    order = _by_place(origins)
    for group in _groups(destinations):
        check()
        goals = destinations.chosen(group)
        box = _around(goals, reach_m)
        near = order.within(box)
        if not len(near):
            continue
        window = cut(network, box, origins.profile, weight, reverse=True)
        found = _spread(network, window, goals, origins.chosen(near), weight, reverse=True, limit=limit)
        start, goal = np.nonzero(np.isfinite(found.least) & (found.least <= limit))
        parts.append((near[goal], group[start], found.least[start, goal], found.other[start, goal]))
    if not parts:
        return StreetPairs(_NO_ROWS, _NO_ROWS, np.empty(0), np.empty(0))
    rows, columns, least, other = (np.concatenate(each) for each in zip(*parts, strict=True))
    by_row = np.lexsort((columns, rows))
    return StreetPairs(rows[by_row], columns[by_row], *_in_order(least[by_row], other[by_row], weight))


class _Spread(NamedTuple):
    """Costs between s starts and g goals, shapes (s, g), or (1, g) merged; what lies beyond `bound` is not proved."""

    least: Floats
    other: Floats
    starts: Rows
    bound: float


def _spread(
    network: Network,
    window: Window,
    starts: SnappedPoints,
    goals: SnappedPoints,
    weight: Weight,
    *,
    reverse: bool,
    limit: float = np.inf,
    merged: bool = False,
) -> _Spread:
    """Find ways from starts to goals in a window; with `reverse` from goals to starts."""
    nodes = window.local(starts.from_nodes), window.local(starts.to_nodes)
    tree = search(window, nodes, _ends(network, starts, weight, leaving=not reverse), limit=limit, merged=merged)
    by = _OTHER[weight]
    arcs = network.arc_costs(starts.profile, by, reverse=reverse)[window.at]
    other = summed(window, tree, arcs, (*nodes, *_ends(network, starts, by, leaving=not reverse)))
    ends = [window.local(each) for each in (goals.from_nodes, goals.to_nodes)]
    last = zip(
        ends, _ends(network, goals, weight, leaving=reverse), _ends(network, goals, by, leaving=reverse), strict=True
    )
    least, others, chosen = _at_goals(tree, other, list(last), len(goals))
    _go_directly(network, starts, goals, weight, (least, others, chosen), reverse=reverse, merged=merged)
    return _Spread(least, others, chosen, bound(window, tree.costs.min(axis=0)))


def _at_goals(
    tree: Tree, other: Floats, ends: list[tuple[Rows, Floats, Floats]], goals: int
) -> tuple[Floats, Floats, Rows]:
    """Return the least costs over both ends of each goal, the other weight of the same way, and its start."""
    shape = len(tree.costs), goals
    least, others, chosen = np.full(shape, np.inf), np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
    for nodes, cost, other_cost in ends:
        at = np.flatnonzero((nodes >= 0) & np.isfinite(cost))
        new = tree.costs[:, nodes[at]] + cost[at]
        better = new < least[:, at]
        row, column = np.nonzero(better)
        goal = at[column]
        least[row, goal] = new[row, column]
        others[row, goal] = other[row, nodes[goal]] + other_cost[goal]
        chosen[row, goal] = tree.starts[row, nodes[goal]]
    return least, others, chosen


def _go_directly(
    network: Network,
    starts: SnappedPoints,
    goals: SnappedPoints,
    weight: Weight,
    found: tuple[Floats, Floats, Rows],
    *,
    reverse: bool,
    merged: bool,
) -> None:
    """Improve what was found where a start and a goal lie on one edge, which no node need lie between."""
    least, others, chosen = found
    start, goal = _on_one_edge(starts.edges, goals.edges)
    if not len(start):
        return
    one, two = starts.chosen(start), goals.chosen(goal)
    ends = (two, one) if reverse else (one, two)
    cost, other = network.direct(*ends, weight), network.direct(*ends, _OTHER[weight])
    for i in np.lexsort((start, cost)).tolist():
        row = 0 if merged else start[i]
        if cost[i] < least[row, goal[i]]:
            least[row, goal[i]], others[row, goal[i]], chosen[row, goal[i]] = cost[i], other[i], start[i]


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


def _ends(network: Network, places: SnappedPoints, weight: Weight, *, leaving: bool) -> tuple[Floats, Floats]:
    ends = network.ends(places, weight)
    return (ends.leave_from, ends.leave_to) if leaving else (ends.arrive_from, ends.arrive_to)


def _in_order(least: Floats, other: Floats, weight: Weight) -> tuple[Floats, Floats]:
    return (least, other) if weight == "time" else (other, least)


def _around(places: SnappedPoints, radius_m: float) -> Bounds:
    """Return a box that holds whatever is at most `radius_m` from the places, by their points on streets."""
    lons, lats = places.lons[places.known], places.lats[places.known]
    south, north = float(lats.min()), float(lats.max())
    reach_m = radius_m * 1.001 + 1.0
    lat_m = float(scales(np.array([0.0]))[1][0])  # the fewest metres a degree has
    south, north = max(south - reach_m / lat_m, -90.0), min(north + reach_m / lat_m, 90.0)
    lon_m = float(scales(np.array([max(abs(south), abs(north))]))[0][0])
    reach_deg = reach_m / max(lon_m, 1.0)
    return Bounds(float(lons.min()) - reach_deg, south, float(lons.max()) + reach_deg, north)


def _first_radius_m(origin: SnappedPoints, goals: SnappedPoints) -> float:
    """Return how far the nearest goals are likely to need the network."""
    here = ecef(origin.lons, origin.lats)
    chords = np.linalg.norm(ecef(goals.lons, goals.lats) - here, axis=1)
    at = min(LOOKED_AT_FIRST, len(chords)) - 1
    return max(FIRST_RADIUS_M, FIRST_DETOUR * float(np.partition(chords, at)[at]))


class _Places(NamedTuple):
    """Known places in the order of their latitudes: `rows` and degrees, shapes (k,)."""

    rows: Rows
    lons: Floats
    lats: Floats

    def within(self, box: Bounds) -> Rows:
        """Return the rows of the places in a box."""
        low, high = np.searchsorted(self.lats, (box.south, box.north))
        some = slice(low, high)
        return self.rows[some][(self.lons[some] >= box.west) & (self.lons[some] <= box.east)]


def _by_place(places: SnappedPoints) -> _Places:
    known = np.flatnonzero(places.known)
    order = known[np.argsort(places.lats[known], kind="stable")]
    return _Places(order, places.lons[order], places.lats[order])


def _groups(places: SnappedPoints) -> Iterator[Rows]:
    """Yield the rows of known places in groups that lie together."""
    known = np.flatnonzero(places.known)
    if not len(known):
        return
    lon_m, lat_m = scales(places.lats[known])
    cells = np.column_stack(
        (np.floor(places.lats[known] * lat_m / GROUP_M), np.floor(places.lons[known] * lon_m / GROUP_M))
    )
    order = np.lexsort((known, cells[:, 1], cells[:, 0]))
    borders = np.flatnonzero(np.any(np.diff(cells[order], axis=0) != 0, axis=1)) + 1
    for group in np.split(known[order], borders):
        yield from (group[at : at + GROUP_SIZE] for at in range(0, len(group), GROUP_SIZE))


_NO_ROWS: NDArray[np.int64] = np.empty(0, dtype=np.int64)
