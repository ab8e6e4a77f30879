"""How often something was refused or given up, for who runs the server; of nobody who was, and of no question."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

log = logging.getLogger("stationmap.refusals")

EXTENSION = "stationmap_refusals"
SAID_AGAIN_S = 60.0

MALFORMED = "malformed"
"""A `Host` that can be none, or a query that is no text: 400."""
UNREADABLE = "unreadable"
"""No HTTP, or more of it than is taken: 400, 413, 431 or 501."""
NETWORK = "network"
"""More questions than a network may ask: 429."""
FAILED = "failed"
"""What the application could not answer: 500."""
SLOW_QUESTION = "slow_question"
"""A connection closed for its question took too long."""
SLOW_READER = "slow_reader"
"""A connection closed for its answer was read too slowly."""
TOO_MUCH_WAITING = "too_much_waiting"
"""A connection closed for all answers together waited with too many bytes."""
FULL = "full"
"""A minute in which all connections were taken and others waited."""
CROWDED_OUT = "crowded_out"
"""A connection closed then that waited for no answer."""
BUSY = "busy"
"""A question that takes long, while as many are worked at or wait as may: 503."""
OUT_OF_TIME = "out_of_time"
"""An answer that was given up at its deadline, or as nobody waited for it any more: 503."""
REASONS = (
    MALFORMED,
    UNREADABLE,
    NETWORK,
    FAILED,
    SLOW_QUESTION,
    SLOW_READER,
    TOO_MUCH_WAITING,
    FULL,
    CROWDED_OUT,
    BUSY,
    OUT_OF_TIME,
)


class Refusals:
    """Counts by reason since the start; when they grow the log says so, once a minute at most."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._said_s = float("-inf")
        self._lock = Lock()

    def count(self, reason: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[reason] += 1
            now_s = self._clock()
            if now_s - self._said_s < SAID_AGAIN_S:
                return
            self._said_s = now_s
            counts = self._named()
        log.warning("refused since the start: %s", ", ".join(f"{why} {n}" for why, n in counts.items() if n))

    def counts(self) -> dict[str, int]:
        """Return how many there were of each reason since the start."""
        with self._lock:
            return self._named()

    def _named(self) -> dict[str, int]:
        return {reason: self._counts[reason] for reason in REASONS}
