"""What others may see of a station, which leaves out what only the file keeps, and the same with that put back."""

from __future__ import annotations

from typing import Any

from stationmap.editing.fields import ABSENT, STATION, Field, Values, field_named, field_values, station_of
from stationmap.formats.geojson import members_of, properties
from stationmap.registry.model import Header, Point, Properties, Station, is_code

_HEADER = members_of(Header, by_alias=True)
_PROPERTIES = members_of(Properties, by_alias=True)
_TOGETHER = {**_PROPERTIES, "geometry": members_of(Point, by_alias=True)}


def published(station: Station) -> Station:
    """Return a station with the members of the format only."""
    feature = {"type": "Feature", "id": station.id, "geometry": station.geometry, "properties": properties(station)}
    return Station.model_validate(feature)


def is_published(field: Field) -> bool:
    """Tell whether a field of a station, or one of the header, is of the format."""
    match field:
        case ("stationmap", name):
            return name in _HEADER
        case ("facilities", code):
            return is_code(code)
        case (name,):
            return name in _PROPERTIES
    return field == STATION


def published_value(field: Field, value: Any) -> Any:
    """Return the value of such a field, as plain JSON, with the members of the format only."""
    match field:
        case ():
            named = {name: field_named(name) for name in value} if isinstance(value, dict) else {}
            return {name: published_value(each, value[name]) for name, each in named.items() if is_published(each)}
        case ("stationmap", name):
            return _known(value, _HEADER[name])
        case ("services",):
            return [code for code in value if is_code(code)]
        case ("position" | "hours" | "status",):
            return _known(value, _TOGETHER)
        case (name,):
            return _known(value, _PROPERTIES[name])
    return value


def with_unpublished(exported: Station, registered: Station) -> Station:
    """Return an exported station with what the registry keeps of it besides: nobody who saw the export removed that.

    What both publish is that of the export.
    """
    values, whole, shown = (field_values(each) for each in (exported, registered, published(registered)))
    for field, value in whole.items():
        if shown.get(field, ABSENT) == values.get(field, ABSENT):
            values[field] = value
        elif field in values:
            values[field] = _with_members(values[field], value, shown.get(field))
    return station_of(_in_order(values, whole))


def _known(value: Any, members: Any) -> Any:
    """Return what a value has of some members, as `members_of` lists them."""
    if isinstance(value, list) and members is not True:
        return [_known(each, members["__all__"]) for each in value]
    if isinstance(value, dict) and members is not True:
        return {name: _known(each, members[name]) for name, each in value.items() if name in members}
    return value


def _with_members(exported: Any, whole: Any, shown: Any) -> Any:
    """Return a value with the members that only the file keeps."""
    if not (isinstance(exported, dict) and isinstance(whole, dict)):
        return exported
    known = shown if isinstance(shown, dict) else {}
    return {**exported, **{name: value for name, value in whole.items() if name not in known and name not in exported}}


def _in_order(values: Values, whole: Values) -> Values:
    """Return fields in the order the registry has them in, others behind."""
    return {field: values[field] for field in (*whole, *values) if field in values}
