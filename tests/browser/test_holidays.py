"""Days on which holidays are unstated or not announced: what a row says, and who comes first."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.fixture.browsing import serving
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import dumps
from stationmap.settings import Settings
from stationmap.web import create_app
from tests.apps import registry_of
from tests.browser.conftest import CENTRE, Opened
from tests.strategies import station

HERE = {"geolocation": CENTRE, "permissions": ["geolocation"]}
NEAR, FAR = CENTRE["latitude"] + 0.003, CENTRE["latitude"] + 0.0036  # some 330 and 400 m to the north


@pytest.fixture
def rows(opened: Opened, servers: ExitStack, tmp_path: Path) -> object:
    """Open the finder at a moment over two stations, the nearer and the farther one, by their hours."""

    def open_at(at: datetime, near: str, far: str) -> Page:
        checked = {"on": "2026-09-30", "by": "staff"}
        made = [
            station(name, CENTRE["longitude"], lat, name=name, hours=hours, verified=checked)
            for name, lat, hours in (("near", NEAR, near), ("far", FAR, far))
        ]
        path = tmp_path / "stations.geojson"
        path.write_bytes(dumps(registry_of(made)))
        app = create_app(Settings(registry=path, poll_s=3_600), clock=lambda: at)
        address = servers.enter_context(serving(app))
        page = opened("", at=address, **HERE).page
        page.clock.set_system_time(at)
        page.goto(address)
        page.get_by_role("button", name="用我的位置").click()
        expect(page.locator("#list")).not_to_have_attribute("aria-busy", "true")
        expect(page.locator(".card")).to_have_count(2)
        expect(page.locator(".card .metres").first).to_contain_text("米")
        return page

    return open_at


def test_hours_that_state_holidays_come_before_nearer_ones_that_do_not(rows) -> None:
    page = rows(datetime(2026, 10, 6, 10, tzinfo=ZONE), "Mo-Fr 08:30-17:30", "Mo-Su,PH 08:00-22:00")
    expect(page.locator(".card h2")).to_have_text(["far", "near"])
    expect(page.locator(".card-state").last).to_contain_text("节假日未注明")
    expect(page.locator(".card-state").first).not_to_contain_text("节假日")


@pytest.mark.parametrize("day", [(2027, 2, 9), (2027, 10, 6)])
def test_a_day_that_waits_says_the_usual_hours_and_saying_less_ranks_no_higher(rows, day) -> None:
    page = rows(datetime(*day, 10, tzinfo=ZONE), "Mo-Fr 08:30-17:30; PH off", "Mo-Fr 08:30-17:30")
    expect(page.locator(".card h2")).to_have_text(["near", "far"])
    expect(page.locator(".card-state").first).to_contain_text("平时 08:30-17:30，放假安排未公布")
    expect(page.locator(".card-state").last).to_contain_text("节假日未注明")


def test_an_ordinary_day_of_december_is_one(rows) -> None:
    page = rows(datetime(2026, 12, 18, 10, tzinfo=ZONE), "Mo-Fr 08:30-17:30; PH off", "Mo-Fr 08:30-17:30")
    expect(page.locator(".card h2")).to_have_text(["near", "far"])
    expect(page.locator(".card-state").first).to_contain_text("营业至 17:30")
    expect(page.locator("#list")).not_to_contain_text("未公布")
    expect(page.locator("#list")).not_to_contain_text("节假日")
