"""Back closes what is open and returns to what was looked at; what a tap on the map does can be undone."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stationmap.settings import Settings
from tests.browser.conftest import DESKTOP, PHONE, Opened, served
from tests.browser.states import HERE, listed, located, popup_stands, with_filters, with_map, with_popup

VIEW = "() => { const { lng, lat } = map_0.getCenter(); return [lng.toFixed(5), lat.toFixed(5), map_0.getZoom()]; }"
POPUP = ".leaflet-popup:visible"


def test_back_closes_the_filters(opened: Opened) -> None:
    page = opened(**HERE).page
    with_filters(page)
    page.get_by_label("热水").check()
    page.go_back()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#views")).to_be_visible()
    expect(page).to_have_url(page.url.split("?")[0] + "?facility=hot_water")  # what was chosen stays chosen
    page.reload()
    listed(page)
    expect(page.locator("input[value=hot_water]")).to_be_checked()


def test_back_closes_a_popup_then_the_map_then_leaves(opened: Opened) -> None:
    page = opened("", **HERE).page
    origin = opened().origin
    page.goto(f"{origin}/healthz")
    page.goto(origin)
    with_popup(page)
    page.go_back()
    expect(page.locator(POPUP)).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-view", "map")
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-view", "list")
    expect(page.locator("#list .card").first).to_be_visible()
    page.go_back()
    page.wait_for_url("**/healthz")


def test_what_is_closed_on_the_page_leaves_nothing_to_go_back_through(opened: Opened) -> None:
    page = opened("", **HERE).page
    origin = opened().origin
    page.goto(f"{origin}/healthz")
    page.goto(origin)
    with_popup(page)
    page.locator(".leaflet-popup-close-button").click()
    expect(page.locator(POPUP)).to_have_count(0)
    page.locator(".views [data-view=list]").click()
    page.locator("#filters-toggle").click()
    page.locator("#done").click()
    page.wait_for_function("() => !history.state?.open?.length")
    page.go_back()
    page.wait_for_url("**/healthz")


@pytest.mark.parametrize("reload", [False, True], ids=["back from a station", "reload"])
def test_the_view_of_the_map_comes_back(opened: Opened, reload: bool) -> None:
    page = opened(**HERE).page
    located(page)
    with_map(page)
    page.evaluate("() => map_0.setView([34.262, 117.204], 17, { animate: false })")
    page.evaluate("() => map_0.setZoom(14, { animate: false })")
    page.locator(".pin[tabindex='0']:has(.marker)").first.click()
    popup_stands(page)
    name, view = page.locator(".popup h2").inner_text(), page.evaluate(VIEW)
    if reload:
        page.reload()
    else:
        page.locator(".popup .button").click()
        page.wait_for_url("**/s/*")
        page.go_back()
    page.locator(POPUP).wait_for()
    assert page.locator(".popup h2").inner_text() == name
    assert page.evaluate(VIEW) == view
    page.go_back()
    expect(page.locator(POPUP)).to_have_count(0)
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-view", "list")


def test_a_reload_keeps_the_rows_and_where_they_were(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#more").click()
    page.locator(".card").nth(14).scroll_into_view_if_needed()
    top = page.evaluate("() => document.querySelector('.panel').scrollTop")
    page.reload()
    expect(page.locator(".card")).to_have_count(20)
    page.wait_for_function("(top) => Math.abs(document.querySelector('.panel').scrollTop - top) < 2", arg=top)
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")


def point(page: Page) -> list[float]:
    found: list[float] = page.evaluate(
        """() => {
          let at = null;
          map_0.eachLayer((layer) => layer.getElement?.()?.querySelector?.(".you") && (at = layer.getLatLng()));
          return [at.lng, at.lat];
        }"""
    )
    return found


@pytest.mark.parametrize("device", [PHONE, DESKTOP])
def test_the_first_tap_beside_a_popup_closes_it_and_the_start_stays(opened: Opened, device: dict[str, Any]) -> None:
    page = opened(device=device, **HERE).page
    with_popup(page)
    before = point(page)
    tap = page.touchscreen.tap if device is PHONE else page.mouse.click
    box = page.locator(".map-canvas").bounding_box()
    assert box
    x, y = box["x"] + 12, box["y"] + box["height"] * 0.7
    tap(x, y)
    expect(page.locator(POPUP)).to_have_count(0)
    assert point(page) == before
    tap(x, y)
    expect(page.locator(POPUP)).to_contain_text("从这里出发？")
    assert point(page) == before
    tap(x, y - 200)  # beside it: the question is withdrawn
    expect(page.locator(POPUP)).to_have_count(0)
    tap(x, y)
    page.get_by_role("button", name="从这里出发").click()
    expect(page.locator(".you.is-tapped")).to_have_count(1)
    assert point(page) != before
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".you.is-fix")).to_have_count(1)
    assert point(page) == before
    expect(page.get_by_role("button", name="撤销")).to_have_count(0)


def test_starts_of_different_kinds_have_different_signs(opened: Opened) -> None:
    page = opened(**{**HERE, "geolocation": {**HERE["geolocation"], "accuracy": 2000}}).page
    located(page)
    with_map(page)
    circle = page.locator(".accuracy").bounding_box()
    metres = page.evaluate("() => map_0.distance(...[0, 100].map((x) => map_0.containerPointToLatLng([x, 422]))) / 100")
    assert circle and circle["width"] * metres == pytest.approx(4000, rel=0.03)
    expect(page.locator(".you.is-fix")).to_have_count(1)
    page.locator(".views [data-view=list]").click()
    expect(page.locator(".card .metres").first).to_contain_text("约")
    page.locator("#filters-toggle").click()
    page.locator("#district").select_option(index=3)
    page.locator("#done").click()
    expect(page.locator(".card .metres").first).to_contain_text("约")
    expect(page.locator(".you.is-district")).to_have_count(1)
    expect(page.locator(".accuracy")).to_have_count(0)
    page.locator("#search").fill("演示003")
    page.get_by_role("option").first.click()
    expect(page.locator(".you.is-named")).to_have_count(1)


def beside_each_other(folder: Path) -> Path:
    features = [
        {
            "type": "Feature",
            "id": f"s{number}",
            "geometry": {"type": "Point", "coordinates": [117.2, 34.26]},
            "properties": {
                "name": f"站{number}",
                "category": "culture",
                "district": "320302",
                "access": {"who": "public"},
                "hours": "24/7",
            },
        }
        for number in range(3)
    ]
    file = folder / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    return file


def test_stations_at_one_point_are_all_reached_by_touch(opened: Opened, servers: ExitStack, tmp_path: Path) -> None:
    address = servers.enter_context(served(Settings(registry=beside_each_other(tmp_path))))
    page = opened(at=address).page
    listed(page)
    page.locator(".card .to-map").first.click()
    popup_stands(page)
    seen = {page.locator(".popup h2").inner_text()}
    for _ in range(2):
        others = page.locator(".popup .beside button")
        expect(others).to_have_count(2)
        new = next(each for each in others.all() if each.locator("bdi").inner_text() not in seen)
        assert (new.bounding_box() or {})["height"] >= 44
        name = new.locator("bdi").inner_text()
        new.tap()
        expect(page.locator(".popup h2")).to_have_text([name])
        seen.add(name)
    assert len(seen) == 3
    page.go_back()
    expect(page.locator(POPUP)).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-view", "map")


def test_a_view_that_was_shared_does_not_take_the_place_of_ones_own_choice(opened: Opened) -> None:
    page = opened("/?facility=hot_water&now=0").page  # shared with a device that has no choice of its own
    listed(page)
    page.goto(page.url.split("?")[0])
    listed(page)
    expect(page.locator("input[value=hot_water]")).not_to_be_checked()
    page.locator("#filters-toggle").click()
    page.get_by_label("微波炉").check()
    page.wait_for_url("**/?facility=microwave")
    page.goto(page.url.split("?")[0] + "?always=1&free=1&facility=shower")
    listed(page)
    page.locator("[data-switch=now]").click()  # what is changed there is one's own again
    page.wait_for_url("**now=0**")
    page.goto(page.url.split("?")[0])
    listed(page)
    expect(page.locator("input[value=microwave]")).to_be_checked()
    pressed = {
        name: page.locator(f"[data-switch={name}]").get_attribute("aria-pressed") for name in ("now", "always", "free")
    }
    assert pressed == {"now": "false", "always": "false", "free": "false"}


def test_the_view_goes_along_to_the_other_language(opened: Opened) -> None:
    page = opened(**HERE).page
    with_popup(page)
    page.wait_for_timeout(500)
    lon, _, zoom = page.evaluate(VIEW)  # a popup with other words is of another height
    page.get_by_role("link", name="English").click()
    expect(page.locator(POPUP)).to_contain_text("Details")
    expect(page.locator("body")).to_have_attribute("data-view", "map")
    assert page.evaluate(VIEW)[::2] == [lon, zoom]
    page.go_back()
    expect(page.locator(POPUP)).to_have_count(0)
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-view", "list")
    expect(page.locator("#notice")).to_contain_text("From my location")
