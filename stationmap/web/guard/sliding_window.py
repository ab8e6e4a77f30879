"""How many of something there may be within a time, by key: a window that slides.

Of each key two numbers are kept, those of this window and of the one before, of which the part counts that is not over
yet. So a limit holds at every moment, not once a minute, and a key costs as little as one number.
"""

from __future__ import annotations

from math import floor
from threading import Lock
from typing import NamedTuple

MAX_KEYS = 20_000
MIN_WAIT_S = 0.001


class _Counts(NamedTuple):
    window: int
    before: float
    here: float


class SlidingWindow:
    """At most `most` within `length_s` seconds for each key; moments are those of a monotonic clock."""

    def __init__(self, most: int, length_s: float) -> None:
        self.most, self._length_s = most, length_s
        self._counts: dict[str, _Counts] = {}
        self._lock = Lock()

    def take(self, key: str, at_s: float) -> float:
        """Count one and return 0, or count nothing and return the seconds until there is room."""
        wait_s = self.wait_s(key, at_s)
        if not wait_s:
            self.count(key, at_s)
        return wait_s

    def count(self, key: str, at_s: float) -> None:
        """Count one."""
        with self._lock:
            counts = self._current(key, at_s)
            self._counts.pop(key, None)
            if len(self._counts) >= MAX_KEYS:
                del self._counts[next(iter(self._counts))]  # what was silent longest
            self._counts[key] = counts._replace(here=counts.here + 1)

    def level(self, key: str, at_s: float) -> float:
        """Return how much of the limit is used up, from 0 to about 1."""
        return self._used(self._current(key, at_s), at_s) / self.most

    def wait_s(self, key: str, at_s: float) -> float:
        """Return the seconds until one more keeps within the limit; 0 where it does now."""
        counts, room = self._current(key, at_s), self.most - 1
        if self._used(counts, at_s) <= room:
            return 0.0
        if counts.here <= room:  # what counts of the window before grows less
            until = counts.window + 1 - (room - counts.here) / counts.before
        else:
            until = counts.window + 2 - room / counts.here
        return max(until * self._length_s - at_s, MIN_WAIT_S)

    def _current(self, key: str, at_s: float) -> _Counts:
        window = floor(at_s / self._length_s)
        known = self._counts.get(key)
        if known is None or known.window < window - 1:
            return _Counts(window, 0.0, 0.0)
        return known if known.window == window else _Counts(window, known.here, 0.0)

    def _used(self, counts: _Counts, at_s: float) -> float:
        over = at_s / self._length_s - counts.window
        return counts.here + counts.before * max(0.0, 1 - over)
