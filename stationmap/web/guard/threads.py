"""Which threads answer which request: slow ones, and those that wait for the database, have threads of their own.

So nobody who asks for the nearest station waits until somebody's list is made, or somebody's report is kept.
"""

from __future__ import annotations

import re
import time

from waitress.parser import HTTPRequestParser
from waitress.task import ThreadedTaskDispatcher

from stationmap.web.guard import report_limits

SLOW_PATHS = re.compile(
    r"/api/v1/audit(?:/|$)|/audit/?$|/api/v1/(?:stations|registry|changes)/?$|/changes\.atom$|/staff(?:/|$)"
    r"|/tiles/|/sitemap|/closures\.ics$|/s/[^/]+/closures\.ics$|/embed/?$|/ogc(?:/|$)|/api/?$|/openapi\.json$"
)
SLOW_BODY_BYTES = 16_384
"""Of a request for many points."""
SLOW_FRACTION = 3
"""One in so many threads is for slow requests, the others for riders alone."""
REPORT_THREADS = 2
"""Besides them: reports are written one after another anyway."""
MIN_SHUTDOWN_S = 0.5


class Threads:
    """The threads of a server, `count` of them besides those for reports."""

    def __init__(self, count: int) -> None:
        slow = max(1, count // SLOW_FRACTION)
        self.riders = _dispatcher(max(1, count - slow))
        self._slow, self._reports = _dispatcher(slow), _dispatcher(REPORT_THREADS)

    def of(self, request: HTTPRequestParser, prefix: str = "") -> ThreadedTaskDispatcher:
        """Return the threads that answer a request; `prefix` is the path below which the site stands."""
        path = "/" + getattr(request, "path", "").removeprefix(prefix).lstrip("/")
        if path.startswith((report_limits.PATH, *report_limits.RECEIPTS)):
            return self._reports
        is_slow = request.body_bytes_received > SLOW_BODY_BYTES or SLOW_PATHS.match(path) is not None
        return self._slow if is_slow else self.riders

    def waiting(self) -> dict[str, int]:
        """Return how many requests wait for a thread, by the kind of thread."""
        kinds = {"riders": self.riders, "slow": self._slow, "reports": self._reports}
        return {name: len(dispatcher.queue) for name, dispatcher in kinds.items()}

    def shutdown(self, until_s: float) -> None:
        """Let the threads end what they do until a moment of the monotonic clock, and a little longer."""
        for dispatcher in (self.riders, self._slow, self._reports):
            dispatcher.shutdown(timeout=max(MIN_SHUTDOWN_S, until_s - time.monotonic()))


def _dispatcher(threads: int) -> ThreadedTaskDispatcher:
    made = ThreadedTaskDispatcher()
    made.set_thread_count(threads)
    return made
