"""The application on waitress: one process, many threads, limits that slow or greedy clients cannot wear down.

On SIGTERM or SIGINT it stops listening, finishes the answers it has begun, and returns.
"""

from __future__ import annotations

import errno
import logging
import signal
import sys
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from flask import Flask
from waitress import wasyncore

from stationmap.settings import Settings
from stationmap.web.app import LARGEST_BODY, create_app
from stationmap.web.guard.connections import Connection, Refusal, Server, connections_that_fit, servers
from stationmap.web.guard.gate import EXTENSION as GATE
from stationmap.web.guard.refusals import EXTENSION as REFUSALS
from stationmap.web.state import EXTENSION

LARGEST_ANSWER = 64 * 1_048_576
OPTIONS: dict[str, Any] = {
    "threads": 12,
    # A connection costs some kilobytes, a refused rider more; slow ones are closed after `channel_timeout` seconds.
    "connection_limit": 2_000,
    "channel_timeout": 30,
    "cleanup_interval": 1,
    "backlog": 1_024,
    # No thread waits for a reader: an answer goes into memory whole, and `connections` bounds what waits there.
    "outbuf_high_watermark": LARGEST_ANSWER,
    "outbuf_overflow": LARGEST_ANSWER,
    "max_request_header_size": 16_384,
    # Twice what the application takes: the answer to a body that is a little too large is then a problem document.
    "max_request_body_size": 2 * LARGEST_BODY,
    "asyncore_use_poll": True,  # select() ends at 1,024 connections
    "ident": None,  # no Server header
    "clear_untrusted_proxy_headers": True,
}

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
DRAIN_S = 10.0
_TICK_S = 0.5

log = logging.getLogger("stationmap.server")

Say = Callable[[str], object]


def run(settings: Settings, *, say: Say = print) -> None:
    """Serve until asked to end; `say` is told the address once connections are accepted.

    Raises InvalidRegistryError or RegistryFileError if the registry cannot be served, OSError if the address cannot.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=LINE, datefmt="%Y-%m-%dT%H:%M:%S%z")
    app = create_app(settings)
    app.extensions[EXTENSION].watch()  # not only with the first request: its sender would wait for the feed to be made
    serve(app, settings.host, settings.port, say=say, prefix=settings.url_prefix)


def serve(app: Flask, host: str, port: int, *, say: Say, prefix: str = "") -> None:
    """Serve an application on waitress, below the path `prefix`, until SIGTERM or SIGINT.

    Raises OSError if the address cannot be used.
    """
    # It names paths of requests, and tells of every one that has to wait its turn.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    logging.getLogger("waitress.queue").setLevel(logging.CRITICAL)
    sockets: dict[int, Any] = {}
    Refusal.headers = app.extensions[GATE].headers
    listening = _listening(app, host, port, sockets, prefix)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for address in _addresses(listening):
        say(address)
    while not stopping.is_set():
        wasyncore.loop(timeout=_TICK_S, use_poll=True, map=sockets, count=1)
    _drain(listening, sockets)


def _listening(app: Flask, host: str, port: int, sockets: dict[int, Any], prefix: str) -> list[Server]:
    fitting = connections_that_fit(OPTIONS["connection_limit"])
    log.info("at most %d connections at a time", fitting)
    options = OPTIONS | {"connection_limit": fitting, "url_prefix": prefix}
    try:
        return servers(app, sockets, app.extensions[REFUSALS], host=host, port=port, **options)
    except OSError as error:
        # The half-made server has opened a socket and a pipe.
        wasyncore.close_all(sockets)
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    except ValueError as error:
        # What waitress makes of a name that stands for no address.
        raise OSError(errno.EADDRNOTAVAIL, "不是可监听的地址 no address to listen on", host) from error


def _drain(listening: list[Server], sockets: dict[int, Any]) -> None:
    """Stop listening, let answers that have begun reach their readers, then close everything."""
    for listener in listening:
        # Not its own close(), which would also close the trigger by which threads report that an answer is ready.
        listener.del_channel(sockets)
        listener.socket.close()
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and (connections := _connections(sockets)):
        for connection in connections:
            if connection.may_end:
                connection.handle_close()
        wasyncore.loop(timeout=_TICK_S / 10, use_poll=True, map=sockets, count=1)
    for threads in (listening[0].task_dispatcher, listening[0].for_long):
        threads.shutdown(timeout=max(_TICK_S, deadline - time.monotonic()))
    wasyncore.close_all(sockets)


def _connections(sockets: dict[int, Any]) -> list[Connection]:
    return [member for member in sockets.values() if isinstance(member, Connection)]


def _addresses(listening: list[Server]) -> list[str]:
    places = [(server.effective_host, server.effective_port) for server in listening]
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}/" for host, port in places]
