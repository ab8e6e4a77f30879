"""The id of a new station, after the style of those that are there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from stationmap.registry.model import StationId

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<serial>[0-9]{1,9})")
_ID: TypeAdapter[str] = TypeAdapter(StationId)
_WIDTH = 4
NOWHERE = -1
_LAST = "\x7f"  # after every character of an id


class _Style(NamedTuple):
    """What ids begin with, and how many digits their number has."""

    stem: str
    width: int


def is_station_id(text: str) -> bool:
    """Tell whether a text may be the id of a station."""
    try:
        _ID.validate_python(text)
    except ValidationError:
        return False
    return True


def proposed_id(ids: Sequence[str], districts: NDArray[np.int32], district: str) -> str:
    """Return an id that no station has, such as `xz-320302-0056` after `xz-320302-0055`.

    `ids` are those that there are, ascending, `districts`, shape (n,), the adcodes of their stations as numbers.
    Where the ids of a district are not numbered, those of the others show the style, and else it is `320302-0001`.
    """
    ours = _styles(ids[row] for row in np.flatnonzero(districts == int(district or NOWHERE)).tolist())
    style = ours.most_common(1)[0][0] if ours else _elsewhere(ids, districts, district)
    alike = ids[bisect_left(ids, style.stem) : bisect_left(ids, style.stem + _LAST)]
    serials = (
        int(found["serial"]) for each in alike if (found := _NUMBERED.fullmatch(each)) and found["stem"] == style.stem
    )
    number, there = max(serials, default=0) + 1, set(alike)
    while (made := f"{style.stem}{number:0{style.width}}") in there:
        number += 1
    return made


def _elsewhere(ids: Sequence[str], districts: NDArray[np.int32], district: str) -> _Style:
    """Return the style of ids in other districts, which have the adcode in them, for this one."""
    adcodes = {code: f"{code:06}" for code in np.unique(districts).tolist()}
    stated = zip(ids, map(adcodes.__getitem__, districts.tolist()), strict=True)
    styles = _styles(each.replace(adcode, district, 1) for each, adcode in stated if adcode in each)
    return styles.most_common(1)[0][0] if styles else _Style(f"{district}-", _WIDTH)


def _styles(ids: Iterable[str]) -> Counter[_Style]:
    found = (match for each in ids if (match := _NUMBERED.fullmatch(each)))
    return Counter(_Style(match["stem"], len(match["serial"])) for match in found)
