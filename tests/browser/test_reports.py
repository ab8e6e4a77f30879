"""Riders answer back: a report in two taps, with and without a network, its receipt, and the mark that others see."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from stationmap.registry.registry import dumps, parse
from stationmap.reports.model import Decision
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.storage.reports import deciding, reading
from stationmap.web import create_app
from stationmap.web.state import EXTENSION
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NOW, OFFLINE, Browsing, Opened
from tests.browser.states import HERE, kept_by_page, kept_by_worker, listed, located
from tests.browser.test_offline import WITHOUT_WORKERS, Server
from tests.browser.test_oldest import OLD

KNOWN = parse(demo_registry().read_bytes()).stations
OPEN = next(found for found in KNOWN if found.status_at(NOW).state == "open" and found.status_at(NOW).until)
CLOSED = next(found for found in KNOWN if found.status == "open" and found.status_at(NOW).state == "closed")
WITHDRAWN = next(found for found in KNOWN if found.status == "closed")
HOSTILE = "<img src=x onerror=document.title='hit'>"
HAS_FORM = """() => {
  const words = document.getElementById("report-words").href;
  return caches.match(words.replace(/i18n.*/, "js/report_form.bundle.js")).then(Boolean);
}"""
SMALL = """() => [...document.querySelectorAll(".report-panel button, .report-panel summary")]
  .filter(({ offsetParent, offsetHeight }) => offsetParent && offsetHeight < 60)
  .map(({ textContent }) => textContent)"""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    path = tmp_path / "stations.geojson"
    path.write_bytes(demo_registry().read_bytes())
    passing = count()
    settings = Settings(registry=path, data=tmp_path / "data", travel="walk")
    return create_app(settings, clock=lambda: NOW + timedelta(milliseconds=next(passing)))


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    running = Server(app)
    yield running
    running.stop()


def kept_reports(app: Flask) -> list[Any]:
    """Return the reports of the database, in the order in which they came."""
    desk = app.extensions[EXTENSION].desk
    with desk.database().reading() as connection:
        return list(reversed(reading.listed(connection, desk.registry)))


def send(app: Flask, kind: str, device: str, station_id: str = OPEN.id) -> None:
    body = {
        "id": str(uuid.uuid4()),
        "station_id": station_id,
        "kind": kind,
        "said_at": NOW.isoformat(),
        "device": device,
    }
    assert app.test_client(use_cookies=False).post("/api/v1/reports", json=body).status_code == 201


def open_form(page: Page) -> None:
    page.locator("[data-report]").click()
    expect(page.locator(".report-known")).not_to_be_empty()


def report(page: Page, kind: str) -> None:
    open_form(page)
    page.locator(f"[data-kind={kind}]").click()


def test_two_taps_are_enough_and_the_receipt_tells_what_became_of_it(
    server: Server, app: Flask, opened: Opened
) -> None:
    page = opened("/", at=server.origin).page
    listed(page)
    row = page.locator(".card", has=page.locator(".state.is-open")).first
    station_id = row.get_attribute("data-id") or ""
    row.locator(".to-report").click()
    expect(page.locator(".report-known")).to_contain_text("标注：营业至")
    page.locator("[data-kind=locked]").click()
    expect(page.locator(".report-message")).to_have_text("已送达，谢谢！")
    assert violations(page) == []
    [kept] = kept_reports(app)
    assert (kept.report.kind, kept.report.station_id, kept.report.is_evidence) == ("locked", station_id, True)
    receipt = page.locator(".report-receipt").get_attribute("href")
    page.locator(".report-receipt").click()
    expect(page.locator("main .state")).to_have_text("已收到，还没有处理")
    assert violations(page) == []
    desk = app.extensions[EXTENSION].desk
    with desk.database().writing() as connection:
        deciding.decide(connection, [kept.id], Decision("fixed", HOSTILE), by="gong", at=NOW)
    page.reload()
    expect(page.locator("main")).to_contain_text(HOSTILE)
    page.goto(f"{server.origin}/s/{station_id}")
    open_form(page)
    expect(page.locator(".report-others")).to_contain_text("1 人反馈：锁门了")
    expect(page.locator(".report-others")).to_contain_text(HOSTILE)
    expect(page.locator("main .answers")).to_contain_text(f"工会答复（锁门了，10:00）：{HOSTILE}")
    expect(page.locator(".report-own a")).to_have_attribute("href", receipt or "")
    page.goto(server.origin + (receipt or ""))
    page.get_by_role("button", name="还没好").click()
    expect(page.locator("main .state")).to_have_text("已收到，还没有处理")
    page.goto(f"{server.origin}/s/{station_id}")
    expect(page.locator("main .answers")).to_have_count(0)
    page.goto(server.origin + (receipt or ""))
    page.get_by_role("button", name="撤回").click()
    expect(page.locator("main")).to_contain_text("没有留下任何内容")
    assert kept_reports(app) == []
    assert page.title() != "hit"


def test_by_keyboard_and_in_english_more_may_be_said_of_some_kinds(server: Server, app: Flask, opened: Opened) -> None:
    watched = opened(f"/s/{OPEN.id}?lang=en", at=server.origin, device=DESKTOP)
    page = watched.page
    button = page.locator("[data-report]")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".report-known")).to_contain_text("Posted: Open until")
    page.keyboard.press("Shift+Tab")  # round the panel, not out of it
    assert page.evaluate("() => document.activeElement.closest('.report-panel') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".report-panel")).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("[data-kind=no_entry]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".report-message")).to_contain_text("Noted: Cannot get in")
    assert kept_reports(app) == []
    page.get_by_role("button", name="members only").focus()
    page.keyboard.press("Space")
    page.locator(".report-panel textarea").fill(HOSTILE)
    assert violations(page) == []
    page.get_by_role("button", name="Done, send it").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".report-receipt")).to_contain_text("Receipt")
    [kept] = kept_reports(app)
    assert (kept.report.details, kept.report.text) == (("membership",), HOSTILE)
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".report-message")).to_contain_text("Nothing of it is left")
    assert kept_reports(app) == []
    page.go_back()  # closes the panel, and leaves the page as it is
    expect(page.locator(".report-panel")).to_have_count(0)
    expect(page.locator("h1")).to_be_visible()


def test_outside_posted_hours_it_says_so_and_a_point_is_sent_by_choice_only(
    server: Server, app: Flask, opened: Opened
) -> None:
    page = opened(f"/s/{CLOSED.id}", at=server.origin, **HERE).page
    page.locator("#large").click()
    button = page.locator("[data-report]")
    button.click()
    expect(page.locator(".report-known")).to_contain_text("现在不是开放时间")
    expect(page.locator(".report-known")).to_contain_text("不会因此提醒其他骑手")
    assert page.evaluate(SMALL) == []
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.locator("[data-kind=locked]").click()
    expect(page.locator(".report-receipt")).to_be_visible()
    for is_chosen in (False, True):
        page.locator(".report-close").click()
        button.click()
        page.locator("[data-kind=wrong_place]").click()
        if is_chosen:
            page.get_by_role("button", name="附上我现在的位置").click()
            expect(page.locator(".report-point")).to_contain_text("已附上")
        page.get_by_role("button", name="好了，发送").click()
        expect(page.locator(".report-receipt")).to_be_visible()
    locked, without, with_point = (found.report for found in kept_reports(app))
    assert (locked.posted, locked.is_evidence) == ("closed", False)
    assert (without.point, with_point.point) == (None, (117.2, 34.26))


def test_an_old_browser_with_a_wrong_clock_works_out_the_proof_that_a_busy_server_asks_for(
    server: Server, app: Flask, browsing: Browsing
) -> None:
    for device in range(5):  # half of what one station may have waiting
        send(app, "locked", f"device-{device}")
    watched = browsing(OLD, "", at=server.origin, expected=[r"a status of 428 "])
    page = watched.page
    page.clock.set_system_time(NOW + timedelta(days=3))
    page.goto(f"{server.origin}/s/{OPEN.id}")
    report(page, "locked")
    expect(page.locator(".report-receipt")).to_be_visible()
    assert [sent.method for sent in watched.requests if sent.url.endswith("/api/v1/reports")] == ["POST", "POST"]
    kept = kept_reports(app)[-1].report
    assert (kept.kind, kept.is_evidence) == ("locked", True)  # the page goes by the server's clock


def test_the_right_place_may_be_tapped_on_the_map(server: Server, app: Flask, opened: Opened) -> None:
    page = opened("/?now=0", at=server.origin, **HERE).page
    located(page)
    page.locator(".to-report").first.click()
    page.locator("[data-kind=wrong_place]").click()
    for is_taken in (False, True):
        page.get_by_role("button", name="在地图上点").click()
        expect(page.locator(".report-note")).to_contain_text("点一下正确的位置")
        page.locator(".pin").first.wait_for()
        if is_taken:
            page.mouse.click(300, 300)
        else:
            page.go_back()
        expect(page.locator(".report-panel")).to_be_visible()
        expect(page.locator(".report-note")).to_have_count(0)
    expect(page.locator(".report-point")).to_contain_text(re.compile(r"已附上 117\.\d{5}, 34\.\d{5}（WGS-84"))
    assert violations(page) == []
    page.get_by_role("button", name="好了，发送").click()
    expect(page.locator(".report-receipt")).to_be_visible()
    [kept] = kept_reports(app)
    assert kept.report.point and abs(kept.report.point[0] - 117.2) < 0.02
    expect(page.locator("#notice")).to_contain_text("我的位置")  # the tap was no other start


def sent_in_order(app: Flask, page: Page, kinds: list[str]) -> None:
    page.wait_for_function("() => localStorage.getItem('stationmap.reports.waiting') === null", polling=50)
    assert [found.report.kind for found in kept_reports(app)] == kinds


def test_without_a_network_reports_wait_and_are_sent_once_in_order(server: Server, app: Flask, opened: Opened) -> None:
    watched = opened("/", at=server.origin, service_workers="allow", expected=[OFFLINE])
    page = watched.page
    listed(page)
    kept_by_worker(page)
    page.goto(f"{server.origin}/s/{OPEN.id}")  # from the second page on the phone has the form
    while not page.evaluate(HAS_FORM):  # of a promise, which wait_for_function may take for an answer
        page.wait_for_timeout(50)
    page.context.set_offline(True)
    page.goto(f"{server.origin}/s/{OPEN.id}")
    expect(page.locator("#reach")).to_contain_text("没有网络")
    for kind in ("gone", "locked", "open"):
        report(page, kind)
        expect(page.locator(".report-message")).to_contain_text("有网络时自动发送")
        page.locator(".report-close").click()
    report(page, "lacks")
    page.get_by_role("button", name="撤回").click()
    expect(page.locator(".report-message")).to_contain_text("已撤回")
    page.locator(".report-close").click()
    open_form(page)
    expect(page.locator(".report-own li", has_text="等着发送")).to_have_count(3)
    assert kept_reports(app) == []
    page.reload()
    page.context.set_offline(False)
    sent_in_order(app, page, ["gone", "locked", "open"])
    expect(page.locator(".report-note p")).to_have_count(3)  # none hides another
    page.goto(f"{server.origin}/s/{CLOSED.id}")
    open_form(page)
    page.get_by_text("你在其他站点的反馈（3 条）").click()
    expect(page.locator(".report-own a").first).to_contain_text("回执")
    assert violations(page) == []


def test_who_has_looked_for_a_while_has_the_form_at_a_door_without_a_network(
    server: Server, app: Flask, browsing: Browsing
) -> None:
    page = browsing(WITHOUT_WORKERS, "/", at=server.origin, expected=[OFFLINE]).page
    listed(page)
    assert page.locator("script[src*=report_form]").count() == 0
    page.clock.run_for(31_000)
    page.locator("script[src*=report_form]").wait_for(state="attached")
    page.context.set_offline(True)
    page.locator(".to-report").first.click()
    page.locator("[data-kind=locked]").click()
    expect(page.locator(".report-message")).to_contain_text("有网络时自动发送")
    page.context.set_offline(False)
    sent_in_order(app, page, ["locked"])


def test_a_station_that_is_withdrawn_has_no_hours_to_be_outside_of(server: Server, app: Flask, opened: Opened) -> None:
    page = opened(f"/s/{WITHDRAWN.id}", at=server.origin).page
    open_form(page)
    expect(page.locator(".report-known")).to_contain_text("标注：已撤销")
    expect(page.locator(".report-known")).to_contain_text("如果其实开着")
    page.locator("[data-kind=locked]").click()
    page.locator(".report-receipt").click()
    expect(page.locator("main")).to_contain_text("当时标注为不开放")


def test_who_reports_sees_at_once_what_comes_of_it(server: Server, app: Flask, opened: Opened) -> None:
    for device in range(2):
        send(app, "locked", f"device-{device}")
    page = opened(f"/s/{OPEN.id}", at=server.origin).page
    report(page, "locked")
    expect(page.locator("main")).to_contain_text("3 名骑手反映未开门")  # no minute has passed
    page.locator(".report-close").click()
    expect(page.locator("[data-report]")).to_be_focused()  # though the page was made anew


def test_without_a_service_worker_or_a_database_it_works_as_well(
    server: Server, app: Flask, browsing: Browsing
) -> None:
    broken = f"{WITHOUT_WORKERS}; IDBFactory.prototype.open = () => {{ throw new Error('refused') }};"
    watched = browsing(broken, f"/s/{OPEN.id}", at=server.origin, expected=[OFFLINE])
    page = watched.page
    page.context.set_offline(True)
    page.locator("[data-report]").click()
    expect(page.locator(".report-note")).to_contain_text("请有网络时再点一次")  # never opened before
    page.context.set_offline(False)
    open_form(page)
    page.context.set_offline(True)
    page.locator("[data-kind=locked]").click()
    expect(page.locator(".report-message")).to_contain_text("有网络时自动发送")
    page.goto("about:blank")  # or the page would send it before it is left
    page.context.set_offline(False)
    page.goto(f"{server.origin}/")  # another page, on which nobody opens the form
    sent_in_order(app, page, ["locked"])
    expect(page.locator(".report-note")).to_contain_text("反馈已送达")


def test_what_is_taken_back_before_its_answer_came_is_deleted_where_it_arrived(
    server: Server, app: Flask, opened: Opened
) -> None:
    page = opened(f"/s/{OPEN.id}", at=server.origin, expected=[r"net::ERR_FAILED"]).page
    is_covered = False

    def lose_the_answer(route: Route) -> None:
        if is_covered:
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route("**/api/v1/reports", lose_the_answer)
    report(page, "locked")
    expect(page.locator(".report-message")).to_contain_text("有网络时自动发送")
    assert len(kept_reports(app)) == 1
    page.get_by_role("button", name="撤回").click()
    expect(page.locator(".report-message")).to_contain_text("有网络时会从服务器上删掉")
    is_covered = True  # not unroute(), which itself continues a request that is being fetched
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.wait_for_function("() => localStorage.getItem('stationmap.reports.waiting') === null", polling=50)
    assert kept_reports(app) == []


def test_where_the_database_of_the_phone_is_full_a_report_goes_out_all_the_same(
    server: Server, app: Flask, browsing: Browsing
) -> None:
    full = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') };"
    page = browsing(f"{WITHOUT_WORKERS}; {full}", f"/s/{OPEN.id}", at=server.origin, expected=["full"]).page
    report(page, "locked")
    expect(page.locator(".report-receipt")).to_be_visible()
    assert [found.report.kind for found in kept_reports(app)] == ["locked"]


def test_a_mark_appears_on_a_second_phone_at_its_next_look_and_goes(server: Server, app: Flask, opened: Opened) -> None:
    finder = opened(f"/?now=0#{OPEN.id}", at=server.origin, device=DESKTOP).page
    station = opened(f"/s/{OPEN.id}", at=server.origin).page
    popup = finder.locator(".leaflet-popup .card-state")
    expect(popup).to_contain_text("营业至")
    expect(station.locator(".state")).to_have_class(re.compile("is-open"))
    for device in ("device-1", "device-2", "device-3"):
        send(app, "locked", device)
    finder.evaluate("() => globalThis.stays = true")
    for page in (finder, station):
        page.clock.run_for(61_000)
    expect(station.locator("#reported")).to_have_text("3 名骑手反映未开门（10:00 起）")
    expect(station.locator("main > .state")).to_have_class(re.compile("is-unknown"))
    assert violations(station) == []
    finder.locator(".leaflet-popup-close-button").click()
    pin = finder.locator(f".pin[aria-label*='{OPEN.name}']")
    expect(pin.locator(".marker.is-unknown")).to_be_visible()
    pin.click()
    expect(popup).to_contain_text("3 名骑手反映未开门（10:00 起）")
    send(app, "open", "device-4")
    for page in (finder, station):
        page.clock.run_for(61_000)
    expect(station.locator("#reported")).to_be_hidden()
    expect(pin.locator(".marker.is-open")).to_be_visible()
    assert finder.evaluate("() => globalThis.stays") is True


def test_a_kept_copy_shows_the_mark_with_its_age_and_takes_a_report(
    server: Server, app: Flask, browsing: Browsing
) -> None:
    for device in ("device-1", "device-2", "device-3"):
        send(app, "locked", device)
    watched = browsing(WITHOUT_WORKERS, "/", at=server.origin, expected=[OFFLINE])
    page = watched.page
    listed(page)
    page.locator(".to-report").first.click()
    page.locator(".report-close").click()
    page.locator("#search").fill(OPEN.name)
    page.get_by_role("option").first.click()
    row = page.locator(f".card[data-id='{OPEN.id}']")
    expect(row.locator(".card-state")).to_contain_text("3 名骑手反映未开门（10:00 起）")
    expect(row.locator(".marker")).to_have_class(re.compile("is-unknown"))
    kept_by_page(page)
    page.context.set_offline(True)
    page.clock.set_system_time(NOW + timedelta(hours=1, minutes=5))
    row.locator("h2 a").click()
    expect(page.locator("#reported")).to_contain_text("3 名骑手反映未开门（10:00 起，数据来自 1 小时前）")
    page.locator("main:visible [data-report]").click()
    expect(page.locator(".report-known")).to_contain_text("标注：营业至")
    page.locator("[data-kind=open]").click()
    expect(page.locator(".report-message")).to_contain_text("有网络时自动发送")
    page.context.set_offline(False)
    sent_in_order(app, page, ["locked", "locked", "locked", "open"])


def test_where_no_reports_are_taken_there_are_no_buttons(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(parse(demo_registry().read_bytes())))
    running = Server(create_app(Settings(registry=path, read_only=True), clock=lambda: NOW))
    page = opened(f"/s/{OPEN.id}", at=running.origin).page
    expect(page.locator("[data-report]")).to_have_count(0)
    page.goto(f"{running.origin}/")
    listed(page)
    assert page.locator(".to-report").count() == 0
    page.goto(f"{running.origin}/privacy")
    expect(page.locator("main")).to_contain_text("不接收反馈")
    assert violations(page) == []
    running.stop()
