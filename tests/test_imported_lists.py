"""Lists as unions keep them, ten of them invented: what they say is read, what is not understood is named with rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.datum import Datum, from_wgs84
from stationmap.errors import InvalidTableError, StationmapError
from stationmap.registry.adcodes import Districts, read_districts
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.csv_import.columns import spans
from stationmap.registry.csv_import.importer import Imported, import_csv
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Header
from stationmap.registry.registry import check, dumps
from tests.conftest import ROOT

LISTS = ROOT / "tests" / "data" / "lists"
NAMES = sorted(path.name for path in LISTS.glob("*.csv"))


@pytest.fixture(scope="module")
def districts() -> Districts:
    return read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())


@pytest.fixture(scope="module")
def lists(districts: Districts) -> dict[str, Imported]:
    datums = {"c_two_header_rows.csv": Datum.GCJ02}
    return {
        name: import_csv(
            (LISTS / name).read_bytes(), ImportOptions(datum=datums.get(name, Datum.WGS84), districts=districts)
        )
        for name in NAMES
    }


def said(imported: Imported) -> list[str]:
    """Where and what, without the particulars."""
    return [f"{finding.where}: {finding.code}" for finding in imported.findings]


def detail(imported: Imported, where: str) -> str:
    (found,) = [finding.detail for finding in imported.findings if finding.where == where]
    return found


def members(imported: Imported, station_id: str) -> dict[str, Any]:
    properties = imported.registry[station_id].model_dump(mode="json", by_alias=True, exclude_unset=True)["properties"]
    return {name: value for name, value in properties.items() if name not in ("name", "address", "position", "hours")}


@pytest.mark.parametrize(
    ("name", "stations", "left_out", "notes"),
    [
        ("a_titled_merged.csv", 4, [], [8, 9]),
        ("b_one_cell_coordinates.csv", 4, [], []),
        ("c_two_header_rows.csv", 3, [], [7]),
        ("d_semicolons.csv", 3, [], []),
        ("e_sections_and_subtotals.csv", 4, [], [3, 6, 7, 8, 11]),
        ("f_exported_by_a_program.csv", 3, [], []),
        ("g_no_district_column.csv", 3, [], []),
        ("h_numbers_of_a_spreadsheet.csv", 3, [], []),
        ("i_mistakes.csv", 1, [2, 3, 4, 6, 7, 8, 9, 10], []),
        ("j_personal.csv", 3, [], []),
    ],
)
def test_each_row_is_a_station_or_a_note_or_left_out(
    name: str, stations: int, left_out: list[int], notes: list[int], lists: dict[str, Imported]
) -> None:
    imported = lists[name]
    assert (len(imported.registry), list(imported.rejected)) == (stations, left_out)
    assert [number for number, _ in imported.sheet.notes] == notes
    assert imported.rows == stations + len(left_out)
    errors = {
        finding.where.split()[1].partition(".")[0] for finding in imported.findings if finding.severity == "error"
    }
    assert errors == set(map(str, left_out))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_imported_is_a_registry_that_reads_back_equal(name: str, lists: dict[str, Imported]) -> None:
    made = lists[name].registry
    registry, findings = check(dumps(made))
    assert registry == made
    assert findings == ()
    assert made.meta.city == "徐州市"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("encoding", "delimiter"), [("gb18030", ","), ("utf-16", "\t"), ("utf-8-sig", ";")])
def test_a_list_says_the_same_however_it_was_saved(
    name: str, encoding: str, delimiter: str, lists: dict[str, Imported], districts: Districts
) -> None:
    text = (LISTS / name).read_text(encoding="utf-8")
    rows = csv.reader(io.StringIO(text), delimiter=";" if name == "d_semicolons.csv" else ",")
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=delimiter).writerows(rows)
    options = ImportOptions(datum=Datum.GCJ02 if name.startswith("c_") else Datum.WGS84, districts=districts)
    again = import_csv(saved.getvalue().encode(encoding), options)
    assert again.registry == lists[name].registry
    assert again.findings == lists[name].findings


def test_a_station_has_what_its_row_states(lists: dict[str, Imported]) -> None:
    first = lists["a_titled_merged.csv"]
    assert members(first, "QS-002") == {
        "category": "service_centre",
        "district": "320311",
        "access": {"who": "members"},
        "facilities": {"phone_charging": False},
        "phone": "0516-83730002",
        "level": "三星级",
        "area_m2": 20,
        "status": "closed",
        "verified": {"on": "2025-03-05", "by": "staff"},
        "source_columns": {"序号": "2", "所属街道": "段庄街道"},
    }
    assert [one.status for one in first.registry.values()] == ["open", "closed", "suspended", "open"]
    assert {one.verified.on.isoformat() for one in first.registry.values() if one.verified} == {"2025-03-05"}
    assert "phone" not in members(first, "QS-004")  # 暂无
    assert members(lists["f_exported_by_a_program.csv"], "0001") == {
        "category": "outdoor_worker",
        "district": "320321",
        "access": {"who": "public", "how": ["scan"]},
        "facilities": {"drinking_water": True},
        "services": ["legal_aid", "hardship_aid"],
        "photo": "https://example.org/1.jpg",
    }


def test_a_place_in_one_cell_is_read_in_any_order_and_form(lists: dict[str, Imported]) -> None:
    places = {each.id: each.geometry.coordinates for each in lists["b_one_cell_coordinates.csv"].registry.values()}
    assert places == {
        "B1": (117.2401, 34.2702),
        "B2": (117.1904, 34.2503),
        "B3": (117.21, 34.27),
        "B4": (117.2605, 34.2006),
    }


def test_merged_cells_give_their_district_and_it_is_said(lists: dict[str, Imported]) -> None:
    first = lists["a_titled_merged.csv"]
    assert {one.district for one in first.registry.values()} == {"320311"}
    assert detail(first, "column 所属区县") == "empty cells are taken as merged: 泉山区 (第 5-7 行 rows)"


def test_an_empty_district_is_unknown_where_cells_were_not_merged(lists: dict[str, Imported]) -> None:
    assert "row 4 区县: unknown_district" in said(lists["i_mistakes.csv"])


def test_the_address_comes_before_the_cell_above(districts: Districts) -> None:
    table = "编号,名称,区县,地址,经度,纬度\n1,甲驿站,泉山区,,117.17,34.26\n2,乙驿站,,徐州市云龙区1号,117.2,34.26\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert [each.district for each in imported.registry.values()] == ["320311", "320303"]
    assert "merged_cells" not in "".join(said(imported))


def test_a_place_outside_is_not_of_the_cell_above(districts: Districts) -> None:
    counties = read_counties((ROOT / "data" / "areas" / "counties.geojson").read_bytes())
    table = "编号,名称,区县,经度,纬度\n1,甲驿站,泉山区,117.17,34.26\n2,乙驿站,,117.16,34.25\n3,丙驿站,,118.35,34.38\n"
    options = ImportOptions(datum=Datum.WGS84, districts=districts)
    imported = import_csv(table.encode(), options, counties=counties)
    assert {each.id: each.district for each in imported.registry.values()} == {"1": "320311", "2": "320311"}
    assert "row 4 区县: unknown_district" in said(imported)
    assert detail(imported, "column 区县") == "empty cells are taken as merged: 泉山区 (第 3 行 rows)"


def test_a_header_in_two_rows_names_its_groups(lists: dict[str, Imported]) -> None:
    third = lists["c_two_header_rows.csv"]
    lon, lat = third.registry["1"].geometry.coordinates
    assert from_wgs84(lon, lat, Datum.GCJ02) == pytest.approx((116.9381, 34.7292), abs=1e-6)
    assert third.registry["1"].facilities == {"drinking_water": True, "microwave": True, "air_conditioning": True}
    assert third.registry["2"].facilities == {"drinking_water": True, "microwave": False, "air_conditioning": False}
    assert third.registry["3"].facilities == {"drinking_water": True}
    assert [each.access.who for each in third.registry.values()] == ["public", "staff", "unknown"]
    assert "column 服务设施充电: column_kept" in said(third)


def test_the_telephone_under_a_person_is_not_the_stations(districts: Districts) -> None:
    header = "编号,名称,区县,经度,纬度,负责人,,站点信息\n,,,,,姓名,电话,电话\n"
    table = f"{header}1,甲驿站,泉山区,117.17,34.26,王示例,13800000001,0516-1\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    station = imported.registry["1"].properties
    assert station.phone == "0516-1"
    assert (station.model_extra or {})["source_columns"] == {"负责人姓名": "王示例", "负责人电话": "13800000001"}


def test_what_is_not_understood_is_named_once_a_column_with_its_rows(lists: dict[str, Imported]) -> None:
    eighth = lists["h_numbers_of_a_spreadsheet.csv"]
    assert detail(eighth, "column 面积(平方米)").endswith(": '约15' (第 2 行 rows); '#REF!' (第 3 行 rows)")
    assert members(eighth, "XY1")["source_columns"] == {"联系电话": "5.1684E+10", "面积(平方米)": "约15"}
    assert "phone" not in members(eighth, "XY1")
    assert members(eighth, "XY1")["verified"] == {"on": "2025-03-05", "by": "staff"}
    assert members(eighth, "XY1")["opened"] == "2023-01-01"
    assert "verified" not in members(eighth, "XY3")  # somebody's, who is neither of the union nor of the station


def test_nothing_that_is_not_understood_is_imported_as_what_it_may_not_be(lists: dict[str, Imported]) -> None:
    ninth, fifth = lists["i_mistakes.csv"], lists["e_sections_and_subtotals.csv"]
    assert "row 2 状态: unknown_status" in said(ninth)
    assert "row 7 站点名称: no_category" in said(ninth)
    assert fifth.registry["JW2"].access.who == "unknown"
    assert "'会员、女职工' (第 10 行 rows)" in detail(fifth, "column 开放对象")
    assert members(fifth, "GL2")["access"] == {"who": "public", "note": "开放对象:户外劳动者"}


def test_a_title_gives_the_district_only_where_nothing_else_does(
    lists: dict[str, Imported], districts: Districts
) -> None:
    assert said(lists["g_no_district_column.csv"])[0] == "title: district_from_title"
    untitled = (LISTS / "g_no_district_column.csv").read_text(encoding="utf-8").replace("睢宁县", "")
    with pytest.raises(StationmapError, match="no column 区县"):
        import_csv(untitled.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    stated = ImportOptions(datum=Datum.WGS84, districts=districts, district=districts.find("睢宁县"))
    assert len(import_csv(untitled.encode(), stated).registry) == 3


def test_personal_data_are_named_by_kind(lists: dict[str, Imported]) -> None:
    tenth = lists["j_personal.csv"]
    assert "3 name" in detail(tenth, "source_columns 负责人")
    assert "2 identity_card" in detail(tenth, "source_columns 身份证号")
    assert "1 telephone, 1 name" in detail(tenth, "source_columns 备注")
    assert "1 stations" in detail(tenth, "phone")
    assert not any("11010519491231" in finding.detail or "138000" in finding.detail for finding in tenth.findings)


@pytest.mark.parametrize("header", ["百度经度", "经度(BD-09)", "经度（百度坐标）"])
def test_a_header_of_another_datum_stops_the_import(header: str, districts: Districts) -> None:
    table = f"编号,名称,区县,{header},纬度\n1,甲驿站,泉山区,117.17,34.26\n".encode()
    with pytest.raises(StationmapError, match="contradicts the header"):
        import_csv(table, ImportOptions(datum=Datum.GCJ02, districts=districts))
    assert len(import_csv(table, ImportOptions(datum=Datum.BD09, districts=districts)).registry) == 1


def test_a_row_of_another_datum_is_an_error(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度,坐标系\n1,甲驿站,泉山区,117.17,34.26,百度\n2,乙驿站,泉山区,117.17,34.27,WGS-84\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert said(imported)[0] == "row 2 坐标系: datum_contradicted"
    assert list(imported.registry) == ["2"]


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ("正常,是", "open"),
        (",否", "suspended"),
        ("已撤销,否", "closed"),
        ("已撤销,", "closed"),
        (",", "open"),
        ("已撤销,是", None),
        ("正常,否", None),
        ("正常,时有时无", None),
        ("-,", None),
    ],
)
def test_two_columns_on_the_status_must_agree(cells: str, status: str | None, districts: Districts) -> None:
    table = f"编号,名称,区县,经度,纬度,状态,是否开放\n1,甲驿站,泉山区,117.17,34.26,{cells}\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert [each.status for each in imported.registry.values()] == ([status] if status else [])


@pytest.mark.parametrize(
    ("cell", "who", "how"),
    [
        ("所有人", "public", []),
        ("对外开放,刷身份证", "public", ["id_card"]),
        ("所有人（需扫码登记）", "registration", ["scan"]),
        ("凭工会会员卡", "members", []),
        ("会员，需登记", "members", []),
        ("户外劳动者(环卫工人、快递员、外卖员等)", "public", []),
        ("快递员、外卖员", None, []),
        ("环卫工人", None, []),
        ("仅本单位女职工", None, []),
        ("本单位职工、社会公众", None, []),
        ("职工", None, []),
        ("不详", "unknown", []),
    ],
)
def test_who_may_enter_is_what_all_words_of_the_cell_say(
    cell: str, who: str | None, how: list[str], districts: Districts
) -> None:
    table = f'编号,名称,区县,经度,纬度,谁可以进\n1,甲驿站,泉山区,117.17,34.26,"{cell}"\n'
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    access = imported.registry["1"].access
    assert (access.who, list(access.how)) == (who or "unknown", how)
    assert ("column 谁可以进: not_understood" in said(imported)) is (who is None)
    if "户外" in cell:
        assert access.note == f"谁可以进:{cell}"


@pytest.mark.parametrize("header", ["备注", "说明", "巡查情况", "门店状态"])
@pytest.mark.parametrize(
    ("status", "remark", "ok"),
    [
        ("", "已撤销", False),
        ("正常", "装修中", False),
        ("已撤销", "已撤销", True),
        ("", "正常", True),
        ("", "门朝东", True),
    ],
)
def test_a_remark_that_it_is_shut_is_not_passed_over(
    header: str, status: str, remark: str, ok: bool, districts: Districts
) -> None:
    table = f"编号,名称,区县,经度,纬度,状态,{header}\n1,甲驿站,泉山区,117.17,34.26,{status},{remark}\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert (len(imported.registry) == 1) is ok
    assert (f"row 2 {header}: unknown_status" in said(imported)) is not ok


@pytest.mark.parametrize(
    ("header", "cell"),
    [("名称", "甲驿站（已撤销）"), ("名称", "甲驿站-停用"), ("名称", "甲驿站【装修中】"), ("开放时间", "暂停开放")],
)
def test_a_name_or_hours_that_say_it_is_shut_are_not_passed_over(header: str, cell: str, districts: Districts) -> None:
    row = {"名称": "甲驿站", "开放时间": "8:00-18:00", header: cell}
    table = f"编号,区县,经度,纬度,名称,开放时间\n1,泉山区,117.17,34.26,{row['名称']},{row['开放时间']}\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert f"row 2 {header}: unknown_status" in said(imported) and not len(imported.registry)


@pytest.mark.parametrize("remark", ["本站已停用", "2025年3月起停止服务", "已搬至路6号", "因道路施工暂停使用"])
def test_a_remark_that_holds_such_words_is_named(remark: str, districts: Districts) -> None:
    table = f"编号,名称,区县,经度,纬度,备注\n1,甲驿站,泉山区,117.17,34.26,{remark}\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert "row 2 备注: perhaps_not_open" in said(imported) and len(imported.registry) == 1


def test_what_is_only_meant_to_come_is_not_there(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度,设施\n1,甲驿站,泉山区,117.17,34.26,冰箱；拟配备空调、微波炉\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert imported.registry.stations[0].facilities == {"fridge": True}


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("13800000000.0", "13800000000"),
        ("83730000.00", "83730000"),
        ("51683730000.0", None),
        ("0516-837", "0516-837"),
    ],
)
def test_a_telephone_number_kept_as_a_number_is_one_only_where_nothing_was_lost(
    cell: str, phone: str | None, districts: Districts
) -> None:
    table = f"编号,名称,区县,经度,纬度,电话\n1,甲驿站,泉山区,117.17,34.26,{cell}\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert members(imported, "1").get("phone") == phone


def test_a_list_without_numbers_is_told_what_to_do(districts: Districts) -> None:
    with pytest.raises(InvalidTableError, match="编号可用 1、2、3"):
        import_csv(
            "名称,区县,经度,纬度\n甲驿站,泉山区,117.17,34.26\n".encode(),
            ImportOptions(datum=Datum.WGS84, districts=districts),
        )


def test_a_remark_on_a_facility_is_none_on_the_station(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度,空调状态\n1,甲驿站,泉山区,117.17,34.26,停用\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert len(imported.registry) == 1


@pytest.mark.parametrize(
    ("rows", "adcodes"),
    [
        (["1,甲驿站,徐州经开区,,117.27,34.26"], ["320300"]),
        (["1,甲驿站,经开区,徐州市1号,117.27,34.26"], ["320300"]),
        (["1,甲驿站,,徐州经济技术开发区1号,117.27,34.26"], ["320300"]),
        (["1,甲驿站,经开区,,117.27,34.26"], []),
        (["1,甲驿站,江苏省徐州市泉山区,,117.17,34.26"], ["320311"]),
        (["1,甲驿站,泉山,,117.17,34.26"], ["320311"]),
        (["1,甲驿站,丰,,117.17,34.26"], []),
        (["1,甲驿站,,丰县路1号,117.17,34.26"], []),
        (["1,甲驿站,,丰县1号,116.6,34.7"], ["320321"]),
    ],
)
def test_a_district_is_found_by_every_usual_name(rows: list[str], adcodes: list[str], districts: Districts) -> None:
    table = "\n".join(("编号,名称,区县,地址,经度,纬度", *rows))
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert [each.district for each in imported.registry.values()] == adcodes


def test_a_digit_under_stars_is_stars(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度,{}\n1,甲驿站,泉山区,117.17,34.26,3\n"
    for header, level in (("星级", "三星级"), ("等级", "3")):
        imported = import_csv(table.format(header).encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
        assert imported.registry["1"].properties.level == level


def test_columns_and_lists_that_contradict_each_other_say_nothing(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度,空调,设施\n1,甲驿站,泉山区,117.17,34.26,无,空调、冰箱\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert imported.registry["1"].facilities == {"fridge": True}
    assert {"column 空调: not_understood", "column 设施: not_understood"} <= set(said(imported))


def test_a_list_in_big5_is_not_taken_for_open_either(districts: Districts) -> None:
    header = "編號,站點名稱,區縣,經度,緯度,狀態,類別"
    table = f"{header}\n1,甲驛站,320311,117.17,34.26,已撤銷,戶外勞動者服務站\n2,乙驛站,320311,117.16,34.26,待定,\n"
    imported = import_csv(table.encode("big5"), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert {each.id: (each.status, each.category) for each in imported.registry.values()} == {
        "1": ("closed", "outdoor_worker")
    }
    assert "row 3 狀態: unknown_status" in said(imported)


def test_a_place_of_zeros_is_no_place(districts: Districts) -> None:
    table = "编号,名称,区县,经度,纬度\n1,甲驿站,泉山区,0,0\n"
    imported = import_csv(table.encode(), ImportOptions(datum=Datum.WGS84, districts=districts))
    assert said(imported) == ["row 2 纬度: bad_coordinates"]


def test_many_columns_are_refused_at_once(districts: Districts) -> None:
    with pytest.raises(StationmapError, match="columns"):
        import_csv(("编号," * 100_000 + "\n").encode(), ImportOptions(datum=Datum.WGS84, districts=districts))


def test_rows_are_listed_in_few_words() -> None:
    assert spans([9, 3, 4, 5]) == "3-5, 9"
    assert spans(range(1, 20, 2)) == "1, 3, 5, 7, 9, .."


# A file with NUL in it is no text and refused as a whole.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
COLUMNS = {
    "编号": st.from_regex(r"[A-Za-z0-9]{1,3}", fullmatch=True),
    "名称": st.sampled_from(["甲驿站", "康乃馨", "书屋", ""]),
    "区县": st.sampled_from(["泉山区", "云龙", "", "火星"]),
    "经度": st.sampled_from(["117.17", "东经117°", "", "34.26", "x"]),
    "纬度": st.sampled_from(["34.26", "34°15′", "", "117.17"]),
    "状态": st.sampled_from(["正常", "已撤销", "待定", ""]),
    "谁可以进": st.sampled_from(["所有人", "会员、女职工", "VIP", "", "需登记"]),
    "设施": st.text("无有饮水机微波炉空调、，；", max_size=12),
    "核对日期": st.one_of(st.sampled_from(["2025/3/5", "45721", ""]), TEXTS),
    "备注": TEXTS,
}


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "ignore")


@given(st.lists(st.tuples(*COLUMNS.values()), min_size=1, max_size=6))
def test_no_row_is_lost_and_nothing_unread_is_lost(rows: list[tuple[str, ...]]) -> None:
    districts = read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())
    options = ImportOptions(datum=Datum.WGS84, districts=districts)
    imported = import_csv(_csv(COLUMNS, rows), options, header=Header(format=1))
    assert imported.rows == len(imported.registry) + len(imported.rejected)
    assert imported.rows + len(imported.sheet.notes) <= len(rows)
    assert check(dumps(imported.registry))[0] == imported.registry
    wrong = {finding.where.split()[1].partition(".")[0] for finding in imported.findings if finding.severity == "error"}
    assert wrong == set(map(str, imported.rejected))
    for station in imported.registry.values():
        assert station.status in ("open", "closed")
        assert station.access.who in ("public", "registration", "unknown")
        kept = (station.properties.model_extra or {}).get("source_columns", {})
        for column in kept:
            assert any(
                finding.where in (f"column {column}", f"source_columns {column}") for finding in imported.findings
            )
