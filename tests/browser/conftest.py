"""A real Chromium on a real server, with the clock of both at one moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from benchmarks.fixture.browsing import ARGUMENTS, HEADLESS_SHELL, serving
from stationmap.formats.feed import MAX_STATIONS
from stationmap.settings import Settings
from stationmap.web import create_app
from tests.conftest import ROOT

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Xuzhou
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
SCREENS = ROOT / "artifacts" / "screens"

# What a browser says of an address, before the address: without a network, without a server, of a request that a test
# lets fail, of a status.
OFFLINE, REFUSED, ABORTED = (
    f"Failed to load resource: net::ERR_{why} " for why in ("INTERNET_DISCONNECTED", "CONNECTION_REFUSED", "FAILED")
)
NOT_FOUND, BROKEN, BUSY = (
    f"Failed to load resource: the server responded with a status of {status} .*" for status in (404, 500, 503)
)

BLOCKED_WORKER = "Service Worker registration blocked by Playwright"  # its own words where a test wants none

PATIENCE_MS = 30_000  # a busy machine is no failure
expect.set_options(timeout=PATIENCE_MS)

HOSTILE_NUMBER, HOSTILE_NAME = 4, '<img src=x onerror="window.__hacked=1">{{7*7}}'

CENTRE = {"longitude": 117.2, "latitude": 34.26}


class Watched:
    """A page together with everything it complained about and every request that left for another host.

    A test fails for each of them (`faults`) but for those it expects.
    """

    def __init__(self, page: Page, origin: str, expected: Iterable[str] = ()) -> None:
        self.page = page
        self.origin = origin
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self._expected = list(expected)
        self._own = (f"{origin}/", "data:", "file:", "blob:")
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._take(str(error), self.complaints))
        page.on("dialog", self._refuse)
        page.on("request", self._note)

    def expects(self, *patterns: str) -> None:
        """Let complaints and requests to other hosts in which one of the patterns is found be no faults.

        This holds from now on until the page is closed, as a browser may report a failed request long after it: call it
        before the cause. A complaint of the browser ends with the address it is about.
        """
        self._expected += patterns

    def _take(self, line: str, kept: list[str]) -> None:
        kept.append(line)
        if not any(re.search(pattern, line) for pattern in self._expected):
            self.faults.append(line)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and BLOCKED_WORKER not in message.text:
            self._take(f"{message.type}: {message.text} {message.location['url']}", self.complaints)

    def _refuse(self, dialog: Any) -> None:
        self._take(f"dialog: {dialog.message}", self.complaints)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith(self._own):
            self._take(request.url, self.strangers)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if HEADLESS_SHELL is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=HEADLESS_SHELL, args=ARGUMENTS)
        yield launched
        launched.close()


def served(settings: Settings) -> AbstractContextManager[str]:
    """Serve a registry at the moment `NOW`, and give the origin."""
    return serving(create_app(settings, clock=lambda: NOW))


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    """The demonstration registry, served with the online layers an operator may enable."""
    settings = Settings(
        travel="walk",
        online_layers=("tianditu", "amap", "osm"),
        tianditu_key="abc1",
        map_approval="苏S(2026)001号",
        layer_approvals={"tianditu": "GS(2026)2号", "amap": "GS(2026)3号"},
    )
    with served(settings) as address:
        yield address


Opened = Callable[..., Watched]
Browsing = Callable[..., Watched]


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    """Servers of a test alone. They outlast its pages, which may still be asking for something when the test ends."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def opened(browser: Browser, origin: str, servers: ExitStack) -> Iterator[Opened]:
    """Open a page in a context of its own; afterwards it must have complained of nothing and asked no other host.

    Service workers are off unless a test asks for them: what one keeps would outlive what a test is about.
    """
    contexts: list[BrowserContext] = []
    pages: list[Watched] = []

    def open_page(
        path: str = "/",
        *,
        device: dict[str, Any] = PHONE,
        at: str = origin,
        script: str = "",
        expected: Iterable[str] = (),
        **context: Any,
    ) -> Watched:
        made = browser.new_context(**{"locale": "zh-CN", "service_workers": "block", **device, **context})
        contexts.append(made)
        # No test may reach the network, whatever a page tries.
        made.route(lambda url: not url.startswith((at, "file:", "data:")), lambda route: route.abort())
        made.add_init_script(script)
        watched = Watched(made.new_page(), at, expected)
        watched.page.set_default_timeout(PATIENCE_MS)
        watched.page.clock.install(time=NOW)
        pages.append(watched)
        if path:
            watched.page.goto(path if "://" in path else at + path)
        return watched

    yield open_page
    for context in contexts:
        context.close()
    assert [watched.faults for watched in pages if watched.faults] == []


@pytest.fixture
def browsing(opened: Opened) -> Browsing:
    """Open a page in a browser that a script has changed before anything of the page ran; nothing yet for path ""."""

    def browse(script: str, path: str = "/", **context: Any) -> Watched:
        return opened(path, script=script, **context)

    return browse


@pytest.fixture(scope="session")
def large_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with one station more than a phone is sent; half are for staff, one has a hostile name."""
    features = [
        {
            "type": "Feature",
            "id": f"s{number}",
            "geometry": {"type": "Point", "coordinates": [117.2 + number % 200 / 1000, 34.2 + number // 200 / 1000]},
            "properties": {
                "name": HOSTILE_NAME if number == HOSTILE_NUMBER else f"站{number}",
                "category": "carnation" if number % 2 else "culture",
                "district": "320302",
                "access": {"who": "staff" if number % 2 else "public"},
            },
        }
        for number in range(MAX_STATIONS + 1)
    ]
    file = tmp_path_factory.mktemp("large") / "stations.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "stationmap": {"format": 1}, "features": features}))
    with served(Settings(registry=file)) as address:
        yield address


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where pictures of the main states are kept, to be looked at."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    return SCREENS
