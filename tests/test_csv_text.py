"""Tables as people save them: whatever the encoding and the delimiter, one table of headers, no row swallowed."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.csv_reader import csv_text
from stationmap.errors import InvalidTableError

SIMPLIFIED = "编号,站点名称,经度,纬度\n1,云龙湖驿站,117.18,34.26\n2,鼓楼区职工服务中心,117.19,34.27\n"
TRADITIONAL = "編號,名稱,經度,緯度\n1,雲龍湖驛站,117.18,34.26\n2,鼓樓區職工服務中心,117.19,34.27\n"


def cells(data: bytes) -> list[list[str]]:
    return [row.cells for row in csv_text.records(data)]


def plain(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((SIMPLIFIED, each) for each in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be")),
        *((TRADITIONAL, each) for each in ("utf-8", "gb18030", "big5", "cp950", "utf-16")),
        ("id,name,lon,lat\n1,Café\u3000Ω,117,34\n", "utf-8"),
        ("编号,经度,纬度\n1,117,34\n", "gbk"),
        ("編號,經度,緯度\n1,117,34\n", "big5"),
        ("id,lon,lat\n騎樓下,117,34\n", "big5"),
        ("id,lon,lat\n驿站,117,34\n", "gbk"),
    ],
)
def test_a_table_is_read_in_the_encoding_it_was_saved_in(text: str, encoding: str) -> None:
    assert cells(text.encode(encoding)) == plain(text)
    assert list(csv_text.columns(plain(text)[0], "lon", "lat")) == ["lon", "lat"]


@pytest.mark.parametrize("delimiter", csv_text.DELIMITERS)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_cells_are_divided_by_what_divides_the_header(delimiter: str, ending: str) -> None:
    text = SIMPLIFIED.replace(",", delimiter).replace("\n", ending)
    assert cells(text.encode()) == plain(SIMPLIFIED)


def test_a_delimiter_within_cells_does_not_divide_them_and_one_that_is_stated_does() -> None:
    assert cells(b"name;lon;lat;note\na;117;34;b,c,d,e,f,g\n") == [
        ["name", "lon", "lat", "note"],
        ["a", "117", "34", "b,c,d,e,f,g"],
    ]
    stated = list(csv_text.records(b"sep=;\r\nname;lon;lat\r\na;117;34\r\n"))
    assert [(row.number, row.line, row.cells[0]) for row in stated] == [(1, 2, "name"), (2, 3, "a")]


def test_rows_are_counted_as_a_spreadsheet_does_and_lines_as_an_editor_does() -> None:
    data = b'lon,lat,note\n117,34,"two\nlines"\n\n118,34,\n'
    assert [(row.number, row.line) for row in csv_text.records(data)] == [(1, 1), (2, 2), (4, 5)]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'id,lon,lat\nA,"x\nB,117,34\nC,117,34\n', 2),
        (b'id,lon,lat\nA,117,34\nB,"117,34\nC,117,34\nD,"117",34\n', 3),
        (b'id,"lon,lat\nA,117,34\n', 1),
        (b'sep=,\nid,lon,lat\nA,"x\nB,117,34\n', 3),
        (b"id,lon,lat\nA," + b"1" * 200_000 + b",34\n", 2),
    ],
)
def test_a_quotation_mark_that_is_not_closed_is_named_with_the_line_it_stands_in(data: bytes, line: int) -> None:
    with pytest.raises(InvalidTableError, match=rf"not a CSV table at row \d+, line {line}: "):
        cells(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04\x14\0\x06\0", r"\.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", r"\.xls"),
        (b"<html><table><tr><td>lon</td></tr></table></html>", "web page"),
        (b"\xef\xbb\xbf\r\n<?xml version='1.0'?>", "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"id,lon,lat\nA,117\0,34\n", "is text in neither"),
        (b"\0" * 100, "is text in neither"),
        (b"id,lon,lat\n\xff\xff\xff,117,34\n", "is text in neither"),
        ("id,lon,lat\nA,117,34\n".encode("utf-16")[:-1], "is text in neither"),
    ],
)
def test_what_is_no_text_is_called_what_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidTableError, match=reason):
        cells(data)


@pytest.mark.parametrize(
    ("header", "member"),
    [
        *(
            (name, "lon")
            for name in ("lon", "LNG", "Longitude", "经度", " 经度(E) ", "经度（°）", "ｌｏｎ", "*经度", "經度")
        ),
        *((name, "lat") for name in ("lat", "Latitude", "纬度(N)", "纬度 ", "\u200b纬度", "緯度[度]")),
        *((name, "name") for name in ("Name", "驿站名称", "站点名称", "名称*")),
        *((name, "id") for name in ("ID", "编号", "id ")),
        *((name, "h3") for name in ("h3", "H3_index", "h3 cell")),
        *((name, "") for name in ("", "()", "latlon", "备注", "经纬度")),
    ],
)
def test_headers_mean_the_same_to_every_reader(header: str, member: str) -> None:
    assert csv_text.member_of(header) == member


def test_no_header_means_two_things() -> None:
    for member, names in csv_text.HEADERS.items():
        for name in names:
            assert csv_text.member_of(name) == member


def test_two_columns_for_one_member_are_refused_by_their_names() -> None:
    with pytest.raises(InvalidTableError, match=r"two columns for lon: 经度\(WGS84\), lng"):
        csv_text.columns(["经度(WGS84)", "纬度", "lng"], "lon", "lat")
    assert csv_text.columns(["people", "lon", "人口"], "lon") == {"lon": 1}
    with pytest.raises(InvalidTableError, match=r"no column lon/longitude/经度, lat/latitude/纬度"):
        csv_text.require({}, "lon", "lat")


def test_a_row_fits_that_has_a_cell_for_each_header_and_nothing_beyond() -> None:
    header, *rest = csv_text.records(b"id,lon,lat\nA,117,34\nB,117,34,,\nC,117,18,34,27\nD,117\n")
    assert [csv_text.fits(row, header) for row in rest] == [True, True, False, False]
    assert "line 4, 5" in str(csv_text.ragged([row.line for row in rest if not csv_text.fits(row, header)]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("117.18", 117.18),
        (" 117.18 ", 117.18),
        ("１１７．１８", 117.18),
        ("117.18°E", 117.18),
        ("34°", 34),
        ("-73.9", -73.9),
    ],
)
def test_degrees_are_read_as_they_are_written(text: str, value: float) -> None:
    assert csv_text.degrees(text) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_17", "117,18", "0x10", "117.18W", "117 18", "一百一十七"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert math.isnan(csv_text.degrees(text))
    assert math.isnan(csv_text.number(text))


def test_a_file_is_read_as_it_goes_and_left_open() -> None:
    file = io.BytesIO(SIMPLIFIED.encode("gbk"))
    assert [row.cells for row in csv_text.records(file)] == plain(SIMPLIFIED)
    assert not file.closed


@given(st.binary(max_size=300))
def test_no_bytes_cause_anything_but_rows_or_a_refusal(data: bytes) -> None:
    try:
        for row in csv_text.records(data):
            csv_text.columns(row.cells, *csv_text.HEADERS)
    except InvalidTableError as error:
        assert "\n" not in str(error)
