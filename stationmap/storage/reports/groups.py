"""Reports of one kind about one station belong together: how many there are, and what happened to them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.reports.model import UNSETTLED, WANTING, Kind, Status
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.reports.reading import Event, KeptReport, by_ids
from stationmap.storage.schema import report_events, reports


class ReportGroup(NamedTuple):
    """Reports of a kind about a station: how many, by how many devices, from when to when they were received.

    Of `reopened` ones the rider says that nothing has changed since the answer; `outside` ones were made while the
    station was posted closed.
    """

    station_id: str
    kind: Kind
    reports: int
    devices: int
    first_at: datetime
    last_at: datetime
    reopened: int
    outside: int


class Step(NamedTuple):
    """What happened to one report of a group."""

    number: int
    report_id: str
    event: Event


class Chosen(NamedTuple):
    """Which reports: of some statuses and kinds, received since a moment and before another; empty means all."""

    statuses: tuple[Status, ...] = UNSETTLED
    kinds: tuple[Kind, ...] = WANTING
    since: datetime | None = None
    until: datetime | None = None


WAITING = Chosen()


def report_groups(
    connection: sa.Connection, registry: str, chosen: Chosen = WAITING, *, station_id: str | None = None
) -> list[ReportGroup]:
    """Return the groups of the reports that are chosen, of one station or of all; a device counts once a day."""
    columns = reports.c
    is_reopened = sa.case((sa.and_(columns.status == "new", columns.decided_at.is_not(None)), 1), else_=0)
    counted = sa.select(
        columns.station_id,
        columns.kind,
        sa.func.count().label("reports"),
        sa.func.count(sa.distinct(columns.device)).label("devices"),
        sa.func.min(columns.received_at).label("first_at"),
        sa.func.max(columns.received_at).label("last_at"),
        sa.func.sum(is_reopened).label("reopened"),
        sa.func.sum(sa.case((columns.posted == "closed", 1), else_=0)).label("outside"),
    ).where(columns.registry == registry, *_conditions(chosen))
    if station_id is not None:
        counted = counted.where(*_of_station(registry, station_id))
    rows = connection.execute(counted.group_by(columns.station_id, columns.kind))
    return [
        ReportGroup(
            *(row.station_id, row.kind, row.reports, row.devices),
            *(moment(row.first_at), moment(row.last_at), int(row.reopened), int(row.outside)),
        )
        for row in rows
    ]


def ids_of_group(connection: sa.Connection, registry: str, station_id: str, kind: Kind, until: datetime) -> list[str]:
    """Return the reports of a group that still want a decision and were received by a moment."""
    columns = reports.c
    wanted = sa.select(columns.id, columns.received_at).where(*_of_group(registry, station_id, kind))
    rows = connection.execute(wanted.where(columns.status.in_(UNSETTLED)))
    return [row.id for row in rows if row.received_at <= moment_text(until)]


def reports_of_group(
    connection: sa.Connection,
    registry: str,
    station_id: str,
    kind: Kind,
    *,
    statuses: Collection[Status],
    most: int,
    offset: int = 0,
) -> list[KeptReport]:
    """Return a page of the reports of a group of some statuses, none meaning all; those made last come first."""
    columns = reports.c
    wanted = sa.select(columns.id).where(*_of_group(registry, station_id, kind))
    if statuses:
        wanted = wanted.where(columns.status.in_(statuses))
    latest = wanted.order_by(columns.said_at.desc(), columns.id).limit(most).offset(offset)
    ids = connection.execute(latest).scalars().all()
    found = {each.id: each for each in by_ids(connection, registry, ids)}
    return [found[each] for each in ids]


def steps_since(
    connection: sa.Connection,
    registry: str,
    station_id: str,
    kind: Kind,
    number: int,
    *,
    most: int,
    of: Collection[str] | None = None,
) -> list[Step]:
    """Return what happened to the reports of a group, or to some `of` them, after a step by its number; 0 is all."""
    joined = report_events.join(reports, reports.c.id == report_events.c.report_id)
    columns = report_events.c
    wanted = (
        sa.select(columns.id, columns.report_id, columns.at, columns.author, columns.status, columns.note)
        .select_from(joined)
        .where(*_of_group(registry, station_id, kind), columns.id > number)
    )
    if of is not None:
        wanted = wanted.where(columns.report_id.in_(list(of)))
    rows = connection.execute(wanted.order_by(columns.id).limit(most))
    return [Step(row.id, row.report_id, Event(moment(row.at), row.author, row.status, row.note)) for row in rows]


def last_step(connection: sa.Connection, registry: str, station_id: str, kind: Kind) -> int:
    """Return the number of the last step of a group, 0 where nothing has happened to it."""
    joined = report_events.join(reports, reports.c.id == report_events.c.report_id)
    latest = sa.select(sa.func.max(report_events.c.id)).select_from(joined)
    return int(connection.execute(latest.where(*_of_group(registry, station_id, kind))).scalar() or 0)


def _of_group(registry: str, station_id: str, kind: Kind) -> tuple[sa.ColumnElement[bool], ...]:
    return *_of_station(registry, station_id), reports.c.kind == kind


def _of_station(registry: str, station_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return conditions on all columns of the index by station: without the last, SQLite goes through all that wait."""
    columns = reports.c
    return columns.registry == registry, columns.station_id == station_id, columns.said_at > ""


def _conditions(chosen: Chosen) -> Collection[sa.ColumnElement[bool]]:
    columns = reports.c
    return [
        *([columns.status.in_(chosen.statuses)] if chosen.statuses else []),
        *([columns.kind.in_(chosen.kinds)] if chosen.kinds else []),
        *([columns.received_at >= moment_text(chosen.since)] if chosen.since else []),
        *([columns.received_at < moment_text(chosen.until)] if chosen.until else []),
    ]
