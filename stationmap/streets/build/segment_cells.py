"""Which segments of lines pass through which cells of a grid: where snapping looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.streets.grid import Grid, Keys

SEGMENT_CELL_M = 100.0
BLOCK = 1_000_000  # segments cut into pieces at a time


def segment_cells(
    grid: Grid, lons: Floats, lats: Floats, first: Keys, drawn: NDArray[np.bool_]
) -> dict[str, NDArray[np.generic]]:
    """Return the cells that have segments, in the order of keys, and the segments of each.

    A segment has the number of its first point; `lons`, `lats`, shapes (p,), are points of e lines in degrees, line i
    from `first[i]` to `first[i + 1]`, shape (e + 1,); only `drawn` lines, shape (e,), count.
    """
    starts = np.ones(len(lons), dtype=bool)
    starts[first[1:] - 1] = False
    starts &= np.repeat(drawn, np.diff(first))
    segments = np.flatnonzero(starts)
    blocks = [_pairs(grid, lons, lats, segments[at : at + BLOCK]) for at in range(0, len(segments), BLOCK)]
    pairs = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *blocks]))  # faster than numpy's unique
    pairs = pairs[np.append(True, np.diff(pairs) > 0)] if len(pairs) else pairs
    of_pair, segment = np.divmod(pairs, len(lons))
    at = np.flatnonzero(np.append(True, np.diff(of_pair) > 0)) if len(pairs) else pairs
    keys = of_pair[at]
    return {
        "cell_keys": keys,
        "cell_first": np.append(at, len(pairs)).astype(np.int32),
        "cell_segments": segment.astype(np.int32),
        "point_edge": np.repeat(np.arange(len(first) - 1), np.diff(first)).astype(np.int32),
    }


def _pairs(grid: Grid, lons: Floats, lats: Floats, segments: Keys) -> Keys:
    """Return cells with segments that pass through them, or near, shape (pairs,): key times points plus segment.

    A segment is cut into pieces no longer than a cell, which lie in at most two columns and two rows each.
    """
    x = (lons[segments] - grid.west) / grid.lon_deg, (lons[segments + 1] - grid.west) / grid.lon_deg
    y = (lats[segments] - grid.south) / grid.lat_deg, (lats[segments + 1] - grid.south) / grid.lat_deg
    pieces = np.ceil(np.maximum(np.abs(x[1] - x[0]), np.abs(y[1] - y[0]))).astype(np.int64)
    pieces = np.maximum(pieces, 1)
    of = np.repeat(np.arange(len(segments)), pieces)
    step = np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    ends = [
        [np.floor(low[of] + (high[of] - low[of]) * (share / pieces[of])).astype(np.int64) for share in (step, step + 1)]
        for low, high in (x, y)
    ]
    corners = [(row * grid.columns + column) * len(lons) + segments[of] for column in ends[0] for row in ends[1]]
    return np.concatenate(corners)
