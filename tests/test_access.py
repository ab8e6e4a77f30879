"""Who may open a page of staff: nobody who is not signed in, and everybody only what their role allows."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from stationmap.accounts import roles, sessions
from stationmap.accounts.users import User
from stationmap.web.staff.routes import ROUTES
from tests.apps import MONDAY_10, app_over, registry_of
from tests.conftest import ROOT
from tests.journaling import one
from tests.staff import Clock, add_user, begin_session, signed_in, staff_app, state_of

REGISTRY = registry_of([one("a", district="320302")])


def person(role: roles.Role, *districts: str) -> User:
    return User(1, "x", "x", role, districts, MONDAY_10, None, has_password=True, has_totp=False)


def test_who_is_not_signed_in_is_led_to_where_they_can(tmp_path: Path) -> None:
    response = staff_app(tmp_path, REGISTRY).test_client().get("/staff?lang=en")
    assert response.status_code == 303
    assert response.headers["Location"] == "/staff/sign-in?next=/staff?lang%3Den&lang=en"
    assert response.headers["Cache-Control"] == "no-store"


def test_who_is_signed_in_sees_the_page(tmp_path: Path) -> None:
    response = signed_in(staff_app(tmp_path, REGISTRY), role="viewer").get("/staff")
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


def test_a_revoked_session_is_dead_at_once(tmp_path: Path) -> None:
    app = staff_app(tmp_path, REGISTRY)
    client = signed_in(app)
    stolen = app.test_client()
    cookie = client.get_cookie("sid")
    assert cookie is not None
    stolen.set_cookie("sid", cookie.value)
    assert stolen.get("/staff").status_code == 200
    user = add_user(app)
    with state_of(app).database().writing() as connection:
        assert sessions.revoke_all(connection, user.id) == 1
    assert [each.get("/staff").status_code for each in (client, stolen)] == [303, 303]


@pytest.mark.parametrize(
    ("minutes", "status"), [((29, 29), 200), ((31,), 303), (tuple([25] * 28), 200), (tuple([25] * 29), 303)]
)
def test_a_session_ends_when_it_is_not_used_and_after_twelve_hours(
    tmp_path: Path, minutes: tuple[int, ...], status: int
) -> None:
    clock = Clock()
    client = signed_in(staff_app(tmp_path, REGISTRY, clock=clock))
    for each in minutes:
        clock.at += timedelta(minutes=each)
        last = client.get("/staff")
    assert last.status_code == status


def test_a_token_is_kept_nowhere(tmp_path: Path) -> None:
    app = staff_app(tmp_path, REGISTRY)
    token = begin_session(app, add_user(app))
    state_of(app).database().close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert token.encode() not in kept


def test_a_page_of_another_site_sends_nothing(tmp_path: Path) -> None:
    client = signed_in(staff_app(tmp_path, REGISTRY))
    for origin in ("cross-site", "same-site"):
        assert client.post("/staff/sign-in", headers={"Sec-Fetch-Site": origin}).status_code in (400, 403, 405)


def test_riders_get_no_cookie(tmp_path: Path) -> None:
    app = staff_app(tmp_path, REGISTRY)
    client = app.test_client()
    for path in ("/", "/s/a", "/api/v1/nearest?lon=117.2&lat=34.2", "/audit"):
        assert "Set-Cookie" not in client.get(path).headers


def test_an_installation_that_only_reads_says_so(tmp_path: Path) -> None:
    response = app_over(tmp_path, REGISTRY).test_client().get("/staff/sign-in")
    assert response.status_code == 503
    assert "只能看，不能改" in response.get_data(as_text=True)


def test_every_page_has_a_view_and_stands_in_the_documentation() -> None:
    described = (ROOT / "docs" / "staff.md").read_text(encoding="utf-8")
    assert len({route.endpoint for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        module, _, name = route.view.rpartition(".")
        assert callable(getattr(import_module(f"stationmap.web.staff.{module}"), name))
        assert f"| `/staff{route.path}` | {route.permission or ''}" in described


def test_riders_answers_do_without_the_libraries_of_the_database() -> None:
    heavy = "sqlalchemy", "alembic", "flask_wtf", "wtforms", "argon2"
    script = f"import sys, stationmap.web.app; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("who", "districts", "answer"),
    [
        (person("viewer", "3203"), ["320302"], False),
        (person("editor", "3203"), ["320302", "320311"], True),
        (person("editor", "320302"), ["320302"], True),
        (person("editor", "320302"), ["320302", "320311"], False),
        (person("editor"), ["320302"], False),
        (person("editor", ""), ["320302"], False),
        (person("reviewer"), ["320302"], True),
        (person("admin"), ["110101"], True),
    ],
)
def test_an_editor_edits_in_their_districts(who: User, districts: list[str], answer: bool) -> None:
    assert roles.may_edit_in(who, districts) is answer


@pytest.mark.parametrize(("role", "count"), [("viewer", 1), ("editor", 2), ("reviewer", 3), ("admin", 4)])
def test_each_role_may_what_those_before_it_may(role: roles.Role, count: int) -> None:
    assert [roles.may(person(role), each) for each in roles.PERMISSIONS] == [True] * count + [False] * (4 - count)
