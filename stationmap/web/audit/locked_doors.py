"""What riders reported, for the audit: the hours of the week in which they found doors locked."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.defaults import LOCKED_WEEKS
from stationmap.errors import StorageError
from stationmap.hours.opening_hours import ZONE

if TYPE_CHECKING:  # a process that only reads does without the database and its libraries
    import sqlalchemy as sa

    from stationmap.web.report_desk import ReportDesk

KEPT_S = 300.0


class ReportedDoors:
    """What riders reported, as a process knows it; read anew after `KEPT_S`, as reading many reports takes long."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing; `ticks` gives seconds that never go back."""
        self._ticks = ticks
        self._read_s = float("-inf")
        self._known: LockedDoors | None = None

    def at(self, desk: ReportDesk, today: date) -> LockedDoors | None:
        """Return what riders reported; None where no reports are taken, or they cannot be read."""
        known = self._known
        if known is None or known.since != _since(today) or self._ticks() - self._read_s >= KEPT_S:
            self._known, self._read_s = at_desk(desk, today), self._ticks()
        return self._known


def none_known(today: date, devices: int) -> LockedDoors:
    """Return what is known where there are no reports."""
    return LockedDoors.of({}, since=_since(today), devices=devices)


def reported(connection: sa.Connection, registry: str, today: date, devices: int) -> LockedDoors:
    """Return the hours at which so many devices reported stations of a registry locked within the last weeks."""
    from stationmap.storage.reports.locked_hours import locked_hours

    since = _since(today)
    began = datetime(since.year, since.month, since.day, tzinfo=ZONE)
    return LockedDoors.of(
        locked_hours(connection, registry, since=began, devices=devices), since=since, devices=devices
    )


def at_desk(desk: ReportDesk, today: date) -> LockedDoors | None:
    """Return what riders reported where a process takes reports; None where it takes none, or cannot read them."""
    devices = desk.thresholds.devices
    if not desk.is_open:
        return None
    if not desk.has_reports:
        return none_known(today, devices)
    try:
        with desk.database().reading() as connection:
            return reported(connection, desk.registry, today, devices)
    except StorageError:  # which the desk logs when it looks; the audit goes on without
        return None


def _since(today: date) -> date:
    return today - timedelta(weeks=LOCKED_WEEKS)
