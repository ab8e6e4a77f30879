"""Which places are meant by what was typed: characters, pinyin, initials or a part, in Chinese or English.

The phone finds the same among the places it keeps, in the same order (static/js/places/place_index.js).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.places.name_index import Mask, NameIndex
from stationmap.places.place import KINDS
from stationmap.places.places import Places
from stationmap.rules import CROSSING_PATTERN
from stationmap.search.query import words as words_of
from stationmap.search.slips import MIN_GUESSED

FITS = ("is", "name", "name_read", "more", "more_read")
"""How well a place fits, best first: a name is what was typed, holds it, is read so; with district and street."""
MAX_WORDS = 8
"""Of what was typed; further ones are passed over."""
MAX_QUERY_CHARS = 100

_CROSSING = re.compile(CROSSING_PATTERN)
_NONE = len(FITS)
_WORTH = 8
"""One in so many places, or fewer, are worth being looked through by themselves."""
Masks = NDArray[np.bool_]
Find = Callable[[NameIndex, str], Mask]


class Match(NamedTuple):
    """A place that fits: its row, and how, a place in `FITS`."""

    row: int
    fit: int


def search(places: Places, text: str, k: int, check: CancelCheck = never_cancelled) -> list[Match]:
    """Return the k places that fit a text best; those that fit alike in the order of their file."""
    return _matches(places, text, k, lambda index, word: index.containing(word), check)


def guess(places: Places, text: str, k: int, check: CancelCheck = never_cancelled) -> list[Match]:
    """Return what `search` would if a character or a letter of each word were another."""
    return _matches(places, text, k, lambda index, word: index.nearly_containing(word, MIN_GUESSED), check)


def crossing_words(words: Sequence[str]) -> list[str]:
    """Return the parts of two streets' names in what was typed for their crossing; none where it is not written so."""
    found = _CROSSING.fullmatch("".join(words))
    parts = [part for part in found.groups() if part] if found else []
    return [] if parts == ["".join(words)] else parts


def _matches(places: Places, text: str, k: int, read: Find, check: CancelCheck) -> list[Match]:
    words = words_of(text[:MAX_QUERY_CHARS])[:MAX_WORDS]
    if not words or not len(places):
        return []
    fits = _fits(places, words, read, check)
    if parts := crossing_words(words):
        crossings = places.kinds == KINDS.index("crossing")
        fits = np.where(crossings, np.minimum(fits, _fits(places, parts, read, check)), fits)
    best: list[NDArray[np.int64]] = []
    for fit in range(_NONE):  # in the order of the file, which is that of importance
        best.append(np.flatnonzero(fits == fit)[: k - sum(map(len, best))])
    return [Match(row, fit) for fit, rows in enumerate(best) for row in rows.tolist()]


def _fits(places: Places, words: Sequence[str], read: Find, check: CancelCheck) -> NDArray[np.uint8]:
    """Return how each place fits, shape (n,); `_NONE` where it does not."""
    rows, names, held = np.arange(len(places)), places.names, np.ones((4, len(places)), dtype=bool)
    for word in sorted(words, key=len, reverse=True):
        check()
        held &= _held(names, word, read) | _lying(places, word, read)[:, places.around_of[rows]]
        going = held[-1]
        if _WORTH * np.count_nonzero(going) < len(rows):  # the other words are looked for in what is left
            rows, held, names = rows[going], held[:, going], names.restricted(np.flatnonzero(going))
    found = np.full(len(rows), _NONE, dtype=np.uint8)
    names_written, names_read, written, is_read = held
    for fit, mask in ((4, is_read), (3, written), (2, names_read), (1, names_written)):
        found[mask] = fit
    if names_written.any():
        found[names_written & names.written(f"\n{''.join(words)}\n")] = 0
    fits = np.full(len(places), _NONE, dtype=np.uint8)
    fits[rows] = found
    return fits


def _held(names: NameIndex, word: str, read: Find) -> Masks:
    """Return which names hold a word, shape (4, n): as written, as read, and both once more."""
    written, is_read = names.written(word), read(names, word)
    return np.stack([written, is_read, written, is_read])


def _lying(places: Places, word: str, read: Find) -> Masks:
    """Return which districts and streets hold a word, shape (4, m): never a name, as written, as read."""
    around = places.surroundings
    nothing = np.zeros(len(around), dtype=bool)
    return np.stack([nothing, nothing, around.written(word), read(around, word)])
