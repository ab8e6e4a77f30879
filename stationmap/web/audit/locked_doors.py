"""What riders reported, for the audit: the hours of the week in which they found doors locked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.defaults import LOCKED_WEEKS
from stationmap.errors import StorageError
from stationmap.hours.opening_hours import ZONE

if TYPE_CHECKING:  # a process that only reads does without the database and its libraries
    import sqlalchemy as sa

    from stationmap.web.report_desk import ReportDesk


def none_known(today: date, devices: int) -> LockedDoors:
    """Return what is known where there are no reports."""
    return LockedDoors.of({}, since=_since(today), devices=devices)


def reported(connection: sa.Connection, registry: str, today: date, devices: int) -> LockedDoors:
    """Return the hours at which so many devices reported stations of a registry locked within the last weeks."""
    from stationmap.storage.reports.locked_hours import locked_hours

    since = _since(today)
    began = datetime.combine(since, time(), ZONE)
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
