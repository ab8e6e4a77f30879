"""Which stations meet the timeless part of a question, found without asking each of them.

Codes and bounds are comparisons over whole columns (`search.station_columns`), hours are asked once for all stations
that share them, and words are looked for in all texts at once (`search.text_index`). `Query.accepts` is the definition;
this is the fast way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from stationmap.hours.schedule import IN_USE, Schedule
from stationmap.registry.kept_stations import said
from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, STATUSES, WHO, Station
from stationmap.search.query import Bounds, Query, haystacks, is_always_open
from stationmap.search.station_columns import Places, StationColumns
from stationmap.search.text_index import Rows, TextIndex
from stationmap.search.usability import FOR_RIDERS, STANDINGS

Mask = NDArray[np.bool_]
"""Which stations; shape (n,)."""
_IN_USE = STATUSES.index(IN_USE)


class FilterIndex:
    """The columns of stations, and the texts they are searched by, which are made on first use or taken over."""

    def __init__(
        self,
        stations: Sequence[Station],
        columns: StationColumns,
        schedules: Sequence[Schedule],
        texts: TextIndex | None = None,
    ) -> None:
        """Take stations, their columns, the schedules of their distinct hours, and their texts where they are made."""
        self._stations, self._columns, self._schedules = stations, columns, schedules
        self._texts = texts
        self._always: tuple[date, Mask] | None = None

    def rows(self, query: Query) -> Rows:
        """Return the ascending rows, shape (m,), of the stations that meet the timeless part of a query."""
        return np.flatnonzero(self.mask(query))

    def mask(self, query: Query) -> Mask:
        """Tell which stations meet the timeless part of a query."""
        found = np.ones(len(self._columns), dtype=bool)
        for each in self._masks(query):
            found &= each
        return found

    def _masks(self, query: Query) -> Iterator[Mask]:
        columns = self._columns
        if query.categories:
            yield _one_of(columns.categories, query.categories, CATEGORIES)
        if query.who:
            yield _one_of(columns.who, query.who, WHO)
        if query.facilities:
            wanted = _bits(query.facilities, FACILITIES)
            if query.facilities_or_unknown:
                yield columns.missing & wanted == 0
            else:
                yield columns.present & wanted == wanted
        if query.services:
            wanted = _bits(query.services, SERVICES)
            yield columns.services & wanted == wanted
        if query.for_riders:
            yield _one_of(columns.standings, FOR_RIDERS, STANDINGS)
        if query.in_use:
            yield columns.statuses == _IN_USE
        if query.always_from is not None:
            yield self._always_open(query.always_from)
        if query.bounds is not None:
            yield self._inside(query.bounds)
        for word in query.text.split():
            yield self.containing(word)

    def make_ready(self) -> None:
        """Make what is looked for in texts now: the first rider who types a word would wait for it."""
        self.texts().make_ready()

    def texts(self) -> TextIndex:
        """Return the texts that stations are searched by, made on first use."""
        # Threads that make it at once make the same.
        if self._texts is None:
            self._texts = TextIndex(haystacks(said(self._stations)))
        return self._texts

    def texts_after(self, stations: Sequence[Station], before: Rows) -> TextIndex | None:
        """Return the texts of other stations, None where those of these were never asked for.

        `before`, shape (n,), is the row that each had among these, -1 where it is new.
        """
        known = self._texts
        if known is None:
            return None
        new = np.flatnonzero(before < 0).tolist()
        return known.succeeded(before, haystacks(said(stations, new)))

    def containing(self, word: str) -> Mask:
        """Tell which stations have a text that holds a folded word without blanks."""
        found = np.zeros(len(self._columns), dtype=bool)
        found[self.texts().containing(word)] = True
        return found

    def _always_open(self, day: date) -> Mask:
        # One tuple, replaced by one assignment: threads that make it at once make the same.
        known = self._always
        if known is None or known[0] != day:
            by_hours = np.array([is_always_open(each, day) for each in self._schedules], dtype=bool)
            known = self._always = day, by_hours[self._columns.hours]
        return known[1]

    def _inside(self, bounds: Bounds) -> Mask:
        west, south, east, north = bounds
        lons, lats = self._columns.lons, self._columns.lats
        across = (lons >= west) & (lons <= east)
        if west > east:
            across = (lons >= west) | (lons <= east)
        return np.asarray(across & (lats >= south) & (lats <= north))


def _one_of(places: Places, wanted: Collection[str], codes: Sequence[str]) -> Mask:
    return np.array([code in wanted for code in codes], dtype=bool)[places]


def _bits(wanted: Collection[str], codes: Sequence[str]) -> np.uint64:
    return np.uint64(sum(1 << codes.index(code) for code in wanted))
