"""A good choice quickly: always the candidate that adds most, then exchanges of one for another while they help.

Greedy without conflicts is worth at least 1 - 1/e of the best choice (Nemhauser, Wolsey and Fisher, Mathematical
Programming 14, 1978). What a candidate adds never grows, so that an outdated figure still is a limit, and only the
candidate on top of the heap is looked at again (Minoux 1978). Ties go to the candidate that comes first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from stationmap.audit.siting.solvers.location_problem import IntArray, Problem

MAX_EXACT = 1 << 53  # whole numbers up to here are exact in floating point, which counting adds in
FEW_BINS = 1_000_000  # so many are soon gone through, however few are filled


def greedy(problem: Problem, n: int, *, among: IntArray | None = None) -> IntArray:
    """Return at most `n` candidates, shape (k,), in the order chosen; fewer when no other adds anything.

    With `among`, rows (m,), only these are chosen from. Sources: Nemhauser, Wolsey & Fisher, An analysis of
    approximations for maximizing submodular set functions I, Mathematical Programming 14 (1978) 265-294; Minoux,
    Accelerated greedy algorithms for maximizing submodular set functions, Optimization Techniques (1978) 234-243.
    """
    best = np.zeros(problem.size, dtype=np.int64)
    gains = problem.gains(best)
    pool = np.arange(problem.candidates) if among is None else among
    heap = [(-int(gains[candidate]), int(candidate)) for candidate in pool if gains[candidate] > 0]
    heapq.heapify(heap)
    chosen: list[int] = []
    barred = np.zeros(problem.candidates, dtype=bool)
    while heap and len(chosen) < n:
        outdated, candidate = heap[0]
        if barred[candidate]:
            heapq.heappop(heap)
            continue
        part = slice(problem.starts[candidate], problem.starts[candidate + 1])
        rows, values = problem.rows[part], problem.values[part]
        gain = int(np.maximum(values - best[rows], 0).sum())
        if gain == -outdated:
            heapq.heappop(heap)
            chosen.append(candidate)
            best[rows] = np.maximum(best[rows], values)
            barred[problem.conflicts.of(candidate)] = True
        elif gain:
            heapq.heapreplace(heap, (-gain, candidate))
        else:
            heapq.heappop(heap)
    return np.array(chosen, dtype=np.int64)


def swap(
    problem: Problem, chosen: IntArray, *, rounds: int = 1_000, is_time_up: Callable[[], bool] = lambda: False
) -> IntArray:
    """Exchange one chosen candidate, of shape (k,), for another, the most helpful pair first, until none helps.

    There are at most `rounds` exchanges. The net gain of a pair is gain(in) - loss(out) + extra(in, out), where extra
    is what the entering one preserves of the other's rows; it is not zero only for pairs that share rows. Source:
    Resende & Werneck, On the implementation of a swap-based local search procedure for the p-median problem, ALENEX
    2003.
    """
    now = chosen.copy()
    for _ in range(rounds):
        if not len(now) or is_time_up():
            break
        enters, leaves, profit = _best_exchange(problem, now)
        if profit <= 0:
            break
        now[leaves] = enters
    return now


def _best_exchange(problem: Problem, chosen: IntArray) -> tuple[int, int, int]:
    """Return who enters, the place in `chosen` of who leaves, and what it adds."""
    best, second, holder = _two_best(problem, chosen)
    gains = problem.gains(best)
    held = holder >= 0
    losses = np.zeros(len(chosen), dtype=np.int64)
    np.add.at(losses, holder[held], (best - second)[held])
    clashes, rival = _clashes(problem, chosen)
    gains[chosen] = -1
    options = [_overlapping(problem, chosen, (best, second, holder), gains, losses, (clashes, rival))]
    cheapest = int(losses.argmin())
    leaves = np.where(clashes == 0, cheapest, rival)
    profits = np.where((clashes <= 1) & (gains >= 0), gains - losses[leaves], -1)
    enters = int(profits.argmax())
    options.append((enters, int(leaves[enters]), int(profits[enters])))
    return max(options, key=lambda option: (option[2], -option[0], -option[1]))


def _overlapping(
    problem: Problem,
    chosen: IntArray,
    state: tuple[IntArray, IntArray, IntArray],
    gains: IntArray,
    losses: IntArray,
    clashing: tuple[IntArray, IntArray],
) -> tuple[int, int, int]:
    """Return the best exchange of two that share rows."""
    best, second, holder = (each[problem.rows] for each in state)
    extras = np.minimum(problem.values, best) - second
    shared = np.flatnonzero((extras > 0) & (holder >= 0) & (gains[problem.owners] >= 0))
    if not shared.size:
        return 0, 0, -1
    keys, extra = _sums(problem, problem.owners[shared] * len(chosen) + holder[shared], extras[shared], len(chosen))
    enters, leaves = np.divmod(keys, len(chosen))
    clashes, rival = clashing
    allowed = (clashes[enters] == 0) | ((clashes[enters] == 1) & (rival[enters] == leaves))
    profits = np.where(allowed, gains[enters] - losses[leaves] + extra, -1)
    at = int(profits.argmax())
    return int(enters[at]), int(leaves[at]), int(profits[at])


def _sums(problem: Problem, keys: IntArray, amounts: IntArray, span: int) -> tuple[IntArray, IntArray]:
    """Return which keys, each below candidates times `span`, there are, ascending, and the sums of their amounts."""
    bins = problem.candidates * span
    if bins <= 4 * len(keys) + FEW_BINS and int(problem.upper_bounds.sum()) <= MAX_EXACT:
        sums = np.bincount(keys, amounts, bins)
        found = np.flatnonzero(sums)  # amounts are above 0
        return found, sums[found].astype(np.int64)
    found, where = np.unique(keys, return_inverse=True)
    extra = np.zeros(len(found), dtype=np.int64)
    np.add.at(extra, where, amounts)
    return found, extra


def _two_best(problem: Problem, chosen: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return by row the best worth, the second best, and the place in `chosen` of the best (-1 for none)."""
    best, second = np.zeros(problem.size, dtype=np.int64), np.zeros(problem.size, dtype=np.int64)
    holder = np.full(problem.size, -1, dtype=np.int64)
    for place, candidate in enumerate(chosen):
        part = slice(problem.starts[candidate], problem.starts[candidate + 1])
        rows, values = problem.rows[part], problem.values[part]
        ahead = values > best[rows]
        second[rows] = np.where(ahead, best[rows], np.maximum(second[rows], values))
        best[rows] = np.maximum(best[rows], values)
        holder[rows[ahead]] = place
    return best, second, holder


def _clashes(problem: Problem, chosen: IntArray) -> tuple[IntArray, IntArray]:
    """Return by candidate how many of the chosen exclude it, and the place of one of them."""
    clashes, rival = np.zeros(problem.candidates, dtype=np.int64), np.zeros(problem.candidates, dtype=np.int64)
    for place, candidate in enumerate(chosen):
        others = problem.conflicts.of(int(candidate))
        clashes[others] += 1
        rival[others] = place
    return clashes, rival


def prune(problem: Problem, chosen: IntArray, need: int) -> IntArray:
    """Return a choice, shape (k,), without the candidates, last ones first, that the value `need` does not require."""
    now = chosen
    while len(now):
        best, second, holder = _two_best(problem, now)
        losses = np.zeros(len(now), dtype=np.int64)
        np.add.at(losses, holder[holder >= 0], (best - second)[holder >= 0])
        spare = np.flatnonzero(int(best.sum()) - losses >= need)
        if not spare.size:
            break
        now = np.delete(now, spare[-1])
    return now
