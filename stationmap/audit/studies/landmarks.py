"""What points without a name are spoken of by: a place people know, how far away and in which direction.

That is a named place of the city around, where some are served and one is near; else the nearest station in use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from stationmap.audit.siting.proposal import Direction, Landmark
from stationmap.geo.nearest_points import PointIndex
from stationmap.places.nearby import NamedPoints
from stationmap.places.places import Places
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.model import Station
from stationmap.search.usability import is_in_use

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Stations in use, of any kind, and named places of the city, by which other points are known."""

    places: StationArrays
    points: PointIndex | None
    """None where there is no station."""
    named: NamedPoints | None = None
    """None where no places are served."""

    @classmethod
    def of(cls, stations: Iterable[Station], named: Places | None = None) -> Landmarks:
        """Take the stations in use as landmarks, and the places of the city."""
        places = StationArrays.of([station for station in stations if is_in_use(station)])
        points = PointIndex(places.lons, places.lats) if places.stations else None
        return cls(places, points, NamedPoints.of(named) if named is not None else None)

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the stations by id."""
        return {station.id: station.name for station in self.places.stations}

    def beside(self, lon: float, lat: float) -> Landmark | None:
        """Return the landmark of a point in WGS-84 degrees; None where there is no place near and no station."""
        if self.named is not None and (found := self.named.beside(lon, lat)):
            place, metres = found
            way = direction((place.lon, place.lat), (lon, lat))
            return Landmark("", place.name, metres, way, place.name_en)
        if self.points is None:
            return None
        ((metres, row),) = self.points.nearest(lon, lat, 1, math.inf)
        here = float(self.places.lons[row]), float(self.places.lats[row])
        station = self.places.stations[row]
        return Landmark(station.id, station.name, metres, direction(here, (lon, lat)))


def direction(here: tuple[float, float], there: tuple[float, float]) -> Direction:
    """Return which of the eight directions leads from one place in degrees, longitude first, to another close by."""
    east = math.remainder(there[0] - here[0], 360) * math.cos(math.radians((here[1] + there[1]) / 2))
    turns = math.atan2(east, there[1] - here[1]) / math.tau
    return DIRECTIONS[round(turns * len(DIRECTIONS)) % len(DIRECTIONS)]
