"""Work aside, each piece in a process of its own that ends with it: neither time nor memory is taken from riders.

    lane = Lane("work list", limit_s=600)
    job = lane.begin(work, asked)      # `work(asked, progress)`, a function of a module; both travel by pickle
    job.status, job.progress, job.phase, job.fault

The pieces of a lane are done one after another. One that takes too long is ended, and all end
with whoever began them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from typing import Any, Literal

from stationmap.errors import ProgressCallback, StationmapError
from stationmap.web.guard.concurrency_limit import BusyError

MAX_WAITING = 8
LOOK_S = 0.2
SEND_EVERY_S = 0.1
NICE = 15

Status = Literal["waiting", "running", "done", "refused", "failed"]
Work = Callable[[Any, ProgressCallback], Any]


class SideJob:
    """A piece of work; other threads read how far it is.

    `fault` says, for people, why it was refused (a StationmapError of the work, whose class is `fault_kind`). One that
    `failed` was killed, took too long, or has a fault of the program.
    """

    def __init__(self, work: Work, asked: Any) -> None:
        self.work, self.asked = work, asked
        self.status: Status = "waiting"
        self.progress, self.phase = 0.0, ""
        self.fault = self.fault_kind = ""
        self.result: Any = None
        self.ended = Event()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.ended.is_set()


class Lane:
    """Pieces of work one after another, with a thread that waits for each and ends when there are none."""

    def __init__(self, name: str, *, limit_s: float, nice: int = NICE, max_waiting: int = MAX_WAITING) -> None:
        """Let each piece take at most `limit_s` seconds, and at most `max_waiting` wait or run.

        `nice` is by how much others go first; riders' answers always do.
        """
        self._name, self._limit_s, self._nice, self._max_waiting = name, limit_s, nice, max_waiting
        self._queue: deque[SideJob] = deque()
        self._lock = Lock()
        self._thread: Thread | None = None

    def begin(self, work: Work, asked: Any) -> SideJob:
        """Begin a piece of work, or let it wait for its turn; raises BusyError where too many wait."""
        job = SideJob(work, asked)
        with self._lock:
            if len(self._queue) >= self._max_waiting:
                raise BusyError
            self._queue.append(job)
            if self._thread is None:
                self._thread = Thread(target=self._run_all, name=self._name, daemon=True)
                self._thread.start()
        return job

    def _run_all(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                job = self._queue[0]
            job.status = "running"
            try:
                _run(job, self._limit_s, self._nice)
            except Exception:  # no process could be begun, or it died: those that wait are done all the same
                job.status = "failed"
            with self._lock:
                self._queue.popleft()
            job.ended.set()


def _run(job: SideJob, limit_s: float, nice: int) -> None:
    """Do a piece of work in a new process, and note how far it is."""
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_work_alone, args=(theirs, job.work, job.asked, nice), name="aside", daemon=True)
    until_s = time.monotonic() + limit_s
    process.start()
    theirs.close()
    try:
        while time.monotonic() < until_s:
            if not line.poll(LOOK_S):
                continue
            kind, *values = line.recv()
            if kind == "progress":
                job.progress, job.phase = values
                continue
            if kind == "refused":
                job.fault_kind, job.fault = values
            elif kind == "done":
                (job.result,), job.progress = values, 1.0
            job.status = kind
            return
        job.status = "failed"
    finally:
        process.kill()
        process.join()
        line.close()


def _work_alone(line: Connection[Any, Any], work: Work, asked: Any, nice: int) -> None:
    """Do a piece of work and report on a line; what the new process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(nice)
    Thread(target=_end_with, args=(line,), daemon=True).start()
    with suppress(OSError):  # the process that waited is gone
        try:
            line.send(("done", work(asked, _sender(line))))
        except StationmapError as error:
            line.send(("refused", type(error).__name__, str(error)))
        except Exception:
            line.send(("failed",))  # its message may hold what was sent


def _end_with(line: Connection[Any, Any]) -> None:
    try:
        line.recv()
    except (EOFError, OSError):
        os._exit(0)  # the process that waited is gone


def _sender(line: Connection[Any, Any]) -> ProgressCallback:
    sent_s = 0.0

    def progress(done: float, phase: str) -> None:
        nonlocal sent_s
        if time.monotonic() - sent_s > SEND_EVERY_S:
            sent_s = time.monotonic()
            line.send(("progress", done, phase))

    return progress
