"""The stations of one snapshot in every order and by what they hold; for 220,000 as for ten.

What is worked out of a station is kept for as long as the station stays the same, whatever changes beside it: a table
is made from the one before it. Nothing here keeps other threads waiting for more than some milliseconds: long work is
done by numpy, which lets them run, or in parts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from heapq import merge
from operator import is_
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.registry.model import Station
from stationmap.search.query import words
from stationmap.search.text_index import Rows, TextIndex
from stationmap.web.staff.table.columns import NUMBERS, TEXT, TEXTS

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]
PART = 8_192
"""Stations that are worked on at a time."""
MAX_NEW = 5_000
"""Stations that are worked out anew without a look at whether they only moved to another row."""


class StationTable:
    """Stations in the order of a registry, with what was worked out of them; safe to use from threads."""

    def __init__(self, stations: Sequence[Station], earlier: StationTable | None = None) -> None:
        """Take the stations of a snapshot; what `earlier` has worked out of the same stations is taken over."""
        self.stations = stations
        self._lock = RLock()
        self._numbers: dict[str, Numbers] = {}
        self._texts: dict[str, list[str]] = {}
        self._orders: dict[str, Rows] = {}
        self._parts: list[tuple[list[str], TextIndex]] = []
        if earlier is not None:
            self._take_over(earlier)

    def numbers(self, name: str) -> Numbers:
        """Return a value of `columns.NUMBERS` of each station, shape (n,), worked out once for each."""
        with self._lock:
            if name not in self._numbers:
                self._numbers[name] = np.fromiter(map(NUMBERS[name], self.stations), dtype=np.int32)
            return self._numbers[name]

    def texts(self, name: str) -> list[str]:
        """Return a value of `columns.TEXTS` of each station, worked out once for each."""
        with self._lock:
            if name not in self._texts:
                self._texts[name] = list(map(TEXTS[name], self.stations))
            return self._texts[name]

    def order(self, name: str) -> Rows:
        """Return all rows in the order of a value, the least first, equal ones as the registry has them."""
        if name in NUMBERS:
            return np.argsort(self.numbers(name), kind="stable")
        with self._lock:
            if name not in self._orders:
                self._orders[name] = np.fromiter(_sorted_rows(self.texts(name)), dtype=np.int64)
            return self._orders[name]

    def containing(self, text: str) -> Mask:
        """Tell which stations hold every word of a text: as riders search for them, or in their telephone number."""
        found = np.ones(len(self.stations), dtype=bool)
        with self._lock:
            for word in words(text):
                found &= self.rows_as_mask(self._containing(word))
        return found

    def where(self, accepts: Callable[[Station], bool]) -> Mask:
        """Tell which stations are accepted, each looked at."""
        return np.fromiter((accepts(station) for station in self.stations), dtype=bool, count=len(self.stations))

    def in_state(self, wanted: str, at: datetime) -> Mask:
        """Tell which stations are open, closed or unknown at an aware moment."""
        schedules = [station.schedule for station in self.stations]
        states = {id(each): each.status_soon(at).state for each in {id(one): one for one in schedules}.values()}
        return np.fromiter((states[id(each)] == wanted for each in schedules), dtype=bool, count=len(schedules))

    @cached_property
    def districts(self) -> tuple[str, ...]:
        """The adcodes that stations have, in order."""
        return tuple(f"{code:06}" for code in np.unique(self.numbers("district")).tolist())

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

    def _containing(self, word: str) -> Rows:
        if not self._parts:
            self._parts = list(_indexed(self.texts(TEXT), ()))
        found = [index.containing(word) + at * PART for at, (_, index) in enumerate(self._parts)]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _take_over(self, earlier: StationTable) -> None:
        """Take over what is known of the stations that are the same."""
        with earlier._lock:
            numbers, texts, orders = dict(earlier._numbers), dict(earlier._texts), dict(earlier._orders)
            parts = earlier._parts
        before = _rows_before(self.stations, earlier.stations)
        new = np.flatnonzero(before < 0).tolist()
        for name, values in numbers.items():
            made = values[np.maximum(before, 0)] if len(values) else np.zeros(len(before), dtype=np.int32)
            made[new] = [NUMBERS[name](self.stations[row]) for row in new]
            self._numbers[name] = made
        for name, known in texts.items():
            self._texts[name] = [known[row] if row >= 0 else "" for row in before.tolist()]
            for row in new:
                self._texts[name][row] = TEXTS[name](self.stations[row])
        for name, order in orders.items():
            self._orders[name] = _order_after(order, before, self._texts[name])
        if parts:
            self._parts = list(_indexed(self._texts[TEXT], parts))


def _sorted_rows(keys: Sequence[str]) -> Iterable[int]:
    """Return rows by their keys, equal ones in their order; sorted in parts, as one sort lets no other thread run."""
    parts = [range(start, min(start + PART, len(keys))) for start in range(0, len(keys), PART)]
    return merge(*(sorted(part, key=keys.__getitem__) for part in parts), key=keys.__getitem__)


def _indexed(
    texts: Sequence[str], known: Sequence[tuple[list[str], TextIndex]]
) -> Iterator[tuple[list[str], TextIndex]]:
    """Yield an index for each part of some texts, which is the known one where that is of the same texts."""
    for at, start in enumerate(range(0, len(texts), PART)):
        part = list(texts[start : start + PART])
        is_known = at < len(known) and known[at][0] == part
        yield known[at] if is_known else (part, TextIndex(part))


def _rows_before(stations: Sequence[Station], earlier: Sequence[Station]) -> Rows:
    """Return the row that each station, the very same value, had before; -1 for new ones."""
    if len(stations) == len(earlier):
        parts = (slice(start, start + PART) for start in range(0, len(stations), PART))
        same = [np.fromiter(map(is_, stations[part], earlier[part]), dtype=bool) for part in parts]
        is_same = np.concatenate([np.empty(0, dtype=bool), *same])
        if np.count_nonzero(~is_same) <= MAX_NEW:
            return np.where(is_same, np.arange(len(stations)), -1)
    row_of = {id(station): row for row, station in enumerate(earlier)}
    return np.fromiter((row_of.get(id(station), -1) for station in stations), dtype=np.int64)


def _order_after(order: Rows, before: Rows, keys: Sequence[str]) -> Rows:
    """Return the order of rows that were others `before`, -1 for new ones, by the order they had: few are new."""
    now = np.full(len(order), -1, dtype=np.int64)
    kept = np.flatnonzero(before >= 0)
    now[before[kept]] = kept
    carried = now[order]
    carried = carried[carried >= 0]

    def key(row: int) -> tuple[str, int]:
        return keys[row], row

    new = sorted(np.flatnonzero(before < 0).tolist(), key=key)
    # Rows kept their order among each other, as stations with equal keys have theirs in every registry.
    places = [bisect_left(carried, key(row), key=key) for row in new]
    return np.insert(carried, places, new)
