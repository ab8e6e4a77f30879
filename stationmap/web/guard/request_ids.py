"""An id for every request: in its response, in what goes wrong with it, and in all that is logged while it is answered.

So whoever saw an error can name it, and whoever reads the log finds it, without anything of the person in between. As
this is what every request passes first, it also measures them, where somebody watches the server.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.guard.rate_limiter import is_of_this_machine

HEADER = "X-Request-ID"
ID_BITS = 40
"""Of an id made here: ten hexadecimal digits, few enough to be read out on the telephone."""

EXTENSION = "stationmap.request_ids"

Measured = tuple[str, str, str, float]
"""The route of a request, its method, the status of its answer, and the seconds until that began."""
Note = Callable[[Measured], object]

ROUTE = "stationmap.route"
"""Names in the environment the route of a request, for whoever counts requests."""
REFUSED = "refused"
"""In place of a route: refused before a route was looked for."""

_FAILED = "500"
_GIVEN = "HTTP_X_REQUEST_ID"
# The forms that nginx ($request_id), Caddy and others make by themselves: no telephone number and no place has them.
_MADE_BY_PROXY = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_draw = random.Random().getrandbits  # ids are no secret

_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """Return the id of the request that this thread answers, empty outside of requests."""
    return _current.get()


class RequestIds:
    """WSGI middleware that gives every request its id: that of a proxy on this machine, or one of its own."""

    def __init__(self, application: WSGIApplication, note: Note | None = None) -> None:
        """Pass requests to `application`; `note` learns how each was answered, and must take next to no time."""
        self._application, self.note = application, note

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request_id = self.given(environ) or self.draw()
        answered = _FAILED

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal answered
            answered = status
            return start_response(status, [*headers, (HEADER, request_id)], exc_info)

        before = _current.set(request_id)
        began_s = perf_counter()
        try:
            return self._application(environ, start)
        finally:
            _current.reset(before)
            if self.note is not None:
                lasted_s = perf_counter() - began_s
                self.note((environ.get(ROUTE, REFUSED), environ["REQUEST_METHOD"], answered, lasted_s))

    @staticmethod
    def given(environ: WSGIEnvironment) -> str:
        """Return the id that a proxy on this machine gave a request; empty where it is to get one here."""
        return _of_proxy(environ) if _GIVEN in environ else ""

    @staticmethod
    def draw() -> str:
        """Return an id for a request that has none."""
        return f"{_draw(ID_BITS):010x}"


def _of_proxy(environ: WSGIEnvironment) -> str:
    """Return the id a proxy on this machine has made; empty for any other text, which may be somebody's."""
    given: str = environ[_GIVEN]
    is_form = _MADE_BY_PROXY.fullmatch(given) is not None
    return given if is_form and is_of_this_machine(environ.get("REMOTE_ADDR", "")) else ""
