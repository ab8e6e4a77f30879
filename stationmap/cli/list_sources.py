"""How lists were read the last time, of the journal of a registry; the next one of the same form needs no words."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stationmap.cli.options import now, settings
from stationmap.errors import StorageError

if TYPE_CHECKING:
    from stationmap.editing.list_import.prepared_lists import ListReading, Mappings
    from stationmap.storage import EditableRegistry


def known_mappings(into: Path) -> Mappings:
    """Return the mappings that were kept for a registry; makes no database to look into."""
    from stationmap.storage import read_journal
    from stationmap.storage.list_sources import mappings

    # A preview needs no database; where that cannot be used, saving says so.
    with suppress(StorageError), read_journal(settings(registry=into)) as (connection, latest):
        if connection is not None and latest is not None:
            return mappings(connection, latest.registry_id)
    return {}


def remember(editable: EditableRegistry, lists: Sequence[ListReading]) -> None:
    """Keep how lists were read for the next ones of their sources, where their headings alone do not say it."""
    from stationmap.editing.list_import.prepared_lists import decided
    from stationmap.storage import list_sources

    found = decided(lists)
    latest = editable.head()
    if found:
        with editable.database.writing() as connection:
            list_sources.remember(connection, latest.registry_id, found, at=now())
