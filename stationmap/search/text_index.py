"""Which of many texts hold a word, or the letters of one as pinyin or initials, found in all of them at once.

`pinyin.contains_pinyin` is the definition; this is the fast way to the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
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
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        # A blank never stands in a wanted word, so no find can run over from one text into the next.
        self._text = " ".join(texts)
        self._starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])

    def containing(self, word: str) -> Rows:
        """Return the ascending rows, shape (m,), of the texts that hold a folded word without blanks."""
        return self._typed(word[:MAX_LETTERS]) if is_typed(word) else self._written(word)

    def _written(self, word: str) -> Rows:
        text, starts = self._text, self._starts
        rows = []
        at = text.find(word)
        while at >= 0:
            row = int(np.searchsorted(starts, at, side="right")) - 1
            rows.append(row)
            # On to the next text: one find a text is enough.
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
        at_ends = np.concatenate(found) if found else NOBODY
        return np.unique(np.searchsorted(self._starts, at_ends, side="right") - 1)

    @cached_property
    def _codes(self) -> NDArray[Any]:
        """The texts, each character as its place in the alphabet."""
        places = np.zeros(_CHARACTERS, dtype=np.uint16 if len(self._alphabet) <= 1 << 16 else np.uint32)
        places[self._alphabet] = np.arange(len(self._alphabet))
        return places[self._written_codes()]

    @cached_property
    def _alphabet(self) -> NDArray[np.uint32]:
        """The characters that occur in the texts, by their code."""
        occurs = np.zeros(_CHARACTERS, dtype=bool)
        occurs[self._written_codes()] = True
        return np.flatnonzero(occurs).astype(np.uint32)

    def _written_codes(self) -> NDArray[np.uint32]:
        return np.frombuffer((self._text + " ").encode("utf-32-le"), dtype=np.uint32)

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
