"""Links to maps: each is taken apart again, and must lead to the door."""

from __future__ import annotations

from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.datum import Datum, from_wgs84, to_wgs84
from stationmap.frontend.map_app_links import TARGETS, Browser, Link, browser_of, links, templates
from stationmap.rules import MAX_MAP_TEXT
from tests.node import result_of

LON, LAT = 117.184721, 34.261803
NAME, STREET = "云龙湖驿站", "徐州市泉山区湖北路1号"

ANDROID = Browser(in_chat=False, is_phone=True, is_apple=False)
IPHONE = Browser(in_chat=False, is_phone=True, is_apple=True)
COMPUTER = Browser(in_chat=False, is_phone=False, is_apple=False)
WECHAT = Browser(in_chat=True, is_phone=True, is_apple=False)

USER_AGENTS = {
    "Mozilla/5.0 (Linux; Android 13; V2203A) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36": ANDROID,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148": IPHONE,
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36": COMPUTER,
    "Mozilla/5.0 (Linux; Android 13; wv) Mobile MMWEBID/1 MicroMessenger/8.0.50(0x28003257) WeChat/arm64": WECHAT,
    "Mozilla/5.0 (Linux; Android 12; wv) Mobile V1_AND_SQ_8.9.80 QQ/8.9.80.12440 NetType/4G": WECHAT,
    "Mozilla/5.0 (Linux; Android 12) Chrome/100.0 MQQBrowser/13.5 Mobile Safari/537.36": ANDROID,
    "": COMPUTER,
}

HOSTILE = [
    "甲;addr:乙|coord:1,2",
    "a:b\\c",
    'a&name=b&src=x#y?"z',
    "50% 折扣+加号",
    "A,B",
    "站(南门)",
    "\u202e反\u0000向\n行",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "站" * 5_000,
    "😀\ud800",
]


def link(code: str, name: str = NAME, street: str = STREET, browser: Browser = ANDROID) -> str:
    return dict[str, str](links(LON, LAT, name, street, browser=browser))[code]


def query(url: str) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def floats(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def lon_lat(code: str, url: str) -> tuple[float, float]:
    """Read the point out of a link, by the order each map documents."""
    if code == "geo":
        lat, lon = floats(url.removeprefix("geo:").split("?")[0])
        return lon, lat
    found = query(url)
    if code in ("amap", "amap_route"):
        lon, lat = floats(found["position"] if code == "amap" else ",".join(found["to"].split(",")[:2]))
        return lon, lat
    lat, lon = floats(
        {
            "baidu": lambda: found["location"],
            "tencent": lambda: found["marker"].split(";")[0].removeprefix("coord:"),
            "apple": lambda: found["ll"],
        }[code]()
    )
    return lon, lat


ROWS = [
    ("amap_route", ANDROID, Datum.GCJ02, "https://uri.amap.com/navigation"),
    ("amap", ANDROID, Datum.GCJ02, "https://uri.amap.com/marker"),
    ("baidu", ANDROID, Datum.GCJ02, "https://api.map.baidu.com/marker"),
    ("tencent", ANDROID, Datum.GCJ02, "https://apis.map.qq.com/uri/v1/marker"),
    ("apple", IPHONE, Datum.GCJ02, "https://maps.apple.com/"),
    ("geo", ANDROID, Datum.WGS84, "geo:"),
]


@pytest.mark.parametrize("code, browser, datum, start", ROWS, ids=[row[0] for row in ROWS])
def test_a_link_leads_to_the_door_in_the_datum_of_its_map(
    code: str, browser: Browser, datum: Datum, start: str
) -> None:
    url = link(code, browser=browser)
    assert url.startswith(start)
    assert url.isascii()
    assert lon_lat(code, url) == pytest.approx(from_wgs84(LON, LAT, datum), abs=5e-7)
    assert to_wgs84(*lon_lat(code, url), datum) == pytest.approx((LON, LAT), abs=1e-6)


def test_every_map_has_a_row_here() -> None:
    assert [row[0] for row in ROWS] == list(TARGETS)


def test_the_members_each_map_demands_are_there() -> None:
    assert query(link("amap_route")) | {"to": ""} == {"to": "", "mode": "ride", "src": "stationmap", "callnative": "1"}
    assert query(link("amap_route"))["to"].endswith(f",{NAME}")
    marker = query(link("amap"))
    assert (marker["name"], marker["src"], marker["coordinate"], marker["callnative"]) == (
        NAME,
        "stationmap",
        "gaode",
        "1",
    )
    baidu = query(link("baidu")) | {"location": ""}
    assert baidu == {
        "location": "",
        "title": NAME,
        "content": STREET,
        "output": "html",
        "src": "webapp.stationmap",
        "coord_type": "gcj02",
    }
    tencent = query(link("tencent"))
    assert (tencent["coord_type"], tencent["referer"]) == ("2", "stationmap")
    assert tencent["marker"].split(";")[1:] == [f"title:{NAME}", f"addr:{STREET}"]
    assert query(link("apple", browser=IPHONE))["q"] == NAME


def test_a_place_without_an_address_still_gives_baidu_its_content() -> None:
    assert query(link("baidu", street=""))["content"] == NAME
    assert "addr:" not in query(link("tencent", street=""))["marker"]


def test_riding_is_asked_of_phones_only() -> None:
    assert query(link("amap_route", browser=COMPUTER))["mode"] == "walk"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("code", [row[0] for row in ROWS])
def test_no_name_changes_where_a_link_leads(code: str, name: str) -> None:
    browser = IPHONE if code == "apple" else ANDROID
    url, plain = link(code, name=name, street=name, browser=browser), link(code, browser=browser)
    assert url.isascii()
    assert len(url) < 2_048
    assert lon_lat(code, url) == lon_lat(code, plain)
    if code == "geo":
        assert url.count("(") == url.count(")") == 1
        return
    assert urlsplit(url).netloc == urlsplit(plain).netloc
    assert query(url).keys() == query(plain).keys()
    assert not {"\u202e", "\u0000", "\n"} & set("".join(query(url).values()))


@given(st.text(max_size=200), st.text(max_size=200))
def test_tencent_finds_the_same_parts_whatever_they_hold(name: str, street: str) -> None:
    marker = query(link("tencent", name=name, street=f"路{street}"))["marker"]
    parts, escaped = [""], False
    for sign in marker:
        if sign == ";" and not escaped:
            parts.append("")
        elif sign != "\\" or escaped:
            parts[-1] += sign
        escaped = sign == "\\" and not escaped
    assert [part.split(":")[0] for part in parts] == ["coord", "title", "addr"]
    assert len(parts[1]) <= len("title:") + MAX_MAP_TEXT


def test_the_comma_of_a_name_does_not_end_it_for_amap() -> None:
    assert query(link("amap_route", name="A,B"))["to"].count(",") == 2


@pytest.mark.parametrize("user_agent, expected", USER_AGENTS.items())
def test_a_browser_is_known_by_what_it_says(user_agent: str, expected: Browser) -> None:
    assert browser_of(user_agent) == expected


@pytest.mark.parametrize(
    "browser, codes",
    [
        (ANDROID, ["amap_route", "amap", "baidu", "tencent", "geo"]),
        (IPHONE, ["amap_route", "amap", "baidu", "tencent", "apple"]),
        (COMPUTER, ["amap_route", "amap", "baidu", "tencent"]),
        (WECHAT, ["tencent"]),
    ],
)
def test_only_maps_that_open_are_offered(browser: Browser, codes: list[str]) -> None:
    assert [found.code for found in links(LON, LAT, NAME, browser=browser)] == codes


def test_inside_a_chat_no_link_calls_an_app() -> None:
    offered: tuple[Link, ...] = links(LON, LAT, NAME, browser=WECHAT)
    assert all(found.url.startswith("https:") and "callnative" not in found.url for found in offered)


def test_a_page_without_a_network_fills_in_the_same_addresses() -> None:
    random = Random(20261124)
    texts = [NAME, "", "A!*'()~_-.", *HOSTILE]
    places = [
        (round(random.uniform(73, 135), 6), round(random.uniform(4, 53), 6), name, street)
        for name in texts[2:]
        for street in texts
    ]
    for browser in (ANDROID, IPHONE, COMPUTER, WECHAT):
        asked = {"links": templates(browser), "places": places}
        found = result_of("tests/js/links_filled.mjs", given=asked)
        assert found == [[url for _, url in links(*place, browser=browser)] for place in places]
