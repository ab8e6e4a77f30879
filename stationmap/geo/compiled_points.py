"""The nearest points by the compiled tree of stationmap-kernel, several times faster than in Python.

What chords do not decide is looked at again in Python, as `PythonPointIndex` does it.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from stationmap_kernel import Tree

from stationmap.geo.geodesy import Floats, ecef, geodesic_m, longest_chord_m
from stationmap.geo.python_points import BATCH, TIE_M, Found, Hours, PythonPointIndex, Rows, by_cell, in_batches

MIN_SHARED = 1 / 8  # of the points: fewer get a tree of their own, which is smaller than the part that is passed over


class _Points(NamedTuple):
    """A tree with the points it was made of, shapes (n,)."""

    tree: Tree
    lons: Floats
    lats: Floats
    rows: Rows | None
    hours: Hours | None


class CompiledPointIndex(PythonPointIndex):
    """An immutable index of n points, safe to share between threads; see `PythonPointIndex`."""

    shares_its_tree = True

    def __init__(self, lons: Floats, lats: Floats, rows: Rows | None = None, hours: Hours | None = None) -> None:
        lons, lats = np.ascontiguousarray(lons, np.float64), np.ascontiguousarray(lats, np.float64)
        hours = None if hours is None else np.ascontiguousarray(hours, np.int32)
        self._take(_Points(Tree(lons, lats, hours), lons, lats, rows, hours), None)

    def _take(self, points: _Points, chosen: Rows | None) -> None:
        self._points, self._tree, self._chosen = points, points.tree, chosen
        self._own_rows = points.rows
        self._bits: bytes | None = None
        if chosen is not None:
            mask = np.zeros(len(points.lons), dtype=bool)
            mask[chosen] = True
            self._bits = np.packbits(mask, bitorder="little").tobytes()

    def __reduce__(self) -> tuple[type[CompiledPointIndex], tuple[Floats, Floats, Rows, Hours | None]]:
        # A tree is made anew by the process that takes it, as soon as it could be read.
        hours = self._points.hours
        return CompiledPointIndex, (self.lons, self.lats, self.rows, None if hours is None else self._of_chosen(hours))

    def __len__(self) -> int:
        return len(self._points.lons if self._chosen is None else self._chosen)

    @cached_property
    def lons(self) -> Floats:  # type: ignore[override]
        """Longitudes in degrees, shape (n,)."""
        return self._of_chosen(self._points.lons)

    @cached_property
    def lats(self) -> Floats:  # type: ignore[override]
        """Latitudes in degrees, shape (n,)."""
        return self._of_chosen(self._points.lats)

    @cached_property
    def rows(self) -> Rows:  # type: ignore[override]
        """The numbers answers give for the points, shape (n,)."""
        rows = self._points.rows
        return self._of_chosen(np.arange(len(self._points.lons)) if rows is None else rows)

    def restricted(self, chosen: Rows) -> CompiledPointIndex:
        """Return an index of some of these points, given by their ascending places in this one, shape (m,)."""
        points = self._points
        at = chosen if self._chosen is None else self._chosen[chosen]
        if len(at) < MIN_SHARED * len(points.lons):
            rows = at if points.rows is None else points.rows[at]
            hours = None if points.hours is None else points.hours[at]
            return CompiledPointIndex(points.lons[at], points.lats[at], rows, hours)
        shared = object.__new__(CompiledPointIndex)
        shared._take(points, at)
        return shared

    def nearest(self, lon: float, lat: float, k: int, within_m: float) -> Found:
        """Return the at most `k` nearest points of a place in degrees: (geodesic metres, row), in order, ties by row.

        None is further than `within_m`, to `TIE_M`.
        """
        return self._unrefused(lon, lat, k, within_m, None)

    def nearest_many(self, lons: Floats, lats: Floats, k: int, workers: int) -> tuple[Rows, Floats]:
        """Return the k nearest points of n places: rows (n, k), -1 for none, and geodesic metres (n, k), inf for none.

        `lons` and `lats` are degrees, shape (n,); `workers` threads share the work, -1 for one a core.
        """
        lons, lats = np.ascontiguousarray(lons, np.float64), np.ascontiguousarray(lats, np.float64)
        places = np.full((len(lons), k), -1, dtype=np.int64)
        metres = np.full((len(lons), k), np.inf)
        if not len(lons) or not len(self):
            return places, metres
        # Neighbouring places walk the same branches: taken together they find them in cache, well predicted.
        order, unsettled = by_cell(lons, lats).astype(np.int64, copy=False), np.zeros(len(lons), dtype=np.uint8)

        def fill(start: int) -> None:
            part = order[start : start + BATCH]
            self._tree.nearest_many(lons, lats, part, k, self._bits, places, metres, unsettled)

        in_batches(len(lons), fill, workers)
        rows = places if self._own_rows is None else np.where(places >= 0, self._own_rows[places], -1)
        for i in np.flatnonzero(unsettled).tolist():
            found = self._settled(lons[i], lats[i], k, math.inf, None)
            metres[i, : len(found)], rows[i, : len(found)] = zip(*found, strict=True)
        return rows, metres

    def _first_look(self, k: int, refused_m: Floats | None) -> int:
        return k if refused_m is not None and self._points.hours is not None else 2 * k

    def _unrefused(self, lon: float, lat: float, k: int, within_m: float, refused_m: Floats | None) -> Found:
        refused_m = refused_m if self._points.hours is not None else None
        found = self._tree.nearest(lon, lat, k, within_m, self._bits, refused_m)
        if found is None:
            return self._settled(lon, lat, k, within_m, refused_m)
        rows = self._own_rows
        return found if rows is None else [(metres, int(rows[at])) for metres, at in found]

    def _settled(self, lon: float, lat: float, k: int, within_m: float, refused_m: Floats | None) -> Found:
        """Answer where chords alone cannot: far away, at ties, or with a rival to the k-th."""
        ats = self._by_chord(lon, lat, k + 1, within_m + TIE_M, refused_m)
        metres = self._geodesics(lon, lat, ats)
        if len(ats) > k:
            # Whoever may be as near as the k-th of these, however its chord ranks.
            reach_m = min(np.partition(metres, k - 1)[k - 1], within_m) + TIE_M
            ats = self._by_chord(lon, lat, len(self._points.lons), longest_chord_m(reach_m) + TIE_M, refused_m)
            metres = self._geodesics(lon, lat, ats)
        inside = metres <= within_m + TIE_M
        rows = ats[inside] if self._own_rows is None else self._own_rows[ats[inside]]
        metres = np.round(metres[inside], 6)
        order = np.lexsort((rows, metres))[:k]
        return list(zip(metres[order].tolist(), rows[order].tolist(), strict=True))

    def _by_chord(
        self, lon: float, lat: float, k: int, within_chord_m: float, refused_m: Floats | None
    ) -> NDArray[np.int64]:
        found = self._tree.by_chord(lon, lat, k, within_chord_m, self._bits, refused_m)
        return np.array([at for _, at in found], dtype=np.int64)

    def _geodesics(self, lon: float, lat: float, ats: NDArray[np.int64]) -> Floats:
        lons, lats = self._points.lons[ats], self._points.lats[ats]
        place = np.full(len(ats), lon), np.full(len(ats), lat)
        return geodesic_m(*place, ecef(*place), lons, lats, ecef(lons, lats))

    def _of_chosen(self, values: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
        return values if self._chosen is None else values[self._chosen]
