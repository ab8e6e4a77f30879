"""Earlier revisions of a registry to compare it with: the last of each week, as the registry was then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.storage import journal, read_journal
from stationmap.storage.journal import Entry
from stationmap.storage.moments import week_of


def weekly_revisions(settings: Settings, path: Path, *, weeks: int) -> list[tuple[datetime, Registry]]:
    """Return the last revision of each of the latest weeks that have one, the earliest first, with its moment.

    There are none where nothing was ever changed; no database is made. Raises StorageError where it cannot be used.
    """
    with read_journal(settings, path=path) as (connection, latest):
        if connection is None or latest is None or not weeks:
            return []
        chosen = last_of_weeks(journal.entries(connection, latest), weeks)
        registry = journal.stored(connection, latest)
        return [(entry.at, journal.at_revision(connection, latest, registry, entry.seq)) for entry in chosen]


def last_of_weeks(entries: Iterable[Entry], weeks: int) -> list[Entry]:
    """Return the last of each of the latest weeks that have entries, the earliest first; `entries` are latest first."""
    found: dict[tuple[int, int], Entry] = {}
    for entry in entries:
        found.setdefault(week_of(entry.at), entry)
    return list(found.values())[:weeks][::-1]
