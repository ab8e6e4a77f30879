"""Shortest ways between many places: exact, by Dijkstra's algorithm.

`weight` decides what is least, seconds or metres along the streets; the other is that of the same way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.geo.geodesy import Floats
from stationmap.streets.neighbourhoods import around, by_latitude, groups
from stationmap.streets.network import Network
from stationmap.streets.shortest_tree import search
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.spread import ends_of, spread
from stationmap.streets.street_arrays import Rows, Weight
from stationmap.streets.window import cut, everything


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
        found = spread(
            network, window, destinations.chosen(starts), origins, weight, reverse=True, limit=limit, merged=True
        )
        near = np.isfinite(found.least[0]) & (found.least[0] <= limit)
        rows[near] = starts[found.chosen[0, near]]
        least[near], other[near] = found.least[0, near], found.others()[0, near]
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
    costs = ends_of(network, starts, weight, leaving=outward)
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
    order = by_latitude(origins)
    for group in groups(destinations):
        check()
        goals = destinations.chosen(group)
        box = around(goals, reach_m)
        near = order.within(box)
        if not len(near):
            continue
        window = cut(network, box, origins.profile, weight, reverse=True)
        found = spread(network, window, goals, origins.chosen(near), weight, reverse=True, limit=limit)
        start, goal = np.nonzero(np.isfinite(found.least) & (found.least <= limit))
        parts.append((near[goal], group[start], found.least[start, goal], found.others()[start, goal]))
    if not parts:
        return StreetPairs(_NO_ROWS, _NO_ROWS, np.empty(0), np.empty(0))
    rows, columns, least, other = (np.concatenate(each) for each in zip(*parts, strict=True))
    by_row = np.lexsort((columns, rows))
    return StreetPairs(rows[by_row], columns[by_row], *_in_order(least[by_row], other[by_row], weight))


def _in_order(least: Floats, other: Floats, weight: Weight) -> tuple[Floats, Floats]:
    return (least, other) if weight == "time" else (other, least)


_NO_ROWS: Rows = np.empty(0, dtype=np.int64)
