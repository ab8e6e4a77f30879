"""The deadline of a request: a number of seconds from when it was read, as long as its client waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from stationmap.errors import OutOfTimeError

KEY = "stationmap.deadline"
CLIENT_GONE = "waitress.client_disconnected"
CHECK_INTERVAL_S = 0.25
"""Between two checks whether the client is still connected: each costs a system call."""

Clock = Callable[[], float]


class Deadline:
    """A callable (`errors.CancelCheck`) for slow loops; raises OutOfTimeError once it is too late."""

    def __init__(
        self, limit_s: float, *, is_gone: Callable[[], bool] = lambda: False, clock: Clock = time.monotonic
    ) -> None:
        self._began_s = clock()
        self._until_s, self._next_check_s = self._began_s + limit_s, self._began_s + CHECK_INTERVAL_S
        self._is_gone, self._clock = is_gone, clock

    def __call__(self) -> None:
        """Raise OutOfTimeError if the time is up or the client has gone."""
        at_s = self._clock()
        if at_s >= self._until_s:
            raise OutOfTimeError("The answer would take longer than answers may; ask for less.")
        if at_s >= self._next_check_s:
            self._next_check_s = at_s + CHECK_INTERVAL_S
            if self._is_gone():
                raise OutOfTimeError("Nobody waits for the answer any more.")

    def with_limit(self, limit_s: float) -> Deadline:
        """Return the deadline of the same request with another limit."""
        other = Deadline(limit_s, is_gone=self._is_gone, clock=self._clock)
        other._until_s += self._began_s - other._began_s
        other._began_s = self._began_s
        return other


def request_deadline(environ: WSGIEnvironment, limit_s: float, clock: Clock) -> Deadline:
    """Return the deadline of a request, set on first use."""
    found: Deadline | None = environ.get(KEY)
    if found is None:
        gone: Callable[[], bool] = environ.get(CLIENT_GONE, lambda: False)
        found = environ[KEY] = Deadline(limit_s, is_gone=gone, clock=clock)
    return found
