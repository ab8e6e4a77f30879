"""Work that takes longer than an answer may: begun, polled, cancelled.

A process keeps its own jobs: few of them, of few bytes and not for long. Nothing is left of a cancelled one.
"""

from __future__ import annotations

import gzip
import secrets
import time
from collections.abc import Hashable
from threading import Lock
from typing import Any

import orjson

from stationmap.web.audit.computations import Answer, Computation, ComputationQueue, QueueFullError, Work

MAX_KEPT = 32
MAX_BYTES = 64 * 1_048_576
KEPT_S = 900.0  # a result, after it was first known
ID_OCTETS = 16


class Job:
    """One client's share in a computation, under an id nobody else knows."""

    def __init__(self, kind: str, computation: Computation) -> None:
        self.id, self.kind, self.computation = secrets.token_urlsafe(ID_OCTETS), kind, computation
        self.known_s: float | None = None
        self._document: bytes | None = None
        self._lock = Lock()

    @property
    def answer(self) -> Answer | None:
        """The result, once there is one."""
        return self.computation.answer if self.computation.status == "done" else None

    @property
    def is_over(self) -> bool:
        """Whether it is done, or will never be."""
        return self.computation.ended.is_set()

    @property
    def size(self) -> int:
        """How many bytes it keeps."""
        return (self.answer.size if self.answer else 0) + len(self._document or b"")

    def summary(self) -> dict[str, Any]:
        """Return status, progress and phase; a job is reported as done only together with its result (`document`)."""
        own = self.computation
        status = "running" if own.status == "done" or (not self.is_over and own.status == "failed") else own.status
        found = {"id": self.id, "kind": self.kind, "status": status, "progress": own.progress, "phase": own.phase}
        return found | {"detail": own.fault and str(own.fault)} if status == "failed" else found

    def document(self) -> bytes:
        """Return summary and result, compressed; made once, however often it is requested."""
        with self._lock:
            if self._document is None:
                assert self.answer is not None
                head = orjson.dumps(self.summary() | {"status": "done"})[:-1] + b',"result":'
                self._document = gzip.compress(head + gzip.decompress(self.answer.data) + b"}", 1, mtime=0)
            return self._document


class Jobs:
    """The jobs of a process, run by a queue of computations."""

    def __init__(
        self, queue: ComputationQueue, *, max_kept: int = MAX_KEPT, max_bytes: int = MAX_BYTES, kept_s: float = KEPT_S
    ) -> None:
        self._queue, self._max_kept, self._max_bytes, self._kept_s = queue, max_kept, max_bytes, kept_s
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()

    def begin(self, kind: str, key: Hashable, work: Work) -> Job:
        """Begin work, or join equal work; raises QueueFullError."""
        job = Job(kind, self._queue.join(key, work))
        with self._lock:
            self._evict()
            if len(self._jobs) < self._max_kept:
                self._jobs[job.id] = job
                return job
        self._queue.leave(job.computation)
        raise QueueFullError

    def get(self, job_id: str) -> Job | None:
        """Return a job, unless there is none of this id, or no more."""
        with self._lock:
            self._evict()
            return self._jobs.get(job_id)

    def cancel(self, job_id: str) -> bool:
        """Drop a job and its result; tell whether there was one."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
        if job is not None:
            self._queue.leave(job.computation)
        return job is not None

    def __len__(self) -> int:
        return len(self._jobs)

    def _evict(self) -> None:
        """Drop results that were kept long enough, and the oldest where there are more than may be kept."""
        now_s = time.monotonic()
        over = [job for job in self._jobs.values() if job.is_over]
        for job in over:
            job.known_s = job.known_s or now_s
        kept_bytes = sum(job.size for job in over)
        for job in over:
            is_old = job.known_s is not None and now_s - job.known_s > self._kept_s
            if is_old or len(self._jobs) >= self._max_kept or kept_bytes > self._max_bytes:
                kept_bytes -= job.size
                del self._jobs[job.id]
                self._queue.leave(job.computation)
