"""How long a server of 220,000 stations takes to serve a new version of its file, and how it answers meanwhile.

    python benchmarks/reload.py

The stations are those of the demonstration registry, moved up to 0.3 degrees, with what a search needs. Seed 20261123.
Ordinary versions change a few stations; a version in which every station differs is the worst there can be.
The time runs from the moment the new file is in place to the first answer made from it; looks at it are 0.1 s apart.
"""

from __future__ import annotations

import http.client
import random
import re
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson
from fixture.copies import SEED, copies
from fixture.process import LIMIT_S, serving

from stationmap.registry.registry import Registry, dumps, parse

STATIONS = 220_000
KEPT = ("name", "category", "district", "access", "hours", "closures", "facilities", "services", "status")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stations.geojson"
        first = parse(copies(STATIONS, properties=KEPT))
        versions = {
            "one in 100 moved": _moved(first, 1, every=100),
            "one in 100 back": dumps(first),
            "every one moved": _moved(first, 2, every=1),
        }
        path.write_bytes(dumps(first))
        began = time.perf_counter()
        with serving(environment={"STATIONMAP_REGISTRY": str(path), "STATIONMAP_POLL_S": "0.1"}) as server:
            started_s = time.perf_counter() - began
            print(f"{STATIONS:,} stations, {path.stat().st_size / 1e6:.0f} MB; start to address: {started_s:.1f} s")
            print(
                f"{'':18}{'reload s':>10}{'answers':>10}{'median ms':>12}{'p99 ms':>10}{'slowest':>12}{'server MB':>12}"
            )
            for name, content in versions.items():
                reload_s, waits_ms = _reload(path, content, server.port)
                median, p99, slowest = np.percentile(waits_ms, [50, 99, 100])
                row = f"{reload_s:10.2f}{len(waits_ms):10}{median:12.1f}{p99:10.1f}{slowest:12.1f}"
                print(f"{name:18}{row}{_resident_mb(server.pid):12.0f}")


def _moved(registry: Registry, number: int, *, every: int) -> bytes:
    """Return the canonical file of a registry in which one in `every` stations has moved a little."""
    draw = random.Random(SEED + number)
    document = orjson.loads(dumps(registry))
    for feature in document["features"][::every]:
        lon, lat = feature["geometry"]["coordinates"]
        feature["geometry"]["coordinates"] = [round(lon + draw.uniform(0, 0.01), 6), round(lat, 6)]
    return dumps(parse(orjson.dumps(document)))


def _reload(path: Path, content: bytes, port: int) -> tuple[float, list[float]]:
    """Replace the file; return the seconds until an answer is made from it, and the wait for each answer in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)
    revision, waits_ms = _ask(connection), []
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)
    began = time.perf_counter()
    while time.perf_counter() - began < LIMIT_S:
        asked = time.perf_counter()
        found = _ask(connection)
        waits_ms.append(1e3 * (time.perf_counter() - asked))
        if found != revision:
            return time.perf_counter() - began, waits_ms
        time.sleep(0.001)
    raise SystemExit("the new version was not served in time")


def _ask(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/api/v1/nearest?lon=117.2&lat=34.3")
    response = connection.getresponse()
    response.read()
    assert response.status == http.HTTPStatus.OK
    return str(response.headers["Stationmap-Revision"])


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


if __name__ == "__main__":
    main()
