"""Which of many texts hold a word, or the letters of one as pinyin or initials, found in all of them at once.

`pinyin.contains_pinyin` is the definition; this is the fast way to the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.search.pinyin import MAX_LETTERS, is_typed, readings, steps

Rows = NDArray[np.int64]
NOBODY: Rows = np.empty(0, dtype=np.int64)
_CHARACTERS = 0x110000
_NARROW = np.dtype("<u2")
_PART = 4_096  # texts that become numbers at a time


class TextIndex:
    """Folded texts without blanks, a row each; what is looked for is prepared on first use."""

    def __init__(self, texts: Iterable[str]) -> None:
        parts, lengths = [np.empty(0, dtype=_NARROW)], [np.empty(0, dtype=np.int64)]
        left = iter(texts)
        while part := list(islice(left, _PART)):
            parts.append(_codes(part))
            lengths.append(np.fromiter(map(len, part), dtype=np.int64, count=len(part)))
        self._keep(np.concatenate(parts), np.concatenate(lengths))

    def _keep(self, codes: NDArray[Any], lengths: NDArray[np.int64]) -> None:
        self._codes = codes
        """The characters of all texts by their numbers; a blank ends each, which never stands in a wanted word."""
        self._starts = np.concatenate([[0], np.cumsum(lengths + 1)])[: len(lengths)]
        self._lengths = lengths

    def succeeded(self, before: Rows, new: Iterable[str]) -> TextIndex:
        """Return an index of other texts: of each the row it had `before` among these, shape (n,), -1 for the new ones.

        Those are given in their order.
        """
        added = TextIndex(new)
        lengths = np.where(before >= 0, self._lengths[before] if len(self._lengths) else 0, 0)
        lengths[before < 0] = added._lengths
        made = object.__new__(TextIndex)
        made._keep(np.concatenate([self._codes[:0], *self._stretches(before, added)]), lengths)
        return made

    def _stretches(self, before: Rows, added: TextIndex) -> Iterator[NDArray[Any]]:
        """Yield texts, those that stand one after the other here, or among those added, as they stand there."""
        is_new = before < 0
        places = np.where(is_new, np.cumsum(is_new) - 1, before)
        follows = (places[1:] == places[:-1] + 1) & (is_new[1:] == is_new[:-1])
        edges = np.concatenate([[0], np.flatnonzero(~follows) + 1, [len(before)]]) if len(before) else np.array([0])
        for first, last in pairwise(edges.tolist()):
            known = added if is_new[first] else self
            start, end = int(places[first]), int(places[last - 1])
            yield known._codes[int(known._starts[start]) : int(known._starts[end] + known._lengths[end]) + 1]

    def make_ready(self) -> None:
        """Prepare now what is looked for by pinyin: the first who types it would wait."""
        _ = self._characters

    def containing(self, word: str) -> Rows:
        """Return the ascending rows, shape (m,), of the texts that hold a folded word without blanks."""
        return self._typed(word[:MAX_LETTERS]) if is_typed(word) else self._written(word)

    def _written(self, word: str) -> Rows:
        codes, wanted = self._codes, list(map(ord, word))
        # No find runs over from one text into the next, as no word holds a blank.
        starts = np.flatnonzero(codes[: max(len(codes) - len(wanted) + 1, 0)] == wanted[0])
        for at, code in enumerate(wanted[1:], start=1):
            starts = starts[codes[starts + at] == code]
        return np.unique(np.searchsorted(self._starts, starts, side="right") - 1)

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
        at_ends = np.concatenate(found) if found else NOBODY
        return np.unique(np.searchsorted(self._starts, at_ends, side="right") - 1)

    @cached_property
    def _characters(self) -> dict[str, str]:
        """The characters of the texts by their reading."""
        occurs = np.zeros(self._kinds, dtype=bool)
        for start in range(0, len(self._codes), _CHARACTERS):
            occurs[self._codes[start : start + _CHARACTERS]] = True
        return readings(map(chr, np.flatnonzero(occurs).tolist()))

    @property
    def _kinds(self) -> int:
        """How many characters there could be."""
        return 1 << 16 if self._codes.dtype == _NARROW else _CHARACTERS

    def _table(self, leads: Mapping[str, int]) -> NDArray[np.uint32]:
        """Return the set of places each character leads to."""
        table = np.zeros(self._kinds, dtype=np.uint32)
        for character, to in leads.items():
            if ord(character) < len(table):
                table[ord(character)] = to
        return table


def _codes(texts: Sequence[str]) -> NDArray[Any]:
    """Return the characters of texts by their numbers, in two bytes each where all fit."""
    joined = " ".join((*texts, ""))
    narrow = joined.encode("utf-16-le", "surrogatepass")
    if len(narrow) == len(joined) * _NARROW.itemsize:
        return np.frombuffer(narrow, dtype=_NARROW)
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
