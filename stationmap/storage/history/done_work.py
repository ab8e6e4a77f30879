"""What was done since a moment, by whom: stations that were changed, and those that were verified."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.storage.history.revision_pages import revisions_since
from stationmap.storage.journal import Head
from stationmap.storage.moments import moment_text
from stationmap.storage.schema import changes, revisions

Verified = MutableMapping[int, frozenset[str]]
"""The stations that each revision verified: of one that is known nothing is read again."""


class DoneWork(NamedTuple):
    """What somebody did: how many stations they changed, and of how many they renewed the day of the check."""

    author: str
    changed: int
    verified: int


def done_work(connection: sa.Connection, latest: Head, since: datetime, known: Verified) -> list[DoneWork]:
    """Return what was done from a moment on, whoever did most first; `known` is filled."""
    joined = changes.join(revisions, revisions.c.seq == changes.c.seq)
    counted = (
        sa.select(revisions.c.author, sa.func.count(changes.c.station_id.distinct()).label("changed"))
        .select_from(joined)
        .where(revisions.c.registry_id == latest.registry_id, revisions.c.at >= moment_text(since))
        .group_by(revisions.c.author)
    )
    verified: dict[str, set[str]] = {}
    for entry in revisions_since(connection, latest, since):
        if entry.seq not in known:
            known[entry.seq] = _verified_in(connection, entry.seq)
        verified.setdefault(entry.author, set()).update(known[entry.seq])
    found = [DoneWork(row.author, row.changed, len(verified[row.author])) for row in connection.execute(counted)]
    return sorted(found, key=lambda each: (-each.changed, each.author))


def _verified_in(connection: sa.Connection, seq: int) -> frozenset[str]:
    rows = connection.execute(sa.select(changes).where(changes.c.seq == seq, changes.c.after.is_not(None)))
    return frozenset(row.station_id for row in rows if _is_verified(row.before, row.after))


def _is_verified(before: str | None, after: str) -> bool:
    renewed = _checked(after)
    return renewed is not None and renewed != (_checked(before) if before else None)


def _checked(line: str) -> Any:
    return (orjson.loads(line)["properties"].get("verified") or {}).get("on")
