"""How soon a change on one server is visible on another: two servers, each a process, on one PostgreSQL.

Without a second argument every announcement is heard; then a proxy swallows all, and the second server looks every
`STATIONMAP_POLL_S` (2 s, as by default). The change goes through the one save path beside server A, and the time is
from its commit until server B answers with the new revision. Needs PostgreSQL's programs.

    python -m benchmarks.servers [changes] [stations]
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

import orjson

from stationmap.editing.edits import Edit
from stationmap.registry.registry import Registry, dumps
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from tests import postgres
from tests.journaling import one
from tests.proxies import free_port
from tests.swallowing_proxy import SwallowingProxy

SEED, NAME, PATIENCE_S = 20_261_201, Path("measured"), 120.0
PROGRAM = Path(sys.executable).with_name("stationmap")


def ready(port: int) -> dict[str, object]:
    """Return what a server says of itself, nothing while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            found: dict[str, object] = orjson.loads(answer.read())
            return found
    except OSError:
        return {}


def wait_until(port: int, name: str, value: object, pause_s: float = 0.2) -> None:
    """Wait until a server says that something of it has a value."""
    deadline = time.monotonic() + PATIENCE_S
    while ready(port).get(name) != value:
        if time.monotonic() > deadline:
            raise SystemExit(f"{name} of the server is not {value}: {ready(port)}")
        time.sleep(pause_s)


def serve(folder: Path, url: str, registry: Registry) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server with a disk of its own."""
    folder.mkdir()
    file, port = folder / "stations.geojson", free_port()
    file.write_bytes(dumps(registry))
    own = {"CONFIG": os.devnull, "REGISTRY": str(file), "DATA": str(folder / "data"), "DATABASE_URL": url}
    own |= {"SHARED_AS": str(NAME), "PORT": str(port), "POLL_S": "2"}
    environment = os.environ | {f"STATIONMAP_{name}": value for name, value in own.items()}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([PROGRAM, "serve"], env=environment, **quiet), port  # type: ignore[call-overload,no-any-return]


def measure(database: postgres.Cluster, changes: int, stations: int, *, hears: bool) -> list[float]:
    """Return the seconds from each commit beside server A until server B answers with its revision."""
    choose, found = random.Random(SEED), []
    registry = Registry(tuple(one(f"s{number:06}") for number in range(stations)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        proxy = stack.enter_context(SwallowingProxy(database.socket))
        proxy.swallows = not hears
        here, port_here = serve(folder / "a", database.url, registry)
        stack.callback(here.wait)
        stack.callback(here.terminate)
        wait_until(port_here, "hearing", "ok")
        there, port = serve(folder / "b", proxy.url, registry)
        stack.callback(there.wait)
        stack.callback(there.terminate)
        wait_until(port, "hearing", "ok" if hears else "deaf")
        beside = EditableRegistry(folder / "a/stations.geojson", Database.at(database.url), key=NAME)
        stack.enter_context(closing(beside))
        now = beside.settle()
        for number in range(changes):
            time.sleep(choose.uniform(0.5, 2.5))  # at any moment between two looks
            station = choose.choice(now.stations)
            edit = Edit(station.id, station, one(station.id, phone=str(number)))
            now = beside.change([edit], author="", publish=False).registry
            began = time.perf_counter()
            wait_until(port, "revision", now.revision, pause_s=0.005)
            found.append(time.perf_counter() - began)
    return found


def main(changes: int = 50, stations: int = 1_002) -> None:
    """Measure with every announcement heard, then with none."""
    programs = postgres.programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    print(f"| {changes} changes, {stations:,} stations | median | slowest |")
    print("|---|---|---|")
    for words, hears in (("LISTEN is heard", True), ("announcements are swallowed, looks every 2 s", False)):
        with postgres.killable_cluster(programs) as database:
            found = measure(database, changes, stations, hears=hears)
        print(f"| {words} | {statistics.median(found):.2f} s | {max(found):.2f} s |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
