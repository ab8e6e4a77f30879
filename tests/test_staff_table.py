"""The table of stations: what it finds, in which order, a page at a time, and as a file."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from stationmap.deep_checks.care_file import care_file
from stationmap.deep_checks.examination import examine
from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.exchange.lists import read_list
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry, parse
from stationmap.search.pinyin import order_key
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex
from stationmap.web.staff.review.examinations import examinations
from stationmap.web.staff.table.columns import SORTS
from stationmap.web.staff.table.matching import Circumstances, matching
from stationmap.web.staff.table.station_table import StationTable
from stationmap.web.staff.table.view import View, view_from
from tests.apps import MONDAY_10, registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.staff import signed_in, staff_app, state_of

DEMO = parse((ROOT / "data" / "stations.geojson").read_bytes())


def table_of(registry: Registry, earlier: StationTable | None = None) -> StationTable:
    return StationTable(registry, StationIndex(registry.stations), earlier)


TABLE = table_of(DEMO)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return staff_app(tmp_path_factory.mktemp("table"), DEMO)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return signed_in(app, role="editor", districts=["320311"])


def found(table: StationTable = TABLE, at: Any = MONDAY_10, **conditions: Any) -> list[Station]:
    rows = matching(table, View(**conditions), Circumstances(at, ("320311",), changed=lambda: {"xz-320311-0003": 7}))
    return [table.stations[row] for row in rows]


@pytest.mark.parametrize(
    ("conditions", "accepts"),
    [
        ({"district": "320311"}, lambda each: each.district == "320311"),
        ({"mine": True}, lambda each: each.district == "320311"),
        ({"category": "carnation"}, lambda each: each.category == "carnation"),
        ({"status": "suspended"}, lambda each: each.status == "suspended"),
        ({"access": "unknown"}, lambda each: each.access.who == "unknown"),
        ({"opening": "open"}, lambda each: each.status_at(MONDAY_10).state == "open"),
        ({"opening": "unknown"}, lambda each: each.status_at(MONDAY_10).state == "unknown"),
        ({"lacks": "toilet"}, lambda each: each.facilities.get("toilet") is False),
        ({"unsaid": "toilet"}, lambda each: "toilet" not in each.facilities),
        ({"checked": "never"}, lambda each: each.verified is None),
        ({"checked": "6"}, lambda each: each.verified is None or each.verified.on.isoformat() <= "2026-05-23"),
        ({"q": "泉山"}, lambda each: Query(text="泉山").accepts(each)),
        ({"q": "QSQ 驿站"}, lambda each: Query(text="qsq 驿站").accepts(each)),
        ({"q": "xz-320311-0003"}, lambda each: each.id == "xz-320311-0003"),
        ({"q": "演示", "category": "culture"}, lambda each: each.category == "culture"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_view_shows_the_stations_that_meet_all_its_conditions(conditions: dict[str, Any], accepts: Any) -> None:
    wanted = [station.id for station in DEMO.stations if accepts(station)]
    assert [station.id for station in found(sort="id", **conditions)] == wanted
    assert wanted


def test_a_closure_is_found_while_it_holds_and_before() -> None:
    days = {"past": ("2026-11-01", "2026-11-22"), "now": ("2026-11-23", "2026-11-23"), "ahead": ("2026-11-24", None)}
    stations = [
        one(name, closures=[{"from": start, "reason": "防汛"} | ({"to": end} if end else {})])
        for name, (start, end) in days.items()
    ]
    table = table_of(registry_of(stations))
    assert [each.id for each in found(table, opening="closure")] == ["now"]
    assert [each.id for each in found(table, opening="closure_ahead")] == ["ahead"]


def test_a_telephone_number_is_found_however_it_is_written() -> None:
    table = table_of(registry_of([one("a", phone="0516-8373 0000"), one("b", phone="110")]))
    for text in ("0516-83730000", "83730000", "8373"):
        assert [each.id for each in found(table, q=text)] == ["a"]


def test_names_are_in_the_order_of_a_dictionary_and_numbers_by_value() -> None:
    names = ["安全站", "鼓楼站", "泉山驿站2", "泉山驿站10", "铜山站", "长安站"]
    assert sorted(names, key=order_key) == ["安全站", "长安站", "鼓楼站", "泉山驿站2", "泉山驿站10", "铜山站"]


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_has_each_station_once_and_a_reverse(sort: str) -> None:
    up, down = found(sort=sort), found(sort=sort, down=True)
    assert up == down[::-1]
    assert len({each.id for each in up}) == len(DEMO)


def test_what_was_never_checked_and_what_changed_last_are_at_the_ends() -> None:
    oldest = [each.verified.on.isoformat() if each.verified else "" for each in found(sort="verified")]
    assert oldest == sorted(oldest)
    assert oldest[0] == ""
    assert found(sort="changed", down=True)[0].id == "xz-320311-0003"


def test_a_table_goes_on_from_the_one_before() -> None:
    before = table_of(DEMO)
    for sort in SORTS:
        found(before, sort=sort, q="qs")
    gone, other = DEMO.stations[3], DEMO.stations[500]
    values = field_values(other)
    renamed = station_of({**values, ("name",): "啊", ("verified",): None})
    registry = DEMO.with_changes({gone.id: None, other.id: renamed, "new": one("new", name="最新")})
    after, anew = table_of(registry, before), table_of(registry)
    for sort in SORTS:
        assert found(after, sort=sort) == found(anew, sort=sort)
    assert [each.id for each in found(after, q="zuixin")] == ["new"]
    assert found(after, q=gone.id) == []


def test_an_address_says_a_view_and_a_view_its_address() -> None:
    view = View(q="泉山", district="320311", checked="6", mine=True, sort="verified", down=True, page=3)
    assert view_from(MultiDict(view.address())) == (view, ())
    assert View().address() == {}
    assert view.conditions == ("q", "district", "checked", "mine")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("page", "0"), ("page", "٣"), ("page", "9" * 30), ("district", "3203"), ("sort", "phone")),
        *(("category", "x"), ("mine", "2"), ("checked", "-1")),
    ],
)
def test_what_cannot_be_understood_is_left_out_and_named(client: FlaskClient, name: str, text: str) -> None:
    assert view_from(MultiDict({name: text})) == (View(), (name,))
    page = client.get("/staff/stations", query_string={name: text})
    assert page.status_code == 200
    assert "这些条件看不懂" in page.text


def test_the_sign_nul_is_no_condition(client: FlaskClient) -> None:
    assert view_from(MultiDict({"q": "\0"})) == (View(), ("q",))
    assert client.get("/staff/stations", query_string={"q": "\0"}).status_code == 400


def rows_of(page: str) -> list[str]:
    return re.findall(r'name="id" value="([^"]+)"', page)


def test_every_station_is_on_exactly_one_page(client: FlaskClient) -> None:
    pages = [client.get(f"/staff/stations?sort=verified&page={number}").text for number in range(1, 22)]
    ids = [each for page in pages for each in rows_of(page)]
    assert (len(ids), len(set(ids))) == (1_002, 1_002)
    assert rows_of(client.get("/staff/stations?sort=verified&page=99").text) == rows_of(pages[-1])


def test_the_count_is_of_those_that_match_and_all(client: FlaskClient) -> None:
    assert f"{len(found(district='320311'))} 个，共 1,002 个站点" in client.get("/staff/stations?district=320311").text


def test_where_nothing_is_found_the_page_says_what_to_leave_out(client: FlaskClient) -> None:
    page = client.get("/staff/stations?q=没有这个&district=320311").text
    assert "没有符合全部条件的站点" in page
    assert f"去掉“搜索”：{len(found(district='320311'))} 个站点" in page
    assert "去掉“区县”" not in page  # nothing would be found without it either


def test_a_viewer_looks_and_exports_but_chooses_nothing(app: Flask) -> None:
    page = signed_in(app, "look", role="viewer").get("/staff/stations").text
    assert (rows_of(page), "stations.xlsx" in page) == ([], True)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_file_holds_exactly_the_view_and_says_that_it_is_a_demonstration(client: FlaskClient, ending: str) -> None:
    response = client.get(f"/staff/export/stations.{ending}?district=320311&opening=unknown")
    listed = read_list(io.BytesIO(response.data).getvalue(), f"x.{ending}")
    assert listed.sheet is not None
    wanted = {each.id for each in found(district="320311", opening="unknown")}
    assert {row.text("id") for row in listed.sheet.rows} == wanted
    assert listed.demo
    assert "demo" in response.headers["Content-Disposition"]


def test_a_change_shows_in_the_table_at_once(tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of([one("a"), one("b")]))
    client = signed_in(app)
    client.get("/staff/stations?sort=changed")
    state_of(app).change([Edit("b", one("b"), one("b", name="<b>新</b>"))], author="王")
    page = client.get("/staff/stations?sort=changed&down=1").text
    assert rows_of(page) == ["b", "a"]
    assert "&lt;b&gt;新&lt;/b&gt;" in page
    assert "2026-11-23 10:00" in page


def test_stations_with_something_to_mend_are_found_once_it_was_looked_for(app: Flask, client: FlaskClient) -> None:
    assert "有待处理问题" not in client.get("/staff/stations").text
    state = state_of(app)
    examined = examine(DEMO, today=MONDAY_10.date())
    with app.app_context():
        path = examinations(state.settings).path_of(state.snapshot.registry.revision, MONDAY_10)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(care_file(examined, {}, made_at=MONDAY_10, seq=1))
    page = client.get("/staff/stations?issue=hours_unknown&sort=id").text
    wanted = sorted({each for issue in examined.issues if issue.code == "hours_unknown" for each in issue.ids})
    assert f"{len(wanted)} 个，共 1,002 个站点" in page
    assert rows_of(page) == wanted[:50]


def test_the_other_language_shows_the_same_view(client: FlaskClient) -> None:
    page = client.get("/staff/stations?q=%26x&district=320311&lang=en").text
    assert 'href="?q=%26x&amp;district=320311&amp;lang=zh"' in page
