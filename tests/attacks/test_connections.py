"""Clients that ask slowly, read nothing or never end: none keeps a thread, memory or a place for long."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from stationmap.packaged import demo_registry
from tests.conftest import ROOT

PATIENCE_S = 30
HURRIED = """
import os
from stationmap.settings import Settings
from stationmap.web import connections
from stationmap.web.server import run
connections.HEAD_S, connections.QUESTION_S, connections.SILENCE_S, connections.GRACE_S = 1.0, 2.0, 1.5, 1.0
connections.MOST_WAITING_BYTES = int(os.environ.pop("MOST_WAITING_BYTES"))
run(Settings.from_environment(os.environ), say=lambda line: print(line, flush=True))
"""
HOST = b"Host: 127.0.0.1\r\n"


@contextmanager
def serving(log: Path, *, most_waiting_bytes: int = 2**28) -> Iterator[tuple[int, int]]:
    """Run the server with limits a test can wait for; yield its port and process id."""
    settings = {"STATIONMAP_REGISTRY": str(demo_registry()), "STATIONMAP_PORT": "0"}
    environment = {**os.environ, **settings, "MOST_WAITING_BYTES": str(most_waiting_bytes)}
    with log.open("w") as output:
        command = [sys.executable, "-c", HURRIED]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield int(found[1]), process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def answered_in_s(port: int) -> float:
    """Ask as a rider does, and return the time the answer took."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("GET", "/api/v1/nearest?lon=117.2&lat=34.2&open=now")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - began


def connected(stack: ExitStack, port: int, *, receives: int | None = None) -> socket.socket:
    client = stack.enter_context(socket.socket())
    if receives:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port))
    return client


def is_closed(client: socket.socket) -> bool:
    """Tell whether the other end has gone, whatever it sent before."""
    try:
        while client.recv(1_048_576):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("server") / "log") as (number, _):
        yield number


@pytest.mark.parametrize(
    "slow",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0",
        b"POST /api/v1/nearest HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
        b"POST /api/v1/nearest HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["head", "body", "chunks"],
)
def test_who_asks_slowly_is_let_go_however_often_a_byte_comes(port: int, slow: bytes) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        client.sendall(slow)
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 10:
                client.sendall(b"1")
                time.sleep(0.2)
        assert answered_in_s(port) < 3


def test_answers_that_nobody_reads_hold_no_thread(port: int) -> None:
    with ExitStack() as stack:
        questions = b"".join(b"GET /api/v1/feed HTTP/1.1\r\n" + HOST + b"\r\n" for _ in range(60))
        clients = [connected(stack, port, receives=4_096) for _ in range(24)]
        for client in clients:
            client.sendall(questions)
        assert max(answered_in_s(port) for _ in range(10)) < 3
        time.sleep(4)
        assert all(is_closed(client) for client in clients)


def test_of_several_questions_at_once_the_first_is_answered_and_the_connection_ends(port: int) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        client.sendall((b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 50)
        answer = b""
        while chunk := client.recv(65_536):
            answer += chunk
        assert answer.count(b"HTTP/1.1 200 OK") == 1


def test_a_slow_reader_who_reads_is_waited_for(port: int) -> None:
    with ExitStack() as stack:
        client = connected(stack, port, receives=4_096)
        client.sendall(b"GET /api/v1/feed HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        read = 0
        while chunk := client.recv(40_960):
            read += len(chunk)
            time.sleep(0.05)
        assert read > 200_000


def test_answers_that_wait_are_bounded_in_all(tmp_path: Path) -> None:
    with serving(tmp_path / "log", most_waiting_bytes=2**22) as (port, pid), ExitStack() as stack:
        clients = [connected(stack, port, receives=4_096) for _ in range(100)]
        for client in clients:
            client.sendall(b"GET /api/v1/feed HTTP/1.1\r\n" + HOST + b"\r\n")
        time.sleep(2.5)
        resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        assert resident and int(resident[1]) < 600_000
        assert answered_in_s(port) < 3


def test_a_question_without_a_body_that_expects_to_go_on_is_answered(port: int) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        client.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("question", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a..b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: " + b"a" * 64 + b".cn\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        (b"GET //?x=\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /\r\n forged line HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /?" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET /healthz HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.1\r\nHost: zhan.example.cn.\r\n\r\n", 200),
    ],
)
def test_whoever_answers_the_answer_carries_every_header_and_nothing_of_the_question(
    port: int, question: bytes, status: int
) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        client.sendall(question)
        answer = client.recv(65_536)
        assert re.match(rb"HTTP/1\.[01] %d " % status, answer), answer[:80]
        head = answer.lower()
        assert b"content-security-policy: default-src 'none'" in head
        assert b"x-content-type-options: nosniff" in head
        assert not any(word in answer for word in (b"forged", b"a..b", b"xxx", b"waitress"))


def test_nothing_of_a_question_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(log) as (port, _), ExitStack() as stack:
        for question in (
            b"GET //?lon=117.2345678\xff HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /api/v1/nearest?lon=117.2345678&lat=9e999 HTTP/1.1\r\nHost: b..c\r\n\r\n",
            b"GET /%ff?lon=117.2345678 HTTP/1.1\r\nHost: a\r\n\r\n",
        ):
            client = connected(stack, port)
            client.sendall(question)
            assert client.recv(65_536)
    assert "2345678" not in log.read_text()
    assert "Traceback" not in log.read_text()
