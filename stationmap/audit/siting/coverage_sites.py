"""Sites that bring most people within reach, and the fewest that bring enough of them.

Maximum coverage: Church and ReVelle, Papers of the Regional Science Association 32 (1974). Set cover, here of a share
of the people: Toregas, Swain, ReVelle and Bergman, Operations Research 19 (1971).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np

from stationmap.audit.demand import THOUSANDTHS, Demand
from stationmap.audit.reach import checked_radius, nearest_m
from stationmap.audit.siting.candidates import Candidates
from stationmap.audit.siting.nearness import closer_than, near
from stationmap.audit.siting.problem import Flags, Problem, Whole, problem
from stationmap.audit.siting.program import Look
from stationmap.audit.siting.proposal import Proposal, Site, gap_between
from stationmap.audit.siting.solution import Effort, Progress, chosen, fewest, ordered_worths, silent
from stationmap.audit.supply import Supply
from stationmap.cloud import Cloud
from stationmap.errors import InvalidAuditError

SECONDS = 30.0
MOST_SITES = 10_000


def max_coverage(
    demand: Demand, supply: Supply, candidates: Candidates, n: int, radius_m: float,
    *, spacing_m: float = 0, possible: bool = False,
    seed: int = 0, seconds: float = SECONDS, progress: Progress = silent,
) -> Proposal:  # fmt: skip
    """Propose at most `n` sites that bring most people within `radius_m` of a station.

    Existing stations stay: the sure ones, or with `possible` those that may count. Sites keep `spacing_m` from each
    other and from existing stations. Fewer than n are proposed where no further one would add anybody.
    Raises InvalidAuditError for a number or a distance that cannot be meant.
    """
    effort, question = (
        Effort(seconds, seed, progress),
        Question.of(demand, supply, candidates, radius_m, spacing_m, possible),
    )
    asked = checked_sites(n)
    progress(0.0, "pairs")
    stated = question.stated(effort.left_at(0.1, "pairs"))
    solution = chosen(stated, min(asked, len(question.candidates)), effort)
    value, bound = (question.covered + each for each in (solution.value, solution.bound))
    sites = question.sites(stated, solution.chosen)
    progress(1.0, "done")
    return Proposal(
        "max_coverage", "people", sites, question.covered / THOUSANDTHS, value / THOUSANDTHS, bound / THOUSANDTHS,
        gap_between(solution.value, solution.bound, solution.value), solution.proved, seed, effort.elapsed(),
        question.curve(sites), {"n": n, **question.parameters()},
    )  # fmt: skip


def set_cover(
    demand: Demand, supply: Supply, candidates: Candidates, share: float, radius_m: float,
    *, spacing_m: float = 0, possible: bool = False,
    seed: int = 0, seconds: float = SECONDS, progress: Progress = silent,
) -> Proposal:  # fmt: skip
    """Propose the fewest sites that bring a `share` of the people, above 0 and at most 1, within `radius_m`.

    Raises InvalidAuditError when the candidates cannot reach it, and then says how far they go.
    """
    if not 0 < share <= 1:
        raise InvalidAuditError(f"a share of the people is above 0 and at most 1, not {share:g}")
    effort, question = (
        Effort(seconds, seed, progress),
        Question.of(demand, supply, candidates, radius_m, spacing_m, possible),
    )
    progress(0.0, "pairs")
    stated = question.stated(effort.left_at(0.1, "pairs"))
    everybody = int(demand.people.sum())
    need = ceil(round(share * everybody, 6)) - question.covered
    picked, least = (np.empty(0, dtype=np.int64), 0) if need <= 0 else fewest(stated, need, effort)
    if need > 0 and not len(picked):
        raise InvalidAuditError(question.shortfall(stated, share, everybody))
    sites = question.sites(stated, picked)
    progress(1.0, "done")
    return Proposal(
        "set_cover", "sites", sites, 0, len(sites), least, gap_between(len(sites), least, len(sites)),
        len(sites) == least, seed, effort.elapsed(), question.curve(sites), {"share": share, **question.parameters()},
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Question:
    """Who is out of reach of the existing stations, and the candidates that keep their distance from them."""

    demand: Demand
    candidates: Candidates
    in_reach: Flags
    radius_m: float
    spacing_m: float
    possible: bool

    @classmethod
    def of(
        cls, demand: Demand, supply: Supply, candidates: Candidates, radius_m: float, spacing_m: float, possible: bool
    ) -> Question:
        """Look at what exists. Raises InvalidAuditError when no candidate keeps the spacing."""
        counted = counted_stations(supply, possible)
        in_reach = np.zeros(len(demand), dtype=bool)
        if counted is not None:
            in_reach = nearest_m(demand.lons, demand.lats, counted)[:, 0] <= checked_radius(radius_m)
        left = spaced(candidates, supply, spacing_m)
        return cls(demand, left, in_reach, checked_radius(radius_m), spacing_m, possible)

    @property
    def covered(self) -> int:
        return int(self.demand.people[self.in_reach].sum())

    def stated(self, look: Look) -> Problem:
        """Return the problem: rows are the people out of reach, and each candidate near them is worth them all."""
        rows = np.flatnonzero(~self.in_reach & (self.demand.people > 0))
        lons, lats, weights = self.demand.lons[rows], self.demand.lats[rows], self.demand.people[rows]
        reaches_m = np.full(len(rows), self.radius_m)
        pairs = near(lons, lats, reaches_m, self.candidates.lons, self.candidates.lats, look=look)
        conflicts = closer_than(self.spacing_m, self.candidates.lons, self.candidates.lats)
        ones = np.ones(len(pairs.places), dtype=np.int64)
        return problem(pairs.places, pairs.stations, ones, weights, len(self.candidates), conflicts)

    def sites(self, stated: Problem, order: Whole) -> tuple[Site, ...]:
        return ranked_sites(self.candidates, order, ordered_worths(stated, order), self.covered)

    def curve(self, sites: tuple[Site, ...]) -> tuple[tuple[int, float], ...]:
        return (0, self.covered / THOUSANDTHS), *((site.rank, site.people_in_all) for site in sites)

    def parameters(self) -> Mapping[str, float | int | str | bool]:
        return {
            "radius_m": self.radius_m,
            "spacing_m": self.spacing_m,
            "candidates": len(self.candidates),
            "possible": self.possible,
            "demand": self.demand.source.name,
        }

    def shortfall(self, stated: Problem, share: float, everybody: int) -> str:
        """Say how far all the candidates together go."""
        most = (self.covered + int(stated.most.sum())) / everybody
        spaced_out = f" {self.spacing_m:g} m apart" if self.spacing_m else ""
        return (
            f"these candidates{spaced_out} were not found to bring {share:.1%} of the people "
            f"within {self.radius_m:g} m; all of them together reach {most:.1%}"
        )


def counted_stations(supply: Supply, possible: bool) -> Cloud | None:
    """Return the existing stations that count, None when none does."""
    flags = supply.possible if possible else supply.sure
    return Cloud(supply.lons[flags], supply.lats[flags]) if flags.any() else None


def spaced(candidates: Candidates, supply: Supply, spacing_m: float) -> Candidates:
    """Return the candidates at least `spacing_m` from every station that may count."""
    if not 0 <= spacing_m <= 100_000:
        raise InvalidAuditError(f"a spacing is 0 to 100,000 m, not {spacing_m:g} m")
    existing = counted_stations(supply, possible=True)
    if not spacing_m or existing is None:
        return candidates
    apart = nearest_m(candidates.lons, candidates.lats, existing)[:, 0] >= spacing_m
    return candidates.chosen(apart, f"every candidate is less than {spacing_m:g} m from an existing station")


def checked_sites(n: int) -> int:
    """Return a number of sites. Raises InvalidAuditError unless it is 1 to MOST_SITES."""
    if not 1 <= n <= MOST_SITES:
        raise InvalidAuditError(f"1 to {MOST_SITES:,} sites can be proposed, not {n:,}")
    return n


def ranked_sites(candidates: Candidates, order: Whole, worths: list[int], before: int) -> tuple[Site, ...]:
    """Return sites with the people (thousandths, running totals `worths` beyond `before`) that each adds."""
    lower = [0, *worths]
    return tuple(
        Site(
            rank + 1, candidates.ids[row], float(candidates.lons[row]), float(candidates.lats[row]),
            candidates.districts[row],
            (worths[rank] - lower[rank]) / THOUSANDTHS, (before + worths[rank]) / THOUSANDTHS,
        )
        for rank, row in enumerate(order.tolist())
    )  # fmt: skip
