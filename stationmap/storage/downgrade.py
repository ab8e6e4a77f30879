"""The way back to an earlier version of the schema: where everything has a place there, or may be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.errors import StationmapError, StorageError
from stationmap.storage import migrations
from stationmap.storage.database import Database
from stationmap.storage.schema import OF_THE_MOMENT, check_counts, metadata, secrets

_MADE_ANEW = frozenset(table.name for table in (*OF_THE_MOMENT, secrets, check_counts))
"""Tables that the program fills again by itself: who is signed in, what was counted, keys."""

Columns = Mapping[str, frozenset[str]]


class LossError(StationmapError):
    """An earlier version has no place for what the database holds: how many rows, by table or by column."""

    def __init__(self, version: str, lost: Mapping[str, int]) -> None:
        listed = ", ".join(f"{name} {count:,}" for name, count in lost.items())
        super().__init__(f"版本 {version} 放不下这些记录 schema {version} has no place for these rows: {listed}")
        self.lost = lost


class Losses(NamedTuple):
    """Rows, by table or by column, for which an earlier version has no place: `lost`, and those that are made anew."""

    lost: Mapping[str, int]
    made_anew: Mapping[str, int]


def losses(database: Database, version: str) -> Losses:
    """Return what an earlier version has no place for, and change nothing; raises StorageError."""
    gone = _vanishing(database, version)
    with database.reading() as connection:
        return _losses(connection, gone)


def downgrade(database: Database, version: str, *, accepts_loss: bool = False) -> Losses:
    """Bring a database back to an earlier version; raises LossError, unless `accepts_loss`, and StorageError.

    All of it in one transaction: the database is of one version or the other, whatever happens.
    """
    gone = _vanishing(database, version)
    with database.writing() as connection:
        found = _losses(connection, gone)
        if found.lost and not accepts_loss:
            raise LossError(version, found.lost)
        migrations.downgrade(connection, version)
    return found


def _losses(connection: sa.Connection, gone: Columns) -> Losses:
    counts = {name: count for name, count in _counts(connection, gone) if count}
    lost = {name: count for name, count in counts.items() if name not in _MADE_ANEW}
    return Losses(lost, {name: count for name, count in counts.items() if name not in lost})


def _earlier(version: str) -> list[str]:
    return migrations.earlier_than(version) if migrations.is_known(version) else []


class _BackAgainError(Exception):
    """Ends a transaction that was only a trial."""


def _vanishing(database: Database, version: str) -> Columns:
    """Return the columns that a downgrade takes away, by table, none of a table that goes: tried, and taken back."""
    now = database.version()
    if now is None or version not in _earlier(now):
        known = ", ".join(_earlier(now)) if now else ""
        raise StorageError(f"{version}: 不是更早的版本 is no earlier version of the schema; there are: {known or '-'}")
    before: Columns = {}
    after: Columns = {}
    with suppress(_BackAgainError), database.writing() as connection:
        before = _columns(connection)
        migrations.downgrade(connection, version)
        after = _columns(connection)
        raise _BackAgainError
    found = {table: columns - after.get(table, frozenset()) for table, columns in before.items()}
    return {table: columns if table in after else frozenset() for table, columns in found.items() if columns}


def _columns(connection: sa.Connection) -> Columns:
    inspected = sa.inspect(connection)
    return {
        table: frozenset(column["name"] for column in inspected.get_columns(table))
        for table in inspected.get_table_names()
    }


def _counts(connection: sa.Connection, gone: Columns) -> Iterator[tuple[str, int]]:
    """Yield how many rows each table that goes has, and how many say something in a column that goes."""
    for table, columns in sorted(gone.items()):
        rows = sa.select(sa.func.count()).select_from(sa.table(table))
        if not columns:
            yield table, connection.execute(rows).scalar_one()
        for column in sorted(columns):
            said = sa.func.coalesce(sa.cast(sa.column(column), sa.Text), "")
            yield f"{table}.{column}", connection.execute(rows.where(said != _default(table, column))).scalar_one()


def _default(table: str, column: str) -> str:
    """Return what a column holds where nothing was said, as text."""
    default = metadata.tables[table].c[column].server_default if table in metadata.tables else None
    return str(default.arg) if isinstance(default, sa.DefaultClause) and isinstance(default.arg, str) else ""
