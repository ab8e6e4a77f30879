"""The best choice of n: greedy, exchanges, a bound, and HiGHS where it pays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event
from typing import NamedTuple

import numpy as np

from stationmap.audit.siting.solvers.greedy import greedy, swap
from stationmap.audit.siting.solvers.lagrangian import (
    MANY_STEPS,
    STEPS,
    Multipliers,
    are_others_ruled_out,
    find_multipliers,
    refine,
    worth_keeping,
)
from stationmap.audit.siting.solvers.local_search import iterated_local_search
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem
from stationmap.audit.siting.solvers.milp import HARD_TIMES, is_easy, solve_milp
from stationmap.errors import CancelCheck, EnoughError, ProgressCallback, no_progress

CLOSE_SHARE = 0.005  # of what a choice brings about
FEW_VALUES = 500_000  # of a problem whose bound is sought on all of it
FEW_STEPS = 20  # of a larger one, which few candidates are soon a better part of
LIKELY_A_SITE, LIKELY = 6, 50
SHARE_OF_TIME = 0.5  # of what is left, for an attempt that others may follow


@dataclass(frozen=True)
class Effort:
    """How much time an answer may take, from `started`; every step looks at it, and none begins without any left.

    No time is left either once `progress` raised EnoughError: then the best so far is the answer, with its bound.
    """

    seconds: float
    seed: int = 0
    progress: ProgressCallback = no_progress
    started: float = field(default_factory=time.monotonic)
    _enough: Event = field(default_factory=Event)

    def seconds_left(self) -> float:
        return 0.0 if self._enough.is_set() else self.seconds - self.elapsed()

    def report(self, done: float, phase: str) -> None:
        """Say how far the work is, and hear whether it is enough; what else is raised cancels it."""
        try:
            self.progress(done, phase)
        except EnoughError:
            self._enough.set()

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def remaining_seconds(self, done: float, phase: str) -> Callable[[], float]:
        """Return what tells the seconds left, and says with each question how far the work is: it can be cancelled."""

        def seconds_left() -> float:
            self.report(done, phase)
            return self.seconds_left()

        return seconds_left

    def part(self, share: float) -> Effort:
        """Return the effort of one of several attempts: a share of what is left, progress by the time gone."""

        def report_progress(done: float, phase: str) -> None:  # noqa: ARG001  each attempt counts from 0 again
            self.report(0.2 + 0.75 * min(self.elapsed() / self.seconds, 1.0), phase)

        return replace(self, seconds=self.elapsed() + self.seconds_left() * share, progress=report_progress)


@dataclass(frozen=True, eq=False)
class Solution:
    """A choice in the order of greedy, its worth, what no choice can exceed, and whether the two were shown equal."""

    chosen: IntArray
    value: int
    bound: int

    @property
    def proved(self) -> bool:
        return self.value >= self.bound

    @property
    def is_close(self) -> bool:
        """Tell whether so little is left that no further search is worth its time."""
        return self.bound - self.value <= CLOSE_SHARE * self.value


def solve(
    problem: Problem, n: int, effort: Effort, *, goal: int | None = None, start: IntArray | None = None
) -> Solution:
    """Choose at most `n` candidates, beginning with a `start`, shape (k,), or with the greedy choice.

    With a `goal` the work ends as soon as that value is reached or shown to be out of reach.
    """
    effort.report(0.2, "greedy")
    best = greedy(problem, n) if start is None else start
    seconds_left = effort.remaining_seconds(0.3, "swap")
    best = swap(problem, best, is_time_up=lambda: seconds_left() <= 0)
    value = problem.value(best)
    seconds_left = effort.remaining_seconds(0.4, "bound")
    found = _bounded(problem, n, value, best, seconds_left)
    if found.at(n) > value:
        best, value = _by_prices(problem, n, best, found, effort)
    solution = Solution(best, value, max(found.at(n), value))
    if not _is_settled(solution, goal) and is_easy(problem):
        solution = _exact(problem, n, solution, found, effort, goal)
    if not _is_settled(solution, goal) and not solution.is_close:
        solution, found = _searched(problem, n, solution, found, effort, goal)
    if not _is_settled(solution, goal) and not solution.is_close:
        solution = _exact(problem, n, solution, found, effort, goal, is_last=True)
    effort.report(0.95, "order")
    return replace(solution, chosen=greedy(problem, n, among=solution.chosen))


def _bounded(problem: Problem, n: int, value: int, best: IntArray, seconds_left: Callable[[], float]) -> Multipliers:
    is_large = len(problem.values) > FEW_VALUES
    steps = FEW_STEPS if is_large else STEPS
    found = find_multipliers(problem, n, value, steps=steps, is_time_up=lambda: seconds_left() <= 0)
    if found.at(n) <= value:
        return found
    if is_large or is_easy(problem):
        return refine(problem, n, value, found, best, seconds_left=seconds_left)
    return find_multipliers(
        problem, n, value, start=found.rows, steps=MANY_STEPS, is_time_up=lambda: seconds_left() <= 0
    )


def _by_prices(problem: Problem, n: int, best: IntArray, found: Multipliers, effort: Effort) -> tuple[IntArray, int]:
    """Return the better of a choice, shape (k,), and the dearest candidates by multipliers, exchanged, with its worth.

    Multipliers near the best tell the sites of a good choice better than greedy does (Beasley, Lagrangean heuristics
    for location problems, European Journal of Operational Research 65, 1993). Exchanges are sought among those that may
    be part of a better choice, as many as are likely.
    """
    seconds_left = effort.remaining_seconds(0.45, "swap")
    value = problem.value(best)
    ranked = np.argsort(-found.reduced, kind="stable")
    kept = np.zeros(problem.candidates, dtype=bool)
    kept[ranked[: LIKELY_A_SITE * n + LIKELY]] = True
    part, numbers = problem.of_candidates(kept), np.flatnonzero(kept)
    among = np.searchsorted(numbers, np.sort(ranked[: n if not problem.conflicts else 2 * n]))
    choice = numbers[swap(part, greedy(part, n, among=among), is_time_up=lambda: seconds_left() <= 0)]
    other = problem.value(choice)
    return (choice, other) if other > value else (best, value)


def _searched(
    problem: Problem, n: int, solution: Solution, found: Multipliers, effort: Effort, goal: int | None
) -> tuple[Solution, Multipliers]:
    """Improve a choice by tearing out parts of it, then the bound by what it is worth now."""
    seconds_left, until = effort.remaining_seconds(0.5, "search"), effort.seconds_left() * (1 - SHARE_OF_TIME)

    def is_enough(value: int) -> bool:
        return value >= solution.bound if goal is None else value >= goal or value >= solution.bound

    def is_time_up() -> bool:
        return seconds_left() <= until

    best = iterated_local_search(problem, solution.chosen, n, effort.seed, is_enough=is_enough, is_time_up=is_time_up)
    value = problem.value(best)
    better = _bounded(problem, n, value, best, effort.remaining_seconds(0.6, "bound"))
    found = min(better, found, key=lambda each: each.at(n))
    return Solution(best, value, max(min(solution.bound, found.at(n)), value)), found


def cumulative_values(problem: Problem, order: IntArray) -> list[int]:
    """Return the values of the first candidate, the first two, ... of an order, shape (k,)."""
    return [int(worth) for worth in np.cumsum(_added(problem, order))]


def _added(problem: Problem, order: IntArray) -> list[int]:
    best, added = np.zeros(problem.size, dtype=np.int64), []
    for candidate in order:
        part = slice(problem.starts[candidate], problem.starts[candidate + 1])
        rows = problem.rows[part]
        gains = np.maximum(problem.values[part] - best[rows], 0)
        best[rows] += gains
        added.append(int(gains.sum()))
    return added


def _is_settled(solution: Solution, goal: int | None) -> bool:
    return solution.proved or (goal is not None and (solution.value >= goal or solution.bound < goal))


def _exact(
    problem: Problem, n: int, solution: Solution, found: Multipliers, effort: Effort, goal: int | None,
    *, is_last: bool = False,
) -> Solution:  # fmt: skip
    """Improve a choice by HiGHS, first among the likeliest candidates, then among all that the bound leaves.

    Where it `is_last`, problems are tried that may take HiGHS longer than there is time.
    """
    for few in (True, False):
        kept = worth_keeping(problem, found, n, solution.value)
        is_closed = are_others_ruled_out(problem, found, n, solution.value)
        if not kept.any() and is_closed:
            return replace(solution, bound=solution.value)
        kept[solution.chosen] = True
        if few:
            ranked = np.argsort(-np.where(kept, found.reduced, -1), kind="stable")
            kept[ranked[4 * n + 20 :]] = False
            kept[solution.chosen] = True
        part = problem.of_candidates(kept)
        if effort.seconds_left() <= 0 or not is_easy(part, HARD_TIMES if is_last else 1):
            break
        seconds_left = effort.remaining_seconds(0.65 if few else 0.75, "exact")
        attempt = _Attempt(seconds_left() * (SHARE_OF_TIME if few else 1.0), effort.seed, seconds_left)
        solution = _by_highs(problem, part, n, solution, np.flatnonzero(kept), attempt, is_all=not few and is_closed)
        if _is_settled(solution, goal):
            break
    return solution


class _Attempt(NamedTuple):
    """What HiGHS is given beside the problem."""

    seconds: float
    seed: int
    check: CancelCheck


def _by_highs(
    problem: Problem, part: Problem, n: int, solution: Solution, numbers: IntArray, attempt: _Attempt, *, is_all: bool
) -> Solution:
    start = np.searchsorted(numbers, np.sort(solution.chosen))
    answer = solve_milp(part, n, whole=True, start=start, **attempt._asdict())
    picked = numbers[answer.chosen]
    value = problem.value(picked) if len(picked) <= n and not _is_clashing(problem, picked) else 0
    best = picked if value > solution.value else solution.chosen
    value = max(value, solution.value)
    if not is_all:
        return Solution(best, value, max(solution.bound, value))
    # Who is not among the kept was shown to be in no better choice.
    bound = value if answer.proved else max(value, int(min(answer.bound * (1 + 1e-6) + 1, solution.bound)))
    return Solution(best, value, min(bound, max(solution.bound, value)))


def _is_clashing(problem: Problem, picked: IntArray) -> bool:
    return any(np.isin(problem.conflicts.of(int(candidate)), picked).any() for candidate in picked)
