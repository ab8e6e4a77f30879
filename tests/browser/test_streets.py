"""Ways by street, for riders who choose so: minutes in their order, and straight lines where nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from stationmap.extract.build import build
from stationmap.settings import Settings
from tests import small_city
from tests.browser.axe import violations
from tests.browser.conftest import NOW, OFFLINE, Opened, served
from tests.browser.states import listed, located, names

LON, LAT = small_city.lon_lat(-900, 340)  # the station nearest in a straight line is not the nearest by street
HERE: dict[str, Any] = {"geolocation": {"longitude": LON, "latitude": LAT}, "permissions": ["geolocation"]}
MINUTES = re.compile(r"骑行 (\d+) 分钟")
NETWORK = "**/api/v1/nearest"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The fictional small city with its streets."""
    folder = tmp_path_factory.mktemp("town")
    extract = small_city.write_extract(folder / "small.osm.pbf")
    build(extract, folder / "out", built_at=NOW, rights=small_city.FICTIONAL)
    registry = small_city.write_registry(folder / "stations.geojson")
    with served(Settings(registry=registry, city=folder / "out", travel="ebike")) as address:
        yield address


def turn(page: Page) -> None:
    """Turn times by street on or off."""
    page.locator("#filters-toggle").click()
    page.locator("#streets").click()
    page.locator("#done").click()


def ways(page: Page) -> list[str]:
    return page.locator(".card-state").all_inner_texts()


def test_minutes_by_street_are_shown_in_their_order_once_the_rider_has_chosen_so(opened: Opened, town: str) -> None:
    watched = opened(at=town, **HERE)
    page = watched.page
    located(page)
    straight = names(page)
    assert all("约" in text for text in ways(page))
    assert not [request for request in watched.requests if request.method == "POST"]
    page.locator("#filters-toggle").click()
    expect(page.locator("#streets-help")).to_have_text(re.compile("位置会发给本站服务器.*不保存"))
    assert violations(page) == []
    with page.expect_response(NETWORK) as answer:
        page.locator("#streets").click()
    assert answer.value.request.post_data_json["by"] == "network"
    page.locator("#done").click()
    expect(page.locator("#notice")).to_contain_text("位置会发给本站服务器")
    expect(page.locator(".metres").first).not_to_contain_text("约")
    known = [int(found[1]) for text in ways(page) if (found := MINUTES.search(text))]
    assert len(known) > 3 and known == sorted(known)
    by_id = {feature["id"]: feature["properties"] for feature in answer.value.json()["features"]}
    for row in page.locator(".card").all():
        way = by_id[row.get_attribute("data-id")]
        said = row.locator(".card-state").inner_text()
        if way["network_s"] is None:
            assert "道路未知" in said
        elif found := MINUTES.search(said):
            assert int(found[1]) == max(1, -(-way["network_s"] // 60))
    assert names(page) != straight  # the river, and one-ways
    first = page.locator(".card-state").first.inner_text()
    page.locator(".card h2 a").first.click()
    expect(page.locator("#journey")).to_contain_text(MINUTES.search(first)[0])
    expect(page.locator("#journey")).not_to_contain_text("约")
    page.go_back()
    expect(page.locator(".metres").first).not_to_contain_text("约")
    page.reload()  # remembered
    expect(page.locator("#streets")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".metres").first).not_to_contain_text("约")
    assert not [request.url for request in watched.requests if "121." in request.url or "34.5" in request.url]
    turn(page)
    expect(page.locator(".metres").first).to_contain_text("约")
    expect(page.locator("#notice")).not_to_contain_text("服务器")
    assert names(page) == straight


def test_nothing_changes_places_under_a_finger(opened: Opened, town: str) -> None:
    page = opened(at=town, **HERE).page
    located(page)
    straight = names(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(NETWORK, hold)
    with page.expect_request(NETWORK):
        turn(page)
    box = page.locator(".card").nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 10)
    page.mouse.down()
    held[0].continue_()
    page.wait_for_timeout(1_500)
    page.clock.run_for(2_000)
    assert names(page) == straight
    page.mouse.move(5, 5)
    page.mouse.up()
    page.clock.run_for(2_000)
    expect(page.locator(".metres").first).not_to_contain_text("约")


def test_where_the_server_does_not_answer_straight_lines_stay_and_that_is_said(opened: Opened, town: str) -> None:
    watched = opened(at=town, **HERE)
    page = watched.page
    located(page)
    straight, told = names(page), page.locator("#notice").inner_text()
    watched.expects("503")
    asked: list[Route] = []

    def busy(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=503, json={"title": "busy"})

    page.route(NETWORK, busy)
    turn(page)
    page.wait_for_timeout(500)
    page.clock.run_for(30_000)
    assert len(asked) == 1  # a rest of a minute
    assert names(page) == straight
    assert all("约" in text for text in ways(page))
    expect(page.locator("#notice")).to_contain_text("先按直线估算")
    expect(page.locator("#notice")).not_to_contain_text("按道路计算：")
    assert page.locator("#notice").inner_text().splitlines()[0] == told.splitlines()[0]
    page.unroute(NETWORK, busy)
    for _ in range(10):  # no further at a time than a request may take
        page.clock.run_for(5_000)
        page.wait_for_timeout(100)
    expect(page.locator(".metres").first).not_to_contain_text("约")


def test_along_a_route_detours_are_those_of_streets(opened: Opened, town: str) -> None:
    page = opened(at=town, **HERE).page
    located(page)
    turn(page)
    page.locator("#along").click()
    page.locator("#search").fill("示例站")  # a place of the city, no station
    expect(page.get_by_role("option").first).to_contain_text("示例火车站")
    with page.expect_response("**/api/v1/along") as answer:
        page.keyboard.press("Enter")
        expect(page.locator("#route-text")).to_contain_text("示例火车站")
        page.clock.run_for(4_000)
    assert answer.value.json()["by"] == "network"
    expect(page.locator(".metres").first).to_have_text(re.compile("^(多走 \\d+ 分钟|不绕路)$"))
    expect(page.locator(".route")).to_contain_text(re.compile("直接去骑行 \\d+ 分钟"))
    listed(page)
    assert violations(page) == []


def test_a_network_that_comes_and_goes_is_said_and_made_use_of_at_once(opened: Opened, town: str) -> None:
    watched = opened(at=town, **HERE)
    page, notice = watched.page, watched.page.locator("#notice")
    located(page)
    turn(page)
    expect(notice).to_contain_text("道路数据")
    page.locator("#search").fill("示例站")
    expect(page.get_by_role("option").first).to_contain_text("示例火车站")  # places have come
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    page.locator("#search").fill("示例火车站")
    expect(page.get_by_role("option").first).to_contain_text("示例火车站")
    page.keyboard.press("Enter")
    expect(notice).to_contain_text("没有网络，先按直线估算")
    page.context.set_offline(False)
    expect(notice).to_contain_text("道路数据")
    expect(page.locator(".metres").first).not_to_contain_text("约")
