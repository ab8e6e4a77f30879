"""Content negotiation of encodings, and bodies compressed once for each encoding, as hard as possible."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

ENCODINGS = ("br", "gzip")
_GZIP = 16 + zlib.MAX_WBITS
"""The container that zlib is to write."""
SENT = "stationmap.accept_encoding"
"""In the environment of a request: what it says it takes, all of it."""
HARDEST, QUICK = 11, 9
"""Qualities of Brotli: for what is kept long; a twentieth of the time for an eighth more bytes."""
AT_ONCE = {"br": 4, "gzip": 6}
"""For an answer to one request."""


def best_encoding(header: str) -> str | None:
    """Return the preferred encoding of an Accept-Encoding header, br before gzip; None to send the body as it is.

    A quality of 0 excludes an encoding (RFC 9110, section 12.5.3); if all are excluded the body is sent as it is.
    """
    accepted = parse_accept_header(header, Accept)
    best = max(ENCODINGS, key=accepted.quality)
    named = dict(accepted)
    return best if accepted.quality(best) > 0 and accepted.quality(best) >= named.get("identity", 0) else None


def takes_gzip() -> bool:
    """Tell whether the current request takes gzip, for a body that is packed so already."""
    return parse_accept_header(request.environ.get(SENT, ""), Accept).quality("gzip") > 0


def response_in_parts(parts: Iterator[bytes], media_type: str) -> Response:
    """Return a response that is packed and sent part by part, in the encoding the client prefers."""
    encoding = request.accept_encodings.best_match((*ENCODINGS, "identity"), "identity")
    if encoding == "identity":
        return Response(parts, content_type=media_type)
    response = Response(_packed(parts, encoding), content_type=media_type)
    response.headers["Content-Encoding"] = encoding
    return response


def _packed(parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield what the parts are together in an encoding, as it comes."""
    if encoding == "br":
        brotli_packer = brotli.Compressor(mode=brotli.MODE_TEXT, quality=AT_ONCE["br"])
        pack, flush, end = brotli_packer.process, brotli_packer.flush, brotli_packer.finish
    else:
        gzip_packer = zlib.compressobj(AT_ONCE["gzip"], zlib.DEFLATED, _GZIP)
        pack, flush, end = gzip_packer.compress, partial(gzip_packer.flush, zlib.Z_SYNC_FLUSH), gzip_packer.flush
    # The first part goes out by itself, so that an answer has begun for its client, too.
    yield pack(next(parts, b"")) + flush()
    for part in parts:
        if packed := pack(part):
            yield packed
    yield end()


class EncodingNegotiation:
    """WSGI middleware that reduces Accept-Encoding to the best encoding, for everything below that compresses."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[SENT] = environ.pop("HTTP_ACCEPT_ENCODING", "")
        found = best_encoding(environ[SENT])
        if found:
            environ["HTTP_ACCEPT_ENCODING"] = found
        return self._application(environ, start_response)


def compressed(body: bytes, encoding: str) -> bytes:
    """Return the answer to one request compressed as br or gzip."""
    return (
        bytes(brotli.compress(body, quality=AT_ONCE["br"]))
        if encoding == "br"
        else gzip.compress(body, AT_ONCE["gzip"])
    )


class EncodedBody:
    """A response body with its media type, compressed on first use; safe to share between threads."""

    def __init__(self, identity: bytes, media_type: str, *, compressible: bool = True, quality: int = HARDEST) -> None:
        """Take a body; `quality` is that of Brotli, 1 to 11."""
        self.identity = identity
        self.media_type = media_type
        self._quality = quality
        self._offered = ("br", "gzip", "identity") if compressible else ("identity",)
        self._lock = Lock()

    def body(self, encoding: str) -> bytes:
        """Return the bytes encoded as br, gzip or identity."""
        if encoding == "identity":
            return self.identity
        with self._lock:  # a second thread waits for the first instead of compressing as well
            return self._brotli if encoding == "br" else self._gzip

    def response(self) -> Response:
        """Return a response in the encoding the client prefers."""
        encoding = request.accept_encodings.best_match(self._offered, "identity")
        response = Response(self.body(encoding), content_type=self.media_type)
        if encoding != "identity":
            response.headers["Content-Encoding"] = encoding
        if len(self._offered) > 1:
            response.headers["Vary"] = "Accept-Encoding"
        return response

    @cached_property
    def _brotli(self) -> bytes:
        return bytes(brotli.compress(self.identity, quality=self._quality))

    @cached_property
    def _gzip(self) -> bytes:
        return gzip.compress(self.identity, 9, mtime=0)
