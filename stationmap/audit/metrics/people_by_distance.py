"""How many people live how far from the nearest station, by district and whole metre: what means and quantiles are of.

Whole numbers only, so that those of the parts of a territory add up to those of all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import People

Counts = NDArray[np.int64]

NOBODY_M = -1  # stands for the distance where there is no station at all
PART = 65_536  # rows multiplied at a time
MAX_EXACT = 1 << 53  # whole numbers up to here are exact in floating point, which counting adds in
FEW_BINS = 1_000_000  # so many are soon gone through, however few are filled


class Distances(NamedTuple):
    """How many people live how far from the nearest station: ascending keys of district and metre, and people."""

    districts: Counts
    metres: Counts
    people: People

    @classmethod
    def none(cls) -> Distances:
        """Return those of nobody."""
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, nothing)

    def of(self, districts: list[int]) -> Distances:
        """Return those of one district, or of all of them, by ascending metres."""
        if len(districts) == 1:
            chosen = slice(*np.searchsorted(self.districts, [districts[0], districts[0] + 1]))
            return Distances(*(column[chosen] for column in self))
        order = np.argsort(self.metres, kind="stable")
        return Distances(*(column[order] for column in self))

    def mean_m(self) -> float | None:
        """Return the mean way; None without people or without a station."""
        if not len(self.metres) or self.metres[0] == NOBODY_M:
            return None
        # A nation's people in thousandths times metres may not fit 64 bits in all; a part of them does.
        parts = range(0, len(self.metres), PART)
        weighted = sum(int(self.metres[at : at + PART] @ self.people[at : at + PART]) for at in parts)
        return weighted / int(self.people.sum())

    def quantile_m(self, share: float) -> int | None:
        """Return the metres that `share` of people have at most to the nearest station; `metres` ascend."""
        if not len(self.metres) or self.metres[0] == NOBODY_M:
            return None
        below = np.cumsum(self.people)
        return int(self.metres[np.searchsorted(below, share * below[-1])])


def people_by_distance(districts: NDArray[np.integer], metres: Counts, people: People) -> Distances:
    """Add up people, thousandths, who live in a district so many metres from a station; all have the shape (n,).

    Where places are not few beside the pairs of a district and a metre that may occur, they are counted, which goes
    through them once; else their keys are sorted.
    """
    if not len(metres):
        return Distances.none()
    span = int(metres.max()) - NOBODY_M + 1
    bins = span * (int(districts.max()) + 1)
    keys = districts.astype(np.int64) * span + (metres - NOBODY_M)
    if bins <= 4 * len(keys) + FEW_BINS and int(people.max()) <= MAX_EXACT // len(keys):
        found = np.flatnonzero(np.bincount(keys, minlength=bins))
        sums = np.bincount(keys, people, bins)[found].astype(np.int64)
    else:
        order = np.argsort(keys, kind="stable")
        found, starts = np.unique(keys[order], return_index=True)
        sums = np.add.reduceat(people[order], starts)
    return Distances(found // span, found % span + NOBODY_M, sums)


def joined(parts: Sequence[Distances]) -> Distances:
    """Return the sum of several."""
    return people_by_distance(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
