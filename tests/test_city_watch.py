"""A server takes new files of its city's folder, all together, and refuses bad ones while the old ones are served."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap import city_files, file_set, files, provenance
from stationmap.city import EXTRACT_FILES, GROUND, PLACES, STREETS
from stationmap.errors import Finding, InvalidCityFileError
from stationmap.ground import Ground
from stationmap.provenance import Provenance
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.state import EXTENSION, State
from tests import small_city
from tests.apps import MONDAY_10
from tests.ground_file import BUILD, FEW, write_ground


@dataclass(frozen=True)
class Opened:
    """A file of which only its provenance counts."""

    provenance: Provenance
    is_unchanged: bool = True


def opened(path: Path) -> Opened:
    try:
        document = json.loads(files.read(path))
    except ValueError as error:
        raise InvalidCityFileError((Finding(path.name, "damaged", "cut short"),)) from error
    return Opened(provenance.read(document.get("stationmap"), path.name))


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is watched here is which files count; what stands in each is a matter of its own module."""
    monkeypatch.setattr(city_files, "OPENERS", dict.fromkeys(EXTRACT_FILES, opened))


def made(build: str, **other: Any) -> bytes:
    member = {
        **small_city.FICTIONAL._asdict(), "date": "2026-11-01", "bounds": list(small_city.BOUNDS),
        "extract": "shili.osm.pbf", "sha256": "0" * 64, "built_at": "2026-11-20T10:00:00+08:00", "build": build * 12,
    }  # fmt: skip
    return json.dumps({"stationmap": {**member, **other}}).encode()


def put(folder: Path, data: bytes, names: tuple[str, ...] = EXTRACT_FILES) -> None:
    """Put files in place that were made an hour ago, which nobody is writing any more."""
    for name in names:
        files.write(folder / name, data)
    aged(folder)


def aged(folder: Path) -> None:
    # The time of the change of a name cannot be set, so the test does not wait for the watch to trust it.
    for each in folder.iterdir():
        if each.name in EXTRACT_FILES:
            os.utime(each, (1_000_000_000, 1_000_000_000))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made_of = tmp_path / "city"
    made_of.mkdir()
    small_city.write_registry(tmp_path / "stations.geojson")
    return made_of


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take every file for one that nobody writes any more."""
    from stationmap.web import city_watch

    monkeypatch.setattr(city_watch, "SETTLED_S", -1.0)
    yield


def app_of(folder: Path | None, beside: Path | None = None) -> Flask:
    path = (beside or folder.parent) / "stations.geojson"
    return create_app(Settings(city=folder, registry=path, poll_s=3_600, read_only=True), clock=lambda: MONDAY_10)


def state_of(app: Flask) -> State:
    found = app.extensions[EXTENSION]
    assert isinstance(found, State)
    return found


def ready(app: Flask) -> dict[str, Any]:
    return (app.test_client().get("/readyz").json or {})["city"]  # type: ignore[no-any-return]


def test_new_files_are_served_after_the_next_look_all_together(folder: Path) -> None:
    assert ready(app_of(None, folder.parent)) == {
        **{"build": None, "date": None, "files": [], "stale": False, "stale_since": None},
        **{"findings": 0, "finding_codes": []},
    }
    put(folder, made("a"))
    app = app_of(folder)
    assert (ready(app)["build"], ready(app)["date"]) == ("a" * 12, "2026-11-01")
    assert ready(app)["files"] == sorted(EXTRACT_FILES)
    before = state_of(app).city.files
    state_of(app).refresh()
    assert state_of(app).city.files is before
    put(folder, made("b"))
    state_of(app).refresh()
    assert ready(app)["build"] == "b" * 12
    assert state_of(app).reloads.counts()[("city", "taken")] == 2


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / PLACES).write_bytes(made("b")[:50]), "damaged"),
        (lambda folder: (folder / GROUND).write_bytes(b""), "damaged"),
        (lambda folder: (folder / STREETS).write_bytes(b"{}"), "not_built"),
        (lambda folder: (folder / STREETS).unlink(), "unreadable"),
        (shutil.rmtree, "unreadable"),
        (lambda folder: put(folder, made("b"), (GROUND,)), "mixed_builds"),
        (lambda folder: put(folder, made("b", bounds=[7.4, 43.7, 7.5, 43.8])), "outside_registry"),
        (lambda folder: put(folder, made("b", bounds=[7.4, 43.7, 7.3, 43.8])), "not_built"),
        (lambda folder: put(folder, made("b", licence="x" * 10_000)), "not_built"),
    ],
    ids="cut_short empty another's one_removed all_removed other_build elsewhere no_box too_long".split(),
)
def test_bad_files_change_nothing_and_show_in_readiness_log_and_figures(
    spoil: Any, code: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, made("a"))
    app = app_of(folder)
    before = state_of(app).city.files
    spoil(folder)
    for _ in range(3):
        state_of(app).refresh()
    assert state_of(app).city.files is before
    found = ready(app)
    assert (found["build"], found["stale"], found["finding_codes"]) == ("a" * 12, True, [code])
    assert caplog.text.count(f"of build {'a' * 12} in use") == 1
    assert state_of(app).reloads.counts()[("city", "refused")] == 1
    folder.mkdir(exist_ok=True)
    put(folder, made("c"))
    state_of(app).refresh()
    assert (ready(app)["build"], ready(app)["stale"]) == ("c" * 12, False)


def test_a_server_starts_without_the_files_where_they_are_bad_and_takes_them_when_they_are_good(folder: Path) -> None:
    put(folder, made("a")[:80])
    app = app_of(folder)
    assert app.test_client().get("/?lang=en").status_code == 200
    assert (ready(app)["build"], ready(app)["stale"], ready(app)["files"]) == (None, True, [])
    put(folder, made("b"))
    state_of(app).refresh()
    assert (ready(app)["build"], ready(app)["stale"]) == ("b" * 12, False)


def test_a_server_starts_with_the_good_files_of_a_build_and_names_the_bad_one(folder: Path) -> None:
    put(folder, made("a"))
    put(folder, made("a")[:80], (STREETS,))
    app = app_of(folder)
    state_of(app).refresh()
    assert (ready(app)["files"], ready(app)["stale"]) == (sorted((GROUND, PLACES)), True)
    put(folder, made("a"))
    state_of(app).refresh()
    assert (ready(app)["files"], ready(app)["stale"]) == (sorted(EXTRACT_FILES), False)
    put(folder, made("b"), (STREETS,))
    assert ready(app_of(folder))["files"] == []  # of two builds, nobody knows which is meant


def test_what_a_killed_build_had_finished_counts_though_the_old_files_still_stand_there(folder: Path) -> None:
    put(folder, made("a"))
    rest = folder / f".set-{'b' * 12}.ready"
    rest.mkdir()
    files.write(folder / GROUND, made("b"))  # already in its place
    for name in (PLACES, STREETS):
        files.write(rest / name, made("b"))
    app = app_of(folder)
    assert (ready(app)["build"], ready(app)["stale"]) == ("b" * 12, False)
    file_set.finish(folder, EXTRACT_FILES)
    state_of(app).refresh()
    assert (ready(app)["build"], ready(app)["stale"]) == ("b" * 12, False)
    assert sorted(each.name for each in folder.iterdir()) == sorted(EXTRACT_FILES)


def test_a_file_that_is_being_copied_is_not_refused_before_it_is_still(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stationmap.web import city_watch

    put(folder, made("a"))
    app = app_of(folder)
    monkeypatch.setattr(city_watch, "SETTLED_S", 3_600.0)
    (folder / GROUND).write_bytes(made("a")[:90])
    state_of(app).refresh()
    assert (ready(app)["build"], ready(app)["stale"]) == ("a" * 12, False)
    monkeypatch.setattr(city_watch, "SETTLED_S", -1.0)
    state_of(app).refresh()
    assert (ready(app)["build"], ready(app)["stale"]) == ("a" * 12, True)


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(path.read_bytes()[:400]), Path.touch])
def test_tiles_come_again_once_a_file_that_was_written_over_is_whole(
    spoil: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city_files, "OPENERS", {**dict.fromkeys(EXTRACT_FILES, opened), GROUND: Ground.open})
    put(folder, made("x").replace(b"x" * 12, BUILD.encode()), (PLACES, STREETS))
    path = write_ground(folder / GROUND, FEW)
    whole = path.read_bytes()
    aged(folder)
    app = app_of(folder)
    streets = state_of(app).city.files.streets
    spoil(path)
    assert app.test_client().get(f"/ground/{BUILD}/14/13699/6563.mvt").status_code == 503
    state_of(app).refresh()
    path.write_bytes(whole)
    state_of(app).refresh()
    assert app.test_client().get(f"/ground/{BUILD}/14/13699/6563.mvt").status_code == 200
    assert state_of(app).city.files.streets is streets
