"""The id of a new station, after the style of those that are there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from stationmap.registry.model import StationId
from stationmap.registry.registry import Registry

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<serial>[0-9]{1,9})")
_ID: TypeAdapter[str] = TypeAdapter(StationId)
_WIDTH = 4


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


def proposed_id(registry: Registry, district: str) -> str:
    """Return an id that no station has, such as `xz-320302-0056` after `xz-320302-0055`.

    Where the ids of a district are not numbered, those of the others show the style, and else it is `320302-0001`.
    """
    ours = _styles(station.id for station in registry.stations if station.district == district)
    style = ours.most_common(1)[0][0] if ours else _elsewhere(registry, district)
    serials = (
        int(found["serial"])
        for each in registry
        if (found := _NUMBERED.fullmatch(each)) and found["stem"] == style.stem
    )
    number = max(serials, default=0) + 1
    while (made := f"{style.stem}{number:0{style.width}}") in registry:
        number += 1
    return made


def _elsewhere(registry: Registry, district: str) -> _Style:
    """Return the style of ids in other districts, which have the adcode in them, for this one."""
    others = (station for station in registry.stations if station.district in station.id)
    styles = _styles(station.id.replace(station.district, district, 1) for station in others)
    return styles.most_common(1)[0][0] if styles else _Style(f"{district}-", _WIDTH)


def _styles(ids: Iterable[str]) -> Counter[_Style]:
    found = (match for each in ids if (match := _NUMBERED.fullmatch(each)))
    return Counter(_Style(match["stem"], len(match["serial"])) for match in found)
