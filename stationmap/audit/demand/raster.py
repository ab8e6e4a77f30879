"""A GeoTIFF of people per pixel, in whatever reference system, as people in the territory's cells.

Pixels no larger than a cell go to the cell that holds their middle; larger ones are areas (`areas`). Only what lies
over the territory is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from warnings import catch_warnings

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from stationmap.audit.demand.areas import spread
from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Numbered, People, Source, check
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.errors import InvalidAuditError
from stationmap.geo.equal_area import Plane
from stationmap.geo.geodesy import Floats
from stationmap.geo.reference_systems import NoSureWayError, to_wgs84

if TYPE_CHECKING:
    from rasterio.io import DatasetReader
    from rasterio.windows import Window

MAX_PIXELS = 20_000_000  # read at once; a city at 30 m
OUTSIDE = Note("pixels_outside")
_DENSITY = re.compile(r"densit|密度|_pd_|per[ _]?(?:sq|km|ha\b)|/ ?(?:sq|km[²^2]|ha\b(?!/))|km\^?-2", re.IGNORECASE)
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))
_BATCH = 500_000


class Pixels(NamedTuple):
    """Pixels with people over the territory: column and row of each in its file, people; shapes (n,)."""

    columns: Floats
    rows: Floats
    people: Floats


def read_raster(data: bytes, name: str, territory: Territory, *, density: bool = False) -> Demand:
    """Read people per pixel, or with `density` people per square kilometre.

    Raises InvalidAuditError for what is no raster of one band with a reference system, is too large, or says itself
    that it holds densities; and, saying what to install, where rasterio is missing.
    """
    try:
        from rasterio import MemoryFile
        from rasterio.errors import RasterioError
    except ImportError as error:
        raise InvalidAuditError("GeoTIFF needs rasterio: pip install 'stationmap[raster]'") from error
    try:
        # One driver only: others may be led to open further files.
        with catch_warnings(action="ignore"), MemoryFile(data) as memory, memory.open(driver="GTiff") as dataset:
            refuse(dataset, name, density)
            placing = Placing.of(dataset)
            people = read_pixels(dataset, _window(dataset, placing, territory, name))
    except (RasterioError, CRSError) as error:
        raise InvalidAuditError(f"{name}: is not a GeoTIFF that can be read") from error
    except NoSureWayError as error:
        raise InvalidAuditError(
            f"{name}: its reference system cannot be converted to WGS-84; save it in WGS-84 (EPSG:4326)"
        ) from error
    return _demand(people, placing, Source("raster", name, _notes(density)), territory, density)


class Placing(NamedTuple):
    """Where a pixel's column and row (0.5 is the middle of the first) lie: by an affine map, then a projection."""

    matrix: Floats
    origin: Floats
    to_degrees: Transformer

    @classmethod
    def of(cls, dataset: DatasetReader) -> Placing:
        """Return where the pixels of an open raster lie."""
        a, b, c, d, e, f = dataset.transform[:6]
        crs = CRS.from_wkt(dataset.crs.to_wkt())
        return cls(np.array([[a, b], [d, e]]), np.array([[c], [f]]), to_wgs84(crs))

    def degrees(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Return WGS-84 degrees, shapes (n,), of places by column and row, shapes (n,)."""
        lons, lats = self.to_degrees.transform(*(self.matrix @ np.vstack([columns, rows]) + self.origin))
        return lons, lats

    def pixels(self, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows of those places, WGS-84 degrees (n,), that the projection knows."""
        places = np.vstack(self.to_degrees.transform(lons, lats, direction="INVERSE"))
        columns, rows = np.linalg.solve(self.matrix, places[:, np.isfinite(places).all(axis=0)] - self.origin)
        return columns, rows

    def squares(self, columns: Floats, rows: Floats) -> NDArray[np.object_]:
        """Return pixels as polygons in degrees, shape (n,)."""
        corners = [self.degrees(columns + east, rows + south) for east, south in _CORNERS]
        return np.asarray(shapely.polygons(np.stack([np.column_stack(each) for each in corners], axis=1)))

    def areas_m2(self, columns: Floats, rows: Floats, plane: Plane) -> Floats:
        """Return the areas of pixels, shape (n,): by their diagonals, on an equal-area plane."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = (
            plane.xy(*self.degrees(columns + east, rows + south)) for east, south in _CORNERS
        )
        return np.asarray(np.abs((cx - ax) * (dy - by) - (cy - ay) * (dx - bx)) / 2)


def refuse(dataset: DatasetReader, name: str, density: bool) -> None:
    """Raise InvalidAuditError for a file that cannot be read for certain, or within the memory there is."""
    text = " ".join(
        [name, *map(str, dataset.descriptions), *map(str, dataset.units), *map(str, dataset.tags().values())]
        + [str(each) for band in dataset.indexes for each in dataset.tags(band).values()]
    )
    sign = _DENSITY.search(text)
    block = max(rows * columns for rows, columns in dataset.block_shapes)
    for wrong, what in (
        (dataset.count != 1, f"has {dataset.count} bands; give one with people per pixel"),
        (np.dtype(dataset.dtypes[0]).kind not in "iuf", f"holds {dataset.dtypes[0]}, no plain numbers"),
        (dataset.crs is None, "names no coordinate reference system"),
        (dataset.transform.is_degenerate, "does not say where its pixels lie"),
        (block > MAX_PIXELS, f"is stored in blocks of {block:,} pixels, more than {MAX_PIXELS:,}; save it in tiles"),
        (
            sign is not None and not density,
            f"looks like people per area, not per pixel ({sign and sign[0]!r}); give counts, or say that it is density",
        ),
    ):
        if wrong:
            raise InvalidAuditError(f"{name}: {what}")


def _window(dataset: DatasetReader, placing: Placing, territory: Territory, name: str) -> Window:
    """Return the pixels over the territory, with one more on each side."""
    from rasterio.windows import Window

    west, south, east, north = shapely.total_bounds(list(territory.polygons))
    lons, lats = np.meshgrid(np.linspace(west, east, 33), np.linspace(south, north, 33))
    columns, rows = placing.pixels(lons.ravel(), lats.ravel())
    left, right = span(columns, dataset.width)
    top, bottom = span(rows, dataset.height)
    if left >= right or top >= bottom:
        raise InvalidAuditError(f"{name}: lies nowhere near the studied area")
    if (pixels := (right - left) * (bottom - top)) > MAX_PIXELS:
        raise InvalidAuditError(f"{name}: has {pixels:,} pixels over the studied area, more than {MAX_PIXELS:,}")
    return Window(left, top, right - left, bottom - top)


def span(places: Floats, size: int) -> tuple[int, int]:
    """Return the first pixel and the last, not included, in which places, pixels of shape (n,), lie, and one around."""
    if not places.size:
        return 0, 0
    first, last = np.clip([np.floor(places.min()) - 1, np.ceil(places.max()) + 1], 0, size)
    return int(first), int(last)


def read_pixels(dataset: DatasetReader, window: Window) -> Pixels:
    """Return the pixels of a window that hold anything but 0, row by row."""
    band = dataset.read(1, window=window, masked=True)
    scaled = band.astype(np.float64) * dataset.scales[0] + dataset.offsets[0]
    given = ~np.ma.getmaskarray(scaled) & (scaled.data != 0)
    rows, columns = np.nonzero(given)
    places = np.column_stack([columns + window.col_off, rows + window.row_off]).astype(np.float64)
    return Pixels(places[:, 0], places[:, 1], scaled.data[given])


def _demand(pixels: Pixels, placing: Placing, source: Source, territory: Territory, density: bool) -> Demand:
    if not len(pixels.people):
        raise InvalidAuditError(f"{source.name}: nobody lives over the studied area")
    lons, lats = placing.degrees(pixels.columns + 0.5, pixels.rows + 0.5)
    check(lons, lats, pixels.people, source.name, Numbered("pixels", np.arange(1, len(lons) + 1)))
    people, plane = pixels.people, territory.grid.plane
    if density:
        people = people * placing.areas_m2(pixels.columns, pixels.rows, plane) / 1e6
    middle = (np.median(pixels.columns, keepdims=True), np.median(pixels.rows, keepdims=True))
    if placing.areas_m2(*middle, plane)[0] > territory.grid.cell_m**2:
        return Demand.on_cells(territory, spread(territory, placing.squares(*pixels[:2]), people).cells, source)
    return Demand.on_cells(territory, _gathered(territory, lons, lats, people), source)


def _gathered(territory: Territory, lons: Floats, lats: Floats, people: Floats) -> People:
    # Added before they are rounded: pixels of a fine raster hold fractions of a thousandth of a person.
    sums = np.zeros(len(territory))
    for start in range(0, len(people), _BATCH):
        here = slice(start, start + _BATCH)
        rows = territory.rows_at(lons[here], lats[here], territory.districts_of(lons[here], lats[here]))
        np.add.at(sums, rows[rows >= 0], people[here][rows >= 0])
    return np.rint(sums * THOUSANDTHS).astype(np.int64)


def _notes(density: bool) -> tuple[Note, ...]:
    return Note("pixels_density" if density else "pixels"), OUTSIDE
