"""The pages as the server writes them."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from flask.testing import FlaskClient

from stationmap.i18n import LANGUAGES, catalogue
from stationmap.registry import registry as registries
from stationmap.search.usability import is_for_riders
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.assets import COMMON, ENTRIES, bundle_name
from stationmap.web.pages.poster import poster_of
from stationmap.web.pages.station_view import station_view
from tests.conftest import ROOT

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Xuzhou
HOSTILE = (
    "{{7*7}}",
    "{% for",
    "A{#B",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${7*7}",
    "\u202eabc",
    "\u0000",
    "长" * 400,
)


def record(**properties: Any) -> dict[str, Any]:
    known = {
        "name": "甲",
        "category": "outdoor_worker",
        "district": "320302",
        "access": {"who": "public"},
        **properties,
    }
    return {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [117.2, 34.2]},
        "properties": known,
    }


def registry_bytes(*features: dict[str, Any], **meta: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1, **meta}, "features": features}).encode()


def client_of(folder: Path, content: bytes, **settings: Any) -> FlaskClient:
    file = folder / "stations.geojson"
    file.write_bytes(content)
    return create_app(Settings(registry=file, **settings), clock=lambda: AT).test_client()


def view_of(language: str = "zh", **properties: Any) -> Any:
    return station_view(registries.parse(registry_bytes(record(**properties)))["a"], AT, language)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings(), clock=lambda: AT).test_client()


def test_the_first_page_has_no_inline_script_style_or_handler(client: FlaskClient) -> None:
    page = client.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []


def test_every_file_the_first_page_names_is_there(client: FlaskClient) -> None:
    for address in re.findall(r'(?:src|href)="(/(?:static|map|api)[^"]+)"', client.get("/").text):
        assert client.get(address).status_code == 200, address


def test_the_map_script_may_be_kept_forever_because_its_address_holds_its_hash(client: FlaskClient) -> None:
    address = re.search(r"/map/\w+\.js", client.get("/").text)
    assert address
    answer = client.get(address[0])
    assert answer.content_type.startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/map/0123456789abcdef.js").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/s/xz-320302-0001", "/nothing"])
def test_every_page_says_that_the_data_are_a_demonstration(client: FlaskClient, path: str) -> None:
    assert "演示数据" in client.get(path).text


def test_a_real_registry_is_not_called_a_demonstration(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    assert all("演示" not in client.get(path).text for path in ("/", "/s/a"))


def test_pages_come_in_english_when_asked(client: FlaskClient) -> None:
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert "Use my location" in client.get("/?lang=en").text


@pytest.mark.parametrize("language", ["", "de", "../../etc", "%00", "{{7*7}}"])
def test_a_language_nobody_wrote_gives_chinese(client: FlaskClient, language: str) -> None:
    assert '<html lang="zh-CN">' in client.get(f"/?lang={language}").text


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/").headers["ETag"]
    assert client.get("/", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"), [("/s/none", 404), ("/s/%00", 404), ("/s/" + "x" * 500, 404), ("/nope", 404)]
)
def test_a_page_that_is_not_there_says_so_and_leads_home(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    assert 'href="/?lang=zh"' in answer.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(tmp_path: Path, text: str) -> None:
    shown = dict.fromkeys(
        ("name_en", "address", "directions", "hours", "hours_source", "phone", "host", "managed_by", "level"), text
    )
    access = {"who": "public", "note": text}
    closures = [{"from": "2026-11-01", "reason": text}]
    verified = {"on": "2026-11-01", "by": "staff", "how": text}
    feature = record(
        name=f"甲{text}",
        aliases=[f"乙{text}"],
        access=access,
        closures=closures,
        verified=verified,
        services=[text],
        **shown,
    )
    client = client_of(tmp_path, registry_bytes(feature, title=text, source=text))
    for path in ("/", "/s/a", "/s/a/poster", "/s/"):
        page = client.get(path)
        assert page.status_code == 200
        assert not re.search(
            r"(?<![\d.#-])49(?!\d)",
            re.sub(
                r"<svg class=\"sprite.*?</svg>|/static/\w+|revision\D+\w+|data:image[^\"]+",
                "",
                page.text,
                flags=re.DOTALL,
            ),
        )
        assert "<img src=x" not in page.text
        assert "<script>alert" not in page.text


def test_a_link_in_the_photo_member_never_becomes_a_script_address(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record(photo="javascript:alert(1)", phone="javascript:alert(1)")))
    assert not re.search(r'href="\s*javascript', client.get("/s/a").text)


def test_a_station_page_tells_until_when_it_is_open() -> None:
    assert view_of(hours="Mo-Su,PH 10:00-22:00").state_text == "营业至 22:00"
    assert view_of(hours="Mo-Su,PH 10:00-24:00").state_text == "营业至 24:00"
    assert view_of(hours="Mo-Su,PH 13:30-22:00").state_text == "13:30 开门"
    assert view_of(hours="Tu-Su,PH 13:30-22:00").state_text == "明天 13:30 开门"
    assert view_of(hours="Fr,PH 09:00-10:00", language="en").state_text == "Opens 27/11 09:00"
    assert view_of(hours="24/7").state_text == "全天开放"
    assert view_of().state_text == "时间未知"


def test_a_night_stands_whole_on_the_day_it_begins() -> None:
    week = view_of(hours="Mo 18:00-26:00; PH off").week
    assert [day.times for day in week] == [("18:00–02:00",), *[()] * 6]
    assert [day.state for day in week] == ["open", *["closed"] * 6]


def test_a_long_stretch_is_cut_into_whole_days() -> None:
    assert {day.times for day in view_of(hours="24/7").week} == {("全天开放",)}
    assert {(day.times, day.state) for day in view_of().week} == {(("全天时间未知",), "unknown")}


def test_the_week_begins_today_and_marks_it() -> None:
    week = view_of(hours="24/7").week
    assert [day.is_today for day in week] == [True, *[False] * 6]
    assert (week[0].date, week[0].label) == (date(2026, 11, 23), "周一")


def test_what_a_day_of_the_calendar_is_stands_beside_it() -> None:
    station = registries.parse(registry_bytes(record(hours="24/7")))["a"]
    week = station_view(station, datetime(2026, 9, 30, tzinfo=UTC), "zh").week
    assert [bool(day.note) for day in week] == [False, True, True, True, True, True, True]


def test_facilities_have_three_values_and_what_is_there_comes_first() -> None:
    facilities = view_of(facilities={"wifi": True, "toilet": False, "sauna": True}).facilities
    assert facilities[:3] == (("wifi", "yes"), ("sauna", "yes"), ("toilet", "no"))
    assert {presence for _, presence in facilities[3:]} == {"unknown"}


def test_a_closure_that_is_over_is_not_told_any_more() -> None:
    past, now = {"from": "2026-11-01", "to": "2026-11-22"}, {"from": "2026-11-01", "to": "2026-11-23", "reason": "装修"}
    assert [closure.reason for closure in view_of(closures=[past, now]).closures] == ["装修"]


def test_a_closure_is_told_in_the_words_of_a_calendar_and_apart_from_those_to_come() -> None:
    noon, evening = "2026-11-23T12:00:00+08:00", "2026-11-25T18:00:00+08:00"
    (told,) = view_of(closures=[{"from": noon, "to": evening, "reason": "停电检修"}]).closures
    assert told == ("11月23日 12:00", "11月25日 18:00", "停电检修", False)
    (told,) = view_of("en", closures=[{"from": "2025-12-30"}]).closures
    assert (told.start, told.end, told.is_now) == ("2025-12-30", None, True)


def test_what_is_only_to_come_is_not_called_closed(tmp_path: Path) -> None:
    ahead, running = ({"from": day, "to": "2026-12-24", "reason": "装修"} for day in ("2026-11-24", "2026-11-20"))
    page = client_of(tmp_path, registry_bytes(record(hours="24/7", closures=[ahead]))).get("/s/a").text
    assert "已安排的临时关闭" in page
    page = client_of(tmp_path, registry_bytes(record(hours="24/7", closures=[ahead, running]))).get("/s/a").text
    assert "已安排的临时关闭" not in page


def test_a_holiday_is_named_to_readers_of_its_name_only() -> None:
    station = registries.parse(registry_bytes(record(hours="24/7")))["a"]
    eve = datetime(2026, 9, 30, tzinfo=UTC)
    assert station_view(station, eve, "zh").week[1].note == "国庆节"
    assert station_view(station, eve, "en").week[1].note == "holiday"


def test_hours_in_words_only_are_quoted_and_nobody_is_sent_to_a_telephone_that_is_not_there(tmp_path: Path) -> None:
    page = client_of(tmp_path, registry_bytes(record(hours_source="工作日开放"))).get("/s/a").text
    assert "没有写具体时间，只写着： <bdi>工作日开放</bdi>" in page
    assert "没有写开放时间" not in page
    assert "致电" not in page
    assert "请先致电" in client_of(tmp_path, registry_bytes(record(phone="0516-83730000"))).get("/s/a").text


def test_a_position_worked_out_from_an_address_is_not_shown_as_certain(tmp_path: Path) -> None:
    guessed, measured = ({"position": {"how": how, "datum": "wgs84"}} for how in ("geocoded", "survey"))
    assert "位置由地址推算" in client_of(tmp_path, registry_bytes(record(**guessed))).get("/s/a").text
    assert "位置由地址推算" not in client_of(tmp_path, registry_bytes(record(**measured))).get("/s/a").text


def test_where_no_facility_is_known_one_sentence_says_so(tmp_path: Path) -> None:
    page = client_of(tmp_path, registry_bytes(record())).get("/s/a").text
    assert "登记册没有记载" in page
    assert "微波炉" not in page


def test_the_districts_that_can_be_imported_have_names() -> None:
    rows = (ROOT / "data" / "areas" / "adcodes.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {row.split(",")[0] for row in rows}
    assert [code for code in codes for words in map(catalogue, LANGUAGES) if f"district.{code}" not in words] == []


def test_a_sheet_invites_in_only_where_it_is_known_that_riders_may_enter(tmp_path: Path) -> None:
    def sheet(who: str, **more: Any) -> str:
        return client_of(tmp_path, registry_bytes(record(access={"who": who}, **more))).get("/s/a/poster").text

    assert ["欢迎户外" in sheet(who) for who in ("public", "registration", "unknown", "members")] == [1, 1, 0, 0]
    assert "能否进入未知" not in sheet("unknown")
    assert "致电" not in sheet("public")
    assert "致电询问" in sheet("public", phone="0516-83730000")


def test_the_feed_of_a_station_is_its_own_and_of_nobody_else(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    answer = client.get("/s/a/feed")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["stations"]["name"] == ["甲"]
    assert client.get("/s/b/feed").status_code == 404


@pytest.mark.parametrize(
    ("category", "who", "expected"),
    [
        ("carnation", "public", True),
        ("carnation", "unknown", False),
        ("carnation", "members", False),
        ("culture", "staff", False),
        ("outdoor_worker", "unknown", True),
        ("outdoor_worker", "women", False),
    ],
)
def test_a_rider_is_not_sent_where_riders_may_not_enter(category: str, who: str, expected: bool) -> None:
    station = registries.parse(registry_bytes(record(category=category, access={"who": who})))["a"]
    assert is_for_riders(station) is expected
    view = view_of(category=category, access={"who": who})
    assert (view.is_inviting, view.warning is None) == (expected, expected)


def test_a_warning_tells_for_whom_a_station_is() -> None:
    told = {who: view_of(category="carnation", access={"who": who}).warning for who in ("women", "staff", "unknown")}
    assert "仅供女职工使用" in told["women"]
    assert "仅供本单位职工使用" in told["staff"]
    assert "面向女职工" in told["unknown"]


@pytest.mark.parametrize(
    ("status", "warning"),
    [
        ("open", None),
        ("planned", "还没有开放"),
        ("suspended", "暂停服务，请勿前往"),
        ("closed", "已撤销，请勿前往"),
        ("moved", "请勿前往原址"),
    ],
)
def test_nobody_is_invited_to_a_station_that_is_not_in_use(tmp_path: Path, status: str, warning: str | None) -> None:
    client = client_of(tmp_path, registry_bytes(record(status=status)))
    main = client.get("/s/a").text.partition("<main")[2]
    is_open = status == "open"
    assert ("对所有人开放" in main) is is_open
    assert ('<a class="button" rel="noreferrer"' in main) is is_open
    assert ("/poster" in main) is is_open
    assert ('<ul class="maps"' in main) is (status not in ("closed", "moved"))
    assert warning is None or warning in main
    poster = client.get("/s/a/poster")
    assert poster.status_code == (200 if is_open else 404)
    assert ("欢迎户外劳动者" in poster.text) is is_open
    assert ("目前没有门口海报" in poster.text) is not is_open


def test_a_chat_that_is_sent_a_station_shows_what_it_is(tmp_path: Path) -> None:
    page = client_of(tmp_path, registry_bytes(record(hours="24/7", address="路1号"))).get("/s/a").text
    for name in ("og:title", "og:description", "og:image", "og:url"):
        assert f'property="{name}" content="' in page
    assert '<meta name="description" content="甲 · 全天开放 · 对所有人开放 · 从未核对 · 路1号">' in page


def test_stretches_of_a_day_stand_apart_and_a_day_without_any_is_not_marked_open(tmp_path: Path) -> None:
    page = client_of(tmp_path, registry_bytes(record(hours="Tu-Su 08:30-12:00,14:00-18:00; PH off"))).get("/s/a").text
    assert "<span>08:30–12:00</span> <span>14:00–18:00</span>" in page
    assert '<tr class="is-closed" aria-current="date">' in page
    assert "Tu-Su" not in page  # a rule is no language of riders


def test_the_numbers_of_filing_stand_at_the_foot_of_every_page_as_links(tmp_path: Path) -> None:
    numbers = {"icp_number": "苏ICP备2026000001号-1", "police_number": "苏公网安备32030002000001号<b>{{7*7}}"}
    filed = client_of(tmp_path, registry_bytes(record()), **numbers)
    other = client_of(tmp_path, registry_bytes(record()))
    for path in ("/", "/privacy", "/audit", "/no-such-page", "/s/", f"/s/{record()['id']}"):
        text = filed.get(path).get_data(as_text=True)
        assert (
            '<a href="https://beian.miit.gov.cn/" target="_blank" rel="noopener noreferrer">苏ICP备2026000001号-1</a>'
            in text
        )
        assert 'href="https://beian.mps.gov.cn/#/query/webSearch?code=32030002000001"' in text
        assert "号&lt;b&gt;{{7*7}}</a>" in text
        assert "beian" not in other.get(path).get_data(as_text=True)


def test_the_approval_number_of_the_map_is_text(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()), map_approval="<b>{{7*7}}")
    assert "审图号：&lt;b&gt;{{7*7}}" in client.get("/").text


def test_the_page_of_a_station_hands_it_to_maps_that_open_there(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record(address="路1号")))
    browser = client.get("/s/a")
    assert "https://uri.amap.com/navigation?to=117.20" in browser.text
    assert "User-Agent" in browser.headers["Vary"]
    chat = client.get("/s/a", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0"}).text
    assert "在浏览器打开" in chat
    assert "callnative" not in chat
    assert "geo:" not in chat
    assert 'data-copy="路1号"' in chat


def test_the_line_to_share_tells_name_state_and_age() -> None:
    verified = {"on": "2026-11-11", "by": "staff"}
    line = view_of(hours="Mo-Su,PH 10:00-22:00", verified=verified).line
    assert line == "甲 · 营业至 22:00 · 对所有人开放 · 12 天前核对"
    assert view_of(status="moved", verified=verified).line == "甲 · 关闭 · 已搬迁 · 12 天前核对"
    closures = [{"from": "2026-11-23", "reason": "装修"}]
    assert "临时关闭 · 装修 · 对所有人开放" in view_of(hours="24/7", closures=closures).line
    assert view_of("en", name_en="A", hours="24/7").line.startswith("A · Open")


def test_a_poster_tells_the_usual_week_in_both_languages() -> None:
    station = registries.parse(registry_bytes(record(hours="Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off")))["a"]
    (week,) = poster_of(station, datetime(2026, 9, 29, tzinfo=UTC)).weeks
    assert week.labels == {}
    days = week.days  # printed before a week of holidays and make-up days
    assert [row.labels["zh"] for row in days] == ["周一至周五", "周六", "周日"]
    assert [row.times["en"] for row in days] == [("09:00–18:00",), ("10:00–16:00",), ("Closed",)]


def test_a_poster_says_nothing_of_hours_that_are_not_known() -> None:
    assert poster_of(registries.parse(registry_bytes(record()))["a"], AT).weeks == ()
    assert poster_of(registries.parse(registry_bytes(record()))["a"], AT).scan == "poster.scan_place"
    (always,) = (week.days for week in poster_of(registries.parse(registry_bytes(record(hours="24/7")))["a"], AT).weeks)
    assert [(row.labels["en"], row.times["zh"]) for row in always] == [("Every day", ("全天开放",))]


@pytest.mark.parametrize(
    ("hours", "weeks"),
    [
        (
            "Apr-Oct 07:00-21:00; Nov-Mar 07:30-18:30",
            {"4月至10月": ["每天 07:00–21:00"], "11月至3月": ["每天 07:30–18:30"]},
        ),
        (
            "Jun-Sep Mo-Fr 08:30-12:00,15:00-18:30; Oct-May Mo-Fr 08:30-12:00; PH off",
            {
                "6月至9月": ["周一至周五 08:30–12:00 15:00–18:30", "周六至周日 关闭"],
                "10月至5月": ["周一至周五 08:30–12:00", "周六至周日 关闭"],
            },
        ),
        ("May 15-Oct 14 08:00-20:00", {"5月15日至10月14日": ["每天 08:00–20:00"], "10月15日至5月14日": ["每天 关闭"]}),
    ],
)
def test_a_poster_prints_every_season(tmp_path: Path, hours: str, weeks: dict[str, list[str]]) -> None:
    data = registry_bytes(record(hours=hours))
    printed = poster_of(registries.parse(data)["a"], AT).weeks
    told = {
        week.labels["zh"]: [" ".join((row.labels["zh"], *row.times["zh"])) for row in week.days] for week in printed
    }
    assert told == weeks
    page = client_of(tmp_path, data).get("/s/a/poster").text
    assert all(season in page for season in weeks)


@pytest.mark.parametrize(
    "hours",
    [
        "Mo-Fr 09:00-17:00; We[1] off",
        "08:00-18:00; Dec 25 off",
        "2026 Jan-Mar 08:00-20:00",
        "Apr-Oct 07:00-21:00; Nov-Mar unknown",
    ],
)
def test_a_poster_leaves_hours_that_differ_from_week_to_week_to_the_page(tmp_path: Path, hours: str) -> None:
    data = registry_bytes(record(hours=hours))
    assert poster_of(registries.parse(data)["a"], AT).weeks == ()
    assert "开放时间请扫码查看" in client_of(tmp_path, data).get("/s/a/poster").text


@pytest.mark.parametrize(
    ("public_url", "is_warned"),
    [
        ("", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.9", True),
        ("http://station-server", True),
        ("https://zhan.example.cn", False),
    ],
)
def test_a_poster_whose_code_no_other_phone_can_open_says_so(tmp_path: Path, public_url: str, is_warned: bool) -> None:
    client = client_of(tmp_path, registry_bytes(record()), public_url=public_url)
    assert ("别人的手机打不开" in client.get("/s/a/poster").text) is is_warned


@pytest.mark.parametrize("path", ["/", "/s/a", "/s/a/poster", "/audit", "/nothing"])
def test_no_page_repeats_the_name_it_was_asked_by(tmp_path: Path, path: str) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    assert "evil.example" not in client.get(path, base_url="https://evil.example").text


def test_a_poster_forgets_closures_because_they_end() -> None:
    closed = record(hours="24/7", closures=[{"from": "2026-11-01", "reason": "装修"}])
    ((row,),) = (week.days for week in poster_of(registries.parse(registry_bytes(closed))["a"], AT).weeks)
    assert row.times["zh"] == ("全天开放",)


def test_a_poster_welcomes_riders_only_where_they_may_enter(tmp_path: Path) -> None:
    public, staff = registry_bytes(record()), registry_bytes(record(access={"who": "staff"}))
    assert "欢迎户外劳动者" in client_of(tmp_path, public).get("/s/a/poster").text
    assert "欢迎户外劳动者" not in client_of(tmp_path, staff).get("/s/a/poster").text


def test_a_poster_of_demonstration_data_says_so_in_print(tmp_path: Path) -> None:
    text = client_of(tmp_path, registry_bytes(record(), demo=True)).get("/s/a/poster").text
    assert "演示数据" in text
    assert "Demonstration data" in text


def test_the_code_of_a_poster_leads_to_the_station_at_the_public_address(tmp_path: Path) -> None:
    page = client_of(tmp_path, registry_bytes(record()), public_url="https://zhan.example").get("/s/a/poster").text
    assert "https://zhan.example/s/<wbr><span>a<" in page
    expected = segno.make("https://zhan.example/s/a", error="m", micro=False)
    found = re.search(r'src="(data:image/svg[^"]+)"', page)
    assert found
    assert html.unescape(found[1]) == expected.svg_data_uri(
        border=0, dark="#000", light="#fff", svgclass=None, lineclass=None
    )


def test_the_service_worker_keeps_what_is_there_and_is_always_asked_for(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    answer = client.get("/sw.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    shell = shell_of(answer.text)
    assert len(shell["files"]) == len(set(shell["files"]))
    kept = {re.sub(r"[0-9a-f]{16}", "*", path) for path in shell["files"]}
    for entry in (COMMON, *ENTRIES):
        assert f"/static/*/{bundle_name(entry)}" in kept
    assert {
        f"/static/*/{name}" for name in ("css/page.css", "i18n/zh.json", "i18n/en.json", "basemap/orientation.json")
    } < kept
    # Controls of the audit's map are for staff: a rider's phone does not carry them.
    assert {path.split("/")[4] for path in shell["files"] if "/vendor/" in path} == {"leaflet", "supercluster"}
    assert [path for path in shell["files"] if client.get(path).status_code != 200] == []
    assert {client.get(shell[name]).status_code for name in ("finder", "station", "feed")} == {200}


def test_the_service_worker_keeps_all_that_the_pages_load(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    shell = shell_of(client.get("/sw.js").text)
    files = [*shell["files"], *shell["later"]]
    assert [path for path in shell["later"] if client.get(path).status_code != 200] == []
    for path in ("/?lang=zh", "/?lang=en", "/s/?lang=zh"):
        loaded = re.findall(r'(?:src|href)="(/(?:static|map)/[^"]+)"', client.get(path).text)
        assert [name for name in loaded if name not in files] == []


def test_another_registry_or_setting_makes_another_service_worker(tmp_path: Path) -> None:
    def generation(content: bytes, **settings: Any) -> str:
        return str(shell_of(client_of(tmp_path, content, **settings).get("/sw.js").text)["generation"])

    first = generation(registry_bytes(record()))
    assert first == generation(registry_bytes(record()))
    assert first != generation(registry_bytes(record(name="乙")))
    assert first != generation(registry_bytes(record()), map_approval="苏S(2026)001号")


def shell_of(worker: str) -> dict[str, Any]:
    found = re.match(r"self\.SHELL = (\{.*\});\n", worker)
    assert found
    shell: dict[str, Any] = json.loads(found[1])
    return shell


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_manifest_names_icons_that_are_there(tmp_path: Path, language: str) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    answer = client.get(f"/manifest.webmanifest?lang={language}")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.data)
    assert manifest["start_url"] == f"/?lang={language}"
    assert [client.get(icon["src"]).mimetype for icon in manifest["icons"]] == ["image/png"] * 3
    assert f'href="/manifest.webmanifest?lang={language}"' in client.get(f"/?lang={language}").text


def test_a_phone_may_show_its_copy_of_the_finder_but_asks_again_for_all_else(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    assert client.get("/").headers["Cache-Control"] == "max-age=86400"
    assert {client.get(path).headers["Cache-Control"] for path in ("/s/a", "/s/a/poster", "/sw.js")} == {"no-cache"}


def test_behind_a_proxy_a_poster_carries_the_address_the_operator_names(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()), public_url="https://stations.example.org")
    assert "https://stations.example.org/s/<wbr><span>a<" in client.get("/s/a/poster").text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/audit/?lang=en", "/audit?lang=en"),
        ("/s/a/", "/s/a"),
        ("/s/a//?lang=en", "/s/a?lang=en"),
        ("/s/a/poster/", "/s/a/poster"),
    ],
)
def test_an_address_with_a_slash_too_many_leads_on(tmp_path: Path, path: str, leads_to: str) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (308, leads_to)


@pytest.mark.parametrize("path", ["/nope/", "/s/a/b/", "/static/x/js/"])
def test_a_slash_too_many_makes_no_page_of_what_is_none(tmp_path: Path, path: str) -> None:
    assert client_of(tmp_path, registry_bytes(record())).get(path).status_code == 404


def test_each_number_of_a_station_is_a_link_and_none_where_there_is_none(tmp_path: Path) -> None:
    text = "0516-83730000转8001、13800000000（王师傅）"
    page = client_of(tmp_path, registry_bytes(record(phone=text))).get("/s/a").get_data(as_text=True)
    assert re.findall(r'href="(tel:[^"]*)"', page) == ["tel:051683730000,8001", "tel:13800000000"]
    assert "13800000000（王师傅）" in page
    for path in ("/s/a", "/s/a/poster"):
        page = client_of(tmp_path, registry_bytes(record(phone="暂无"))).get(path).get_data(as_text=True)
        assert "tel:" not in page and "暂无" not in page and "致电" not in page
    page = client_of(tmp_path, registry_bytes(record(phone="请到前台询问"))).get("/s/a").get_data(as_text=True)
    assert "tel:" not in page and "请到前台询问" in page


PHOTO = "https://img.example.cn/a.jpg"


def test_a_photo_of_another_host_is_a_link_unless_the_operator_names_the_host(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record(photo=PHOTO)))
    answer = client.get("/s/a")
    assert f'href="{PHOTO}"' in answer.get_data(as_text=True) and "<img" not in answer.get_data(as_text=True)
    assert "img.example.cn" not in answer.headers["Content-Security-Policy"]
    client = client_of(tmp_path, registry_bytes(record(photo=PHOTO)), photo_hosts=("img.example.cn",))
    answer = client.get("/s/a")
    assert f'<img src="{PHOTO}"' in answer.get_data(as_text=True)
    assert "https://img.example.cn" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "photo", ["javascript:alert(1)", "a.jpg", "https://", "https://x@y/", 'https://x/"><b>', "https://[x/"]
)
def test_what_is_no_address_of_a_picture_is_no_photo(tmp_path: Path, photo: str) -> None:
    client = client_of(tmp_path, registry_bytes(record(photo=photo)))
    assert 'class="photo"' not in client.get("/s/a").get_data(as_text=True)
    assert json.loads(client.get("/s/a/feed").data)["stations"]["photo"] == [None]


@pytest.mark.parametrize("query", ["", "lang=en"])
def test_a_path_prefix_without_its_slash_leads_to_no_host_that_a_request_names(client: FlaskClient, query: str) -> None:
    given = {"SCRIPT_NAME": "/stations", "PATH_INFO": "", "HTTP_HOST": "evil.example", "QUERY_STRING": query}
    answer = client.get("/", environ_overrides=given)
    assert answer.status_code == 308
    assert answer.headers["Location"] == "/stations/" + (f"?{query}" if query else "")
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/?lang=en", "/s/a", "/s/", "/s/a/poster", "/audit", "/nope", "/manifest.webmanifest"]
)
def test_below_a_path_of_another_site_every_address_lies_below_it(tmp_path: Path, path: str) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    given = {"SCRIPT_NAME": "/stations"}
    page = client.get(path, environ_overrides=given).get_data(as_text=True)
    own = re.findall(r'(?:href|src|data-(?:pages|nearest|stations|feed|home|worker|finder))="(/[^"]*)"', page)
    own += re.findall(r'"(?:src|start_url|scope|id)": ?"(/[^"]*)"', page)
    assert own
    assert [address for address in own if not address.startswith("/stations/")] == []
    for address in own:
        answer = client.get(address.removeprefix("/stations"), environ_overrides=given)
        assert answer.status_code == (400 if address.endswith("/nearest") else 200), (
            address
        )  # that one is asked by POST


def test_below_a_path_of_another_site_the_worker_keeps_what_lies_below_it(tmp_path: Path) -> None:
    client = client_of(tmp_path, registry_bytes(record()))
    given = {"SCRIPT_NAME": "/stations"}
    script = client.get("/sw.js", environ_overrides=given).get_data(as_text=True)
    shell = json.loads(script[script.index("{") : script.index("};") + 1])
    kept = [shell["finder"], shell["station"], shell["feed"], *shell["files"]]
    assert all(address.startswith("/stations/") for address in kept)
    assert client.get("/s/a/", environ_overrides=given).headers["Location"] == "/stations/s/a"
