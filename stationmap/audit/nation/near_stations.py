"""Which stations matter to a window of the grid, and which of its cells to any station: so that little is searched."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.inputs.grid import Grid
from stationmap.audit.inputs.within_radius import Rows
from stationmap.audit.metrics.site_gains import Window, strain_of
from stationmap.geo.geodesy import Floats


def stations_around(grid: Grid, window: Window, lons: Floats, lats: Floats, within_m: float) -> Rows:
    """Return, ascending, the rows of stations, degrees (n,), that may be within metres of a cell of a window."""
    columns, rows = _places(grid, lons, lats)
    off = _steps(grid, within_m)
    return np.flatnonzero(
        (rows > window.row - off)
        & (rows < window.last_row + off)
        & (columns > window.column - off)
        & (columns < window.last_column + off)
    )


def cells_around(grid: Grid, window: Window, lons: Floats, lats: Floats, within_m: float) -> NDArray[np.bool_]:
    """Return which cells of a window may have a station, degrees (n,), within metres of their middle.

    The shape is (rows, columns).
    """
    columns, rows = _places(grid, lons, lats)
    off = _steps(grid, within_m)
    height, width = window.last_row - window.row, window.last_column - window.column
    # Squares around stations are added as differences at their corners.
    corners = np.zeros((height + 1, width + 1), dtype=np.int32)
    for row_off, up in ((-off, 1), (off + 1, -1)):
        for column_off, right in ((-off, 1), (off + 1, -1)):
            at = (
                np.clip(np.floor(rows).astype(np.int64) + row_off - window.row, 0, height),
                np.clip(np.floor(columns).astype(np.int64) + column_off - window.column, 0, width),
            )
            np.add.at(corners, at, up * right)
    return np.asarray(corners.cumsum(axis=0).cumsum(axis=1)[:height, :width] > 0)


def _places(grid: Grid, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
    xs, ys = grid.plane.xy(lons, lats)
    return (xs - grid.west_m) / grid.cell_m, (ys - grid.south_m) / grid.cell_m


def _steps(grid: Grid, within_m: float) -> int:
    return ceil(within_m * (1 + strain_of(grid)) / grid.cell_m) + 1
