"""How many reports a device may send, and how many of a station may wait: counted where all processes share it.

A device is what it is called today: nothing is known of it tomorrow, and its counts begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from stationmap.reports.model import Kind
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import reports

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PER_HOUR, PER_DAY = 6, 20
"""Reports of a device."""
WAITING = 10
"""Devices that reported the same of a station within a day, where staff have not looked at it. Only of a day: where
nobody looks for weeks, riders are heard all the same. A device counts once, and other kinds do not: else one or two
would keep a station from being found locked by everybody else."""
UNCOUNTED: Kind = "open"
"""What nobody has to look at, and what ends a mark: such a report of a station is always taken."""


Full = Literal["device", "station"]


class Room(NamedTuple):
    """How much of the limits is used up, from 0 to 1 and beyond, and how long until there is room for one more."""

    level: float
    wait: timedelta
    full: Full | None = None
    """Whose limit is used up, and takes longest to have room again."""


def room(connection: sa.Connection, registry: str, station_id: str, kind: Kind, device: str, at: datetime) -> Room:
    """Return what the limits of a device and of a station say of one more report, `device` being its digest."""
    of = {
        "device": device,
        "registry": registry,
        "station_id": station_id,
        "kind": kind,
        "since": moment_text(at - DAY),
    }
    rows = connection.execute(_OF_DEVICE if kind == UNCOUNTED else _OF_BOTH, of).all()
    sent, waiting = ([row.received_at for row in rows if row.of == which] for which in ("device", "station"))
    found = [
        _room("device", sent, PER_HOUR, HOUR, at),
        _room("device", sent, PER_DAY, DAY, at),
        _room("station", waiting, WAITING, DAY, at),
    ]
    longest = max(found, key=lambda each: each.wait)
    return longest._replace(level=max(each.level for each in found))


def _room(of: Full, received: Sequence[str], most: int, within: timedelta, at: datetime) -> Room:
    """Return the room of one limit, of the moments of reports, the latest first.

    The one that has to leave it before another comes is the last of the `most` latest.
    """
    counted = [text for text in received[:most] if text > moment_text(at - within)]
    if len(counted) < most:
        return Room(len(counted) / most, timedelta(0))
    return Room(1.0, moment(counted[-1]) + within - at, of)


def _latest(of: str, most: int, chosen: sa.Select[Any]) -> sa.Select[Any]:
    """Return a question for the latest of the moments chosen, with what they are of."""
    latest = chosen.order_by(sa.desc("received_at")).limit(most).subquery(of)
    return sa.select(sa.literal(of).label("of"), latest.c.received_at)


# Written once, and one question where it can be: to put questions together and to ask them is what takes long.
_OF_DEVICE = _latest(
    "device",
    PER_DAY,
    sa.select(reports.c.received_at).where(
        reports.c.device == sa.bindparam("device"), reports.c.received_at > sa.bindparam("since")
    ),
)
# SQLite takes the index of the station. Of a column by itself it would take that of all reports of a day, or all new.
_received_at = reports.c.received_at + ""
_OF_STATION = _latest(
    "station",
    WAITING,
    sa.select(sa.func.max(_received_at).label("received_at"))
    .where(
        reports.c.registry == sa.bindparam("registry"),
        reports.c.station_id == sa.bindparam("station_id"),
        reports.c.kind == sa.bindparam("kind"),
        reports.c.status + "" == "new",
        _received_at > sa.bindparam("since"),
    )
    .group_by(reports.c.device),
)
_OF_BOTH = sa.union_all(_OF_DEVICE, _OF_STATION).order_by(sa.desc("received_at"))
_OF_DEVICE = _OF_DEVICE.order_by(sa.desc("received_at"))
