"""A report is accepted once: the phone's UUID is its key, and the same one with another body is refused."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.errors import StationmapError
from stationmap.reports.devices import day_of
from stationmap.reports.model import Report, Status
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import device_salts, report_contacts, reports

SALT_OCTETS = 32


class OtherBodyError(StationmapError):
    """A report has come before by the same id, with another content."""


class Receipt(NamedTuple):
    """That a report is kept: the status it has, and whether it was new."""

    status: Status
    is_new: bool


class Opening(NamedTuple):
    """What taking a report begins with: the key of the day, and the receipt of one that came before by its id."""

    salt: str
    known: Receipt | None


def opening(connection: sa.Connection, report_id: str, body_digest: str, at: datetime) -> Opening:
    """Look for a report in a transaction that may keep it; raises OtherBodyError for another one of the same id."""
    found = connection.execute(_OPENING, {"id": report_id, "day": day_of(at)}).one()
    return Opening(found.salt or salt_of(connection, at), _receipt(found, body_digest))


def keep(
    connection: sa.Connection, registry: str, report: Report, *, body_digest: str, code_digest: str, contact: str = ""
) -> None:
    """Keep a new report."""
    lon, lat = report.point or (None, None)
    row = report._asdict() | {
        "registry": registry,
        "details": orjson.dumps(report.details).decode(),
        "said_at": moment_text(report.said_at),
        "received_at": moment_text(report.received_at),
        "lon": lon,
        "lat": lat,
        "body_digest": body_digest,
        "code_digest": code_digest,
        "status": "new",
    }
    del row["point"]
    connection.execute(_INSERT, row)
    if contact:
        connection.execute(sa.insert(report_contacts).values(report_id=report.id, contact=contact))


def known_receipt(connection: sa.Connection, report_id: str, body_digest: str) -> Receipt | None:
    """Return the receipt of a report that came before; raises OtherBodyError for another one of the same id."""
    found = connection.execute(_KNOWN, {"id": report_id}).one_or_none()
    return found and _receipt(found, body_digest)


def _receipt(found: Any, body_digest: str) -> Receipt | None:
    if found.body_digest is None:
        return None
    if found.body_digest != body_digest:
        raise OtherBodyError(
            "这个编号已用于另一条反馈 this id was used for another report: send it with an id of its own"
        )
    return Receipt(found.status, is_new=False)


def salt_of(connection: sa.Connection, at: datetime) -> str:
    """Return the key of the day under which devices are told apart, made on first use; those before are destroyed."""
    day = day_of(at)
    known: str | None = connection.execute(_SALT, {"day": day}).scalar()
    if known is None:
        forget_salts(connection, at)
        known = secrets.token_urlsafe(SALT_OCTETS)
        connection.execute(sa.insert(device_salts).values(day=day, salt=known))
    return known


def forget_salts(connection: sa.Connection, at: datetime) -> None:
    """Destroy the keys of days that are over."""
    connection.execute(sa.delete(device_salts).where(device_salts.c.day < day_of(at)))


_SALT = sa.select(device_salts.c.salt).where(device_salts.c.day == sa.bindparam("day"))
_INSERT = sa.insert(reports)
_KNOWN = sa.select(reports.c.body_digest, reports.c.status).where(reports.c.id == sa.bindparam("id"))
# One question in place of two: what takes long is to ask.
_OPENING = sa.select(
    _SALT.scalar_subquery().label("salt"),
    *(_KNOWN.with_only_columns(column).scalar_subquery().label(column.name) for column in _KNOWN.selected_columns),
)
