"""Today is the day in China on every command line, whatever zone the machine is in."""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stationmap.cli import command, options
from stationmap.registry.registry import dumps
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.strategies import station

EARLY = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01:00 on the 24th in China, noon of the 23rd in New York
TODAY = "2026-11-24"


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Shanghai", "Pacific/Kiritimati"])
def abroad(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    monkeypatch.setattr(options, "clock", lambda: EARLY)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    checked = {"on": TODAY, "by": "staff"}
    known = station("a", 117.18, 34.26, hours="Mo-Su 00:00-24:00", verified=checked, opened=TODAY)
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(registry_of([known], updated=TODAY)))
    return path


def run(*arguments: object) -> Any:
    result = CliRunner().invoke(command, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.usefixtures("abroad")
def test_what_was_done_today_does_not_lie_ahead(registry: Path) -> None:
    assert "future" not in run("check", registry).stdout
    told = run("nearest", 117.18, 34.26, "--registry", registry).stdout
    assert "今天" in told and "today" in told


@pytest.mark.usefixtures("abroad")
def test_a_moment_is_told_in_the_time_of_the_stations(registry: Path) -> None:
    answer = json.loads(run("nearest", 117.18, 34.26, "--registry", registry, "--json").stdout)
    assert answer["at"] == f"{TODAY}T01:00:00+08:00"
    explained = json.loads(run("hours", "Tu 00:00-24:00", "--json").stdout)
    assert (explained["state"], explained["at"]) == ("open", f"{TODAY}T01:00:00+08:00")


@pytest.mark.usefixtures("abroad")
def test_a_study_bears_the_date_of_today(registry: Path) -> None:
    answer = json.loads(run("audit", "coverage", "--registry", registry, "--cell", 2000, "--json").stdout)
    assert (answer["made_on"], answer["parameters"]["day"]) == (TODAY, TODAY)


@pytest.mark.usefixtures("abroad")
def test_november_and_the_new_year_begin_with_the_day_in_china(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdict() -> str:
        symptoms = json.loads(run("doctor", "--registry", registry, "--json").stdout)
        return next(each["verdict"] for each in symptoms if each["what"].startswith("放假安排"))

    for hour, expected in ((15, "ok"), (17, "warning")):
        monkeypatch.setattr(options, "clock", lambda hour=hour: datetime(2026, 10, 31, hour, tzinfo=UTC))
        assert verdict() == expected
    monkeypatch.setattr(options, "clock", lambda: datetime(2026, 12, 31, 17, tzinfo=UTC))
    assert json.loads(run("holidays", "show", "--json").stdout)["year"] == 2027


def test_nobody_asks_for_the_day_of_the_machine() -> None:
    zoneless = {f"{kind}.{call}" for kind in ("date", "datetime", "dt") for call in ("today", "now", "utcnow")}
    for path in (ROOT / "stationmap").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in zoneless:
                assert node.args or node.keywords, f"{path}:{node.lineno}: {ast.unparse(node)}"
