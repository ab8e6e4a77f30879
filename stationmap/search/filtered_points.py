"""The points of the stations that pass a filter: an index of their own each, kept for the next time.

An index of 200,000 points takes a tenth of a second to make, and nobody is to wait for that. So a filter that accepts
many stations is answered at first by walking outwards among all of them, which takes some hundred looks; its index is
made aside (`make_wanted`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import Found, PointIndex
from stationmap.search.filter_index import FilterIndex
from stationmap.search.query import Query

MAX_KEPT_FILTERS = 32  # point indexes of distinct filters; one of 110,000 stations takes some 15 MB
SLOW_POINTS = 20_000
"""Points of which an index takes more than some milliseconds to make."""
MIN_SHARE = 1 / 8
"""Of the stations, which a filter accepts that is walked: among fewer too many are looked at in vain."""
MAX_LOOKED_AT = 4_096

Accept = Callable[[float, int], bool]
"""Tells whether a station, by its row, so many metres away meets the query."""


class FilteredPoints:
    """The points of stations by filter; safe to share between threads."""

    def __init__(self, everyone: PointIndex, filters: FilterIndex) -> None:
        """Take the index of all stations, and what tells who passes a filter."""
        self._everyone, self._filters = everyone, filters
        self._made = OrderedDict[Query, PointIndex]()
        self._walked = OrderedDict[Query, bytes]()
        self._lock = Lock()

    def of(self, query: Query) -> PointIndex:
        """Return the index of the stations that pass a timeless query, made now where it is not kept."""
        if query == _EVERYONE:
            return self._everyone
        found = self._kept(query)
        if found is None:
            found = self._everyone.restricted(self._filters.rows(query))
            with self._lock:
                self._walked.pop(query, None)
                _put(self._made, query, found)
        return found

    def nearest(self, query: Query, lon: float, lat: float, k: int, within_m: float) -> Found:
        """Return what the index of a timeless query finds nearest, made or not; as `PointIndex.nearest` does."""
        found = self._index_or_mask(query)
        if not isinstance(found, bytes):
            return found.nearest(lon, lat, k, within_m)

        def accept(_metres: float, row: int) -> bool:
            return found[row] == 1

        walked = self._everyone.nearest_accepted(lon, lat, k, within_m, accept, MAX_LOOKED_AT)
        return self.of(query).nearest(lon, lat, k, within_m) if walked is None else walked

    def nearest_accepted(
        self,
        query: Query,
        lon: float,
        lat: float,
        k: int,
        within_m: float,
        accept: Accept,
        limit: int,
        refused_m: Floats | None = None,
    ) -> Found | None:
        """Return the nearest to a place in degrees that `accept` accepts, too, as `PointIndex.nearest_accepted` does.

        `refused_m`, shape (m,), are metres by number of hours.
        """
        found = self._index_or_mask(query)
        if not isinstance(found, bytes):
            return found.nearest_accepted(lon, lat, k, within_m, accept, limit, refused_m)

        def accept_both(metres: float, row: int) -> bool:
            return found[row] == 1 and accept(metres, row)

        return self._everyone.nearest_accepted(lon, lat, k, within_m, accept_both, limit)

    def make_wanted(self) -> None:
        """Make the indexes of the filters that were walked."""
        with self._lock:
            wanted = list(self._walked)
        for query in wanted:
            self.of(query)

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many indexes of filters are made, and how many filters wait for theirs."""
        return len(self._made), len(self._walked)

    def _index_or_mask(self, query: Query) -> PointIndex | bytes:
        """Return the index of a query; where it is to be walked, which stations it accepts, a byte each."""
        if query == _EVERYONE:
            return self._everyone
        made = self._kept(query)
        if made is not None:
            return made
        with self._lock:
            walked = self._walked.get(query)
        if walked is None:
            if self._everyone.shares_its_tree:
                return self.of(query)
            mask = self._filters.mask(query)
            if int(mask.sum()) <= max(SLOW_POINTS, MIN_SHARE * len(mask)):
                return self.of(query)
            walked = mask.tobytes()
            with self._lock:
                _put(self._walked, query, walked)
        return walked

    def _kept(self, query: Query) -> PointIndex | None:
        with self._lock:
            found = self._made.get(query)
            if found is not None:
                self._made.move_to_end(query)
            return found


_EVERYONE = Query()


Kept = TypeVar("Kept")


def _put(kept: OrderedDict[Query, Kept], query: Query, value: Kept) -> None:
    kept[query] = value
    kept.move_to_end(query)
    if len(kept) > MAX_KEPT_FILTERS:
        kept.popitem(last=False)
