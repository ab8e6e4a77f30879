"""How reports come about over the weeks, and how long riders wait for a first decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.hours.opening_hours import ZONE
from stationmap.reports.model import WANTING, Kind
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import report_events, reports

_HOUR_DIGITS = len("2026-11-30T12")
"""Of a moment's text: all of an hour in UTC lie in one hour where the stations are."""


class FirstAnswers(NamedTuple):
    """How long reports waited for the first decision of staff: the median, of how many; how many still wait."""

    median_s: float | None
    decided: int
    waiting: int


def weekly_counts(
    connection: sa.Connection, registry: str, *, since: datetime, stations: Collection[str] | None = None
) -> Mapping[date, Mapping[Kind, int]]:
    """Return how many reports of each kind were received in each week, by its Monday, those with any in order.

    `stations` are those that count; None means all.
    """
    columns = reports.c
    hour = sa.func.substr(columns.received_at, 1, _HOUR_DIGITS).label("hour")
    counted = (
        sa.select(hour, columns.kind, sa.func.count().label("reports"))
        .where(*_received(connection, registry, since, stations))
        .group_by(hour, columns.kind)
    )
    found: dict[date, Counter[Kind]] = {}
    for row in connection.execute(counted):
        day = moment(f"{row.hour}:00:00+00:00").astimezone(ZONE).date()
        found.setdefault(day - timedelta(days=day.weekday()), Counter())[row.kind] += row.reports
    return dict(sorted(found.items()))


def first_answers(
    connection: sa.Connection, registry: str, *, since: datetime, stations: Collection[str] | None = None
) -> FirstAnswers:
    """Return how long reports that want something done, received since a moment, waited for staff."""
    columns = reports.c
    wanted = (*_received(connection, registry, since, stations), columns.kind.in_(WANTING))
    first = (
        sa.select(columns.received_at, sa.func.min(report_events.c.at).label("first_at"))
        .select_from(reports.join(report_events, report_events.c.report_id == columns.id))
        .where(*wanted, report_events.c.author != "")
        .group_by(columns.id, columns.received_at)
    )
    waits = [(moment(row.first_at) - moment(row.received_at)).total_seconds() for row in connection.execute(first)]
    total = int(connection.execute(sa.select(sa.func.count()).select_from(reports).where(*wanted)).scalar() or 0)
    return FirstAnswers(median(waits) if waits else None, len(waits), total - len(waits))


def _received(
    connection: sa.Connection, registry: str, since: datetime, stations: Collection[str] | None
) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of reports received since a moment, about all stations or some."""
    columns = reports.c
    received = (columns.registry == registry, columns.received_at >= moment_text(since))
    if stations is None:
        return received
    # A district may have more stations than a statement takes values: only those that somebody reported are named.
    named = connection.execute(sa.select(columns.station_id).where(*received).distinct()).scalars()
    return (*received, columns.station_id.in_([known for known in named if known in stations]))
