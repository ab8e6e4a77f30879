"""Stations along the way to the next order: chosen in few taps, worked out on the phone, gone with the tab."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OFFLINE, Opened
from tests.browser.states import HERE, along_a_route, asked_where_to, kept_by_worker, listed, located, names
from tests.browser.test_finder import too_large

LONGER = re.compile(r"多走约 (\d+) 分钟|不绕路")
KEPT_SCRIPT = """async () => {
  const src = document.querySelector("script[src*='app.bundle']").src;
  return Boolean(await caches.match(src.replace("app.bundle", "route_parts.bundle")));
}"""
STORED = """() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state])"""


def minutes(page: Page) -> list[int]:
    """Return by how much each row says the way gets longer."""
    listed(page)
    found = [LONGER.fullmatch(text) for text in page.locator(".metres").all_inner_texts()]
    assert all(found)
    return [int(each[1] or 0) for each in found if each]


def tapped(page: Page, east_px: int, north_px: int) -> None:
    """Tap the map so far from its middle."""
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + east_px, box["y"] + box["height"] / 2 - north_px)


def test_two_taps_and_one_on_the_map_show_what_lies_on_the_way(opened: Opened) -> None:
    watched = opened(**HERE)
    page = watched.page
    located(page)
    nearest = names(page)
    page.locator("#along").click()
    expect(page.locator("#route-text")).to_have_text("顺路：下一单送到哪里？")
    expect(page.locator("#route-text")).to_be_focused()
    page.locator(".route").get_by_role("button", name="在地图上点").click()
    expect(page.locator(".map-line")).to_contain_text("点一下下一单的地方")
    page.locator("#map .pin").first.wait_for()
    tapped(page, 120, 150)
    expect(page.locator(".goal")).to_be_visible()
    expect(page.locator(".route-line")).to_have_count(1)
    expect(page.locator(".map-line")).to_contain_text(LONGER)
    page.locator(".map-line").get_by_role("button", name="列表").click()
    expect(page.locator("#route-text")).to_have_text("顺路：从我的位置到地图上选的点")
    assert minutes(page) == sorted(minutes(page))
    expect(page.locator("#line")).to_have_text(re.compile(f"^({LONGER.pattern}) · 营业至"))
    expect(page.locator(".card-state").first).to_contain_text(re.compile("约 .*(米|公里).*步行约"))

    page.locator(".card h2 a").nth(1).click()
    expect(page.locator("#journey")).to_contain_text("步行约")
    page.go_back()
    expect(page.locator("#route-text")).to_have_text("顺路：从我的位置到地图上选的点")
    page.reload()
    expect(page.locator("#route-text")).to_have_text("顺路：从我的位置到地图上选的点")
    page.locator("[data-switch=free]").click()
    expect(page.locator(".card-access", has_text="登记")).to_have_count(0)
    assert minutes(page) == sorted(minutes(page))
    page.locator("[data-switch=free]").click()

    sent = [f"{request.url} {request.post_data or ''}" for request in watched.requests]
    assert not [text for text in sent if re.search(r"\b117\.\d|\b34\.\d", text)]
    assert not re.search(r"117\.\d|34\.\d", page.evaluate(STORED))
    page.go_back()
    expect(page.locator(".route")).to_have_count(0)
    expect(page.locator("#along")).to_have_attribute("aria-pressed", "false")
    assert names(page) == nearest
    assert page.locator(".goal").count() == 0


def test_a_place_of_the_search_is_an_end_and_another_one_may_be(opened: Opened) -> None:
    page = opened(**HERE).page
    along_a_route(page)
    first = names(page)
    page.locator(".route").get_by_role("button", name="换终点").click()
    page.locator("#search").fill("鼓楼区")
    page.keyboard.press("Enter")
    expect(page.locator("#route-text")).to_have_text("顺路：从我的位置到鼓楼区")
    assert names(page) != first
    page.locator("#locate").click()  # another start, not another end
    expect(page.locator("#route-text")).to_have_text("顺路：从我的位置到鼓楼区")
    page.locator(".route").get_by_role("button", name="结束顺路").click()
    expect(page.locator(".route")).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")


def test_where_nothing_is_near_the_way_that_is_said(opened: Opened) -> None:
    page = opened(geolocation={"longitude": 121.47, "latitude": 31.23}, permissions=["geolocation"]).page
    asked_where_to(page)
    page.locator(".route").get_by_role("button", name="在地图上点").click()
    page.locator("#map .you").wait_for()
    page.evaluate("() => map_0.setView([31.23, 121.47], 15, { animate: false })")
    tapped(page, 60, 90)
    expect(page.locator(".goal")).to_be_visible()
    page.locator(".views [data-view=list]").click()
    expect(page.locator("#notice")).to_contain_text("多走不到半小时的站点一个也没有")
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator("#line")).to_have_text("")


def test_without_a_position_both_ends_are_tapped(opened: Opened) -> None:
    page = opened().page
    listed(page)
    page.locator("#along").click()
    expect(page.locator("#route-text")).to_have_text("顺路：先选从哪里出发")
    page.locator(".route").get_by_role("button", name="在地图上点").click()
    page.locator("#map .pin").first.wait_for()
    expect(page.locator(".map-line")).to_contain_text("点一下出发的地方")
    tapped(page, -40, -60)
    expect(page.locator(".map-line")).to_contain_text("点一下下一单的地方")
    tapped(page, 60, 90)
    expect(page.locator(".map-line")).to_contain_text(LONGER)
    expect(page.locator(".goal")).to_be_visible()
    page.go_back()  # the map of a phone
    expect(page.locator("#route-text")).to_have_text("顺路：从地图上选的点到地图上选的点")
    page.go_back()
    expect(page.locator(".route")).to_have_count(0)


def test_the_filters_that_lay_open_are_closed_first_and_the_way_back_ends_the_route(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#filters-toggle").click()
    page.locator("#along").click()
    expect(page.locator("#route-text")).to_be_visible()
    expect(page.locator("#filters")).to_be_hidden()
    page.go_back()
    expect(page.locator(".route")).to_have_count(0)
    expect(page.locator("#list")).to_be_visible()


def test_without_a_network_the_route_is_worked_out_all_the_same(opened: Opened) -> None:
    watched = opened(service_workers="allow", **HERE)
    page = watched.page
    kept_by_worker(page)
    page.reload()  # from the second page on
    while not page.evaluate(KEPT_SCRIPT):
        page.wait_for_timeout(50)
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    page.reload()
    along_a_route(page)
    assert minutes(page) == sorted(minutes(page))


def test_a_script_that_does_not_come_is_said_and_the_next_tap_has_more_luck(opened: Opened) -> None:
    watched = opened(**HERE)
    page = watched.page
    located(page)
    watched.expects("ERR_FAILED")
    failing: Any = lambda route: route.abort()  # noqa: E731
    page.route("**/route_parts.bundle.js", failing)
    page.locator("#along").click()
    expect(page.locator(".report-note")).to_contain_text("没有网络")
    page.unroute("**/route_parts.bundle.js", failing)
    asked_where_to(page)


def test_of_a_registry_too_large_for_a_phone_the_server_is_asked_and_no_address_names_an_end(opened: Opened) -> None:
    watched = opened("", **HERE)
    page = watched.page
    page.route("**/api/v1/feed", too_large)
    page.goto(f"{watched.origin}/?travel=ebike")
    with page.expect_request("**/api/v1/along") as asked:
        along_a_route(page)
    assert asked.value.method == "POST"
    assert set(asked.value.post_data_json) >= {"from", "to", "open", "for_riders"}
    expect(page.locator(".metres").first).to_have_text(LONGER)
    assert minutes(page) == sorted(minutes(page))
    expect(page.locator(".route")).to_contain_text(re.compile("直接去骑行约 \\d+ 分钟"))
    assert not [request.url for request in watched.requests if re.search(r"117\.|34\.\d", request.url)]
