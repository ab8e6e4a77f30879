"""Finding a station, as a rider does it: in Chromium, on a phone and at a desk."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from stationmap import Query, StationIndex, Travel, city
from stationmap.frontend.standalone_map import standalone_html
from stationmap.registry import registry as registries
from stationmap.registry.model import Position, Station
from stationmap.registry.registry import dumps
from stationmap.resources import demo_registry
from stationmap.search.doubts import doubts
from stationmap.search.usability import is_for_riders
from stationmap.settings import Settings
from tests.apps import registry_of
from tests.browser.conftest import ABORTED, BUSY, CENTRE, DESKTOP, NOW, PHONE, Opened, Watched, served
from tests.browser.states import HERE, listed, located, names
from tests.strategies import station

METRE_DEG = 1 / 111_200
DEVICES = {"phone": PHONE, "desktop": DESKTOP}


@contextmanager
def serving_stations(folder: Path, *stations: tuple[float, dict[str, Any]]) -> Iterator[str]:
    """Serve stations for everyone, so many metres north of the centre, with further properties."""
    features = [
        {
            "type": "Feature",
            "id": f"s{number}",
            "geometry": {
                "type": "Point",
                "coordinates": [CENTRE["longitude"], CENTRE["latitude"] + metres * METRE_DEG],
            },
            "properties": {
                "name": f"站{number}",
                "category": "culture",
                "district": "320302",
                "access": {"who": "public"},
                **properties,
            },
        }
        for number, (metres, properties) in enumerate(stations)
    ]
    file = folder / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    with served(Settings(registry=file)) as address:
        yield address


def without_feeds(watched: Watched) -> None:
    """Let no feed come: a server that stays at 10:00 would tell a phone whose time passes that its clock is wrong."""
    watched.expects(ABORTED + ".*/api/v1/feed$")
    watched.page.route("**/api/v1/feed", lambda route: route.abort())


def too_large(route: Route) -> None:
    """Hand on a feed as it is where a phone must ask the server."""
    feed = route.fetch().json()
    route.fulfill(json={**feed, "too_large": True, "stations": None, "schedules": None})


def show_map(page: Page) -> None:
    button = page.get_by_role("button", name="地图", exact=True)
    if button.is_visible():
        button.click()
    page.locator(".pin").first.wait_for(state="attached")


@pytest.fixture(scope="module")
def demo() -> registries.Registry:
    return registries.parse(demo_registry().read_bytes())


@pytest.mark.parametrize("device", DEVICES)
def test_the_first_screen_is_never_empty_and_asks_for_no_position(opened: Opened, device: str) -> None:
    watched = opened(device=DEVICES[device])
    page = watched.page
    listed(page)
    expect(page.locator("#notice")).to_contain_text("还没选位置")
    expect(page.locator(".demo")).to_have_text("演示数据")
    assert len(names(page)) == 10


def test_three_stations_are_readable_on_a_phone_without_scrolling(opened: Opened) -> None:
    page = opened().page
    listed(page)
    bottoms = page.locator(".card").evaluate_all("cards => cards.map(card => card.getBoundingClientRect().bottom)")
    assert sum(bottom <= 844 for bottom in bottoms) >= 3


@pytest.mark.parametrize("device", DEVICES)
def test_my_location_gives_the_stations_the_core_gives(opened: Opened, demo: registries.Registry, device: str) -> None:
    page = opened(device=DEVICES[device], **HERE).page
    located(page)
    page.get_by_role("button", name="再显示 10 个").click()
    usable = [station for station in demo.stations if is_for_riders(station)]
    query = Query(open_at=NOW, reachable_by=Travel(1.25, 1.3))
    expected = StationIndex(usable).nearest(Position(CENTRE["longitude"], CENTRE["latitude"]), 20, query=query)
    assert names(page) == [found.station.name for found in expected]


def test_a_tap_before_the_stations_have_come_is_not_lost(opened: Opened) -> None:
    page = opened(**HERE).page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/feed", hold)
    page.evaluate("indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name)))")
    page.reload()
    expect(page.locator("#notice")).to_have_text("正在载入站点…")
    page.get_by_role("button", name="用我的位置").click()
    for route in held:
        route.continue_()
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")


def test_a_row_says_everything_a_rider_decides_by(opened: Opened, demo: registries.Registry) -> None:
    page = opened(**HERE).page
    located(page)
    for card in page.locator(".card").all()[:10]:
        text = card.inner_text()
        assert re.search(r"\d 米|\d 公里", text)
        assert re.search(r"营业至 \d\d:\d\d|全天开放|时间未知", text)
        assert re.search(r"步行约 \d+ 分钟", text)
        assert re.search(r"对所有人开放|登记后可进|工会会员|能否进入未知", text)
        assert re.search(r"核对", text)
        assert re.search(r"有饮用水|无饮用水|饮用水未知", card.locator(".facilities").text_content() or "")


def test_no_position_leaves_the_device(opened: Opened) -> None:
    watched = opened(**HERE)
    located(watched.page)
    watched.page.wait_for_timeout(200)
    assert [request.method for request in watched.requests if request.method != "GET"] == []
    assert [request.url for request in watched.requests if "117.2" in request.url or "34.26" in request.url] == []
    assert "117" not in watched.page.url


def test_a_refused_position_says_what_else_to_do(opened: Opened) -> None:
    page = opened(permissions=[]).page
    listed(page)
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator("#notice")).to_contain_text("没有定位权限")
    assert len(names(page)) == 10


def test_an_inaccurate_position_is_used_and_called_inaccurate(opened: Opened) -> None:
    page = opened(geolocation={**CENTRE, "accuracy": 1500}, permissions=["geolocation"]).page
    located(page)
    expect(page.locator("#notice")).to_contain_text("定位误差约 1.5 公里")


@pytest.mark.parametrize("is_large", [False, True], ids=["feed", "server"])
def test_a_way_to_a_position_worked_out_from_an_address_is_about_so_long(
    opened: Opened, servers: ExitStack, tmp_path: Path, *, is_large: bool
) -> None:
    guessed = (400, {"hours": "24/7", "position": {"how": "geocoded"}})
    surveyed = (800, {"hours": "24/7", "position": {"how": "survey"}})
    granted = ["geolocation", "clipboard-read", "clipboard-write"]
    address = servers.enter_context(serving_stations(tmp_path, guessed, surveyed))
    page = opened("", at=address, geolocation=CENTRE, permissions=granted).page
    if is_large:
        page.route("**/api/v1/feed", too_large)
    page.goto(f"{address}/?travel=ebike")  # there 800 m are as near, and surer
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".metres")).to_have_text(["约 800 米", "约 400 米"])
    page.goto(f"{address}/?travel=walk")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".metres")).to_have_text(["约 400 米", "约 800 米"])
    expect(page.locator(".card-state").first).to_contain_text("步行约 7 分钟")
    expect(page.locator("#line")).to_contain_text("约 400 米 · ")
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("已复制")
    assert "约 400 米 · " in page.evaluate("() => navigator.clipboard.readText()")
    page.locator(".to-map").first.click()
    expect(page.locator(".leaflet-popup")).to_contain_text(re.compile("约 400 米.*步行约 7 分钟", re.DOTALL))


def test_where_none_is_sure_the_nearest_surer_one_stands_second_and_is_not_called_sure(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    access = {"access": {"who": "unknown"}}
    stations = [(400, access), (900, access), (1700, {**access, "hours": "24/7"})]
    address = servers.enter_context(serving_stations(tmp_path, *stations))
    page = opened(at=address, **HERE).page
    page.get_by_role("button", name="用我的位置").click()
    expect(page.locator(".card h2")).to_have_text(["站0", "站2", "站1"])
    expect(page.locator("#notice")).to_contain_text("最近较有把握的：约 1.7 公里，全天开放，能否进入未知")
    expect(page.locator("#notice")).not_to_contain_text("能确定")


def test_far_outside_the_city_the_page_says_so_and_still_answers(opened: Opened) -> None:
    page = opened(geolocation={"longitude": 121.47, "latitude": 31.23}, permissions=["geolocation"]).page
    located(page)
    expect(page.locator("#notice")).to_contain_text("可能不在本市")
    assert len(names(page)) == 10


def test_where_no_ground_is_drawn_the_map_says_so(opened: Opened) -> None:
    page = opened().page
    listed(page)
    show_map(page)
    expect(page.locator("#bare")).to_be_hidden()
    page.evaluate("() => map_0.setView([31.23, 121.47], 12, { animate: false })")
    expect(page.locator("#bare")).to_be_visible()
    page.evaluate("() => map_0.setView([34.26, 117.2], 12, { animate: false })")
    expect(page.locator("#bare")).to_be_hidden()


def test_the_map_of_a_city_without_a_ground_shows_its_stations(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    west, south, east, north = box = [113.6, 34.7, 113.8, 34.8]
    words = {"names": ["新城"], "box": box, "centre": [113.7, 34.75], "districts": {"410191": {"zh": "新区"}}}
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    area = {
        "type": "Feature",
        "properties": {"adcode": "410191"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "areas").mkdir()
    (tmp_path / city.AREAS).write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    (tmp_path / city.RESIDENTS).write_text("adcode,residents\n410191,3000\n")
    (tmp_path / city.CITY).write_text(json.dumps(words))
    stations = [station("a", 113.65, 34.75), station("b", 113.75, 34.75)]
    (tmp_path / city.REGISTRY).write_bytes(dumps(registry_of(stations)))
    page = opened(at=servers.enter_context(served(Settings(city=tmp_path))), device=DESKTOP).page
    listed(page)
    expect(page.locator("#bare")).to_be_visible()
    page.wait_for_function("() => map_0.getZoom() > 10")
    expect(page.locator(".leaflet-control-attribution")).to_have_text("")


def test_a_station_that_was_given_up_says_just_that_and_comes_last(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    features = [
        {
            "type": "Feature",
            "id": status,
            "geometry": {"type": "Point", "coordinates": [117.2, 34.26]},
            "properties": {
                "name": name,
                "category": "culture",
                "district": "320302",
                "access": {"who": "public"},
                "status": status,
            },
        }
        for status, name in (("closed", "旧站"), ("open", "新站"))
    ]
    file = tmp_path / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    address = servers.enter_context(served(Settings(registry=file)))
    page = opened(at=address).page
    listed(page)
    page.locator("#search").fill("旧站")
    expect(page.get_by_role("option")).to_contain_text("已撤销")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("“旧站”已撤销，排在最后")
    expect(page.locator(".card h2")).to_have_text(["新站", "旧站"])
    expect(page.locator("#line")).not_to_contain_text("已撤销")
    other, withdrawn = page.locator(".card").all()
    expect(withdrawn).to_contain_text("已撤销")
    expect(withdrawn).not_to_contain_text(re.compile("骑行|对所有人开放"))
    expect(other).to_contain_text(re.compile("骑行.*对所有人开放"))


def test_a_district_or_a_station_can_be_searched_for_by_keyboard(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    page.get_by_role("combobox", name="搜索地点").fill("云龙")
    expect(page.get_by_role("option").first).to_have_text("云龙区")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("从“云龙区”出发")
    page.get_by_role("combobox", name="搜索地点").fill("不存在的地方")
    expect(page.locator("#results")).to_contain_text("没有找到")


def test_a_district_can_be_chosen_from_a_list(opened: Opened) -> None:
    page = opened(**HERE).page
    listed(page)
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("从哪个区县出发").select_option("320322")
    expect(page.locator("#notice")).to_contain_text("从“沛县”出发")
    assert "沛县" in names(page)[0]
    # From elsewhere it is no longer the one that is chosen, and can be chosen again.
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")
    expect(page.get_by_label("从哪个区县出发")).to_have_value("")
    page.get_by_label("从哪个区县出发").select_option("320322")
    expect(page.locator("#notice")).to_contain_text("从“沛县”出发")


@pytest.mark.parametrize("device", DEVICES)
def test_a_tap_on_the_map_chooses_a_point(opened: Opened, device: str) -> None:
    page = opened(device=DEVICES[device]).page
    listed(page)
    show_map(page)
    box = page.locator(".map-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 200)
    expect(page.locator("#notice")).to_contain_text("从地图上选的点出发")
    expect(page.locator(".you")).to_have_count(1)


def test_filters_change_the_answer_and_the_address_and_survive_a_reload(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    before = names(page)
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("母婴室").check()
    expect(page).to_have_url(re.compile(re.escape("?facility=nursing_room") + "$"))
    expect(page.locator(".card h2")).not_to_have_text(before)
    listed(page)
    for card in page.locator(".card .facilities").all():
        assert re.search("有母婴室|母婴室未知", card.text_content() or "")
    page.reload()
    listed(page)
    assert page.get_by_label("母婴室").is_checked()


def test_closed_stations_come_back_when_now_is_switched_off(opened: Opened) -> None:
    page = opened().page
    listed(page)
    expect(page.locator(".card .state.is-closed")).to_have_count(0)
    page.get_by_role("button", name="现在可用").click()
    listed(page)
    page.get_by_role("button", name=re.compile("再显示")).click()
    expect(page.locator(".card")).to_have_count(20)
    expect(page.locator(".card .state.is-closed").first).to_be_attached()
    expect(page).to_have_url(re.compile(re.escape("?now=0") + "$"))


def test_carnation_stations_that_are_not_public_appear_only_when_asked_for(opened: Opened) -> None:
    page = opened("/?category=carnation&now=0").page
    listed(page)
    assert all(text.startswith("对所有人开放") for text in page.locator(".card-access").all_inner_texts())
    page.goto(page.url + "&restricted=1")
    listed(page)
    assert any("仅限" in text for text in page.locator(".card-access").all_inner_texts())


def test_an_impossible_wish_is_relaxed_and_said_to_be(opened: Opened) -> None:
    page = opened("/?service=startup_loan&category=outdoor_worker").page
    listed(page)
    expect(page.locator("#notice")).to_contain_text("已放宽")


@pytest.mark.parametrize("device", DEVICES)
def test_a_marker_opens_what_is_known_of_its_station(opened: Opened, device: str) -> None:
    page = opened(device=DEVICES[device], **HERE).page
    located(page)
    page.locator(".card .to-map").first.click()
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text(names(page)[0] if device == "desktop" else "演示")
    expect(popup.get_by_role("link", name="查看详情")).to_be_visible()
    page.wait_for_timeout(400)


def test_the_map_shows_every_station_for_riders_in_clusters_that_count_what_is_open_on_arrival(
    opened: Opened, demo: registries.Registry
) -> None:
    page = opened(device=DESKTOP, **HERE).page
    located(page)
    riders = [station for station in demo.stations if is_for_riders(station)]
    lons = [station.position.lon for station in riders]
    lats = [station.position.lat for station in riders]
    page.evaluate("box => map_0.fitBounds(box, { animate: false })", [[min(lats), min(lons)], [max(lats), max(lons)]])
    labels = page.locator(".pin[role=button]").evaluate_all("pins => pins.map(pin => pin.getAttribute('aria-label'))")
    counts = [re.match(r"(\d+) 个站点，(\d+) 个到达时开放", label) for label in labels]
    open_then = open_on_arrival(riders, NOW)
    open_later = open_on_arrival(riders, NOW + timedelta(minutes=2))  # the page goes on with the time
    total = sum(int(found[1]) if found else 1 for found in counts)
    counted = sum(
        int(found[2]) if found else label.endswith("，到达时开放") for found, label in zip(counts, labels, strict=True)
    )
    assert total == len(riders)
    assert len(open_then & open_later) <= counted <= len(open_then | open_later)
    assert 0 < counted != sum(station.status_at(NOW).state == "open" for station in riders)
    assert len(labels) < 250


OF_OPENING = {"hours_unknown", "holiday_unstated", "closes_soon"}


def open_on_arrival(stations: list[Station], at: datetime) -> set[str]:
    """Return the names of those of whose opening nothing is in doubt when a walker from the centre gets there."""
    centre, walk = Position(CENTRE["longitude"], CENTRE["latitude"]), Travel(1.25, 1.3)
    query = Query(open_at=at, reachable_by=walk)
    offered = StationIndex(stations).nearest(centre, len(stations), query=query)
    little_left = timedelta(minutes=10)
    return {
        one.name for one, metres in offered if OF_OPENING.isdisjoint(doubts(one, metres, at, walk, query, little_left))
    }


NO_CHECKS = {"verified": None, "access": {"who": "unknown"}}


def test_where_nobody_checked_anything_the_map_still_counts_and_colours_what_is_open_on_arrival(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    lon, lat = CENTRE["longitude"], CENTRE["latitude"]
    around = {f"站{number}": (lon + number / 4000, lat, {**NO_CHECKS, "hours": "24/7"}) for number in range(3)}
    file = registry_file(
        tmp_path,
        **around,
        早关站=(lon + 0.0005, lat, {**NO_CHECKS, "hours": "Mo 09:00-10:05"}),
        未知站=(lon + 0.0006, lat, NO_CHECKS),
        远站=(lon + 0.05, lat, {**NO_CHECKS, "hours": "Mo 09:00-10:10"}),  # closes before one gets there
    )
    page = opened(at=servers.enter_context(served(Settings(registry=file))), device=DESKTOP, **HERE).page
    located(page)
    box = [[lat - 0.02, lon - 0.02], [lat + 0.02, lon + 0.06]]
    page.evaluate("box => map_0.fitBounds(box, { animate: false })", box)
    expect(page.get_by_label("5 个站点，3 个到达时开放", exact=True)).to_be_visible()
    expect(page.locator(".pin:has(.marker.is-closed)")).to_have_attribute("aria-label", re.compile("远站.*到达时关闭"))
    expect(page.locator("#notice")).to_contain_text("先列附近开着的；都从未核对")
    expect(page.locator(".card h2").first).to_have_text("站0")
    expect(page.locator(".card:has-text('早关站') .marker")).to_have_class("marker is-unknown")
    expect(page.locator(".card:has-text('早关站') .state")).to_have_class("state is-unknown")
    expect(page.locator(".card:has-text('站0') .marker")).to_have_class("marker is-open")


def test_a_marker_keeps_the_focus_when_its_station_closes(opened: Opened, demo: registries.Registry) -> None:
    watched = opened("/?now=0", device=DESKTOP, **HERE)
    page = watched.page
    located(page)
    late = NOW + timedelta(hours=13)
    closing = {one.name for one in demo.stations if one.status_at(late).state == "closed"}
    markers = page.locator(".pin[role=button][aria-label$='，到达时开放']")
    markers.first.wait_for()
    labels = markers.evaluate_all("pins => pins.map(pin => pin.getAttribute('aria-label'))")
    name = next(label.split("，")[0] for label in labels if label.split("，")[0] in closing)
    page.locator(f".pin[aria-label^='{name}，']").focus()
    without_feeds(watched)
    page.clock.set_fixed_time(late)
    page.clock.run_for(61_000)
    closed = re.compile(rf"^{re.escape(name)}，.*，到达时关闭$")
    expect(page.locator(":focus")).to_have_attribute("aria-label", closed)


def test_a_station_asked_for_by_name_comes_first_whatever_is_chosen(opened: Opened, demo: registries.Registry) -> None:
    closed = next(one for one in demo.stations if is_for_riders(one) and one.status_at(NOW).state == "closed")
    page = opened().page
    listed(page)
    page.get_by_role("combobox", name="搜索地点").fill(closed.name)
    page.get_by_role("option").first.click()
    expect(page.locator("#notice")).to_contain_text(closed.name)
    assert names(page)[0] == closed.name
    expect(page.locator("#list")).to_be_focused()
    expect(page.locator("#search")).to_have_value(closed.name)


def test_a_link_to_a_station_opens_it_in_a_registry_too_large_for_a_phone(opened: Opened, large_origin: str) -> None:
    page = opened("/#s12345", at=large_origin).page
    expect(page.locator(".leaflet-popup")).to_contain_text("站12345")


def test_what_was_typed_is_taken_not_what_was_found_before(opened: Opened, large_origin: str) -> None:
    page = opened(at=large_origin).page
    listed(page)
    page.locator("#search").fill("站12")
    page.get_by_role("option").first.wait_for()
    page.locator("#search").fill("站20000")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # as one does with gloves
    expect(page.locator("#notice")).to_contain_text("你找的站点")
    page.wait_for_timeout(500)
    expect(page.locator("#notice")).to_contain_text("你找的站点：站20000")


SLOW_DEVICE = """
  navigator.geolocation.getCurrentPosition = (found, failed) => Object.assign(window, {
    found: () => found({ coords: { longitude: 117.2, latitude: 34.26, accuracy: 10 } }),
    failed: () => failed({ code: 3 }),
  });
"""


@pytest.mark.parametrize("ending", ["found", "failed"])
def test_who_chose_another_point_while_the_device_looked_keeps_it(opened: Opened, ending: str) -> None:
    page = opened(script=SLOW_DEVICE).page
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("正在定位")
    page.locator("#district").select_option("320322")
    expect(page.locator("#notice")).to_contain_text("沛县")
    told = page.locator("#notice").inner_text()
    page.evaluate(f"() => window.{ending}()")
    expect(page.locator("#locate[aria-busy]")).to_have_count(0)
    listed(page)
    assert page.locator("#notice").inner_text() == told


def test_a_choice_that_was_left_and_taken_again_is_a_choice(opened: Opened) -> None:
    page = opened(script=SLOW_DEVICE).page
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#district").select_option("320322")
    expect(page.locator("#notice")).to_contain_text("沛县")
    page.locator("#locate").click()
    for code, name in (("320321", "丰县"), ("320322", "沛县")):
        page.locator("#district").select_option(code)
        expect(page.locator("#notice")).to_contain_text(name)
    page.evaluate("() => window.found()")
    expect(page.locator("#locate[aria-busy]")).to_have_count(0)
    listed(page)
    expect(page.locator("#notice")).to_contain_text("沛县")


def test_who_asks_again_while_the_device_looks_is_led_to_where_they_are(opened: Opened) -> None:
    page = opened(script=SLOW_DEVICE).page
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#locate").click()
    page.locator("#district").select_option("320322")
    expect(page.locator("#notice")).to_contain_text("沛县")
    page.locator("#locate").click()
    page.evaluate("() => window.found()")
    expect(page.locator("#notice")).to_contain_text("我的位置")


def test_a_district_is_one_tap_away_when_the_position_is_refused(opened: Opened) -> None:
    page = opened(permissions=[]).page
    listed(page)
    page.get_by_role("button", name="用我的位置").tap()
    page.get_by_role("button", name="选区县").tap()
    page.get_by_role("option", name="云龙区").tap()
    expect(page.locator("#notice")).to_contain_text("从“云龙区”出发")


def test_markers_are_reached_named_and_opened_by_keyboard(opened: Opened) -> None:
    page = opened(device=DESKTOP, **HERE).page
    located(page)
    marker = page.locator(".pin[role=button][tabindex='0']:has(.marker)").first
    label = marker.get_attribute("aria-label") or ""
    assert re.fullmatch(r".+，.+，到达时(开放|关闭|不一定开放)", label)
    marker = page.locator(".map-canvas").get_by_role("button", name=label, exact=True)
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    expect(marker).to_be_focused()


def test_a_station_link_opens_its_popup_on_the_map(opened: Opened) -> None:
    page = opened("/#xz-320302-0001").page
    expect(page.locator(".leaflet-popup")).to_contain_text("演示001")


def test_under_a_gcj02_ground_everything_stays_wgs84(opened: Opened, demo: registries.Registry) -> None:
    page = opened("/#xz-320302-0001", device=DESKTOP, expected=[r"\.autonavi\.com/"]).page
    expect(page.locator(".leaflet-popup")).to_be_visible()
    page.keyboard.press("Escape")
    lon, lat = demo["xz-320302-0001"].geometry.coordinates
    page.locator(".leaflet-control-layers").hover()
    # Other hosts are cut off in tests: the page asks for images, as the label of the layer says it would.
    with page.expect_request(re.compile(r"autonavi\.com")):
        page.get_by_label(re.compile("高德地图")).check()
    page.evaluate(f"map_0.setView([{lat}, {lon}], 19, {{animate: false}})")

    drawn = page.evaluate(f"map_0.options.crs.projection.project(L.latLng({lat}, {lon}))")
    mercator = page.evaluate(f"L.Projection.SphericalMercator.project(L.latLng({lat}, {lon}))")
    assert 400 < math.hypot(drawn["x"] - mercator["x"], drawn["y"] - mercator["y"]) < 800
    back = page.evaluate(f"(({{lng, lat}}) => [lng, lat])(map_0.unproject(map_0.project([{lat}, {lon}])))")
    assert back == pytest.approx([lon, lat], abs=0.1 * METRE_DEG)

    at = page.evaluate(f"map_0.latLngToContainerPoint([{lat}, {lon}])")
    box = page.locator(".map-canvas").bounding_box()
    assert box
    x, y = box["x"] + at["x"], box["y"] + at["y"]
    boxes = page.locator(".pin:has(.marker)").evaluate_all(
        "pins => pins.map(pin => pin.getBoundingClientRect().toJSON())"
    )
    assert (x, y) in [(found["x"] + found["width"] / 2, found["y"] + found["height"] / 2) for found in boxes]

    # The marker covers its own point: a click beside it, told by the map, leads back to it.
    page.evaluate("map_0.on('click', ({latlng}) => (window.clicked = [latlng.lng, latlng.lat]))")
    page.mouse.click(x + 60, y + 40)
    pixel_m = 40_075_016.7 * math.cos(math.radians(lat)) / 256 / 2**19
    clicked_lon, clicked_lat = page.evaluate("window.clicked")
    assert clicked_lon - lon == pytest.approx(
        60 * pixel_m * METRE_DEG / math.cos(math.radians(lat)), abs=2 * pixel_m * METRE_DEG
    )
    assert clicked_lat - lat == pytest.approx(-40 * pixel_m * METRE_DEG, abs=2 * pixel_m * METRE_DEG)

    page.locator(".leaflet-control-layers").hover()
    page.get_by_label(re.compile("示意图")).check()
    assert page.evaluate("map_0.options.crs === L.CRS.EPSG3857")


def test_the_page_speaks_english(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Use my location")).to_be_visible()
    listed(page)
    show_map(page)
    text = page.locator("main").inner_text()
    assert not re.search("营业|步行|核对|筛选", text)


@pytest.mark.parametrize("device", DEVICES)
def test_a_station_page_says_where_and_when(opened: Opened, device: str) -> None:
    page = opened("/s/xz-320302-0003", device=DEVICES[device]).page
    expect(page.get_by_role("heading", level=1)).to_contain_text("演示003")
    expect(page.locator("[aria-current=date]")).to_contain_text("周一")
    expect(page.locator(".door")).to_contain_text("停车场北侧")


def test_the_states_move_on_with_the_clock(opened: Opened) -> None:
    watched = opened(**HERE)
    page = watched.page
    located(page)
    before = names(page)
    without_feeds(watched)
    page.clock.set_system_time(NOW + timedelta(hours=13))  # 23:00 in Xuzhou
    page.clock.run_for(61_000)
    expect(page.locator(".card h2")).not_to_have_text(before)
    expect(page.locator(".card .state.is-closed")).to_have_count(0)


def test_the_map_in_one_file_opens_from_disk(opened: Opened, demo: registries.Registry, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(standalone_html(demo, NOW), encoding="utf-8")
    watched = opened(file.as_uri(), device=DESKTOP)
    page = watched.page
    listed(page)
    show_map(page)
    expect(page.locator(".demo")).to_have_text("演示数据")
    assert page.locator(".ground-county").count() == 10
    page.locator(".card .to-map").first.click()
    expect(page.locator(".leaflet-popup")).to_contain_text(names(page)[0])
    assert [request.url for request in watched.requests if not request.url.startswith(("file:", "data:"))] == []


def test_without_its_feed_the_page_says_so_and_offers_another_try(opened: Opened) -> None:
    watched = opened("", expected=[BUSY + "/api/v1/feed$"])
    page = watched.page
    page.route("**/api/v1/feed", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(watched.origin)
    expect(page.locator("#notice")).to_contain_text("没有载入")
    expect(page.get_by_role("button", name="重试")).to_be_visible()


def test_a_registry_too_large_for_a_phone_is_answered_by_the_server_without_the_position_in_an_address(
    opened: Opened, large_origin: str
) -> None:
    watched = opened(at=large_origin, **HERE)
    page = watched.page
    expect(page.locator("#notice")).to_contain_text("发给本站服务器")
    located(page)
    expect(page.locator(".card").first).to_contain_text("时间未知")
    assert names(page)[0] == "站12000"
    assert all(int(name[1:]) % 2 == 0 for name in names(page))
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("从哪个区县出发").select_option("320302")
    expect(page.locator("#notice")).to_contain_text("从“鼓楼区”出发")
    page.get_by_role("combobox", name="搜索地点").fill("站20000")
    page.get_by_role("option", name="站20000").click()
    expect(page.locator("#notice")).to_contain_text("你找的站点：站20000")
    assert names(page)[0] == "站20000"
    posted = {request.url for request in watched.requests if request.method == "POST"}
    assert posted == {f"{large_origin}/api/v1/nearest"}
    assert [request.url for request in watched.requests if re.search(r"117[.]2|34[.]26", request.url)] == []


def test_a_facility_nobody_is_known_to_have_is_shown_as_unknown_by_the_server_too(
    opened: Opened, large_origin: str
) -> None:
    page = opened("/?facility=wifi", at=large_origin, **HERE).page
    located(page)
    expect(page.locator(".card").first).to_contain_text("Wi-Fi未知")


def spot(page: Page, text: str) -> list[str]:
    page.get_by_role("combobox", name="搜索地点").fill(text)
    page.get_by_role("option").first.wait_for()
    return page.get_by_role("option").all_inner_texts()


@pytest.mark.parametrize("typed", ["云龙区", "yunlongqu", "YunLong", "ylq", "云longq", "yunl"])
def test_a_district_is_found_however_it_is_typed(opened: Opened, typed: str) -> None:
    page = opened().page
    listed(page)
    assert spot(page, typed)[0] == "云龙区"


def test_stations_are_found_by_name_alias_and_address_in_pinyin(opened: Opened, demo: registries.Registry) -> None:
    page = opened().page
    listed(page)
    wanted = demo["xz-320302-0003"]
    assert any(wanted.name in line for line in spot(page, "fengcai gongyuan 003"))
    alias = wanted.properties.aliases[0]
    assert any(wanted.name in line for line in spot(page, alias))


def test_stations_of_one_word_come_by_their_distance_and_more_of_them_on_request(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    lines = spot(page, "公园")
    assert lines.pop() == "更多结果"
    metres = [metres_of(line) for line in lines]
    assert len(metres) == 10
    assert metres == sorted(metres)
    page.get_by_role("option", name="更多结果").click()
    expect(page.get_by_role("option")).to_have_count(41)
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("公园")


def metres_of(line: str) -> float:
    number, unit = re.search(r"([\d.,]+) (米|公里)", line).groups()  # type: ignore[union-attr]
    return float(number.replace(",", "")) * (1000 if unit == "公里" else 1)


@pytest.mark.parametrize("typed", ["泉山区 厕所", "泉山区，洗手间", "泉山厕所", "quanshanqu 厕所", "泉山曲 厕所"])
def test_a_place_and_a_facility_are_chosen_together(opened: Opened, typed: str) -> None:
    page = opened(**HERE).page
    located(page)
    assert "泉山区，筛选：厕所" in spot(page, typed)
    page.get_by_role("option", name="泉山区，筛选：厕所").click()
    expect(page.locator("#notice")).to_contain_text("从“泉山区”出发")
    expect(page).to_have_url(re.compile(r"facility=toilet"))


@pytest.mark.parametrize(("typed", "meant"), [("邳洲", "邳州市"), ("云尨区", "云龙区")])
def test_what_is_nearly_called_so_is_offered_as_such(opened: Opened, typed: str, meant: str) -> None:
    page = opened().page
    listed(page)
    assert spot(page, typed)[:2] == [f"没有“{typed}”，相近的有：", meant]


def test_full_width_letters_and_quotes_are_no_hindrance(opened: Opened) -> None:
    page = opened().page
    listed(page)
    assert spot(page, "ＷＩＦＩ")[0] == "筛选：Wi-Fi"
    assert spot(page, "“云龙区”，")[0] == "云龙区"
    assert "筛选：厕所、热水" in spot(page, "厕所 热水")


def test_the_answer_in_one_line_can_be_pasted_into_a_chat(opened: Opened) -> None:
    granted = ["geolocation", "clipboard-read", "clipboard-write"]
    watched = opened(geolocation=CENTRE, permissions=granted)
    page = watched.page
    located(page)
    assert re.fullmatch(r"约 \d+ 米 · 营业至 \d\d:\d\d · .+核对", page.locator("#line").inner_text())
    before = page.locator("#line").bounding_box()
    page.locator("#copy").click()
    expect(page.locator("#copy")).to_have_text("已复制")
    expect(page.locator("#copied")).to_have_text("已复制")
    assert page.locator("#line").bounding_box() == before
    name, line, link = page.evaluate("() => navigator.clipboard.readText()").split("\n")
    assert name == names(page)[0]
    assert line == page.locator("#line").inner_text()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


SWITCHES = {
    "free": lambda station: station.access.who in ("public", "unknown"),
    "always": lambda station: station.properties.hours in ("24/7", None) or station.status_at(NOW).state == "unknown",
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_leaves_what_it_says(opened: Opened, demo: registries.Registry, name: str) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator(f"[data-switch={name}]").click()
    expect(page.locator(f"[data-switch={name}]")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(re.escape(f"?{name}=1") + "$"))
    listed(page)
    shown = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert shown
    assert all(SWITCHES[name](demo[id_]) for id_ in shown)


@pytest.mark.parametrize(
    ("kind", "code", "holds"),
    [
        ("category", "service_centre", lambda station: station.category == "service_centre"),
        ("category", "culture", lambda station: station.category == "culture"),
        ("facility", "toilet", lambda station: station.facilities.get("toilet") is not False),
        ("facility", "ebike_charging", lambda station: station.facilities.get("ebike_charging") is not False),
        ("service", "legal_aid", lambda station: "legal_aid" in station.services),
        ("service", "startup_loan", lambda station: "startup_loan" in station.services),
    ],
)
def test_a_box_leaves_what_it_says(
    opened: Opened, demo: registries.Registry, kind: str, code: str, holds: Callable[[Station], bool]
) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#filters-toggle").click()
    page.locator(f"#filters label:has(input[name={kind}][value={code}])").click()
    expect(page).to_have_url(re.compile(re.escape(f"?{kind}={code}") + "$"))
    listed(page)
    shown = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert shown
    assert all(holds(demo[id_]) for id_ in shown)
    page.locator("#clear").click()
    expect(page).to_have_url(re.compile(r"[?]now=1$"))


def test_what_no_station_has_on_record_is_said_and_can_be_unticked(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    address = servers.enter_context(serving_stations(tmp_path, (400, {"hours": "24/7", "facilities": {"wifi": True}})))
    asked = "facility=toilet&facility=wifi&service=sauna"
    page = opened(f"/?{asked}", at=address).page
    listed(page)
    # It is their own choice too, of a list that had all of it.
    page.evaluate("asked => localStorage.setItem('stationmap.choice', asked)", asked)
    expect(page.locator("#notice")).to_contain_text("这份名单里没有站点登记有：厕所、sauna")
    page.get_by_role("button", name="筛选（3）").click()
    nowhere = page.get_by_role("group", name="这份名单里没有登记")
    for name in ("厕所", "sauna"):
        expect(nowhere.get_by_label(name)).to_be_checked()
        nowhere.get_by_label(name).uncheck()
    expect(page.locator("#notice")).not_to_contain_text("这份名单里没有站点登记有")
    page.wait_for_url("**/?facility=wifi")
    page.goto(address)
    page.wait_for_url("**/?facility=wifi")
    expect(page.get_by_role("group", name="这份名单里没有登记")).to_have_count(0)


def test_an_e_bike_is_faster_and_gets_there_in_time_more_often(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("[data-switch=travel]").click()
    expect(page).to_have_url(re.compile(re.escape("?travel=ebike") + "$"))
    expect(page.locator(".card-state").first).to_contain_text("骑行")


def test_riders_ride_unless_the_operator_or_they_say_otherwise(opened: Opened, servers: ExitStack) -> None:
    address = servers.enter_context(served(Settings()))
    page = opened(at=address, **HERE).page
    located(page)
    expect(page.locator("[data-switch=travel]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".card-state").first).to_contain_text("骑行")
    page.locator("[data-switch=travel]").click()
    expect(page).to_have_url(re.compile(re.escape("?travel=walk") + "$"))
    expect(page.locator(".card-state").first).to_contain_text("步行")
    page.goto(address)
    listed(page)
    expect(page.locator("[data-switch=travel]")).to_have_attribute("aria-pressed", "false")


def test_the_last_filters_are_remembered_and_an_address_goes_before_them(opened: Opened) -> None:
    page = opened().page
    listed(page)
    home = page.url.split("?")[0]
    page.locator("#filters-toggle").click()
    page.locator("#filters label:has(input[name=facility][value=toilet])").click()
    page.locator("[data-switch=travel]").click()
    own = f"{home}?facility=toilet&travel=ebike"
    expect(page).to_have_url(own)
    page.goto(home)
    listed(page)
    expect(page).to_have_url(own)
    page.goto(f"{home}?free=1")
    listed(page)
    expect(page).to_have_url(f"{home}?free=1")
    page.goto(home)
    listed(page)
    expect(page).to_have_url(own)


def test_the_view_of_who_asked_for_nothing_can_be_shared_too(opened: Opened) -> None:
    page = opened().page
    listed(page)
    shared = page.url
    page.locator("[data-switch=always]").click()
    expect(page).to_have_url(re.compile("always=1$"))
    page.goto(shared)
    listed(page)
    expect(page.locator("[data-switch=always]")).to_have_attribute("aria-pressed", "false")


def test_nothing_on_the_page_moves_while_it_loads(opened: Opened) -> None:
    watching = """
        globalThis.moved = [];
        new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) =>
            moved.push([value, ...sources.map(({ node }) => node?.id || node?.className)]),
        )).observe({ type: "layout-shift", buffered: true });
    """
    for device in (PHONE, DESKTOP):
        page = opened(device=device, script=watching).page
        listed(page)
        page.wait_for_timeout(500)
        assert page.evaluate("() => moved") == []


def test_an_address_that_cannot_be_read_names_no_station(opened: Opened) -> None:
    page = opened("/#%").page
    listed(page)
    show_map(page)
    expect(page.locator(".leaflet-popup")).to_have_count(0)


def test_a_station_link_goes_before_the_filters(opened: Opened, demo: registries.Registry) -> None:
    other = next(station.category for station in demo.stations if station.category != demo["xz-320302-0001"].category)
    page = opened(f"/?category={other}#xz-320302-0001").page
    expect(page.locator(".leaflet-popup")).to_contain_text("演示001")


def test_focus_and_rows_stay_while_the_minutes_pass(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator(".card .to-map").nth(3).focus()
    held = page.evaluate("document.activeElement.closest('.card').dataset.id")
    page.evaluate("globalThis.said = document.querySelector('#notice').firstChild")
    page.clock.run_for(61_000)
    assert page.evaluate("document.activeElement.closest('.card')?.dataset.id") == held
    assert page.evaluate("document.activeElement.className") == "to-map"
    assert page.evaluate("said === document.querySelector('#notice').firstChild")


@pytest.mark.parametrize(("focused", "heir"), [("s1", "s1"), ("s2", "s2"), ("s0", "list")])
def test_the_focus_goes_where_its_station_goes(
    opened: Opened, servers: ExitStack, tmp_path: Path, focused: str, heir: str
) -> None:
    soon, late = ({"access": {"who": "public"}, "hours": f"Mo 09:00-{end}"} for end in ("10:30", "20:00"))
    address = servers.enter_context(serving_stations(tmp_path, (100, soon), (200, late), (300, late)))
    watched = opened(at=address, **HERE)
    page = watched.page
    located(page)
    assert names(page) == ["站0", "站1", "站2"]
    page.locator(f".card[data-id={focused}] .to-map").focus()
    without_feeds(watched)
    page.clock.set_system_time(NOW + timedelta(minutes=31))
    page.clock.run_for(61_000)
    expect(page.locator(".card")).to_have_count(2)
    shown = page.locator(":focus").evaluate("one => one.closest('.card')?.dataset.id ?? one.id")
    assert shown == heir
    # Who opens it, opens what the row says.
    if heir != "list":
        page.keyboard.press("Enter")
        expect(page.locator(".leaflet-popup")).to_contain_text(f"站{focused[1:]}")


TRANSLATE = """() => {
  const path = "//*[@id='list' or @id='notice']//text()";
  const texts = document.evaluate(path, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
  for (let at = 0; at < texts.snapshotLength; at++) {
    const text = texts.snapshotItem(at);
    const [outer, inner] = [document.createElement("font"), document.createElement("font")];
    text.replaceWith(outer);
    outer.append(inner);
    inner.append(text);
  }
}"""  # as browsers do that translate a page


def test_a_page_that_the_browser_translated_says_the_next_answer_all_the_same(
    opened: Opened, demo: registries.Registry
) -> None:
    page = opened(**HERE).page
    located(page)
    before = names(page)
    page.evaluate(TRANSLATE)
    page.get_by_role("button", name="24 小时").click()
    expect(page.locator("#list")).not_to_contain_text(before[0])
    listed(page)
    ids = page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert names(page) == [demo[id_].name for id_ in ids]


@pytest.mark.parametrize("device", DEVICES)
def test_another_point_is_answered_from_the_top(opened: Opened, device: str) -> None:
    page = opened(device=DEVICES[device], **HERE).page
    located(page)
    page.locator(".panel").evaluate("panel => (panel.scrollTop = 900)")
    page.locator("#search").fill("徐州站")
    page.get_by_role("option").first.click()
    expect(page.locator("#search")).to_be_in_viewport()
    expect(page.locator(".card").first).to_be_in_viewport()


def test_the_way_out_of_the_filters_leads_to_the_first_answer(opened: Opened) -> None:
    page = opened(**HERE).page
    located(page)
    page.locator("#filters-toggle").click()
    page.locator(".panel").evaluate("panel => (panel.scrollTop = 400)")
    page.locator("#done").click()
    expect(page.locator("#copy")).to_be_in_viewport(ratio=1)
    expect(page.locator(".card").first).to_be_in_viewport(ratio=1)
    expect(page.locator("#list")).to_be_focused()


def test_what_is_chosen_shows_in_the_colours_of_the_system(opened: Opened) -> None:
    page = opened("/?facility=toilet", forced_colors="active").page
    page.locator("#filters-toggle").click()
    colour = "one => getComputedStyle(one).backgroundColor"
    for chosen, other in (
        ("[data-switch=now]", "[data-switch=always]"),
        ("[value=toilet] + span", "[value=wifi] + span"),
    ):
        assert page.locator(chosen).evaluate(colour) != page.locator(other).evaluate(colour)


def test_after_relaxing_the_map_shows_what_the_list_does(opened: Opened) -> None:
    page = opened("/?service=startup_loan&category=outdoor_worker", device=DESKTOP).page
    expect(page.locator("#notice")).to_contain_text("已放宽")
    show_map(page)
    page.locator(".card .to-map").first.click()
    expect(page.locator(".leaflet-popup")).to_contain_text(names(page)[0])


def test_the_other_language_keeps_the_view(opened: Opened) -> None:
    page = opened("/?free=1#xz-320302-0001", device=DESKTOP).page
    listed(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Use my location")).to_be_visible()
    assert re.search(r"[?&]lang=en\b", page.url)
    assert re.search(r"[?&]free=1\b", page.url)
    expect(page).to_have_url(re.compile(re.escape("#xz-320302-0001") + "$"))


def test_every_chip_is_in_view_at_a_desk(opened: Opened) -> None:
    page = opened(device=DESKTOP).page
    listed(page)
    assert page.evaluate("(chips => chips.scrollWidth <= chips.clientWidth)(document.querySelector('.chips'))")


def registry_file(folder: Path, **stations: tuple[float, float, dict[str, Any]]) -> Path:
    """Write a registry of stations by name: longitude, latitude, what else is known of them."""
    features = [
        {
            "type": "Feature",
            "id": f"s{row}",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {
                "name": name,
                "category": "culture",
                "district": "320302",
                "access": {"who": "public"},
                "verified": {"on": "2026-11-20", "by": "staff"},
                **known,
            },
        }
        for row, (name, (lon, lat, known)) in enumerate(stations.items())
    ]
    file = folder / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    return file


def test_who_looks_up_a_station_is_still_where_the_device_said(
    opened: Opened, servers: ExitStack, tmp_path: Path
) -> None:
    lon, lat = CENTRE["longitude"], CENTRE["latitude"]
    file = registry_file(
        tmp_path,
        远站=(lon + 0.0467, lat, {"hours": "Mo 09:00-10:04"}),  # 4.3 km: 19 minutes by e-bike
        近站=(lon + 0.0033, lat, {"hours": "24/7"}),
        旁站=(lon + 0.0466, lat, {"hours": "24/7"}),
    )
    page = opened(at=servers.enter_context(served(Settings(registry=file))), **HERE).page
    located(page)
    page.locator("#search").fill("远站")
    page.keyboard.press("Enter")
    expect(page.locator(".card h2")).to_have_text(["远站", "近站", "旁站"])
    asked, near, beside = page.locator(".card").all()
    expect(asked).to_contain_text(re.compile("4.3 公里.*营业至 10:04.*到达前关门.*骑行约 19 分钟", re.DOTALL))
    expect(near).to_contain_text("300 米")
    expect(beside).to_contain_text("4.3 公里")
    expect(page.locator("#notice")).to_contain_text("你找的站点：远站，从我的位置出发")
    page.locator("#locate").click()
    expect(page.locator(".card h2").first).to_have_text("近站")


WRONG_CLOCKS = [(3, "快了 3 小时"), (24, "快了 24 小时"), (-3, "慢了 3 小时"), (-24, "慢了 24 小时")]


@pytest.mark.parametrize(("wrong", "said"), WRONG_CLOCKS)
def test_a_phone_with_a_wrong_clock_goes_by_the_servers(
    opened: Opened, servers: ExitStack, tmp_path: Path, wrong: int, said: str
) -> None:
    lon, lat = CENTRE["longitude"], CENTRE["latitude"]
    file = registry_file(
        tmp_path,
        早站=(lon + 0.001, lat, {"hours": "Mo 09:00-12:30"}),
        晚站=(lon + 0.002, lat, {"hours": "Mo 12:45-20:00"}),
    )
    address = servers.enter_context(served(Settings(registry=file)))
    page = opened("", at=address, **HERE).page
    page.clock.set_system_time(NOW + timedelta(hours=wrong))
    page.goto(address)
    located(page)
    expect(page.locator("#notice")).to_contain_text(f"手机{said}")
    expect(page.locator(".card h2")).to_have_text(["早站"])
    expect(page.locator(".card")).to_contain_text("营业至 12:30")
    expect(page.locator(".card")).to_contain_text("3 天前核对")
    expect(page.locator("#notice")).not_to_contain_text("数据")  # nothing is old that has just come
    page.locator(".card a").click()
    expect(page.locator("main .state")).to_contain_text("营业至 12:30")
