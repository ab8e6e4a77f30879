"""Time where the next stations go on a city, with the gap to the bound, and spopt at a size it can still do.

    python benchmarks/siting.py [--seed 1]

The city: 200,000 cells of 250 m around Xuzhou, people in 40 towns that thin out with distance, 1,000 stations fixed
and 10,000 candidates, both drawn by the seed; a radius of 1 km. Times are of one call with everything it takes:
pairs, greedy, exchanges, bound, HiGHS.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings

import numpy as np
from rich.console import Console
from rich.table import Table
from shapely.geometry import box

from stationmap.audit.demand import Demand, Source
from stationmap.audit.siting import Candidates, Proposal, longer_hours, max_coverage, p_median, set_cover
from stationmap.audit.supply import Supply
from stationmap.audit.territory import Territory

WEST, SOUTH, EAST, NORTH = 116.60, 33.85, 117.815, 34.857  # 200,000 cells of 250 m
RADIUS_M = 1_000.0
STATIONS, CANDIDATES, TOWNS = 1_000, 10_000, 40
SPOPT_CELLS, SPOPT_CANDIDATES, SPOPT_N = 4_000, 300, 20


def made_up(rng: np.random.Generator) -> tuple[Territory, Demand, Supply, Candidates]:
    territory = Territory.of({"320300": box(WEST, SOUTH, EAST, NORTH)}, 250.0)
    xs, ys = territory.grid.centres_m(territory.cells)
    towns = rng.integers(0, len(territory), TOWNS)
    people = rng.lognormal(0, 1, len(territory))
    for town, size, reach_m in zip(towns, rng.pareto(1.2, TOWNS) + 1, rng.uniform(1_000, 6_000, TOWNS), strict=True):
        people += 40 * size * np.exp(-np.hypot(xs - xs[town], ys - ys[town]) / reach_m)
    demand = Demand.at(territory, territory.lons, territory.lats, people, Source("points", f"{TOWNS} towns"))
    # Stations stand where people are; candidates, too, less strictly.
    at = rng.choice(len(territory), STATIONS, replace=False, p=people / people.sum())
    sure = np.ones(STATIONS, dtype=bool)
    supply = Supply(tuple(f"s{row}" for row in range(STATIONS)), territory.lons[at], territory.lats[at], sure, sure)
    could = rng.choice(len(territory), CANDIDATES, replace=False, p=np.sqrt(people) / np.sqrt(people).sum())
    lons, lats = (each[could] + rng.uniform(-0.001, 0.001, CANDIDATES) for each in (territory.lons, territory.lats))
    return territory, demand, supply, Candidates.at([f"c{row:05}" for row in range(CANDIDATES)], lons, lats, territory)


def proposals(rng: np.random.Generator, seed: int) -> Table:
    territory, demand, supply, candidates = made_up(rng)
    always = rng.integers(0, 1 << 63, (STATIONS, 3), dtype=np.uint64)
    sizes = f"{len(territory):,} cells x {CANDIDATES:,} candidates, {STATIONS:,} stations fixed, R = {RADIUS_M:,.0f} m"
    shown = Table(title=f"{sizes}, seed {seed}", title_justify="left")
    for heading in ("", "s", "sites", "before", "value", "bound", "gap", "proved"):
        shown.add_column(heading, justify="left" if not heading else "right")
    same = (demand, supply, candidates)
    asked = {
        "max coverage, n = 50": lambda: max_coverage(*same, 50, RADIUS_M, seed=seed),
        "max coverage, n = 200": lambda: max_coverage(*same, 200, RADIUS_M, seed=seed),
        "max coverage, n = 50, 1.5 km apart": lambda: max_coverage(*same, 50, RADIUS_M, spacing_m=1_500, seed=seed),
        "set cover, 60 %": lambda: set_cover(*same, 0.6, RADIUS_M, seed=seed),
        "p-median, n = 50": lambda: p_median(*same, 50, seed=seed),
        "longer hours, n = 50": lambda: longer_hours(demand, supply, (always, always), 50, RADIUS_M, seed=seed),
    }
    for name, ask in asked.items():
        started = time.perf_counter()
        shown.add_row(*_row(name, ask(), time.perf_counter() - started))
    return shown


def _row(name: str, proposal: Proposal, seconds: float) -> tuple[str, ...]:
    figures = (proposal.before, proposal.value, proposal.bound)
    values = (f"{each:,.1f}" for each in figures)
    gap = "-" if proposal.gap is None else f"{proposal.gap:.3%}"
    return name, f"{seconds:.2f}", str(len(proposal.sites)), *values, gap, str(proposal.proved)


def beside_spopt(rng: np.random.Generator, seed: int) -> Table | None:
    try:
        import pulp
        from spopt.locate import MCLP
    except ImportError:
        print("spopt is not installed: it is left out (pip install spopt)")
        return None
    warnings.simplefilter("ignore")
    territory, demand, supply, candidates = made_up(rng)
    rows = np.sort(rng.choice(np.flatnonzero(demand.lons < 117.1), SPOPT_CELLS, replace=False))
    columns = (demand.lons, demand.lats, demand.people, demand.districts, demand.rows)
    part = Demand(*(column[rows] for column in columns), demand.source)
    few = Candidates.at(
        candidates.ids[:SPOPT_CANDIDATES], candidates.lons[:SPOPT_CANDIDATES], candidates.lats[:SPOPT_CANDIDATES]
    )
    nobody = supply.chosen(np.zeros(len(supply), dtype=bool))
    started = time.perf_counter()
    proposal = max_coverage(part, nobody, few, SPOPT_N, 3 * RADIUS_M, seed=seed)
    ours = time.perf_counter() - started
    started = time.perf_counter()
    xs, ys = territory.grid.plane.xy(part.lons, part.lats)
    there = territory.grid.plane.xy(few.lons, few.lats)
    distances = np.hypot(xs[:, None] - there[0], ys[:, None] - there[1])  # spopt takes a dense matrix
    model = MCLP.from_cost_matrix(distances, part.people / 1000, 3 * RADIUS_M, p_facilities=SPOPT_N)
    value = pulp.value(model.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective)
    theirs = time.perf_counter() - started
    shown = Table(
        title=f"{SPOPT_CELLS:,} cells x {SPOPT_CANDIDATES} candidates, n = {SPOPT_N}, R = 3 km, seed {seed}",
        title_justify="left",
    )
    for heading in ("", "s", "ratio", "people", "proved"):
        shown.add_column(heading, justify="left" if not heading else "right")
    shown.add_row("max_coverage", f"{ours:.2f}", "1", f"{proposal.value:,.1f}", str(proposal.proved))
    shown.add_row("spopt MCLP with CBC", f"{theirs:.2f}", f"{theirs / ours:.0f}", f"{value:,.1f}", "True")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    console = Console(width=120)
    console.print(proposals(np.random.default_rng(seed), seed))
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    console.print(f"peak memory {peak_gib:.2f} GiB")
    if (shown := beside_spopt(np.random.default_rng(seed), seed)) is not None:
        console.print(shown)


if __name__ == "__main__":
    main()
