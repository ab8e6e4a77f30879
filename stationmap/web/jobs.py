"""Work that takes longer than an answer may: begun, asked about, called off; one at a time, so that riders are served.

A process keeps its own jobs, few of them and not for long. Of one that was called off nothing is left.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any, Literal

from stationmap.errors import StationmapError

MOST_WAITING = 8
KEPT_S = 900.0  # a result, after it was made
ID_OCTETS = 16

Phase = Literal["waiting", "running", "done", "failed"]
Tell = Callable[[float, str], None]
"""Told how much is done, 0 to 1, and a code of what is being done; it raises once the job was called off."""
Work = Callable[[Tell], Any]

log = logging.getLogger("stationmap.jobs")


class CalledOff(BaseException):
    """Nobody wants the result of a job any more. No Exception: the work must not take it for a fault of its own."""


class TooManyJobsError(Exception):
    """As many jobs are waiting as may."""


class Job:
    """One piece of work; what it says of itself is read from other threads."""

    def __init__(self, kind: str, work: Work) -> None:
        self.id = secrets.token_urlsafe(ID_OCTETS)
        self.kind = kind
        self.phase: Phase = "waiting"
        self.progress, self.doing = 0.0, ""
        self.result: Any = None
        self.fault: str | None = None
        self.ended_s: float | None = None
        self._work = work
        self._called_off = False

    def call_off(self) -> None:
        """Let the work end at the next moment it tells of itself."""
        self._called_off = True

    def run(self) -> None:
        """Do the work in the thread that calls."""
        try:
            self._tell(0.0, "")
            self.phase = "running"
            result = self._work(self._tell)
            self._tell(1.0, "")
            self.result, self.phase = result, "done"
        except CalledOff:
            self.phase = "failed"
        except StationmapError as error:
            self.fault, self.phase = str(error), "failed"
        except Exception as error:
            # Its message may hold what somebody asked for.
            log.error("a job of %s failed: %s", self.kind, type(error).__name__)
            self.phase = "failed"
        finally:
            self.ended_s = time.monotonic()

    def _tell(self, progress: float, doing: str) -> None:
        if self._called_off:
            raise CalledOff
        self.progress, self.doing = max(self.progress, min(progress, 1.0)), doing


class Jobs:
    """The jobs of a process, run one after another in a thread that ends when there are none."""

    def __init__(self, *, most_waiting: int = MOST_WAITING, kept_s: float = KEPT_S) -> None:
        self._most_waiting, self._kept_s = most_waiting, kept_s
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    def begin(self, kind: str, work: Work) -> Job:
        """Take on work; raises TooManyJobsError."""
        job = Job(kind, work)
        with self._lock:
            self._forget()
            if sum(each.ended_s is None for each in self._jobs.values()) >= self._most_waiting:
                raise TooManyJobsError
            self._jobs[job.id] = job
            if self._thread is None:
                self._thread = Thread(target=self._keep_working, name="jobs", daemon=True)
                self._thread.start()
        return job

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
            job.call_off()
        return job is not None

    def __len__(self) -> int:
        return len(self._jobs)

    def _keep_working(self) -> None:
        while True:
            with self._lock:
                job = next((each for each in self._jobs.values() if each.phase == "waiting"), None)
                if job is None:
                    self._thread = None
                    return
            job.run()

    def _forget(self) -> None:
        limit = time.monotonic() - self._kept_s
        for job_id in [each.id for each in self._jobs.values() if each.ended_s is not None and each.ended_s < limit]:
            del self._jobs[job_id]
