"""The stations of one snapshot in every order and by what they hold; for 220,000 as for ten.

What is worked out of a station is kept for as long as the station stays the same, whatever changes beside it: a table
is made from the one before it. Nothing here keeps other threads waiting for more than some milliseconds: long work is
done by numpy, which lets them run, or in parts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from heapq import merge
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.registry.kept_stations import said
from stationmap.registry.model import FACILITIES
from stationmap.registry.registry import Registry
from stationmap.search.filter_index import Mask
from stationmap.search.query import words
from stationmap.search.station_columns import Hours, rows_before
from stationmap.search.station_index import StationIndex
from stationmap.search.text_index import Rows, TextIndex
from stationmap.web.staff.table.columns import HOURS, NAME, NUMBERS, PHONE, TEXTS

PART = 8_192
"""Stations that are worked on at a time."""


class StationTable:
    """Stations in the order of a registry, with what was worked out of them; safe to use from threads."""

    def __init__(self, registry: Registry, index: StationIndex, earlier: StationTable | None = None) -> None:
        """Take a registry and the index of it; what `earlier` has worked out of the same stations is taken over."""
        self.stations, self.ids = registry.stations, tuple(registry)
        self._digests, self._index = registry.digests, index
        self._lock = RLock()
        self._texts: dict[str, list[str]] = {}
        self._orders: dict[str, Rows] = {}
        self._phones: TextIndex | None = None
        if earlier is not None:
            self._take_over(earlier)

    def make_ready(self) -> None:
        """Work out now what whoever opens the table first would wait for."""
        self.order(NAME)
        self._containing_phone("0")

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a value of `columns.NUMBERS` of each station, shape (n,)."""
        return NUMBERS[name](self._index.columns)

    def texts(self, name: str) -> list[str]:
        """Return a value of `columns.TEXTS` of each station, worked out once for each."""
        with self._lock:
            if name not in self._texts:
                self._texts[name] = list(map(TEXTS[name], said(self.stations)))
            return self._texts[name]

    def order(self, name: str) -> Rows:
        """Return all rows in the order of a value, the least first, equal ones as the registry has them."""
        if name in NUMBERS:
            return np.argsort(self.numbers(name), kind="stable")
        if name == HOURS:
            return self._by_hours()
        with self._lock:
            if name not in self._orders:
                self._orders[name] = np.fromiter(_sorted_rows(self.texts(name)), dtype=np.int64)
            return self._orders[name]

    def containing(self, text: str) -> Mask:
        """Tell which stations hold every word of a text: as riders search for them, or in their telephone number."""
        found = np.ones(len(self.stations), dtype=bool)
        for word in words(text):
            found &= self._index.mask_of_words([word]) | self._containing_phone(word)
        return found

    def where_hours(self, accepts: Callable[[Hours], bool]) -> Mask:
        """Tell which stations have hours, closures among them, that are accepted; asked once for each that differ."""
        columns = self._index.columns
        return np.array([accepts(each) for each in columns.distinct_hours], dtype=bool)[columns.hours]

    def lacking(self, facility: str) -> Mask:
        """Tell of which stations it is known that a facility is not there."""
        return self._with_bit(self._index.columns.missing, facility)

    def not_saying(self, facility: str) -> Mask:
        """Tell of which stations it is unknown whether a facility is there."""
        columns = self._index.columns
        return ~self._with_bit(columns.missing | columns.present, facility)

    def in_state(self, wanted: str, at: datetime) -> Mask:
        """Tell which stations are open, closed or unknown at an aware moment."""
        states = [each.status_soon(at).state == wanted for each in self._index.distinct_schedules]
        return np.array(states, dtype=bool)[self._index.columns.hours]

    @property
    def districts(self) -> tuple[str, ...]:
        """The adcodes that stations have, in order."""
        return tuple(f"{code:06}" for code in np.unique(self.numbers("district")).tolist())

    def row_of(self, station_id: str) -> int | None:
        """Return the row of a station by its id."""
        row = bisect_left(self.ids, station_id)
        return row if row < len(self.ids) and self.ids[row] == station_id else None

    def rows_as_mask(self, rows: Any) -> Mask:
        """Return which stations have one of some rows."""
        mask = np.zeros(len(self.stations), dtype=bool)
        mask[rows] = True
        return mask

    def _by_hours(self) -> Rows:
        columns = self._index.columns
        texts = [each.text or "" for each in columns.distinct_hours]
        place_of = {text: place for place, text in enumerate(sorted(set(texts)))}
        return np.argsort(np.array([place_of[text] for text in texts], dtype=np.int64)[columns.hours], kind="stable")

    @staticmethod
    def _with_bit(bits: NDArray[np.uint64], facility: str) -> Mask:
        return np.asarray(bits & np.uint64(1 << FACILITIES.index(facility)) != 0)

    def _containing_phone(self, word: str) -> Mask:
        with self._lock:
            if self._phones is None:
                self._phones = TextIndex(self.texts(PHONE))
        return self.rows_as_mask(self._phones.containing(word))

    def _take_over(self, earlier: StationTable) -> None:
        """Take over what is known of the stations that are the same."""
        with earlier._lock:
            texts, orders = dict(earlier._texts), dict(earlier._orders)
        before = rows_before(self._digests, earlier._digests)
        new = np.flatnonzero(before < 0).tolist()
        for name, known in texts.items():
            self._texts[name] = [known[row] if row >= 0 else "" for row in before.tolist()]
            for row, each in zip(new, said(self.stations, new), strict=True):
                self._texts[name][row] = TEXTS[name](each)
        for name, order in orders.items():
            self._orders[name] = _order_after(order, before, self._texts[name])


def _sorted_rows(keys: Sequence[str]) -> Iterable[int]:
    """Return rows by their keys, equal ones in their order; sorted in parts, as one sort lets no other thread run."""
    parts = [range(start, min(start + PART, len(keys))) for start in range(0, len(keys), PART)]
    return merge(*(sorted(part, key=keys.__getitem__) for part in parts), key=keys.__getitem__)


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
