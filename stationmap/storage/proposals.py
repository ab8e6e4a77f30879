"""Changes that somebody may not make alone, until somebody decides who may: each is decided once.

Whoever accepts one begins to (`begin_accepting`), changes the registry, and says what was taken (`finish_accepting`):
nobody else can decide it meanwhile. Where a process ends in between, it may be begun again after a while.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import orjson
import sqlalchemy as sa

from stationmap.editing.edits import Edit
from stationmap.errors import StorageError
from stationmap.storage.kept_text import station_of, station_text
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import proposals

Refusal = Literal["rejected", "withdrawn"]
Decision = Literal["accepting", "accepted"] | Refusal
BUSY_FOR = timedelta(minutes=2)
"""How long somebody may take to accept a proposal before another may begin to."""
MAX_ANSWER_LENGTH = 2_000


class Proposal(NamedTuple):
    """A change that waits or was decided; `taken` are the stations whose part of it was accepted."""

    number: int
    at: datetime
    login: str
    author: str
    reason: str
    districts: tuple[str, ...]
    edits: tuple[Edit, ...]
    taken: frozenset[str]
    decided_at: datetime | None
    decided_by: str
    decision: Decision | None
    answer: str

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return self.decision in (None, "accepting")


class Listed(NamedTuple):
    """A proposal in a list, without what it would change."""

    number: int
    at: datetime
    login: str
    author: str
    reason: str
    districts: tuple[str, ...]
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str


def add(
    connection: sa.Connection,
    registry_id: int,
    edits: Iterable[Edit],
    *,
    login: str,
    author: str,
    reason: str,
    districts: Iterable[str],
    at: datetime,
) -> int:
    """Keep a change for somebody to decide, and return its number: that of the same one if it waits already."""
    document = _document(edits)
    table = proposals.c
    same = sa.and_(table.registry_id == registry_id, table.login == login, table.edits == document)
    known = connection.execute(sa.select(table.id).where(same, table.decision.is_(None))).scalar()
    if known is not None:
        return int(known)
    row = {"registry_id": registry_id, "at": moment_text(at), "login": login, "author": author, "reason": reason}
    codes = orjson.dumps(sorted(set(districts))).decode()
    added = connection.execute(sa.insert(proposals).values(row | {"districts": codes, "edits": document}))
    assert added.inserted_primary_key is not None
    return int(added.inserted_primary_key[0])


def found(connection: sa.Connection, registry_id: int, number: int) -> Proposal | None:
    """Return a proposal by its number, None where there is none; raises StorageError where it is damaged."""
    wanted = proposals.c.registry_id == registry_id, proposals.c.id == number
    row = connection.execute(sa.select(proposals).where(*wanted)).one_or_none()
    if row is None:
        return None
    try:
        parts = orjson.loads(zlib.decompress(row.edits))
        edits = tuple(Edit(part["id"], _station(part["base"]), _station(part["mine"])) for part in parts)
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"建议 {number}: 内容已损坏 what it would change is damaged") from error
    taken = frozenset(part["id"] for part in parts if part.get("taken"))
    return Proposal(
        *(row.id, moment(row.at), row.login, row.author, row.reason, tuple(orjson.loads(row.districts))),
        *(edits, taken, _moment(row.decided_at), row.decided_by or "", row.decision, row.answer or ""),
    )


def listed(
    connection: sa.Connection, registry_id: int, *, login: str | None = None, is_open: bool = True, most: int = 200
) -> list[Listed]:
    """Return the proposals that wait, the earliest first, or those that do not, the latest first; of one, or of all."""
    table = proposals.c
    columns = (table.id, table.at, table.login, table.author, table.reason, table.districts)
    waits = sa.or_(table.decision.is_(None), table.decision == "accepting")
    chosen = sa.select(*columns, table.decision, table.decided_at, table.decided_by)
    chosen = chosen.where(table.registry_id == registry_id, waits if is_open else sa.not_(waits)).limit(most)
    if login is not None:
        chosen = chosen.where(table.login == login)
    rows = connection.execute(chosen.order_by(table.id if is_open else table.id.desc()))
    return [
        Listed(
            *(row.id, moment(row.at), row.login, row.author, row.reason, tuple(orjson.loads(row.districts))),
            *(row.decision, _moment(row.decided_at), row.decided_by or ""),
        )
        for row in rows
    ]


def waiting(connection: sa.Connection, registry_id: int) -> int:
    """Return how many proposals wait for a decision."""
    table = proposals.c
    waits = sa.or_(table.decision.is_(None), table.decision == "accepting")
    counted = sa.select(sa.func.count()).where(table.registry_id == registry_id, waits)
    return int(connection.execute(counted).scalar_one())


def begin_accepting(connection: sa.Connection, number: int, *, by: str, at: datetime) -> bool:
    """Let nobody else decide a proposal for now; False where somebody has, or does so at this moment."""
    left_alone = sa.and_(proposals.c.decision == "accepting", proposals.c.decided_at < moment_text(at - BUSY_FOR))
    return _decided(connection, number, left_alone, decision="accepting", by=by, at=at)


def give_up_accepting(connection: sa.Connection, number: int) -> None:
    """Let a proposal wait again: the registry could not be changed."""
    waits = sa.and_(proposals.c.id == number, proposals.c.decision == "accepting")
    connection.execute(sa.update(proposals).where(waits).values(decision=None, decided_at=None, decided_by=None))


def finish_accepting(
    connection: sa.Connection, proposal: Proposal, taken: Collection[str], *, by: str, at: datetime, answer: str = ""
) -> None:
    """Note that the registry was changed as proposed, at least the stations `taken`."""
    values = {"decision": "accepted", "decided_by": by, "decided_at": moment_text(at), "answer": answer}
    changed = sa.update(proposals).where(proposals.c.id == proposal.number)
    connection.execute(changed.values(**values, edits=_document(proposal.edits, taken)))


def decide(
    connection: sa.Connection,
    number: int,
    decision: Refusal,
    *,
    by: str,
    at: datetime,
    answer: str = "",
) -> bool:
    """Decide that a proposal changes nothing; False where somebody decided it before."""
    return _decided(connection, number, sa.false(), decision=decision, by=by, at=at, answer=answer)


def _decided(
    connection: sa.Connection, number: int, also: sa.ColumnElement[bool], *, by: str, at: datetime, **values: str
) -> bool:
    waits = sa.and_(proposals.c.id == number, sa.or_(proposals.c.decision.is_(None), also))
    changed = sa.update(proposals).where(waits).values(decided_by=by, decided_at=moment_text(at), **values)
    return connection.execute(changed).rowcount == 1


def _document(edits: Iterable[Edit], taken: Collection[str] = ()) -> bytes:
    parts: list[dict[str, Any]] = [
        {"id": each.station_id, "base": station_text(each.base), "mine": station_text(each.mine)}
        | ({"taken": True} if each.station_id in taken else {})
        for each in edits
    ]
    return zlib.compress(orjson.dumps(parts))


def _station(text: str | None) -> Any:
    return None if text is None else station_of(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)
