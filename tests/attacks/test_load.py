"""While twenty clients ask for what is expensive, a rider's question is answered soon, and memory stays bounded.

`make attack` asks for longer (ATTACK_SECONDS) and for the promise itself (ATTACK_P99_MS): 250 ms, which a machine that
runs other tests at the same time cannot hold.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stationmap.resources import demo_registry
from tests.attacks.attackers import ATTACKS
from tests.conftest import ROOT

SECONDS = float(os.environ.get("ATTACK_SECONDS", "2"))
P99_MS = float(os.environ.get("ATTACK_P99_MS", "1500"))
PAUSE_S = 0.02
PATIENCE_S = 60
MOST_KB = 900_000  # of the server itself, whatever it was asked
SERVE = """
import os
from stationmap.settings import Settings
from stationmap.web.server import run
run(Settings.from_environment(os.environ), say=lambda line: print(line, flush=True))
"""
NEAREST = "/api/v1/nearest?lon=117.2&lat=34.26&k=5&open=now"

pytestmark = pytest.mark.timeout(PATIENCE_S * 4 + SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """Run the server as it runs in earnest; yield its port and process id."""
    log = tmp_path_factory.mktemp("server") / "log"
    environment = {**os.environ, "STATIONMAP_REGISTRY": str(demo_registry()), "STATIONMAP_PORT": "0"}
    with log.open("w") as output:
        command = [sys.executable, "-c", SERVE]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text())):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            _times_ms(int(found[1]), 1.0)
            yield int(found[1]), process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.mark.parametrize("name", ATTACKS)
def test_riders_are_answered_soon_whatever_else_is_asked(server: tuple[int, int], name: str) -> None:
    port, pid = server
    command = [sys.executable, "-m", "tests.attacks.attackers", str(port), name, str(SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as attackers:
        assert attackers.stdout and attackers.stdout.readline() == "ready\n"
        times = sorted(_times_ms(port, SECONDS))
        told = attackers.stdout.read().strip()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"\n{name:8} nearest: 50 % {p50:.0f} ms, 99 % {p99:.0f} ms, most {times[-1]:.0f} ms; statuses {told}", end="")
    print(f"; the server holds {_resident_kb(pid) // 1024} MB")
    assert p99 < P99_MS
    assert _resident_kb(pid) < MOST_KB


def _times_ms(port: int, seconds: float) -> list[float]:
    times, until_s = [], time.monotonic() + seconds
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as client:
        while time.monotonic() < until_s:
            began_s = time.monotonic()
            client.request("GET", NEAREST)
            answer = client.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
            times.append(1000 * (time.monotonic() - began_s))
            time.sleep(PAUSE_S)
    return times


def _resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])
