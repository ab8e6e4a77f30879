"""Reports as they are read: by their receipt, by station, by what waits for staff."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.reports.masking import masked
from stationmap.reports.model import Kind, Posted, Reason, Report, Status
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import report_contacts, report_events, reports

MAX_LISTED = 1_000
RECENT = timedelta(hours=6)
"""How far back a rider is shown what others reported."""
ANSWERS_SHOWN, MAX_ANSWERS = timedelta(days=30), 5
"""How long answers and texts are shown at the station, and how many of each at most."""
BELIEVED = reports.c.status != "rejected", reports.c.reason.is_(None)
"""What staff rejected shows nothing to others, also where its rider opens it again: until they decide otherwise."""


class KeptReport(NamedTuple):
    """A report together with what became of it."""

    report: Report
    status: Status
    answer: str
    reason: Reason | None
    is_released: bool
    decided_at: datetime | None
    decided_by: str

    @property
    def id(self) -> str:
        """The UUID of the report."""
        return self.report.id

    @property
    def masked_text(self) -> str:
        """What the rider wrote, as others may see it once it is released."""
        return masked(self.report.text)


class Event(NamedTuple):
    """A step in the life of a report; the author is empty for the rider."""

    at: datetime
    author: str
    status: Status
    note: str


class Public(NamedTuple):
    """Reports whose answers others read, each answer once, and those whose texts they read; the latest first."""

    answers: Sequence[KeptReport]
    texts: Sequence[KeptReport]


class Recent(NamedTuple):
    """How many devices reported the same of a station lately, and the last moment."""

    kind: Kind
    devices: int
    last_at: datetime


def by_code(connection: sa.Connection, registry: str, digest: str) -> KeptReport | None:
    """Return the report of a receipt."""
    return next(iter(_read(connection, registry, reports.c.code_digest == digest)), None)


def by_id(connection: sa.Connection, registry: str, report_id: str) -> KeptReport | None:
    """Return the report of a UUID."""
    return next(iter(_read(connection, registry, reports.c.id == report_id)), None)


def by_ids(connection: sa.Connection, registry: str, report_ids: Collection[str]) -> list[KeptReport]:
    """Return the reports of some UUIDs, as far as the registry has any, the latest received first."""
    # By the key alone: with a registry and an order as well, SQLite goes through all reports of the registry.
    rows = connection.execute(sa.select(reports).where(reports.c.id.in_(list(report_ids)))).mappings()
    found = [_kept(row) for row in rows if row["registry"] == registry]
    return sorted(found, key=lambda each: (each.report.received_at, each.id), reverse=True)


def listed(
    connection: sa.Connection,
    registry: str,
    *,
    statuses: Collection[Status] = (),
    stations: Collection[str] = (),
    kinds: Collection[Kind] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = MAX_LISTED,
    offset: int = 0,
) -> list[KeptReport]:
    """Return reports, the latest received first; an empty choice means all. `since` is included, `until` is not."""
    columns = reports.c
    wanted = [
        *([columns.status.in_(statuses)] if statuses else []),
        *([columns.station_id.in_(stations)] if stations else []),
        *([columns.kind.in_(kinds)] if kinds else []),
        *([columns.received_at >= moment_text(since)] if since else []),
        *([columns.received_at < moment_text(until)] if until else []),
    ]
    return _read(connection, registry, *wanted, most=most, offset=offset)


def recent(connection: sa.Connection, registry: str, station_id: str, at: datetime) -> list[Recent]:
    """Return what others reported of a station within `RECENT`, the latest first; what was rejected is left out."""
    columns = reports.c
    counted = (
        sa.select(
            columns.kind, sa.func.count(sa.distinct(columns.device)).label("devices"), sa.func.max(columns.said_at)
        )
        .where(
            columns.registry == registry,
            columns.station_id == station_id,
            columns.said_at > moment_text(at - RECENT),
            *BELIEVED,
            sa.or_(columns.kind != "locked", columns.posted != "closed"),  # which is no news
        )
        .group_by(columns.kind)
    )
    rows = [Recent(kind, devices, moment(last)) for kind, devices, last in connection.execute(counted)]
    return sorted(rows, key=lambda found: found.last_at, reverse=True)


def public(connection: sa.Connection, registry: str, station_id: str, at: datetime) -> Public:
    """Return what others may read of a station: what staff answered lately, and riders' texts that they released."""
    columns = reports.c
    is_public = sa.or_(columns.answer != "", columns.is_released)
    lately = sa.func.coalesce(columns.decided_at, columns.received_at) > moment_text(at - ANSWERS_SHOWN)
    # In the order of the index by station: in another one SQLite goes through all reports of the registry.
    chosen = sa.select(reports).where(
        columns.registry == registry, columns.station_id == station_id, columns.said_at > "", is_public, lately
    )
    ordered = chosen.order_by(columns.said_at.desc()).limit(MAX_LISTED)
    found = [_kept(row) for row in connection.execute(ordered).mappings()]
    # Many reports are answered at once: who reads that at the station wants it once.
    answers = {(each.report.kind, each.answer): each for each in reversed(found) if is_answered(each)}
    by_day = sorted(answers.values(), key=lambda each: each.decided_at or each.report.received_at, reverse=True)
    texts = [each for each in found if each.is_released and each.masked_text]
    return Public(by_day[:MAX_ANSWERS], texts[:MAX_ANSWERS])


def is_answered(found: KeptReport) -> bool:
    """Tell whether the answer to a report holds: not once the rider says that it is not so."""
    return bool(found.answer) and found.status != "new"


def events(connection: sa.Connection, report_id: str) -> list[Event]:
    """Return what became of a report, in order."""
    columns = report_events.c
    chosen = sa.select(columns.at, columns.author, columns.status, columns.note)
    rows = connection.execute(chosen.where(columns.report_id == report_id).order_by(columns.id))
    return [Event(moment(row.at), row.author, row.status, row.note) for row in rows]


def contacts(connection: sa.Connection, report_ids: Iterable[str]) -> dict[str, str]:
    """Return how riders want to be reached who said so, by report."""
    chosen = sa.select(report_contacts).where(report_contacts.c.report_id.in_(list(report_ids)))
    return {row.report_id: row.contact for row in connection.execute(chosen)}


def _read(
    connection: sa.Connection,
    registry: str,
    *wanted: sa.ColumnElement[bool],
    most: int = MAX_LISTED,
    offset: int = 0,
) -> list[KeptReport]:
    chosen = sa.select(reports).where(reports.c.registry == registry, *wanted)
    ordered = chosen.order_by(reports.c.received_at.desc(), reports.c.id).limit(most).offset(offset)
    return [_kept(row) for row in connection.execute(ordered).mappings()]


def _kept(row: Any) -> KeptReport:
    details: Sequence[str] = orjson.loads(row["details"])
    point = None if row["lon"] is None else (row["lon"], row["lat"])
    kind: Kind = row["kind"]
    posted: Posted = row["posted"]
    report = Report(
        id=row["id"],
        station_id=row["station_id"],
        kind=kind,
        details=tuple(details),
        text=row["text"],
        said_at=moment(row["said_at"]),
        received_at=moment(row["received_at"]),
        posted=posted,
        is_evidence=row["is_evidence"],
        device=row["device"],
        point=point,
        revision=row["revision"],
    )
    decided_at = moment(row["decided_at"]) if row["decided_at"] else None
    return KeptReport(
        *(report, row["status"], row["answer"], row["reason"], row["is_released"], decided_at),
        row["decided_by"] or "",
    )
