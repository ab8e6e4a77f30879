"""Imports that somebody looked at and has not decided yet."""

from __future__ import annotations

import secrets
import zlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from stationmap.errors import StorageError
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import previews

KEPT = timedelta(days=7)


def keep(
    connection: sa.Connection, registry_id: int, document: bytes, *, revision: str, author: str, at: datetime
) -> str:
    """Keep a preview that compares a list with a revision, and return the token it is had again by."""
    connection.execute(sa.delete(previews).where(previews.c.at < moment_text(at - KEPT)))
    token = secrets.token_urlsafe(32)
    row = {"token": token, "registry_id": registry_id, "at": moment_text(at), "author": author, "revision": revision}
    connection.execute(sa.insert(previews).values(row | {"document": zlib.compress(document)}))
    return token


def kept(connection: sa.Connection, registry_id: int, token: str) -> tuple[str, bytes]:
    """Return the revision that a preview compares with, and the preview; raises StorageError."""
    ours = previews.c.registry_id == registry_id, previews.c.token == token
    row = connection.execute(sa.select(previews.c.revision, previews.c.document).where(*ours)).one_or_none()
    if row is None:
        raise StorageError("没有这个预览，或已过期，请重新上传 no such preview, or it is too old: give the list again")
    return row.revision, zlib.decompress(row.document)


def drop(connection: sa.Connection, token: str) -> None:
    """Forget a preview."""
    connection.execute(sa.delete(previews).where(previews.c.token == token))
