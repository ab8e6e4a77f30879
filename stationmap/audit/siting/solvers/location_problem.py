"""What every question of siting comes down to: choose n candidates so that the rows they serve are worth most.

A row is a group of people (in coverage), people at a distance (in p-median) or at an hour (in longer hours). Candidate
j makes row i worth a whole number w_ij > 0, and a choice S is worth the sum over rows of max(w_ij for j in S): the
uncapacitated location problem of Cornuejols, Fisher and Nemhauser (Management Science 23, 1977), a submodular function
of S. Maximum coverage has one worth a row, its people; p-median has people times the metres a candidate saves them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_MIX = 0x9E3779B97F4A7C15  # the odd constant of Fibonacci hashing


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Candidates that may not both be chosen, by candidate: `others[starts[j]:starts[j + 1]]`, without j itself."""

    starts: IntArray
    others: IntArray
    cliques: IntArray
    """A number per candidate, shape (candidates,): any two with the same number exclude each other."""

    @classmethod
    def none(cls, candidates: int) -> Conflicts:
        return cls(np.zeros(candidates + 1, dtype=np.int64), np.empty(0, dtype=np.int64), np.arange(candidates))

    def of(self, candidate: int) -> IntArray:
        return self.others[self.starts[candidate] : self.starts[candidate + 1]]

    def __bool__(self) -> bool:
        return bool(self.others.size)


@dataclass(frozen=True, eq=False)
class Problem:
    """Worths by candidate: candidate j serves `rows[starts[j]:starts[j + 1]]`, ascending, worth `values[...]` each."""

    starts: IntArray
    rows: IntArray
    values: IntArray
    size: int
    """How many rows there are."""
    conflicts: Conflicts
    others: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """What each of those left out of `candidates`, were it chosen first, would at most be worth; the largest first.
    They are never chosen, but no bound holds without them."""
    in_all: int | None = None
    """What everything together is worth, those left out included; None where that is not known."""

    @property
    def candidates(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def owners(self) -> IntArray:
        """The candidate of each worth."""
        return np.repeat(np.arange(self.candidates), np.diff(self.starts))

    @property
    def ceiling(self) -> int | None:
        """What no choice is worth more than, however many are chosen; None where that is not known."""
        return self.in_all if self.others.size else int(self.upper_bounds.sum())

    @cached_property
    def upper_bounds(self) -> IntArray:
        """What each row is worth if everything is chosen, shape (rows,)."""
        bounds = np.zeros(self.size, dtype=np.int64)
        np.maximum.at(bounds, self.rows, self.values)
        return bounds

    def served(self, chosen: IntArray) -> IntArray:
        """Return the value of each row, shape (rows,), for a choice of candidates, shape (k,)."""
        best = np.zeros(self.size, dtype=np.int64)
        for candidate in chosen:
            part = slice(self.starts[candidate], self.starts[candidate + 1])
            rows = self.rows[part]
            best[rows] = np.maximum(best[rows], self.values[part])
        return best

    def value(self, chosen: IntArray) -> int:
        """Return the value of a choice of candidates, shape (k,): the sum over the rows of their best."""
        return int(self.served(chosen).sum())

    def gains(self, best: IntArray) -> IntArray:
        """Return what each candidate, shape (candidates,), would add to rows of the value `best`, shape (rows,)."""
        return self.summed(np.maximum(self.values - best[self.rows], 0))

    def summed(self, amounts: IntArray) -> IntArray:
        """Return the sums, shape (candidates,), over each candidate's rows of `amounts`, shape (values,)."""
        running = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(amounts)])
        return np.asarray(running[self.starts[1:]] - running[self.starts[:-1]])

    def of_candidates(self, kept: BoolArray) -> Problem:
        """Return the problem of the flagged candidates, shape (candidates,), renumbered.

        It is without the rows and the conflicts of the others.
        """
        inside = kept[self.owners]
        rows, renumbered = np.unique(self.rows[inside], return_inverse=True)
        counts = np.diff(self.starts)[kept]
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
        return Problem(starts, renumbered, self.values[inside], len(rows), _conflicts_of(self.conflicts, kept))


def build_problem(
    rows: IntArray,
    candidates: IntArray,
    savings: IntArray,
    weights: IntArray,
    count: int,
    conflicts: Conflicts | None = None,
) -> Problem:
    """Return the problem of `count` candidates; rows with the same savings from the same candidates become one.

    `rows`, `candidates` and `savings` have the shape (n,), sorted by row, then candidate; `weights` are the people of
    each row, thousandths of shape (rows,). The merged rows are numbered in an order of their own, so that the order of
    the given rows makes no difference.
    """
    wanted = (savings > 0) & (weights[rows] > 0)
    rows, candidates, savings = rows[wanted], candidates[wanted], savings[wanted]
    firsts, group_of, groups = _alike(rows, candidates, savings)
    total = np.bincount(group_of, minlength=groups) * 0
    np.add.at(total, group_of, weights[rows[firsts]])
    lengths = np.diff(np.append(firsts, len(rows)))
    shown = np.full(groups, -1, dtype=np.int64)
    shown[group_of[::-1]] = np.arange(len(firsts))[::-1]  # the first of each group stands for it
    kept = np.zeros(len(firsts), dtype=bool)
    kept[shown] = True
    inside = np.repeat(kept, lengths)
    merged = np.repeat(group_of, lengths)[inside]
    candidates, values = candidates[inside], savings[inside] * total[merged]
    order = np.lexsort((merged, candidates))
    starts = np.searchsorted(candidates[order], np.arange(count + 1))
    return Problem(starts, merged[order], values[order], groups, conflicts or Conflicts.none(count))


def _alike(rows: IntArray, candidates: IntArray, savings: IntArray) -> tuple[IntArray, IntArray, int]:
    """Return where each row begins, the group of equal rows it belongs to, and how many groups there are."""
    if not len(rows):
        return rows, rows, 0
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    lengths = np.diff(np.append(firsts, len(rows)))
    keys = np.add.reduceat(_scrambled(candidates, savings), firsts)
    order = np.lexsort((candidates[firsts], keys, lengths))
    # Equal keys are a strong hint only: rows become one when every candidate and saving is the same.
    new = np.ones(len(order), dtype=bool)
    new[1:] = (keys[order[1:]] != keys[order[:-1]]) | (lengths[order[1:]] != lengths[order[:-1]])
    hinted = np.flatnonzero(~new)
    new[hinted] = _differ(order[hinted], order[hinted - 1], firsts, lengths, candidates, savings)
    group_of = np.empty(len(order), dtype=np.int64)
    group_of[order] = np.cumsum(new) - 1
    return firsts, group_of, int(new.sum())


def _scrambled(candidates: IntArray, savings: IntArray) -> NDArray[np.uint64]:
    """Return a number of each pair that looks random; sums of them tell sets of pairs apart (splitmix64's finish)."""
    mixed = (candidates.astype(np.uint64) + np.uint64(1)) * np.uint64(_MIX) + savings.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _differ(
    one: IntArray, other: IntArray, firsts: IntArray, lengths: IntArray, candidates: IntArray, savings: IntArray
) -> BoolArray:
    if not len(one):
        return np.empty(0, dtype=bool)
    counts = lengths[one]
    ends = np.cumsum(counts)
    steps = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    here, there = np.repeat(firsts[one], counts) + steps, np.repeat(firsts[other], counts) + steps
    unequal = (candidates[here] != candidates[there]) | (savings[here] != savings[there])
    return np.asarray(np.add.reduceat(unequal, ends - counts) > 0)


def _conflicts_of(conflicts: Conflicts, kept: BoolArray) -> Conflicts:
    numbers = np.cumsum(kept) - 1
    owners = np.repeat(np.arange(len(kept)), np.diff(conflicts.starts))
    both = kept[owners] & kept[conflicts.others]
    starts = np.searchsorted(numbers[owners[both]], np.arange(int(kept.sum()) + 1))
    return Conflicts(starts, numbers[conflicts.others[both]], conflicts.cliques[kept])
