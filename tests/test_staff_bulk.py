"""What is done to many stations at once: closed for a time, reopened, checked, suspended; previewed, saved once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.closures import closed, holds, reopened
from stationmap.editing.field_words import change_in_words
from stationmap.editing.fields import field_values
from stationmap.registry.model import Closure, Station
from stationmap.storage import journal
from stationmap.web.staff.bulk.actions import ActionName, action_from
from tests.apps import MONDAY_10, registry_of
from tests.journaling import one
from tests.staff import form_token, signed_in, staff_app, state_of

FLOOD = {"from": "2026-11-23", "to": "2026-11-30", "reason": "flood"}
STATIONS = [
    one("a", district="320302", verified={"on": "2025-01-05", "by": "rider", "photo_of_door": "17"}),
    one("b", district="320302", closures=[{"from": "2026-11-20", "reason": "停电"}]),
    one("c", district="320303"),
    one("gone", district="320302", status="closed"),
]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return staff_app(tmp_path, registry_of(STATIONS))


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    return signed_in(app, "li", role="editor", districts=["320302"])


def closure(start: str, end: str | None = None, reason: str = "防汛") -> Closure:
    return Closure.model_validate({"from": start, "reason": reason} | ({"to": end} if end else {}))


def spans(station: Station) -> list[tuple[str, str | None]]:
    return [(str(each.start), each.end and str(each.end)) for each in station.closures]


def station(app: Flask, station_id: str) -> Station:
    return state_of(app).snapshot.registry[station_id]


def choose(client: FlaskClient, action: str = "close", **form: Any) -> str:
    """Send a choice as the table does, and return where it leads."""
    given = {"action": action, "csrf_token": form_token(client, "/staff/stations"), **form}
    response = client.post("/staff/chosen", data=given)
    assert response.status_code == 303
    return str(response.headers["Location"])


def confirm(client: FlaskClient, address: str, values: dict[str, str]) -> str:
    """Look at a preview and confirm it; returns the page after it."""
    preview = client.get(address, query_string={"preview": "1", **values})
    assert preview.status_code == 200
    token = re.search(r'name="csrf_token" value="([^"]+)"', preview.text)
    assert token
    response = client.post(address, data={**values, "csrf_token": token[1]})
    assert response.status_code == 303
    return client.get(response.headers["Location"]).text


def test_a_closure_is_not_called_a_status() -> None:
    before = one("a")
    changed = change_in_words(("status",), before, closed(before, closure("2026-03-09", "2026-03-12")))
    assert changed and (changed.heading, changed.before) == ("关闭安排", None)


def test_the_same_closure_twice_is_one() -> None:
    once = closed(one(), closure("2026-11-23", "2026-11-30"))
    assert closed(once, closure("2026-11-23", "2026-11-30", "停电")) is once
    assert spans(closed(once, closure("2026-12-23", "2026-12-30"))) == [
        ("2026-11-23", "2026-11-30"),
        ("2026-12-23", "2026-12-30"),
    ]


@pytest.mark.parametrize(
    ("was", "ahead", "left"),
    [
        (("2026-11-20", "2026-11-30"), False, [("2026-11-20", "2026-11-22")]),
        (("2026-11-20", None), False, [("2026-11-20", "2026-11-22")]),
        (("2026-11-23", "2026-11-30"), False, []),
        (("2026-11-01", "2026-11-22"), True, [("2026-11-01", "2026-11-22")]),
        (("2026-11-24", "2026-11-30"), False, [("2026-11-24", "2026-11-30")]),
        (("2026-11-24", "2026-11-30"), True, []),
        (
            ("2026-11-23T08:00+08:00", "2026-11-23T18:00+08:00"),
            False,
            [("2026-11-23 08:00:00+08:00", "2026-11-23 10:00:00+08:00")],
        ),
    ],
)
def test_a_station_is_open_from_the_day_on_which_a_closure_is_lifted(was: Any, ahead: bool, left: Any) -> None:
    lifted = reopened(closed(one(), closure(*was)), MONDAY_10, also_ahead=ahead)
    assert spans(lifted) == left
    assert not any(holds(each, MONDAY_10) for each in lifted.closures)
    assert lifted.status_at(MONDAY_10).reason != "closure"


@pytest.mark.parametrize(
    ("name", "values", "wrong"),
    [
        ("close", {}, {"from", "to", "reason"}),
        ("close", {"from": "2026-11-23", "reason": "flood"}, {"to"}),
        ("close", {**FLOOD, "to": "2026-11-22"}, {"to"}),
        ("close", {"from": "2026-11-01", "to": "2026-11-22", "reason": "flood"}, {"to"}),
        ("close", {**FLOOD, "to": "3000-01-01"}, {"to"}),
        ("close", {**FLOOD, "from": "23/11"}, {"from"}),
        ("close", {**FLOOD, "reason": "other"}, {"note"}),
        ("close", {**FLOOD, "note": "长" * 301}, {"note"}),
        ("verify", {"how": "guessed"}, {"how"}),
        ("status", {}, {"status", "note"}),
        ("status", {"status": "suspended"}, {"note"}),
    ],
)
def test_a_form_names_every_problem(name: ActionName, values: dict[str, str], wrong: set[str]) -> None:
    action, errors = action_from(name, values, MONDAY_10)
    assert (action, set(errors)) == (None, wrong)


def test_a_form_with_a_problem_keeps_what_was_typed(editor: FlaskClient) -> None:
    page = editor.get(choose(editor, id="a"), query_string={"preview": "1", "from": "2026-11-23", "note": "<b>堤</b>"})
    assert page.status_code == 400
    assert "请填结束日期" in page.text
    assert "&lt;b&gt;堤&lt;/b&gt;" in page.text


def test_until_further_notice_has_to_be_said() -> None:
    action, _ = action_from("close", {"from": "2026-11-23", "open_end": "1", "reason": "power"}, MONDAY_10)
    assert action is not None
    assert spans(action.change(one())) == [("2026-11-23", None)]


def test_a_closure_of_many_may_end_at_a_time_of_its_last_day(app: Flask, editor: FlaskClient) -> None:
    confirm(editor, choose(editor, id="a"), {**FLOOD, "to_time": "18:00"})
    (ends,) = [each.end for each in station(app, "a").closures]
    assert str(ends) == "2026-11-30 18:00:00+08:00"
    for values, wrong in (({"to_time": "25:00"}, "time"), ({"to": "2026-11-23", "to_time": "09:00"}, "past_time")):
        assert action_from("close", {**FLOOD, **values}, MONDAY_10) == (
            None,
            {"to_time": f"staff.bulk.wrong.{wrong}"},
        )


def test_twenty_are_closed_for_a_flood_in_one_revision(app: Flask, editor: FlaskClient) -> None:
    page = confirm(editor, choose(editor, all="1", **{"view.q": "站"}), FLOOD)
    assert "已改 2 个站点" in page
    assert "1 个站点不在您的区县，已作为第 1 号建议交审核" in page
    assert spans(station(app, "a")) == [("2026-11-23", "2026-11-30")]
    assert spans(station(app, "b")) == [("2026-11-20", None), ("2026-11-23", "2026-11-30")]
    assert spans(station(app, "c")) == spans(station(app, "gone")) == []
    with state_of(app).database().reading() as connection:
        latest = journal.entries(connection, state_of(app).journal_head())[0]
    assert (latest.kind, latest.changed, latest.author) == ("bulk", 2, "li")
    assert latest.reason == "防汛 2026-11-23至2026-11-30"


def test_a_preview_names_each_station_and_what_becomes_of_it(editor: FlaskClient) -> None:
    page = editor.get(choose(editor, all="1"), query_string={"preview": "1", **FLOOD}).text
    assert "2 个站点会马上改" in page
    assert "1 个不在您的区县，会作为一份建议" in page
    assert "1 个不能这样改" in page
    assert all(f"站 {each.id}" in page for each in STATIONS)
    assert page.count("2026-11-23至2026-11-30，防汛") == 3


def test_confirming_twice_changes_nothing_more(app: Flask, editor: FlaskClient) -> None:
    address = choose(editor, id="a")
    confirm(editor, address, FLOOD)
    before = state_of(app).snapshot.registry.revision
    token = form_token(editor, "/staff/stations")
    again = editor.post(address, data={**FLOOD, "csrf_token": token})
    assert "没有改动" in editor.get(again.headers["Location"]).text
    assert state_of(app).snapshot.registry.revision == before


def test_many_are_reopened_early(app: Flask, editor: FlaskClient) -> None:
    confirm(editor, choose(editor, "reopen", all="1"), {})
    assert spans(station(app, "b")) == [("2026-11-20", "2026-11-22")]


def test_many_are_noted_as_checked_today(app: Flask, editor: FlaskClient) -> None:
    confirm(editor, choose(editor, "verify", id=["a", "b"]), {"how": "visited"})
    for each in ("a", "b"):
        verified = station(app, each).verified
        assert verified is not None
        assert (verified.on, verified.by) == (MONDAY_10.date(), "staff")
    kept = field_values(station(app, "a"))[("verified",)]
    assert kept["photo_of_door"] == "17"  # what only the file keeps


def test_a_suspension_says_why_and_until_when(app: Flask, editor: FlaskClient) -> None:
    values = {"status": "suspended", "note": "屋顶漏雨", "to": "2026-12-31"}
    confirm(editor, choose(editor, "status", id="a"), values)
    assert station(app, "a").status == "suspended"
    assert [each.reason for each in station(app, "a").closures] == ["屋顶漏雨"]
    confirm(editor, choose(editor, "status", id="a"), {"status": "open"})
    assert (station(app, "a").status, spans(station(app, "a"))) == ("open", [])


def test_a_choice_comes_from_this_page_and_from_others(editor: FlaskClient) -> None:
    page = editor.get(choose(editor, "", id="a", others="b nowhere <script>")).text
    assert "选中 2 个站点" in page
    assert "nowhere" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("form", [{}, {"others": " "}, {"all": "1", "view.q": "没有"}])
def test_nothing_chosen_leads_back_to_the_view(editor: FlaskClient, form: dict[str, str]) -> None:
    address = choose(editor, "close", **form, **{"view.district": "320302"})
    assert address.startswith("/staff/stations?")
    assert address.endswith("district=320302")
    assert "还没有选站点" in editor.get(address).text


def test_a_choice_that_is_not_there_is_not_found(editor: FlaskClient) -> None:
    assert editor.get("/staff/chosen/x").status_code == editor.get("/staff/chosen/x/close").status_code == 404


def test_a_viewer_chooses_nothing(app: Flask) -> None:
    viewer = signed_in(app, "look", role="viewer")
    response = viewer.post("/staff/chosen", data={"id": "a", "csrf_token": form_token(viewer, "/staff/stations")})
    assert response.status_code == 403


def test_a_closure_ends_by_itself(app: Flask, editor: FlaskClient) -> None:
    confirm(editor, choose(editor, id="a"), FLOOD)
    ended = MONDAY_10 + timedelta(days=8)
    assert station(app, "a").status_at(MONDAY_10).state == "closed"
    assert station(app, "a").status_at(ended).reason != "closure"
