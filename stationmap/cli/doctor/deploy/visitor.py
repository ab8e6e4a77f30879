"""Whoever looks at a site from outside: asks it by HTTP as a browser does, and takes every answer as it comes.

It sends nobody's position: where a question needs a place, it is that of no person, 0 degrees east and north.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from threading import Event, Timer
from typing import NamedTuple
from urllib.parse import urlsplit

from stationmap.cli.doctor.symptoms import Verdict

TIMEOUT_S = 15.0
WHOLE_S = 60.0
"""For an answer in all: one that comes byte by byte would never end."""
MAX_BODY_BYTES = 16 * 1_048_576
PORTS = {"http": 80, "https": 443}
NEAREST = "/api/v1/nearest"
NOWHERE = f"{NEAREST}?lon=0&lat=0&k=1"

Dial = Callable[[tuple[str, int], float], socket.socket]
"""Connects to a host and a port, within a time."""


class NoAnswerError(Exception):
    """A site does not answer; the message says why."""


class UnreachableError(Exception):
    """A site cannot be reached, and nothing else of it be looked at: `seen` says why and what to do."""

    def __init__(self, detail: str, advice: str) -> None:
        super().__init__(detail)
        self.seen = Seen("error", detail, advice)


class Seen(NamedTuple):
    """What a check saw: how it is, in what detail, what to do about it."""

    verdict: Verdict
    detail: str
    advice: str = ""


class Site(NamedTuple):
    """Where an installation is said to be."""

    scheme: str
    host: str
    port: int
    prefix: str
    """The path below which it lies, empty at the root of a host."""

    @property
    def netloc(self) -> str:
        """The host as browsers name it, with the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What the public address of the settings has to be."""
        return f"{self.scheme}://{self.netloc}"


def site_of(address: str) -> Site:
    """Return the site of an address; raises ValueError for what is none."""
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("要的是网址 an address is wanted, such as https://stations.example.org/")
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()  # 域名 in Chinese
    return Site(parts.scheme, host, parts.port or PORTS[parts.scheme], parts.path.rstrip("/"))


class Answer(NamedTuple):
    """What came back, and in how many seconds."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    took_s: float

    def every(self, name: str) -> list[str]:
        """Return the values of a header, in order."""
        return [value for header, value in self.headers if header.casefold() == name.casefold()]

    def first(self, name: str) -> str:
        """Return a header, empty where it is not there."""
        return next(iter(self.every(name)), "")


class Visitor:
    """Asks one site; what several checks look at is asked for once."""

    def __init__(
        self, site: Site, *, dial: Dial = socket.create_connection, trusting: ssl.SSLContext | None = None
    ) -> None:
        """Take a site; `dial` connects, `trusting` says whose certificates are believed: those of this machine."""
        self.site, self.dial = site, dial
        self._context = trusting or ssl.create_default_context()
        self._context.set_alpn_protocols(["http/1.1"])

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        *,
        at_root: bool = False,
        plain: bool = False,
        **headers: str,
    ) -> Answer:
        """Ask for a path below the site, or of its whole host `at_root`; `plain` by http. Raises NoAnswerError.

        `headers` have underscores in place of hyphens.
        """
        given = {"Host": self.site.host if plain else self.site.netloc, "User-Agent": "stationmap doctor"}
        given |= {"Accept-Encoding": "identity", "Connection": "close"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        path = path if at_root else self.site.prefix + path
        began = time.monotonic()
        try:
            with self.connected(plain=plain) as connection:
                return _answer(connection, method, path, body, given, began)
        except (OSError, HTTPException, ValueError) as error:  # ValueError: a path that cannot be asked for
            raise NoAnswerError(str(error) or type(error).__name__) from error

    @contextmanager
    def connected(self, *, plain: bool = False, context: ssl.SSLContext | None = None) -> Iterator[socket.socket]:
        """Yield a connection, encrypted where the site is, for `WHOLE_S` at most; raises OSError."""
        site = self.site
        with closing(self.dial((site.host, PORTS["http"] if plain else site.port), TIMEOUT_S)) as dialled:
            if plain or site.scheme != "https":
                with _ending(dialled):
                    yield dialled
                return
            trusting = context or self._context
            stream = trusting.wrap_socket(dialled, server_hostname=site.host, do_handshake_on_connect=False)
            with stream, _ending(stream):
                stream.do_handshake()
                yield stream

    @cached_property
    def finder(self) -> Answer:
        """The page that everybody opens."""
        return self.ask("/")

    @cached_property
    def feed(self) -> Answer:
        """What a phone keeps of all stations, in Brotli as phones ask for it."""
        return self.ask("/api/v1/feed", Accept_Encoding="br")


@contextmanager
def _ending(stream: socket.socket) -> Iterator[None]:
    """Cut a connection that is still in use after `WHOLE_S`; raises TimeoutError then."""
    cut = Event()

    def end() -> None:
        cut.set()
        with suppress(OSError):  # it has just ended
            socket.socket.shutdown(stream, socket.SHUT_RDWR)  # not that of TLS, which another thread may be in

    timer = Timer(WHOLE_S, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if not cut.is_set():
            raise
        raise TimeoutError(f"{WHOLE_S:.0f} 秒没答完 seconds were not enough for the answer") from error
    finally:
        timer.cancel()
    if cut.is_set():
        raise TimeoutError(f"{WHOLE_S:.0f} 秒没答完 seconds were not enough for the answer")


def _answer(
    stream: socket.socket, method: str, path: str, body: bytes | None, headers: dict[str, str], began: float
) -> Answer:
    connection = HTTPConnection("")
    connection.sock = stream
    with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before all of the body was sent
        connection.request(method, path, body, headers)
    response = connection.getresponse()
    found = response.read(MAX_BODY_BYTES)
    took_s = time.monotonic() - began
    return Answer(response.status, tuple(response.getheaders()), found, took_s)
