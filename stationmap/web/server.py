"""The application on waitress: one process, many threads, and limits that slow or greedy clients cannot exhaust.

On SIGTERM or SIGINT it stops listening, finishes the responses it has begun, and returns.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event
from typing import Any, NoReturn

from flask import Flask
from waitress import wasyncore

from stationmap.errors import StorageError
from stationmap.i18n import LANGUAGES
from stationmap.settings import Settings
from stationmap.web import logs, notifier
from stationmap.web.api import lane
from stationmap.web.app import MAX_BODY_BYTES, create_app
from stationmap.web.guard import admission, connections, rejections
from stationmap.web.guard.connections import Connection, ErrorResponse, Server, connections_that_fit, servers
from stationmap.web.keeper import load_storage
from stationmap.web.notifier import Notifier
from stationmap.web.pages import map_shells
from stationmap.web.pages.map_shells import ShellsAside
from stationmap.web.rehearsal import QUESTIONS, pages, rehearse
from stationmap.web.state import EXTENSION, State

OWN_SETTINGS = frozenset({"host", "port", "url_prefix", "metrics", "log_format"})
"""Settings that hold for this server alone; another one, such as gunicorn, has its own."""
MAX_RESPONSE_BYTES = 64 * 1_048_576
OPTIONS: dict[str, Any] = {
    "threads": 12,
    # A connection costs a few kilobytes, a rejected rider more; idle ones are closed after `channel_timeout` seconds.
    "connection_limit": 2_000,
    "channel_timeout": 30,
    "cleanup_interval": 1,
    "backlog": 1_024,
    # No thread waits for a client: a response is buffered whole, and `connections` limits what waits there.
    "outbuf_high_watermark": MAX_RESPONSE_BYTES,
    "outbuf_overflow": MAX_RESPONSE_BYTES,
    "max_request_header_size": 16_384,
    # Twice the limit of the application, so that a body slightly too large is answered with a problem document.
    "max_request_body_size": 2 * MAX_BODY_BYTES,
    "asyncore_use_poll": True,  # select() ends at 1,024 connections
    "ident": None,  # no Server header
    "clear_untrusted_proxy_headers": True,
}

DRAIN_S = 10.0
_TICK_S = 0.5
SWITCH_S = 0.0003  # a rider waits less often for work aside, such as a new version that is indexed

log = logging.getLogger("stationmap.server")

Say = Callable[[str], object]


def run(settings: Settings, *, say: Say = print) -> bool:
    """Serve until a signal, and return whether all work aside has ended; `say` receives the URL once it listens.

    Where it has not ended, some of it takes long, such as the index of a large registry, and `leave` ends the process.

    Raises InvalidRegistryError or RegistryFileError if the registry cannot be served, OSError if the address cannot.
    """
    logs.configure(settings.log_format)
    sys.setswitchinterval(SWITCH_S)
    app = create_app(settings, writable=True)
    app.extensions[map_shells.EXTENSION] = shells = ShellsAside(settings)
    current: State = app.extensions[EXTENSION]
    listens_on: SimpleQueue[int] = SimpleQueue()

    def warm_up() -> None:
        shells.shell(LANGUAGES[0], is_audit=False)
        port = listens_on.get()
        base_url = settings.public_url or f"http://{settings.host}:{port}"
        rehearse(app, pages(current.snapshot), base_url, is_over=lambda: current.is_ending)
        if not current.is_ending:
            _announce(current, port, say)

    current.warm_up = warm_up
    sending: Notifier = app.extensions[notifier.EXTENSION]
    current.watch()  # before the first request, which would otherwise wait for the feed to be built
    try:
        rehearse(app, QUESTIONS, settings.public_url or "http://localhost")
        with _metrics(app, settings):
            sending.watch()
            serve(app, settings.host, settings.port, say=say, prefix=settings.url_prefix, listening=listens_on.put)
    finally:
        sending.end()
        has_ended = _end_aside(current, shells, listens_on)
    return has_ended


def _end_aside(current: State, shells: ShellsAside, listens_on: SimpleQueue[int]) -> bool:
    """End what is done aside, also where it waits for the maps or for a port; return whether it has ended."""
    listens_on.put(0)
    shells.end()
    return current.end()


def leave() -> NoReturn:
    """End the process although work aside goes on, with what was logged and said.

    Nothing of that work is lost: what it makes is made anew at the start, and a database undoes what was half written.
    The usual end of Python would stop it within a library of C++, which aborts the process.
    """
    log.warning("work aside is left where it is")
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextmanager
def _metrics(app: Flask, settings: Settings) -> Iterator[None]:
    """Let Prometheus read figures about an application, where that is set."""
    if not settings.metrics:
        yield
        return
    from stationmap.web.monitoring.endpoint import MetricsEndpoint
    from stationmap.web.monitoring.scrape import watched

    endpoint = MetricsEndpoint(watched(app), settings.metrics, app.extensions[rejections.EXTENSION])
    endpoint.start()
    try:
        yield
    finally:
        endpoint.close()


def _announce(current: State, port: int, say: Say) -> None:
    """Say how to make the first account where there is none: to the terminal, never to the log."""
    if current.keeper is None:
        return
    load_storage()
    from stationmap.web.staff.accounts import first_start

    try:
        text = first_start.announcement(current, port)
    except StorageError as error:
        log.error("nobody can sign in: %s", error)
        return
    if text:
        say(text)


def serve(
    app: Flask,
    host: str,
    port: int,
    *,
    say: Say,
    prefix: str = "",
    listening: Callable[[int], object] = lambda _port: None,
) -> None:
    """Serve an application on waitress, below the path `prefix`, until SIGTERM or SIGINT.

    `say` receives each address, `listening` the port once connections are accepted.
    Raises OSError if the address cannot be used.
    """
    # waitress logs the paths of requests, and every request that has to queue.
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    logging.getLogger("waitress.queue").setLevel(logging.CRITICAL)
    sockets: dict[int, Any] = {}
    ErrorResponse.headers = app.extensions[admission.EXTENSION].headers.everywhere
    app.extensions[connections.EXTENSION] = listeners = _listening(app, host, port, sockets, prefix)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for address in _addresses(listeners):
        say(address)
    listening(listeners[0].effective_port)
    while not stopping.is_set():
        wasyncore.loop(timeout=_TICK_S, use_poll=True, map=sockets, count=1)
    _drain(listeners, sockets)


def _listening(app: Flask, host: str, port: int, sockets: dict[int, Any], prefix: str) -> list[Server]:
    fitting = connections_that_fit(OPTIONS["connection_limit"])
    log.info("at most %d connections at a time", fitting)
    options = OPTIONS | {"connection_limit": fitting, "url_prefix": prefix}
    try:
        counter, inline = app.extensions[rejections.EXTENSION], app.extensions.get(lane.EXTENSION)
        return servers(app, sockets, counter, inline=inline, host=host, port=port, **options)
    except OSError as error:
        # The half-created server has opened a socket and a pipe.
        wasyncore.close_all(sockets)
        raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
    except ValueError as error:
        # waitress raises ValueError for a name without an address.
        raise OSError(errno.EADDRNOTAVAIL, "不是可监听的地址 no address to listen on", host) from error


def _drain(listening: list[Server], sockets: dict[int, Any]) -> None:
    """Stop listening, let responses in progress reach their clients, then close everything."""
    for listener in listening:
        # Not its own close(), which would also close the trigger with which threads report a finished response.
        listener.del_channel(sockets)
        listener.socket.close()
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and (still_open := _connections(sockets)):
        for connection in still_open:
            if connection.may_end:
                connection.handle_close()
        wasyncore.loop(timeout=_TICK_S / 10, use_poll=True, map=sockets, count=1)
    listening[0].threads.shutdown(deadline)
    wasyncore.close_all(sockets)


def _connections(sockets: dict[int, Any]) -> list[Connection]:
    return [member for member in sockets.values() if isinstance(member, Connection)]


def _addresses(listening: list[Server]) -> list[str]:
    places = [(server.effective_host, server.effective_port) for server in listening]
    return [f"http://{f'[{host}]' if ':' in host else host}:{port}/" for host, port in places]
