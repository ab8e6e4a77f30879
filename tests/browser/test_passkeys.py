"""Passkeys in Chromium with a virtual authenticator: made, shown, worth nothing twice, elsewhere or when copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from benchmarks.fixture.browsing import serving
from stationmap.accounts import events
from stationmap.storage.schema import passkeys
from stationmap.web.access.cookies import TOKEN
from tests.apps import registry_of
from tests.browser.conftest import DESKTOP, NOW, Opened
from tests.browser.test_accounts import look, sign_out
from tests.journaling import one
from tests.staff import Clock, add_user, begin_session, form_token, staff_app, state_of

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = staff_app(tmp_path, registry_of([one("a")]), clock=Clock(NOW))
    yield made
    state_of(made).database().close()


def kinds(app: Flask) -> list[str]:
    with state_of(app).database().reading() as connection:
        return [event.kind for event in reversed(events.listed(connection))]


def use_passkey(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#passkey button").click()


def test_a_passkey_opens_the_account_of_its_owner_and_nothing_else(app: Flask, opened: Opened) -> None:
    with serving(app) as served:
        origin = served.replace("127.0.0.1", "localhost")
        watched = opened("", at=origin, device=DESKTOP)
        page = watched.page
        cdp = page.context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        device = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
        token = begin_session(app, add_user(app, "wang"))
        page.context.add_cookies([{"name": TOKEN, "value": token, "url": origin}])

        page.goto(f"{origin}/staff/account/passkeys")
        look(page, "add-passkey")
        use_passkey(page)
        expect(page.locator(".staff-banner")).to_contain_text("通行密钥已添加")
        look(page, "account-passkey")

        sign_out(page)
        look(page, "sign-in-passkey")
        with page.expect_request(lambda request: request.url.endswith("/staff/sign-in/passkey")) as sent:
            use_passkey(page)
        expect(page.locator(".staff-sign-out")).to_be_visible()
        assert kinds(app) == ["passkey_added", "signed_out", "signed_in"]

        # What was sent once opens nothing, neither here nor in a browser that has no challenge.
        credential = parse_qs(sent.value.post_data or "")["credential"][0]
        thief = app.test_client()
        for _ in range(2):
            data = {"credential": credential, "csrf_token": form_token(thief, "/staff/sign-in")}
            assert thief.post("/staff/sign-in/passkey", data=data).headers["Location"] == "/staff/sign-in"
            thief.post("/staff/sign-in/passkey/challenge", headers={"X-CSRF-Token": data["csrf_token"]})
        assert thief.get("/staff").status_code == 303

        # A key whose count goes back has a copy somewhere.
        with state_of(app).database().writing() as connection:
            connection.execute(sa.update(passkeys).values(sign_count=1_000))
        sign_out(page)
        use_passkey(page)
        expect(page.locator(".staff-banner:visible")).to_contain_text("可能被人复制")
        assert kinds(app)[-1] == "passkey_suspect"
        use_passkey(page)
        expect(page.locator(".staff-banner:visible")).to_contain_text("不能登录")

        # Without a key, and on an address that is a number, the password is left.
        cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
        numbered = opened(f"{served}/staff/sign-in", at=served, device=DESKTOP).page
        expect(numbered.locator("#passkey")).to_be_hidden()
        expect(numbered.locator("[name=password]")).to_be_visible()
