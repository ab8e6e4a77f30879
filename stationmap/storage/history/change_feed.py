"""What changed between two revisions of a registry: the last state of each station, page by page.

Both revisions are known by number and by digest: where a database was begun anew or put back from a backup, the same
numbers stand for something else. An answer about two revisions of the journal is the same whatever happens after them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from stationmap.registry.registry import Registry
from stationmap.storage import journal
from stationmap.storage.journal import Head
from stationmap.storage.kept_text import registry_of, station_of
from stationmap.storage.moments import moment
from stationmap.storage.schema import changes, revisions, stations

BEGINNING = 0
"""The number of the revision before the first, in which there was nothing."""
_IDS = 5_000


class Mark(NamedTuple):
    """A revision: its number, its digest, how many stations it has."""

    seq: int
    revision: str
    stations: int


class StationState(NamedTuple):
    """A station after a revision that changed it, number `seq`: its line, None where it was removed."""

    id: str
    seq: int
    at: datetime
    line: str | None


class StationPage(NamedTuple):
    """Stations, and the id after which the next page begins, empty on the last."""

    states: list[StationState]
    beyond: str


def mark_of(connection: sa.Connection, latest: Head, seq: int) -> Mark | None:
    """Return a revision by its number, None where the journal has none, or no longer: it was merged into another."""
    chosen = sa.select(revisions.c.seq, revisions.c.revision, revisions.c.stations)
    row = connection.execute(chosen.where(_ours(latest), revisions.c.seq == seq)).one_or_none()
    return None if row is None else Mark(*row)


def latest_with(connection: sa.Connection, latest: Head, revision: str) -> Mark | None:
    """Return the latest revision with a digest."""
    named = sa.select(sa.func.max(revisions.c.seq)).where(_ours(latest), revisions.c.revision == revision)
    found = connection.execute(named).scalar()
    return None if found is None else mark_of(connection, latest, found)


def has_new_header(connection: sa.Connection, latest: Head, after: int, until: int) -> bool:
    """Tell whether what the registry says of itself was changed after a revision, up to another."""
    renewed = sa.select(revisions.c.seq).where(
        _ours(latest), revisions.c.seq > after, revisions.c.seq <= until, revisions.c.header_before.is_not(None)
    )
    return after == BEGINNING or connection.execute(renewed.limit(1)).first() is not None


def header_at(connection: sa.Connection, latest: Head, until: int) -> Registry:
    """Return what the registry said of itself after a revision, as one without stations."""
    renewed = sa.select(revisions.c.header_before).where(
        _ours(latest), revisions.c.seq > until, revisions.c.header_before.is_not(None)
    )
    first_after = connection.execute(renewed.order_by(revisions.c.seq).limit(1)).scalar()
    return registry_of((), first_after or latest.header)


def changed_stations(
    connection: sa.Connection, latest: Head, after: int, until: int, *, beyond: str = "", limit: int
) -> StationPage:
    """Return what stations that changed after one revision are after another, in the order of their ids.

    Those whose ids come after `beyond`, at most `limit`. After `BEGINNING` that is every station.
    """
    ids = _all_ids if after == BEGINNING else _changed_ids
    chosen = ids(latest, after, until, beyond, limit + 1)
    found: list[str] = list(connection.execute(chosen).scalars())
    shown, more = found[:limit], len(found) > limit
    states = _last_states(connection, latest, shown, until)
    if after == BEGINNING:
        states |= _first_states(connection, latest, [each for each in shown if each not in states], until)
        states = {each: state for each, state in states.items() if state.line}
    return StationPage([states[each] for each in shown if each in states], shown[-1] if more else "")


def registry_at_head(connection: sa.Connection, latest: Head, known: Registry) -> Registry:
    """Return the latest revision; where the journal has the one that is `known`, only what changed since is read."""
    if known.revision == latest.revision:
        return known
    mark = latest_with(connection, latest, known.revision)
    if mark is None:
        return journal.stored(connection, latest)
    since = sa.select(sa.func.count()).where(changes.c.seq.in_(_seqs(latest, mark.seq, latest.seq)))
    count = int(connection.execute(since).scalar_one())
    page = changed_stations(connection, latest, mark.seq, latest.seq, limit=count)
    changed = {each.id: station_of(each.line) if each.line else None for each in page.states}
    said = header_at(connection, latest, latest.seq)
    return known.with_changes(changed, meta=said.meta, members=said.members)


def _changed_ids(latest: Head, after: int, until: int, beyond: str, count: int) -> sa.Select[Any]:
    """Select the first stations beyond one that changed after a revision, up to another."""
    named = changes.c.station_id
    chosen = sa.select(named).where(changes.c.seq.in_(_seqs(latest, after, until)), named > beyond)
    return chosen.distinct().order_by(named).limit(count)


def _all_ids(latest: Head, _: int, until: int, beyond: str, count: int) -> sa.Select[Any]:
    """Select the first stations beyond one that there were after a revision; those as well that came later."""
    known = sa.select(stations.c.id).where(stations.c.registry_id == latest.registry_id, stations.c.id > beyond)
    # The first of both are among the first of each.
    now = known.order_by(stations.c.id).limit(count).subquery()
    later = _changed_ids(latest, until, latest.seq, beyond, count).subquery()
    both = sa.union(sa.select(now.c.id), sa.select(later.c.station_id)).subquery()
    return sa.select(both.c.id).order_by(both.c.id).limit(count)


def _last_states(connection: sa.Connection, latest: Head, ids: Collection[str], until: int) -> dict[str, StationState]:
    """Return what stations are after the last revision that changed them, up to another."""
    found: dict[str, StationState] = {}
    for some in _batched(ids):
        last = (
            sa.select(changes.c.station_id, sa.func.max(changes.c.seq).label("seq"))
            .join(revisions, revisions.c.seq == changes.c.seq)
            .where(_ours(latest), changes.c.station_id.in_(some), changes.c.seq <= until)
            .group_by(changes.c.station_id)
            .subquery()
        )
        both = sa.and_(changes.c.station_id == last.c.station_id, changes.c.seq == last.c.seq)
        chosen = (
            sa.select(changes.c.station_id, changes.c.seq, revisions.c.at, changes.c.after)
            .join(last, both)
            .join(revisions, revisions.c.seq == changes.c.seq)
        )
        rows = connection.execute(chosen)
        found |= {row.station_id: StationState(row.station_id, row.seq, moment(row.at), row.after) for row in rows}
    return found


def _first_states(connection: sa.Connection, latest: Head, ids: Collection[str], until: int) -> dict[str, StationState]:
    """Return what stations were from the first revision on that no revision changed up to another, if they were."""
    begun = sa.select(revisions.c.seq, revisions.c.at).where(_ours(latest)).order_by(revisions.c.seq).limit(1)
    first = connection.execute(begun).one()
    lines: dict[str, str | None] = {}
    for some in _batched(ids):
        now = sa.select(stations.c.id, stations.c.line).where(
            stations.c.registry_id == latest.registry_id, stations.c.id.in_(some)
        )
        lines |= {row.id: row.line for row in connection.execute(now)}
        later = (
            sa.select(changes.c.station_id, changes.c.before)
            .where(changes.c.station_id.in_(some), changes.c.seq.in_(_seqs(latest, until, latest.seq)))
            .order_by(changes.c.seq.desc())
        )
        lines |= {row.station_id: row.before for row in connection.execute(later)}  # the earliest stays
    return {each: StationState(each, first.seq, moment(first.at), line) for each, line in lines.items() if line}


def _batched(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield ids in lists that a statement may hold."""
    listed = list(ids)
    for start in range(0, len(listed), _IDS):
        yield listed[start : start + _IDS]


def _ours(latest: Head) -> sa.ColumnElement[bool]:
    return revisions.c.registry_id == latest.registry_id


def _seqs(latest: Head, after: int, until: int) -> sa.Select[tuple[int]]:
    return sa.select(revisions.c.seq).where(_ours(latest), revisions.c.seq > after, revisions.c.seq <= until)
