"""A fast path for the most frequent question, that for the nearest stations, by `GET` and by `POST` of one place.

Flask takes longer to dispatch a request than the index takes to find the nearest stations. So a well-formed request is
answered before Flask sees it, with the functions the view uses. Everything else, invalid requests included, goes
through Flask. Whatever must hold for every request therefore wraps this middleware and is not a Flask hook.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from stationmap.web.api import requests, responses, routes
from stationmap.web.api.kept_questions import Asked, KeptQuestions, asked_by_body, asked_by_query
from stationmap.web.api.lane import answer_headers
from stationmap.web.api.quick_options import QuickOptions
from stationmap.web.api.requests import NearestRequest
from stationmap.web.compression import compressed
from stationmap.web.guard.request_ids import ROUTE
from stationmap.web.state import RequestContext, State

_MAX_BODY_BYTES = routes.SLOW_BODY_BYTES
_MANY = b'"points"'


class _Question(NamedTuple):
    asked: Asked | None
    request: NearestRequest


class FastPath:
    """WSGI middleware that answers questions of one place itself and passes every other request to `application`.

    Answers of at least `compressed_from` bytes are compressed as the application compresses its own.
    """

    def __init__(
        self,
        application: WSGIApplication,
        state: State,
        questions: KeptQuestions,
        quick: QuickOptions,
        *,
        compressed_from: int,
    ) -> None:
        """Answer from a state; `quick` learns which questions need no thread of their own."""
        self._application, self._state, self._questions, self._quick = application, state, questions, quick
        self._compressed_from = compressed_from

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != routes.NEAREST or environ["REQUEST_METHOD"] not in ("GET", "POST"):
            return self._application(environ, start_response)
        environ[ROUTE] = routes.NEAREST
        self._state.watch()
        context = self._state.request_context(self._state.deadline(environ))
        began_s = time.thread_time()
        try:
            question = self._question(environ, context)
            body = None if question is None else responses.nearest(context, question.request)
        except Exception:  # raised again within Flask, which answers and logs it
            return self._application(environ, start_response)
        if question is None or body is None:
            return self._application(environ, start_response)
        if question.asked is not None:
            spent_s = time.thread_time() - began_s
            self._quick.learn(question.asked.options, context.snapshot, spent_s, len(body))
        headers = [*answer_headers(context.snapshot.registry.revision)]
        encoding = environ.get("HTTP_ACCEPT_ENCODING", "") if len(body) >= self._compressed_from else ""
        if encoding:
            body = compressed(body, encoding)
            headers.append(("Content-Encoding", encoding))
        headers.append(("Content-Length", str(len(body))))
        start_response("200 OK", headers)
        return [body]

    def _question(self, environ: WSGIEnvironment, context: RequestContext) -> _Question | None:
        """Return the question of a request; None for what Flask is to answer. Raises InvalidParametersError."""
        if environ["REQUEST_METHOD"] == "GET":
            return self._of_query(environ.get("QUERY_STRING", ""), context)
        body = _read(environ)
        return None if body is None or _MANY in body else self._of_body(body, context)

    def _of_query(self, query: str, context: RequestContext) -> _Question:
        asked = asked_by_query(query)
        kept = asked and self._questions.read(asked.options)
        if asked is not None and kept is not None:
            return _Question(asked, kept.at(asked, context.at))
        return _Question(None, requests.parse_nearest_query(query, context.at, context.settings))

    def _of_body(self, body: bytes, context: RequestContext) -> _Question | None:
        asked = asked_by_body(body)
        kept = asked and self._questions.read(asked.options)
        if asked is not None and kept is not None:
            return _Question(asked, kept.at(asked, context.at))
        streets = context.city_files.streets
        request = requests.parse_nearest_body(body, context.at, context.settings, streets)
        # Of many places, or in a large network, it may be slow, which Flask's view limits.
        return None if request.is_batch or routes.may_be_slow(context, request) else _Question(None, request)


def _read(environ: WSGIEnvironment) -> bytes | None:
    """Return the body of a request that is plain JSON of no great length; whoever comes later can read it again."""
    length = environ.get("CONTENT_LENGTH", "")
    if environ.get("QUERY_STRING") or environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != routes.JSON:
        return None
    if not (length.isascii() and length.isdecimal()) or len(length) > 5 or int(length) > _MAX_BODY_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body
