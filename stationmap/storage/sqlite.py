"""What is SQLite's own: how its connections begin, a copy of its file, the room that it needs beside it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from stationmap import files
from stationmap.errors import FileError, StorageError

WRITES = "stationmap_writes"
"""The option of a connection whose transactions write."""
MIN_ROOM_BYTES = 100_000
"""What it needs beside a file to open it."""
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was committed survives a loss of power
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what was deleted is overwritten
)


def engine(file: Path, *, busy_s: float) -> sa.Engine:
    """Return an engine for a file; connections wait `busy_s` seconds for another writer."""
    # Not as one text, in which a question mark of a folder's name would begin something else.
    made = sa.create_engine(sa.URL.create("sqlite+pysqlite", database=str(file)), connect_args={"timeout": busy_s})

    @sa.event.listens_for(made, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = (
            None  # else the driver begins transactions of its own, which read before they write
        )
        for pragma in (*PRAGMAS, f"PRAGMA busy_timeout = {busy_s * 1000:.0f}"):
            connection.execute(pragma)

    @sa.event.listens_for(made, "begin")
    def begin(connection: sa.Connection) -> None:
        # Who reads first and writes later is refused at once where somebody else wrote in between.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


def copy_whole(file: Path, to: Path) -> None:
    """Copy a SQLite database as it is at one moment, also while others write into it; raises StorageError.

    The copy takes its place when it is finished, for its owner only; without room for it there is none.
    """
    unfinished = to.with_name(f"{to.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        files.move(unfinished, to)
    except (sqlite3.Error, OSError, FileError) as error:
        files.discard(unfinished)
        what = "升级前要留的副本写不下 the copy that an upgrade leaves cannot be written, nothing was changed"
        raise StorageError(f"{to}: {what}: {error}; 请腾出空间 make room: docs/backup.md") from error


def has_no_room(folder: Path) -> bool:
    """Tell whether a folder has so little room that no database in it can be opened."""
    try:
        return shutil.disk_usage(folder).free < MIN_ROOM_BYTES
    except OSError:
        return False
