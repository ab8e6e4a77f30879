"""A body that is sent many times, compressed once for each encoding, as hard as it goes; which one a reader takes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cached_property
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

COMPRESSED = ("br", "gzip")


def chosen(header: str) -> str | None:
    """Return the encoding that suits the sender of an Accept-Encoding best, br before gzip; None to send as it is.

    What has the quality 0 is refused (RFC 9110, section 12.5.3); who refuses everything gets it as it is all the same.
    """
    accepted = parse_accept_header(header, Accept)
    best = max(COMPRESSED, key=accepted.quality)
    named = dict(accepted)
    return best if accepted.quality(best) > 0 and accepted.quality(best) >= named.get("identity", 0) else None


class Negotiated:
    """A WSGI application that leaves of Accept-Encoding the one encoding that suits, for all that compress below it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = chosen(environ.pop("HTTP_ACCEPT_ENCODING", ""))
        if found:
            environ["HTTP_ACCEPT_ENCODING"] = found
        return self._application(environ, start_response)


class Encoded:
    """Bytes with their media type; safe to share between threads."""

    def __init__(self, identity: bytes, media_type: str, *, compressible: bool = True) -> None:
        self.identity = identity
        self.media_type = media_type
        self._offered = ("br", "gzip", "identity") if compressible else ("identity",)
        self._lock = Lock()

    def body(self, encoding: str) -> bytes:
        """Return the bytes in one of the encodings br, gzip and identity."""
        if encoding == "identity":
            return self.identity
        with self._lock:  # the second to ask waits for the first instead of compressing too
            return self._brotli if encoding == "br" else self._gzip

    def response(self) -> Response:
        """Answer the request in the encoding its sender likes best."""
        encoding = request.accept_encodings.best_match(self._offered, "identity")
        response = Response(self.body(encoding), content_type=self.media_type)
        if encoding != "identity":
            response.headers["Content-Encoding"] = encoding
        if len(self._offered) > 1:
            response.headers["Vary"] = "Accept-Encoding"
        return response

    @cached_property
    def _brotli(self) -> bytes:
        return bytes(brotli.compress(self.identity, quality=11))

    @cached_property
    def _gzip(self) -> bytes:
        return gzip.compress(self.identity, 9, mtime=0)
