"""What a true copy costs: the first one, what one change costs afterwards, and whether riders wait meanwhile.

    python benchmarks/changes.py [STATIONS]

A server in a process of its own, and `stationmap mirror` as a command in another: its whole time, with the libraries it
loads and what it writes, and the bytes that came. *One change* and *1 %* are saved by a third process, and the copy is
compared with what is published. The peer fetches all pages of /api/v1/stations again, in gzip as well, and only parses
them: it knows no deletions and is of no one revision. Riders are questions for the nearest stations, one after another,
by this process. Stations are those of the demonstration registry, moved up to 0.3 degrees. Seed 20261123.
"""

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

from fixture.copies import copies
from fixture.process import Server, serving

from stationmap.editing.edits import Edit
from stationmap.exchange.published_registry import published_of
from stationmap.registry.model import Station
from stationmap.registry.registry import dumps, parse
from stationmap.settings import Settings
from stationmap.storage import open_editable
from stationmap.storage.editable_registry import EditableRegistry

STATIONS = 220_000
KEPT = ("name", "category", "district", "access", "hours", "closures", "status", "verified")
PAGE = 1_000
MIRROR = [sys.executable, "-c", "from stationmap.cli import main; main()", "mirror", "--json"]
NEAREST = "/api/v1/nearest?lon=117.2&lat=34.26"
PAUSE_S = 0.005


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATIONS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, copy = folder / "stations.geojson", folder / "copy.geojson"
        path.write_bytes(dumps(parse(copies(count, properties=KEPT))))
        settings = Settings(registry=path, data=folder / "data")
        editable = open_editable(settings)
        editable.settle()
        environment = {"STATIONMAP_REGISTRY": str(path), "STATIONMAP_DATA": str(folder / "data")}
        with serving(environment=environment) as server:
            riders(server, lambda: False)  # until it is warm
            print(f"{count:,} stations, {path.stat().st_size / 1e6:.1f} MB")
            print(f"{'':28}{'s':>8}{'kB':>12}{'riders p99 ms':>16}")
            quiet = riders(server, lambda: False)
            print(f"{'nobody copies':<28}{'':>8}{'':>12}{quiet:16.1f}")
            report("first copy", mirrored(server, copy), editable, copy)
            report("first copy of another", mirrored(server, folder / "other.geojson"), editable, copy)
            report("nothing changed", mirrored(server, copy), editable, copy)
            for what, changed in (("one change", 1), ("1 % changed", count // 100)):
                change(editable, changed)
                report(what, mirrored(server, copy), editable, copy)
            print("peer: {:<22}{:8.2f}{:12,.1f}".format("all pages again", *all_pages(server)))
        editable.close()


def mirrored(server: Server, copy: Path) -> tuple[float, dict[str, Any], float]:
    """Run the command; return its seconds, what it said, and how long riders waited meanwhile."""
    began = time.perf_counter()
    command = [*MIRROR, f"http://{server.host}:{server.port}", str(copy)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ended: list[float] = []

    def runs() -> bool:
        if process.poll() is not None and not ended:
            ended.append(time.perf_counter())
        return not ended

    waited = riders(server, runs)
    assert process.stdout and process.returncode == 0
    return ended[0] - began, json.load(process.stdout), waited


def report(what: str, found: tuple[float, dict[str, Any], float], editable: EditableRegistry, copy: Path) -> None:
    """Print a row; the copy is what is published, to the last station."""
    spent_s, said, waited_ms = found
    verdict = "ok" if said["revision"] == published_of(editable.settle()).revision else "MISSED"
    print(f"{what:<28}{spent_s:8.2f}{said['received_bytes'] / 1e3:12,.1f}{waited_ms:16.1f}  {verdict}")
    assert copy.exists()


def riders(server: Server, goes_on: Callable[[], bool]) -> float:
    """Ask for the nearest stations while something goes on, 200 times at least; return the 99th percentile in ms."""
    connection, spent = http.client.HTTPConnection(server.host, server.port, timeout=60), []
    while goes_on() or len(spent) < 200:
        began = time.perf_counter()
        connection.request("GET", NEAREST)
        connection.getresponse().read()
        spent.append(time.perf_counter() - began)
        time.sleep(PAUSE_S)
    connection.close()
    return quantiles(spent, n=100)[98] * 1e3


def change(editable: EditableRegistry, count: int) -> None:
    """Give stations another address, or remove one in ten."""
    now = editable.settle().stations
    chosen = now[:: len(now) // count][:count]
    edits = [Edit(each.id, each, None if at % 10 == 9 else _moved(each)) for at, each in enumerate(chosen)]
    editable.change(edits, author="benchmark")


def _moved(station: Station) -> Station:
    known = station.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Station.model_validate({**known, "properties": {**known["properties"], "address": "新的地址"}})


def all_pages(server: Server) -> tuple[float, float]:
    """Fetch every page of the stations; return seconds and kB."""
    connection, received = http.client.HTTPConnection(server.host, server.port, timeout=60), 0
    began, path = time.perf_counter(), f"/api/v1/stations?limit={PAGE}"
    while path:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        received += len(body)
        page = json.loads(gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body)
        following = [urlsplit(each["href"]) for each in page["links"] if each["rel"] == "next"]
        path = f"{following[0].path}?{following[0].query}" if following else ""
    return time.perf_counter() - began, received / 1e3


if __name__ == "__main__":
    main()
