"""What the program remembers: the journal of changes, and the one way to change a registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.errors import UnusableDatabaseError
from stationmap.registry.registry import Registry
from stationmap.settings import Settings
from stationmap.storage import journal, work_list
from stationmap.storage.database import FILE_NAME, Database
from stationmap.storage.editable_registry import Change, Clock, EditableRegistry, system_clock
from stationmap.storage.journal import Head

__all__ = [
    "Change",
    "Database",
    "EditableRegistry",
    "JournalState",
    "examine_journal",
    "open_database",
    "open_editable",
    "open_editable_anew",
    "read_journal",
    "schema_version",
]


def open_database(settings: Settings, *, migrates: bool = True) -> Database:
    """Open the database that the settings name, which is made on first use; raises StorageError.

    With `migrates` false its tables are left as they are, of whatever version.
    """
    if settings.database_url:
        return Database.at(settings.database_url, migrates=migrates)
    return Database.in_folder(settings.data, migrates=migrates)


def schema_version(settings: Settings) -> str | None:
    """Return the version of the database as it is, None where there is none; makes and changes none.

    Raises StorageError where it cannot be used.
    """
    if not settings.database_url and not settings.database_file.exists():
        return None
    with closing(open_database(settings, migrates=False)) as database:
        return database.version()


def open_editable(
    settings: Settings,
    *,
    path: Path | None = None,
    clock: Clock = system_clock,
    earlier: Registry | None = None,
) -> EditableRegistry:
    """Return the registry of the settings, or another, for changes; raises StorageError.

    `earlier` is what is known of it already, as `EditableRegistry` takes it.
    """
    file = Path(os.path.realpath(path or settings.registry))
    is_that = file == Path(os.path.realpath(settings.registry))
    key = settings.registry_key if is_that else file
    return EditableRegistry(file, open_database(settings), clock=clock, earlier=earlier, key=key)


def open_editable_anew(settings: Settings, *, path: Path | None = None) -> EditableRegistry:
    """Return a registry whose database a backup will be put back into; one that is damaged is put aside first.

    So is one that is newer than the program. Raises StorageError for one that is whole and cannot be used just now.
    """
    try:
        return open_editable(settings, path=path)
    except UnusableDatabaseError:
        file = settings.database_file
        if settings.database_url or not file.exists():
            raise
        aside = file.with_name(f"{FILE_NAME}.damaged-{file.stat().st_mtime_ns}")
        for ending in ("", "-wal", "-shm"):
            part = file.with_name(file.name + ending)
            if part.exists():
                part.rename(f"{aside}{ending}")
        return open_editable(settings, path=path)


class JournalState(NamedTuple):
    """How many revisions the journal of a registry holds and conflicts wait, and whether the latest is in the file."""

    revisions: int
    waiting: int
    is_published: bool


@contextmanager
def read_journal(settings: Settings, *, path: Path | None = None) -> Iterator[tuple[sa.Connection | None, Head | None]]:
    """Yield a connection to the journal of the registry of the settings, or another, and where it stands, or Nones.

    Makes no database. Raises StorageError where it cannot be used.
    """
    if not settings.database_url and not settings.database_file.exists():
        yield None, None
        return
    editable = open_editable(settings, path=path)
    with closing(editable), editable.database.reading() as connection:
        yield connection, journal.head(connection, editable.key)


def examine_journal(settings: Settings) -> JournalState | None:
    """Return the state of the journal of the registry of the settings, None where there is none; makes none.

    Raises StorageError where the database cannot be used.
    """
    with read_journal(settings) as (connection, latest):
        if connection is None or latest is None:
            return None
        revisions = len(journal.entries(connection, latest))
        waiting = len(work_list.waiting(connection, latest.registry_id))
        return JournalState(revisions, waiting, latest.published_seq == latest.seq)
