"""Tables of registers: every row becomes a station or is named; what is not stated stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from stationmap.datum import Datum, to_wgs84
from stationmap.errors import Finding, StationmapError
from stationmap.hours.chinese.wording import to_osm
from stationmap.registry.adcodes import Districts, read_districts
from stationmap.registry.csv_import.importer import Imported, import_csv
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Header
from stationmap.registry.registry import check, dumps
from tests.conftest import ROOT

HEADER = "编号,站点名称,地址,区县,经度,纬度,坐标来源,开放时间"
ROW = "7,中原路工会驿站,郑州市中原区1号,中原区,113.62,34.75,geocoded,24小时"


@pytest.fixture(scope="module")
def districts() -> Districts:
    return read_districts((ROOT / "data" / "areas" / "adcodes.csv").read_bytes())


@pytest.fixture(scope="module")
def gcj02(districts: Districts) -> ImportOptions:
    return ImportOptions(datum=Datum.GCJ02, districts=districts)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *rows, "")).encode()


def problems(imported: Imported) -> list[tuple[str, str]]:
    return [(finding.where, finding.code) for finding in imported.findings]


def test_a_row_becomes_a_station_with_what_it_states_and_no_more(gcj02: ImportOptions) -> None:
    imported = import_csv(table(ROW), gcj02, header=Header(format=1, city="郑州市"))
    lon, lat = to_wgs84(113.62, 34.75, Datum.GCJ02)
    assert imported.findings == ()
    assert imported.registry["7"].model_dump(mode="json", by_alias=True, exclude_unset=True) == {
        "type": "Feature",
        "id": "7",
        "geometry": {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]},
        "properties": {
            "name": "中原路工会驿站",
            "category": "outdoor_worker",
            "district": "410102",
            "address": "郑州市中原区1号",
            "access": {"who": "unknown"},
            "hours": "24/7",
            "hours_source": "24小时",
            "position": {"how": "geocoded", "datum": "gcj02"},
        },
    }


def test_the_real_list_of_another_city_becomes_a_registry(shared_data: Path, gcj02: ImportOptions) -> None:
    data = (shared_data / "zhengzhou" / "union_stations_82_gcj02.csv").read_bytes()
    imported = import_csv(data, gcj02, header=Header(format=1, city="郑州市"))
    assert (imported.rows, len(imported.registry), imported.rejected) == (82, 82, ())
    assert (imported.hours_stated, imported.hours_understood) == (22, 20)
    registry, findings = check(dumps(imported.registry))
    assert registry == imported.registry
    assert findings == ()
    lost = {finding.where for finding in imported.findings if finding.code == "amid_strangers"}
    assert lost == {"8", "61", "77", "79"}
    assert registry["15"].hours == "Mo-Fr 08:00-12:00,14:00-18:00"
    assert (registry["31"].hours, registry["45"].hours) == ("08:00-18:30", None)
    assert registry["45"].properties.hours_source == "工作日开放"
    assert (registry["82"].district, registry["82"].properties.managed_by) == ("410100", "航空港区")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_spreadsheets_write_are_read(encoding: str, gcj02: ImportOptions) -> None:
    imported = import_csv(table(ROW).decode().encode(encoding), gcj02)
    assert imported.registry["7"].name == "中原路工会驿站"


@pytest.mark.parametrize(
    ("old", "new", "where", "code"),
    [
        ("113.62", "", "row 2 经度", "bad_coordinates"),
        ("113.62", "nan", "row 2 经度", "bad_coordinates"),
        ("34.75", "3_4", "row 2 纬度", "bad_coordinates"),
        ("113.62,34.75", "34.75,113.62", "row 2 纬度", "swapped"),
        ("113.62", "513.62", "row 2 纬度", "out_of_range"),
        (",中原区,", ",西区,", "row 2 区县", "unknown_district"),
        ("中原路工会驿站", "中原路", "row 2 站点名称", "no_category"),
        ("7,", "7 号,", "row 2.id", "bad_id"),
        ("7,", ",", "row 2.id", "bad_id"),
        (",24小时", "", "row 2", "ragged_row"),
        (",24小时", ",24小时,", "row 2", "ragged_row"),
    ],
)
def test_a_row_that_cannot_be_a_station_is_named_and_left_out(
    old: str, new: str, where: str, code: str, gcj02: ImportOptions
) -> None:
    imported = import_csv(table(ROW.replace(old, new), ROW.replace("7,", "8,", 1)), gcj02)
    assert problems(imported) == [(where, code)]
    assert list(imported.registry) == ["8"]
    assert (imported.rows, imported.rejected) == (2, (2,))


def test_a_row_with_several_problems_has_them_all_named(gcj02: ImportOptions) -> None:
    imported = import_csv(table("7,路,x,西区,a,b,survey,"), gcj02)
    assert problems(imported) == [
        ("row 2 经度", "bad_coordinates"),
        ("row 2 纬度", "bad_coordinates"),
        ("row 2 站点名称", "no_category"),
        ("row 2 区县", "unknown_district"),
    ]


def test_an_id_that_stands_twice_keeps_its_first_row(gcj02: ImportOptions) -> None:
    imported = import_csv(table(ROW, ROW.replace("24小时", "")), gcj02)
    assert problems(imported) == [("row 3 编号", "duplicate_id")]
    assert imported.registry["7"].hours == "24/7"


@pytest.mark.parametrize(
    ("wording", "hours", "codes"),
    [
        ('"Fr, Sa 11:00-24:00"', "Fr,Sa 11:00-24:00", []),
        ("Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00", "Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00", ["hours_cancelled"]),
        ("Mo-Th 18:00-02:00; Fr-Su 18:00-04:00", "Mo-Th 18:00-02:00; Fr-Su 18:00-04:00", ["hours_night_cut"]),
        ("周一至周四 18:00-次日2:00；周五至周日 18:00-次日4:00", "Mo-Th 18:00-02:00, Fr-Su 18:00-04:00", []),
        ("8:30-17:30（周一至周五）；节假日休息", "Mo-Fr 08:30-17:30; PH off", []),
    ],
)
def test_import_writes_lists_and_says_of_hours_what_check_says(
    wording: str, hours: str, codes: list[str], gcj02: ImportOptions
) -> None:
    imported = import_csv(table(ROW.replace("24小时", wording)), gcj02, header=Header(format=1, city="郑州市"))
    assert imported.registry["7"].hours == hours
    assert [finding.code for finding in imported.findings] == codes


def test_what_is_not_understood_is_kept_and_named(gcj02: ImportOptions) -> None:
    header = f"{HEADER},备注"
    imported = import_csv(table(ROW.replace("geocoded,24小时", "听说,有人就开,二楼"), header=header), gcj02)
    known = imported.registry["7"].properties
    assert (known.hours, known.hours_source) == (None, "有人就开")
    assert known.model_extra == {"source_columns": {"备注": "二楼", "坐标来源": "听说"}}
    assert problems(imported) == [
        ("row 2 开放时间", "hours_not_understood"),
        ("column 坐标来源", "not_understood"),
        ("column 备注", "column_kept"),
    ]


def test_positions_outside_the_datum_are_taken_as_they_are_and_named(gcj02: ImportOptions) -> None:
    imported = import_csv(table(ROW.replace("113.62,34.75", "-0.1,51.5")), gcj02)
    assert imported.registry["7"].geometry.coordinates == (-0.1, 51.5)
    assert [finding.code for finding in imported.findings] == ["outside_datum"]


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("暖心驿站", "outdoor_worker"),
        ("工会驿站(市职工服务中心)", "outdoor_worker"),
        ("市职工服务中心", "service_centre"),
        ("康乃馨服务站", "carnation"),
        ("工会基层文化服务站", "culture"),
    ],
)
def test_the_category_is_what_the_name_says(name: str, category: str, gcj02: ImportOptions) -> None:
    assert import_csv(table(ROW.replace("中原路工会驿站", name)), gcj02).registry["7"].category == category


def test_a_category_stated_for_the_table_holds_for_every_row(districts: Districts) -> None:
    options = ImportOptions(datum=Datum.WGS84, districts=districts, category="culture")
    imported = import_csv(table(ROW, "8,书屋,,二七区,113.6,34.7,,"), options)
    assert {each.category for each in imported.registry.values()} == {"culture"}
    assert imported.registry["8"].geometry.coordinates == (113.6, 34.7)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no column"),
        (b"\n\n", "no column"),
        (b"a,b\n1,2\n", "no column 编号/id, 站点名称"),
        (table(header=f"{HEADER},id"), "two columns for id"),
        (b"\xff\xff\xff\xff", "neither UTF-8 nor GB 18030"),
        (table('7,"not closed'), "not a CSV table at row 2"),
        (table("x" * 200_000), "not a CSV table at row 2"),
    ],
)
def test_what_is_no_table_of_stations_is_a_plain_error(data: bytes, problem: str, gcj02: ImportOptions) -> None:
    with pytest.raises(StationmapError, match=problem):
        import_csv(data, gcj02)


def test_columns_without_a_name_are_kept_by_their_place(gcj02: ImportOptions) -> None:
    imported = import_csv(table(f"{ROW},,x", header=f"{HEADER},,"), gcj02)
    assert imported.registry["7"].properties.model_extra == {"source_columns": {"10": "x"}}


def test_blank_rows_are_no_rows(gcj02: ImportOptions) -> None:
    imported = import_csv(table(",,,,,,,", "", ROW), gcj02)
    assert (imported.rows, list(imported.registry), imported.findings) == (1, ["7"], ())


@pytest.mark.parametrize(
    ("name", "address", "adcode"),
    [
        ("中原区", "", "410102"),
        ("郑州市中原区", "", "410102"),
        ("410102", "", "410102"),
        ("320399", "", "320399"),
        ("高新区", "郑州市高新区1号", "410100"),
        ("高新区", "西安市高新区1号", None),
        ("高新区", "", None),
        ("郑州市高新区", "", "410100"),
        ("", "", None),
    ],
)
def test_a_district_is_found_by_name_and_a_zone_only_in_its_city(
    name: str, address: str, adcode: str | None, districts: Districts
) -> None:
    found = districts.find(name, address)
    assert (found and found.adcode) == adcode


def test_two_districts_of_one_name_are_told_apart_by_the_address_only() -> None:
    both = read_districts("adcode,name,city\n320302,鼓楼区,徐州市\n320106,鼓楼区,南京市\n".encode())
    assert both.find("鼓楼区") is None
    found = both.find("鼓楼区", "南京市鼓楼区1号")
    assert found is not None
    assert found.adcode == "320106"


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"adcode,name,city\n12,a,b\n", b"\xff", b"adcode,name,city\n320302\n"]
)
def test_a_table_of_districts_without_its_columns_is_a_plain_error(data: bytes) -> None:
    if data:
        with pytest.raises(StationmapError):
            read_districts(data)
    else:
        assert read_districts(data).find("中原区") is None


@pytest.mark.parametrize(
    ("wording", "hours"),
    [
        ("24小时", "24/7"),
        ("每天 24小时", "24/7"),
        ("星期一至星期日 全天", "24/7"),
        ("07:30-22:30", "07:30-22:30"),
        ("周一至周五 08:00-12:00,14:00-18:00", "Mo-Fr 08:00-12:00,14:00-18:00"),
        ("每天8：00～22：00", "Mo-Su 08:00-22:00"),
        ("工作日 9:00—17:00", "Mo-Fr 09:00-17:00; PH off"),
        ("工作日9:00-17:00，周末10:00-16:00", "Mo-Fr 09:00-17:00; Sa,Su 10:00-16:00; PH unknown"),
        ("周一到周五9:00至17:00，周六日10:00-16:00", "Mo-Fr 09:00-17:00; Sa,Su 10:00-16:00"),
        ("周一至周五9:00-17:00，节假日休息", "Mo-Fr 09:00-17:00; PH off"),
        ("周一至周五 9:00-17:00；周末休息", "Mo-Fr 09:00-17:00; Sa,Su off"),
        ("上午8点半至11点半，下午2点至5点半", "08:30-11:30,14:00-17:30"),
        ("下午2:00-5:30", "14:00-17:30"),
        ("22:00-次日6:00", "22:00-06:00"),
        ("晚上10点-次日6点", "22:00-06:00"),
        ("22:00-次日0:00", "22:00-24:00"),
        ("10:00-0:00", "10:00-24:00"),
        ("14:00-2:00", "14:00-02:00"),
        ("上午9:00-晚上12:00", "09:00-24:00"),
        ("早上6点-晚12点", "06:00-24:00"),
        ("下午6:00-晚上12:30", "18:00-00:30"),
        ("晚上6点-12点", "18:00-24:00"),
        ("晚上12点-早上6点", "00:00-06:00"),
        ("凌晨12:00-凌晨6:00", "00:00-06:00"),
        ("中午12:00-1:30", "12:00-13:30"),
        ("中午12点到2点", "12:00-14:00"),
        ("上午8:00-12:00，下午12:30-5:30", "08:00-12:00,12:30-17:30"),
        ("02:30-05:30", "02:30-05:30"),
        ("5:30-23:00", "05:30-23:00"),
        ("12:00-12:30", "12:00-12:30"),
        ("营业时间：9:00-18:00", "09:00-18:00"),
        ("周一、周三、周五 8:00-9:00", "Mo,We,Fr 08:00-09:00"),
        ("Mo-Fr 08:00-17:00; PH off", "Mo-Fr 08:00-17:00; PH off"),
        ("中午12:00-22:00", "12:00-22:00"),
        ("中午11:30-15:00", "11:30-15:00"),
        ("下午2:00-24:00", "14:00-24:00"),
        ("下午2:00-17:30", "14:00-17:30"),
        ("晚上6:00-24:00", "18:00-24:00"),
        ("晚上6:00-0:00", "18:00-24:00"),
        ("上午8:30-11:30,中午12:30-17:30", "08:30-11:30,12:30-17:30"),
        ("12:00-次日2:00", "12:00-02:00"),
        ("12:30-次日1:00", "12:30-01:00"),
        ("12:00-次日0:30", "12:00-00:30"),
        ("12:00-0:30", "12:00-00:30"),
        ("9:00-0:30", "09:00-00:30"),
        ("5:30-次日0:00", "05:30-24:00"),
        ("5:30-11:00,14:00-18:00", "05:30-11:00,14:00-18:00"),
        ("5:30-9:00,10:30-13:00,16:30-19:00", "05:30-09:00,10:30-13:00,16:30-19:00"),
        ("5:00-9:00,17:00-20:00", "05:00-09:00,17:00-20:00"),
        ("8:00-16:00,16:00-24:00,0:00-8:00", "24/7"),
        ("14:00-05:30", "14:00-05:30"),
        ("12:00-02:00", "12:00-02:00"),
        ("晚6点-早6点", "18:00-06:00"),
        ("晚上8:00-上午9:00", "20:00-09:00"),
        ("20:00-8:00", "20:00-08:00"),
        ("18:00-6:00", "18:00-06:00"),
        ("晚上8点-次日凌晨2点", "20:00-02:00"),
        ("0:00-24:00", "24/7"),
        ("0:00-晚上12点", "24/7"),
        ("24:00-8:00", "00:00-08:00"),
        ("18:00-凌晨2:00", "18:00-02:00"),
        ("8:00-20:00,周末9:00-17:00", "Mo-Fr 08:00-20:00; Sa,Su 09:00-17:00"),
        ("晚上8点-凌晨12点", "20:00-24:00"),
        ("4:30-21:00", "04:30-21:00"),
        ("8:00-次日2:00", "08:00-02:00"),
    ],
)
def test_hours_as_registers_word_them_are_understood(wording: str, hours: str) -> None:
    assert to_osm(wording) == hours


@pytest.mark.parametrize(
    "wording",
    [
        "工作日开放",
        "周一至周五",
        "周末休息",
        "8:30-5:30",
        "8:30-12:00,2:30-5:30",
        "8:30-12:00，6:00-9:00",
        "12:00-1:30",
        "早上12:00-14:00",
        "晚上2:00-5:00",
        "晚上12点-6点",
        "晚上10点-6点",
        "中午12点-6点",
        "下午2:00-12:00",
        "上午13:00-15:00",
        "8:00-次日10:00",
        "9:00-9:00",
        "8:00-25:00",
        "8:61-9:00",
        "8:30-11:30,14:00-5:30",
        "13:00-8:00",
        "16:30-6:30",
        "18:00-8:00",
        "晚上12点-晚上6点",
        "晚12点-晚8点",
        "晚上12:30-晚上6:30",
        "晚上12点-凌晨12点",
        "晚上12:00-凌晨0:00",
        "24:00-0:00",
        "24:00-次日0:00",
        "0:00-0:00",
        "8:00-次日24:00",
        "22:00-次日24:00",
        "8:00-次日晚上12点",
        "8:00-次日晚12:30",
        "5:00-次日1:00",
        "2:30-下午5:30",
        "5:00-晚上9:00",
        "12:00-凌晨6:00",
        "10:00-凌晨2:00",
        "5:00-凌晨2:00",
        "上午12:00-2:00",
        "中午12:00-早上6:00",
        "周一至周五8:30-12:00;周六9:00-11:00;周一至周五14:00-17:30",
        "每天8:00-12:00,周一至周五14:00-17:00",
        "周一至周五2:30-5:30;周六14:00-17:00",
        "5:00-9:00",
        "12:00-8:00",
        "晚上8:00-下午5:00",
        "9:00-17:00;9:00-12:00",
        "9-5",
        "2024",
        "24小时营业 8:00-9:00",
        "9:00-17:00(需预约)",
        "夏季8:00-18:00",
        "{{7*7}}",
        "9:00-17:00" * 100,
        "",
    ],
)
def test_hours_that_could_mean_two_things_are_not(wording: str) -> None:
    assert to_osm(wording) is None


def test_a_finding_names_row_and_column(gcj02: ImportOptions) -> None:
    finding = import_csv(table(ROW.replace("113.62", "east")), gcj02).findings[0]
    assert finding == Finding("row 2 经度", "bad_coordinates", "'east' is no number of degrees")
