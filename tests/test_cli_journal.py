"""`history`, `restore` and `backup` as people type them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stationmap.cli import command
from stationmap.editing.edits import Edit
from stationmap.registry.registry import dumps
from stationmap.registry.store import load
from stationmap.settings import Settings
from stationmap.storage import database, open_editable, restoring
from tests.apps import registry_of
from tests.journaling import one

Run = Callable[..., Result]


@pytest.fixture
def run(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a registry of two stations, with a journal of its own."""
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))

    def run_it(*arguments: str | Path) -> Result:
        return CliRunner().invoke(command, [*map(str, arguments), "--registry", str(file)])

    return run_it


def edit_by_hand(file: Path, *stations: object, **header: object) -> None:
    file.write_bytes(dumps(registry_of(stations, **header)))  # type: ignore[arg-type]


def settle(file: Path) -> None:
    editable = open_editable(Settings(registry=file, data=file.parent / "data"))
    editable.settle()
    editable.close()


def test_history_of_a_registry_that_nobody_changed_makes_none(run: Run) -> None:
    result = run("history")
    assert result.exit_code == 0
    assert "还没有修改记录" in result.stderr
    assert json.loads(run("history", "--json").stdout) == []


def test_history_lists_who_changed_what(run: Run, file: Path) -> None:
    settle(file)
    edit_by_hand(file, one("a", phone="1", keeper="王 138"), one("b"))
    settle(file)
    listed = json.loads(run("history", "--json").stdout)
    assert [(entry["seq"], entry["kind"], entry["changed"]) for entry in listed] == [(2, "file", 1), (1, "begin", 0)]
    assert "手改文件 file" in run("history").stdout
    (version,) = json.loads(run("history", "a", "--json").stdout)
    assert {"field": "phone", "after": "1"} in version["fields"]
    text = run("history", "a").stdout
    assert "电话 phone: 无 none → 1" in text
    # What the format does not know may be nobody else's business.
    assert "keeper: 有变化" in text
    assert "138" not in text + run("history", "a", "--json").stdout


def test_restore_says_what_it_did_and_can_be_undone(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(file)
    first = file.read_bytes()
    edit_by_hand(file, one("a"))
    result = run("restore", "1", "--by", "李", "--reason", "误删")
    assert result.exit_code == 0, result.output
    assert "1 个站点有变化" in result.stdout
    assert file.read_bytes() == first
    assert json.loads(run("history", "--json").stdout)[0]["reason"] == "误删"
    monkeypatch.chdir(file.parent)
    (file.parent / "2").write_text("a file of that name is no backup")
    assert run("restore", "2").exit_code == 0
    assert list(load(file)) == ["a"]
    assert "没有变化" in run("restore", "2").stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["restore", "99"], "没有这个版本"),
        (["restore", "1", "--station", "z"], "没有这些站点"),
        (["restore", "1", "--station", "a", "--undo"], "不能同时用"),
    ],
)
def test_a_restore_that_cannot_be_is_one_line(run: Run, file: Path, arguments: list[str], problem: str) -> None:
    settle(file)
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert problem in result.stderr
    assert "Traceback" not in result.output


def test_a_backup_is_written_verified_and_put_back(run: Run, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    assert run("backup", path).exit_code == 0
    assert "已备份并核对" in run("backup", path, "--force").stderr
    assert run("backup", path).exit_code == 1  # not over a file that is there
    before = file.read_bytes()
    edit_by_hand(file, one("a"))
    result = run("restore", path)
    assert result.exit_code == 0, result.output
    assert file.read_bytes() == before
    assert run("restore", path, "--undo").exit_code == 2


def test_a_damaged_database_is_put_aside_for_a_backup(run: Run, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    run("backup", path)
    damaged = tmp_path / "data" / "stationmap.sqlite"
    damaged.write_bytes(b"x" * 8192)
    refused = run("history")
    assert refused.exit_code == 1
    assert "stationmap restore BACKUP.zip" in refused.stderr
    assert run("restore", path).exit_code == 0
    assert run("history").exit_code == 0
    (aside,) = damaged.parent.glob("*.damaged-*")
    assert aside.read_bytes() == b"x" * 8192


def test_a_database_that_is_in_use_is_not_put_aside_for_a_backup(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "all.zip"
    run("backup", path)
    monkeypatch.setattr(database, "BUSY_S", 0)
    with closing(sqlite3.connect(tmp_path / "data" / "stationmap.sqlite")) as another:
        another.execute("BEGIN IMMEDIATE")
        refused = run("restore", path)
    assert refused.exit_code == 1
    assert "正被别的程序占用" in refused.stderr
    assert not list((tmp_path / "data").glob("*.damaged-*"))


def test_doctor_knows_the_journal(run: Run, file: Path, tmp_path: Path) -> None:
    assert "尚未建立" in run("doctor").stdout
    settle(file)
    assert "1 个版本 revisions" in run("doctor").stdout
    editable = open_editable(Settings(registry=file, data=tmp_path / "data"))
    restoring.restore(editable, "1", author="")
    editable.close()
    (tmp_path / "data" / "stationmap.sqlite").write_bytes(b"x" * 8192)
    broken = run("doctor")
    assert broken.exit_code == 1
    assert "已损坏" in broken.stdout


def test_what_waits_to_be_decided_is_listed(run: Run, file: Path, tmp_path: Path) -> None:
    assert "没有待决的冲突" in run("history", "--conflicts").stderr
    editable = open_editable(Settings(registry=file, data=tmp_path / "data"))
    editable.settle()
    editable.change([Edit("a", one("a"), one("a", phone="1"))], author="王", publish=False)
    edit_by_hand(file, one("a", phone="2"), one("b"))
    editable.settle()
    editable.close()
    text = run("history", "--conflicts").stdout
    assert "phone 现在 now: 1" in text
    assert "phone 未采用 not taken: 2" in text
    (conflict,) = json.loads(run("history", "a", "--conflicts", "--json").stdout)
    assert (conflict["theirs"], conflict["mine"], "base" in conflict) == ("1", "2", False)
    assert json.loads(run("history", "b", "--conflicts", "--json").stdout) == []


def test_of_what_waits_only_the_members_of_the_format_are_shown(run: Run, file: Path, tmp_path: Path) -> None:
    def private(number: int) -> dict[str, object]:
        access = {"who": "public", "how": ["walk_in"], "keeper": f"13812345{number}"}
        return {"source_columns": {"负责人电话": f"13812345{number}"}, "access": access, "name": f"站 {number}"}

    editable = open_editable(Settings(registry=file, data=tmp_path / "data"))
    editable.settle()
    mine, theirs = one("a", **private(111)), one("a", **private(222))
    editable.change([Edit("a", one("a"), theirs)], author="王")
    editable.change([Edit("a", one("a"), mine)], author="李", list_conflicts=True)
    editable.change([Edit("a", one("a"), None)], author="赵", list_conflicts=True)
    editable.close()
    text, document = run("history", "--conflicts").stdout, run("history", "--conflicts", "--json").stdout
    history = run("history", "a").stdout + run("history", "a", "--json").stdout
    assert "13812345" not in text + document + history
    assert "source_columns: 有变化，内容不显示" in text
    fields = {each["field"]: each for each in json.loads(document)}
    assert fields.keys() == {"name", "access", "source_columns", "station"}
    assert fields["name"]["mine"] == "站 111"
    assert fields["access"]["theirs"] == {"who": "public", "how": ["walk_in"]}
    assert fields["station"]["theirs"]["name"] == "站 222"
    assert "mine" not in fields["source_columns"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bob:geheim@127.0.0.1:1/x",
        "postgresql://bob@127.0.0.1:1/x?password=geheim&connect_timeout=1",
        "postgresql://bob:geheim@[::1/x",
        "mysql://bob:geheim@127.0.0.1/x",
        "geheim",
    ],
)
def test_an_address_that_leads_nowhere_is_one_line_without_the_password(
    run: Run, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATABASE_URL", url)
    for command_line in (("history",), ("doctor", "--json")):
        result = run(*command_line)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 1
        assert "STATIONMAP_DATABASE_URL" in result.output
        assert "geheim" not in result.output
