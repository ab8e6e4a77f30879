"""A good choice made better: some sites are torn out together, chosen anew, and exchanged while that helps, again and
again (iterated local search; Lourenco, Martin and Stützle, Handbook of Metaheuristics, 2003).

What a candidate would add is kept for all of them and changed only where a site comes or goes: a step costs what the
candidates in its reach share with it, not what the whole problem does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stationmap.audit.siting.solvers.location_problem import IntArray, Problem

PATIENCE = 150  # rounds without a better choice
PATIENCE_A_SITE = 4  # and so many more for each site
MAX_TORN_OUT = 4
SHORTLIST = 40  # candidates the first new site is drawn from


class _State(NamedTuple):
    chosen: list[int]
    best: IntArray
    gains: IntArray
    barred: IntArray


class Choice:
    """A choice that changes: what each row is worth now, and what each candidate would add."""

    def __init__(self, problem: Problem, chosen: IntArray) -> None:
        self.problem = problem
        order = np.argsort(problem.rows, kind="stable")
        self._owners, self._values = problem.owners[order], problem.values[order]
        self._starts = np.searchsorted(problem.rows[order], np.arange(problem.size + 1))
        self.chosen = [int(each) for each in chosen]
        self.best = problem.served(chosen)
        self.gains = problem.gains(self.best)
        self.barred = np.zeros(problem.candidates, dtype=np.int64)
        for each in self.chosen:
            self._bar(each, 1)

    @property
    def value(self) -> int:
        return int(self.best.sum())

    def kept(self) -> _State:
        """Return what `restore` takes back."""
        return _State(list(self.chosen), self.best.copy(), self.gains.copy(), self.barred.copy())

    def restore(self, state: _State) -> None:
        self.chosen, self.best, self.gains, self.barred = state

    def add(self, candidate: int) -> None:
        rows, values = self._rows(candidate)
        self._set(rows, np.maximum(self.best[rows], values))
        self.chosen.append(candidate)
        self._bar(candidate, 1)

    def remove(self, candidate: int) -> None:
        self.chosen.remove(candidate)
        self._bar(candidate, -1)
        rows, values = self._rows(candidate)
        rows = rows[values == self.best[rows]]
        at, lengths = self._sharing(rows)
        is_chosen = np.zeros(self.problem.candidates, dtype=bool)
        is_chosen[self.chosen] = True
        values = np.where(is_chosen[self._owners[at]], self._values[at], 0)
        best = np.maximum.reduceat(values, np.cumsum(lengths) - lengths) if len(rows) else rows
        self._set(rows, best)

    def fittest(self) -> int:
        """Return the candidate that adds most, the first of equals; -1 where none adds anything."""
        gains = np.where(self.barred == 0, self.gains, 0)
        at = int(gains.argmax())
        return at if gains[at] > 0 else -1

    def neighbours(self, candidate: int) -> IntArray:
        """Return the candidates that share rows with one, ascending."""
        return np.unique(self._owners[self._sharing(self._rows(candidate)[0])[0]])

    def exchange(self, waiting: list[int]) -> None:
        """Exchange those waiting, and those near a site that changed, for any other candidate while that helps."""
        while waiting:
            candidate = waiting.pop()
            self.remove(candidate)
            loss, rival = int(self.gains[candidate]), self.fittest()
            if rival < 0 or self.gains[rival] <= loss:
                self.add(candidate)
                continue
            self.add(rival)
            near = set(self.neighbours(rival).tolist()) | set(self.neighbours(candidate).tolist())
            waiting += [each for each in self.chosen if each in near and each != rival and each not in waiting]

    def _rows(self, candidate: int) -> tuple[IntArray, IntArray]:
        part = slice(self.problem.starts[candidate], self.problem.starts[candidate + 1])
        return self.problem.rows[part], self.problem.values[part]

    def _sharing(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return where the values of rows stand, row by row, and how many each row has."""
        lengths = self._starts[rows + 1] - self._starts[rows]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return np.arange(total) + np.repeat(self._starts[rows] - ends + lengths, lengths), lengths

    def _set(self, rows: IntArray, best: IntArray) -> None:
        changed = best != self.best[rows]
        rows, best = rows[changed], best[changed]
        at, lengths = self._sharing(rows)
        values = self._values[at]
        before, after = (np.maximum(values - np.repeat(each, lengths), 0) for each in (self.best[rows], best))
        np.add.at(self.gains, self._owners[at], after - before)
        self.best[rows] = best

    def _bar(self, candidate: int, by: int) -> None:
        self.barred[candidate] += by
        self.barred[self.problem.conflicts.of(candidate)] += by


def iterated_local_search(
    problem: Problem,
    chosen: IntArray,
    n: int,
    seed: int,
    *,
    is_enough: Callable[[int], bool],
    is_time_up: Callable[[], bool],
) -> IntArray:
    """Return a choice of at most `n` candidates, shape (k,), whose value is no less than that of the given one.

    It ends when `is_enough` accepts a value, when no better one was found for long, or when time is up; except for the
    latter the same seed gives the same result. Source: Lourenço, Martin & Stützle, Iterated local search, in Handbook
    of Metaheuristics (2003).
    """
    rng, now = np.random.default_rng(seed), Choice(problem, chosen)
    value, waited = now.value, 0
    patience = PATIENCE + PATIENCE_A_SITE * len(now.chosen)
    while now.chosen and waited < patience and not is_enough(value) and not is_time_up():
        before = now.kept()
        _shake(now, n, rng)
        waited += 1
        if now.value < value:
            now.restore(before)
        elif now.value > value:
            value, waited = now.value, 0
    return np.array(now.chosen, dtype=np.int64)


def _shake(now: Choice, n: int, rng: np.random.Generator) -> None:
    """Tear out a site and some of its neighbours, choose others, the first by chance, and let them settle."""
    first = now.chosen[int(rng.integers(len(now.chosen)))]
    around = set(now.neighbours(first).tolist())
    near = [each for each in now.chosen if each in around and each != first] or [
        each for each in now.chosen if each != first
    ]
    count = min(int(rng.integers(0, MAX_TORN_OUT)), len(near))
    torn = [first, *(near[at] for at in rng.permutation(len(near))[:count].tolist())]
    for each in torn:
        now.remove(each)
    gains = np.where(now.barred == 0, now.gains, 0)
    likely = np.argsort(-gains, kind="stable")[:SHORTLIST]
    likely = likely[gains[likely] > 0]
    if rng.random() < 0.5:  # as often beside those torn out as anywhere
        beside = np.array(sorted(each for each in around if gains[each] > 0), dtype=np.int64)
        likely = beside if len(beside) else likely
    if len(likely):
        now.add(int(likely[int(rng.integers(len(likely)))]))
    while len(now.chosen) < n and (fittest := now.fittest()) >= 0:
        now.add(fittest)
    now.exchange([each for each in now.chosen if each in around or each not in torn][-2 * MAX_TORN_OUT :])
