"""The staff page of the audit in Chromium: figures, colours, gaps, proposals, by keyboard and for everyone."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.fixture.browsing import serving
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.datum import Datum, from_wgs84
from stationmap.hours.opening_hours import ZONE
from stationmap.registry import registry as registries
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web import create_app
from stationmap.web.audit.computations import Answer
from stationmap.web.audit.jobs import Jobs
from stationmap.web.audit.state import EXTENSION
from tests.browser.conftest import ABORTED, BUSY, DESKTOP, NOW, PHONE, Opened, Watched, served
from tests.browser.pictures import pictured

DEVICES = {"phone": PHONE, "desktop": DESKTOP}
LONG_MS = 60_000
TODAY = date(2026, 11, 23)
DOTS = """() => {
  const canvas = document.querySelector(".audit-cells");
  const dots = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const counts = {};
  for (const dot of dots) counts[dot] = (counts[dot] ?? 0) + 1;
  return counts;
}"""


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_city(registries.parse(demo_registry().read_bytes()), StudyQuestion.of_day(TODAY))


@pytest.fixture
def opened(opened: Opened) -> Iterator[Opened]:
    """Leave each page as people do, so that the server drops what nobody waits for any more."""
    pages: list[Watched] = []

    def open_page(path: str = "/", **context: Any) -> Watched:
        watched = opened(path, expected=[BUSY + "/audit/"], **context)
        pages.append(watched)
        return watched

    yield open_page
    for watched in pages:
        # What was put off while pages before were computed for is no fault, if this one has come to its figures.
        if not watched.page.locator("body[data-ready]").count():
            assert [line for line in watched.complaints if re.search(BUSY, line)] == []
        watched.page.goto("about:blank")


def ready(opened: Opened, path: str = "/audit", **context: object) -> Page:
    page = opened(path, **{"device": DESKTOP, **context}).page
    page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
    return page


def with_gaps(page: Page) -> Page:
    page.clock.run_for(2_000)
    page.locator("#gap-table tbody tr").first.wait_for(state="attached", timeout=LONG_MS)
    return page


def with_few_gaps(page: Page) -> Page:
    """Leave a dozen of the hundred rows of gaps: they are alike, and axe takes its time for each."""
    with_gaps(page).locator("#gap-table tbody tr").nth(12).wait_for(state="attached")
    page.locator("#gap-table tbody tr:nth-child(n+13)").evaluate_all("rows => rows.forEach((row) => row.remove())")
    return page


def set_radius(page: Page, metres: int) -> None:
    page.locator("#radius").evaluate(
        "(slider, metres) => { slider.value = metres; slider.dispatchEvent(new Event('input')); }", metres
    )


@pytest.mark.parametrize("device", DEVICES)
def test_the_page_shows_the_server_s_figures(opened: Opened, study: Study, device: str) -> None:
    page = ready(opened, device=DEVICES[device])
    total = study.coverage.total
    expect(page.locator("#share")).to_have_text(
        f"{total.confirmed.share:.1%} – {total.possible.share:.1%}".replace("%", " %")
    )
    expect(page.locator("#headline")).to_contain_text(f"{total.possible.people:,.0f} 人可达")
    expect(page.locator("#districts tbody tr")).to_have_count(11)
    expect(page.locator(".audit-basis")).to_contain_text(study.registry.revision)
    expect(page.locator(".demo")).to_have_text("演示数据")


def test_where_others_compute_the_page_says_why_it_is_empty_and_can_be_tried_again(opened: Opened) -> None:
    watched = opened("", device=DESKTOP)
    busy = {"status": 503, "content_type": "application/problem+json", "body": json.dumps({"detail": "Busy."})}
    watched.page.route("**/audit/cells", lambda route: route.fulfill(**busy))
    watched.page.goto(f"{watched.origin}/audit")
    expect(watched.page.locator("#headline")).to_contain_text("别的审计正在计算，请稍后再试。")
    watched.page.unroute("**/audit/cells")
    watched.page.get_by_role("button", name="重试").click()
    watched.page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
    (complaint,) = [line for line in watched.complaints if line.endswith("/audit/cells")]
    assert re.search(BUSY, complaint)


def test_a_page_that_comes_while_the_server_computes_for_others_shows_its_figures_in_turn(opened: Opened) -> None:
    watched = opened("", device=DESKTOP)
    asked: list[str] = []

    def busy_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 1:
            return route.fallback()
        return route.fulfill(status=503, headers={"Retry-After": "1"}, json={"detail": "Busy."})

    watched.page.route("**/audit/cells", busy_once)
    watched.page.goto(f"{watched.origin}/audit")
    expect(watched.page.locator("#headline")).to_have_text("别的审计正在计算，轮到后自动显示。")
    watched.page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
    assert len(asked) == 2
    (complaint,) = [line for line in watched.complaints if line.endswith("/audit/cells")]
    assert re.search(BUSY, complaint)


def test_the_slider_recolours_the_map_and_changes_every_figure(opened: Opened, study: Study) -> None:
    page = ready(opened)
    before = page.evaluate(DOTS)
    set_radius(page, 2000)
    expected = study.with_question(StudyQuestion.of_day(TODAY, radius_m=2000)).coverage.total.confirmed
    expect(page.locator("#headline")).to_contain_text(f"{expected.people:,.0f} – ")
    page.wait_for_function(f"before => JSON.stringify(({DOTS})()) !== JSON.stringify(before)", arg=before)
    expect(page.locator("#radius-value")).to_have_text("2,000 米")


def test_an_hour_at_night_leaves_fewer_people_served(opened: Opened) -> None:
    page = ready(opened)
    by_day = page.locator("#share").inner_text()
    page.locator("#day").select_option("2")
    page.locator("#hour").focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#hour-value")).to_have_text("周三 03:00")
    expect(page.locator("#share")).not_to_have_text(by_day)
    night = page.locator("#share").inner_text()
    assert float(night.split()[0]) < float(by_day.split()[0])


def test_the_gaps_are_those_of_the_hour_that_is_chosen(opened: Opened, study: Study) -> None:
    page = ready(opened)
    page.locator("#day").select_option("2")
    told = page.locator("#hour-value").inner_text()
    assert told.startswith("周三 ")
    hour = int(told.removeprefix("周三 ").partition(":")[0])
    at_the_hour = study.with_question(StudyQuestion.of_day(TODAY, at=datetime(2026, 11, 25, hour, tzinfo=ZONE))).gaps
    expect(with_gaps(page).locator("#gap-state")).to_contain_text(f"{at_the_hour.people:,.0f} 人")


def test_filters_leave_fewer_stations(opened: Opened) -> None:
    page = ready(opened)
    everything = page.locator("#counting").inner_text()
    page.get_by_text("设施、类别与准入").click()
    page.locator('input[value="nursing_room"]').check()
    expect(page.locator("#counting")).not_to_have_text(everything)


def test_districts_sort_by_any_column_and_their_total_stays_on_top(opened: Opened) -> None:
    page = ready(opened)
    page.locator("#districts").get_by_role("button", name="人数", exact=True).click()
    rows = page.locator("#districts tbody tr")
    people = [int(text.replace(",", "")) for text in rows.locator("td:nth-child(4)").all_inner_texts()]
    assert people[0] == sum(people[1:]) and people[1:] == sorted(people[1:], reverse=True)
    page.locator("#districts").get_by_role("button", name="人数", exact=True).press("Enter")
    expect(page.locator("#districts th[aria-sort=ascending]")).to_have_count(1)
    expect(rows.first).to_have_class("is-total")


def test_a_page_that_is_left_calls_off_what_it_waited_for(opened: Opened, servers: ExitStack) -> None:
    app = create_app(Settings(), clock=lambda: NOW)
    jobs: Jobs = app.extensions[EXTENSION].jobs
    release = Event()
    wait = partial(release.wait, LONG_MS / 1000)
    # Somebody else's: what the page asks for has to wait.
    other = jobs.begin(
        "sites", "another", lambda tell: Answer(gzip.compress(b"%d" % wait()), ""), owner="another", most=1
    )
    address = servers.enter_context(serving(app))
    page = opened("", at=address, device=DESKTOP).page
    with page.expect_request(re.compile("/api/v1/audit/jobs/"), timeout=LONG_MS) as watching:
        page.goto(f"{address}/audit")
        page.clock.run_for(2_000)
    own = watching.value.url
    assert page.request.get(own).json()["status"] == "waiting"
    page.goto("about:blank")
    deadline = time.monotonic() + LONG_MS / 1000
    while page.request.get(own).status != 404:
        assert time.monotonic() < deadline, "the job was never cancelled"
        time.sleep(0.05)
    assert jobs.find(other.id)
    release.set()


def test_a_server_that_starts_anew_is_waited_for_and_lost_work_is_named(opened: Opened) -> None:
    watched = opened("/audit", device=DESKTOP)
    watched.expects(ABORTED)
    page = watched.page
    page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
    polls: list[str] = []

    def answer(route: Route) -> None:
        polls.append(route.request.method)
        lost = {"id": "x", "kind": "sites", "status": "lost", "progress": 0.5, "phase": ""}
        if route.request.method != "GET":
            route.continue_()
        elif polls.count("GET") < 3:
            route.abort()
        else:
            route.fulfill(json=lost)

    page.route("**/api/v1/audit/jobs/*", answer)
    page.locator("#site-begin").click()
    expect(page.locator("#site-state")).to_have_text("服务器重启过，这次计算没有做完。请再开始一次。")
    expect(page.locator("#site-begin")).to_be_enabled()


def test_a_gap_tells_its_facts(opened: Opened, study: Study) -> None:
    page = with_gaps(ready(opened))
    first = study.gaps.gaps[0]
    page.get_by_role("button", name="空白区 1", exact=True).press("Enter")
    facts = page.locator(".leaflet-popup .audit-facts")
    expect(facts).to_contain_text(f"{first.people:,.0f}")
    expect(facts).to_contain_text(f"{first.nearest_m:,.0f}")


def test_a_proposal_is_worked_out_shown_and_offered_as_files(opened: Opened) -> None:
    page = ready(opened)
    page.locator("#n").fill("3")
    page.locator("#site-begin").press("Enter")
    page.locator("#proposal").wait_for(timeout=LONG_MS)
    expect(page.locator("#site-table tbody tr")).to_have_count(3)
    expect(page.locator(".audit-site")).to_have_count(3)
    page.get_by_role("button", name="建议点位 2", exact=True).press("Enter")
    expect(page.locator(".leaflet-popup .audit-facts h2")).to_have_text("建议点位 2")
    expect(page.locator("#audit-map .map")).to_be_in_viewport()
    expect(page.locator("#curve svg")).to_be_visible()
    expect(page.locator("#curve text").last).to_have_text(re.compile(r"^3 处：[\d,]+ 人$"))
    names = page.locator("#site-table tbody td:nth-child(2)").all_inner_texts()
    assert all(re.fullmatch(r".+[区县市] · .+方向 [\d.]+ (公里|米)", name) for name in names), names
    assert page.locator("#site-table tbody td:last-child").first.inner_text().startswith("cell-")
    expect(page.locator("#site-state")).to_contain_text("3 处")
    link = page.locator('a[data-file="download.geojson sites"]')
    expect(link).to_be_visible()
    found = page.request.get(urljoin(page.url, str(link.get_attribute("href"))))
    assert len(found.json()["features"]) == 3


def test_a_proposal_can_be_called_off(opened: Opened) -> None:
    page = ready(opened)
    page.locator("#objective").select_option("p_median")
    page.locator("#n").fill("200")
    page.locator("#site-begin").click()
    page.locator("#site-cancel").click()
    page.clock.run_for(500)
    expect(page.locator("#site-state")).to_have_text("已取消。", timeout=LONG_MS)
    expect(page.locator("#site-progress")).to_be_hidden()
    expect(page.locator("#proposal")).to_be_hidden()


def test_a_proposal_can_be_taken_as_far_as_it_is(opened: Opened) -> None:
    page = ready(opened)
    enough = page.get_by_role("button", name="够了，用现有结果")
    expect(enough).to_be_hidden()
    page.locator("#objective").select_option("set_cover")
    page.locator("#target").fill("90")
    page.locator("#site-begin").click()
    enough.press("Enter")
    expect(enough).to_be_disabled()
    expect(page.locator("#site-state")).to_have_text("正在收尾，马上给出目前最好的方案…")
    page.clock.run_for(500)
    page.locator("#proposal").wait_for(timeout=LONG_MS)
    expect(page.locator("#site-state")).to_contain_text("未证明最少")
    expect(enough).to_be_hidden()
    expect(page.locator('a[data-file="download.geojson sites"]')).to_be_visible()


def with_hours(page: Page) -> Page:
    page.clock.run_for(2_000)
    expect(page.locator("#heat td")).to_have_count(168, timeout=LONG_MS)
    return page


def test_the_hours_of_the_week_are_gone_through_by_keyboard(opened: Opened) -> None:
    page = with_hours(ready(opened))
    expect(page.locator("#heat [tabindex='0']")).to_have_count(1)
    by_day = page.locator("#share").inner_text()
    page.locator("#heat [tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    field = page.locator("#heat :focus")
    expect(field).to_have_attribute("aria-label", re.compile(r"^周三 03:00 [\d.]+ %$"))
    expect(page.locator("#hour-value")).to_have_text("不限时刻")
    page.keyboard.press("Enter")
    expect(page.locator("#hour-value")).to_have_text("周三 03:00")
    expect(field).to_have_attribute("aria-selected", "true")
    expect(page.locator("#share")).not_to_have_text(by_day)
    night = page.locator("#share").inner_text()
    assert float(night.split()[0]) < float(by_day.split()[0])
    with_gaps(page)  # the answers to the new choice are here: whoever was in the grid still is
    expect(page.locator("#heat :focus")).to_have_attribute("aria-label", re.compile("^周三 03:00 "))
    page.keyboard.press("Tab")
    expect(page.locator("#heat :focus")).to_have_count(0)


def test_a_finger_reaches_every_hour_by_controls_that_are_large_enough(opened: Opened) -> None:
    page = with_hours(ready(opened, device=PHONE))
    for control in ("#day", "#hour"):
        assert page.locator(control).bounding_box()["height"] >= 44  # type: ignore[index]
    page.locator("#heat td").nth(34).tap()
    expect(page.locator("#hour-value")).to_have_text("周二 10:00")
    page.locator("#day").select_option("6")
    expect(page.locator("#heat [aria-selected=true]")).to_have_attribute("aria-label", re.compile("^周日 10:00 "))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry of a station in another city, of which not even the access is known."""
    feature = {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [113.6, 34.75]},
        "properties": {"name": "站", "category": "culture", "district": "410102", "access": {"who": "unknown"}},
    }
    file = tmp_path_factory.mktemp("elsewhere") / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": [feature]}))
    with served(Settings(registry=file)) as address:
        yield address


@pytest.mark.parametrize("device", DEVICES)
def test_another_city_s_registry_is_told_before_any_figure(
    opened: Opened, elsewhere: str, screens: Path, device: str
) -> None:
    page = with_few_gaps(ready(opened, "/audit?lang=en", at=elsewhere, device=DEVICES[device]))
    alarm = page.locator(".audit-alarm")
    expect(alarm).to_contain_text("None of the registry's 1 stations lies in the areas studied")
    expect(alarm).to_contain_text("STATIONMAP_AUDIT_AREAS")
    assert alarm.bounding_box()["y"] < page.locator("#share").bounding_box()["y"]  # type: ignore[index]
    expect(page.locator("#headline")).to_contain_text("no station surely counts")
    expect(page.locator("#districts tbody tr").first).to_contain_text("at least ")
    assert "– –" not in page.locator("main").inner_text()
    assert pictured(page, screens / f"{device}-audit-elsewhere", full=True) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("device", DEVICES)
def test_the_page_is_accessible(opened: Opened, screens: Path, language: str, device: str) -> None:
    page = with_few_gaps(ready(opened, f"/audit?lang={language}", device=DEVICES[device]))
    assert pictured(page, screens / f"{device}-audit-{language}", full=True) == []


@pytest.mark.parametrize("device", DEVICES)
def test_headline_and_map_are_seen_together(opened: Opened, device: str) -> None:
    page = ready(opened, device=DEVICES[device])
    for each in ("#share", "#headline", "#audit-map .map"):
        expect(page.locator(each)).to_be_in_viewport(ratio=1)


def test_the_map_has_a_key_to_colours_and_signs(opened: Opened) -> None:
    page = ready(opened)
    legend = page.locator("#audit-legend")
    for text in ("500 米内", "超过 3,000 米", "计入的站点", "空白区", "建议点位"):
        expect(legend.get_by_text(text, exact=True)).to_be_visible()
    page.locator("input[value=share]").check()
    expect(legend.get_by_text("80–100 %", exact=True)).to_be_visible()


LOWEST_ROW = """() => {
  const canvas = document.querySelector(".audit-cells");
  const { width, height } = canvas;
  const dots = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
  const coloured = dots.findLastIndex((dot) => dot !== 0);
  return { row: Math.floor(coloured / width), height, map: document.querySelector(".audit-map .map").clientHeight };
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
def test_all_of_the_map_is_coloured_also_after_the_panel_beside_it_grew(
    opened: Opened, width: int, height: int
) -> None:
    page = ready(opened, device={"viewport": {"width": width, "height": height}})
    for _ in range(4):  # until the city is larger than the map
        page.locator(".leaflet-control-zoom-in").click()
        page.clock.run_for(1_000)
    heights = []
    for act in (None, page.get_by_text("设施、类别与准入").click):  # open, the filters make the panel much longer
        if act:
            act()
            page.wait_for_function("() => document.querySelector('.audit-cells').height > innerHeight")
        found = page.evaluate(LOWEST_ROW)
        assert found["height"] == found["map"] and found["row"] == found["height"] - 1
        heights.append(found["height"])
    assert heights[0] < heights[1]


def test_the_hours_of_the_week_have_a_key_to_their_colours(opened: Opened) -> None:
    page = with_hours(ready(opened))
    shares = [
        float(label.split()[-2])
        for label in page.locator("#heat td").evaluate_all("all => all.map((each) => each.ariaLabel)")
    ]
    steps = page.locator("#heat-key li").all_inner_texts()
    assert len(steps) == 8
    assert float(steps[-1].removesuffix(" %").split(" – ")[1]) == max(shares)
    ends = [float(end) for step in steps for end in step.removesuffix(" %").split(" – ")]
    assert ends == sorted(ends) and ends[0] == 0


def test_every_box_of_the_filters_does_something(opened: Opened) -> None:
    page = ready(opened)
    page.get_by_text("设施、类别与准入").click()
    names = page.locator("#audit-filters input").evaluate_all("all => all.map((each) => [each.name, each.value])")
    assert len(names) > 30
    usual = page.locator("#counting").inner_text()
    for name, value in names:
        box = page.locator(f'input[name="{name}"][value="{value}"]')
        box.click()
        assert page.locator("#counting").inner_text() != usual, (name, value)
        box.click()
    expect(page.locator("#counting")).to_have_text(usual)


def test_a_day_is_chosen_with_its_week_and_names_what_is_shut(opened: Opened, study: Study) -> None:
    page = ready(opened)
    expect(page.locator("#date")).to_have_value("2026-11-23")
    page.locator("#date").fill("2026-11-30")
    expect(page.locator("#shut-count")).to_contain_text("个站点，未计入")
    made = study.with_question(StudyQuestion.of_day(date(2026, 11, 30)))
    expect(page.locator("#shut-names li")).to_have_count(len(made.shut))
    page.locator("#shut-count").click()
    expect(page.locator("#shut-names")).to_contain_text(made.shut[0].name)
    expect(page.locator("#headline")).to_contain_text(f"{made.coverage.total.confirmed.people:,.0f} – ")
    with_hours(page)
    expect(page.locator("#hours-told")).to_contain_text("2026-11-30 起的一周")


def test_now_is_the_present_hour_where_the_stations_are(opened: Opened) -> None:
    page = ready(opened, timezone_id="America/New_York")
    page.locator("#date").fill("2026-11-30")
    page.locator("#now").press("Enter")
    expect(page.locator("#date")).to_have_value("2026-11-23")
    expect(page.locator("#hour-value")).to_have_text("周一 10:00")


def test_the_choice_outlasts_a_reload_and_goes_to_the_other_language(opened: Opened) -> None:
    page = ready(opened)
    page.locator("#radius-number").fill("1234")
    page.locator("#radius-number").press("Enter")
    page.locator("#date").fill("2026-12-01")
    page.get_by_text("设施、类别与准入").click()
    page.locator('input[value="microwave"]').check()
    page.locator('input[value="members"]').uncheck()
    page.locator("#possible").check()
    page.locator("input[value=share]").check()
    page.locator("#day").select_option("3")
    page.locator("#hour").fill("14")
    with_gaps(with_hours(page))  # nobody computes any more
    told = page.locator("#share").inner_text()
    for act in (page.reload, lambda: page.locator("#language").click()):
        with page.expect_navigation():
            act()
        page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
        expect(page.locator("#share")).to_have_text(told)
        expect(page.locator("#radius-number")).to_have_value("1234")
        expect(page.locator("#date")).to_have_value("2026-12-03")
        assert page.locator("#day").input_value() + page.locator("#hour").input_value() == "314"
        for box in ('input[value="microwave"]', "#possible", "input[value=share]"):
            expect(page.locator(box)).to_be_checked()
        expect(page.locator('input[value="members"]')).not_to_be_checked()
        with_gaps(with_hours(page))
    assert "lang=en" in page.url


def test_an_address_of_nonsense_is_passed_over(opened: Opened) -> None:
    page = ready(opened, "/audit?radius=-5&day=2026-02-31&hour=25&by=x&category=inn&who=public&facility=%00")
    expect(page.locator("#radius-value")).to_have_text("1,000 米")
    expect(page.locator("#date")).to_have_value("2026-11-23")
    expect(page.locator("#hour-value")).to_have_text("不限时刻")


def test_a_place_names_its_datum_leads_to_map_apps_and_can_be_copied(opened: Opened, study: Study) -> None:
    page = with_gaps(ready(opened, permissions=["clipboard-read", "clipboard-write"]))
    rank = page.locator("#gap-table .audit-link").first
    site = study.gaps.gaps[0].site
    rank.click()
    place = page.locator(".leaflet-popup .audit-place")
    expect(place).to_contain_text(f"WGS-84 {site.lon:.5f}, {site.lat:.5f}")
    lon, lat = from_wgs84(site.lon, site.lat, Datum.GCJ02)
    link = place.get_by_role("link", name="高德地图")
    assert f"position={lon:.6f}%2C{lat:.6f}&name=" in str(link.get_attribute("href"))
    place.get_by_role("button").click()
    expect(place.get_by_role("button")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.lon:.5f}, {site.lat:.5f} (WGS-84)"


def test_gaps_are_called_by_a_place_nearby(opened: Opened) -> None:
    page = with_gaps(ready(opened))
    names = page.locator("#gap-table tbody tr td:nth-child(2)").all_inner_texts()
    assert len(names) == 100 and all(re.fullmatch(r".+[区县市] · .+方向 [\d.]+ (公里|米)", name) for name in names)


def test_the_headline_says_whom_the_figures_stand_for(opened: Opened) -> None:
    page = ready(opened)
    expect(page.locator(".audit-share")).to_contain_text("的人（按居民估算）在服务半径内")
    expect(page.locator(".audit-told")).to_contain_text("居民不等于户外劳动者")


def test_where_all_stations_only_possibly_count_the_page_says_how_to_go_by_them(opened: Opened, elsewhere: str) -> None:
    page = with_gaps(with_hours(ready(opened, at=elsewhere)))
    expect(page.locator("#doubt")).to_contain_text("没有一个站点确定符合，1 个")
    with page.expect_request(lambda request: request.method == "POST") as asked:
        page.locator("#possible").check()
        page.clock.run_for(2_000)
    assert asked.value.post_data_json["possible"] is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_every_page_is_labelled_ink_on_white_without_the_controls(opened: Opened, scheme: str) -> None:
    page = with_gaps(with_hours(ready(opened, color_scheme=scheme)))
    page.emulate_media(media="print")
    looks = (
        "element => { const { color, backgroundColor } = getComputedStyle(element); return [color, backgroundColor]; }"
    )
    white, ink = "rgb(255, 255, 255)", "rgb(17, 17, 17)"
    assert page.locator("body").evaluate(looks) == [ink, white]
    assert page.locator("#headline").evaluate(looks)[0] == page.locator("#districts td").first.evaluate(looks)[0] == ink
    for hidden in (".audit-choice", "#site-form", "[data-file]", ".leaflet-control-zoom"):
        expect(page.locator(hidden).first).to_be_hidden()
    for wide in ("#districts table", "#gap-table table"):
        assert page.locator(wide).evaluate("table => table.scrollWidth <= document.body.clientWidth")
    assert page.locator(".audit-paper").evaluate("label => getComputedStyle(label).display") == "table-header-group"
    printed = page.pdf(prefer_css_page_size=True)
    pages = printed.count(b"/Type /Page\n") or len(re.findall(rb"/Type\s*/Page[^s]", printed))
    assert 2 <= pages <= 12


def test_staff_come_from_the_finder_and_go_back(opened: Opened) -> None:
    page = opened("/", device=DESKTOP).page
    page.get_by_role("link", name="覆盖审计").click()
    page.wait_for_selector("body[data-ready]", timeout=LONG_MS)
    assert page.title().startswith("覆盖审计 · ")
    page.get_by_role("link", name="返回驿站地图").click()
    expect(page.locator(".page-finder")).to_be_visible()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry whose texts try to run."""
    feature = {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [117.2, 34.26]},
        "properties": {
            "name": "<img src=x onerror=alert(1)>{{ 7*7 }}</script>",
            "category": "culture",
            "district": "320303",
            "access": {"who": "public"},
            "hours": "24/7",
        },
    }
    header = {"format": 1, "title": "</title><script>alert(2)</script>"}
    file = tmp_path_factory.mktemp("hostile") / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": header, "features": [feature]}))
    with served(Settings(registry=file)) as address:
        yield address


def test_hostile_text_stays_text(opened: Opened, hostile: str) -> None:
    page = with_gaps(ready(opened, at=hostile))
    expect(page.locator("#gap-table tbody tr").first).to_contain_text("<img src=x onerror=alert(1)>{{ 7*7 }}</script>")
    assert page.locator("img[src=x]").count() == 0


PAINTED = """() => {
  const canvas = document.querySelector(".leaflet-dots-pane canvas");
  if (canvas.hidden) return 0;
  const dots = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return dots.filter(Boolean).length;
}"""


def test_stations_too_many_for_shapes_are_dots_from_afar_and_open_near_by(opened: Opened, large_origin: str) -> None:
    page = ready(opened, at=large_origin)
    assert page.evaluate(PAINTED) > 1_000
    page.evaluate("map_0.setView([34.26, 117.2], 18, { animate: false })")
    assert page.evaluate(PAINTED) == 0
    box = page.locator(".map-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".leaflet-popup-content")).to_contain_text("站12000")
    page.evaluate("map_0.panBy([30, 0], { animate: false })")
    expect(page.locator(".leaflet-popup-content")).to_contain_text("站12000")
