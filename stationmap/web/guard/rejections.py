"""Requests that are rejected or abandoned: counted by reason, without senders or contents, and their answers."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from orjson import dumps

from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.request_ids import current_request_id

log = logging.getLogger("stationmap.refusals")

EXTENSION = "stationmap.rejections"
LOG_INTERVAL_S = 60.0

MALFORMED = "malformed"
"""An impossible `Host`, or a query string that is not text: 400."""
UNREADABLE = "unreadable"
"""Not HTTP, or too much of it: 400, 413, 431 or 501."""
NETWORK = "network"
"""More requests than a network may send: 429."""
FAILED = "failed"
"""A request that the application failed to answer: 500."""
SLOW_REQUEST = "slow_question"
"""A connection closed because its request arrived too slowly."""
SLOW_READER = "slow_reader"
"""A connection closed because its response was read too slowly."""
TOO_MUCH_WAITING = "too_much_waiting"
"""A connection closed because all responses together held too many unread bytes."""
FULL = "full"
"""A minute in which all connections were in use and others waited."""
CROWDED_OUT = "crowded_out"
"""An idle connection closed to make room."""
BUSY = "busy"
"""A slow request while as many as allowed are running or waiting: 503."""
OUT_OF_TIME = "out_of_time"
"""A response abandoned at its deadline, or because its client had gone: 503."""
REPORTS = "reports"
"""A report above the limits of reports, or a code of no receipt after many others: 429 or 503."""
DISK_FULL = "disk_full"
"""A change, a report or a sign-in that could not be kept, as the disk is full: 503."""
REASONS = (
    MALFORMED,
    UNREADABLE,
    NETWORK,
    FAILED,
    SLOW_REQUEST,
    SLOW_READER,
    TOO_MUCH_WAITING,
    FULL,
    CROWDED_OUT,
    BUSY,
    OUT_OF_TIME,
    REPORTS,
    DISK_FULL,
)


class RejectionCounter:
    """Counts by reason since the start; the log reports when they grow, at most once a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._logged_s = float("-inf")
        self._lock = Lock()

    def count(self, reason: str) -> None:
        """Add one to a reason."""
        with self._lock:
            self._counts[reason] += 1
            now_s = self._clock()
            if now_s - self._logged_s < LOG_INTERVAL_S:
                return
            self._logged_s = now_s
            counts = self._named()
        log.warning("refused since the start: %s", ", ".join(f"{why} {n}" for why, n in counts.items() if n))

    def counts(self) -> dict[str, int]:
        """Return the count of each reason since the start."""
        with self._lock:
            return self._named()

    def _named(self) -> dict[str, int]:
        return {reason: self._counts[reason] for reason in REASONS}


def problem(status: str, *headers: tuple[str, str], detail: str = "") -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body of a refusal before the application: a problem document (RFC 9457)."""
    code, _, title = status.partition(" ")
    stated = {"type": "about:blank", "title": title, "status": int(code), **({"detail": detail} if detail else {})}
    body = dumps(stated | named_request())
    given = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body))), NO_STORE, *headers]
    return given, body


def named_request() -> dict[str, str]:
    """Return the member of a problem document by which the log knows the request."""
    request_id = current_request_id()
    return {"request_id": request_id} if request_id else {}
