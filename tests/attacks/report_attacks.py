"""A server whose limits of reports a test chooses, and clients that send as many reports as they can.

    python -m tests.attacks.report_attacks PORT CLIENTS REPORTS

sends so many reports, each of another device and without a proof of work, and prints how often which status came, how
many refusals did not say when to come back, and how long it took. Only this machine is asked. Seed 20261130.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = 20261130
PATIENCE_S = 60
JSON = {"Content-Type": "application/json"}
STATIONS = [f"s{number}" for number in range(400)]
SERVE = """
import os
from stationmap.settings import Settings
from stationmap.web.guard import report_limits
from stationmap.web import app, server
rate = os.environ.pop("REPORTS_A_SECOND", "")
if rate:
    rates = report_limits.Rates(in_all=int(rate))
    apply = report_limits.ReportLimits.apply
    report_limits.ReportLimits.apply = lambda limits, _: apply(limits, rates)
server.run(Settings.from_environment(os.environ), say=lambda line: print(line, flush=True))
"""


class Answer(NamedTuple):
    """What a report was answered."""

    status: int
    retry_after: str | None
    body: Any


def report(station_id: str, device: str, **members: Any) -> dict[str, Any]:
    """Return a report that a station is locked, made now."""
    said_at = datetime.now(UTC).isoformat()
    body = {"id": str(uuid.uuid4()), "station_id": station_id, "kind": "locked", "said_at": said_at, "device": device}
    return body | members


def send(client: http.client.HTTPConnection, body: dict[str, Any]) -> Answer:
    """Send a report."""
    client.request("POST", "/api/v1/reports", json.dumps(body), JSON)
    response = client.getresponse()
    content = response.read()
    return Answer(response.status, response.getheader("Retry-After"), json.loads(content))


@contextmanager
def server_of_reports(folder: Path, *, a_second: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server over stations that are always open, with its data in `folder`; its port is `port_of(folder)`."""
    registry = folder / "stations.geojson"
    if not registry.exists():
        registry.write_text(json.dumps(_stations()), encoding="utf-8")
    environment = os.environ | {
        "STATIONMAP_REGISTRY": str(registry),
        "STATIONMAP_DATA": str(folder / "data"),
        "STATIONMAP_PORT": "0",
        "REPORTS_A_SECOND": str(a_second or ""),
    }
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not re.search(r"http://127\.0\.0\.1:\d+/\n", log.read_text()):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def port_of(folder: Path) -> int:
    """Return the port of the server whose data is in a folder."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)", (folder / "log").read_text())
    assert found
    return int(found[1])


def _stations() -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": station_id,
            "geometry": {"type": "Point", "coordinates": [117.1 + number % 20 / 100, 34.2 + number // 20 / 100]},
            "properties": {
                "name": f"站{number}",
                "category": "outdoor_worker",
                "district": "320302",
                "hours": "24/7",
                "access": {"who": "public"},
            },
        }
        for number, station_id in enumerate(STATIONS)
    ]
    return {"type": "FeatureCollection", "stationmap": {"format": 1, "title": "试"}, "features": features}


def main(port: int, clients: int, reports: int) -> None:
    """Send reports, and print what came of them."""
    seen, silent, lock = Counter[int](), [0], Lock()

    def attack(number: int) -> None:
        draw = random.Random(SEED + number)
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        for _ in range(reports // clients):
            answer = send(client, report(draw.choice(STATIONS), f"device-{draw.randrange(2**60)}"))
            with lock:
                seen[answer.status] += 1
                silent[0] += answer.status in (429, 503) and not answer.retry_after

    print("ready", flush=True)
    began_s = time.monotonic()
    threads = [Thread(target=attack, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"statuses": seen, "silent": silent[0], "seconds": time.monotonic() - began_s}), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
