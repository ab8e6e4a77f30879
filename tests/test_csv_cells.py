"""A cell says one thing or nothing: every usual way of writing it is read, and nothing else is."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.csv_reader import csv_cells
from stationmap.csv_reader.csv_text import HEADERS
from stationmap.csv_reader.vocabulary import SHARED, Meaning, code_of, folded, folded_header, meaning, plain_cell
from stationmap.registry.csv_import import facility_lists
from stationmap.registry.csv_import.members import SIMPLE
from stationmap.registry.model import CATEGORIES, FACILITIES, HOW, SERVICES, STATUSES, WHO
from stationmap.resources import data_folder


@pytest.mark.parametrize(
    ("cell", "degrees", "axis"),
    [
        ("117.18", 117.18, ""),
        (" １１７．１８ ", 117.18, ""),
        ("117.18°", 117.18, ""),
        ("117.18°E", 117.18, "lon"),
        ("E117.18", 117.18, "lon"),
        ("东经117.18", 117.18, "lon"),
        ("经度：117.18", 117.18, "lon"),
        ("北纬34°15′36″", 34.26, "lat"),
        ("117°11′24″", 117.19, ""),
        ("117° 11' 24\"", 117.19, ""),
        ("117º11’24”E", 117.19, "lon"),
        ("117度11分24秒", 117.19, ""),
        ("117°11.4′", 117.19, ""),
        ("W73.9", -73.9, "lon"),
        ("-0.1", -0.1, ""),
        ('="117.18"', 117.18, ""),
        ("\ufeff117.18\u200b", 117.18, ""),
    ],
)
def test_degrees_are_read_however_they_are_written(cell: str, degrees: float, axis: str) -> None:
    found = csv_cells.angle(cell)
    assert found is not None
    assert (found.degrees, found.axis) == (pytest.approx(degrees, abs=1e-9), axis)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "nan",
        "inf",
        "1_17",
        "1.17E+02",
        "117,18",
        "117°61′",
        "117.5°11′",
        "-W73",
        "EN117",
        "39517000",
        "一一七",
        "#REF!",
    ],
)
def test_what_is_no_number_of_degrees_is_none(cell: str) -> None:
    assert csv_cells.angle(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "117.18,34.26",
        "34.26 117.18",
        "117.18，34.26",
        "117.18、34.26",
        "117.18;34.26",
        "117.18/34.26",
        "(117.18, 34.26)",
        "[34.26,117.18]",
        "POINT(117.18 34.26)",
        "lng:117.18,lat:34.26",
        "纬度34.26 经度117.18",
        "东经117.18北纬34.26",
        "北纬34°15′36″,东经117°10′48″",
        "E117.18 N34.26",
        "34.26N117.18E",
        "117.18E34.26N",
        "E117°10′48″N34°15′36″",
        "117° 10′ 48″ E, 34° 15′ 36″ N",
    ],
)
def test_two_numbers_in_a_cell_are_told_apart(cell: str) -> None:
    assert csv_cells.lon_lat(cell) == pytest.approx((117.18, 34.26), abs=1e-9)


@pytest.mark.parametrize("cell", ["", "117.18", "117,18,34,26", "-0.1,51.5", "E117.18,E34.26", "无", "117.18,34.26,50"])
def test_numbers_that_may_be_either_are_neither(cell: str) -> None:
    assert csv_cells.lon_lat(cell) is None


def test_marks_tell_longitude_from_latitude_outside_china_too() -> None:
    assert csv_cells.lon_lat("51.5N 0.1W") == (-0.1, 51.5)


@given(st.floats(72.01, 137.8), st.floats(0.83, 55.82), st.booleans(), st.sampled_from([",", "，", " ", "; ", "/"]))
def test_a_place_in_china_is_read_in_either_order(lon: float, lat: float, turned: bool, between: str) -> None:
    shown = [f"{lon:.7f}", f"{lat:.7f}"]
    assert csv_cells.lon_lat(between.join(shown[::-1] if turned else shown)) == tuple(map(float, shown))


@pytest.mark.parametrize(
    "form",
    [
        "{y}/{m}/{d}",
        "{y}-{m:02}-{d:02}",
        "{y}.{m}.{d}",
        "{y}年{m}月{d}日",
        "{y}年{m}月{d}号",
        "{y} 年 {m} 月 {d} 日",
        "{y}{m:02}{d:02}",
        "{y}/{m}/{d} 10:22",
        "{y}/{m}/{d} 0:00:00",
        "{y}-{m:02}-{d:02}T10:22:33",
        "{y}年{m}月{d}日 上午 9:20",
        "{y}/{m}/{d} 星期三",
        "{serial}",
        "{serial}.5",
    ],
)
@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_in_every_usual_form(form: str, day: date) -> None:
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    assert csv_cells.day(form.format(y=day.year, m=day.month, d=day.day, serial=serial)) == day.isoformat()


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "2025年3月",
        "3月5日",
        "25/3/5",
        "2025/2/30",
        "20251301",
        "5/3/2025",
        "去年",
        "2025",
        "2025/3/5-6",
        "123456789",
    ],
)
def test_half_a_day_is_none(cell: str) -> None:
    assert csv_cells.day(cell) is None


@pytest.mark.parametrize(
    ("member", "cell", "value"),
    [
        ("area_m2", "12㎡", 12),
        ("area_m2", "12.5 平方米", 12.5),
        ("area_m2", "１２", 12),
        ("area_m2", "约12㎡", None),
        ("area_m2", "10-15", None),
        ("area_m2", "12亩", None),
        ("capacity", "10人", 10),
        ("capacity", "可容纳10人", 10),
        ("capacity", "10.5", None),
        ("capacity", "若干", None),
        ("level", "★★★", "三星级"),
        ("level", "★★★☆☆", "三星级"),
        ("level", "三星", "三星级"),
        ("level", "3星级", "三星级"),
        ("level", "市级示范", "市级示范"),
        ("phone", "0516-83730001", "0516-83730001"),
        ("phone", "0516-83730000、83730001", "0516-83730000、83730001"),
        ("phone", "1.38E+10", None),
        ("phone", "王师傅", None),
        ("photo", "https://example.org/1.jpg", "https://example.org/1.jpg"),
        ("photo", "见附件", None),
        ("address", "#REF!", None),
        ("address", "####", None),
    ],
)
def test_values_are_read_or_none(member: str, cell: str, value: object) -> None:
    assert SIMPLE[member](cell) == value


@pytest.mark.parametrize(
    ("cell", "there"),
    [
        *((each, True) for each in ("有", "√", "✓", "是", "Y", "yes", "TRUE", "１", "2台", "已配备")),
        *((each, False) for each in ("无", "×", "X", "否", "N", "0", "没有", "未配备")),
        *((each, None) for each in ("", "坏", "-", "/", "?", "有时", "约2台", "○", "*", "。")),
    ],
)
def test_marks_say_there_or_not_there_or_nothing(cell: str, there: bool | None) -> None:
    assert csv_cells.presence(cell) is there


@pytest.mark.parametrize(
    ("cell", "facilities", "services", "unread"),
    [
        ("饮水机、微波炉", "drinking_water microwave", "", ""),
        ("饮水机 微波炉\n空调", "drinking_water microwave air_conditioning", "", ""),
        ("饮水机、微波炉、无空调", "drinking_water microwave -air_conditioning", "", ""),
        ("无空调、微波炉", "-air_conditioning", "", "微波炉"),
        ("无空调，有微波炉", "-air_conditioning microwave", "", ""),
        ("无空调；微波炉", "-air_conditioning microwave", "", ""),
        ("无：空调、冰箱；有：WiFi", "-air_conditioning -fridge wifi", "", ""),
        ("没有冰箱", "-fridge", "", ""),
        ("无障碍通道、无线网", "step_free wifi", "", ""),
        ("无无线网", "-wifi", "", ""),
        ("微波炉2台，2台冰箱，免费ＷｉＦｉ等", "microwave fridge wifi", "", ""),
        ("空调x1 冰箱(2台)", "air_conditioning fridge", "", ""),
        ("1.饮水机 2.微波炉", "drinking_water microwave", "", ""),
        ("冷热饮水机", "drinking_water hot_water", "", ""),
        ("手机充电、充电", "phone_charging", "", "充电"),
        ("电动车充电、换电、打气", "ebike_charging battery_swap tyre_pump", "", ""),
        ("空调(坏)", "", "", "空调(坏)"),
        ("微波炉0台", "", "", "微波炉0台"),
        ("微波炉，无微波炉", "", "", "微波炉 无微波炉"),
        ("法律援助、饮水、心理咨询", "drinking_water", "legal_aid counselling", ""),
        ("不提供法律援助", "", "", ""),
        ("齐全", "", "", "齐全"),
        ("空调√ 微波炉× 饮水机√", "air_conditioning -microwave drinking_water", "", ""),
        ("空调:有；微波炉（无）；WiFi有", "air_conditioning -microwave wifi", "", ""),
        ("空调没有、冰箱", "-air_conditioning", "", "冰箱"),
        ("空调是否有", "", "", "空调是否有"),
    ],
)
def test_a_list_says_what_is_there_and_what_is_not(cell: str, facilities: str, services: str, unread: str) -> None:
    found = facility_lists.read_facility_list(cell)
    assert found.facilities == {code.lstrip("-"): not code.startswith("-") for code in facilities.split()}
    assert (list(found.services), list(found.unread)) == (services.split(), unread.split())


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_accident(text: str) -> None:
    for read in (csv_cells.angle, csv_cells.lon_lat, csv_cells.day, csv_cells.presence, *SIMPLE.values()):
        read(text)
    found = facility_lists.read_facility_list(text)
    assert set(found.facilities) <= set(FACILITIES) and set(found.services) <= set(SERVICES)
    meaning(text)


@given(
    st.lists(st.sampled_from(["饮水机", "无空调", "有微波炉", "冰箱", "充电"]), max_size=6), st.sampled_from("、，； ")
)
def test_no_list_says_that_something_is_there_which_its_words_deny(words: list[str], between: str) -> None:
    found = facility_lists.read_facility_list(between.join(words))
    assert found.facilities.get("air_conditioning") is not True
    assert ("phone_charging" not in found.facilities) and ("ebike_charging" not in found.facilities)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("status", STATUSES),
        ("category", CATEGORIES),
        ("who", WHO),
        ("how", HOW),
        ("facilities", FACILITIES),
        ("services", SERVICES),
    ],
)
def test_every_code_of_the_format_is_a_word_for_itself(table: str, codes: tuple[str, ...]) -> None:
    assert [code for code in codes if code_of(table, code) != code] == []


@pytest.mark.parametrize(
    ("table", "cell", "code"),
    [
        ("status", "已撤销", "closed"),
        ("status", "停用", "suspended"),
        ("status", "暂停", "suspended"),
        ("status", "筹建", "planned"),
        ("status", "迁移", "moved"),
        ("status", " 正常 ", "open"),
        ("status", "待定", None),
        ("status", "未知", None),
        ("who", "所有人", "public"),
        ("who", "会员", "members"),
        ("who", "女职工", "women"),
        ("who", "本单位职工", "staff"),
        ("who", "需登记", "registration"),
        ("who", "职工", None),
        ("category", "职工服务中心", "service_centre"),
        ("category", "妈妈小屋", None),
    ],
)
def test_only_sure_words_have_a_code(table: str, cell: str, code: str | None) -> None:
    assert code_of(table, cell) == code


@pytest.mark.parametrize(
    ("header", "member"),
    [
        *((each, "name") for each in ("站点名称", "驿站名称", "Name", " 站点名称* ", "站点\n名称")),
        *((each, "id") for each in ("编号", "ID", "ｉｄ", "station_id", "Station ID")),
        *((each, "lon") for each in ("经度", "经度(E)", "经度（°）", "Longitude", "lng", "高德经度", "经度(GCJ-02)")),
        *((each, "position") for each in ("坐标", "经纬度", "坐标(经度,纬度)", "经纬度(百度坐标)", "lng,lat")),
        *((each, "area_m2") for each in ("面积", "面积(㎡)", "面积（平方米）")),
        *((each, "facility") for each in ("手机充电", "有无空调", "是否有微波炉", "WiFi", "手机充电(有/无)")),
        *((each, "") for each in ("开放时间(冬季)", "面积(亩)", "手机", "负责人电话", "充电", "备注", "", "*")),
    ],
)
def test_a_header_means_one_member_or_none(header: str, member: str) -> None:
    assert meaning(header).member == member


@pytest.mark.parametrize(
    ("header", "datum"),
    [
        ("经度(GCJ-02)", "gcj02"),
        ("百度经度", "bd09"),
        ("高德地图经度", "gcj02"),
        ("坐标(WGS84)", "wgs84"),
        ("经度", ""),
        ("百度评分", ""),
    ],
)
def test_a_header_may_name_its_datum(header: str, datum: str) -> None:
    assert meaning(header).datum == datum


def test_the_table_of_words_gives_each_word_one_meaning() -> None:
    table = json.loads((data_folder() / "register_words.json").read_bytes())
    for name in ("status", "category", "who", "origin", "datum", "verified_by", "services"):
        words = [folded(word) for spelt in table[name].values() for word in spelt]
        assert len(words) == len(set(words)), name
    spellings = [
        *table["headers"].values(),
        *(HEADERS[member] for member in SHARED),
        *([word] for word in table["flags"]),
    ]
    headers = [word for spelt in spellings for word in set(map(folded_header, spelt))]
    assert sorted(word for word in set(headers) if headers.count(word) > 1) == []
    assert not {folded(word) for word in table["present"]} & {folded(word) for word in table["absent"]}
    facilities = {folded(word) for spelt in table["facilities"].values() for word in spelt}
    assert not facilities & {folded(word) for spelt in table["services"].values() for word in spelt}
    assert not facilities & set(headers)


def test_a_flag_says_what_its_yes_and_no_mean() -> None:
    assert meaning("是否对外开放") == Meaning("flag", "access.public", "access.staff")


def test_a_cell_loses_what_cannot_be_seen_and_what_guards_its_zeros() -> None:
    assert plain_cell(' ="007" ') == "007"
    assert plain_cell("\u200b鼓楼\ufeff ") == "鼓楼"
