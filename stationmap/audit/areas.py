"""People known by area (polygons, H3 cells, coarse pixels), spread evenly over the territory's cells inside each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from stationmap.audit.demand import THOUSANDTHS, People
from stationmap.audit.territory import Territory
from stationmap.geodesy import Floats

Polygons = NDArray[np.object_]
"""Polygons or multipolygons in WGS-84 degrees, shape (areas,)."""


class Spread(NamedTuple):
    """People of areas by cell, shape (cells,), and those of each area outside the territory, (areas,); thousandths."""

    cells: People
    outside: People


def spread(territory: Territory, polygons: Polygons, weights: Floats) -> Spread:
    """Spread the people of each area evenly over it: the part outside the territory is counted, not moved inside.

    Cells are of equal area, so each whose middle lies in an area takes the same; an area that holds no middle gives
    its people to the cell under it. Every thousandth of a person is in the result.
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
