"""Areas: those to be studied, from a file, and those people are known by, spread evenly over the cells inside each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import THOUSANDTHS, People
from stationmap.audit.inputs.feature_files import Feature, read_features
from stationmap.audit.inputs.territory import Territory
from stationmap.geo.geodesy import Floats

Polygons = NDArray[np.object_]
"""Polygons or multipolygons in WGS-84 degrees, shape (areas,)."""


_ADCODE = re.compile(r"[0-9]{6}")


class Areas(NamedTuple):
    """Areas to be studied, by adcode: polygons in WGS-84 degrees, and the names of those that have one."""

    polygons: Mapping[str, BaseGeometry]
    names: Mapping[str, str]


def read_areas(data: bytes, name: str) -> Areas:
    """Read a GeoJSON such as data/areas/counties.geojson: polygons, each with its own adcode, of six digits.

    Raises InvalidAuditError naming every feature that cannot be studied, and why.
    """
    document = read_features(data, name)
    found = document.features
    codes = Counter(map(_adcode, found))
    document.refuse(partial(_code_problem, codes), _shape_problem, lambda each: each.misplaced)
    names = {_adcode(each): each.properties.get("name") for each in found}
    return Areas(
        {_adcode(each): each.geometry for each in found if each.geometry is not None},
        {code: name for code, name in names.items() if isinstance(name, str) and name},
    )


def _adcode(feature: Feature) -> str:
    return str(feature.properties.get("adcode"))


def _code_problem(codes: Mapping[str, int], area: Feature) -> str:
    """Tell what is wrong with an area's code among those of all, so many times each; empty if nothing."""
    code = _adcode(area)
    if not _ADCODE.fullmatch(code):
        return "has no adcode of six digits"
    return f"repeats the adcode {code}" if codes[code] > 1 else ""


def _shape_problem(area: Feature) -> str:
    if not _is_polygon(area.geometry):
        return "is no polygon"
    return "" if shapely.is_valid(area.geometry) else "has borders that cross"


def _is_polygon(geometry: BaseGeometry | None) -> bool:
    return geometry is not None and geometry.geom_type in ("Polygon", "MultiPolygon") and not geometry.is_empty


class Spread(NamedTuple):
    """People of areas by cell, shape (cells,), and those of each area outside the territory, (areas,); thousandths."""

    cells: People
    outside: People


def spread(territory: Territory, polygons: Polygons, weights: Floats) -> Spread:
    """Spread the people of each area evenly over it: the part outside the territory is counted, not moved inside.

    `polygons` are in WGS-84 degrees and `weights` people, shapes (areas,). Cells are of equal area, so each whose
    middle lies in an area takes the same; an area that holds no middle gives its people to the cell under it. Every
    thousandth of a person is in the result. Source: areal weighting; Goodchild & Lam, Geo-Processing 1 (1980) 297-312.
    """
    people = np.rint(weights * THOUSANDTHS).astype(np.int64)
    parts, shares = _parts_inside(territory, polygons)
    inside = np.rint(people * shares).astype(np.int64)
    areas, rows = _cells_in(territory, polygons)
    middles = np.bincount(areas, minlength=len(polygons))
    cells = np.zeros(len(territory), dtype=np.int64)
    np.add.at(cells, rows, _portions(inside, middles, areas))
    small = np.flatnonzero((middles == 0) & (inside > 0))
    np.add.at(cells, _rows_under(territory, parts[small]), inside[small])
    return Spread(cells, people - inside)


def _parts_inside(territory: Territory, polygons: Polygons) -> tuple[Polygons, Floats]:
    """Return the part of each area inside the territory, and its share of the area, measured on the plane."""
    whole = shapely.union_all(list(territory.polygons))
    shapely.prepare(whole)
    parts, shares = polygons.copy(), np.ones(len(polygons))
    border = np.flatnonzero(~shapely.contains_properly(whole, polygons))
    parts[border] = shapely.intersection(polygons[border], whole)
    areas = [_areas_m2(territory, each) for each in (parts[border], polygons[border])]
    shares[border] = np.clip(areas[0] / areas[1], 0.0, 1.0)
    return parts, shares


def _areas_m2(territory: Territory, polygons: Polygons) -> Floats:
    def on_plane(degrees: Floats) -> Floats:
        return np.column_stack(territory.grid.plane.xy(degrees[:, 0], degrees[:, 1]))

    return np.asarray(shapely.area(shapely.transform(polygons, on_plane)))


def _cells_in(territory: Territory, polygons: Polygons) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return areas and the rows of the cells whose middles they hold, by area, then row."""
    tree = shapely.STRtree(shapely.points(territory.lons, territory.lats))
    areas, rows = tree.query(polygons, predicate="intersects")
    order = np.lexsort((rows, areas))
    return areas[order], rows[order]


def _portions(people: People, middles: NDArray[np.int64], areas: NDArray[np.int64]) -> People:
    """Divide people by the middles of their area; what does not divide goes to its first cells, one thousandth each."""
    first = np.cumsum(middles) - middles
    at = np.arange(len(areas)) - first[areas]
    each, rest = np.divmod(people[areas], middles[areas])
    return each + (at < rest)


def _rows_under(territory: Territory, parts: Polygons) -> NDArray[np.int64]:
    degrees = shapely.get_coordinates(shapely.point_on_surface(parts))
    lons, lats = degrees[:, 0], degrees[:, 1]
    # A part of next to no area may have its point on the border itself: then the nearest cell has it.
    districts = np.maximum(territory.districts_of(lons, lats), 0)
    return territory.rows_at(lons, lats, districts)
