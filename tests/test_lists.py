"""Lists as people send them, in any form: what cannot be read as it was meant is refused with a sentence."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet

from stationmap.csv_reader.sheet import Sheet
from stationmap.errors import InvalidRegistryError, InvalidTableError
from stationmap.exchange.lists import read_list
from stationmap.exchange.readers import archive, rows, workbook
from tests.conftest import ROOT
from tests.workbooks import HEADER, ROW, repacked, saved
from tests.workbooks import workbook as book_of


def sheet_of(data: bytes) -> Sheet:
    found = read_list(data, "列表.xlsx").sheet
    assert found is not None
    return found


def texts(sheet: Sheet) -> list[dict[str, str]]:
    return [{column.header: cell for column, cell in row.cells} for row in sheet.rows]


def refusals(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(misfit.row.number, each.code, each.detail) for misfit in sheet.misfits for each in misfit.findings]


def row_with(**cells: Any) -> list[Any]:
    return [cells.get(name, value) for name, value in zip(HEADER, ROW, strict=True)]


def test_a_workbook_is_read_as_text_with_the_numbers_of_its_rows() -> None:
    sheet = sheet_of(book_of([HEADER, ROW]))
    assert sheet.header_row == 1
    assert texts(sheet) == [
        {
            "编号": "001",
            "名称": "某工会驿站",
            "类别": "工会驿站",
            "区县": "云龙区",
            "经度": "117.2",
            "纬度": "34.26",
            "开放时间": "每天8:00-18:00",
            "电话": "0516-83730000",
            "面积": "25",
        }
    ]
    assert [row.number for row in sheet.rows] == [2]
    assert sheet.misfits == ()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("电话", 13800000000, "13800000000"),
        ("电话", 1.38e10, "13800000000"),
        ("编号", 7, "7"),
        ("编号", 7.0, "7"),
        ("面积", 0.1 + 0.2, "0.3"),
        ("面积", 0.00001, "0.00001"),
        ("经度", 117.18000000000001, "117.18"),
        ("电话", True, "是"),
        ("电话", False, "否"),
        ("名称", "=1+1", None),
        ("名称", "  两边空格\u200b ", "两边空格"),
        ("名称", "上\n下", "上\n下"),
        ("开放时间", "10/5", "10/5"),
    ],
)
def test_a_cell_is_the_text_that_people_see(name: str, value: Any, text: str | None) -> None:
    def change(sheet: Worksheet) -> None:
        cell = sheet.cell(2, HEADER.index(name) + 1)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"

    (found,) = texts(sheet_of(book_of([HEADER, ROW], change)))
    assert found[name] == (value if text is None else text)


@pytest.mark.parametrize(
    ("name", "value", "code", "sentence"),
    [
        ("开放时间", date(2026, 10, 5), "cell_reformatted", "表格把 10/5 改成了日期"),
        ("开放时间", datetime(2026, 3, 5, 8, 30), "cell_reformatted", "表格把 3/5 改成了日期"),  # noqa: DTZ001
        ("开放时间", time(8, 0), "cell_reformatted", "改成了时间"),
        ("编号", date(2026, 1, 2), "cell_reformatted", "表格把 1/2 改成了日期"),
        ("电话", 320311199001011234, "digits_lost", "15 位"),
        ("编号", 320311199001011234.0, "digits_lost", "15 位"),
        ("面积", "=1+1", "formula_unevaluated", "公式没有结果"),
        ("电话", "#REF!", "formula_failed", "#REF!"),
    ],
)
def test_a_cell_that_the_spreadsheet_changed_refuses_its_row_with_a_sentence(
    name: str, value: Any, code: str, sentence: str
) -> None:
    def change(sheet: Worksheet) -> None:
        cell = sheet.cell(3, HEADER.index(name) + 1)
        cell.value = value
        if value == "#REF!":
            cell.data_type = "e"

    sheet = sheet_of(book_of([HEADER, row_with(编号="a"), row_with(编号="b"), row_with(编号="c")], change))
    assert [row.text("id") for row in sheet.rows] == ["a", "c"]
    ((number, found, detail),) = refusals(sheet)
    assert (number, found) == (3, code)
    assert sentence in detail
    assert sheet.misfits[0].findings[0].where == f"row 3 {name}"


def test_dates_are_meant_where_dates_are_and_columns_that_are_not_read_refuse_nothing() -> None:
    rows = [(*HEADER, "启用日期", "身份证号"), (*ROW, date(2020, 2, 29), 320311199001011234)]
    sheet = sheet_of(book_of(rows))
    assert sheet.misfits == ()
    assert sheet.rows[0].text("opened") == "2020-02-29"


def test_a_formula_is_read_by_the_value_that_was_worked_out() -> None:
    data = book_of([HEADER, row_with(面积="=1+1")])
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        xml = old.read("xl/worksheets/sheet1.xml")
    assert b"<f>1+1</f><v" in xml
    value = re.sub(rb"<f>1\+1</f><v ?(?:/>|></v>)", b"<f>1+1</f><v>26</v>", xml)
    worked_out = repacked(data, {"xl/worksheets/sheet1.xml": value})
    sheet = sheet_of(worked_out)
    assert (sheet.misfits, sheet.rows[0].text("area_m2")) == ((), "26")


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda xml: re.sub(rb' r="[A-Z]+[0-9]+"', b"", xml),
        lambda xml: re.sub(rb' r="[A-Z]*[0-9]+"', b"", xml),
        lambda xml: re.sub(rb"<(/?)(row|c|f|v|is|t|sheetData|worksheet)\b", rb"<\1x:\2", xml).replace(
            b"xmlns=", b"xmlns:x="
        ),
    ],
    ids=["cells without places", "rows without numbers", "another prefix"],
)
def test_what_formulas_left_is_found_however_a_program_writes_its_sheets(rewritten: Any) -> None:
    data = book_of([HEADER, row_with(编号="a"), row_with(编号="b", 面积="=1+1"), row_with(编号="c")])
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        xml = old.read("xl/worksheets/sheet1.xml")
    found = read_list(repacked(data, {"xl/worksheets/sheet1.xml": rewritten(xml)}), "a.xlsx").sheet
    assert found is not None
    assert [row.text("id") for row in found.rows] == ["a", "c"]
    assert [each[:2] for each in refusals(found)] == [(3, "formula_unevaluated")]


def test_titles_two_header_rows_and_notes_are_made_out() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:F1")
        for column in "ABCF":
            sheet.merge_cells(f"{column}3:{column}4")
        sheet.merge_cells("D3:E3")

    rows = [
        ("云龙区工会驿站统计表",),
        (),
        ("编号", "名称", "区县", "坐标", None, "开放时间"),
        (None, None, None, "经度", "纬度", None),
        ("a", "甲工会驿站", "云龙区", 117.2, 34.2, "24小时"),
        (),
        ("b", "乙工会驿站", "云龙区", 117.3, 34.3, "24小时"),
        ("合计", None, None, None, None, 2),
    ]
    sheet = sheet_of(book_of(rows, change))
    assert [column.member for column in sheet.columns] == ["id", "name", "district", "lon", "lat", "hours"]
    assert [(row.number, row.text("id")) for row in sheet.rows] == [(5, "a"), (7, "b")]
    assert [number for number, _ in sheet.notes] == [8]
    assert [number for number, _ in sheet.titles] == [1]


def test_a_cell_merged_downwards_holds_for_each_of_its_rows_and_no_further() -> None:
    rows = [HEADER, *(row_with(编号=each, 区县=None) for each in "abcd")]

    def change(sheet: Worksheet) -> None:
        sheet["D2"] = "泉山区"
        sheet.merge_cells("D2:D4")
        sheet.merge_cells("H2:I2")

    found = read_list(book_of(rows, change), "列表.xlsx")
    assert found.sheet is not None
    assert [row.text("district") for row in found.sheet.rows] == ["泉山区", "泉山区", "泉山区", ""]
    assert [each.code for each in found.findings] == ["merged_cells"]


def test_hidden_rows_are_read_and_named() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True

    found = read_list(book_of([HEADER, row_with(编号="a"), row_with(编号="b")], change), "列表.xlsx")
    assert found.sheet is not None
    assert [row.text("id") for row in found.sheet.rows] == ["a", "b"]
    assert [(each.code, each.severity) for each in found.findings] == [("hidden_rows", "warning")]


def test_the_first_visible_sheet_with_a_header_is_read_and_the_others_are_named() -> None:
    book = openpyxl.Workbook()
    book.active.title = "封面"
    book.active.append(["徐州市总工会"])
    for title, state in (("旧表", "hidden"), ("鼓楼区", "visible"), ("泉山区", "visible"), ("说明", "visible")):
        sheet = book.create_sheet(title)
        sheet.append(list(HEADER))
        sheet.append(row_with(编号=f"n{len(book.sheetnames)}"))
        sheet.sheet_state = state
    found = read_list(saved(book), "列表.xlsx")
    assert found.sheet_name == "鼓楼区"
    assert found.sheet is not None and found.sheet.rows[0].text("id") == "n3"
    (left,) = found.findings
    assert left.code == "sheet_chosen"
    assert "泉山区" in left.detail and "说明" not in left.detail


def test_a_workbook_without_a_header_says_which_columns_are_missing() -> None:
    with pytest.raises(InvalidTableError, match="缺列"):
        read_list(book_of([("a", "b"), (1, 2)]), "列表.xlsx")
    with pytest.raises(InvalidTableError):
        read_list(book_of([]), "列表.xlsx")


def with_sheet(xml: bytes) -> bytes:
    return repacked(book_of([HEADER, ROW]), {"xl/worksheets/sheet1.xml": xml})


def bomb(bytes_: int) -> bytes:
    return with_sheet(b"<worksheet>" + b" " * bytes_ + b"</worksheet>")


def entities() -> bytes:
    declared = "".join(f'<!ENTITY a{at + 1} "{f"&a{at};" * 10}">' for at in range(9))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "哈">{declared}]><sst><si><t>&a9;</t></si></sst>'
    return repacked(book_of([HEADER, ROW]), {"xl/sharedStrings.xml": xml.encode(), "docProps/custom.xml": xml.encode()})


def far_cell() -> bytes:
    def change(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    return book_of([HEADER, ROW], change)


@cache
def long_text_often() -> bytes:
    """Return a workbook in which a text of 30,000 characters stands once, and 100,000 cells refer to it."""
    file = io.BytesIO()
    text = "长" * 30_000
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for row in range(1, 100_000):
            sheet.write_string(row, 0, f"n{row}")
            sheet.write_string(row, 1, text)
    return file.getvalue()


def a_million_rows() -> bytes:
    """Return a workbook with a header and a row in each of the others a sheet has."""
    data = book_of([HEADER, ROW])
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        head, _, rest = old.read("xl/worksheets/sheet1.xml").partition(b"</sheetData>")
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(3, 1_048_577))
    return repacked(data, {"xl/worksheets/sheet1.xml": head + rows + b"</sheetData>" + rest})


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("packed_too_well", lambda: bomb(50_000_000), "压缩得异常"),
        (
            "too_many_parts",
            lambda: repacked(book_of([HEADER, ROW]), {f"x/{at}": b"" for at in range(3_000)}),
            "压缩得异常",
        ),
        ("entities", entities, "打不开|缺列"),
        ("far_cell", far_cell, "太大|列太多"),
        ("long_text_often", long_text_often, "太大|太久"),
        ("encrypted", lambda: OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le") + bytes(4_096), "密码"),
        ("damaged_xls", lambda: OLE + bytes(4_096), "打不开"),
        ("damaged_zip", lambda: book_of([HEADER, ROW])[:-200], "损坏"),
        ("other_zip", lambda: repacked(b"PK\x05\x06" + bytes(18), {"a.txt": b"x"}), "打不开"),
        ("too_large", lambda: b"PK\x03\x04" + bytes(archive.MAX_BYTES), "太大"),
        ("no_sheet", lambda: with_sheet(b"no xml"), "打不开|缺列"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workbook_that_is_none_is_refused_with_a_sentence(name: str, make: Any, sentence: str) -> None:
    with pytest.raises(InvalidTableError, match=sentence):
        read_list(make(), f"{name}.xlsx")


_MEASURED = """
import resource, sys
from stationmap.errors import InvalidTableError
from stationmap.exchange.lists import read_list
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_list(data, "x.xlsx")
    outcome = "read"
except InvalidTableError as error:
    outcome = "refused"
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(outcome, (own - before) // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("make", [lambda: bomb(100_000_000), far_cell, long_text_often, entities])
def test_what_a_bomb_takes_is_bounded_here_and_in_the_process_that_opens_it(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(make())
    done = subprocess.run([sys.executable, "-c", _MEASURED, path], cwd=ROOT, capture_output=True, text=True, check=True)
    outcome, own_mb, child_mb = done.stdout.split()
    assert outcome == "refused"
    assert int(own_mb) < 400
    assert int(child_mb) < workbook.MEMORY_BYTES // 1024**2 + 50


def test_a_million_rows_are_refused_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 20_000)  # of the million that there are
    with pytest.raises(InvalidTableError, match="行太多"):
        read_list(a_million_rows(), "a.xlsx")


def test_reading_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "TIME_S", 0)
    with pytest.raises(InvalidTableError, match="太久"):
        read_list(book_of([HEADER, ROW]), "a.xlsx")


def test_a_million_rows_without_anything_in_them_are_no_rows() -> None:
    data = book_of([HEADER, ROW])
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        head, _, rest = old.read("xl/worksheets/sheet1.xml").partition(b"</sheetData>")
    rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (row, row) for row in range(3, 1_048_577, 8))
    assert len(sheet_of(repacked(data, {"xl/worksheets/sheet1.xml": head + rows + b"</sheetData>" + rest})).rows) == 1


def test_csv_comes_in_any_encoding_and_formulas_that_were_made_harmless_are_as_they_were() -> None:
    text = "编号,名称,经度,纬度,电话\n001,\"'=1+1 驿站\",117.2,34.2,'-\n"
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        sheet = sheet_of(text.encode(encoding))
        assert sheet.rows[0].text("id") == "001"
        assert sheet.rows[0].text("name") == "=1+1 驿站"


def test_a_registry_file_gives_whole_stations_with_every_member() -> None:
    data = (ROOT / "data" / "stations.geojson").read_bytes()
    found = read_list(data.replace(b'"name":', b'"source_columns":{"x":"y"},"name":', 1), "a.geojson")
    assert found.sheet is None
    assert len(found.stations) == 1002
    assert found.demo
    first = next(iter(found.stations.values()))
    assert (first.properties.model_extra or {})["source_columns"] == {"x": "y"}


def test_a_registry_with_errors_is_refused_with_all_of_them() -> None:
    document = {"type": "FeatureCollection", "stationmap": {"format": 1}, "features": [{}, {"id": "/"}]}
    with pytest.raises(InvalidRegistryError) as caught:
        read_list(json.dumps(document).encode(), "a.geojson")
    assert len(caught.value.findings) > 3


def features(*known: dict[str, Any], **members: Any) -> bytes:
    listed = [
        {
            "type": "Feature",
            "id": f"f{at}",
            "geometry": {"type": "Point", "coordinates": [117.2, 34.2 + at]},
            "properties": each,
        }
        for at, each in enumerate(known)
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed, **members}).encode()


def test_features_are_rows_whose_columns_are_their_properties() -> None:
    known = {
        "名称": "某驿站",
        "经度": 1,
        "电话": 13800000000,
        "空调": True,
        "设施": ["微波炉", "热水"],
        "其他": {"a": 1},
        "容纳人数": None,
    }
    sheet = read_list(features(known, {"名称": "另一个", "电话": 1e17}), "a.geojson").sheet
    assert sheet is not None
    (row,) = sheet.rows
    assert (row.number, row.text("id"), row.text("lon"), row.text("lat")) == (1, "f0", "117.2", "34.2")
    assert (row.text("phone"), row.text("facilities")) == ("13800000000", "微波炉、热水")
    assert {column.header: cell for column, cell in row.cells}["其他"] == '{"a":1}'
    assert refusals(sheet)[0][:2] == (2, "digits_lost")


def test_features_in_another_reference_system_are_refused() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    with pytest.raises(InvalidTableError, match="坐标系"):
        read_list(features({"名称": "某驿站"}, crs=crs), "a.geojson")
    crs["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
    assert read_list(features({"名称": "某驿站"}, crs=crs), "a.geojson").sheet is not None
