"""Sites that shorten the way to the nearest station most: the p-median problem (Hakimi, Operations Research 12, 1964).

Distances are whole metres, as the audit counts them, so that the way without the sites is the mean way of coverage.
Only where there is no station at all, and nothing to compare with, everybody counts as being CAP_M away, or as far as
whoever asks says.
"""

from __future__ import annotations

import numpy as np

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.reach import PER_MINUTE, Reach, StraightReach, nearest_m
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.within_radius import checked_radius
from stationmap.audit.siting.candidates import Candidates
from stationmap.audit.siting.covering import checked_sites, reached_stations, spaced
from stationmap.audit.siting.proposal import Proposal, Site, gap_between
from stationmap.audit.siting.solvers.candidate_pairs import closer_than, near
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem, build_problem
from stationmap.audit.siting.solvers.solver import Effort, cumulative_values, solve
from stationmap.defaults import RADIUS_M, SEED, SITING_S, SPACING_M
from stationmap.errors import CancelCheck, InvalidAuditError, ProgressCallback, no_progress

CAP_M = 10_000.0
STRAIGHT = StraightReach(RADIUS_M)


def p_median(
    demand: Demand, supply: Supply, candidates: Candidates, n: int,
    *, reach: Reach = STRAIGHT, cap_m: float | None = None, spacing_m: float = SPACING_M, possible: bool = False,
    seed: int = SEED, seconds: float = SITING_S, progress: ProgressCallback = no_progress,
) -> Proposal:  # fmt: skip
    """Propose at most `n` sites that make the mean distance to the nearest station least.

    A `reach` tells along what metres are measured; its limit has no part in it.

    With a `cap_m`, people further away count as being that far; the parameters record it.

    In its sites `people_added` are those for whom the way gets shorter, `people_in_all` the running total of people
    who have a shorter way than before. Raises InvalidAuditError for a number or a distance that cannot be meant.
    """
    effort, max_sites = Effort(seconds, seed, progress), checked_sites(n)
    effort.report(0.0, "pairs")
    left = spaced(candidates, supply, spacing_m)
    base = base_m(demand, supply, cap_m and checked_radius(cap_m), possible, reach)
    demand, base = demand.chosen(base >= 0), base[base >= 0]
    if not demand.people.any():
        raise InvalidAuditError("of nobody is a way to a station known")
    if cap_m is None and reached_stations(supply, reach, possible) is None:
        cap_m = CAP_M
    problem = _location_problem(demand, left, base, spacing_m, reach, effort.remaining_seconds(0.1, "pairs"))
    solution = solve(problem, min(max_sites, len(left)), effort)
    people, whole = int(demand.people.sum()), sum(map(int.__mul__, demand.people.tolist(), base.tolist()))
    each, sites = reach.metres_per_minute, _sites(demand, left, base, solution.chosen, reach)
    totals = [whole - saved for saved in (0, *cumulative_values(problem, solution.chosen), solution.bound)]
    *means, bound = (total / people / (each or 1) for total in totals)
    effort.report(1.0, "done")
    return Proposal(
        "p_median", "metres" if each is None else "minutes", sites,
        means[0], means[-1], bound, gap_between(solution.value, solution.bound, solution.value),
        solution.proved, seed, effort.elapsed(), tuple(enumerate(means)),
        {
            "n": n, "spacing_m": spacing_m, "candidates": len(left), "possible": possible,
            "demand": demand.source.name, **({} if cap_m is None else {"cap_m": cap_m}),
            **({} if each is None else {PER_MINUTE: each}),
        },
    )  # fmt: skip


def base_m(demand: Demand, supply: Supply, cap_m: float | None, possible: bool, reach: Reach = STRAIGHT) -> IntArray:
    """Return whole metres from each place to its nearest existing station, at most the cap if there is one.

    -1 where no way is known.
    """
    counted = reached_stations(supply, reach, possible)
    if counted is None:
        return np.full(len(demand), int(cap_m or CAP_M), dtype=np.int64)
    metres = nearest_m(demand.lons, demand.lats, counted, workers=-1)[:, 0]
    known = np.isfinite(metres)
    metres = metres if cap_m is None else np.minimum(metres, int(cap_m))
    return np.where(known, np.rint(np.where(known, metres, 0)), -1).astype(np.int64)


def _location_problem(
    demand: Demand, candidates: Candidates, base: IntArray, spacing_m: float, reach: Reach, check: CancelCheck
) -> Problem:
    pairs = near(
        demand.lons,
        demand.lats,
        base.astype(np.float64),
        candidates.lons,
        candidates.lats,
        reach=reach,
        check=check,
    )
    savings = base[pairs.places] - np.rint(pairs.metres).astype(np.int64)
    most = sum(map(int.__mul__, demand.people.tolist(), base.tolist()))
    if most >= 1 << 62:
        raise InvalidAuditError("people times metres are too many to add up exactly: take a smaller cap")
    conflicts = closer_than(spacing_m, candidates.lons, candidates.lats)
    return build_problem(pairs.places, pairs.stations, savings, demand.people, len(candidates), conflicts)


def _sites(demand: Demand, candidates: Candidates, base: IntArray, order: IntArray, reach: Reach) -> tuple[Site, ...]:
    nearest, sites, ever = base.copy(), [], np.zeros(len(demand), dtype=bool)
    there = candidates.lons[order], candidates.lats[order]
    pairs = near(demand.lons, demand.lats, base.astype(np.float64), *there, reach=reach)
    by_site = np.argsort(pairs.stations, kind="stable")
    ends = np.searchsorted(pairs.stations[by_site], np.arange(1, len(order)))
    for rank, (row, at) in enumerate(zip(order.tolist(), np.split(by_site, ends), strict=True)):
        places, metres = pairs.places[at], np.rint(pairs.metres[at]).astype(np.int64)
        closer = places[metres < nearest[places]]
        nearest[places] = np.minimum(nearest[places], metres)
        ever[closer] = True
        added, in_all = (int(demand.people[rows].sum()) / 1000 for rows in (closer, ever))
        place = candidates.ids[row], float(candidates.lons[row]), float(candidates.lats[row]), candidates.districts[row]
        sites.append(Site(rank + 1, *place, added, in_all))
    return tuple(sites)
