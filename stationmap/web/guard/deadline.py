"""Until when an answer may be worked at: so many seconds from when its question was read, while somebody waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from stationmap.errors import OutOfTimeError

KEY = "stationmap.deadline"
GONE = "waitress.client_disconnected"
LOOK_S = 0.25
"""Between two looks at whether who asked is still there: each costs a call of the system."""

Clock = Callable[[], float]


class Deadline:
    """Called in the loops of the work (`errors.Check`); raises OutOfTimeError once it is too late."""

    def __init__(
        self, limit_s: float, *, is_gone: Callable[[], bool] = lambda: False, clock: Clock = time.monotonic
    ) -> None:
        self._began_s = clock()
        self._until_s, self._look_at_s = self._began_s + limit_s, self._began_s + LOOK_S
        self._is_gone, self._clock = is_gone, clock

    def __call__(self) -> None:
        """Raise OutOfTimeError if time is over or nobody waits."""
        at_s = self._clock()
        if at_s >= self._until_s:
            raise OutOfTimeError("The answer would take longer than answers may; ask for less.")
        if at_s >= self._look_at_s:
            self._look_at_s = at_s + LOOK_S
            if self._is_gone():
                raise OutOfTimeError("Nobody waits for the answer any more.")

    def of(self, limit_s: float) -> Deadline:
        """Return the deadline of the same question if it may take so long."""
        other = Deadline(limit_s, is_gone=self._is_gone, clock=self._clock)
        other._until_s += self._began_s - other._began_s
        other._began_s = self._began_s
        return other


def begun(environ: WSGIEnvironment, limit_s: float, clock: Clock) -> Deadline:
    """Return the deadline of a request, set when it is first asked for."""
    found: Deadline | None = environ.get(KEY)
    if found is None:
        gone: Callable[[], bool] = environ.get(GONE, lambda: False)
        found = environ[KEY] = Deadline(limit_s, is_gone=gone, clock=clock)
    return found
