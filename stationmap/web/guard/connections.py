"""What a connection may hold of the server: one question at a time, so long to ask it, so slowly to take the answer.

Waitress bounds how many connections there are and how large a question is, not how long a slow one lasts nor how much
answer waits for a reader who never reads. Its channel and its server are made to be subclassed; this is all that does.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from collections import Counter
from typing import Any, ClassVar, NamedTuple

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import BadRequest

from stationmap.web.guard.gate import network_of
from stationmap.web.guard.refusals import (
    CROWDED_OUT,
    FULL,
    SLOW_QUESTION,
    SLOW_READER,
    TOO_MUCH_WAITING,
    UNREADABLE,
    Refusals,
)

log = logging.getLogger("stationmap.server")

HEAD_S = 10.0
"""From the first byte of a question to the end of its head."""
QUESTION_S = 30.0
"""From the first byte of a question to the end of its body."""
SILENCE_S = 20.0
"""In which the reader of an answer takes nothing of it."""
GRACE_S = 10.0
LEAST_BYTES_S = 1_024
"""Of an answer, on average since it began to wait, once the grace is over."""
MOST_WAITING_BYTES = 256 * 1_048_576
"""Of all answers that wait for their readers; the slowest are given up beyond it."""

FILES_KEPT = 200
"""Open files left for everything but connections: the registry, the database, the log."""
MADE_ROOM = 4
"""One of so many connections is given up when all are taken, of those that wait for no answer."""
MOST_CHUNK_LINE, MOST_TRAILER = 1_024, 16_384
"""Bytes of a body in chunks that are not of the body."""
CHUNKS_S = 0.2
"""Of processor time to put a body together; one of a megabyte in chunks of 64 bytes needs 0.03."""
ACCEPTED_AT_ONCE = 64

LONG_PATHS = re.compile(r"/api/v1/audit(?:/|$)|/audit/?$|/api/v1/stations/?$")
LONG_BODY_BYTES = 16_384
"""Of a question about many points."""
LONG_SHARE = 3
"""One of so many threads is for what takes long, the others for riders alone."""
_FULL_AGAIN_S = 60.0


class Waiting(NamedTuple):
    """An answer of which a part still waits for its reader."""

    since_s: float
    sent_before: int


class Chunks(ChunkedReceiver):
    """A body in chunks, read by the one thread that everybody waits for.

    Waitress looks through what is not of the body again with every byte, and needs long for chunks of a byte each.
    """

    spent_s = 0.0

    def received(self, s: bytes) -> int:
        """Take what was sent, unless the line of a chunk or the trailer has no end or the chunks cost too much."""
        began_s = time.thread_time()
        taken: int = super().received(s)
        self.spent_s += time.thread_time() - began_s
        is_long = len(self.control_line) > MOST_CHUNK_LINE or len(self.trailer) > MOST_TRAILER
        if is_long or self.spent_s > CHUNKS_S:
            self.error = BadRequest("more about chunks than is taken")
        return taken


class Question(HTTPRequestParser):
    """A question; nobody waits for the body of one that has none."""

    body_rcv: Any

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; raises ParsingError. With `Expect` but without a body waitress waits for what never comes."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address or a number that Python does not read
            raise ParsingError("unreadable") from error
        if not self.content_length and not self.chunked:
            self.expect_continue = False
        if self.chunked and "CONTENT_LENGTH" in self.headers:  # a proxy may take the other one for the length
            raise ParsingError("two lengths")
        if self.chunked:
            self.body_rcv = Chunks(self.body_rcv.buf)


class Refusal(ErrorTask):
    """What the server answers itself, before the application is asked: with the headers of every answer."""

    headers: ClassVar[tuple[tuple[str, str], ...]] = ()

    def execute(self) -> None:
        """Answer with the status and its name; nothing of the question is repeated."""
        self.channel.server.refusals.count(UNREADABLE)
        self.status = f"{self.request.error.code} {self.request.error.reason}"
        body = self.request.error.reason.encode() + b"\n"
        self.response_headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            *self.headers,
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """A connection that is closed when it holds more than it may."""

    parser_class = Question
    error_task_class = Refusal

    request: Question | None
    requests: list[Question]
    asked_s: float | None = None
    """Since when something is asked that has not been asked in full; blank lines before a question count."""
    sent = 0
    sent_s = 0.0
    waiting: Waiting | None = None
    is_last = False

    def received(self, data: bytes) -> bool:
        """Take what was sent. Of several questions at once only the first is answered, then the connection closes."""
        if self.asked_s is None:
            self.asked_s = time.monotonic()
        taken = bool(super().received(data))
        if self.asked_s is None and self.request is not None:  # the next one has begun
            self.asked_s = time.monotonic()
        with self.requests_lock:
            if len(self.requests) > 1:
                del self.requests[1:]
                self.request = self.asked_s = None
                self.is_last = True
        return taken

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the reader takes, and note it."""
        sent: int = super().send(data, do_close)
        if sent:
            self.sent += sent
            self.sent_s = time.monotonic()
        return sent

    def service(self) -> None:
        """Answer in a thread."""
        super().service()
        if self.is_last and self.connected:
            self.close_when_flushed = True
            self.server.pull_trigger()

    def check_client_disconnected(self) -> bool:
        """Tell whether who asked has gone; the application asks that while it answers."""
        if not self.connected:
            return True
        try:
            # Nothing else reads while a question is answered, and nothing is taken from what is there to be read.
            return not self.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    @property
    def is_answered(self) -> bool:
        """Whether nothing that was asked is still to be answered or read."""
        return not (self.requests or self.total_outbufs_len)

    @property
    def may_end(self) -> bool:
        """Whether nobody waits for anything of it, and no more than a part of a head was asked."""
        return self.is_answered and not (self.request is not None and self.request.headers_finished)

    def overdue(self, now_s: float) -> str | None:
        """Return what takes too long, its question or the reader of its answer; to be asked once a second or so."""
        if self._asks_too_long(now_s):
            return SLOW_QUESTION
        return SLOW_READER if self._reads_too_slowly(now_s) else None

    def _asks_too_long(self, now_s: float) -> bool:
        if self.asked_s is None:
            return False
        has_head = self.request is not None and self.request.headers_finished
        return now_s - self.asked_s > (QUESTION_S if has_head else HEAD_S)

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
        is_silent = now_s - max(self.sent_s, self.waiting.since_s) > SILENCE_S
        return is_silent or self.sent - self.waiting.sent_before < LEAST_BYTES_S * lasted_s


class Server(TcpWSGIServer):
    """A listening socket whose connections are looked after."""

    channel_class = Connection
    refusals: Refusals
    for_long: ThreadedTaskDispatcher
    full_s = -_FULL_AGAIN_S

    def handle_accept(self) -> None:
        """Take the connections that wait, not only one each time all others have been looked at."""
        for _ in range(ACCEPTED_AT_ONCE):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before or len(self._map) >= self.adj.connection_limit:
                break

    def add_task(self, task: Connection) -> None:
        """Let a question that was asked in full be answered in a thread; what takes long has some for itself."""
        task.asked_s = None
        lane = self.for_long if takes_long(task.requests[0], self.adj.url_prefix) else self.task_dispatcher
        lane.add_task(task)

    def maintenance(self, now: float) -> None:
        """Close what is idle, what is overdue, while too much waits for readers what waits longest, and make room."""
        super().maintenance(now)
        now_s = time.monotonic()
        connections = [channel for channel in self.active_channels.values() if not channel.will_close]
        for connection in connections:
            if reason := connection.overdue(now_s):
                self._give_up(connection, reason)
        waiting = sorted((each for each in connections if each.waiting), key=lambda each: each.waiting.since_s)
        bytes_waiting = sum(each.total_outbufs_len for each in waiting)
        for connection in waiting:
            if bytes_waiting <= MOST_WAITING_BYTES:
                break
            bytes_waiting -= connection.total_outbufs_len
            self._give_up(connection, TOO_MUCH_WAITING)
        if len(self._map) >= self.adj.connection_limit:
            self._make_room([each for each in connections if not each.will_close])

    def _make_room(self, connections: list[Connection]) -> None:
        """Give up connections that wait for nothing: first of the network that holds most, then the longest silent."""
        networks = {connection: network_of(connection.addr[0]) for connection in connections}
        held = Counter(networks.values())
        free = [connection for connection in connections if connection.is_answered]
        free.sort(key=lambda each: (-held[networks[each]], each.last_activity))
        for connection in free[: max(1, self.adj.connection_limit // MADE_ROOM)]:
            self._give_up(connection, CROWDED_OUT)

    def _give_up(self, connection: Connection, reason: str) -> None:
        connection.will_close = True
        self.refusals.count(reason)

    def readable(self) -> bool:
        """Tell whether another connection is taken; that there are as many as may be is said once a minute at most."""
        is_readable = bool(super().readable())
        if self.in_connection_overflow and time.monotonic() - self.full_s > _FULL_AGAIN_S:
            self.full_s = time.monotonic()
            self.refusals.count(FULL)
            log.warning("all %d connections are taken: others wait", self.adj.connection_limit)
        return is_readable


def servers(application: Any, sockets: dict[int, Any], refusals: Refusals, **options: Any) -> list[Server]:
    """Listen at each address that the options name, with the same threads; raises as waitress' `create_server`."""
    adjustments = Adjustments(**options)
    threads, for_long = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
    few = max(1, adjustments.threads // LONG_SHARE)
    threads.set_thread_count(max(1, adjustments.threads - few))
    for_long.set_thread_count(few)
    Server.refusals, Server.for_long = refusals, for_long
    return [
        Server(application, sockets, dispatcher=threads, adj=adjustments, sockinfo=place)
        for place in adjustments.listen
    ]


def takes_long(question: HTTPRequestParser, prefix: str = "") -> bool:
    """Tell whether a question is one of those that may take longer to answer than riders are to wait for."""
    path = getattr(question, "path", "").removeprefix(prefix)
    return question.body_bytes_received > LONG_BODY_BYTES or LONG_PATHS.match(path) is not None


def connections_that_fit(wanted: int) -> int:
    """Raise the limit of open files to what is allowed, and return how many connections fit below it."""
    try:
        import resource
    except ImportError:  # not where there is no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - FILES_KEPT))
