"""Work that takes longer than an answer may: begun, asked about, called off.

A process keeps its own jobs, few of them, of few bytes and not for long. Of one that was called off nothing is left.
"""

from __future__ import annotations

import gzip
import secrets
import time
from collections.abc import Hashable
from threading import Lock
from typing import Any

import orjson

from stationmap.web.audit.desk import Answer, Computation, Desk, TooManyError, Work

MOST_KEPT = 32
MOST_BYTES = 64 * 1_048_576
KEPT_S = 900.0  # a result, after it was first known
ID_OCTETS = 16


class Job:
    """Somebody's claim to a computation, under a name nobody else knows."""

    def __init__(self, kind: str, computation: Computation) -> None:
        self.id, self.kind, self.computation = secrets.token_urlsafe(ID_OCTETS), kind, computation
        self.known_s: float | None = None
        self._document: bytes | None = None
        self._lock = Lock()

    @property
    def answer(self) -> Answer | None:
        """The result, once there is one."""
        return self.computation.answer if self.computation.phase == "done" else None

    @property
    def is_over(self) -> bool:
        """Whether it is done, or will never be."""
        return self.computation.ended.is_set()

    @property
    def size(self) -> int:
        """How many bytes it keeps."""
        return (self.answer.size if self.answer else 0) + len(self._document or b"")

    def told(self) -> dict[str, Any]:
        """Return how far it is; that it is done is said with its result only (`document`)."""
        own = self.computation
        phase = "running" if own.phase == "done" or (not self.is_over and own.phase == "failed") else own.phase
        told = {"id": self.id, "kind": self.kind, "state": phase, "progress": own.progress, "phase": own.doing}
        return told | {"detail": own.fault and str(own.fault)} if phase == "failed" else told

    def document(self) -> bytes:
        """Return what is told with the result, compressed; made once, however often it is asked for."""
        with self._lock:
            if self._document is None:
                assert self.answer is not None
                head = orjson.dumps(self.told() | {"state": "done"})[:-1] + b',"result":'
                self._document = gzip.compress(head + gzip.decompress(self.answer.data) + b"}", 1, mtime=0)
            return self._document


class Jobs:
    """The jobs of a process, worked at by a desk."""

    def __init__(
        self, desk: Desk, *, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES, kept_s: float = KEPT_S
    ) -> None:
        self._desk, self._most_kept, self._most_bytes, self._kept_s = desk, most_kept, most_bytes, kept_s
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()

    def begin(self, kind: str, key: Hashable, work: Work) -> Job:
        """Take on work, or a share in the same; raises TooManyError."""
        job = Job(kind, self._desk.join(key, work))
        with self._lock:
            self._forget()
            if len(self._jobs) < self._most_kept:
                self._jobs[job.id] = job
                return job
        self._desk.leave(job.computation)
        raise TooManyError

    def get(self, job_id: str) -> Job | None:
        """Return a job, unless there is none of this id, or no more."""
        with self._lock:
            self._forget()
            return self._jobs.get(job_id)

    def call_off(self, job_id: str) -> bool:
        """Drop a job and its result; tell whether there was one."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
        if job is not None:
            self._desk.leave(job.computation)
        return job is not None

    def __len__(self) -> int:
        return len(self._jobs)

    def _forget(self) -> None:
        """Drop what was known long enough, and the oldest of what is more than may be kept."""
        now_s = time.monotonic()
        over = [job for job in self._jobs.values() if job.is_over]
        for job in over:
            job.known_s = job.known_s or now_s
        kept_bytes = sum(job.size for job in over)
        for job in over:
            is_old = job.known_s is not None and now_s - job.known_s > self._kept_s
            if is_old or len(self._jobs) >= self._most_kept or kept_bytes > self._most_bytes:
                kept_bytes -= job.size
                del self._jobs[job.id]
                self._desk.leave(job.computation)
