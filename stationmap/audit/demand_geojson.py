"""Demand as GeoJSON: points, or polygons, each with its people in a property."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from stationmap.audit.areas import Polygons
from stationmap.audit.columns import HEADERS
from stationmap.audit.demand import Numbered
from stationmap.errors import InvalidAuditError
from stationmap.geodesy import Floats
from stationmap.json_document import read

POINTS, AREAS = {"Point"}, {"Polygon", "MultiPolygon"}
DEGREES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326")


class Features(NamedTuple):
    """Geometries, all points or all polygons, and people, shapes (n,); in degrees of whatever datum."""

    geometries: Polygons
    weights: Floats
    numbers: Numbered

    @property
    def are_points(self) -> bool:
        return bool(shapely.get_type_id(self.geometries[0]) == 0)


def read_features(data: bytes, name: str) -> Features:
    """Read a FeatureCollection. Raises InvalidAuditError naming the features that are not as they must be."""
    document = read(data)
    if errors := [finding for finding in document.findings if finding.severity == "error"]:
        raise InvalidAuditError(f"{name}: " + "; ".join(f"{each.where}: {each.detail}" for each in errors[:5]))
    features = _features(document.value, name)
    kinds = [_kind(feature) for feature in features]
    _refuse(name, [kind not in POINTS | AREAS for kind in kinds], "neither points nor polygons")
    if len(set(kinds)) > 1 and POINTS & set(kinds):
        raise InvalidAuditError(
            f"{name}: holds points as well as polygons, which may count people twice: give one file"
        )
    shapes = [_shape(feature) for feature in features]
    _refuse(
        name, [each is None or each.is_empty or not each.is_valid for each in shapes], "geometries that are not valid"
    )
    weights = np.array([_weight(feature) for feature in features], dtype=np.float64)
    return Features(np.array(shapes, dtype=object), weights, _numbered(len(features)))


def _features(document: object, name: str) -> list[dict[str, object]]:
    if not isinstance(document, dict) or not isinstance(features := document.get("features"), list):
        raise InvalidAuditError(f"{name}: is no GeoJSON FeatureCollection")
    crs = document.get("crs")
    if crs is not None and not any(f'"{known}"' in str(crs).replace("'", '"') for known in DEGREES):
        raise InvalidAuditError(f"{name}: has a crs member that is not WGS-84 degrees; GeoJSON has no other")
    if not features:
        raise InvalidAuditError(f"{name}: holds no features")
    _refuse(name, [not isinstance(each, dict) for each in features], "no features")
    return features


def _kind(feature: dict[str, object]) -> object:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    return kind if isinstance(kind, str) else None


def _shape(feature: dict[str, object]) -> BaseGeometry | None:
    try:
        return shape(feature["geometry"])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ShapelyError):
        return None


def _weight(feature: dict[str, object]) -> float:
    properties = feature.get("properties")
    given = properties if isinstance(properties, dict) else {}
    found = [given[spelling] for spelling in HEADERS["weight"] if spelling in given]
    value = found[0] if len(found) == 1 else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def _numbered(count: int) -> Numbered:
    return Numbered("features", np.arange(1, count + 1))


def _refuse(name: str, flags: list[bool], what: str) -> None:
    if any(flags):
        shown = _numbered(len(flags)).named(np.array(flags))
        raise InvalidAuditError(f"{name}: {sum(flags):,} are {what} ({shown})")
