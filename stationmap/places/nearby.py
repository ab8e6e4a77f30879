"""How a point without a name is described: by the place near it that people know best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.nearest_points import PointIndex
from stationmap.places.place import KINDS, Place
from stationmap.places.places import Places

WITHIN_M = 1_000.0
"""Beyond this a place no longer describes where a point is."""
LOOKED_AT = 32
"""Places around a point that are weighed."""
NO_POINTS = ("street", "estate", "hotel", "clinic", "supermarket")
"""Kinds that are no landmarks: too long to tell a direction from, or too many to be known."""
_LEAST = 0.4  # of a place of no importance: one that everybody knows may be three and a half times as far


@dataclass(frozen=True, eq=False)
class NamedPoints:
    """Places as landmarks, in an index of where they lie."""

    places: Places
    points: PointIndex

    @classmethod
    def of(cls, places: Places) -> NamedPoints | None:
        """Take those of the places that are landmarks; None where none is."""
        rows: NDArray[np.int64] = np.flatnonzero(~np.isin(places.kinds, [KINDS.index(kind) for kind in NO_POINTS]))
        return cls(places, PointIndex(places.lons[rows], places.lats[rows], rows)) if len(rows) else None

    def beside(self, lon: float, lat: float) -> tuple[Place, float] | None:
        """Return the landmark of a point in WGS-84 degrees and how far it is in metres; None where none is near.

        A place counts as nearer the more important it is.
        """
        near = self.points.nearest(lon, lat, LOOKED_AT, WITHIN_M)
        if not near:
            return None
        metres, row = min(near, key=lambda found: found[0] / (_LEAST + self.places.importances[found[1]] / 100))
        return self.places.at(row), metres
