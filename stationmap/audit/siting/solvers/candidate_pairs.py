"""Which candidates are near which places, where each place may have a reach of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from stationmap.audit.inputs.reach import Reach, StraightReach
from stationmap.audit.inputs.within_radius import Pairs
from stationmap.audit.siting.solvers.location_problem import Conflicts, IntArray
from stationmap.defaults import MAX_RADIUS_M
from stationmap.errors import CancelCheck, InvalidAuditError, never_cancelled
from stationmap.geo.geodesy import Floats, ecef, longest_chord_m
from stationmap.geo.nearest_points import TIE_M

MAX_PAIRS = 12_000_000  # they take about 1 GiB
_STRAIGHT = StraightReach(MAX_RADIUS_M)
PART = 20_000  # places looked at between two words about the progress


def near(
    lons: Floats, lats: Floats, reaches_m: Floats, other_lons: Floats, other_lats: Floats,
    *, reach: Reach = _STRAIGHT, check: CancelCheck = never_cancelled,
) -> Pairs:  # fmt: skip
    """Return the pairs of a place and a candidate (`stations`) at most the place's reach apart.

    Metres are those of a `reach`, whatever its limit; only what is confirmed is a pair.

    Places and candidates are in degrees, shapes (n,) and (m,), reaches in metres, (n,), and so are the distances of the
    result, (pairs,). `check` is called now and then, and what it raises cancels the work. Raises InvalidAuditError when
    there are more than MAX_PAIRS pairs, counted straight.
    """
    there = ecef(other_lons, other_lats)
    tree = cKDTree(there)
    found, total = [], 0
    for rows, reach_m in _parts(reaches_m):
        check()
        here = ecef(lons[rows], lats[rows])
        trees, chord_m = (cKDTree(here), tree), longest_chord_m(reach_m) + TIE_M
        total += int(trees[0].count_neighbors(trees[1], chord_m))
        if total > MAX_PAIRS:
            raise InvalidAuditError(
                f"more than {MAX_PAIRS:,} pairs of place and candidate are within reach: "
                "take larger cells, fewer candidates or a smaller radius"
            )
        pairs = reach.pairs(lons[rows], lats[rows], other_lons, other_lats, reach_m)
        inside = pairs.metres <= reaches_m[rows[pairs.places]]
        found.append((rows[pairs.places[inside]], pairs.stations[inside], pairs.metres[inside]))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.empty(0))
    places, candidates, metres = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(places * len(there) + candidates, kind="stable")
    return Pairs(places[order], candidates[order], metres[order])


def count_pairs(lons: Floats, lats: Floats, reaches_m: Floats, other_lons: Floats, other_lats: Floats) -> int:
    """Return how many pairs `near` would measure, without making them.

    Places, (n,), and candidates, (m,), are in degrees, reaches in metres, (n,).
    """
    there = cKDTree(ecef(other_lons, other_lats))
    return sum(
        int(cKDTree(ecef(lons[rows], lats[rows])).count_neighbors(there, longest_chord_m(reach_m) + TIE_M))
        for rows, reach_m in _classes(reaches_m)
    )


def closer_than(spacing_m: float, lons: Floats, lats: Floats) -> Conflicts:
    """Return which candidates, degrees (n,), are less than `spacing_m` metres apart.

    Raises InvalidAuditError when there are more than MAX_PAIRS pairs of them.
    """
    if not spacing_m:
        return Conflicts.none(len(lons))
    pairs = near(lons, lats, np.full(len(lons), spacing_m), lons, lats)
    clashing = (pairs.metres < spacing_m) & (pairs.places != pairs.stations)
    first, second = pairs.places[clashing], pairs.stations[clashing]
    starts = np.searchsorted(first, np.arange(len(lons) + 1))
    return Conflicts(starts, second, _cliques(spacing_m, lons, lats, first, second))


def _cliques(spacing_m: float, lons: Floats, lats: Floats, first: IntArray, second: IntArray) -> IntArray:
    """Return a number for each candidate: those in one cube too small to hold two at the spacing share it."""
    cubes = np.floor(ecef(lons, lats) / (spacing_m / np.sqrt(3))).astype(np.int64)
    _, clique = np.unique(cubes, axis=0, return_inverse=True)
    clique = clique.ravel()
    # Beyond doubt: where some two of a cube do not exclude each other after all, each stands alone.
    sizes = np.bincount(clique)
    inside = np.bincount(clique[first[clique[first] == clique[second]]], minlength=len(sizes))
    loose = (inside != sizes * (sizes - 1))[clique]
    return np.asarray(np.where(loose, len(sizes) + np.arange(len(lons)), clique))


def _parts(reaches_m: Floats) -> Iterator[tuple[IntArray, float]]:
    """Yield the classes of like reach in parts that are soon looked at."""
    for rows, reach_m in _classes(reaches_m):
        for start in range(0, len(rows), PART):
            yield rows[start : start + PART], reach_m


def _classes(reaches_m: Floats) -> list[tuple[IntArray, float]]:
    """Return rows of places in classes of like reach, with the largest reach of each."""
    rows = np.flatnonzero(reaches_m > 0)
    if not rows.size:
        return []
    halvings = np.floor(-2 * np.log2(reaches_m[rows] / reaches_m.max())).astype(np.int64).clip(0, 12)
    classes = [rows[halvings == each] for each in np.unique(halvings)]
    return [(each, float(reaches_m[each].max())) for each in classes]
