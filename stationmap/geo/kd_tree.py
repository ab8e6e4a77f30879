"""KD-trees of points. scipy makes them, imported with the first: loading it takes as long as half of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stationmap.geo.geodesy import Floats

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


def kd_tree(points: Floats) -> cKDTree:
    """Return the tree of points, shape (n, d)."""
    from scipy.spatial import cKDTree

    return cKDTree(points)
