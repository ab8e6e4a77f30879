"""New sites for a whole country: each area by itself, how many for each by what they add, and a bound for all of it.

A site serves people on both sides of a border: what sites of several areas bring about together is at most the sum of
what those of each bring about alone. So the sum of the bounds of areas holds for the country, if it takes for each
number of sites the split over the areas that promises most; bounds are concave in the number, so that split is found by
taking the largest steps of all. What is proposed is counted together, people whom two areas reach once.

How many sites an area has is told by greedy: of all the areas' steps the n largest are taken, which are those greedy
would take of the country, but for borders. Within its number an area exchanges sites, and its multipliers are sought.
The areas are the parts: how they are dealt out to workers changes nothing, and nothing ends by the clock.
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

FIRST_STEPS = 8  # of an area, more where they were all taken
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
    steps = _steps_of_all(AreaSteps(parts, spacing_m, possible), len(country.codes), n, by)
    numbers = _shared_out(steps, n)
    asked = [(area, number) for area, number in enumerate(numbers.tolist()) if number]
    choices = list(by.run(AreaChoice(parts, spacing_m, possible), asked, "bound"))
    covered = sum(each.covered for each in steps)
    missed = sum(each.missed for each in steps)
    chosen = np.concatenate([np.empty(0, dtype=np.int64), *(each.cells for each in choices)])
    districts = [country.codes[area] for (area, _), each in zip(asked, choices, strict=True) for _ in each.cells]
    sites, values = _ranked(parts, chosen, districts, covered, spacing_m, possible, by)
    for _ in range(ROUNDS):
        if len(sites) in (n, len(chosen)):
            break
        chosen, districts = _filled_up(parts, sites, n, spacing_m, possible, by)
        sites, values = _ranked(parts, chosen, districts, covered, spacing_m, possible, by)
    value = values[-1] if values else 0
    bound = max(min(_bound(steps, dict(zip(numbers.nonzero()[0].tolist(), choices, strict=True)), n), missed), value)
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


def _steps_of_all(work: AreaSteps, areas: int, n: int, by: Workers) -> list[Steps]:
    """Return greedy's steps in each area: as many as may be among the n largest of all, and one more."""
    found: dict[int, Steps] = {}
    asked = [(area, FIRST_STEPS) for area in range(areas)]
    while asked:
        found |= zip((area for area, _ in asked), by.run(work, asked, "sites"), strict=True)
        least = _least(list(found.values()), n)
        asked = [
            (area, min(2 * len(each.added), n + 1))
            for area, each in sorted(found.items())
            if not each.is_all and len(each.added) <= n and each.added[-1] >= least
        ]
    return [found[area] for area in range(areas)]


def _least(steps: Sequence[Steps], n: int) -> int:
    """Return what the n-th largest of all steps adds, 0 where they are fewer."""
    added = np.sort(np.concatenate([each.added for each in steps]))[::-1]
    return int(added[n - 1]) if len(added) >= n else 0


def _shared_out(steps: Sequence[Steps], n: int) -> Counts:
    """Return how many of the n largest steps are in each area, shape (areas,); of equals those of the first areas."""
    areas = np.repeat(np.arange(len(steps)), [len(each.added) for each in steps])
    added = np.concatenate([each.added for each in steps])
    first = np.argsort(-added, kind="stable")[:n]
    return np.bincount(areas[first], minlength=len(steps)).astype(np.int64)


def _filled_up(
    parts: AreaParts, sites: Sequence[Site], n: int, spacing_m: float, possible: bool, by: Workers
) -> tuple[Cells, list[str]]:
    """Return the sites' cells and districts with those of as many more as are wanted, chosen as if these were built."""
    codes = parts.country.codes
    kept = np.array([int(site.id.removeprefix(PREFIX)) for site in sites], dtype=np.int64)
    built = replace(parts, supply=_with_sites(parts.supply, sites))
    steps = _steps_of_all(AreaSteps(built, spacing_m, possible), len(codes), n - len(sites), by)
    numbers = _shared_out(steps, n - len(sites))
    asked = [(area, number) for area, number in enumerate(numbers.tolist()) if number]
    more = list(by.run(AreaChoice(built, spacing_m, possible), asked, "sites"))
    districts = [codes[area] for (area, _), each in zip(asked, more, strict=True) for _ in each.cells]
    cells = np.concatenate([kept, *(each.cells for each in more)])
    return cells, [*(site.district for site in sites), *districts]


def _with_sites(supply: Supply, sites: Sequence[Site]) -> Supply:
    new = np.ones(len(sites), dtype=bool)
    return Supply(
        (*supply.ids, *(site.id for site in sites)),
        np.append(supply.lons, [site.lon for site in sites]),
        np.append(supply.lats, [site.lat for site in sites]),
        np.append(supply.confirmed, new),
        np.append(supply.possible, new),
    )


def _bound(steps: Sequence[Steps], choices: dict[int, AreaSites], n: int) -> int:
    """Return what no choice of n sites adds more than, thousandths: the largest steps of the bounds of all areas."""
    base, promised = 0, []
    for area, each in enumerate(steps):
        bounds = choices[area].bounds if area in choices else np.array([0, each.added[0]]) if len(each.added) else None
        if bounds is None:
            continue
        rises = np.diff(bounds)[:n]
        base += int(bounds[0])
        promised.append(np.concatenate([rises, np.full(max(n - len(rises), 0), rises[-1])]))
    return base + int(np.sort(np.concatenate(promised))[::-1][:n].clip(0).sum()) if promised else 0


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
