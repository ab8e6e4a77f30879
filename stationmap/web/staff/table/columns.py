"""What the table knows of each station by itself: values it is put in order by, compared with, searched in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from stationmap.registry.plain_lines import AnyStation
from stationmap.search.folding import folded
from stationmap.search.pinyin import order_key
from stationmap.search.station_columns import StationColumns

ID, CHANGED, NAME, HOURS, PHONE = "id", "changed", "name", "hours", "phone"

NUMBERS: Mapping[str, Callable[[StationColumns], NDArray[Any]]] = {
    "district": lambda columns: columns.districts,
    "category": lambda columns: columns.categories,
    "status": lambda columns: columns.statuses,
    "access": lambda columns: columns.who,
    "verified": lambda columns: columns.verified,
}
"""By name, of all stations; what was never checked comes before all else."""

TEXTS: Mapping[str, Callable[[AnyStation], str]] = {
    NAME: lambda station: order_key(station.properties.name),
    PHONE: lambda station: folded(station.properties.phone or "").replace(" ", ""),
}
"""By name, of one station: what names are put in order by, and the telephone number that is searched."""

SORTS = (NAME, HOURS, *NUMBERS, CHANGED, ID)
"""What stations can be put in order by: `changed` by when the journal last changed them, `id` as a registry does;
unknown hours come before all others."""
