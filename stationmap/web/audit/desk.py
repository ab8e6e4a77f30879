"""Who works at what the audit is asked: one thing after another, each once however many wait for it, none unwanted.

Results are kept as they are sent, compressed, while they fit: a question that was asked before costs nothing.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from threading import Event, Lock, Thread
from typing import Literal, NamedTuple

from stationmap.errors import Check, OutOfTimeError, StationmapError
from stationmap.web.guard.turns import BusyError

MOST_WAITING = 8
MOST_BYTES = 64 * 1_048_576
"""Of all results kept; those nobody asked for longest are given up beyond it."""
LOOK_S = 0.05

Phase = Literal["waiting", "running", "done", "failed"]
Tell = Callable[[float, str], None]
"""Told how much is done, 0 to 1, and a code of what is being done; it raises once nobody wants the result."""

log = logging.getLogger("stationmap.audit")


class CalledOff(BaseException):
    """Nobody wants a result any more. No Exception: the work must not take it for a fault of its own."""


class TooManyError(BusyError):
    """As much is waiting as may."""


class Answer(NamedTuple):
    """A result as it is sent: compressed by gzip, with its media type."""

    data: bytes
    media_type: str
    proposal: bytes = b""
    """What files of a proposal are made of, pickled, by the process that reads it again."""

    @property
    def size(self) -> int:
        """Return how many bytes it holds."""
        return len(self.data) + len(self.proposal)


Work = Callable[[Tell], Answer]


class Results:
    """Answers by what was asked, the latest ones, of so many bytes in all."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, key: Hashable) -> Answer | None:
        """Return an answer that is still kept."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer, and drop those not asked for longest until all fit."""
        with self._lock:
            former = self._answers.pop(key, None)
            self.bytes += answer.size - (former.size if former else 0)
            self._answers[key] = answer
            while self.bytes > self._most_bytes:
                self.bytes -= self._answers.popitem(last=False)[1].size


class Computation:
    """One piece of work; what it says of itself is read from other threads."""

    def __init__(self, key: Hashable, work: Work) -> None:
        self.key, self.work = key, work
        self.phase: Phase = "waiting"
        self.progress, self.doing = 0.0, ""
        self.answer: Answer | None = None
        self.fault: StationmapError | None = None
        self.wanted_by = 1
        self.ended = Event()

    @classmethod
    def made(cls, key: Hashable, answer: Answer) -> Computation:
        """Return one whose answer is known."""
        found = cls(key, lambda _tell: answer)
        found.phase, found.progress, found.answer = "done", 1.0, answer
        found.ended.set()
        return found

    def run(self, limit_s: float) -> None:
        """Do the work in the thread that calls."""
        until_s = time.monotonic() + limit_s

        def tell(progress: float, doing: str) -> None:
            if not self.wanted_by:
                raise CalledOff
            if time.monotonic() >= until_s:
                raise OutOfTimeError("The answer would take longer than answers may; ask for less.")
            self.progress, self.doing = max(self.progress, min(progress, 1.0)), doing or self.doing

        try:
            tell(0.0, "")
            self.phase = "running"
            self.answer = self.work(tell)
            self.progress, self.doing, self.phase = 1.0, "", "done"
        except CalledOff:
            self.phase = "failed"
        except StationmapError as error:
            self.fault, self.phase = error, "failed"
        except Exception as error:
            # Its message may hold what somebody asked for.
            log.error("an audit failed: %s", type(error).__name__)
            self.phase = "failed"


class Desk:
    """Computations done one after another in a thread that ends when there are none."""

    def __init__(self, results: Results, *, limit_s: float, most_waiting: int = MOST_WAITING) -> None:
        """Let each take `limit_s` seconds at most, and so many wait or run."""
        self._results, self._limit_s, self._most_waiting = results, limit_s, most_waiting
        self._open: dict[Hashable, Computation] = {}
        self._queue: deque[Computation] = deque()
        self._lock = Lock()
        self._thread: Thread | None = None

    def join(self, key: Hashable, work: Work) -> Computation:
        """Return the computation of what `key` stands for: one that is done or begun already, or a new one.

        Whoever joins leaves. Raises TooManyError.
        """
        known = self._results.get(key)
        if known is not None:
            return Computation.made(key, known)
        with self._lock:
            found = self._open.get(key)
            if found is not None and found.wanted_by:
                found.wanted_by += 1
                return found
            if len(self._queue) >= self._most_waiting:
                raise TooManyError
            found = self._open[key] = Computation(key, work)
            self._queue.append(found)
            if self._thread is None:
                self._thread = Thread(target=self._keep_working, name="audit", daemon=True)
                self._thread.start()
            return found

    def leave(self, computation: Computation) -> None:
        """Want a computation no longer; nobody works at what nobody wants."""
        with self._lock:
            computation.wanted_by -= 1
            if not computation.wanted_by and computation.phase == "waiting" and computation in self._queue:
                self._queue.remove(computation)
                self._close(computation)

    def answer(self, key: Hashable, work: Work, check: Check) -> Answer:
        """Wait for a result; raises what `check` raises, TooManyError, and what the work failed by."""
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

    def _keep_working(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                computation = self._queue[0]
            computation.run(self._limit_s)
            if computation.answer is not None:
                self._results.keep(computation.key, computation.answer)
            with self._lock:
                if computation in self._queue:
                    self._queue.remove(computation)
                self._close(computation)

    def _close(self, computation: Computation) -> None:
        if self._open.get(computation.key) is computation:
            del self._open[computation.key]
        computation.ended.set()
