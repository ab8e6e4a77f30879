"""The page that a proxy shows while no server answers: alone, in large type, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from benchmarks.fixture.browsing import serving
from tests.browser.axe import violations
from tests.browser.conftest import BUSY, DESKTOP, PHONE, Watched
from tests.conftest import ROOT

PAGE = (ROOT / "deploy/maintenance.html").read_bytes()
SIZES = "() => [...document.querySelectorAll('body *')].map((each) => parseFloat(getComputedStyle(each).fontSize))"


def proxy(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer everything as a proxy does whose server is away."""
    start_response("503 Service Unavailable", [("Content-Type", "text/html"), ("Retry-After", "120")])
    return [PAGE]


@pytest.mark.parametrize(("device", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"])
def test_who_comes_while_no_server_answers_reads_what_to_do(
    opened: Callable[..., Watched], device: dict[str, Any], scheme: str
) -> None:
    with serving(proxy) as origin:
        watched = opened("/staff/stations?page=2", at=origin, device=device, color_scheme=scheme, expected=[BUSY])
        page = watched.page
        assert violations(page) == []
        assert min(page.evaluate(SIZES)) >= 18
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert {request.url for request in watched.requests} <= {page.url, f"{origin}/favicon.ico"}
        again = page.get_by_role("link")
        assert [each.bounding_box()["height"] >= 60 for each in again.all()] == [True, True]  # type: ignore[index]
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "再试一次"
        with page.expect_navigation(url=f"{origin}/staff/stations?page=2"):
            page.keyboard.press("Enter")
