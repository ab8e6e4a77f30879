"""A proxy of a test: it passes requests on, by TLS where wanted, and does with them what badly set proxies do."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

Headers = list[tuple[str, str]]
HOP_BY_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"))
PATIENCE_S = 30


class Passed(NamedTuple):
    """A request on its way to the server."""

    method: str
    path: str
    headers: Headers
    body: bytes

    def without(self, *names: str) -> Passed:
        """Return it without some headers."""
        return self._replace(headers=without(self.headers, *names))

    def adding(self, **more: str) -> Passed:
        """Return it with further headers, whose names have underscores in place of hyphens."""
        return self._replace(headers=[*self.headers, *((name.replace("_", "-"), more[name]) for name in more)])


class Came(NamedTuple):
    """An answer on its way to the browser."""

    status: int
    headers: Headers
    body: bytes

    def without(self, *names: str) -> Came:
        """Return it without some headers."""
        return self._replace(headers=without(self.headers, *names))

    def adding(self, **more: str) -> Came:
        """Return it with further headers, whose names have underscores in place of hyphens."""
        return self._replace(headers=[*self.headers, *((name.replace("_", "-"), more[name]) for name in more)])


def without(headers: Headers, *names: str) -> Headers:
    """Return headers without some."""
    unwanted = {name.casefold() for name in names}
    return [(name, value) for name, value in headers if name.casefold() not in unwanted]


class RoughProxy:
    """What a proxy does: a test sets these before it asks."""

    def __init__(self, application: int) -> None:
        self.application = application
        self.port = 0
        self.passed: list[Passed] = []
        self.forget()

    def forget(self) -> None:
        """Become a good proxy again."""
        self.on_request: Callable[[Passed], Passed | Came] = lambda passed: passed
        """What becomes of a request: another one, or an answer of the proxy's own."""
        self.on_answer: Callable[[Passed, Came], Came] = lambda _passed, came: came
        self.times = 1
        """How often each request is sent; the answer is that to the last."""
        self.http_version = 11
        self.max_body = 1 << 30
        """A longer one has the connection cut."""
        self.waits_s = PATIENCE_S
        """So long it waits for the server before it answers 504."""

    def exchange(self, passed: Passed) -> Came:
        """Return what the browser gets."""
        changed = self.on_request(passed)
        if isinstance(changed, Came):
            return changed
        self.passed.append(changed)
        for _ in range(self.times):
            try:
                came = self._ask(changed)
            except TimeoutError:
                came = Came(504, [("Content-Type", "text/html")], b"<html>gateway timeout</html>")
        return self.on_answer(passed, came)

    def _ask(self, passed: Passed) -> Came:
        connection = HTTPConnection("127.0.0.1", self.application, timeout=self.waits_s)
        connection._http_vsn = self.http_version  # type: ignore[attr-defined]
        connection._http_vsn_str = f"HTTP/1.{self.http_version % 10}"  # type: ignore[attr-defined]
        try:
            connection.putrequest(passed.method, passed.path, skip_host=True, skip_accept_encoding=True)
            for name, value in passed.headers:
                connection.putheader(name, value)
            if passed.body or passed.method == "POST":
                connection.putheader("Content-Length", str(len(passed.body)))
            connection.endheaders(passed.body or None)
            response = connection.getresponse()
            return Came(response.status, _kept(response.getheaders()), response.read())
        finally:
            connection.close()


def _kept(headers: Headers) -> Headers:
    return without(headers, *HOP_BY_HOP)


@contextmanager
def rough_proxy(application: int, tls: ssl.SSLContext | None = None) -> Iterator[RoughProxy]:
    """Run a proxy on 127.0.0.1 before a server's port."""
    proxy = RoughProxy(application)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > proxy.max_body:
                self.close_connection = True
                return
            body = self.rfile.read(length)
            came = proxy.exchange(Passed(self.command, self.path, _kept(self.headers.items()), body))
            self.send_response_only(came.status)
            for name, value in came.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(came.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD" and came.status != 304:
                self.wfile.write(came.body)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.pass_on
            raise AttributeError(name)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def finish_request(self, request: Any, address: Any) -> None:
            with suppress(OSError):  # a client that trusts nobody hangs up
                encrypted = tls.wrap_socket(request, server_side=True) if tls else request
                super().finish_request(encrypted, address)
                if tls:
                    encrypted.close()

        def handle_error(self, *_: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield proxy
        server.shutdown()


def slowly(seconds: float) -> Callable[[Passed, Came], Came]:
    """Return what holds every answer for a while."""

    def wait(_passed: Passed, came: Came) -> Came:
        time.sleep(seconds)
        return came

    return wait
