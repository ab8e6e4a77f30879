"""Which of many texts hold a word, or the letters of one as pinyin or initials, found in all of them at once.

`pinyin.contains_pinyin` is the definition; this is the fast way to the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationmap.search.pinyin import MAX_LETTERS, is_typed, readings, steps

Rows = NDArray[np.int64]
NOBODY: Rows = np.empty(0, dtype=np.int64)
_CHARACTERS = 0x110000


class TextIndex:
    """Folded texts without blanks, a row each; what is looked for is prepared on first use."""

    def __init__(self, texts: Sequence[str]) -> None:
        # A blank never stands in a wanted word, so no find can run over from one text into the next.
        self._keep(" ".join(texts), np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))

    def _keep(self, text: str, lengths: NDArray[np.int64]) -> None:
        self._text = text
        self._starts = np.concatenate([[0], np.cumsum(lengths + 1)])[: len(lengths)]
        self._lengths = lengths

    def succeeded(self, before: Rows, new: Sequence[str]) -> TextIndex:
        """Return an index of other texts: of each the row it had `before` among these, shape (n,), -1 for the new ones.

        Those are given in their order.
        """
        lengths = np.where(before >= 0, self._lengths[before] if len(self._lengths) else 0, 0)
        lengths[before < 0] = np.fromiter(map(len, new), dtype=np.int64, count=len(new))
        made = object.__new__(TextIndex)
        made._keep(" ".join(self._stretches(before, iter(new))), lengths)
        return made

    def _stretches(self, before: Rows, new: Iterator[str]) -> Iterator[str]:
        """Yield texts, those that stand one after the other here as they stand here."""
        follows = (before[1:] == before[:-1] + 1) & (before[:-1] >= 0)
        edges = np.concatenate([[0], np.flatnonzero(~follows) + 1, [len(before)]]) if len(before) else np.array([0])
        for first, last in pairwise(edges.tolist()):
            if before[first] < 0:
                yield next(new)
            else:
                start, end = int(before[first]), int(before[last - 1])
                yield self._text[int(self._starts[start]) : int(self._starts[end] + self._lengths[end])]

    def make_ready(self) -> None:
        """Prepare now what is looked for by pinyin: the first who types it would wait."""
        _ = self._spelled, self._characters

    def containing(self, word: str) -> Rows:
        """Return the ascending rows, shape (m,), of the texts that hold a folded word without blanks."""
        return self._typed(word[:MAX_LETTERS]) if is_typed(word) else self._written(word)

    def _written(self, word: str) -> Rows:
        # No find overlaps two texts, so the finds of a pattern, which do not overlap, are in each text that holds it.
        finds = re.finditer(re.escape(word), self._text)
        ats = np.fromiter((find.start() for find in finds), dtype=np.int64)
        return np.unique(np.searchsorted(self._starts, ats, side="right") - 1)

    def _typed(self, word: str) -> Rows:
        """Return the rows whose text holds a word by characters, pinyin or initials: all places in it at once."""
        codes, characters = self._spelled[1], self._characters
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
    def _spelled(self) -> tuple[NDArray[np.uint32], NDArray[Any]]:
        """The characters that occur in the texts, by their code; and the texts, each character as its place there."""
        written = np.frombuffer((self._text + " ").encode("utf-32-le"), dtype=np.uint32)
        occurs = np.zeros(_CHARACTERS, dtype=bool)
        occurs[written] = True
        alphabet = np.flatnonzero(occurs).astype(np.uint32)
        places = np.zeros(_CHARACTERS, dtype=np.uint16 if len(alphabet) <= 1 << 16 else np.uint32)
        places[alphabet] = np.arange(len(alphabet))
        return alphabet, places[written]

    @cached_property
    def _characters(self) -> dict[str, str]:
        """The characters of the texts by their reading."""
        return readings(map(chr, self._spelled[0].tolist()))

    def _table(self, leads: Mapping[str, int]) -> NDArray[np.uint32]:
        """Return the set of places each character of the alphabet leads to."""
        alphabet = self._spelled[0]
        table = np.zeros(len(alphabet), dtype=np.uint32)
        for character, to in leads.items():
            at = int(np.searchsorted(alphabet, ord(character)))
            if at < len(table) and alphabet[at] == ord(character):
                table[at] = to
        return table
