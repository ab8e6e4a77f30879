"""Riders' reports as staff see them, in a real browser: read, decided, led into the form of the station."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from playwright.sync_api import expect

from benchmarks.fixture.browsing import serving
from stationmap.registry.registry import parse
from stationmap.reports.model import Decision, Kind, Report
from stationmap.storage.reports import accepting, deciding
from stationmap.web.access.cookies import TOKEN
from stationmap.web.staff.report_answers import text_of
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NOW, PHONE, Opened, Watched
from tests.conftest import ROOT
from tests.staff import Clock, add_user, begin_session, staff_app, state_of

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}\u202e 找我13800138000"
DEMO = parse((ROOT / "data" / "stations.geojson").read_bytes())
OPEN = [station for station in DEMO.stations if station.schedule.status_then(NOW).state == "open"]
LOCKED, MOVED, THIRD = OPEN[:3]
LARGE = "localStorage.setItem('stationmap.large', '1')"

Staff = Callable[..., Watched]


class Served(NamedTuple):
    origin: str
    app: Flask


def reported(app: Flask, station_id: str, kind: Kind, device: str, at: datetime, **members: Any) -> str:
    """Keep a report as the API does, made at any moment; returns its id."""
    state = state_of(app)
    known: dict[str, Any] = {"details": (), "text": "", "point": None} | members
    report = Report(
        *(str(uuid.uuid4()), station_id, kind, known["details"], known["text"], at, at),
        *("open", kind in ("locked", "open"), device, known["point"], state.snapshot.registry.revision),
    )
    with state.database().writing() as connection:
        digests = {"body_digest": report.id, "code_digest": report.id}
        accepting.keep(connection, state.desk.registry, report, contact="微信 abc", **digests)
    return report.id


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    app = staff_app(tmp_path_factory.mktemp("reports"), DEMO, clock=Clock(NOW))
    state = state_of(app)
    state.journal_head()
    for week in range(1, 9):
        for day in range(week % 4 + 1):
            at = NOW - timedelta(weeks=week, days=day, hours=-day)
            old = reported(app, OPEN[day].id, "locked", f"{week}-{day}", at)
            with state.database().writing() as connection:
                deciding.decide(connection, [old], Decision("fixed", "已提醒。"), by="王", at=at + timedelta(hours=5))
    for device in "abc":
        reported(app, LOCKED.id, "locked", device, NOW - timedelta(minutes=20), text=HOSTILE)
    lon, lat = MOVED.geometry.coordinates
    for device in "de":
        reported(app, MOVED.id, "wrong_place", device, NOW - timedelta(hours=3), point=(lon + 0.001, lat + 0.0005))
    lacks = reported(app, THIRD.id, "lacks", "f", NOW - timedelta(days=3), details=("hot_water", "microwave"))
    with state.database().writing() as connection:
        deciding.decide(connection, [lacks], Decision("fixed", "已修好。"), by="王", at=NOW - timedelta(days=1))
        deciding.reopen(connection, lacks, note="", at=NOW - timedelta(hours=1))
    state.refresh_evidence()
    with serving(app) as origin:
        yield Served(origin, app)


@pytest.fixture
def staff(opened: Opened, site: Served) -> Staff:
    """Open a page as somebody of the staff."""

    def open_page(path: str, login: str = "li", role: Any = "reviewer", **how: Any) -> Watched:
        token = begin_session(site.app, add_user(site.app, login, role=role))
        watched = opened("", at=site.origin, **how)
        watched.page.context.add_cookies([{"name": TOKEN, "value": token, "url": site.origin}])
        watched.page.goto(site.origin + path)
        return watched

    return open_page


@pytest.mark.parametrize(
    ("device", "language", "script"),
    [(PHONE, "zh", LARGE), (DESKTOP, "en", "")],
    ids=["phone-large", "desk-en"],
)
def test_every_page_is_whole_and_for_everybody(
    staff: Staff, site: Served, screens: Path, device: Any, language: str, script: str
) -> None:
    paths = {
        "list": "/staff/reports?status=waiting",
        "group": f"/staff/reports/{LOCKED.id}/locked?",
        "point": f"/staff/reports/{MOVED.id}/wrong_place?",
        "settled": f"/staff/reports/{THIRD.id}/lacks?show=all",
        "trends": "/staff/reports/trends?",
        "form": f"/staff/stations/{LOCKED.id}?reported=locked&propose=closure&mend=closures",
        "work": "/staff?",
    }
    watched = staff("/staff/account", device=device, script=script)
    page, wide = watched.page, device["viewport"]["width"]
    for name, path in paths.items():
        page.goto(f"{site.origin}{path}&lang={language}")
        if name == "point":
            expect(page.locator("#report-map .reports-point")).to_have_count(3)
        assert (name, violations(page)) == (name, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
        assert page.locator("img[src='x']").count() == 0
        text = page.locator("main").inner_text()
        assert "49" not in text.split("{{7*7}}")[0][-2:] and "reports." not in text and "None" not in text, name
        page.screenshot(
            path=screens / f"reports-{name}-{wide}-{language}{'-large' if script else ''}.png", full_page=True
        )


def test_a_group_is_decided_by_keyboard_and_leads_into_the_form(staff: Staff, site: Served) -> None:
    page = staff("/staff/reports").page
    expect(page.locator(".review-station").first).to_contain_text(LOCKED.name)  # riders are warned of it
    page.locator(".review-station a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{LOCKED.id}/locked")
    page.locator("input[name='chosen']").first.check()
    expect(page.locator("input[name='scope'][value='chosen']")).to_be_checked()
    page.locator("input[name='chosen']").first.uncheck()
    expect(page.locator("input[name='scope'][value='all']")).to_be_checked()
    page.locator("#field-template").select_option("told_host")
    expect(page.locator("#field-answer")).to_have_value(text_of("told_host"))
    page.locator("#field-answer").fill("已打电话。")
    page.locator("#field-template").select_option("thanks")
    expect(page.locator("#field-answer")).to_have_value("已打电话。")  # what somebody wrote stays
    page.locator("input[name='status'][value='accepted']").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".staff-banner.is-done")).to_contain_text("3 条反馈：")
    page.get_by_role("link", name="登记临时关闭").click()
    expect(page.locator("#title-reported")).to_contain_text("锁门了")
    row = len(LOCKED.properties.closures)
    expect(page.locator(f"#field-closures\\.{row}\\.from")).to_have_value("2026-11-23")
    tick = page.get_by_role("checkbox", name="已按反馈修改，回复骑手")
    expect(tick).to_be_in_viewport()  # wherever in the long form somebody saves
    tick.check()
    page.locator("#save").click()
    expect(page.locator(".staff-banner").filter(has_text="3 条反馈已回复骑手")).to_be_visible()
    assert state_of(site.app).snapshot.registry[LOCKED.id].properties.closures[row].end is None
