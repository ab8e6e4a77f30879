"""Small street networks drawn at random, and the shortest ways in them as a plain queue finds them."""

from __future__ import annotations

import heapq
import math
import random
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

from stationmap.provenance import Bounds, Provenance, Rights
from stationmap.streets.build.assembly import Assembled, assemble
from stationmap.streets.build.ways import Spots, Ways
from stationmap.streets.network import Network, network_of
from stationmap.streets.snapping import SnappedPoints

WEST, SOUTH, DEGREES = 121.0, 34.5, 0.03  # some 3 km wide and high with 9 times 9 crossings
PROVENANCE = Provenance(
    Rights("虚构 fictional", "CC0-1.0", "虚构 fictional"), date(2026, 11, 1), Bounds(120.9, 34.4, 121.1, 34.6),
    "drawn.osm.pbf", "0" * 64, datetime(2026, 11, 30, tzinfo=UTC), "0123456789ab",
)  # fmt: skip


def drawn_ways(seed: int, size: int = 9, *, symmetric: bool = False, without: int | None = None) -> Ways:
    """Return the streets of a crooked grid of `size` times `size` crossings, a third of the streets missing.

    A fifth are one-way unless `symmetric`; some nodes have signals, some a barrier that stops bicycles. `without` is
    the number of a way that is left out.
    """
    chance, spread = random.Random(seed), spread_of(size)
    places = {
        column * size + row: (
            WEST + spread * (column + chance.uniform(-0.3, 0.3)) / size,
            SOUTH + spread * (row + chance.uniform(-0.3, 0.3)) / size,
        )
        for column in range(size)
        for row in range(size)
    }
    ways, paces = [], {"walk": [], "ebike": []}
    for node in list(places):
        for other in (node + 1 if (node + 1) % size else -1, node + size):
            if other not in range(size * size) or chance.random() < 0.33:
                continue
            bend = 1000 + len(places)
            places[bend] = tuple(
                (one + two) / 2 + chance.uniform(-0.1, 0.1) * spread / size
                for one, two in zip(places[node], places[other], strict=True)
            )
            ways.append((node, bend, other) if chance.random() < 0.5 else (node, other))
            one_way = not symmetric and chance.random() < 0.2
            speed = chance.choice([3.0, 5.0, 6.9])
            paces["walk"].append((0.8, 0.8))
            paces["ebike"].append((1 / speed, math.inf if one_way else 1 / speed))
    if without is not None:
        del ways[without % len(ways)]
        for pace in paces.values():
            del pace[without % (len(ways) + 1)]
    spots = sorted(chance.sample(sorted(places), 20))
    positions = [node for way in ways for node in way]
    return Ways(
        np.cumsum([0, *map(len, ways)]), np.array(positions),
        np.array([places[node][0] for node in positions]), np.array([places[node][1] for node in positions]),
        {profile: np.array(pace) for profile, pace in paces.items()},
        Spots(
            np.array(spots), {"walk": np.full(20, 3.0), "ebike": np.full(20, 3.0)},
            {"walk": np.zeros(20, dtype=bool), "ebike": np.arange(20) < 4},
        ),
    )  # fmt: skip


def drawn_network(seed: int, size: int = 9, *, symmetric: bool = False, without: int | None = None) -> Network:
    """Return the network of `drawn_ways`."""
    return network_of(PROVENANCE, built(seed, size, symmetric=symmetric, without=without))


def built(seed: int, size: int = 9, *, symmetric: bool = False, without: int | None = None) -> Assembled:
    """Return the arrays of `drawn_ways`."""
    return assemble(drawn_ways(seed, size, symmetric=symmetric, without=without))


def spread_of(size: int) -> float:
    """Return how many degrees wide and high the streets of so many crossings are."""
    return DEGREES * size / 9


def drawn_places(seed: int, count: int, size: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Return places on and around the streets, in degrees."""
    chance, spread = np.random.default_rng(seed), spread_of(size)
    return WEST + spread * chance.uniform(-0.3, 1.2, count), SOUTH + spread * chance.uniform(-0.3, 1.2, count)


def naive_costs(network: Network, origin: SnappedPoints, goals: SnappedPoints, weight: str) -> list[float]:
    """Return what the way from one origin to each goal costs, inf for none: edges are cut where a place lies on them.

    A queue of (cost, node) in plain Python, over the times of whole edges as they are stored.
    """
    graph: dict[object, list[tuple[object, float]]] = {}

    def arc(one: object, two: object, cost: float) -> None:
        if cost < math.inf:
            graph.setdefault(one, []).append((two, cost))

    profile = origin.profile
    waits = network.arrays[f"{profile}_wait_s"].astype(float) * (weight == "time")
    places = [(("place", -1), origin, 0), *((("place", row), goals, row) for row in range(len(goals)))]
    on: dict[int, list[tuple[float, object]]] = {}
    for name, points, row in places:
        if points.edges[row] < 0:
            continue
        on.setdefault(int(points.edges[row]), []).append((float(points.along_m[row]), name))
        for metres, nodes in ((points.along_m, points.from_nodes), (points.remaining_m, points.to_nodes)):
            if metres[row] == 0:  # at the node, whatever the one-way of the edge says
                arc(name, int(nodes[row]), float(waits[nodes[row]]) / 2)
                arc(int(nodes[row]), name, float(waits[nodes[row]]) / 2)
        access = float(points.access_m[row])
        arc(("beside", name), name, access)
        arc(name, ("beside", name), access)
    for edge in range(len(network.edge_from)):
        one, two = int(network.edge_from[edge]), int(network.edge_to[edge])
        length = float(network.edge_length_m[edge])
        for start, end, at in ((one, two, "out"), (two, one, "in")):
            arcs = range(network.arc_first[one], network.arc_first[one + 1])
            seconds = next(float(network.arrays[f"{profile}_{at}_s"][i]) for i in arcs if network.arc_edges[i] == edge)
            if seconds == math.inf:
                continue
            lost = (waits[start] + waits[end]) / 2
            stops = [(0.0, one), *sorted(on.get(edge, []), key=lambda stop: stop[0]), (length, two)]
            if at == "in":
                stops = [(length - along, name) for along, name in reversed(stops)]
            pace = (seconds - lost) / length if weight == "time" and length else 1.0
            for (from_m, a), (to_m, b) in pairwise(stops):
                cost = max(to_m - from_m, 0.0) * pace + (waits[start] / 2 if a == start else 0.0)
                arc(a, b, max(cost + (waits[end] / 2 if b == end else 0.0), 1e-9))
    least: dict[object, float] = {}
    queue, order = [(0.0, 0, ("beside", ("place", -1)))], 1
    while queue:
        cost, _, node = heapq.heappop(queue)
        if node in least:
            continue
        least[node] = cost
        for other, more in graph.get(node, ()):
            heapq.heappush(queue, (cost + more, order, other))
            order += 1
    same = origin.components[0] if origin.edges[0] >= 0 else None
    return [
        least.get(("beside", ("place", row)), math.inf)
        if same is not None and goals.components[row] == same
        else math.inf
        for row in range(len(goals))
    ]
