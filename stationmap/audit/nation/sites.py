"""New sites for a whole country: each city by itself, how many for each by what they add, and a bound for all of it.

Areas of one city, by the first four digits of their codes, are taken together. A site serves people on both sides of a
border: what sites of several cities bring about together is at most the sum of what those of each bring about alone. So
the sum of the bounds of cities holds for the country, if it takes for each number of sites the split over the cities
that promises most; bounds are concave in the number, so that split is found by taking the largest steps of all. What is
proposed is counted together, people whom two cities reach once.

How many sites a city has is told by greedy at first: of all steps the n largest. Within its number a city exchanges
sites, and its multipliers are sought, which tell what further sites are worth there: by that sites are split anew, as
long as it helps. Cities are the parts: how they are dealt out to workers changes nothing. Nothing ends by the clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.cell_share import cell_share, reached
from stationmap.audit.inputs.grid import Cells
from stationmap.audit.inputs.reach import parts_in_reach
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.within_radius import checked_radius, pairs
from stationmap.audit.metrics.people_by_distance import Counts
from stationmap.audit.metrics.site_gains import Window, strain_of
from stationmap.audit.nation.area_part import AreaParts
from stationmap.audit.nation.area_sites import AreaChoice, AreaSites, AreaSteps, Steps
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.people import NationPeople
from stationmap.audit.nation.workers import HERE, Workers
from stationmap.audit.siting.covering import checked_sites, counted_stations
from stationmap.audit.siting.every_cell import PREFIX
from stationmap.audit.siting.proposal import Proposal, Site, gap_between
from stationmap.audit.siting.solvers.candidate_pairs import closer_than
from stationmap.audit.siting.solvers.greedy import greedy
from stationmap.audit.siting.solvers.location_problem import build_problem
from stationmap.audit.siting.solvers.solver import cumulative_values
from stationmap.defaults import SPACING_M
from stationmap.geo.nearest_points import PointIndex

City = tuple[int, ...]
"""Areas by their places in the codes of the country."""

CITY_DIGITS = 4  # of a code
SPLITS = 4  # of the sites over cities that are tried
FIRST_STEPS = 8  # of a city, more where they were all taken
ROUNDS = 3  # of filling up for sites that came too close to those of another area
TOGETHER = 50  # sites whose cells are looked at by one task


class _SiteCells(NamedTuple):
    """What sites add on cells by themselves: place of the site, number of the cell, thousandths of people; (n,)."""

    sites: Counts
    cells: Cells
    added: Counts


@dataclass(frozen=True, eq=False)
class _CellsOfSites:
    """Tells what sites add, and where: measured, not taken from the plane."""

    parts: AreaParts
    possible: bool

    def __call__(self, asked: tuple[int, Cells]) -> _SiteCells:
        first, sites = asked
        found = [self._of(first + at, cell) for at, cell in enumerate(sites.tolist())]
        return _SiteCells(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _of(self, place: int, site: int) -> _SiteCells:
        country, grid, radius_m = self.parts.country, self.parts.country.grid, self.parts.radius_m
        share = cell_share(radius_m, grid.cell_m)
        steps = ceil(share.outer_m * (1 + strain_of(grid)) / grid.cell_m) + 1
        row, column = divmod(site, grid.columns)
        window = Window(
            max(row - steps, 0), min(row + steps + 1, grid.rows),
            max(column - steps, 0), min(column + steps + 1, grid.columns),
        )  # fmt: skip
        inside = country.inside(window)
        people = self.parts.people.on(country, window, inside)
        there = grid.centres(np.array([site]))
        near = pairs(inside.lons, inside.lats, *there, share.outer_m)
        few, here = inside.chosen(near.places), people[near.places]
        served = np.zeros(len(here), dtype=np.int64)
        if self._stations is not None and len(here):
            served = reached(here, parts_in_reach(few.lons, few.lats, grid.cell_m, self._stations, radius_m))
        added = reached(here, share.at(near.metres)) - served
        some = added > 0
        return _SiteCells(np.full(int(some.sum()), place), few.cells[some], added[some])

    @cached_property
    def _stations(self) -> PointIndex | None:
        return counted_stations(self.parts.supply, self.possible)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_stations"}


def nation_sites(
    country: Country,
    people: NationPeople,
    supply: Supply,
    n: int,
    radius_m: float,
    *,
    spacing_m: float = SPACING_M,
    possible: bool = False,
    by: Workers = HERE,
) -> Proposal:
    """Propose at most `n` sites in a country that bring most people within reach of a station.

    Sites keep `spacing_m` metres from each other and from existing stations. Fewer than n are proposed where no further
    one would add anybody, or where those of two areas come too close, time and again. Every cell is a candidate, and
    the bound holds for all of them. Raises InvalidAuditError for a number or a distance that cannot be meant.
    """
    started, n = time.monotonic(), checked_sites(n)
    parts = AreaParts(country, people, supply, checked_radius(radius_m))
    cities = _cities(country.codes)
    steps = _steps_of_all(AreaSteps(parts, spacing_m, possible), cities, n, by)
    covered, missed = sum(each.covered for each in steps), sum(each.missed for each in steps)
    choices, most = _chosen(AreaChoice(parts, spacing_m, possible), cities, steps, n, by)
    chosen, districts = _joined(choices, country.codes)
    sites, values = _ranked(parts, chosen, districts, covered, spacing_m, possible, by)
    for _ in range(ROUNDS):
        if len(sites) in (n, len(chosen)):
            break
        chosen, districts = _filled_up(parts, sites, n, spacing_m, possible, by)
        sites, values = _ranked(parts, chosen, districts, covered, spacing_m, possible, by)
    value = values[-1] if values else 0
    bound = max(min(most, missed), value)
    return Proposal(
        "max_coverage", "people", sites,
        covered / THOUSANDTHS, (covered + value) / THOUSANDTHS, (covered + bound) / THOUSANDTHS,
        gap_between(value, bound, value), value >= bound, 0, time.monotonic() - started,
        ((0, covered / THOUSANDTHS), *((site.rank, site.people_in_all) for site in sites)),
        {
            "n": n, "radius_m": radius_m, "spacing_m": spacing_m, "possible": possible,
            "candidates": sum(each.cells for each in steps),
        },
        "every_cell",
    )  # fmt: skip


def _cities(codes: Sequence[str]) -> list[City]:
    """Return the areas, by place, of each city: their codes share the first four digits."""
    found: dict[str, list[int]] = {}
    for at, code in enumerate(codes):
        found.setdefault(code[:CITY_DIGITS], []).append(at)
    return [tuple(each) for each in found.values()]


def _steps_of_all(work: AreaSteps, cities: Sequence[City], n: int, by: Workers) -> list[Steps]:
    """Return greedy's steps in each city: as many as may be among the n largest of all, and one more."""
    found: dict[City, Steps] = {}
    asked = [(city, FIRST_STEPS) for city in cities]
    while asked:
        found |= zip((city for city, _ in asked), by.run(work, asked, "sites"), strict=True)
        least = _least(list(found.values()), n)
        asked = [
            (city, min(2 * len(each.added), n + 1))
            for city, each in found.items()
            if not each.is_all and len(each.added) <= n and each.added[-1] >= least
        ]
    return [found[city] for city in cities]


def _chosen(
    work: AreaChoice, cities: Sequence[City], steps: Sequence[Steps], n: int, by: Workers
) -> tuple[list[AreaSites], int]:
    """Return the choices of cities that have sites, and what no choice of n sites in all adds more than."""
    curves = [_curve(np.array([0, *each.added[:1]]), n) for each in steps]
    numbers = _shared_out([each.added for each in steps], n)
    known: dict[tuple[City, int], AreaSites] = {}
    best: list[AreaSites] = []
    for _ in range(SPLITS):
        wanted = [(city, number) for city, number in zip(cities, numbers.tolist(), strict=True) if number]
        new = [each for each in wanted if each not in known]
        known |= zip(new, by.run(work, new, "bound"), strict=True)
        places = {city: at for at, city in enumerate(cities)}
        for each in new:
            at = places[each[0]]
            curves[at] = np.minimum(curves[at], _curve(known[each].bounds, n))
        latest = [known[each] for each in wanted]
        best = max(best, latest, key=lambda some: sum(each.value for each in some))
        # Bounds of no site are 0, since the first curve begins there.
        split = _shared_out([np.diff(curve) for curve in curves], n)
        if (split == numbers).all():
            break
        # No city has more than greedy found to add somebody.
        numbers = np.minimum(split, [len(each.added) if each.is_all else n for each in steps])
    rises = np.sort(np.concatenate([np.diff(curve) for curve in curves]))[::-1]
    return best, int(rises[:n].clip(0).sum())


def _curve(bounds: Counts, n: int) -> Counts:
    """Return bounds of 0, 1, ... n sites: from the last given on, each further one is worth what that one is."""
    last = bounds[-1] - bounds[-2] if len(bounds) > 1 else 0
    further = bounds[-1] + last * np.arange(1, max(n + 1 - len(bounds), 0) + 1)
    return np.concatenate([bounds, further])[: n + 1]


def _joined(choices: Sequence[AreaSites], codes: Sequence[str]) -> tuple[Cells, list[str]]:
    """Return all cells chosen, shape (k,), and the code of the area each lies in."""
    cells = np.concatenate([np.empty(0, dtype=np.int64), *(each.cells for each in choices)])
    return cells, [codes[area] for each in choices for area in each.areas.tolist()]


def _least(steps: Sequence[Steps], n: int) -> int:
    """Return what the n-th largest of all steps adds, 0 where they are fewer."""
    added = np.sort(np.concatenate([each.added for each in steps]))[::-1]
    return int(added[n - 1]) if len(added) >= n else 0


def _shared_out(steps: Sequence[Counts], n: int) -> Counts:
    """Return how many of the n largest steps, each city's descending, are in each; of equals those of the first."""
    cities = np.repeat(np.arange(len(steps)), [len(each) for each in steps])
    added = np.concatenate([*steps, np.empty(0, dtype=np.int64)])
    first = np.argsort(-added, kind="stable")[:n]
    return np.bincount(cities[first[added[first] > 0]], minlength=len(steps)).astype(np.int64)


def _filled_up(
    parts: AreaParts, sites: Sequence[Site], n: int, spacing_m: float, possible: bool, by: Workers
) -> tuple[Cells, list[str]]:
    """Return the sites' cells and districts with those of as many more as are wanted, chosen as if these were built."""
    codes, missing = parts.country.codes, n - len(sites)
    kept = np.array([int(site.id.removeprefix(PREFIX)) for site in sites], dtype=np.int64)
    built, cities = replace(parts, supply=_with_sites(parts.supply, sites)), _cities(parts.country.codes)
    steps = _steps_of_all(AreaSteps(built, spacing_m, possible), cities, missing, by)
    numbers = _shared_out([each.added for each in steps], missing)
    asked = [(city, number) for city, number in zip(cities, numbers.tolist(), strict=True) if number]
    cells, districts = _joined(list(by.run(AreaChoice(built, spacing_m, possible), asked, "sites")), codes)
    return np.concatenate([kept, cells]), [*(site.district for site in sites), *districts]


def _with_sites(supply: Supply, sites: Sequence[Site]) -> Supply:
    new = np.ones(len(sites), dtype=bool)
    return Supply(
        (*supply.ids, *(site.id for site in sites)),
        np.append(supply.lons, [site.lon for site in sites]),
        np.append(supply.lats, [site.lat for site in sites]),
        np.append(supply.confirmed, new),
        np.append(supply.possible, new),
    )


def _ranked(
    parts: AreaParts,
    chosen: Cells,
    districts: Sequence[str],
    covered: int,
    spacing_m: float,
    possible: bool,
    by: Workers,
) -> tuple[tuple[Site, ...], list[int]]:
    """Return the chosen cells as sites in the order in which they add most, and what the first 1, 2, ... add."""
    if not len(chosen):
        return (), []
    lons, lats = parts.country.grid.centres(chosen)
    asked = [(at, chosen[at : at + TOGETHER]) for at in range(0, len(chosen), TOGETHER)]
    found = list(by.run(_CellsOfSites(parts, possible), asked, "order"))
    sites, cells, added = (np.concatenate(column) for column in zip(*found, strict=True))
    numbers, rows = np.unique(cells, return_inverse=True)
    order = np.lexsort((sites, rows))
    ones = np.ones(len(numbers), dtype=np.int64)
    conflicts = closer_than(spacing_m, lons, lats)
    problem = build_problem(rows[order], sites[order], added[order], ones, len(chosen), conflicts)
    ranked = greedy(problem, len(chosen))
    values = cumulative_values(problem, ranked)
    told = zip(ranked.tolist(), values, [0, *values], strict=False)
    return tuple(
        Site(
            rank, f"{PREFIX}{chosen[at]}", float(lons[at]), float(lats[at]), districts[at],
            (value - before) / THOUSANDTHS, (covered + value) / THOUSANDTHS,
        )
        for rank, (at, value, before) in enumerate(told, 1)
    ), values  # fmt: skip
