"""What a station in the middle of each cell would add, for all cells of a grid at once.

People of a cell gain what is in reach of the new station beyond what is in reach already (`cell_share`), so that a
gain is a sum over the cells around. Those of which all is in reach of the new one form runs in each row, added as
differences of running sums; those at the rim are added one step of columns and rows after the other.

The plane is true to some 1e-4 of a distance. Where that leaves a metre open the larger share is taken: a gain is never
less than it is geodesically, and at cells of 250 m and a radius of 1 km exactly that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.inputs.cell_share import PARTS, ShareArray, cell_share, reached
from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.geo.geodesy import EQUATORIAL_RADIUS_M

Amounts = NDArray[np.int64]
"""People in thousandths."""


class Window(NamedTuple):
    """Rows and columns of the grid, the last not included."""

    row: int
    last_row: int
    column: int
    last_column: int


class SiteGains:
    """People by cell, and how many of them are in reach; `build` brings more of them in reach, `raze` fewer."""

    def __init__(self, grid: Grid, cells: Cells, people: Amounts, served: Amounts, radius_m: float) -> None:
        """Take the cells' numbers, their people and those of them in reach, shapes (cells,), thousandths."""
        self.columns = grid.columns
        self.shares = _shares(grid, radius_m)
        self.far = len(self.shares) // 2
        rows, columns = np.divmod(cells, grid.columns)
        self.whole = Window(int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1)
        height, width = self.whole.last_row - self.whole.row, self.whole.last_column - self.whole.column
        shape = height + 4 * self.far, width + 4 * self.far  # a site may stand, and reach, beyond the cells
        self._people, self._served = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        at = rows - self.whole.row + 2 * self.far, columns - self.whole.column + 2 * self.far
        self._people[at], self._served[at] = people, served
        self._served_before = self._served.copy()

    def gains(self, window: Window | None = None) -> Amounts:
        """Return what a station on each cell of a window, or of all, would add; shape (rows, columns)."""
        row, last_row, column, last_column = window or self.whole
        height, width, far = last_row - row, last_column - column, self.far
        top, left = row - self.whole.row + far, column - self.whole.column + far
        part = slice(top, top + height + 2 * far), slice(left, left + width + 2 * far)
        people, served = self._people[part], self._served[part]
        found = np.zeros((height, width), dtype=np.int64)
        sums = np.zeros((people.shape[0], people.shape[1] + 1), dtype=np.int64)
        np.cumsum(np.maximum(people - served, 0), axis=1, out=sums[:, 1:])
        for up, reach in enumerate(self._runs):
            if reach >= 0:
                found += sums[up : up + height, far + reach + 1 : far + reach + 1 + width]
                found -= sums[up : up + height, far - reach : far - reach + width]
        for share, steps in self._rims:
            some = np.maximum(reached(people, share) - served, 0)
            for up, right in steps:
                found += some[up : up + height, right : right + width]
        return found

    def build(self, cell: int) -> Window:
        """Put a station in the middle of a cell; return the window of cells whose gains may be less now."""
        around = self._around(cell)
        np.maximum(self._served[around], reached(self._people[around], self.shares), out=self._served[around])
        return self.near(cell, 2 * self.far)

    def raze(self, cell: int, others: Iterable[int]) -> Window:
        """Take away the station of a cell, `others` being all that stay; return the window whose gains may be more."""
        around = self._around(cell)
        self._served[around] = self._served_before[around]
        row, column = divmod(cell, self.columns)
        for other in others:
            there = divmod(other, self.columns)
            if max(abs(there[0] - row), abs(there[1] - column)) <= 2 * self.far:
                self.build(other)
        return self.near(cell, 2 * self.far)

    def _around(self, cell: int) -> tuple[slice, slice]:
        row, column = divmod(cell, self.columns)
        top, left = row - self.whole.row + self.far, column - self.whole.column + self.far
        return slice(top, top + 2 * self.far + 1), slice(left, left + 2 * self.far + 1)

    def near(self, cell: int, steps: int) -> Window:
        """Return the window of the cells at most so many rows and columns away from one."""
        whole, (row, column) = self.whole, divmod(cell, self.columns)
        return Window(
            max(row - steps, whole.row), min(row + steps + 1, whole.last_row),
            max(column - steps, whole.column), min(column + steps + 1, whole.last_column),
        )  # fmt: skip

    def inside(self, window: Window) -> tuple[slice, slice]:
        """Return where a window lies in the gains of all."""
        row, column = self.whole.row, self.whole.column
        return slice(window.row - row, window.last_row - row), slice(
            window.column - column, window.last_column - column
        )

    @cached_property
    def _runs(self) -> list[int]:
        """How many columns to either side are wholly in reach, by row from the southernmost; -1 for none."""
        return [int((line == PARTS).sum() - 1) // 2 if (line == PARTS).any() else -1 for line in self.shares]

    @cached_property
    def _rims(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """Shares between none and all, each with the steps that have it, from the south-west."""
        between = np.unique(self.shares[(self.shares > 0) & (self.shares < PARTS)]).tolist()
        return [
            (share, [(int(up), int(right)) for up, right in np.argwhere(self.shares == share)]) for share in between
        ]


def _shares(grid: Grid, radius_m: float) -> ShareArray:
    """Return the parts of the cells around one that are in reach of its middle, at least; a square of odd width."""
    share, strain = cell_share(radius_m, grid.cell_m), strain_of(grid)
    far = math.ceil(share.outer_m * (1 + strain) / grid.cell_m)
    steps = np.arange(-far, far + 1) * grid.cell_m
    metres = np.hypot(steps[:, np.newaxis], steps[np.newaxis])
    return share.at(metres * (1 - strain))


def strain_of(grid: Grid) -> float:
    """Return by how much, at most, a short distance on the plane differs from the geodesic, relative.

    The scale of the projection is cos(c/2) along and 1/cos(c/2) across the ray from its centre, c the angular
    distance (Snyder 1987, 185); half as much again covers the ellipsoid and that c is taken on the plane.
    """
    xs, ys = (grid.west_m, grid.columns), (grid.south_m, grid.rows)
    far_m = math.hypot(*(max(abs(start), abs(start + count * grid.cell_m)) for start, count in (xs, ys)))
    return 1e-6 + 1.5 * (1 / math.cos(min(far_m / EQUATORIAL_RADIUS_M / 2, 1.0)) - 1)
