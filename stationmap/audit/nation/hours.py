"""Coverage of a whole country by hour of the week, block by block: only cells near a station are measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import WEEK_HOURS, Supply, WeekMasks
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import checked_radius
from stationmap.audit.metrics.hourly_coverage import HourlyCoverage, hourly_coverage
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.country import BLOCK_CELLS, Country
from stationmap.audit.nation.near_stations import cells_around, stations_around
from stationmap.audit.nation.people import NationPeople
from stationmap.audit.nation.workers import HERE, Workers

UNNAMED = Source("areas", "")
"""Of the people of a part, whom nobody quotes."""


@dataclass(frozen=True, eq=False)
class _BlockHours:
    country: Country
    people: NationPeople
    supply: Supply
    hours: tuple[WeekMasks, WeekMasks]
    radius_m: float

    def __call__(self, block: Window) -> HourlyCoverage:
        country, grid = self.country, self.country.grid
        inside = country.inside(block)
        people = self.people.on(country, block, inside)
        codes = len(country.codes)
        everybody = np.bincount(inside.areas, people, codes).astype(np.int64)
        nothing = np.zeros((codes, WEEK_HOURS), dtype=np.int64)
        within_m = self.radius_m + grid.cell_m
        stations = stations_around(grid, block, self.supply.lons, self.supply.lats, within_m)
        supply = self.supply.chosen(stations)
        near = cells_around(grid, block, supply.lons, supply.lats, within_m)
        rows, columns = np.divmod(inside.cells, grid.columns)
        kept = np.flatnonzero(near[rows - block.row, columns - block.column] & (people > 0))
        if not len(kept) or not len(stations):
            return HourlyCoverage(nothing, nothing, everybody)
        few = inside.chosen(kept)
        territory = Territory(country.codes, country.polygons, grid, few.cells, few.areas, few.lons, few.lats)
        demand = Demand(few.lons, few.lats, people[kept], few.areas, np.arange(len(kept)), UNNAMED, grid.cell_m)
        hours = self.hours[0][stations], self.hours[1][stations]
        return hourly_coverage(territory, demand, supply, hours, self.radius_m)._replace(people=everybody)


def nation_hours(
    country: Country,
    people: NationPeople,
    supply: Supply,
    hours: tuple[WeekMasks, WeekMasks],
    radius_m: float,
    *,
    by: Workers = HERE,
    block_cells: int = BLOCK_CELLS,
) -> HourlyCoverage:
    """Count the people of a country within reach of an open station at each hour of the week.

    `hours` are those of `supply.week_of`, bit masks (stations, 3). Equal to `hourly_coverage` of a Territory, to the
    last thousandth. Raises InvalidAuditError for a radius that cannot be meant.
    """
    work = _BlockHours(country, people, supply, hours, checked_radius(radius_m))
    codes = len(country.codes)
    sums = [np.zeros(shape, dtype=np.int64) for shape in ((codes, WEEK_HOURS), (codes, WEEK_HOURS), (codes,))]
    for part in by.run(work, country.blocks(block_cells), "hours"):
        sums = [whole + some for whole, some in zip(sums, part, strict=True)]
    return HourlyCoverage(*sums)
