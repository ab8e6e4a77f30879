"""Slips of typing: a character of the same sound, a letter too many, too few, another, or two that changed places.

The phone finds the same ones (`guesserOf` of static/js/finder/pinyin.js). Initials are not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from stationmap.search.pinyin import is_letter, steps_of_reading

MIN_GUESSED = 5
"""Letters of a word, a character counting as two: of less, too much else is but a slip away."""
_CHINESE = "\u2e7f"  # what is beyond may be a character


def may_have_a_slip(word: str, least: int = MIN_GUESSED) -> bool:
    """Tell whether a folded word is long enough to be guessed."""
    return sum(1 if is_letter(letter) else 2 for letter in word) >= least


def steps_with_a_slip(word: str, characters: Mapping[str, str]) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """Return where each character leads from each place in a word, rightly and by a slip: a bit for each place.

    `characters` are those of the texts by their reading; both lists have a table for each place, (len(word),).
    """
    return _right(word, characters), _slips(word, characters)


def _right(word: str, characters: Mapping[str, str]) -> list[dict[str, int]]:
    found = [{letter: 1 << (at + 1)} for at, letter in enumerate(word)]
    for reading, all_read in characters.items():
        for at, leads in enumerate(found):
            if to := steps_of_reading(reading, word, at, by_initial=False):
                _add(leads, all_read, to)
    return found


def _slips(word: str, characters: Mapping[str, str]) -> list[dict[str, int]]:
    readings = _readings_of(word, characters)
    return [
        _mistyped_letters(word, at) | _misread(word, at, characters, readings.get(typed))
        for at, typed in enumerate(word)
    ]


def _mistyped_letters(word: str, at: int) -> dict[str, int]:
    """Return where the letters of a text lead to if another letter, one more or one less was typed."""
    if not is_letter(word[at]):
        return {}
    usual = 1 << (at + 1) | (1 << at if at else 0)
    added = word[at + 1 : at + 2]
    return {letter: usual | (1 << (at + 2) if letter == added else 0) for letter in "abcdefghijklmnopqrstuvwxyz"}


def _misread(word: str, at: int, characters: Mapping[str, str], typed: set[str] | None) -> dict[str, int]:
    """Return where characters lead to if one of the same sound was typed, or a letter of their reading is wrong.

    `typed` are the readings of what was typed, None where no text has it.
    """
    found: dict[str, int] = {}
    for reading, all_read in characters.items():
        to = misread_to(reading, word, at)
        if word[at] > _CHINESE and (typed is None or reading in typed):
            to |= 1 << (at + 1)
        if to:
            _add(found, all_read, to)
    return found


def misread_to(reading: str, word: str, at: int) -> int:
    """Return the places in a word to which a syllable leads from a place in it if one of its letters is wrong."""
    length = len(reading)
    ends = range(at + max(2, length - 1), min(len(word), at + length + 1) + 1)
    return sum(1 << end for end in ends if is_slip(word[at:end], reading))


def is_slip(typed: str, text: str) -> bool:
    """Tell whether what was typed is a text but for one letter too many, too few, another, or two changed places."""
    same = 0
    while same < len(text) and typed[same : same + 1] == text[same]:
        same += 1
    one, other = typed[same:], text[same:]
    if len(one) > 1 and one[0] == other[1:2] and one[1] == other[:1]:
        return one[2:] == other[2:]
    return is_letter((one or other)[:1]) and (one[1:] == other[1:] or one[1:] == other or one == other[1:])


def _readings_of(word: str, characters: Mapping[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for reading, all_read in characters.items():
        for character in set(word) & set(all_read):
            found.setdefault(character, set()).add(reading)
    return found


def _add(leads: dict[str, int], characters: str, to: int) -> None:
    for character in characters:
        leads[character] = leads.get(character, 0) | to
