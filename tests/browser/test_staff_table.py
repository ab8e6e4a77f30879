"""The table of stations, what is done to many, and the page for a phone at a door, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, Route, expect

from benchmarks.fixture.browsing import serving
from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.registry.registry import parse
from stationmap.storage import proposals
from stationmap.web.access.cookies import TOKEN
from tests.browser.axe import violations
from tests.browser.conftest import ABORTED, CENTRE, DESKTOP, NOW, PHONE, Opened, Watched
from tests.conftest import ROOT
from tests.staff import Clock, add_user, begin_session, staff_app, state_of

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e"
DEMO = parse((ROOT / "data" / "stations.geojson").read_bytes())
FIRST = "xz-320302-0001"
PARTS = "name", "address", "checked", "unknown"

Staff = Callable[..., Watched]


class Served(NamedTuple):
    origin: str
    app: Flask


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration with hostile text in one station."""
    values = {("name",): HOSTILE, ("address",): HOSTILE, ("hours",): {"hours": None, "hours_source": HOSTILE}}
    hostile = station_of({**field_values(DEMO[FIRST]), **values})
    app = staff_app(tmp_path_factory.mktemp("staff"), DEMO.with_changes({FIRST: hostile}), clock=Clock(NOW))
    with serving(app) as origin:
        yield Served(origin, app)


@pytest.fixture
def staff(opened: Opened, site: Served) -> Staff:
    """Open a page as somebody of the staff."""

    def open_page(
        path: str, login: str = "li", role: Any = "editor", districts: Any = ("320302",), **how: Any
    ) -> Watched:
        token = begin_session(site.app, add_user(site.app, login, role=role, districts=districts))
        watched = opened("", at=site.origin, **how)
        watched.page.context.add_cookies([{"name": TOKEN, "value": token, "url": site.origin}])
        watched.page.goto(site.origin + path)
        return watched

    return open_page


def chosen(page: Page) -> Locator:
    return page.locator("#chosen-count")


@pytest.mark.parametrize(("device", "district"), [(DESKTOP, "320302"), (PHONE, "320311")], ids=["desk", "phone"])
def test_stations_are_closed_for_a_flood(staff: Staff, site: Served, device: Any, district: str) -> None:
    as_editor = {"login": f"li{district}", "districts": (district,)}
    page = staff(f"/staff/stations?district={district}&sort=id", device=device, **as_editor).page
    boxes = page.locator("[name='id']")
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    boxes.nth(4).click(modifiers=["Shift"])
    expect(chosen(page)).to_have_text("已选 4 个，其中 0 个不在本页")
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_role("link", name="上一页")).to_be_visible()
    boxes.nth(0).check()
    expect(chosen(page)).to_have_text("已选 5 个，其中 4 个不在本页")
    page.go_back()
    expect(boxes.nth(3)).to_be_checked()
    expect(chosen(page)).to_have_text("已选 5 个，其中 1 个不在本页")
    assert violations(page) == []
    page.get_by_role("button", name="临时关闭").dblclick()
    page.get_by_role("radio", name="防汛").check()
    page.get_by_label("关闭到哪天").fill("2026-11-30")
    page.get_by_role("button", name="预览").click()
    expect(page.locator(".staff-edits > li")).to_have_count(5)
    assert violations(page) == []
    page.get_by_role("button", name="确认").dblclick()
    expect(page.get_by_text("选中 5 个站点")).to_be_visible()
    page.wait_for_load_state()  # its script forgets what was chosen
    stations = [each for each in state_of(site.app).snapshot.registry.stations if each.district == district]
    assert sum(any(closure.reason == "防汛" for closure in each.closures) for each in stations) == 5
    page.goto(f"{site.origin}/staff/stations")
    expect(chosen(page)).to_have_text("对勾选的站点：")


@pytest.mark.parametrize(("device", "language"), [(DESKTOP, "zh"), (PHONE, "en")], ids=["desk", "phone"])
def test_every_page_is_for_everybody(staff: Staff, site: Served, device: Any, language: str) -> None:
    page = staff(f"/staff/stations?q=xz-320302-0001&lang={language}", device=device, role="reviewer", login="zhou").page
    expect(page.locator(".staff-name a")).to_have_text(HOSTILE)
    page.get_by_role("button", name="长辈版" if language == "zh" else "Large").first.click()
    page.locator("[name='id']").check()
    page.locator("[value='close']").click()
    expect(page.locator("[name='reason']")).to_have_count(5)
    assert violations(page) == []
    number = proposal(site, language)
    addresses = ["stations?", "stations?q=xxxxxx&district=320302&", "nearby?q=xz-320302-0001&", "proposals?"]
    for address in [*addresses, f"proposals/{number}?"]:
        page.goto(f"{site.origin}/staff/{address}lang={language}")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    expect(page.get_by_role("heading", level=2)).to_have_text(HOSTILE)


def proposal(site: Served, phone: str) -> int:
    """Propose another name for the hostile station, whose telephone both sides change."""
    state = state_of(site.app)
    base = state.snapshot.registry[FIRST]
    values = field_values(base)
    mine = station_of({**values, ("directions",): HOSTILE, ("phone",): HOSTILE})
    theirs = station_of({**values, ("phone",): phone})
    state.change([Edit(FIRST, base, theirs)], author="王")
    said: Any = {"login": "li", "author": HOSTILE, "reason": HOSTILE, "districts": ["320302"], "at": NOW}
    registry_id = state.journal_head().registry_id
    with state.database().writing() as connection:
        return proposals.add(connection, registry_id, [Edit(FIRST, base, mine)], **said)


def at_the_door(staff: Staff, **how: Any) -> Page:
    context = {"geolocation": {**CENTRE, "accuracy": 20}, "permissions": ["geolocation"], **how}
    page = staff("/staff/nearby", device=PHONE, **context).page
    page.get_by_role("button", name="找我附近的站点").click()
    expect(page.get_by_text("找到 30 个站点")).to_be_visible()
    return page


def check(page: Page, at: int) -> str:
    """Note a check of a station in the list with two taps, and return its id."""
    card = page.locator(".staff-near").nth(at)
    card.locator("summary").tap()
    card.get_by_role("button", name="确认").tap()
    return card.get_attribute("data-id") or ""


def test_a_check_takes_two_taps_and_no_position_leaves_the_phone(staff: Staff, site: Served) -> None:
    page = at_the_door(staff, login="chen", role="reviewer", districts=())
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    station_id = check(page, 0)
    expect(page.locator(".staff-near").first).to_contain_text("已保存核对记录")
    expect(page.locator(".staff-near [data-part='checked']").first).to_be_hidden()
    verified = state_of(site.app).snapshot.registry[station_id].verified
    assert verified is not None
    assert (str(verified.on), verified.by) == ("2026-11-23", "staff")
    assert not [each for each in sent if "117" in each or "34.2" in each]
    assert violations(page) == []
    page.get_by_role("radio", name="3 公里内最久没核对的").check()
    expect(page.locator(".staff-near").first).to_contain_text("年多前核对")
    third = page.locator(".staff-near").nth(2)
    said = [third.locator(f"[data-part={part}]").text_content() for part in PARTS]
    assert said[-1]
    page.goto(f"{site.origin}/staff/nearby?q={third.get_attribute('data-id')}")
    same = page.locator(".staff-near")
    assert [same.locator(f"[data-part={part}]").text_content() for part in PARTS] == said  # phone and server agree


def test_checks_wait_for_the_network_and_are_sent_once(staff: Staff, site: Served) -> None:
    page = at_the_door(staff, login="zhao", role="reviewer", districts=(), expected=[ABORTED])
    cut: list[Route] = []
    page.route("**/staff/visits", lambda route: (cut.append(route), route.abort("failed")))
    first, second = check(page, 2), check(page, 3)
    expect(page.locator("#waiting")).to_have_text("2 次核对记在这部手机上，网络恢复后自动送出。")
    expect(page.locator(".staff-near").nth(2)).to_contain_text("等待送出")
    page.unroute("**/staff/visits")
    page.reload()
    expect(page.locator("#waiting")).to_be_hidden()
    registry = state_of(site.app).snapshot.registry
    assert all((found := registry[each].verified) and found.by == "staff" for each in (first, second))
    assert page.evaluate("localStorage.getItem('staff.visits')") is None


def test_without_scripts_all_of_it_works(staff: Staff, site: Served) -> None:
    page = staff("/staff/nearby?q=xz-320302-0007", device=PHONE, java_script_enabled=False).page
    check(page, 0)
    expect(page.get_by_text("已保存核对记录")).to_be_visible()
    page.goto(f"{site.origin}/staff/stations?q=xz-320302-0008")
    page.locator("[name='id']").first.check()
    page.get_by_role("button", name="已核对").click()
    page.get_by_role("button", name="预览").click()
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("已改 1 个站点")).to_be_visible()
