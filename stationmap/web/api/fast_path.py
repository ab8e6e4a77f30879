"""A short way through for the one question that is asked most, `GET /api/v1/nearest`.

Flask takes longer to dispatch a request than the index takes to find the nearest stations, so a well-formed question is
answered before Flask sees it, by the functions the view uses. Everything else, wrong questions included, takes the
ordinary way. Whatever is to hold for every request must therefore stand around this, not in Flask's hooks.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.formats.geojson import dumps
from stationmap.web.api import requests as questions
from stationmap.web.api import responses as answers
from stationmap.web.api import routes as api
from stationmap.web.state import State


class Express:
    """A WSGI application that answers plain questions itself and leaves the others to `application`.

    Answers of `compressed_from` bytes and more are left too when their reader takes compressed ones.
    """

    def __init__(self, application: WSGIApplication, current: State, *, compressed_from: int) -> None:
        self._application, self._current, self._compressed_from = application, current, compressed_from

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != api.NEAREST or environ["REQUEST_METHOD"] != "GET":
            return self._application(environ, start_response)
        self._current.watch()
        here = self._current.present(self._current.deadline(environ))
        try:
            asked = questions.nearest_of_query(environ.get("QUERY_STRING", ""), here.at, here.settings)
            body = dumps(answers.neighbours(here, asked))
        except Exception:  # Flask meets it again, and answers and logs it like any other
            return self._application(environ, start_response)
        if len(body) >= self._compressed_from and "HTTP_ACCEPT_ENCODING" in environ:
            return self._application(environ, start_response)
        headers = [
            ("Content-Type", api.GEOJSON),
            ("Content-Length", str(len(body))),
            (api.REVISION, here.snapshot.registry.revision),
            ("Cache-Control", "no-store"),
            ("Vary", "Accept-Encoding"),
        ]
        start_response("200 OK", headers)
        return [body]
