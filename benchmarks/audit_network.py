"""The audit along streets: 1,002 stations and 179,921 cells on a drawn network of some 300,000 crossings.

    .venv/bin/python benchmarks/audit_network.py

Peers in the same run: the same coverage straight, and Dijkstra's algorithm by scipy from every station over the whole
network, which is what measures the same pairs without a bound (timed on a few stations, and counted up to all).
Streets are drawn with seed 1: a crooked grid over the box of the city, a tenth of the streets missing.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from stationmap.audit.studies.city_territory import city
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.provenance import Bounds, Provenance, Rights
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.streets.build.assembly import assemble
from stationmap.streets.build.ways import Spots, Ways
from stationmap.streets.network import Network, network_of

COLUMNS, ROWS, SEED = 700, 460, 1
SAMPLE = 12  # stations of the peer without a bound
PACES = {"walk": (0.8, 0.8), "ebike": (0.16, 0.16)}


def drawn() -> Network:
    """Return the network: streets along rows and columns, broken where one is missing."""
    chance = np.random.default_rng(SEED)
    lons, lats = city().lons, city().lats
    west, south, east, north = lons.min(), lats.min(), lons.max(), lats.max()
    step = (east - west) / COLUMNS, (north - south) / ROWS
    shape = ROWS, COLUMNS
    x = west + (np.arange(COLUMNS) + chance.uniform(-0.3, 0.3, shape)) * step[0]
    y = south + (np.arange(ROWS)[:, np.newaxis] + chance.uniform(-0.3, 0.3, shape)) * step[1]
    numbers = np.arange(ROWS * COLUMNS).reshape(shape)
    pairs = np.concatenate(
        [np.column_stack([numbers[:, :-1].ravel(), numbers[:, 1:].ravel()]),
         np.column_stack([numbers[:-1].ravel(), numbers[1:].ravel()])]
    )  # fmt: skip
    pairs = pairs[chance.random(len(pairs)) < 0.9]
    nodes = pairs.ravel()
    ways = Ways(
        np.arange(len(pairs) + 1) * 2, nodes, x.ravel()[nodes], y.ravel()[nodes],
        {profile: np.tile(pace, (len(pairs), 1)) for profile, pace in PACES.items()},
        Spots(np.empty(0, dtype=np.int64), {name: np.empty(0) for name in PACES},
              {name: np.empty(0, dtype=bool) for name in PACES}),
    )  # fmt: skip
    provenance = Provenance(
        Rights("drawn", "CC0-1.0", "drawn"), None, Bounds(west, south, east, north), "drawn.osm.pbf", "0" * 64,
        datetime(2026, 11, 30, tzinfo=UTC), "0123456789ab",
    )  # fmt: skip
    return network_of(provenance, assemble(ways))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def main() -> None:
    """Print a line a figure: seconds, what is served, and the most memory so far."""
    seconds, network = timed(drawn)
    print(f"network drawn: {len(network.node_lons):,} crossings, {len(network.edge_from):,} streets, {seconds:.1f} s")
    registry = load(demo_registry())
    made = Study.of_city(registry).with_streets(network)
    print(f"{len(registry):,} stations, {len(made.territory):,} cells\n")
    print(f"{'figure':34} {'seconds':>8} {'served':>8} {'MiB':>6}")
    straight_s = line("coverage straight, 1,125 m", made.with_question(StudyQuestion(1125.0)))
    for travel, minutes in (("walk", 15.0), ("ebike", 5.0), ("ebike", 15.0)):
        question = StudyQuestion(by="network", travel=travel, minutes=minutes)
        along_s = line(f"coverage along, {travel} {minutes:g} min", made.with_question(question))
        if travel == "walk":
            walk_s = along_s
    walking = made.with_question(StudyQuestion(by="network", minutes=15.0))
    for name in ("week", "gaps", "equity"):
        seconds, _ = timed(lambda name=name: getattr(walking, name))
        print(f"{f'{name} along, walk 15 min':34} {seconds:8.2f} {'':8} {memory():6.0f}")
    every_s = unbounded(network, walking)
    print(f"{'scipy Dijkstra, every station':34} {every_s:8.2f} {'':8} {memory():6.0f}")
    print(f"\nalong / straight {walk_s / straight_s:.1f}; every station without a bound / along {every_s / walk_s:.1f}")


def line(name: str, study: Study) -> float:
    """Print coverage of a study; return its seconds."""
    seconds, found = timed(lambda: study.coverage.total.confirmed)
    print(f"{name:34} {seconds:8.2f} {found.share:8.1%} {memory():6.0f}", flush=True)
    return seconds


def unbounded(network: Network, study: Study) -> float:
    """Return the seconds of Dijkstra's algorithm from each station to all crossings, by those of a few."""
    stations = network.snap(study.supply.lons, study.supply.lats, "walk")
    sources = stations.from_nodes[stations.known]
    matrix = network.matrix("walk", "time", reverse=True)
    seconds, _ = timed(lambda: [dijkstra(matrix, indices=int(each)) for each in sources[:SAMPLE]])
    return seconds / SAMPLE * len(sources)


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
