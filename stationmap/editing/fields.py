"""A station as fields that people change one by one: what belongs together is one field, each facility is its own.

values = field_values(station)     # {("hours",): {"hours": "24/7"}, ("facilities", "wifi"): True, ...}
station_of(values)                 # the same station
changed_fields(before, after)      # (FieldChange(("phone",), "1", "2"),)
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

import orjson

from stationmap.registry.model import Station
from stationmap.registry.revision import line

Field = tuple[str, ...]
"""The name of a field: `("name",)`, `("facilities", "wifi")`; members of the feature itself are `("feature", NAME)`."""

Values = dict[Field, Any]
"""The value of each field a station has, as plain JSON."""


class _Absent(Enum):
    ABSENT = None


ABSENT: Final = _Absent.ABSENT
"""The value of a field that a station does not have, which is not the same as null."""

POSITION: Final[Field] = ("position",)
STATION: Final[Field] = ()
"""The field of a conflict over whether there is such a station at all."""

_TOGETHER: Mapping[str, str] = {
    "hours": "hours",
    "hours_source": "hours",
    "status": "status",
    "closures": "status",
    "position": "position",
}
"""Which field a property belongs to: whoever changes one of them means the others as well."""


class FieldChange(NamedTuple):
    """A field before and after; ABSENT where the station did not or does not have it."""

    field: Field
    before: Any
    after: Any

    @property
    def name(self) -> str:
        """The field in one word, as in `facilities.wifi`."""
        return field_name(self.field)


def field_name(field: Field) -> str:
    """Return a field in one word: `facilities.wifi`; `station` for a station as a whole."""
    return ".".join(field) or "station"


def field_named(name: str) -> Field:
    """Return the field that `field_name` calls so."""
    return STATION if name == "station" else tuple(name.split(".", 1))


def field_of_member(member: str) -> str:
    """Return the field, in one word, that a property, or the `geometry`, is changed with."""
    return "position" if member == "geometry" else _TOGETHER.get(member, member)


def field_values(station: Station) -> Values:
    """Return the fields of a station, in the order they are written in."""
    feature: dict[str, Any] = orjson.loads(line(station))
    properties = feature.pop("properties")
    values: Values = {POSITION: {"geometry": feature.pop("geometry")}}
    for name, value in properties.items():
        if name == "facilities":
            values[("facilities",)] = {}  # an empty list of facilities is not the same as none
            values.update({("facilities", code): present for code, present in value.items()})
        elif together := _TOGETHER.get(name):
            values.setdefault((together,), {})[name] = value
        else:
            values[(name,)] = value
    values.update({("feature", name): value for name, value in feature.items()})
    return values


def station_of(values: Values) -> Station:
    """Return the station that has these fields; raises pydantic's ValidationError where they are not those of one."""
    feature: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for field, value in values.items():
        match field:
            case ("feature", name):
                feature[name] = value
            case ("facilities", code):
                properties.setdefault("facilities", {})[code] = value
            case ("position",):
                feature["geometry"] = value["geometry"]
                properties.update({name: each for name, each in value.items() if name != "geometry"})
            case ("hours",) | ("status",):
                properties.update(value)
            case (name,):
                properties[name] = dict(value) if name == "facilities" else value
    return Station.model_validate({**feature, "properties": properties})


def changed_fields(before: Station | None, after: Station | None) -> tuple[FieldChange, ...]:
    """Return the fields in which two versions of a station differ; all of them where one of the two is None."""
    old = field_values(before) if before else {}
    new = field_values(after) if after else {}
    both = dict.fromkeys((*old, *new))
    pairs = (FieldChange(field, old.get(field, ABSENT), new.get(field, ABSENT)) for field in both)
    return tuple(change for change in pairs if change.before != change.after)
