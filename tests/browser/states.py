"""The states of the pages a rider can get into: where they begin and what is done to reach them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import CENTRE, DESKTOP, PHONE

HERE: dict[str, Any] = {"geolocation": CENTRE, "permissions": ["geolocation"]}
STATION = "/s/xz-320302-0003"
HAS_FEED = """async () => {
  const settled = (asking) => new Promise((done) => (asking.onsuccess = () => done(asking.result)));
  if (!(await indexedDB.databases()).some(({ name }) => name === "stationmap")) return false;
  const database = await settled(indexedDB.open("stationmap"));
  const kept = await settled(database.transaction("feed").objectStore("feed").count());
  database.close();
  return kept > 0;
}"""

STANDS = """() => {
  const { opacity } = getComputedStyle(document.querySelector(".leaflet-popup"));
  return opacity === "1" && !map_0._panAnim?._inProgress;
}"""


def listed(page: Page) -> None:
    """Wait for the rows, also those out of view, which come a frame later than those in view."""
    page.locator("#list:not([aria-busy]) .card").first.wait_for(state="attached")


def names(page: Page) -> list[str]:
    """Return the names of the rows, once all of them are current."""
    listed(page)
    return page.locator(".card h2").all_inner_texts()


def standing(page: Page) -> None:
    page.wait_for_selector("main, [data-poster], article")


def located(page: Page) -> None:
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("我的位置")
    listed(page)


def denied(page: Page) -> None:
    listed(page)
    page.locator("#locate").click()
    expect(page.locator("#notice")).to_contain_text("没有定位权限")


def with_filters(page: Page) -> None:
    listed(page)
    page.locator("#filters-toggle").click()
    page.locator("#filters input").first.wait_for()


def asked_for_toilets(page: Page) -> None:
    located(page)
    page.locator("#filters-toggle").click()
    page.locator("#filters input[value=toilet]").check()
    page.locator("#filters-toggle").click()


def searching(page: Page) -> None:
    listed(page)
    page.locator("#search").fill("云龙")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")


def finding_nothing(page: Page) -> None:
    listed(page)
    page.locator("#search").fill("不存在的地方")
    expect(page.locator("#results")).to_contain_text("没有找到")


def with_map(page: Page) -> None:
    listed(page)
    if page.locator(".views").is_visible():
        page.locator(".views [data-view=map]").click()
    page.locator(".pin").first.wait_for()
    page.wait_for_timeout(200)


def with_legend(page: Page) -> None:
    with_map(page)
    page.locator("#legend summary").click()


def with_popup(page: Page) -> None:
    located(page)
    page.locator(".card .to-map").first.click()
    popup_stands(page)


def popup_stands(page: Page) -> None:
    """Wait until a popup has been faded in and the map has made room for it: what moves is not hit by a click."""
    page.locator(".leaflet-popup").wait_for()
    page.wait_for_function(STANDS, polling=50)


def reporting(page: Page) -> None:
    standing(page)
    page.locator("[data-report]").click()
    expect(page.locator(".report-known")).not_to_be_empty()


def adding_to_a_report(page: Page) -> None:
    """Open what may be added before a report, and stop there: nothing is sent."""
    reporting(page)
    page.locator(".report-more summary").click()


def asked_where_to(page: Page) -> None:
    located(page)
    page.locator("#along").click()
    page.locator(".route").wait_for()


def along_a_route(page: Page) -> None:
    asked_where_to(page)
    page.locator("#search").fill("铜山区")
    page.keyboard.press("Enter")
    expect(page.locator("#route-text")).to_contain_text("到铜山区")
    listed(page)


def in_large_type(reach: Callable[[Page], None]) -> Callable[[Page], None]:
    def enlarged(page: Page) -> None:
        page.locator("#large").click()
        reach(page)

    return enlarged


def kept_by_worker(page: Page) -> None:
    """Wait until the service worker has everything and nothing is on its way."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("() => caches.match('/api/v1/feed').then(Boolean)")
    page.wait_for_load_state("networkidle")


def kept_by_page(page: Page) -> None:
    """Wait until a page without a service worker has kept the feed, which it does when it has nothing better to do."""
    page.clock.run_for(5_000)
    page.wait_for_function(HAS_FEED, polling=50)
    # A page that goes away within milliseconds of it takes it along, in a window that keeps nothing on a disk.
    page.wait_for_timeout(500)


@dataclass(frozen=True)
class State:
    """A state of a page, and on which devices it is looked at."""

    path: str
    reach: Callable[[Page], None]
    devices: tuple[str, ...] = ("phone",)
    context: dict[str, Any] = field(default_factory=dict)


BOTH = ("phone", "desktop")
DEVICES = {"phone": PHONE, "desktop": DESKTOP}
STATES = {
    "first": State("/", listed, BOTH),
    "located": State("/", located, BOTH, HERE),
    "denied": State("/", denied, context={"permissions": []}),
    "inaccurate": State("/", located, context={**HERE, "geolocation": {**CENTRE, "accuracy": 1500}}),
    "outside": State("/", located, context={**HERE, "geolocation": {"longitude": 121.47, "latitude": 31.23}}),
    "filters": State("/", with_filters, BOTH),
    "facility": State("/", asked_for_toilets, context=HERE),
    "search": State("/", searching, BOTH),
    "search-in-vain": State("/", finding_nothing),
    "relaxed": State("/?service=startup_loan&category=outdoor_worker", listed),
    "closed-too": State("/?now=0&restricted=1", listed),
    "map": State("/", with_map, BOTH),
    "legend": State("/", with_legend),
    "popup": State("/", with_popup, BOTH, HERE),
    "english": State("/?lang=en", listed, BOTH),
    "english-filters": State("/?lang=en", with_filters),
    "large": State("/", in_large_type(listed), BOTH),
    "large-located": State("/", in_large_type(located), context=HERE),
    "large-filters": State("/", in_large_type(with_filters)),
    "large-popup": State("/", in_large_type(with_popup), context=HERE),
    "route": State("/", along_a_route, BOTH, HERE),
    "large-route": State("/", in_large_type(asked_where_to), context=HERE),
    "station": State(STATION, standing, BOTH),
    "station-english": State(f"{STATION}?lang=en", standing),
    "station-large": State(STATION, in_large_type(standing)),
    "report": State(STATION, reporting, BOTH),
    "report-large-english": State(f"{STATION}?lang=en", in_large_type(adding_to_a_report)),
    "privacy": State("/privacy", standing, BOTH),
    "poster": State(f"{STATION}/poster", standing, ("desktop",)),
}
