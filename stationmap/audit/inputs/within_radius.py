"""Which places lie within a radius of which stations: geodesic metres, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.defaults import MAX_MINUTES, MAX_RADIUS_M
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats, ecef, geodesic_m, longest_chord_m
from stationmap.geo.kd_tree import kd_tree
from stationmap.geo.nearest_points import TIE_M

Rows = NDArray[np.int64]

PART = 1_000_000  # pairs measured at a time: intermediate arrays stay small


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


def checked_minutes(minutes: float) -> float:
    """Return minutes; raises InvalidAuditError unless they are above 0 and at most MAX_MINUTES."""
    if not 0 < minutes <= MAX_MINUTES:
        raise InvalidAuditError(f"minutes are above 0 and at most {MAX_MINUTES:g}, not {minutes:g}")
    return minutes


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
    near = kd_tree(places).sparse_distance_matrix(kd_tree(stations), reach_m, output_type="ndarray")
    place_rows, station_rows = near["i"].astype(np.int64), near["j"].astype(np.int64)
    order = np.lexsort((station_rows, place_rows))
    place_rows, station_rows = place_rows[order], station_rows[order]
    metres = np.empty(len(place_rows))
    for start in range(0, len(place_rows), PART):
        part = slice(start, start + PART)
        row, at = place_rows[part], station_rows[part]
        there = station_lons[at], station_lats[at], stations[at]
        metres[part] = geodesic_m(lons[row], lats[row], places[row], *there)
    inside = metres <= radius_m
    return Pairs(place_rows[inside], station_rows[inside], metres[inside])


def blocks(
    lons: Floats, lats: Floats, station_lons: Floats, station_lats: Floats, radius_m: float, max_pairs: int
) -> Iterator[slice]:
    """Yield parts of places, degrees (n,), each with about `max_pairs` pairs or fewer with stations, degrees (m,).

    All at once where they are no more, since ways along streets are searched anew for every part.
    """
    size = len(lons)
    if size and len(station_lons):
        trees = (kd_tree(ecef(*each)) for each in ((lons, lats), (station_lons, station_lats)))
        total = next(trees).count_neighbors(next(trees), longest_chord_m(radius_m) + TIE_M)
        if total > max_pairs:
            size = block_size(station_lons, station_lats, radius_m, max_pairs)
    for start in range(0, len(lons), max(size, 1)):
        yield slice(start, start + size)


def block_size(station_lons: Floats, station_lats: Floats, radius_m: float, max_pairs: int) -> int:
    """Return how many places may be measured at a time so that they have at most `max_pairs` pairs; at least 1.

    Stations have the shape (m,), in degrees. Those within a radius of one place are within two radii of each other, so
    no place has more of them than the station with most others within two radii.
    """
    if not len(station_lons):
        return max_pairs
    stations = ecef(station_lons, station_lats)
    near = kd_tree(stations).query_ball_point(stations, longest_chord_m(2 * radius_m) + TIE_M, return_length=True)
    return max(max_pairs // int(near.max()), 1)
