"""When stations were found locked while they were posted open: the hours of the week, for trends and for the audit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from stationmap.hours.opening_hours import ZONE
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.reports.reading import BELIEVED
from stationmap.storage.schema import reports

HOURS_OF_WEEK = 168


def locked_hours(
    connection: sa.Connection, registry: str, *, since: datetime, devices: int
) -> dict[str, frozenset[int]]:
    """Return by station the hours of the week, 0 being Monday 00:00 to 01:00 where the stations are, in which at least
    so many devices reported it locked while posted open; only stations with such an hour are named.

    A device counts once a day: nobody can tell whether it was the same one on another.
    """
    counted = locked_counts(connection, registry, since=since)
    found = {
        station_id: frozenset(hour for hour, times in hours.items() if times >= devices)
        for station_id, hours in counted.items()
    }
    return {station_id: hours for station_id, hours in found.items() if hours}


def locked_counts(connection: sa.Connection, registry: str, *, since: datetime) -> Mapping[str, Mapping[int, int]]:
    """Return by station and hour of the week how many devices reported it locked while posted open."""
    columns = reports.c
    wanted = sa.select(columns.station_id, columns.said_at, columns.device).where(
        columns.registry == registry,
        columns.kind == "locked",
        columns.posted == "open",
        columns.is_evidence,
        *BELIEVED,
        columns.said_at > moment_text(since),
    )
    devices: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in connection.execute(wanted):
        local = moment(row.said_at).astimezone(ZONE)
        devices[row.station_id][local.weekday() * 24 + local.hour].add(row.device)
    return {known: {hour: len(found) for hour, found in hours.items()} for known, hours in devices.items()}
