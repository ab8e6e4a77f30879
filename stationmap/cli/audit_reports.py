"""What riders reported, for the audit: the hours of the week in which they found doors locked."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from stationmap.cli.options import now, settings

if TYPE_CHECKING:
    from stationmap.audit.studies.study import Study


def with_locked_doors(made: Study, registry: Path | None) -> Study:
    """Return a study with what riders found locked, of the registry at a path or that of the settings.

    Makes no database: where there is none, there are no reports. Raises StorageError where it cannot be used.
    """
    from stationmap.storage import open_database
    from stationmap.storage.reports import registry_key
    from stationmap.web.audit import locked_doors

    chosen, today = settings(registry=registry), now().date()
    if not chosen.database_url and not chosen.database_file.exists():
        return made.with_locked_doors(locked_doors.none_known(today, chosen.mark_devices))
    with closing(open_database(chosen)) as database, database.reading() as connection:
        doors = locked_doors.reported(connection, registry_key(chosen), today, chosen.mark_devices)
    return made.with_locked_doors(doors)
