"""Work that takes longer than an answer may, as every process knows it: begun, followed, ended, dropped.

Functions on a connection of `Database`. The process that works at a job says every few seconds that it lives; a job of
which nothing was heard for a while is lost, and whoever waits for it learns so.
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


class Result(NamedTuple):
    """What came of a job: `document` as it is sent, and the `proposal` that files are made of, empty without one."""

    document: bytes
    media_type: str
    proposal: bytes = b""

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return len(self.document) + len(self.proposal)


def begin(connection: sa.Connection, *, owner: str, most: int, kind: str, worker: str, at: datetime) -> str:
    """Add a job that a worker will do and return its id, which opens it; raises TooManyJobsError.

    An owner may have `most` jobs open at a time, so that nobody can take all of them.
    """
    _tidy(connection, at)
    if _count(connection, jobs.c.status.in_(_OPEN)) >= MAX_OPEN:
        raise TooManyJobsError
    if _count(connection, jobs.c.status.in_(_OPEN), jobs.c.owner == owner) >= most:
        raise TooManyJobsError(f"You have {most} jobs at work; wait for one, or cancel it.")
    job_id = secrets.token_urlsafe(ID_OCTETS)
    about = {"id": job_id, "owner": owner, "kind": kind, "worker": worker, "status": "waiting"}
    blank = {"progress": 0.0, "phase": "", "detail": "", "media_type": "", "size": 0}
    connection.execute(
        sa.insert(jobs).values(**about, **blank, **dict.fromkeys(("created_at", "seen_at"), moment_text(at)))
    )
    return job_id


def find(connection: sa.Connection, job_id: str, *, at: datetime) -> Job | None:
    """Return how far a job is, None where there is none, or none any more."""
    chosen = sa.select(*(jobs.c[name] for name in Job._fields), jobs.c.seen_at, jobs.c.ended_at)
    row = connection.execute(chosen.where(jobs.c.id == job_id)).one_or_none()
    if row is None or (row.ended_at and moment(row.ended_at) <= at - KEPT):
        return None
    found = Job(*row[: len(Job._fields)])
    is_lost = found.status in _OPEN and moment(row.seen_at) <= at - SILENCE
    return found._replace(status="lost") if is_lost else found


def result(connection: sa.Connection, job_id: str) -> Result | None:
    """Return the result of a job that is done, None where there is none."""
    chosen = sa.select(jobs.c.result, jobs.c.media_type, jobs.c.proposal)
    row = connection.execute(chosen.where(jobs.c.id == job_id, jobs.c.status == "done")).one_or_none()
    return None if row is None else Result(row.result, row.media_type, row.proposal or b"")


def wanted(connection: sa.Connection, job_ids: Iterable[str]) -> set[str]:
    """Return those of some jobs that nobody has dropped."""
    return set(connection.execute(sa.select(jobs.c.id).where(jobs.c.id.in_(list(job_ids)))).scalars())


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
    silent = jobs.c.status.in_(_OPEN), jobs.c.seen_at <= moment_text(at - SILENCE)
    connection.execute(sa.update(jobs).where(*silent).values(status="lost", ended_at=moment_text(at)))
    connection.execute(sa.delete(jobs).where(jobs.c.ended_at <= moment_text(at - KEPT)))
    ended = sa.select(jobs.c.id, jobs.c.size).where(jobs.c.ended_at.is_not(None)).order_by(jobs.c.ended_at.desc())
    total, beyond = 0, []
    for number, row in enumerate(connection.execute(ended), start=1):
        total += row.size
        if number > MAX_RESULTS or total > MAX_BYTES:
            beyond.append(row.id)
    if beyond:
        connection.execute(sa.delete(jobs).where(jobs.c.id.in_(beyond)))


def _count(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*conditions)).scalar_one()


def _row(job_id: str) -> sa.Update:
    return sa.update(jobs).where(jobs.c.id == job_id)
