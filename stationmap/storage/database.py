"""The database: opened, made or upgraded; whoever writes has it alone from the first statement to the commit.

    database = Database.in_folder(folder)            # SQLite, made on first use; or Database.at(url) for PostgreSQL
    with database.reading() as connection: ...       # one consistent view
    with database.writing() as connection: ...       # committed to the disk when the block ends, or not at all

Whatever goes wrong with it is a StorageError that says what to do.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from stationmap.errors import DiskFullError, StorageError, UnusableDatabaseError
from stationmap.settings import DATABASE
from stationmap.storage import postgres, schema, sqlite

FILE_NAME = DATABASE
BUSY_S, PAUSE_S = 5, 0.02
"""Seconds to wait for another writer, and between two tries to empty the log."""

_LOCK = 0x53544154  # of PostgreSQL, held by who writes: the letters STAT
_FULL = "磁盘已满 the disk is full: make room, then try again: docs/backup.md"
_DAMAGED = "已损坏 is damaged: put back a backup with `stationmap restore BACKUP.zip`"
_FAILING = "磁盘读写出错 the disk fails: check it, then put back a backup"
_KINDS = {_FULL: DiskFullError, _DAMAGED: UnusableDatabaseError, _FAILING: UnusableDatabaseError}
_ADVICE = (
    ("database is locked", "正被别的程序占用，请稍后再试 is in use by another program: try again in a moment"),
    ("full", _FULL),
    ("No space left", _FULL),
    ("readonly", "不可写 may not be written: check the permissions of the folder of STATIONMAP_DATA"),
    ("read-only", "不可写 may not be written: check the permissions of the folder of STATIONMAP_DATA"),
    ("unable to open", "打不开 cannot be opened: check STATIONMAP_DATA and the permissions of its folder"),
    ("not a database", _DAMAGED),
    ("malformed", _DAMAGED),
    ("disk I/O", _FAILING),
    ("refused", "连不上 cannot be reached: check STATIONMAP_DATABASE_URL and that PostgreSQL runs"),
    ("connect", "连不上 cannot be reached: check STATIONMAP_DATABASE_URL and that PostgreSQL runs"),
    ("resolve host", "连不上 cannot be reached: check the name of the host in STATIONMAP_DATABASE_URL"),
    ("lock timeout", "正被别的程序占用，请稍后再试 is in use by another program: try again in a moment"),
)


class Database:
    """A database with the schema of this program."""

    def __init__(self, engine: sa.Engine, name: str, file: Path | None = None) -> None:
        """Take an engine; `name` is what errors call it, `file` where SQLite keeps it. Use `in_folder` or `at`."""
        self.engine, self.name, self.file = engine, name, file
        self._writing = engine.execution_options(**{sqlite.WRITES: True})
        self._identity: tuple[int, int] | None = None
        self._migrates = True
        self._turns = RLock()

    @classmethod
    def in_folder(cls, folder: Path, *, migrates: bool = True) -> Self:
        """Open the SQLite database in a folder; both are made if they are not there. Raises StorageError.

        With `migrates` false the tables are left as they are, of whatever version.
        """
        file = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _storage_error(str(folder), error.strerror or str(error), "unable to open") from error
        return cls(sqlite.engine(file, busy_s=BUSY_S), str(file), file)._opened(migrates=migrates)

    @classmethod
    def at(cls, url: str, *, migrates: bool = True) -> Self:
        """Open the database of a URL such as postgresql://user@host/name; a StorageError never shows its password.

        With `migrates` false the tables are left as they are, of whatever version.
        """
        engine = engine_of(url)
        if engine.dialect.name == "sqlite":
            file = Path(engine.url.database or "")
            return cls(engine, str(file), file)._opened(migrates=migrates)
        # What follows a question mark may be a password, too.
        named = engine.url.set(drivername="postgresql")
        shown = named.set(query={name: value for name, value in named.query.items() if name == "host"})
        return cls(engine, shown.render_as_string(hide_password=True))._opened(migrates=migrates)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite's, and not a server's."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of everything; raises StorageError."""
        with self._translated():
            options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            with self.engine.execution_options(**options).begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection that no other writer works beside; committed at the end. Raises StorageError."""
        with self._translated(), self._turn():
            self._expect_same_file()
            with self._writing.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{BUSY_S}s'"))
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread of this process write after the other: whom SQLite makes wait sleeps, longer each time."""
        if not self._turns.acquire(timeout=BUSY_S):
            raise _storage_error(self.name, "database is locked")
        try:
            yield
        finally:
            self._turns.release()

    def empty_log(self) -> None:
        """Bring SQLite's log of writes into the file and empty it, as soon as nobody else does or reads from it.

        What was deleted would else stay there until it is written over. Waits `BUSY_S` at most.
        """
        if not self.is_sqlite:
            return
        until = time.monotonic() + BUSY_S
        with self._translated(), self.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            # Outside of any transaction. Where another connection empties it, SQLite gives up at once.
            while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] and time.monotonic() < until:
                time.sleep(PAUSE_S)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def version(self) -> str | None:
        """Return the version of the schema, None for a database with nothing in it; raises StorageError."""
        with self.reading() as connection:
            return self._version(connection)

    def _opened(self, *, migrates: bool = True) -> Self:
        """Make the tables of a new database, upgrade an old one; StorageError for what is neither."""
        self._migrates = migrates
        try:
            if migrates:
                self._migrate()
        except BaseException:
            self.close()
            raise
        self._identity = self.file_identity()
        return self

    def _migrate(self) -> None:
        with self.writing() as connection:
            version = self._version(connection)
            if version is None:
                schema.metadata.create_all(connection)
                _versions.create(connection)
                connection.execute(sa.insert(_versions).values(version_num=schema.VERSION))
        if version is None and self.file is not None:
            self.file.chmod(0o600)  # a registry may keep what is nobody else's business
        elif version is not None and version != schema.VERSION:
            self._upgrade()

    def _upgrade(self) -> None:
        """Bring the schema up to date; of SQLite a copy from before stays beside it."""
        from stationmap.storage import migrations  # alembic takes long to load, and is rarely needed

        with self.writing() as connection:
            version = self._version(connection)  # another process may have been quicker
            if version is None or version == schema.VERSION:
                return
            if not migrations.is_known(version):
                advice = "请用新的程序 run the newer program again, or let it go back: docs/backup.md, the way back"
                newer = f"{self.name}: 比程序新 is newer than the program (schema {version}): {advice}"
                raise UnusableDatabaseError(newer)
            if self.file is not None:
                sqlite.copy_whole(self.file, self.file.with_name(f"{self.file.name}.before-upgrade-from-{version}"))
            migrations.upgrade(connection)

    def _version(self, connection: sa.Connection) -> str | None:
        """Return the version of the schema, None for a database that has nothing in it yet."""
        tables = sa.inspect(connection).get_table_names()
        if _versions.name in tables:
            found = connection.execute(sa.select(_versions.c.version_num)).scalars().all()
            if len(found) != 1 or not isinstance(found[0], str):
                raise _storage_error(self.name, "malformed: no version of its own, or several")
            return found[0]
        if tables:
            raise StorageError(f"{self.name}: 是别的程序的数据库 belongs to another program: choose another place")
        return None

    def _expect_same_file(self) -> None:
        """Refuse to write into a file that was removed or replaced: what went into it would be lost."""
        if self._identity is not None and self.file_identity() != self._identity:
            self.close()
            self._identity = None
            self._opened(migrates=self._migrates)

    def file_identity(self) -> tuple[int, int] | None:
        """Return what tells the file that is there now from another one; None for a server's database."""
        if self.file is None:
            return None
        try:
            status = self.file.stat()
        except OSError:
            return (0, 0)
        return status.st_dev, status.st_ino

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._error(str(error.orig)) from error
        except (sa.exc.TimeoutError, sqlite3.Error) as error:
            raise self._error(str(error)) from error

    def _error(self, problem: str) -> StorageError:
        """Return what is wrong; where there is no room for its files SQLite speaks of an input/output error."""
        has_no_room = "disk I/O" in problem and self.file is not None and sqlite.has_no_room(self.file.parent)
        return _storage_error(self.name, problem, "full" if has_no_room else "")


def engine_of(url: str) -> sa.Engine:
    """Return the engine of a URL, which connects to nothing yet; raises StorageError, which shows no password."""
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return sqlite.engine(Path(parsed.database or ""), busy_s=BUSY_S)
        import_module("psycopg")  # SQLAlchemy would load it by the name of the dialect
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise ArgumentError(parsed.drivername)
        if "@" in (parsed.host or ""):  # the rest of a password, which no error may show
            raise StorageError("STATIONMAP_DATABASE_URL: 密码里的 @ 写作 %40 write an @ in the password as %40")
        return postgres.engine(parsed)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StorageError("STATIONMAP_DATABASE_URL: 不是数据库地址 is no address of a database") from error
    except ModuleNotFoundError as error:
        advice = "缺少驱动 the driver is missing: pip install 'stationmap[postgres]'"
        raise StorageError(f"STATIONMAP_DATABASE_URL: {advice}") from error


def _storage_error(name: str, problem: str, sign: str = "") -> StorageError:
    problem = problem.strip().partition("\n")[0]
    found = sign or problem
    advice = next((advice for text, advice in _ADVICE if text in found), "")
    kind = _KINDS.get(advice, StorageError)
    return kind(f"{name}: 数据库 the database {advice} ({problem})" if advice else f"{name}: {problem}")


_versions = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
