"""Files of places: a table of id, lon and lat, or a GeoJSON of points and areas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from math import isfinite, nan
from typing import Any, NamedTuple

import orjson
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from stationmap.errors import InvalidAuditError

COLUMNS = {"id": ("id", "编号", "name", "名称", "站点名称"), "lon": ("lon", "经度"), "lat": ("lat", "纬度")}
SHOWN = 5


class Place(NamedTuple):
    """A place of a file: where it stands there, its id, and degrees in the datum of the file."""

    where: str
    id: str
    lon: float
    lat: float


def places(data: bytes, name: str) -> list[Place]:
    """Read a file by its name's ending, .json or .geojson, or a table; an area is taken at a point inside.

    Raises InvalidAuditError naming the lines or features that cannot be read, and when there is none at all.
    """
    found = list((_of_geojson if name.lower().endswith("json") else _of_csv)(data, name))
    if not found:
        raise InvalidAuditError(f"{name}: holds no candidates")
    nowhere = [place.where for place in found if not (isfinite(place.lon) and isfinite(place.lat))]
    if nowhere:
        shown = ", ".join(nowhere[:SHOWN]) + (", ..." if len(nowhere) > SHOWN else "")
        raise InvalidAuditError(f"{name}: no position at {shown}")
    return found


def forbidden_areas(data: bytes, name: str) -> tuple[BaseGeometry, ...]:
    """Read a GeoJSON of polygons in WGS-84. Raises InvalidAuditError for whatever else it holds."""
    areas = [_geometry(feature, f"{name}: feature {at + 1}") for at, feature in enumerate(_features(data, name))]
    for at, area in enumerate(areas):
        if area.geom_type not in ("Polygon", "MultiPolygon") or not area.is_valid or area.is_empty:
            raise InvalidAuditError(f"{name}: feature {at + 1} is no valid polygon")
    return tuple(areas)


def _of_csv(data: bytes, name: str) -> Iterator[Place]:
    reader = csv.DictReader(io.StringIO(_text(data, name)))
    headers = {(header or "").strip().lower(): header for header in reader.fieldnames or ()}
    columns = {
        member: next((headers[each] for each in names if each in headers), None) for member, names in COLUMNS.items()
    }
    if columns["lon"] is None or columns["lat"] is None:
        raise InvalidAuditError(f"{name}: needs the columns lon and lat (经度, 纬度), and id (编号) if they have names")
    try:
        for row in reader:
            given = (row.get(columns["id"]) or "").strip() if columns["id"] else ""
            lon, lat = (_degrees(row.get(columns[member])) for member in ("lon", "lat"))
            yield Place(f"line {reader.line_num}", given or f"line-{reader.line_num}", lon, lat)
    except csv.Error as error:
        raise InvalidAuditError(f"{name}: line {reader.line_num}: {error}") from error


def _text(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidAuditError(f"{name}: is text in neither UTF-8 nor GB 18030")


def _degrees(text: str | None) -> float:
    try:
        return float((text or "").strip())
    except ValueError:
        return nan


def _of_geojson(data: bytes, name: str) -> Iterator[Place]:
    for at, feature in enumerate(_features(data, name)):
        where = f"feature {at + 1}"
        point = _geometry(feature, f"{name}: {where}").representative_point()
        lon, lat = (nan, nan) if point.is_empty else (point.x, point.y)
        yield Place(where, _name_of(feature) or f"feature-{at + 1}", lon, lat)


def _name_of(feature: Mapping[str, Any]) -> str:
    known = feature.get("properties")
    known = known if isinstance(known, dict) else {}
    given = (feature.get("id"), known.get("id"), known.get("name"))
    return next((str(each) for each in given if isinstance(each, str | int) and str(each)), "")


def _features(data: bytes, name: str) -> list[Mapping[str, Any]]:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidAuditError(f"{name}: is no JSON: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise InvalidAuditError(f"{name}: is no GeoJSON FeatureCollection")
    return features


def _geometry(feature: Mapping[str, Any], where: str) -> BaseGeometry:
    try:
        return shape(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, GEOSException) as error:
        raise InvalidAuditError(f"{where}: has no geometry that can be read") from error
