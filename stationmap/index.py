"""The nearest stations to a point: exact, and with filters that neither lose a neighbour nor look at every station.

Each distinct filter gets a cloud of its own over the stations it accepts, kept for the next time. Time is looked at
last: from the nearest outwards, station by station, because whether one is open when the rider arrives depends on how
far it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from operator import index as as_int
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from stationmap.cloud import Cloud, Found, Rows
from stationmap.errors import InvalidPositionError, InvalidQueryError
from stationmap.filters import Filters
from stationmap.geodesy import Floats
from stationmap.model import Position, Station
from stationmap.query import Conditions, Query
from stationmap.schedule import Schedule

FILTERS_KEPT = 32  # clouds of distinct filters; one of 110,000 stations takes some 15 MB
MANY_LIMIT = 1_000_000_000  # cells of an answer to many points, 16 GB
WALK_LIMIT = 4_096  # stations looked at one by one before all schedules are asked at once

_EVERYONE = Conditions()
_new = tuple.__new__


class Neighbour(NamedTuple):
    """A station and how far away it is, in geodesic metres."""

    station: Station
    distance_m: float


class StationIndex:
    """An immutable index over stations, in the order given; safe to share between threads."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self.stations = tuple(stations)
        coordinates = [station.geometry.coordinates for station in self.stations]
        lons, lats = np.array(coordinates, dtype=np.float64).reshape(-1, 2).T.copy()
        self._everyone = Cloud(lons, lats)
        self._filters = Filters(self.stations, lons, lats)
        self._cloud_of = _cloud_maker(self._everyone, self._filters)

    def __len__(self) -> int:
        return len(self.stations)

    def nearest(
        self, position: Position, k: int = 5, *, within_m: float = math.inf, query: Query | None = None
    ) -> list[Neighbour]:
        """Return the at most `k` nearest stations that `query` accepts, nearest first, ties in the index's order.

        `within_m` is in geodesic metres, inclusive to a micrometre.
        Raises InvalidQueryError for k < 1 or a negative or NaN `within_m`.
        """
        if as_int(k) < 1 or not within_m >= 0:
            raise InvalidQueryError("k must be at least 1, and within_m a number of metres from 0 up")
        lon, lat, stations = position.lon, position.lat, self.stations
        if query is None:
            found = self._everyone.nearest(lon, lat, k, within_m)
        elif query.open_at is None:
            found = self._cloud_of(query.conditions).nearest(lon, lat, k, within_m)
        else:
            found = self._nearest_open(lon, lat, k, within_m, query)
        # A named tuple's constructor takes twice as long as the tuple's own, and this runs k times a question.
        return [_new(Neighbour, (stations[row], metres)) for metres, row in found]

    def nearest_many(
        self, lons: ArrayLike, lats: ArrayLike, k: int = 1, *, workers: int = 1, conditions: Conditions = _EVERYONE
    ) -> tuple[Rows, Floats]:
        """Return for n points their k nearest stations that meet the conditions: places in `stations` (n, k), -1 where
        none, and geodesic metres (n, k), inf where none.

        `lons` and `lats` are degrees, shape (n,); `workers` threads share the work, -1 for one a core.
        Raises InvalidPositionError where a point is not a finite longitude and latitude, InvalidQueryError for k < 1.
        """
        if as_int(k) < 1:
            raise InvalidQueryError("k must be at least 1")
        lon, lat = np.atleast_1d(np.asarray(lons, np.float64)), np.atleast_1d(np.asarray(lats, np.float64))
        if lon.ndim != 1 or lon.shape != lat.shape:
            raise InvalidPositionError("lons and lats must be two lists of the same length")
        # NaN compares false as well.
        if not (np.all(np.abs(lon) <= 180) and np.all(np.abs(lat) <= 90)):
            raise InvalidPositionError("longitudes must lie in [-180, 180] and latitudes in [-90, 90]")
        if k * max(len(lon), 1) > MANY_LIMIT:
            raise InvalidQueryError(f"k times the number of points must be at most {MANY_LIMIT:,}")
        return self._cloud_of(conditions).nearest_many(lon, lat, k, workers)

    def select(self, query: Query) -> list[Station]:
        """Return every station that `query` accepts, in the index's order; unknown hours are not closed."""
        at = query.open_at
        chosen = [self.stations[row] for row in self._filters.rows(query.conditions).tolist()]
        return chosen if at is None else [station for station in chosen if station.status_at(at).state != "closed"]

    def _nearest_open(self, lon: float, lat: float, k: int, within_m: float, query: Query) -> Found:
        schedules = self._schedules

        def accept(metres: float, row: int) -> bool:
            return query.accepts_visit(schedules[row], metres)

        cloud = self._cloud_of(query.conditions)
        found = cloud.walk(lon, lat, k, within_m, accept, WALK_LIMIT)
        if found is None:
            # So many are closed that it pays to drop them all at once and walk among the others.
            found = cloud.restricted(self._hopeful(cloud.rows, query)).walk(lon, lat, k, within_m, accept, len(self))
        return found or []

    def _hopeful(self, rows: Rows, query: Query) -> Rows:
        schedules = [self._schedules[row] for row in rows.tolist()]
        hopeless = {schedule: query.is_hopeless(schedule) for schedule in set(schedules)}
        return np.flatnonzero([not hopeless[schedule] for schedule in schedules])

    @cached_property
    def _schedules(self) -> list[Schedule]:
        return [station.schedule for station in self.stations]


def _cloud_maker(everyone: Cloud, filters: Filters) -> Callable[[Conditions], Cloud]:
    # Not a method: a cache that holds its index would keep 220,000 stations alive until the cyclic collector comes by.
    @lru_cache(maxsize=FILTERS_KEPT)
    def cloud_of(asked: Conditions) -> Cloud:
        return everyone if asked == _EVERYONE else everyone.restricted(filters.rows(asked))

    return cloud_of
