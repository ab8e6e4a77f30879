"""The page for everyone: by keyboard, in large type, on a narrow screen, in another language, without the map."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from stationmap.settings import Settings
from stationmap.web import create_app
from tests.browser.conftest import ABORTED, DESKTOP, NOT_FOUND, NOW, PHONE, Opened
from tests.browser.states import (
    DEVICES,
    HERE,
    STATES,
    STATION,
    denied,
    finding_nothing,
    in_large_type,
    listed,
    located,
    standing,
    with_map,
    with_popup,
)
from tests.conftest import ROOT

MOST_STEPS = 400
PAGES = ["/", "/?lang=en", STATION, f"{STATION}?lang=en", "/s/nobody"]

# What the focus is on: how to tell it from others, whether it can be seen, and whether it is marked.
FOCUS = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const across = [left + 2, (left + right) / 2, right - 2];
  const down = [top + 2, (top + bottom) / 2, bottom - 2];
  const seen = across.flatMap((x) => down.map((y) => document.elementFromPoint(x, y))).some(
    (hit) => hit && (at.contains(hit) || hit.contains(at) || hit.closest("label")?.contains(at)));
  const marks = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
  const marked = [at, at.parentElement, at.nextElementSibling].some((node) => node && marks(getComputedStyle(node)));
  globalThis.stops ??= new Map();
  if (!stops.has(at)) stops.set(at, stops.size);
  const name = at.id || at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40) || at.className;
  const stretched = marks(getComputedStyle(at, "::after"));
  return { number: stops.get(at), name, seen, marked: marked || stretched, inMap: at.closest("#map") !== null };
}"""

# Everything that is tapped; the boxes themselves are as large as their labels.
TARGETS = "button, select, #search, summary, label.check, a[href], [role=button]"
NO_TARGETS = ".card h2 a, .popup h2 a, .skip, .foot a, .leaflet-control-attribution a"  # in a larger one, or in a line
SMALL_TARGETS = f"""() => [...document.querySelectorAll("{TARGETS}")]
  .filter((found) => found.checkVisibility({{ visibilityProperty: true }}) && !found.matches("{NO_TARGETS}"))
  .filter((found) => Math.min(found.offsetHeight, found.offsetWidth) < 60)
  .map((found) => [found.id || found.textContent.trim().slice(0, 20) || found.className,
    found.offsetWidth, found.offsetHeight])"""
SMALL_TEXTS = """() => [...document.body.querySelectorAll("*")]
  .filter((found) => found.checkVisibility({ visibilityProperty: true }))
  .filter((found) => [...found.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .map((found) => [found.textContent.trim().slice(0, 20), parseFloat(getComputedStyle(found).fontSize)])
  .filter(([, size]) => size < 18)"""


def stops(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Press a key until the focus comes back to where it has been, and return where it was."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_STEPS):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        if at is None or at["number"] < len(found):
            return found
        found.append(at)
    raise AssertionError(f"the focus never comes round; it is on {found[-1]['name']}")


def tab_to(page: Page, wanted: Locator) -> None:
    expect(wanted).to_be_visible()
    for _ in range(MOST_STEPS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("never reached")


@pytest.mark.parametrize("device", DEVICES)
def test_the_focus_goes_everywhere_and_is_always_seen(opened: Opened, device: str) -> None:
    page = opened(device=DEVICES[device]).page
    with_map(page) if device == "desktop" else listed(page)
    way = stops(page)
    names = [stop["name"] for stop in way]
    assert {"search", "locate", "filters-toggle", "more"} <= set(names)
    assert any(stop["inMap"] for stop in way) is (device == "desktop")
    assert [stop["name"] for stop in way if not stop["seen"]] == []
    assert [stop["name"] for stop in way if not stop["marked"]] == []


def test_the_focus_leaves_the_map_both_ways(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    with_map(page)
    page.locator(".pin[role=button]").first.focus()
    assert not stops(page)[-1]["inMap"] or page.evaluate(FOCUS) is None
    page.locator(".pin[role=button]").first.focus()
    page.evaluate("() => globalThis.stops?.clear()")
    back = stops(page, "Shift+Tab")
    assert any(not stop["inMap"] for stop in back)


def test_a_rider_gets_there_by_keyboard_alone(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    tab_to(page, page.locator("#search"))
    page.keyboard.type("云龙区")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("从“云龙区”出发")
    title = page.locator(".card h2").first.inner_text()
    tab_to(page, page.locator(".card h2 a").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    there = page.get_by_role("link", name=re.compile("高德")).first
    tab_to(page, there)
    assert (there.get_attribute("href") or "").startswith("https://uri.amap.com/")


def test_filters_are_reached_and_changed_by_keyboard(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    tab_to(page, page.locator("#filters-toggle"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("热水"))
    page.keyboard.press("Space")
    page.wait_for_url("**/?facility=hot_water")


def test_the_first_stop_skips_to_the_stations(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.card') !== null")


@pytest.mark.parametrize("width", [320, 640])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_needs_sideways_scrolling_at_twice_the_size(opened: Opened, path: str, width: int) -> None:
    # 1,280 and 640 physical pixels at 200 %, and 320 CSS pixels, which is what WCAG asks for.
    device = {"viewport": {"width": width, "height": 512}, "device_scale_factor": 2}
    page = opened(path, device=device, expected=[NOT_FOUND + "/s/nobody$"]).page
    if path in ("/", "/?lang=en"):
        listed(page)
        page.locator("#filters-toggle").click()
    page.locator("#large").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel = page.locator(".panel")
    assert not panel.count() or panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")


@pytest.mark.parametrize("name", ["located", "filters", "popup", "legend", "station", "english"])
def test_large_type_is_large_and_so_are_its_targets(opened: Opened, name: str) -> None:
    state = STATES[name]
    page = opened(state.path, **state.context).page
    in_large_type(state.reach)(page)
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(SMALL_TEXTS) == []


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_in_large_type_the_first_station_is_above_the_fold_of_a_small_phone(
    opened: Opened, language: str, width: int
) -> None:
    device = {**PHONE, "viewport": {"width": width, "height": 640}}
    page = opened(f"/?lang={language}", device=device, **HERE).page
    listed(page)
    page.locator("[data-switch=travel]").click()  # as most come: by e-bike
    page.locator("#large").click()
    page.locator("#locate").click()
    expect(page.locator("#copy")).to_be_visible()
    state = page.locator(".card-state").first
    bottom = state.evaluate("state => state.getBoundingClientRect().bottom")
    assert bottom < page.locator("#views").evaluate("views => views.getBoundingClientRect().top")
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(SMALL_TEXTS) == []
    # What is asked for less often is a tap away, and in view while it is on.
    always = page.locator("[data-switch=always]")
    expect(always).to_be_hidden()
    page.locator("#filters-toggle").click()
    always.click()
    page.locator("#filters-toggle").click()
    expect(always).to_be_in_viewport(ratio=1)
    assert page.locator(".panel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    always.click()
    expect(always).to_be_hidden()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_the_smallest_phone_the_first_station_is_above_the_switch(opened: Opened, language: str) -> None:
    device = {**PHONE, "viewport": {"width": 320, "height": 640}}
    page = opened(f"/?lang={language}", device=device, **HERE).page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#copy")).to_be_visible()
    access = page.locator(".card-access").first.bounding_box()
    switch = page.locator("#views").bounding_box()
    assert access and switch and access["y"] + access["height"] < switch["y"]


def test_large_type_is_remembered_on_every_page(opened: Opened) -> None:
    page = opened().page
    listed(page)
    before = page.locator(".card h2").first.evaluate("title => parseFloat(getComputedStyle(title).fontSize)")
    page.locator("#large").click()
    page.reload()
    listed(page)
    assert page.locator(".card h2").first.evaluate("title => parseFloat(getComputedStyle(title).fontSize)") > before
    page.locator(".card h2 a").first.click()
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    page.locator("#large").click()
    page.go_back()
    listed(page)
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("path", "reach"), [("/?now=0", listed), (STATION, standing)])
def test_times_are_those_of_the_stations_wherever_the_phone_is(
    opened: Opened, path: str, reach: Callable[[Page], None]
) -> None:
    said = []
    for zone in ("Asia/Shanghai", "America/New_York"):
        page = opened(path, timezone_id=zone).page
        reach(page)
        said.append(page.locator("main").inner_text())
    assert re.search(r"\d\d:\d\d", said[0])
    assert said[0] == said[1]


def test_nothing_moves_for_those_who_asked_for_stillness(opened: Opened) -> None:
    page = opened(reduced_motion="reduce", device=DESKTOP, **HERE).page
    with_popup(page)
    page.locator(".leaflet-control-zoom-out").click()
    assert page.evaluate("() => document.getAnimations().length") == 0
    assert page.locator(".leaflet-zoom-anim, .leaflet-pan-anim").count() == 0


def test_by_night_the_page_and_the_ground_of_the_map_are_dark(opened: Opened) -> None:
    page = opened(color_scheme="dark", device=DESKTOP).page
    with_map(page)
    for selector in ("body", ".card", ".map-canvas", ".top"):
        colour = page.locator(selector).first.evaluate("""element => {
          while (getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)") element = element.parentElement;
          return getComputedStyle(element).backgroundColor;
        }""")
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 80, (selector, colour)


@pytest.mark.parametrize(("path", "reach"), [("/", listed), (STATION, standing)])
def test_the_other_language_is_one_tap_away_and_keeps_the_view(
    opened: Opened, path: str, reach: Callable[[Page], None]
) -> None:
    page = opened(path).page
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    reach(page)
    page.locator(".foot, bdi").evaluate_all("found => found.forEach((text) => text.remove())")  # the registry's own
    text = page.locator("main").inner_text()
    chinese, english = (
        json.loads((ROOT / "static" / "i18n" / f"{language}.json").read_text(encoding="utf-8"))
        for language in ("zh", "en")
    )
    shown = {key: word for key, word in chinese.items() if not key.startswith("district_also.")}  # only searched in
    own = [word for key, word in shown.items() if word != english[key] and "{" not in word]
    assert [word for word in own if word in text] == []
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_filters_stay_when_the_language_changes(opened: Opened) -> None:
    page = opened("/?facility=toilet&now=0").page
    listed(page)
    page.get_by_role("link", name="English").click()
    listed(page)
    assert page.get_by_label("Toilet", exact=True).is_checked()


def test_everything_is_there_without_the_map(opened: Opened) -> None:
    of_maps = "leaflet|supercluster|/map/"
    watched = opened("", expected=[f"{ABORTED}.*({of_maps})"], **HERE)
    page = watched.page
    page.route(re.compile(of_maps), lambda route: route.abort())
    page.goto(watched.origin)
    located(page)
    page.locator("#filters-toggle").click()
    page.get_by_label("热水").check()
    page.locator(".card h2 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_without_script_the_page_says_where_the_data_is(opened: Opened) -> None:
    # What the page fetches ahead is for its script.
    page = opened(java_script_enabled=False, expected=["^warning: .*preloaded"]).page
    expect(page.locator("noscript p")).to_contain_text("JavaScript")
    page.goto(page.url.rstrip("/") + STATION)
    expect(page.get_by_role("heading", level=1)).to_contain_text("演示003")
    expect(page.get_by_role("link", name=re.compile("高德")).first).to_be_visible()


def test_a_screen_reader_hears_what_the_eye_sees_of_a_marker(opened: Opened) -> None:
    page = opened(device=DESKTOP, **HERE).page
    located(page)
    with_map(page)
    labels = page.locator(".pin[role=button]").evaluate_all("pins => pins.map(pin => pin.getAttribute('aria-label'))")
    assert labels
    assert all(
        re.fullmatch(r".+，.+，到达时(开放|关闭|不一定开放)|\d+ 个站点，\d+ 个到达时开放", label) for label in labels
    )


def test_a_screen_reader_hears_a_new_answer_once(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    told = page.locator("#told")
    expect(told).to_have_text(re.compile(r"^\d+ 个站点。.* · "))
    told.evaluate("""told => {
      globalThis.heard = [];
      const watching = { childList: true, characterData: true, subtree: true };
      new MutationObserver(() => heard.push(told.textContent)).observe(told, watching);
    }""")
    page.get_by_role("button", name="免登记").click()
    page.wait_for_function("() => heard.length > 0")
    page.wait_for_timeout(200)
    (heard,) = page.evaluate("heard")
    assert page.locator("#line").inner_text() in heard


def test_list_and_map_come_before_the_search(opened: Opened) -> None:
    page = opened().page
    listed(page)
    reached = [stop["name"] for stop in stops(page)]
    assert reached.index("列表") < reached.index("search")


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_switch_hides_beside_the_screen(opened: Opened, language: str, width: int) -> None:
    device = {**PHONE, "viewport": {"width": width, "height": 640}}
    page = opened(f"/?lang={language}&category=outdoor_worker", device=device).page
    listed(page)
    for switch in page.locator(".chips button").all():
        expect(switch).to_be_in_viewport(ratio=1)


def test_the_search_in_vain_leads_on(opened: Opened) -> None:
    page = opened().page
    finding_nothing(page)
    page.keyboard.press("Enter")
    expect(page.locator("#results")).to_be_visible()
    page.get_by_role("option", name="选区县").click()
    page.get_by_role("option", name="云龙区").click()
    expect(page.locator("#notice")).to_contain_text("云龙区")
    finding_nothing(page)
    page.get_by_role("option", name="在地图上点").click()
    expect(page.locator("#map")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "typed", "offered"),
    [
        ("/", "厕所", "筛选：厕所"),
        ("/", "toilet", "筛选：厕所"),
        ("/", "洗手间", "筛选：厕所"),
        ("/?lang=en", "wifi", "Filter: Wi-Fi"),
        ("/", "热饭", "筛选：微波炉"),
        ("/", "休息", "筛选：座椅"),
        ("/?lang=en", "warm food", "Filter: Microwave"),
        ("/?lang=en", "heat food", "Filter: Microwave"),
    ],
)
def test_a_facility_typed_into_the_search_becomes_a_filter(opened: Opened, path: str, typed: str, offered: str) -> None:
    page = opened(path).page
    listed(page)
    page.locator("#search").fill(typed)
    page.get_by_role("option", name=offered).first.click()
    page.wait_for_url("**facility=*")


@pytest.mark.parametrize(
    ("path", "typed", "offered", "query"),
    [
        ("/", "24小时", "筛选：24 小时", "always=1"),
        ("/", "免登记", "筛选：免登记", "free=1"),
        ("/?lang=en", "open 24 hours", "Filter: 24 hours", "always=1"),
        ("/?lang=en", "no signup", "Filter: No sign-up", "free=1"),
    ],
)
def test_the_words_on_the_pages_own_switches_can_be_typed(
    opened: Opened, path: str, typed: str, offered: str, query: str
) -> None:
    page = opened(path).page
    listed(page)
    for _ in range(2):  # what is on stays on
        page.locator("#search").fill(typed)
        page.get_by_role("option", name=offered).click()
        page.wait_for_url(f"**{query}**")
        expect(page.locator(".chip[aria-pressed=true]").last).to_have_text(offered.partition("：")[2] or offered[8:])


def test_inside_a_chat_a_refused_position_says_where_to_allow_it(opened: Opened) -> None:
    page = opened(user_agent="Mozilla/5.0 (Linux; Android 14) Mobile MicroMessenger/8.0", permissions=[]).page
    denied(page)
    expect(page.locator("#notice")).to_contain_text("在浏览器打开")


@pytest.mark.parametrize(
    ("title", "path", "shown"),
    [
        ("徐州工会驿站", "/", "徐州工会驿站"),
        ("徐州工会驿站", "/?lang=en", "Union rest stations"),
        ("rest_stations_2026", "/", "工会驿站地图"),
    ],
)
def test_the_finder_is_named_in_the_language_of_the_page(tmp_path: Path, title: str, path: str, shown: str) -> None:
    file = tmp_path / "stations.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1, "title": title}, "features": []})
    )
    page = create_app(Settings(registry=file), clock=lambda: NOW).test_client().get(path).text
    assert f"<title>{shown}</title>" in page
    assert f'<meta property="og:title" content="{shown}">' in page
    assert '<meta name="description"' in page


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", STATION])
@pytest.mark.parametrize("large", [False, True], ids=["ordinary", "large"])
def test_the_head_is_one_line_on_a_phone(opened: Opened, language: str, width: int, path: str, large: bool) -> None:
    device = {**PHONE, "viewport": {"width": width, "height": 640}}
    page = opened(f"{path}?lang={language}", device=device).page
    if large:
        page.locator("#large").click()
    head = page.locator(".top")
    assert head.evaluate("head => head.offsetHeight") < (70 if large else 56)
    assert head.evaluate("head => head.scrollWidth <= head.clientWidth")
    for part in (".demo", "#large", "#language"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
