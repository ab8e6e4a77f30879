"""The places that one place reaches, nearest first, in no larger a part of the network than proves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from stationmap.defaults import NEIGHBOURS
from stationmap.errors import CancelCheck, never_cancelled
from stationmap.geo.geodesy import Floats
from stationmap.streets.neighbourhoods import around, first_radius_m
from stationmap.streets.network import Network
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.spread import spread
from stationmap.streets.window import cut

GROWTH = 2.0


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
    expected: int = NEIGHBOURS,
    limit_s: float = np.inf,
    with_metres: bool = True,
    check: CancelCheck = never_cancelled,
) -> Iterator[tuple[float, float, int]]:
    """Yield (seconds, metres, row) of the destinations that one origin reaches, by time; `inbound` from them to it.

    The part of the network that is searched grows as far as the destinations that are consumed need it: whatever is
    yielded costs no more than the cheapest way out of that part. It is chosen so that `expected` are found at once, and
    no larger than ways of `limit_s` need, up to which all are yielded. The metres of many
    destinations take as long as all the rest: without `with_metres` they are NaN.
    """
    if not origin.known[0]:
        return
    same = np.flatnonzero(destinations.components == origin.components[0])
    if not len(same):
        return
    goals = destinations.chosen(same)
    limit_m = limit_s * network.top_speed_m_s(origin.profile)
    radius_m, yielded = first_radius_m(origin, goals, expected), np.zeros(len(goals), dtype=bool)
    while True:
        check()
        window = cut(network, around(origin, min(radius_m, limit_m)), origin.profile, "time", reverse=inbound)
        # Whatever else lies outside has a way of more than the bound.
        near = np.flatnonzero((window.local(goals.from_nodes) >= 0) | (window.local(goals.to_nodes) >= 0))
        found = spread(network, window, origin, goals.chosen(near), "time", reverse=inbound)
        bound, least = found.bound, found.least[0]
        proved = np.flatnonzero((least <= min(bound, limit_s)) & np.isfinite(least) & ~yielded[near])
        for row in proved[np.lexsort((proved, least[proved]))].tolist():
            yielded[near[row]] = True
            yield float(least[row]), found.other_of(row) if with_metres else np.nan, int(same[near[row]])
        if yielded.all() or bound == np.inf or bound > limit_s or radius_m >= limit_m:
            return
        radius_m *= GROWTH


def times(
    network: Network,
    origin: SnappedPoints,
    destinations: SnappedPoints,
    *,
    inbound: bool = False,
    limit_s: float = np.inf,
    with_metres: bool = True,
    check: CancelCheck = never_cancelled,
) -> StreetTimes:
    """Return the ways from one origin to each destination, or with `inbound` from each to it, up to `limit_s`."""
    seconds, metres = np.full(len(destinations), np.nan), np.full(len(destinations), np.nan)
    reached = visits(
        network,
        origin,
        destinations,
        inbound=inbound,
        expected=len(destinations),
        limit_s=limit_s,
        with_metres=with_metres,
        check=check,
    )
    for way_s, way_m, row in reached:
        seconds[row], metres[row] = way_s, way_m
    return StreetTimes(seconds, metres)
