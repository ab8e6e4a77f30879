"""A body that is sent many times, compressed once for each encoding, as hard as it goes."""

from __future__ import annotations

import gzip
from functools import cached_property
from threading import Lock

import brotli
from flask import Response, request


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
