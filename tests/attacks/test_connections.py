"""Clients that ask slowly, read nothing or never end: none keeps a thread, memory or a place for long."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from stationmap.web.server import DRAIN_S
from tests.attacks.servers import (
    HOST,
    PATIENCE_S,
    answered_in_s,
    connected,
    is_closed,
    is_running,
    resident_kb,
    serving,
)


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
        b"POST /api/v1/nearest HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 900\r\n\r\n",
    ],
    ids=["head", "body", "chunks", "expect"],
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
    def answers(_: int) -> int:
        with ExitStack() as stack:
            client = connected(stack, port)
            client.sendall((b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 50)
            answer = b""
            while chunk := client.recv(65_536):
                answer += chunk
            return answer.count(b"HTTP/1.1 200 OK")

    with ThreadPoolExecutor(16) as clients:  # so that the server's threads come in each other's way
        assert set(clients.map(answers, range(300))) == {1}


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
        assert resident_kb(pid) < 600_000
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


def test_blank_lines_are_no_question_and_keep_no_connection(port: int) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 10:
                client.sendall(b"\r\n\r\n")
                time.sleep(0.2)


def test_a_connection_asks_again_and_again_however_long_that_takes(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    for _ in range(8):  # longer than any one question may take
        client.request("GET", "/healthz")
        assert client.getresponse().read() == b'{"status":"ok"}'
        time.sleep(0.4)
    client.close()


def test_who_has_asked_and_says_no_more_is_answered(port: int) -> None:
    with ExitStack() as stack:
        client = connected(stack, port)
        client.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


def test_when_all_connections_are_taken_those_that_wait_for_nothing_make_room(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(log, most_connections=40) as (port, _), ExitStack() as stack:
        for head in (b"", b"GET / HT", b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\n"):
            for _ in range(60):
                connected(stack, port).sendall(head)
            assert answered_in_s(port) < 10
    assert log.read_text().count("connections are taken") == 1
    assert "crowded_out" not in log.read_text().split("refused since the start")[1]  # said once a minute


def test_connections_broken_off_leave_nothing(port: int) -> None:
    for _ in range(500):
        with ExitStack() as stack:
            client = connected(stack, port)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes by a reset
            client.sendall(b"GET /api/v1/feed HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answered_in_s(port) < 5


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP", b"GET /api/v1/feed HTTP/1.1\r\n" + HOST + b"\r\n"])
def test_the_end_comes_however_much_was_begun(tmp_path: Path, begun: bytes) -> None:
    with serving(tmp_path / "log") as (port, pid), ExitStack() as stack:
        answered_in_s(port)
        for _ in range(20):
            connected(stack, port, receives=4_096).sendall(begun)
        os.kill(pid, signal.SIGTERM)
        began = time.monotonic()
        while is_running(pid):
            assert time.monotonic() - began < DRAIN_S + 5
            time.sleep(0.05)
