"""A real browser behind a proxy that strips, adds, renames, speaks HTTP/1.0 and sends everything twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, expect

from benchmarks.fixture.browsing import serving
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.storage.schema import reports
from stationmap.web import create_app
from tests.browser.conftest import NOW, Opened
from tests.rough_proxy import Came, Passed, RoughProxy, rough_proxy
from tests.staff import state_of
from tests.test_rough_proxies import all_of_it

STATION = "xz-320302-0003"
WHERE: dict[str, Any] = {
    "geolocation": {"longitude": 117.2876, "latitude": 34.2612},
    "permissions": ["geolocation"],
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    registry = Path(shutil.copy(demo_registry(), tmp_path))
    made = create_app(Settings(registry=registry, data=tmp_path), clock=lambda: NOW, writable=True)
    yield made
    state_of(made).database().close()


@pytest.fixture
def proxy(app: Flask) -> Iterator[RoughProxy]:
    with serving(app) as origin, rough_proxy(urlsplit(origin).port or 0) as running:
        running.on_request = all_of_it
        running.http_version, running.times = 10, 2
        running.on_answer = lambda _, came: came._replace(headers=[(name.lower(), text) for name, text in came.headers])
        yield running


def test_a_rider_finds_a_station_and_reports_it_once(app: Flask, proxy: RoughProxy, opened: Opened) -> None:
    at = f"http://127.0.0.1:{proxy.port}"
    page = opened("/", at=at, **WHERE).page
    page.locator("#locate").click()
    expect(page.locator("#list li").first).to_contain_text("公里")
    page.goto(f"{at}/s/{STATION}")
    page.locator("[data-report]").click()
    page.locator("[data-kind=locked]").click()
    expect(page.locator(".report-receipt")).to_contain_text("回执")
    with state_of(app).database().reading() as connection:
        kept = connection.execute(sa.select(reports)).all()
    assert [row.station_id for row in kept] == [STATION]
    sent = json.dumps([passed.path for passed in proxy.passed])
    assert "117.28" not in sent and "34.26" not in sent  # where the rider is stays on the phone


def test_a_feed_that_came_cut_does_not_stay_in_the_browser_s_cache(proxy: RoughProxy, browser: Browser) -> None:
    at, statuses = f"http://127.0.0.1:{proxy.port}/", list[int]()

    def cutting(passed: Passed, came: Came) -> Came:
        if passed.path != "/api/v1/feed":
            return came
        statuses.append(came.status)
        return came if len(statuses) > 1 else came._replace(body=came.body[: len(came.body) // 2])

    proxy.forget()
    proxy.on_answer = cutting
    # Without the fixture that watches pages: a browser whose requests are looked at has no cache.
    context = browser.new_context(service_workers="block", **WHERE)
    page = context.new_page()
    for _ in range(2):
        page.goto(at)
        page.locator("#locate").click()
        expect(page.locator("#list li").first).to_contain_text("公里")
    context.close()
    assert statuses == [200, 200, 304]  # half of it, all of it, and the server's word that it is the newest
