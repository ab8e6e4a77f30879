"""Two servers, each a process with a disk of its own, on one PostgreSQL; each of the three is killed in turn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from stationmap.editing.edits import Edit
from stationmap.registry.registry import dumps
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from tests import postgres
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.proxies import free_port
from tests.swallowing_proxy import SwallowingProxy

PATIENCE_S = 300  # of a busy machine
NAME = "xuzhou"
PROGRAM = str(Path(sys.executable).with_name("stationmap"))
POLL_S = "0.4"
NEAREST = "/api/v1/nearest?lon=117.2&lat=34.2"


class Server:
    """`stationmap serve` with a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.file, self.port = folder, folder / "stations.geojson", free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STATIONMAP_")},
            "STATIONMAP_CONFIG": os.devnull,
            "STATIONMAP_REGISTRY": str(self.file),
            "STATIONMAP_DATA": str(folder / "data"),
            "STATIONMAP_DATABASE_URL": url,
            "STATIONMAP_SHARED_AS": NAME,
            "STATIONMAP_POLL_S": POLL_S,
            "STATIONMAP_PORT": str(self.port),
            "STATIONMAP_LOG_FORMAT": "text",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start; it answers some seconds later."""
        with (self.folder / "log").open("ab") as log:
            command = [PROGRAM, "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def hears(self, hearing: str, journal: str = "ok") -> bool:
        """Tell whether it answers, and says so of itself."""
        assert self.process
        assert self.process.poll() is None, self.log()
        try:
            found = self.get("/readyz")
        except OSError:
            return False
        return (found["hearing"], found["journal"]) == (hearing, journal)

    def ids(self) -> set[str]:
        return {each["id"] for each in self.get("/api/v1/stations")["features"]}


def until(holds: Callable[[], bool], said: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)


@pytest.fixture(scope="module")
def programs() -> Path:
    found = postgres.programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    return found


@pytest.fixture
def server_of(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A server of a name at a URL of the database; with a file of two stations, or none."""
    with ExitStack() as ending:

        def make(name: str, url: str, *, has_file: bool = True) -> Server:
            made = Server(tmp_path / name, url)
            ending.callback(made.stop)
            if has_file:
                made.file.write_bytes(dumps(registry_of([one("a"), one("b")])))
            return made

        yield make


def change(server: Server, url: str, station_id: str) -> None:
    """Change the registry as a command does on the machine of a server, beside it."""
    with closing(EditableRegistry(server.file, Database.at(url), key=Path(NAME))) as editable:
        editable.change([Edit(station_id, None, one(station_id))], author="王")


@pytest.mark.timeout(900)
def test_whichever_of_two_servers_and_their_database_is_killed_riders_are_answered_and_nothing_is_lost(
    programs: Path, server_of: Callable[..., Server]
) -> None:
    with postgres.killable_cluster(programs) as database, SwallowingProxy(database.socket) as proxy:
        proxy.swallows = True
        here, there = server_of("here", database.url), server_of("there", proxy.url, has_file=False)
        change(here, database.url, "c")
        for server in (here, there):  # the second has no file: it comes from the database
            server.begin()
        until(lambda: here.hears("ok"), here.log)
        until(lambda: there.hears("deaf"), there.log)
        doctor = subprocess.Popen(
            [PROGRAM, "doctor", "--json"], cwd=ROOT, env=there.environment, stdout=subprocess.PIPE
        )
        change(here, database.url, "d")
        until(lambda: here.ids() == there.ids() == {"a", "b", "c", "d"}, there.log)
        said = {each["what"]: each["verdict"] for each in json.loads(doctor.communicate()[0])}
        assert said["其他服务器的改动 changes on other servers"] == "warning"
        assert proxy.swallowed
        proxy.swallows = False
        until(lambda: there.hears("ok"), there.log)

        here.kill()
        change(there, database.url, "e")
        until(lambda: "e" in there.ids(), there.log)
        here.begin()
        until(lambda: here.hears("ok") and "e" in here.ids(), here.log)

        database.kill()
        for server in (here, there):
            until(lambda server=server: server.hears("away", "fault"), server.log)  # type: ignore[misc]
            assert server.get(NEAREST)["features"]
            assert server.ids() == {"a", "b", "c", "d", "e"}
        there.kill()
        there.begin()  # without its database, from its file
        until(lambda: there.hears("away", "fault"), there.log)
        assert there.ids() == {"a", "b", "c", "d", "e"}

        database.start()
        for server in (here, there):
            until(lambda server=server: server.hears("ok"), server.log)  # type: ignore[misc]
        change(there, database.url, "f")
        until(lambda: here.ids() == there.ids() == {"a", "b", "c", "d", "e", "f"}, there.log)
