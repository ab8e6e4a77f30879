"""Which places are meant by what was typed: characters, pinyin, initials or a part, in Chinese or English.

The phone finds the same among the places it keeps, in the same order (static/js/places/place_index.js).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.places.place import KINDS
from stationmap.places.places import Places
from stationmap.rules import CROSSING_PATTERN
from stationmap.search.query import words as words_of
from stationmap.search.slips import MIN_GUESSED
from stationmap.search.text_index import Rows, TextIndex

FITS = ("is", "name", "name_read", "more", "more_read")
"""How well a place fits, best first: a name is what was typed, holds it, is read so; with district and street."""
MAX_WORDS = 8
"""Of what was typed; further ones are passed over."""
MAX_QUERY_CHARS = 100

_CROSSING = re.compile(CROSSING_PATTERN)
_NONE = len(FITS)
Mask = NDArray[np.bool_]
Find = Callable[[TextIndex, str], Rows]


class Match(NamedTuple):
    """A place that fits: its row, and how, a place in `FITS`."""

    row: int
    fit: int


def search(places: Places, text: str, k: int) -> list[Match]:
    """Return the k places that fit a text best; those that fit alike in the order of their file."""
    return _matches(places, text, k, lambda index, word: index.containing(word))


def guess(places: Places, text: str, k: int) -> list[Match]:
    """Return what `search` would if a character or a letter of each word were another."""
    return _matches(places, text, k, lambda index, word: index.nearly_containing(word, MIN_GUESSED))


def crossing_words(words: Sequence[str]) -> list[str]:
    """Return the parts of two streets' names in what was typed for their crossing; none where it is not written so."""
    found = _CROSSING.fullmatch("".join(words))
    parts = [part for part in found.groups() if part] if found else []
    return [] if parts == ["".join(words)] else parts


def _matches(places: Places, text: str, k: int, read: Find) -> list[Match]:
    words = words_of(text[:MAX_QUERY_CHARS])[:MAX_WORDS]
    if not words or not len(places):
        return []
    fits = _fits(places, words, read)
    if parts := crossing_words(words):
        crossings = places.kinds == KINDS.index("crossing")
        fits = np.where(crossings, np.minimum(fits, _fits(places, parts, read)), fits)
    rows = np.flatnonzero(fits < _NONE)
    best = rows[np.argsort(fits[rows], kind="stable")][:k]
    return [Match(int(row), int(fits[row])) for row in best]


def _fits(places: Places, words: Sequence[str], read: Find) -> NDArray[np.uint8]:
    """Return how each place fits, shape (n,); `_NONE` where it does not."""
    found = [_held(places, word, read) for word in words]
    names_written, names_read, written, is_read = (np.logical_and.reduce(masks) for masks in zip(*found, strict=True))
    fits = np.full(len(places), _NONE, dtype=np.uint8)
    for fit, mask in ((4, is_read), (3, written), (2, names_read), (1, names_written)):
        fits[mask] = fit
    if names_written.any():
        fits[names_written & _mask(places, places.names.written(f"\n{''.join(words)}\n"))] = 0
    return fits


def _held(places: Places, word: str, read: Find) -> tuple[Mask, Mask, Mask, Mask]:
    """Return which places hold a word: in a name as written, as read, and the same with district and street."""
    written, is_read = (_mask(places, rows) for rows in (places.names.written(word), read(places.names, word)))
    around_written = _around(places, places.surroundings.written(word))
    around_read = _around(places, read(places.surroundings, word))
    return written, is_read, written | around_written, is_read | around_read


def _mask(places: Places, rows: Rows) -> Mask:
    found = np.zeros(len(places), dtype=bool)
    found[rows] = True
    return found


def _around(places: Places, rows: Rows) -> Mask:
    if not len(rows):
        return np.zeros(len(places), dtype=bool)
    found = np.zeros(len(places.arounds), dtype=bool)
    found[rows] = True
    return found[places.around_of]
