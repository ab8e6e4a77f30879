"""The lane: common questions for the nearest stations, answered on the thread that reads requests.

To hand a request to another thread and back takes several times as long as to answer it. Whoever asks on the lane
passes the same checks as everybody (`guard/admission`), and the answer has the same headers, an id, and is measured.

Everybody waits for that thread, so nothing slow may run on it: a question is answered here once it was answered
elsewhere, from the same snapshot, in next to no time; one that takes longer this time is not, the next time.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter, thread_time

from stationmap.web.api import responses, routes
from stationmap.web.api.kept_questions import Asked, KeptQuestion, KeptQuestions, asked_by_body, asked_by_query
from stationmap.web.api.quick_options import QuickOptions
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.compression import best_encoding
from stationmap.web.guard.admission import AdmissionControl
from stationmap.web.guard.cross_origin import Headers
from stationmap.web.guard.inline_answers import Caller, InlineAnswer, head_of
from stationmap.web.guard.request_ids import RequestIds
from stationmap.web.state import RequestContext, State

EXTENSION = "stationmap.lane"

MAX_LOOKS = 256
"""Stations for which it has to be worked out whether they are open on arrival, for one question, some 2 us each."""
_STATUS = "200 OK"
_USUAL_WAY = frozenset({"EXPECT", "TRANSFER_ENCODING", "UPGRADE"})
"""Fields of a head that no common question has."""


class _TooManyLooksError(Exception):
    """An answer takes too long for the thread that reads requests."""


class _Looks:
    """Lets the stations of one question be looked at so many times; for `RequestContext.check`."""

    def __init__(self) -> None:
        self.left = MAX_LOOKS

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooManyLooksError


class Lane:
    """Answers questions of one place that are known to be quick (`guard/inline_answers`)."""

    path = routes.NEAREST

    def __init__(
        self,
        state: State,
        questions: KeptQuestions,
        quick: QuickOptions,
        front: AdmissionControl,
        ids: RequestIds,
        *,
        compressed_from: int,
    ) -> None:
        """Take what answers are made of, what must hold for all requests, and from how many bytes on to compress."""
        self._state, self._questions, self._quick = state, questions, quick
        self._front, self._ids, self._compressed_from = front, ids, compressed_from
        self._heads: dict[str, tuple[str, str]] = {}

    def caller(self, method: str, headers: Mapping[str, str], address: str) -> Caller | None:
        """Return who asks, by the fields of a head; None for who takes the usual way."""
        is_json = method == "GET" or headers.get("CONTENT_TYPE") == routes.JSON
        if method not in ("GET", "POST") or not is_json or not _USUAL_WAY.isdisjoint(headers):
            return None
        environ = {f"HTTP_{name}": value for name, value in headers.items()} | {"REMOTE_ADDR": address}
        if not self._front.is_well_formed(environ):
            return None
        takes = best_encoding(headers.get("ACCEPT_ENCODING", "")) is not None
        return Caller(method, self._front.network(environ), self._ids.given(environ), takes)

    def answer(self, caller: Caller, asked: str | bytes) -> InlineAnswer | None:
        """Return the answer to a query string or a body; None for what takes the usual way."""
        began_s = perf_counter()
        question = asked_by_query(asked) if isinstance(asked, str) else asked_by_body(asked)
        kept = question and self._questions.known(question.options)
        if question is None or kept is None:
            return None
        self._state.watch()
        context = self._state.request_context(_Looks())
        known_bytes = self._quick.bytes_of(question.options, context.snapshot)
        if known_bytes is None or (caller.takes_encoding and known_bytes >= self._compressed_from):
            return None
        body = self._body(context, question, kept)
        if body is None or (caller.takes_encoding and len(body) >= self._compressed_from):
            return None
        if not self._front.allows(caller.network):
            return None
        request_id = caller.request_id or self._ids.draw()
        head = self._head(caller.method, context.snapshot.registry.revision)
        if (note := self._ids.note) is not None:
            note((routes.NEAREST, caller.method, _STATUS, perf_counter() - began_s))
        return InlineAnswer(head, request_id, body)

    def _body(self, context: RequestContext, question: Asked, kept: KeptQuestion) -> bytes | None:
        began_s = thread_time()
        try:
            body = responses.nearest(context, kept.at(question, context.at))
        except Exception:  # raised again on the usual way, which answers and logs it
            return None
        self._quick.learn(question.options, context.snapshot, thread_time() - began_s, len(body))
        return body

    def _head(self, method: str, revision: str) -> str:
        known = self._heads.get(method)
        if known is None or known[0] != revision:
            everywhere = self._front.headers.of({"PATH_INFO": routes.NEAREST, "REQUEST_METHOD": method})
            known = self._heads[method] = revision, head_of((*answer_headers(revision), *everywhere))
        return known[1]


def answer_headers(revision: str) -> Headers:
    """Return the headers of every answer about the nearest stations, but its length."""
    return (
        ("Content-Type", routes.GEOJSON),
        (routes.REVISION, revision),
        NO_STORE,
        ("Vary", "Accept-Encoding"),
    )
