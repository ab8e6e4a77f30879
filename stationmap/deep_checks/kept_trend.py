"""How issues went from week to week, of counts that are kept: a revision is examined once by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from stationmap.audit.studies.city_territory import city_areas
from stationmap.deep_checks.trend import TrendPoint, trend
from stationmap.deep_checks.upkeep_rules import rules_digest
from stationmap.errors import ProgressCallback, no_progress
from stationmap.hours.opening_hours import ZONE
from stationmap.settings import Settings
from stationmap.storage import journal, open_database
from stationmap.storage.history.check_counts import keep_counts, known_counts
from stationmap.storage.history.revision_pages import revisions_since
from stationmap.storage.journal import Entry, Head
from stationmap.storage.moments import week_of

WEEKS = 12


class Week(NamedTuple):
    """A week from its `monday` on; its last revision and what was counted there are None where there is none yet."""

    monday: date
    entry: Entry | None
    point: TrendPoint | None


def weeks_before(connection: sa.Connection, latest: Head, now: datetime) -> list[Week]:
    """Return the weeks before the present one, the earliest first."""
    first = monday_of(now) - timedelta(weeks=WEEKS)
    last_of: dict[tuple[int, int], Entry] = {}
    for entry in revisions_since(connection, latest, datetime.combine(first, time.min, ZONE)):
        last_of.setdefault(week_of(entry.at), entry)
    known = known_counts(connection, latest.registry_id, rules_digest())
    found = []
    for number in range(WEEKS):
        monday = first + timedelta(weeks=number)
        iso = monday.isocalendar()
        entry_of_week = last_of.get((iso.year, iso.week))
        counted = known.get(entry_of_week.seq) if entry_of_week else None
        found.append(Week(monday, entry_of_week, _point(entry_of_week, counted)))
    return found


def lacking(weeks: list[Week]) -> list[Entry]:
    """Return the revisions that have to be examined yet, the latest first."""
    return [week.entry for week in reversed(weeks) if week.entry and week.point is None]


def complete_trend(settings: Settings, now: datetime, progress: ProgressCallback = no_progress) -> None:
    """Examine the revisions of earlier weeks that were not yet, and keep what was counted; raises StorageError."""
    with closing(open_database(settings)) as database:
        with database.reading() as connection:
            latest = journal.head(connection, settings.registry_key)
            wanted = lacking(weeks_before(connection, latest, now)) if latest else []
            if latest is None or not wanted:
                return
            registry = journal.stored(connection, latest)
        for done, entry in enumerate(wanted):
            progress(done / len(wanted), "trend")
            with database.reading() as connection:
                then = journal.at_revision(connection, latest, registry, entry.seq)
            (point,) = trend([(entry.at, then)], counties=city_areas())
            with database.writing() as connection:
                keep_counts(connection, latest.registry_id, entry.seq, rules_digest(), _document(point))


def monday_of(now: datetime) -> date:
    """Return the first day of the week in which a moment lies where the stations are."""
    today = now.astimezone(ZONE).date()
    return today - timedelta(days=today.weekday())


def _document(point: TrendPoint) -> Mapping[str, Any]:
    return {"stations": point.stations, "counts": dict(point.counts)}


def _point(entry: Entry | None, counted: Mapping[str, Any] | None) -> TrendPoint | None:
    if entry is None or counted is None:
        return None
    return TrendPoint(entry.at, entry.revision, counted["stations"], counted["counts"])
