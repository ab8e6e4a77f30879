"""A server of this process on a port of its own, and what clients of it send and read, byte by byte."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from flask import Flask
from waitress import wasyncore

from stationmap.web.guard.admission import EXTENSION as ADMISSION
from stationmap.web.guard.connections import ErrorResponse, servers
from stationmap.web.guard.inline_answers import Caller, Inline, InlineAnswer
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.server import OPTIONS

HOST = b"Host: localhost\r\n"
PATIENCE_S = 30
_ID = re.compile(rb"^X-Request-Id: ([0-9a-f]{10})\r\n", re.MULTILINE)
_DATE = re.compile(rb"^Date: [^\r]{29}\r\n", re.MULTILINE)


class Counted(Inline):
    """Answers as another does, and counts how often it does."""

    def __init__(self, inline: Inline) -> None:
        self._inline, self.path, self.answers = inline, inline.path, 0

    def caller(self, method: str, headers: Mapping[str, str], address: str) -> Caller | None:
        return self._inline.caller(method, headers, address)

    def answer(self, caller: Caller, asked: str | bytes) -> InlineAnswer | None:
        found = self._inline.answer(caller, asked)
        self.answers += found is not None
        return found


@contextmanager
def serving(app: Flask, inline: Inline | None = None, **options: Any) -> Iterator[int]:
    """Serve an application on the product's server, and yield its port."""
    sockets: dict[int, Any] = {}
    ErrorResponse.headers = app.extensions[ADMISSION].headers.everywhere
    known = OPTIONS | {"host": "127.0.0.1", "port": 0, "threads": 3} | options
    (server,) = servers(app, sockets, RejectionCounter(), inline=inline, **known)
    stopping = Event()

    def loop() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)

    thread = Thread(target=loop)
    thread.start()
    try:
        yield server.effective_port
    finally:
        stopping.set()
        thread.join()
        server.threads.shutdown(time.monotonic())
        wasyncore.close_all(sockets)


class Client:
    """One connection, opened again where the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> bytes:
        """Send a request as it is, and return the whole response."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE_S)
        self._socket.sendall(request)
        answer = b""
        while not _is_whole(answer):
            chunk = self._socket.recv(262_144)
            if not chunk:
                self.close()
                break
            answer += chunk
        if b"\r\nConnection: close\r\n" in answer:
            self.close()
        return answer

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def get(path: str, *fields: str) -> bytes:
    """Return a request for a path, with further fields of its head."""
    head = "".join(f"{field}\r\n" for field in fields).encode()
    return b"GET %b HTTP/1.1\r\n%b%b\r\n" % (path.encode(), HOST, head)


def post(path: str, body: bytes, *fields: str, media_type: str = "application/json") -> bytes:
    """Return a request that sends a body."""
    head = "".join(f"{field}\r\n" for field in (f"Content-Type: {media_type}", *fields)).encode()
    return b"POST %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (path.encode(), HOST, head, len(body), body)


def comparable(answer: bytes) -> bytes:
    """Return a response without what differs from answer to answer: its id and when it was sent."""
    known = _ID.search(answer)
    return _DATE.sub(b"Date:\r\n", answer.replace(known[1], b"id") if known else answer, count=1)


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"^Content-Length: (\d+)\r?$", head, re.MULTILINE)
    return bool(separator) and (length is None or len(body) >= int(length[1]))
