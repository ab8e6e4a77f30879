"""What people do about accounts in the browser: their own, and those of others as administrators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.accounts import events, passwords, second_factor, users
from stationmap.web.access.cookies import TOKEN
from tests.apps import registry_of
from tests.journaling import one
from tests.staff import Clock, add_user, begin_session, form_token, send, signed_in, staff_app, state_of

PASSWORD, OTHER = "brown-kettle-rides-north", "violet harbour 1907"
HOSTILE = '<img src=x onerror="alert(1)">{{7*7}}'


@pytest.fixture(scope="module")
def kept() -> str:
    return passwords.hashed(PASSWORD, words=())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock, kept: str) -> Iterator[Flask]:
    made = staff_app(tmp_path, registry_of([one("a")]), clock=clock)
    for login in ("wang", "li"):
        user = add_user(made, login, role="admin" if login == "wang" else "editor", districts=["320302"])
        with state_of(made).database().writing() as connection:
            users.set_password(connection, user.id, kept, clock.at)
    yield made
    state_of(made).database().close()


def sign_in(app: Flask, login: str, password: str = PASSWORD) -> tuple[FlaskClient, Any]:
    client = app.test_client()
    return client, send(client, "/staff/sign-in", {"login": login, "password": password})


def kinds(app: Flask, login: str) -> list[str]:
    with state_of(app).database().reading() as connection:
        return [event.kind for event in reversed(events.listed(connection, login))]


def app_of_phone(client: FlaskClient) -> pyotp.TOTP:
    page = client.get("/staff/account/second-factor").get_data(as_text=True)
    assert "data:image/svg+xml" in page
    found = re.search(r'<code class="accounts-secret">([A-Z2-7 ]+)</code>', page)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


def with_second_factor(app: Flask, clock: Clock, login: str = "li") -> tuple[FlaskClient, pyotp.TOTP, list[str]]:
    client = signed_in(app, login)
    phone = app_of_phone(client)
    done = send(client, "/staff/account/second-factor", {"code": phone.at(clock.at)})
    return client, phone, re.findall(r"<code>([A-Z2-7-]{29})</code>", done.get_data(as_text=True))


def test_a_changed_password_needs_the_present_one_and_ends_other_sessions(app: Flask) -> None:
    client, stolen = signed_in(app, "li"), signed_in(app, "li")
    before = client.get_cookie("sid")
    path = "/staff/account/password"
    assert send(client, path, {"present": "wrong", "password": OTHER}).status_code == 422
    assert send(client, path, {"present": PASSWORD, "password": "12345678"}).status_code == 422
    assert send(client, path, {"present": PASSWORD, "password": OTHER}).status_code == 303
    after = client.get_cookie("sid")
    assert before is not None and after is not None and before.value != after.value
    assert [each.get("/staff").status_code for each in (client, stolen)] == [200, 303]
    assert [sign_in(app, "li", each)[1].status_code for each in (PASSWORD, OTHER)] == [422, 303]


def test_sessions_are_seen_and_ended_one_by_one_or_all_others(app: Flask) -> None:
    client, *others = (signed_in(app, "li") for _ in range(4))
    page = client.get("/staff/account").get_data(as_text=True)
    ids = re.findall(r'name="session" value="([\w-]{16})"', page)
    assert len(ids) == 3
    foreign = signed_in(app, "wang")
    assert send(foreign, "/staff/account/sessions", {"session": ids[0]}, page="/staff").status_code == 303
    assert sum(each.get("/staff").status_code == 200 for each in others) == 3
    send(client, "/staff/account/sessions", {"session": ids[0]}, page="/staff")
    assert sum(each.get("/staff").status_code == 200 for each in others) == 2
    send(client, "/staff/account/sessions", {}, page="/staff")
    assert [each.get("/staff").status_code for each in (client, *others)] == [200, 303, 303, 303]


def test_what_matters_most_asks_again_who_it_is(app: Flask, clock: Clock) -> None:
    client = signed_in(app, "wang")
    clock.at += timedelta(minutes=16)
    response = client.get("/staff/users/add")
    assert response.headers["Location"] == "/staff/proof?next=/staff/users/add"
    data = {"csrf_token": form_token(client, "/staff")}
    ended = client.post("/staff/account/sessions", data=data, headers={"Referer": "http://localhost/staff/account"})
    assert ended.headers["Location"] == "/staff/proof?next=/staff/account&again=True"
    assert send(client, "/staff/proof?next=/staff/users/add", {"password": "wrong"}).status_code == 422
    done = send(client, "/staff/proof?next=/staff/users/add", {"password": PASSWORD})
    assert done.headers["Location"] == "/staff/users/add"
    assert client.get("/staff/users/add").status_code == 200


def test_a_second_factor_is_asked_for_and_each_code_counts_once(app: Flask, clock: Clock) -> None:
    _, phone, _ = with_second_factor(app, clock)
    clock.at += timedelta(seconds=30)
    client, response = sign_in(app, "li")
    assert response.headers["Location"] == "/staff/sign-in/code"
    assert client.get("/staff").status_code == 303
    assert client.get("/staff/account").status_code == 303
    waiting = client.get_cookie("sid")
    code = phone.at(clock.at)
    assert send(client, "/staff/sign-in/code", {"code": "000000"}).status_code == 422
    assert send(client, "/staff/sign-in/code", {"code": f" {code[:3]} {code[3:]} "}).status_code == 303
    complete = client.get_cookie("sid")
    assert waiting is not None and complete is not None and waiting.value != complete.value
    assert client.get("/staff").status_code == 200
    again, _ = sign_in(app, "li")
    assert send(again, "/staff/sign-in/code", {"code": code}).status_code == 422
    for seconds, status in ((-30, 422), (30, 303)):
        tried, _ = sign_in(app, "li")
        code = phone.at(clock.at + timedelta(seconds=seconds))
        assert send(tried, "/staff/sign-in/code", {"code": code}).status_code == status


def test_a_session_without_its_second_step_ends_after_ten_minutes(app: Flask, clock: Clock) -> None:
    with_second_factor(app, clock)
    client, _ = sign_in(app, "li")
    clock.at += timedelta(minutes=11)
    response = client.get("/staff/sign-in/code")
    assert response.headers["Location"] == "/staff/sign-in"


def test_a_recovery_code_counts_once_and_is_kept_nowhere(app: Flask, clock: Clock, tmp_path: Path) -> None:
    _, _, codes = with_second_factor(app, clock)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    answers = []
    for code in (codes[0], codes[0], codes[1].lower().replace("-", " ")):
        client, _ = sign_in(app, "li")
        answers.append(send(client, "/staff/sign-in/code", {"code": code}).status_code)
    assert answers == [303, 422, 303]
    assert kinds(app, "li").count("recovery_used") == 2
    state_of(app).database().close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert not any(code.replace("-", "").encode() in stored for code in codes)


def test_guessing_codes_is_slowed_down_also_by_who_knows_the_password(app: Flask, clock: Clock) -> None:
    with_second_factor(app, clock)
    answers = []
    for _ in range(7):
        client, _ = sign_in(app, "li")
        answers.append(send(client, "/staff/sign-in/code", {"code": "000000"}).status_code)
    assert answers == [422] * 5 + [429] * 2


def test_a_new_password_by_a_link_does_not_go_round_the_second_factor(app: Flask, clock: Clock) -> None:
    with_second_factor(app, clock)
    admin = signed_in(app, "wang")
    shown = send(admin, f"/staff/users/{add_user(app, 'li').id}/link", {}, page="/staff")
    found = re.search(r"http://127\.0\.0\.1:80(/staff/password/[\w-]{43})", shown.get_data(as_text=True))
    assert found
    client = app.test_client()
    response = send(client, found[1], {"password": OTHER})
    assert response.headers["Location"] == "/staff/sign-in/code"
    assert client.get("/staff").status_code == 303


def test_the_second_factor_is_part_of_showing_again_who_one_is(app: Flask, clock: Clock) -> None:
    client, phone, _ = with_second_factor(app, clock)
    clock.at += timedelta(minutes=20)
    assert send(client, "/staff/proof", {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert send(client, "/staff/proof", {"password": PASSWORD, "code": phone.at(clock.at)}).status_code == 303
    assert "新的" not in client.get("/staff/account").get_data(as_text=True)
    renewed = send(client, "/staff/account/recovery-codes", {}, page="/staff").get_data(as_text=True)
    assert len(re.findall(r"<code>[A-Z2-7-]{29}</code>", renewed)) == second_factor.RECOVERY_CODES
    assert send(client, "/staff/account/second-factor/off", {}, page="/staff").status_code == 303
    assert sign_in(app, "li")[1].headers["Location"] == "/staff"


def test_an_administrator_adds_somebody_who_chooses_a_password(app: Flask) -> None:
    admin, client = signed_in(app, "wang"), app.test_client()
    given = {"login": "zhao", "name": HOSTILE, "role": "editor", "district": ["320302", "320303"]}
    shown = send(admin, "/staff/users/add", given)
    page = shown.get_data(as_text=True)
    assert "no-store" in shown.headers["Cache-Control"]
    assert HOSTILE not in page and "&lt;img" in page
    found = re.search(r"(/staff/password/[\w-]{43})", page)
    assert found
    assert send(client, found[1], {"password": OTHER}).status_code == 303
    known = add_user(app, "zhao")
    assert (known.role, known.districts) == ("editor", ("320302", "320303"))
    for path in ("/staff/users", f"/staff/users/{known.id}", "/staff/users/events"):
        assert HOSTILE not in admin.get(path).get_data(as_text=True)
    assert send(admin, "/staff/users/add", given).status_code == 422


def test_another_role_ends_the_sessions_of_its_owner(app: Flask) -> None:
    admin, client = signed_in(app, "wang"), signed_in(app, "li", role="editor")
    user = add_user(app, "li")
    path = f"/staff/users/{user.id}"
    named = {"name": "李", "role": "editor", "district": "320302"}
    assert send(admin, path, named).status_code == 303
    assert client.get("/staff").status_code == 200
    assert send(admin, path, {**named, "role": "reviewer"}).status_code == 303
    assert client.get("/staff").status_code == 303
    assert kinds(app, "li")[-2:] == ["renamed", "role_changed"]


@pytest.mark.parametrize(("action", "answers"), [("disable", [303, 422]), ("sessions", [303, 303])])
def test_an_administrator_ends_what_somebody_has_open(app: Flask, action: str, answers: list[int]) -> None:
    admin, client, user = signed_in(app, "wang"), signed_in(app, "li"), add_user(app, "li")
    assert send(admin, f"/staff/users/{user.id}/{action}", {}, page="/staff").status_code == 303
    assert [client.get("/staff").status_code, sign_in(app, "li")[1].status_code] == answers
    assert send(admin, f"/staff/users/{user.id}/enable", {}, page="/staff").status_code == 303
    assert sign_in(app, "li")[1].status_code == 303


def test_an_administrator_takes_the_second_factor_from_who_lost_it(app: Flask, clock: Clock) -> None:
    with_second_factor(app, clock)
    admin, user = signed_in(app, "wang"), add_user(app, "li")
    send(admin, f"/staff/users/{user.id}/factor", {}, page="/staff")
    assert sign_in(app, "li")[1].headers["Location"] == "/staff"


def test_the_last_administrator_stays_one(app: Flask) -> None:
    admin, user = signed_in(app, "wang"), add_user(app, "wang")
    send(admin, f"/staff/users/{user.id}/disable", {}, page="/staff")
    response = send(admin, f"/staff/users/{user.id}", {"name": "W", "role": "viewer"})
    assert response.status_code == 422 and "最后一位" in response.get_data(as_text=True)
    assert add_user(app, "wang").role == "admin" and admin.get("/staff").status_code == 200


def test_only_twenty_sessions_of_one_account_are_open(app: Flask) -> None:
    user = add_user(app, "li")
    clients = []
    for _ in range(21):
        clients.append(app.test_client())
        clients[-1].set_cookie(TOKEN, begin_session(app, user))
    assert sum(each.get("/staff").status_code == 200 for each in clients) == 20


@pytest.mark.parametrize(("required", "led"), [("optional", []), ("admins", ["wang"]), ("all", ["wang", "li"])])
def test_a_second_factor_can_be_required(app: Flask, clock: Clock, required: str, led: list[str]) -> None:
    state = state_of(app)
    state.settings = state.settings.model_copy(update={"second_factor": required})
    for login in ("wang", "li"):
        client, _ = sign_in(app, login)
        for path in ("/staff", "/staff/stations", "/staff/account"):
            response = client.get(path)
            assert (response.headers.get("Location") == "/staff/account/second-factor") is (login in led), path
        phone = app_of_phone(client)
        send(client, "/staff/account/second-factor", {"code": phone.at(clock.at)})
        assert client.get("/staff").status_code == 200
    by_passkey = app.test_client()
    by_passkey.set_cookie(TOKEN, begin_session(app, add_user(app, "sun"), method="passkey"))
    assert by_passkey.get("/staff").status_code == 200
