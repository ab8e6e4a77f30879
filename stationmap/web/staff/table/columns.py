"""What the table knows of each station by itself: values it is put in order by, compared with, searched in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from stationmap.registry.model import CATEGORIES, STATUSES, WHO, Station
from stationmap.search.pinyin import order_key
from stationmap.search.query import folded, haystack

TEXT = "text"
ID, CHANGED = "id", "changed"
NEVER_CHECKED = date.min.toordinal()


def _verified(station: Station) -> int:
    return station.verified.on.toordinal() if station.verified else NEVER_CHECKED


def _text(station: Station) -> str:
    known = station.properties.phone
    return f"{haystack(station)}\n{folded(known).replace(' ', '')}" if known else haystack(station)


NUMBERS: Mapping[str, Callable[[Station], int]] = {
    "district": lambda station: int(station.district),
    "category": lambda station: CATEGORIES.index(station.category),
    "status": lambda station: STATUSES.index(station.status),
    "access": lambda station: WHO.index(station.access.who),
    "verified": _verified,
}
"""By name; what was never checked comes before all else."""

TEXTS: Mapping[str, Callable[[Station], str]] = {
    "name": lambda station: order_key(station.name),
    "hours": lambda station: station.hours or "",
    TEXT: _text,
}
"""By name; unknown hours come before all others."""

SORTS = ("name", "hours", *NUMBERS, CHANGED, ID)
"""What stations can be put in order by: `changed` by when the journal last changed them, `id` as a registry does."""
