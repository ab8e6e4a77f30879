"""How many reports a device may send, and how many of a station may wait: counted where all processes share it.

A device is what it is called today: nothing is known of it tomorrow, and its counts begin anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.reports.model import Kind
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import reports

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_HOUR, PER_DAY = 6, 20
"""Reports of a device."""
WAITING = 10
"""Reports of a station within a day that staff have not looked at. Only of a day: where nobody looks for weeks, riders
are heard all the same."""
UNCOUNTED: Kind = "open"
"""What nobody has to look at, and what ends a mark: such a report of a station is always taken."""


class Room(NamedTuple):
    """How much of the limits is used up, from 0 to 1 and beyond, and how long until there is room for one more."""

    level: float
    wait: timedelta


def room(connection: sa.Connection, registry: str, station_id: str, kind: Kind, device: str, at: datetime) -> Room:
    """Return what the limits of a device and of a station say of one more report, `device` being its digest."""
    columns = reports.c
    of_device = [columns.device == device]
    of_station = [columns.registry == registry, columns.station_id == station_id, columns.status == "new"]
    found = [
        _room(connection, of_device, PER_HOUR, HOUR, at),
        _room(connection, of_device, PER_DAY, DAY, at),
    ]
    if kind != UNCOUNTED:
        found.append(_room(connection, [*of_station, columns.kind != UNCOUNTED], WAITING, DAY, at))
    return Room(max(each.level for each in found), max(each.wait for each in found))


def _room(
    connection: sa.Connection, which: Iterable[sa.ColumnElement[bool]], most: int, within: timedelta, at: datetime
) -> Room:
    """Return the room of one limit; the report that has to leave it first is that which was received `most` ago."""
    received = reports.c.received_at
    latest = sa.select(received).where(*which, received > moment_text(at - within)).order_by(received.desc())
    moments = list(connection.execute(latest.limit(most)).scalars())
    wait = moment(moments[-1]) + within - at if len(moments) == most else timedelta(0)
    return Room(len(moments) / most, wait)
