"""A connection that answers common requests on the thread that reads them (`guard/inline_answers`).

Waitress takes longer to parse a head and to hand a request over than such an answer takes. On a connection that is kept
open the head of the next request is that of the one before, but for its first line: then only that line is looked at.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from waitress.channel import HTTPChannel

from stationmap.web.guard.inline_answers import Caller, Inline
from stationmap.web.guard.request_parser import RequestParser

MAX_BODY_BYTES = 1_024
"""Of a request that is answered inline."""

_END_OF_LINE, _END_OF_HEAD = b"\r\n", b"\r\n\r\n"
_VERSION = b" HTTP/1.1"
# Printable ASCII without the blank, and without what ends the query.
_QUERY = re.compile(rb"[!\"$-~]*")


class Familiar(NamedTuple):
    """A head that waitress has parsed on a connection, and what decides how requests with it are answered."""

    caller: Caller
    first_line: bytes
    """As far as it is the same for all of them: method, path and, of GET, the question mark."""
    fields: bytes
    """What comes between the first line and the blank one."""
    body_bytes: int

    @classmethod
    def of(cls, request: RequestParser, inline: Inline, prefix: str, address: str) -> Familiar | None:
        """Return the head of a request; None where such requests are not answered inline."""
        body_bytes = request.content_length
        if request.path != prefix + inline.path or request.chunked or body_bytes > MAX_BODY_BYTES:
            return None
        is_get = request.command == "GET"
        if (body_bytes > 0 or not request.query) if is_get else request.query or request.fragment:
            return None
        if request.headers.get("CONNECTION", "keep-alive").lower() != "keep-alive":
            return None
        caller = inline.caller(request.command, request.headers, address)
        if caller is None:
            return None
        first_line = f"{request.command} {request.path}{'?' if is_get else ''}".encode("latin-1")
        return cls(caller, first_line, request.fields, body_bytes)

    def asked(self, data: bytes) -> str | bytes | None:
        """Return the query string or the body of a request that has this head and is whole; None for any other."""
        head, is_whole, body = data.partition(_END_OF_HEAD)
        line, _, fields = head.partition(_END_OF_LINE)
        if fields != self.fields or len(body) != self.body_bytes or not is_whole:
            return None
        if not (line.startswith(self.first_line) and line.endswith(_VERSION)):
            return None
        rest = line[len(self.first_line) : -len(_VERSION)]
        if self.caller.method == "GET":
            return rest.decode("ascii") if _QUERY.fullmatch(rest) else None
        return None if rest else body


class InlineConnection(HTTPChannel):
    """A connection some of whose requests are answered at once. Everything here is called by the one thread that reads.

    That thread reads no further before a request is answered, so no other thread is at work on the same connection.
    """

    requests: list[RequestParser]
    familiar: Familiar | None = None
    """The head of the latest request that was answered inline."""

    def answered_again(self, data: bytes, inline: Inline | None) -> bool:
        """Answer a request that has the head of an earlier one; tell whether it was answered."""
        familiar = self.familiar
        is_busy = self.request is not None or self.requests or self.will_close or self.close_when_flushed
        if familiar is None or inline is None or is_busy:
            return False
        asked = familiar.asked(data)
        answer = None if asked is None else inline.answer(familiar.caller, asked)
        if answer is None:
            return False
        self._send_now(answer.text())
        return True

    def answered_inline(self, inline: Inline, prefix: str) -> bool:
        """Answer the request that has just arrived; tell whether it was answered."""
        request = self.requests[0]
        if request.error is not None or request.is_followed or request.version != "1.1":
            return False
        familiar = Familiar.of(request, inline, prefix, self.addr[0])
        if familiar is None:
            return False
        asked = request.query if familiar.caller.method == "GET" else request.body_rcv.getbuf().get()
        answer = inline.answer(familiar.caller, asked)
        if answer is None:
            return False
        request.close()
        self.requests = []
        # An id that a proxy gave is that of one request.
        self.familiar = None if familiar.caller.request_id else familiar
        self._send_now(answer.text())
        return True

    def _send_now(self, data: bytes) -> None:
        """Send a response as far as the client accepts it; the rest waits for it as any other."""
        try:
            sent = 0 if self.total_outbufs_len else self.send(data)
        except OSError:
            self.will_close = True
            return
        self.last_activity = time.time()
        if sent < len(data) and self.connected:
            self.write_soon(data[sent:])
