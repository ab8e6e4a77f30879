"""Areas of a country that belong together as a territory of their own, with the cells around them.

Gaps are joined within an area, and sites are chosen in a city: so these are worked on whole, by whoever has them.
What lies around is there because people on both sides of a border count for a site near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.cell_share import cell_share
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import MAX_CELLS, Territory
from stationmap.audit.inputs.within_radius import Rows
from stationmap.audit.metrics.site_gains import Window, strain_of
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.near_stations import stations_around
from stationmap.audit.nation.people import NationPeople
from stationmap.errors import InvalidAuditError
from stationmap.geo.nearest_points import PointIndex

UNNAMED = Source("areas", "")
"""Of the people of a part, whom nobody quotes."""


@dataclass(frozen=True, eq=False)
class AreaPart:
    """An area with what is around it: a territory of all codes of the country, its people, the stations that matter."""

    areas: tuple[int, ...]
    territory: Territory
    demand: Demand
    stations: Rows
    """Rows of the country's supply, ascending: among them are the stations nearest to every cell."""
    supply: Supply

    @property
    def own(self) -> NDArray[np.bool_]:
        """Which cells are the area's own, shape (cells,)."""
        return np.isin(self.territory.districts, self.areas)


@dataclass(frozen=True, eq=False)
class AreaParts:
    """Makes the part of an area; held by each worker, with an index of the stations that may count."""

    country: Country
    people: NationPeople
    supply: Supply
    radius_m: float

    def part(self, areas: tuple[int, ...]) -> AreaPart | None:
        """Return the part of areas, by their places in the country's codes; None where they hold no cell's middle.

        Raises InvalidAuditError for areas of too many cells to be laid out at once.
        """
        country, grid = self.country, self.country.grid
        outer_m = cell_share(self.radius_m, grid.cell_m).outer_m
        margin = ceil(outer_m * (1 + strain_of(grid)) / grid.cell_m) + 1
        window = country.extent(areas, margin)
        size = (window.last_row - window.row) * (window.last_column - window.column)
        if size > 4 * MAX_CELLS:
            raise InvalidAuditError(
                f"{country.codes[areas[0]]}: {size:,} cells around one area are too many: take larger ones"
            )
        inside = country.inside(window)
        mine = np.zeros((window.last_row - window.row, window.last_column - window.column), dtype=bool)
        rows, columns = np.divmod(inside.cells, grid.columns)
        at = rows - window.row, columns - window.column
        mine[at] = np.isin(inside.areas, areas)
        if not mine.any():
            return None
        inside = inside.chosen(np.flatnonzero(_widened(mine, margin)[at]))
        territory = Territory(
            country.codes, country.polygons, grid, inside.cells, inside.areas, inside.lons, inside.lats
        )
        people = self.people.on(country, window, inside)
        rows = np.arange(len(people))
        demand = Demand(inside.lons, inside.lats, people, inside.areas, rows, UNNAMED, grid.cell_m)
        stations = self._stations(window)
        return AreaPart(areas, territory, demand, stations, self.supply.chosen(stations))

    def _stations(self, window: Window) -> Rows:
        """Return the stations that may be nearest to a cell of a window, of those that surely and possibly count."""
        grid = self.country.grid
        row, column = (window.row + window.last_row) // 2, (window.column + window.last_column) // 2
        middle = np.array([row * grid.columns + column])
        # From any cell it is no further to the nearest than to the middle and on to that one's.
        half_m = hypot(window.last_row - window.row, window.last_column - window.column) * grid.cell_m
        half_m *= 1 + strain_of(grid)
        found = [index.nearest_many(*grid.centres(middle), 1, 1)[1][0, 0] for index in self._indexes]
        within_m = max([half_m + each for each in found], default=half_m) + half_m + self.radius_m + grid.cell_m
        return stations_around(
            grid, Window(row, row + 1, column, column + 1), self.supply.lons, self.supply.lats, within_m
        )

    @cached_property
    def _indexes(self) -> list[PointIndex]:
        sides = (self.supply.confirmed, self.supply.possible)
        return [PointIndex(self.supply.lons[each], self.supply.lats[each]) for each in sides if each.any()]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_indexes"}


def _widened(cells: NDArray[np.bool_], steps: int) -> NDArray[np.bool_]:
    """Return the cells at most so many rows and columns from one that is flagged, shape (rows, columns)."""
    for axis in (0, 1):
        sums = np.cumsum(np.pad(cells, [(steps + 1, steps) if each == axis else (0, 0) for each in (0, 1)]), axis=axis)
        size = cells.shape[axis]
        first, last = np.arange(size), np.arange(size) + 2 * steps + 1
        cells = np.take(sums, last, axis=axis) > np.take(sums, first, axis=axis)
    return cells
