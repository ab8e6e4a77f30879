"""Time the figures of a nation, 220,000 stations, in blocks, on as many cores as there are.

    python benchmarks/nation.py [--seed 1] [--executor process] [--workers 2] [--largest 100000000] [--quick]

The nation is drawn: 340 cities of wavy borders (Voronoi cells) in a box of China's size and place, 1.4 billion people,
half of the stations anywhere and half close to the middle of a city, one in five with unknown hours. Coverage is shown
by cells, ten times as many in each line up to `--largest`, then other figures at 1 km. Each line is measured in a
process of its own; memory is the peak of that process plus that of the largest worker times the workers. Beside it
stands the floor: what scipy needs to find the one nearest station of each cell by straight lines and nothing else,
measured on a sample of the same cells in the same process. Limits: 100,000,000 cells in 300 s on two cores, memory flat
in cells.
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
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.supply import Supply
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nation_coverage, spread_evenly
from stationmap.audit.nation.gaps import nation_gaps
from stationmap.audit.nation.hours import nation_hours
from stationmap.audit.nation.people import NationPeople
from stationmap.audit.nation.sites import nation_sites
from stationmap.audit.nation.workers import Workers
from stationmap.geo.geodesy import ecef

BOX = (83.0, 22.0, 125.0, 45.5)
CITIES, PEOPLE = 340, 1_400_000_000
STATIONS, BOX_M2 = 220_000, 9.93e12
RADIUS_M = 1_000.0
LIMIT_S = 300  # for 100,000,000 cells on two cores
SITES, GAPS = 100, 100
SAMPLE = 300_000


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


def processors_s() -> float:
    """Return the seconds of processors this process and its ended workers have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def floor_us(country: Country, supply: Supply) -> float:
    """Return the time of a processor to find the nearest station of a cell, by scipy alone."""
    block = max(country.blocks(SAMPLE), key=lambda each: int((country.areas_of(each) >= 0).sum()))
    inside = country.inside(block)
    here, tree = ecef(inside.lons, inside.lats), cKDTree(ecef(supply.lons, supply.lats))
    started = time.process_time()
    tree.query(here)
    return (time.process_time() - started) / len(here) * 1e6


def figure_of(name: str, country: Country, people: NationPeople, supply: Supply, by: Workers) -> str:
    """Work out one figure, and tell it."""
    if name == "hours":
        drawn = np.random.default_rng(0).integers(0, 1 << 40, (len(supply), 3)).astype(np.uint64)
        found = nation_hours(country, people, supply, (drawn & (drawn >> np.uint64(1)), drawn), RADIUS_M, by=by)
        return f"{found.confirmed.sum() / found.people.sum() / found.confirmed.shape[1]:.2%} of people and hours"
    if name == "gaps":
        missed = nation_gaps(country, people, supply, RADIUS_M, listed=GAPS, by=by)
        return f"{len(missed.gaps)} listed of {missed.people / 1e6:,.0f} million people"
    if name == "sites":
        chosen = nation_sites(country, people, supply, SITES, RADIUS_M, by=by)
        return f"{len(chosen.sites)} sites, gap {chosen.gap or 0:.2%}"
    total = nation_coverage(country, people, supply, RADIUS_M, by=by).total
    return f"{total.confirmed.share:.2%} to {total.possible.share:.2%}"


def measure(name: str, cell_m: float, seed: int, executor: str, workers: int) -> list[str]:
    """Work out one figure of the nation; return the cells of a line of the table."""
    rng = np.random.default_rng(seed)
    areas = draw_areas(rng)
    residents, supply = draw_residents(rng, areas), draw_supply(rng, areas, STATIONS)
    country, by = Country.of(areas, cell_m), Workers(executor, workers=workers)
    started, used = time.perf_counter(), processors_s()
    people = spread_evenly(country, residents, by)
    told = figure_of(name, country, people, supply, by)
    seconds, processors = time.perf_counter() - started, processors_s() - used
    cells = cells_of(country)
    each_us, floor = processors / cells * 1e6, floor_us(country, supply)
    times = (f"{seconds:.1f}", f"{processors:.1f}", f"{each_us:.2f}", f"{floor:.2f}", f"{each_us / floor:.1f}")
    return [name, f"{cells:,}", *times, f"{peak_gib(workers):.2f}", told]


def cells_of(country: Country) -> int:
    """Return about how many cells there are: the area over that of a cell."""
    plane = country.grid.plane
    on_plane = shapely.transform(
        np.array(country.polygons), lambda degrees: np.column_stack(plane.xy(degrees[:, 0], degrees[:, 1]))
    )
    return round(float(shapely.area(on_plane).sum()) / country.grid.cell_m**2)


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
    parser.add_argument("--largest", type=float, default=1e7, help="cells of the last line of coverage")
    parser.add_argument("--quick", action="store_true", help="only the last line of coverage")
    parser.add_argument("--line", type=json.loads, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.line:
        print(json.dumps(measure(*asked.line)))
        return
    title = (
        f"within {RADIUS_M:g} m of {STATIONS:,} stations, {asked.executor}, {asked.workers} workers, seed {asked.seed}"
    )
    shown = Table(title=title, title_justify="left")
    headings = ("figure", "cells", "seconds", "of processors", "µs a cell", "floor", "ratio", "peak GiB", "found")
    for heading in headings:
        shown.add_column(heading, justify="right")
    sizes = [10.0**power for power in range(5, 10) if 10.0**power <= asked.largest]
    lines = [("coverage", BOX_M2 / cells) for cells in (sizes[-1:] if asked.quick else sizes)]
    lines += [] if asked.quick else [(name, BOX_M2 / 1e7) for name in ("hours", "gaps", "sites")]
    for name, cell_m2 in lines:
        shown.add_row(*apart(name, cell_m2**0.5, asked.seed, asked.executor, asked.workers))
    Console(width=150).print(shown)
    print(f"limit: {LIMIT_S} s for 100,000,000 cells; load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
