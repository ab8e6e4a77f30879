"""A report is accepted once: the phone's UUID is its key, and the same one with another body is refused."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from stationmap.errors import StationmapError
from stationmap.reports.devices import day_of
from stationmap.reports.model import Report, Status
from stationmap.storage.announcements import announce
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import device_salts, report_contacts, reports

SALT_OCTETS = 32


class OtherBodyError(StationmapError):
    """A report has come before by the same id, with another content."""


class Receipt(NamedTuple):
    """That a report is kept: the status it has, and whether it was new."""

    status: Status
    is_new: bool


def keep(
    connection: sa.Connection, registry: str, report: Report, *, body_digest: str, code_digest: str, contact: str = ""
) -> bool:
    """Keep a report; False where one came before by its id, which stays as it is."""
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
    if connection.execute(_INSERTS[connection.dialect.name], row).rowcount != 1:
        return False
    announce(connection, "reports")
    if contact:
        connection.execute(sa.insert(report_contacts).values(report_id=report.id, contact=contact))
    return True


def known_receipt(connection: sa.Connection, report_id: str, body_digest: str) -> Receipt | None:
    """Return the receipt of a report that came before; raises OtherBodyError for another one of the same id."""
    found = connection.execute(_KNOWN, {"id": report_id}).one_or_none()
    if found is None:
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
_INSERTS = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(reports)
    .on_conflict_do_nothing(index_elements=["id"])
    .execution_options(preserve_rowcount=True)
    for dialect in (sqlite, postgresql)
}
"""By the kind of database: to look first would take as long as to insert."""
_KNOWN = sa.select(reports.c.body_digest, reports.c.status).where(reports.c.id == sa.bindparam("id"))
