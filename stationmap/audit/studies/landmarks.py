"""What places without a name are spoken of by: the nearest station in use, how far away and in which direction."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from stationmap.audit.siting.proposal import Direction, Landmark
from stationmap.geo.nearest_points import PointIndex
from stationmap.registry.checks.positions import StationArrays
from stationmap.registry.model import Station
from stationmap.search.usability import is_in_use

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Stations in use, of any kind, by which other places are known."""

    places: StationArrays
    points: PointIndex | None
    """None where there is no station."""

    @classmethod
    def of(cls, stations: Iterable[Station]) -> Landmarks:
        """Take the stations in use as landmarks."""
        places = StationArrays.of([station for station in stations if is_in_use(station)])
        return cls(places, PointIndex(places.lons, places.lats) if places.stations else None)

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the stations by id."""
        return {station.id: station.name for station in self.places.stations}

    def beside(self, lon: float, lat: float) -> Landmark | None:
        """Return the landmark of a place in WGS-84 degrees; None where there is no station."""
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
