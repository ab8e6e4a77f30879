"""Time where the next stations go on a city, with the gap to the bound, beside plain HiGHS and what spopt can still do.

    python benchmarks/siting.py [--seed 1] [--only cells,towns,plain,nodes,spopt]

Of the city as it is, residents and 1,002 stations of the demonstration, every one of its 179,921 cells is a candidate;
a plain greedy over all of them, people counted at the middles of cells, adds 142,517 (n = 10) and 517,721 (n = 50).
Limits: no fewer people, 3 s, a gap of 0.5 % with a bound over all cells. Nodes are drawn like the instances of
maximum covering in the literature (demand and candidates at the same places in clusters), of the sizes of SJC 708 and
of the largest of Maximo, Nascimento and Carvalho (Computers & Operations Research 78, 2017), whose files are not to
be had here; HiGHS from the same choice says how far off they are.

The city: 200,000 cells of 250 m around Xuzhou, people in 40 towns that thin out with distance, 1,000 stations fixed
and 10,000 candidates, both drawn by the seed; a radius of 1 km. Times are of one call with everything it takes:
pairs, greedy, exchanges, bound, HiGHS; beside them the time of the processors. Limits of set cover and p-median:
proved, or within 0.1 % of the bound, in 20 s. Plain is the set cover as it stands in books, given to HiGHS by scipy
with the same pairs and as much time. A p-median of this size has no plain peer: a matrix of 200,000 by 10,000
distances, which spopt takes, is 16 GB.
"""

from __future__ import annotations

import argparse
import math
import resource
import time
import warnings

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack
from shapely.geometry import box

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.reach import nearest_m
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import pairs
from stationmap.audit.siting import Candidates, Proposal, longer_hours, max_coverage, p_median, set_cover
from stationmap.audit.siting.every_cell import EveryCell
from stationmap.audit.siting.solvers.location_problem import build_problem
from stationmap.audit.siting.solvers.solver import Effort, solve
from stationmap.audit.studies.study import Study
from stationmap.geo.nearest_points import PointIndex
from stationmap.registry.store import load
from stationmap.resources import demo_registry

WEST, SOUTH, EAST, NORTH = 116.60, 33.85, 117.815, 34.857  # 200,000 cells of 250 m
RADIUS_M = 1_000.0
STATIONS, CANDIDATES, TOWNS = 1_000, 10_000, 40
CELLS_S = 2.9
LIMIT_S = 20.0
SHARE = 0.6
NODES = (("like SJC 708, S = 1,600 m", 708, 1_600.0, 3), ("708, S = 800 m", 708, 800.0, 10),
         ("like Bronx, 1,100", 1_100, 600.0, 40), ("like Kings, 2,000", 2_000, 500.0, 60))  # fmt: skip
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
    confirmed = np.ones(STATIONS, dtype=bool)
    supply = Supply(
        tuple(f"s{row}" for row in range(STATIONS)), territory.lons[at], territory.lats[at], confirmed, confirmed
    )
    could = rng.choice(len(territory), CANDIDATES, replace=False, p=np.sqrt(people) / np.sqrt(people).sum())
    lons, lats = (each[could] + rng.uniform(-0.001, 0.001, CANDIDATES) for each in (territory.lons, territory.lats))
    return territory, demand, supply, Candidates.at([f"c{row:05}" for row in range(CANDIDATES)], lons, lats, territory)


def every_cell(seed: int) -> Table:
    study = Study.of_city(load(demo_registry()))
    sites = EveryCell.of(study.territory)
    shown = table(f"the city, all {len(sites):,} cells as candidates, R = {RADIUS_M:,.0f} m, seed {seed}")
    study.supply  # noqa: B018 - judged once, whatever is asked of it
    for n in (1, 10, 50):
        started, used = time.perf_counter(), time.process_time()
        found = max_coverage(study.demand, study.supply, sites, n, RADIUS_M, seed=seed, seconds=CELLS_S)
        shown.add_row(
            *_row(
                f"n = {n}: {found.value - found.before:,.0f} added",
                found,
                time.perf_counter() - started,
                time.process_time() - used,
            )
        )
    return shown


def nodes(seed: int) -> Table:
    shown = table(f"nodes in clusters, 30 s each, seed {seed}")
    for name, count, radius_m, n in NODES:
        rng = np.random.default_rng(seed)
        centres = rng.uniform(0, 12_000, (12, 2))
        places = centres[rng.integers(0, 12, count)] + rng.normal(0, 1_200, (count, 2))
        near = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) <= radius_m
        rows, candidates = np.nonzero(near)
        stated = build_problem(rows, candidates, np.ones(len(rows), dtype=np.int64), rng.integers(1, 150, count), count)
        started, used = time.perf_counter(), time.process_time()
        found = solve(stated, n, Effort(30.0, seed))
        gap = f"{(found.bound - found.value) / found.value:.3%}"
        told = (
            f"{time.perf_counter() - started:.2f}",
            f"{time.process_time() - used:.2f}",
            str(n),
            "0",
            f"{found.value:,}",
            f"{found.bound:,}",
            gap,
        )
        shown.add_row(name, *told, str(found.proved))
    return shown


def table(title: str) -> Table:
    shown = Table(title=title, title_justify="left")
    for heading in ("", "s", "of processors", "sites", "before", "value", "bound", "gap", "proved"):
        shown.add_column(heading, justify="left" if not heading else "right")
    return shown


def proposals(rng: np.random.Generator, seed: int) -> Table:
    territory, demand, supply, candidates = made_up(rng)
    always = rng.integers(0, 1 << 63, (STATIONS, 3), dtype=np.uint64)
    sizes = f"{len(territory):,} cells x {CANDIDATES:,} candidates, {STATIONS:,} stations fixed, R = {RADIUS_M:,.0f} m"
    shown = table(f"{sizes}, seed {seed}")
    same = (demand, supply, candidates)
    asked = {
        "max coverage, n = 50": lambda: max_coverage(*same, 50, RADIUS_M, seed=seed),
        "max coverage, n = 200": lambda: max_coverage(*same, 200, RADIUS_M, seed=seed),
        "max coverage, n = 50, 1.5 km apart": lambda: max_coverage(*same, 50, RADIUS_M, spacing_m=1_500, seed=seed),
        "set cover, 60 %": lambda: set_cover(*same, SHARE, RADIUS_M, seed=seed, seconds=LIMIT_S),
        "p-median, n = 50": lambda: p_median(*same, 50, seed=seed, seconds=LIMIT_S),
        "longer hours, n = 50": lambda: longer_hours(demand, supply, (always, always), 50, RADIUS_M, seed=seed),
    }
    for name, ask in asked.items():
        started, used = time.perf_counter(), time.process_time()
        found = ask()
        shown.add_row(*_row(name, found, time.perf_counter() - started, time.process_time() - used))
    return shown


def beside_plain(rng: np.random.Generator, seed: int) -> Table:
    """The fewest sites for a share of the people, beside the program as books have it."""
    _, demand, supply, candidates = made_up(rng)
    shown = Table(title=f"set cover of {SHARE:.0%}, the city drawn, seed {seed}", title_justify="left")
    for heading in ("", "s", "of processors", "ratio", "sites", "at least"):
        shown.add_column(heading, justify="left" if not heading else "right")
    started, used = time.perf_counter(), time.process_time()
    found = set_cover(demand, supply, candidates, SHARE, RADIUS_M, seed=seed, seconds=LIMIT_S)
    ours, our_cpu = time.perf_counter() - started, time.process_time() - used
    shown.add_row("set_cover", f"{ours:.2f}", f"{our_cpu:.2f}", "1", f"{found.value:.0f}", f"{found.bound:.0f}")
    started, used = time.perf_counter(), time.process_time()
    sites, least = plain(demand, supply, candidates)
    wall, cpu = time.perf_counter() - started, time.process_time() - used
    shown.add_row("HiGHS, plain", f"{wall:.2f}", f"{cpu:.2f}", f"{cpu / our_cpu:.1f}", sites, f"{least:.1f}")
    return shown


def plain(demand: Demand, supply: Supply, candidates: Candidates) -> tuple[str, float]:
    """Return how many sites HiGHS finds that are enough, "-" for none, and what it says it takes at least."""
    index = PointIndex(supply.lons, supply.lats)
    served = nearest_m(demand.lons, demand.lats, index)[:, 0] <= RADIUS_M
    need = math.ceil(SHARE * int(demand.people.sum())) - int(demand.people[served].sum())
    left = demand.chosen(~served)
    near = pairs(left.lons, left.lats, candidates.lons, candidates.lats, RADIUS_M)
    some, place = np.unique(near.places, return_inverse=True)
    sites, places, ones = len(candidates), len(some), np.ones(len(place))
    reach = csr_array((-ones, (place, near.stations)), shape=(places, sites))
    enough = csr_array(np.concatenate([np.zeros(sites), left.people[some] / need])[np.newaxis])
    answer = milp(
        np.concatenate([np.ones(sites), np.zeros(places)]),
        constraints=[
            LinearConstraint(hstack([reach, eye_array(places)], format="csr"), -np.inf, 0),
            LinearConstraint(enough, 1, np.inf),
        ],
        integrality=np.concatenate([np.ones(sites), np.zeros(places)]),
        bounds=Bounds(0, 1),
        options={"time_limit": LIMIT_S},
    )
    return "-" if answer.x is None else f"{answer.fun:.0f}", float(answer.mip_dual_bound or 0)


def _row(name: str, proposal: Proposal, seconds: float, used: float | None = None) -> tuple[str, ...]:
    figures = (proposal.before, proposal.value, proposal.bound)
    values = (f"{each:,.1f}" for each in figures)
    gap = "-" if proposal.gap is None else f"{proposal.gap:.3%}"
    spent = "" if used is None else f"{used:.2f}"
    return name, f"{seconds:.2f}", spent, str(len(proposal.sites)), *values, gap, str(proposal.proved)


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
    parser.add_argument("--only", default="cells,towns,plain,nodes,spopt", help="which tables, by comma")
    seed, only = parser.parse_args().seed, parser.parse_args().only.split(",")
    console = Console(width=120)
    for name, make in (("cells", every_cell), ("nodes", nodes)):
        if name in only:
            console.print(make(seed))
    if "towns" in only:
        console.print(proposals(np.random.default_rng(seed), seed))
    if "plain" in only:
        console.print(beside_plain(np.random.default_rng(seed), seed))
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    console.print(f"peak memory {peak_gib:.2f} GiB")
    if "spopt" in only and (shown := beside_spopt(np.random.default_rng(seed), seed)) is not None:
        console.print(shown)


if __name__ == "__main__":
    main()
