"""`stationmap users`, as whoever runs the server types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from stationmap.cli import command, options
from tests.apps import MONDAY_10, registry_of
from tests.journaling import one
from tests.staff import add_user, send, signed_in, staff_app

Run = Callable[..., Result]
PASSWORD = "brown-kettle-rides-north"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return staff_app(tmp_path, registry_of([one("a")]))


@pytest.fixture
def run(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the database of a server that is up."""
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STATIONMAP_PUBLIC_URL", "https://stations.example.org")
    monkeypatch.setattr(options, "clock", lambda: MONDAY_10)
    return lambda *arguments: CliRunner().invoke(command, ["users", *arguments])


def link_of(result: Result) -> str:
    found = re.search(r"https://stations\.example\.org(/staff/password/[\w-]{43})", result.output)
    assert found, result.output
    return found[1]


def test_who_is_added_chooses_a_password_by_a_link(run: Run, app: Flask) -> None:
    added = run("add", "Zhao", "--name", "赵 敏", "--role", "editor", "--district", "320302", "--district", "3203")
    assert added.exit_code == 0
    client = app.test_client()
    assert send(client, link_of(added), {"password": PASSWORD}).status_code == 303
    assert client.get("/staff").status_code == 200
    (known,) = json.loads(run("list", "--json").stdout)
    assert (known["login"], known["name"], known["districts"]) == ("zhao", "赵 敏", ["320302", "3203"])
    assert "编辑员" in run("list").stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("add", "a b"), "登录名不能用"),
        (("add", "li", "--district", "鼓楼"), "不是行政区划代码"),
        (("add", "wang"), "已有这个账号"),
        (("add", "wang"), "stationmap users reset wang"),
        (("disable", "nobody"), "没有这个账号"),
        (("sessions", "--revoke", "none"), "没有这个会话"),
        (("sessions", "--revoke", "x", "--revoke-all"), "不能同时用"),
        (("add", "x", "--role", "root"), "Invalid value"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(run: Run, app: Flask, arguments: tuple[str, ...], problem: str) -> None:
    add_user(app)
    result = run(*arguments)
    assert result.exit_code != 0
    assert problem in result.output
    assert "Traceback" not in result.output


def test_who_is_disabled_is_out_at_once_and_comes_back_when_enabled(run: Run, app: Flask) -> None:
    client = signed_in(app, "li", role="editor")
    assert client.get("/staff").status_code == 200
    assert run("disable", "li").exit_code == 0
    assert client.get("/staff").status_code == 303
    assert run("reset", "li").exit_code == 1
    assert run("enable", "li").exit_code == 0
    assert link_of(run("reset", "li"))


def test_the_last_administrator_who_can_sign_in_stays(run: Run, app: Flask) -> None:
    send(app.test_client(), link_of(run("add", "boss", "--role", "admin")), {"password": PASSWORD})
    run("add", "invited", "--role", "admin")
    result = run("disable", "boss")
    assert result.exit_code == 1 and "最后一位" in result.output
    assert run("disable", "invited").exit_code == 0


def test_sessions_are_listed_and_ended(run: Run, app: Flask) -> None:
    clients = [signed_in(app, login) for login in ("li", "li", "wang")]
    listed = json.loads(run("sessions", "--json").stdout)
    assert sorted(each["login"] for each in listed) == ["li", "li", "wang"]
    one_of_li = next(each["id"] for each in listed if each["login"] == "li")
    assert "ended: 1" in run("sessions", "--revoke", one_of_li).stdout
    assert len(json.loads(run("sessions", "li", "--json").stdout)) == 1
    assert "wang" in run("sessions").stdout
    assert "ended: 1" in run("sessions", "li", "--revoke-all").stdout
    assert [client.get("/staff").status_code for client in clients] == [303, 303, 200]
    assert "ended: 1" in run("sessions", "--revoke-all").stdout
    assert clients[2].get("/staff").status_code == 303


def test_a_link_for_this_machine_alone_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATIONMAP_PUBLIC_URL")
    result = run("add", "li", "--json")
    assert json.loads(result.stdout)["link"].startswith("http://127.0.0.1:8000/staff/password/")
    assert "STATIONMAP_PUBLIC_URL" in result.stderr
