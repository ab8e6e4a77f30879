"""Every page of staff, every method, everybody: the matrix is made of the URL map, the answers of docs/staff.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from stationmap.accounts import roles, sessions, users
from stationmap.web.access.cookies import TOKEN
from tests.apps import registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.staff import add_user, begin_session, form_token, staff_app, state_of

ROWS = re.findall(r"^\| `(/staff[^`]*)` \| (\w*) *\|", (ROOT / "docs" / "staff.md").read_text("utf-8"), re.MULTILINE)
NEEDED = dict(ROWS)
WHO = ("nobody", "incomplete", "disabled", "viewer", "editor", "reviewer", "admin")
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
SIGN_IN = "/staff/sign-in"


class Case(NamedTuple):
    """A page with a method: as the URL map has it, and as somebody asks for it."""

    rule: str
    path: str
    method: str

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = staff_app(tmp_path_factory.mktemp("matrix"), registry_of([one("a", district="320302")]))
    add_user(made, "keeper")  # number 1: what is done to others is done to this account
    yield made
    state_of(made).database().close()


def cases(app: Flask, number: int = 1) -> list[Case]:
    """Return every page of staff with every method it takes; where an address holds a number, that of the first."""
    values = {"user_id": number, "station_id": "a", "token": "x", "action": "disable", "ending": "csv"}
    adapter = app.url_map.bind("localhost")

    def path_of(rule: Rule) -> str:
        given: dict[str, Any] = {name: values.get(name, number) for name in rule.arguments}
        return adapter.build(rule.endpoint, given)

    rules = [rule for rule in app.url_map.iter_rules() if rule.rule == "/staff" or rule.rule.startswith("/staff/")]
    return [
        Case(rule.rule, path_of(rule), each) for rule in rules for each in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def client_of(app: Flask, who: str) -> tuple[FlaskClient, str]:
    """Return somebody's browser, and what protects the forms that it has open."""
    client = app.test_client()
    if who != "nobody":
        client.set_cookie(TOKEN, token_of(app, who))
    return client, form_token(client, f"{SIGN_IN}?again=1" if who not in roles.ROLES else "/staff/account/password")


def token_of(app: Flask, who: str) -> str:
    role: roles.Role = who if who in roles.ROLES else "admin"  # type: ignore[assignment]
    user = add_user(app, f"{who}-of-matrix", role=role, districts=["32"])
    token = begin_session(app, user)
    with state_of(app).database().writing() as connection:
        if who == "incomplete":
            sessions.revoke_all(connection, user.id)
            at = state_of(app).clock()
            token = sessions.begin(connection, user.id, method="password", at=at, is_complete=False)
        if who == "disabled":
            users.set_disabled(connection, user.id, state_of(app).clock())
    return token


def expected(who: str, case: Case, *, has_token: bool) -> str:
    """Return what somebody gets: "in" where the page itself answers, else how they are refused."""
    needed = NEEDED[case.rule]
    if not case.is_safe and not has_token:
        return "stale"
    if not needed:
        return "in"
    if who not in roles.ROLES:
        return "sign in" if case.method == "GET" else "signed out"
    allowed = roles.ROLES.index(who) >= ("view", "edit", "review", "administer").index(needed)  # type: ignore[arg-type]
    return "in" if allowed else "forbidden"


def outcome(client: FlaskClient, case: Case, form: str) -> str:
    response = client.open(case.path, method=case.method, data={"csrf_token": form} if form else None)
    page = response.get_data(as_text=True)
    if response.status_code == 303 and response.headers["Location"].startswith(SIGN_IN) and case.path not in OPEN:
        return "sign in"
    if response.status_code == 400 and "页面放得太久了" in page:
        return "stale"
    assert response.status_code < 500, (case, response.status_code)
    return {401: "signed out", 403: "forbidden"}.get(response.status_code, "in")


OPEN = frozenset(path for path, needed in ROWS if not needed)
"""Pages that lead to the one to sign in for reasons of their own."""


def test_every_page_of_the_url_map_has_a_row_and_every_row_a_page(app: Flask) -> None:
    assert {case.rule for case in cases(app)} == set(NEEDED)
    assert set(NEEDED.values()) <= {"", *roles.PERMISSIONS}


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_their_role_allows_and_nothing_else(app: Flask, who: str) -> None:
    client, form = client_of(app, who)
    wrong = []
    for case in cases(app):
        for has_token in (True,) if case.is_safe else (False, True):
            found = outcome(client, case, form if has_token and not case.is_safe else "")
            if found != (right := expected(who, case, has_token=has_token)):
                wrong.append(f"{case.method} {case.rule}, token: {has_token}: {found}, not {right}")
            if case.path == "/staff/sign-out" and has_token:  # it ended what this is about
                client, form = client_of(app, who)
    assert wrong == []


@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_a_page_of_another_site_changes_nothing_anywhere(app: Flask, origin: str) -> None:
    """Not even with the token of a form, and whatever it takes for one."""
    client, form = client_of(app, "admin")
    foreign = form_token(app.test_client(), SIGN_IN)
    for case in cases(app):
        if case.is_safe:
            continue
        for token in ("", form, foreign):
            headers = {"Sec-Fetch-Site": origin}
            response = client.open(case.path, method=case.method, data={"csrf_token": token}, headers=headers)
            assert response.status_code == (403 if token == form else 400), (case, token)
    assert client.get("/staff").status_code == 200


def test_a_token_of_another_visitor_opens_no_form(app: Flask) -> None:
    client, _ = client_of(app, "admin")
    foreign = form_token(app.test_client(), SIGN_IN)
    for case in cases(app):
        if not case.is_safe:
            response = client.open(case.path, method=case.method, data={"csrf_token": foreign})
            assert response.status_code == 400, case


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_a_number_that_no_database_holds_is_an_address_of_nothing(app: Flask, number: int) -> None:
    client, form = client_of(app, "admin")
    for case in cases(app, number):
        if "<int:" in case.rule:
            response = client.open(case.path, method=case.method, data={"csrf_token": form})
            assert response.status_code == 404, case
