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
from stationmap.search.slips import may_have_a_slip, steps_with_a_slip

Rows = NDArray[np.int64]
NOBODY: Rows = np.empty(0, dtype=np.int64)
_CHARACTERS = 0x110000
_MANY = 1_000
"""Finds of a word that are looked for one by one; more are found faster in all texts at once."""


class TextIndex:
    """Folded texts without blanks, a row each; what is looked for is prepared on first use.

    `characters` are those of the texts by their reading, where somebody has worked them out already.
    """

    def __init__(self, texts: Sequence[str], characters: Mapping[str, str] | None = None) -> None:
        if characters is not None:
            self._characters = dict(characters)
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        # A blank never stands in a wanted word, so no find can run over from one text into the next.
        self._text = " ".join(texts)
        self._starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])

    def containing(self, word: str) -> Rows:
        """Return the ascending rows, shape (m,), of the texts that hold a folded word without blanks."""
        return self._typed(word[:MAX_LETTERS]) if is_typed(word) else self._written(word)

    def written(self, word: str) -> Rows:
        """Return the rows of the texts that hold a folded word as it stands."""
        return self._written(word)

    def nearly_containing(self, word: str, least: int) -> Rows:
        """Return the rows of the texts that hold a word of which one character or letter may be wrong.

        A word of less than `least` letters, a character being two, is too short for that: it is found as it stands, or
        as it is read.
        """
        word = word[:MAX_LETTERS]
        if not may_have_a_slip(word, least):
            return self._typed(word)
        right, slips = ([self._table(leads) for leads in each] for each in steps_with_a_slip(word, self._characters))
        return self._followed(right, slips)

    def _followed(self, right: list[NDArray[np.uint32]], slips: list[NDArray[np.uint32]]) -> Rows:
        """Return the rows in which a way leads through the whole word, with one slip at most."""
        codes, length = self._codes, len(right)
        places = np.flatnonzero((right[0] | slips[0])[codes])
        sure, once = right[0][codes[places]], slips[0][codes[places]]
        found = []
        while len(places):
            ends = (sure | once) >> np.uint32(length) & np.uint32(1) != 0
            found.append(places[ends])
            places, sure_before, once_before = places[~ends] + 1, sure[~ends], once[~ends]
            here_codes = codes[places]
            sure, once = np.zeros((2, len(places)), dtype=np.uint32)
            for at in range(1, length):
                here = np.flatnonzero(sure_before >> np.uint32(at) & np.uint32(1))
                sure[here] |= right[at][here_codes[here]]
                once[here] |= slips[at][here_codes[here]]
                here = np.flatnonzero(once_before >> np.uint32(at) & np.uint32(1))
                once[here] |= right[at][here_codes[here]]
            going = (sure | once) != 0
            places, sure, once = places[going], sure[going], once[going]
        return self._rows(found)

    def _rows(self, found: list[NDArray[np.int64]]) -> Rows:
        places = np.concatenate(found) if found else NOBODY
        return np.unique(np.searchsorted(self._starts, places, side="right") - 1)

    def _written(self, word: str) -> Rows:
        text, starts = self._text, self._starts
        if text.count(word) > _MANY:
            return self._often_written(word)
        rows = []
        at = text.find(word)
        while at >= 0:
            row = int(np.searchsorted(starts, at, side="right")) - 1
            rows.append(row)
            # On to the next text: one find a text is enough.
            at = text.find(word, int(starts[row + 1])) if row + 1 < len(starts) else -1
        return np.array(rows, dtype=np.int64)

    def _often_written(self, word: str) -> Rows:
        codes = self._codes
        wanted = np.searchsorted(self._alphabet, [ord(character) for character in word])
        places = np.flatnonzero(codes == wanted[0])
        for at, code in enumerate(wanted[1:].tolist(), 1):
            # Every text ends in a blank, which no word holds.
            places = places[codes[np.minimum(places + at, len(codes) - 1)] == code]
        return self._rows([places])

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
        return self._rows(found)

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
