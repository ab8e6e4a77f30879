"""The stations of one snapshot in every order and by what they hold; for 220,000 as for ten.

What is worked out of a station is kept for as long as the station stays the same, whatever changes beside it: a table
is made from the one before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import is_
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.registry.model import Station
from stationmap.search.query import words
from stationmap.search.text_index import Rows, TextIndex
from stationmap.web.staff.table.columns import TEXT, VALUES

Mask = NDArray[np.bool_]
MAX_NEW = 5_000
"""Stations that are worked out anew without a look at whether they only moved to another row."""


class StationTable:
    """Stations in the order of a registry, with what was worked out of them; safe to use from threads."""

    def __init__(self, stations: Sequence[Station], earlier: StationTable | None = None) -> None:
        """Take the stations of a snapshot; what `earlier` has worked out of the same stations is taken over."""
        self.stations = stations
        self._lock = RLock()
        self._values: dict[str, list[Any]] = {}
        self._orders: dict[str, Rows] = {}
        if earlier is not None:
            self._take_over(earlier)

    def values(self, name: str) -> list[Any]:
        """Return a value of `columns.VALUES` of each station, worked out once for each."""
        with self._lock:
            if name not in self._values:
                self._values[name] = list(map(VALUES[name], self.stations))
            return self._values[name]

    def order(self, name: str) -> Rows:
        """Return all rows in the order of a value, the least first, equal ones as the registry has them."""
        with self._lock:
            if name not in self._orders:
                keys = self.values(name)
                self._orders[name] = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
            return self._orders[name]

    def containing(self, text: str) -> Mask:
        """Tell which stations hold every word of a text: as riders search for them, or in their telephone number."""
        found = np.ones(len(self.stations), dtype=bool)
        for word in words(text):
            found &= self.rows_as_mask(self._texts.containing(word))
        return found

    def where(self, name: str, accepts: Callable[[Any], bool]) -> Mask:
        """Tell of which stations a value is accepted; each distinct one is looked at once."""
        return self.where_each(self.values(name), accepts)

    def where_each(self, values: Iterable[Hashable], accepts: Callable[[Any], bool]) -> Mask:
        """Tell of which of some values, one a station, are accepted; each distinct one is looked at once."""
        known = list(values)
        accepted = {value: accepts(value) for value in set(known)}
        return np.fromiter(map(accepted.__getitem__, known), dtype=bool, count=len(known))

    def opening(self, at: datetime) -> list[str]:
        """Return of each station whether it is open, closed or unknown at an aware moment."""
        schedules = [station.schedule for station in self.stations]
        states = {id(each): each.status_soon(at).state for each in {id(one): one for one in schedules}.values()}
        return [states[id(each)] for each in schedules]

    def row_of(self, station_id: str) -> int | None:
        """Return the row of a station by its id."""
        return self._rows.get(station_id)

    def rows_as_mask(self, rows: Any) -> Mask:
        """Return which stations have one of some rows."""
        mask = np.zeros(len(self.stations), dtype=bool)
        mask[rows] = True
        return mask

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {station.id: row for row, station in enumerate(self.stations)}

    @cached_property
    def _texts(self) -> TextIndex:
        return TextIndex(self.values(TEXT))

    def _take_over(self, earlier: StationTable) -> None:
        """Take over what is known of the stations that are the same."""
        with earlier._lock:
            values, orders = dict(earlier._values), dict(earlier._orders)
        before = _rows_before(self.stations, earlier.stations)
        for name, known in values.items():
            self._values[name] = self._values_after(known, before, VALUES[name])
        for name, order in orders.items():
            self._orders[name] = _order_after(order, before, self._values[name])

    def _values_after(self, known: list[Any], before: Rows, value_of: Callable[[Station], Any]) -> list[Any]:
        """Return values by row, of which some were known by the rows that stations had `before`, -1 for new ones."""
        if len(known) != len(before):
            rows = zip(before.tolist(), self.stations, strict=True)
            return [known[row] if row >= 0 else value_of(station) for row, station in rows]
        made = list(known)
        for row in np.flatnonzero(before != np.arange(len(before))).tolist():
            made[row] = known[before[row]] if before[row] >= 0 else value_of(self.stations[row])
        return made


def _rows_before(stations: Sequence[Station], earlier: Sequence[Station]) -> Rows:
    """Return the row that each station, the very same value, had before; -1 for new ones."""
    if len(stations) == len(earlier):
        same = np.fromiter(map(is_, stations, earlier), dtype=bool, count=len(stations))
        if np.count_nonzero(~same) <= MAX_NEW:
            return np.where(same, np.arange(len(stations)), -1)
    row_of = {id(station): row for row, station in enumerate(earlier)}
    return np.fromiter((row_of.get(id(station), -1) for station in stations), dtype=np.int64)


def _order_after(order: Rows, before: Rows, keys: Sequence[Any]) -> Rows:
    """Return the order of rows that were others `before`, -1 for new ones, by the order they had: few are new."""
    now = np.full(len(order), -1, dtype=np.int64)
    kept = np.flatnonzero(before >= 0)
    now[before[kept]] = kept
    carried = now[order]
    carried = carried[carried >= 0]

    def key(row: int) -> tuple[Any, int]:
        return keys[row], row

    new = sorted(np.flatnonzero(before < 0).tolist(), key=key)
    # Rows kept their order among each other, as stations with equal keys have theirs in every registry.
    places = [bisect_left(carried, key(row), key=key) for row in new]
    return np.insert(carried, places, new)
