"""What an action would do to each of the chosen stations, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from stationmap.editing.edits import Edit
from stationmap.editing.field_words import FieldWords, change_in_words
from stationmap.editing.fields import changed_fields
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.web.staff.bulk.actions import Action


class Plan(NamedTuple):
    """What changes, the stations that stay as they are, those that cannot take it, and ids that are no more."""

    edits: tuple[Edit, ...]
    unchanged: tuple[Station, ...]
    refused: tuple[Station, ...]
    gone: tuple[str, ...]


def plan(action: Action, ids: Iterable[str], registry: Registry) -> Plan:
    """Return what an action does to some stations of a registry, each looked at once."""
    edits: list[Edit] = []
    unchanged: list[Station] = []
    refused: list[Station] = []
    gone: list[str] = []
    for station_id in dict.fromkeys(ids):
        station = registry.get(station_id)
        if station is None:
            gone.append(station_id)
        elif action.statuses and station.status not in action.statuses:
            refused.append(station)
        elif (became := action.change(station)) is station:
            unchanged.append(station)
        else:
            edits.append(Edit(station_id, station, became))
    return Plan(tuple(edits), tuple(unchanged), tuple(refused), tuple(gone))


def words_of(edit: Edit, language: str) -> list[FieldWords]:
    """Return what an edit changes, field by field; what only the file keeps is left out."""
    if edit.base is None or edit.mine is None:
        return []
    changes = changed_fields(edit.base, edit.mine)
    found = (change_in_words(each.field, edit.base, edit.mine, language) for each in changes)
    return [each for each in found if each is not None]
