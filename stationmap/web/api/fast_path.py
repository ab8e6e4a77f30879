"""A fast path for the most frequent request, `GET /api/v1/nearest`.

Flask takes longer to dispatch a request than the index takes to find the nearest stations. So a well-formed request is
answered before Flask sees it, with the functions the view uses. Everything else, invalid requests included, goes
through Flask. Whatever must hold for every request therefore wraps this middleware and is not a Flask hook.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.api import requests, responses, routes
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.request_ids import ROUTE
from stationmap.web.state import State


class FastPath:
    """WSGI middleware that answers `GET /api/v1/nearest` itself and passes every other request to `application`.

    It also passes on responses of at least `compressed_from` bytes whose client accepts compression.
    """

    def __init__(self, application: WSGIApplication, state: State, *, compressed_from: int) -> None:
        self._application, self._state, self._compressed_from = application, state, compressed_from

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != routes.NEAREST or environ["REQUEST_METHOD"] != "GET":
            return self._application(environ, start_response)
        environ[ROUTE] = routes.NEAREST
        self._state.watch()
        context = self._state.request_context(self._state.deadline(environ))
        try:
            parsed = requests.parse_nearest_query(environ.get("QUERY_STRING", ""), context.at, context.settings)
            body = responses.nearest(context, parsed)
        except Exception:  # raised again within Flask, which answers and logs it
            return self._application(environ, start_response)
        if len(body) >= self._compressed_from and "HTTP_ACCEPT_ENCODING" in environ:
            return self._application(environ, start_response)
        headers = [
            ("Content-Type", routes.GEOJSON),
            ("Content-Length", str(len(body))),
            (routes.REVISION, context.snapshot.registry.revision),
            NO_STORE,
            ("Vary", "Accept-Encoding"),
        ]
        start_response("200 OK", headers)
        return [body]
