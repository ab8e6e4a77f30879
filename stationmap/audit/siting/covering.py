"""Sites that bring most people within reach, and the fewest that bring enough of them.

Maximum coverage: Church and ReVelle, Papers of the Regional Science Association 32 (1974). Set cover, here of a share
of the people: Toregas, Swain, ReVelle and Bergman, Operations Research 19 (1971).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import overload

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, People
from stationmap.audit.inputs.cell_share import cell_share, reached
from stationmap.audit.inputs.reach import NearestStations, Reach, nearest_m, parts_in_reach, reach_of
from stationmap.audit.inputs.supply import Certainty, Supply
from stationmap.audit.siting.candidates import Candidates
from stationmap.audit.siting.every_cell import EveryCell, Shortlist, make_shortlist
from stationmap.audit.siting.proposal import Proposal, Site, gap_between
from stationmap.audit.siting.solvers.candidate_pairs import closer_than, near
from stationmap.audit.siting.solvers.fewest import solve_fewest
from stationmap.audit.siting.solvers.greedy import greedy
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem, build_problem
from stationmap.audit.siting.solvers.solver import (
    Effort,
    Solution,
    cumulative_values,
    solve,
)
from stationmap.defaults import SEED, SITING_S, SPACING_M
from stationmap.errors import CancelCheck, InvalidAuditError, ProgressCallback, no_progress
from stationmap.geo.nearest_points import PointIndex

MAX_SITES = 10_000


def max_coverage(
    demand: Demand, supply: Supply, candidates: Candidates | EveryCell, n: int, radius_m: float | Reach,
    *, spacing_m: float = SPACING_M, possible: bool = False,
    seed: int = SEED, seconds: float = SITING_S, progress: ProgressCallback = no_progress,
) -> Proposal:  # fmt: skip
    """Propose at most `n` sites that bring most people within reach of a station.

    Existing stations stay: the sure ones, or with `possible` those that may count. Sites keep `spacing_m` from each
    other and from existing stations. Fewer than n are proposed where no further one would add anybody.
    Raises InvalidAuditError for a number or a distance that cannot be meant.
    """
    effort, max_sites = Effort(seconds, seed, progress), checked_sites(n)
    effort.report(0.0, "pairs")
    instance = CoveringInstance.of(
        demand, supply, candidates, max_sites, reach_of(radius_m), spacing_m, possible, effort
    )
    problem = instance.location_problem(effort.remaining_seconds(0.1, "pairs"))
    solution = solve(problem, min(max_sites, len(instance.candidates)), effort, start=instance.start)
    instance, problem, solution = _exchange_on_grid(instance, problem, solution, effort)
    value, bound = (instance.covered + each for each in (solution.value, solution.bound))
    sites = instance.sites(problem, solution.chosen)
    effort.report(1.0, "done")
    return Proposal(
        "max_coverage", "people", sites, instance.covered / THOUSANDTHS, value / THOUSANDTHS, bound / THOUSANDTHS,
        gap_between(solution.value, solution.bound, solution.value), solution.proved, seed, effort.elapsed(),
        instance.curve(sites), {"n": n, **instance.parameters()},
    )  # fmt: skip


def set_cover(
    demand: Demand, supply: Supply, candidates: Candidates, share: float, radius_m: float | Reach,
    *, spacing_m: float = SPACING_M, possible: bool = False,
    seed: int = SEED, seconds: float = SITING_S, progress: ProgressCallback = no_progress,
) -> Proposal:  # fmt: skip
    """Propose the fewest sites that bring a `share` of the people, above 0 and at most 1, within reach.

    Raises InvalidAuditError when the candidates cannot reach it, and then says how far they go.
    """
    if not 0 < share <= 1:
        raise InvalidAuditError(f"a share of the people is above 0 and at most 1, not {share:g}")
    effort = Effort(seconds, seed, progress)
    effort.report(0.0, "pairs")
    instance = CoveringInstance.of(demand, supply, candidates, 0, reach_of(radius_m), spacing_m, possible, effort)
    problem = instance.location_problem(effort.remaining_seconds(0.1, "pairs"))
    everybody = int(demand.people.sum())
    need = ceil(round(share * everybody, 6)) - instance.covered
    picked, least = (np.empty(0, dtype=np.int64), 0) if need <= 0 else solve_fewest(problem, need, effort)
    if need > 0 and not len(picked):
        raise InvalidAuditError(instance.shortfall(problem, share, everybody))
    sites = instance.sites(problem, picked)
    effort.report(1.0, "done")
    return Proposal(
        "set_cover", "sites", sites, 0, len(sites), least, gap_between(len(sites), least, len(sites)),
        len(sites) == least, seed, effort.elapsed(), instance.curve(sites), {"share": share, **instance.parameters()},
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class CoveringInstance:
    """Who is out of reach of the existing stations, and the candidates that keep their distance from them."""

    demand: Demand
    candidates: Candidates
    among: int
    """How many there are to choose from, those that are not listed included."""
    shortlist: Shortlist | None
    """Where they are those of all cells that are listed for a bound."""
    served: People
    reach: Reach
    spacing_m: float
    possible: bool

    @classmethod
    def of(
        cls, demand: Demand, supply: Supply, candidates: Candidates | EveryCell, n: int,
        reach: Reach, spacing_m: float, possible: bool, effort: Effort,
    ) -> CoveringInstance:  # fmt: skip
        """CancelCheck at what exists. Raises InvalidAuditError when no candidate keeps the spacing."""
        served = np.zeros(len(demand), dtype=np.int64)
        counted = reached_stations(supply, reach, possible)
        if counted is not None:
            parts = parts_in_reach(demand.lons, demand.lats, demand.cell_m, counted, reach.limit_m)
            served = reached(demand.people, parts)
        left = spaced(candidates, supply, spacing_m)
        if not isinstance(left, EveryCell):
            return cls(demand, left, len(left), None, served, reach, spacing_m, possible)
        few = make_shortlist(left, demand, served, n, reach, spacing_m, effort.remaining_seconds(0.05, "pairs"))
        return cls(demand, few.candidates, len(left), few, served, reach, spacing_m, possible)

    @property
    def start(self) -> IntArray | None:
        return self.shortlist.start if self.shortlist else None

    @property
    def covered(self) -> int:
        return int(self.served.sum())

    def location_problem(self, check: CancelCheck) -> Problem:
        """Return the problem: rows are the places not wholly in reach, a candidate near one is worth what it adds."""
        missed = self.demand.people - self.served
        rows = np.flatnonzero(missed > 0)
        lons, lats, cell_m = self.demand.lons[rows], self.demand.lats[rows], self.demand.cell_m
        limit_m = self.reach.limit_m
        share = cell_share(limit_m, cell_m) if cell_m else None
        reaches_m = np.full(len(rows), share.outer_m if share else limit_m)
        there = self.candidates.lons, self.candidates.lats
        pairs = near(lons, lats, reaches_m, *there, reach=self.reach, check=check)
        conflicts = closer_than(self.spacing_m, self.candidates.lons, self.candidates.lats)
        if share:
            here = rows[pairs.places]
            savings = reached(self.demand.people[here], share.at(pairs.metres)) - self.served[here]
            weights = np.ones(len(rows), dtype=np.int64)
        else:
            savings, weights = np.ones(len(pairs.places), dtype=np.int64), missed[rows]
        found = build_problem(pairs.places, pairs.stations, savings, weights, len(self.candidates), conflicts)
        return replace(found, others=self.shortlist.others, in_all=int(missed.sum())) if self.shortlist else found

    def sites(self, problem: Problem, order: IntArray) -> tuple[Site, ...]:
        """Return the chosen candidates, rows (k,) in order, with the number of people that each adds."""
        return ranked_sites(self.candidates, order, cumulative_values(problem, order), self.covered)

    def curve(self, sites: tuple[Site, ...]) -> tuple[tuple[int, float], ...]:
        return (0, self.covered / THOUSANDTHS), *((site.rank, site.people_in_all) for site in sites)

    def parameters(self) -> Mapping[str, float | int | str | bool]:
        return {
            **self.reach.stated,
            "spacing_m": self.spacing_m,
            "candidates": self.among,
            "possible": self.possible,
            "demand": self.demand.source.name,
        }

    def shortfall(self, problem: Problem, share: float, everybody: int) -> str:
        """Say how far all the candidates together go."""
        most = (self.covered + int(problem.upper_bounds.sum())) / everybody
        reach = self.reach
        each = reach.metres_per_minute
        limit = f"{reach.limit_m:g} m" if each is None else f"{reach.limit_m / each:g} minutes"
        spaced_out = f" {self.spacing_m:g} m apart" if self.spacing_m else ""
        return (
            f"these candidates{spaced_out} were not found to bring {share:.1%} of the people "
            f"within {limit}; all of them together reach {most:.1%}"
        )


def _exchange_on_grid(
    instance: CoveringInstance, problem: Problem, solution: Solution, effort: Effort
) -> tuple[CoveringInstance, Problem, Solution]:
    """Exchange sites for any cell of the grid while that helps, those not listed for the bound included."""
    few = instance.shortlist and instance.shortlist.exchanged(solution.chosen, effort.remaining_seconds(0.95, "swap"))
    if not few or few.start is None:
        return instance, problem, solution
    wider = replace(instance, candidates=few.candidates, shortlist=few)
    again = wider.location_problem(effort.remaining_seconds(0.95, "pairs"))
    value = again.value(few.start)
    if value <= solution.value:
        return instance, problem, solution
    order = greedy(again, len(few.start), among=few.start)
    return wider, again, Solution(order, value, max(solution.bound, value))


def reached_stations(supply: Supply, reach: Reach, possible: bool) -> NearestStations | None:
    """Return the existing stations that count as a reach measures them, None when none does."""
    flags = supply.possible if possible else supply.confirmed
    certainty: Certainty = "possible" if possible else "confirmed"
    return reach.stations(supply.lons[flags], supply.lats[flags], certainty=certainty) if flags.any() else None


def counted_stations(supply: Supply, possible: bool) -> PointIndex | None:
    """Return the existing stations that count, None when none does."""
    flags = supply.possible if possible else supply.confirmed
    return PointIndex(supply.lons[flags], supply.lats[flags]) if flags.any() else None


@overload
def spaced(candidates: Candidates, supply: Supply, spacing_m: float) -> Candidates: ...


@overload
def spaced(candidates: Candidates | EveryCell, supply: Supply, spacing_m: float) -> Candidates | EveryCell: ...


def spaced(candidates: Candidates | EveryCell, supply: Supply, spacing_m: float) -> Candidates | EveryCell:
    """Return the candidates at least `spacing_m`, straight, from every station that may count."""
    if not 0 <= spacing_m <= 100_000:
        raise InvalidAuditError(f"a spacing is 0 to 100,000 m, not {spacing_m:g} m")
    existing = counted_stations(supply, possible=True)
    if not spacing_m or existing is None:
        return candidates
    if isinstance(candidates, EveryCell):
        return candidates.spaced(existing, spacing_m)
    apart = nearest_m(candidates.lons, candidates.lats, existing)[:, 0] >= spacing_m
    return candidates.chosen(apart, f"every candidate is less than {spacing_m:g} m from an existing station")


def checked_sites(n: int) -> int:
    """Return a number of sites. Raises InvalidAuditError unless it is 1 to MAX_SITES."""
    if not 1 <= n <= MAX_SITES:
        raise InvalidAuditError(f"1 to {MAX_SITES:,} sites can be proposed, not {n:,}")
    return n


def ranked_sites(candidates: Candidates, order: IntArray, values: list[int], before: int) -> tuple[Site, ...]:
    """Return candidates, rows (k,) in order, as sites with the number of people that each adds.

    `values` are running totals beyond `before`, both thousandths of people.
    """
    lower = [0, *values]
    return tuple(
        Site(
            rank + 1, candidates.ids[row], float(candidates.lons[row]), float(candidates.lats[row]),
            candidates.districts[row],
            (values[rank] - lower[rank]) / THOUSANDTHS, (before + values[rank]) / THOUSANDTHS,
        )
        for rank, row in enumerate(order.tolist())
    )  # fmt: skip
