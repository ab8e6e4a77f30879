"""Pages left open stay true: made anew while time passes, and where that cannot be, they say of when they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from stationmap.settings import Settings
from stationmap.web import create_app
from tests.browser.conftest import NOW
from tests.browser.states import kept_by_page
from tests.browser.test_offline import WITHOUT_WORKERS, Phone, Server, keep, phone  # noqa: F401  a fixture

STATION = "/s/xz-320302-0003"  # every night from 18:00 to 02:00
COPYING = """
  Object.defineProperty(Navigator.prototype, "share", { value: async ({ text }) => { window.shared = text; } });
"""
SLOW_STORE = """
  const open = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (...given) {
    const until = performance.now() + 300;
    while (performance.now() < until);
    return open.apply(this, given);
  };
"""


class Clock:
    """The moment of the server, which a test moves."""

    def __init__(self) -> None:
        self.at: datetime = NOW

    def forward(self, page: Page, hours: float) -> None:
        self.at += timedelta(hours=hours)
        page.clock.fast_forward(round(hours * 3_600_000))

    def seen_again(self, page: Page) -> None:
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[Server]:
    running = Server(create_app(Settings(), clock=lambda: clock.at))
    yield running
    running.stop()


def test_a_page_seen_again_says_what_is_true_by_then(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone(COPYING)
    page.goto(server.origin + STATION)
    expect(page.locator(".state")).to_have_text("18:00 开门")
    page.locator("[data-share]").focus()
    clock.forward(page, 9)
    clock.seen_again(page)
    expect(page.locator(".state")).to_contain_text("营业至 明天 02:00")
    expect(page.locator("#stale")).to_be_hidden()
    page.locator("[data-share]").click()
    assert "营业至 明天 02:00" in page.evaluate("() => window.shared")
    clock.forward(page, 6)
    page.clock.run_for(61_000)  # looked at all the time
    expect(page.locator(".week [aria-current] th")).to_contain_text("周二")


def test_what_is_the_same_stays_and_so_does_the_focus(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone()
    page.goto(server.origin + STATION)
    page.locator(".onward a").first.focus()
    page.evaluate("() => (window.before = document.querySelector('.week'))")
    clock.forward(page, 9)
    clock.seen_again(page)
    expect(page.locator(".state")).to_contain_text("营业至")
    expect(page.locator(".onward a").first).to_be_focused()
    assert page.evaluate("() => document.querySelector('.week') === window.before")


def test_a_page_that_cannot_be_renewed_says_of_when_it_is(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone(f"{WITHOUT_WORKERS};{COPYING}")
    page.goto(server.origin + STATION)
    server.mood = "fail"
    clock.forward(page, 9)
    clock.seen_again(page)
    expect(page.locator("#stale:visible")).to_have_text("这是 11月23日 10:00 的情况，现在连不上服务器，没有更新")
    page.locator("[data-share]").click()
    assert "11月23日 10:00" in page.evaluate("() => window.shared")
    server.mood = "well"
    page.clock.run_for(61_000)
    expect(page.locator(".state")).to_contain_text("营业至")
    expect(page.locator("#stale")).to_be_hidden()


def test_a_kept_station_stays_true_too(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone()
    keep(page, server.origin)
    server.stop()
    page.goto(server.origin + STATION)
    expect(page.locator(".state")).to_have_text("18:00 开门")
    expect(page.locator("#reach")).to_contain_text("没有网络")
    clock.forward(page, 9)
    clock.seen_again(page)
    expect(page.locator(".state")).to_contain_text("营业至")


def test_a_kept_station_in_place_of_the_list_says_how_old_it_is(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone(WITHOUT_WORKERS)
    page.goto(f"{server.origin}/")
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    kept_by_page(page)
    server.stop()
    page.locator("#list h2 a").first.click()
    expect(page.locator("#reach")).to_contain_text("没有网络")
    clock.forward(page, 9)
    clock.seen_again(page)
    expect(page.locator("#reach")).to_contain_text("数据来自 9 小时前")


def test_who_came_straight_to_a_station_is_shown_what_is_near_it(server: Server, phone: Phone) -> None:  # noqa: F811
    page = phone()
    page.goto(server.origin + STATION)
    expect(page.locator("[data-back]")).to_have_text("附近的站点")
    page.locator("[data-back]").click()
    expect(page.locator("#notice")).to_contain_text("你找的站点：鼓楼区丰财街道公园工会驿站(演示003)")
    expect(page.locator(".card").first).to_have_attribute("data-id", STATION.removeprefix("/s/"))


def test_who_goes_back_before_a_kept_station_is_there_has_the_list(server: Server, phone: Phone) -> None:  # noqa: F811
    page = phone(WITHOUT_WORKERS + SLOW_STORE)
    page.goto(f"{server.origin}/")
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    page.locator("#list h2 a").first.wait_for()
    title = page.title()
    server.stop()
    page.evaluate(
        "() => { document.querySelector('#list h2 a').click(); addEventListener('focusin', () => history.back()); }"
    )
    page.wait_for_timeout(1_500)
    expect(page.locator("#list")).to_be_visible()
    assert page.title() == title


@pytest.mark.parametrize("script", ["", WITHOUT_WORKERS], ids=["worker", "without"])
def test_a_finder_left_open_asks_for_newer_stations(server: Server, phone: Phone, clock: Clock, script: str) -> None:  # noqa: F811
    page = phone(script, at=datetime.now(UTC))  # a worker stamps what it keeps with the machine's own time
    if script:
        page.goto(f"{server.origin}/")
        expect(page.locator("#list li").first).to_be_visible()
    else:
        keep(page, server.origin)
    server.mood = "fail"
    clock.forward(page, 20 * 24)
    page.clock.run_for(61_000)
    expect(page.locator("#notice")).to_contain_text("数据来自 20 天前")
    expect(page.locator("#list .state.is-open")).to_have_count(0)
    server.mood = "well"
    clock.at = datetime.now(UTC) + timedelta(days=20)
    page.clock.run_for(61_000)
    expect(page.locator("#list .state:not(.is-unknown)").first).to_be_visible()


def test_a_finder_left_open_for_a_while_asks_for_nothing(server: Server, phone: Phone, clock: Clock) -> None:  # noqa: F811
    page = phone(WITHOUT_WORKERS)
    page.goto(f"{server.origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    clock.forward(page, 0.1)
    page.clock.run_for(61_000)
    assert [url for url in asked if "/feed" in url] == []
