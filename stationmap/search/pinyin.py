"""How Chinese characters are read, to find a place from a keyboard without them: xuzhouzhan or xzz for 徐州站.

A character with several readings keeps all of them: 重 is found as zhong and as chong.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from string import ascii_lowercase

MAX_LETTERS = 30  # of a word that is looked for; what a page can keep in a 32-bit word

# Its dictionary of phrases takes 50 MB of memory, for readings in context; here characters are looked up one by one.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

_FIRST, _LAST = "\u4e00", "\u9fff"  # the block of common ideographs


def readings(texts: Iterable[str]) -> dict[str, str]:
    """Return each reading, without its tone and with v for ü, and the characters of the texts that have it, in order.

    The reverse of a dictionary: readings are fewer than characters, so this is the shorter way to say it.
    """
    characters = sorted({character for text in texts for character in text if _FIRST <= character <= _LAST})
    found: dict[str, str] = {}
    for character in characters:
        for reading in _readings(character):
            found[reading] = found.get(reading, "") + character
    return dict(sorted(found.items()))


def is_typed(word: str) -> bool:
    """Tell whether a folded word has letters in it that may stand for characters."""
    return not _LETTERS.isdisjoint(word)


def is_letter(letter: str) -> bool:
    """Tell whether a folded character is one of the letters that pinyin is typed in."""
    return letter in _LETTERS


def order_key(text: str) -> str:
    """Return what puts texts in the order of a Chinese dictionary: by usual readings, numbers by their value.

    A character with several readings has one place, whatever word it is in: words would cost fifty times as much.
    """
    padded = _NUMBER.sub(lambda number: number[0].zfill(_DIGITS), text.casefold())
    return "".join([_usual_order(character) for character in padded])


def contains_pinyin(text: str, word: str) -> bool:
    """Tell whether a folded text holds a folded word as it stands, or its letters as pinyin, initials, or a mixture.

    The last syllable may be unfinished: xuzh finds 徐州. Only the first `MAX_LETTERS` of such a word count.
    """
    if not is_typed(word):
        return word in text
    typed = word[:MAX_LETTERS]
    state = 1  # the set of places in the word at which the text read so far may stand
    for character in text:
        reached = 1
        for at in range(len(typed)):
            if state >> at & 1:
                reached |= _step(character, typed, at)
        if reached >> len(typed) & 1:
            return True
        state = reached
    return False


def steps(word: str, at: int, characters: Mapping[str, str]) -> dict[str, int]:
    """Return for each character that leads on from a place in a word the set of places it leads to, a bit each.

    `characters` are those of the text by their reading, as `readings` returns them.
    """
    leads = {word[at]: 1 << (at + 1)}
    for reading, all_read in characters.items():
        if to := steps_of_reading(reading, word, at):
            leads |= {character: leads.get(character, 0) | to for character in all_read}
    return leads


def _step(character: str, word: str, at: int) -> int:
    to = 1 << (at + 1) if character == word[at] else 0
    for reading in _readings(character) if _FIRST <= character <= _LAST else ():
        to |= steps_of_reading(reading, word, at)
    return to


def steps_of_reading(reading: str, word: str, at: int, *, by_initial: bool = True) -> int:
    """Return the set of places in a word to which a character read so leads from a place in it."""
    if word[at] != reading[0]:
        return 0
    to = 1 << (at + 1) if by_initial else 0
    if word.startswith(reading, at):
        to |= 1 << (at + len(reading))
    # The last syllable may still be on its way.
    if reading.startswith(word[at:]):
        to |= 1 << len(word)
    return to


@lru_cache(maxsize=32_768)
def _usual_order(character: str) -> str:
    if not _FIRST <= character <= _LAST:
        return character
    from pypinyin import Style, lazy_pinyin

    reading = _USUAL.get(character) or "".join(lazy_pinyin(character, style=Style.TONE3, errors="ignore")) or "~"
    return f"{reading} {character}"


@lru_cache(maxsize=32_768)
def _readings(character: str) -> tuple[str, ...]:
    """Return the readings of one character; none for one the dictionary lacks."""
    # Here, because reading the dictionary takes longer than most commands.
    from pypinyin import Style, pinyin

    (known,) = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore") or [[]]
    return tuple(sorted(reading for reading in set(known) if reading.isascii() and reading.isalpha()))


_LETTERS = frozenset(ascii_lowercase)
_NUMBER = re.compile(r"[0-9]{1,8}(?![0-9])")
_DIGITS = 8
_USUAL = {"长": "chang2"}
"""Where names of places have another reading than the dictionary begins with."""
