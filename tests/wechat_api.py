"""WeChat's server, played on this machine by real TLS: it lends tickets and refuses as WeChat does."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, Request

from stationmap.https_json import opener
from tests.channels import serving, trusting

HOST = "api.weixin.qq.com"
APP_ID, SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
LASTS_S = 7_200
MAX_A_DAY = 40
"""Of either kind; WeChat gives some thousands, and a site needs a dozen."""


class WeChatApi:
    """WeChat: what it was asked, and how it answers; `answers` go before what it would answer by itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.port = 0
        self.asked: list[str] = []
        self.tokens: dict[str, datetime] = {}
        self.tickets: list[str] = []
        self.answers: list[tuple[int, bytes]] = []
        self.errcode = 0
        """What it answers whoever wants a token."""
        self.speaks = Event()
        """While it is not set, nobody gets an answer."""
        self.speaks.set()

    def opener(self, trusted: ssl.SSLContext | None = None) -> OpenerDirector:
        """Return what reaches it by WeChat's name, and trusts its certificate or another one."""
        port, context = self.port, trusted or trusting(HOST)

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                plain = socket.create_connection(("127.0.0.1", port), self.timeout)
                self.sock = context.wrap_socket(plain, server_hostname=self.host)

        class Handler(HTTPSHandler):
            def https_open(self, request: Request) -> Any:
                return self.do_open(Connection, request)

        return opener(Handler())

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer as WeChat would."""
        parts = urlsplit(path)
        self.asked.append(parts.path)
        self.speaks.wait(10)
        if self.answers:
            return self.answers.pop(0)
        if len(self.asked) > 2 * MAX_A_DAY:
            return 200, _said(45009)
        if (method, parts.path) == ("POST", "/cgi-bin/stable_token"):
            return 200, self._token(json.loads(body))
        if (method, parts.path) == ("GET", "/cgi-bin/ticket/getticket"):
            return 200, self._ticket({name: values[0] for name, values in parse_qs(parts.query).items()})
        return 404, b"<html>"

    def _token(self, given: dict[str, Any]) -> bytes:
        if self.errcode:
            return _said(self.errcode)
        if given["grant_type"] != "client_credential" or given["appid"] != APP_ID:
            return _said(40013)
        if given["secret"] != SECRET:
            return _said(40125)
        live = [token for token, until in self.tokens.items() if until > self.clock()]
        if not live or given.get("force_refresh"):
            live = [f"token-{len(self.tokens)}"]
            self.tokens[live[0]] = self.clock() + timedelta(seconds=LASTS_S)
        return json.dumps({"access_token": live[0], "expires_in": LASTS_S}).encode()

    def _ticket(self, question: dict[str, str]) -> bytes:
        until = self.tokens.get(question["access_token"])
        if question["type"] != "jsapi" or until is None or until <= self.clock():
            return _said(40001)
        self.tickets.append(f"ticket-{len(self.tickets)}-")
        return json.dumps({"errcode": 0, "errmsg": "ok", "ticket": self.tickets[-1], "expires_in": LASTS_S}).encode()


def _said(code: int) -> bytes:
    """Return a refusal in WeChat's form, which names the address of who asks."""
    return json.dumps({"errcode": code, "errmsg": f"invalid ip 203.0.113.9 rid: {code}"}).encode()


@contextmanager
def wechat_api(clock: Callable[[], datetime]) -> Iterator[WeChatApi]:
    """Run it on 127.0.0.1."""
    fake = WeChatApi(clock)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            assert self.headers["Host"] == HOST
            status, answer = fake.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:  # a client that trusts nobody hangs up
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = serving(HOST).wrap_socket(server.socket, server_side=True)
        fake.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield fake
        fake.speaks.set()
        server.shutdown()
