"""What hours may mean whose ends lack a word (8点半到5点半): the same with 下午 or 晚上, for people to confirm."""

from __future__ import annotations

import re
from itertools import combinations

from stationmap.hours.chinese.wording import MAX_TEXT_LENGTH, to_osm

_END = re.compile(r"(?<=[到至\-–—~～])(?=(\d{1,2})(?:[:：点时]))")
_FIRST_EVENING_HOUR = 7
_MAX_ENDS = 4


def completed(text: str) -> str | None:
    """Return the words that would be understood, with the fewest halves of the day put in; None if not just one would.

    It is a question to who wrote them, never an answer: of 8点半到5点半 only they know.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return None
    ends = [(found.start(), int(found[1])) for found in _END.finditer(text) if 1 <= int(found[1]) <= 11]
    if not ends or len(ends) > _MAX_ENDS or to_osm(text) is not None:
        return None
    for count in range(1, len(ends) + 1):
        ways = [way for some in combinations(ends, count) if to_osm(way := _with_halves(text, some)) is not None]
        if ways:
            return ways[0] if len(ways) == 1 else None
    return None


def _with_halves(text: str, ends: tuple[tuple[int, int], ...]) -> str:
    for at, hour in reversed(ends):
        text = text[:at] + ("晚上" if hour >= _FIRST_EVENING_HOUR else "下午") + text[at:]
    return text
