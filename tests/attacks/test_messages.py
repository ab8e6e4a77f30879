"""Messages that are no HTTP, or more of it than is meant: each has one answer, soon, and none holds up the others."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.attacks.servers import HOST, answered_in_s, connected, resident_kb, serving

GET = b"GET /healthz HTTP/1.1\r\n" + HOST
POST = b"POST /api/v1/nearest HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"\r\n\r\n"

ANSWERS: dict[str, tuple[bytes, int]] = {
    "a line too long": (GET + b"X: " + b"a" * 1_000_000 + END, 431),
    "many headers": (GET + b"".join(b"A%d: b\r\n" % row for row in range(1_200)) + b"\r\n", 200),
    "far too many headers": (GET + b"A: b\r\n" * 100_000 + b"\r\n", 431),
    "a space in a name": (GET + b"X Y: 1" + END, 400),
    "a space behind a name": (GET + b"X : 1" + END, 400),
    "no byte": (GET + b"X: a\0b" + END, 400),
    "no name": (GET + b": a" + END, 400),
    "a bare return": (GET + b"X: a\rb" + END, 400),
    "lower case": (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a method of 15 kB": (b"A" * 15_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "another host's address": (b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n", 200),
    "an address nobody reads": (b"GET http://[::1/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + bytes(range(128, 256)) + END, 400),
    "HTTP/0.9": (b"GET /" + END, 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}", 400),
    "a list of lengths": (POST + b"Content-Length: 2,2\r\n\r\n{}", 400),
    "a signed length": (POST + b"Content-Length: +2\r\n\r\n{}", 400),
    "a negative length": (POST + b"Content-Length: -2\r\n\r\n{}", 400),
    "a length of 6,000 digits": (POST + b"Content-Length: " + b"9" * 6_000 + END, 400),
    "a length and chunks": (
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1" + END,
        400,
    ),
    "two codings": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0" + END, 501),
    "another coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0" + END, 501),
    "a negative chunk": (CHUNKED + b"-1\r\n{}\r\n0" + END, 400),
    "a chunk of 0_2": (CHUNKED + b"0_2\r\n{}\r\n0" + END, 400),
    "an extension of 2 MB": (CHUNKED + b"2;" + b"a" * 2_000_000 + b"\r\n{}\r\n0" + END, 400),
    "a trailer of 2 MB": (CHUNKED + b"2\r\n{}\r\n0\r\n" + b"X-T: 1\r\n" * 250_000 + b"\r\n", 400),
    "300,000 chunks of a byte": (CHUNKED + b"1\r\n \r\n" * 300_000 + b"0" + END, 400),
    "a path with a line end": (b"GET /s/a%0d%0aSet-Cookie:x=1 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a path upwards": (b"GET /static/x/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a host for a path": (b"GET //evil.example/audit/ HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "15,000 slashes": (b"GET /audit" + b"/" * 15_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 308),
    "2,000 ranges": (GET + b"Range: bytes=" + b",".join(b"%d-" % row for row in range(2_000)) + END, 200),
    "1,500 tags": (GET + b"If-None-Match: " + b",".join(b'"a%d"' % row for row in range(1_500)) + END, 200),
    "encodings without sense": (b"GET / HTTP/1.1\r\n" + HOST + b"Accept-Encoding: " + b";q=," * 3_700 + END, 200),
    "a cookie that never ends": (b"GET / HTTP/1.1\r\n" + HOST + b'Cookie: a="' + b"\\" * 15_000 + END, 200),
    "a type that never ends": (
        POST.replace(b"json", b'json; a="' + b'\\"' * 5_000) + b"Content-Length: 2\r\n\r\n{}",
        400,
    ),
    "what proxies say": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example" + END,
        200,
    ),
}  # fmt: skip
REPEATED = (b"aaaaaaaa", b"////////", b"evil", b"smuggled", b"Set-Cookie")


def settled_kb(pid: int) -> int:
    """Return what a process holds once nothing is made aside any more, which takes a while after its start."""
    deadline, before, now = time.monotonic() + 30, 0, resident_kb(pid)
    while abs(now - before) > 500 and time.monotonic() < deadline:
        time.sleep(2)
        before, now = now, resident_kb(pid)
    return now


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int, Path]]:
    log = tmp_path_factory.mktemp("server") / "log"
    with serving(log) as (port, pid):
        answered_in_s(port)
        yield port, pid, log


@pytest.mark.parametrize("name", ANSWERS)
def test_a_message_has_one_answer_with_every_header_and_nothing_of_the_message(
    server: tuple[int, int, Path], name: str
) -> None:
    message, status = ANSWERS[name]
    with ExitStack() as stack:
        client = connected(stack, server[0])
        began = time.monotonic()
        with suppress(ConnectionError):  # refused before all of it was sent
            client.sendall(message)
        answer = client.recv(1_048_576)
        assert time.monotonic() - began < 5
        assert re.match(rb"HTTP/1\.[01] %d " % status, answer), answer[:60]
        assert b"content-security-policy: " in answer.lower()
        assert [word for word in REPEATED if word in answer] == []


def test_after_all_of_them_the_server_is_as_it_was_and_its_log_names_none(server: tuple[int, int, Path]) -> None:
    port, pid, log = server
    before_kb = settled_kb(pid)
    for message, _ in ANSWERS.values():
        for _ in range(3):
            with ExitStack() as stack:
                client = connected(stack, port)
                with suppress(ConnectionError):
                    client.sendall(message)
                    client.recv(1_048_576)
    assert answered_in_s(port) < 3
    assert resident_kb(pid) - before_kb < 50_000
    told = log.read_text()
    assert "Traceback" not in told
    assert [word for word in REPEATED if word.decode() in told] == []
