"""Demand as GeoJSON: points, or polygons, each with its people in a property."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from stationmap.audit.demand.areas import Polygons
from stationmap.audit.demand.weights import Numbered
from stationmap.audit.inputs.feature_files import Feature, read_features
from stationmap.csv_reader import csv_text
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

POINTS, AREAS = {"Point"}, {"Polygon", "MultiPolygon"}


class PeopleFeatures(NamedTuple):
    """Geometries, all points or all polygons, and people, shapes (n,); in degrees of whatever datum.

    `crs` is the reference system they were converted from, empty where they were degrees.
    """

    geometries: Polygons
    weights: Floats
    numbers: Numbered
    crs: str

    @property
    def are_points(self) -> bool:
        return bool(shapely.get_type_id(self.geometries[0]) == 0)


def read_people(data: bytes, name: str) -> PeopleFeatures:
    """Read a FeatureCollection. Raises InvalidAuditError naming the features that are not as they must be."""
    found = read_features(data, name)
    kinds = [each.kind for each in found.features]
    _refuse(name, [kind not in POINTS | AREAS for kind in kinds], "neither points nor polygons")
    if len(set(kinds)) > 1 and POINTS & set(kinds):
        raise InvalidAuditError(
            f"{name}: holds points as well as polygons, which may count people twice: give one file"
        )
    shapes = [each.geometry for each in found.features]
    _refuse(
        name, [each is None or each.is_empty or not each.is_valid for each in shapes], "geometries that are not valid"
    )
    weights = np.array([_weight(feature) for feature in found.features], dtype=np.float64)
    return PeopleFeatures(np.array(shapes, dtype=object), weights, _numbered(len(shapes)), found.crs)


def _weight(feature: Feature) -> float:
    given = [value for name, value in feature.properties.items() if csv_text.member_of(name) == "weight"]
    value = given[0] if len(given) == 1 else None
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    except OverflowError:
        return np.nan


def _numbered(count: int) -> Numbered:
    return Numbered("features", np.arange(1, count + 1))


def _refuse(name: str, flags: list[bool], what: str) -> None:
    if any(flags):
        shown = _numbered(len(flags)).named(np.array(flags))
        raise InvalidAuditError(f"{name}: {sum(flags):,} are {what} ({shown})")
