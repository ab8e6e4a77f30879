"""People of a country in a file that is too large to be read at once: each worker reads what lies under its block.

A GeoTIFF gives people per pixel; tiled and internally indexed (COG), a block costs its tiles. A Parquet file gives
places, a row each; where rows that lie together stand together (sorted by place, in whatever curve), the least and the
largest degrees of each row group say which need be read. Either way people are where the middle of their pixel, or
their place, lies, and belong to the cell there; those in cells of no area are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings

import numpy as np

from stationmap import files
from stationmap.audit.demand.raster import Placing, read_pixels, refuse, span
from stationmap.audit.demand.weights import THOUSANDTHS, Numbered, People, check
from stationmap.audit.inputs.grid import Grid
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.country import Country, Inside
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, ParquetFile
    from rasterio.io import DatasetReader

AT_A_TIME = 4_000_000  # pixels or rows
ALONG = 33  # places along an edge of a block, between which it hardly bends
COLUMNS = ("lon", "lat", "people")


@dataclass(frozen=True)
class RasterPeople:
    """People per pixel of a GeoTIFF of one band, in whatever reference system, no pixel larger than a cell."""

    path: Path

    def on(self, country: Country, window: Window, inside: Inside) -> People:
        """Return the people, thousandths (n,), of the cells of a window that lie in an area, shapes (n,).

        Raises InvalidAuditError for what cannot be read so.
        """
        from rasterio.windows import Window as Pixels

        grid, sums = country.grid, _Sums(country.grid, window)
        columns, rows = self._placing.pixels(*_around(grid, window))
        left, right = span(columns, self._dataset.width)
        top, bottom = span(rows, self._dataset.height)
        width = max(right - left, 0)
        step = max(AT_A_TIME // max(width, 1), 1)
        # One after the other in the order of the file, whatever the block: sums of fractions depend on it.
        for row in range(top, bottom if width else top, step):
            found = read_pixels(self._dataset, Pixels(left, row, width, min(step, bottom - row)))
            if len(found.people):
                lons, lats = self._placing.degrees(found.columns + 0.5, found.rows + 0.5)
                numbers = Numbered("pixels", np.arange(1, len(lons) + 1))
                check(lons, lats, found.people, self.path.name, numbers)
                sums.add(lons, lats, found.people)
        return np.asarray(np.rint(sums.of(inside) * THOUSANDTHS).astype(np.int64))

    def checked(self, grid: Grid) -> RasterPeople:
        """Return these people. Raises InvalidAuditError where a pixel in the middle is larger than a cell."""
        middle = np.array([self._dataset.width / 2]), np.array([self._dataset.height / 2])
        pixel_m2 = float(self._placing.areas_m2(*middle, grid.plane)[0])
        if pixel_m2 > grid.cell_m**2:
            raise InvalidAuditError(
                f"{self.path.name}: its pixels are {pixel_m2**0.5:,.0f} m wide, larger than the cells: take larger ones"
            )
        return self

    @cached_property
    def _dataset(self) -> DatasetReader:
        try:
            import rasterio
            from rasterio.errors import RasterioError
        except ImportError as error:
            raise InvalidAuditError("GeoTIFF needs rasterio: pip install 'stationmap[raster]'") from error
        files.opened(self.path).close()  # an ordinary file, or FileError
        try:
            # GDAL reads tiles as they are asked for, so it opens the file itself: one driver, and no file beside it.
            with catch_warnings(action="ignore"), rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
                dataset = rasterio.open(self.path, driver="GTiff")
        except RasterioError as error:
            raise InvalidAuditError(f"{self.path.name}: is not a GeoTIFF that can be read") from error
        refuse(dataset, self.path.name, density=False)
        return dataset

    @cached_property
    def _placing(self) -> Placing:
        return Placing.of(self._dataset)

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}


@dataclass(frozen=True)
class ParquetPeople:
    """People at places of a Parquet file: the columns lon and lat, WGS-84 degrees, and people."""

    path: Path

    def on(self, country: Country, window: Window, inside: Inside) -> People:
        """Return the people, thousandths (n,), of the cells of a window that lie in an area, shapes (n,).

        Raises InvalidAuditError for what cannot be read so.
        """
        lons, lats = _around(country.grid, window)
        bounds = {"lon": (lons.min(), lons.max()), "lat": (lats.min(), lats.max())}
        sums = _Sums(country.grid, window, np.int64)
        wanted = [group for group in range(self._known.num_row_groups) if self._may_lie_in(group, bounds)]
        with self._opened() as file:
            # Without row groups all would be read.
            for batch in file.iter_batches(AT_A_TIME, row_groups=wanted, columns=list(COLUMNS)) if wanted else ():
                lons, lats, people = (
                    batch.column(name).to_numpy(zero_copy_only=False).astype(np.float64) for name in COLUMNS
                )
                check(lons, lats, people, self.path.name, Numbered("rows", np.arange(1, len(batch) + 1)))
                sums.add(lons, lats, np.rint(people * THOUSANDTHS).astype(np.int64))
        return np.asarray(sums.of(inside))

    def checked(self, grid: Grid) -> ParquetPeople:  # noqa: ARG002  places are points
        """Return these people. Raises InvalidAuditError where a column is missing."""
        missing = [name for name in COLUMNS if name not in self._known.schema.names]
        if missing:
            raise InvalidAuditError(f"{self.path.name}: has no column {', '.join(missing)}")
        return self

    def _may_lie_in(self, group: int, bounds: dict[str, tuple[float, float]]) -> bool:
        """Tell whether rows of a group may lie within bounds; those that say nothing of themselves may."""
        meta = self._known.row_group(group)
        for at in range(meta.num_columns):
            column = meta.column(at)
            known = column.statistics
            if column.path_in_schema in bounds and known is not None and known.has_min_max:
                least, most = bounds[column.path_in_schema]
                if known.max < least or known.min > most:
                    return False
        return True

    @cached_property
    def _known(self) -> FileMetaData:
        """What the file says of its row groups, read once."""
        with self._opened(read_anew=True) as file:
            return file.metadata

    @contextmanager
    def _opened(self, *, read_anew: bool = False) -> Iterator[ParquetFile]:
        try:
            from pyarrow import ArrowInvalid
            from pyarrow.parquet import ParquetFile
        except ImportError as error:
            raise InvalidAuditError("Parquet needs pyarrow: pip install 'stationmap[parquet]'") from error
        with files.opened(self.path) as file:
            try:
                yield ParquetFile(file, metadata=None if read_anew else self._known)
            except ArrowInvalid as error:
                raise InvalidAuditError(f"{self.path.name}: is not a Parquet file that can be read") from error

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}


def people_of_file(path: Path, grid: Grid) -> RasterPeople | ParquetPeople:
    """Return the people of a file, by its ending. Raises InvalidAuditError for any other, or what cannot be read."""
    # A worker that is started in another folder finds it, too.
    whole = path.resolve()
    match path.suffix.casefold():
        case ".tif" | ".tiff":
            return RasterPeople(whole).checked(grid)
        case ".parquet":
            return ParquetPeople(whole).checked(grid)
        case _:
            raise InvalidAuditError(f"{path.name}: people of a country are in a .tif, .tiff or .parquet file")


class _Sums:
    """Adds up people by cell of a window, one after the other in the order given."""

    def __init__(self, grid: Grid, window: Window, kind: type[np.generic] = np.float64) -> None:
        self._grid, self._window = grid, window
        self._sums = np.zeros((window.last_row - window.row) * self._width, dtype=kind)

    @property
    def _width(self) -> int:
        return self._window.last_column - self._window.column

    def add(self, lons: Floats, lats: Floats, people: Any) -> None:
        """Add people, (n,), at places, degrees (n,); those outside the window are left out."""
        cells = self._grid.cells_of(lons, lats)
        rows, columns = np.divmod(cells, self._grid.columns)
        row, last_row, column, last_column = self._window
        here = (cells >= 0) & (rows >= row) & (rows < last_row) & (columns >= column) & (columns < last_column)
        np.add.at(self._sums, (rows[here] - row) * self._width + columns[here] - column, people[here])

    def of(self, inside: Inside) -> Any:
        """Return the sums of cells of the window, shape (n,)."""
        rows, columns = np.divmod(inside.cells, self._grid.columns)
        return self._sums[(rows - self._window.row) * self._width + columns - self._window.column]


def _around(grid: Grid, window: Window) -> tuple[Floats, Floats]:
    """Return places of a window and its edges, WGS-84 degrees of shape (n,), and a cell beyond each."""
    row, last_row, column, last_column = window
    ups = grid.south_m + np.linspace(row - 1, last_row + 1, ALONG) * grid.cell_m
    rights = grid.west_m + np.linspace(column - 1, last_column + 1, ALONG) * grid.cell_m
    xs, ys = np.meshgrid(rights, ups)
    return grid.plane.lon_lat(xs.ravel(), ys.ravel())
