"""The other side of channels, on this machine: robots and a mail server by real TLS, which check what they get.

Every fake takes what its provider takes and refuses what it refuses: signature, clock, keyword, size, rate.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, Request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stationmap.https_json import opener
from stationmap.notify.https_post import HOSTS

TOKEN, KEY, HOOK = "a" * 64, "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"
SECRET = "SECthis-is-the-secret-of-a-robot"
DINGTALK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
WECOM = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
FEISHU = f"https://open.feishu.cn/open-apis/bot/v2/hook/{HOOK}"
MAX_A_MINUTE = 20


@cache
def certificate(*names: str) -> bytes:
    """Return a certificate for some hosts, signed by itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "for tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


def serving(*names: str) -> ssl.SSLContext:
    """Return what a server speaks TLS by, for some hosts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(certificate(*names))
        context.load_cert_chain(file)
    return context


def trusting(*names: str) -> ssl.SSLContext:
    """Return what a client trusts that server by, and nobody else."""
    return ssl.create_default_context(cadata=certificate(*names).decode().partition("-----BEGIN PRIVATE")[0])


class Robots:
    """The providers' servers, by all their names; `answers` go before what they would answer by themselves."""

    def __init__(self, clock: Any = None) -> None:
        self.clock = clock or (lambda: datetime.now(UTC))
        self.port = 0
        self.taken: list[tuple[str, dict[str, Any]]] = []
        """Host and document of each message that was delivered."""
        self.asked = 0
        self.answers: list[tuple[int, bytes]] = []
        self.headers: dict[str, str] = {}
        self.times: dict[str, list[float]] = {}
        self.speaks = Event()
        """While it is not set, nobody gets an answer."""
        self.speaks.set()

    def text(self, number: int = -1) -> str:
        """Return what a group reads of a message."""
        _, document = self.taken[number]
        if "content" not in document:
            return str(document["text"]["content"])
        post = document["content"]["post"]["zh_cn"]
        return "\n".join([post["title"], *(part["text"] for line in post["content"] for part in line)])

    def answer(self, host: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Take a message or refuse it as the provider would."""
        self.asked += 1
        self.speaks.wait(10)
        if self.answers:
            return self.answers.pop(0)
        document = json.loads(body)
        parts = urlsplit(path)
        question = {name: values[0] for name, values in parse_qs(parts.query).items()}
        code = {"oapi.dingtalk.com": self._dingtalk, "qyapi.weixin.qq.com": self._wecom}.get(host, self._feishu)(
            parts.path, question, document, body
        )
        if not code:
            self.taken.append((host, document))
        name = "errcode" if "feishu" not in host and "lark" not in host else "code"
        return 200, json.dumps({name: code, "msg": "from ip: 203.0.113.9"}).encode()

    def _too_often(self, whose: str) -> bool:
        now = self.clock().timestamp()
        recent = self.times[whose] = [at for at in self.times.get(whose, []) if now - at < 60] + [now]
        return len(recent) > MAX_A_MINUTE

    def _dingtalk(self, path: str, question: dict[str, str], document: dict[str, Any], body: bytes) -> int:
        assert path == "/robot/send" and question["access_token"] == TOKEN
        if self._too_often(TOKEN):
            return 410100
        moment = question.get("timestamp", "0")
        sign = hmac.new(SECRET.encode(), f"{moment}\n{SECRET}".encode(), hashlib.sha256).digest()
        is_signed = base64.b64encode(sign).decode() == question.get("sign")
        if not is_signed or abs(int(moment) / 1000 - self.clock().timestamp()) > 3_600:
            return 310000
        assert document["msgtype"] == "text" and len(body) <= 20_000
        return 0

    def _wecom(self, path: str, question: dict[str, str], document: dict[str, Any], _: bytes) -> int:
        assert path == "/cgi-bin/webhook/send"
        if question != {"key": KEY}:
            return 93000
        if self._too_often(KEY):
            return 45009
        return 0 if len(document["text"]["content"].encode()) <= 2_048 else 40058

    def _feishu(self, path: str, _: dict[str, str], document: dict[str, Any], body: bytes) -> int:
        assert path == f"/open-apis/bot/v2/hook/{HOOK}" and len(body) <= 20 * 1_024
        if self._too_often(HOOK):
            return 11232
        moment = document.get("timestamp", "0")
        sign = hmac.new(f"{moment}\n{SECRET}".encode(), digestmod=hashlib.sha256).digest()
        if document.get("sign") != base64.b64encode(sign).decode():
            return 19021
        return 0 if abs(int(moment) - self.clock().timestamp()) < 3_600 else 19021

    def opener(self, trusted: ssl.SSLContext | None = None) -> OpenerDirector:
        """Return the usual way to open addresses, but that every host is this server."""
        port, context = self.port, trusted or trusting(*sorted(HOSTS))

        class Here(HTTPSConnection):
            def connect(self) -> None:
                self.sock = socket.create_connection(("127.0.0.1", port), self.timeout)
                self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

        class Handler(HTTPSHandler):
            def https_open(self, request: Request) -> Any:
                return self.do_open(Here, request, context=context)

        return opener(Handler())


@contextmanager
def robots(clock: Any = None) -> Iterator[Robots]:
    """Run the providers' servers."""
    fake = Robots(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, document = fake.answer(self.headers["Host"], self.path, body)
            self.send_response(status)
            for name, value in fake.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def do_GET(self) -> None:
            raise AssertionError("nothing is fetched from a robot")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = serving(*sorted(HOSTS)).wrap_socket(server.socket, server_side=True)
        fake.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield fake
        server.shutdown()


class MailServer:
    """A mail server: who signed in, and what it took; `says` goes before its answer to a command."""

    def __init__(self) -> None:
        self.port = 0
        self.taken: list[tuple[list[str], bytes]] = []
        self.signed_in: list[str] = []
        self.plain_commands: list[str] = []
        self.says: dict[str, str] = {}
        self.offers_tls = True


@contextmanager
def mail_server(*, direct: bool = False) -> Iterator[MailServer]:
    """Run a mail server on 127.0.0.1 that speaks TLS from the first byte, or after STARTTLS."""
    fake = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # a client that trusts nobody hangs up
                if direct:
                    self.encrypt()
                self.converse(is_tls=direct)

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            self.request.close()

        def encrypt(self) -> None:
            self.rfile.close()
            self.request = serving("localhost").wrap_socket(self.request, server_side=True)
            self.connection = self.request
            self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)

        def say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

        def converse(self, *, is_tls: bool) -> None:
            recipients: list[str] = []
            self.say("220 mail.example.org")
            while line := self.rfile.readline().decode().strip():
                command = line[:4].upper()
                if not is_tls:
                    fake.plain_commands.append(command)
                if command in fake.says:
                    self.say(fake.says[command])
                elif command == "EHLO":
                    extensions = ["AUTH PLAIN"] + ["STARTTLS"] * (fake.offers_tls and not is_tls)
                    self.say("\r\n".join(["250-mail.example.org", *(f"250-{each}" for each in extensions), "250 HELP"]))
                elif command == "STAR":
                    self.say("220 go on")
                    self.encrypt()
                    is_tls = True
                elif command == "AUTH":
                    _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                    fake.signed_in.append(user)
                    self.say("235 welcome" if password == SECRET else "535 who are you")
                elif command == "RCPT":
                    recipients.append(line.partition("<")[2].partition(">")[0])
                    self.say("550 unknown" if "nobody" in line else "250 ok")
                elif command == "DATA":
                    self.say("354 go on")
                    data = b""
                    while not data.endswith(b"\r\n.\r\n"):
                        data += self.rfile.readline()
                    fake.taken.append((recipients, data[:-3]))
                    self.say("250 taken")
                else:
                    self.say("221 bye" if command == "QUIT" else "250 ok")
                    if command == "QUIT":
                        return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.port = server.server_address[1]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield fake
        server.shutdown()


def dripping(port_of: socket.socket, pieces: int, pause_s: float) -> None:
    """Answer one connection by TLS with a body that never ends, a byte at a time."""
    connection, _ = port_of.accept()
    with serving(*sorted(HOSTS)).wrap_socket(connection, server_side=True) as stream:
        stream.recv(65_536)
        stream.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(pieces):
            try:
                stream.sendall(b" ")
            except OSError:
                return
            time.sleep(pause_s)
