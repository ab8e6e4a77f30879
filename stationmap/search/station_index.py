"""The nearest stations to a point: exact, and with filters that neither lose a neighbour nor look at every station.

Each distinct filter gets a point index of its own over the stations it accepts, kept for the next time. Time is checked
last: from the nearest outwards, station by station, because whether one is open when the rider arrives depends on how
far it is.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import index as as_int
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from stationmap.defaults import NEIGHBOURS
from stationmap.errors import CancelCheck, InvalidPositionError, InvalidQueryError, never_cancelled
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import Found, PointIndex, Rows
from stationmap.hours.schedule import Schedule
from stationmap.registry.model import Position, Station
from stationmap.search.batches import Arrivals, nearest_block
from stationmap.search.filter_index import FilterIndex, Mask
from stationmap.search.filtered_points import Accept, FilteredPoints
from stationmap.search.openings import Openings, Reach
from stationmap.search.query import Bounds, Query
from stationmap.search.station_columns import StationColumns

MAX_CELLS = 1_000_000_000  # points times neighbours of one answer, 16 GB
BATCH_PLACES = 256  # places answered together, between two calls of `check`
MAX_SINGLE_CANDIDATES = 4_096  # stations looked at one by one before all schedules are evaluated at once

_EVERYONE = Query()
_IN_USE = Query(in_use=True)
"""What is asked where nobody says otherwise."""
_new = tuple.__new__


class Neighbour(NamedTuple):
    """A station and how far away it is, in geodesic metres."""

    station: Station
    distance_m: float


class Former(NamedTuple):
    """An index that another one replaces, and the row that each of the other's stations had in it, -1 for new ones."""

    earlier: StationIndex
    rows: Rows


class StationIndex:
    """An immutable index over stations, in the order given; safe to share between threads."""

    def __init__(self, stations: Iterable[Station], follows: Former | None = None) -> None:
        """Take stations; a sequence is kept as it is, and must not change.

        What a former index knows of the same stations is taken over.
        """
        self.stations: Sequence[Station] = stations if isinstance(stations, Sequence) else tuple(stations)
        texts = None
        if follows is None:
            self.columns = StationColumns.of(self.stations)
        else:
            self.columns = follows.earlier.columns.succeeded(self.stations, follows.rows)
            texts = follows.earlier._filters.texts_after(self.stations, follows.rows)
        self.distinct_schedules = self.columns.schedules()
        self._openings = Openings(self.distinct_schedules)
        self._hours = array("i", self.columns.hours.tobytes())
        self._everyone = PointIndex(self.columns.lons, self.columns.lats, hours=self.columns.hours)
        self._filters: FilterIndex = FilterIndex(self.stations, self.columns, self.distinct_schedules, texts)
        self._points = FilteredPoints(self._everyone, self._filters)

    def __len__(self) -> int:
        return len(self.stations)

    def nearest(
        self,
        position: Position,
        k: int = NEIGHBOURS,
        *,
        within_m: float = math.inf,
        query: Query | None = None,
        check: CancelCheck = never_cancelled,
    ) -> list[Neighbour]:
        """Return the at most `k` nearest stations that `query` accepts, nearest first, ties in the index's order.

        `within_m` is in geodesic metres, inclusive to a micrometre. `check` is called now and then where many stations
        are looked at one by one.
        Raises InvalidQueryError for k < 1 or a negative or NaN `within_m`.
        """
        return self._named(self.nearest_rows(position, k, within_m=within_m, query=query, check=check))

    def nearest_rows(
        self,
        position: Position,
        k: int = NEIGHBOURS,
        *,
        within_m: float = math.inf,
        query: Query | None = None,
        check: CancelCheck = never_cancelled,
    ) -> Found:
        """Return what `nearest` does as metres and rows, of which no station is made; raises as that does."""
        if as_int(k) < 1 or not within_m >= 0:
            raise InvalidQueryError("k must be at least 1, and within_m a number of metres from 0 up")
        lon, lat = position.lon, position.lat
        if query is None:
            return self._everyone.nearest(lon, lat, k, within_m)
        if query.open_at is None:
            return self._points.nearest(query.timeless, lon, lat, k, within_m)
        return self._nearest_open(lon, lat, k, within_m, query, check)

    def nearest_blocks(
        self,
        lons: Floats,
        lats: Floats,
        k: int,
        *,
        within_m: float = math.inf,
        query: Query | None = None,
        check: CancelCheck = never_cancelled,
    ) -> Iterator[tuple[Rows, Floats]]:
        """Yield what `nearest_rows` returns of places in degrees, shape (n,), in blocks of at most `BATCH_PLACES`.

        Of each block of m rows (m, k), -1 where there are no more, and geodesic metres (m, k), inf there.
        """
        query = query or _EVERYONE
        points, reach = self._points.of(query.timeless), None
        if query.open_at is not None:
            reach = self._openings.reach(query, check)
            possible = self._possibly_open(points.rows, reach)
            if 2 * len(possible) < len(points):
                # What is closed whenever anybody comes is dropped once, not before each.
                points = points.restricted(possible)
        arrivals = Arrivals(self.columns.hours, self.distinct_schedules, query, reach)
        for start in range(0, len(lons), BATCH_PLACES):
            end = start + BATCH_PLACES
            yield nearest_block(points, lons[start:end], lats[start:end], k, within_m, arrivals, check)

    def nearest_many(
        self, lons: ArrayLike, lats: ArrayLike, k: int = 1, *, workers: int = 1, query: Query = _EVERYONE
    ) -> tuple[Rows, Floats]:
        """Return for n points the k nearest stations that meet the part of `query` that does not depend on time.

        The result is places in `stations` (n, k), -1 for none, and geodesic metres (n, k), inf for none. `lons` and
        `lats` are degrees, shape (n,); `workers` threads share the work, -1 for one a core. Raises InvalidPositionError
        where a point is not a finite longitude and latitude, InvalidQueryError for k < 1.
        """
        if as_int(k) < 1:
            raise InvalidQueryError("k must be at least 1")
        lon, lat = np.atleast_1d(np.asarray(lons, np.float64)), np.atleast_1d(np.asarray(lats, np.float64))
        if lon.ndim != 1 or lon.shape != lat.shape:
            raise InvalidPositionError("lons and lats must be two lists of the same length")
        # NaN compares false as well.
        if not (np.all(np.abs(lon) <= 180) and np.all(np.abs(lat) <= 90)):
            raise InvalidPositionError("longitudes must lie in [-180, 180] and latitudes in [-90, 90]")
        if k * max(len(lon), 1) > MAX_CELLS:
            raise InvalidQueryError(f"k times the number of points must be at most {MAX_CELLS:,}")
        return self._points.of(query.timeless).nearest_many(lon, lat, k, workers)

    @cached_property
    def bounds(self) -> Bounds | None:
        """The box around all stations; None where there are none."""
        lons, lats = self.coordinates
        return Bounds(*map(float, (lons.min(), lats.min(), lons.max(), lats.max()))) if len(lons) else None

    @property
    def coordinates(self) -> tuple[Floats, Floats]:
        """Return the longitudes and latitudes of the stations in degrees, shape (n,) each."""
        return self.columns.lons, self.columns.lats

    def rows(self, query: Query) -> Rows:
        """Return the places in `stations`, ascending, of those that meet what does not depend on time of a query."""
        # Words are looked for once: what was found is kept with the points of it.
        return self._points.of(query.timeless).rows if query.text else self._filters.rows(query.timeless)

    def matching(self, query: Query) -> Rows:
        """Return the same rows, nothing of which is kept."""
        return self._filters.rows(query.timeless)

    def mask(self, query: Query) -> Mask:
        """Tell which stations meet the timeless part of a query, shape (n,)."""
        return self._filters.mask(query)

    def mask_of_words(self, folded_words: Iterable[str]) -> Mask:
        """Tell which stations have a text that holds every one of some folded words without blanks, shape (n,)."""
        found = np.ones(len(self), dtype=bool)
        for word in folded_words:
            found &= self._filters.containing(word)
        return found

    def select(self, query: Query) -> list[Station]:
        """Return every station that `query` accepts, in the index's order; unknown hours are not closed."""
        rows, at = self.matching(query), query.open_at
        if at is not None:
            is_closed = np.array([each.status_at(at).state == "closed" for each in self.distinct_schedules], dtype=bool)
            rows = rows[~is_closed[self.columns.hours[rows]]]
        return [self.stations[row] for row in rows.tolist()]

    def _nearest_open(self, lon: float, lat: float, k: int, within_m: float, query: Query, check: CancelCheck) -> Found:
        timeless, reach = query.timeless, self._openings.reach(query, check)
        accept, refused_m = self._accepting(query, reach, check), reach.refused_m
        found = self._points.nearest_accepted(timeless, lon, lat, k, within_m, accept, MAX_SINGLE_CANDIDATES, refused_m)
        if found is None:
            # So many are closed that it pays to drop them all at once and search among the others.
            points = self._points.of(timeless)
            possible = points.restricted(self._possibly_open(points.rows, reach))
            found = possible.nearest_accepted(lon, lat, k, within_m, accept, len(self), refused_m)
        return found or []

    def _accepting(self, query: Query, reach: Reach, check: CancelCheck) -> Accept:
        schedules, hours = self.schedules, self._hours
        refused, accepted = reach.refused, reach.accepted

        def accept(metres: float, row: int) -> bool:
            place = hours[row]
            if metres < accepted[place]:
                return True
            if metres < refused[place]:
                return False
            check()
            return query.accepts_visit(schedules[row], metres)

        return accept

    def _named(self, found: Iterable[tuple[float, int]]) -> list[Neighbour]:
        # A named tuple's constructor takes twice as long as the tuple's own, and this runs k times a question.
        stations = self.stations
        return [_new(Neighbour, (stations[row], metres)) for metres, row in found]

    def _possibly_open(self, rows: Rows, reach: Reach) -> Rows:
        """Return the places in `rows`, shape (m,), of the stations that may be open on arrival."""
        return np.flatnonzero(reach.refused_m[self.columns.hours[rows]] < math.inf)

    def make_ready(self) -> None:
        """Make now what the first rider would wait for otherwise."""
        _ = self.schedules
        self._filters.make_ready()
        self._points.of(_IN_USE)

    def make_wanted(self) -> None:
        """Make aside what questions asked for that were answered without it, the slow way."""
        self._points.make_wanted()

    @cached_property
    def schedules(self) -> list[Schedule]:
        """What each station does over time, in the index's order; many share one."""
        distinct = self.distinct_schedules
        return [distinct[place] for place in self.columns.hours.tolist()]
