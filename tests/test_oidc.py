"""Signing in by an identity provider: only whom it vouches for now, and whom an administrator has added."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey

from stationmap.accounts import events, oidc, users
from stationmap.settings import Settings
from tests.apps import registry_of
from tests.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider, new_key
from tests.journaling import one
from tests.staff import Clock, add_user, staff_app, state_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[IdentityProvider]:
    with identity_provider(clock) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, clock: Clock, provider: IdentityProvider) -> Iterator[Flask]:
    settings = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    made = staff_app(tmp_path, registry_of([one("a")]), clock=clock, **settings)
    yield made
    state_of(made).database().close()


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def led_to(address: str) -> str:
    """Go where a browser is led and return where it is led from there."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", path_of(address))
    location = connection.getresponse().headers["Location"]
    connection.close()
    return str(location)


def sign_in(app: Flask, client: FlaskClient | None = None, following: str = "") -> tuple[FlaskClient, Any, str]:
    client = client or app.test_client()
    begun = client.get("/staff/sign-in/oidc", query_string={"next": following} if following else {})
    back = path_of(led_to(begun.headers["Location"]))
    return client, client.get(back), back


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff").status_code == 200


def test_who_was_added_signs_in_at_first_by_a_verified_address_and_then_by_subject(
    app: Flask, provider: IdentityProvider
) -> None:
    add_user(app, "li@union.example.org", role="editor")
    assert "统一身份" in app.test_client().get("/staff/sign-in").get_data(as_text=True)
    client, response, _ = sign_in(app, following="/staff/account")
    assert response.headers["Location"] == "/staff/account" and is_in(client)
    provider.person = {"sub": "4711", "email": "another@union.example.org", "email_verified": False}
    assert is_in(sign_in(app)[0])
    provider.person = {"sub": "4712", "email": "li@union.example.org", "email_verified": True}
    assert not is_in(sign_in(app)[0])
    with state_of(app).database().reading() as connection:
        kinds = [event.kind for event in events.listed(connection)]
    assert kinds == ["signed_in", "signed_in", "oidc_linked"]


PERSONS: list[tuple[dict[str, Any], str, bool]] = [
    ({"preferred_username": "Li"}, "li", True),
    ({"email": "wang@x.org", "email_verified": True}, "wang@x.org", True),
    ({"email": "zhao@x.org", "email_verified": False}, "zhao@x.org", False),
    ({"email": "zhao@x.org", "email_verified": "true"}, "zhao@x.org", False),
    ({"email": "zhao@x.org"}, "zhao@x.org", False),
    ({"name": "sun"}, "sun", False),
    ({"preferred_username": ["sun"]}, "sun", False),
    ({"preferred_username": "somebody"}, "sun", False),
]


def test_only_whom_an_administrator_has_added_comes_in(app: Flask, provider: IdentityProvider) -> None:
    for number, (person, login, admitted) in enumerate(PERSONS):
        add_user(app, login)
        provider.person = {"sub": f"47-{number}", **person}
        client, response, _ = sign_in(app)
        assert is_in(client) is admitted, person
        assert admitted or "没有成功" in client.get(response.headers["Location"]).get_data(as_text=True)
    with state_of(app).database().reading() as connection:
        assert {user.login for user in users.listed(connection)} == {login for _, login, _ in PERSONS}


LIES: list[dict[str, Any]] = [
    {"iss": "https://another.example.org"},
    {"aud": "another client"},
    {"aud": [CLIENT, "another client"]},
    {"nonce": "of another attempt"},
    {"nonce": None},
    {"exp": 1_000},
    {"auth_time": None},
    {"auth_time": 1_000},
    {"auth_time": "now"},
    {"sub": None},
    {"sub": ""},
    {"sub": 4711},
]


def test_a_statement_that_is_not_about_this_attempt_is_worth_nothing(app: Flask, provider: IdentityProvider) -> None:
    add_user(app, "li@union.example.org")
    for lies in LIES:
        provider.lies = lies
        assert not is_in(sign_in(app)[0]), lies
    provider.lies = {}
    assert is_in(sign_in(app)[0])


def test_a_statement_that_another_has_signed_is_worth_nothing(app: Flask, provider: IdentityProvider) -> None:
    add_user(app, "li@union.example.org")
    provider.key = new_key(1)
    assert not is_in(sign_in(app)[0])
    provider.key = OctKey.import_key(SECRET * 2)  # type: ignore[assignment]
    provider.algorithm = "HS256"
    assert not is_in(sign_in(app)[0])


def test_what_comes_back_counts_once_and_in_the_browser_that_began(app: Flask) -> None:
    add_user(app, "li@union.example.org")
    client, _, back = sign_in(app)
    for other in (app.test_client(), client):
        response = other.get(back)
        assert response.headers["Location"].startswith("/staff/sign-in")
    assert is_in(client)
    begun = client.get("/staff/sign-in/oidc")
    back = path_of(led_to(begun.headers["Location"]))
    assert not is_in(thief := app.test_client()) and thief.get(back).status_code == 303 and not is_in(thief)


def test_another_site_begins_nothing(app: Flask, provider: IdentityProvider) -> None:
    response = app.test_client().get("/staff/sign-in/oidc", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.headers["Location"].startswith("/staff/sign-in") and provider.asked == []


def test_a_disabled_account_stays_shut_and_a_second_factor_is_asked_for(app: Flask, clock: Clock) -> None:
    user = add_user(app, "li@union.example.org")
    database = state_of(app).database()
    sign_in(app)
    with database.writing() as connection:
        users.set_disabled(connection, user.id, clock.at)
    assert not is_in(sign_in(app)[0])
    with database.writing() as connection:
        users.set_disabled(connection, user.id, None)
        connection.exec_driver_sql("UPDATE user SET totp_secret = 'JBSWY3DPEHPK3PXP'")
    client, response, _ = sign_in(app)
    assert response.headers["Location"].startswith("/staff/sign-in/code") and not is_in(client)


def test_it_is_a_way_to_show_again_who_one_is(app: Flask, clock: Clock) -> None:
    add_user(app, "li@union.example.org", role="admin")
    client, _, _ = sign_in(app)
    clock.at += timedelta(minutes=16)
    assert client.get("/staff/users/add").status_code == 303
    _, response, _ = sign_in(app, client, following="/staff/users/add")
    assert response.headers["Location"] == "/staff/users/add"
    assert client.get("/staff/users/add").status_code == 200


def test_a_provider_that_does_not_answer_or_is_another_is_said(
    app: Flask, provider: IdentityProvider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    real, provider.issuer = provider.issuer, "https://another.example.org"
    response = app.test_client().get("/staff/sign-in/oidc")
    assert response.headers["Location"] == "/staff/sign-in"
    assert "calls itself something else" in caplog.text and "4711" not in caplog.text
    provider.issuer = real


@pytest.mark.parametrize("given", [{}, {"oidc_issuer": "https://id.example.org"}, {"oidc_client_id": "stationmap"}])
def test_without_its_settings_or_its_extra_there_is_none(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert oidc.provider(Settings(**given)) is None  # type: ignore[arg-type]
    whole = Settings(oidc_issuer="https://id.example.org", oidc_client_id="stationmap", oidc_client_secret="s")
    assert oidc.provider(whole) is not None
    monkeypatch.setattr(oidc, "find_spec", lambda _name: None)
    assert oidc.provider(whole) is None


@pytest.mark.parametrize("issuer", ["http://id.example.org", "ftp://x", "id.example.org", "https://x?y", "https://x#y"])
def test_a_provider_is_asked_encrypted(issuer: str) -> None:
    with pytest.raises(ValueError, match="oidc_issuer"):
        Settings(oidc_issuer=issuer)
