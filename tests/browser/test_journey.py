"""The page of a station tells the way there and whether one arrives in time, while this tab knows from where."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stationmap.settings import Settings
from tests.browser.conftest import CENTRE, NOW, OFFLINE, Opened, served
from tests.browser.states import HERE, kept_by_page, listed, located
from tests.browser.test_offline import WITHOUT_WORKERS

LON, LAT = CENTRE["longitude"], CENTRE["latitude"]
FAR = LON + 0.0467  # 4.3 km: 19 minutes by e-bike
STATIONS: dict[str, tuple[float, dict[str, Any]]] = {
    "soon": (FAR, {"name": "远站", "name_en": "Far station", "hours": "Mo 09:00-10:04"}),
    "near": (LON + 0.0033, {"name": "近站", "hours": "24/7"}),
    "doubtful": (
        LON + 0.0034,
        {
            "name": "疑站",
            "access": {"who": "members"},
            "verified": None,
            "position": {"how": "geocoded"},
            "hours": "24/7",
        },
    ),
    "gone": (LON + 0.0035, {"name": "旧站", "status": "closed", "hours": "24/7"}),
}


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    features = [
        {
            "type": "Feature",
            "id": station_id,
            "geometry": {"type": "Point", "coordinates": [lon, LAT]},
            "properties": {
                "category": "culture",
                "district": "320302",
                "access": {"who": "public"},
                "verified": {"on": "2026-11-20", "by": "staff"},
                **known,
            },
        }
        for station_id, (lon, known) in STATIONS.items()
    ]
    file = tmp_path_factory.mktemp("towns") / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    with served(Settings(registry=file)) as address:
        yield address


def follow(page: Page, station_id: str) -> None:
    """Open the page of a station from its row."""
    page.locator(f".card[data-id={station_id}] h2 a").click()
    page.wait_for_url(f"**/s/{station_id}*")


def looked_up(page: Page, name: str) -> None:
    page.locator("#search").fill(name)
    page.keyboard.press("Enter")
    expect(page.locator(".card h2").first).to_have_text(name)


def test_the_page_of_a_station_that_closes_before_one_arrives_is_not_plain_green(opened: Opened, towns: str) -> None:
    watched = opened(at=towns, **HERE)
    page = watched.page
    located(page)
    looked_up(page, "远站")
    follow(page, "soon")
    journey = page.locator("#journey")
    for said in ("4.3 公里", "骑行约 19 分钟", "分钟后关门", "到达前关门"):
        expect(journey).to_contain_text(said)
    expect(page.locator("main > .state")).to_contain_text("营业至 10:04")
    expect(page.locator("main > .state")).not_to_have_class(re.compile("is-open"))
    expect(page.locator("#ask button")).to_be_hidden()
    page.reload()
    expect(journey).to_contain_text("到达前关门")
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text("Far station")
    for said in ("4.3 km", "19 min", "Closes in"):
        expect(journey).to_contain_text(said)
    asked = [f"{request.url} {request.post_data or ''}" for request in watched.requests]
    assert not [text for text in asked if "117.2" in text or "34.26" in text]


def test_a_station_one_reaches_in_time_is_said_to_be_open_on_arrival(opened: Opened, towns: str) -> None:
    page = opened(at=towns, **HERE).page
    located(page)
    page.get_by_role("button", name="骑电动车").click()  # on foot from now on
    expect(page.locator(".card").first).to_contain_text("步行")
    follow(page, "near")
    expect(page.locator("#journey")).to_have_text(re.compile("300 米步行约 6 分钟到达时开放$"))
    expect(page.locator("main > .state")).to_have_class("state is-open")


def test_doubts_are_said_in_words_with_the_way(opened: Opened, towns: str) -> None:
    page = opened(at=towns, **HERE).page
    located(page)
    follow(page, "doubtful")
    journey = page.locator("#journey")
    for said in ("约 310 米", "骑行约", "到达时开放", "从未核对", "位置按地址推算"):
        expect(journey).to_contain_text(said)
    expect(page.locator(".may-enter.is-doubtful")).to_have_text("需工会会员")


def test_who_comes_straight_is_told_nothing_of_a_way_until_they_ask(opened: Opened, towns: str) -> None:
    watched = opened("/s/soon", at=towns, **HERE)
    page = watched.page
    ask = page.locator("#ask button")
    expect(ask).to_have_text("用我的位置")
    expect(page.locator("#journey")).to_be_hidden()
    expect(page.locator("main > .state")).to_have_class("state is-open")
    assert not [request for request in watched.requests if "i18n" in request.url]
    ask.click()
    expect(page.locator("#journey")).to_contain_text("到达前关门")
    expect(page.locator("main > .state")).not_to_have_class(re.compile("is-open"))
    page.locator("[data-back]").click()
    expect(page.locator("#notice")).to_contain_text("你找的站点：远站，从我的位置出发")
    expect(page.locator(".card").first).to_contain_text("到达前关门")


def test_where_the_device_does_not_say_the_page_says_what_to_do(opened: Opened, towns: str) -> None:
    page = opened("/s/soon", at=towns).page
    page.locator("#ask button").click()
    expect(page.locator("#journey")).to_contain_text("没有得到位置")
    expect(page.locator("#ask button")).to_be_visible()


def test_nobody_is_led_to_a_station_that_is_gone(opened: Opened, towns: str) -> None:
    page = opened(at=towns, **HERE).page
    located(page)
    page.goto(f"{towns}/s/gone")
    expect(page.locator("main > .state")).to_contain_text("已撤销")
    expect(page.locator("#journey, #ask")).to_have_count(0)


def test_a_start_that_is_no_point_or_long_ago_makes_the_way_about_so_long(opened: Opened, towns: str) -> None:
    page = opened(at=towns, **HERE).page
    located(page)
    follow(page, "near")
    journey = page.locator("#journey")
    expect(journey).to_contain_text("300 米")
    page.context.clear_permissions()
    page.clock.fast_forward(14 * 60_000)
    expect(journey).to_contain_text("约 300 米")
    expect(journey).to_contain_text("10 分钟前的位置")
    expect(page.locator("#ask button")).to_be_visible()
    page.clock.fast_forward(17 * 60_000)
    expect(journey).to_be_hidden()
    page.goto(towns)
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#district").select_option(index=1)
    page.locator("#done").click()
    follow(page, "near")
    expect(journey).to_contain_text("约")


def test_the_page_that_is_made_anew_keeps_the_way_and_goes_on_with_the_time(opened: Opened, towns: str) -> None:
    watched = opened(at=towns, **HERE)
    page = watched.page
    located(page)
    follow(page, "near")
    expect(page.locator("#journey")).to_contain_text("骑行约 2 分钟")
    with page.expect_response(lambda answer: answer.url.endswith("/s/near")):
        page.clock.fast_forward(6 * 60_000)
    page.wait_for_timeout(300)
    expect(page.locator("#journey")).to_contain_text("骑行约 2 分钟")
    expect(page.locator("#stale")).to_be_hidden()
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    page.clock.fast_forward(6 * 60_000)
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#journey")).to_contain_text("骑行约 2 分钟")


def test_the_kept_page_tells_the_way_too(opened: Opened, towns: str) -> None:
    watched = opened(at=towns, service_workers="allow", **HERE)
    page = watched.page
    located(page)
    page.wait_for_function("async () => (await navigator.serviceWorker.ready) && (await caches.match('/s/?lang=zh'))")
    page.wait_for_function("async () => caches.match('/api/v1/feed')")
    looked_up(page, "远站")
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    follow(page, "soon")
    journey = page.locator("#journey")
    for said in ("4.3 公里", "骑行约 19 分钟", "到达前关门"):
        expect(journey).to_contain_text(said)
    expect(page.locator("main > .state")).not_to_have_class(re.compile("is-open"))
    page.reload()
    expect(journey).to_contain_text("到达前关门")
    expect(page.locator("#reach")).to_contain_text("没有网络")


def test_without_a_service_worker_the_station_in_place_of_the_list_tells_the_way(opened: Opened, towns: str) -> None:
    watched = opened(at=towns, script=WITHOUT_WORKERS, **HERE)
    page = watched.page
    located(page)
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    kept_by_page(page)
    looked_up(page, "远站")
    watched.expects(OFFLINE)
    page.context.set_offline(True)
    page.locator(".card[data-id=soon] h2 a").click()
    journey = page.locator("#journey")
    for said in ("4.3 公里", "骑行约 19 分钟", "到达前关门"):
        expect(journey).to_contain_text(said)
    expect(page.locator("#reach")).to_contain_text("没有网络")
    page.go_back()
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")
    assert page.evaluate("() => Object.keys(sessionStorage)") == []


def test_the_clock_of_the_server_tells_whether_one_arrives_in_time(opened: Opened, towns: str) -> None:
    page = opened("", at=towns, **HERE).page
    page.clock.set_system_time(NOW + timedelta(hours=3))
    page.goto(f"{towns}/s/soon")
    page.locator("#ask button").click()
    expect(page.locator("#journey")).to_contain_text("到达前关门")
