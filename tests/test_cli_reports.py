"""`stationmap reports`, as whoever runs the server types it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from stationmap.cli import command, options
from stationmap.hours.opening_hours import ZONE
from tests.apps import registry_of
from tests.sent_reports import report_of, send, unhurried
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)
TEXT = "=HYPERLINK(1) 找13800138000\x1b[2J"

Run = Callable[..., Result]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    stations = [station("a", 117.20, 34.26, name="甲", district="320302", hours="Mo-Su 08:30-18:00")]
    return unhurried(staff_app(tmp_path, registry_of(stations), clock=Clock(NOON)))


@pytest.fixture
def reports(app: Flask) -> list[dict[str, Any]]:
    """Return what two phones sent."""
    client = app.test_client(use_cookies=False)
    bodies = [
        report_of("a", NOON, "lacks", 1, details=["hot_water"], text=TEXT, contact="微信 secret"),
        report_of("a", NOON, "wrong_place", 2, point=[117.25, 34.27]),
    ]
    for body in bodies:
        assert send(client, body).status_code == 201
    return bodies


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    served = state_of(app).settings
    monkeypatch.setenv("STATIONMAP_REGISTRY", str(served.registry))
    monkeypatch.setenv("STATIONMAP_DATA", str(served.data))
    monkeypatch.setattr(options, "clock", lambda: NOON)
    return lambda *arguments: CliRunner().invoke(command, ["reports", *map(str, arguments)])


def test_reports_are_listed_and_chosen(run: Run, reports: list[dict[str, Any]]) -> None:
    shown = run("list")
    assert shown.exit_code == 0 and all(body["id"][:8] in shown.output for body in reports)
    assert "缺东西" in shown.output and "\x1b" not in shown.output
    found = json.loads(run("list", "--json", "--kind", "lacks", "--status", "new", "--days", "1").output)
    assert [each["id"] for each in found] == [reports[0]["id"]] and found[0]["details"] == ["hot_water"]
    assert "device" not in found[0]
    assert json.loads(run("list", "--json", "--station", "nowhere").output) == []
    assert json.loads(run("list", "--json", "--status", "fixed").output) == []


def test_a_report_is_decided_and_the_rider_answered(run: Run, app: Flask, reports: list[dict[str, Any]]) -> None:
    ids = [body["id"] for body in reports]
    done = run("set", *ids, "--status", "fixed", "--answer", "已修好", "--by", "赵敏")
    assert done.exit_code == 0 and "2" in done.output
    shown = json.loads(run("show", ids[0], "--json").output)
    assert (shown["status"], shown["answer"], shown["contact"]) == ("fixed", "已修好", "微信 secret")
    assert [(each["author"], each["status"]) for each in shown["steps"]] == [("赵敏", "fixed")]
    assert run("set", ids[0], "--status", "triaged").exit_code == 0
    told = run("show", ids[0]).output
    assert "answer: 已修好" in told and "triaged" in told and "\x1b" not in told
    code = app.test_client().get("/api/v1/stations/a/reports").json
    assert [each["answer"] for each in code["answers"]] == ["已修好", "已修好"]


def test_a_door_that_is_put_right_marks_the_station_no_longer(run: Run, app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    bodies = [report_of("a", NOON, "locked", device) for device in (1, 2, 3)]
    assert [send(client, body).status_code for body in bodies] == [201] * 3
    assert list(client.get("/api/v1/marks").json["reported"]) == ["a"]
    first, *others = (body["id"] for body in bodies)
    for ids, marks in (([first], ["a"]), (others, [])):
        assert run("set", *ids, "--status", "fixed").exit_code == 0
        state_of(app).refresh_evidence()
        assert list(client.get("/api/v1/marks").json["reported"]) == marks


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--status", "rejected"], "--reason"),
        (["--status", "fixed", "--reason", "not_so"], "--reason"),
        (["--status", "new"], "new"),
        (["--status", "fixed", "--answer", "长" * 501], "500"),
    ],
)
def test_what_makes_no_decision_changes_nothing(
    run: Run, reports: list[dict[str, Any]], arguments: list[str], said: str
) -> None:
    done = run("set", reports[0]["id"], *arguments)
    assert done.exit_code == 2 and said in done.output
    assert json.loads(run("list", "--json", "--status", "new").output)[1:]


def test_an_id_of_no_report_decides_nothing(run: Run, reports: list[dict[str, Any]]) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    done = run("set", reports[0]["id"], unknown, "--status", "fixed")
    assert done.exit_code == 1 and unknown in done.output
    assert run("show", unknown).exit_code == 1 and run("show", "nonsense").exit_code == 2
    assert len(json.loads(run("list", "--json", "--status", "new").output)) == 2


def test_an_export_tells_neither_phones_nor_numbers(
    run: Run, app: Flask, reports: list[dict[str, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    assert run("export", out).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig"))))
    assert [row["问题"] for row in rows] and len(rows) == 2
    lacks = next(row for row in rows if row["问题"] == "缺东西")
    assert lacks["细节"] == "热水" and lacks["文字"].startswith("'=HYPERLINK") and "***" in lacks["文字"]
    text = out.read_text("utf-8")
    assert not [each for each in ("13800138000", "secret", "device", "\x1b") if each in text]
    assert run("export", out).exit_code == 1 and run("export", out, "--force", "--unmasked").exit_code == 0
    assert "13800138000" in out.read_text("utf-8")
    assert run("export", tmp_path / "out.xlsx", "--language", "en").exit_code == 0
    assert (tmp_path / "out.xlsx").read_bytes()[:2] == b"PK"
    assert run("export", tmp_path / "out.pdf").exit_code == 2
    registry = state_of(app).settings.registry
    (tmp_path / "link.csv").symlink_to(registry)
    before = registry.read_bytes()
    assert run("export", tmp_path / "link.csv", "--force").exit_code == 1 and registry.read_bytes() == before
