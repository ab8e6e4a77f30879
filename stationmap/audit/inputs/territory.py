"""What is studied: districts, cut into cells of equal area. A cell belongs to the district that holds its middle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats
from stationmap.geo.kd_tree import kd_tree

MAX_CELLS = 20_000_000  # some 3 GB at work; the city at 25 m

MAX_OVERLAP = 0.5  # of an area's cells: more is an area in another
STRIP_CELLS = 1_000_000  # looked at together
STEP_DEG = 0.05
DRAWING_ERROR = 0.01  # of an area's cells, that need no mention

Districts = NDArray[np.int32]
"""Districts by their place in `Territory.codes`; -1 for none of them."""


class Overlap(NamedTuple):
    """Two areas, by their codes, and the share of the later one's cells that was counted to the earlier one."""

    code: str
    earlier: str
    share: float


@dataclass(frozen=True, eq=False)
class Territory:
    """Districts and their cells, in ascending order; arrays have the shape (cells,)."""

    codes: tuple[str, ...]
    polygons: tuple[BaseGeometry, ...]
    grid: Grid
    cells: Cells
    districts: Districts
    lons: Floats
    lats: Floats
    overlaps: tuple[Overlap, ...] = ()

    @classmethod
    def of(cls, areas: Mapping[str, BaseGeometry], cell_m: float, only: Collection[str] = ()) -> Territory:
        """Cut areas, WGS-84 degrees by code, into cells of `cell_m` metres.

        The grid lies over all areas, also where `only` some of them, by code, are studied: a district then has the
        cells, and so the figures, that it has among the others. Raises InvalidAuditError without areas, where no
        cell's middle lies in them, and where more than half of one lies in another.
        """
        if not areas:
            raise InvalidAuditError("there is no area to study")
        grid = Grid.over(tuple(shapely.total_bounds(list(areas.values()))), cell_m)
        codes = tuple(sorted(only or areas))
        polygons = tuple(areas[code] for code in codes)
        _refuse_too_many(grid, polygons)
        found = [_cells_inside(grid, polygon) for polygon in polygons]
        cells = np.concatenate(found)
        districts = np.repeat(np.arange(len(codes), dtype=np.int32), [len(each) for each in found])
        # Where polygons overlap, the first district has the cell.
        cells, first = np.unique(cells, return_index=True)
        overlaps = tuple(_overlaps(codes, found, districts[first]))
        if not cells.size:
            raise InvalidAuditError(f"cells of {cell_m:g} m are larger than the area: take smaller ones")
        return cls(codes, polygons, grid, cells, districts[first], *grid.centres(cells), overlaps)

    def __len__(self) -> int:
        return len(self.cells)

    def is_same_as(self, other: Territory) -> bool:
        """Tell whether another territory has the same districts and cells."""
        same_grid = (self.codes, self.grid) == (other.codes, other.grid)
        return same_grid and all(
            np.array_equal(mine, theirs)
            for mine, theirs in ((self.cells, other.cells), (self.districts, other.districts))
        )

    @property
    def area_km2(self) -> float:
        return len(self) * self.grid.cell_km2

    def districts_of(self, lons: Floats, lats: Floats) -> Districts:
        """Return the district, shape (n,), that holds each place in degrees, shapes (n,); -1 for none."""
        districts = np.full(len(lons), -1, dtype=np.int32)
        for at, polygon in enumerate(self.polygons):
            west, south, east, north = polygon.bounds
            near = np.flatnonzero((lons >= west) & (lons <= east) & (lats >= south) & (lats <= north))
            near = near[districts[near] < 0]
            shapely.prepare(polygon)
            districts[near[shapely.intersects_xy(polygon, lons[near], lats[near])]] = at
        return districts

    def rows_at(self, lons: Floats, lats: Floats, districts: Districts) -> Cells:
        """Return the row, shape (n,), of the cell of each place in degrees; -1 for places in no district.

        All arrays have the shape (n,); `districts` are those of the places. On a border a place may be in a district
        while the middle of its cell is not; then the nearest cell takes it.
        """
        cells = self.grid.cells_of(lons, lats)
        rows = np.minimum(np.searchsorted(self.cells, cells), len(self) - 1)
        rows = np.where(districts >= 0, rows, -1)
        astray = np.flatnonzero((districts >= 0) & (self.cells[rows] != cells))
        if astray.size:
            middles = np.column_stack(self.grid.centres_m(self.cells))
            places = np.column_stack(self.grid.plane.xy(lons[astray], lats[astray]))
            rows[astray] = kd_tree(middles).query(places)[1]
        return rows


def _refuse_too_many(grid: Grid, polygons: Sequence[BaseGeometry]) -> None:
    """Raise InvalidAuditError before memory runs out; a whole nation is counted in blocks (`audit/nation`)."""
    cells = sum(shapely.transform(each, _on(grid)).area for each in polygons) / grid.cell_m**2
    if cells > MAX_CELLS:
        raise InvalidAuditError(
            f"cells of {grid.cell_m:g} m would be {cells:,.0f}, more than {MAX_CELLS:,}; take larger ones"
        )


def _overlaps(codes: Sequence[str], cells: Sequence[Cells], kept: Districts) -> Iterator[Overlap]:
    """Yield every pair of areas that share more than an error of drawing explains.

    Raises InvalidAuditError naming all that lie in another: whose their people are would be anybody's guess.
    """
    left = np.bincount(kept, minlength=len(codes))
    problems = []
    for at in np.flatnonzero(left < [len(each) for each in cells]).tolist():
        both = [int(np.isin(cells[at], each, assume_unique=True).sum()) for each in cells[:at]]
        for other, shared in enumerate(both):
            smaller, larger = sorted((at, other), key=lambda each: len(cells[each]))
            if shared > MAX_OVERLAP * len(cells[smaller]):
                problems.append(f"{shared / len(cells[smaller]):.0%} of {codes[smaller]} lies in {codes[larger]} too")
            elif shared > DRAWING_ERROR * len(cells[smaller]):
                yield Overlap(codes[at], codes[other], shared / len(cells[at]))
    if problems:
        raise InvalidAuditError("areas overlap, and people in both would be counted in one: " + "; ".join(problems))


def _on(grid: Grid) -> Callable[[Floats], Floats]:
    return lambda places: np.column_stack(grid.plane.xy(places[:, 0], places[:, 1]))


def _cells_inside(grid: Grid, polygon: BaseGeometry) -> Cells:
    """Return the cells whose middles lie in a polygon in degrees, a strip of rows at a time."""
    rows, columns = _extent(grid, polygon)
    strip = max(STRIP_CELLS // max(len(columns), 1), 1)
    shapely.prepare(polygon)
    inside = []
    for at in range(0, len(rows), strip):
        cells = (rows[at : at + strip, np.newaxis] * grid.columns + columns).ravel()
        lons, lats = grid.centres(cells)
        inside.append(cells[shapely.contains_xy(polygon, lons, lats)])
    return np.concatenate(inside) if inside else np.empty(0, dtype=np.int64)


def _extent(grid: Grid, polygon: BaseGeometry) -> tuple[Cells, Cells]:
    """Return the rows and the columns of the grid that a polygon in degrees may have cells in."""
    # Edges that are straight in degrees bend on the plane; of a chord of STEP_DEG that is less than a metre.
    corners = shapely.get_coordinates(shapely.segmentize(polygon, STEP_DEG))
    xs, ys = grid.plane.xy(corners[:, 0], corners[:, 1])
    found = []
    for values, low, count in ((ys, grid.south_m, grid.rows), (xs, grid.west_m, grid.columns)):
        first = max(int((values.min() - low) // grid.cell_m) - 1, 0)
        last = min(int((values.max() - low) // grid.cell_m) + 2, count)
        found.append(np.arange(first, last, dtype=np.int64))
    return found[0], found[1]
