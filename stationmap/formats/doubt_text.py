"""Doubts as bits, so that those of a station, its hours and a question are joined by one `or`; and their text."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import orjson

from stationmap.search.doubts import DOUBTS, Doubt

_BIT = {doubt: 1 << place for place, doubt in enumerate(DOUBTS)}
HOURS_UNKNOWN, FACILITY_UNKNOWN = _BIT["hours_unknown"], _BIT["facility_unknown"]


def bits_of(doubts: Iterable[Doubt]) -> int:
    """Return doubts, none of them twice, as bits in the order of `DOUBTS`."""
    return sum(_BIT[doubt] for doubt in doubts)


@cache
def doubt_text(bits: int) -> bytes:
    """Return the JSON array of doubts; there are 2,048 at most."""
    return orjson.dumps([doubt for doubt, bit in _BIT.items() if bits & bit])
