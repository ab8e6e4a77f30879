"""Square cells of equal area over a plane: where is the middle of one, and which one holds a place?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from stationmap.defaults import MIN_CELL_M
from stationmap.errors import InvalidAuditError
from stationmap.geo.equal_area import Plane
from stationmap.geo.geodesy import Floats

Cells = NDArray[np.int64]
"""Cells by number: row times columns plus column, counted from the south-west."""

MAX_CELL_M = 100_000.0
MAX_CELLS = 2_000_000_000  # of the box; those inside the areas are far fewer


@dataclass(frozen=True)
class Grid:
    """Cells of `cell_m` metres by `cell_m`, of which the south-western one has its corner at (west_m, south_m)."""

    plane: Plane
    cell_m: float
    west_m: float
    south_m: float
    columns: int
    rows: int

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], cell_m: float) -> Grid:
        """Return the grid that covers a box in degrees; corners lie on whole multiples of the cell."""
        if not MIN_CELL_M <= cell_m <= MAX_CELL_M:
            raise InvalidAuditError(f"a cell is {MIN_CELL_M:g} to {MAX_CELL_M:g} m wide, not {cell_m:g}")
        plane = Plane.around(*bounds)
        # The straight edges of the box bend on the plane: probe along them, not only at the corners.
        west, south, east, north = bounds
        edge = np.linspace(0, 1, 33)
        lons = np.concatenate([west + edge * (east - west)] * 2 + [np.full(33, west), np.full(33, east)])
        lats = np.concatenate([np.full(33, south), np.full(33, north)] + [south + edge * (north - south)] * 2)
        xs, ys = plane.xy(lons, lats)
        left, low = np.floor(xs.min() / cell_m), np.floor(ys.min() / cell_m)
        columns, rows = int(np.ceil(xs.max() / cell_m) - left), int(np.ceil(ys.max() / cell_m) - low)
        if columns * rows > MAX_CELLS:
            raise InvalidAuditError(f"cells of {cell_m:g} m would be {columns * rows:,}; take larger ones")
        return cls(plane, cell_m, float(left * cell_m), float(low * cell_m), columns, rows)

    @property
    def cell_km2(self) -> float:
        return self.cell_m * self.cell_m / 1e6

    def centres(self, cells: Cells) -> tuple[Floats, Floats]:
        """Return the middles of cells, shape (n,): longitudes and latitudes in WGS-84 degrees, shapes (n,)."""
        return self.plane.lon_lat(*self.centres_m(cells))

    def centres_m(self, cells: Cells) -> tuple[Floats, Floats]:
        """Return the middles of cells, shape (n,): metres east and north on the plane, shapes (n,)."""
        rows, columns = np.divmod(cells, self.columns)
        return self.west_m + (columns + 0.5) * self.cell_m, self.south_m + (rows + 0.5) * self.cell_m

    def cells_of(self, lons: Floats, lats: Floats) -> Cells:
        """Return the cell, shape (n,), of each place in degrees, shapes (n,); -1 where it lies outside the grid."""
        xs, ys = self.plane.xy(lons, lats)
        with np.errstate(invalid="ignore"):
            columns = np.floor((xs - self.west_m) / self.cell_m)
            rows = np.floor((ys - self.south_m) / self.cell_m)
            inside = (columns >= 0) & (columns < self.columns) & (rows >= 0) & (rows < self.rows)
        return np.where(inside, rows * self.columns + columns, -1).astype(np.int64)

    def squares(self, cells: Cells) -> NDArray[np.object_]:
        """Return cells, shape (n,), as polygons, shape (n,), in metres on the plane."""
        xs, ys = self.centres_m(cells)
        half = self.cell_m / 2
        return np.asarray(shapely.box(xs - half, ys - half, xs + half, ys + half))
