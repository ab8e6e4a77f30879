"""Which places lie within reach of which stations, and how far the nearest ones are: geodesic metres, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from stationmap.audit.inputs.cell_share import PARTS, ShareArray, cell_share
from stationmap.defaults import MAX_RADIUS_M
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats, ecef, geodesic_m, longest_chord_m
from stationmap.geo.nearest_points import TIE_M, PointIndex

Rows = NDArray[np.int64]


class Pairs(NamedTuple):
    """Places and stations within reach of each other: rows of both and metres, shapes (n,), by place, then station."""

    places: Rows
    stations: Rows
    metres: Floats


def checked_radius(radius_m: float) -> float:
    """Return a radius in metres; raises InvalidAuditError unless it is above 0 and at most 100 km."""
    if not 0 < radius_m <= MAX_RADIUS_M:
        raise InvalidAuditError(f"a radius is above 0 and at most {MAX_RADIUS_M:,.0f} m, not {radius_m:g} m")
    return radius_m


def nearest_m(lons: Floats, lats: Floats, points: PointIndex, k: int = 1, *, workers: int = 1) -> Floats:
    """Return geodesic metres (n, k) from places, degrees (n,), to the k nearest points of an index, nearest first.

    Missing points are inf.
    """
    return points.nearest_many(lons, lats, k, workers)[1]


def pairs(lons: Floats, lats: Floats, station_lons: Floats, station_lats: Floats, radius_m: float) -> Pairs:
    """Return each pair of a place, degrees (n,), and a station, degrees (m,), at most `radius_m` geodesic metres apart.

    A KD-tree of chords finds candidates, and geodesics decide at the rim. Source: Karney, Algorithms for geodesics,
    Journal of Geodesy 87 (2013) 43-55.
    """
    if not len(lons) or not len(station_lons):
        nothing = np.empty(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.empty(0))
    places, stations = ecef(lons, lats), ecef(station_lons, station_lats)
    reach_m = longest_chord_m(radius_m) + TIE_M
    near = cKDTree(places).sparse_distance_matrix(cKDTree(stations), reach_m, output_type="ndarray")
    place_rows, station_rows = near["i"].astype(np.int64), near["j"].astype(np.int64)
    order = np.lexsort((station_rows, place_rows))
    place_rows, station_rows = place_rows[order], station_rows[order]
    metres = geodesic_m(
        lons[place_rows], lats[place_rows], places[place_rows],
        station_lons[station_rows], station_lats[station_rows], stations[station_rows],
    )  # fmt: skip
    inside = metres <= radius_m
    return Pairs(place_rows[inside], station_rows[inside], metres[inside])


def block_size(station_lons: Floats, station_lats: Floats, radius_m: float, max_pairs: int) -> int:
    """Return how many places may be measured at a time so that they have at most `max_pairs` pairs; at least 1.

    Stations have the shape (m,), in degrees. Those within a radius of one place are within two radii of each other, so
    no place has more of them than the station with most others within two radii.
    """
    if not len(station_lons):
        return max_pairs
    stations = ecef(station_lons, station_lats)
    near = cKDTree(stations).query_ball_point(stations, longest_chord_m(2 * radius_m) + TIE_M, return_length=True)
    return max(max_pairs // int(near.max()), 1)


def parts_near(
    lons: Floats, lats: Floats, cell_m: float, station_lons: Floats, station_lats: Floats, radius_m: float
) -> tuple[Pairs, ShareArray]:
    """Return every pair of a place, degrees (n,), and a station, degrees (m,), that reaches part of it, with that part.

    Places are cells `cell_m` metres wide, or points where it is 0; parts are thousandths, shape (pairs,), by
    `cell_share`.
    """
    share = cell_share(radius_m, cell_m) if cell_m else None
    near = pairs(lons, lats, station_lons, station_lats, share.outer_m if share else radius_m)
    parts = share.at(near.metres) if share else np.full(len(near.places), PARTS)
    some = parts > 0
    return Pairs(near.places[some], near.stations[some], near.metres[some]), parts[some]


def parts_in_reach(lons: Floats, lats: Floats, cell_m: float, points: PointIndex, radius_m: float) -> ShareArray:
    """Return the part of each place, thousandths of shape (n,), that is within reach of the nearest of the points.

    Places are in degrees, shapes (n,): cells `cell_m` metres wide, or points where it is 0.
    """
    return in_part(nearest_m(lons, lats, points, workers=-1)[:, 0], cell_m, radius_m)


def in_part(metres: Floats, cell_m: float, radius_m: float) -> ShareArray:
    """Return the part, thousandths (n,), within reach of places that are `metres`, shape (n,), from a station.

    Places are cells `cell_m` metres wide, or points where it is 0.
    """
    return cell_share(radius_m, cell_m).at(metres) if cell_m else (metres <= radius_m) * PARTS
