"""What a change of the registry costs: until it is acknowledged, until it is published and served.

    python benchmarks/editing.py

*Edit* is one field of one station, by `State.change` of a server's process: from the call to the published file and the
snapshot that answers from it, with all that waits for the disk. *Acknowledged* are changes that are in the journal,
each committed by itself, beside bare SQLite that commits a row of the same size with the same durability. *Import* is a
list of 10,000 new stations that `stationmap import` takes into the registry of a running server, while one client asks
for the nearest stations, one question after another. Stations are those of the demonstration registry, moved up to 0.3
degrees. Seed 20261123.
"""

from __future__ import annotations

import http.client
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np
from fixture.copies import SEED, copies
from fixture.process import LIMIT_S, serving

from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.registry.model import Station
from stationmap.registry.registry import dumps, parse
from stationmap.registry.revision import line
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.storage import open_editable
from stationmap.storage.database import _PRAGMAS  # the peer must wait for the disk as we do
from stationmap.web import create_app
from stationmap.web.state import EXTENSION, State

KEPT = ("name", "category", "district", "access", "hours", "closures", "facilities", "services", "status")
TARGETS_S = {1_002: 0.3, 220_000: 3.0}
TIMES, COMMITS = 7, 300
MIN_SHARE = 0.5
IMPORTED, MAX_SLOWER = 10_000, 3.0


def main() -> None:
    """Print the tables."""
    print(f"{'stations':>10}{'MB':>8}{'edit s (median)':>18}{'slowest':>10}{'target':>10}")
    for count, target_s in TARGETS_S.items():
        data = demo_registry().read_bytes() if count == 1_002 else dumps(parse(copies(count, properties=KEPT)))
        with tempfile.TemporaryDirectory() as folder:
            taken = _edits(Path(folder), data, TIMES if count == 1_002 else 5)
        verdict = "ok" if median(taken) <= target_s else "MISSED"
        print(f"{count:10,}{len(data) / 1e6:8.1f}{median(taken):18.3f}{max(taken):10.3f}{target_s:8} {verdict}")
    with tempfile.TemporaryDirectory() as folder:
        ours, bare = _acknowledged(Path(folder)), _bare(Path(folder))
    share = ours / bare
    print(f"\nacknowledged changes a second, 1,002 stations: {ours:.0f}; bare SQLite: {bare:.0f}", end="")
    print(f"; ratio {share:.2f} of {MIN_SHARE} {'ok' if share >= MIN_SHARE else 'MISSED'}")
    with tempfile.TemporaryDirectory() as folder:
        _answers_while_importing(Path(folder))


def _edits(folder: Path, data: bytes, times: int) -> list[float]:
    """Return the seconds of some edits, each from the call to the snapshot that answers from it."""
    path = folder / "stations.geojson"
    path.write_bytes(data)
    app = create_app(Settings(registry=path, data=folder / "data"), writable=True)
    state: State = app.extensions[EXTENSION]
    state.refresh()
    taken = []
    for number in range(times):
        saw = state.snapshot.registry.stations[number]
        mine = _with_phone(saw, str(number))
        began = time.perf_counter()
        done = state.change([Edit(saw.id, saw, mine)], author="benchmark")
        taken.append(time.perf_counter() - began)
        assert done.unpublished == ""
        assert state.snapshot.registry[saw.id] == mine
    assert state.keeper
    state.keeper.close()
    return taken


def _acknowledged(folder: Path) -> float:
    """Return how many changes a second are in the journal, each committed by itself."""
    path = folder / "stations.geojson"
    path.write_bytes(demo_registry().read_bytes())
    with closing(open_editable(Settings(registry=path, data=folder / "data"))) as editable:
        saw = editable.settle().stations[0]
        began = time.perf_counter()
        for number in range(COMMITS):
            mine = _with_phone(saw, str(number))
            editable.change([Edit(saw.id, saw, mine)], author="benchmark", publish=False)
            saw = mine
        return COMMITS / (time.perf_counter() - began)


def _bare(folder: Path) -> float:
    """Return how many rows a second SQLite commits by itself, each as large as the journal's."""
    row = line(parse(demo_registry().read_bytes()).stations[0]).decode()
    with closing(sqlite3.connect(folder / "bare.sqlite", isolation_level=None)) as connection:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        connection.execute("CREATE TABLE change (seq INTEGER PRIMARY KEY, before TEXT, after TEXT)")
        began = time.perf_counter()
        for _ in range(COMMITS):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO change (before, after) VALUES (?, ?)", (row, row))
            connection.execute("COMMIT")
        return COMMITS / (time.perf_counter() - began)


def _answers_while_importing(folder: Path) -> None:
    """Print how long answers take in quiet and while a list is imported, from the first row to the served revision."""
    path, listed = folder / "stations.geojson", folder / "list.geojson"
    path.write_bytes(demo_registry().read_bytes())
    listed.write_bytes(dumps(parse(copies(IMPORTED, properties=KEPT))))
    environment = {"STATIONMAP_REGISTRY": str(path), "STATIONMAP_DATA": str(folder / "data"), "STATIONMAP_POLL_S": "1"}
    with serving(environment=environment) as server:
        client = http.client.HTTPConnection(server.host, server.port, timeout=LIMIT_S)
        _waits_ms(client, lambda: False, least=1_000)  # the first ones load what they need
        quiet = _waits_ms(client, lambda: False, least=5_000)
        command = [sys.executable, "-c", "from stationmap.cli import main; main()", "import", str(listed), "--into"]
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, str(path), "--apply", "added"], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
        ) as importing:
            busy = _waits_ms(client, lambda: importing.poll() is None, least=1_000)
        taken_s = time.perf_counter() - began
        busy += _waits_ms(client, lambda: False, least=3_000)  # the server takes the new revision
    if importing.returncode:
        raise SystemExit("the import failed")
    (calm, late), (busy_median, busy_late) = (np.percentile(waits, [50, 99]) for waits in (quiet, busy))
    verdict = "ok" if busy_late <= MAX_SLOWER * late else "MISSED"
    print(f"\nimport of {IMPORTED:,} stations: {taken_s:.1f} s; nearest, median and 99th percentile in ms: ", end="")
    print(f"quiet {calm:.2f} {late:.2f}, meanwhile {busy_median:.2f} {busy_late:.2f}; ", end="")
    print(f"ratio {busy_late / late:.1f} of {MAX_SLOWER} {verdict}")


def _waits_ms(client: http.client.HTTPConnection, goes_on: Callable[[], bool], *, least: int) -> list[float]:
    """Ask at least so many questions, and until it is over; return the wait for each answer in ms."""
    draw = random.Random(SEED)
    waits: list[float] = []
    while len(waits) < least or goes_on():
        lon, lat = 117.2 + draw.uniform(-0.2, 0.2), 34.2 + draw.uniform(-0.2, 0.2)
        began = time.perf_counter()
        client.request("GET", f"/api/v1/nearest?lon={lon:.6f}&lat={lat:.6f}&k=5")
        answer = client.getresponse()
        answer.read()
        waits.append(1e3 * (time.perf_counter() - began))
        if answer.status != 200:
            raise SystemExit(f"an answer was {answer.status}")
        time.sleep(0.001)
    return waits


def _with_phone(station: Station, phone: str) -> Station:
    return station_of(field_values(station) | {("phone",): phone})


if __name__ == "__main__":
    main()
