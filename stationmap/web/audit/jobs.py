"""Work that takes longer than an answer may: begun, polled, ended early, cancelled, in any process.

The process that begins a job works at it and writes into the database how far it is; any other answers from there. So a
result outlasts its process, and work whose process ended is done by another. Of a job that is ended early the best
so far is left, of a cancelled one nothing.
"""

from __future__ import annotations

import gzip
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import orjson

from stationmap.errors import StorageError
from stationmap.web.audit.computations import Computation, ComputationQueue, QueueFullError, Work
from stationmap.web.tally import Tally

if TYPE_CHECKING:  # with the libraries of the database, which only a job needs
    from stationmap.storage.database import Database
    from stationmap.storage.jobs import Job, Result, Status

LOOK_S = 0.25
HEARTBEAT_S = 3.0
MAX_RESULT_BYTES = 16 * 1_048_576
DONE, FAILED, CANCELLED = "done", "failed", "cancelled"

Clock = Callable[[], datetime]

log = logging.getLogger("stationmap.audit")


class Jobs:
    """The jobs of everybody, of which this process works at those it has begun."""

    def __init__(self, database: Callable[[], Database], queue: ComputationQueue, clock: Clock) -> None:
        """Take what opens the database, the queue of this process, and what gives the moment."""
        self._database, self._queue, self._clock = database, queue, clock
        self._worker = secrets.token_hex(8)
        self._own: dict[str, _OwnJob] = {}
        self._lock = Lock()
        self._wake = Event()
        self._thread: Thread | None = None
        self.ended, self.seconds = Tally(), Tally()
        """How many jobs of this process have ended and how long they took, by kind and what became of them."""

    def begin(self, kind: str, key: Hashable, work: Work, *, owner: str, most: int, asked: bytes = b"") -> Job:
        """Begin work for an owner, who may have `most` jobs at work, or join equal work; raises QueueFullError.

        By what is `asked` another process can take the job over where this one ends.
        """
        from stationmap.storage import jobs

        computation = self._queue.join(key, work)
        at = self._clock()
        try:
            with self._database().writing() as connection:
                about: dict[str, Any] = {"owner": owner, "kind": kind, "worker": self._worker, "asked": asked}
                job_id = jobs.begin(connection, most=most, at=at, **about)
        except BaseException as error:
            self._queue.leave(computation)
            if isinstance(error, jobs.TooManyJobsError):
                raise QueueFullError(str(error)) from error
            raise
        own = _OwnJob(jobs.Job(job_id, kind, "waiting", 0.0, "", ""), computation)
        self._take(own)
        return own.noted

    def take_over(self, understand: Callable[[bytes], tuple[Hashable, Work]]) -> int:
        """Work at jobs of processes of which nothing is heard any more, as far as there is room; returns how many.

        `understand` returns the work that was asked, and what stands for it. Raises StorageError.
        """
        from stationmap.storage import jobs

        taken = 0
        with self._database().reading() as connection:
            if not jobs.is_any_silent(connection, self._clock()):
                return taken
        while self._queue.has_room:
            with self._database().writing() as connection:
                found = jobs.take_over(connection, self._worker, self._clock())
            if found is None:
                break
            try:
                computation = self._queue.join(*understand(found.asked))
            except Exception as error:  # of another version of the program, or somebody else was quicker
                log.error("a job cannot be taken over: %s", type(error).__name__)
                with self._database().writing() as connection:
                    jobs.fail(connection, found.job.id, "", self._clock())
                continue
            self._take(_OwnJob(found.job, computation))
            taken += 1
            log.info("a job of a server that ended is taken over")
        return taken

    def _take(self, own: _OwnJob) -> None:
        with self._lock:
            self._own[own.noted.id] = own
            if self._thread is None:
                self._thread = Thread(target=self._follow, name="audit-jobs", daemon=True)
                self._thread.start()
        self._wake.set()

    def at_work(self) -> dict[str, int]:
        """Return how many jobs of this process wait, and how many run."""
        with self._lock:
            waiting = sum(job.computation.status == "waiting" for job in self._own.values())
            return {"waiting": waiting, "running": len(self._own) - waiting}

    def find(self, job_id: str) -> Job | None:
        """Return how far a job is, None where there is none of this id, or none any more; raises StorageError."""
        from stationmap.storage import jobs

        with self._database().reading() as connection:
            return jobs.find(connection, job_id, at=self._clock())

    def result(self, job_id: str) -> Result | None:
        """Return the result of a job that is done, None where there is none."""
        from stationmap.storage import jobs

        with self._database().reading() as connection:
            return jobs.result(connection, job_id)

    def want_now(self, job_id: str) -> None:
        """Have a job that gets better with time end with what it has found; it does within a second or so.

        Where others wait for equal work that is to go on, it ends once they have enough as well.
        """
        from stationmap.storage import jobs

        with self._database().writing() as connection:
            jobs.want_now(connection, job_id)
        self._wake.set()

    def cancel(self, job_id: str) -> bool:
        """Cancel a job, or forget its result; tell whether there was one."""
        from stationmap.storage import jobs

        with self._database().writing() as connection:
            was_there = jobs.drop(connection, job_id)
        self._leave(job_id)
        return was_there

    def _follow(self) -> None:
        """Write down how far the jobs of this process are until none is left."""
        while True:
            self._wake.wait(LOOK_S)
            self._wake.clear()
            with self._lock:
                own = dict(self._own)
                if not own:
                    self._thread = None
                    return
            try:
                self._look(own)
            except StorageError as error:  # the next look may succeed; whoever waits learns that nothing is heard
                log.error("how far jobs are cannot be kept: %s", error)
            except Exception as error:  # without this thread no job would ever end
                log.error("following jobs failed: %s", type(error).__name__)

    def _look(self, own: dict[str, _OwnJob]) -> None:
        from stationmap.storage import jobs

        with self._database().reading() as connection:
            wanted = jobs.wanted(connection, own, self._worker)
        for job_id in own.keys() - wanted.keys():
            self._leave(job_id)
        for computation, count in Counter(own[each].computation for each, is_now in wanted.items() if is_now).items():
            self._queue.end_early(computation, count)
        at = self._clock()
        for job_id in own.keys() & wanted.keys():
            job = own[job_id]
            if job.computation.ended.is_set():
                self._end(job, at)
            elif job.is_due():
                with self._database().writing() as connection:
                    jobs.note(connection, job.as_it_is(), at)

    def _end(self, job: _OwnJob, at: datetime) -> None:
        from stationmap.storage import jobs

        try:
            found = job.result()
        except Exception as error:  # without an end it would be tried for ever
            log.error("the result of a job cannot be kept: %s", type(error).__name__)
            found = None
        result = FAILED
        with self._database().writing() as connection:
            if not jobs.wanted(connection, (job.noted.id,), self._worker):
                result = CANCELLED
            elif found is None:
                jobs.fail(connection, job.noted.id, job.fault, at)
            elif found.size > MAX_RESULT_BYTES:
                jobs.fail(connection, job.noted.id, "The result would be larger than results may; ask for less.", at)
            else:
                jobs.finish(connection, job.noted.id, found, at)
                result = DONE
        self._leave(job.noted.id, result)

    def _leave(self, job_id: str, result: str = CANCELLED) -> None:
        with self._lock:
            job = self._own.pop(job_id, None)
        if job is not None:
            self._queue.leave(job.computation)
            self.ended.count(job.noted.kind, result)
            self.seconds.count(job.noted.kind, result, amount=time.monotonic() - job.began_s)


class _OwnJob:
    """A job of this process: its computation, and what the database holds of it."""

    def __init__(self, noted: Job, computation: Computation) -> None:
        self.noted, self.computation, self.began_s = noted, computation, time.monotonic()
        self._looks = 0

    def is_due(self) -> bool:
        """Tell whether something is to be written: it went on, or it is time to say that this process lives."""
        self._looks += 1
        own = self.computation
        went_on = (own.progress, own.phase) != (self.noted.progress, self.noted.phase)
        return went_on or self._looks * LOOK_S >= HEARTBEAT_S

    def as_it_is(self) -> Job:
        """Return how far it is now, as it will be noted."""
        own = self.computation
        status: Status = "waiting" if own.status == "waiting" else "running"  # done only together with its result
        self.noted = self.noted._replace(status=status, progress=own.progress, phase=own.phase)
        self._looks = 0
        return self.noted

    @property
    def fault(self) -> str:
        """Why nothing came of it, as far as that is meant for its reader."""
        return str(self.computation.fault or "")

    def result(self) -> Result | None:
        """Return summary and result as they are sent, None where nothing came of it."""
        from stationmap.storage.jobs import Result

        answer = self.computation.answer
        if answer is None:
            return None
        done = self.noted._replace(status="done", progress=1.0, phase="")
        document = orjson.dumps(summary(done))[:-1] + b',"result":' + gzip.decompress(answer.data) + b"}"
        return Result(gzip.compress(document, 1, mtime=0), answer.media_type, answer.proposal)


def summary(job: Job) -> dict[str, Any]:
    """Return how far a job is as JSON values."""
    found = {"id": job.id, "kind": job.kind, "status": job.status, "progress": job.progress, "phase": job.phase}
    return found | {"detail": job.detail or None} if job.status == "failed" else found
