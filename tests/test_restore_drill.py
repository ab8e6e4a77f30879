"""Last night's backup, restored into an empty folder and served there, is what it was; what runs is not touched."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from stationmap.backups import nightly
from stationmap.cli import command, restore_drill
from stationmap.cli.restore_drill import drill
from stationmap.editing.edits import Edit
from stationmap.errors import StorageError
from stationmap.storage import backup
from stationmap.storage.database import Database
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.schema import users
from tests.conftest import ROOT
from tests.journaling import NOON, Clock, one

SCRIPT = ROOT / "deploy/restore-drill.sh"


def night_over(file: Path, database: Database, folder: Path) -> tuple[str, Path]:
    """Let a registry have a history and an account, and be backed up; return its revision and the backup."""
    editable = EditableRegistry(file, database, clock=Clock())
    editable.settle()
    done = editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王")
    about = {"name": "wang", "role": "viewer", "districts": "[]", "created_at": "2026-11-30T04:00:00.000000+00:00"}
    with database.writing() as connection:
        connection.execute(sa.insert(users).values(login="wang", **about))
    made = nightly.back_up(editable, folder, lambda: NOON, {"holidays.json": b'{"years": {}}'}).made
    return done.registry.revision, made.path


def held(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file() and each.suffix != ".log"}


@pytest.mark.parametrize("open_database", ["postgresql"], indirect=True)
def test_a_restored_server_is_what_was_backed_up_of_postgresql(
    file: Path, open_database: Callable[[], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds, as a server really starts; below the same with SQLite."""
    database = open_database()
    revision, path = night_over(file, database, tmp_path / "backups")
    database.close()
    before = held(tmp_path)
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setenv("STATIONMAP_REGISTRY", str(file))  # whatever is set is not what is served
    monkeypatch.setenv("STATIONMAP_PORT", "1")
    found = drill(path)
    assert found.differences == ()
    assert (found.made.revision, found.made.revisions, found.accounts) == (revision, 2, 1)
    assert 0 < found.restored_s < found.answered_s
    assert held(tmp_path) == before
    assert not list((tmp_path / "scratch").iterdir())


def test_the_script_takes_the_latest_backup(file: Path, tmp_path: Path) -> None:
    """The same by the script, with the settings of an installation and the program that is installed here."""
    data = tmp_path / "data"
    revision, path = night_over(file, Database.in_folder(data), data / "backups")
    program = Path(sys.executable).with_name("stationmap")
    environment = {
        "PATH": os.environ["PATH"],
        "STATIONMAP_PROGRAM": str(program),
        "STATIONMAP_USER": "nobody-of-this-name",
        "STATIONMAP_DATA": str(data),
        "STATIONMAP_REGISTRY": str(file),
    }
    before = held(tmp_path)
    done = subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{path}: {NOON.isoformat(timespec='seconds')}" in done.stdout
    assert f"{revision}, 2 个站点 stations, 2 个版本 revisions, 1 个账号 accounts" in done.stdout
    assert "恢复可行" in done.stdout
    assert held(tmp_path) == before
    # Root stands where the user of the service may not enter: /root.
    environment["STATIONMAP_PROGRAM"] = "/bin/echo"
    named = subprocess.run(
        ["sh", SCRIPT, "one.zip"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert named.stdout == f"drill {tmp_path}/one.zip\n"
    absent = subprocess.run(
        ["sh", SCRIPT],
        env={**environment, "STATIONMAP_PROGRAM": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (absent.returncode, "STATIONMAP_PROGRAM" in absent.stderr) == (1, True)


def test_what_differs_is_named() -> None:
    expected = {"revision": "a", "stations": 2, "revisions": 3, "accounts": 1}
    same = {**expected, "journal": "ok", "nearest": 1, "revision of nearest": "a"}
    assert list(restore_drill._differences(expected, same)) == []
    found = {**same, "stations": 1, "journal": "fault", "nearest": 0}
    assert [line.partition(":")[0] for line in restore_drill._differences(expected, found)] == [
        "stations",
        "journal",
        "nearest",
    ]


def test_a_backup_from_which_something_is_missing_is_found_out(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts that do not come back, and a server that serves something else."""
    _, path = night_over(file, Database.in_folder(tmp_path / "data"), tmp_path / "backups")
    put_back = backup.put_back

    def without_accounts(path: Path, editable: EditableRegistry) -> object:
        registry = put_back(path, editable)
        with editable.database.writing() as connection:
            connection.execute(sa.delete(users))
        return registry

    monkeypatch.setattr(backup, "put_back", without_accounts)
    monkeypatch.setattr(restore_drill, "_server", lambda *_: nullcontext("http://127.0.0.1:1"))
    monkeypatch.setattr(restore_drill, "_answers", lambda *_: {"revision": "0" * 16, "nearest": 0})
    assert [line.partition(":")[0] for line in drill(path).differences] == ["accounts", "revision", "nearest"]


def test_without_a_backup_and_with_a_bad_one_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_BACKUPS", str(tmp_path / "backups"))
    none = CliRunner().invoke(command, ["drill"])
    assert (none.exit_code, "没有可用的备份" in none.stderr) == (1, True)
    (tmp_path / "bad.zip").write_bytes(b"PK")
    bad = CliRunner().invoke(command, ["drill", str(tmp_path / "bad.zip")])
    assert (bad.exit_code, "不是完整的备份" in bad.stderr) == (1, True)
    with pytest.raises(StorageError, match="does not answer"):
        restore_drill._get("http://127.0.0.1:1", "/readyz")


def _killed_with_a_server(folder: Path) -> None:
    multiprocessing.get_context("spawn").Process(target=restore_drill._end_with_the_drill, args=(folder,)).start()
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_drill_that_is_killed_leaves_neither_a_server_nor_what_it_restored(tmp_path: Path) -> None:
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored/stationmap.sqlite").touch()
    drill = multiprocessing.get_context("fork").Process(target=_killed_with_a_server, args=(tmp_path / "restored",))
    drill.start()
    drill.join()
    assert drill.exitcode == -signal.SIGKILL
    until = time.monotonic() + 30
    while (tmp_path / "restored").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not (tmp_path / "restored").exists()
