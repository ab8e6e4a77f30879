"""A restore for practice: a backup put back into an empty folder, served there on a port of its own, and compared.

Nothing of the installation that runs is touched: no setting but the city is taken from it, and all is gone afterwards.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from stationmap import files
from stationmap.errors import StationmapError, StorageError
from stationmap.settings import Settings
from stationmap.storage import backup, open_editable
from stationmap.storage.backup import HOLIDAYS_NAME, Backup

START_S, ANSWER_S, END_S = 120.0, 30.0, 20.0
_LOG_LINES = 5


class Drill(NamedTuple):
    """What a drill found: what the backup says of itself, where the restored server differs, and the seconds it took.

    `accounts` is how many came back.
    """

    made: Backup
    accounts: int
    differences: tuple[str, ...]
    restored_s: float
    answered_s: float


class _Facts(NamedTuple):
    """What has to be the same in a backup and in what was restored from it."""

    revision: str
    stations: int
    revisions: int
    accounts: int


def drill(path: Path, *, city: Path | None = None, ticks: Callable[[], float] = time.monotonic) -> Drill:
    """Restore a backup, serve it, compare, and clean up; raises StorageError where it cannot be put back or served."""
    began = ticks()
    with TemporaryDirectory(prefix="stationmap-drill-") as name:
        folder = Path(name)
        with backup.opened(path, scratch=folder) as (made, _, source):
            expected = _Facts(made.revision, made.stations, made.revisions, backup.account_count(source))
        settings = _settings(path, folder, city)
        with closing(open_editable(settings)) as editable:
            registry = backup.put_back(path, editable)
            found = {"accounts": backup.account_count(editable.database)}
        restored = ticks()
        place = next(({"lon": each.position.lon, "lat": each.position.lat} for each in registry.stations), None)
        with _server(settings, folder / "log") as address:
            found |= _answers(address, place)
        with closing(open_editable(settings)) as editable:
            found["revisions"] = backup.revision_count(editable)
        differences = tuple(_differences(expected._asdict(), found))
        return Drill(made, expected.accounts, differences, restored - began, ticks() - began)


def _settings(path: Path, folder: Path, city: Path | None) -> Settings:
    held = backup.part_of(path, HOLIDAYS_NAME)
    if held is not None:
        files.write(folder / HOLIDAYS_NAME, held)
    holidays = folder / HOLIDAYS_NAME if held is not None else None
    return Settings(registry=folder / "stations.geojson", data=folder / "data", city=city, holidays=holidays, port=0)


def _answers(address: str, place: Mapping[str, float] | None) -> dict[str, Any]:
    """Return what the restored server says of itself, and whether it finds a station."""
    ready = _get(address, "/readyz")
    found = {"revision": ready["revision"], "stations": ready["stations"], "journal": ready["journal"]}
    if place is not None:
        nearest = _get(address, f"/api/v1/nearest?{urlencode({**place, 'k': 1, 'any_status': 'true'})}")
        found |= {"nearest": len(nearest["features"]), "revision of nearest": nearest["revision"]}
    return found


def _differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    wanted = {**expected, "journal": "ok", "nearest": 1, "revision of nearest": expected["revision"]}
    for what, value in found.items():
        if value != wanted[what]:
            yield f"{what}: {value}, 备份里是 in the backup {wanted[what]}"


def _get(address: str, path: str) -> Any:
    """Return what a server of this machine answers as JSON; no proxy stands between."""
    place = urlsplit(address)
    try:
        with closing(HTTPConnection(place.hostname or "", place.port, timeout=ANSWER_S)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != 200:
                raise StorageError(f"恢复后的服务回答 {answer.status} the restored server answers so: {path}")
            return json.loads(data)
    except (OSError, ValueError) as error:
        raise StorageError(f"恢复后的服务没有回答 the restored server does not answer: {error}") from error


@contextmanager
def _server(settings: Settings, log: Path) -> Iterator[str]:
    """Serve a registry in a process of its own, and give its address; raises StorageError where it does not start."""
    fresh = multiprocessing.get_context("spawn")
    heard, said = fresh.Pipe(duplex=False)
    process = fresh.Process(target=_serve, args=(settings, log, said), daemon=True)
    process.start()
    said.close()
    try:
        yield _address(heard, log)
    finally:
        process.terminate()
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()


def _address(heard: Connection, log: Path) -> str:
    try:
        if heard.poll(START_S):
            return str(heard.recv())
    except EOFError:  # it ended
        pass
    last = files.read(log).decode(errors="replace").splitlines()[-_LOG_LINES:] if log.exists() else []
    raise StorageError(f"恢复后的服务启动不了 the restored server does not start: {' | '.join(last)}")


def _serve(settings: Settings, log: Path, said: Connection) -> None:
    """Be the server; its log goes to a file, and from it comes nothing but its address."""
    from stationmap.web import server

    Thread(target=_end_with_the_drill, args=(log.parent,), daemon=True).start()
    with log.open("wb") as file:
        os.dup2(file.fileno(), 2)
    heard: list[str] = []

    def say(text: str) -> None:
        if not heard:
            heard.append(text)
            said.send(text)

    try:
        server.run(settings, say=say)
    except (StationmapError, OSError) as error:
        os.write(2, str(error).encode())


def _end_with_the_drill(folder: Path) -> None:
    """Wait until the process that began this one has ended; then remove what it restored, which it could not, and end.

    Whoever is killed cleans nothing up, and accounts and reports would be served here for ever.
    """
    if began := multiprocessing.parent_process():
        began.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)
