"""The finder's map of a registry too large for a phone: all of its stations, from the whole country to the door."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import BUSY, DESKTOP, HOSTILE_NAME, OFFLINE, Opened, Watched
from tests.browser.states import HERE, listed, located, with_map

FOR_RIDERS, ALL = 10_001, 20_001
SHOWN = """() => [...document.querySelectorAll(".pin[role=button]")].reduce((sum, pin) =>
  sum + (pin.querySelector(".cluster") ? Number(pin.getAttribute("aria-label").match(/\\d+/)[0]) : 1), 0)"""
STILL = f"count => ({SHOWN})() === count && !document.querySelector('.tiled-note').textContent"


def seen(page: Page, lon: float, lat: float, zoom: int) -> None:
    page.evaluate(f"map_0.setView([{lat}, {lon}], {zoom}, {{ animate: false }})")


def tiled(watched: Watched) -> Page:
    """Wait for the first tiles."""
    page = watched.page
    listed(page)
    with_map(page)
    page.wait_for_selector(".is-tiled", state="attached")
    page.locator(".pin[aria-label*=现在]").first.wait_for(state="attached")
    return page


def tiles_of(watched: Watched) -> list[str]:
    return [request.url for request in watched.requests if "/tiles/" in request.url]


def test_from_afar_the_map_holds_every_station_that_suits(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(device=DESKTOP, at=large_origin))
    for zoom in (3, 8, 10):
        seen(page, 117.3, 34.25, zoom)
        page.wait_for_function(STILL, arg=FOR_RIDERS)


def test_a_phone_that_knows_no_place_shows_more_than_a_street_of_the_country(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(at=large_origin))
    assert page.evaluate("map_0.getZoom()") == 9
    page.wait_for_function(STILL, arg=FOR_RIDERS)


def test_a_choice_changes_what_the_map_holds(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(device=DESKTOP, at=large_origin))
    seen(page, 117.3, 34.25, 8)
    page.wait_for_function(STILL, arg=FOR_RIDERS)
    page.get_by_role("button", name="筛选").click()
    page.locator("#filters input[value=carnation]").check()
    page.locator("#restricted").check()
    page.wait_for_function(STILL, arg=ALL - FOR_RIDERS)


def test_clusters_lead_to_the_door_and_a_popup_tells_all_that_is_known(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(device=DESKTOP, at=large_origin))
    seen(page, 117.3, 34.25, 5)
    page.wait_for_function(STILL, arg=FOR_RIDERS)
    zooms = []
    while page.evaluate("map_0.getZoom()") < 16:
        zooms.append(page.evaluate("map_0.getZoom()"))
        page.evaluate("map_0.panTo([34.26, 117.3], { animate: false })")
        page.locator(".pin:has(.cluster)").first.dispatch_event("click")
        page.wait_for_function("zoom => map_0.getZoom() > zoom", arg=zooms[-1])
        page.wait_for_timeout(300)
    assert len(zooms) <= 8
    seen(page, 117.3, 34.25, 18)  # station 10100
    pin = page.locator(".pin[aria-label^='站10100，']")
    expect(pin).to_have_attribute("aria-label", "站10100，工会文化服务站，现在不一定开放")
    pin.dispatch_event("click")
    popup = page.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("时间未知")
    expect(popup.get_by_role("link", name="查看详情")).to_have_attribute("href", "/s/s10100")


def test_markers_of_tiles_are_walked_and_opened_by_keyboard(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(device=DESKTOP, at=large_origin))
    seen(page, 117.3, 34.25, 18)
    page.locator(".pin[aria-label^='站10100，']").wait_for()
    page.locator(".map-canvas").focus()
    page.keyboard.press("Tab")
    focused = page.locator(".pin:focus")
    expect(focused).to_have_attribute("aria-label", re.compile("站"))
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup:focus")).to_have_count(1)
    expect(page.locator(".leaflet-popup-content")).to_contain_text("时间未知")
    expect(page.locator(".leaflet-popup:focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(focused).to_have_count(1)


def test_the_answer_stands_out_and_counts_once(opened: Opened, large_origin: str) -> None:
    watched = opened(device=DESKTOP, at=large_origin, **HERE)
    page = watched.page
    located(page)
    tiled(watched)
    page.locator(".pin .marker:not(.of-tile)").first.wait_for()
    for zoom in (8, 12):
        seen(page, 117.3, 34.25, zoom)
        page.wait_for_function(STILL, arg=FOR_RIDERS) if zoom == 8 else page.wait_for_timeout(300)
    seen(page, 117.2, 34.26, 18)
    first = page.locator(".pin[aria-label^='站12000，']")
    expect(first).to_have_attribute("aria-label", re.compile("到达时"))
    assert first.count() == 1
    assert [url for url in tiles_of(watched) if re.search(r"117[.]2|34[.]26", url)] == []


def test_a_hostile_name_is_read_as_it_is(opened: Opened, large_origin: str) -> None:
    page = tiled(opened(device=DESKTOP, at=large_origin))
    seen(page, 117.204, 34.2, 18)
    pin = page.get_by_role("button", name=HOSTILE_NAME)
    pin.dispatch_event("click")
    expect(page.locator(".leaflet-popup-content h2")).to_have_text(HOSTILE_NAME)
    expect(page.locator(".leaflet-popup-content")).to_contain_text("时间未知")
    expect(page.locator(".leaflet-popup-content h2")).to_have_text(HOSTILE_NAME)
    assert page.evaluate("window.__hacked") is None


def test_without_a_network_what_was_seen_stays_and_the_rest_comes_later(opened: Opened, large_origin: str) -> None:
    watched = opened(device=DESKTOP, at=large_origin)
    page = tiled(watched)
    seen(page, 117.3, 34.25, 16)
    near = page.locator(".pin[aria-label^='站10100，']")
    near.wait_for(state="attached")
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    seen(page, 117.25, 34.25, 16)
    expect(page.locator(".tiled-note")).to_contain_text("暂时读不到更多站点")
    seen(page, 117.3, 34.25, 16)
    near.wait_for(state="attached")
    near.dispatch_event("click")
    expect(page.locator(".leaflet-popup-content")).to_contain_text("暂时读不到详情")
    page.context.set_offline(False)
    seen(page, 117.25, 34.25, 16)
    page.locator(".pin[aria-label^='站10050，']").wait_for(state="attached")
    expect(page.locator(".tiled-note")).to_have_text("")


def test_tiles_that_fail_leave_the_answer_on_the_map(opened: Opened, large_origin: str) -> None:
    watched = opened("", device=DESKTOP, at=large_origin, expected=[BUSY + "/tiles/"], **HERE)
    page = watched.page
    page.route("**/tiles/**", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(large_origin)
    located(page)
    with_map(page)
    expect(page.locator(".tiled-note")).to_contain_text("暂时读不到更多站点")
    expect(page.locator(".pin[aria-label^='站12000，']")).to_have_count(1)
    page.unroute("**/tiles/**")
    page.clock.run_for(10_000)
    page.locator(".of-tile").first.wait_for(state="attached")
    expect(page.locator(".tiled-note")).to_have_text("")


def test_when_the_slot_of_the_states_ends_the_map_asks_for_newer_ones(opened: Opened, large_origin: str) -> None:
    watched = opened(device=DESKTOP, at=large_origin)
    page = tiled(watched)
    asked = len([url for url in tiles_of(watched) if "stations.json" in url])
    page.clock.fast_forward("06:00")
    page.clock.run_for(61_000)
    page.wait_for_timeout(500)
    assert len([url for url in tiles_of(watched) if "stations.json" in url]) > asked


def test_a_registry_that_a_phone_keeps_asks_for_no_tile(opened: Opened) -> None:
    watched: Any = opened(device=DESKTOP)
    listed(watched.page)
    with_map(watched.page)
    watched.page.locator(".pin").first.wait_for(state="attached")
    assert tiles_of(watched) == []
    assert [request.url for request in watched.requests if "tiled" in request.url or "pbf" in request.url] == []
