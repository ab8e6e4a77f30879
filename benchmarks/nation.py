"""Time coverage of a nation, 220,000 stations and 10,000,000 cells of 1 km, in blocks, on as many cores as there are.

    python benchmarks/nation.py [--seed 1] [--executor process] [--workers 2] [--quick]

The nation is drawn: 340 cities of wavy borders (Voronoi cells) in a box of China's size and place, 1.4 billion people,
half of the stations anywhere and half close to the middle of a city, one in five with unknown hours. Growth is shown
by cells, then by stations. Memory is the peak of this process plus that of the largest worker times the workers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.cell_share import PARTS
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nationwide

BOX = (83.0, 22.0, 125.0, 45.5)
CITIES, PEOPLE = 340, 1_400_000_000
STATIONS, CELL_M = 220_000, 1_000.0
RADIUS_M = 1_000.0
LIMIT_S, LIMIT_GIB = 120, 4


def draw_areas(rng: np.random.Generator) -> dict[str, BaseGeometry]:
    """Return the cities: Voronoi cells, their borders cut into pieces of 3 km."""
    west, south, east, north = BOX
    middles = shapely.multipoints(rng.uniform((west, south), (east, north), (CITIES, 2)))
    box = shapely.box(*BOX)
    cells = shapely.get_parts(shapely.voronoi_polygons(middles, extend_to=box))
    return {f"{at:06}": shapely.segmentize(shapely.intersection(cell, box), 0.03) for at, cell in enumerate(cells)}


def draw_residents(rng: np.random.Generator, areas: Mapping[str, BaseGeometry]) -> dict[str, int]:
    shares = rng.lognormal(sigma=0.8, size=len(areas))
    people = (shares / shares.sum() * PEOPLE).astype(int).tolist()
    return dict(zip(areas, people, strict=True))


def draw_supply(rng: np.random.Generator, areas: Mapping[str, BaseGeometry], n: int) -> Supply:
    middles = shapely.get_coordinates(shapely.centroid(np.array(list(areas.values()))))
    scattered = rng.uniform(BOX[:2], BOX[2:], (n - n // 2, 2))
    gathered = middles[rng.integers(len(middles), size=n // 2)] + rng.normal(scale=0.2, size=(n // 2, 2))
    lons, lats = np.clip(np.concatenate([scattered, gathered]), BOX[:2], BOX[2:]).T.copy()
    ids = tuple(f"s{row}" for row in range(n))
    return Supply(ids, lons, lats, rng.random(n) < 0.8, np.ones(n, dtype=bool))


def peak_gib(workers: int) -> float:
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + child * workers) / 2**20


def measure(stations: int, cell_m: float, seed: int, executor: str, workers: int) -> list[str]:
    """Audit the nation once; return the cells of a line of the table."""
    rng = np.random.default_rng(seed)
    areas = draw_areas(rng)
    residents, supply = draw_residents(rng, areas), draw_supply(rng, areas, STATIONS)
    chosen = supply.chosen(np.sort(rng.permutation(len(supply))[:stations]))
    started = time.perf_counter()
    found = nationwide(Country.of(areas, cell_m), residents, chosen, RADIUS_M, executor=executor, workers=workers)
    seconds = time.perf_counter() - started
    cells = int(found.counts.cells[0].sum()) // PARTS
    reach = f"{found.total.confirmed.share:.2%} to {found.total.possible.share:.2%}"
    each = f"{seconds / cells * 1e6:.2f}"
    return [f"{stations:,}", f"{cells:,}", f"{seconds:.1f}", each, f"{peak_gib(workers):.2f}", reach]


def apart(*arguments: object) -> list[str]:
    """Measure in a process of its own, so that the peak of memory is that of this line."""
    command = [sys.executable, __file__, "--line", json.dumps(arguments)]
    line: list[str] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--executor", default="process")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--quick", action="store_true", help="only the whole nation, not its growth")
    parser.add_argument("--line", type=json.loads, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.line:
        print(json.dumps(measure(*asked.line)))
        return
    title = f"coverage within {RADIUS_M:g} m, {asked.executor}, {asked.workers} workers, seed {asked.seed}"
    shown = Table(title=title, title_justify="left")
    for heading in ("stations", "cells", "seconds", "µs a cell", "peak GiB", "share in reach, sure to possible"):
        shown.add_column(heading, justify="right")
    growth = [(STATIONS, CELL_M * 4), (STATIONS, CELL_M * 2), (STATIONS // 100, CELL_M), (STATIONS // 10, CELL_M)]
    for stations, cell_m in [*([] if asked.quick else growth), (STATIONS, CELL_M)]:
        shown.add_row(*apart(stations, cell_m, asked.seed, asked.executor, asked.workers))
    Console(width=110).print(shown)
    print(f"limits for the last line: {LIMIT_S} s, {LIMIT_GIB} GiB; load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
