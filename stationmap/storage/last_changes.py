"""When each station was changed last, as the journal knows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from stationmap.storage.journal import Head
from stationmap.storage.moments import moment
from stationmap.storage.schema import changes, revisions


def last_changes(connection: sa.Connection, latest: Head, *, after: int = 0) -> dict[str, int]:
    """Return the latest revision, by number, that changed each station; of those after a revision."""
    chosen = sa.select(changes.c.station_id, sa.func.max(changes.c.seq))
    chosen = chosen.join_from(changes, revisions, changes.c.seq == revisions.c.seq)
    ours = revisions.c.registry_id == latest.registry_id, changes.c.seq > after
    rows = connection.execute(chosen.where(*ours).group_by(changes.c.station_id))
    return {station_id: int(seq) for station_id, seq in rows}


def moments_of(connection: sa.Connection, seqs: Iterable[int]) -> dict[int, datetime]:
    """Return when some revisions, by number, were made."""
    chosen = sa.select(revisions.c.seq, revisions.c.at).where(revisions.c.seq.in_(list(seqs)))
    return {row.seq: moment(row.at) for row in connection.execute(chosen)}


def change_moments(connection: sa.Connection, latest: Head, *, first: str, last: str) -> dict[str, datetime]:
    """Return when each of the stations from one id to another was changed last, of those that ever were."""
    chosen = sa.select(changes.c.station_id, sa.func.max(revisions.c.at))
    chosen = chosen.join_from(changes, revisions, changes.c.seq == revisions.c.seq)
    ours = revisions.c.registry_id == latest.registry_id, changes.c.station_id.between(first, last)
    rows = connection.execute(chosen.where(*ours).group_by(changes.c.station_id))
    return {station_id: moment(at) for station_id, at in rows}
