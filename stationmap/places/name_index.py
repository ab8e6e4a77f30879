"""Which of many short texts hold a word, as it is written, read, or nearly: all are looked through at once.

Texts are kept as numbers of their characters, two bytes each, and as nothing else: 200,000 places have some 6 million.
What holds a word is defined by `search/pinyin.contains_pinyin`, what holds it nearly by `search/slips`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.search.pinyin import MAX_LETTERS, is_typed, steps
from stationmap.search.slips import may_have_a_slip, steps_with_a_slip

Mask = NDArray[np.bool_]
Codes = NDArray[np.uint16]
Positions = NDArray[np.int64]
Tables = list[NDArray[np.uint32]]

_CHARACTERS = 0x110000
_MAX_ALPHABET = 1 << 16
_END = "\0"  # of a text: no word holds it
_ONE = np.uint32(1)


class _Begin(NamedTuple):
    """How a way through a word of some length may begin: what leads on from its first place, and what then."""

    first: NDArray[np.uint32]
    following: Mask
    length: int

    @property
    def is_end(self) -> Mask:
        """Which characters lead through the whole word."""
        return (self.first >> np.uint32(self.length) & _ONE).astype(bool)


class NameIndex:
    """Folded texts without blanks, each of some lines; `characters` are those of all texts by their reading.

    Answers are masks, shape (n,): true for each text that holds the word.
    """

    def __init__(self, blocks: Iterable[Sequence[str]], characters: Mapping[str, str]) -> None:
        """Take texts, some at a time: all of them at once would take ten times the memory."""
        self._characters = dict(characters)
        self._code_of = np.zeros(_CHARACTERS, dtype=np.uint16)  # 0 stands for what has no room
        self._alphabet = 1
        coded, lengths = [], []
        for texts in blocks:
            coded.append(self._coded(_END.join([*texts, ""])))
            lengths.append(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1)
        self._codes: Codes = np.concatenate([np.empty(0, dtype=np.uint16), *coded])
        ends = np.cumsum(np.concatenate([np.empty(0, dtype=np.int64), *lengths]))
        self._starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])[: len(ends)]
        self._often = np.bincount(self._codes, minlength=self._alphabet)

    def __len__(self) -> int:
        return len(self._starts)

    def restricted(self, rows: Positions) -> NameIndex:
        """Return an index of some of these texts, given by their ascending rows, shape (m,)."""
        part = copy(self)
        ends = np.append(self._starts[1:], len(self._codes))
        lengths = (ends - self._starts)[rows]
        part._starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)[:-1]])[: len(rows)]
        within = np.arange(lengths.sum()) - np.repeat(part._starts, lengths)
        part._codes = self._codes[np.repeat(self._starts[rows], lengths) + within]
        return part

    def written(self, word: str) -> Mask:
        """Return which texts hold a folded word as it stands."""
        wanted = self._code_of[_points(word)].astype(np.int64)
        if not len(self._codes) or not wanted.all():
            return np.zeros(len(self), dtype=bool)
        rarest = int(np.argmin(self._often[wanted]))
        places = np.flatnonzero(self._codes == np.uint16(wanted[rarest])) - rarest
        places = places[(places >= 0) & (places + len(wanted) <= len(self._codes))]
        for at, code in enumerate(wanted.tolist()):
            places = places[self._codes[places + at] == code]
        return self._mask([places])

    def containing(self, word: str) -> Mask:
        """Return which texts hold a word as it stands, or its letters as pinyin, initials or a mixture."""
        if not is_typed(word):
            return self.written(word)
        typed = word[:MAX_LETTERS]
        return self._read([self._table(steps(typed, at, self._characters)) for at in range(len(typed))])

    def nearly_containing(self, word: str, least: int) -> Mask:
        """Return which texts hold a word of which one character or letter may be wrong.

        A word of less than `least` letters, a character being two, is too short for that: it is found as it is read.
        """
        typed = word[:MAX_LETTERS]
        if not may_have_a_slip(typed, least):
            return self.containing(typed)
        right, slips = steps_with_a_slip(typed, self._characters)
        return self._nearly_read(list(map(self._table, right)), list(map(self._table, slips)))

    def _read(self, tables: Tables) -> Mask:
        """Return the texts in which some characters lead through a whole word: all ways through it at once."""
        length = len(tables)
        places = self._starts_of(_Begin(tables[0], _next(tables[0], tables, length), length))
        reached = tables[0][self._codes[places]]
        found = []
        while len(places):
            ends = (reached >> np.uint32(length) & _ONE).astype(bool)
            found.append(places[ends])
            # Every text ends in a character that leads nowhere.
            places, before = places[~ends] + 1, reached[~ends]
            reached = _led_on(before, self._codes[places], tables)
            places, reached = places[reached != 0], reached[reached != 0]
        return self._mask(found)

    def _nearly_read(self, right: Tables, slips: Tables) -> Mask:
        """Return the texts in which a way leads through the whole word with one slip at most."""
        length = len(right)
        either = [one | other for one, other in zip(right, slips, strict=True)]
        places = self._starts_of(
            _Begin(right[0], _next(right[0], either, length), length),
            _Begin(slips[0], _next(slips[0], right, length), length),
        )
        sure, once = right[0][self._codes[places]], slips[0][self._codes[places]]
        found = []
        while len(places):
            ends = ((sure | once) >> np.uint32(length) & _ONE).astype(bool)
            found.append(places[ends])
            places, sure_before, once_before = places[~ends] + 1, sure[~ends], once[~ends]
            codes = self._codes[places]
            sure = _led_on(sure_before, codes, right)
            once = _led_on(sure_before, codes, slips) | _led_on(once_before, codes, right)
            going = (sure | once) != 0
            places, sure, once = places[going], sure[going], once[going]
        return self._mask(found)

    def _starts_of(self, *begins: _Begin) -> Positions:
        """Return where a way begins that goes on with the next character, or is at its end with the first."""
        flags = np.zeros(self._alphabet, dtype=np.uint8)
        for at, begin in enumerate(begins):
            flags |= (begin.first != 0).astype(np.uint8) << at
            flags |= begin.following.astype(np.uint8) << (at + 2)
            flags |= begin.is_end.astype(np.uint8) << (at + 4)
        here = flags[self._codes]
        goes_on = (here[:-1] & 3) << 2 & here[1:]
        begins_here = np.append(goes_on, np.uint8(0)) | here & 48
        return np.flatnonzero(begins_here != 0)  # of truth values: ten times as fast as of numbers

    def _mask(self, found: list[Positions]) -> Mask:
        mask = np.zeros(len(self), dtype=bool)
        for places in found:
            mask[np.searchsorted(self._starts, places, side="right") - 1] = True
        return mask

    def _table(self, leads: Mapping[str, int]) -> NDArray[np.uint32]:
        """Return the set of places that each character of the alphabet leads to, a bit each."""
        table = np.zeros(self._alphabet, dtype=np.uint32)
        if leads:
            codes = self._code_of[_points("".join(leads))]
            known = codes != 0
            table[codes[known]] = np.fromiter(leads.values(), dtype=np.uint32, count=len(leads))[known]
        return table

    def _coded(self, text: str) -> Codes:
        """Return the numbers of the characters of a text; those that are new get the next ones."""
        points = _points(text)
        new = np.unique(points[self._code_of[points] == 0])[: _MAX_ALPHABET - self._alphabet]
        self._code_of[new] = np.arange(self._alphabet, self._alphabet + len(new))
        self._alphabet += len(new)
        return self._code_of[points]


def _next(first: NDArray[np.uint32], tables: Tables, length: int) -> Mask:
    """Return which characters lead on from any place that a first character leads to."""
    present = int(np.bitwise_or.reduce(first)) if len(first) else 0
    found = np.zeros(len(first), dtype=bool)
    for at in range(length):
        if present >> at & 1:
            found |= tables[at] != 0
    return found


def _led_on(before: NDArray[np.uint32], codes: Codes, tables: Tables) -> NDArray[np.uint32]:
    """Return where characters lead to from the sets of places that were reached before them, shape (m,)."""
    reached = np.zeros(len(before), dtype=np.uint32)
    present = int(np.bitwise_or.reduce(before)) if len(before) else 0
    for at, table in enumerate(tables):
        if present >> at & 1:
            here = np.flatnonzero(before >> np.uint32(at) & _ONE)
            reached[here] |= table[codes[here]]
    return reached


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
