"""How Chinese characters are read, to find a place from a keyboard without them: xuzhouzhan or xzz for 徐州站.

A character with several readings keeps all of them: 重 is found as zhong and as chong.
"""

from __future__ import annotations

from collections.abc import Iterable

from pypinyin import Style, pinyin

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


def _readings(character: str) -> list[str]:
    """Return the readings of one character; none for one the dictionary lacks."""
    (known,) = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore") or [[]]
    return sorted(reading for reading in set(known) if reading.isascii() and reading.isalpha())
