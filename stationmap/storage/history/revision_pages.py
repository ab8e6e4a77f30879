"""Revisions a page at a time, of some person, kind, station or time; and the changes of one, a page at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.editing.edits import StationChange
from stationmap.hours.opening_hours import ZONE
from stationmap.storage import journal
from stationmap.storage.journal import Entry, Head, Kind
from stationmap.storage.kept_text import station_of
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import changes, revisions

MAX_AUTHORS = 200


class HistoryFilter(NamedTuple):
    """Which revisions: whose author's name holds a text, of a kind, that changed a station, of some days."""

    author: str = ""
    kind: Kind | None = None
    station_id: str = ""
    first: date | None = None
    last: date | None = None


def revision_page(
    connection: sa.Connection, latest: Head, chosen: HistoryFilter, *, limit: int, offset: int = 0
) -> list[Entry]:
    """Return a page of revisions, the latest first."""
    listed = journal.select_entries().where(*_conditions(latest, chosen)).order_by(revisions.c.seq.desc())
    return [journal.entry_of(row) for row in connection.execute(listed.limit(limit).offset(offset))]


def count_revisions(connection: sa.Connection, latest: Head, chosen: HistoryFilter) -> int:
    """Return how many revisions there are."""
    counted = sa.select(sa.func.count()).select_from(revisions).where(*_conditions(latest, chosen))
    return int(connection.execute(counted).scalar_one())


def authors(connection: sa.Connection, latest: Head) -> list[str]:
    """Return who made revisions, by name."""
    named = sa.select(revisions.c.author).where(revisions.c.registry_id == latest.registry_id).distinct()
    found = {each for row in connection.execute(named.limit(MAX_AUTHORS)) for each in row.author.split(", ")}
    return sorted(found - {""})


def revision_entry(connection: sa.Connection, latest: Head, seq: int) -> Entry | None:
    """Return a revision by its number, None where there is none, or none any more."""
    named = journal.select_entries().where(revisions.c.registry_id == latest.registry_id, revisions.c.seq == seq)
    row = connection.execute(named).one_or_none()
    return None if row is None else journal.entry_of(row)


def revision_before(connection: sa.Connection, latest: Head, seq: int) -> int | None:
    """Return the number of the revision before another."""
    earlier = revisions.c.registry_id == latest.registry_id, revisions.c.seq < seq
    found: int | None = connection.execute(sa.select(sa.func.max(revisions.c.seq)).where(*earlier)).scalar()
    return found


def change_page(connection: sa.Connection, seq: int, *, limit: int, offset: int = 0) -> dict[str, StationChange]:
    """Return a page of what a revision changed, by id of the station."""
    listed = sa.select(changes).where(changes.c.seq == seq).order_by(changes.c.station_id)
    rows = connection.execute(listed.limit(limit).offset(offset))
    return {
        row.station_id: (row.before and station_of(row.before), row.after and station_of(row.after)) for row in rows
    }


def has_new_header(connection: sa.Connection, seq: int) -> bool:
    """Tell whether a revision changed what the registry says of itself."""
    kept = sa.select(revisions.c.header_after).where(revisions.c.seq == seq)
    return connection.execute(kept).scalar() is not None


def later_changes(
    connection: sa.Connection, latest: Head, seq: int, station_ids: Collection[str]
) -> dict[str, list[Entry]]:
    """Return the revisions after another that changed stations, the latest first, by id."""
    found: dict[str, list[Entry]] = {}
    if not station_ids:
        return found
    later = journal.select_entries(changes.c.station_id).join(changes, changes.c.seq == revisions.c.seq)
    ours = revisions.c.registry_id == latest.registry_id, revisions.c.seq > seq
    chosen = later.where(*ours, changes.c.station_id.in_(list(station_ids))).order_by(revisions.c.seq.desc())
    for row in connection.execute(chosen):
        found.setdefault(row._mapping["station_id"], []).append(journal.entry_of(row))
    return found


def revisions_since(connection: sa.Connection, latest: Head, since: datetime) -> list[Entry]:
    """Return the revisions from a moment on, the latest first."""
    ours = revisions.c.registry_id == latest.registry_id, revisions.c.at >= moment_text(since)
    listed = journal.select_entries().where(*ours).order_by(revisions.c.seq.desc())
    return [journal.entry_of(row) for row in connection.execute(listed)]


def _conditions(latest: Head, chosen: HistoryFilter) -> list[sa.ColumnElement[bool]]:
    found = [revisions.c.registry_id == latest.registry_id]
    if chosen.author:
        found.append(revisions.c.author.contains(chosen.author, autoescape=True))
    if chosen.kind:
        found.append(revisions.c.kind == chosen.kind)
    if chosen.station_id:
        of_station = sa.select(changes.c.seq).where(changes.c.station_id == chosen.station_id)
        found.append(revisions.c.seq.in_(of_station))
    if chosen.first:
        found.append(revisions.c.at >= moment_text(_midnight(chosen.first)))
    if chosen.last:
        found.append(revisions.c.at < moment_text(_midnight(chosen.last + timedelta(days=1))))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE)
