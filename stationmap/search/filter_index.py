"""Which stations meet the timeless part of a question, found without asking each of them.

Codes have posting lists (the rows that carry them), bounds are two comparisons over plain arrays, and words are
looked for in one long text. `Query.accepts` is the definition; this is the fast way to the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.registry.model import FACILITIES, Station
from stationmap.search.pinyin import MAX_LETTERS, is_typed, readings, steps
from stationmap.search.query import Bounds, Query, haystack, is_always_open
from stationmap.search.usability import is_for_riders, is_in_use

Rows = NDArray[np.int64]


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
        found += [self._postings.get(posting, _NOBODY) for posting in all_of]
        found += [self._containing(word) for word in query.text.split()]
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
        lists = [self._postings.get(posting, _NOBODY) for posting in postings]
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
            for code in FACILITIES:
                present = known.facilities.get(code)
                if present:
                    rows_of["facilities", code].append(row)
                if present is not False:
                    rows_of["facilities_or_unknown", code].append(row)
            for code in dict.fromkeys(known.services):
                rows_of["services", code].append(row)
        return {posting: np.array(rows, dtype=np.int64) for posting, rows in rows_of.items()}

    @cached_property
    def _text(self) -> tuple[str, Rows]:
        haystacks = [haystack(station) for station in self._stations]
        lengths = np.fromiter(map(len, haystacks), dtype=np.int64, count=len(haystacks))
        # A blank never stands in a wanted word, so no find can run over from one station into the next.
        return " ".join(haystacks), np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])

    def _always_open(self, day: date) -> Rows:
        return np.flatnonzero([is_always_open(station.schedule, day) for station in self._stations])

    def _containing(self, word: str) -> Rows:
        return self._typed(word[:MAX_LETTERS]) if is_typed(word) else self._written(word)

    def _written(self, word: str) -> Rows:
        text, starts = self._text
        rows = []
        at = text.find(word)
        while at >= 0:
            row = int(np.searchsorted(starts, at, side="right")) - 1
            rows.append(row)
            # On to the next station: one find a station is enough.
            at = text.find(word, int(starts[row + 1])) if row + 1 < len(starts) else -1
        return np.array(rows, dtype=np.int64)

    def _typed(self, word: str) -> Rows:
        """Return the rows whose text holds a word by characters, pinyin or initials: all places in it at once."""
        codes, characters = self._codes, self._characters
        tables = [self._table(steps(word, at, characters)) for at in range(len(word))]
        places = np.flatnonzero((tables[0] != 0)[codes])
        reached = tables[0][codes[places]]
        found = []
        while len(places):
            ends = reached >> np.uint32(len(word)) & np.uint32(1) != 0
            found.append(places[ends])
            # Every text ends in a blank, which leads nowhere.
            places, before = places[~ends] + 1, reached[~ends]
            reached = np.zeros(len(places), dtype=np.uint32)
            for at in range(1, len(word)):
                here = before >> np.uint32(at) & np.uint32(1) != 0
                reached[here] |= tables[at][codes[places[here]]]
            places, reached = places[reached != 0], reached[reached != 0]
        at_ends = np.concatenate(found) if found else _NOBODY
        return np.unique(np.searchsorted(self._text[1], at_ends, side="right") - 1)

    @cached_property
    def _codes(self) -> NDArray[np.uint32]:
        """The texts, each character as its place in the alphabet."""
        return np.searchsorted(self._alphabet, self._written_codes()).astype(np.uint32)

    @cached_property
    def _alphabet(self) -> NDArray[np.uint32]:
        """The characters that occur in the texts, by their code."""
        return np.unique(self._written_codes())

    def _written_codes(self) -> NDArray[np.uint32]:
        return np.frombuffer((self._text[0] + " ").encode("utf-32-le"), dtype=np.uint32)

    @cached_property
    def _characters(self) -> dict[str, str]:
        """The characters of the texts by their reading."""
        return readings(map(chr, self._alphabet.tolist()))

    def _table(self, leads: Mapping[str, int]) -> NDArray[np.uint32]:
        """Return the set of places each character of the alphabet leads to."""
        table = np.zeros(len(self._alphabet), dtype=np.uint32)
        for character, to in leads.items():
            at = int(np.searchsorted(self._alphabet, ord(character)))
            if at < len(table) and self._alphabet[at] == ord(character):
                table[at] = to
        return table

    def _inside(self, bounds: Bounds) -> Rows:
        west, south, east, north = bounds
        across = (self._lons >= west) & (self._lons <= east)
        if west > east:
            across = (self._lons >= west) | (self._lons <= east)
        return np.flatnonzero(across & (self._lats >= south) & (self._lats <= north))


_NOBODY: Rows = np.empty(0, dtype=np.int64)
_FOR_RIDERS = ("for_riders", "")
_IN_USE = ("in_use", "")


def _contains(ascending: Rows, wanted: Rows) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.asarray(ascending[at] == wanted)
