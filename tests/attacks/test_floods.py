"""Twenty clients that ask one route without end: riders are answered, and memory stays."""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.guard.threads import SLOW_PATHS
from tests.attacks.servers import PATIENCE_S, answered_in_s, resident_kb, serving
from tests.browser.states import STATION

CLIENTS = 20
FLOOD = Path(__file__).with_name("flood.py")
STATIC = "/static/x/css/page.css"
FILLED = {
    "<station_id>": STATION.removeprefix("/s/"),
    "<digest>": "0",
    "<tree_hash>/<path:name>": STATIC.removeprefix("/static/"),
}
QUERIES = {"/api/v1/nearest": "?lon=117.2&lat=34.2&k=100&open=now", "/api/v1/stations": "?limit=1000"}


def get_routes() -> list[str]:
    """Every address that is answered to GET, with something in each of its places."""
    rules = [
        rule.rule for rule in create_app(Settings()).url_map.iter_rules() if rule.methods and "GET" in rule.methods
    ]
    filled = []
    for rule in sorted(set(rules)):
        path = rule
        for place, value in FILLED.items():
            path = path.replace(place, value)
        filled.append(re.sub(r"<[^>]+>", "x", path) + QUERIES.get(path, ""))
    return filled


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    with serving(tmp_path_factory.mktemp("server") / "log") as running:
        answered_in_s(running[0])
        yield running


@contextmanager
def flooded(port: int, path: str) -> Iterator[None]:
    processes = [
        subprocess.Popen([sys.executable, str(FLOOD), str(port), str(CLIENTS // 2), path], stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def waits_s(port: int, for_s: float) -> list[float]:
    """Ask as a rider every 20 ms for a while, and return how long each answer took."""
    until, found = time.monotonic() + for_s, []
    while time.monotonic() < until:
        found.append(answered_in_s(port))
        time.sleep(0.02)
    return found


def percentile_ms(waits: list[float]) -> float:
    return 1_000 * (statistics.quantiles(waits, n=100, method="inclusive")[98] if len(waits) > 1 else waits[0])


def asked(port: int, path: str, times: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    for _ in range(times):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize("path", ["/", "/api/v1/feed", "/api/v1/stations?limit=1000"])
def test_riders_are_answered_while_many_ask_one_route(server: tuple[int, int], path: str) -> None:
    with flooded(server[0], path):
        assert percentile_ms(waits_s(server[0], 2)) < 8_000


def test_what_may_take_long_has_threads_of_its_own() -> None:
    long = {path for path in get_routes() if SLOW_PATHS.match(path.partition("?")[0])}
    assert {
        path for path in get_routes() if re.search("/audit|^/ogc|/tiles/|\\.ics|^/api/?$|openapi|sitemap", path)
    } < long
    assert long & {"/", "/api/v1/feed", STATION, "/api/v1/nearest", "/healthz"} == set()


@pytest.mark.whole
@pytest.mark.timeout(900)
def test_riders_are_answered_while_many_ask_any_route(
    server: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    port, pid = server
    slow = {}
    for path in get_routes():
        began = time.monotonic()
        asked(port, path, 1)
        alone_ms = 1_000 * (time.monotonic() - began)
        with flooded(port, path):
            ms = percentile_ms(waits_s(port, 5))
        with capsys.disabled():
            print(
                f"\n{path:45} alone {alone_ms:6.0f} ms, nearest p99 {ms:6.0f} ms, {resident_kb(pid) // 1024} MB", end=""
            )
        if ms > 1_000:
            slow[path] = round(ms)
    assert slow == {}


@pytest.mark.parametrize("times", [1_000, pytest.param(50_000, marks=[pytest.mark.whole, pytest.mark.timeout(1_200)])])
def test_questions_leave_no_memory_behind(server: tuple[int, int], times: int) -> None:
    port, pid = server
    paths = ["/", STATION, "/api/v1/nearest?lon=117.2&lat=34.2&open=now", "/api/v1/feed", "/nothing", "/readyz"]
    for path in paths:
        asked(port, path, 100)
    before_kb = resident_kb(pid)
    for path in paths:
        asked(port, path, times // len(paths))
    assert resident_kb(pid) - before_kb < 30_000
