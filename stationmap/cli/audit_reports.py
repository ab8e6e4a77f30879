"""What riders reported, for the audit: the hours of the week in which they found doors locked."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from stationmap.cli.options import now, settings
from stationmap.defaults import LOCKED_WEEKS

if TYPE_CHECKING:
    from stationmap.audit.studies.study import Study


def with_locked_doors(made: Study, registry: Path | None) -> Study:
    """Return a study with what riders found locked, of the registry at a path or that of the settings.

    Makes no database: where there is none, there are no reports. Raises StorageError where it cannot be used.
    """
    from stationmap.audit.inputs.locked_doors import LockedDoors
    from stationmap.hours.opening_hours import ZONE
    from stationmap.storage import open_database
    from stationmap.storage.reports import registry_key
    from stationmap.storage.reports.locked_hours import locked_hours

    chosen = settings(registry=registry)
    since, devices = now().date() - timedelta(weeks=LOCKED_WEEKS), chosen.mark_devices
    if not chosen.database_url and not chosen.database_file.exists():
        return made.with_locked_doors(LockedDoors.of({}, since=since, devices=devices))
    began = datetime.combine(since, time(), ZONE)
    with closing(open_database(chosen)) as database, database.reading() as connection:
        hours = locked_hours(connection, registry_key(chosen.registry), since=began, devices=devices)
    return made.with_locked_doors(LockedDoors.of(hours, since=since, devices=devices))
