"""What is to be done once a day by one server of several: claimed, done, and left to another where nothing comes of it.

Functions on a connection of `Database`, whose writers take turns. A claim that is never settled ends by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import duties

FARTHEST = timedelta(hours=12)
"""No claim is longer: what ends later was claimed by a clock that was ahead."""


def claim(connection: sa.Connection, name: str, period: str, *, at: datetime, lasting: timedelta) -> bool:
    """Claim a duty of a period for so long; False where it is done, or somebody is at it."""
    row = connection.execute(sa.select(duties).where(duties.c.name == name)).one_or_none()
    until = moment_text(at + lasting)
    if row is None:
        connection.execute(sa.insert(duties).values(name=name, period=period, until=until))
        return True
    if row.period == period and (row.until is None or at < moment(row.until) <= at + FARTHEST):
        return False
    connection.execute(sa.update(duties).where(duties.c.name == name).values(period=period, until=until))
    return True


def settle(connection: sa.Connection, name: str, *, is_done: bool) -> None:
    """Note that a duty that was claimed is done, or leave it to whoever comes next."""
    mine = duties.c.name == name
    if is_done:
        connection.execute(sa.update(duties).where(mine).values(until=None))
    else:
        connection.execute(sa.delete(duties).where(mine))
