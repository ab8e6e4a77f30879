"""A problem as a linear program for HiGHS, and what HiGHS says of it.

Row i reaches its k-th largest worth in part z_ik at most as far as it reaches the (k - 1)-th or a candidate of exactly
that worth is chosen: z_ik <= z_i,k-1 + sum of x_j with w_ij = w_ik, and the value is the sum of (w_ik - w_i,k+1) z_ik
(Elloumi, Journal of Combinatorial Optimization 19, 2010; Garcia, Labbe and Marin, INFORMS Journal on Computing 23,
2011). For maximum coverage, with one worth a row, this is the program of Church and ReVelle (1974).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import highspy
import numpy as np

from stationmap.audit.siting.solvers.highs_run import QuietHighs, run
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem
from stationmap.errors import CancelCheck, never_cancelled
from stationmap.geo.geodesy import Floats

MAX_LEVELS, MAX_VALUES = 40_000, 150_000
HARD_TIMES = 10


class Levels(NamedTuple):
    """The distinct values of all rows, by row, the largest first; arrays of the shape (levels,)."""

    rows: IntArray
    values: IntArray
    steps: IntArray
    """What reaching a level adds to reaching only the next lower one."""
    of_values: IntArray
    """The level of each worth of the problem, shape (values,)."""

    @classmethod
    def of(cls, problem: Problem) -> Levels:
        if not problem.values.size:
            nothing = np.empty(0, dtype=np.int64)
            return cls(nothing, nothing, nothing, nothing)
        order = np.lexsort((-problem.values, problem.rows))
        rows, values = problem.rows[order], problem.values[order]
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])
        of_values = np.empty(len(rows), dtype=np.int64)
        of_values[order] = np.cumsum(new) - 1
        rows, values = rows[new], values[new]
        lower = np.append(np.where(rows[1:] == rows[:-1], values[1:], 0), 0)
        return cls(rows, values, values - lower, of_values)


class MilpResult(NamedTuple):
    """What HiGHS found."""

    chosen: IntArray
    bound: float
    """No choice is worth more, to HiGHS's tolerance of a millionth."""
    multipliers: IntArray
    """What a further candidate is not paid for each row, shape (rows,): the Lagrangian u of `bound`."""
    proved: bool


class Fewest(NamedTuple):
    """What the linear program says of the fewest candidates that are worth enough; arrays have (candidates,)."""

    shares: Floats
    """How much of each candidate it takes, 0 to 1."""
    costs: Floats
    """How many sites more it would take with all of a candidate."""
    multipliers: IntArray
    """What a further candidate is not paid for each row, shape (rows,): the Lagrangian u of its number."""


def is_easy(problem: Problem, times: int = 1) -> bool:
    """Tell whether HiGHS answers in seconds, by the size of the program; or one so many times as large."""
    if len(problem.values) > MAX_VALUES * times:
        return False
    levels = len(Levels.of(problem).rows)
    # Rows of many levels, as at the rims of cells, hang together and take much longer than as many single ones.
    return levels * levels / max(problem.size, 1) <= MAX_LEVELS * times


def solve_milp(
    problem: Problem,
    n: int,
    *,
    whole: bool,
    start: IntArray | None = None,
    goal: int | None = None,
    seconds: float,
    seed: int = 0,
    check: CancelCheck = never_cancelled,
) -> MilpResult:
    """Choose at most `n` candidates, whole ones or (for the duals) fractions, within `seconds`.

    `start` is a choice to begin with, shape (k,); the work ends with a choice worth the `goal`. `check` is called ten
    times a second while HiGHS works; what it raises cancels the work.
    """
    levels = Levels.of(problem)
    scale = float(max(levels.steps.max(initial=1), 1))
    program = _program(problem, levels, scale)
    program.addRow(0, n, problem.candidates, np.arange(problem.candidates, dtype=np.int32), np.ones(problem.candidates))
    _set(program, problem, levels, whole=whole, start=start, seconds=seconds, seed=seed)
    if goal is not None:
        program.setOptionValue("objective_target", goal / scale)
    if not run(program, check):
        return MilpResult(np.empty(0, dtype=np.int64), math.inf, np.zeros(problem.size, dtype=np.int64), proved=False)
    return _found(program, problem, levels, scale, whole=whole)


def relax_fewest(problem: Problem, need: int, *, seconds: float, check: CancelCheck = never_cancelled) -> Fewest | None:
    """Solve the linear program of the fewest candidates worth at least `need`; None where it takes longer.

    By interior points, since exchanging basic variables one by one takes many times as long here; so its answer is true
    to a millionth only, and what follows from it has to hold whatever it got wrong. `check` is called as in
    `solve_milp`.
    """
    levels = Levels.of(problem)
    scale = float(max(levels.steps.max(initial=1), 1))
    program = _program(problem, levels, scale)
    many, sites = len(levels.rows), np.arange(problem.candidates, dtype=np.int32)
    columns = np.arange(problem.candidates, problem.candidates + many, dtype=np.int32)
    program.changeObjectiveSense(highspy.ObjSense.kMinimize)
    program.changeColsCost(problem.candidates, sites, np.ones(problem.candidates))
    program.changeColsCost(many, columns, np.zeros(many))
    program.addRow(need / scale, highspy.kHighsInf, many, columns, levels.steps / scale)
    for option, value in (("solver", "ipm"), ("run_crossover", "off"), ("time_limit", max(seconds, 0.01))):
        program.setOptionValue(option, value)
    if not run(program, check):
        return None
    solution = program.getSolution()
    if program.getModelStatus() != highspy.HighsModelStatus.kOptimal or not solution.dual_valid:
        return None
    duals = np.abs(np.array(solution.row_dual))
    first = np.flatnonzero(np.diff(levels.rows, prepend=-1))
    # The last row says how many sites a worth costs.
    worth = duals[first] / max(float(duals[-1]), 1e-12) * scale
    multipliers = np.maximum(np.floor(levels.values[first] - worth), 0).astype(np.int64)
    sites_of = slice(problem.candidates)
    return Fewest(np.array(solution.col_value[sites_of]), np.array(solution.col_dual[sites_of]), multipliers)


def _set(
    program: highspy.Highs, problem: Problem, levels: Levels,
    *, whole: bool, start: IntArray | None, seconds: float, seed: int,
) -> None:  # fmt: skip
    program.setOptionValue("time_limit", max(seconds, 0.01))
    program.setOptionValue("random_seed", seed)
    program.setOptionValue("mip_rel_gap", 0.0)
    if whole:
        kinds = np.full(problem.candidates, highspy.HighsVarType.kInteger)
        program.changeColsIntegrality(problem.candidates, np.arange(problem.candidates, dtype=np.int32), kinds)
        if start is not None:
            _start(program, problem, levels, start)


def _found(program: highspy.Highs, problem: Problem, levels: Levels, scale: float, *, whole: bool) -> MilpResult:
    info, solution = program.getInfo(), program.getSolution()
    optimal = program.getModelStatus() == highspy.HighsModelStatus.kOptimal
    shares = np.array(solution.col_value[: problem.candidates])
    chosen = np.flatnonzero(shares > 0.5) if solution.value_valid else np.empty(0, dtype=np.int64)
    bound = info.mip_dual_bound if whole else info.objective_function_value
    multipliers = np.zeros(problem.size, dtype=np.int64)
    if solution.dual_valid:
        first = np.flatnonzero(np.diff(levels.rows, prepend=-1))
        duals = np.abs(np.array(solution.row_dual)[first]) * scale
        multipliers = np.maximum(np.floor(levels.values[first] - duals), 0).astype(np.int64)
    return MilpResult(chosen, bound * scale, multipliers, optimal)


def _program(problem: Problem, levels: Levels, scale: float) -> highspy.Highs:
    program = QuietHighs()
    program.setOptionValue("threads", 1)
    many = len(levels.rows)
    costs = np.concatenate([np.zeros(problem.candidates), levels.steps / scale])
    nothing = np.empty(0, dtype=np.int32)
    program.addCols(len(costs), costs, np.zeros(len(costs)), np.ones(len(costs)), 0, nothing, nothing, np.empty(0))
    program.changeObjectiveSense(highspy.ObjSense.kMaximize)
    level = np.arange(many)
    follows = np.flatnonzero(np.diff(levels.rows, prepend=-1) == 0)
    rows = np.concatenate([level, follows, levels.of_values])
    columns = np.concatenate([level + problem.candidates, follows - 1 + problem.candidates, problem.owners])
    values = np.concatenate([np.ones(many), -np.ones(len(follows)), -np.ones(len(problem.owners))])
    _add_rows(program, many, rows, columns, values, 0.0)
    _add_conflicts(program, problem)
    return program


def _add_conflicts(program: highspy.Highs, problem: Problem) -> None:
    """At most one of a clique, and of any two further ones that exclude each other."""
    conflicts = problem.conflicts
    if not conflicts:
        return
    owners = np.repeat(np.arange(problem.candidates), np.diff(conflicts.starts))
    across = (owners < conflicts.others) & (conflicts.cliques[owners] != conflicts.cliques[conflicts.others])
    first, second = owners[across], conflicts.others[across]
    _, clique = np.unique(conflicts.cliques, return_inverse=True)
    cliques = int(clique.max()) + 1
    rows = np.concatenate([clique, np.repeat(np.arange(len(first)), 2) + cliques])
    columns = np.concatenate([np.arange(problem.candidates), np.column_stack([first, second]).ravel()])
    _add_rows(program, cliques + len(first), rows, columns, np.ones(len(rows)), 1.0)


def _add_rows(
    program: highspy.Highs, count: int, rows: IntArray, columns: IntArray, values: Floats, most: float
) -> None:
    if not count:
        return
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(count)).astype(np.int32)
    lows = np.full(count, -highspy.kHighsInf)
    program.addRows(
        count, lows, np.full(count, most), len(rows), starts, columns[order].astype(np.int32), values[order]
    )


def _start(program: highspy.Highs, problem: Problem, levels: Levels, chosen: IntArray) -> None:
    served = problem.served(chosen)
    values = np.zeros(problem.candidates + len(levels.rows))
    values[chosen] = 1
    values[problem.candidates :] = levels.values <= served[levels.rows]
    solution = highspy.HighsSolution()
    solution.col_value = values.tolist()
    program.setSolution(solution)
