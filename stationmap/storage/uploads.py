"""Files on their way, part by part: only so many bytes of anybody, and of all, and not for long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.errors import StationmapError
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import upload_parts

KEPT = timedelta(hours=1)
MAX_BYTES = 16 * 1_048_576
"""Of one person."""
MAX_ALL_BYTES = 8 * MAX_BYTES
MAX_FILES, MAX_PARTS = 20, 64


class UploadError(StationmapError):
    """A part is not taken: there is no room for it."""


class UploadedFile(NamedTuple):
    """A file as somebody gave it."""

    name: str
    data: bytes


def add_part(
    connection: sa.Connection, token: str, place: tuple[int, int], data: bytes, *, name: str, login: str, at: datetime
) -> None:
    """Keep a part, by the numbers of its file and its own; one that came before is replaced. Raises UploadError."""
    table = upload_parts.c
    file, part = place
    connection.execute(sa.delete(upload_parts).where(table.at < moment_text(at - KEPT)))
    others = sa.select(sa.func.count()).where(table.token == token, table.login != login)
    if not (0 <= file < MAX_FILES and 0 <= part < MAX_PARTS) or connection.execute(others).scalar_one():
        raise UploadError("no such part")
    same = table.token == token, table.file == file, table.part == part
    connection.execute(sa.delete(upload_parts).where(*same))
    size = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(table.data)), 0))
    own = int(connection.execute(size.where(table.login == login)).scalar_one())
    if own + len(data) > MAX_BYTES or int(connection.execute(size).scalar_one()) + len(data) > MAX_ALL_BYTES:
        raise UploadError(f"at most {MAX_BYTES:,} bytes are taken")
    row = {"token": token, "file": file, "part": part, "login": login, "at": moment_text(at), "name": name}
    connection.execute(sa.insert(upload_parts).values(row | {"data": data}))


def take_files(connection: sa.Connection, token: str, *, login: str) -> list[UploadedFile]:
    """Return the files whose parts somebody sent, whole, and keep them no longer."""
    table = upload_parts.c
    ours = table.token == token, table.login == login
    rows = connection.execute(sa.select(upload_parts).where(*ours).order_by(table.file, table.part)).all()
    connection.execute(sa.delete(upload_parts).where(*ours))
    files: dict[int, UploadedFile] = {}
    for row in rows:
        before = files.get(row.file)
        files[row.file] = UploadedFile(row.name, (before.data if before else b"") + row.data)
    return list(files.values())


def drop_files(connection: sa.Connection, login: str) -> None:
    """Forget what somebody began to send."""
    connection.execute(sa.delete(upload_parts).where(upload_parts.c.login == login))
