"""How a request is read from its bytes: what waitress would wait for without end, or scan again and again, is refused.

Its parser and receiver are designed to be subclassed, as here.
"""

from __future__ import annotations

import time
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest

MAX_CHUNK_LINE, MAX_TRAILER = 1_024, 16_384
"""Bytes of a chunked body that do not belong to its content."""
MAX_CHUNKS_CPU_S = 0.2
"""Processor time to assemble a chunked body; a megabyte in chunks of 64 bytes needs 0.03."""


class BoundedChunkedReceiver(ChunkedReceiver):
    """A chunked body, read by the one thread that everybody waits for.

    Waitress rescans chunk headers and trailer with every byte, and is slow for chunks of one byte.
    """

    spent_s = 0.0

    def received(self, s: bytes) -> int:
        """Accept data, unless a chunk header or the trailer has no end or the chunks cost too much."""
        began_s = time.thread_time()
        taken: int = super().received(s)
        self.spent_s += time.thread_time() - began_s
        is_endless = len(self.control_line) > MAX_CHUNK_LINE or len(self.trailer) > MAX_TRAILER
        if is_endless or self.spent_s > MAX_CHUNKS_CPU_S:
            self.error = BadRequest("chunk headers too large")
        return taken


class RequestParser(HTTPRequestParser):
    """A request; the body of a request without one is not waited for, and what follows a whole request is dropped."""

    body_rcv: Any
    is_followed = False
    """Whether the client has sent more before the response, after which the connection therefore ends."""
    fields = b""
    """The head without its first line and the blank one, as it came."""

    def received(self, data: bytes) -> int:
        """Accept data, and return how much of it is dealt with: all of it once the request is whole."""
        taken: int = super().received(data)
        if not self.completed or self.empty:
            return taken
        self.is_followed = bool(data[taken:].strip())
        return len(data)

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the head; raises ParsingError. Given `Expect` but no body, waitress would wait forever."""
        self.fields = header_plus.partition(b"\r\n")[2].removesuffix(b"\r\n\r\n")
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a URL or a number that Python cannot parse
            raise ParsingError("unreadable") from error
        if not self.content_length and not self.chunked:
            self.expect_continue = False
        if self.chunked and "CONTENT_LENGTH" in self.headers:  # a proxy may believe the other length
            raise ParsingError("two lengths")
        if self.chunked:
            self.body_rcv = BoundedChunkedReceiver(self.body_rcv.buf)
