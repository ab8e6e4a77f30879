"""Signing in and out: by password, with a second step, not too often, and never to somebody else's page."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from stationmap.accounts import events, passwords, tickets, users
from stationmap.accounts.users import User
from tests.apps import registry_of
from tests.journaling import one
from tests.staff import Clock, add_user, form_token, send, signed_in, staff_app, state_of

REGISTRY = registry_of([one("a", district="320302")])
PASSWORD = "brown-kettle-rides-north"


@pytest.fixture(scope="module")
def kept() -> str:
    return passwords.hashed(PASSWORD, words=())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock, kept: str) -> Flask:
    made = staff_app(tmp_path, REGISTRY, clock=clock)
    set_password(made, add_user(made, "wang"), kept)
    return made


def set_password(app: Flask, user: User, kept: str) -> None:
    with state_of(app).database().writing() as connection:
        users.set_password(connection, user.id, kept, state_of(app).clock())


def try_in(app: Flask, login: str = "wang", password: str = PASSWORD, path: str = "/staff/sign-in") -> Any:
    return send(app.test_client(), path, {"login": login, "password": password})


def kinds(app: Flask) -> list[tuple[str, str]]:
    with state_of(app).database().reading() as connection:
        return [(event.kind, event.login) for event in reversed(events.listed(connection))]


def test_a_password_opens_the_pages_and_signing_out_shuts_them(app: Flask) -> None:
    client = app.test_client()
    response = send(client, "/staff/sign-in", {"login": " WANG ", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (303, "/staff")
    assert client.get("/staff").status_code == 200
    stolen = client.get_cookie("sid")
    assert stolen is not None
    response = send(client, "/staff/sign-out", {}, page="/staff")
    assert (response.status_code, response.headers["Clear-Site-Data"]) == (303, '"cache"')
    assert client.get_cookie("sid") is None
    client.set_cookie("sid", stolen.value)
    assert client.get("/staff").status_code == 303
    assert kinds(app) == [("signed_in", "wang"), ("signed_out", "wang")]


@pytest.mark.parametrize(("login", "password"), [("wang", "guessed"), ("nobody", PASSWORD), ("wang", ""), ("", "")])
def test_who_is_not_let_in_learns_nothing(app: Flask, login: str, password: str) -> None:
    response = try_in(app, login, password)
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "登录名或密码不对" in page
    assert "Set-Cookie" not in response.headers or "sid=" not in response.headers["Set-Cookie"]
    assert not password or password not in page
    assert kinds(app) == [("sign_in_failed", login if login == "wang" else "")]


def test_a_disabled_account_is_refused_as_a_wrong_password_is(app: Flask, clock: Clock) -> None:
    user = add_user(app)
    with state_of(app).database().writing() as connection:
        users.set_disabled(connection, user.id, clock.at)
    assert "登录名或密码不对" in try_in(app).get_data(as_text=True)


def test_a_token_from_before_is_worth_nothing_after_signing_in(app: Flask) -> None:
    """Fixation: whoever put a cookie into a browser does not get what its owner signs in to."""
    client = app.test_client()
    client.set_cookie("sid", "chosen-by-somebody-else")
    before = form_token(client, "/staff/sign-in")
    send(client, "/staff/sign-in", {"login": "wang", "password": PASSWORD})
    cookie = client.get_cookie("sid")
    assert cookie is not None and cookie.value != "chosen-by-somebody-else"
    assert form_token(client, "/staff") != before
    assert client.post("/staff/sign-out", data={"csrf_token": before}).status_code == 400


def test_signing_in_again_ends_the_session_before(app: Flask) -> None:
    client = signed_in(app)
    first = client.get_cookie("sid")
    assert first is not None
    send(client, "/staff/proof", {"password": PASSWORD})
    second = client.get_cookie("sid")
    assert second is not None and second.value != first.value
    other = app.test_client()
    other.set_cookie("sid", first.value)
    assert [client.get("/staff").status_code, other.get("/staff").status_code] == [200, 303]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/staff?q=a%20b&lang=en", "/staff?q=a+b&lang=en"),
        ("/s/a", "/s/a"),
        ("https://evil.example/staff", "/staff"),
        ("//evil.example/staff", "/staff"),
        ("/\\evil.example", "/staff"),
        ("/staff/..//evil.example", "/staff"),
        ("javascript:alert(1)", "/staff"),
        ("/staff/sign-out", "/staff"),
        ("/static/x/js/install.js", "/staff"),
        ("http://[", "/staff"),
        ("/staff\r\nSet-Cookie: a=b", "/staff"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(app: Flask, address: str, target: str) -> None:
    client = app.test_client()
    data = {"login": "wang", "password": PASSWORD, "csrf_token": form_token(client, "/staff/sign-in")}
    response = client.post("/staff/sign-in", query_string={"next": address}, data=data)
    assert response.headers["Location"] == target


def test_many_attempts_have_to_wait_and_nobody_is_locked_out(app: Flask, clock: Clock) -> None:
    answers = [try_in(app, password="wrong").status_code for _ in range(7)]
    assert answers == [422] * 5 + [429] * 2
    response = try_in(app)
    assert response.status_code == 429 and int(response.headers["Retry-After"]) <= 2
    assert "账号没有被锁" in response.get_data(as_text=True)
    for _ in range(20):
        clock.at += timedelta(minutes=5)
        assert try_in(app, password="wrong").status_code in (422, 429)
    clock.at += timedelta(minutes=5)
    assert try_in(app).status_code == 303
    assert try_in(app, password="wrong").status_code == 422


def test_an_unknown_login_waits_as_a_known_one_does(app: Flask) -> None:
    assert [try_in(app, "nobody").status_code for _ in range(6)] == [422] * 5 + [429]


def test_a_link_sets_up_the_first_account_once(tmp_path: Path, clock: Clock) -> None:
    app = staff_app(tmp_path, REGISTRY, clock=clock)
    with state_of(app).database().writing() as connection:
        old, token = (tickets.issue(connection, "setup", at=clock.at) for _ in range(2))
    given = {"login": "Li", "name": "李", "password": PASSWORD}
    client = app.test_client()
    assert client.get(f"/staff/setup/{old}").status_code == 410
    assert send(client, f"/staff/setup/{token}", {**given, "password": "short"}).status_code == 422
    assert send(client, f"/staff/setup/{token}", {**given, "login": "a b"}).status_code == 422
    assert send(client, f"/staff/setup/{token}", given).status_code == 303
    assert client.get("/staff").status_code == 200
    assert add_user(app, "li").role == "admin"
    with state_of(app).database().writing() as connection:
        other = tickets.issue(connection, "setup", at=clock.at)
    assert [app.test_client().get(f"/staff/setup/{each}").status_code for each in (token, other)] == [410, 410]


@pytest.mark.parametrize(("hours", "status"), [(0.99, 200), (1.01, 410)])
def test_a_link_to_set_up_lasts_an_hour(tmp_path: Path, clock: Clock, hours: float, status: int) -> None:
    app = staff_app(tmp_path, REGISTRY, clock=clock)
    with state_of(app).database().writing() as connection:
        token = tickets.issue(connection, "setup", at=clock.at)
    clock.at += timedelta(hours=hours)
    assert app.test_client().get(f"/staff/setup/{token}").status_code == status


def test_a_link_lets_somebody_choose_a_password_and_ends_their_sessions(app: Flask, clock: Clock) -> None:
    before, user = signed_in(app), add_user(app)
    with state_of(app).database().writing() as connection:
        token = tickets.issue(connection, "reset", user_id=user.id, at=clock.at)
    path, client, other = f"/staff/password/{token}", app.test_client(), "violet harbour 1907"
    assert send(client, path, {"password": "Wang-1234"}).status_code == 422
    assert send(client, path, {"password": other}).status_code == 303
    assert [client.get("/staff").status_code, before.get("/staff").status_code] == [200, 303]
    assert app.test_client().get(path).status_code == 410
    assert [try_in(app, password=each).status_code for each in (PASSWORD, other)] == [422, 303]


def test_without_encryption_nobody_signs_in(tmp_path: Path) -> None:
    app = staff_app(tmp_path, REGISTRY, public_url="http://stations.example.org")
    response = app.test_client().get("/staff/sign-in")
    assert response.status_code == 503
    assert "STATIONMAP_PUBLIC_URL" in response.get_data(as_text=True)


def test_what_is_refused_says_how_to_go_on(app: Flask) -> None:
    client = signed_in(app, "viewer", role="viewer")
    stale = client.post(
        "/staff/sign-out", data={"csrf_token": "of yesterday"}, headers={"Referer": "http://x/staff?a=1"}
    )
    assert stale.status_code == 400
    assert 'href="/staff?a=1"' in stale.get_data(as_text=True)
    foreign = client.post("/staff/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code in (400, 403)
    script = client.post("/staff/sign-out", headers={"X-CSRF-Token": "none"})
    assert (script.status_code, script.content_type) == (400, "application/problem+json")
    data = {"csrf_token": form_token(client, "/staff")}
    client.delete_cookie("sid")
    response = client.post("/staff/proof", data=data)
    assert response.status_code == 401
    assert "没有丢" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("prefix", "name", "path"), [("", "__Host-sid", "/"), ("/stations", "__Secure-sid", "/stations")]
)
def test_behind_https_cookies_travel_encrypted_to_this_site_alone(
    tmp_path: Path, kept: str, prefix: str, name: str, path: str
) -> None:
    public = "https://stations.example.org"
    app = staff_app(tmp_path, REGISTRY, public_url=public, url_prefix=prefix)
    set_password(app, add_user(app, "wang"), kept)
    client, base = app.test_client(), public + prefix
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff/sign-in", base_url=base).text)
    assert found
    data = {"login": "wang", "password": PASSWORD, "csrf_token": found[1]}
    response = client.post("/staff/sign-in?next=/staff/account", base_url=base, data=data)
    assert response.headers["Location"] == f"{prefix}/staff/account"
    cookies = [each.split("; ") for each in response.headers.getlist("Set-Cookie")]
    token = next(each for each in cookies if each[0].startswith(f"{name}=") and len(each[0]) > len(name) + 1)
    assert set(token[1:]) == {"Secure", "HttpOnly", f"Path={path}", "SameSite=Lax"}
    assert client.get("/staff/account", base_url=base).status_code == 200
