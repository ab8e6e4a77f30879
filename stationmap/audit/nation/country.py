"""A country: areas by code and the grid over them, of which a block at a time is laid out, by who works on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.audit.inputs.territory import STEP_DEG, Districts
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.borders import TILE, Borders
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

BLOCK_CELLS = 1_048_576  # of the grid, those outside every area included


class Inside(NamedTuple):
    """The cells of a window that lie in an area, ascending, their areas, and their middles in degrees; shapes (n,)."""

    cells: Cells
    areas: Districts
    lons: Floats
    lats: Floats

    def chosen(self, rows: Cells) -> Inside:
        """Return some of the cells, by rows of shape (k,)."""
        return Inside(self.cells[rows], self.areas[rows], self.lons[rows], self.lats[rows])


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

    def blocks(self, cells: int = BLOCK_CELLS) -> list[Window]:
        """Return squares of at most `cells` cells, at least one, that cover the grid, neighbours close in order.

        The order is that of Morton (A Computer Oriented Geodetic Data Base, IBM 1966): what is read for one block of a
        file that lies in this order is near what is read for the next.
        """
        side = max(isqrt(cells), 1)
        rows, columns = (
            each.ravel() for each in np.indices((-(-self.grid.rows // side), -(-self.grid.columns // side)))
        )
        order = np.argsort(_interleaved(rows, columns), kind="stable")
        corners = zip((rows[order] * side).tolist(), (columns[order] * side).tolist(), strict=True)
        return [
            Window(row, min(row + side, self.grid.rows), column, min(column + side, self.grid.columns))
            for row, column in corners
        ]

    def areas_of(self, window: Window) -> Districts:
        """Return the area of each cell of a window, shape (rows, columns); -1 for none."""
        crossed = self._borders.crossed(window)
        shape = window.last_row - window.row, window.last_column - window.column
        tiles = np.full(crossed.shape, -1, dtype=np.int32)
        ups, rights = np.nonzero(~crossed)
        # One cell speaks for those of a tile that no border passes through.
        tiles[ups, rights] = self._asked((window.row + ups * TILE) * self.grid.columns + window.column + rights * TILE)
        found = tiles.repeat(TILE, axis=0)[: shape[0]].repeat(TILE, axis=1)[:, : shape[1]].copy()
        at = np.nonzero(crossed.repeat(TILE, axis=0)[: shape[0]].repeat(TILE, axis=1)[:, : shape[1]])
        found[at] = self._asked((window.row + at[0]) * self.grid.columns + window.column + at[1])
        return found

    def inside(self, window: Window) -> Inside:
        """Return the cells of a window that lie in an area."""
        areas = self.areas_of(window)
        rows, columns = np.nonzero(areas >= 0)
        cells = (window.row + rows) * self.grid.columns + (window.column + columns)
        return Inside(cells, areas[rows, columns], *self.grid.centres(cells))

    def extent(self, areas: Sequence[int], margin: int) -> Window:
        """Return the window of the grid that areas lie in, by their places, and so many rows and columns around."""
        # Edges that are straight in degrees bend on the plane; of a chord of STEP_DEG that is less than a metre.
        corners = shapely.get_coordinates(shapely.segmentize([self.polygons[area] for area in areas], STEP_DEG))
        xs, ys = self.grid.plane.xy(corners[:, 0], corners[:, 1])
        found = []
        for values, low, count in ((ys, self.grid.south_m, self.grid.rows), (xs, self.grid.west_m, self.grid.columns)):
            first = int((values.min() - low) // self.grid.cell_m) - 1 - margin
            last = int((values.max() - low) // self.grid.cell_m) + 2 + margin
            found += [max(first, 0), min(last, count)]
        return Window(*found)

    def _asked(self, cells: Cells) -> Districts:
        """Return the areas that hold the middles of cells, shape (n,)."""
        areas = np.full(len(cells), -1, dtype=np.int32)
        if not len(cells):
            return areas
        lons, lats = self.grid.centres(cells)
        bounds = float(lons.min()), float(lats.min()), float(lons.max()), float(lats.max())
        for at in np.sort(self._tree.query(shapely.box(*bounds))):
            west, south, east, north = self.polygons[at].bounds
            near = (areas < 0) & (lons >= west) & (lons <= east) & (lats >= south) & (lats <= north)
            rows = np.flatnonzero(near)
            shapely.prepare(self.polygons[at])
            areas[rows[shapely.contains_xy(self.polygons[at], lons[rows], lats[rows])]] = at
        return areas

    @cached_property
    def _borders(self) -> Borders:
        return Borders.of(self.polygons, self.grid)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([shapely.box(*polygon.bounds) for polygon in self.polygons])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_borders", "_tree")}


def _interleaved(rows: Cells, columns: Cells) -> Cells:
    """Return numbers whose bits are those of rows and columns in turn."""
    keys = np.zeros(len(rows), dtype=np.int64)
    for bit in range(31):
        keys |= ((columns >> bit & 1) << 2 * bit) | ((rows >> bit & 1) << 2 * bit + 1)
    return keys
