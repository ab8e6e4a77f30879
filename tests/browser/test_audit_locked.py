"""What locked doors cost, on the page of the audit: told where riders reported them, and where nobody did."""

from __future__ import annotations

import re
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import dumps
from stationmap.reports.model import Report
from stationmap.settings import Settings
from stationmap.storage.database import Database
from stationmap.storage.reports import accepting
from stationmap.web.audit import locked_doors
from tests.apps import registry_of
from tests.browser.axe import violations
from tests.browser.conftest import BUSY, NOW, PHONE, Opened, served
from tests.strategies import station

HOSTILE = "<img src=x onerror=alert(1)>"


def report_locked(folder: Path, station_id: str) -> None:
    """Let three devices report a station locked on Friday at nine."""
    at = (NOW - timedelta(days=3)).astimezone(ZONE).replace(hour=9)
    with closing(Database.in_folder(folder / "data")) as database, database.writing() as connection:
        for number in range(3):
            name = f"{station_id}{number}"
            said = Report(name, station_id, "locked", (), "", at, at, "open", True, f"device-{number}", None, "r")
            path = str(folder / "stations.geojson")
            accepting.keep(connection, path, said, body_digest="b", code_digest=name)


def study(page: Page, radius: str) -> None:
    page.locator("#radius-number").fill(radius)
    page.locator("#radius-number").press("Enter")
    page.clock.run_for(2_000)


def test_the_page_tells_what_locked_doors_cost_and_no_figure_where_none_is_known(
    opened: Opened, servers: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_doors, "KEPT_S", 0.0)
    stations = [
        station("a", 117.18, 34.26, name=HOSTILE, hours="Mo-Fr 09:00-17:00"),
        station("b", 117.3, 34.2, hours="24/7"),
        station("c", 117.3, 34.3, hours="24/7", access={"who": "staff"}),
    ]
    (tmp_path / "stations.geojson").write_bytes(dumps(registry_of(stations)))
    settings = Settings(registry=tmp_path / "stations.geojson", data=tmp_path / "data", poll_s=3_600)
    address = servers.enter_context(served(settings))
    page = opened("/audit?lang=en", at=address, device=PHONE, expected=[BUSY + "/audit/"]).page
    page.wait_for_selector("body[data-ready]", timeout=60_000)
    page.clock.run_for(2_000)
    expect(page.locator("#locked-told")).to_contain_text("Since 2026-09-28 no station was reported locked")
    expect(page.locator("#locked-figures")).to_be_hidden()
    report_locked(tmp_path, "c")  # where riders may not go in: nothing is lost by its door
    study(page, "950")
    expect(page.locator("#locked-told")).to_contain_text("posted open: 1. They are not surely usable")
    report_locked(tmp_path, "a")
    study(page, "900")
    expect(page.locator("#locked-told")).to_contain_text("Most are lost at Fri 09:00:")
    expect(page.locator("#locked-since")).to_contain_text("at least 3 phones")
    (field,) = page.locator("td.heat-marked").all()
    assert re.fullmatch(r"Fri 09:00 \d+\.\d %, as riders found it \d+\.\d %", field.get_attribute("aria-label") or "")
    expect(page.locator("#heat-key")).to_contain_text("Lower as riders found it")
    expect(page.locator("#locked-districts tbody tr")).to_have_count(11)
    (row,) = page.locator("#locked-stations tbody tr").all()
    expect(row).to_contain_text(HOSTILE)
    expect(row).to_contain_text("Fri 09–10")
    assert row.locator("a").get_attribute("href") == "/s/a"
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#gap-table").evaluate("table => table.remove()")  # a hundred rows alike; another test looks at them
    assert violations(page) == []
    page.goto("about:blank")
