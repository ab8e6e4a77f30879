"""A queue of computations: one runs after another, equal ones once for all that wait, and none that nobody waits for.

Answers are cached compressed, as they are sent, while they fit: a repeated question costs nothing.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Literal, NamedTuple

from stationmap.errors import CancelCheck, EnoughError, OutOfTimeError, ProgressCallback, StationmapError
from stationmap.web.guard.concurrency_limit import BusyError
from stationmap.web.sized_cache import SizedCache

MAX_WAITING = 8
MAX_BYTES = 64 * 1_048_576
"""Of all cached answers; beyond it the least recently used are evicted."""
LOOK_S = 0.05

Status = Literal["waiting", "running", "done", "failed"]

log = logging.getLogger("stationmap.audit")


class JobCancelled(BaseException):
    """Nobody wants the result any more. Not an Exception, so that the work does not take it for a fault of its own."""


class QueueFullError(BusyError):
    """As many computations are waiting as may."""


class Answer(NamedTuple):
    """A result as it is sent: compressed by gzip, with its media type."""

    data: bytes
    media_type: str
    proposal: bytes = b""
    """The proposal, as JSON for whoever later makes files of it."""

    @property
    def size(self) -> int:
        """Return how many bytes it holds."""
        return len(self.data) + len(self.proposal)


Work = Callable[[ProgressCallback], Answer]


class Computation:
    """One piece of work; other threads read its status, progress and phase."""

    def __init__(self, key: Hashable, work: Work) -> None:
        self.key, self.work = key, work
        self.status: Status = "waiting"
        self.progress, self.phase = 0.0, ""
        self.answer: Answer | None = None
        self.fault: StationmapError | None = None
        self.waiters = 1
        self.is_enough = False
        """Whether all that wait have enough with what was found so far."""
        self.ended = Event()

    @classmethod
    def done(cls, key: Hashable, answer: Answer) -> Computation:
        """Return a computation whose answer is known."""
        found = cls(key, lambda _on_progress: answer)
        found.status, found.progress, found.answer = "done", 1.0, answer
        found.ended.set()
        return found

    def run(self, limit_s: float) -> None:
        """Do the work in the calling thread, for at most `limit_s` seconds.

        Its callback raises EnoughError, with every word, once what was found so far is enough.
        """
        until_s = time.monotonic() + limit_s

        def on_progress(progress: float, phase: str) -> None:
            if not self.waiters:
                raise JobCancelled
            if time.monotonic() >= until_s:
                raise OutOfTimeError("The answer would take longer than answers may; ask for less.")
            self.progress, self.phase = max(self.progress, min(progress, 1.0)), phase or self.phase
            if self.is_enough:
                raise EnoughError

        try:
            with suppress(EnoughError):  # nothing was found yet
                on_progress(0.0, "")
            self.status = "running"
            self.answer = self.work(on_progress)
            self.progress, self.phase, self.status = 1.0, "", "done"
        except JobCancelled:
            self.status = "failed"
        except StationmapError as error:
            self.fault, self.status = error, "failed"
        except Exception as error:
            # Its message may contain the values of a request.
            log.error("an audit failed: %s", type(error).__name__)
            self.status = "failed"


class ComputationQueue:
    """Computations run one after another in a thread that ends when there are none."""

    def __init__(self, cache: SizedCache[Answer], *, limit_s: float, max_waiting: int = MAX_WAITING) -> None:
        """Let each run for `limit_s` seconds at most, and at most `max_waiting` wait or run."""
        self._cache, self._limit_s, self._max_waiting = cache, limit_s, max_waiting
        self._open: dict[Hashable, Computation] = {}
        self._queue: deque[Computation] = deque()
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def has_room(self) -> bool:
        """Whether one more computation may wait."""
        with self._lock:
            return len(self._queue) < self._max_waiting

    def join(self, key: Hashable, work: Work) -> Computation:
        """Return the computation of what `key` stands for: one that is done or begun already, or a new one.

        Every `join` needs one `leave`. Raises QueueFullError.
        """
        known = self._cache.get(key)
        if known is not None:
            return Computation.done(key, known)
        with self._lock:
            found = self._open.get(key)
            if found is not None and found.waiters and not found.is_enough:
                found.waiters += 1
                return found
            if len(self._queue) >= self._max_waiting:
                raise QueueFullError
            found = self._open[key] = Computation(key, work)
            self._queue.append(found)
            if self._thread is None:
                self._thread = Thread(target=self._run_all, name="audit", daemon=True)
                self._thread.start()
            return found

    def end_early(self, computation: Computation, count: int) -> None:
        """Let a computation end with what it has found, if as many as wait for it, `count`, have enough.

        Whoever asks for the same later wants all of it: such an answer is not cached.
        """
        with self._lock:
            computation.is_enough = computation.is_enough or count >= computation.waiters

    def leave(self, computation: Computation) -> None:
        """Stop waiting for a computation; one that no request waits for any more is cancelled."""
        with self._lock:
            computation.waiters -= 1
            if not computation.waiters and computation.status == "waiting" and computation in self._queue:
                self._queue.remove(computation)
                self._close(computation)

    def answer(self, key: Hashable, work: Work, check: CancelCheck) -> Answer:
        """Wait for an answer; raises what `check` raises, QueueFullError, and the error of the work."""
        computation = self.join(key, work)
        try:
            while not computation.ended.wait(LOOK_S):
                check()
        finally:
            self.leave(computation)
        if computation.fault is not None:
            raise computation.fault
        if computation.answer is None:
            raise RuntimeError("an audit failed")
        return computation.answer

    def _run_all(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                computation = self._queue[0]
            computation.run(self._limit_s)
            if computation.answer is not None and not computation.is_enough:
                self._cache.put(computation.key, computation.answer)
            with self._lock:
                if computation in self._queue:
                    self._queue.remove(computation)
                self._close(computation)

    def _close(self, computation: Computation) -> None:
        if self._open.get(computation.key) is computation:
            del self._open[computation.key]
        computation.ended.set()
