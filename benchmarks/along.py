"""How long it takes to find the stations along a route: by straight lines, and along streets of a made city.

    python benchmarks/along.py [--side 1000] [--seed 7] [--questions 20]

`--side` is the number of crossings of the made city from side to side.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.fixture.copies import copies
from benchmarks.streets import in_ms, made, measured, places, provenance
from stationmap import StationIndex, streets
from stationmap.registry import registry as registries
from stationmap.registry.model import Position
from stationmap.search.along import stations_along, stations_along_streets, straight_legs
from stationmap.search.query import Travel
from stationmap.streets.build.assembly import assemble
from stationmap.streets.network import Network, save

EBIKE = Travel(5.0)
K = 30
STATIONS = 1_002, 100_000
ROUTES_KM = 3, 10, 30


def main() -> None:
    """Print a table, a row a question."""
    options = parsed()
    rng = np.random.default_rng(options.seed)
    shown = Table(title=f"{K} stations along a route")
    for heading in ("how", "stations", "route", "ms", "at worst"):
        shown.add_column(heading, justify="right" if heading != "how" else "left")
    for count in STATIONS:
        index = StationIndex(registries.parse(copies(count)).stations)
        ways = [ends(rng, 117.2, 34.26, 10) for _ in range(options.questions)]
        seconds = [took for way in ways for took in measured(partial(straight, index, way), 1)]
        shown.add_row("straight", f"{count:,}", "10 km", *in_ms(seconds))
    network = made_city(rng, options.side)
    index = stations_in(rng, network, STATIONS[0])
    west, south, east, north = network.bounds
    for route_km in ROUTES_KM:
        ways = [ends(rng, (west + east) / 2, (south + north) / 2, route_km) for _ in range(options.questions)]
        by_streets(index, network, ways[0])  # joins the stations to the streets once
        seconds = [took for way in ways for took in measured(partial(by_streets, index, network, way), 1)]
        shown.add_row(
            f"streets, {len(network.node_lons):,} nodes", f"{len(index):,}", f"{route_km} km", *in_ms(seconds)
        )
    Console().print(shown)


def straight(index: StationIndex, route: tuple[Position, Position]) -> None:
    stations_along(index, straight_legs(index, *route, EBIKE), K)


def by_streets(index: StationIndex, network: Network, route: tuple[Position, Position]) -> None:
    stations_along_streets(index, network, "ebike", *route, straight_legs(index, *route, EBIKE), K)


def ends(rng: np.random.Generator, lon: float, lat: float, way_km: float) -> tuple[Position, Position]:
    """Draw the ends of a way of so many kilometres around a place."""
    angle, half_deg = rng.uniform(0, 2 * np.pi), way_km / 2 / 111
    east, north = half_deg * np.cos(angle) * 1.2, half_deg * np.sin(angle)
    return Position(lon - east, lat - north), Position(lon + east, lat + north)


def made_city(rng: np.random.Generator, side: int) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streets.graph"
        save(path, provenance(side), assemble(made(rng, side)))
        return streets.load(path)


def stations_in(rng: np.random.Generator, network: Network, count: int) -> StationIndex:
    """Return stations of the demonstration, moved to places in a network."""
    moved = zip(registries.parse(copies(count)).stations, *places(rng, network, count), strict=True)
    return StationIndex(
        station.model_copy(update={"geometry": station.geometry.model_copy(update={"coordinates": (lon, lat)})})
        for station, lon, lat in moved
    )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--questions", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
