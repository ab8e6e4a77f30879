"""A process of its own for the audit, so that neither its arithmetic nor its memory is taken from riders' answers.

It is started when first needed, works at one task at a time, is ended where a task does not end by itself, and ends
when it had nothing to do for a while, or with the process that started it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread, Timer
from typing import Any

from stationmap.errors import EnoughError, InvalidAuditError, ProgressCallback
from stationmap.web.audit.computations import Answer, JobCancelled
from stationmap.web.audit.tasks import Context, Task

NICE = 2  # riders' answers go first
LOOK_S = 0.05
GRACE_S = 2.0  # for a cancelled task
IDLE_S = 600.0


class LostError(Exception):
    """The process ended over a task: killed, or out of memory."""


class Worker:
    """A process and the line to it; one task at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), name="audit", daemon=True)
        self._process.start()
        theirs.close()
        self._number = 0
        self.used_s = time.monotonic()

    def do(self, key: str, context: Callable[[], Context], task: Task, on_progress: ProgressCallback) -> Answer:
        """Have a task done in a context, which is sent where it is not known yet.

        Once `on_progress` raises EnoughError the task is to end with what it has found. Raises what else it raises,
        what InvalidAuditError as the task did, else LostError.
        """
        self._number += 1
        try:
            self._line.send(("do", self._number, key, task))
            kind, values = self._outcome(context, on_progress)
        except (EOFError, OSError) as error:
            raise LostError from error
        except BaseException:
            self._cancel()
            raise
        if kind == "refused":
            raise InvalidAuditError(*values)
        if kind == "failed":
            raise LostError(*values)
        return Answer(*values)

    def _outcome(self, context: Callable[[], Context], on_progress: ProgressCallback) -> tuple[str, list[Any]]:
        is_enough = False

        def tell(progress: float, phase: str) -> None:
            nonlocal is_enough
            try:
                on_progress(progress, phase)
            except EnoughError:
                if not is_enough:
                    self._line.send(("enough", self._number))
                is_enough = True

        while True:
            while not self._line.poll(LOOK_S):
                tell(0.0, "")
            kind, *values = self._line.recv()
            if kind == "progress":
                tell(*values)
            elif kind == "lacks":
                self._line.send(("context", context()))
            else:
                return kind, values

    def _cancel(self) -> None:
        """Have the task end, and end the process where that does not help."""
        with suppress(EOFError, OSError):
            self._line.send(("cancel", self._number))
            until_s = time.monotonic() + GRACE_S
            while self._line.poll(max(0.0, until_s - time.monotonic())):
                if self._line.recv()[0] in _LAST:
                    return
        self.end()

    @property
    def is_alive(self) -> bool:
        """Whether it can take a task."""
        return self._process.is_alive() and not self._line.closed

    def end(self) -> None:
        """End the process whatever it is doing."""
        self._process.kill()
        self._process.join()
        self._line.close()


_LAST = ("done", "refused", "failed", "ended")


class Workers:
    """Idle workers, kept for a while."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._lock = Lock()
        self._reminder: Timer | None = None

    def do(self, key: str, context: Callable[[], Context], task: Task, on_progress: ProgressCallback) -> Answer:
        """Have a task done by a worker that is free; see `Worker.do`."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None or not worker.is_alive:
            worker = Worker()
        try:
            return worker.do(key, context, task, on_progress)
        finally:
            if worker.is_alive:
                self._rest(worker)

    def _rest(self, worker: Worker) -> None:
        worker.used_s = time.monotonic()
        with self._lock:
            self._idle.append(worker)
            self._remind()

    def _remind(self) -> None:
        if self._idle and self._reminder is None:
            self._reminder = Timer(IDLE_S, self._end_idle)
            self._reminder.daemon = True
            self._reminder.start()

    def _end_idle(self) -> None:
        limit_s = time.monotonic() - IDLE_S
        with self._lock:
            old = [worker for worker in self._idle if worker.used_s <= limit_s]
            self._idle = [worker for worker in self._idle if worker not in old]
            self._reminder = None
            self._remind()
        for worker in old:
            worker.end()


WORKERS = Workers()


def work(line: Connection[Any, Any]) -> None:
    """Do the tasks that come by a line until it is closed; what a new process runs."""
    # The process that serves riders needs none of what makes reports, workbooks and proposals.
    from stationmap.web.audit.task_runner import TaskRunner

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICE)
    calls: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
    asked: dict[str, int] = {}
    Thread(target=_listen, args=(line, calls, asked), daemon=True).start()
    runner: TaskRunner | None = None
    while True:
        _, number, key, task = calls.get()
        try:
            if runner is None or runner.key != key:
                runner = None  # two would not fit where one does
                line.send(("lacks",))
                runner = TaskRunner(calls.get()[1])
            answer = runner.answer(task, _progress_sender(line, number, asked))
            line.send(("done", *answer))
        except JobCancelled:
            line.send(("ended",))
        except InvalidAuditError as error:
            line.send(("refused", str(error)))
        except Exception as error:
            line.send(("failed", type(error).__name__))


def _listen(line: Connection[Any, Any], calls: SimpleQueue[tuple[Any, ...]], asked: dict[str, int]) -> None:
    """Pass calls on, and note of which task it was last asked that it be cancelled, or end with what it has found."""
    while True:
        try:
            call = line.recv()
        except (EOFError, OSError):
            os._exit(0)  # the process that waited is gone
        if call[0] in ("cancel", "enough"):
            asked[call[0]] = call[1]
        else:
            calls.put(call)


def _progress_sender(line: Connection[Any, Any], number: int, asked: dict[str, int]) -> ProgressCallback:
    sent_s = 0.0

    def on_progress(progress: float, phase: str) -> None:
        nonlocal sent_s
        if asked.get("cancel") == number:
            raise JobCancelled
        if time.monotonic() - sent_s > LOOK_S:
            sent_s = time.monotonic()
            line.send(("progress", progress, phase))
        if asked.get("enough") == number:
            raise EnoughError

    return on_progress
