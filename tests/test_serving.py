"""A real server on a loopback port: waitress as `serve` runs it."""

from __future__ import annotations

import http.client
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stationmap.registry.registry import Registry, dumps
from stationmap.web.server import serve
from tests.apps import app_over, registry_of
from tests.conftest import ROOT
from tests.strategies import station

PATIENCE_S = 30
RUN = "from stationmap.settings import Settings; from stationmap.web.server import run; import os; "
WAITRESS = [
    sys.executable,
    "-c",
    RUN + "run(Settings.from_environment(os.environ), say=lambda line: print(line, flush=True))",
]


@pytest.fixture
def registry_file(tmp_path: Path) -> Path:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(_version(1)))
    return path


def _version(number: int) -> Registry:
    return registry_of(station(f"s{row:03}", 117.2, 34.2, name=f"v{number}") for row in range(number))


@contextmanager
def _serving(command: list[str], registry: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """Run a server; yield its process, its port and the file of what it printed."""
    log = registry.with_name("server.log")
    settings = {"STATIONMAP_REGISTRY": str(registry), "STATIONMAP_PORT": "0", "STATIONMAP_POLL_S": "0.1"}
    with log.open("w") as output:
        environment = {**os.environ, **settings}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output, text=True)
        try:
            address = _eventually(lambda: re.search(r"http://127\.0\.0\.1:(\d+)\b(?!/metrics)", log.read_text()))
            yield process, int(address[1]), log
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def _eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def _get(port: int, path: str, body: Any = None) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.msg, response.read()
    finally:
        connection.close()


def test_waitress_serves_what_the_environment_names(registry_file: Path) -> None:
    with _serving(WAITRESS, registry_file) as (_, port, log):
        status, headers, body = _get(port, "/api/v1/nearest?lon=117.2345678&lat=34.2")
        assert (status, headers["Server"]) == (200, None)
        assert json.loads(body)["revision"] == _version(1).revision
        assert _get(port, "/")[0] == 200
        assert "2345678" not in log.read_text()


def test_figures_are_served_on_an_address_of_their_own_and_on_no_other(
    registry_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_METRICS", "127.0.0.1:0")
    monkeypatch.setenv("STATIONMAP_LOG_FORMAT", "json")
    with _serving(WAITRESS, registry_file) as (process, port, log):
        figures = int(re.search(r"metrics at http://127\.0\.0\.1:(\d+)/metrics", log.read_text())[1])
        for _ in range(2):
            assert _get(port, "/api/v1/nearest?lon=117.2345678&lat=34.2")[0] == 200
        with socket.create_connection(("127.0.0.1", port)):
            assert _get(port, "/metrics")[0] == 404
            status, _, body = _get(figures, "/metrics")
        lines = body.decode().splitlines()
        counted = 'stationmap_http_request_duration_seconds_count{method="GET",route="%s",status="%s"} %s'
        assert status == 200
        assert {counted % ("/api/v1/nearest", "2xx", "2.0"), counted % ("unmatched", "4xx", "1.0")} <= {*lines}
        assert any(
            line.startswith("stationmap_connections ") and line != "stationmap_connections 0.0" for line in lines
        )
        assert 'stationmap_requests_waiting{threads="riders"} 0.0' in lines
        assert "2345678" not in body.decode() + log.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_an_address_that_cannot_be_used_is_an_os_error_that_names_it(tmp_path: Path) -> None:
    app = app_over(tmp_path, _version(1))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for host, named in (("127.0.0.1", f"127.0.0.1:{port}"), ("999.1.1.1", "999.1.1.1"), ("a..b", "a..b")):
            with pytest.raises(OSError) as caught:
                serve(app, host, port, say=print)
            assert caught.value.filename == named


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8])
def test_a_server_that_is_stopped_at_once_ends_its_work_aside_and_well(registry_file: Path, delay_s: float) -> None:
    with _serving(WAITRESS, registry_file) as (process, _, log):
        time.sleep(delay_s)  # another piece of work is on its way
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert "Traceback" not in log.read_text()


def test_a_server_that_cannot_listen_ends_its_work_aside_before_the_process_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [str(Path(sys.executable).with_name("stationmap")), "serve", "--port", str(taken.getsockname()[1])]
        for _ in range(5):
            shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
            assert shown.returncode == 1 and shown.stderr.splitlines()[-1].startswith("Error: ")
            assert "Traceback" not in shown.stderr


def test_work_aside_that_goes_on_ends_with_the_process_and_does_not_abort_it(registry_file: Path) -> None:
    endless = (
        RUN + "import threading; from stationmap.web import server, state; "
        "state.State.prepare_feed = lambda _: threading.Event().wait(); "
        "state.State.end.__defaults__ = (0.2,); "
        "run(Settings.from_environment(os.environ), say=print) or server.leave(); os._exit(3)"
    )
    with _serving([sys.executable, "-u", "-c", endless], registry_file) as (process, _, log):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert "work aside is left where it is" in log.read_text()


def test_sigterm_lets_an_answer_that_has_begun_be_finished(registry_file: Path) -> None:
    points = [[116.4 + row * 2e-4, 34.2] for row in range(10_000)]
    with _serving(WAITRESS, registry_file) as (process, port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        connection.request(
            "POST", "/api/v1/nearest", json.dumps({"points": points, "k": 10}), {"Content-Type": "application/json"}
        )
        # What came after is answered: the server has taken the request, and needs longer than this to answer it.
        assert _get(port, "/healthz")[0] == 200
        process.send_signal(signal.SIGTERM)
        with connection.getresponse() as response:
            assert len(json.loads(response.read())["results"]) == 10_000
        connection.close()
        assert process.wait(PATIENCE_S) == 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_an_idle_connection_does_not_hold_up_the_end(registry_file: Path) -> None:
    with _serving(WAITRESS, registry_file) as (process, port, _):
        with socket.create_connection(("127.0.0.1", port)):
            assert _get(port, "/healthz")[0] == 200
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        assert time.monotonic() - began < 5


def test_requests_beyond_every_limit_are_refused_and_the_server_lives(registry_file: Path) -> None:
    with _serving(WAITRESS, registry_file) as (_, port, _log):
        status, headers, _ = _get(port, "/api/v1/nearest", {"points": [[0, 0]], "x": "y" * 1_100_000})
        assert (status, headers["Content-Type"]) == (413, "application/problem+json")
        assert _raw(port, b"GET /?" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 431")
        assert b" 400 " in _raw(port, b"GET / HTTP/1.1\r\nno header\r\n\r\n").split(b"\r\n")[0]
        assert b" 413 " in _raw(port, b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n").split(b"\r\n")[0]
        assert _get(port, "/healthz")[0] == 200


def _raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as client:
        client.sendall(request)
        answer = b""
        while chunk := client.recv(65_536):
            answer += chunk
            if b"\r\n\r\n" in answer:
                break
        return answer


ANSWER = """
from stationmap.settings import Settings
from stationmap.web import create_app
assert create_app(Settings()).test_client().get("/api/v1/nearest?lon=117.2&lat=34.26").status_code == 200
"""


@pytest.mark.parametrize(
    ("code", "not_needed"),
    [
        (ANSWER, {"folium", "pandas", "geopandas", "h3", "highspy", "xlsxwriter"}),
        ("import stationmap.web.server", {"folium", "pandas", "scipy", "pyproj", "stationmap.audit.studies.study"}),
        ("import stationmap.web.audit.process", {"flask", "folium", "pandas"}),
    ],
    ids=["the first answer", "a server", "a process of the audit"],
)
def test_what_starts_waits_for_no_library_it_does_not_need(code: str, not_needed: set[str]) -> None:
    asked = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    loaded = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "stationmap.web" in loaded and not not_needed & set(loaded)


def test_another_server_says_which_settings_are_without_effect(
    registry_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"REGISTRY": str(registry_file), "READ_ONLY": "true", "METRICS": "127.0.0.1:9464", "LOG_FORMAT": "json"}
    for name, value in given.items():
        monkeypatch.setenv(f"STATIONMAP_{name}", value)
    runpy.run_path(str(ROOT / "wsgi.py"))
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records if record.levelname == "WARNING"] == [
        "log_format, metrics"
    ]


def test_the_first_start_says_how_to_make_the_first_account(registry_file: Path) -> None:
    link = re.compile(r"http://127\.0\.0\.1:(\d+)(/staff/setup/([\w-]{43}))")
    ended: list[str] = []
    for _ in range(2):
        with _serving(WAITRESS, registry_file) as (_, port, log):
            found = _eventually(lambda log=log: link.search(log.read_text()))
            assert int(found[1]) == port
            assert _get(port, found[2])[0] == 200
            assert [_get(port, path)[0] for path in ended] == [410] * len(ended)
            ended.append(found[2])
            # Once, as it is said: the log has no part of it.
            assert log.read_text().count(found[3]) == 1
