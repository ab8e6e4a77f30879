"""Time the street network: one question by network, all stations and all cells, beside a search of the whole network.

    python benchmarks/streets.py [--side 1000] [--stations 1002] [--cells 180000] [--seed 7] [--questions 100]
    python benchmarks/streets.py --routers PYTHON [--side 200]

The network is made: a crooked grid of `side` times `side` crossings some 60 m apart, a tenth of the streets missing, a
twelfth of them one-way; the rider asks for the 5 nearest of the stations, which lie anywhere in it.
With `--routers` the same streets are given to OSRM and Valhalla of another Python, and ways of 100 places are timed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from stationmap import streets
from stationmap.provenance import Bounds, Provenance, Rights
from stationmap.streets import shortest_times
from stationmap.streets.build.assembly import assemble
from stationmap.streets.build.ways import Spots, Ways
from stationmap.streets.network import Network, network_of, save
from stationmap.streets.shortest_tree import search
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.visits import visits
from stationmap.streets.window import everything

WEST, SOUTH = 117.0, 34.0
BLOCK_DEG = 0.00055  # some 60 m
K, ROUTED = 5, 100
ORACLE = Path(__file__).resolve().parent.parent / "tests" / "street_oracle.py"
FICTIONAL = Rights("虚构 fictional", "CC0-1.0", "虚构 fictional")


def main() -> None:
    """Print how long building, opening and questions take."""
    options = parsed()
    rng = np.random.default_rng(options.seed)
    if options.routers:
        Console().print(beside_routers(rng, options))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streets.graph"
        built_s = measured(lambda: save(path, provenance(options.side), assemble(made(rng, options.side))), 1)
        opened_s = measured(lambda: streets.load(path), 3)
        network, size = streets.load(path), path.stat().st_size
    shown = Table(title=f"{len(network.node_lons):,} nodes, {len(network.edge_from):,} edges, {size / 1e6:.0f} MB")
    for heading in ("what", "ms", "at worst"):
        shown.add_column(heading, justify="right" if heading != "what" else "left")
    shown.add_row("build of ways", *in_ms(built_s))
    shown.add_row("opened, checked, copied", *in_ms(opened_s))
    for profile in network.profiles:
        for title, seconds in questions(rng, network, profile, options):
            shown.add_row(f"{profile}: {title}", *in_ms(seconds))
    Console().print(shown)


def questions(
    rng: np.random.Generator, network: Network, profile: str, options: argparse.Namespace
) -> list[tuple[str, list[float]]]:
    """Return how long each kind of question takes."""
    stations = snapped(rng, network, profile, options.stations)
    riders = [snapped(rng, network, profile, 1) for _ in range(options.questions)]
    each = iter(riders * 2)
    near = measured(lambda: list(islice(visits(network, next(each), stations), K)), len(riders))
    window = everything(network, profile, "time", reverse=False)
    whole = iter(riders)
    full = measured(lambda: search_all(window, network, next(whole)), 3)
    cells = places(rng, network, options.cells)
    snapping = measured(lambda: network.snap(*cells, profile), 1)
    origins = network.snap(*cells, profile)
    nearest = measured(lambda: shortest_times.nearest(network, origins, stations), 1)
    pairs = measured(lambda: shortest_times.pairs(network, origins, stations, 1_000.0, "length"), 1)
    return [
        (f"{K} nearest of {options.stations:,} stations", near),
        ("Dijkstra of the whole network from one place", full),
        (f"{options.cells:,} cells joined to streets", snapping),
        ("nearest station of every cell", nearest),
        ("every cell and station within 1,000 m", pairs),
    ]


def beside_routers(rng: np.random.Generator, options: argparse.Namespace) -> Table:
    """Return how many ways a second we and the routers find between the same places, on foot."""
    ways = made(rng, options.side)
    network = network_of(provenance(options.side), assemble(ways))
    between = snapped(rng, network, "walk", ROUTED)
    between = between.chosen(between.components == 0)
    points = list(zip(between.lons.tolist(), between.lats.tolist(), strict=True))
    took_s = {"stationmap": min(measured(lambda: shortest_times.pairs(network, between, between, 1e9), 3))}
    with tempfile.TemporaryDirectory() as folder:
        pbf = Path(folder) / "made.osm.pbf"
        write_pbf(pbf, ways)
        for router, profile in (("osrm", "foot"), ("valhalla", "pedestrian")):
            asked = {"router": router, "profile": profile, "pbf": str(pbf), "places": points}
            done = subprocess.run(
                [options.routers, ORACLE], input=json.dumps(asked), capture_output=True, text=True, check=True
            )
            took_s[router] = json.loads(done.stdout.splitlines()[-1])["took_s"]
    shown = Table("what", "ways a second", title=f"{len(points)} places, {len(network.node_lons):,} nodes, on foot")
    for name, seconds in took_s.items():
        shown.add_row(name, f"{len(points) ** 2 / seconds:,.0f}")
    return shown


def write_pbf(path: Path, ways: Ways) -> None:
    import osmium
    from osmium.osm.mutable import Node, Way

    places = dict(zip(ways.nodes.tolist(), zip(ways.lons.tolist(), ways.lats.tolist(), strict=True), strict=True))
    with osmium.SimpleWriter(str(path)) as writer:
        for node, place in sorted(places.items()):
            writer.add_node(Node(id=node + 1, version=1, location=place))
        for number, (one, two) in enumerate(ways.nodes.reshape(-1, 2).tolist(), 1):
            writer.add_way(Way(id=number, version=1, nodes=[one + 1, two + 1], tags={"highway": "residential"}))


def search_all(window: object, network: Network, rider: SnappedPoints) -> None:
    ends = network.ends(rider)
    search(window, (rider.from_nodes, rider.to_nodes), (ends.leave_from, ends.leave_to))  # type: ignore[arg-type]


def made(rng: np.random.Generator, side: int) -> Ways:
    """Return ways between neighbouring crossings."""
    columns, rows = np.meshgrid(np.arange(side), np.arange(side), indexing="ij")
    lons = WEST + BLOCK_DEG * (columns + rng.uniform(-0.3, 0.3, columns.shape)) * 1.2
    lats = SOUTH + BLOCK_DEG * (rows + rng.uniform(-0.3, 0.3, rows.shape))
    numbers = np.arange(side * side).reshape(side, side)
    across = np.column_stack((numbers[:-1].ravel(), numbers[1:].ravel()))
    along = np.column_stack((numbers[:, :-1].ravel(), numbers[:, 1:].ravel()))
    ways = np.concatenate((across, along))
    ways = ways[rng.random(len(ways)) > 0.1]
    nodes = ways.ravel()
    speed = rng.choice([4.0, 5.5, 6.94], len(ways))
    ebike = np.column_stack((1 / speed, np.where(rng.random(len(ways)) < 1 / 12, np.inf, 1 / speed)))
    signals = np.sort(rng.choice(side * side, side * side // 50, replace=False))
    waits, open_to_all = np.full(len(signals), 3.0), np.zeros(len(signals), dtype=bool)
    return Ways(
        np.arange(len(ways) + 1) * 2, nodes, lons.ravel()[nodes], lats.ravel()[nodes],
        {"walk": np.full((len(ways), 2), 0.8), "ebike": ebike},
        Spots(signals, {"walk": waits, "ebike": waits}, {"walk": open_to_all, "ebike": open_to_all}),
    )  # fmt: skip


def places(rng: np.random.Generator, network: Network, count: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = network.bounds
    lons, lats = rng.uniform((west, south), (east, north), (count, 2)).T.copy()
    return lons, lats


def snapped(rng: np.random.Generator, network: Network, profile: str, count: int) -> SnappedPoints:
    return network.snap(*places(rng, network, count), profile)


def provenance(side: int) -> Provenance:
    bounds = Bounds(WEST, SOUTH, WEST + BLOCK_DEG * 1.2 * side, SOUTH + BLOCK_DEG * side)
    at = datetime(2026, 11, 30, tzinfo=UTC)
    return Provenance(FICTIONAL, date(2026, 11, 30), bounds, "made.osm.pbf", "0" * 64, at, "0" * 12)


def measured(work: Callable[[], object], times: int) -> list[float]:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def in_ms(seconds: list[float]) -> tuple[str, str]:
    return f"{statistics.median(seconds) * 1e3:,.1f}", f"{max(seconds) * 1e3:,.1f}" if len(seconds) > 1 else ""


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1_000)
    parser.add_argument("--stations", type=int, default=1_002)
    parser.add_argument("--cells", type=int, default=180_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--routers", metavar="PYTHON", help="that has osrm-bindings and pyvalhalla")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
