"""A real browser behind a proxy that strips, adds, renames, speaks HTTP/1.0 and sends everything twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from benchmarks.fixture.browsing import serving
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.storage.schema import reports
from stationmap.web import create_app
from tests.browser.conftest import NOW, Opened
from tests.rough_proxy import RoughProxy, rough_proxy
from tests.staff import state_of
from tests.test_rough_proxies import all_of_it

STATION = "xz-320302-0003"


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
    place = {"longitude": 117.2876, "latitude": 34.2612}
    page = opened("/", at=at, geolocation=place, permissions=["geolocation"]).page
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
