"""Every state of every page, by day and by night: axe finds nothing wrong, nothing sticks out, a picture is kept."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.fixture.browsing import serving
from stationmap.settings import Settings
from stationmap.web import create_app
from tests.browser.conftest import BROKEN, NOT_FOUND, NOW, REFUSED, Opened
from tests.browser.pictures import pictured
from tests.browser.states import DEVICES, HERE, STATES, kept_by_worker, located

VIEWS = [(name, device) for name, state in STATES.items() for device in state.devices]
FULL = ("station", "poster")  # pages that are looked at from top to bottom


@pytest.mark.parametrize(("name", "device"), VIEWS)
def test_a_state_is_accessible(opened: Opened, screens: Path, name: str, device: str) -> None:
    state = STATES[name]
    page = opened(state.path, device=DEVICES[device], **state.context).page
    state.reach(page)
    assert pictured(page, screens / f"{device}-{name}", full=name.startswith(FULL)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_a_wrong_address_is_accessible(opened: Opened, screens: Path, language: str) -> None:
    watched = opened(f"/s/nobody?lang={language}", expected=[NOT_FOUND + "/s/nobody"])
    assert pictured(watched.page, screens / f"phone-404-{language}") == []


def test_the_page_of_a_broken_server_is_accessible(opened: Opened, servers: ExitStack, screens: Path) -> None:
    app = create_app(Settings(), clock=lambda: NOW)
    app.add_url_rule("/broken", view_func=lambda: 1 / 0)
    address = servers.enter_context(serving(app))
    watched = opened("/broken", at=address, expected=[BROKEN + "/broken"])
    assert "服务器出了问题" in watched.page.locator("main").inner_text()
    assert pictured(watched.page, screens / "phone-500") == []


def test_the_page_without_a_server_is_accessible(opened: Opened, screens: Path) -> None:
    # The clock of a service worker cannot be set: here everybody goes by the real one.
    with serving(create_app(Settings())) as address:
        watched = opened(at=address, service_workers="allow", expected=[REFUSED], **HERE)
        page = watched.page
        page.clock.set_system_time(datetime.now(UTC))
        kept_by_worker(page)
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=3))
    page.reload()
    located(page)
    expect(page.locator("#notice")).to_contain_text("数据来自 3 小时前")
    assert pictured(page, screens / "phone-offline") == []
