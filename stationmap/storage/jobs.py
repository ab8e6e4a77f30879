"""Work that takes longer than an answer may, as all processes know it: begun, followed, taken over, ended, dropped.

Functions on a connection of `Database`. The process that works at a job says every few seconds that it lives. A job of
which nothing was heard for a while is taken over by another server; where none does, or it ends each of them, it is
lost, and whoever waits for it learns so.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from stationmap.errors import StationmapError
from stationmap.storage.moments import moment, moment_text
from stationmap.storage.schema import jobs

MAX_OPEN = 8
"""Jobs that wait or run, of everybody."""
MAX_RESULTS = 32
MAX_BYTES = 64 * 1_048_576
"""Of all results; the oldest go first."""
KEPT = timedelta(minutes=15)
"""How long a result is kept."""
SILENCE = timedelta(seconds=15)
"""After so long without a word the process that worked at a job is taken to have ended."""
TAKEN_WITHIN = timedelta(seconds=60)
"""After so long without a word nobody has taken it over."""
MAX_TAKEN = 2
"""How often a job is taken over: what ended three processes would end the next one, too."""
ID_OCTETS = 16

Status = Literal["waiting", "running", "done", "failed", "lost"]
_OPEN = ("waiting", "running")


class TooManyJobsError(StationmapError):
    """As many jobs wait or run as may, of everybody or of one owner."""


class Job(NamedTuple):
    """How far a job is; `detail` says why it failed, and is meant for its reader."""

    id: str
    kind: str
    status: Status
    progress: float
    phase: str
    detail: str


class TakenOver(NamedTuple):
    """A job that was taken over, and what it asks."""

    job: Job
    asked: bytes


class Result(NamedTuple):
    """What came of a job: `document` as it is sent, and the `proposal` that files are made of, empty without one."""

    document: bytes
    media_type: str
    proposal: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.document) + len(self.proposal)


def begin(
    connection: sa.Connection, *, owner: str, most: int, kind: str, worker: str, at: datetime, asked: bytes = b""
) -> str:
    """Add a job that a worker will do and return its id, which opens it; raises TooManyJobsError.

    An owner may have `most` jobs open at a time, so that nobody can take all of them. By what is `asked` another
    worker can take it over; without that none can.
    """
    _tidy(connection, at)
    if _count(connection, jobs.c.status.in_(_OPEN)) >= MAX_OPEN:
        raise TooManyJobsError
    if _count(connection, jobs.c.status.in_(_OPEN), jobs.c.owner == owner) >= most:
        raise TooManyJobsError(f"You have {most} jobs at work; wait for one, or cancel it.")
    job_id = secrets.token_urlsafe(ID_OCTETS)
    about: dict[str, Any] = {"id": job_id, "owner": owner, "kind": kind, "worker": worker, "status": "waiting"}
    about |= {"asked": asked or None}
    blank = {"progress": 0.0, "phase": "", "detail": "", "media_type": "", "size": 0}
    connection.execute(
        sa.insert(jobs).values(**about, **blank, **dict.fromkeys(("created_at", "seen_at"), moment_text(at)))
    )
    return job_id


def find(connection: sa.Connection, job_id: str, *, at: datetime) -> Job | None:
    """Return how far a job is, None where there is none, or none any more."""
    chosen = sa.select(*(jobs.c[name] for name in Job._fields), jobs.c.seen_at, jobs.c.ended_at, _IS_TAKEN.label("may"))
    row = connection.execute(chosen.where(jobs.c.id == job_id)).one_or_none()
    if row is None or (row.ended_at and moment(row.ended_at) <= at - KEPT):
        return None
    found = Job(*row[: len(Job._fields)])
    is_lost = found.status in _OPEN and moment(row.seen_at) <= at - (TAKEN_WITHIN if row.may else SILENCE)
    return found._replace(status="lost") if is_lost else found


def result(connection: sa.Connection, job_id: str) -> Result | None:
    """Return the result of a job that is done, None where there is none."""
    chosen = sa.select(jobs.c.result, jobs.c.media_type, jobs.c.proposal)
    row = connection.execute(chosen.where(jobs.c.id == job_id, jobs.c.status == "done")).one_or_none()
    return None if row is None else Result(row.result, row.media_type, row.proposal or b"")


def wanted(connection: sa.Connection, job_ids: Iterable[str], worker: str) -> dict[str, bool]:
    """Return those of some jobs of a worker that nobody has dropped or taken over, and whether each is to end now."""
    own = jobs.c.id.in_(list(job_ids)), jobs.c.worker == worker
    chosen = sa.select(jobs.c.id, jobs.c.wanted_now).where(*own)
    return {job_id: bool(is_now) for job_id, is_now in connection.execute(chosen)}


def want_now(connection: sa.Connection, job_id: str) -> None:
    """Note that what was found so far is enough: whoever works at the job ends it with that."""
    connection.execute(_row(job_id).values(wanted_now=1))


def is_any_silent(connection: sa.Connection, at: datetime) -> bool:
    """Tell whether there is a job to take over: a question that keeps nobody from writing."""
    return connection.execute(sa.select(jobs.c.id).where(*_silent(at)).limit(1)).first() is not None


def take_over(connection: sa.Connection, worker: str, at: datetime) -> TakenOver | None:
    """Let a worker take over a job of which nothing was heard for a while, the oldest; None where there is none.

    Each is taken by one: what another worker has just claimed is passed over.
    """
    columns = *(jobs.c[name] for name in Job._fields), jobs.c.asked
    chosen = sa.select(*columns).where(*_silent(at)).order_by(jobs.c.created_at).limit(1)
    row = connection.execute(chosen.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    values = {"worker": worker, "seen_at": moment_text(at), "status": "waiting", "taken": jobs.c.taken + 1}
    connection.execute(_row(row.id).values(values))
    return TakenOver(Job(*row[: len(Job._fields)])._replace(status="waiting"), row.asked)


def note(connection: sa.Connection, job: Job, at: datetime) -> None:
    """Note how far a job is, and that whoever works at it lives."""
    values: dict[str, Any] = {"status": job.status, "progress": job.progress, "phase": job.phase}
    connection.execute(_row(job.id).values(**values, seen_at=moment_text(at), ended_at=None))


def finish(connection: sa.Connection, job_id: str, found: Result, at: datetime) -> None:
    """Keep the result of a job."""
    values = {"status": "done", "progress": 1.0, "phase": "", "result": found.document, "size": found.size}
    values |= {"media_type": found.media_type, "proposal": found.proposal or None}
    connection.execute(_row(job_id).values(**values, ended_at=moment_text(at)))
    _tidy(connection, at)


def fail(connection: sa.Connection, job_id: str, detail: str, at: datetime) -> None:
    """Note that nothing came of a job, and why, in words for its reader."""
    connection.execute(_row(job_id).values(status="failed", detail=detail, ended_at=moment_text(at)))


def drop(connection: sa.Connection, job_id: str) -> bool:
    """Cancel a job, or forget its result; tell whether there was one."""
    return connection.execute(sa.delete(jobs).where(jobs.c.id == job_id)).rowcount > 0


def _tidy(connection: sa.Connection, at: datetime) -> None:
    """Forget results that were kept long enough or are too many, and mark what was lost."""
    known = jobs.c.seen_at
    is_late = sa.or_(
        known <= moment_text(at - TAKEN_WITHIN), sa.and_(known <= moment_text(at - SILENCE), sa.not_(_IS_TAKEN))
    )
    connection.execute(
        sa.update(jobs).where(jobs.c.status.in_(_OPEN), is_late).values(status="lost", ended_at=moment_text(at))
    )
    connection.execute(sa.delete(jobs).where(jobs.c.ended_at <= moment_text(at - KEPT)))
    ended = sa.select(jobs.c.id, jobs.c.size).where(jobs.c.ended_at.is_not(None)).order_by(jobs.c.ended_at.desc())
    total, beyond = 0, []
    for number, row in enumerate(connection.execute(ended), start=1):
        total += row.size
        if number > MAX_RESULTS or total > MAX_BYTES:
            beyond.append(row.id)
    if beyond:
        connection.execute(sa.delete(jobs).where(jobs.c.id.in_(beyond)))


_IS_TAKEN = sa.and_(jobs.c.asked.is_not(None), jobs.c.taken < MAX_TAKEN)
"""Whether another worker would take a job over."""


def _silent(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    silent = jobs.c.seen_at > moment_text(at - TAKEN_WITHIN), jobs.c.seen_at <= moment_text(at - SILENCE)
    return jobs.c.status.in_(_OPEN), *silent, _IS_TAKEN


def _count(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*conditions)).scalar_one()


def _row(job_id: str) -> sa.Update:
    return sa.update(jobs).where(jobs.c.id == job_id)
