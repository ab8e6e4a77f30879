"""In the pages of other sites: what a browser lets them read, and the frame with a map and a list of stations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from benchmarks.fixture.browsing import serving
from stationmap.settings import Settings
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NOW, PHONE, served

DISTRICT = "district=320303"
Host = Callable[..., Page]
EXPECTED = ("frame-ancestors", "'allow-scripts' permission is not set", "ERR_CONNECTION_REFUSED")


@pytest.fixture
def host(browser: Browser, servers: ExitStack) -> Iterator[Host]:
    """Open a page of another site, on another port, that frames an address; it complains of nothing."""
    contexts, complaints = [], []

    def open_host(
        source: str, *, attributes: str = "", device: dict[str, Any] = PHONE, script: str = "", **context: Any
    ) -> Page:
        page_text = f"""<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>host</title>
            <meta name="viewport" content="width=device-width"></head><body style="margin:0"><main><h1>host</h1>
            <iframe src="{source}" title="stations" width="100%" height="600" style="border:0" {attributes}>
            </iframe></main>
            </body></html>"""

        def application(environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [page_text.encode()]

        address = servers.enter_context(serving(application))
        made = browser.new_context(locale="zh-CN", **device, **context)
        contexts.append(made)
        made.add_init_script(script)
        page = made.new_page()
        page.clock.install(time=NOW)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_host
    for each in contexts:
        each.close()
    assert [text for text in complaints if not any(each in text for each in EXPECTED)] == []


def framed(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def assert_shows_the_district(page: Page) -> None:
    frame = framed(page)
    expect(frame.locator("#list > .card")).to_have_count(50)
    expect(frame.locator("#count")).to_contain_text("54 个站点")
    expect(frame.locator(".leaflet-container .cluster").first).to_be_visible()
    expect(frame.locator(".demo")).to_contain_text("演示数据")


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_frame_of_another_site_shows_the_stations_of_a_district(host: Host, origin: str, device: Any) -> None:
    page = host(f"{origin}/embed?{DISTRICT}", device=device)
    assert_shows_the_district(page)
    inner = page.frames[1]
    assert inner.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.context.cookies() == []
    assert inner.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    assert violations(page.frames[1]) == []


@pytest.mark.parametrize("view", ["map", "list"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_view_is_free_of_faults_in_light_and_dark(host: Host, origin: str, view: str, scheme: str) -> None:
    page = host(
        f"{origin}/embed?{DISTRICT}&view={view}&theme={scheme}", device={"viewport": {"width": 320, "height": 640}}
    )
    frame = framed(page)
    if view == "map":
        expect(frame.locator(".cluster").first).to_be_visible()
        expect(frame.locator("#list")).to_have_count(0)
    else:
        expect(frame.locator(".card")).to_have_count(50)
        expect(frame.locator("#map")).to_have_count(0)
    assert page.frames[1].evaluate("document.documentElement.scrollWidth <= innerWidth")
    background = page.frames[1].evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 27, 31)"}[scheme]
    assert violations(page.frames[1]) == []


def test_a_marker_opens_a_card_from_the_keyboard_and_history_stays_the_hosts(host: Host, origin: str) -> None:
    page = host(f"{origin}/embed?{DISTRICT}&view=map&lon=117.25&lat=34.2&zoom=13", device=DESKTOP)
    frame = framed(page)
    marker = frame.locator(".pin:has(.marker)").first
    before = page.evaluate("history.length")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    marker.press("Enter")
    popup = frame.locator(".leaflet-popup")
    expect(popup.locator(".card-state")).to_be_visible()
    expect(popup.locator("h2 a")).to_have_attribute("target", "_blank")
    page.wait_for_timeout(300)
    assert len([url for url in asked if "station=" in url]) == 1
    assert page.evaluate("history.length") == before
    popup.press("Escape")
    expect(popup).to_have_count(0)


def test_a_card_fits_into_the_low_map_of_a_phone(host: Host, origin: str) -> None:
    page = host(f"{origin}/embed?station=xz-320303-0002&lang=en", device={"viewport": {"width": 320, "height": 700}})
    frame = framed(page)
    frame.locator(".pin:has(.marker)").first.press("Enter")
    popup = frame.locator(".leaflet-popup-content-wrapper")
    expect(popup.locator(".card-state")).to_be_visible()
    page.clock.run_for(1_000)  # the map moves to where the card has room
    card, drawn = popup.bounding_box(), frame.locator("#map").bounding_box()
    assert card and drawn
    assert drawn["y"] <= card["y"] and card["y"] + card["height"] <= drawn["y"] + drawn["height"]


BLOCKED = """for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"])
    Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });"""


def test_without_storage_it_works(host: Host, origin: str) -> None:
    assert_shows_the_district(host(f"{origin}/embed?{DISTRICT}", script=BLOCKED))


def test_in_a_sandbox_it_works(host: Host, origin: str) -> None:
    page = host(f"{origin}/embed?{DISTRICT}", attributes='sandbox="allow-scripts allow-popups"')
    assert_shows_the_district(page)
    assert page.frames[1].evaluate("origin") == "null"
    framed(page).locator(".cluster").first.click()
    page.clock.run_for(400_000)  # what is asked again comes, too
    expect(framed(page).locator("#at")).not_to_have_class(re.compile("late"))


def test_without_scripts_the_list_is_there(host: Host, origin: str) -> None:
    page = host(f"{origin}/embed?{DISTRICT}", attributes="sandbox")
    expect(framed(page).locator("#list > .card")).to_have_count(50)


def test_a_site_that_may_not_frame_it_shows_nothing(host: Host, servers: ExitStack) -> None:
    closed = servers.enter_context(served(Settings(frame_ancestors=("none",))))
    page = host(f"{closed}/embed?{DISTRICT}")
    page.wait_for_timeout(500)
    assert not page.frames[1].url.startswith(closed)
    elsewhere = servers.enter_context(served(Settings(frame_ancestors=("https://www.example.org",))))
    page = host(f"{elsewhere}/embed?{DISTRICT}")
    page.wait_for_timeout(500)
    assert not page.frames[1].url.startswith(elsewhere)


def test_nothing_else_is_shown_in_a_frame(host: Host, origin: str) -> None:
    for path in ("/", "/embed/code", "/api/v1/stations"):
        page = host(f"{origin}{path}")
        page.wait_for_timeout(300)
        assert not page.frames[1].url.startswith(origin)


def test_a_server_that_is_gone_is_said(host: Host) -> None:
    with ExitStack() as brief:
        address = brief.enter_context(served(Settings()))
        page = host(f"{address}/embed?{DISTRICT}&view=list")
        expect(framed(page).locator(".card")).to_have_count(50)
    page.clock.run_for(400_000)
    expect(framed(page).locator("#at.late")).to_contain_text("10:00 的情况 · 现在连不上服务器")
    expect(framed(page).locator(".card")).to_have_count(50)


def test_the_line_to_paste_is_copied_and_shown(opened: Any) -> None:
    page = opened(f"/embed/code?{DISTRICT}&height=400", permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name="复制").click()
    expect(page.locator("#copied")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#snippet").input_value()
    expect(page.frame_locator("iframe").locator(".card")).to_have_count(50)
    page.get_by_label("区县").select_option("320302")
    page.locator("[name=view]").select_option("list")
    tick = page.get_by_label("只显示骑手都能去的站点")
    assert tick.evaluate("each => getComputedStyle(each).opacity") == "1"
    tick.check()
    page.get_by_role("button", name="生成代码").click()
    expect(page.locator("#snippet")).to_have_value(re.compile(r"embed\?view=list&district=320302&for_riders=true"))
    assert violations(page) == []


READS = """async ([origin, place]) => {
    const body = JSON.stringify(place);
    const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    const nearest = await fetch(`${origin}/api/v1/nearest`, asked);
    const feed = await fetch(`${origin}/api/v1/feed`);
    const tag = feed.headers.get("ETag");
    const again = await fetch(`${origin}/api/v1/feed`, { headers: { "If-None-Match": tag }, cache: "no-store" });
    const fault = await fetch(`${origin}/api/v1/stations?limit=none`);
    return {
        found: (await nearest.json()).features.length, revision: nearest.headers.get("Stationmap-Revision"),
        time: feed.headers.get("Stationmap-Time"), again: again.status, fault: (await fault.json()).status,
    };
}"""
REFUSED = "async ([address, asked]) => fetch(address, asked).then(() => 'read', () => 'refused')"


def test_a_page_of_another_site_reads_what_is_public_and_nothing_else(browser: Browser, origin: str) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<!DOCTYPE html><title>other</title>"]

    context = browser.new_context()
    with serving(application) as elsewhere:
        page = context.new_page()
        page.goto(elsewhere)
        read = page.evaluate(READS, [origin, {"lon": 117.19, "lat": 34.26, "k": 3}])
        assert (read["found"], read["again"], read["fault"]) == (3, 304, 400)
        assert read["revision"] and read["time"]
        posted = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"}
        for path, asked in (
            ("/staff/sign-in", {}), ("/readyz", {}), ("/s/a", {}), ("/", {}), ("/api/v1/reports", posted),
            ("/api/v1/audit/jobs", posted), ("/api/v1/feed", {"credentials": "include"}),
        ):  # fmt: skip
            assert page.evaluate(REFUSED, [origin + path, asked]) == "refused", path
        context.close()
