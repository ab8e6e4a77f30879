"""What happened to a station, in words: each field before and after."""

from __future__ import annotations

from typing import NamedTuple

from stationmap.editing.edits import StationConflict
from stationmap.editing.field_words import FieldWords, change_in_words, heading, value_in_words
from stationmap.editing.fields import Field, changed_fields
from stationmap.editing.merge import FieldConflict
from stationmap.registry.model import Station
from stationmap.web.pages.rendering import requested_language


class ChangedStation(NamedTuple):
    """A station and its changes in words; `how` is added, removed, changed. `hidden` counts what no page shows."""

    id: str
    name: str
    district: str
    how: str
    fields: tuple[FieldWords, ...]
    hidden: int


class ConflictWords(NamedTuple):
    """A field that two changed: what it was, what was wanted, what stands now; None where nothing is known."""

    field: str
    heading: str
    base: str | None
    mine: str | None
    theirs: str | None


class ConflictingStation(NamedTuple):
    """A station, and the fields of it that two changed."""

    id: str
    name: str
    fields: tuple[ConflictWords, ...]


def changed_station(station_id: str, before: Station | None, after: Station | None) -> ChangedStation:
    """Put what happened to a station into words."""
    station = after or before
    name, district = (station.name, station.district) if station else (station_id, "")
    if before is None or after is None:
        return ChangedStation(station_id, name, district, "added" if after else "removed", (), 0)
    changes = changed_fields(before, after)
    words = [change_in_words(each.field, before, after, requested_language()) for each in changes]
    shown = tuple(each for each in words if each is not None)
    return ChangedStation(station_id, name, district, "changed", shown, len(words) - len(shown))


def conflict_words(conflict: FieldConflict, station: Station | None) -> ConflictWords:
    """Put a conflict over a field of a station, as it is now or was, into words."""
    field, *versions = conflict
    if station is None:
        return ConflictWords(conflict.name, conflict.name, None, None, None)
    return ConflictWords(conflict.name, field_heading(field), *(_words(field, each, station) for each in versions))


def field_heading(field: Field) -> str:
    """Return what a field is called; a member that only the file keeps by its own name."""
    try:
        return heading(field, requested_language())
    except KeyError:
        return ".".join(field)


def conflicting_station(found: StationConflict, station: Station | None) -> ConflictingStation:
    """Put the conflicts over a station, as it is now, into words."""
    words = tuple(conflict_words(each, station) for each in found.fields)
    return ConflictingStation(found.station_id, station.name if station else found.station_id, words)


def _words(field: Field, value: object, station: Station) -> str | None:
    return value_in_words(field, value, station, requested_language())
