"""Old revisions grow few: after 90 days those of one week become one, which keeps who changed what, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa

from stationmap.storage import journal
from stationmap.storage.journal import Entry, Head
from stationmap.storage.moments import moment, moment_text, week_of
from stationmap.storage.schema import changes, revisions

KEPT = timedelta(days=90)
MAX_TEXT_LENGTH = 2_000


def thin(connection: sa.Connection, latest: Head, now: datetime) -> int:
    """Merge the revisions of each week that ended more than 90 days ago; returns how many are no longer apart.

    The first revision stays, and every one that the file may still have to catch up with.
    """
    old = (
        sa.select(revisions.c.seq, revisions.c.at)
        .where(
            revisions.c.registry_id == latest.registry_id,
            revisions.c.at < moment_text(now - KEPT),
            revisions.c.seq < latest.published_seq,
            revisions.c.kind != "begin",
        )
        .order_by(revisions.c.seq)
    )
    weeks: list[list[int]] = []
    for _, week in groupby(connection.execute(old), key=lambda row: week_of(moment(row.at))):
        weeks.append([row.seq for row in week])
    many = {seq for week in weeks if len(week) > 1 for seq in week}
    if not many:
        return 0
    entries = {entry.seq: entry for entry in journal.entries(connection, latest) if entry.seq in many}
    for seqs in weeks:
        if len(seqs) > 1:
            _merge(connection, [entries[seq] for seq in seqs])
    return sum(len(seqs) - 1 for seqs in weeks)


def _merge(connection: sa.Connection, week: Sequence[Entry]) -> None:
    *earlier, last = week
    seqs = [entry.seq for entry in week]
    rows = connection.execute(sa.select(changes).where(changes.c.seq.in_(seqs)).order_by(changes.c.seq)).all()
    merged: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        before, _ = merged.get(row.station_id, (row.before, None))
        merged[row.station_id] = before, row.after
    headers = connection.execute(
        sa.select(revisions.c.header_before, revisions.c.header_after)
        .where(revisions.c.seq.in_(seqs), revisions.c.header_before.is_not(None))
        .order_by(revisions.c.seq)
    ).all()
    connection.execute(sa.delete(changes).where(changes.c.seq.in_(seqs)))
    kept = [
        {"seq": last.seq, "station_id": station_id, "before": before, "after": after}
        for station_id, (before, after) in merged.items()
        if before != after
    ]
    if kept:
        connection.execute(sa.insert(changes), kept)
    connection.execute(sa.delete(revisions).where(revisions.c.seq.in_([entry.seq for entry in earlier])))
    connection.execute(
        sa.update(revisions)
        .where(revisions.c.seq == last.seq)
        .values(
            parent=week[0].parent,
            author=_joined((entry.author for entry in week), ", "),
            reason=_joined((entry.reason for entry in week), "; "),
            kind=last.kind if len({entry.kind for entry in week}) == 1 else "bulk",
            header_before=headers[0].header_before if headers else None,
            header_after=headers[-1].header_after if headers else None,
            merged=sum(entry.merged for entry in week),
        )
    )


def _joined(texts: Iterable[str], between: str) -> str:
    return between.join(dict.fromkeys(filter(None, texts)))[:MAX_TEXT_LENGTH]
