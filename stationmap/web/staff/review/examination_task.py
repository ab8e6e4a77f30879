"""The examination of a registry, done aside: what needs care as a file of pages, then the counts of earlier weeks."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from stationmap import city, file_limit, files
from stationmap.deep_checks.care_file import care_file
from stationmap.deep_checks.city_examination import examine_in_city
from stationmap.deep_checks.kept_trend import complete_trend
from stationmap.deep_checks.sheets import in_words, stated
from stationmap.errors import ProgressCallback, StorageError
from stationmap.hours.calendar import Calendar, adopt
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import LANGUAGES
from stationmap.settings import Settings
from stationmap.storage import journal, open_database


class AskedExamination(NamedTuple):
    """What is examined: the latest revision in the journal of the settings' registry, at a moment, by a calendar.

    The file goes to `path`; without one, only the weeks before are counted.
    """

    settings: Settings
    calendar: Calendar
    now: datetime
    path: Path | None


def examine_aside(asked: AskedExamination, progress: ProgressCallback) -> str:
    """Examine a registry and return the revision that was; raises StorageError, FileError."""
    adopt(asked.calendar)
    city.adopt(city.load(asked.settings.city))
    file_limit.adopt(asked.settings.max_registry_mb)
    progress(0.0, "registry")
    revision = "" if asked.path is None else _write_file(asked, asked.path, progress)
    complete_trend(asked.settings, asked.now, progress)
    return revision


def _write_file(asked: AskedExamination, path: Path, progress: ProgressCallback) -> str:
    from stationmap.audit.output.export import basis_lines  # with the writers of files, which a server has no use for

    with closing(open_database(asked.settings)) as database, database.reading() as connection:
        latest = journal.head(connection, asked.settings.registry_key)
        if latest is None:
            raise StorageError(f"{asked.settings.registry}: 还没有记录 has no history yet")
        registry = journal.stored(connection, latest)
    today = asked.now.astimezone(ZONE).date()
    examined, study = examine_in_city(registry, today=today, progress=progress)
    basis = stated(examined, study)
    lines = {language: basis_lines(in_words(basis, examined, language), language) for language in LANGUAGES}
    data = care_file(examined, lines, made_at=asked.now, seq=latest.seq, progress=progress)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.write(path, data)
    return registry.revision
