"""The one gate for answers that take long or are large: few threads are given to them, the others stay with riders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from stationmap.errors import Check

EXTENSION = "stationmap.turns"
MOST_AT_WORK = 3
"""Threads that work at what takes long or wait for it."""
LOOK_S = 0.05


class BusyError(Exception):
    """As many wait for what takes long as may."""


class Turns:
    """Places for answers over some 50 ms or 1 MB."""

    def __init__(self) -> None:
        self._places = BoundedSemaphore(MOST_AT_WORK)
        self._alone = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take one of the places, to wait for what other processes do; raises BusyError where all are taken."""
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def alone(self, check: Check) -> Iterator[None]:
        """Take a place to compute in this process, one at a time; raises BusyError, and what `check` raises."""
        with self.turn():
            while not self._alone.acquire(timeout=LOOK_S):
                check()
            try:
                yield
            finally:
                self._alone.release()
