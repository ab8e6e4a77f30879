"""What a list that somebody gives back would change: the cells they edited, and nothing that others did since."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.datum import Datum, from_wgs84
from stationmap.editing.edits import apply_edits
from stationmap.editing.list_import import (
    ColumnMapping,
    ImportPreview,
    ListToImport,
    edits_of,
    preview_document,
    preview_import,
    source_of,
)
from stationmap.editing.published import published
from stationmap.errors import InvalidTableError, StationmapError
from stationmap.exchange.columns import COLUMNS
from stationmap.exchange.lists import StationList, read_list
from stationmap.registry.adcodes import known_districts
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import line
from stationmap.registry.store import load
from tests.conftest import ROOT
from tests.strategies import station
from tests.strategies import stations as drawn_stations

DEMO = load(ROOT / "data" / "stations.geojson")
COUNTIES = read_counties((ROOT / "data" / "areas" / "counties.geojson").read_bytes())
HEADINGS = [column.heading() for column in COLUMNS]
REAL = Header(format=1, title="真实的登记册")

Cells = dict[str, str]


def options(datum: Datum = Datum.WGS84) -> ImportOptions:
    return ImportOptions(datum=datum, districts=known_districts())


def csv_of(rows: Sequence[Mapping[str, str]], headings: Sequence[str] = HEADINGS) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, headings, extrasaction="ignore", restval="")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def cells_of(one: Station) -> Cells:
    return {column.heading(): column.text_of(one) for column in COLUMNS}


def exported(registry: Registry, edits: Mapping[str, Cells] | None = None) -> bytes:
    """The cells of every station as the export writes them, with edits by id."""
    return csv_of([{**cells_of(one), **(edits or {}).get(one.id, {})} for one in registry.stations])


def with_baselines(data: bytes, registry: Registry, name: str = "list.csv") -> StationList:
    """The list as a workbook that was made from a registry, which keeps what each row was made of."""
    found = read_list(data, name)
    assert found.sheet is not None
    lines = {
        row.number: line(published(registry[row.text("id")])) for row in found.sheet.rows if row.text("id") in registry
    }
    return StationList(name, found.sheet, revision=registry.revision, baselines=lines, demo=registry.demo)


def preview_of(
    given: bytes | StationList | Sequence[bytes | StationList],
    registry: Registry,
    *,
    datum: Datum = Datum.WGS84,
    identities: Mapping[str, str] | None = None,
    mapping: ColumnMapping | None = None,
) -> ImportPreview:
    lists = [given] if isinstance(given, bytes | StationList) else given
    meaning_of = (mapping or ColumnMapping()).meaning_of
    read = [
        each if isinstance(each, StationList) else read_list(each, f"list{number}.csv", meaning_of)
        for number, each in enumerate(lists, start=1)
    ]
    listed = [ListToImport.of(each, options(datum), COUNTIES) for each in read]
    return preview_import(listed, registry, counties=COUNTIES, identities=identities)


def counts(preview: ImportPreview) -> dict[str, int]:
    """How many rows each group has that has any, and how many are unchanged."""
    groups = {group: len(rows) for group, rows in preview.groups.items() if rows}
    return {**groups, "unchanged": preview.unchanged}


def fields(preview: ImportPreview) -> dict[str, tuple[str | None, str | None]]:
    """Each changed field with what people read before and after."""
    document = preview_document(preview)
    rows = document["changed"] + document["moved"]
    return {f"{row['id']} {each['field']}": (each["before"], each["after"]) for row in rows for each in row["fields"]}


def registry_of(*stations: Station) -> Registry:
    return Registry(stations, REAL)


def applied(preview: ImportPreview, registry: Registry, *groups: str) -> Registry:
    chosen = groups or ("added", "changed", "moved")
    return apply_edits(edits_of(preview, chosen), registry).registry  # type: ignore[arg-type]


FULL: dict[str, Any] = {
    "phone": "0516-83730001",
    "address": "徐州市云龙区某路1号",
    "hours": "Mo-Fr 09:00-17:00",
    "hours_source": "周一至周五9:00-17:00",
    "facilities": {"wifi": True, "toilet": False},
    "services": ["membership", "legal_aid"],
    "access": {"who": "public", "how": ["scan"], "note": "从东门进", "later": 1},
    "level": "三星级",
    "capacity": 12,
    "status": "suspended",
    "verified": {"on": "2026-10-13", "by": "operator", "how": "站点自报"},
    "position": {"how": "geocoded", "datum": "gcj02"},
    "source_columns": {"负责人": "王示例"},
    "later_member": {"kept": [1]},
}


def full(station_id: str = "QS-001", lon: float = 117.21, lat: float = 34.25, **properties: Any) -> Station:
    return station(station_id, lon, lat, **{**FULL, "name": f"甲路{station_id}驿站", **properties})


def test_a_list_as_it_was_exported_changes_nothing() -> None:
    assert counts(preview_of(exported(DEMO), DEMO)) == {"unchanged": 1002}
    assert counts(preview_of(with_baselines(exported(DEMO), DEMO), DEMO)) == {"unchanged": 1002}


def test_a_registry_file_of_what_is_published_changes_nothing() -> None:
    registry = registry_of(full(), full("QS-002", 117.22))
    given = StationList("r.geojson", stations={one.id: published(one) for one in registry.stations})
    assert counts(preview_of(given, registry)) == {"unchanged": 2}


def test_five_edited_cells_are_five_changes_of_fields_and_nothing_else() -> None:
    ids = [one.id for one in DEMO.stations[:5]]
    edits = [{"电话": "0516-1"}, {"状态": "暂停开放"}, {"开放时间": "24小时"}, {"饮用水": "无"}, {"名称": "新名"}]
    preview = preview_of(with_baselines(exported(DEMO, dict(zip(ids, edits, strict=True))), DEMO), DEMO)
    assert counts(preview) == {"changed": 5, "unchanged": 997}
    found = fields(preview)
    assert {key.split()[1]: after for key, (_, after) in found.items()} == {
        "phone": "0516-1",
        "status": "暂停开放",
        "hours": "24小时",
        "facilities.drinking_water": "无",
        "name": "新名",
    }
    after = applied(preview, DEMO)
    assert after[ids[2]].hours == "24/7"
    assert after[ids[2]].properties.hours_source == "24小时"
    assert sum(one != DEMO[one.id] for one in after.stations) == 5


def test_the_same_list_again_changes_nothing() -> None:
    edits = {DEMO.stations[0].id: {"电话": "0516-1", "开放时间": "周一到周五8点到18点", "经度(WGS-84)": "117.3"}}
    data = exported(DEMO, edits)
    after = applied(preview_of(data, DEMO), DEMO)
    assert after != DEMO
    assert counts(preview_of(data, after)) == {"unchanged": 1002}


def test_what_the_format_does_not_know_and_columns_that_are_not_there_stay() -> None:
    registry = registry_of(full())
    data = csv_of([{"编号": "QS-001", "名称": "另一个名字", "谁可以进": "会员"}], ["编号", "名称", "谁可以进"])
    after = applied(preview_of(data, registry), registry)["QS-001"]
    expected = full(name="另一个名字", access={"who": "members", "how": ["scan"], "note": "从东门进", "later": 1})
    assert line(after) == line(expected)
    workbook = with_baselines(exported(registry, {"QS-001": {"谁可以进": "仅限本单位"}}), registry)
    after = applied(preview_of(workbook, registry), registry)["QS-001"]
    assert line(after) == line(full(access={"who": "staff", "how": ["scan"], "note": "从东门进", "later": 1}))


@pytest.mark.parametrize(
    ("heading", "field", "gone"),
    [
        ("电话", "phone", {"phone": ...}),
        ("开放时间", "hours", {"hours": None, "hours_source": ...}),
        ("Wi-Fi", "facilities.wifi", {"facilities": {"toilet": False}}),
        ("服务项目", "services", {"services": ...}),
        ("谁可以进", "access", {"access": {"who": "unknown", "how": ["scan"], "note": "从东门进", "later": 1}}),
        ("进入说明", "access", {"access": {"who": "public", "how": ["scan"], "later": 1}}),
        ("核对日期", "verified", {"verified": ...}),
    ],
)
def test_an_emptied_cell_is_cleared_and_shown_so(heading: str, field: str, gone: dict[str, Any]) -> None:
    registry = registry_of(full())
    emptied = {heading: ""} | ({"核对方": "", "核对方式": ""} if field == "verified" else {})
    preview = preview_of(exported(registry, {"QS-001": emptied}), registry)
    (row,) = preview_document(preview)["changed"]
    assert [each["field"] for each in row["fields"]] == [field]
    assert row["fields"][0]["after"] is None or field == "access"
    known = {name: value for name, value in {**FULL, **gone}.items() if value is not ...}
    assert line(applied(preview, registry)["QS-001"]) == line(
        station("QS-001", 117.21, 34.25, **{"name": "甲路QS-001驿站", **known})
    )


@pytest.mark.parametrize("heading", ["名称", "类别", "区县", "状态", "经度(WGS-84)"])
def test_what_every_station_has_cannot_be_emptied(heading: str) -> None:
    registry = registry_of(full())
    preview = preview_of(exported(registry, {"QS-001": {heading: ""}}), registry)
    (row,) = preview_document(preview)["rejected"]
    assert (row["code"], row["column"], row["row"]) == ("blank", heading, 2)
    assert applied(preview, registry) == registry


@pytest.mark.parametrize(
    ("heading", "cell", "code"),
    [
        ("状态", "开方", "unknown_status"),
        ("开放时间", "看情况", "cell_not_understood"),
        ("谁可以进", "熟人", "cell_not_understood"),
        ("厕所", "也许", "cell_not_understood"),
        ("服务项目", "入会办卡、算命", "cell_not_understood"),
        ("区县", "某某区", "unknown_district"),
        ("经度(WGS-84)", "东边", "bad_coordinates"),
        ("经度(WGS-84)", "34.25", "swapped"),
        ("容纳人数", "很多", "cell_not_understood"),
        ("核对日期", "上周", "cell_not_understood"),
        ("关闭安排", "过年", "cell_not_understood"),
        ("坐标来源", "猜的", "cell_not_understood"),
        ("类别", "茶馆", "cell_not_understood"),
    ],
)
def test_a_cell_that_is_not_understood_is_rejected_and_the_rest_of_its_row_is_not(
    heading: str, cell: str, code: str
) -> None:
    registry = registry_of(full(), full("QS-002", 117.23))
    edit = {heading: cell, "电话": "0516-2"} | ({"纬度(WGS-84)": "117.21"} if code == "swapped" else {})
    preview = preview_of(exported(registry, {"QS-001": edit}), registry)
    assert counts(preview) == {"changed": 1, "rejected": 1, "unchanged": 1}
    (row,) = preview_document(preview)["rejected"]
    assert (row["id"], row["row"], row["code"]) == ("QS-001", 2, code)
    assert row["mend"] and row["why"] and row["column"]
    assert line(applied(preview, registry)["QS-001"]) == line(full(phone="0516-2"))


def test_words_for_hours_that_are_unknown_anyway_are_taken_as_words() -> None:
    registry = registry_of(full(hours=None, hours_source="问门卫"))
    preview = preview_of(exported(registry, {"QS-001": {"开放时间": "看情况"}}), registry)
    after = applied(preview, registry)["QS-001"].properties
    assert (after.hours, after.hours_source) == (None, "看情况")


def test_opening_hours_that_were_typed_take_the_place_of_the_wording() -> None:
    registry = registry_of(full())
    edited = exported(registry, {"QS-001": {"开放时间(OSM)": "Mo-Su 07:00-19:00"}})
    preview = preview_of(with_baselines(edited, registry), registry)
    after = applied(preview, registry)["QS-001"].properties
    assert (after.hours, after.hours_source) == ("Mo-Su 07:00-19:00", None)
    # Without what the row was made of they may be what was left when somebody changed the wording.
    preview = preview_of(edited, registry)
    assert counts(preview) == {"unchanged": 1}
    assert [each.code for each in preview.findings] == ["hours_contradicted"]


def test_hours_that_were_emptied_stay_empty_though_the_list_has_them_in_another_column() -> None:
    registry = registry_of(full())
    data = exported(registry, {"QS-001": {"开放时间": "无"}})
    after = applied(preview_of(data, registry), registry)
    assert after["QS-001"].hours is None
    again = preview_of(data, after)
    assert counts(again) == {"unchanged": 1}
    assert [each.code for each in again.findings] == ["hours_contradicted"]


class TestLaterEditsOfOthers:
    def test_are_kept(self) -> None:
        then = registry_of(full())
        now = registry_of(full(name="别人改的名字", facilities={"wifi": False, "toilet": False}))
        workbook = with_baselines(exported(then, {"QS-001": {"电话": "0516-2", "厕所": "有"}}), then)
        preview = preview_of(workbook, now)
        assert counts(preview) == {"changed": 1, "unchanged": 0}
        after = applied(preview, now)["QS-001"]
        expected = full(name="别人改的名字", phone="0516-2", facilities={"wifi": False, "toilet": True})
        assert line(after) == line(expected)

    def test_of_the_same_field_are_a_conflict_with_all_three_and_the_rest_is_taken(self) -> None:
        then, now = registry_of(full()), registry_of(full(phone="0516-9"))
        workbook = with_baselines(exported(then, {"QS-001": {"电话": "0516-2", "容纳人数": "20"}}), then)
        preview = preview_of(workbook, now)
        assert counts(preview) == {"changed": 1, "conflict": 1, "unchanged": 0}
        (row,) = preview_document(preview)["conflict"]
        (conflict,) = row["fields"]
        assert conflict["field"] == "phone"
        texts = (conflict["base"], conflict["mine"], conflict["theirs"])
        assert texts == ("0516-83730001", "0516-2", "0516-9")
        assert conflict["theirs_from"] is None
        assert line(applied(preview, now)["QS-001"]) == line(full(phone="0516-9", capacity=20))

    def test_of_a_workbook_without_readable_baselines_are_those_of_the_list(self) -> None:
        registry = registry_of(full())
        found = with_baselines(exported(registry, {"QS-001": {"电话": "0516-2"}}), registry)
        broken = StationList(found.name, found.sheet, revision="x", baselines=dict.fromkeys(found.baselines, b"{"))
        assert fields(preview_of(broken, registry)) == {"QS-001 phone": ("0516-83730001", "0516-2")}

    def test_a_row_of_one_station_with_the_baseline_of_another_is_compared_with_its_own(self) -> None:
        registry = registry_of(full(), full("QS-002", 117.23, phone="2"))
        found = with_baselines(exported(registry), registry)
        assert found.sheet is not None
        turned = dict(zip(found.baselines, reversed(found.baselines.values()), strict=True))
        preview = preview_of(StationList(found.name, found.sheet, revision="x", baselines=turned), registry)
        assert counts(preview) == {"unchanged": 2}


class TestSeveralLists:
    def test_of_one_station_are_merged(self) -> None:
        registry = registry_of(full())
        one, two = ({"QS-001": {"电话": "0516-2"}}, {"QS-001": {"容纳人数": "20"}})
        preview = preview_of([exported(registry, one), exported(registry, two)], registry)
        assert counts(preview) == {"changed": 1, "unchanged": 0}
        assert line(applied(preview, registry)["QS-001"]) == line(full(phone="0516-2", capacity=20))
        (row,) = preview_document(preview)["changed"]
        assert (row["file"], [each["file"] for each in row["also"]]) == ("list1.csv", ["list2.csv"])

    def test_that_contradict_each_other_are_a_conflict_that_names_both(self) -> None:
        registry = registry_of(full())
        one, two = ({"QS-001": {"电话": "0516-2"}}, {"QS-001": {"电话": "0516-3"}})
        preview = preview_of([exported(registry, one), exported(registry, two)], registry)
        (row,) = preview_document(preview)["conflict"]
        (conflict,) = row["fields"]
        assert (conflict["mine"], conflict["theirs"]) == ("0516-3", "0516-2")
        assert conflict["theirs_from"] == {"file": "list1.csv", "sheet": None, "row": 2}
        assert [each["file"] for each in row["also"]] == ["list2.csv"]
        assert applied(preview, registry)["QS-001"].properties.phone == "0516-2"

    def test_with_the_same_new_station_add_it_once(self) -> None:
        new = csv_of([cells_of(full())])
        assert counts(preview_of([new, new], registry_of())) == {"added": 1, "unchanged": 0}


def test_an_id_that_stands_twice_in_a_list_is_rejected_unless_it_says_the_same() -> None:
    registry = registry_of(full())
    cells = cells_of(registry["QS-001"])
    assert counts(preview_of(csv_of([cells, cells]), registry)) == {"unchanged": 1}
    preview = preview_of(csv_of([cells, {**cells, "电话": "0516-2"}]), registry)
    assert counts(preview) == {"rejected": 1, "unchanged": 0}
    assert preview.groups["rejected"][0].faults[0].code == "duplicate_id"


class TestNewStations:
    def test_have_what_their_row_states(self) -> None:
        preview = preview_of(csv_of([cells_of(full())]), registry_of())
        after = applied(preview, registry_of())["QS-001"]
        assert published(after).properties.model_dump(exclude={"access"}) == published(full()).properties.model_dump(
            exclude={"access"}
        )

    def test_of_a_list_without_places_are_rejected(self) -> None:
        registry = registry_of(full())
        preview = preview_of(csv_of([{"编号": "NEW", "名称": "x"}], ["编号", "名称"]), registry)
        (row,) = preview_document(preview)["rejected"]
        assert row["code"] == "missing_member" and "经度" in row["why"]

    def test_need_an_id(self) -> None:
        preview = preview_of(csv_of([{**cells_of(full()), "编号": ""}]), registry_of())
        ((fault,),) = (row.faults for row in preview.groups["rejected"])
        assert fault.code == "bad_id" and "编号是空的" in fault.detail

    def test_that_lie_outside_their_district_are_named(self) -> None:
        preview = preview_of(csv_of([{**cells_of(full()), "纬度(WGS-84)": "34.6"}]), registry_of())
        assert [(each.where, each.code) for each in preview.findings] == [("QS-001", "outside_district")]


class TestDuplicates:
    REGISTRY = Registry((full("007"), full("QS-002", 117.3, phone="0516-83730002", name="乙街社区驿站")), REAL)

    def row(self, **cells: str) -> Cells:
        far = station("x", 117.25, 34.3, name="丙巷驿站", district="320303")
        return {**cells_of(far), **cells}

    @pytest.mark.parametrize(
        ("cells", "known", "reasons"),
        [
            ({"编号": "7"}, "007", ("id",)),
            ({"编号": "qs-002"}, "QS-002", ("id",)),
            ({"编号": "QS2"}, "QS-002", ("id",)),
            ({"编号": "N1", "电话": "（0516）83730002"}, "QS-002", ("phone",)),
            (
                {"编号": "N1", "名称": "乙街社区爱心驿站", "经度(WGS-84)": "117.3005", "纬度(WGS-84)": "34.25"},
                "QS-002",
                ("name", "near"),
            ),
            ({"编号": "N1", "名称": "乙街社区驿站"}, "QS-002", ("same_name", "name")),
        ],
    )
    def test_are_asked_about_and_not_added(self, cells: Cells, known: str, reasons: tuple[str, ...]) -> None:
        preview = preview_of(csv_of([self.row(**cells)]), self.REGISTRY)
        assert [len(preview.groups[group]) for group in ("added", "duplicate")] == [0, 1]
        (likely,) = preview.groups["duplicate"][0].likely
        assert (likely.station_id, likely.reasons) == (known, reasons)
        assert 0 < likely.sure < 1
        assert applied(preview, self.REGISTRY) == self.REGISTRY
        assert known not in [row.station_id for row in preview.groups["missing"]]

    def test_are_not_what_only_lies_near_or_only_has_a_hotline(self) -> None:
        shared = [
            full(f"S{number}", 117.1 + number / 100, phone="12351", name=f"{number}号驿站") for number in range(5)
        ]
        registry = registry_of(*shared)
        row = self.row(编号="N1", 电话="12351", **{"经度(WGS-84)": "117.1001", "纬度(WGS-84)": "34.25"})
        assert counts(preview_of(csv_of([row]), registry)) == {"added": 1, "missing": 5, "unchanged": 0}

    def test_names_that_differ_in_a_number_are_two(self) -> None:
        registry = registry_of(full(name="幸福小区1号楼驿站", phone="1"))
        row = self.row(编号="N1", 名称="幸福小区2号楼驿站", **{"经度(WGS-84)": "117.2101", "纬度(WGS-84)": "34.25"})
        assert counts(preview_of(csv_of([row]), registry)) == {"added": 1, "missing": 1, "unchanged": 0}

    def test_are_looked_for_among_the_rows_too(self) -> None:
        headings = ["编号", "名称", "区县", "经度", "纬度"]
        rows = [
            {"编号": "01", "名称": "某驿站", "区县": "云龙区", "经度": "117.2", "纬度": "34.25"},
            {"编号": "1", "名称": "某驿站", "区县": "云龙区", "经度": "117.2", "纬度": "34.25"},
        ]
        preview = preview_of(csv_of(rows, headings), registry_of())
        assert [row.station_id for row in preview.groups["added"]] == ["01"]
        assert preview.groups["duplicate"][0].likely[0].where == ("list1.csv", "", 2)

    def test_are_decided_by_somebody(self) -> None:
        data = csv_of([self.row(编号="7", 电话="0516-5")])
        same = preview_of(data, self.REGISTRY, identities={"7": "007"})
        assert [row.station_id for row in same.groups["moved"]] == ["007"]
        new = preview_of(data, self.REGISTRY, identities={"7": "7"})
        assert [row.station_id for row in new.groups["added"]] == ["7"]

    def test_numbers_of_rows_are_no_ids_of_another_list(self) -> None:
        registry = registry_of(full("1", name="甲路驿站"))
        headings = ["序号", "名称", "区县", "经度", "纬度"]
        other = {"序号": "1", "名称": "完全两样的地方", "区县": "泉山区", "经度": "117.15", "纬度": "34.26"}
        preview = preview_of(csv_of([{**other, "名称": "完全两样的驿站"}], headings), registry)
        assert [row.station_id for row in preview.groups["duplicate"]] == ["1"]
        same = preview_of(csv_of([{**other, "名称": "甲路爱心驿站"}], headings), registry)
        assert [row.station_id for row in same.groups["moved"]] == ["1"]


class TestMissing:
    def test_is_named_and_stays_unless_somebody_says_otherwise(self) -> None:
        registry = registry_of(full(status="open"), full("QS-002", 117.23))
        preview = preview_of(csv_of([cells_of(registry["QS-002"])]), registry)
        assert [row.station_id for row in preview.groups["missing"]] == ["QS-001"]
        assert applied(preview, registry) == registry
        closed = applied(preview, registry, "missing")
        assert line(closed["QS-001"]) == line(full(status="closed"))

    def test_is_not_a_row_that_was_rejected(self) -> None:
        registry = registry_of(full())
        preview = preview_of(csv_of([{**cells_of(full()), "名称": ""}]), registry)
        assert preview.groups["missing"] == ()


class TestMoved:
    def test_is_told_by_how_far(self) -> None:
        registry = registry_of(full())
        preview = preview_of(exported(registry, {"QS-001": {"纬度(WGS-84)": "34.26", "电话": "0516-2"}}), registry)
        (row,) = preview_document(preview)["moved"]
        assert row["distance_m"] == pytest.approx(1109.3, abs=1)
        assert [each["field"] for each in row["fields"]] == ["position", "phone"]
        after = applied(preview, registry)["QS-001"]
        assert after.properties.located is not None
        assert after.properties.located.model_dump(exclude_none=True) == {"how": "geocoded", "datum": "gcj02"}

    def test_what_was_known_of_the_old_point_is_not_known_of_one_that_was_typed(self) -> None:
        registry = registry_of(full())
        workbook = with_baselines(exported(registry, {"QS-001": {"纬度(WGS-84)": "34.26"}}), registry)
        after = applied(preview_of(workbook, registry), registry)["QS-001"]
        assert after.properties.located is not None
        assert after.properties.located.model_dump(exclude_none=True) == {"datum": "wgs84"}

    def test_a_little_is_a_change(self) -> None:
        registry = registry_of(full())
        preview = preview_of(exported(registry, {"QS-001": {"纬度(WGS-84)": "34.2501"}}), registry)
        assert counts(preview) == {"changed": 1, "unchanged": 0}

    @pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
    def test_coordinates_of_another_datum_that_mean_the_same_place_change_nothing(self, datum: Datum) -> None:
        registry = registry_of(full(), full("QS-002", 117.23))
        rows = []
        for one in registry.stations:
            lon, lat = from_wgs84(*one.geometry.coordinates, datum)
            rows.append({"编号": one.id, "名称": one.name, "经度": f"{lon:.6f}", "纬度": f"{lat:.6f}"})
        preview = preview_of(csv_of(rows, ["编号", "名称", "经度", "纬度"]), registry, datum=datum)
        assert counts(preview) == {"unchanged": 2}
        assert preview.datum_findings == ()

    def test_a_list_in_a_datum_that_was_not_declared_is_suspected(self) -> None:
        rows = []
        for one in DEMO.stations:
            lon, lat = from_wgs84(*one.geometry.coordinates, Datum.GCJ02)
            rows.append({"编号": one.id, "名称": one.name, "经度": f"{lon:.6f}", "纬度": f"{lat:.6f}"})
        preview = preview_of(csv_of(rows, ["编号", "名称", "经度", "纬度"]), DEMO)
        assert len(preview.groups["moved"]) == 1002
        assert {each.code for each in preview.datum_findings} == {"shifted_batch"}
        assert preview_of(csv_of(rows, ["编号", "名称", "经度", "纬度"]), DEMO, datum=Datum.GCJ02).datum_findings == ()

    def test_coordinates_that_were_copied_from_a_map_into_a_list_of_ours_are_suspected(self) -> None:
        edits = {}
        for one in DEMO.stations[::100]:
            lon, lat = from_wgs84(*one.geometry.coordinates, Datum.GCJ02)
            edits[one.id] = {"经度(WGS-84)": f"{lon:.6f}", "纬度(WGS-84)": f"{lat:.6f}"}
        preview = preview_of(with_baselines(exported(DEMO, edits), DEMO), DEMO)
        assert len(preview.groups["moved"]) == len(edits)
        assert [each.code for each in preview.datum_findings] == ["shifted_batch"]

    def test_a_new_list_in_a_datum_that_was_not_declared_is_suspected_by_the_borders(self) -> None:
        rows = []
        for one in DEMO.stations:
            lon, lat = from_wgs84(*one.geometry.coordinates, Datum.BD09)
            rows.append({**cells_of(one), "经度": f"{lon:.6f}", "纬度": f"{lat:.6f}"})
        headings = ["编号", "名称", "区县", "经度(WGS-84)", "纬度(WGS-84)"]
        rows = [{**row, "经度(WGS-84)": row["经度"], "纬度(WGS-84)": row["纬度"]} for row in rows]
        preview = preview_of(csv_of(rows, headings), Registry((), DEMO.meta))
        assert "shifted_batch" in {each.code for each in preview.datum_findings}


class TestForeignLists:
    HEADER = ("编号", "站点名称", "地址", "区县", "经度", "纬度", "营业时间", "联系电话", "设施", "星级", "备注")
    ROW = ("A1", "云龙路驿站", "徐州市云龙区云龙路1号", "云龙区", "117.21", "34.25", "9:00-17:00", "0516-1")

    def data(self, *rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *rows])
        return text.getvalue().encode(encoding)

    def test_change_nothing_the_second_time(self) -> None:
        rows = [
            (*self.ROW, "饮水机、无空调、按摩椅", "3", "张三负责"),
            ("A2", "二号驿站", "", "云龙区", "117.25", "34.28", "听说有人就开", "暂无", "", "", ""),
        ]
        data = self.data(*rows)
        first = preview_of(data, registry_of())
        assert counts(first) == {"added": 2, "unchanged": 0}
        registry = applied(first, registry_of())
        assert registry["A1"].properties.level == "三星级"
        assert counts(preview_of(data, registry)) == {"unchanged": 2}

    def test_in_gbk_and_with_two_header_rows_say_the_same(self) -> None:
        registry = applied(preview_of(self.data((*self.ROW, "饮水机", "3", "")), registry_of()), registry_of())
        top = ("编号", "站点名称", "地址", "区县", "坐标", "", "营业时间", "联系电话", "设施", "星级", "备注")
        below = ("", "", "", "", "经度", "纬度", "", "", "", "", "")
        data = self.data(below, (*self.ROW, "饮水机", "4", ""), header=top, encoding="gbk")
        assert fields(preview_of(data, registry)) == {"A1 level": ("三星级", "四星级")}

    def test_do_not_name_facilities_they_do_not_speak_of(self) -> None:
        registry = registry_of(full(), full("QS-002", 117.3))
        headings = ["编号", "名称", "设施"]
        rows = [{"编号": "QS-001", "名称": registry["QS-001"].name, "设施": "饮水机、无Wi-Fi"}]
        after = applied(preview_of(csv_of(rows, headings), registry), registry)["QS-001"]
        assert after.facilities == {"wifi": False, "toilet": False, "drinking_water": True}

    def test_a_remark_that_a_station_is_gone_is_not_hidden_among_unchanged_ones(self) -> None:
        registry = registry_of(full(status="open"), full("QS-002", 117.23, status="closed"))
        rows = [{"编号": one.id, "名称": one.name, "备注": "已撤销"} for one in registry.stations]
        preview = preview_of(csv_of(rows, ["编号", "名称", "备注"]), registry)
        assert counts(preview) == {"rejected": 1, "unchanged": 1}
        assert preview.groups["rejected"][0].faults[0].code == "unknown_status"
        perhaps = csv_of([{**rows[0], "备注": "听说要停用"}], ["编号", "名称", "备注"])
        assert [each.code for each in preview_of(perhaps, registry).findings] == ["perhaps_not_open"]

    def test_what_is_kept_of_new_stations_is_named_and_persons_are_not_quoted(self) -> None:
        header = (*self.HEADER, "负责人", "核对人", "状态")
        row = (*self.ROW, "", "", "二楼", "王示例", "李某某", "")
        preview = preview_of(self.data(row, header=header), registry_of())
        assert {each.where: each.code for each in preview.findings} == {
            "column 备注": "column_kept",
            "column 负责人": "personal_data",
            "column 核对人": "personal_data",
        }
        assert {each.code for each in preview.groups["added"][0].faults} == {"not_understood", "blank_status"}
        assert "李某某" not in str(preview_document(preview))
        assert "王示例" not in str(preview_document(preview))

    def test_a_flag_does_not_open_what_a_status_keeps_closed(self) -> None:
        registry = registry_of(full(status="closed"))
        rows = [{"编号": "QS-001", "名称": registry["QS-001"].name, "状态": "已撤销", "是否开放": "否"}]
        assert counts(preview_of(csv_of(rows, ["编号", "名称", "状态", "是否开放"]), registry)) == {"unchanged": 1}

    def test_a_row_that_names_another_datum_is_rejected(self) -> None:
        registry = registry_of(full())
        row = {"编号": "QS-001", "名称": registry["QS-001"].name, "经度": "117.3", "纬度": "34.2", "坐标系": "百度"}
        preview = preview_of(csv_of([row], ["编号", "名称", "经度", "纬度", "坐标系"]), registry)
        assert [row.faults[0].code for row in preview.groups["rejected"]] == ["datum_contradicted"]
        assert applied(preview, registry) == registry

    def test_a_heading_of_another_datum_stops_the_import(self) -> None:
        with pytest.raises(InvalidTableError, match="contradicts the header"):
            preview_of(csv_of([], ["编号", "名称", "百度经度", "百度纬度"]), registry_of())

    def test_invented_stations_do_not_get_into_a_real_registry(self) -> None:
        with pytest.raises(InvalidTableError, match="演示数据"):
            preview_of(with_baselines(exported(DEMO), DEMO), registry_of())


class TestColumnMapping:
    def test_says_what_headings_do_not(self) -> None:
        registry = registry_of(full())
        rows = [{"编号": "QS-001", "站": "新名", "打水": "√", "电话": "0516-2"}]
        mapping = ColumnMapping.of(["站=name", "打水=饮水机", "电话="])
        preview = preview_of(csv_of(rows, ["编号", "站", "打水", "电话"]), registry, mapping=mapping)
        assert set(fields(preview)) == {"QS-001 name", "QS-001 facilities.drinking_water"}

    def test_names_all_that_it_does_not_understand(self) -> None:
        with pytest.raises(StationmapError, match="'名称', '站=什么'"):
            ColumnMapping.of(["名称", "站=什么", "电话=phone"])

    def test_is_kept_for_lists_of_the_same_headings(self) -> None:
        mapping = ColumnMapping.of(["站=name"], "gcj02")
        kept = ColumnMapping.from_json(orjson.loads(orjson.dumps(mapping.to_json())))
        assert kept == mapping
        assert kept.over(ColumnMapping.of(["站=address", "点=phone"], "bd09")) == ColumnMapping.of(
            ["站=name", "点=phone"], "gcj02"
        )
        assert source_of(["编号", " 名称 ", "电话"]) == source_of(["电话", "名称", "编号"]) != source_of(["编号"])

    def test_headings_that_resemble_a_known_one_are_named(self) -> None:
        preview = preview_of(csv_of([], ["编号", "名称", "联系电话号"]), registry_of())
        columns = {each["heading"]: each for each in preview_document(preview)["files"][0]["columns"]}
        assert columns["联系电话号"]["member"] == ""
        assert columns["联系电话号"]["resembles"] == "联系电话"
        assert columns["编号"]["member"] == "id"


texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["=1+1", "+86", "-", "无", "@x", "a\nb", "a\r\nb", "  x ", "10/5", "007", "x" * 32_767, "y" * 40_000]
    ),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "phone": texts,
        "address": texts,
        "host": st.none() | texts,
        "hours_source": texts,
        "directions": texts,
        "name_en": texts,
        "level": st.one_of(texts, st.integers(0, 9)),
        "aliases": st.lists(st.sampled_from(["甲", "乙、丙", "a, b"]), max_size=3),
        "closures": st.sampled_from(
            [[], [{"from": "2026-01-01", "reason": "装修"}], [{"from": "2026-11-23T08:00:01Z"}]]
        ),
        "verified": st.sampled_from([{"on": "2026-10-13", "by": "rider"}, {"on": "2026-10-13", "by": "staff", "x": 1}]),
        "position": st.sampled_from([{}, {"how": "survey"}, {"datum": "bd09", "y": 2}]),
        "capacity": st.integers(0, 10**9),
        "area_m2": st.sampled_from([12, 12.5, 0.1]),
        "source_columns": st.dictionaries(st.text(max_size=5), texts, max_size=2),
        "later": st.none() | st.integers(),
        "services": st.lists(st.sampled_from(["membership", "later_code", "没有的"]), max_size=3),
        "facilities": st.dictionaries(st.sampled_from(["wifi", "later_code", "没有的"]), st.booleans()),
    },
)


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Registries with all that a file may hold, wherever on Earth."""
    made = []
    for one in draw(drawn_stations()):
        feature = orjson.loads(line(one))
        feature["properties"] |= draw(extras)
        made.append(Station.model_validate(feature))
    return registry_of(*made)


@given(registries())
def test_whatever_a_registry_holds_its_export_changes_nothing(registry: Registry) -> None:
    if not registry.stations:
        return
    assert counts(preview_of(exported(registry), registry)) == {"unchanged": len(registry)}
    assert counts(preview_of(with_baselines(exported(registry), registry), registry)) == {"unchanged": len(registry)}


@given(registries(), st.data())
def test_an_edited_phone_is_that_change_alone(registry: Registry, data: st.DataObject) -> None:
    if not registry.stations:
        return
    chosen = data.draw(st.sampled_from(registry.stations)).id
    preview = preview_of(with_baselines(exported(registry, {chosen: {"电话": "0516-12345678"}}), registry), registry)
    after = applied(preview, registry)
    changed = [one.id for one in after.stations if line(one) != line(registry[one.id])]
    assert changed in ([chosen], [])  # it may have had that number
    assert after[chosen].properties.phone == "0516-12345678"
    assert preview.groups["rejected"] == ()


WORDS = [
    *(
        "",
        " ",
        "-",
        "无",
        "有",
        "否",
        "24小时",
        "周一至周五9:00-17:00",
        "Mo-Fr 09:00-17:00",
        "看情况",
        "停用",
        "已撤销",
    ),
    *(
        "会员",
        "扫码",
        "登记后可进",
        "云龙区",
        "320311",
        "某区",
        "康乃馨服务站",
        "2026-01-01至2026-02-01，装修",
        "117.2",
        "34.3",
    ),
    *(
        "2026-11-29",
        "工会",
        "入会办卡、later_code",
        "12人",
        "三星级",
        "https://example.org/x.jpg",
        "甲、乙",
        "地图选点",
        "BD-09",
    ),
]


@settings(max_examples=60)
@given(registries(), st.data())
def test_whatever_is_typed_into_cells_of_a_row_changes_that_station_alone_and_only_once(
    registry: Registry, data: st.DataObject
) -> None:
    if not registry.stations:
        return
    chosen = data.draw(st.sampled_from(registry.stations)).id
    cells = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=9))
    edits = {chosen: data.draw(st.dictionaries(st.sampled_from(HEADINGS[1:]), cells, min_size=1, max_size=4))}
    for given_back in (exported(registry, edits), with_baselines(exported(registry, edits), registry)):
        preview = preview_of(given_back, registry)
        named = {row.station_id for group, rows in preview.groups.items() for row in rows}
        assert named <= {chosen}
        assert preview.unchanged == len(registry) - len(named)
        preview_document(preview)
        after = applied(preview, registry)
        assert [one.id for one in after.stations if line(one) != line(registry[one.id])] in ([], [chosen])
        assert preview_of(given_back, after).groups["changed"] == ()
        assert preview_of(given_back, after).groups["moved"] == ()
