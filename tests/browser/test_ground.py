"""Streets under the map, of the tests' city: drawn when it is looked at, in the page's language and colours; kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from benchmarks.fixture.browsing import serving
from stationmap.extract.build import build
from stationmap.registry.registry import parse
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.access.cookies import TOKEN
from tests import small_city
from tests.browser.axe import violations
from tests.browser.conftest import ABORTED, BUSY, DESKTOP, NOW, PATIENCE_MS, PHONE, Browsing, Watched, served
from tests.browser.test_offline import INSTALLED, Server
from tests.staff import add_user, begin_session, staff_app, state_of

HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}'
NOVEL = "长" * 300  # as long as a value may be in an extract
# Whatever is written on a canvas, with its colour and its font.
HEAR = """
globalThis.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  written.push({ text, font: this.font, fill: this.fillStyle });
  return write.call(this, text, ...place);
};
"""
CANVASES = "canvas.leaflet-tile"
CENTRE = small_city.CENTRE[::-1]


def other_names(tags: dict[str, str]) -> dict[str, str]:
    """Let some names be what nobody would write on a map."""
    names = {"示例万达广场": HOSTILE, "示例大学": NOVEL, "文化路": HOSTILE}
    return {key: names.get(value, value) for key, value in tags.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    extract = small_city.write_extract(tmp_path_factory.mktemp("extract") / "shili.osm.pbf", change=other_names)
    build(extract, folder, built_at=datetime(2026, 11, 23, tzinfo=UTC), rights=small_city.FICTIONAL)
    small_city.write_registry(folder / "stations.geojson")
    return folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Flask:
    return create_app(Settings(city=folder, registry=folder / "stations.geojson"), clock=lambda: NOW)


@pytest.fixture(scope="module")
def origin(folder: Path) -> Iterator[str]:
    """The tests' city, served with a layer in GCJ-02 beside it."""
    settings = Settings(
        city=folder, registry=folder / "stations.geojson", online_layers=("amap",), map_approval="苏S(2026)001号"
    )
    with served(settings) as address:
        yield address


def look(page: Page, zoom: int = 16, centre: tuple[float, float] = CENTRE) -> None:
    """Look at a place of the map, and wait until the ground there is drawn."""
    if page.locator("button[data-view=map]").is_visible():
        page.click("button[data-view=map]")
    expect(page.locator(".pin, .cluster").first).to_be_attached()  # the page has moved the view to its stations
    page.evaluate(f"map_0.setView([{centre[0]}, {centre[1]}], {zoom}, {{ animate: false }})")
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_function(
        """() => Object.values(map_0._layers).some(
          (each) => each.rerenderTiles && Object.keys(each._tiles).length && !each._loading,
        )"""
    )


def until(page: Page, promised: str) -> None:
    """Wait until what a script promises is true."""
    for _ in range(PATIENCE_MS // 250):
        if page.evaluate(promised):
            return
        page.wait_for_timeout(250)
    raise AssertionError(promised)


def texts(page: Page) -> set[str]:
    found: set[str] = set(page.evaluate("written.map(({ text }) => text)"))
    return found


def heard(browsing: Browsing, path: str = "/", **context: Any) -> Watched:
    return browsing(HEAR, path, **context)


def test_what_draws_comes_when_the_map_is_looked_at_and_names_are_chinese(browsing: Browsing) -> None:
    watched = heard(browsing)
    page = watched.page
    expect(page.locator("#list .card").first).to_be_visible()

    def asked() -> list[str]:
        return [each.url for each in watched.requests if "protomaps-leaflet" in each.url or "/ground/" in each.url]

    assert asked() == []
    look(page)
    assert any("protomaps-leaflet" in url for url in asked())
    assert {"示例大道", "中山路", "示例广场站", "示例市政府"} <= texts(page)
    assert "Shili Avenue" not in texts(page)
    expect(page.locator(".leaflet-control-attribution")).to_contain_text(
        "街道 2026-11-01，示例城：虚构，非真实地图 fictional"
    )
    expect(page.locator(".approval")).to_be_visible()
    look(page, 18, small_city.lon_lat(-760, 30)[::-1])
    assert {"1", "3"} <= texts(page)  # numbers of houses
    # Names that are markup are written as they are; those that are no names are not written at all.
    look(page, 17, small_city.lon_lat(60, 100)[::-1])
    assert any(part in HOSTILE and "onerror" in part for part in texts(page))
    assert max(map(len, texts(page))) <= 40
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_the_english_page_writes_english_names_where_there_are_some(
    browsing: Browsing, device: dict[str, Any], screens: Path
) -> None:
    page = heard(browsing, "/?lang=en", device=device).page
    look(page)
    assert {"Shili Avenue", "Zhongshan Road", "河堤路"} <= texts(page)
    assert "示例大道" not in texts(page)
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("Streets 2026-11-01")
    assert violations(page) == []
    page.screenshot(path=screens / f"ground-en-{page.viewport_size['width'] if page.viewport_size else 0}.png")


def test_by_night_and_in_large_type_it_is_drawn_anew(browsing: Browsing, screens: Path) -> None:
    page = heard(browsing).page
    look(page)
    by_day = page.evaluate("written.find(({ text }) => text === '示例大道')")
    page.evaluate("written.length = 0")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => written.some(({ text }) => text === '示例大道')")
    by_night = page.evaluate("written.find(({ text }) => text === '示例大道')")
    assert by_night["fill"] != by_day["fill"]
    page.evaluate("written.length = 0")
    page.click("#large")
    page.wait_for_function("() => written.some(({ text }) => text === '示例大道')")
    # Tiles that were still being drawn for the night may come after the tap: the last of each name counts.
    page.wait_for_function(
        """() => {
          const sizes = new Map(written.map(({ text, font }) => [text, parseFloat(font.match(/([\\d.]+)px/)[1])]));
          return sizes.get("示例大道") >= 18 && sizes.get("中山路") >= 18;
        }"""
    )
    page.screenshot(path=screens / "ground-large-night.png")


def test_the_ground_is_never_below_a_map_in_another_datum(browsing: Browsing) -> None:
    watched = heard(browsing, device=DESKTOP, expected=[ABORTED, r"autonavi\.com"])
    page = watched.page
    look(page)
    credit = page.locator(".leaflet-control-attribution")
    page.hover(".leaflet-control-layers")
    page.locator(".leaflet-control-layers-base input").nth(1).check()
    expect(page.locator(CANVASES)).to_have_count(0)
    expect(credit).not_to_contain_text("街道")
    assert page.evaluate("map_0.options.crs.code") == "GCJ-02"
    page.hover(".leaflet-control-layers")
    page.locator(".leaflet-control-layers-base input").first.check()
    drawn(page)
    expect(credit).to_contain_text("街道")
    assert page.evaluate("map_0.options.crs.code") == "EPSG:3857"


def test_near_the_ground_what_is_coarser_makes_way(browsing: Browsing) -> None:
    page = heard(browsing, device=DESKTOP).page
    look(page)
    map_ = page.locator(".map").first
    expect(map_).to_have_class(re.compile("has-streets"))
    expect(page.locator("#bare")).to_be_hidden()
    page.evaluate("map_0.setView([34.26, 117.2], 12, { animate: false })")
    expect(map_).not_to_have_class(re.compile("has-streets"))


def test_tiles_that_do_not_come_leave_the_map_as_it_is_and_come_later(browsing: Browsing) -> None:
    watched = heard(browsing, expected=[BUSY, ABORTED])
    page = watched.page
    answers = iter(("fail", "portal"))

    def refuse(route: Route) -> None:
        if next(answers, "busy") == "portal":
            route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi</h1>")
        else:
            route.fulfill(status=503, body="")

    page.route("**/ground/**", refuse)
    look(page)
    assert texts(page) == set()
    expect(page.locator(".pin, .cluster").first).to_be_visible()
    page.unroute("**/ground/**")
    # One that comes again brings the others: after a while, on the page's clock.
    page.evaluate("map_0.setZoom(15, { animate: false })")
    drawn(page)
    page.evaluate("map_0.setZoom(16, { animate: false })")
    page.clock.fast_forward(10_000)
    page.wait_for_function("() => written.some(({ text }) => text === '示例大道')")


KEEP = """async (module) => {
  const { KeptTiles } = await import(module);
  const settle = () => new Promise((resolve) => setTimeout(resolve, 700));
  const tile = (/** @type {number} */ at) => `14/${at}/1`;
  const kept = new KeptTiles("a");
  await kept.database;
  const put = async (/** @type {number} */ at, /** @type {boolean} */ isSeen) => {
    kept.put(tile(at), new ArrayBuffer(1_000_000), { isSeen });
    await new Promise((resolve) => setTimeout(resolve, 3));
  };
  for (let at = 0; at < 19; at++) await put(at, at > 1);
  await settle();
  const before = kept.total;
  await kept.get(tile(2));
  await settle();
  for (let at = 19; at < 24; at++) await put(at, true);
  await settle();
  const keys = [...(await kept.keys())].map((key) => Number(key.split("/")[1])).sort((a, b) => a - b);
  const sums = [before, kept.total];
  const again = new KeptTiles("a");
  await again.database;
  const other = new KeptTiles("b");
  const foreign = await other.get(tile(23));
  other.put("14/5/5", new ArrayBuffer(10), { isSeen: true });
  await settle();
  const others = [...(await other.keys())];
  return { keys, sums, again: again.total, foreign: foreign ?? null, other: others, left: other.total };
}"""


def test_what_is_kept_never_exceeds_its_bytes_and_is_of_one_build(browsing: Browsing, app: Flask, origin: str) -> None:
    page = browsing("").page
    page.clock.resume()
    found = page.evaluate(KEEP, app.extensions["stationmap"].assets.url("js/map/ground/kept_tiles.js"))
    assert found["sums"] == [19_000_000, 20_000_000]
    # First those never looked at go, then those not looked at for longest; one looked at again stays.
    assert found["keys"] == [2, *range(5, 24)]
    assert found["again"] == 20_000_000
    assert found["foreign"] is None
    assert (found["other"], found["left"]) == (["14/5/5"], 10)


KEPT = """async () => {
  const opening = indexedDB.open("stationmap-ground");
  const database = await new Promise((done) => (opening.onsuccess = () => done(opening.result)));
  const asked = database.transaction("facts").objectStore("facts").getAllKeys();
  const keys = await new Promise((done) => (asked.onsuccess = () => done(asked.result)));
  database.close();
  const count = (zoom) => keys.filter((key) => key.startsWith(`${zoom}/`)).length;
  return count(14) > 0 && count(13) > 3;
}"""


def test_in_airplane_mode_streets_are_there_where_they_were_seen_and_the_city_from_far(
    browser: Browser, app: Flask
) -> None:
    server = Server(app)
    context = browser.new_context(locale="zh-CN", **PHONE)
    context.add_init_script(HEAR)
    page = context.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    try:
        page.goto(server.origin)
        page.evaluate(INSTALLED)
        page.reload()
        look(page, 15)
        # What draws the ground is kept from this page on, the city from far some seconds after it was drawn.
        until(page, "caches.match(JSON.parse(document.getElementById('ground').textContent).library).then(Boolean)")
        until(page, KEPT)
        server.stop()
        page.reload()
        look(page, 15)
        page.wait_for_function("() => written.some(({ text }) => text === '示例大道')")
        page.evaluate("written.length = 0")
        look(page, 13)
        page.wait_for_function("() => written.some(({ text }) => text === '中山路' || text === '示例城')")
        expect(page.locator(".leaflet-control-attribution")).to_contain_text("街道 2026-11-01")
        assert failed == []
    finally:
        context.close()
        server.stop()


def test_the_audit_and_the_form_of_a_station_have_the_ground_too(
    browsing: Browsing, folder: Path, tmp_path: Path, servers: ExitStack
) -> None:
    page = heard(browsing, "/audit", device=DESKTOP).page
    page.wait_for_function("() => globalThis.map_0")
    page.locator("#audit-legend li").first.wait_for()  # until then the map may move to the city
    page.evaluate(f"map_0.setView([{CENTRE[0]}, {CENTRE[1]}], 16, {{ animate: false }})")
    page.wait_for_function("() => written.some(({ text }) => text === '示例大道')")
    registry = parse((folder / "stations.geojson").read_bytes())
    app = staff_app(tmp_path, registry, city=folder)
    servers.callback(lambda: state_of(app).database().close())
    at = servers.enter_context(serving(app.wsgi_app))
    form = heard(browsing, "", at=at, storage_state={"cookies": [], "origins": []}).page
    form.context.add_cookies([{"name": TOKEN, "value": begin_session(app, add_user(app)), "url": at}])
    form.goto(f"{at}/staff/stations/{registry.stations[0].id}")
    form.locator("#position-map").scroll_into_view_if_needed()
    form.wait_for_function("() => globalThis.written.some(({ text }) => /路$|大道$/.test(text))")
    expect(form.locator(".leaflet-control-attribution")).to_contain_text("街道 2026-11-01")
