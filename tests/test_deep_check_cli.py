"""`stationmap check --deep`: what a clerk sees, what programs get, what is written, and how it ends."""

from __future__ import annotations

import json
import stat
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from stationmap.cli import command, options
from stationmap.cli.terminal import DEMO_LABEL
from stationmap.datum import Datum, from_wgs84
from stationmap.editing.edits import Edit
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Header
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.storage.database import FILE_NAME, Database
from stationmap.storage.editable_registry import EditableRegistry
from tests.strategies import station
from tests.test_cli import HOSTILE

NOW = datetime(2026, 11, 30, 9, tzinfo=ZONE)


@pytest.fixture(autouse=True)
def _monday_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "clock", lambda: NOW)


def run(*args: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(command, ["check", "--deep", *map(str, args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == expect, result.output
    return result


def written(tmp_path: Path, *stations: object, name: str = "stations.geojson", **header: object) -> Path:
    path = tmp_path / name
    path.write_bytes(dumps(Registry(stations, Header.model_validate({"format": 1, **header}))))
    return path


def test_a_clerk_sees_first_what_to_do_first_then_every_kind_in_both_languages() -> None:
    shown = run(demo_registry())
    (document,) = json.loads(run(demo_registry(), "--json").stdout)
    first, kinds = shown.stdout.index("先看这些站点"), shown.stdout.index("按问题汇总")
    assert first < shown.stdout.index("xz-320312-0069") < kinds
    for kind in document["kinds"]:
        assert kind["code"] in shown.stdout[kinds:]
        assert f"{kind['issues']:,}" in shown.stdout and f"{kind['people']:,.0f}" in shown.stdout
    counts = [document[name] for name in ("errors", "warnings", "notices")]
    assert "{:,} errors, {:,} warnings, {:,} to do".format(*counts) in shown.stdout
    assert DEMO_LABEL in shown.stderr and load(demo_registry()).revision in shown.stderr


def test_json_is_stable_counts_as_it_lists_and_says_what_it_rests_on() -> None:
    once, again = run(demo_registry(), "--json"), run(demo_registry(), "--json")
    assert once.stdout == again.stdout
    (document,) = json.loads(once.stdout)
    assert document["label"] == "演示数据"
    assert document["registry"]["stations"] == 1002
    assert document["demand"]["people"] == 9_083_790
    assert document["parameters"]["day"] == "2026-11-30" and document["parameters"]["kit"] == "seven_ones"
    assert sum(kind["issues"] for kind in document["kinds"]) == len(document["issues"])
    people = [issue["people"] for issue in document["issues"] if issue["severity"] == "warning"]
    assert people == sorted(people, reverse=True)
    assert max(kind["people"] for kind in document["kinds"]) <= document["demand"]["people"]
    assert document["trend"] == []


def test_errors_end_with_1_and_warnings_do_not(tmp_path: Path) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"type":"FeatureCollection","stationmap":{"format":1},"features":[{"type":"Feature"}]}')
    shown = run(bad, demo_registry(), tmp_path / "missing.geojson", "--json", expect=1)
    first, demo, missing = json.loads(shown.stdout)
    assert first["errors"] > 0 and first["registry"] is None
    assert {issue["code"] for issue in first["issues"]} == {"missing_member"}
    assert all(issue["where"].startswith("features[0]") for issue in first["issues"])
    assert demo["errors"] == 0 and demo["warnings"] > 0
    assert [issue["code"] for issue in missing["issues"]] == ["unreadable"]
    told = run(bad, expect=1).stdout
    assert "missing_member 缺少必填项" in told and "补填该项" in told


def test_a_workbook_has_a_row_an_issue_the_label_and_no_formula(tmp_path: Path) -> None:
    hostile = station("a", 117.2, 34.25, name="=1+1", phone="=cmd|' /C calc'!A0", hours_source="=2+2")
    path, out = written(tmp_path, hostile, demo=True), tmp_path / "out.xlsx"
    shown = run(path, "--out", out)
    assert shown.stdout == "" and DEMO_LABEL in shown.stderr
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["按站点", "逐条问题", "按问题", "依据"]
    (document,) = json.loads(run(path, "--json").stdout)
    rows = list(book["逐条问题"].iter_rows(values_only=True))
    assert rows[0][:6] == ("级别", "问题", "站点", "编号", "区县", "具体情况")
    assert len(rows) - 1 == len(document["issues"])
    assert all(cell.data_type != "f" for tab in book for row in tab.iter_rows() for cell in row)
    assert "演示数据" in [cell.value for cell in book["依据"]["B"]]
    assert "七个一" in [cell.value for cell in book["依据"]["B"]]
    run(path, "--out", out, expect=1)
    run(path, "--out", out, "--force", "--language", "en")
    assert openpyxl.load_workbook(out).sheetnames[1] == "issues"


def test_no_file_is_written_over_what_is_read_nor_of_what_is_no_registry(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25))
    before = path.read_bytes()
    run(path, "--out", path, "--force", expect=1)
    assert path.read_bytes() == before
    run(tmp_path / "missing.geojson", "--out", tmp_path / "out.xlsx", expect=1)
    run(path, "--out", tmp_path / "out.doc", expect=1)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert stat.S_ISREG(path.stat().st_mode)


@pytest.mark.parametrize("args", [["--out", "x.xlsx"], ["--district", "320302"], ["--kit", "six_plus_x"]])
def test_what_only_deep_checks_know_is_refused_without_them(args: list[str], tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25))
    result = CliRunner().invoke(command, ["check", str(path), *args])
    assert result.exit_code == 2 and "--deep" in result.output


def test_one_file_at_a_time_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25))
    assert "--out" in run(path, path, "--out", tmp_path / "x.xlsx", expect=2).output


def test_only_the_districts_asked_for_are_listed(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25), station("b", 117.15, 34.25, district="320302"))
    (document,) = json.loads(run(path, "--district", "320302", "--json").stdout)
    assert {each for issue in document["issues"] for each in issue["ids"]} == {"b"}
    assert document["parameters"]["listed_districts"] == ["320302"]
    assert "320302, 320303" in run(path, "--district", "999999", expect=2).output


def test_the_kit_is_chosen_by_its_code(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25, facilities={"phone_charging": False}))
    for kit, code in (("seven_ones", "kit_unknown"), ("six_plus_x", "kit_incomplete")):
        (document,) = json.loads(run(path, "--kit", kit, "--json").stdout)
        assert code in {issue["code"] for issue in document["issues"]}
    assert "six_plus_x" in run(path, "--kit", "nine", expect=1).stderr


def test_earlier_registries_show_a_trend(tmp_path: Path) -> None:
    earlier = written(tmp_path, station("a", 117.2, 34.25), name="earlier.geojson", updated="2026-10-01")
    now = written(tmp_path, station("a", 117.2, 34.25, hours="24/7"))
    (document,) = json.loads(run(now, "--earlier", earlier, "--json").stdout)
    before, after = document["trend"]
    assert (before["at"], after["at"]) == ("2026-10-01T00:00:00+08:00", NOW.isoformat())
    assert before["counts"]["hours_unknown"] == 1 and "hours_unknown" not in after["counts"]
    assert "变化趋势" in run(now, "--earlier", earlier).stdout


def test_where_no_station_lies_in_the_city_there_is_no_effect_and_this_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 113.6, 34.7, district="410102"))
    (document,) = json.loads(run(path, "--json").stdout)
    assert document["demand"] is None
    assert {issue["people"] for issue in document["issues"]} == {None}
    assert "没有影响人数" in run(path).stdout
    assert openpyxl.load_workbook(out_of(path, tmp_path)).sheetnames[-1] == "依据"


def out_of(path: Path, tmp_path: Path) -> Path:
    run(path, "--out", tmp_path / "made.xlsx")
    return tmp_path / "made.xlsx"


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    path = written(tmp_path, station("a", 117.2, 34.25, name=HOSTILE, phone=HOSTILE, hours_source=HOSTILE))
    shown = run(path).stdout
    assert "\x1b]0" not in shown and "\u202e" not in shown and "\x07" not in shown
    assert "[red]" in shown


def test_the_journal_shows_a_trend_as_of_each_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    kept = {"verified": {"on": "2026-09-30", "by": "staff"}}
    unknown, known = station("a", 117.2, 34.25, **kept), station("a", 117.2, 34.25, hours="24/7", **kept)
    path = written(tmp_path, unknown)
    assert json.loads(run(path, "--json").stdout)[0]["trend"] == []
    assert not (tmp_path / "data").exists()
    today = [3]
    database = Database.in_folder(tmp_path / "data")
    editable = EditableRegistry(path, database, clock=lambda: datetime(2026, 11, today[-1], 9, tzinfo=ZONE))
    editable.settle()
    for day, edit in ((12, Edit("a", unknown, None)), (13, Edit("a", None, known))):
        today.append(day)
        editable.change([edit], author="王")
    editable.close()
    (document,) = json.loads(run(path, "--json").stdout)
    points = document["trend"]
    shown = [(point["at"][:10], point["stations"]) for point in points]
    assert shown == [("2026-11-03", 1), ("2026-11-13", 1), ("2026-11-30", 1)]
    assert [point["counts"].get("hours_unknown", 0) for point in points] == [1, 0, 0]
    assert [point["counts"].get("stale_opening", 0) for point in points] == [0, 0, 1]
    assert len(json.loads(run(path, "--json", "--trend", 1).stdout)[0]["trend"]) == 2
    assert json.loads(run(path, "--json", "--trend", 0).stdout)[0]["trend"] == []


def test_a_journal_that_cannot_be_used_takes_only_the_trend_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path))
    (tmp_path / FILE_NAME).write_bytes(b"no database at all, of some length" * 100)
    shown = run(written(tmp_path, station("a", 117.2, 34.25)), "--json")
    assert json.loads(shown.stdout)[0]["warnings"] > 0
    assert "没有趋势 no trend" in shown.stderr


def test_what_the_file_keeps_besides_is_in_nothing_that_is_written(tmp_path: Path) -> None:
    private = {"source_columns": {"负责人": "王小明", "手机": "13800138000"}}
    path = written(tmp_path, station("a", 117.2, 34.25, **private))
    shown = run(path), run(path, "--json")
    book = openpyxl.load_workbook(out_of(path, tmp_path))
    cells = " ".join(str(cell.value) for tab in book for row in tab.iter_rows() for cell in row)
    for text in (*(each.output for each in shown), cells):
        assert "13800138000" not in text and "王小明" not in text
        assert "personal_data" in text


def test_a_batch_moved_by_the_offset_of_a_datum_since_an_earlier_registry_is_found(tmp_path: Path) -> None:
    def of(name: str, datum: Datum) -> Path:
        places = [from_wgs84(117.15 + row / 100, 34.25, datum) for row in range(6)]
        stations = [station(f"s{row}", *place) for row, place in enumerate(places)]
        return written(tmp_path, *stations, name=name, updated="2026-11-01")

    earlier, now = of("earlier.geojson", Datum.WGS84), of("now.geojson", Datum.GCJ02)
    (document,) = json.loads(run(now, "--earlier", earlier, "--json").stdout)
    shifted = [issue for issue in document["issues"] if issue["code"] == "shifted_batch"]
    assert [issue["fields"] for issue in shifted] == [["position"]]
    assert shifted[0]["ids"] == [f"s{row}" for row in range(6)]
    assert "shifted_batch" not in run(earlier, "--earlier", earlier, "--json").stdout
