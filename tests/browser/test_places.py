"""Places of the city in the search field: beside stations, kept on the phone, asked of the server only when allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from stationmap.places.for_phones import MAX_ON_PHONES
from stationmap.places.place import Place
from stationmap.settings import Settings
from tests import small_city
from tests.browser.axe import violations
from tests.browser.conftest import ABORTED, DESKTOP, PHONE, Opened, Watched, served
from tests.browser.states import listed
from tests.city_places import city_places, write_places

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"
PATH = "/api/v1/places"


@dataclass(frozen=True)
class Site:
    """Where the fictional city is served, with all of its places on phones, or with more than these keep."""

    small: str
    large: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    station = Place("own", "演示驿站旁", *small_city.lon_lat(100, 50), 100, id="own-1")
    hostile = Place("building", HOSTILE, 121.0, 34.5, 40, around="城西区", id="w9")
    filler = [Place("estate", f"填充{at}", 121.0, 34.5, 99, id=f"w{at}") for at in range(MAX_ON_PHONES)]
    settings = []
    for name, places in (("small", [*city_places(), station, hostile]), ("large", [*city_places(), *filler])):
        folder = tmp_path_factory.mktemp(name)
        write_places(folder / "places.geojson", places)
        small_city.write_registry(folder / "stations.geojson")
        settings.append(Settings(city=folder, registry=folder / "stations.geojson"))
    with served(settings[0]) as small, served(settings[1]) as large:
        yield Site(small, large)


def typed(page: Page, text: str) -> None:
    page.locator("#search").click()
    page.locator("#search").fill(text)


def posts(watched: Watched) -> list[Any]:
    return [request.post_data_json for request in watched.requests if request.method == "POST" and PATH in request.url]


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_place_is_found_beside_stations_and_ways_begin_there(
    opened: Opened, site: Site, device: dict[str, Any], screens: Path
) -> None:
    watched = opened("/", at=site.small, device=device)
    page, results = watched.page, watched.page.locator("#results")
    listed(page)
    assert not [each for each in watched.requests if "places" in each.url]
    typed(page, "演示")
    expect(results.get_by_role("option", name="演示驿站旁")).to_be_visible()
    options = results.get_by_role("option").all_inner_texts()
    assert options[0].startswith("示例工会驿站")
    assert [at for at, text in enumerate(options) if "演示驿站旁" in text] == [5]
    typed(page, "renminlu zhongshanlu")
    expect(results.get_by_role("option")).to_have_text(["中山路与人民路路口路口 · 示例城"])
    typed(page, "人名医院")
    expect(results).to_contain_text("相近的有")
    expect(results).to_contain_text("示例市人民医院医院 · 示例城 · 青年路")
    typed(page, "onerror")
    expect(results.get_by_role("option")).to_contain_text([HOSTILE])
    typed(page, "示例火车站 厕所")
    expect(results.get_by_role("option", name="筛选：厕所")).to_be_visible()
    typed(page, "hcz")
    option = results.get_by_role("option", name="示例火车站")
    expect(option).to_contain_text("火车站 · 城西区 · 示例大道")
    assert violations(page) == []
    page.screenshot(path=screens / f"places-{'phone' if device is PHONE else 'desktop'}.png")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("从“示例火车站”出发")
    expect(page.locator("#search")).to_have_value("示例火车站")
    expect(page.locator(".card").first).to_contain_text("440 米")
    assert posts(watched) == []


def test_the_server_is_asked_only_after_the_rider_was_told_and_allowed_it(opened: Opened, site: Site) -> None:
    watched = opened("/", at=site.large)
    page, results = watched.page, watched.page.locator("#results")
    listed(page)
    typed(page, "填充12")
    expect(results.get_by_role("option", name="填充12", exact=False).first).to_be_visible()
    typed(page, "示例大学")
    ask = results.get_by_role("option", name="在服务器上找更多地点")
    expect(ask).to_contain_text("输入的字会发给本站服务器，不保存、不记录")
    assert posts(watched) == []
    ask.click()
    expect(results.get_by_role("option").first).to_contain_text("示例大学大学 · 城西区 · 解放路")
    assert posts(watched) == [{"q": "示例大学", "k": 50}]
    # A word that somebody types on is not sent letter by letter.
    page.locator("#search").press_sequentially("解放路", delay=20)
    expect(results).not_to_contain_text("大学 · 城西区")
    typed(page, "人名医院")
    expect(results).to_contain_text("示例市人民医院")
    assert len(posts(watched)) <= 3
    results.get_by_role("option", name="不再把输入的字发给服务器").click()
    sent = len(posts(watched))
    typed(page, "示例公园")
    expect(results).to_contain_text("在服务器上找更多地点")
    assert len(posts(watched)) == sent


def test_what_was_kept_is_found_without_the_server(opened: Opened, site: Site) -> None:
    watched = opened("/?lang=en", at=site.small)
    page, results = watched.page, watched.page.locator("#results")
    listed(page)
    typed(page, "Shili University")
    expect(results.get_by_role("option")).to_contain_text(["Shili UniversityUniversity · Jiefang Road · Chengxi"])
    watched.expects(ABORTED)
    page.route(f"**{PATH}", lambda route: route.abort())
    page.reload()
    listed(page)
    typed(page, "Xuefu")
    expect(results).to_contain_text("Xuefu Road")


def test_while_places_are_on_their_way_that_is_said_and_a_lost_network_is_no_dead_end(
    opened: Opened, site: Site
) -> None:
    watched = opened("/", at=site.small)
    page, results = watched.page, watched.page.locator("#results")
    listed(page)
    held: list[Route] = []
    page.route("**/api/v1/places", lambda route: held.insert(0, route))
    with page.expect_request("**/api/v1/places"):  # which goes out after it is said that they are on their way
        typed(page, "火车站")
    expect(results).to_contain_text("正在载入地点…")
    expect(results).not_to_contain_text("没有找到")
    watched.expects("Failed to load resource")
    held[0].abort()
    expect(results).to_contain_text("地点没有载入，请检查网络")
    page.unroute("**/api/v1/places")
    page.locator("#search").click()
    expect(results.get_by_role("option", name="示例火车站")).to_be_visible()
