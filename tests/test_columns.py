"""The columns of a list: every heading is understood, and every cell can be read back."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.csv_reader import csv_cells
from stationmap.csv_reader.sheet import read_sheet
from stationmap.csv_reader.vocabulary import meaning
from stationmap.datum import Datum
from stationmap.exchange.columns import COLUMNS, INSTEAD_OF, Column, column_of
from stationmap.formats.geojson import properties
from stationmap.i18n import LANGUAGES
from stationmap.registry.adcodes import known_districts
from stationmap.registry.csv_import.rows import ImportOptions, station_of
from stationmap.registry.model import CATEGORIES, FACILITIES, HOW, SERVICES, STATUSES, WHO, Properties, Station
from stationmap.registry.store import load
from tests.conftest import ROOT
from tests.strategies import station

OPTIONS = ImportOptions(datum=Datum.WGS84, districts=known_districts())
DEMO = load(ROOT / "data" / "stations.geojson")

FULL = station(
    "full-1",
    117.1234567,
    34.3,
    name="满的站",
    name_en="Full",
    aliases=["又一个", "第三个"],
    category="culture",
    district="320311",
    address="徐州市泉山区某路1号",
    directions="二楼\n东头",
    access={"who": "registration", "how": list(HOW), "note": "带会员卡"},
    hours="Mo-Fr 08:00-18:00",
    hours_source="周一至周五8:00-18:00",
    closures=[
        {"from": "2026-03-02", "to": "2026-03-20", "reason": "内部装修，10:00 复验"},
        {"from": "2026-11-23T08:00:00+08:00", "reason": ""},
        {"from": "2026-12-01", "to": "2026-12-01T12:00:00+08:00", "reason": "停电"},
    ],
    facilities={code: at % 2 == 0 for at, code in enumerate(FACILITIES)},
    services=list(SERVICES),
    phone="0516-83730000转8",
    host="某单位",
    managed_by="泉山区总工会",
    level="三星级",
    capacity=12,
    area_m2=25.5,
    photo="https://example.org/a.jpg",
    opened="2020-02-29",
    status="suspended",
    verified={"on": "2026-10-13", "by": "rider", "how": "现场核对"},
    position={"how": "map_pick", "datum": "gcj02"},
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.code or column.member)
def test_every_heading_means_its_column(column: Column, language: str) -> None:
    assert column_of(meaning(column.heading(language))) is column


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_columns_have_one_heading(language: str) -> None:
    headings = [column.heading(language) for column in COLUMNS]
    assert len(set(headings)) == len(headings)


def test_the_headings_other_programs_rely_on_are_there() -> None:
    assert {"编号", "名称", "电话", "经度(WGS-84)", "饮用水"} <= {column.heading() for column in COLUMNS}


def test_every_member_of_the_format_has_a_column() -> None:
    cells = {column.member for column in COLUMNS}
    elsewhere = {"access": {"access", "how", "access_note"}, "verified": {"verified_on", "verified_by", "verified_how"}}
    elsewhere |= {"facilities": {"facility"}, "located": {"origin", "source_datum"}, "hours_source": {"hours"}}
    for member in Properties.model_fields:
        assert elsewhere.get(member, {member}) <= cells, member


def read_back(given: Station, language: str) -> dict[str, Any]:
    """Return what is read of the cells of a station, as the feature of a file."""
    file = io.StringIO()
    csv.writer(file).writerows(
        [
            [column.heading(language) for column in COLUMNS],
            [column.text_of(given, language) for column in COLUMNS],
        ]
    )
    sheet = read_sheet(file.getvalue().encode())
    outcome = station_of(sheet.rows[0], sheet, OPTIONS)
    assert outcome.station is not None, outcome.findings
    assert outcome.unread == ()
    assert outcome.station.id == given.id
    assert outcome.station.geometry.coordinates == given.geometry.coordinates
    return properties(outcome.station)


def stated(known: dict[str, Any]) -> dict[str, Any]:
    """Return properties without what says nothing: an empty reason, an empty list, hours that are null."""
    known = {name: value for name, value in known.items() if value not in (None, [], {})}
    return {"status": "open", **known}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_member_is_read_back_from_its_cell(language: str) -> None:
    expected = properties(FULL)
    expected["closures"] = [{"from": "2026-03-02", "to": "2026-03-20", "reason": "内部装修，10:00 复验"}]
    expected["closures"] += [{"from": "2026-11-23T08:00:00+08:00", "reason": ""}]
    expected["closures"] += [{"from": "2026-12-01", "to": "2026-12-01T12:00:00+08:00", "reason": "停电"}]
    assert stated(read_back(FULL, language)) == stated(expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_station_of_the_demonstration_is_read_back_from_its_cells(language: str) -> None:
    for each in DEMO.stations[:: 1 if language == "zh" else 10]:
        assert stated(read_back(each, language)) == stated(properties(each)), each.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "known",
    [
        *({"category": code} for code in CATEGORIES),
        *({"status": code} for code in STATUSES),
        *({"access": {"who": code}} for code in WHO),
        *({"access": {"who": "public", "how": [code]}} for code in HOW),
        *({"services": [code]} for code in SERVICES),
        *({"verified": {"on": "2026-01-01", "by": code}} for code in ("staff", "operator", "rider")),
        *({"position": {"how": code}} for code in ("survey", "map_pick", "geocoded", "demo")),
        *({"position": {"datum": code}} for code in ("wgs84", "gcj02", "bd09")),
        {"district": "320300", "managed_by": "某开发区总工会"},
        {"district": "110101"},
        {"hours": "24/7"},
        {"hours": None, "hours_source": "看情况"},
    ],
    ids=str,
)
def test_every_code_is_read_back_from_its_cell(known: dict[str, Any], language: str) -> None:
    given = station("x1", 117.2, 34.3, **known)
    assert stated(read_back(given, language)) == stated(properties(given))


def test_a_member_that_the_format_does_not_know_stands_in_no_cell() -> None:
    given = station(
        "x1", 117.2, 34.3, source_columns={"身份证": "320311199001011234"}, facilities={"张三 13800000000": True}
    )
    assert not [text for column in COLUMNS if "1" * 3 in (text := column.text_of(given)) or "张三" in text]


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=10).filter(str.strip), max_size=3))
def test_a_cell_is_a_text_that_survives_a_file_of_text_and_knows_itself(text: str, names: list[str]) -> None:
    given = station("x1", 117.2, 34.3, address=text, directions=text, aliases=names)
    for column in COLUMNS:
        cell = column.text_of(given)
        assert cell == cell.strip() and "\r" not in cell and "\x00" not in cell
        assert column.is_as_in(given, cell)
        assert not column.is_as_in(given, cell + "改")


def test_a_cell_is_known_in_the_other_language_too() -> None:
    status = next(column for column in COLUMNS if column.member == "status")
    assert status.is_as_in(FULL, "暂停开放") and status.is_as_in(FULL, "Suspended")
    assert not status.is_as_in(FULL, "正常开放")


def test_two_columns_that_say_one_thing_name_each_other() -> None:
    members = {column.member for column in COLUMNS}
    assert all(one in members and INSTEAD_OF[other] == one for one, other in INSTEAD_OF.items())


@pytest.mark.parametrize(
    ("cell", "closures"),
    [
        ("2026-03-02至2026-03-20", [{"from": "2026-03-02", "to": "2026-03-20", "reason": ""}]),
        ("2026/3/2 至 2026年3月20日：装修", [{"from": "2026-03-02", "to": "2026-03-20", "reason": "装修"}]),
        ("自2026-03-02起，停电；待定", [{"from": "2026-03-02", "reason": "停电；待定"}]),
        ("from 2026-03-02 8:00, power cut", [{"from": "2026-03-02T08:00:00+08:00", "reason": "power cut"}]),
        ("2026-03-02", None),
        ("2026-02-30起", None),
        ("2026-03-02 25:00起", None),
        ("春节期间", None),
    ],
)
def test_closures_are_read_or_left(cell: str, closures: list[dict[str, str]] | None) -> None:
    assert csv_cells.closures(cell) == closures
