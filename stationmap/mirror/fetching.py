"""Answers of one server, by http or https: no redirect is followed, nothing is waited for long or taken without end."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from queue import Empty, Queue
from threading import Thread
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

from stationmap import __version__
from stationmap.errors import MirrorError, reason_of

TIMEOUT_S, WHOLE_S = 30.0, 600.0
_PIECE_BYTES = 65_536
_GZIP = 31
_USER_AGENT = f"stationmap-mirror/{__version__}"
_REDIRECTS = range(300, 400)
_NOT_MODIFIED = 304

OnBytes = Callable[[float], None]
"""Takes how much of an answer has come, 0 to 1, where its length is known."""


class Reply(NamedTuple):
    """What came back: the status of HTTP, the headers by their names in small letters, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: int
    """Bytes of the body as they came, packed."""


Fetch = Callable[[str, Mapping[str, str], int, OnBytes], Reply]
"""Asks a path with its query, with headers, for at most so many bytes; raises MirrorError."""


class _AsItIs(HTTPErrorProcessor):
    """Takes every answer as it is: an error may say why, and a redirect is followed nowhere."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:  # noqa: ARG002
        return response

    https_response = http_response


def root_of(url: str) -> str:
    """Return the address of a server without a slash at its end; raises MirrorError for what is none."""
    try:
        parts = urlsplit(url)
        is_address = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        is_address = False
    if not is_address or not url.isascii() or not url.isprintable() or " " in url:
        raise MirrorError(f"{url}: 不是网址 is no address such as https://stations.example.org")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise MirrorError("地址里不能有密码、? 或 # an address here has no password, no ? and no #")
    return url.rstrip("/")


def fetcher(root: str, https: HTTPSHandler | None = None) -> Fetch:
    """Return the function that asks the server at an address, by the proxy of the environment where one is set."""
    opened_by = build_opener(_AsItIs, https or HTTPSHandler(context=ssl.create_default_context()))

    def fetch(path: str, headers: Mapping[str, str], max_bytes: int, on_bytes: OnBytes) -> Reply:
        sent = {"Accept-Encoding": "gzip", "User-Agent": _USER_AGENT, **headers}
        request = Request(root + path, headers=sent)
        return _in_time(lambda: _fetched(opened_by, request, max_bytes, on_bytes), request.full_url)

    return fetch


def _in_time(work: Callable[[], Reply], address: str) -> Reply:
    """Return what work returns, or raise what it raises; MirrorError where that takes longer than `WHOLE_S`.

    Whoever sends a byte of a head now and then, or "100 Continue" for ever, is silent for no `TIMEOUT_S`; so the work
    has a thread of its own, which is left behind then.
    """
    done: Queue[Reply | BaseException] = Queue()

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:
            done.put(error)

    Thread(target=run, name="mirror-fetch", daemon=True).start()
    try:
        found = done.get(timeout=WHOLE_S)
    except Empty:
        raise MirrorError(f"{address}: 太慢 takes too long") from None
    if isinstance(found, BaseException):
        raise found
    return found


def _fetched(opened_by: OpenerDirector, request: Request, max_bytes: int, on_bytes: OnBytes) -> Reply:
    address = request.full_url
    try:
        with opened_by.open(request, timeout=TIMEOUT_S) as answer:
            if answer.status in _REDIRECTS and answer.status != _NOT_MODIFIED:
                there = answer.headers.get("Location", "")[:200]
                raise MirrorError(f"{address}: 转向别处 leads elsewhere, which is not followed: use {there}")
            counted = _Counted(answer, address, on_bytes)
            body = b"".join(_unpacked(counted, answer.headers.get("Content-Encoding", ""), address, max_bytes))
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, headers, body, counted.received)
    except ssl.SSLError as error:
        raise MirrorError(f"{address}: 证书不可信 its certificate proves nothing: {error.reason or error}") from error
    except URLError as error:
        reason = reason_of(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
        raise MirrorError(f"{address}: 连不上 cannot be reached: {reason}") from error
    except TimeoutError as error:
        raise MirrorError(f"{address}: 太慢 takes too long") from error
    except OSError as error:
        raise MirrorError(f"{address}: 连接断了 the connection broke: {reason_of(error)}") from error
    except (HTTPException, ValueError) as error:
        raise MirrorError(f"{address}: 应答不完整 the answer is no whole one: {error}") from error


class _Counted:
    """The pieces of an answer as they come; raises TimeoutError when they take too long together."""

    def __init__(self, answer: HTTPResponse, address: str, on_bytes: OnBytes) -> None:
        self._answer, self._address, self._on_bytes = answer, address, on_bytes
        length = answer.headers.get("Content-Length", "")
        self._length = int(length) if length.isdecimal() and len(length) < 12 else 0
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        until = time.monotonic() + WHOLE_S
        while piece := self._answer.read1(_PIECE_BYTES):
            self.received += len(piece)
            if self._length:
                self._on_bytes(min(1.0, self.received / self._length))
            yield piece
            if time.monotonic() > until:
                raise TimeoutError
        if self._length > self.received:  # `read1` does not tell a broken connection from the end
            raise MirrorError(f"{self._address}: 应答不完整 the answer broke off")


def _unpacked(pieces: _Counted, encoding: str, address: str, max_bytes: int) -> Iterator[bytes]:
    """Yield what pieces hold, at most so many bytes in all."""
    if encoding.strip().lower() not in ("", "identity", "gzip"):
        raise MirrorError(f"{address}: 编码不认识 comes in an encoding that was not asked for")
    left = max_bytes
    unpacking = zlib.decompressobj(_GZIP) if encoding.strip().lower() == "gzip" else None
    for piece in pieces:
        try:
            found = unpacking.decompress(piece, left + 1) if unpacking else piece
        except zlib.error as error:
            raise MirrorError(f"{address}: 压缩数据损坏 is packed wrongly") from error
        left -= len(found)
        if left < 0:
            raise MirrorError(f"{address}: 太大 is larger than {max_bytes:,} bytes")
        yield found
    if unpacking and not unpacking.eof:
        raise MirrorError(f"{address}: 应答不完整 the answer broke off")
