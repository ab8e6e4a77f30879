"""Isochrones: the area from which a station is within reach along streets.

On every street that part is found from which the way to the nearest of the stations is within reach; what lies at most
`BUFFER_M` from those parts is the isochrone. People on a street between two crossings go to whichever is nearer; so a
street may be reached from both of its ends and not in its middle. What is further from streets is left out, though
people there may be counted by figures, which take the nearest street up to 300 m away.
"""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.inputs.network_reach import NetworkReach
from stationmap.audit.inputs.within_radius import Rows
from stationmap.geo.equal_area import Plane
from stationmap.geo.geodesy import Floats
from stationmap.streets import shortest_times
from stationmap.streets.network import Network
from stationmap.streets.snapping import SnappedPoints
from stationmap.streets.street_arrays import E7

BUFFER_M = 50.0
QUARTER = 4  # segments of a quarter of a circle, where a street ends
WHOLE = 1 - 1e-9


def isochrone(reach: NetworkReach, lons: Floats, lats: Floats) -> BaseGeometry:
    """Return the area from which one of the stations, degrees (m,), is within reach; WGS-84 degrees.

    Empty where no street leads to any of them.
    """
    lines = reached_streets(reach, lons, lats)
    if shapely.is_empty(lines):
        return shapely.Polygon()
    plane = Plane.around(*shapely.bounds(lines))
    there = shapely.transform(lines, lambda degrees: np.column_stack(plane.xy(*degrees.T)))
    area = shapely.union_all(shapely.buffer(shapely.get_parts(there), BUFFER_M, quad_segs=QUARTER))
    return shapely.transform(area, lambda metres: np.column_stack(plane.lon_lat(*metres.T)))


def reached_streets(reach: NetworkReach, lons: Floats, lats: Floats) -> BaseGeometry:
    """Return the parts of streets, lines in degrees, from which one of the stations, degrees (m,), is within reach."""
    network, stations = reach.network, reach.snapped(lons, lats)
    stations = stations.chosen(stations.known)
    costs = shortest_times.reached(network, stations, reach.weight, limit=reach.limit)
    forward, backward = network.edge_costs(reach.travel, reach.weight)
    from_start = _share(reach.limit - costs[network.edge_from], backward)
    from_end = _share(reach.limit - costs[network.edge_to], forward)
    parts = []
    whole = from_start + from_end >= WHOLE
    for edges, lows, highs in (
        (np.flatnonzero(whole), 0.0, 1.0),
        (np.flatnonzero(~whole & (from_start > 0)), 0.0, from_start),
        (np.flatnonzero(~whole & (from_end > 0)), 1 - from_end, 1.0),
    ):
        lines = _lines(network, edges)
        parts.append(_cut(lines, *(np.broadcast_to(each, len(whole))[edges] for each in (lows, highs))))
    parts.append(_at_stations(reach, stations, forward, backward))
    lines = np.concatenate(parts)
    return shapely.multilinestrings(lines[~shapely.is_empty(lines)])


def _at_stations(
    reach: NetworkReach, stations: SnappedPoints, forward: Floats, backward: Floats
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return what of its own street reaches each station without a crossing between."""
    edges = stations.edges
    length_m = stations.along_m + stations.remaining_m
    at = np.divide(stations.along_m, length_m, out=np.zeros(len(edges)), where=length_m > 0)
    left = reach.limit - reach.cost_of_access(stations)
    lows, highs = at - _share(left, forward[edges]), at + _share(left, backward[edges])
    return _cut(_lines(reach.network, edges), np.clip(lows, 0, 1), np.clip(highs, 0, 1))


def _lines(network: Network, edges: Rows) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the lines of edges, in degrees."""
    first = network.edge_first_point[edges].astype(np.int64)
    counts = network.edge_first_point[edges + 1].astype(np.int64) - first
    before = np.cumsum(counts) - counts
    points = np.repeat(first - before, counts) + np.arange(counts.sum())
    degrees = np.column_stack([network.point_lons_e7[points], network.point_lats_e7[points]]) / E7
    found = shapely.linestrings(degrees, indices=np.repeat(np.arange(len(edges)), counts))
    return np.asarray(found)


def _share(left: Floats, cost: Floats) -> Floats:
    """Return which share of a street can be gone with what is left, where all of it costs so much; inf for barred."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(np.isfinite(cost) & (left > 0), left / np.maximum(cost, 1e-12), 0.0)
    return np.clip(share, 0.0, 1.0)


def _cut(
    lines: np.ndarray[tuple[int], np.dtype[np.object_]], lows: Floats, highs: Floats
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the part of each line between two shares of its length."""
    from shapely.ops import substring

    found = lines.copy()
    for at in np.flatnonzero((lows > 0) | (highs < 1)).tolist():
        part = substring(lines[at], lows[at], highs[at], normalized=True)
        found[at] = part if part.geom_type == "LineString" else shapely.LineString()
    return found
