"""What happened to a station, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from stationmap.editing import changed_fields
from stationmap.editing.field_words import FieldWords, change_in_words
from stationmap.hours.opening_hours import ZONE
from stationmap.storage.journal import StationVersion


class HistoryEntry(NamedTuple):
    """What somebody did to a station: who, when on the clocks of China, how and why, field by field."""

    seq: int
    at: datetime
    author: str
    kind: str
    reason: str
    changes: tuple[FieldWords, ...]
    is_first: bool


def history_entry(found: StationVersion, language: str) -> HistoryEntry:
    """Return a version of a station in words; the first one has no changes."""
    entry, changes = found.entry, tuple(_changes(found, language))
    at = entry.at.astimezone(ZONE)
    return HistoryEntry(entry.seq, at, entry.author, entry.kind, entry.reason, changes, found.before is None)


def _changes(found: StationVersion, language: str) -> Iterator[FieldWords]:
    if found.before is None or found.after is None:
        return
    for change in changed_fields(found.before, found.after):
        if words := change_in_words(change.field, found.before, found.after, language):
            yield words
