"""Where the sea is: OpenStreetMap draws coastlines only, with the land on their left and the water on their right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from stationmap.provenance import Bounds

SIDE_DEG = 1e-6
"""How far beside a coastline a point is taken as water or land: some 10 cm."""
MAX_DOUBT = 0.02
"""Share of a face's points that may say land where it is sea: at sharp corners a point lies across another line."""


def seas(coastlines: Sequence[bytes], bounds: Bounds) -> list[shapely.Polygon]:
    """Return the parts of a box that are sea, of lines in WKB; none where lines that end within the box leave it open.

    The lines and the border of the box cut it into faces; a face is sea where the points to the right of its
    coastlines lie in it, and those to the left do not.
    """
    lines = shapely.from_wkb(list(coastlines))
    if not len(lines):
        return []
    box = shapely.box(*bounds)
    inside = shapely.intersection(shapely.union_all(lines), box)
    network = shapely.union_all(np.array([inside, box.exterior], dtype=object))
    faces = shapely.get_parts(shapely.polygonize([network]))
    if len(faces) < 2:  # the coast passes by, or ends within the box
        return []
    water, land = (_inside(faces, points) for points in _sides(lines))
    is_sea = (water > 0) & (land <= MAX_DOUBT * (water + land))
    return list(faces[is_sea])


def _sides(lines: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return a point to the right, and one to the left, of the middle of each segment of the lines."""
    at, line_of = shapely.get_coordinates(lines, return_index=True)
    whole = line_of[1:] == line_of[:-1]
    step = (at[1:] - at[:-1])[whole]
    length = np.hypot(step[:, 0], step[:, 1])
    middle, step = ((at[1:] + at[:-1])[whole] / 2)[length > 0], step[length > 0] / length[length > 0, None]
    right = np.column_stack((step[:, 1], -step[:, 0])) * SIDE_DEG
    return shapely.points(middle + right), shapely.points(middle - right)


def _inside(faces: NDArray[np.object_], points: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return how many of the points lie in each face, shape (n,)."""
    found = shapely.STRtree(points).query(faces, predicate="contains")[0]
    return np.bincount(found, minlength=len(faces))
