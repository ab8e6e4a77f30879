"""Demand from a file, by what its name ends in: a table (.csv), GeoJSON (.geojson, .json) or GeoTIFF (.tif, .tiff)."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

import numpy as np
import shapely

from stationmap.audit.demand.areas import Polygons, spread
from stationmap.audit.demand.csv_columns import Columns, read_columns
from stationmap.audit.demand.geojson import read_people
from stationmap.audit.demand.raster import read_raster
from stationmap.audit.demand.tracks import riders
from stationmap.audit.demand.weights import Demand, Numbered, Source, check
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.datum import Datum, to_wgs84
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

ENDINGS = {".csv": "csv", ".geojson": "geojson", ".json": "geojson", ".tif": "raster", ".tiff": "raster"}
MAX_BYTES = 512 * 2**20
_WHOLE_NUMBER, _HEXADECIMAL = re.compile(r"[0-9]{17,19}"), re.compile(r"[0-9A-Fa-f]{1,16}")
DOUBTFUL = 5  # places that another datum would bring inside; fewer may be chance


def read_demand(
    data: bytes,
    name: str,
    territory: Territory,
    *,
    datum: Datum = Datum.WGS84,
    kind: Literal["points", "tracks"] = "points",
    density: bool = False,
) -> Demand:
    """Read who is where; `name` chooses the format and is quoted wherever the demand is.

    `datum` is that of all positions and H3 cells in the file, `kind` says whether a table holds riders' tracks, and
    `density` that a raster holds people per square kilometre. Raises InvalidAuditError for whatever is wrong.
    """
    form = ENDINGS.get(PurePath(name).suffix.casefold())
    if form is None:
        raise InvalidAuditError(f"{name}: is no demand file; its name must end in {', '.join(ENDINGS)}")
    if len(data) > MAX_BYTES:
        raise InvalidAuditError(f"{name}: is larger than {MAX_BYTES // 2**20} MiB")
    if not data.strip():
        raise InvalidAuditError(f"{name}: holds nothing")
    for given, only, what in ((kind == "tracks", "csv", "tracks are"), (density, "raster", "density is")):
        if given and form != only:
            raise InvalidAuditError(f"{name}: {what} read from {only} only")
    if form == "raster":
        if datum is not Datum.WGS84:
            raise InvalidAuditError(f"{name}: a GeoTIFF names its own reference system; leave the datum out")
        return read_raster(data, name, territory, density=density)
    if form == "geojson":
        return _of_geojson(data, name, territory, datum)
    columns = read_columns(data, name)
    return riders(columns, territory, datum) if kind == "tracks" else _of_table(columns, territory, datum)


def _of_table(columns: Columns, territory: Territory, datum: Datum) -> Demand:
    if "h3" in columns and "lon" not in columns:
        columns.require("weight")
        return _of_areas(territory, _hexagons(columns), columns.numbers("weight"), datum, columns.name, columns.rows)
    columns.require("lon", "lat", "weight")
    lons, lats, weights = (columns.numbers(column) for column in ("lon", "lat", "weight"))
    return _of_points(territory, lons, lats, weights, datum, columns.name, columns.rows)


def _of_geojson(data: bytes, name: str, territory: Territory, datum: Datum) -> Demand:
    features = read_people(data, name)
    if features.crs and datum is not Datum.WGS84:
        raise InvalidAuditError(f"{name}: names its own reference system, {features.crs}; leave the datum out")
    if not features.are_points:
        return _of_areas(territory, features.geometries, features.weights, datum, name, features.numbers)
    lons, lats = shapely.get_x(features.geometries), shapely.get_y(features.geometries)
    return _of_points(territory, lons, lats, features.weights, datum, name, features.numbers)


def _of_points(
    territory: Territory, lons: Floats, lats: Floats, weights: Floats, datum: Datum, name: str, what: Numbered
) -> Demand:
    _refuse_exchanged(territory, lons, lats, name)
    source = Source("points", name, (*_read_as(datum), *_doubts(territory, lons, lats, datum)))
    return Demand.at(territory, *to_wgs84(lons, lats, datum), weights, source, what)


def _of_areas(
    territory: Territory, polygons: Polygons, weights: Floats, datum: Datum, name: str, what: Numbered
) -> Demand:
    west, south, east, north = shapely.bounds(polygons).T
    check(np.maximum(-west, east), np.maximum(-south, north), weights, name, what)
    moved = shapely.transform(polygons, lambda places: np.column_stack(to_wgs84(places[:, 0], places[:, 1], datum)))
    cells, outside = spread(territory, moved, weights)
    everybody = int(cells.sum() + outside.sum())
    source = Source("areas", name, _read_as(datum)).leaving_out(int(outside.sum()), everybody, what, outside > 0)
    return Demand.on_cells(territory, cells, source)


def _hexagons(columns: Columns) -> Polygons:
    """Return H3 cells as polygons in degrees (h3geo.org); of those over the 180th meridian, east is beyond it."""
    import h3  # a server needs it for no file of its own

    cells = [_cell(text.strip()) for text in columns.texts["h3"]]
    bad = np.array([not (cell and h3.is_valid_cell(cell)) for cell in cells], dtype=bool)
    if bad.any() or not cells:
        shown = f"{int(bad.sum()):,} are no H3 cells ({columns.rows.named(bad)})" if cells else "holds no rows"
        raise InvalidAuditError(f"{columns.name}: {shown}")
    rings = (np.array(h3.cell_to_boundary(cell))[:, ::-1] for cell in cells)
    return np.array(
        [shapely.Polygon(ring + [360, 0] * (ring[:, :1] < 0) * (np.ptp(ring[:, 0]) > 180)) for ring in rings]
    )


def _cell(text: str) -> str:
    """Return an index in its hexadecimal form, of 15 digits, also where it is given as a whole number, of 18 or 19."""
    if _WHOLE_NUMBER.fullmatch(text):
        return f"{int(text):x}"
    return text if _HEXADECIMAL.fullmatch(text) else ""


def _inside(territory: Territory, lons: Floats, lats: Floats) -> int:
    return int((territory.districts_of(lons, lats) >= 0).sum())


def _refuse_exchanged(territory: Territory, lons: Floats, lats: Floats, name: str) -> None:
    as_given, exchanged = _inside(territory, lons, lats), _inside(territory, lats, lons)
    if 2 * as_given < len(lons) < 2 * exchanged:
        raise InvalidAuditError(f"{name}: longitude and latitude look exchanged: most places lie inside the other way")


def _read_as(datum: Datum) -> tuple[Note, ...]:
    """Say that positions were converted, if they were."""
    return () if datum is Datum.WGS84 else (Note("datum", {"datum": datum.upper()}),)


def _doubts(territory: Territory, lons: Floats, lats: Floats, datum: Datum) -> tuple[Note, ...]:
    """Say so when another datum would leave far fewer places outside: then the datum given is probably wrong."""
    outside = {each: len(lons) - _inside(territory, *to_wgs84(lons, lats, each)) for each in Datum}
    best = min(Datum, key=lambda each: (outside[each], each is not datum))
    if outside[best] * 2 > outside[datum] or outside[datum] - outside[best] < DOUBTFUL:
        return ()
    values = {"outside": f"{outside[datum]:,}", "datum": str(datum), "fewer": f"{outside[best]:,}", "best": str(best)}
    return (Note("datum_doubtful", values),)
