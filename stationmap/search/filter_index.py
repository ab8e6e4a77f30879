"""Which stations meet the timeless part of a question, found without asking each of them.

Codes have posting lists (the rows that carry them), bounds are two comparisons over plain arrays, and words are
looked for in all texts at once (`search.text_index`). `Query.accepts` is the definition; this is the fast way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.registry.model import FACILITIES, Station
from stationmap.search.query import Bounds, Query, haystack, is_always_open
from stationmap.search.text_index import NOBODY, Rows, TextIndex
from stationmap.search.usability import is_for_riders, is_in_use


class FilterIndex:
    """Posting lists and texts of stations, each made on first use."""

    def __init__(self, stations: Sequence[Station], lons: Floats, lats: Floats) -> None:
        self._stations, self._lons, self._lats = stations, lons, lats

    def rows(self, query: Query) -> Rows:
        """Return the ascending rows, shape (m,), of the stations that meet the timeless part of a query."""
        any_of = [[(field, code) for code in getattr(query, field)] for field in ("categories", "who")]
        presence = "facilities_or_unknown" if query.facilities_or_unknown else "facilities"
        all_of = [(presence, code) for code in query.facilities] + [("services", code) for code in query.services]
        all_of += [_FOR_RIDERS] if query.for_riders else []
        all_of += [_IN_USE] if query.in_use else []
        found = [self._with_any(postings) for postings in any_of if postings]
        found += [self._postings.get(posting, NOBODY) for posting in all_of]
        found += [self._texts.containing(word) for word in query.text.split()]
        if query.always_from is not None:
            found.append(self._always_open(query.always_from))
        if query.bounds is not None:
            found.append(self._inside(query.bounds))
        if not found:
            return np.arange(len(self._stations))
        found.sort(key=len)
        rows = found[0]
        for other in found[1:]:
            rows = rows[_contains(other, rows)]
        return rows

    def _with_any(self, postings: list[tuple[str, str]]) -> Rows:
        lists = [self._postings.get(posting, NOBODY) for posting in postings]
        # A station has one category and one answer to who may enter, so these lists share no row.
        return lists[0] if len(lists) == 1 else np.sort(np.concatenate(lists), kind="stable")

    @cached_property
    def _postings(self) -> dict[tuple[str, str], Rows]:
        rows_of: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row, station in enumerate(self._stations):
            known = station.properties
            rows_of["categories", known.category].append(row)
            rows_of["who", known.access.who].append(row)
            if is_for_riders(station):
                rows_of[_FOR_RIDERS].append(row)
            if is_in_use(station):
                rows_of[_IN_USE].append(row)
            for code, present in known.facilities.items():
                rows_of["facilities" if present else _MISSING, code].append(row)
            for code in dict.fromkeys(known.services):
                rows_of["services", code].append(row)
        postings = {posting: np.array(rows, dtype=np.int64) for posting, rows in rows_of.items()}
        for code in FACILITIES:
            may_be_there = np.ones(len(self._stations), dtype=bool)
            may_be_there[postings.pop((_MISSING, code), NOBODY)] = False
            postings["facilities_or_unknown", code] = np.flatnonzero(may_be_there)
        return postings

    @cached_property
    def _texts(self) -> TextIndex:
        return TextIndex([haystack(station) for station in self._stations])

    def _always_open(self, day: date) -> Rows:
        return np.flatnonzero([is_always_open(station.schedule, day) for station in self._stations])

    def _inside(self, bounds: Bounds) -> Rows:
        west, south, east, north = bounds
        across = (self._lons >= west) & (self._lons <= east)
        if west > east:
            across = (self._lons >= west) | (self._lons <= east)
        return np.flatnonzero(across & (self._lats >= south) & (self._lats <= north))


_FOR_RIDERS = ("for_riders", "")
_IN_USE = ("in_use", "")
_MISSING = "facilities_missing"


def _contains(ascending: Rows, wanted: Rows) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.asarray(ascending[at] == wanted)
