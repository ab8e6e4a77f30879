"""What the reports of a registry amount to at present, read from the database."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

import orjson
import sqlalchemy as sa

from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import Schedule
from stationmap.reports.devices import day_of
from stationmap.reports.evidence import (
    CONFIRMED_WITHIN,
    NO_EVIDENCE,
    Confirmation,
    Evidence,
    Mark,
    Sighting,
    Thresholds,
    mark_of,
)
from stationmap.reports.model import LATEST
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.reports.reading import BELIEVED
from stationmap.storage.schema import mark_endings, reports

ScheduleOf = Callable[[str], Schedule | None]
REVISION_DIGITS = 12


def evidence(
    connection: sa.Connection,
    registry: str,
    schedule_of: ScheduleOf,
    thresholds: Thresholds,
    at: datetime,
    *,
    confirmations: Mapping[str, Confirmation] | None = None,
) -> Evidence:
    """Return what the reports of a registry amount to at a moment: marks that stand, and confirmations.

    `schedule_of` gives the hours of a station by its id, None where there is no such station. Confirmations are those
    given, if they are: they change by the day, marks by the minute.
    """
    marks = _marks(connection, registry, schedule_of, thresholds, at)
    return made_of(marks, _confirmations(connection, registry, at) if confirmations is None else confirmations)


def evidence_with(
    connection: sa.Connection,
    registry: str,
    station_id: str,
    schedule_of: ScheduleOf,
    thresholds: Thresholds,
    at: datetime,
    *,
    before: Evidence,
) -> Evidence:
    """Return what reports amount to after those of one station have changed, the rest being as `before`."""
    marks = _marks(connection, registry, schedule_of, thresholds, at, only=station_id)
    confirmations = _confirmations(connection, registry, at, only=station_id)
    others = {known: mark for known, mark in before.marks.items() if known != station_id and mark.until > at}
    confirmed = {known: found for known, found in before.confirmations.items() if known != station_id}
    return made_of(others | marks, confirmed | confirmations)


def made_of(marks: Mapping[str, Mark], confirmations: Mapping[str, Confirmation]) -> Evidence:
    """Return evidence with the revision that follows from its content: every process finds the same one."""
    content = orjson.dumps([sorted(marks.items()), sorted(confirmations.items())], default=tuple)
    revision = hashlib.sha256(content).hexdigest()[:REVISION_DIGITS] if marks or confirmations else NO_EVIDENCE.revision
    return Evidence(MappingProxyType(dict(marks)), MappingProxyType(dict(confirmations)), revision)


def _marks(
    connection: sa.Connection,
    registry: str,
    schedule_of: ScheduleOf,
    thresholds: Thresholds,
    at: datetime,
    *,
    only: str | None = None,
) -> dict[str, Mark]:
    since = at - thresholds.lasts - thresholds.within
    endings = _endings(connection, registry, since)
    marks = {}
    for station_id, sightings in _sightings(connection, registry, since, only).items():
        schedule = schedule_of(station_id)
        mark = schedule and mark_of(sightings, schedule, thresholds, after=endings.get(station_id))
        if mark and mark.until > at:
            marks[station_id] = mark
    return marks


def _sightings(
    connection: sa.Connection, registry: str, since: datetime, only: str | None
) -> dict[str, list[Sighting]]:
    """Return the evidence of each station since a moment; what staff rejected is none."""
    columns = reports.c
    wanted = sa.select(columns.station_id, columns.kind, columns.said_at, columns.received_at, columns.device).where(
        columns.registry == registry,
        columns.received_at > moment_text(since - LATEST),
        columns.said_at > moment_text(since),
        columns.is_evidence,
        *BELIEVED,
        *([columns.station_id == only] if only else []),
    )
    found = defaultdict(list)
    for row in connection.execute(wanted):
        # A clock that is a little fast would else put off the mark.
        moment_of = moment(min(row.said_at, row.received_at))
        found[row.station_id].append(Sighting(row.kind, moment_of, row.device, day_of(moment(row.received_at))))
    return found


def _endings(connection: sa.Connection, registry: str, since: datetime) -> dict[str, datetime]:
    columns = mark_endings.c
    wanted = sa.select(columns.station_id, columns.at).where(
        columns.registry == registry, columns.at > moment_text(since)
    )
    return {row.station_id: moment(row.at) for row in connection.execute(wanted)}


def _confirmations(
    connection: sa.Connection, registry: str, at: datetime, *, only: str | None = None
) -> dict[str, Confirmation]:
    """Return how riders confirmed each station; a device has another digest each day, and so counts once a day."""
    columns = reports.c
    counted = (
        sa.select(columns.station_id, sa.func.count(sa.distinct(columns.device)), sa.func.max(columns.said_at))
        .where(
            columns.registry == registry,
            columns.kind == "open",
            columns.is_evidence,
            *BELIEVED,
            columns.said_at > moment_text(at - CONFIRMED_WITHIN),
            *([columns.station_id == only] if only else []),
        )
        .group_by(columns.station_id)
    )
    return {
        station_id: Confirmation(moment(last).astimezone(ZONE).date(), times)
        for station_id, times, last in connection.execute(counted)
    }
