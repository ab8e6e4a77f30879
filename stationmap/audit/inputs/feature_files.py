"""GeoJSON given to an audit: one strict reader of places and areas, and one way to refuse what cannot be read.

RFC 7946 knows degrees of WGS-84 only, longitude first. Files written before it, and many programs still, name another
reference system in a `crs` member: what is there is converted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from stationmap import strict_json
from stationmap.datum import CHINA_BOX
from stationmap.errors import InvalidAuditError
from stationmap.geo import reference_systems
from stationmap.geo.geodesy import Floats

SHOWN = 20
OUT_OF_DEGREES = "is not in degrees, longitude first"
EXCHANGED = "looks as if longitude and latitude were exchanged"
_NAME = re.compile(r"(?:EPSG:|OGC:|urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)[\w:./-]{1,80}", re.IGNORECASE)


class Feature(NamedTuple):
    """A feature: its number in the file, its id, its properties, the kind of geometry it names, and the geometry.

    The geometry is in degrees, None where there is none, or none that can be made out; the kind then says what was
    meant.
    """

    number: int
    id: object
    properties: Mapping[str, Any]
    kind: str
    geometry: BaseGeometry | None

    @property
    def misplaced(self) -> str:
        """Say why the geometry cannot lie where it says; empty where it can."""
        if self.geometry is None or self.geometry.is_empty:
            return ""
        return misplaced(*self.geometry.bounds)


class Features(NamedTuple):
    """The features of a file; `crs` is the reference system they were converted from, empty where they were not."""

    name: str
    features: tuple[Feature, ...]
    crs: str

    def refuse(self, *problems_of: Callable[[Feature], str]) -> None:
        """Raise InvalidAuditError naming the first problems of the features, and how many there are."""
        each_of = ((each.number, problem_of(each)) for each in self.features for problem_of in problems_of)
        found = [f"feature {number} {problem}" for number, problem in each_of if problem]
        if found:
            more = f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
            raise InvalidAuditError(f"{self.name}: " + "; ".join(found[:SHOWN]) + more)


def read_features(data: bytes, name: str) -> Features:
    """Read a FeatureCollection. Raises InvalidAuditError for what is none, and for a `crs` that cannot be converted."""
    document = strict_json.read(data)
    if errors := [found for found in document.findings if found.severity == "error"]:
        listed = "; ".join(f"{each.where}: {each.detail}" for each in errors[:SHOWN])
        raise InvalidAuditError(f"{name}: is no JSON that can be read: {listed}")
    collection = _collection(document.value, name)
    found = [_feature(at, each) for at, each in enumerate(collection["features"], start=1)]
    system = _system(collection.get("crs"), name)
    if system is None:
        return Features(name, tuple(found), "")
    _refuse_degrees(found, system, name)
    degrees = _to_degrees(system, name)
    moved = (each if each.geometry is None else each._replace(geometry=degrees(each.geometry)) for each in found)
    return Features(name, tuple(moved), system.name)


def misplaced(west: float, south: float, east: float, north: float) -> str:
    """Say why bounds in degrees cannot be meant; empty where they can."""
    if not all(map(isfinite, (west, south, east, north))):
        return OUT_OF_DEGREES
    if _lies_in(CHINA_BOX, south, west, north, east) and not _lies_in(CHINA_BOX, west, south, east, north):
        return EXCHANGED
    return "" if _lies_in((-180, -90, 180, 90), west, south, east, north) else OUT_OF_DEGREES


def _lies_in(box: tuple[float, float, float, float], west: float, south: float, east: float, north: float) -> bool:
    return box[0] <= west and box[1] <= south and east <= box[2] and north <= box[3]


def _collection(document: object, name: str) -> Mapping[str, Any]:
    known = document if isinstance(document, dict) else {}
    features = known.get("features")
    if features == []:
        raise InvalidAuditError(f"{name}: holds no features")
    is_collection = isinstance(features, list) and any(isinstance(each, dict) for each in features)
    if not is_collection or known.get("type", "FeatureCollection") != "FeatureCollection":
        raise InvalidAuditError(f"{name}: is no GeoJSON FeatureCollection")
    return known


def _feature(number: int, given: object) -> Feature:
    feature = given if isinstance(given, dict) and given.get("type", "Feature") == "Feature" else {}
    properties, geometry = feature.get("properties"), feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    known = properties if isinstance(properties, dict) else {}
    return Feature(number, feature.get("id"), known, kind if isinstance(kind, str) else "", _shape(geometry))


def _shape(geometry: object) -> BaseGeometry | None:
    try:
        return shape(geometry)
    # Whatever stands where numbers and lists should: shapely looks at nothing before it uses it.
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ShapelyError):
        return None


def _system(crs: object, name: str) -> CRS | None:
    """Return the reference system a file names, None for degrees of WGS-84."""
    if crs is None:
        return None
    try:
        system = CRS.from_user_input(_named(crs))
    except CRSError as error:
        raise _unusable(name) from error
    is_wgs84 = system.to_2d().equals(CRS("OGC:CRS84"), ignore_axis_order=True)
    return None if is_wgs84 else system


def _named(crs: object) -> str:
    """Return the name of a system: that of the forms GeoJSON 2008 had, `name` and, before it, `EPSG`."""
    kind, properties = (crs.get(each) for each in ("type", "properties")) if isinstance(crs, dict) else (None, None)
    member = {"name": "name", "EPSG": "code"}.get(str(kind), "")
    text = str(properties.get(member, "")).strip() if isinstance(properties, dict) else ""
    text = f"EPSG:{text}" if kind == "EPSG" else text
    # A name, not a definition, which might lead to other files.
    if not _NAME.fullmatch(text):
        raise CRSError("names no system")
    return text


def _refuse_degrees(features: Sequence[Feature], system: CRS, name: str) -> None:
    """Raise InvalidAuditError where a file names metres and holds degrees."""
    bounds = shapely.total_bounds([each.geometry for each in features if each.geometry is not None])
    if system.is_projected and _lies_in((-180, -90, 180, 90), *bounds):
        raise InvalidAuditError(
            f"{name}: has a crs member ({system.name}) that its positions do not fit: they look like degrees"
        )


def _to_degrees(system: CRS, name: str) -> Callable[[BaseGeometry], BaseGeometry]:
    try:
        way = reference_systems.to_wgs84(system)
    except reference_systems.NoSureWayError as error:
        raise _unusable(name) from error

    def degrees(places: Floats) -> Floats:
        return np.column_stack(way.transform(places[:, 0], places[:, 1]))

    def moved(geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, degrees)

    return moved


def _unusable(name: str) -> InvalidAuditError:
    return InvalidAuditError(
        f"{name}: has a crs member that cannot be converted to WGS-84; save the file in WGS-84 (EPSG:4326)"
    )
