"""Coverage of a whole country, block by block: the same figures as of a territory laid out at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stationmap.audit.inputs.supply import Supply
from stationmap.audit.metrics.coverage import (
    Coverage,
    CoverageCounter,
    CoverageCounts,
    WeightedPoints,
    added,
    figures,
)
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.country import BLOCK_CELLS, Country
from stationmap.audit.nation.people import CellCounter, EvenPeople, NationPeople
from stationmap.audit.nation.workers import HERE, Workers
from stationmap.defaults import EXECUTOR
from stationmap.errors import ProgressCallback, no_progress


@dataclass(frozen=True, eq=False)
class _BlockCounter:
    country: Country
    people: NationPeople
    supply: Supply
    radius_m: float

    def __call__(self, block: Window) -> CoverageCounts:
        inside = self.country.inside(block)
        people = self.people.on(self.country, block, inside)
        ones = np.ones(len(inside.cells), dtype=np.int64)
        return self._counter(
            WeightedPoints(inside.lons, inside.lats, inside.areas, people, ones, self.country.grid.cell_m)
        )

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
    block_cells: int = BLOCK_CELLS,
    progress: ProgressCallback = no_progress,
) -> Coverage:
    """Audit a country whose residents (people by area code) are spread evenly over the cells of their area.

    Equal to `coverage` of a Territory and `Demand.spread`, to the last thousandth. Raises InvalidAuditError when no
    cell's middle lies in an area, or nobody lives there.
    """
    by = Workers(executor, scheduler, workers, progress)
    people = spread_evenly(country, residents, by, block_cells)
    return nation_coverage(country, people, supply, radius_m, by=by, block_cells=block_cells)


def spread_evenly(
    country: Country, residents: Mapping[str, int], by: Workers = HERE, block_cells: int = BLOCK_CELLS
) -> EvenPeople:
    """Return residents, people by area code, spread evenly over the cells of their area."""
    return EvenPeople.of(country, residents, by.run(CellCounter(country), country.blocks(block_cells), "cells"))


def nation_coverage(
    country: Country,
    people: NationPeople,
    supply: Supply,
    radius_m: float,
    *,
    by: Workers = HERE,
    block_cells: int = BLOCK_CELLS,
) -> Coverage:
    """Audit a country by a radius in metres. Raises InvalidAuditError for one that cannot be meant."""
    work = _BlockCounter(country, people, supply, radius_m)
    counted = by.run(work, country.blocks(block_cells), "coverage")
    return figures(added(counted, len(country.codes)), country.codes, country.grid.cell_km2)
