"""A station as exports write it, which leave out what only the file keeps, and the same with that put back."""

from __future__ import annotations

from typing import Any

from stationmap.editing.fields import ABSENT, Values, field_values, station_of
from stationmap.formats.geojson import properties
from stationmap.registry.model import Station


def published(station: Station) -> Station:
    """Return a station with the members of the format only."""
    feature = {"type": "Feature", "id": station.id, "geometry": station.geometry, "properties": properties(station)}
    return Station.model_validate(feature)


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


def _with_members(exported: Any, whole: Any, shown: Any) -> Any:
    """Return a value with the members that only the file keeps."""
    if not (isinstance(exported, dict) and isinstance(whole, dict)):
        return exported
    known = shown if isinstance(shown, dict) else {}
    return {**exported, **{name: value for name, value in whole.items() if name not in known and name not in exported}}


def _in_order(values: Values, whole: Values) -> Values:
    """Return fields in the order the registry has them in, others behind."""
    return {field: values[field] for field in (*whole, *values) if field in values}
