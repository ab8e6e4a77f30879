"""The file changes under a running server: good versions are taken whole, bad ones change nothing and are told."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap.errors import InvalidRegistryError, RegistryFileError
from stationmap.formats.nearest_text import Asked
from stationmap.registry.model import Position
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import write
from stationmap.search.query import Query, Travel
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.snapshot import Snapshot
from stationmap.web.state import EXTENSION, State, current_snapshot
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

HERE = "/api/v1/nearest?lon=117.2&lat=34.2&k=100"


def _version(number: int) -> Registry:
    """Make a registry of `number` stations, each of which carries the number."""
    return registry_of(station(f"s{row:03}", 117.2, 34.2, name=f"v{number}") for row in range(number))


def _state(app: Flask) -> State:
    found = app.extensions[EXTENSION]
    assert isinstance(found, State)
    return found


def _ready(app: Flask) -> dict[str, Any]:
    response = app.test_client().get("/readyz")
    assert response.status_code == 200
    return response.json or {}


def test_a_good_new_version_is_served_after_the_next_look(tmp_path: Path) -> None:
    app = app_over(tmp_path, _version(1))
    write(tmp_path / "stations.geojson", _version(2))
    assert len((app.test_client().get(HERE).json or {})["features"]) == 1
    _state(app).refresh()
    answer = app.test_client().get(HERE)
    assert len((answer.json or {})["features"]) == 2
    assert answer.headers["Stationmap-Revision"] == _version(2).revision == _ready(app)["revision"]


def test_a_bad_version_changes_nothing_and_shows_in_readiness_and_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_over(tmp_path, _version(1))
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(_version(3)).replace(b'"s001"', b'"s000"').replace(b"34.2]", b"94.2]"))
    _state(app).refresh()
    _state(app).refresh()
    ready = _ready(app)
    assert (ready["stale"], ready["revision"], ready["findings"]) == (True, _version(1).revision, 4)
    assert ready["stale_since"] == "2026-11-23T10:00:00+08:00"
    assert "duplicate_id" in ready["finding_codes"]
    assert len((app.test_client().get(HERE).json or {})["features"]) == 1
    refusals = [record.getMessage() for record in caplog.records if record.name == "stationmap.reload"]
    assert len(refusals) == 1
    assert "features[2]" in refusals[0]
    assert "out_of_range: longitude lies in [-180, 180] and latitude in [-90, 90]; given [117.2, 94.2]" in refusals[0]


def _logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines of the one refusal logged, its heading left out."""
    (refusal,) = [record.getMessage() for record in caplog.records if record.name == "stationmap.reload"]
    return refusal.splitlines()[1:]


@pytest.mark.parametrize(
    ("put", "problem"),
    [
        (lambda path: path.write_bytes(dumps(_version(1))[:-9]), "truncated: ends in the middle"),
        (lambda path: None, "unreadable: {path}: 没有这个文件或文件夹 No such file or directory"),
        (Path.mkdir, "unreadable: {path}: is a directory"),
        (os.mkfifo, "unreadable: {path}: is not an ordinary file"),
    ],
)
def test_the_log_says_what_is_wrong_with_a_file(
    put: Callable[[Path], object], problem: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_over(tmp_path, _version(1))
    path = tmp_path / "stations.geojson"
    path.unlink()
    put(path)
    _state(app).refresh()
    (line,) = _logged(caplog)
    assert line.startswith("error: ")
    assert line.endswith(problem.format(path=path))


def test_the_log_of_a_hostile_file_is_bounded_and_forges_no_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_over(tmp_path, _version(1))
    hostile = dumps(_version(70)).replace(b'"outdoor_worker"', b'"a\\nerror: forged \\u001b[31m\\u202e"')
    (tmp_path / "stations.geojson").write_bytes(hostile)
    _state(app).refresh()
    lines = _logged(caplog)
    assert len(lines) == 51
    assert lines[-1] == "and 20 more of 70 findings"
    assert all(line.startswith("error: features[") and line.isprintable() for line in lines[:-1])


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", None])
def test_after_a_bad_file_or_none_a_good_one_ends_the_trouble(tmp_path: Path, content: bytes | None) -> None:
    app = app_over(tmp_path, _version(1))
    path = tmp_path / "stations.geojson"
    path.unlink() if content is None else path.write_bytes(content)
    _state(app).refresh()
    assert _ready(app)["stale"] is True
    write(path, _version(1))
    _state(app).refresh()
    assert _ready(app)["stale"] is False


def test_a_file_that_cannot_be_served_refuses_to_start_with_every_finding(tmp_path: Path) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(_version(3)).replace(b"34.2]", b"94.2]"))
    with pytest.raises(InvalidRegistryError) as refusal:
        create_app(Settings(registry=path))
    assert len([finding for finding in refusal.value.findings if finding.severity == "error"]) == 3
    with pytest.raises(RegistryFileError):
        create_app(Settings(registry=tmp_path))


def test_a_request_keeps_its_snapshot_while_the_registry_is_replaced(tmp_path: Path) -> None:
    app = app_over(tmp_path, _version(1))
    with app.test_request_context():
        before = current_snapshot()
        _state(app).snapshot = Snapshot(_version(2))
        assert current_snapshot() is before
    with app.test_request_context():
        assert len(current_snapshot().registry) == 2


def test_answers_under_a_changing_registry_are_never_mixed(tmp_path: Path) -> None:
    app = app_over(tmp_path, _version(1))
    sizes = {_version(number).revision: number for number in (1, 2, 3)}
    done = threading.Event()

    def keep_changing() -> None:
        number = 1
        while not done.is_set():
            number = number % 3 + 1
            write(tmp_path / "stations.geojson", _version(number))
            _state(app).refresh()

    changer = threading.Thread(target=keep_changing)
    changer.start()
    try:
        seen: set[int] = set()
        deadline = time.monotonic() + 30
        while len(seen) < 3 and time.monotonic() < deadline:
            response = app.test_client().get(HERE)
            features = (response.json or {})["features"]
            number = sizes[response.headers["Stationmap-Revision"]]
            assert (response.json or {})["revision"] == response.headers["Stationmap-Revision"]
            assert [one["properties"]["name"] for one in features] == [f"v{number}"] * number
            seen.add(number)
    finally:
        done.set()
        changer.join()
    assert seen == {1, 2, 3}


def test_the_feed_is_made_once_however_many_ask_at_the_same_time() -> None:
    snapshot = Snapshot(_version(50))
    found: list[object] = []
    askers = [threading.Thread(target=lambda: found.append(snapshot.feed(MONDAY_10.date()))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert snapshot.feed(MONDAY_10.date() + timedelta(days=1)) is not found[0]


def test_each_process_watches_once_and_only_when_it_answers(tmp_path: Path) -> None:
    def watchers() -> int:
        return sum(thread.name == "registry-watch" for thread in threading.enumerate())

    before = watchers()
    app = app_over(tmp_path, _version(1))
    assert watchers() == before
    for _ in range(3):
        app.test_client().get("/healthz")
    assert watchers() == before + 1


def test_a_replaced_registry_is_let_go_without_the_cyclic_collector() -> None:
    # The objects of a large registry are hidden from the collector, so one that is part of a cycle would stay for ever.
    snapshot = Snapshot(_version(3))
    snapshot.index.nearest(Position(117.2, 34.2), query=Query(text="v3", open_at=MONDAY_10))
    found = snapshot.index.nearest_rows(Position(117.2, 34.2))
    snapshot.nearest_text.collection(found, Asked(MONDAY_10, Travel(5), Query()), MONDAY_10)
    snapshot.feed(MONDAY_10.date())
    last_seen = weakref.ref(snapshot.registry.stations[0])
    gc.disable()
    try:
        del snapshot
        assert last_seen() is None
    finally:
        gc.enable()
