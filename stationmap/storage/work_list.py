"""What could not be merged, until somebody decides: nothing of it is lost meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.editing.edits import StationConflict
from stationmap.editing.fields import ABSENT
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import conflicts

_NOTHING = "absent"  # no JSON, so that no value can be taken for it


class OpenConflict(NamedTuple):
    """A conflict that waits: `mine` was not taken, `theirs` stands in the registry; `station_id` "" is the header."""

    number: int
    at: datetime
    author: str
    station_id: str
    field: str
    base: Any
    mine: Any
    theirs: Any


def add(
    connection: sa.Connection, registry_id: int, found: Iterable[StationConflict], *, at: datetime, author: str
) -> None:
    """Keep conflicts for somebody to decide."""
    rows = [
        {
            "registry_id": registry_id,
            "at": moment_text(at),
            "author": author,
            "station_id": one.station_id,
            "field": field.name,
            "base": _json(field.base),
            "mine": _json(field.mine),
            "theirs": _json(field.theirs),
        }
        for one in found
        for field in one.fields
    ]
    connection.execute(sa.insert(conflicts), rows)


def waiting(connection: sa.Connection, registry_id: int) -> list[OpenConflict]:
    """Return the conflicts that nobody has decided yet, the earliest first."""
    table = conflicts.c
    chosen = sa.select(conflicts).where(table.registry_id == registry_id, table.settled_at.is_(None))
    return [
        OpenConflict(
            *(row.id, moment(row.at), row.author, row.station_id, row.field),
            *map(_value, (row.base, row.mine, row.theirs)),
        )
        for row in connection.execute(chosen.order_by(table.id))
    ]


def settle(connection: sa.Connection, registry_id: int, number: int, *, at: datetime) -> bool:
    """Take one conflict off the list; False where somebody did before, so that each is decided once."""
    ours = conflicts.c.registry_id == registry_id, conflicts.c.id == number, conflicts.c.settled_at.is_(None)
    decided = sa.update(conflicts).where(*ours).values(settled_at=moment_text(at))
    return connection.execute(decided).rowcount == 1


def _json(value: Any) -> str:
    return _NOTHING if value is ABSENT else orjson.dumps(value).decode()


def _value(text: str) -> Any:
    return ABSENT if text == _NOTHING else orjson.loads(text)
