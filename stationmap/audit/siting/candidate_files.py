"""Files of places: a table of id, lon and lat, or a GeoJSON of points and areas."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.feature_files import EXCHANGED, Feature, misplaced, read_features
from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_table import CsvTable
from stationmap.datum import Datum
from stationmap.errors import InvalidAuditError, InvalidTableError

SHOWN = 5
NO_GEOMETRY = "has no geometry that can be read"
JSON = (".json", ".geojson")


class Place(NamedTuple):
    """A place of a file: where it stands there, its id, and degrees in the datum of the file."""

    where: str
    id: str
    lon: float
    lat: float


def places(data: bytes, name: str, datum: Datum = Datum.WGS84) -> list[Place]:
    """Read a file by its name's ending, .json or .geojson, or a table; an area is taken at a point inside.

    Raises InvalidAuditError naming the lines or features that cannot be read, when there is none at all, and where a
    file names another reference system than the datum.
    """
    found = list(_of_geojson(data, name, datum) if name.lower().endswith(JSON) else _of_table(data, name))
    if not found:
        raise InvalidAuditError(f"{name}: holds no candidates")
    _refuse(name, "no position at", [each for each in found if not (isfinite(each.lon) and isfinite(each.lat))])
    exchanged = [each for each in found if misplaced(each.lon, each.lat, each.lon, each.lat) == EXCHANGED]
    _refuse(name, f"{EXCHANGED} at", exchanged)
    return found


def forbidden_areas(data: bytes, name: str) -> tuple[BaseGeometry, ...]:
    """Read a GeoJSON of polygons, in degrees of WGS-84 or what its `crs` says, in which nothing is to be built.

    Returned in WGS-84. Raises InvalidAuditError for whatever else it holds.
    """
    found = read_features(data, name)
    found.refuse(_no_area)
    return tuple(each.geometry for each in found.features if each.geometry is not None)


def _no_area(feature: Feature) -> str:
    if feature.geometry is None:
        return NO_GEOMETRY
    if feature.kind not in ("Polygon", "MultiPolygon") or feature.geometry.is_empty:
        return "is no polygon"
    return feature.misplaced or ("" if feature.geometry.is_valid else "is no valid polygon: its borders cross")


def _of_table(data: bytes, name: str) -> Iterator[Place]:
    try:
        yield from _rows(data, name)
    except InvalidTableError as error:
        raise InvalidAuditError(f"{name}: {error}") from error


def _rows(data: bytes, name: str) -> Iterator[Place]:
    table = CsvTable(data, "id", "name", "lon", "lat")
    at = table.at
    if not {"lon", "lat"} <= at.keys():
        raise InvalidAuditError(f"{name}: needs the columns lon and lat (经度, 纬度), and id (编号) if they have names")
    for row in table.fitting():
        given = next((text for each in ("id", "name") if each in at and (text := row.cells[at[each]].strip())), "")
        lon, lat = (csv_text.degrees(row.cells[at[axis]]) for axis in ("lon", "lat"))
        yield Place(f"line {row.line}", given or f"line-{row.line}", lon, lat)


def _of_geojson(data: bytes, name: str, datum: Datum) -> Iterator[Place]:
    found = read_features(data, name)
    if found.crs and datum is not Datum.WGS84:
        raise InvalidAuditError(f"{name}: names its own reference system, {found.crs}; leave the datum out")
    found.refuse(lambda each: NO_GEOMETRY if each.geometry is None or each.geometry.is_empty else each.misplaced)
    for each in found.features:
        assert each.geometry is not None
        point = each.geometry.representative_point()
        yield Place(f"feature {each.number}", _name_of(each) or f"feature-{each.number}", point.x, point.y)


def _name_of(feature: Feature) -> str:
    given = (feature.id, feature.properties.get("id"), feature.properties.get("name"))
    return next((str(each) for each in given if isinstance(each, str | int) and str(each)), "")


def _refuse(name: str, what: str, found: list[Place]) -> None:
    if found:
        shown = ", ".join(place.where for place in found[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
        raise InvalidAuditError(f"{name}: {what} {shown}")
