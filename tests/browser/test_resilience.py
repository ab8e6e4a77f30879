"""When things fail: no signal, a weak one, a browser without this or that, a server that answers nonsense."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.fixture.browsing import serving
from stationmap.settings import Settings
from stationmap.web import create_app
from tests.browser.conftest import ABORTED, BUSY, NOW, REFUSED, Browsing, Opened, Watched
from tests.browser.states import HERE, STATION, kept_by_page, kept_by_worker, listed, located, names

FEED = "**/api/v1/feed"
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
LACKING = {
    "a service worker": "delete Navigator.prototype.serviceWorker",
    "a place to keep anything": """
        for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
            Object.defineProperty(globalThis, name, { get() { throw new DOMException("no", "SecurityError"); } });
    """,
    "a clipboard": "delete Navigator.prototype.clipboard; delete Navigator.prototype.share",
    "geolocation": "delete Navigator.prototype.geolocation",
}


def without_feed(watched: Watched) -> Page:
    """Cut the page off from its feed and load it again; what the browser itself says of that is no complaint."""
    watched.expects(ABORTED + ".*/api/v1/feed$")
    watched.page.route(FEED, lambda route: route.abort())
    watched.page.reload()
    return watched.page


def held_back(page: Page, url: str) -> list[Route]:
    """Let requests for something hang, and return them as they come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(url, hold)
    return held


@pytest.mark.parametrize("lacking", LACKING)
def test_a_browser_without_something_finds_stations_all_the_same(browsing: Browsing, lacking: str) -> None:
    watched = browsing(f"{{ {LACKING[lacking]} }}", service_workers="allow", **HERE)
    page = watched.page
    listed(page)
    page.locator("#locate").click()
    if lacking == "geolocation":
        expect(page.locator("#notice")).to_contain_text("无法定位")
    else:
        expect(page.locator("#notice")).to_contain_text("我的位置")
    page.locator("#filters-toggle").click()
    page.get_by_label("热水").check()
    page.locator("#large").click()
    assert len(names(page)) == 10


def test_without_a_service_worker_the_last_feed_is_kept(browsing: Browsing) -> None:
    watched = browsing(LACKING["a service worker"], **HERE)
    page = watched.page
    located(page)
    before = names(page)
    kept_by_page(page)
    page.clock.set_system_time(NOW + timedelta(minutes=11, seconds=20))
    without_feed(watched)
    located(page)
    expect(page.locator("#notice")).to_contain_text("数据来自 11 分钟前")
    assert names(page)[:3] == before[:3]


def test_what_is_kept_too_long_says_that_it_no_longer_knows(browsing: Browsing) -> None:
    watched = browsing(LACKING["a service worker"], **HERE)
    page = watched.page
    located(page)
    kept_by_page(page)
    page.clock.set_system_time(NOW + timedelta(days=15, minutes=1))
    without_feed(watched)
    located(page)
    expect(page.locator("#notice")).to_contain_text("数据来自 15 天前")
    listed(page)
    states = page.locator(".card .card-state").all_inner_texts()
    assert states
    assert all("未知" in state for state in states)


def test_with_the_server_gone_the_finder_works_on(opened: Opened) -> None:
    # The clock of a service worker cannot be set: here everybody goes by the real one.
    with serving(create_app(Settings())) as address:
        watched = opened(at=address, service_workers="allow", expected=[REFUSED], **HERE)
        page = watched.page
        page.clock.set_system_time(datetime.now(UTC))
        located(page)
        kept_by_worker(page)
        before = names(page)
    page.reload()
    located(page)
    assert names(page) == before
    page.locator("#filters-toggle").click()
    page.get_by_label("热水").check()
    assert names(page) != before
    page.goto(f"{address}{STATION}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("演示003")
    page.goto(f"{address}/?lang=en")
    expect(page.get_by_role("button", name="Use my location")).to_be_visible()
    listed(page)


def test_nothing_with_a_position_is_ever_kept(opened: Opened, origin: str) -> None:
    watched = opened(service_workers="allow", **HERE)
    page = watched.page
    located(page)
    kept_by_worker(page)
    page.evaluate("""() => fetch("/api/v1/nearest", { method: "POST", body: '{"lon": 117.2, "lat": 34.26}',
        headers: { "Content-Type": "application/json" } }).then((answer) => answer.text())""")
    page.evaluate("() => fetch('/api/v1/nearest?lon=117.2&lat=34.26').then((answer) => answer.text())")
    kept = page.evaluate("""async () => {
        const caught = [];
        for (const name of await caches.keys())
            for (const { url } of await (await caches.open(name)).keys()) caught.push(url);
        return caught;
    }""")
    assert f"{origin}/api/v1/feed" in kept
    assert [url for url in kept if "api/v1/nearest" in url or "117" in url or not url.startswith(origin)] == []
    stored = page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    assert not re.search("117|34[.]2", stored)


def test_a_cheap_phone_on_a_slow_line_shows_a_list_that_answers(browsing: Browsing) -> None:
    watched = browsing("", path="", **HERE)
    page = watched.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(watched.origin)
    page.locator("#locate").click()  # at once, before the page is ready to hear it
    listed(page)
    located(page)
    assert len(names(page)) >= 6


@pytest.mark.parametrize(("code", "says"), [(1, "没有定位权限"), (2, "暂时无法定位"), (3, "定位超时")])
def test_a_failed_position_says_what_to_do_and_leaves_the_list(browsing: Browsing, code: int, says: str) -> None:
    fails = f"Geolocation.prototype.getCurrentPosition = (_, refuse) => setTimeout(() => refuse({{ code: {code} }}))"
    page = browsing(fails).page
    listed(page)
    page.locator("#locate").click()
    notice = page.locator("#notice")
    expect(notice).to_contain_text(says)
    expect(notice).to_contain_text(re.compile("点地图|选区县|搜索"))
    assert len(names(page)) == 10
    page.get_by_role("button", name="选区县").click()
    page.get_by_role("option", name="沛县").click()
    expect(notice).to_contain_text("从“沛县”出发")
    assert says not in notice.inner_text()


def test_a_page_that_may_not_locate_says_so(browsing: Browsing) -> None:
    page = browsing("Object.defineProperty(globalThis, 'isSecureContext', { value: false })").page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("HTTPS")


NONSENSE: dict[str, dict[str, Any]] = {
    "an error": {"status": 503, "body": "{}"},
    "no JSON": {"status": 200, "body": "<html>"},
    "a portal": {"status": 200, "body": "<form>", "content_type": "text/html"},
    "another format": {"status": 200, "body": '{"format": 99}'},
    "half a feed": {"status": 200, "body": '{"format": 1, "revision": "x"}'},
}


@pytest.mark.parametrize("answer", NONSENSE)
def test_a_first_visit_without_a_feed_offers_another_try(browsing: Browsing, answer: str) -> None:
    watched = browsing("", path="", service_workers="block", expected=[BUSY + "/api/v1/feed$"])
    page = watched.page
    page.route(FEED, lambda route: route.fulfill(**NONSENSE[answer]))
    page.goto(watched.origin)
    expect(page.locator("#notice")).to_contain_text("没有载入")
    page.unroute(FEED)
    page.get_by_role("button", name="重试").click()
    listed(page)


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_never_takes_the_place_of_what_is_kept(browsing: Browsing, answer: str) -> None:
    watched = browsing(LACKING["a service worker"], expected=[BUSY + "/api/v1/feed$"])
    page = watched.page
    listed(page)
    kept_by_page(page)
    page.route(FEED, lambda route: route.fulfill(**NONSENSE[answer]))
    page.reload()
    listed(page)
    assert len(names(page)) == 10


def test_taps_while_the_position_is_on_its_way_are_one_question(browsing: Browsing) -> None:
    waiting = """
        globalThis.asked = [];
        Geolocation.prototype.getCurrentPosition = (take) => asked.push(take);
    """
    page = browsing(waiting).page
    listed(page)
    assert page.evaluate("() => asked.length") == 0  # never on load
    for _ in range(3):
        page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("正在定位")
    assert page.evaluate("() => asked.length") == 1
    page.evaluate("() => asked[0]({ coords: { longitude: 117.2, latitude: 34.26, accuracy: 10 } })")
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")
    page.locator("#locate").click()  # another tap is another question
    assert page.evaluate("() => asked.length") == 2


def test_a_server_that_fails_to_answer_a_question_leaves_the_last_answer(opened: Opened, large_origin: str) -> None:
    watched = opened(at=large_origin, expected=[BUSY + "/api/v1/nearest$"], **HERE)
    page = watched.page
    located(page)
    before = names(page)

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="{}")

    page.route("**/api/v1/nearest", fail)
    page.locator("[data-switch=free]").click()
    expect(page.locator("#notice")).to_contain_text("没有载入")
    assert names(page) == before
    page.unroute("**/api/v1/nearest")
    page.locator("[data-switch=free]").click()
    expect(page.locator("#notice")).to_contain_text("我的位置")
    expect(page.locator(".card")).to_have_count(10)


def test_no_origin_but_its_own_is_asked_on_a_whole_visit(opened: Opened) -> None:
    watched = opened(service_workers="allow", **HERE)
    page = watched.page
    located(page)
    page.locator("#filters-toggle").click()
    page.get_by_label("热水").check()
    page.locator("#done").click()
    page.locator(".views [data-view=map]").click()
    page.locator(".pin").first.wait_for()
    page.goto(watched.origin + STATION)
    page.goto(watched.origin + STATION + "/poster")
    page.wait_for_load_state("networkidle")
    assert watched.strangers == []
    assert [request.url for request in watched.requests if request.method != "GET"] == []


def test_taps_before_the_scripts_have_come_are_done_once_they_are_there(browsing: Browsing) -> None:
    watched = browsing("", path="", **HERE)
    page = watched.page
    held = held_back(page, "**/common.bundle.js")
    page.goto(watched.origin, wait_until="commit")
    page.locator("#large").tap()
    expect(page.locator("html")).to_have_class("is-large")  # needs nobody else
    page.locator("#locate").tap()
    page.locator("#locate").tap()  # as nothing seems to happen
    page.locator("[data-switch=always]").tap()
    page.locator("#views [data-view=map]").tap()
    expect(page.locator("#locate")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(page.locator("[data-switch=always]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("body")).to_have_attribute("data-view", "map")
    expect(page.locator(".map-line p")).to_contain_text(re.compile("米|公里"))
    expect(page.locator("button[aria-busy=true]")).to_have_count(0)


def test_a_search_sent_before_the_scripts_have_come_is_made(browsing: Browsing) -> None:
    watched = browsing("", path="")
    page = watched.page
    held = held_back(page, "**/app.bundle.js")
    page.goto(watched.origin, wait_until="commit")
    page.locator("#search").fill("沛县")
    page.locator("#search").press("Enter")
    page.wait_for_timeout(100)
    held[0].continue_()
    expect(page.locator("#notice")).to_contain_text("从“沛县”出发")


HANGING = "indexedDB.open = () => ({})"


@pytest.mark.parametrize("storage", ["", HANGING], ids=["kept", "a database that never opens"])
def test_a_feed_that_hangs_gives_way_to_what_is_kept(browsing: Browsing, storage: str) -> None:
    watched = browsing(LACKING["a service worker"], **HERE)
    page = watched.page
    located(page)
    before = names(page)
    kept_by_page(page)
    held = held_back(page, FEED)
    page.add_init_script(storage)
    page.reload()
    if storage:  # nothing is there to be shown: what to do is
        expect(page.locator("#stuck")).to_be_visible()
        held[0].continue_()
    located(page)
    assert names(page) == before
    assert not page.locator("#stuck").count()


def test_what_comes_after_the_kept_feed_was_shown_takes_its_place(browsing: Browsing) -> None:
    watched = browsing(LACKING["a service worker"], **HERE)
    page = watched.page
    located(page)
    kept_by_page(page)
    page.clock.set_system_time(NOW + timedelta(minutes=30))
    held = held_back(page, FEED)
    page.reload()
    listed(page)
    expect(page.locator("#notice")).to_contain_text("数据来自 30 分钟前")
    held[0].continue_()
    expect(page.locator("#notice")).not_to_contain_text("数据来自")


@pytest.mark.parametrize(
    ("file", "without_it"),
    [
        ("/i18n/zh.json", []),
        ("/common.bundle.js", [r"^(\$|stationmap) is not defined$"]),  # what other scripts say
        ("/app.bundle.js", ["^stationmap is not defined$"]),
    ],
)
def test_a_file_that_does_not_come_is_said_and_can_be_asked_for_again(
    browsing: Browsing, file: str, without_it: list[str]
) -> None:
    watched = browsing("", path="", expected=[ABORTED + ".*" + file, *without_it])
    page = watched.page
    file = f"**{file}"
    page.route(file, lambda route: route.abort())
    page.goto(watched.origin)
    expect(page.locator("#stuck")).to_contain_text("重试")
    expect(page.locator("#stuck")).to_be_visible(timeout=5_000)  # at once, not after a while
    page.unroute(file)
    page.locator("#stuck a").click()
    listed(page)


def test_a_map_that_does_not_come_is_said_on_the_map_and_the_list_works(browsing: Browsing) -> None:
    watched = browsing("", path="", expected=[ABORTED + ".*/leaflet.js", "^L is not defined$"])
    page = watched.page
    page.route("**/leaflet.js", lambda route: route.abort())
    page.goto(watched.origin)
    listed(page)
    expect(page.locator("#stuck")).to_have_count(0)
    page.locator(".views [data-view=map]").click()
    expect(page.locator("#map-stuck")).to_be_visible()


def test_a_device_that_never_answers_is_not_waited_for_for_ever(browsing: Browsing) -> None:
    silent = """
        globalThis.asked = [];
        Geolocation.prototype.getCurrentPosition = (take, refuse, options) => asked.push({ take, options });
    """
    page = browsing(silent).page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("正在定位")
    page.clock.fast_forward(6_500)
    assert page.evaluate("() => asked.map(({ options }) => options.enableHighAccuracy)") == [True, False]
    page.clock.fast_forward(4_000)
    expect(page.locator("#notice")).to_contain_text("定位超时")
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("正在定位")
    assert page.evaluate("() => asked.length") == 3
    page.evaluate("() => asked[2].take({ coords: { longitude: 117.2, latitude: 34.26, accuracy: 10 } })")
    expect(page.locator("#notice")).to_contain_text("从我的位置出发")


def test_indoors_the_coarse_way_is_tried_before_giving_up(browsing: Browsing) -> None:
    indoors = """
        Geolocation.prototype.getCurrentPosition = (take, refuse, { enableHighAccuracy }) => setTimeout(() =>
            enableHighAccuracy ? refuse({ code: 2 })
                : take({ coords: { longitude: 117.2, latitude: 34.26, accuracy: 900 } }));
    """
    page = browsing(indoors).page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("定位误差约 900 米")


@pytest.mark.parametrize(
    ("coords", "said"),
    [
        ("{ longitude: NaN, latitude: 34.26, accuracy: 10 }", "暂时无法定位"),
        ("{ longitude: 117.2, latitude: 134.26, accuracy: 10 }", "暂时无法定位"),
        ("{ longitude: null, latitude: null, accuracy: 10 }", "暂时无法定位"),
        ("{ longitude: 117.2, latitude: 34.26, accuracy: NaN }", "定位误差不明"),
    ],
)
def test_numbers_that_are_no_place_are_no_position(browsing: Browsing, coords: str, said: str) -> None:
    page = browsing(
        f"Geolocation.prototype.getCurrentPosition = (take) => setTimeout(() => take({{ coords: {coords} }}))"
    ).page
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text(said)
    expect(page.locator("body")).not_to_contain_text(re.compile("NaN|Infinity"))


def test_the_keys_of_an_input_method_are_left_to_it(browsing: Browsing) -> None:
    page = browsing("").page
    listed(page)
    page.locator("#search").fill("云龙")
    page.get_by_role("option").first.wait_for()
    pressed = """(key) => {
      const event = new KeyboardEvent("keydown", { key, isComposing: true, cancelable: true, bubbles: true });
      document.getElementById("search").dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    assert [page.evaluate(pressed, key) for key in ("ArrowDown", "ArrowUp", "Escape")] == [False, False, False]
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
