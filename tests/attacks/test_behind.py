"""What stands before the application or in its place: nginx as the example has it, gunicorn as its file has it."""

from __future__ import annotations

import http.client
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attacks.servers import PATIENCE_S, answered_in_s, connected, serving
from tests.proxies import NGINX, free_port, nginx, running

PLACE = "lon=117.2345678"
UNREADABLE = (
    f"GET /api/v1/nearest?{PLACE}&x=\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    f"GET //?{PLACE}\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    f"GET /?{PLACE} HTTP/1.1\r\nHo\xffst: a\r\n\r\n",
    f"GET http://[::1/?{PLACE} HTTP/1.1\r\nHost: a\r\n\r\n",
    f"POST /?{PLACE} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
    f"GET /?{PLACE} HTTP/1.1\r\nHost: a..b\r\n\r\n",
)


@contextmanager
def gunicorn(log: Path, **settings: str) -> Iterator[int]:
    """Run `gunicorn wsgi:app` with nothing but its own file and a free port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    with running(command, port, log, **settings):
        yield port


def status_of(port: int, path: str) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    client.request("GET", path)
    status = client.getresponse().status
    client.close()
    return status


def send_unreadable(port: int) -> None:
    for message in UNREADABLE:
        with ExitStack() as stack:
            client = connected(stack, port)
            client.sendall(message.encode("latin-1"))
            assert re.match(rb"HTTP/1\.[01] [45]", client.recv(65_536))


def test_gunicorn_logs_neither_address_nor_question(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with gunicorn(log) as port:
        assert status_of(port, "/healthz") == 200
        send_unreadable(port)
    told = log.read_text()
    assert "a request could not be read" in told
    assert PLACE not in told and "ip=" not in told
    assert told.count("Booting worker") == 1  # jobs live in a process: there is one


def test_gunicorn_below_a_path_shows_the_finder_with_all_it_is_made_of(tmp_path: Path) -> None:
    with gunicorn(tmp_path / "log", SCRIPT_NAME="/stations") as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        client.request("GET", "/stations/")
        page = client.getresponse().read().decode()
        client.close()
        own = set(re.findall(r'(?:src|href)="(/[^"#?]*)', page))
        assert len(own) > 8
        assert [path for path in own if not path.startswith("/stations/")] == []
        assert [path for path in own if status_of(port, path) != 200] == []


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_one_network_is_answered_at_its_rate_and_nothing_is_logged_of_who_asked(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "log") as (application, _),
        nginx(tmp_path, application, tls=False, rate="1r/s", burst=5) as port,
    ):
        statuses = [status_of(port, f"/api/v1/nearest?{PLACE}&lat=34.2") for _ in range(12)]
        assert statuses[:3] == [200] * 3
        assert 429 in statuses
        send_unreadable(port)
        for path in ("/staff/setup/s3cret", "/staff/password/s3cret", "/r/s3cret", "/api/v1/reports/s3cret/reopen"):
            status_of(port, path)
    told = "".join(path.read_text() for path in (*tmp_path.glob("*log"), *tmp_path.glob("*.log")))
    assert "/staff/setup/-" in told and "/api/v1/reports/-" in told and "s3cret" not in told
    assert "/api/v1/nearest" in told  # of the paths, without their questions
    assert PLACE not in told and "127.0.0.1 " not in told


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_one_network_signs_in_no_faster_than_people_do(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (application, _), nginx(tmp_path, application, tls=False) as port:
        statuses = [status_of(port, "/staff/sign-in") for _ in range(30)]
        assert 429 not in statuses[:20] and 429 in statuses
        assert status_of(port, f"/api/v1/nearest?{PLACE}&lat=34.2") == 200


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_one_network_reports_no_faster_than_riders_do(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (application, _), nginx(tmp_path, application, tls=False) as port:
        statuses = [status_of(port, "/api/v1/reports") for _ in range(100)]
        assert 429 not in statuses[:60] and 429 in statuses
        assert status_of(port, f"/api/v1/nearest?{PLACE}&lat=34.2") == 200


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_nginx_slow_senders_hold_no_thread_of_gunicorn(tmp_path: Path) -> None:
    with (
        gunicorn(tmp_path / "log") as application,
        nginx(tmp_path, application, tls=False) as port,
        ExitStack() as stack,
    ):
        answered_in_s(port)  # the first has the feed made
        head = b"POST /api/v1/nearest HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        for end in (b"", b"Content-Length: 900\r\n\r\n{"):
            for _ in range(50):
                connected(stack, port).sendall(head + end)
        assert max(answered_in_s(port) for _ in range(5)) < 5
