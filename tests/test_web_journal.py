"""A server keeps its file and its journal together, and answers from the file where there is no journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap.editing.edits import Edit
from stationmap.errors import FileError, StorageError
from stationmap.registry.registry import dumps
from stationmap.registry.store import load
from stationmap.settings import Settings
from stationmap.storage import open_editable
from stationmap.storage.published_file import PublishedFile
from stationmap.web import create_app
from stationmap.web.state import EXTENSION, State
from tests.apps import MONDAY_10, registry_of
from tests.journaling import one


def app_of(file: Path, **settings: Any) -> Flask:
    """Make an application that keeps a journal, and looks at the file only when a test says so."""
    chosen = Settings(registry=file, data=file.parent / "data", **settings)
    app = create_app(chosen, clock=lambda: MONDAY_10, writable=True)
    app.before_request_funcs[None].remove(state_of(app).watch)
    return app


def state_of(app: Flask) -> State:
    found: State = app.extensions[EXTENSION]
    return found


def ids(app: Flask) -> list[str]:
    answer = app.test_client().get("/api/v1/stations").json or {}
    return sorted(feature["id"] for feature in answer["features"])


def journal_of(app: Flask) -> str:
    return str((app.test_client().get("/readyz").json or {})["journal"])


def test_a_revision_that_did_not_reach_the_file_is_served_after_the_first_look(file: Path) -> None:
    editable = open_editable(Settings(registry=file, data=file.parent / "data"))
    editable.change([Edit("c", None, one("c"))], author="王", publish=False)
    editable.close()
    app = app_of(file)
    assert ids(app) == ["a", "b"]
    state_of(app).refresh()
    assert ids(app) == ["a", "b", "c"]
    assert list(load(file)) == ["a", "b", "c"]
    assert journal_of(app) == "ok"


def test_a_change_is_answered_from_at_once_and_two_servers_see_each_others(file: Path) -> None:
    here, there = app_of(file), app_of(file)
    for app in (here, there):
        state_of(app).refresh()
    state_of(here).change([Edit("a", one("a"), None)], author="王")
    assert ids(here) == ["b"]
    assert ids(there) == ["a", "b"]
    state_of(there).refresh()
    assert ids(there) == ["b"]
    state_of(there).change([Edit("c", None, one("c"))], author="李")
    state_of(here).refresh()
    assert ids(here) == ["b", "c"]


def test_a_file_changed_by_hand_under_the_server_is_in_the_journal_and_is_served(file: Path) -> None:
    app = app_of(file)
    state_of(app).refresh()
    file.write_bytes(dumps(registry_of([one("a"), one("b"), one("d")])))
    state_of(app).refresh()
    assert ids(app) == ["a", "b", "d"]
    file.write_text("{")
    state_of(app).refresh()
    assert (app.test_client().get("/readyz").json or {})["stale"] is True
    assert ids(app) == ["a", "b", "d"]


def test_without_its_database_the_file_is_served_and_the_fault_is_said_once(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = file.parent / "data"
    data.write_text("no folder")
    app = app_of(file)
    for _ in range(3):
        state_of(app).refresh()
    assert journal_of(app) == "fault"
    assert ids(app) == ["a", "b"]
    assert len([record for record in caplog.records if "cannot be kept" in record.message]) == 1
    file.write_bytes(dumps(registry_of([one("z")])))
    state_of(app).refresh()
    assert ids(app) == ["z"]
    with pytest.raises(StorageError):
        state_of(app).change([Edit("z", one("z"), None)], author="王")
    data.unlink()
    state_of(app).refresh()
    assert journal_of(app) == "ok"


def test_a_revision_that_cannot_be_written_is_tried_again_at_every_look(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_of(file)
    state_of(app).refresh()
    before = file.read_bytes()

    def no_room(*_: Any, **__: Any) -> None:
        raise FileError(f"{file}: No space left on device")

    monkeypatch.setattr(PublishedFile, "write", no_room)
    done = state_of(app).change([Edit("a", one("a"), None)], author="王")
    assert "No space" in done.unpublished
    state_of(app).refresh()
    assert (journal_of(app), ids(app), file.read_bytes()) == ("fault", ["b"], before)
    monkeypatch.undo()
    state_of(app).refresh()
    assert (journal_of(app), list(load(file))) == ("ok", ["b"])
    assert len([record for record in caplog.records if "not in the file" in record.message]) == 1


def test_a_change_made_here_is_made_into_answers_once(file: Path) -> None:
    app = app_of(file)
    state = state_of(app)
    first = state.snapshot
    state.refresh()
    assert state.snapshot is first  # the journal begins with what is served
    state.change([Edit("a", one("a"), None)], author="王")
    changed = state.snapshot
    state.refresh()
    assert state.snapshot is changed
    assert changed.registry["b"] is first.registry["b"]


def test_a_file_broken_by_hand_while_a_change_waits_is_said_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(file)
    state_of(app).refresh()
    file.write_text("{")
    state_of(app).refresh()
    done = state_of(app).change([Edit("a", one("a"), None)], author="王")
    assert "改坏" in done.unpublished
    for _ in range(3):
        state_of(app).refresh()
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    assert (app.test_client().get("/readyz").json or {})["stale"] is True
    file.write_bytes(dumps(registry_of([one("a"), one("b")])))
    state_of(app).refresh()
    assert (ids(app), list(load(file))) == (["b"], ["b"])
    assert (app.test_client().get("/readyz").json or {})["stale"] is False


@pytest.mark.parametrize("why", ["set", "package", "protected"])
def test_a_registry_that_is_only_read_has_no_database(file: Path, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = file.parent / "data"
    if why == "protected":
        monkeypatch.setattr("os.access", lambda *_: False)  # the superuser may write everything
    if why == "package":
        app = create_app(Settings(data=data), clock=lambda: MONDAY_10, writable=True)
    else:
        app = app_of(file, read_only=why == "set")
    state_of(app).refresh()
    assert journal_of(app) == "read_only"
    assert not data.exists()
    with pytest.raises(StorageError, match="只读"):
        state_of(app).change([], author="王")
