"""The fewest candidates that are worth enough: by the linear program and its core where that is fast, else by halving.

The linear program of the fewest (Toregas, Swain, ReVelle and Bergman, Operations Research 19, 1971, here of a worth to
be reached) is all but whole: of 10,000 candidates some hundred have a share between none and all. Its duals are taken
at whole numbers (`lagrangian.evaluate`), so that the number they prove is a bound beyond doubt. The candidates it uses,
and those that cost it next to nothing, are a core in which HiGHS soon finds a choice of that number (the core problem:
Balas and Zemel, Operations Research 28, 1980).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from stationmap.audit.siting.solvers.greedy import greedy, prune, swap
from stationmap.audit.siting.solvers.lagrangian import evaluate, find_multipliers, refine
from stationmap.audit.siting.solvers.location_problem import BoolArray, IntArray, Problem
from stationmap.audit.siting.solvers.milp import Fewest, is_easy, relax_fewest, solve_milp
from stationmap.audit.siting.solvers.solver import SHARE_OF_TIME, Effort, cumulative_values, solve

SHARES = (0.3, 0.1, 1e-6)  # of a candidate in the linear program, from which on it is chosen from
COSTS = (1e-4, 0.02)  # in sites: what a candidate of the core may cost the linear program, first and later
RELAXING_SHARE = 0.8  # of the time, for the linear program


class _Range(NamedTuple):
    """A choice that is worth enough, and how many it takes at least."""

    best: IntArray
    least: int


def solve_fewest(problem: Problem, need: int, effort: Effort) -> tuple[IntArray, int]:
    """Return few candidates worth at least `need`, and how many it takes at least; empty when greedy cannot.

    The fewest are the smallest n whose best choice is worth enough; it lies between what a bound rules out and what
    is at hand.
    """
    effort.report(0.2, "greedy")
    best = greedy(problem, problem.candidates)
    if problem.value(best) < need:
        return best[:0], 0
    found = _Range(_enough(problem, best, need), 1)
    if is_easy(problem) and effort.seconds_left() > 0:
        found = _by_core(problem, need, found, effort)
    if found.least >= len(found.best) or effort.seconds_left() <= 0:
        return found.best, min(found.least, len(found.best))
    if found.least == 1:
        found = _Range(found.best, _least(problem, need, found.best, effort))
    return _halved(problem, need, found, effort)


def _enough(problem: Problem, order: IntArray, need: int) -> IntArray:
    """Return as few of an order of candidates, shape (k,), as are worth enough, without those that can be spared."""
    values = np.array([0, *cumulative_values(problem, order)])
    return prune(problem, order[: int(np.searchsorted(values, need))], need)


def _by_core(problem: Problem, need: int, found: _Range, effort: Effort) -> _Range:
    """Narrow the range by the linear program, by choices like its own, and by HiGHS among the core."""
    seconds_left = effort.remaining_seconds(0.3, "bound")
    relaxed = relax_fewest(problem, need, seconds=seconds_left() * RELAXING_SHARE, check=seconds_left)
    if relaxed is None:
        return found
    bounds = evaluate(problem, relaxed.multipliers).bounds
    least = max(int(np.searchsorted(bounds, need)), 1)
    best = found.best
    for rounded in _rounded(problem, need, relaxed, least, effort):
        best = min(best, rounded, key=len)
    for cost in COSTS:
        if least >= len(best) or effort.seconds_left() <= 0:
            break
        core = (relaxed.shares > SHARES[-1]) | (relaxed.costs < cost)
        choice = _of_core(problem, core, best, least, need, effort)
        best = best if choice is None else choice
    return _Range(best, min(least, len(best)))


def _rounded(problem: Problem, need: int, relaxed: Fewest, least: int, effort: Effort) -> Iterator[IntArray]:
    """Yield choices that are worth enough, of candidates that have a share in the linear program."""
    seconds_left = effort.remaining_seconds(0.5, "swap")
    for share in SHARES:
        among = np.flatnonzero(relaxed.shares > share)
        for n in range(least, least + 3):
            if seconds_left() <= 0:
                return
            choice = swap(problem, greedy(problem, n, among=among), is_time_up=lambda: seconds_left() <= 0)
            if problem.value(choice) >= need:
                yield prune(problem, choice, need)
                break


def _of_core(problem: Problem, core: BoolArray, best: IntArray, n: int, need: int, effort: Effort) -> IntArray | None:
    """Return a choice of `n` candidates of the core that is worth enough, None where HiGHS finds none."""
    core = core.copy()
    # Greedy and exchanges within the core are what HiGHS begins with.
    start = swap(problem, greedy(problem, n, among=np.flatnonzero(core)), rounds=20)
    core[start] = True
    numbers, part = np.flatnonzero(core), problem.of_candidates(core)
    seconds_left = effort.remaining_seconds(0.65, "exact")
    answer = solve_milp(
        part, n, whole=True, start=np.searchsorted(numbers, np.sort(start)), goal=need,
        seconds=seconds_left() * SHARE_OF_TIME, seed=effort.seed, check=seconds_left,
    )  # fmt: skip
    choice = numbers[answer.chosen]
    is_kept = not any(np.isin(problem.conflicts.of(int(each)), choice).any() for each in choice)
    enough = len(choice) <= n < len(best) and is_kept and problem.value(choice) >= need
    return prune(problem, choice, need) if enough else None


def _halved(problem: Problem, need: int, found: _Range, effort: Effort) -> tuple[IntArray, int]:
    """Narrow the range by the best choices of numbers in its middle."""
    best, proved, tried = found.best, found.least, found.least
    while tried < len(best) and effort.seconds_left() > 0:
        n = (tried + len(best)) // 2
        solution = solve(problem, n, effort.part(SHARE_OF_TIME), goal=need)
        if solution.value >= need:
            best = prune(problem, solution.chosen, need)
            continue
        if solution.bound < need:
            proved = max(proved, n + 1)
        tried = n + 1
    return best, min(proved, len(best))


def _least(problem: Problem, need: int, best: IntArray, effort: Effort) -> int:
    """Return how many candidates are needed at least, by the multipliers of ever fewer."""
    n, seconds_left = len(best), effort.remaining_seconds(0.2, "bound")
    for _ in range(3):
        if n <= 1:
            break
        found = find_multipliers(problem, n - 1, need - 1, is_time_up=lambda: seconds_left() <= 0)
        if found.at(n - 1) >= need:
            found = refine(problem, n - 1, need - 1, found, best, seconds_left=seconds_left)
        least = int(np.searchsorted(found.bounds, need))
        if least >= n or least == 0:
            return min(least, len(best))
        n = least
    return n
