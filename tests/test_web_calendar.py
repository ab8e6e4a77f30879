"""The operator's file of holidays under a running server, and what is said while a notice is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap.cli.commands.doctor import examine
from stationmap.errors import InvalidCalendarError
from stationmap.hours.calendar import china, packaged
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.checks.awaiting import awaited, missing_years, waits
from stationmap.registry.registry import dumps
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.state import EXTENSION, State
from tests.apps import registry_of
from tests.strategies import station
from tests.test_calendar_file import YEAR_2027, written

FEBRUARY = datetime(2027, 2, 9, 10, tzinfo=ZONE)  # a Tuesday after the Spring Festival
HOURS = {"a": "Mo-Fr 08:30-17:30; PH off", "b": "Mo-Fr 08:30-17:30", "c": "Mo-Su,PH 08:00-22:00", "d": "24/7"}
OWN = written({"years": {"2027": YEAR_2027}})


@pytest.fixture
def served(tmp_path: Path) -> Callable[..., Flask]:
    def serve(at: datetime = FEBRUARY, **given: Any) -> Flask:
        stations = [station(name, 117.2, 34.2, hours=hours) for name, hours in HOURS.items()]
        (tmp_path / "stations.geojson").write_bytes(dumps(registry_of(stations)))
        settings = Settings(registry=tmp_path / "stations.geojson", poll_s=3_600, **given)
        return create_app(settings, clock=lambda: at)

    return serve


def states(app: Flask) -> dict[str, tuple[str, list[str], str | None]]:
    answer = app.test_client().get("/api/v1/nearest?lon=117.2&lat=34.2&k=10").json or {}
    found = {feature["id"]: feature["properties"] for feature in answer["features"]}
    return {name: (known["state"], known["cautions"], known["usual"]) for name, known in found.items()}


def refresh(app: Flask) -> None:
    state = app.extensions[EXTENSION]
    assert isinstance(state, State)
    state.refresh()


def ready(app: Flask) -> dict[str, Any]:
    response = app.test_client().get("/readyz")
    assert response.status_code == 200
    return response.json or {}


def replace(path: Path, data: bytes) -> None:
    """Put a new version in its place as people do, by renaming a finished file over it."""
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").replace(path)


def test_a_new_calendar_is_taken_without_a_restart_in_every_answer(
    served: Callable[..., Flask], tmp_path: Path
) -> None:
    path = tmp_path / "holidays.json"
    path.write_bytes(written({"years": {}}))
    app = served(holidays=path)
    client = app.test_client()
    assert states(app) == {
        "a": ("unknown", [], "08:30-17:30"),
        "b": ("open", ["holiday_unstated"], None),
        "c": ("open", [], None),
        "d": ("open", [], None),
    }
    feed = client.get("/api/v1/feed")
    assert feed.json["special_days"][0] == [0, "unsettled", None] and "usual" in feed.json["schedules"][0]
    assert "平时 08:30-17:30，放假安排未公布" in client.get("/s/a").text
    cells = client.get("/api/v1/audit/cells").headers["ETag"]

    replace(path, OWN)
    refresh(app)
    assert states(app)["a"] == ("closed", [], None)
    again = client.get("/api/v1/feed", headers={"If-None-Match": feed.headers["ETag"]})
    assert again.status_code == 200 and again.json["calendar"] != feed.json["calendar"]
    assert again.json["special_days"][0] == [0, "holiday", "春节"] and "usual" not in again.json["schedules"][0]
    assert "放假安排未公布" not in client.get("/s/a").text
    assert client.get("/api/v1/audit/cells", headers={"If-None-Match": cells}).status_code == 200
    assert ready(app)["calendar"]["announced"] == [2024, 2025, 2026, 2027]


def test_a_bad_calendar_changes_nothing_and_shows_in_readiness_and_log(
    served: Callable[..., Flask], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "holidays.json"
    path.write_bytes(OWN)
    app = served(holidays=path)
    revision = ready(app)["calendar"]["revision"]
    bad = {**YEAR_2027, "makeup": ["2027-01-04", "2027-02-30"]}
    replace(path, written({"years": {"2027": bad}}))
    for _ in range(2):
        refresh(app)
    found = ready(app)["calendar"]
    assert (found["revision"], found["stale"], found["findings"]) == (revision, True, 2)
    assert found["finding_codes"] == ["not_a_date", "works_anyway"]
    assert found["stale_since"] == "2027-02-09T10:00:00+08:00"
    assert ready(app)["stale"] is False
    assert states(app)["a"][0] == "closed"
    (refusal,) = [record.getMessage() for record in caplog.records if record.name == "stationmap.reload"]
    assert "years.2027.makeup.2027-01-04" in refusal and "years.2027.makeup.2027-02-30" in refusal
    path.unlink()
    refresh(app)
    assert ready(app)["calendar"]["finding_codes"] == ["unreadable"]
    path.write_bytes(OWN)
    refresh(app)
    assert ready(app)["calendar"]["stale"] is False


def test_a_bad_calendar_refuses_to_start_with_every_finding(served: Callable[..., Flask], tmp_path: Path) -> None:
    path = tmp_path / "holidays.json"
    path.write_bytes(written({"years": {"2027": {"holidays": {}, "makeup": ["x"]}, "x": 1}}))
    with pytest.raises(InvalidCalendarError) as refused:
        served(holidays=path)
    assert {finding.code for finding in refused.value.findings} == {"missing", "not_a_date", "not_a_year"}


def test_a_server_without_a_file_rests_on_the_calendar_of_the_package(
    served: Callable[..., Flask], tmp_path: Path
) -> None:
    path = tmp_path / "holidays.json"
    path.write_bytes(OWN)
    served(holidays=path)
    assert 2027 in china().announced
    served()
    assert china() is packaged()


@pytest.mark.parametrize(
    ("today", "years"),
    [
        ("2026-10-31", []),
        ("2026-11-01", [2027]),
        ("2026-12-31", [2027]),
        ("2027-01-01", [2027]),
        ("2027-11-01", [2027, 2028]),
    ],
)
def test_from_november_on_the_notice_of_the_next_year_is_expected(today: str, years: list[int]) -> None:
    assert missing_years(packaged(), date.fromisoformat(today)) == years


def test_stations_wait_whose_answer_a_notice_decides() -> None:
    assert [waits(hours, 2027) for hours in HOURS.values()] == [True, False, False, False]
    assert not waits(None, 2027)
    assert not waits(HOURS["a"], 2026)
    assert waits("Mo-Fr 08:30-17:30; PH off; Dec 31 off", 2027)


def test_readiness_says_from_november_on_whom_the_missing_notice_touches(served: Callable[..., Flask]) -> None:
    october, november = (datetime(2026, month, day, 12, tzinfo=ZONE) for month, day in ((10, 31), (11, 1)))
    assert ready(served(october))["calendar"]["awaited"] == []
    found = ready(served(november))
    assert found["calendar"]["awaited"] == [{"year": 2027, "stations": 1}]
    assert found["calendar"]["note"] == "2027 年的放假通知还没有录入，1 个站点有些日子时间未知"
    assert (found["status"], found["stale"], found["calendar"]["stale"]) == ("ok", False, False)


def test_a_station_out_of_use_waits_for_nothing() -> None:
    known = [station(status, 117.2, 34.2, hours=HOURS["a"], status=status) for status in ("open", "planned", "closed")]
    assert [year.stations for year in awaited(registry_of(known).stations, date(2026, 11, 1))] == [1]


class TestDoctor:
    def symptom(self, today: date, **given: Any) -> Any:
        return next(each for each in examine(Settings(port=0, **given), today) if each.what.startswith("放假安排"))

    def test_names_the_missing_year_and_how_many_stations_wait(self) -> None:
        assert self.symptom(date(2026, 10, 31)).verdict == "ok"
        found = self.symptom(date(2026, 11, 1))
        assert found.verdict == "warning"
        assert "2027" in found.detail and "425 stations" in found.detail and "stationmap holidays add" in found.advice

    def test_examines_the_file_the_server_would_use(self, tmp_path: Path) -> None:
        path = tmp_path / "holidays.json"
        path.write_bytes(OWN)
        assert self.symptom(date(2026, 11, 1), holidays=path).verdict == "ok"
        path.write_bytes(b"{")
        found = self.symptom(date(2026, 11, 1), holidays=path)
        assert found.verdict == "error" and "stationmap holidays check" in found.advice
        path.unlink()
        assert self.symptom(date(2026, 11, 1), holidays=path).verdict == "error"


def test_the_command_line_rests_on_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_json: Callable[..., Any]
) -> None:
    asked = ("hours", HOURS["a"], "--at", "2027-02-09T10:00", "--json")
    assert run_json(*asked)["usual"] == "08:30-17:30"
    path = tmp_path / "holidays.json"
    path.write_bytes(OWN)
    monkeypatch.setenv("STATIONMAP_HOLIDAYS", str(path))
    answer = run_json(*asked)
    assert (answer["state"], answer["day_kind"], answer["usual"]) == ("closed", "holiday", None)


@pytest.fixture
def run_json() -> Callable[..., Any]:
    from click.testing import CliRunner

    from stationmap.cli import command

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(command, arguments)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run
