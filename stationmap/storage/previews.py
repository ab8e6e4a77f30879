"""What somebody looked at and has not decided yet: imports, under their titles, and other previews without one."""

from __future__ import annotations

import secrets
import zlib
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.errors import StorageError
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import previews

KEPT = timedelta(days=7)


class KeptPreview(NamedTuple):
    """A preview: who looks at it since when, what its lists are called, the revision it compares them with."""

    token: str
    at: datetime
    author: str
    title: str
    revision: str
    document: bytes


def keep(
    connection: sa.Connection,
    registry_id: int,
    document: bytes,
    *,
    revision: str,
    author: str,
    at: datetime,
    title: str = "",
) -> str:
    """Keep a preview that compares a list with a revision, and return the token it is had again by."""
    connection.execute(sa.delete(previews).where(previews.c.at < moment_text(at - KEPT)))
    token = secrets.token_urlsafe(32)
    about = {"at": moment_text(at), "author": author, "revision": revision, "title": title}
    row = {"token": token, "registry_id": registry_id, **about, "document": zlib.compress(document)}
    connection.execute(sa.insert(previews).values(row))
    return token


def kept(connection: sa.Connection, registry_id: int, token: str) -> tuple[str, bytes]:
    """Return the revision that a preview compares with, and the preview; raises StorageError."""
    ours = previews.c.registry_id == registry_id, previews.c.token == token
    row = connection.execute(sa.select(previews.c.revision, previews.c.document).where(*ours)).one_or_none()
    if row is None:
        raise StorageError("没有这个预览，或已过期，请重新上传 no such preview, or it is too old: give the list again")
    return row.revision, zlib.decompress(row.document)


def found(connection: sa.Connection, registry_id: int, token: str) -> KeptPreview | None:
    """Return a preview, None where there is none of this token."""
    ours = previews.c.registry_id == registry_id, previews.c.token == token
    row = connection.execute(sa.select(previews).where(*ours)).one_or_none()
    if row is None:
        return None
    return KeptPreview(row.token, moment(row.at), row.author, row.title, row.revision, zlib.decompress(row.document))


def listed(connection: sa.Connection, registry_id: int, *, author: str | None = None) -> list[KeptPreview]:
    """Return the imports, of one author or of all, the latest first, without their documents."""
    table = previews.c
    columns = (table.token, table.at, table.author, table.title, table.revision)
    chosen = sa.select(*columns).where(table.registry_id == registry_id, table.title != "")
    if author is not None:
        chosen = chosen.where(table.author == author)
    rows = connection.execute(chosen.order_by(table.at.desc()))
    return [KeptPreview(row.token, moment(row.at), row.author, row.title, row.revision, b"") for row in rows]


def replace(connection: sa.Connection, token: str, document: bytes, *, revision: str) -> bool:
    """Put another document in place of the one of a preview; False where there is none any more."""
    changed = sa.update(previews).where(previews.c.token == token)
    packed = zlib.compress(document, 0)  # an archive, which is compressed already
    return connection.execute(changed.values(document=packed, revision=revision)).rowcount == 1


def drop(connection: sa.Connection, token: str) -> None:
    """Forget a preview."""
    connection.execute(sa.delete(previews).where(previews.c.token == token))
