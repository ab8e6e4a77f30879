"""Limit how many slow or large responses are produced at once; the other threads stay free for riders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from threading import BoundedSemaphore, Lock

from stationmap.errors import CancelCheck

EXTENSION = "stationmap.concurrency_limit"
MAX_SLOW_REQUESTS = 3
"""Threads that work on slow requests or wait for them."""
CHECK_INTERVAL_S = 0.05
QUICK_S = 0.05
"""Seconds of the processor after which a response is no longer quick."""


class BusyError(Exception):
    """As many slow requests as allowed are running already."""


class ConcurrencyLimit:
    """Slots for responses that take more than about 50 ms or 1 MB."""

    def __init__(self) -> None:
        self._slots = BoundedSemaphore(MAX_SLOW_REQUESTS)
        self._exclusive = Lock()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold a slot while another process does the work; raises BusyError if all are taken."""
        if not self._slots.acquire(blocking=False):
            raise BusyError
        try:
            yield
        finally:
            self._slots.release()

    @contextmanager
    def exclusive_slot(self, check: CancelCheck) -> Iterator[None]:
        """Hold a slot to compute in this process, one at a time; raises BusyError, and whatever `check` raises."""
        with self.slot(), self.turn(check):
            yield

    @contextmanager
    def turn(self, check: CancelCheck) -> Iterator[None]:
        """Compute in this process, one at a time, for a response that had its slot; raises whatever `check` raises.

        What is sent part by part takes a turn for each part, and none while its client reads.
        """
        check()
        while not self._exclusive.acquire(timeout=CHECK_INTERVAL_S):
            check()
        try:
            yield
        finally:
            self._exclusive.release()

    def exclusive_slot_if(self, is_slow: bool, check: CancelCheck) -> AbstractContextManager[None]:
        """Hold an exclusive slot for what is known beforehand to be slow, and none for anything else."""
        return self.exclusive_slot(check) if is_slow else nullcontext()

    @contextmanager
    def slot_once_slow(
        self, check: CancelCheck, ticks: Callable[[], float] = time.thread_time
    ) -> Iterator[CancelCheck]:
        """Give work a check that holds an exclusive slot from the moment on when the work proves slow.

        For responses of which most are quick and some are not, which nobody knows beforehand: the quick ones never
        wait. `ticks` are the seconds this thread has worked. The check raises as `exclusive_slot` does.
        """
        begun, held = ticks(), ExitStack()

        def checked() -> None:
            nonlocal begun
            check()
            if ticks() - begun > QUICK_S:
                begun = float("inf")
                held.enter_context(self.exclusive_slot(check))

        with held:
            yield checked


def concurrency_limit() -> ConcurrencyLimit:
    """Return the limit of the application that answers."""
    from flask import current_app  # a process of the audit knows this module, and does without Flask

    limit: ConcurrencyLimit = current_app.extensions[EXTENSION]
    return limit
