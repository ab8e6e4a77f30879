"""The nearest points in Python: scipy's KD-tree, and the exact look where chords do not decide.

The tree ranks by straight chord in ECEF. No chord is longer than its
geodesic, so the k nearest by chord are the k nearest by geodesic unless a further chord is still no longer than the
k-th geodesic (a band of 1 µm at 1 km, 1 m at 100 km); only then a second look is taken.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import (
    MAX_EULER_M,
    MAX_LOCAL_M,
    MAX_ROUND_M,
    Floats,
    LocalFrame,
    arc_m,
    ecef,
    geodesic_m,
    longest_chord_m,
)
from stationmap.geo.kd_tree import kd_tree

Rows = NDArray[np.int64]
Hours = NDArray[np.int32]
Found = list[tuple[float, int]]  # geodesic metres and row, nearest first

TIE_M = 1e-6  # distances closer than this are equal, and equals keep the order of the rows
BATCH = 32_768  # places a thread takes at a time: temporaries stay in the processor's cache


class PythonPointIndex:
    """An immutable index of n points, safe to share between threads.

    `lons` and `lats` are WGS-84 degrees, shape (n,); `rows`, shape (n,), are the numbers answers give for the points,
    0 to n - 1 where none are given; `hours`, shape (n,), number what `nearest_accepted` may rule out at once.
    """

    shares_its_tree = False
    """Whether an index of many of its points costs no tree of its own, and so no time."""

    def __init__(self, lons: Floats, lats: Floats, rows: Rows | None = None, hours: Hours | None = None) -> None:  # noqa: ARG002  this one rules nothing out
        self.lons, self.lats = lons, lats
        self.rows = np.arange(len(lons)) if rows is None else rows
        self._xyz = ecef(lons, lats)
        self._tree = kd_tree(self._xyz)
        self._x, self._y, self._z = self._xyz.T.copy()
        # Copies for reading one number at a time, at which numpy is slow.
        self._flat_xyz = array("d", self._xyz.tobytes())
        self._flat_rows = range(len(lons)) if rows is None else array("q", rows.tobytes())

    def __len__(self) -> int:
        return len(self._flat_rows)

    def restricted(self, chosen: Rows) -> PythonPointIndex:
        """Return an index of some of these points, given by their ascending places in this one, shape (m,)."""
        return PythonPointIndex(self.lons[chosen], self.lats[chosen], self.rows[chosen])

    def nearest(self, lon: float, lat: float, k: int, within_m: float) -> Found:
        """Return the at most `k` nearest points of a place in degrees: (geodesic metres, row), in order, ties by row.

        None is further than `within_m`, to `TIE_M`.
        """
        flat, rows = self._flat_xyz, self._flat_rows
        frame = LocalFrame.at(lon, lat)
        x, y, z, north_x, north_y, north_z, origin_m, across, excess = frame
        round_24 = frame.round_arc_24
        chords, ats = self._tree.query((x, y, z), self._query_size(k), 0, 2, within_m + TIE_M)
        *nearest, rival = chords.tolist()
        found: Found = []
        last_m = -1.0
        for chord, at in zip(nearest, ats.tolist(), strict=False):
            if chord < MAX_ROUND_M:
                metres = chord + chord * chord * chord * round_24
            elif chord < MAX_LOCAL_M:
                i = 3 * at
                northing = north_x * flat[i] + north_y * flat[i + 1] + north_z * flat[i + 2] - origin_m
                curved = chord * chord * across + northing * northing * excess
                metres = chord + curved * curved / (24 * chord)
            elif chord <= MAX_EULER_M:
                i = 3 * at
                metres = arc_m(frame, flat[i], flat[i + 1], flat[i + 2], chord)
            elif chord < math.inf:
                return self._exact_nearest(lon, lat, k, within_m, ats)
            else:
                break
            if metres <= last_m + TIE_M:
                return self._exact_nearest(lon, lat, k, within_m, ats)
            last_m = metres
            found.append((metres, rows[at]))
        if rival <= last_m + TIE_M:
            return self._exact_nearest(lon, lat, k, within_m, ats)
        # A chord within it may belong to a longer way.
        while found and found[-1][0] > within_m + TIE_M:
            del found[-1]
        return found

    def nearest_many(self, lons: Floats, lats: Floats, k: int, workers: int) -> tuple[Rows, Floats]:
        """Return the k nearest points of n places: rows (n, k), -1 for none, and geodesic metres (n, k), inf for none.

        `lons` and `lats` are degrees, shape (n,); `workers` threads share the work, -1 for one a core.
        """
        rows = np.full((len(lons), k), -1, dtype=np.int64)
        metres = np.full((len(lons), k), np.inf)
        if not len(lons) or not len(self):
            return rows, metres
        # Neighbouring places walk the same branches: taken together they find them in cache, well predicted.
        order = by_cell(lons, lats)

        def fill(start: int) -> None:
            batch = order[start : start + BATCH]
            found_rows, found_metres = self._nearest_batch(lons[batch], lats[batch], k)
            rows[batch, : found_rows.shape[1]], metres[batch, : found_rows.shape[1]] = found_rows, found_metres

        in_batches(len(lons), fill, workers)
        return rows, metres

    def nearest_accepted(
        self,
        lon: float,
        lat: float,
        k: int,
        within_m: float,
        accept: Callable[[float, int], bool],
        limit: int,
        refused_m: Floats | None = None,
    ) -> Found | None:
        """Return the at most `k` nearest points of a place in degrees for which `accept(metres, row)` is true.

        None where the nearest `limit` points do not decide it. `refused_m`, shape (m,) by number of hours, says up to
        how many geodesic metres away `accept` refuses for certain; an index may pass over such points without asking.
        """
        looked_at = self._first_look(k, refused_m)
        while True:
            found = self._unrefused(lon, lat, looked_at, within_m, refused_m)
            accepted = list(islice((each for each in found if accept(*each)), k))
            if len(accepted) == k or len(found) < looked_at:
                return accepted
            if looked_at >= limit:
                return None
            looked_at *= 4

    def _first_look(self, k: int, refused_m: Floats | None) -> int:  # noqa: ARG002  what it rules out is not used here
        return 2 * k

    def _unrefused(self, lon: float, lat: float, k: int, within_m: float, refused_m: Floats | None) -> Found:  # noqa: ARG002  as above
        return self.nearest(lon, lat, k, within_m)

    def _query_size(self, k: int) -> int:
        # One more than asked for, to see whether the k-th has a rival; at least two, so that scipy answers with a list.
        return max(min(k, len(self)) + 1, 2)

    def _exact_nearest(self, lon: float, lat: float, k: int, within_m: float, ats: NDArray[np.intp]) -> Found:
        """Answer where chords alone cannot: far away, at ties, or with a rival to the k-th."""
        ats = ats[ats < len(self)]
        metres = self._metres(lon, lat, ats)
        if len(ats) > k:
            # Whoever may be as near as the k-th of these, however its chord ranks.
            reach_m = min(np.partition(metres, k - 1)[k - 1], within_m) + TIE_M
            xyz = ecef(np.array([lon]), np.array([lat]))[0]
            ats = np.array(self._tree.query_ball_point(xyz, longest_chord_m(reach_m) + TIE_M), dtype=np.intp)
            metres = self._metres(lon, lat, ats)
        inside = metres <= within_m + TIE_M
        metres, rows = np.round(metres[inside], 6), self.rows[ats[inside]]
        order = np.lexsort((rows, metres))[:k]
        return list(zip(metres[order].tolist(), rows[order].tolist(), strict=True))

    def _metres(self, lon: float, lat: float, ats: NDArray[np.intp]) -> Floats:
        place = np.array([lon]), np.array([lat])
        there = self.lons[ats], self.lats[ats]
        repeated = np.broadcast_to(place[0], len(ats)), np.broadcast_to(place[1], len(ats))
        return geodesic_m(*repeated, ecef(*place), *there, self._xyz[ats])

    def _nearest_batch(self, lons: Floats, lats: Floats, k: int) -> tuple[Rows, Floats]:
        # As many columns as there are points, or k.
        frame = LocalFrame.at(lons, lats, np)
        xyz = np.column_stack(frame[:3])
        chords, ats = self._tree.query(xyz, self._query_size(k))
        chords, rival, ats = chords[:, :-1], chords[:, -1], ats[:, :-1]
        # Which formula serves is decided for each pair, so that metres do not depend on who else is in the batch.
        nearer = chords + chords * chords * chords * frame.round_arc_24[:, np.newaxis]
        if not (chords.size and chords.max() < MAX_ROUND_M):
            nearer = np.where(chords < MAX_ROUND_M, nearer, self._arcs(frame, chords, ats))
            far, column = np.nonzero(chords >= MAX_LOCAL_M)
            at = ats[far, column]
            there = self.lons[at], self.lats[at], self._xyz[at]
            nearer[far, column] = geodesic_m(lons[far], lats[far], xyz[far], *there)
        unsettled = (np.diff(nearer, axis=1) <= TIE_M).any(axis=1) | (rival <= nearer[:, -1] + TIE_M)
        rows = self.rows[ats]
        for i in np.flatnonzero(unsettled):
            nearer[i], rows[i] = zip(*self._exact_nearest(lons[i], lats[i], k, math.inf, ats[i]), strict=True)
        return rows, nearer

    def _arcs(self, frame: LocalFrame, chords: Floats, ats: NDArray[np.intp]) -> Floats:
        """Return arcs (n, k) above chords (n, k) up to MAX_LOCAL_M; longer ones come out wrong."""
        members = (member[:, np.newaxis] for member in frame[3:])
        north_x, north_y, north_z, origin_m, across, excess = members
        northing = north_x * self._x[ats] + north_y * self._y[ats] + north_z * self._z[ats] - origin_m
        curved = chords * chords * across + northing * northing * excess
        return np.asarray(chords + curved * curved / (24 * np.maximum(chords, TIE_M)))


def in_batches(count: int, fill: Callable[[int], None], workers: int) -> None:
    """Call `fill` with the beginning of each batch of `count` places, by so many threads, -1 for one a core."""
    starts = range(0, count, BATCH)
    if workers == 1 or len(starts) < 2:
        for start in starts:
            fill(start)
    else:
        with ThreadPoolExecutor(workers if workers > 0 else cpu_count()) as pool:
            list(pool.map(fill, starts))


def by_cell(lons: Floats, lats: Floats) -> NDArray[np.intp]:
    """Return an order, (n,), of places in degrees, (n,), that keeps together those of a cell of a 256 x 256 grid."""
    cell = np.zeros(len(lons), dtype=np.uint16)
    for values in (lats, lons):
        low = values.min()
        cell = cell * np.uint16(256) + ((values - low) * (255 / max(np.ptp(values), 1e-9))).astype(np.uint16)
    # Numpy sorts 16-bit keys by radix, in linear time.
    return np.argsort(cell, kind="stable")
