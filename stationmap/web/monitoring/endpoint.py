"""Where Prometheus reads the figures: an address of its own, never one that the whole world can reach.

A server of the kind that riders have, with the same limits, in a thread of its own: it answers also when all
connections of the site are taken, and no client of it holds up the site. Figures are worked out once a second at most.
"""

from __future__ import annotations

import errno
import logging
import socket
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from threading import Event, Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from waitress import wasyncore

from stationmap.settings_sources import InvalidSettingsError
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.guard.admission import AdmissionControl
from stationmap.web.guard.connections import Connection, Server, servers
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.guard.security_headers import ResponseHeaders, SecurityHeaders, headers
from stationmap.web.monitoring.scrape import Watched

PATH = "/metrics"
MIN_INTERVAL_S = 1.0
MAX_CONNECTIONS = 32
_OPTIONS: dict[str, Any] = {
    "threads": 1,
    "connection_limit": MAX_CONNECTIONS,
    "channel_timeout": 30,
    "cleanup_interval": 1,
    "max_request_header_size": 16_384,
    "max_request_body_size": 1_024,
    "asyncore_use_poll": True,
    "ident": None,
    "clear_untrusted_proxy_headers": True,
}
_TICK_S = 0.5

log = logging.getLogger("stationmap.monitoring")


class Exposition:
    """WSGI application that answers GET of `/metrics` and nothing else."""

    def __init__(self, registry: CollectorRegistry, ticks: Callable[[], float] = time.monotonic) -> None:
        """Take the figures; `ticks` gives seconds that never go back."""
        self._registry, self._ticks = registry, ticks
        self._made_s, self._body = float("-inf"), b""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return _refuse(start_response, "404 Not Found")
        if environ["REQUEST_METHOD"] != "GET":
            return _refuse(start_response, "405 Method Not Allowed", ("Allow", "GET"))
        if self._ticks() - self._made_s >= MIN_INTERVAL_S:
            self._body, self._made_s = generate_latest(self._registry), self._ticks()
        body = self._body
        start_response("200 OK", [*_head(CONTENT_TYPE_PLAIN_0_0_4, body), NO_STORE])
        return [body]


class OneThreadServer(Server):
    """A server all of whose requests are of one kind."""

    def add_task(self, task: Connection) -> None:
        """Give a complete request to the thread there is."""
        task.arriving_since_s = None
        self.threads.riders.add_task(task)


class MetricsEndpoint:
    """Serves figures at an address until it is closed."""

    def __init__(self, site: Watched, address: str, rejections: RejectionCounter) -> None:
        """Listen at `host:port`; raises InvalidSettingsError for a public address, OSError for one in use."""
        place = place_of(address)
        every = ResponseHeaders(headers(()))
        guarded = AdmissionControl(SecurityHeaders(Exposition(site.registry), every), every, rejections)
        self._sockets: dict[int, Any] = {}
        self._ending, self._tick = Event(), site.tick
        options = _OPTIONS | {"listen": place}
        try:
            (self._server,) = servers(guarded, self._sockets, rejections, kind=OneThreadServer, **options)
        except OSError as error:
            wasyncore.close_all(self._sockets)
            raise OSError(error.errno, error.strerror, address) from error
        self._thread = Thread(target=self._serve, name="metrics", daemon=True)

    @property
    def url(self) -> str:
        """Where the figures are."""
        host = self._server.effective_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.effective_port}{PATH}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        log.info("metrics at %s", self.url)

    def close(self) -> None:
        """Answer no more."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self._server.threads.shutdown(time.monotonic())
        wasyncore.close_all(self._sockets)

    def _serve(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=_TICK_S, use_poll=True, map=self._sockets, count=1)
            self._tick()


def place_of(address: str) -> str:
    """Return where to listen, as a number and a port; raises InvalidSettingsError for what the world could reach.

    A name counts as the first of its addresses, those of IPv4 before others.
    """
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, OverflowError, UnicodeError) as error:
        raise OSError(errno.EADDRNOTAVAIL, "不是可监听的地址 no address to listen on", address) from error
    number = str(min(found, key=lambda each: each[0] != socket.AF_INET)[4][0])
    known = ip_address(number.partition("%")[0])
    known = getattr(known, "ipv4_mapped", None) or known
    if known.is_unspecified or known.is_global or known.is_multicast:
        raise InvalidSettingsError(
            f"STATIONMAP_METRICS: {address}: 外网可能读到，请用本机或内网地址，如 127.0.0.1:9464 "
            "the world might read it there: take an address of this machine or of an inner network, as 127.0.0.1:9464"
        )
    return f"[{number}]:{port}" if ":" in number else f"{number}:{port}"


def _refuse(start_response: StartResponse, status: str, *more: tuple[str, str]) -> list[bytes]:
    body = f"{status}; figures for Prometheus are at {PATH}\n".encode()
    start_response(status, [*_head("text/plain; charset=utf-8", body), NO_STORE, *more])
    return [body]


def _head(media_type: str, body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), ("Content-Length", str(len(body)))]
