"""The map: walked by keyboard, told where to go on a phone, read in large type, on a ground that does not load."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import CENTRE, DESKTOP, PHONE, Opened
from tests.browser.states import HERE, in_large_type, listed, located, popup_stands, with_legend, with_map, with_popup

SMALL_PHONE = {**PHONE, "viewport": {"width": 360, "height": 640}}
MOST_STOPS = 120

# Where the focus is in the map, whether it can be seen there, and where the view is; null outside the map.
STOP = """() => {
  const at = document.activeElement;
  if (!at.closest("#map")) return null;
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const seen = [left + 2, (left + right) / 2, right - 2].flatMap((x) => [top + 2, (top + bottom) / 2, bottom - 2].map(
    (y) => document.elementFromPoint(x, y))).some((hit) => hit && (at.contains(hit) || hit.contains(at)));
  return { name: at.getAttribute("aria-label") || at.title || at.textContent.trim(), pin: at.matches(".pin"),
    top: (top + bottom) / 2, seen, view: document.querySelector(".leaflet-map-pane").style.transform };
}"""
PINS_IN_VIEW = """() => {
  const { left, right, top, bottom } = document.querySelector(".map-canvas").getBoundingClientRect();
  return [...document.querySelectorAll(".pin[role=button]")].filter((pin) => {
    const box = pin.getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    return left < x && x < right && top < y && y < bottom;
  }).length;
}"""


def walked(page: Page, key: str = "Tab") -> list[dict[str, Any]]:
    """Press a key until the focus leaves the map, and return where it was."""
    found: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        at = page.evaluate(STOP)
        if at is None:
            return found
        found.append(at)
    raise AssertionError(f"the focus never leaves the map: {found[-3:]}")


def boxed(found: Locator) -> dict[str, float]:
    box = found.bounding_box()
    assert box
    x, y, width, height = box["x"], box["y"], box["width"], box["height"]
    return {"x": x, "y": y, "width": width, "height": height, "right": x + width, "bottom": y + height}


def pinned(page: Page) -> int:
    count: int = page.evaluate(PINS_IN_VIEW)
    return count


def without_a_net(page: Page) -> None:
    """Choose a ground whose images do not come: no test reaches another host."""
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label(re.compile("高德地图")).check()


@pytest.mark.parametrize("near", [True, False])
def test_the_map_is_walked_to_its_end_by_keyboard(opened: Opened, near: bool) -> None:
    page = opened(device=DESKTOP, **HERE).page
    located(page) if near else listed(page)
    with_map(page)
    page.locator(".map-canvas").focus()
    before = page.evaluate(STOP)["view"]
    way = walked(page)
    pins = [stop for stop in way if stop["pin"]]
    assert len(pins) == pinned(page) > 5
    assert [stop["top"] for stop in pins] == sorted(stop["top"] for stop in pins)
    assert [stop["name"] for stop in way[len(pins) :]] == ["放大", "缩小", "底图", "图例"]
    assert {stop["view"] for stop in way} == {before}
    assert [stop["name"] for stop in way if not stop["seen"]] == []
    page.locator("#legend summary").focus()
    assert walked(page, "Shift+Tab")[3:-1] == list(reversed(pins))


def test_the_focus_of_a_cluster_goes_on_to_what_it_held(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    with_map(page)
    page.locator(".pin:has(.cluster)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => map_0.getZoom() > 9")
    page.wait_for_timeout(400)
    expect(page.locator(".pin:focus")).to_have_count(1)
    assert walked(page)


def test_the_focus_stays_on_the_map_when_its_marker_is_filtered_out(opened: Opened) -> None:
    page = opened(device=DESKTOP, **HERE).page
    located(page)
    with_map(page)
    page.locator(".pin[role=button]:has(.marker)").first.focus()
    page.evaluate("() => document.querySelector('input[value=culture]').click()")
    page.wait_for_url("**/?category=culture")
    page.wait_for_timeout(300)
    assert page.evaluate(STOP) is not None


def test_the_choice_of_grounds_is_opened_and_closed_by_keyboard(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    with_map(page)
    page.locator(".leaflet-control-layers-toggle").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("示意图"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-control-layers-toggle")).to_be_focused()
    expect(page.locator(".leaflet-control-layers-list")).to_be_hidden()


def test_on_a_phone_the_map_asks_for_a_point_and_answers_for_it(opened: Opened) -> None:
    page = opened(permissions=[]).page
    listed(page)
    page.locator("#locate").tap()
    page.get_by_role("button", name="在地图上点").tap()
    said = page.locator(".map-line p")
    expect(said).to_have_text("请在地图上点你的位置")
    page.locator(".pin").first.wait_for()
    page.evaluate("() => map_0.fire('click', { latlng: L.latLng(34.26, 117.2) })")
    expect(said).to_contain_text(re.compile(r"\d 米 · "))
    first = said.locator("bdi").inner_text()
    page.locator(".map-line").get_by_role("button", name="列表").tap()
    expect(page.locator(".card h2").first).to_have_text(first)


def test_a_phone_on_the_map_is_located_there(opened: Opened) -> None:
    page = opened(**HERE).page
    with_map(page)
    expect(page.locator(".map-line p")).to_have_text("点地图，从那里出发")
    page.get_by_role("button", name="用我的位置").tap()
    expect(page.locator(".map-line p")).to_contain_text(re.compile(r"\d 米 · "))
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_phone_on_the_map_says_why_it_cannot_be_located(opened: Opened) -> None:
    page = opened(permissions=[]).page
    with_map(page)
    page.get_by_role("button", name="用我的位置").tap()
    expect(page.locator(".map-line p")).to_contain_text("没有定位权限")


def test_from_the_map_of_a_phone_the_first_stop_skips_to_the_stations(opened: Opened) -> None:
    page = opened().page
    with_map(page)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#list")).to_be_focused()
    expect(page.locator("#list")).to_be_visible()


@pytest.mark.parametrize("device", [PHONE, SMALL_PHONE])
@pytest.mark.parametrize("large", [False, True])
def test_the_way_on_from_a_popup_is_always_in_view(opened: Opened, device: dict[str, Any], large: bool) -> None:
    page = opened(device=device, **HERE).page
    (in_large_type(with_popup) if large else with_popup)(page)
    button, popup = boxed(page.locator(".popup .button")), boxed(page.locator(".popup"))
    assert popup["y"] < button["y"]
    assert button["bottom"] <= popup["bottom"] + 1
    centre = [button["x"] + button["width"] / 2, button["y"] + button["height"] / 2]
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.className", centre) == "button"


def test_what_stands_on_the_map_is_large_in_large_type(opened: Opened) -> None:
    page = opened().page
    in_large_type(with_legend)(page)
    for text in (".legend li", ".legend summary", ".leaflet-control-scale-line", ".approval:visible", ".map-line p"):
        size = page.locator(text).first.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
        assert size >= 18, text
    for target in (".legend summary", ".map-line .locate"):
        assert boxed(page.locator(target))["height"] >= 60, target


@pytest.mark.parametrize("large", [False, True])
def test_nothing_lies_on_the_lines_below_the_map(opened: Opened, large: bool) -> None:
    page = opened().page
    (in_large_type(with_map) if large else with_map)(page)
    lines = [".approval:visible", ".leaflet-control-attribution", ".map-line", ".views"]
    boxes = [boxed(page.locator(line)) for line in lines]
    for upper, lower in itertools.pairwise(boxes):
        assert upper["bottom"] <= lower["y"] + 1
    assert boxed(page.locator(".leaflet-control-scale"))["right"] <= boxes[1]["x"]


@pytest.mark.parametrize("device", [PHONE, DESKTOP])
def test_the_rider_stands_in_the_middle_of_the_view(opened: Opened, device: dict[str, Any]) -> None:
    page = opened(device=device, **HERE).page
    located(page)
    with_map(page)
    you, view = boxed(page.locator(".you")), boxed(page.locator(".map-canvas"))
    free = boxed(page.locator(".map-line"))["y"] if device is PHONE else view["bottom"]
    assert (you["x"] + you["right"]) / 2 == pytest.approx((view["x"] + view["right"]) / 2, abs=20)
    assert (you["y"] + you["bottom"]) / 2 == pytest.approx((view["y"] + free) / 2, abs=20)


# How far the middle of each mark on the map is from the point it stands for, in pixels.
ASIDE = """() => {
  const { left, top } = map_0.getContainer().getBoundingClientRect();
  const found = [];
  map_0.eachLayer((layer) => {
    const drawn = layer.getElement?.();
    if (!drawn?.matches(".pin, .ring")) return;
    const { x, y } = map_0.latLngToContainerPoint(layer.getLatLng());
    const box = (drawn.firstElementChild ?? drawn).getBoundingClientRect();
    found.push(Math.hypot(left + x - (box.left + box.right) / 2, top + y - (box.top + box.bottom) / 2));
  });
  return found;
}"""


@pytest.mark.parametrize("large", [False, True])
def test_every_mark_stands_on_its_point(opened: Opened, large: bool) -> None:
    page = opened(**HERE).page
    (in_large_type(located) if large else located)(page)
    with_map(page)
    aside = page.evaluate(ASIDE)
    assert len(aside) > 5 and max(aside) < 1.5
    page.locator("#large").click()  # while the map stands
    assert max(page.evaluate(ASIDE)) < 1.5


RINGS_AT = """lat => {
  const rings = [];
  map_0.eachLayer((layer) => layer.options.className === "ring" && rings.push(layer.getLatLng().lat));
  return rings.length === 2 && rings.every((found) => found === lat);
}"""


def test_rings_tell_how_far_a_station_is(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    with_map(page)
    expect(page.locator(".ring-name")).to_have_text(["500 米", "1 公里"])
    # Metres of the ground in a pixel of the map, at the latitude of the point.
    metres = page.evaluate("() => map_0.distance(...[0, 100].map((x) => map_0.containerPointToLatLng([x, 422]))) / 100")
    widths = [boxed(ring)["width"] * metres for ring in page.locator(".ring").all()]
    assert widths == pytest.approx([1000, 2000], rel=0.02)
    page.evaluate("() => map_0.setZoom(11, { animate: false })")
    expect(page.locator(".ring, .ring-name")).to_have_count(0)
    page.evaluate("() => map_0.setZoom(17, { animate: false })")
    expect(page.locator(".ring, .ring-name")).to_have_count(0)
    page.evaluate("() => map_0.setZoom(15, { animate: false })")
    expect(page.locator(".ring, .ring-name")).to_have_count(4)
    page.evaluate("() => map_0.fire('click', { latlng: L.latLng(34.27, 117.2) })")
    page.get_by_role("button", name="从这里出发").click()
    page.wait_for_function(RINGS_AT, arg=34.27)
    page.evaluate("() => map_0.panTo([34.27, 117.2], { animate: false })")
    expect(page.locator(".ring, .ring-name")).to_have_count(4)


def test_a_point_that_is_only_about_there_has_no_rings(opened: Opened) -> None:
    page = opened(**{**HERE, "geolocation": {**CENTRE, "accuracy": 1500}}).page
    located(page)
    with_map(page)
    page.evaluate("() => map_0.setZoom(15, { animate: false })")
    expect(page.locator(".you")).to_have_count(1)
    expect(page.locator(".ring, .ring-name")).to_have_count(0)


def test_the_first_view_of_a_large_screen_is_filled_by_the_city(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    with_map(page)
    counties = page.locator(".ground-county").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    city = max(one["right"] for one in counties) - min(one["left"] for one in counties)
    assert city > 0.7 * boxed(page.locator(".map-canvas"))["width"]


@pytest.mark.parametrize(
    ("ground", "asked", "credit", "approval"),
    [
        (
            "天地图",
            r"https://t[0-7]\.tianditu\.gov\.cn/DataServer\?T=(vec|cva)_w&x=\d+&y=\d+&l=\d+&tk=abc1",
            "天地图 · 国家地理信息公共服务平台",
            "审图号：GS(2026)2号",
        ),
        (
            "高德地图",
            r"https://webrd0[1-4]\.is\.autonavi\.com/appmaptile\?.+",
            "高德地图 AutoNavi",
            "审图号：GS(2026)3号",
        ),
        (
            "OpenStreetMap",
            r"https://tile\.openstreetmap\.org/\d+/\d+/\d+\.png",
            "© OpenStreetMap contributors",
            None,
        ),
    ],
)
def test_each_ground_asks_its_own_hosts_and_has_its_own_credit_and_approval(
    opened: Opened, ground: str, asked: str, credit: str, approval: str | None
) -> None:
    watched = opened(device=DESKTOP, expected=[asked])
    page = watched.page
    with_map(page)
    shown = page.locator(".approval:visible")
    expect(shown).to_have_text("审图号：苏S(2026)001号")
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label(re.compile(ground)).check()
    expect(page.get_by_role("alert")).to_contain_text("底图加载不出来")  # no test reaches other hosts
    assert watched.strangers
    assert [url for url in watched.strangers if not re.fullmatch(asked, url)] == []
    expect(page.locator(".leaflet-control-attribution")).to_contain_text(credit)
    if approval:
        expect(shown).to_have_text(approval)
    else:
        expect(shown).to_have_count(0)
    page.get_by_role("button", name="换回示意图").click()
    expect(shown).to_have_text("审图号：苏S(2026)001号")


def test_a_ground_that_does_not_load_is_said_to_and_left(opened: Opened) -> None:
    page = opened(device=DESKTOP, geolocation=CENTRE, expected=[r"\.autonavi\.com/"]).page
    with_map(page)
    without_a_net(page)
    expect(page.locator(".leaflet-control-layers-list")).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("底图加载不出来")
    page.get_by_role("button", name="换回示意图").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.locator(".ground-county").count() == 10
    page.locator(".leaflet-control-layers").hover()
    expect(page.get_by_label(re.compile("示意图"))).to_be_checked()


@pytest.mark.parametrize("large", [False, True])
def test_a_popup_fits_the_smallest_screen(opened: Opened, large: bool) -> None:
    page = opened(device={**PHONE, "viewport": {"width": 320, "height": 640}}, **HERE).page
    (in_large_type(with_popup) if large else with_popup)(page)
    for part in (".leaflet-popup-content-wrapper", ".leaflet-popup-close-button", ".popup .button"):
        box = boxed(page.locator(part))
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320


@pytest.mark.parametrize(
    "size", [(844, 390), (667, 375), (390, 460)], ids=["turned", "turned, small", "a keyboard came"]
)
def test_a_popup_stays_in_view_when_the_screen_changes(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(**HERE).page
    with_popup(page)
    popup = page.locator(".leaflet-popup")
    popup.get_by_role("link").last.focus()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_function("height => map_0.getSize().y < height", arg=size[1])
    popup_stands(page)
    expect(popup.locator("h2")).to_be_in_viewport(ratio=1)
    expect(popup.get_by_role("link").last).to_be_in_viewport(ratio=1)
    inside = """popup => {
      const [mine, map] = [popup, document.querySelector("#map")].map((found) => found.getBoundingClientRect());
      return mine.top >= map.top && mine.left >= map.left && mine.right <= map.right;
    }"""
    assert popup.evaluate(inside)
    hit = """close => {
      const { x, y, width, height } = close.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2)?.closest("a") === close;
    }"""
    assert popup.locator(".leaflet-popup-close-button").evaluate(hit)
    assert popup.evaluate("popup => popup.contains(document.activeElement)")
