"""The page for a phone at a door, and the checks it sends, once or again, at once or hours later."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.registry.model import Station
from stationmap.storage import journal
from stationmap.web.staff.nearby.visits import MAX_AGE, Visit, visit_from
from tests.apps import MONDAY_10, registry_of
from tests.journaling import one
from tests.staff import form_token, signed_in, staff_app, state_of

MONDAY = MONDAY_10.date()
OLD = {"on": "2025-01-01", "by": "operator", "how": "自报"}
STATIONS = [
    one("a", district="320302", verified=OLD, hours="24/7"),
    one("b", district="320302"),
    one("c", district="320303"),
    one("d", district="320302", status="closed"),
    one("e", district="320302", verified={"on": "2026-11-22", "by": "staff"}),
]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return staff_app(tmp_path, registry_of(STATIONS))


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    return signed_in(app, "li", role="editor", districts=["320302"])


def check_of(app: Flask, station_id: str) -> tuple[date, str] | None:
    station: Station = state_of(app).snapshot.registry[station_id]
    return station.verified and (station.verified.on, station.verified.by)


def revisions(app: Flask) -> int:
    with state_of(app).database().reading() as connection:
        return len(journal.entries(connection, state_of(app).journal_head()))


def send_visits(client: FlaskClient, *visits: str) -> dict[str, str]:
    token = form_token(client, "/staff/nearby?q=站")
    headers = {"Accept": "application/json", "X-CSRF-Token": token}
    response = client.post("/staff/visits", data={"visit": list(visits)}, headers=headers)
    assert response.status_code == 200
    found: dict[str, str] = response.get_json()["visits"]
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a", Visit("a", MONDAY)),
        ("a 2026-11-23T09:00:00+08:00", Visit("a", MONDAY)),
        ("a 2026-11-22T15:59:00Z", Visit("a", date(2026, 11, 22))),
        ("a 2026-11-22T16:01:00.123Z", Visit("a", MONDAY)),
        ("a 2026-11-24T11:00:00+08:00", Visit("a", MONDAY)),
        ("a 2036-11-25T11:00:00+08:00", Visit("a", MONDAY)),
        ("a 2026-11-23T09:00:00", "unreadable"),
        ("a yesterday", "unreadable"),
        (f"a {(MONDAY_10 - MAX_AGE - timedelta(minutes=1)).isoformat()}", "old"),
    ],
)
def test_a_visit_is_of_the_day_on_which_it_was_tapped(text: str, found: object) -> None:
    assert visit_from(text, MONDAY_10) == found


def test_a_phone_whose_clock_is_wrong_knows_how_long_a_visit_waited() -> None:
    sent = datetime(2031, 1, 3, 8, 0, tzinfo=UTC)
    assert visit_from("a 2031-01-01T08:00:00Z", MONDAY_10, sent) == Visit("a", MONDAY - timedelta(days=2))
    assert visit_from("a 2030-01-01T08:00:00Z", MONDAY_10, sent) == "old"


def test_visits_that_waited_are_saved_together_with_their_days(app: Flask, editor: FlaskClient) -> None:
    visits = (
        "a 2026-11-21T08:00:00Z",
        "b 2026-11-22T08:00:00Z",
        "c 2026-11-22T08:05:00Z",
        "nowhere",
        "e 2026-11-21T08:00:00Z",
    )
    became = send_visits(editor, *visits)
    assert [became[each] for each in visits] == ["saved", "saved", "proposed", "gone", "known"]
    assert check_of(app, "a") == (date(2026, 11, 21), "staff")
    assert check_of(app, "b") == (date(2026, 11, 22), "staff")
    assert check_of(app, "c") is None
    assert revisions(app) == 2


def test_sending_again_changes_nothing(app: Flask, editor: FlaskClient) -> None:
    for expected in ("saved", "known"):
        assert send_visits(editor, "a 2026-11-23T08:00:00+08:00") == {"a 2026-11-23T08:00:00+08:00": expected}
    assert revisions(app) == 2


def test_of_several_visits_of_one_station_the_latest_counts(app: Flask, editor: FlaskClient) -> None:
    visits = ("a 2026-11-20T08:00:00Z", "a 2026-11-22T08:00:00Z", "a 2026-11-22T09:00:00Z")
    became = send_visits(editor, *visits)
    assert [became[each] for each in visits] == ["known", "saved", "known"]
    assert check_of(app, "a") == (date(2026, 11, 22), "staff")


def test_an_older_visit_never_replaces_a_newer_check(app: Flask, editor: FlaskClient) -> None:
    send_visits(editor, "a")
    assert list(send_visits(editor, "a 2026-11-20T08:00:00Z").values()) == ["known"]
    assert check_of(app, "a") == (MONDAY, "staff")


def test_without_scripts_two_taps_are_a_form(app: Flask, editor: FlaskClient) -> None:
    form = {"visit": "a", "district": "320302", "csrf_token": form_token(editor, "/staff/nearby")}
    response = editor.post("/staff/visits", data=form)
    assert (response.status_code, response.headers["Location"]) == (303, "/staff/nearby?district=320302")
    assert "已保存核对记录" in editor.get("/staff/nearby").text
    assert check_of(app, "a") == (MONDAY, "staff")


def listed(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def test_without_a_position_those_checked_longest_ago_are_first(editor: FlaskClient) -> None:
    assert listed(editor.get("/staff/nearby").text) == ["b", "a", "e"]
    assert listed(editor.get("/staff/nearby?district=320303").text) == ["c"]
    assert listed(editor.get("/staff/nearby?q=站+a").text) == ["a"]


def test_what_is_unknown_of_each_is_said(editor: FlaskClient) -> None:
    page = editor.get("/staff/nearby?q=b").text
    assert "开放时间未知 · 不知道有没有厕所" in page


def test_a_viewer_looks_and_sends_nothing(app: Flask) -> None:
    viewer = signed_in(app, "look", role="viewer")
    assert "确认" not in re.sub(r"<script.*?</script>", "", viewer.get("/staff/nearby").text, flags=re.S)
    token = form_token(viewer, "/staff/stations")
    assert viewer.post("/staff/visits", data={"visit": "a", "csrf_token": token}).status_code == 403


def test_a_position_has_no_place_in_an_address(editor: FlaskClient) -> None:
    page = editor.get("/staff/nearby?lon=117.2&lat=34.2").text
    assert "117.2" not in page
