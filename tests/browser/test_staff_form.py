"""The form of a station in a browser: by finger and by keyboard, without a network, after a session that ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from benchmarks.fixture.browsing import serving
from stationmap.registry.model import Station
from stationmap.web.access.cookies import TOKEN
from tests.apps import registry_of
from tests.browser import axe
from tests.browser.conftest import DESKTOP, OFFLINE, PHONE, Opened, Watched
from tests.journaling import one
from tests.staff import add_user, begin_session, signed_in, staff_app, state_of
from tests.test_staff_form import HOSTILE, RICH

REFUSED = [
    f"Failed to load resource: the server responded with a status of {status} .*" for status in (400, 401, 409, 422)
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    texts = (
        "name",
        "name_en",
        "address",
        "directions",
        "hours_source",
        "phone",
        "host",
        "managed_by",
        "level",
        "photo",
    )
    hostile = one(
        "bad",
        **dict.fromkeys(texts, HOSTILE),
        aliases=[HOSTILE],
        services=[HOSTILE],
        facilities={HOSTILE: True},
        access={"who": "public", "note": HOSTILE},
        closures=[{"from": "2026-12-01", "reason": HOSTILE}],
        verified={"on": "2026-10-01", "by": "rider", "how": HOSTILE},
        source_columns={HOSTILE: HOSTILE},
    )
    stations = [RICH, hostile, *(one(each, district="320302") for each in ("a", "b", "c", "d", "e"))]
    made = staff_app(tmp_path_factory.mktemp("form"), registry_of(stations))
    yield made
    state_of(made).database().close()


@pytest.fixture(scope="module")
def at(app: Flask) -> Iterator[str]:
    with serving(app.wsgi_app) as address:
        yield address


@pytest.fixture
def form(app: Flask, at: str, opened: Opened) -> Any:
    """Open a page of staff as somebody who is signed in, and wait for its scripts."""

    def open_form(path: str, *, is_ready: bool = True, **device: Any) -> Watched:
        cookie = {"name": TOKEN, "value": begin_session(app, add_user(app)), "url": at}
        device["storage_state"] = {"cookies": [], "origins": []}
        watched: Watched = opened("", at=at, **device)
        watched.page.context.add_cookies([cookie])
        watched.page.goto(f"{at}/staff/stations/{path}")
        if is_ready:
            expect(watched.page.locator("#station-form.is-ready")).to_be_attached()
        return watched

    return open_form


def station(app: Flask, station_id: str) -> Station:
    return state_of(app).snapshot.registry[station_id]


def save(page: Page) -> None:
    page.locator("#save").click()
    expect(page.locator(".staff-banner.is-done")).to_be_visible()


def again(page: Page) -> Page:
    """Open the address of a page anew, in a browser that crashed before."""
    made = page.context.new_page()
    made.goto(page.url)
    page.close()
    return made


@pytest.mark.parametrize(
    ("path", "device", "is_large"),
    [
        ("bad?mend=hours", PHONE, False),
        ("bad?lang=en", DESKTOP, False),
        ("rich?lang=en", PHONE, True),
        ("new", DESKTOP, True),
    ],
)
def test_the_form_is_for_everyone(form: Any, path: str, device: dict[str, Any], is_large: bool) -> None:
    page = form(path, device=device).page
    if is_large:
        page.locator("#large").click()
    page.locator("details").evaluate_all("all => all.forEach(each => (each.open = true))")
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


OLD_DRAFTS = """
if (!localStorage.getItem("seeded")) {
  localStorage.setItem("seeded", "yes");
  localStorage.setItem("stationmap.draft.1.a", '{"atMs": 0, "entries": [["name", "old"]]}');
  localStorage.setItem("stationmap.draft.9.b", "no draft");
  localStorage.setItem("stationmap.draft.9.c", `{"atMs": ${Date.now()}, "entries": [["name", "of somebody else"]]}`);
}
"""


def test_a_station_is_mended_by_keyboard(app: Flask, form: Any) -> None:
    page = form("a", device=DESKTOP, script=OLD_DRAFTS).page
    kept = "Object.keys(localStorage).filter(name => name.includes('draft'))"
    assert page.evaluate(kept) == ["stationmap.draft.9.c"]  # for thirty days, and for whom it belongs to
    expect(page.locator(".form-draft")).to_have_count(0)
    page.locator("#hours-preset").select_option("lunch_gap")
    expect(page.locator("[data-days]")).to_contain_text("08:30–12:00 14:00–18:00")
    expect(page.locator("[data-understood]")).to_contain_text("Mo-Fr 08:30-12:00,14:00-18:00; PH off")
    page.locator(".form-by-days summary").click()
    page.get_by_label("第 1 段 开门").fill("07:00")
    page.get_by_label("第 1 段 关门").fill("19:30")
    page.get_by_text("写进开放时间").click()
    expect(page.locator("#field-hours")).to_have_value("周一至周五7:00-19:30")
    page.locator("#field-hours").fill("周一至周五7点到5点半")
    page.get_by_text("就是这样").click()
    expect(page.locator("[data-understood]")).to_contain_text("Mo-Fr 07:00-17:30")
    expect(page.locator("[data-perhaps]")).to_be_empty()
    page.locator("#field-hours").fill("周一至周五7:00-19:30")
    pin = page.locator(".form-pin")
    pin.focus()
    before = page.locator("#field-lat").input_value()
    page.keyboard.press("ArrowUp")
    assert float(page.locator("#field-lat").input_value()) > float(before)
    expect(page.locator("#field-position_how")).to_have_value("map_pick")
    page.locator("#field-facilities\\.wifi input[value=yes]").check(force=True)
    page.get_by_text("再加一段关闭").click()
    page.locator("[name='closures.1.from']").fill("2026-12-01")
    page.locator("[name='closures.1.open_ended']").check(force=True)
    page.locator("[name='closures.1.to']").fill("2026-12-02")
    expect(page.locator("[data-days] .is-closed")).to_have_count(6)
    page.locator("#field-phone").fill("0516-83730001")
    page.locator("#field-phone").press("Enter")
    expect(page.locator(".staff-banner.is-done")).to_contain_text("已保存")
    found = station(app, "a")
    assert (found.hours, found.facilities, len(found.closures)) == ("Mo-Fr 07:00-19:30", {"wifi": True}, 1)
    assert found.position.lat > 34.2 and found.properties.phone == "0516-83730001"


AT_THE_DOOR = {"longitude": 117.21, "latitude": 34.27, "accuracy": 8}


def test_the_id_of_a_new_station_goes_with_its_district_and_a_rough_position_is_not_taken(form: Any) -> None:
    inside = {**AT_THE_DOOR, "accuracy": 800}
    page = form("new", device=PHONE, geolocation=inside, permissions=["geolocation"]).page
    id_before = page.locator("#field-id").input_value()
    page.locator("#field-district").select_option("320311")
    expect(page.locator("#field-id")).not_to_have_value(id_before)
    page.locator("#field-id").fill("my-own")
    page.locator("#field-district").select_option("320302")
    page.get_by_text("用我现在的位置").click()
    expect(page.locator("#position-told")).to_contain_text("误差太大")
    expect(page.locator("#field-lon")).to_have_value("")
    expect(page.locator("#field-id")).to_have_value("my-own")


def test_a_pasted_link_moves_the_pin_and_an_address_is_looked_up(app: Flask, form: Any) -> None:
    page = form("b", device=PHONE, geolocation=AT_THE_DOOR, permissions=["geolocation"]).page
    page.get_by_text("用我现在的位置").click()
    expect(page.locator("#field-lon")).to_have_value("117.210000")
    expect(page.locator("#field-position_how")).to_have_value("survey")
    page.locator("#field-place").fill("https://uri.amap.com/marker?position=117.3059,34.2588")
    told = page.locator("#position-told")
    expect(told).to_contain_text("GCJ-02，高德")
    page.locator("#field-place").fill("https://surl.amap.com/abc")
    expect(told).to_contain_text("短链接")
    page.locator("#field-place").fill("34.26,117.3")
    expect(told).to_contain_text("坐标系")
    page.locator("#field-place_datum").select_option("wgs84")
    expect(told).to_contain_text("已对调")
    page.locator("#field-address").fill("徐州市鼓楼区站 c")
    page.get_by_text("按地址找位置").click()
    expect(told.get_by_role("link")).to_have_count(3)
    expect(told.get_by_role("button", name="站 c")).to_be_visible()
    save(page)
    assert station(app, "b").geometry.coordinates == (117.3, 34.26)
    located = station(app, "b").properties.located
    assert located is not None and (located.how, located.datum) == (None, "wgs84")


def test_nothing_typed_is_lost_without_a_network_and_two_taps_are_one_change(app: Flask, form: Any) -> None:
    watched = form("c", device=PHONE)
    watched.expects(OFFLINE)
    page = watched.page
    page.locator("#field-host").fill("市民广场")
    page.context.set_offline(True)
    page.locator("#save").click()
    expect(page.locator("#form-state")).to_contain_text("没有网络")
    page.locator("#field-directions").fill("东门")
    page.context.set_offline(False)
    expect(page.locator(".staff-banner.is-done")).to_contain_text("已保存")
    assert (station(app, "c").properties.host, station(app, "c").properties.directions) == ("市民广场", "东门")
    assert page.evaluate("Object.keys(localStorage).filter(name => name.includes('draft'))") == []
    page.locator("#field-host").fill("广场")
    page.locator("#save").dblclick()
    expect(page.locator(".staff-banner.is-done")).to_contain_text("已保存：依托单位")
    expect(page.locator(".form-history > li")).to_have_count(2)


def test_a_session_that_ends_while_typing_loses_nothing(app: Flask, at: str, form: Any) -> None:
    watched = form("d", device=PHONE)
    watched.expects(*REFUSED)
    page = watched.page
    page.locator("#field-host").fill(HOSTILE)
    page.locator("#field-facilities\\.toilet input[value=no]").check(force=True)
    page.locator("[name='closures.0.from']").fill("2026-12-24")
    page.locator("#field-place").fill("https://uri.amap.com/marker?position=117.3059,34.2588")
    page.context.clear_cookies()
    page.locator("#save").click()
    link = page.locator("#form-state a")
    expect(link).to_be_focused()
    assert "/staff/sign-in?next=" in (link.get_attribute("href") or "")
    link.click()
    expect(page.locator("[name=password]")).to_be_visible()
    # Signed in again, in this browser: the token of forms is another one, too.
    page.context.add_cookies([{"name": TOKEN, "value": begin_session(app, add_user(app)), "url": at}])
    page.goto(f"{at}/staff/stations/d")
    expect(page.locator(".form-draft")).to_contain_text("找回了")
    expect(page.locator("#field-host")).to_have_value(HOSTILE)
    expect(page.locator("#field-facilities\\.toilet input[value=no]")).to_be_checked()
    expect(page.locator("#position-told")).to_contain_text("高德")
    # What is wrong with it is a page of the server, with everything in it.
    page.locator("#save").click()
    expect(page.locator(".staff-problems")).to_contain_text("请填到哪天")
    expect(page.locator(".staff-problems")).to_be_focused()
    assert axe.violations(page) == []
    page.locator("[name='closures.0.open_ended']").check(force=True)
    page.context.clear_cookies(name="form")
    save(page)
    assert station(app, "d").properties.host == HOSTILE and station(app, "d").closures[0].end is None


def test_a_draft_meets_what_others_did_meanwhile(app: Flask, form: Any) -> None:
    watched = form("e", device=DESKTOP)
    watched.expects(*REFUSED)
    page = watched.page
    page.locator("#field-phone").fill("0516-2222222")
    page.locator("#field-host").fill("我写的")
    expect(page.locator("#save")).to_be_visible()
    page.wait_for_timeout(500)
    other = signed_in(app, "zhao")
    from tests.test_staff_form import opened as fields_of
    from tests.test_staff_form import sent

    assert sent(other, "e", fields_of(other, "e"), phone="0516-1111111", level="一星级").status_code == 303
    page = again(page)
    expect(page.locator(".form-draft")).to_be_visible()
    page.locator("#save").click()
    expect(page.locator("h1")).to_contain_text("别人也改了同一项")
    assert axe.violations(page) == []
    page.locator(".form-version").nth(1).click()
    page.get_by_text("按所选保存").click()
    expect(page.locator(".staff-banner.is-done")).to_contain_text("已保存")
    known = station(app, "e").properties
    assert (known.phone, known.host, known.level) == ("0516-2222222", "我写的", "一星级")
    expect(page.locator("#station-form.is-ready")).to_be_attached()
    expect(page.locator(".form-draft")).to_have_count(0)
    page.locator("#field-host").fill("不要的")
    page.wait_for_timeout(500)
    page = again(page)
    page.get_by_label("删掉本机没保存的内容（1 份）").check(force=True)
    page.locator(".staff-menu [data-drafts]").evaluate("form => form.dispatchEvent(new Event('submit'))")
    assert page.evaluate("Object.keys(localStorage).filter(name => name.includes('draft'))") == []
    page.get_by_text("不要了，看现在的").click()
    expect(page.locator("#field-host")).to_have_value("我写的")
    expect(page.locator(".form-draft")).to_have_count(0)
