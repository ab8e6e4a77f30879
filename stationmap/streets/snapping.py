"""Places are joined to the street nearest to them: exactly, among the edges that a profile may use, within 300 m.

The way from a place to the nearest point of a street is walked at 1 m/s, whatever the profile. Where no street is so
near the way is unknown. Source of the limit and the speed: `docs/design.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationmap.errors import InvalidPositionError
from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.streets.grid import ranges, scales
from stationmap.streets.street_arrays import E7, Rows, StreetArrays

MAX_ACCESS_M = 300.0
ACCESS_SPEED_M_S = 1.0
BLOCK = 8_192  # places snapped at a time


@dataclass(frozen=True)
class SnappedPoints:
    """n places and the points of streets they are joined to; arrays of shape (n,).

    `edges` are -1 where no street is within MAX_ACCESS_M; `from_nodes`, `to_nodes` and `components` are -1 there, too.
    Metres are NaN there. `lons`, `lats` are degrees of the point on the street; `access_m` geodesic metres to it;
    `along_m` metres of the edge from its first node to it, `remaining_m` from it to the second. Places in different
    `components` cannot reach each other.
    """

    profile: str
    edges: Rows
    from_nodes: Rows
    to_nodes: Rows
    lons: Floats
    lats: Floats
    access_m: Floats
    along_m: Floats
    remaining_m: Floats
    components: Rows

    def __len__(self) -> int:
        return len(self.edges)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Tell of each place whether a street is near enough, shape (n,)."""
        return self.edges >= 0

    def chosen(self, rows: ArrayLike) -> SnappedPoints:
        """Return some of the places, by their numbers, shape (m,), or a mask, shape (n,)."""
        at = np.asarray(rows)
        members = (getattr(self, name) for name in self.__dataclass_fields__ if name != "profile")
        return SnappedPoints(self.profile, *(member[at] for member in members))


def snap(streets: StreetArrays, lons: ArrayLike, lats: ArrayLike, profile: str) -> SnappedPoints:
    """Join n places, degrees of shape (n,), to streets; raises InvalidPositionError where one is no such place."""
    lon, lat = np.atleast_1d(np.asarray(lons, np.float64)), np.atleast_1d(np.asarray(lats, np.float64))
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise InvalidPositionError("lons and lats must be two lists of the same length")
    if not (np.all(np.abs(lon) <= 180) and np.all(np.abs(lat) <= 90)):  # NaN compares false as well
        raise InvalidPositionError("longitudes must lie in [-180, 180] and latitudes in [-90, 90]")
    nearest = _Nearest(np.full(len(lon), -1, dtype=np.int64), np.zeros(len(lon)), np.full(len(lon), np.inf))
    usable = streets.components(profile) >= 0
    for start in range(0, len(lon), BLOCK):
        _look_around(streets, lon, lat, usable, nearest, np.arange(start, min(start + BLOCK, len(lon))))
    return _joined(streets, lon, lat, profile, nearest)


class _Nearest(NamedTuple):
    """The nearest segment of each place, where on it (0 to 1), and metres to it; shapes (n,)."""

    segments: Rows
    shares: Floats
    metres: Floats


def _look_around(
    streets: StreetArrays,
    lons: Floats,
    lats: Floats,
    usable: NDArray[np.bool_],
    nearest: _Nearest,
    rows: Rows,
) -> None:
    """Search ever wider squares of cells: whatever is nearer than the border of a square has been seen by then."""
    cell_m = streets.cell_m
    for ring in range(1, int(np.ceil(MAX_ACCESS_M / cell_m)) + 1):
        segments, of = _segments_around(streets, lons[rows], lats[rows], ring)
        chosen = usable[streets.point_edges[segments]]
        segments, of = segments[chosen], of[chosen]
        shares, metres = _distances(streets, lons[rows], lats[rows], segments, of)
        first = _least_of_each(of, metres, segments)
        at = rows[of[first]]
        nearest.segments[at], nearest.shares[at], nearest.metres[at] = segments[first], shares[first], metres[first]
        rows = rows[nearest.metres[rows] > ring * cell_m]
        if not len(rows):
            return


def _least_of_each(of: Rows, metres: Floats, segments: Rows) -> Rows:
    """Return where the least metres of each place stand, of equals the first segment; `of` ascends, shapes (pairs,)."""
    if not len(of):
        return of
    begins = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
    group = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(of))))
    is_least = metres == np.minimum.reduceat(metres, begins)[group]
    segment = np.minimum.reduceat(np.where(is_least, segments, np.iinfo(np.int64).max), begins)
    wanted = np.flatnonzero(is_least & (segments == segment[group]))
    return np.asarray(wanted[np.append(True, of[wanted][1:] != of[wanted][:-1])])


def _segments_around(streets: StreetArrays, lons: Floats, lats: Floats, ring: int) -> tuple[Rows, Rows]:
    """Return the segments in the square of 2 `ring` + 1 cells around each place, and the places, shapes (pairs,)."""
    grid, keys = streets.cells, streets.cell_keys
    columns, rows = grid.columns_of(lons), grid.rows_of(lats)
    low, high = np.maximum(columns - ring, 0), np.minimum(columns + ring, grid.columns - 1)
    around = (rows[:, None] + np.arange(-ring, ring + 1)) * grid.columns
    firsts = np.searchsorted(keys, (around + low[:, None]).ravel(), side="left")
    lasts = np.searchsorted(keys, (around + high[:, None]).ravel(), side="right")
    at, which = ranges(streets.cell_first[firsts], streets.cell_first[lasts])
    return streets.cell_segments[at].astype(np.int64), which // (2 * ring + 1)


def _distances(streets: StreetArrays, lons: Floats, lats: Floats, segments: Rows, of: Rows) -> tuple[Floats, Floats]:
    """Return where on each segment the point nearest to a place is, 0 to 1, and metres to it, shapes (pairs,).

    In a plane with the scales of the place: within 300 m wrong by at most a centimetre.
    """
    metres_lon, metres_lat = (each[of] for each in scales(lats))
    (one_lon, one_lat), (two_lon, two_lat) = _point(streets, segments), _point(streets, segments + 1)
    x, y = (one_lon - lons[of]) * metres_lon, (one_lat - lats[of]) * metres_lat
    dx, dy = (two_lon - one_lon) * metres_lon, (two_lat - one_lat) * metres_lat
    length_2 = dx * dx + dy * dy
    shares = np.clip(-(x * dx + y * dy) / np.where(length_2 > 0, length_2, 1.0), 0.0, 1.0)
    return shares, np.hypot(x + shares * dx, y + shares * dy)


def _joined(streets: StreetArrays, lons: Floats, lats: Floats, profile: str, nearest: _Nearest) -> SnappedPoints:
    """Measure the way to each nearest point on the ellipsoid, and along its edge to both ends."""
    known = np.flatnonzero(nearest.segments >= 0)
    segments, shares = nearest.segments[known], nearest.shares[known]
    start, end = _point(streets, segments), _point(streets, segments + 1)
    there = start[0] + shares * (end[0] - start[0]), start[1] + shares * (end[1] - start[1])
    access_m = _metres((lons[known], lats[known]), there)
    near = access_m <= MAX_ACCESS_M
    known, segments, access_m = known[near], segments[near], access_m[near]
    there = there[0][near], there[1][near]
    edges = streets.point_edges[segments].astype(np.int64)
    before_m, after_m = _within_edges(streets, segments, edges)
    found = _unknown(len(lons), profile)
    found.edges[known] = edges
    found.from_nodes[known], found.to_nodes[known] = streets.edge_from[edges], streets.edge_to[edges]
    found.lons[known], found.lats[known] = there
    found.access_m[known] = access_m
    found.along_m[known] = before_m + _metres(_point(streets, segments), there)
    found.remaining_m[known] = after_m + _metres(there, _point(streets, segments + 1))
    found.components[known] = streets.components(profile)[edges]
    return found


def _unknown(count: int, profile: str) -> SnappedPoints:
    edges, from_nodes, to_nodes, components = (np.full(count, -1, dtype=np.int64) for _ in range(4))
    lons, lats, access_m, along_m, remaining_m = (np.full(count, np.nan) for _ in range(5))
    return SnappedPoints(profile, edges, from_nodes, to_nodes, lons, lats, access_m, along_m, remaining_m, components)


def _within_edges(streets: StreetArrays, segments: Rows, edges: Rows) -> tuple[Floats, Floats]:
    """Return metres of each edge before a segment of it and after it, shapes (n,)."""
    points, of = ranges(streets.edge_first_point[edges], streets.edge_first_point[edges + 1] - 1)
    metres = _metres(_point(streets, points), _point(streets, points + 1))
    earlier, later = np.where(points < segments[of], metres, 0.0), np.where(points > segments[of], metres, 0.0)
    before = np.bincount(of, weights=earlier, minlength=len(edges))
    after = np.bincount(of, weights=later, minlength=len(edges))
    return before.astype(np.float64), after.astype(np.float64)


def _point(streets: StreetArrays, points: Rows) -> tuple[Floats, Floats]:
    return streets.point_lons_e7[points] / E7, streets.point_lats_e7[points] / E7


def _metres(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
    return geodesic_m(*one, ecef(*one), *other, ecef(*other))
