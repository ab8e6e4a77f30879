"""The journal: every accepted change of a registry, who made it, when and why, with the stations before and after.

Functions on a connection of `Database`; a registry is known by the path of its file. The tables hold the latest
revision whole, and earlier ones as what has to be undone to come to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from stationmap.editing.edits import StationChange
from stationmap.errors import StorageError
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry
from stationmap.storage.announcements import announce
from stationmap.storage.kept_text import damaged, header_json, registry_of, station_of, station_text
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import changes, mark_endings, registries, reports, revisions, stations

NOT_KNOWN = -1
"""The number of the revision that reached the file, where the file holds something else: a backup is put back."""

Kind = Literal["begin", "edit", "bulk", "import", "file", "restore", "undo"]
"""How a change came about; `begin` is the registry as it was found, `file` a change made in the file itself."""


class Head(NamedTuple):
    """Where the journal of a registry stands: its latest revision, and the latest that reached the file."""

    registry_id: int
    seq: int
    revision: str
    published_seq: int
    published_digest: str
    header: str


class Entry(NamedTuple):
    """A revision in the journal; `changed` counts stations, `merged` the revisions that became this one."""

    seq: int
    revision: str
    parent: str
    at: datetime
    author: str
    kind: Kind
    reason: str
    stations: int
    changed: int
    merged: int


class StationVersion(NamedTuple):
    """What a revision did to one station."""

    entry: Entry
    before: Station | None
    after: Station | None


# What every change does is put together once: SQLAlchemy takes longer for that than SQLite for the work.
_HEAD = (
    sa.select(
        *(registries.c.id, registries.c.seq, revisions.c.revision),
        *(registries.c.published_seq, registries.c.published_digest, registries.c.header),
    )
    .select_from(registries.join(revisions, registries.c.seq == revisions.c.seq))
    .where(registries.c.path == sa.bindparam("path"))
)
_ADD_REVISION, _ADD_CHANGE, _ADD_STATION = sa.insert(revisions), sa.insert(changes), sa.insert(stations)
_REMOVE_STATION = sa.delete(stations).where(
    stations.c.registry_id == sa.bindparam("registry"), stations.c.id == sa.bindparam("station")
)
_MOVE_HEAD = (
    sa.update(registries)
    .where(registries.c.id == sa.bindparam("registry"))
    .values(seq=sa.bindparam("new_seq"), header=sa.bindparam("new_header"))
)


def head(connection: sa.Connection, path: Path) -> Head | None:
    """Return where the journal of the registry in a file stands, None where it has none."""
    row = connection.execute(_HEAD, {"path": str(path)}).one_or_none()
    return None if row is None else Head(*row)


def adopt(connection: sa.Connection, path: Path, digest: str) -> Head | None:
    """Let the journal of a file that was moved here go on, and return where it stands; None where there is none.

    It is that of a registry whose file is gone, and held the same bytes when it was published last.
    """
    if not digest:  # there is no file
        return None
    same = sa.select(registries.c.id, registries.c.path).where(registries.c.published_digest == digest)
    moved = [row for row in connection.execute(same) if not Path(row.path).exists()]
    if len(moved) != 1:
        return None
    connection.execute(_row(moved[0].id).values(path=str(path)))
    move_reports(connection, moved[0].path, str(path))
    return head(connection, path)


def move_reports(connection: sa.Connection, before: str, after: str) -> None:
    """Let the reports of a registry go with its file."""
    for table in (reports, mark_endings):
        connection.execute(sa.update(table).where(table.c.registry == before).values(registry=after))


def begin(connection: sa.Connection, path: Path, registry: Registry, *, digest: str, at: datetime) -> Head:
    """Begin the journal of a registry with what its file holds; `digest` is the SHA-256 of the file."""
    header = header_json(registry)
    # The two rows name each other; the number of the first revision is known when it is there.
    values = {"path": str(path), "seq": 0, "published_seq": 0, "published_digest": digest, "header": header}
    registry_id = _key(connection, sa.insert(registries), values)
    seq = _append(connection, registry_id, ("", registry), at=at, author="", kind="begin", reason="")
    _write_stations(connection, registry_id, registry.stations)
    connection.execute(_row(registry_id).values(seq=seq, published_seq=seq))
    return Head(registry_id, seq, registry.revision, seq, digest, header)


def append(
    connection: sa.Connection,
    latest: Head,
    registry: Registry,
    changed: Mapping[str, StationChange],
    *,
    at: datetime,
    author: str,
    kind: Kind,
    reason: str,
) -> Head:
    """Add the revision that a registry is after stations changed, by id; returns where the journal stands then."""
    header = header_json(registry)
    renewed = {} if header == latest.header else {"header_before": latest.header, "header_after": header}
    written = (latest.revision, registry)
    seq = _append(connection, latest.registry_id, written, at=at, author=author, kind=kind, reason=reason, **renewed)
    rows = [
        {"seq": seq, "station_id": station_id, "before": station_text(before), "after": station_text(after)}
        for station_id, (before, after) in changed.items()
    ]
    if rows:
        connection.execute(_ADD_CHANGE, rows)
    _remove_stations(connection, latest.registry_id, changed)
    _write_stations(connection, latest.registry_id, [after for _, after in changed.values() if after])
    connection.execute(_MOVE_HEAD, {"registry": latest.registry_id, "new_seq": seq, "new_header": header})
    announce(connection, "registry")
    return latest._replace(seq=seq, revision=registry.revision, header=header)


def mark_published(connection: sa.Connection, latest: Head, digest: str) -> Head:
    """Note that the latest revision is in the file, whose SHA-256 is `digest`."""
    connection.execute(_row(latest.registry_id).values(published_seq=latest.seq, published_digest=digest))
    return latest._replace(published_seq=latest.seq, published_digest=digest)


def mark_reached(connection: sa.Connection, latest: Head, digest: str) -> None:
    """Note that the latest revision reached a file, of several; an earlier one that is late moves nothing back."""
    first = _row(latest.registry_id).where(registries.c.published_seq < latest.seq)
    connection.execute(first.values(published_seq=latest.seq, published_digest=digest))


def advanced(connection: sa.Connection, latest: Head, known: Registry) -> Registry | None:
    """Return the latest revision, made of an earlier one and what changed since; None where it is none of them.

    Of a large registry of which little changed that is a small part of `stored`.
    """
    seq = last_seq(connection, latest, known.revision)
    if seq is None:
        return None
    since = sa.select(changes.c.station_id).join(revisions, revisions.c.seq == changes.c.seq)
    since = since.where(revisions.c.registry_id == latest.registry_id, changes.c.seq > seq).distinct()
    changed: dict[str, Station | None] = dict.fromkeys(connection.execute(since).scalars())
    now = sa.select(stations.c.id, stations.c.line).where(
        stations.c.registry_id == latest.registry_id, stations.c.id.in_(since)
    )
    changed |= {row.id: station_of(row.line) for row in connection.execute(now)}
    head_of = registry_of((), latest.header)
    found = known.with_changes(changed, meta=head_of.meta, members=head_of.members)
    return found if found.revision == latest.revision else None


def last_seq(connection: sa.Connection, latest: Head, revision: str) -> int | None:
    """Return the number of the latest revision with this digest, None where the journal has none."""
    ours = revisions.c.registry_id == latest.registry_id
    named = sa.select(sa.func.max(revisions.c.seq)).where(ours, revisions.c.revision == revision)
    return connection.execute(named).scalar()


def stored(connection: sa.Connection, latest: Head) -> Registry:
    """Return the latest revision as the database holds it; raises StorageError where that is not what it was."""
    rows = connection.execute(sa.select(stations.c.line).where(stations.c.registry_id == latest.registry_id))
    registry = registry_of((station_of(row.line) for row in rows), latest.header)
    if registry.revision != latest.revision:
        raise damaged(f"revision {latest.revision}")
    return registry


def at_revision(connection: sa.Connection, latest: Head, registry: Registry, seq: int) -> Registry:
    """Return what a registry, of which `registry` is the latest revision, was after revision number `seq`."""
    ours = revisions.c.registry_id == latest.registry_id
    if connection.execute(sa.select(revisions.c.seq).where(ours, revisions.c.seq == seq)).scalar() is None:
        raise StorageError(
            f"revision {seq}: 没有这个版本，或已合并到较晚的版本 is not there, or was merged into a later one"
        )
    # What a station was is what the first change after `seq` found.
    first = (
        sa.select(changes.c.station_id, sa.func.min(changes.c.seq).label("seq"))
        .join(revisions, revisions.c.seq == changes.c.seq)
        .where(ours, changes.c.seq > seq)
        .group_by(changes.c.station_id)
        .subquery()
    )
    both = sa.and_(changes.c.station_id == first.c.station_id, changes.c.seq == first.c.seq)
    earlier = connection.execute(sa.select(changes.c.station_id, changes.c.before).join(first, both))
    found: dict[str, Station | None] = {row.station_id: row.before and station_of(row.before) for row in earlier}
    known = {**registry, **found}
    renewed = sa.select(revisions.c.header_before).where(
        ours, revisions.c.seq > seq, revisions.c.header_before.is_not(None)
    )
    header = connection.execute(renewed.order_by(revisions.c.seq).limit(1)).scalar() or latest.header
    return registry_of((station for station in known.values() if station), header)


def published(connection: sa.Connection, latest: Head, registry: Registry) -> Registry:
    """Return what reached the file, where `registry` is the latest revision; an empty one where nobody knows.

    Who changed a file since then has added what is in it: with an empty one whatever differs is a conflict.
    """
    if latest.published_seq == NOT_KNOWN:
        return Registry((), Header(format=1))
    return at_revision(connection, latest, registry, latest.published_seq)


def seq_of(connection: sa.Connection, latest: Head, revision: str) -> int:
    """Return the number of the latest revision with this digest, or of this number; raises StorageError."""
    ours = revisions.c.registry_id == latest.registry_id
    found = last_seq(connection, latest, revision)
    if found is None and revision.isdecimal() and len(revision) < 16:
        found = connection.execute(sa.select(revisions.c.seq).where(ours, revisions.c.seq == int(revision))).scalar()
    if found is None:
        raise StorageError(f"{revision}: 没有这个版本 no such revision: `stationmap history` lists them")
    return int(found)


def entries(connection: sa.Connection, latest: Head, *, limit: int | None = None) -> list[Entry]:
    """Return the revisions of a registry, the latest first."""
    chosen = select_entries().where(revisions.c.registry_id == latest.registry_id).order_by(revisions.c.seq.desc())
    return [entry_of(row) for row in connection.execute(chosen.limit(limit))]


def changes_of(connection: sa.Connection, seq: int) -> dict[str, StationChange]:
    """Return what one revision changed, by id of the station."""
    rows = connection.execute(sa.select(changes).where(changes.c.seq == seq).order_by(changes.c.station_id))
    return {
        row.station_id: (row.before and station_of(row.before), row.after and station_of(row.after)) for row in rows
    }


def history_of(connection: sa.Connection, latest: Head, station_id: str) -> list[StationVersion]:
    """Return what happened to one station, the latest first."""
    chosen = (
        select_entries(changes.c.before, changes.c.after)
        .join(changes, changes.c.seq == revisions.c.seq)
        .where(revisions.c.registry_id == latest.registry_id, changes.c.station_id == station_id)
        .order_by(revisions.c.seq.desc())
    )
    return [StationVersion(entry_of(row), *_versions(row)) for row in connection.execute(chosen)]


def _append(
    connection: sa.Connection,
    registry_id: int,
    written: tuple[str, Registry],
    *,
    at: datetime,
    author: str,
    kind: Kind,
    reason: str,
    **header: str,
) -> int:
    parent, registry = written
    values = {"registry_id": registry_id, "revision": registry.revision, "parent": parent, "stations": len(registry)}
    values |= {"at": moment_text(at), "author": author, "kind": kind, "reason": reason, **header}
    return _key(connection, _ADD_REVISION, values)


def _key(connection: sa.Connection, insert: sa.Insert, values: dict[str, Any]) -> int:
    key = connection.execute(insert, values).inserted_primary_key
    assert key is not None
    return int(key[0])


def _row(registry_id: int) -> sa.Update:
    return sa.update(registries).where(registries.c.id == registry_id)


def _write_stations(connection: sa.Connection, registry_id: int, written: Iterable[Station]) -> None:
    rows = [{"registry_id": registry_id, "id": station.id, "line": station_text(station)} for station in written]
    if rows:
        connection.execute(_ADD_STATION, rows)


def _remove_stations(connection: sa.Connection, registry_id: int, ids: Iterable[str]) -> None:
    rows = [{"registry": registry_id, "station": station_id} for station_id in ids]
    if rows:
        connection.execute(_REMOVE_STATION, rows)


def select_entries(*more: sa.ColumnElement[str | None]) -> sa.Select[tuple[int]]:
    """Return the query of the revisions, each with how many stations it changed, which `entry_of` reads."""
    count = sa.select(sa.func.count()).where(changes.c.seq == revisions.c.seq).correlate(revisions).scalar_subquery()
    return sa.select(revisions, count.label("changed"), *more)


def entry_of(row: sa.Row[tuple[int]]) -> Entry:
    """Return the revision of a row of `select_entries`."""
    known = row._mapping
    return Entry(**{name: known[name] for name in Entry._fields if name != "at"}, at=moment(known["at"]))


def _versions(row: sa.Row[Any]) -> StationChange:
    return row.before and station_of(row.before), row.after and station_of(row.after)
