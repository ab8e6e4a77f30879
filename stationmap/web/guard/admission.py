"""Admission control: the checks every request passes before anything else looks at it.

Requests with an impossible `Host`, and those above the rate of a whole network of riders, are rejected here. A request
the application could not answer is answered here with 500. Each such response carries the headers of all responses, and
nothing of the request appears in it or in the log.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.rate_limiter import RateLimiter, network_of
from stationmap.web.guard.rejections import FAILED, MALFORMED, NETWORK, RejectionCounter, problem
from stationmap.web.guard.security_headers import ResponseHeaders

log = logging.getLogger("stationmap.gate")

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(
    rf"(?=[^:]{{1,253}}(?::|$)|\[)(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])(?::\d{{1,5}})?"
)

_RETRY_S = 1
EXTENSION = "stationmap.admission"


class AdmissionControl:
    """WSGI middleware that passes acceptable requests to `application`; `rejections` counts the others."""

    def __init__(
        self,
        application: WSGIApplication,
        headers: ResponseHeaders,
        rejections: RejectionCounter,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._application, self.headers, self._rejections = application, headers, rejections
        self._limiter = limiter or RateLimiter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self.is_well_formed(environ):
            return self._reject(MALFORMED, "400 Bad Request", environ, start_response)
        if environ["PATH_INFO"].startswith("//"):
            # As the application reads it, so that nobody passes by what looks at a path before that.
            environ["PATH_INFO"] = "/" + environ["PATH_INFO"].lstrip("/")
        if not environ["PATH_INFO"]:
            return self._lead_to_root(environ, start_response)
        if not self.allows(self.network(environ)):
            wait = ("Retry-After", str(_RETRY_S))
            return self._reject(NETWORK, "429 Too Many Requests", environ, start_response, wait)
        try:
            return self._application(environ, start_response)
        except Exception as error:
            # The message and the request may contain somebody's position.
            log.error("a request failed before it could be answered: %s", type(error).__name__)
            return self._reject(FAILED, "500 Internal Server Error", environ, start_response)

    @staticmethod
    def is_well_formed(environ: WSGIEnvironment) -> bool:
        """Tell whether a request names a possible host, and whether what it asks is text."""
        is_host = _HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
        return is_host and _is_text(environ.get("QUERY_STRING", ""))

    @staticmethod
    def network(environ: WSGIEnvironment) -> str | None:
        """Return the network that a request comes from; None for this machine."""
        return network_of(environ.get("REMOTE_ADDR", ""))

    def allows(self, network: str | None) -> bool:
        """Count a request of a network, and tell whether it may send as many; this machine may."""
        return network is None or self._limiter.allows(network, time.monotonic())

    def _lead_to_root(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the path prefix without a slash; Werkzeug would lead to whatever host the request names."""
        query = environ.get("QUERY_STRING", "")
        target = f"{environ.get('SCRIPT_NAME', '')}/" + (f"?{query}" if query else "")
        start_response(
            "308 Permanent Redirect",
            [("Location", target), ("Content-Length", "0"), NO_STORE, *self.headers.everywhere],
        )
        return [b""]

    def _reject(
        self,
        reason: str,
        status: str,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        *headers: tuple[str, str],
    ) -> Iterable[bytes]:
        self._rejections.count(reason)
        given, body = problem(status, *headers, *self.headers.of(environ))
        start_response(status, given, sys.exc_info() if reason == FAILED else None)
        return [body]


def _is_text(query: str) -> bool:
    """Tell whether a query string, in the encoding of WSGI, is UTF-8."""
    if query.isascii():
        return True
    try:
        query.encode("latin-1").decode()
    except UnicodeError:
        return False
    return True
