"""How good any choice could be: an upper bound by Lagrangian relaxation, in whole numbers and so beyond doubt.

Paying u_i >= 0 for row i at most once leaves, for any u, value(S) <= sum u_i + sum over j in S of r_j(u) with
r_j(u) = sum over rows of max(w_ij - u_i, 0); the n largest r_j bound every choice of n (Cornuejols, Fisher and
Nemhauser 1977). Of candidates that exclude each other only the best can be among them. The u that makes the bound
small is sought by subgradients with Polyak's step (Held, Wolfe and Crowder, Mathematical Programming 6, 1974), then by
the linear program, in floating point; the bound itself is taken at whole u over all candidates, so that it holds
whatever those two got wrong. Of candidates left out of a problem it takes all that they could be worth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stationmap.audit.siting.solvers.location_problem import BoolArray, IntArray, Problem
from stationmap.audit.siting.solvers.milp import is_easy, solve_milp
from stationmap.geo.geodesy import Floats

STEPS = 60
PATIENCE = 15  # steps without a better bound before the step is halved
MIN_STEP = 0.01
ROUNDS = 8  # of pricing
COLUMNS_A_SITE, MIN_COLUMNS = 4, 200
MANY_STEPS = 600
CLOSE = 1e-6  # less is no improvement


class Multipliers(NamedTuple):
    """The best u found, whole numbers, with the bounds it gives."""

    rows: IntArray
    reduced: IntArray
    """r_j(u) by candidate."""
    bounds: IntArray
    """Bounds for a choice of 0, 1, 2, ... candidates."""

    def at(self, n: int) -> int:
        return int(self.bounds[min(n, len(self.bounds) - 1)])


def find_multipliers(
    problem: Problem,
    n: int,
    known: int,
    *,
    start: IntArray | None = None,
    steps: int = STEPS,
    is_time_up: Callable[[], bool] = lambda: False,
) -> Multipliers:
    """Seek multipliers u, shape (rows,), that prove a low upper bound on the value of any choice of `n`.

    The search stops when the bound meets `known`, the value of a choice at hand. `start` are whole multipliers to begin
    with, shape (rows,). Source: Held, Wolfe & Crowder, Validation of subgradient optimization, Mathematical Programming
    6 (1974) 62-88.
    """
    n = min(n, problem.candidates)
    prices = _Prices(problem)
    best = evaluate(problem, np.zeros(problem.size, dtype=np.int64) if start is None else start)
    u, slope = best.rows.astype(np.float64), np.zeros(problem.size)
    step, waited = 1.0, 0
    for _ in range(steps):
        reduced = prices.reduced(u)
        # Those left out compete with what they could at most be worth, and buy nothing.
        everybody = np.concatenate([reduced, problem.others])
        top = _top(problem, everybody, n)
        bound = u.sum() + everybody[top].sum()
        top = top[top < problem.candidates]
        waited += 1
        if bound < best.at(n):
            latest = evaluate(problem, np.floor(u).astype(np.int64))
            waited = 0 if latest.at(n) < best.at(n) * (1 - CLOSE) else waited
            best = min(best, latest, key=lambda each: each.at(n))
        if best.at(n) <= known or step < MIN_STEP or is_time_up():
            break
        if waited >= PATIENCE:
            step, waited, u = step / 2, 0, best.rows.astype(np.float64)
            slope[:] = 0
            continue
        # A part of the last direction damps the zigzag (Crowder, in Combinatorial Optimization, 1979).
        slope = 0.7 * (1.0 - prices.times_bought(top)) + 0.3 * slope
        length = float(slope @ slope)
        if not length:
            break
        u = np.maximum(u - step * (bound - known) / length * slope, 0)
    return best


def refine(
    problem: Problem, n: int, known: int, found: Multipliers, chosen: IntArray, *, seconds_left: Callable[[], float]
) -> Multipliers:
    """Improve multipliers by solving the linear program of a few candidates and pricing all the others by it.

    `chosen` is the choice at hand, shape (k,). Candidates are added until pricing finds none that is missing. The
    result is a valid bound also when time runs out. Source: Gilmore & Gomory, A linear programming approach to the
    cutting-stock problem, Operations Research 9 (1961) 849-859.
    """
    listed = np.zeros(problem.candidates, dtype=bool)
    listed[chosen] = True
    best = latest = found
    for _ in range(ROUNDS):
        ranked = np.argsort(-latest.reduced, kind="stable")[: max(COLUMNS_A_SITE * n, MIN_COLUMNS)]
        if listed[ranked].all() or seconds_left() <= 0:
            break
        listed[ranked] = True
        part, rows = problem.of_candidates(listed), np.unique(problem.rows[listed[problem.owners]])
        u = np.zeros(problem.size, dtype=np.int64)
        u[rows], least = _of_few(part, n, known, best.rows[rows], seconds_left)
        latest = evaluate(problem, u)
        best = min(best, latest, key=lambda each: each.at(n))
        if best.at(n) <= max(least * (1 + CLOSE) + problem.size, known):
            break
    return best


def _of_few(
    part: Problem, n: int, known: int, start: IntArray, seconds_left: Callable[[], float]
) -> tuple[IntArray, float]:
    """Return multipliers of a small problem, by the linear program where that is fast, and the bound they give it."""
    if is_easy(part):
        relaxed = solve_milp(part, n, whole=False, seconds=seconds_left(), check=seconds_left)
        if relaxed.proved:
            return relaxed.multipliers, relaxed.bound
    found = find_multipliers(part, n, known, start=start, steps=MANY_STEPS, is_time_up=lambda: seconds_left() <= 0)
    return found.rows, found.at(n)


def evaluate(problem: Problem, rows: IntArray) -> Multipliers:
    """Return the bounds that whole multipliers of the rows, shape (rows,), each at least 0, prove.

    The bound of n candidates is sum_i u_i plus the n largest r_j(u). Source: Cornuejols, Fisher & Nemhauser, Location
    of bank accounts to optimize float, Management Science 23 (1977) 789-810.
    """
    reduced = problem.summed(np.maximum(problem.values - rows[problem.rows], 0))
    ranked = _best_of_cliques(problem, reduced)
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ranked)]) + int(rows.sum())
    ceiling = problem.ceiling
    return Multipliers(rows, reduced, bounds if ceiling is None else np.minimum(bounds, ceiling))


def worth_keeping(problem: Problem, found: Multipliers, n: int, known: int) -> BoolArray:
    """Tell which candidates may be part of a choice worth more than `known`, shape (candidates,).

    A choice with j is worth at most sum u + r_j(u) + the n - 1 largest of the others.
    """
    ranked = _best_of_cliques(problem, found.reduced)
    with_j = int(found.rows.sum()) + int(ranked[: n - 1].sum()) + found.reduced
    return np.asarray(with_j > known)


def are_others_ruled_out(problem: Problem, found: Multipliers, n: int, known: int) -> bool:
    """Tell whether no choice with a candidate that was left out can be worth more than `known`."""
    if not len(problem.others):
        return True
    ranked = _best_of_cliques(problem, found.reduced)
    return int(found.rows.sum()) + int(ranked[: n - 1].sum()) + int(problem.others.max()) <= known


def _best_of_cliques(problem: Problem, reduced: IntArray) -> IntArray:
    """Return the largest r_j of each clique, and the most the others may have, the largest first."""
    if problem.conflicts:
        most = np.zeros(int(problem.conflicts.cliques.max()) + 1, dtype=np.int64)
        np.maximum.at(most, problem.conflicts.cliques, reduced)
        reduced = most
    return np.sort(np.concatenate([reduced, problem.others]))[::-1]


class _Prices:
    """What rows pay candidates beyond u, worked out again and again in the same room."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._values = problem.values.astype(np.float64)
        self._left = np.empty(len(self._values))
        self._serving = np.flatnonzero(np.diff(problem.starts))
        self._firsts = problem.starts[self._serving]

    def reduced(self, u: Floats) -> Floats:
        """Return r_j(u), shape (candidates,), in floating point."""
        found, left = np.zeros(self.problem.candidates), self._left
        if len(self._firsts):
            np.take(u, self.problem.rows, out=left, mode="clip")  # rows are within bounds: without looking again
            np.subtract(self._values, left, out=left)
            np.maximum(left, 0, out=left)
            found[self._serving] = np.add.reduceat(left, self._firsts)
        return found

    def times_bought(self, top: IntArray) -> Floats:
        """Return how many of some candidates, shape (k,), sell to each row at the u last looked at, shape (rows,)."""
        rows, starts = self.problem.rows, self.problem.starts
        parts = [slice(starts[at], starts[at + 1]) for at in top]
        sold = [rows[part][self._left[part] > 0] for part in parts]
        return np.bincount(np.concatenate([*sold, rows[:0]]), minlength=self.problem.size).astype(np.float64)


def _top(problem: Problem, reduced: Floats, n: int) -> IntArray:
    order = np.argsort(-reduced, kind="stable")
    if problem.conflicts:
        others = problem.conflicts.cliques.max() + 1 + np.arange(len(problem.others))
        _, first = np.unique(np.concatenate([problem.conflicts.cliques, others])[order], return_index=True)
        order = order[np.sort(first)]
    return order[:n]
