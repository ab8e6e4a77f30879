"""No page loads itself anew twice without being asked, and none asks without end, whatever the server answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, expect

from tests.browser.states import STATION
from tests.browser.test_offline import WITHOUT_WORKERS, Phone, Server, app, keep, phone  # noqa: F401  a fixture

LOOKED_AT_S = 15  # by the clocks of the pages
STEP_S, STEP_MS = 2, 300  # theirs and ours
QUIET_STEPS, MOST_STEPS = 3, 40
MOST_PAGES, MOST_REQUESTS = 2, 40
SEEN_AGAIN = "() => document.dispatchEvent(new Event('visibilitychange'))"

Change = Callable[[WSGIEnvironment], WSGIApplication | None]


class Broken:
    """An application of which some answers are others: what `change` makes of a request, where it makes something."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.change: Change = lambda _: None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self.change(environ) or self._application)(environ, start_response)


def answering(status: str, content: bytes = b"no", **headers: str) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = {"Content-Type": "text/plain", "Cache-Control": "no-store", **headers}
        start_response(status, [(name.replace("_", "-"), value) for name, value in given.items()])
        return [content]

    return answer


def is_page(environ: WSGIEnvironment) -> bool:
    return environ.get("HTTP_SEC_FETCH_DEST") == "document" or environ["PATH_INFO"] == STATION


FAILS = answering("500 Internal Server Error")
GONE = answering("404 Not Found")
feeds, workers, turns = itertools.count(), itertools.count(), itertools.count()


def fail_pages_in_turn(environ: WSGIEnvironment) -> WSGIApplication | None:
    """Fail when the page is asked for, and answer when the page asks whether anybody answers."""
    return FAILS if "/s/" in environ["PATH_INFO"] and next(turns) % 2 == 0 else None


def other_feed(environ: WSGIEnvironment) -> WSGIApplication | None:
    if environ["PATH_INFO"] != "/api/v1/feed":
        return None
    content = b'{"format":1,"too_large":true,"stations":{},"districts":[],"days":14,"count":0,"readings":{},"start":""}'
    return answering("200 OK", content, Content_Type="application/json", ETag=f'"{next(feeds)}"')


def other_worker(environ: WSGIEnvironment) -> WSGIApplication | None:
    if environ["PATH_INFO"] != "/sw.js":
        return None
    content = f"skipWaiting(); onactivate = (e) => e.waitUntil(clients.claim()); // {next(workers)}"
    return answering("200 OK", content.encode(), Content_Type="text/javascript")


CASES: dict[str, tuple[str, Change]] = {
    "no id": ("/s/", lambda _: None),
    "no id, in English": ("/s/?lang=en", lambda _: None),
    "a withdrawn id": ("/s/withdrawn", lambda _: None),
    "an id cut off": ("/s/xz-3203", lambda _: None),
    "an id cut off within a letter": ("/s/%E5%BE", lambda _: None),
    "every answer fails": ("/s/nobody", lambda _: FAILS),
    "pages fail, answers come": ("/s/nobody", fail_pages_in_turn),
    "the feed fails": ("/", lambda environ: FAILS if "/feed" in environ["PATH_INFO"] else None),
    "every feed is another": ("/", other_feed),
    "every worker is another": ("/", other_worker),
}


def look_on(looked_at: dict[str, tuple[Page, list[Request]]]) -> None:
    """Let time pass for all pages, faster than it does, until none has asked for anything for a while."""
    quiet, before = 0, -1
    for step in range(MOST_STEPS):
        for page, _ in looked_at.values():
            page.clock.run_for(STEP_S * 1_000)
        page.wait_for_timeout(STEP_MS)
        asked = sum(len(requests) for _, requests in looked_at.values())
        quiet, before = (quiet + 1 if asked == before else 0), asked
        if quiet >= QUIET_STEPS and step * STEP_S >= LOOKED_AT_S:
            return
    pytest.fail(f"they ask without end: { {name: len(asked) for name, (_, asked) in looked_at.items()} }")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", ["", WITHOUT_WORKERS], ids=["workers", "no workers"])
def test_no_page_loads_itself_anew_twice_and_none_asks_without_end(app: Flask, phone: Phone, script: str) -> None:  # noqa: F811
    looked_at: dict[str, tuple[Page, list[Request]]] = {}
    servers = []
    try:
        for name, (path, change) in CASES.items():
            application = Broken(app)
            server: Any = Server(application)  # type: ignore[arg-type]
            servers.append(server)
            page = phone(script)
            if not script:
                keep(page, server.origin)
            application.change = change
            page.goto("about:blank")
            asked: list[Request] = []
            page.on("request", lambda request, asked=asked: asked.append(request))
            page.goto(server.origin + path, wait_until="commit")
            looked_at[name] = page, asked
        look_on(looked_at)
        found = {
            name: (sum(each.is_navigation_request() for each in asked), len(asked))
            for name, (_, asked) in looked_at.items()
        }
        assert {
            name: counts for name, counts in found.items() if counts[0] > MOST_PAGES or counts[1] > MOST_REQUESTS
        } == {}
        for name in ("no id", "no id, in English"):
            page, _ = looked_at[name]
            assert page.evaluate("location.pathname") == "/"
            expect(page.locator("#list li").first).to_be_visible()
    finally:
        for server in servers:
            server.stop()


def test_a_page_of_a_station_that_is_said_to_be_gone_asks_once_and_stays(app: Flask, phone: Phone) -> None:  # noqa: F811
    application = Broken(app)
    server = Server(application)  # type: ignore[arg-type]
    try:
        page = phone(WITHOUT_WORKERS)
        page.goto(server.origin + STATION)
        expect(page.locator("main[data-at]")).to_be_visible()
        # Gone for who asks beside the page, there for who opens it.
        application.change = lambda environ: (
            None
            if environ.get("HTTP_SEC_FETCH_DEST") == "document"
            else (GONE if environ["PATH_INFO"] == STATION else None)
        )
        pages: list[Request] = []
        page.on("request", lambda request: request.is_navigation_request() and pages.append(request))
        for _ in range(4):
            page.clock.fast_forward(120_000)
            page.evaluate(SEEN_AGAIN)
            page.wait_for_timeout(1_000)
        assert len(pages) == 1
        expect(page.locator("#stale")).to_be_visible()
    finally:
        server.stop()
