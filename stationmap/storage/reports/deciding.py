"""What becomes of reports: staff decide, riders say that it is not so, or take a report back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from stationmap.reports.model import REOPENED_WITHIN, SETTLED, Decision
from stationmap.storage.announcements import announce
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import mark_endings, report_events, reports


def decide(connection: sa.Connection, report_ids: Collection[str], decision: Decision, *, by: str, at: datetime) -> int:
    """Give reports a status and an answer; returns how many there were. They stay open to another decision."""
    chosen = list(report_ids)
    status, answer, reason = decision
    changed = sa.update(reports).where(reports.c.id.in_(chosen))
    values = {"status": status, "answer": answer, "reason": reason, "decided_by": by, "decided_at": moment_text(at)}
    found = list(connection.execute(sa.select(reports.c.id).where(reports.c.id.in_(chosen))).scalars())
    connection.execute(changed.values(values))
    for report_id in found:
        _note(connection, report_id, status, answer, by=by, at=at)
    return len(found)


def release_text(
    connection: sa.Connection, report_id: str, *, is_released: bool, note: str = "", by: str = "", at: datetime
) -> None:
    """Let others read what a rider wrote, masked, or no longer; `note` says so to the rider."""
    connection.execute(sa.update(reports).where(reports.c.id == report_id).values(is_released=is_released))
    note_step(connection, [report_id], note, by=by, at=at)


def note_step(connection: sa.Connection, report_ids: Collection[str], note: str, *, by: str, at: datetime) -> None:
    """Note that somebody did something with reports that leaves their status as it is."""
    known = sa.select(reports.c.id, reports.c.status).where(reports.c.id.in_(list(report_ids)))
    for report_id, status in connection.execute(known).all():
        _note(connection, report_id, status, note, by=by, at=at)


def reopen(connection: sa.Connection, report_id: str, *, note: str, at: datetime) -> bool:
    """Make a report new again because the rider says that it is not so; False where it is open, or long decided."""
    lately = reports.c.decided_at >= moment_text(at - REOPENED_WITHIN)
    settled = sa.and_(reports.c.id == report_id, reports.c.status.in_(SETTLED), lately)
    if connection.execute(sa.update(reports).where(settled).values(status="new")).rowcount != 1:
        return False
    _note(connection, report_id, "new", note, by="", at=at)
    return True


def delete(connection: sa.Connection, report_id: str) -> bool:
    """Delete a report and all that belongs to it; False where it is not there."""
    announce(connection, "reports")
    return connection.execute(sa.delete(reports).where(reports.c.id == report_id)).rowcount == 1


def end_mark(connection: sa.Connection, registry: str, station_id: str, *, by: str, at: datetime) -> None:
    """End what reports of a station amount to up to a moment, or a later one known already: staff know better."""
    columns = mark_endings.c
    of_station = columns.registry == registry, columns.station_id == station_id
    known = connection.execute(sa.select(columns.at).where(*of_station)).scalar()
    if known is not None and known >= moment_text(at):
        return
    connection.execute(sa.delete(mark_endings).where(*of_station))
    row = {"registry": registry, "station_id": station_id, "at": moment_text(at), "author": by}
    connection.execute(sa.insert(mark_endings).values(row))
    announce(connection, "reports")


def _note(connection: sa.Connection, report_id: str, status: str, note: str, *, by: str, at: datetime) -> None:
    row = {"report_id": report_id, "at": moment_text(at), "author": by, "status": status, "note": note}
    connection.execute(sa.insert(report_events).values(row))
    announce(connection, "reports")
