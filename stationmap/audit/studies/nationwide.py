"""Coverage of a whole country: the grid is never laid out, only one strip of it at a time, by each worker.

A part of the work is two row numbers of the grid, its outcome are counts in whole numbers; so a part costs nothing to
send, none needs more memory than its strip, and the sum is the same whatever the strips and the workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Districts
from stationmap.audit.metrics.coverage import (
    Coverage,
    CoverageCounter,
    CoverageCounts,
    WeightedPoints,
    added,
    figures,
)
from stationmap.audit.metrics.executors import run
from stationmap.audit.metrics.people_by_distance import Counts
from stationmap.defaults import EXECUTOR
from stationmap.errors import InvalidAuditError, ProgressCallback, no_progress
from stationmap.geo.geodesy import Floats

STRIP_CELLS = 500_000  # of the grid, those outside every area included


class Strip(NamedTuple):
    """Rows of the grid, the last not included."""

    first: int
    last: int


@dataclass(frozen=True, eq=False)
class Country:
    """Areas by code and the grid over them; a cell belongs to the first area, by code, that holds its middle."""

    codes: tuple[str, ...]
    polygons: tuple[BaseGeometry, ...]
    grid: Grid

    @classmethod
    def of(cls, areas: Mapping[str, BaseGeometry], cell_m: float) -> Self:
        """Lay a grid of `cell_m` metres over areas in WGS-84 degrees. Raises InvalidAuditError without areas."""
        if not areas:
            raise InvalidAuditError("there is no area to study")
        codes = tuple(sorted(areas))
        polygons = tuple(areas[code] for code in codes)
        return cls(codes, polygons, Grid.over(tuple(shapely.total_bounds(list(polygons))), cell_m))

    def strips(self, cells: int = STRIP_CELLS) -> Iterator[Strip]:
        """Yield strips that cover the grid, each of at most `cells` cells and at least one row."""
        height = max(cells // self.grid.columns, 1)
        for first in range(0, self.grid.rows, height):
            yield Strip(first, min(first + height, self.grid.rows))

    def inside(self, strip: Strip) -> tuple[Cells, Districts, Floats, Floats]:
        """Return the cells of a strip that lie in an area, ascending, their areas, and their middles in degrees."""
        cells = np.arange(strip.first * self.grid.columns, strip.last * self.grid.columns, dtype=np.int64)
        lons, lats = self.grid.centres(cells)
        areas = np.full(len(cells), -1, dtype=np.int32)
        strip_bounds = float(lons.min()), float(lats.min()), float(lons.max()), float(lats.max())
        for at in np.sort(self._tree.query(shapely.box(*strip_bounds))):
            west, south, east, north = self.polygons[at].bounds
            near = (areas < 0) & (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)
            rows = np.flatnonzero(near)
            shapely.prepare(self.polygons[at])
            areas[rows[shapely.contains_xy(self.polygons[at], lons[rows], lats[rows])]] = at
        found = areas >= 0
        return cells[found], areas[found], lons[found], lats[found]

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([shapely.box(*polygon.bounds) for polygon in self.polygons])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_tree"}


@dataclass(frozen=True)
class _CellCounter:
    """Counts the cells of a strip by area."""

    country: Country

    def __call__(self, strip: Strip) -> Counts:
        return np.bincount(self.country.inside(strip)[1], minlength=len(self.country.codes)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _StripCounter:
    """Counts a strip: each area's people spread over its cells as `Demand.spread` does."""

    country: Country
    supply: Supply
    radius_m: float
    each: Counts
    """Thousandths of people in a cell of each area ..."""
    one_more: Cells
    """... and one more in each cell below this number."""

    def __call__(self, strip: Strip) -> CoverageCounts:
        cells, areas, lons, lats = self.country.inside(strip)
        people = self.each[areas] + (cells < self.one_more[areas])
        ones = np.ones(len(cells), dtype=np.int64)
        return self._counter(WeightedPoints(lons, lats, areas, people, ones, self.country.grid.cell_m))

    @cached_property
    def _counter(self) -> CoverageCounter:
        return CoverageCounter(self.supply, len(self.country.codes), self.radius_m)

    def __getstate__(self) -> dict[str, Any]:
        # Search trees are larger than what they are made of: a worker that receives this makes its own.
        return {name: value for name, value in vars(self).items() if name != "_counter"}


def nationwide(
    country: Country,
    residents: Mapping[str, int],
    supply: Supply,
    radius_m: float,
    *,
    executor: str = EXECUTOR,
    scheduler: str | None = None,
    workers: int | None = None,
    strip_cells: int = STRIP_CELLS,
    progress: ProgressCallback = no_progress,
) -> Coverage:
    """Audit a country whose residents (people by area code) are spread evenly over the cells of their area.

    Equal to `coverage` of a Territory and `Demand.spread`, to the last thousandth. Raises InvalidAuditError when no
    cell's middle lies in an area, or nobody lives there.
    """
    strips = list(country.strips(strip_cells))

    def done(work: Callable[[Strip], Any], phase: str) -> Iterator[Any]:
        def count_done(count: int) -> None:
            progress(count / len(strips), phase)

        return run(work, strips, executor=executor, scheduler=scheduler, workers=workers, progress=count_done)

    counts = list(done(_CellCounter(country), "cells"))
    each, one_more = _spread(country, residents, strips, counts)
    strips_counted = done(_StripCounter(country, supply, radius_m, each, one_more), "coverage")
    return figures(total(strips_counted, len(country.codes)), country.codes, country.grid.cell_km2)


def total(parts: Iterable[CoverageCounts], districts: int) -> CoverageCounts:
    """Return the sum of the counts of parts, adding like to like in size, so that none is copied more than need be."""
    sums: list[tuple[int, CoverageCounts]] = []
    for part in parts:
        size, whole = 1, part
        while sums and sums[-1][0] <= size:
            count, earlier = sums.pop()
            size, whole = size + count, earlier + whole
        sums.append((size, whole))
    return added((part for _, part in reversed(sums)), districts)


def _spread(
    country: Country, residents: Mapping[str, int], strips: Sequence[Strip], counts: Sequence[Counts]
) -> tuple[Counts, Cells]:
    """Return thousandths a cell of each area, and the number of the first cell that has not one more."""
    sums = np.cumsum([np.zeros(len(country.codes), dtype=np.int64), *counts], axis=0)
    if not sums[-1].any():
        raise InvalidAuditError(f"cells of {country.grid.cell_m:g} m are larger than the area: take smaller ones")
    people = np.array([residents.get(code, 0) for code in country.codes], dtype=np.int64) * THOUSANDTHS
    people[sums[-1] == 0] = 0
    if not people.any():
        raise InvalidAuditError("none of the areas has residents")
    each, rest = np.divmod(people, np.maximum(sums[-1], 1))
    one_more = np.zeros(len(country.codes), dtype=np.int64)
    # The strip in which the remainder of each area runs out, and within it the cell.
    ending = (sums[1:] > rest).argmax(axis=0)
    for at in np.unique(ending[rest > 0]):
        cells, areas, _, _ = country.inside(strips[at])
        for area in np.flatnonzero((ending == at) & (rest > 0)):
            one_more[area] = cells[areas == area][rest[area] - sums[at, area]]
    return each, one_more
