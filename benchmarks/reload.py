"""How long a server of 220,000 stations takes to serve a new version of its file, and how it answers meanwhile.

    python benchmarks/reload.py [reload|first]

The stations are those of the demonstration registry, moved up to 0.3 degrees, with what a search needs. Seed 20261123.
*Reload*: ordinary versions change a few stations; a version in which every station differs is the worst there can be.
The time runs from the moment the new file is in place to the first answer made from it; looks at it are 0.1 s apart.
*First*: what each route's first answer takes, and its tenth, after the start of a server and after a version in which
one station in 100 moved; with the time of the processor in the first one, as others may use the machine. A server is
asked once it has done what it does aside (`registry`, staff's table: 15 s), except for `nearest`, at once.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import orjson
from fixture.copies import SEED, copies
from fixture.process import LIMIT_S, Server, serving

from stationmap.registry.registry import Registry, dumps, parse

STATIONS, CITY = 220_000, 1_002
ASIDE_S = 15
COLD_MS, COLD_TIMES = 20, 5
"""A first answer that takes longer than these, and so many times as long as the tenth, is said to be cold."""
FIRST = (
    "/api/v1/nearest?lon=117.2&lat=34.3",
    "/api/v1/nearest?lon=117.2&lat=34.3&open=now",
    "/api/v1/nearest?lon=117.2&lat=34.3&facility=toilet",
    "/api/v1/nearest?lon=117.2&lat=34.3&category=culture&for_riders=true",
    "/api/v1/nearest?lon=117.2&lat=34.3&q=%E6%B3%89%E5%B1%B1",
    "/api/v1/nearest?lon=117.2&lat=34.3&q=qsq",
    "/api/v1/nearest?lon=117.2&lat=34.3&always=true",
    "/",
    "/api/v1/feed",
    "/api/v1/stations?limit=20",
    "/api/v1/stations?limit=20&offset=900&facility=toilet",
    "/api/v1/stations/{id}",
    "/tiles/stations.json",
    "/tiles/stations/0/0/0.mvt",
    "/tiles/stations/10/845/408.mvt?facility=toilet",
    "/ogc/collections/stations?f=json",
    "/ogc/collections/stations/items?f=json&limit=20",
    "/ogc/collections/stations/items?f=json&limit=20&status=closed&open_now=false",
    "/s/{id}",
    "/s/{id}/poster",
    "/embed?district=320311",
    "/sitemap.xml",
    "/closures.ics?district=320311",
    "/openapi.json",
    "/api/",
    "/api/v1/registry",
)
KEPT = ("name", "category", "district", "access", "hours", "closures", "facilities", "services", "status")


def main() -> None:
    """Print the tables."""
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    if chosen in ("", "reload"):
        _reloads()
    if chosen in ("", "first"):
        for count in (CITY, STATIONS):
            _first_answers(count)


def _first_answers(count: int) -> None:
    """Print what the first and the tenth answer of each route take."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stations.geojson"
        known = parse(copies(count, properties=KEPT))
        path.write_bytes(dumps(known))
        moved, paths = _moved(known, 1, every=100), [each.format(id=next(iter(known))) for each in FIRST]
        began = time.perf_counter()
        with serving(environment={"STATIONMAP_REGISTRY": str(path), "STATIONMAP_POLL_S": "0.1"}) as server:
            print(f"\n{count:,} stations; start to address: {time.perf_counter() - began:.1f} s")
            _table(server, "after the start", paths)
            reload_s, _ = _reload(path, moved, server.port)
            print(f"{count:,} stations, one in 100 moved: served after {reload_s:.2f} s")
            _table(server, "after a reload", paths)
            print(f"server: {_resident_mb(server.pid):.0f} MB")


def _table(server: Server, title: str, paths: list[str]) -> None:
    print(f"{title:<74}{'first, ms':>11}{'processor':>11}{'tenth':>9}")
    for number, path in enumerate(paths):
        if number == 1:
            time.sleep(ASIDE_S)
        began_ms = _processor_ms(server)
        first = _answer_ms(server.port, path)
        worked = _processor_ms(server) - began_ms
        tenth = [_answer_ms(server.port, path) for _ in range(9)][-1]
        verdict = "COLD" if first > max(COLD_MS, COLD_TIMES * tenth) else ""
        print(f"{path:<74}{first:11.1f}{worked:11.0f}{tenth:9.1f} {verdict}")


def _processor_ms(server: Server) -> float:
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer_ms(port: int, path: str) -> float:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_S)) as connection:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        assert response.status in (http.HTTPStatus.OK, http.HTTPStatus.NO_CONTENT), f"{path}: {response.status}"
        return 1e3 * (time.perf_counter() - began)


def _reloads() -> None:
    """Print how long new versions take."""
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
