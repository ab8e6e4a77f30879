"""Earlier revisions of a registry to compare it with: the last of each week, as the registry was then."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.storage import journal, open_registry
from stationmap.storage.journal import Entry


def weekly_revisions(settings: Settings, path: Path, *, weeks: int) -> list[tuple[datetime, Registry]]:
    """Return the last revision of each of the latest weeks that have one, the earliest first, with its moment.

    None where nothing was ever changed; no database is made. Raises StorageError where it cannot be used.
    """
    if not weeks or (not settings.database_url and not settings.database_file.exists()):
        return []
    with closing(open_registry(settings, path=path)) as editable, editable.database.reading() as connection:
        latest = journal.head(connection, editable.path)
        if latest is None:
            return []
        chosen = last_of_weeks(journal.entries(connection, latest), weeks)
        registry = journal.stored(connection, latest)
        return [(entry.at, journal.at_revision(connection, latest, registry, entry.seq)) for entry in chosen]


def last_of_weeks(entries: Iterable[Entry], weeks: int) -> list[Entry]:
    """Return the last of each of the latest weeks that have entries, the earliest first; `entries` are latest first."""
    found: dict[tuple[int, int], Entry] = {}
    for entry in entries:
        year, week, _ = entry.at.astimezone(ZONE).isocalendar()
        found.setdefault((year, week), entry)
    return list(found.values())[:weeks][::-1]
