"""Which properties the features of each collection have, and of what kind: what is described, filtered and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from stationmap.audit.output.result_tables import GAP_COLUMNS
from stationmap.audit.output.tables import COVERAGE_COLUMNS
from stationmap.formats import flat_properties
from stationmap.formats.flat_properties import COLUMNS, OF_A_MOMENT, Kind, Value
from stationmap.registry.model import Station

READ_AT_MOMENT = ("state", "open_now")
"""What holds of a station at a moment and may be filtered by."""


class Field(NamedTuple):
    """A property: its name, its kind, the codes it is taken from, and whether it may be filtered by."""

    name: str
    kind: Kind
    codes: tuple[str, ...] = ()
    is_queryable: bool = True

    @property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its values, but for the null of what is unknown."""
        return dict(_SCHEMAS[self.kind])


_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
}


def _station_fields() -> tuple[Field, ...]:
    registered = (
        # Several codes in one text are no code.
        Field(each.name, each.kind, () if each.name in flat_properties.JOINED else each.codes)
        for each in COLUMNS
    )
    momentary = (Field(each.name, each.kind, each.codes, each.name in READ_AT_MOMENT) for each in OF_A_MOMENT)
    return (*registered, *momentary)


_TEXTS_OF_AREAS = ("district", "name")
_TEXTS_OF_GAPS = (
    *("gap_name", "districts", "hours", "map_link"),
    *("nearest_id", "nearest_name", "site_nearest_id", "site_nearest_name"),
)
_BASIS = (
    Field("radius_m", "number", is_queryable=False),
    Field("people_counted", "text", is_queryable=False),
    Field("week_of", "text", is_queryable=False),
    Field("made_on", "text", is_queryable=False),
    Field("revision", "text", is_queryable=False),
    Field("label", "text", is_queryable=False),
)
"""What a figure of the audit rests on, beside it in every feature: tools keep properties, and lose what is around."""

STATION_FIELDS = _station_fields()
AREA_FIELDS = (
    *(Field(name, "text") for name in _TEXTS_OF_AREAS),
    *(Field(name, "number") for name in COVERAGE_COLUMNS),
    *_BASIS,
)
GAP_FIELDS = (
    *(
        Field(name, "text" if name in _TEXTS_OF_GAPS else "integer" if name == "rank" else "number")
        for name in GAP_COLUMNS
    ),
    *_BASIS,
)

READERS: dict[str, Callable[[Station], Value]] = {column.name: column.read for column in COLUMNS}
"""What reads a property of a station, by its name."""
