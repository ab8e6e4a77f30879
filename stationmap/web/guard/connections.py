"""Limits of a connection: one request at a time, how slowly it may arrive and how slowly its response may be read.

Waitress limits how many connections there are and how large a request is, but not how long a slow request lasts, nor
how many bytes wait for a client that never reads. Its channel and server are designed to be subclassed, as here.
"""

from __future__ import annotations

import logging
import socket
import time
from collections import Counter
from typing import Any, ClassVar, NamedTuple

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.inline_answers import Inline
from stationmap.web.guard.inline_connection import InlineConnection
from stationmap.web.guard.rate_limiter import network_of
from stationmap.web.guard.rejections import (
    CROWDED_OUT,
    FULL,
    SLOW_READER,
    SLOW_REQUEST,
    TOO_MUCH_WAITING,
    UNREADABLE,
    RejectionCounter,
)
from stationmap.web.guard.request_parser import RequestParser
from stationmap.web.guard.threads import Threads

EXTENSION = "stationmap.servers"

log = logging.getLogger("stationmap.server")

MAX_HEAD_S = 10.0
"""From the first byte of a request to the end of its head."""
MAX_REQUEST_S = 30.0
"""From the first byte of a request to the end of its body."""
MAX_SILENCE_S = 20.0
"""During which a client reads nothing of its response."""
GRACE_S = 10.0
MIN_BYTES_PER_S = 1_024
"""At which a client reads a waiting response, on average, once the grace period is over."""
MAX_WAITING_BYTES = 256 * 1_048_576
"""Of all responses that wait for their clients; beyond it the oldest are dropped."""

RESERVED_FILES = 200
"""Open files reserved for everything but connections: the registry, the database, the log."""
EVICTED_FRACTION = 4
"""One in so many connections is closed when all are in use, of those that wait for no response."""
MAX_ACCEPTED_AT_ONCE = 64

_LOG_INTERVAL_S = 60.0


class Waiting(NamedTuple):
    """A response of which a part still waits for its client."""

    since_s: float
    sent_before: int


class ErrorResponse(ErrorTask):
    """A response of the server itself, before the application is called; it carries the headers of all responses."""

    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def execute(self) -> None:
        """Send the status and its name; nothing of the request is repeated."""
        self.channel.server.rejections.count(UNREADABLE)
        self.status = f"{self.request.error.code} {self.request.error.reason}"
        body = self.request.error.reason.encode() + b"\n"
        self.response_headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            NO_STORE,
            *self.headers,
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(InlineConnection):
    """A connection that is closed when it exceeds its limits."""

    parser_class = RequestParser
    error_task_class = ErrorResponse

    request: RequestParser | None
    arriving_since_s: float | None = None
    """Since when an incomplete request has been arriving; blank lines before a request count."""
    sent = 0
    sent_s = 0.0
    waiting: Waiting | None = None

    def received(self, data: bytes) -> bool:
        """Accept data."""
        if self.arriving_since_s is None:
            if self.answered_again(data, self.server.inline):
                return True
            self.arriving_since_s = time.monotonic()
        return bool(super().received(data))

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the client accepts, and note it."""
        sent: int = super().send(data, do_close)
        if sent:
            self.sent += sent
            self.sent_s = time.monotonic()
        return sent

    def service(self) -> None:
        """Answer in a thread. Of several pipelined requests only the first is answered, then the connection closes."""
        is_followed = self.requests[0].is_followed
        super().service()
        if is_followed and self.connected:
            self.close_when_flushed = True
            self.server.pull_trigger()

    def check_client_disconnected(self) -> bool:
        """Tell whether the client has gone; called by the application while it works."""
        if not self.connected:
            return True
        try:
            # Nothing else reads while a request is being answered, and peeking consumes nothing.
            return not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    @property
    def is_answered(self) -> bool:
        """Whether every request has been answered and every response read."""
        return not (self.requests or self.total_outbufs_len)

    @property
    def may_end(self) -> bool:
        """Whether no response is due, and at most part of a head has arrived."""
        return self.is_answered and not (self.request is not None and self.request.headers_finished)

    def overdue(self, now_s: float) -> str | None:
        """Return why the connection is too slow, if it is; to be called about once a second."""
        if self._arrives_too_slowly(now_s):
            return SLOW_REQUEST
        return SLOW_READER if self._reads_too_slowly(now_s) else None

    def _arrives_too_slowly(self, now_s: float) -> bool:
        if self.arriving_since_s is None:
            return False
        limit_s = MAX_REQUEST_S if self.request is not None and self.request.headers_finished else MAX_HEAD_S
        return now_s - self.arriving_since_s > limit_s

    def _reads_too_slowly(self, now_s: float) -> bool:
        if not self.total_outbufs_len:
            self.waiting = None
            return False
        if self.waiting is None:
            self.waiting = Waiting(now_s, self.sent)
            return False
        lasted_s = now_s - self.waiting.since_s
        if lasted_s <= GRACE_S:
            return False
        is_silent = now_s - max(self.sent_s, self.waiting.since_s) > MAX_SILENCE_S
        return is_silent or self.sent - self.waiting.sent_before < MIN_BYTES_PER_S * lasted_s


class Server(TcpWSGIServer):
    """A listening socket that enforces the limits of its connections."""

    channel_class = Connection
    rejections: RejectionCounter
    threads: Threads
    inline: Inline | None = None
    """What answers on the thread that reads requests, where anything does."""
    full_logged_s = -_LOG_INTERVAL_S

    def handle_accept(self) -> None:
        """Accept all waiting connections, not just one in each round of the loop."""
        for _ in range(MAX_ACCEPTED_AT_ONCE):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before or len(self._map) >= self.adj.connection_limit:
                break

    def add_task(self, task: Connection) -> None:
        """Answer a complete request, or give it to one of the threads for its kind."""
        task.arriving_since_s = None
        if self.inline is not None and task.answered_inline(self.inline, self.adj.url_prefix):
            return
        self.threads.of(task.requests[0], self.adj.url_prefix).add_task(task)

    def maintenance(self, now: float) -> None:
        """Close idle and slow connections, the oldest while too many bytes wait, and some more if all are in use."""
        super().maintenance(now)
        now_s = time.monotonic()
        connections = [channel for channel in self.active_channels.values() if not channel.will_close]
        for connection, reason in ((each, each.overdue(now_s)) for each in connections):
            if reason:
                self._drop(connection, reason)
        waiting = sorted((each for each in connections if each.waiting), key=lambda each: each.waiting.since_s)
        bytes_waiting = sum(each.total_outbufs_len for each in waiting)
        for connection in waiting:
            if bytes_waiting <= MAX_WAITING_BYTES:
                break
            bytes_waiting -= connection.total_outbufs_len
            self._drop(connection, TOO_MUCH_WAITING)
        if len(self._map) >= self.adj.connection_limit:
            self._make_room([each for each in connections if not each.will_close])

    def _make_room(self, connections: list[Connection]) -> None:
        """Drop idle connections: first of the network that holds most, then those silent longest."""
        networks = {connection: network_of(connection.addr[0]) for connection in connections}
        held = Counter(networks.values())
        free = [connection for connection in connections if connection.is_answered]
        free.sort(key=lambda each: (-held[networks[each]], each.last_activity))
        for connection in free[: max(1, self.adj.connection_limit // EVICTED_FRACTION)]:
            self._drop(connection, CROWDED_OUT)

    def _drop(self, connection: Connection, reason: str) -> None:
        connection.will_close = True
        self.rejections.count(reason)

    def readable(self) -> bool:
        """Tell whether another connection is accepted; log at most once a minute that all are in use."""
        is_readable = bool(super().readable())
        if self.in_connection_overflow and time.monotonic() - self.full_logged_s > _LOG_INTERVAL_S:
            self.full_logged_s = time.monotonic()
            self.rejections.count(FULL)
            log.warning("all %d connections are taken: others wait", self.adj.connection_limit)
        return is_readable


def servers(
    application: Any,
    sockets: dict[int, Any],
    rejections: RejectionCounter,
    kind: type[Server] = Server,
    inline: Inline | None = None,
    **options: Any,
) -> list[Server]:
    """Return a server for each address in the options, with shared threads; raises like waitress' `create_server`.

    `inline` answers some requests on the thread that reads them.
    """
    adjustments = Adjustments(**options)
    threads = Threads(adjustments.threads)
    made = [
        kind(application, sockets, dispatcher=threads.riders, adj=adjustments, sockinfo=place)
        for place in adjustments.listen
    ]
    for server in made:
        server.rejections, server.threads, server.inline = rejections, threads, inline
    return made


def connections_that_fit(wanted: int) -> int:
    """Raise the limit of open files as far as allowed, and return how many connections fit within it."""
    try:
        import resource
    except ImportError:  # a platform without such a limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - RESERVED_FILES))
