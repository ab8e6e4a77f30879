"""Everything in one file: the database and the registry as they are at one moment, also while others go on working.

The file is a zip archive of `stations.geojson`, as riders get it, `stationmap.sqlite`, whatever database it came from,
`manifest.json`, and further parts that nothing is put back from. It is opened and compared after it was written, and
before anything is put back from it.
"""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Container, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, NamedTuple

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from stationmap import __version__, file_limit, files
from stationmap.errors import FileError, StationmapError, StorageError, reason_of
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.storage import journal
from stationmap.storage.database import FILE_NAME, Database
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.schema import OF_ACCOUNTS, OF_THE_MOMENT, VERSION, metadata, registries, users

REGISTRY_NAME, MANIFEST_NAME = "stations.geojson", "manifest.json"
MAX_BYTES = {MANIFEST_NAME: 65_536, FILE_NAME: 4 * 1024**3}
HOLIDAYS_NAME, SETTINGS_NAME = "holidays.json", "settings.json"
"""Further parts: the file of holidays that was set, and the settings without secrets."""

NOTHING_ELSE: Mapping[str, bytes] = MappingProxyType({})
_BATCH_ROWS = 5_000
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, TypeError),
    *(ValueError, RuntimeError, StationmapError),  # among them what pydantic, JSON and encrypted archives raise
)


class Backup(NamedTuple):
    """What a backup holds: made when, by which version, the revision, how many stations and revisions."""

    made_at: str
    program: str
    revision: str
    stations: int
    revisions: int
    path: str
    """Where the registry was."""
    schema: str
    """The version of the database's schema."""


def write_backup(
    editable: EditableRegistry,
    file: IO[bytes],
    at: datetime,
    *,
    also: Mapping[str, bytes] = NOTHING_ELSE,
    scratch: Path | None = None,
) -> Backup:
    """Write everything into a file that is open, `also` further parts by their names; works in the folder `scratch`.

    Raises StorageError, OSError, and as `EditableRegistry.settle` does.
    """
    editable.settle()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        copy = Path(folder) / FILE_NAME
        with closing(Database.at(f"sqlite:///{copy}")) as target, editable.database.reading() as source:
            latest = journal.head(source, editable.key)
            if latest is None:
                raise StorageError(f"{editable.path}: 还没有记录 has no history yet")
            registry = journal.stored(source, latest)
            count = len(journal.entries(source, latest))
            with target.writing() as connection:
                _copy_tables(source, connection)
        when, holds = at.isoformat(timespec="seconds"), (registry.revision, len(registry), count)
        made = Backup(when, __version__, *holds, str(editable.key), VERSION)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(MANIFEST_NAME, orjson.dumps(made._asdict()))
            archive.writestr(REGISTRY_NAME, dumps(registry))
            archive.write(copy, FILE_NAME)
            for name, data in also.items():
                archive.writestr(name, data)
    return made


def verify(path: Path, *, scratch: Path | None = None) -> Backup:
    """Open a backup, compare what is in it, and return what it holds; raises StorageError where something is wrong."""
    with opened(path, scratch=scratch) as (made, _, _database):
        return made


def part_of(path: Path, name: str) -> bytes | None:
    """Return a further part of a backup that was verified, None where it has none of this name; raises FileError."""
    with files.opened(path) as file, zipfile.ZipFile(file) as archive:
        if name not in archive.namelist() or archive.getinfo(name).file_size > files.MAX_BYTES:
            return None
        return archive.read(name)


def account_count(database: Database) -> int:
    """Return how many accounts a database holds; raises StorageError."""
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(users)).scalar_one()


def revision_count(editable: EditableRegistry) -> int:
    """Return how many revisions the journal of a registry holds; raises StorageError."""
    with editable.database.reading() as connection:
        latest = journal.head(connection, editable.key)
        return len(journal.entries(connection, latest)) if latest else 0


def put_back(path: Path, editable: EditableRegistry) -> Registry:
    """Let database and registry file be what a backup holds; all of it, or nothing where something is wrong.

    Accounts are put back only where there are none: those of today stay, and so does what was taken from somebody.
    What was there before stays beside it: the registry file, and the database as `stationmap.sqlite.before-restore-N`
    where it had a history, beside SQLite's own file or else the registry's. Raises StorageError and FileError.
    """
    with opened(path) as (made, registry, source), editable.taking_over() as (connection, digest):
        _put_aside(connection, editable)
        left_alone = OF_THE_MOMENT + (OF_ACCOUNTS if _has_rows(connection, users) else ())
        with source.reading() as backup:
            for table in reversed(metadata.sorted_tables):
                if table not in left_alone:
                    connection.execute(sa.delete(table))
            _copy_tables(backup, connection, without=left_alone)
        journal.move_reports(connection, made.path, str(editable.key))
        # The revision counts as not published, so that the file is written whatever happens in between.
        ours = sa.update(registries).where(registries.c.path == made.path)
        connection.execute(
            ours.values(path=str(editable.key), published_seq=journal.NOT_KNOWN, published_digest=digest)
        )
    editable.settle()
    return registry


def _put_aside(connection: sa.Connection, editable: EditableRegistry) -> None:
    """Keep the history that is replaced: also what was changed since the backup was made."""
    if not _has_rows(connection, registries):
        return
    aside = _free_place((editable.database.file or editable.path).parent)
    try:
        with closing(Database.at(f"sqlite:///{aside}")) as kept, kept.writing() as target:
            _copy_tables(connection, target)
    except BaseException:  # no room, say: half of it would look like all of it
        for ending in ("", "-wal", "-shm"):
            files.discard(f"{aside}{ending}")
        raise


def _free_place(folder: Path) -> Path:
    """Return where no earlier history lies: after the last one, whichever of them was removed."""
    prefix = f"{FILE_NAME}.before-restore-"
    ends = (path.name.removeprefix(prefix).partition("-")[0] for path in folder.glob(f"{prefix}*"))
    return folder / f"{prefix}{max((int(end) for end in ends if end.isdecimal()), default=0) + 1}"


def _has_rows(connection: sa.Connection, table: sa.Table) -> bool:
    return connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).scalar() is not None


def _copy_tables(source: sa.Connection, target: sa.Connection, *, without: Container[sa.Table] = OF_THE_MOMENT) -> None:
    for table in metadata.sorted_tables:
        if table in without:
            continue
        rows = source.execute(sa.select(table).execution_options(yield_per=_BATCH_ROWS)).mappings()
        for some in rows.partitions(_BATCH_ROWS):
            target.execute(sa.insert(table), [dict(row) for row in some])
        _go_on_counting(target, table)


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL give numbers above those that were copied."""
    if connection.dialect.name != "postgresql" or not isinstance(table.autoincrement_column, sa.Column):
        return
    column = table.autoincrement_column
    largest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(sa.select(sa.func.setval(sequence, largest, False)))


@contextmanager
def opened(path: Path, *, scratch: Path | None = None) -> Iterator[tuple[Backup, Registry, Database]]:
    """Open a backup in a temporary folder, in that of `scratch`, after it was found whole; raises StorageError."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        try:
            made, registry = _unpacked(path, Path(folder))
            database = Database.at(f"sqlite:///{Path(folder) / FILE_NAME}")
            with closing(database):
                _expect_equal(made, registry, database)
        except FileError:
            raise
        except _BROKEN as error:
            problem = str(error).partition("\n")[0].replace(f"{folder}/", "")
            raise StorageError(f"{path}: 不是完整的备份 is no backup, or not a whole one: {problem}") from error
        except OSError as error:  # also where it names a place in itself that cannot be
            raise StorageError(f"{path}: 打不开 cannot be opened: {reason_of(error)}") from error
        with closing(database):
            yield made, registry, database


def _unpacked(path: Path, folder: Path) -> tuple[Backup, Registry]:
    """Return what a backup says of itself, and the registry in it; its database is in the folder then."""
    with files.opened(path) as file, zipfile.ZipFile(file) as archive:
        for name, limit in (*MAX_BYTES.items(), (REGISTRY_NAME, file_limit.max_bytes())):
            if (size := archive.getinfo(name).file_size) > limit:
                raise StorageError(f"{name}: 太大 is too large, {size:,} bytes")
        stated = orjson.loads(archive.read(MANIFEST_NAME))
        made = TypeAdapter(Backup).validate_python({name: stated[name] for name in Backup._fields})
        for name in {HOLIDAYS_NAME, SETTINGS_NAME} & set(archive.namelist()):
            if archive.getinfo(name).file_size <= files.MAX_BYTES:
                archive.read(name)  # compares its checksum
        archive.extract(FILE_NAME, folder)
        return made, parse(archive.read(REGISTRY_NAME))


def _expect_equal(made: Backup, registry: Registry, database: Database) -> None:
    with database.reading() as connection:
        if absent := metadata.tables.keys() - set(sa.inspect(connection).get_table_names()):
            raise StorageError(f"没有表 lacks the tables {', '.join(sorted(absent))}")
        broken = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        latest = journal.head(connection, Path(made.path))
        found = journal.stored(connection, latest).revision if latest else None
    if broken != "ok" or not made.revision == registry.revision == found:
        raise StorageError(f"前后不符 what is in it does not agree: {made.revision}, {broken}")
