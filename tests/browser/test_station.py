"""The page of a station and the sheet for its door, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stationmap.registry.model import FACILITIES, SERVICES, Station
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from tests.browser.conftest import DESKTOP, PHONE, Browsing, Opened, served

ANDROID = "Mozilla/5.0 (Linux; Android 13; V2203A) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
WECHAT = f"{ANDROID} MMWEBID/1 MicroMessenger/8.0.50 NetType/4G"
NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })"
HEARD = """
  Object.defineProperty(Navigator.prototype, "share", { value: async (given) => { window.shared = given; } });
"""


BROKEN = """() => {
  const lines = (part) => {
    const range = document.createRange();
    range.selectNodeContents(part);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  };
  const whole = (part, most) => (lines(part) > most ? [part.textContent] : []);
  return [
    ...[...document.querySelectorAll(".week td span, .acts bdi")].flatMap((part) => whole(part, 1)),
    ...[...document.querySelectorAll(".maps a")].flatMap((part) => whole(part, part.textContent.split(" ").length)),
  ];
}"""


@pytest.fixture(scope="module")
def station() -> Station:
    """A station of which much is known."""
    registry = parse(demo_registry().read_bytes())
    return next(
        found
        for found in registry.stations
        if found.hours and found.properties.phone and found.properties.directions and found.access.who == "public"
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of one station whose every text attacks."""
    attack = "</script><img src=x onerror=alert(1)>{{7*7}}\u202e"
    properties = {
        "name": f"甲{attack};addr:乙|",
        "category": "outdoor_worker",
        "district": "320302",
        "access": {"who": "public", "note": attack},
        **dict.fromkeys(("name_en", "address", "directions", "hours_source", "phone", "host"), attack),
        "hours": "24/7",
    }
    with served(registry_file(tmp_path_factory, properties, title=attack)) as origin:
        yield origin


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of one station of which everything is known, with other hours every day."""
    days = ("Mo 08:00-12:00,13:30-17:00", "Tu 08:00-17:00", "We 09:00-17:00", "Th 08:00-12:00", "Fr 10:00-18:00")
    properties = {
        "name": "徐州市铜山区经济技术开发区大黄山街道社区党群服务中心户外劳动者服务站",
        "name_en": "Outdoor workers' station at the community centre of Dahuangshan Subdistrict, Tongshan",
        "category": "service_centre",
        "district": "320312",
        "access": {"who": "registration", "how": ["scan", "ask"], "note": "晚上请按门铃,保安开门"},
        "hours": "; ".join((*days, "Sa 08:00-10:00", "Su 11:00-12:00", "PH off")),
        "facilities": dict.fromkeys(FACILITIES, True),
        "services": list(SERVICES),
        "phone": "0516-83700000",
        "directions": "进大院后左转,东楼一层大厅右手第二个门",
    }
    with served(registry_file(tmp_path_factory, properties, demo=True)) as origin:
        yield origin


def registry_file(folders: pytest.TempPathFactory, properties: dict[str, Any], **meta: Any) -> Settings:
    """Write a registry of one station and return the settings to serve it."""
    point = {"type": "Point", "coordinates": [117.2, 34.2]}
    feature = {"type": "Feature", "id": "a", "geometry": point, "properties": properties}
    path = folders.mktemp("registry") / "stations.geojson"
    document = {"type": "FeatureCollection", "stationmap": {"format": 1, **meta}, "features": [feature]}
    path.write_text(json.dumps(document))
    return Settings(registry=path)


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def copied(page: Page) -> str:
    """Paste into a field and return what comes out."""
    page.evaluate("document.body.insertAdjacentElement('beforeend', document.createElement('textarea')).id = 'paste'")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    return page.locator("#paste").input_value()


def test_directions_to_the_door_and_the_way_there_are_on_the_first_screen(
    opened: Opened, station: Station, screens: Path
) -> None:
    page = opened(f"/s/{station.id}", user_agent=ANDROID).page
    height = page.viewport_size["height"] if page.viewport_size else 0
    for shown in (page.locator(".state"), page.locator(".directions"), page.locator(".maps a").first):
        box = shown.bounding_box()
        assert box
        assert box["y"] + box["height"] < height
    hrefs = [link.get_attribute("href") or "" for link in page.locator(".maps a").all()]
    assert [re.split(r"[?:]/*", href)[1 if href.startswith("http") else 0].split("/")[0] for href in hrefs] == [
        "uri.amap.com",
        "uri.amap.com",
        "api.map.baidu.com",
        "apis.map.qq.com",
        "geo",
    ]
    page.screenshot(path=screens / "station-phone.png", full_page=True)


@pytest.mark.parametrize(
    "name, context",
    [
        ("dark", {"color_scheme": "dark"}),
        ("desktop", {"device": DESKTOP}),
        ("wechat", {"user_agent": WECHAT}),
    ],
)
def test_a_station_looks_right_wherever_it_is_opened(
    opened: Opened, station: Station, screens: Path, name: str, context: dict[str, object]
) -> None:
    page = opened(f"/s/{station.id}", **context).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("[data-copy]")).to_be_visible()
    page.screenshot(path=screens / f"station-{name}.png", full_page=True)


def test_the_address_is_copied_and_the_page_says_so(opened: Opened, station: Station) -> None:
    page = opened(f"/s/{station.id}", permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("[data-copy]").click()
    expect(page.locator("#said")).to_have_text("已复制")
    assert copied(page) == station.properties.address


def test_where_nothing_can_be_shared_the_line_and_the_link_are_copied(opened: Opened, station: Station) -> None:
    watched = opened("/healthz", permissions=["clipboard-read", "clipboard-write"])
    watched.page.add_init_script(NO_CLIPBOARD)
    watched.page.goto(watched.page.url.replace("/healthz", f"/s/{station.id}?lang=zh"))
    watched.page.locator("[data-share]").click()
    expect(watched.page.locator("#said")).to_have_text("已复制")
    line, link = copied(watched.page).splitlines()
    assert line.startswith(f"{station.name} · ")
    assert line.endswith("核对")
    assert link == watched.page.url.partition("?")[0]


def test_a_reader_of_english_shares_the_english_page(browsing: Browsing, station: Station) -> None:
    page = browsing(HEARD, f"/s/{station.id}?lang=en").page
    page.locator("[data-share]").click()
    page.wait_for_function("() => window.shared")
    assert page.evaluate("() => window.shared.url") == page.url


def test_a_phone_that_shares_is_given_the_line_and_the_short_link(opened: Opened, station: Station) -> None:
    watched = opened("/healthz")
    watched.page.add_init_script(HEARD)
    watched.page.goto(watched.page.url.replace("/healthz", f"/s/{station.id}"))
    watched.page.locator("[data-share]").click()
    shared = watched.page.evaluate("window.shared")
    assert shared["url"] == watched.page.url
    assert station.name in shared["text"]


def test_inside_a_chat_the_way_out_is_told_and_no_link_is_dead(opened: Opened, station: Station) -> None:
    page = opened(f"/s/{station.id}", user_agent=WECHAT).page
    expect(page.locator(".door")).to_contain_text("在浏览器打开")
    expect(page.locator("[data-copy]")).to_be_visible()
    hrefs = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
    assert all(href.startswith(("/", "https://apis.map.qq.com/", "tel:")) for href in hrefs)


def test_hostile_text_stays_text_on_the_page_the_sheet_and_in_links(opened: Opened, hostile: str) -> None:
    for path in ("/s/a", "/s/a/poster"):
        page = opened(path, at=hostile, user_agent=ANDROID).page
        expect(page.locator("h1")).to_contain_text("<img src=x onerror=alert(1)>{{7*7}}")
        assert page.locator("img:not(.code)").count() == 0
        for link in page.locator("main a").all():
            assert re.match(r"(/|https://|geo:|tel:)", link.get_attribute("href") or "")


def test_the_sheet_for_the_door_is_one_page_of_a4(opened: Opened, station: Station, screens: Path) -> None:
    page = opened(f"/s/{station.id}/poster", device=DESKTOP).page
    expect(page.locator("[data-print]")).to_be_visible()
    page.screenshot(path=screens / "poster.png", full_page=True)
    sheet = page.pdf(prefer_css_page_size=True)
    assert pages_in(sheet) == 1
    assert re.search(rb"/MediaBox \[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]", sheet)
    page.emulate_media(media="print")
    expect(page.locator(".acts")).to_be_hidden()
    expect(page.locator(".poster-demo")).to_be_visible()
    for words in ("演示数据", "Demonstration data", "平常开放时间", "Usual hours", station.name):
        expect(page.locator("main")).to_contain_text(words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_centre_with_everything_still_fits_the_sheet(opened: Opened, full: str, language: str) -> None:
    page = opened(f"/s/a/poster?lang={language}", at=full, device=DESKTOP).page
    expect(page.locator("main")).to_contain_text("另有")
    assert pages_in(page.pdf(prefer_css_page_size=True)) == 1


def test_a_sheet_of_which_little_is_known_promises_no_more_and_fills_the_page(
    opened: Opened, servers: ExitStack, tmp_path_factory: pytest.TempPathFactory, screens: Path
) -> None:
    known = {"name": "二七区大学路街道工会户外劳动者服务站", "category": "outdoor_worker", "district": "320302"}
    told = {"address": "大学路1号", "hours_source": "工作日开放", "phone": "0516-83700000"}
    settings = registry_file(tmp_path_factory, {**known, **told, "access": {"who": "public"}}, demo=True)
    origin = servers.enter_context(served(settings))
    page = opened("/s/a/poster", at=origin, device=DESKTOP).page
    sheet = page.locator("main")
    for words in ("大学路1号", "工作日开放", "扫码看位置和路线"):
        expect(sheet).to_contain_text(words)
    expect(sheet).not_to_contain_text("实时")
    page.screenshot(path=screens / "poster-little.png", full_page=True)
    assert pages_in(page.pdf(prefer_css_page_size=True)) == 1


def test_the_code_on_the_sheet_is_drawn_and_its_link_is_readable(opened: Opened, station: Station) -> None:
    page = opened(f"/s/{station.id}/poster", device=PHONE).page
    assert page.locator(".code").evaluate("image => image.naturalWidth") > 0
    link = page.locator(".link").inner_text()
    assert link == page.url.removesuffix("/poster")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_way_back_to_the_list_keeps_the_position(opened: Opened) -> None:
    here = {"longitude": 117.2, "latitude": 34.26}
    page = opened(geolocation=here, permissions=["geolocation"]).page
    expect(page.locator("#list li").first).to_be_visible()
    page.locator("#locate").click()
    expect(page.locator("#list .metres").first).to_contain_text("米")
    entries = page.evaluate("history.length")
    page.locator("#list h2 a").first.click()
    expect(page.locator("[data-share], [data-copy]").first).to_be_visible()  # its script is there
    page.locator("[data-back]").click()
    page.wait_for_url(lambda url: "/s/" not in url)
    # One more entry would be another list, without the position.
    assert page.evaluate("history.length") == entries + 1


def test_who_came_straight_to_a_station_is_led_to_the_list(opened: Opened, station: Station) -> None:
    page = opened(f"/s/{station.id}").page
    page.locator("[data-back]").click()
    expect(page.locator("#list li").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("is_large", [False, True], ids=["normal", "large"])
def test_names_of_maps_times_and_numbers_do_not_break(
    opened: Opened, full: str, width: int, language: str, is_large: bool
) -> None:
    phone = {**PHONE, "viewport": {"width": width, "height": 700}}
    page = opened(f"/s/a?lang={language}", at=full, device=phone).page
    if is_large:
        page.locator("#large").click()
    broken = page.evaluate(BROKEN)
    assert broken == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".brand").evaluate("brand => brand.offsetHeight") >= (60 if is_large else 44)
