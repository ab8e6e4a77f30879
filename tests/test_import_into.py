"""`stationmap import FILE.. --into REGISTRY`, as a clerk and as a program use it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stationmap import load
from stationmap.cli import command
from stationmap.datum import Datum, from_wgs84
from stationmap.editing.list_import import GROUPS
from stationmap.registry import store
from tests.test_import_preview import DEMO, exported, full, registry_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STATIONMAP_DATA", str(tmp_path / "data"))
    store.write("demo.geojson", DEMO)
    store.write("r.geojson", registry_of(full(), full("QS-002", 117.23, status="open")))
    return tmp_path


def run(*args: str, expect: int = 0) -> Result:
    result = CliRunner().invoke(command, ["import", *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == expect, result.output
    return result


def shown(*args: str, expect: int = 0) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(*args, "--json", expect=expect).stdout)
    return document


def table(path: str, *rows: tuple[str, ...]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    Path(path).write_text(text.getvalue(), encoding="utf-8")


def test_a_preview_says_what_would_change_and_writes_nothing(folder: Path) -> None:
    before = (folder / "r.geojson").read_bytes()
    (folder / "list.csv").write_bytes(exported(load("r.geojson"), {"QS-001": {"电话": "0516-2"}}))
    document = shown("list.csv", "--into", "r.geojson", "--preview")
    assert {group: len(document[group]) for group in GROUPS} == dict.fromkeys(GROUPS, 0) | {"changed": 1}
    assert (document["unchanged"], document["applied"], document["demo"]) == (1, None, False)
    (row,) = document["changed"]
    assert (row["id"], row["name"], row["file"], row["row"]) == ("QS-001", "甲路QS-001驿站", "list.csv", 2)
    assert row["fields"] == [{"field": "phone", "heading": "电话", "before": "0516-83730001", "after": "0516-2"}]
    text = run("list.csv", "--into", "r.geojson").stdout
    assert "有改动 changed: 1" in text and "--apply" in text and "0516-2" in text
    assert (folder / "r.geojson").read_bytes() == before
    assert not (folder / "data").exists()


def test_what_is_chosen_is_written_as_one_revision_and_can_be_taken_back(folder: Path) -> None:
    edits = {"QS-001": {"电话": "0516-2"}, "QS-002": {"纬度(WGS-84)": "34.26"}}
    (folder / "list.csv").write_bytes(exported(load("r.geojson"), edits))
    before = load("r.geojson").stations
    document = shown("list.csv", "--into", "r.geojson", "--apply", "changed", "--by", "王", "--reason", "十一月")
    assert document["applied"]["stations"] == 1
    assert load("r.geojson")["QS-001"].properties.phone == "0516-2"
    assert load("r.geojson")["QS-002"] == before[1]
    run("list.csv", "--into", "r.geojson", "--apply", "all")
    assert load("r.geojson")["QS-002"].geometry.coordinates == (117.23, 34.26)
    again = run("list.csv", "--into", "r.geojson", "--apply", "all")
    assert "没有要写的" in again.stdout
    history = json.loads(CliRunner().invoke(command, ["history", "--registry", "r.geojson", "--json"]).stdout)
    assert [(each["kind"], each["author"], each["reason"]) for each in history[1:2]] == [("import", "王", "十一月")]
    assert len(history) == 3
    for seq in (3, 2):
        assert CliRunner().invoke(command, ["restore", str(seq), "--undo", "--registry", "r.geojson"]).exit_code == 0
    assert load("r.geojson").stations == before


def test_single_rows_can_be_chosen_or_left_out(folder: Path) -> None:
    edits = {"QS-001": {"电话": "0516-2"}, "QS-002": {"电话": "0516-3"}}
    (folder / "list.csv").write_bytes(exported(load("r.geojson"), edits))
    run("list.csv", "--into", "r.geojson", "--apply", "all", "--only", "QS-001")
    assert [each.properties.phone for each in load("r.geojson").values()] == ["0516-2", "0516-83730001"]
    run("list.csv", "--into", "r.geojson", "--apply", "all", "--except", "QS-002")
    assert [each.properties.phone for each in load("r.geojson").values()] == ["0516-2", "0516-83730001"]


def test_rows_that_need_a_decision_end_it_with_1_and_stop_no_others(folder: Path) -> None:
    edits = {"QS-001": {"状态": "开方", "电话": "0516-2"}, "QS-002": {"编号": "qs-2"}}
    (folder / "list.csv").write_bytes(exported(load("r.geojson"), edits))
    result = run("list.csv", "--into", "r.geojson", "--apply", "all", expect=1)
    assert "开方" in result.stdout and "--same" in result.stdout and "QS-002" in result.stdout
    assert load("r.geojson")["QS-001"].properties.phone == "0516-2"
    assert list(load("r.geojson")) == ["QS-001", "QS-002"]
    decided = shown("list.csv", "--into", "r.geojson", "--preview", "--same", "qs-2=QS-002", expect=1)
    assert (decided["duplicate"], decided["unchanged"]) == ([], 1)
    added = shown("list.csv", "--into", "r.geojson", "--apply", "added", "--new", "qs-2", expect=1)
    assert added["applied"]["stations"] == 1
    assert "qs-2" in load("r.geojson")


def test_a_row_is_not_added_under_the_id_of_a_station_that_is_there(folder: Path) -> None:
    before = (folder / "r.geojson").read_bytes()
    row = ("QS-001", "丙路驿站", "泉山区", "丙路9号", "117.2", "34.25")
    table("list.csv", ("序号", "站点名称", "区县", "地址", "经度", "纬度"), row)
    given = ("list.csv", "--into", "r.geojson", "--datum", "wgs84", "--category", "outdoor_worker", "--apply", "all")
    refused = run(*given, "--new", "QS-001", expect=2).stderr
    assert "--new" in refused and "甲路QS-001驿站" in refused and "编号已有站点在用" in refused
    assert (folder / "r.geojson").read_bytes() == before


def test_stations_that_are_missing_are_closed_only_when_somebody_says_so(folder: Path) -> None:
    (folder / "list.csv").write_bytes(exported(registry_of(full())))
    previewed = run("list.csv", "--into", "r.geojson").stdout
    assert "清单里没有的站点仍保留" in previewed and "正常开放" in previewed and "要写入" not in previewed
    run("list.csv", "--into", "r.geojson", "--apply", "all")
    assert load("r.geojson")["QS-002"].status == "open"
    run("list.csv", "--into", "r.geojson", "--apply", "missing")
    assert load("r.geojson")["QS-002"].status == "closed"


class TestTheDatum:
    def rows(self, datum: Datum) -> None:
        rows = []
        for one in DEMO.stations:
            lon, lat = from_wgs84(*one.geometry.coordinates, datum)
            rows.append((one.id, one.name, f"{lon:.6f}", f"{lat:.6f}"))
        table("list.csv", ("编号", "名称", "经度", "纬度"), *rows)

    def test_must_be_declared(self) -> None:
        self.rows(Datum.GCJ02)
        assert "--datum" in run("list.csv", "--into", "demo.geojson", expect=1).stderr

    def test_is_known_where_a_heading_names_it(self) -> None:
        table("list.csv", ("编号", "名称", "经度(高德)", "纬度"), ("N1", "新驿站", "117.2166", "34.2486"))
        document = shown("list.csv", "--into", "r.geojson", "--preview", "--district", "云龙区")
        assert document["files"][0]["datum"] == "gcj02"
        assert len(document["added"]) == 1

    def test_of_a_list_of_ours_is_known_whatever_is_declared_for_others(self, folder: Path) -> None:
        (folder / "ours.csv").write_bytes(exported(load("r.geojson")))
        table("list.csv", ("编号", "名称", "经度", "纬度"), ("N1", "新驿站", "117.2166", "34.2486"))
        into = ("--into", "r.geojson", "--preview", "--district", "云龙区", "--datum", "gcj02")
        document = shown("ours.csv", "list.csv", *into)
        assert [each["datum"] for each in document["files"]] == ["wgs84", "gcj02"]
        assert (len(document["added"]), document["unchanged"]) == (1, 2)

    def test_need_not_be_declared_for_a_list_without_places(self) -> None:
        table("list.csv", ("编号", "名称", "电话"), ("QS-001", "甲路QS-001驿站", "0516-2"))
        assert len(shown("list.csv", "--into", "r.geojson", "--preview")["changed"]) == 1

    def test_stops_the_import_where_the_places_speak_for_another(self, folder: Path) -> None:
        self.rows(Datum.GCJ02)
        before = (folder / "demo.geojson").read_bytes()
        result = run("list.csv", "--into", "demo.geojson", "--datum", "wgs84", "--apply", "all", expect=1)
        assert "坐标系可能选错" in result.stdout
        assert (folder / "demo.geojson").read_bytes() == before
        run("list.csv", "--into", "demo.geojson", "--datum", "gcj02", "--apply", "all")
        assert (folder / "demo.geojson").read_bytes() == before
        run("list.csv", "--into", "demo.geojson", "--datum", "wgs84", "--apply", "all", "--trust-datum")
        assert (folder / "demo.geojson").read_bytes() != before


def test_several_lists_are_one_revision(folder: Path) -> None:
    (folder / "a.csv").write_bytes(exported(load("r.geojson"), {"QS-001": {"电话": "0516-2"}}))
    (folder / "b.csv").write_bytes(exported(load("r.geojson"), {"QS-001": {"容纳人数": "30"}}))
    document = shown("a.csv", "b.csv", "--into", "r.geojson", "--apply", "all")
    assert [each["file"] for each in document["files"]] == ["a.csv", "b.csv"]
    assert document["applied"]["seq"] == 2
    known = load("r.geojson")["QS-001"].properties
    assert (known.phone, known.capacity) == ("0516-2", 30)


def test_columns_are_mapped_where_headings_do_not_say_what_they_hold(folder: Path) -> None:
    table("list.csv", ("编号", "站", "联系电话号"), ("QS-001", "新名", "0516-2"))
    assert "像 resembles 联系电话" in run("list.csv", "--into", "r.geojson", "--map", "站=name").stdout
    maps = ("--map", "站=name", "--map", "联系电话号=电话")
    (row,) = shown("list.csv", "--into", "r.geojson", *maps)["changed"]
    assert {each["field"]: each["after"] for each in row["fields"]} == {"name": "新名", "phone": "0516-2"}
    assert "--map" in run("list.csv", "--into", "r.geojson", "--map", "站=什么", expect=1).stderr


def test_the_next_list_with_the_same_headings_is_read_as_the_last_one(folder: Path) -> None:
    headings = ("编号", "站", "东", "北")
    table("may.csv", headings, ("QS-001", "新名", "117.22", "34.2"))
    stated = ("--map", "站=name", "--map", "东=lon", "--map", "北=lat", "--datum", "wgs84")
    assert shown("may.csv", "--into", "r.geojson", *stated, "--trust-datum", "--apply", "all")["as_before"] == []
    table("june.csv", (*headings[::-1],), ("34.2", "117.22", "又一个名字", "QS-001"))
    document = shown("june.csv", "--into", "r.geojson")
    assert document["as_before"] == ["june.csv"]
    (row,) = document["changed"]
    assert [each["after"] for each in row["fields"]] == ["又一个名字"]
    assert "按上次的说法" in run("june.csv", "--into", "r.geojson").stdout
    # What is stated now goes before.
    (row,) = shown("june.csv", "--into", "r.geojson", "--map", "站=address")["changed"]
    assert {each["field"] for each in row["fields"]} == {"address"}
    # Another form is another source; what a preview was told is not kept.
    table("other.csv", ("编号", "站", "东"), ("QS-001", "新名", "117.22"))
    assert shown("other.csv", "--into", "r.geojson", "--map", "站=name")["as_before"] == []
    assert "缺列" in run("other.csv", "--into", "r.geojson", expect=1).stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--into", "r.geojson"), 2, "no list is named"),
        (("list.csv",), 2, "--into"),
        (("list.csv", "new.geojson"), 2, "--datum"),
        (("list.csv", "list.csv", "new.geojson", "--datum", "wgs84"), 2, "--into"),
        (("list.csv", "new.geojson", "--datum", "wgs84", "--preview"), 2, "--preview"),
        (("list.csv", "--into", "r.geojson", "--preview", "--apply", "all"), 2, "--preview"),
        (("list.csv", "--into", "r.geojson", "--apply", "duplicate"), 2, "duplicate"),
        (("list.csv", "--into", "r.geojson", "--same", "7"), 2, "--same"),
        (("list.csv", "--into", "none.geojson"), 1, "no such registry"),
        (("list.csv", "--into", "list.csv"), 1, "list.csv"),
        (("none.csv", "--into", "r.geojson"), 1, "none.csv"),
        (("bad.csv", "--into", "r.geojson"), 1, "bad.csv"),
    ],
)
def test_a_mistake_is_one_sentence(args: tuple[str, ...], code: int, words: str, folder: Path) -> None:
    table("list.csv", ("编号", "名称", "电话"), ("QS-001", "甲路驿站", "0516-2"))
    (folder / "bad.csv").write_bytes(b"a,b\n1,2\n")
    before = (folder / "r.geojson").read_bytes()
    assert words in run(*args, expect=code).stderr
    assert (folder / "r.geojson").read_bytes() == before


def test_a_list_of_invented_stations_is_for_an_invented_registry(folder: Path) -> None:
    (folder / "copy.geojson").write_bytes((folder / "demo.geojson").read_bytes())
    assert shown("copy.geojson", "--into", "demo.geojson", "--preview")["unchanged"] == 1002
    assert "演示数据" in run("copy.geojson", "--into", "r.geojson", "--preview", expect=1).stderr


def test_text_of_a_list_does_not_steer_a_terminal(folder: Path) -> None:
    hostile = "\x1b]0;owned\x07[red]站[/red]\u202e{{7*7}}"
    (folder / "list.csv").write_bytes(exported(load("r.geojson"), {"QS-001": {"地址": hostile, "状态": hostile}}))
    text = run("list.csv", "--into", "r.geojson", expect=1).stdout
    assert "\x1b]" not in text and "\u202e" not in text and "[red]" in text
