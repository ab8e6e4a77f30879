"""What the table knows of each station by itself: values it is put in order by, compared with, searched in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

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


VALUES: Mapping[str, Callable[[Station], Any]] = {
    "name": lambda station: order_key(station.name),
    "district": lambda station: station.district,
    "category": lambda station: CATEGORIES.index(station.category),
    "status": lambda station: STATUSES.index(station.status),
    "hours": lambda station: station.hours or "",
    "access": lambda station: WHO.index(station.access.who),
    "verified": _verified,
    TEXT: _text,
}
"""By name; what is unknown, and what was never checked, comes before all else."""

SORTS = (*(name for name in VALUES if name != TEXT), CHANGED, ID)
"""What stations can be put in order by: `changed` by when the journal last changed them, `id` as a registry does."""
