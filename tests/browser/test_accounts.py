"""The pages about accounts in a browser: by keyboard and finger, at both widths, in both languages, in large type."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from benchmarks.fixture.browsing import serving
from stationmap.accounts import tickets
from tests.apps import registry_of
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NOW, PHONE, Opened
from tests.journaling import one
from tests.staff import Clock, staff_app, state_of

PASSWORD = "brown-kettle-rides-north"
LARGE = "localStorage.setItem('stationmap.large', '1')"
STATUS = "Failed to load resource: the server responded with a status of (400|401|410|422) .*"
PICTURES = os.environ.get("STAFF_PICTURES")

Seen = Callable[[str], None]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = staff_app(tmp_path, registry_of([one("a")]), clock=clock)
    yield made
    state_of(made).database().close()


def look(page: Page, name: str) -> None:
    """Find nothing wrong with what is shown: nothing of axe, nothing wider than the screen."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def press(page: Page, **fields: str) -> None:
    """Fill the form in the middle of a page and send it by the keyboard."""
    for name, text in fields.items():
        page.locator(f"main [name={name}]").fill(text)
    with page.expect_navigation():
        page.locator("main form").first.locator("input:not([type=hidden])").first.press("Enter")


def sign_out(page: Page) -> None:
    with page.expect_navigation():
        page.locator(".staff-sign-out").click()


@pytest.mark.parametrize(
    ("device", "language", "script"), [(PHONE, "zh", LARGE), (DESKTOP, "en", "")], ids=["phone-zh-large", "desktop-en"]
)
def test_accounts_from_the_first_start_to_somebody_who_leaves(
    app: Flask, clock: Clock, opened: Opened, device: dict[str, Any], language: str, script: str
) -> None:
    with serving(app) as origin:
        page = opened("", at=origin, device=device, script=script, expected=[STATUS]).page

        def go(path: str) -> None:
            page.goto(f"{origin}{path}{'&' if '?' in path else '?'}lang={language}")

        def seen(name: str) -> None:
            look(page, f"{name}-{language}")

        _first_account(page, app, clock, go, seen)
        _second_factor(page, clock, go, seen)
        _other_accounts(page, go, seen)
        _refusals(page, clock, go, seen)


def _first_account(page: Page, app: Flask, clock: Clock, go: Seen, seen: Seen) -> None:
    with state_of(app).database().writing() as connection:
        token = tickets.issue(connection, "setup", at=clock.at)
    go(f"/staff/setup/{token}")
    press(page, login="Wang", name="王 <b>伟</b>", password="password")
    seen("set-up")
    press(page, password=PASSWORD)
    expect(page.locator(".staff-sign-out")).to_contain_text("王 <b>伟</b>")
    go(f"/staff/setup/{token}")
    seen("link-ended")
    sign_out(page)
    press(page, login="wang", password="wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    seen("sign-in")
    press(page, password=PASSWORD)
    go("/staff/account")
    seen("account")
    go("/staff/account/password")
    seen("change-password")


def _second_factor(page: Page, clock: Clock, go: Seen, seen: Seen) -> None:
    go("/staff/account/second-factor")
    seen("second-factor")
    phone = pyotp.TOTP((page.locator("code").text_content() or "").replace(" ", ""))
    press(page, code=phone.at(clock.at))
    seen("recovery-codes")
    sign_out(page)
    clock.at += timedelta(seconds=30)
    press(page, login="wang", password=PASSWORD)
    seen("code")
    press(page, code=phone.at(clock.at))
    clock.at += timedelta(minutes=16)
    go("/staff/users/add")
    seen("prove")
    page.locator("main [name=code]").fill(phone.at(clock.at))
    press(page, password=PASSWORD)
    expect(page.locator("main [name=login]")).to_be_visible()


def _other_accounts(page: Page, go: Seen, seen: Seen) -> None:
    page.locator("main [name=district]").first.check()
    press(page, login="wang", name="李")
    seen("add-user")
    press(page, login="li")
    seen("link")
    go("/staff/users")
    seen("users")
    with page.expect_navigation():
        page.get_by_role("link", name="李", exact=True).click()
    seen("user")
    go("/staff/users/events")
    seen("events")
    go("/staff/account")
    seen("account-full")


def _refusals(page: Page, clock: Clock, go: Seen, seen: Seen) -> None:
    page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(each => each.value = 'of yesterday')")
    sign_out(page)
    seen("stale")
    go("/staff/account/password")
    clock.at += timedelta(hours=1)
    press(page, present="x", password="y")
    seen("signed-out")
