"""Reading lists as their columns were mapped the last time: the next one of the same form needs no words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stationmap.cli.options import now, settings
from stationmap.errors import InvalidTableError, StorageError

if TYPE_CHECKING:
    from stationmap.editing.list_import import ColumnMapping
    from stationmap.exchange.lists import StationList
    from stationmap.registry.registry import Registry
    from stationmap.storage import EditableRegistry

Mappings = Mapping[str, "ColumnMapping"]
"""How the columns of lists are read, by source."""
ListReading = tuple["StationList", "ColumnMapping"]
"""A list, and how its columns were read."""


def known_mappings(into: Path) -> Mappings:
    """Return the mappings that were kept for a registry; makes no database to look into."""
    from stationmap.editing.list_import import ColumnMapping
    from stationmap.storage import read_journal
    from stationmap.storage.list_sources import remembered

    found = {}
    # A preview needs no database; where that cannot be used, saving says so.
    with suppress(StorageError), read_journal(settings(registry=into)) as (connection, latest):
        if connection is not None and latest is not None:
            found = remembered(connection, latest.registry_id)
    return {source: ColumnMapping.from_json(document) for source, document in found.items()}


def read_as_before(data: bytes, name: str, mapping: ColumnMapping, known: Mappings, registry: Registry) -> ListReading:
    """Read a list by what was stated now and, where lists of its source were read before, by what was stated then.

    Raises InvalidTableError and InvalidRegistryError as `read_list` does.
    """
    from stationmap.exchange.lists import read_list

    try:
        given = read_list(data, name, mapping.meaning_of, known=registry)
    except InvalidTableError:
        # Perhaps the header can be made out by what was said of its columns before.
        for source, earlier in known.items():
            both = mapping.over(earlier)
            with suppress(InvalidTableError):
                given = read_list(data, name, both.meaning_of, known=registry)
                if source_of_list(given) == source:
                    return given, both
        raise
    earlier_one = known.get(source_of_list(given))
    if earlier_one is None:
        return given, mapping
    both = mapping.over(earlier_one)
    return (given if both == mapping else read_list(data, name, both.meaning_of, known=registry)), both


def remember(editable: EditableRegistry, lists: Sequence[ListReading]) -> None:
    """Keep how lists were read for the next ones of their sources, where their headings alone do not say it."""
    from stationmap.editing.list_import import ColumnMapping
    from stationmap.storage import list_sources

    decided = {source_of_list(given): mapping.to_json() for given, mapping in lists if mapping != ColumnMapping()}
    latest = editable.head()
    if decided:
        with editable.database.writing() as connection:
            list_sources.remember(connection, latest.registry_id, decided, at=now())


def source_of_list(given: StationList) -> str:
    """Return the source of a list, by its headings; empty for a list without columns."""
    from stationmap.editing.list_import import source_of

    return source_of(column.header for column in given.sheet.columns) if given.sheet else ""
