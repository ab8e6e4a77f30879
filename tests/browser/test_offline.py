"""With the server gone the finder goes on: list, filters, states, distances, and how old all of it is."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from stationmap.registry.model import Station
from stationmap.registry.registry import Registry, dumps, parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.state import EXTENSION
from tests.browser.conftest import NOW, PATIENCE_MS, PHONE
from tests.browser.states import kept_by_page, names

WITHOUT_WORKERS = "delete Navigator.prototype.serviceWorker"
INSTALLED = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  if (active.state !== "activated") await new Promise((done) => active.addEventListener("statechange", done));
  return active.state;
}"""


class Server:
    """A server that can be taken away: it keeps no connection open, so afterwards nothing answers.

    Before that it can be made to `hang`, so that no request is answered, to `fail`, as a proxy does with no server,
    or to be a `portal`, which leads everybody to its own page.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.mood = "well"
        self._released = Event()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.port}"

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.mood == "hang":
            self._released.wait(30)
        if self.mood == "portal" and environ["PATH_INFO"] != "/healthz":
            start_response("302 Found", [("Location", "/healthz"), ("Cache-Control", "no-store")])
            return [b""]
        if self.mood == "well":
            return self._app(environ, start_response)
        start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
        return [b"no server"]

    def recover(self) -> None:
        """Answer again, first those who have been waiting."""
        self.mood = "well"
        self._released.set()

    def stop(self) -> None:
        self._released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture(scope="module")
def app() -> Flask:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return create_app(Settings(), clock=lambda: NOW)


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    running = Server(app)
    yield running
    running.stop()


Phone = Callable[..., Page]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """Make a phone with one page, whose clock stands at a moment; nothing it says in its console may be an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(script: str = "", *, at: datetime = NOW, **context: Any) -> Page:
        made = browser.new_context(locale="zh-CN", **PHONE, **context)
        contexts.append(made)
        if script:
            made.add_init_script(script)
        page = made.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.clock.install(time=at)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


def keep(page: Page, origin: str) -> None:
    """Visit the finder once, and wait until the service worker has kept it."""
    page.goto(f"{origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    assert page.evaluate(INSTALLED) == "activated"


def choose_district(page: Page) -> None:
    page.locator("#filters-toggle").click()
    page.locator("#district").select_option(index=3)


def test_with_the_server_gone_a_reload_answers_and_filters(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    kept = names(page)
    server.stop()
    page.reload()
    assert names(page) == kept
    expect(page.locator("#list .state.is-open").first).to_have_text(re.compile("营业至|全天开放"))
    choose_district(page)
    expect(page.locator("#list .metres").first).to_contain_text(re.compile("米|公里"))
    before = names(page)
    page.locator("[data-switch=always]").click()
    expect(page.locator("#list .state.is-open").first).to_contain_text("全天开放")
    assert names(page) != before
    expect(page.locator(".leaflet-container")).to_be_attached()


def test_the_age_of_kept_data_is_said(server: Server, phone: Phone) -> None:
    page = phone(at=datetime.now(UTC))
    keep(page, server.origin)
    server.stop()
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=3, minutes=5))
    page.reload()
    expect(page.locator("body")).to_contain_text("数据来自 3 小时前")


def test_beyond_the_days_of_the_feed_states_are_unknown_and_said_so(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    server.stop()
    page.clock.set_system_time(NOW + timedelta(days=15))
    page.reload()
    expect(page.locator("#list .state").first).to_have_text("时间未知")
    expect(page.locator("#list li").first).to_contain_text("数据已过期")


@pytest.mark.parametrize(("mood", "said"), [("hang", "信号弱，先显示本机保存的资料"), ("fail", "服务器没有回应")])
def test_a_server_that_does_not_answer_well_is_not_waited_for(
    server: Server, phone: Phone, mood: str, said: str
) -> None:
    page = phone()
    keep(page, server.origin)
    server.mood = mood
    page.goto(f"{server.origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    page.goto(f"{server.origin}/s/{page.locator('#list li').first.get_attribute('data-id')}")
    expect(page.locator("#reach")).to_contain_text(said)
    expect(page.locator("h1")).not_to_be_empty()


def test_what_the_server_says_late_is_one_tap_away_and_not_asked_for_again(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    server.mood = "hang"
    page.goto(f"{server.origin}/s/xz-320302-0003")
    expect(page.locator("#reach")).to_contain_text("信号弱")
    expect(page.locator(".week tr")).to_have_count(7)
    server.recover()
    expect(page.locator("#again")).to_have_text("显示最新资料")
    server.mood = "fail"
    page.locator("#again").click()
    expect(page.locator("a[href$='/poster?lang=zh']")).to_be_visible()  # only the server's page has it
    expect(page.locator("#reach")).to_have_count(0)


def test_a_station_that_is_not_kept_appears_as_soon_as_the_server_answers(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    server.mood = "hang"
    page.goto(f"{server.origin}/s/nobody")
    expect(page.locator("#reach")).to_contain_text("正在等服务器回应")
    server.recover()
    expect(page.locator("h1")).to_have_text("没有这个页面或站点")


def test_a_newer_registry_replaces_the_kept_one_on_the_screen(tmp_path: Path, phone: Phone) -> None:
    path = tmp_path / "stations.geojson"
    registry = parse(demo_registry().read_bytes())
    path.write_bytes(dumps(registry))
    app = create_app(Settings(registry=path, poll_s=3_600), clock=lambda: NOW)
    server = Server(app)
    page = phone()
    keep(page, server.origin)
    properties = registry.stations[0].properties.model_copy(update={"name": "新名字"})
    station = registry.stations[0].model_copy(update={"properties": properties})
    path.write_bytes(dumps(Registry((station,), registry.meta)))
    app.extensions[EXTENSION].refresh()
    page.reload()
    expect(page.locator("#list h2")).to_have_text(["新名字"])
    server.stop()


def test_the_other_language_and_shared_views_are_kept_too(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    server.stop()
    page.goto(f"{server.origin}/?lang=en&facility=toilet")
    expect(page.locator("#list li").first).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("input[name=facility][value=toilet]").is_checked()


def test_a_station_is_shown_from_what_was_kept(server: Server, phone: Phone) -> None:
    registry = parse(demo_registry().read_bytes())
    station = next(found for found in registry.stations if found.hours and found.properties.directions)
    page = phone()
    keep(page, server.origin)
    server.stop()
    page.goto(f"{server.origin}/s/{station.id}")
    expect(page.locator("h1")).to_have_text(station.name)
    sheet = page.locator("#sheet")
    expect(sheet).to_contain_text(station.properties.directions or "")
    expect(sheet).to_contain_text("没有网络")
    expect(page.locator(".week tr")).to_have_count(7)
    expect(page.locator(".week [aria-current=date]")).to_contain_text("周一")
    page.goto(f"{server.origin}/s/nobody")
    expect(page.locator("#reach")).to_contain_text("本机也没有保存")


SHEET = """() => {
  for (const found of document.querySelectorAll("[data-online], [data-kept], noscript, script")) found.remove();
  const all = (selector, read) => [...document.querySelectorAll(selector)].map(read);
  return {
    told: all("main > *", ({ innerText }) => innerText.replace(/\\s+/g, " ").trim()),
    links: all("main a", (link) => link.getAttribute("href")),
    handed: all("[data-copy], [data-share]", ({ dataset }) => dataset.copy ?? dataset.share),
  };
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("at", [NOW, datetime(2026, 10, 2, 3, 0, tzinfo=UTC)], ids=["workday", "holiday"])
def test_without_the_server_the_page_of_a_station_says_the_same(at: datetime, language: str, phone: Phone) -> None:
    server = Server(create_app(Settings(), clock=lambda: at))
    page = phone(at=at)
    keep(page, server.origin)
    paths = [f"/s/{station.id}?lang={language}" for station in telling_stations(at)]
    said = [sheet_at(page, server.origin + path) for path in paths]
    server.stop()
    for path, expected in zip(paths, said, strict=True):
        found = sheet_at(page, server.origin + path)
        assert found == expected, path


def telling_stations(at: datetime) -> list[Station]:
    """One station each of what pages tell differently, none of which changes after the days a feed tells of."""
    untold = at + timedelta(days=13)
    known = parse(demo_registry().read_bytes()).stations
    stations = [found for found in known if (found.status_at(at).until or at) < untold]
    kinds: list[Callable[[Station], object]] = [
        lambda found: found.hours and "18:00-02:00" in found.hours,
        lambda found: found.hours == "24/7",
        lambda found: any("T" not in str(closure.start) for closure in found.properties.closures),
        lambda found: found.properties.closures and found.status_at(at).reason == "closure",
        lambda found: found.properties.verified and found.properties.verified.how and found.services,
        lambda found: not found.hours,
        lambda found: found.status_at(at).cautions,
        lambda found: found.status != "open",
        lambda found: found.category == "carnation" and found.access.who != "public",
        lambda found: found.access.note,
    ]
    return list({found.id: found for kind in kinds for found in [next(filter(kind, stations), None)] if found}.values())


def sheet_at(page: Page, url: str) -> dict[str, list[str]]:
    page.goto(url)
    page.locator(".onward").wait_for()
    found: dict[str, list[str]] = page.evaluate(SHEET)
    return found


def test_where_the_feed_has_no_stations_those_visited_last_are_kept(large_origin: str, phone: Phone) -> None:
    page = phone()
    keep(page, large_origin)
    visited = [f"/s/s{number}" for number in range(22)]
    for path in visited:
        page.goto(large_origin + path)
        page.wait_for_function(
            "async (url) => (await (await caches.open('visits')).match(url)) !== undefined", arg=f"{path}/feed"
        )
    assert page.evaluate("async () => (await (await caches.open('visits')).keys()).length") == 20
    page.context.set_offline(True)
    page.goto(large_origin + visited[-1])
    expect(page.locator("h1")).to_have_text("站21")
    expect(page.locator("#reach")).to_contain_text("没有网络")
    page.goto(large_origin + visited[0])
    expect(page.locator("#reach")).to_contain_text("本机也没有保存")


def test_nothing_kept_holds_a_position(server: Server, phone: Phone) -> None:
    page = phone(geolocation={"longitude": 117.2, "latitude": 34.26}, permissions=["geolocation"])
    keep(page, server.origin)
    page.reload()
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("我的位置")
    page.evaluate(
        """() => Promise.all([
          fetch("/api/v1/nearest", {method: "POST", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({lon: 117.2, lat: 34.26})}),
          fetch("/api/v1/nearest?lon=117.2&lat=34.26"),
        ])"""
    )
    kept = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
          return requests.flat().map(({ method, url }) => `${method} ${url}`);
        }"""
    )
    assert len(kept) > 20
    assert all(entry.startswith(f"GET {server.origin}/") for entry in kept)
    assert not [entry for entry in kept if "117" in entry.split("/static/")[0] or "nearest" in entry.split("?")[0][-8:]]


def test_what_another_version_kept_is_removed(server: Server, phone: Phone) -> None:
    page = phone()
    page.goto(f"{server.origin}/healthz")
    page.evaluate("() => caches.open('shell-of-long-ago').then((kept) => kept.put('/x', new Response('x')))")
    keep(page, server.origin)
    page.wait_for_function("async () => !(await caches.keys()).includes('shell-of-long-ago')")
    names = page.evaluate("() => caches.keys()")
    assert sorted(name.split("-")[0] for name in names) == ["feed", "shell"]


def test_without_service_workers_the_copy_in_the_page_answers(server: Server, phone: Phone) -> None:
    page = phone(WITHOUT_WORKERS)
    page.goto(f"{server.origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    kept_by_page(page)
    assert page.evaluate("() => navigator.serviceWorker") is None
    server.stop()
    page.clock.set_system_time(NOW + timedelta(hours=3, minutes=5))
    page.goto("about:blank")
    page.goto(f"{server.origin}/")
    expect(page.locator("#list .state.is-open").first).to_have_text(re.compile("营业至|全天开放"))
    expect(page.locator("body")).to_contain_text("数据来自 3 小时前")


def test_without_service_workers_a_tapped_station_is_shown_in_place_of_the_list(server: Server, phone: Phone) -> None:
    page = phone(WITHOUT_WORKERS, geolocation={"longitude": 117.2, "latitude": 34.26}, permissions=["geolocation"])
    page.goto(f"{server.origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    page.locator("#locate").click()
    expect(page.locator("#list .metres").first).to_contain_text(re.compile("米|公里"))
    page.wait_for_load_state("networkidle")
    kept_by_page(page)
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    rows = names(page)
    server.stop()
    page.locator("#list h2 a").nth(2).click()
    expect(page.locator("#sheet h1")).to_have_text(rows[2])
    expect(page.locator("#reach")).to_contain_text("没有网络")
    expect(page.locator("#sheet .acts")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert page.url.startswith(f"{server.origin}/s/")
    page.locator("#again").click()  # nothing answers: what is there stays there
    expect(page.locator("#sheet h1")).to_have_text(rows[2])
    page.locator("[data-back]").click()
    expect(page.locator("#list .metres").first).to_contain_text(re.compile("米|公里"))
    assert names(page) == rows
    page.go_forward()
    expect(page.locator("#sheet h1")).to_have_text(rows[2])
    page.go_back()
    expect(page.locator("#list h2 a").nth(2)).to_be_focused()


def test_without_service_workers_a_tapped_station_comes_from_the_server_while_it_answers(
    server: Server, phone: Phone
) -> None:
    page = phone(WITHOUT_WORKERS)
    page.goto(f"{server.origin}/")
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    page.locator("#list h2 a").first.click()
    expect(page.locator("a[href$='/poster?lang=zh']")).to_be_visible()  # only the server's page has it


@pytest.mark.parametrize("path", ["/", "/s/xz-320302-0003"])
def test_the_redirect_of_a_gateway_is_followed_and_kept_nowhere(server: Server, phone: Phone, path: str) -> None:
    page = phone()
    keep(page, server.origin)
    server.mood = "portal"
    page.goto(server.origin + path)
    page.wait_for_url("**/healthz")
    server.stop()
    page.goto(server.origin + path)
    expect(page.locator("#list li, #sheet h1").first).to_be_visible()


def test_a_gateway_is_not_kept_as_the_finder(server: Server, phone: Phone) -> None:
    page = phone()
    page.goto(f"{server.origin}/healthz")
    server.mood = "portal"
    refused = page.evaluate("() => navigator.serviceWorker.register('/sw.js', { scope: '/' }).then(() => '', String)")
    assert refused  # it is no script
    server.mood = "well"
    keep(page, server.origin)
    kept = page.evaluate(
        """async () => {
          const pages = await Promise.all(["/?lang=zh", "/s/?lang=en"].map((page) => caches.match(page)));
          return pages.map(({ redirected, ok }) => ok && !redirected);
        }"""
    )
    assert kept == [True, True]


REFUSED = "ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException('no', 'SecurityError'));"
NO_STORAGE = """
  for (const name of ["localStorage", "indexedDB", "caches"])
    Object.defineProperty(globalThis, name, { get() { throw new DOMException("no", "SecurityError"); } });
"""


@pytest.mark.parametrize("script", [REFUSED, REFUSED + NO_STORAGE, WITHOUT_WORKERS + ";" + NO_STORAGE])
def test_where_nothing_may_be_kept_a_tapped_station_is_shown_from_memory(
    server: Server, phone: Phone, script: str
) -> None:
    page = phone(f"{{ {script} }}")
    page.goto(f"{server.origin}/")
    expect(page.locator("#list li").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('link[href*=\"/css/station.css\"]')", polling=50)
    page.wait_for_load_state("networkidle")
    rows = names(page)
    server.stop()
    page.locator("#list h2 a").nth(1).click()
    expect(page.locator("#sheet h1")).to_have_text(rows[1])
    expect(page.locator("#sheet .door")).to_be_visible()
    page.locator("[data-back]").click()
    assert names(page) == rows


def test_a_browser_finds_nothing_that_stands_against_installing(server: Server, phone: Phone) -> None:
    page = phone()
    keep(page, server.origin)
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    manifest = json.loads(found["data"])
    assert (manifest["id"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    for icon in manifest["icons"]:
        size = page.evaluate(
            """(src) => new Promise((done) => {
              const image = new Image();
              image.onload = () => done(image.naturalWidth);
              image.src = src;
            })""",
            icon["src"],
        )
        assert icon["sizes"] == f"{size}x{size}"


def test_below_a_path_of_another_site_all_of_it_works_and_is_kept(app: Flask, phone: Phone) -> None:
    def below(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith("/stations/"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"another site"]
        return app({**environ, "SCRIPT_NAME": "/stations", "PATH_INFO": path.removeprefix("/stations")}, start_response)

    server = Server(below)  # type: ignore[arg-type]
    page = phone()
    keep(page, f"{server.origin}/stations")
    rows = names(page)
    page.locator("#list h2 a").first.click()
    page.wait_for_url("**/stations/s/*")
    expect(page.locator("a[href*='/poster']")).to_be_visible()
    page.locator("[data-back]").click()
    assert names(page) == rows
    server.stop()
    page.reload()
    assert names(page) == rows
    page.locator("#list h2 a").first.click()
    expect(page.locator("#sheet h1")).to_have_text(rows[0])
    expect(page.locator(".onward a")).to_have_attribute("href", re.compile("^/stations/[?]lang=zh#"))
