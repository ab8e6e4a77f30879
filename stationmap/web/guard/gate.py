"""What every request passes before anything else looks at it, and what no answer leaves without.

Who asks under a name that can be none, or more often than a whole network of riders would, is refused here, and what
the application could not answer is answered here: with the headers of every answer, and of the request neither in the
answer nor in the log.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from orjson import dumps

from stationmap.web.guard.refusals import FAILED, MALFORMED, NETWORK, Refusals
from stationmap.web.guard.security_headers import Headers

log = logging.getLogger("stationmap.gate")

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(
    rf"(?=[^:]{{1,253}}(?::|$)|\[)(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::\d{{1,5}})?"
)

PER_NETWORK_S = 100.0
"""Requests a second of one network: a carrier's gateway speaks for thousands of riders."""
BURST = 2_000.0
MOST_NETWORKS = 20_000
_RETRY_S = 1
EXTENSION = "stationmap_gate"


class Buckets:
    """So many requests a second for each network; what a network has left is known while it asks, and not longer."""

    def __init__(self, per_s: float = PER_NETWORK_S, burst: float = BURST) -> None:
        self._per_s, self._burst = per_s, burst
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def takes(self, network: str, at_s: float) -> bool:
        """Tell whether one more request of a network is answered at a moment of a clock that never goes back."""
        with self._lock:
            left, since_s = self._left.pop(network, (self._burst, at_s))
            left = min(self._burst, left + (at_s - since_s) * self._per_s)
            if len(self._left) >= MOST_NETWORKS:
                del self._left[next(iter(self._left))]  # the one that has been silent longest
            self._left[network] = (left - 1 if left >= 1 else left, at_s)
        return left >= 1


def network_of(address: str) -> str | None:
    """Return the /24 or /56 of an address; None for one of this machine, where a proxy speaks for everybody."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    mapped = getattr(known, "ipv4_mapped", None) or known
    if mapped.is_loopback:
        return None
    return str(ip_network(f"{mapped}/{24 if mapped.version == 4 else 56}", strict=False))


class Gate:
    """A WSGI application that lets through to `application` what can be meant for it; `refusals` counts the rest."""

    def __init__(
        self, application: WSGIApplication, headers: Headers, refusals: Refusals, buckets: Buckets | None = None
    ) -> None:
        self._application, self.headers, self._refusals = application, headers, refusals
        self._buckets = buckets or Buckets()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not _HOST.fullmatch(environ.get("HTTP_HOST", "")) or not _is_text(environ.get("QUERY_STRING", "")):
            return self._refuse(MALFORMED, "400 Bad Request", start_response)
        network = network_of(environ.get("REMOTE_ADDR", ""))
        if network and not self._buckets.takes(network, time.monotonic()):
            return self._refuse(NETWORK, "429 Too Many Requests", start_response, ("Retry-After", str(_RETRY_S)))
        try:
            return self._application(environ, start_response)
        except Exception as error:
            # Its message and the request may hold somebody's position.
            log.error("a request failed before it could be answered: %s", type(error).__name__)
            return self._refuse(FAILED, "500 Internal Server Error", start_response)

    def _refuse(
        self, why: str, status: str, start_response: StartResponse, *headers: tuple[str, str]
    ) -> Iterable[bytes]:
        self._refusals.count(why)
        code, _, title = status.partition(" ")
        body = dumps({"type": "about:blank", "title": title, "status": int(code)})
        given = [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            *headers,
            *self.headers,
        ]
        start_response(status, given, sys.exc_info() if why == FAILED else None)
        return [body]


def _is_text(query: str) -> bool:
    """Tell whether the bytes of a query, as WSGI hands them over, are UTF-8."""
    if query.isascii():
        return True
    try:
        query.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
