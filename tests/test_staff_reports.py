"""What staff make of riders' reports: in what order they stand, how they are decided and answered, where they lead."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.edits import Edit
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import LANGUAGES, catalogue
from stationmap.reports.model import KINDS, REASONS, STATUSES
from stationmap.storage import schema
from stationmap.storage.reports import deciding
from stationmap.storage.reports.groups import ReportGroup
from stationmap.web.staff.report_answers import ANSWERS, templates_of
from stationmap.web.staff.reports import listing
from stationmap.web.staff.waiting_reports import RankedGroup
from tests.apps import registry_of
from tests.sent_reports import report_of, unhurried
from tests.sent_reports import send as send_report
from tests.staff import Clock, form_token, send, signed_in, staff_app, state_of
from tests.strategies import station

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)  # a Monday
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}} 找我13800138000"
CHANGED = ("removed", "facilities", "access", "position", "closed", "closure", "hours")
"""Stations that a test changes, each one."""
HOURS = {"hours": "Mo-Su 08:30-18:00"}

Report = Callable[..., str]


class Desk(NamedTuple):
    """An application, and the clock it lives by."""

    app: Flask
    clock: Clock


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    known = [
        ("a", 117.20, 34.26, "甲", "320302"),
        ("b", 117.21, 34.26, "乙", "320302"),
        ("c", 117.22, 34.19, "丙", "320312"),
    ]
    known += [(each, 117.23, 34.27, each, "320302") for each in CHANGED]
    stations = [
        station(each, lon, lat, name=name, district=district, **HOURS) for each, lon, lat, name, district in known
    ]
    clock = Clock(NOON)
    return Desk(unhurried(staff_app(tmp_path_factory.mktemp("reports"), registry_of(stations), clock=clock)), clock)


@pytest.fixture
def clock(desk: Desk) -> Clock:
    desk.clock.at = NOON
    return desk.clock


@pytest.fixture
def app(desk: Desk, clock: Clock) -> Flask:
    """The application without a report."""
    served = state_of(desk.app)
    with served.database().writing() as connection:
        for table in (schema.reports, schema.mark_endings):
            connection.execute(sa.delete(table))
    served.refresh_evidence()
    return desk.app


@pytest.fixture
def report(app: Flask, clock: Clock) -> Report:
    """Let a rider report something; returns the code of the receipt."""
    client = app.test_client(use_cookies=False)

    def reported(station_id: str = "a", kind: str = "locked", device: object = 1, **members: Any) -> str:
        answer = send_report(client, report_of(station_id, clock.at, kind, device, **members))
        assert answer.status_code == 201, answer.json
        return str(answer.json["code"])

    return reported


@pytest.fixture
def editor(app: Flask) -> FlaskClient:
    return signed_in(app, "wang", role="editor", districts=["320302"])


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def groups(text: str) -> list[str]:
    """Return the station and kind of each group on a page, in order."""
    return re.findall(r'class="reports-name"><a href="/staff/reports/([^"?]+)', text)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


def decision(client: FlaskClient, path: str, **values: Any) -> dict[str, Any]:
    """Return the form of a group as somebody has it open, filled in."""
    text = page(client, path)
    known = {name: hidden(text, name) for name in ("seen", "until", "csrf_token")}
    return {**known, "action": "decide", "scope": "all", **values}


def state(app: Flask, code: str) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(f"/api/v1/reports/{code}").json
    return found


def test_groups_stand_in_order_of_their_effect_own_districts_first(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    for device in (1, 2, 3):
        report("c", device=device)  # a mark, in another district
    report("a", "lacks", 4, details=["hot_water"])
    for device in (5, 6):
        report("b", "lacks", device)
    report("b", "open", 7)
    shown = page(editor, "/staff/reports?district=all")
    assert groups(shown) == ["b/lacks", "a/lacks", "c/locked"]
    assert groups(page(editor, "/staff/reports")) == ["b/lacks", "a/lacks"]  # one's own by default
    reviewer = signed_in(app, "li", role="reviewer")
    shown = page(reviewer, "/staff/reports")
    assert groups(shown) == ["c/locked", "b/lacks", "a/lacks"] and "已向所有骑手提示" in shown
    for device in (8, 9, 10):
        report("a", device=device)
    assert groups(page(editor, "/staff/reports?district=all"))[0] == "a/locked"


def test_of_equal_devices_the_station_more_people_use_comes_first() -> None:
    def found(name: str, people: float | None, *, devices: int = 1, reopened: int = 0) -> RankedGroup:
        group = ReportGroup(name, "lacks", 1, devices, NOON, NOON, reopened, outside=0)
        return RankedGroup(group, None, None, people, is_own=True)

    groups = [found("few", 3.5), found("nobody knows", None), found("many", 900), found("two", 0, devices=2)]
    groups.append(found("again", None, reopened=1))
    ordered = [each.group.station_id for each in sorted(groups, key=lambda each: each.rank)]
    assert ordered == ["again", "two", "many", "few", "nobody knows"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=lacks", ["a/lacks"]),
        ("kind=open", ["b/open"]),
        ("district=320312", ["c/gone"]),
        ("status=accepted", []),
        ("status=all&days=1", ["a/lacks", "c/gone"]),
        ("status=nonsense&kind=<b>&days=-4&district=x&page=99", ["a/lacks", "c/gone"]),
    ],
)
def test_the_list_is_filtered(app: Flask, report: Report, query: str, expected: list[str]) -> None:
    report("a", "lacks")
    report("b", "open", 2)
    report("c", "gone", 3)
    assert groups(page(signed_in(app, "chief"), f"/staff/reports?{query}")) == expected


def test_a_list_of_many_groups_comes_in_pages(
    app: Flask, report: Report, editor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 4)
    for each in CHANGED:
        report(each, device=each)
    first, second = (groups(page(editor, f"/staff/reports?page={number}")) for number in (1, 2))
    assert (len(first), len(second)) == (4, 3) and len({*first, *second}) == len(CHANGED)


def test_a_group_shows_what_riders_said_beside_what_is_on_record(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    report(kind="wrong_place", text=HOSTILE, point=[117.201, 34.26], contact="微信 abc", device=1)
    text = page(editor, "/staff/reports/a/wrong_place")
    assert "&lt;img" in text and "<img src=x" not in text and "49" not in re.findall(r"<q[^>]*>(.*?)</q>", text)[0]
    assert "13800138000" in text and "找我***" in text  # as it was written, and as others would read it
    assert "离登记位置 92 米" in text and "117.20100, 34.26000" in text
    assert "微信 abc" in text and "当时标注开放" in text and "这类问题不自动提示" in text
    assert "Mo-Su 08:30-18:00" in text and "与现在相同" in text
    viewer = page(signed_in(app, "zhao", role="viewer"), "/staff/reports/a/wrong_place")
    assert "微信 abc" not in viewer and 'name="seen"' not in viewer
    elsewhere = signed_in(app, "sun", role="editor", districts=["320312"])
    assert "微信 abc" not in page(elsewhere, "/staff/reports/a/wrong_place")
    assert editor.get("/staff/reports/a/gone").status_code == 404
    assert editor.get("/staff/reports/a/nonsense").status_code == 404


def test_why_a_report_is_no_evidence_is_said(app: Flask, report: Report, clock: Clock) -> None:
    report(said_at=(NOON - timedelta(hours=3)).isoformat())
    clock.at = NOON.replace(hour=20)
    report(device=2)
    text = page(signed_in(app, "chief"), "/staff/reports/a/locked")
    assert "送到太晚" in text and "当时不在开放时间" in text


def test_an_answer_reaches_the_rider_and_not_fixed_comes_back_at_the_top(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    """The whole loop: a rider reports, staff answer, the receipt and the station show it, the rider opens it again."""
    code = report(kind="lacks", details=["hot_water"])
    for device in (2, 3):
        report("b", "lacks", device)
    assert groups(page(editor, "/staff/reports"))[0] == "b/lacks"
    path = "/staff/reports/a/lacks"
    done = editor.post(path, data=decision(editor, path, status="fixed", template="facility_mended"))
    assert done.status_code == 303
    found, public = state(app, code), app.test_client().get("/api/v1/stations/a/reports").json
    assert found["state"] == "fixed" and "设施已修好或补上。" in found["answer"] and "It is mended" in found["answer"]
    assert public["answers"][0]["answer"] == found["answer"]
    assert public["answers"][0]["at"].endswith("+08:00")
    assert "a/lacks" not in groups(page(editor, "/staff/reports"))
    clock.at += timedelta(hours=1)
    assert app.test_client().post(f"/api/v1/reports/{code}/reopen").status_code == 200
    editor = signed_in(app, "wang")
    shown = page(editor, "/staff/reports")
    assert groups(shown)[0] == "a/lacks" and "还没好" in shown
    text = page(editor, path)
    assert "骑手说还没好" in text and not re.search(r"<textarea[^>]*>设施", text)  # the answer that did not hold
    assert [step["state"] for step in state(app, code)["steps"]] == ["fixed", "new"]


def test_chosen_reports_are_decided_and_the_others_wait(app: Flask, report: Report, editor: FlaskClient) -> None:
    codes = [report(kind="other", device=device, text=f"第{device}") for device in (1, 2, 3)]
    path = "/staff/reports/a/other"
    text = page(editor, path)
    ids = re.findall(r'name="chosen" value="([^"]+)"', text)
    assert len(ids) == 3
    sent = decision(editor, path, status="rejected", scope="chosen", chosen=ids[:1], answer="x")
    assert editor.post(path, data=sent).status_code == 422  # a reason is wanted
    assert editor.post(path, data={**sent, "reason": "unclear", "chosen": []}).status_code == 422
    both = editor.post(path, data={**sent, "reason": "unclear", "scope": "all"})
    assert both.status_code == 422 and "又选了全部" in both.get_data(as_text=True)
    assert editor.post(path, data={**sent, "reason": "unclear"}).status_code == 303
    states = sorted(state(app, code)["state"] for code in codes)
    assert states == ["new", "new", "rejected"]
    assert "2 条" in page(editor, path) and "全部 3 条" in page(editor, path)
    assert "看不明白说的是什么" in page(editor, f"{path}?show=all")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "请选择处理结果"),
        ({"status": "new"}, "请选择处理结果"),
        ({"status": "rejected"}, "请选择没有采纳的原因"),
        ({"status": "fixed", "answer": "长" * 501}, "答复最多 500 字"),
    ],
)
def test_what_is_wrong_with_a_decision_is_said_and_nothing_typed_lost(
    app: Flask, report: Report, editor: FlaskClient, values: dict[str, str], said: str
) -> None:
    code = report()
    path = "/staff/reports/a/locked"
    answer = editor.post(path, data=decision(editor, path, **({"answer": "写了半天"} | values)))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and said in text and values.get("answer", "写了半天") in text
    assert state(app, code)["state"] == "new"


def test_who_decides_second_sees_what_the_first_did(app: Flask, report: Report, editor: FlaskClient) -> None:
    code = report()
    path = "/staff/reports/a/locked"
    second = signed_in(app, "li", role="reviewer")
    mine, theirs = (decision(each, path, status="fixed", answer="已开门") for each in (editor, second))
    assert editor.post(path, data={**mine, "status": "accepted", "answer": "正在核实"}).status_code == 303
    late = second.post(path, data=theirs)
    text = late.get_data(as_text=True)
    assert late.status_code == 409 and "别人已处理过" in text and "wang" in text and "正在核实" in text
    assert "已开门" in text  # what the second typed
    assert state(app, code)["state"] == "accepted"
    again = {**theirs, "seen": hidden(text, "seen"), "until": hidden(text, "until")}
    assert second.post(path, data=again).status_code == 303
    assert state(app, code)["state"] == "fixed"


def test_a_report_that_comes_while_somebody_decides_is_not_decided_unseen(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    report()
    path = "/staff/reports/a/locked"
    sent = decision(editor, path, status="rejected", reason="not_so")
    clock.at += timedelta(minutes=1)
    late = report(device=2)
    assert editor.post(path, data=sent).status_code == 303
    assert state(app, late)["state"] == "new"


def test_rejecting_the_reports_and_ending_the_mark_take_the_mark_away_at_once(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    def marks() -> list[str]:
        return list(app.test_client().get("/api/v1/marks").json["reported"])

    path = "/staff/reports/a/locked"
    for device in (1, 2, 3):
        code = report(device=device)
    assert marks() == ["a"] and "解除提示" in page(editor, path)
    assert send(editor, path, {"action": "end_mark"}).status_code == 303
    assert marks() == [] and state(app, code)["state"] == "new"
    assert "wang" in page(editor, path)  # who did so stands with each report
    clock.at += timedelta(minutes=5)
    for device in (4, 5, 6):
        report(device=device)
    assert marks() == ["a"]
    assert editor.post(path, data=decision(editor, path, status="rejected", reason="not_so")).status_code == 303
    assert marks() == []


def test_a_door_that_is_open_again_marks_the_station_no_longer_once_no_report_is_left(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    def marks() -> list[str]:
        return list(app.test_client().get("/api/v1/marks").json["reported"])

    path = "/staff/reports/b/locked"
    for device in (1, 2, 3):
        report("b", device=device)
    (one, *_) = re.findall(r'name="chosen" value="([^"]+)"', page(editor, path))
    editor.post(path, data=decision(editor, path, status="fixed", scope="chosen", chosen=[one]))
    assert marks() == ["b"]
    editor.post(path, data=decision(editor, path, status="accepted"))
    assert marks() == ["b"]
    editor.post(path, data=decision(editor, path, status="fixed"))
    assert marks() == []


def test_reports_of_a_station_that_is_gone_are_left_to_reviewers(
    app: Flask, report: Report, editor: FlaskClient
) -> None:
    code, path = report("removed", "gone"), "/staff/reports/removed/gone"
    served = state_of(app)
    served.change([Edit("removed", served.snapshot.registry["removed"], None)], author="wang")
    assert "登记册里已没有这个站点" in page(editor, path) and 'name="seen"' not in page(editor, path)
    reviewer = signed_in(app, "li", role="reviewer")
    assert "removed/gone" in groups(page(reviewer, "/staff/reports"))
    assert reviewer.post(path, data=decision(reviewer, path, status="fixed", answer="已撤销")).status_code == 303
    assert state(app, code)["state"] == "fixed"


def test_a_text_is_shown_to_others_once_it_is_released(app: Flask, report: Report, editor: FlaskClient) -> None:
    code = report(kind="other", text=HOSTILE)
    path = "/staff/reports/a/other"

    def public() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = app.test_client().get("/api/v1/stations/a/reports").json["texts"]
        return found

    (number,) = re.findall(r'name="report" value="([^"]+)"', page(editor, path))
    assert public() == []
    assert send(editor, path, {"action": "release", "report": number}).status_code == 303
    assert "13800138000" not in public()[0]["text"] and "找我***" in public()[0]["text"]
    assert send(editor, path, {"action": "withhold", "report": number}).status_code == 303
    assert public() == [] and len(state(app, code)["steps"]) == 2
    assert send(editor, path, {"action": "release", "report": "nonsense"}).status_code == 404


def test_only_who_edits_in_the_district_decides(app: Flask, report: Report) -> None:
    code = report()
    path = "/staff/reports/a/locked"
    for login, role, districts in (("zhao", "viewer", []), ("sun", "editor", ["320312"])):
        client = signed_in(app, login, role=role, districts=districts)  # type: ignore[arg-type]
        token = form_token(client, "/staff/account/password")
        for action in ("decide", "end_mark", "release"):
            sent = {"action": action, "csrf_token": token, "status": "fixed", "seen": "0", "until": NOON.isoformat()}
            assert client.post(path, data=sent).status_code == 403
    assert state(app, code)["state"] == "new"


PROPOSED = [
    pytest.param("lacks", {"details": ["hot_water"]}, "facilities", {"facilities.hot_water": "no"}, id="facilities"),
    pytest.param("no_entry", {"details": ["membership"]}, "access", {"access": "members"}, id="access"),
    pytest.param("wrong_place", {"point": [117.205, 34.261]}, "position", {"lon": "117.205"}, id="position"),
    pytest.param("gone", {}, "closed", {"status": "closed"}, id="closed"),
    pytest.param(
        "locked", {}, "closure", {"closures.0.from": "2026-11-30", "closures.0.open_ended": "yes"}, id="closure"
    ),
]


@pytest.mark.parametrize(("kind", "members", "change", "fields"), PROPOSED)
def test_a_report_leads_into_the_form_with_the_change_proposed_and_not_saved(
    app: Flask, report: Report, editor: FlaskClient, kind: str, members: dict[str, Any], change: str, fields: Any
) -> None:
    code = report(change, kind, **members)
    text = page(editor, f"/staff/reports/{change}/{kind}")
    there = unescape(re.findall(rf'href="([^"]*propose={change}[^"]*)"', text)[-1])
    form = page(editor, there)
    shown = browser_fields(form)
    for name, value in fields.items():
        assert value in shown[name], name
    before = state_of(app).snapshot.registry.revision
    saved = editor.post(there, data={**shown, "action": "save"})
    assert saved.status_code == 303, saved.get_data(as_text=True)
    assert state_of(app).snapshot.registry.revision != before
    assert state(app, code)["state"] == "new"  # nobody said that it is mended


def browser_fields(form: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form of a station."""
    found: dict[str, list[str]] = {}
    inner = form[form.index('id="station-form"') :]
    for tag in re.findall(r"<input [^>]*>", inner[: inner.index("</form>")]):
        name, value = (re.search(rf' {each}="([^"]*)"', tag) for each in ("name", "value"))
        is_choice = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and value and (not is_choice or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]))
    for name, text in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>(.*?)</textarea>', inner, re.DOTALL):
        found[name] = [unescape(text)]
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', inner, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


def test_saving_the_form_answers_the_riders_where_somebody_says_so(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    code = report("hours")
    there = "/staff/stations/hours?reported=locked&propose=hours&mend=hours"
    form = page(editor, there)
    assert "锁门了" in form and "已按反馈修改，回复骑手（1 条）" in form and "autofocus" in form
    clock.at += timedelta(minutes=1)
    later = report("hours", device=2)
    sent = {**browser_fields(form), "hours": ["每天9:00-17:00"], "action": ["save"], "reports_fixed": ["yes"]}
    assert "开放时间已更正" in sent["reports_answer.locked"][0]
    done = editor.post(there, data=sent)
    assert done.status_code == 303
    assert "1 条反馈已回复骑手" in page(editor, "/staff/stations/hours")
    assert state(app, code)["state"] == "fixed" and "开放时间已更正" in state(app, code)["answer"]
    assert state(app, later)["state"] == "new"


def test_a_change_that_is_only_proposed_answers_nobody(app: Flask, report: Report) -> None:
    code = report()
    elsewhere = signed_in(app, "sun", role="editor", districts=["320312"])
    there = "/staff/stations/a?reported=locked&propose=hours"
    form = page(elsewhere, there)
    assert "回复骑手" not in form
    sent = {**browser_fields(form), "hours": ["每天9:00-17:00"], "action": ["save"], "reports_fixed": ["yes"]}
    assert elsewhere.post(there, data=sent).status_code == 303
    assert state(app, code)["state"] == "new"


def test_the_work_list_and_the_form_say_what_waits(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    assert "没有未处理的骑手反馈" in page(editor, "/staff")
    report("a", "lacks")
    report("c", "gone", 2)
    clock.at += timedelta(minutes=90)
    editor = signed_in(app, "wang")
    shown = page(editor, "/staff")
    assert "骑手反馈 1 条未处理，最早 1 小时前" in shown and "其他区县另有 1 条" in shown
    assert groups(shown) == ["a/lacks"]
    assert "缺东西：1 条未处理反馈" in page(editor, "/staff/stations/a")
    assert "未处理反馈" not in page(editor, "/staff/stations/b")
    english = page(editor, "/staff?lang=en")
    assert "riders' reports that wait: 1" in unescape(english)


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "0001-01-01T00:00:00+14:00"},
        {"until": "9999-12-31T23:59:59-14:00"},
        {"until": "2026-11-30"},
        {"seen": "9" * 5_000},
        {"seen": "-1"},
        {"answer": "a\0b"},
        {"scope": "chosen", "chosen": ["\0"]},
        {"action": "release", "report": "\0"},
    ],
)
def test_what_no_page_sends_is_refused(app: Flask, report: Report, editor: FlaskClient, wrong: dict[str, Any]) -> None:
    code = report()
    path = "/staff/reports/a/locked"
    assert editor.post(path, data=decision(editor, path, status="fixed", **{**wrong})).status_code == 400
    assert editor.get("/staff/reports/%00/locked").status_code == 400
    assert state(app, code)["state"] == "new"


def test_an_answer_that_is_no_usual_one_of_the_kind_says_nothing(
    app: Flask, report: Report, editor: FlaskClient
) -> None:
    code, path = report(), "/staff/reports/a/locked"
    for wrong in ("nosuch", "moved_pin"):
        sent = decision(editor, path, status="triaged", template=wrong)
        assert editor.post(path, data=sent).status_code == 303
        assert state(app, code)["answer"] == ""


def test_what_is_still_to_come_is_not_decided_with_what_was_seen(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    path = "/staff/reports/a/locked"
    for device in (1, 2, 3):
        report("a", device=device)
    assert (
        editor.post(path, data=decision(editor, path, status="fixed", until="9990-01-01T00:00:00Z")).status_code == 303
    )
    assert "reported" not in app.test_client().get("/api/v1/stations/a").json["properties"]
    clock.at += timedelta(minutes=10)
    for device in (1, 2, 3):
        report("a", device=device)
    assert "reported" in app.test_client().get("/api/v1/stations/a").json["properties"]


def test_riders_who_open_again_what_staff_rejected_mark_nothing_until_staff_think_otherwise(
    app: Flask, report: Report, editor: FlaskClient
) -> None:
    path, rider = "/staff/reports/a/locked", app.test_client()
    codes = [report("a", device=device) for device in (1, 2, 3)]

    def is_marked() -> bool:
        return "reported" in rider.get("/api/v1/stations/a").json["properties"]

    assert is_marked()
    editor.post(path, data=decision(editor, path, status="rejected", reason="not_so"))
    assert not is_marked()
    for code in codes:
        assert rider.post(f"/api/v1/reports/{code}/reopen").status_code == 200
    assert not is_marked() and rider.get("/api/v1/stations/a/reports").json["recent"] == []
    editor.post(path, data=decision(editor, path, status="accepted"))
    assert is_marked()


def test_a_mark_that_was_ended_is_not_brought_back_by_who_saw_less(
    app: Flask, report: Report, editor: FlaskClient, clock: Clock
) -> None:
    for device in (1, 2, 3):
        report("a", device=device)
    served = state_of(app)
    with served.database().writing() as connection:
        for minutes in (5, -5):
            deciding.end_mark(connection, served.desk.registry, "a", by="王", at=NOON + timedelta(minutes=minutes))
    served.refresh_evidence()
    assert "reported" not in app.test_client().get("/api/v1/stations/a").json["properties"]


def test_an_answer_to_many_is_read_once(app: Flask, report: Report, editor: FlaskClient) -> None:
    for device in range(1, 8):
        report("a", "lacks", device, details=["hot_water"], text="水壶坏了" if device == 1 else "")
    report("a", "wrong_place", 8)
    path = "/staff/reports/a/lacks"
    text = page(editor, path)
    shown = {"csrf_token": hidden(text, "csrf_token"), "action": "release"}
    released = re.findall(r'name="report" value="([^"]+)"', text)
    assert editor.post(path, data={**shown, "report": released[0]}).status_code == 303
    editor.post(path, data=decision(editor, path, status="fixed", answer="水壶已换新"))
    other = "/staff/reports/a/wrong_place"
    editor.post(other, data=decision(editor, other, status="accepted", answer="正在看"))
    public = app.test_client().get("/api/v1/stations/a/reports").json
    assert sorted(each["answer"] for each in public["answers"]) == ["正在看", "水壶已换新"]
    assert [each["text"] for each in public["texts"]] == ["水壶坏了"]
    station_page = page(app.test_client(), "/s/a")
    assert station_page.count("水壶已换新") == 1 and "正在看" in station_page and "水壶坏了" in station_page


def test_the_list_is_taken_along_as_it_is_seen(app: Flask, report: Report, editor: FlaskClient) -> None:
    report("a", "lacks", details=["hot_water"], text="打 13800138000", contact="微信 abc")
    report("c", "gone", 2)
    report("b", "open", 3)
    listed = page(editor, "/staff/reports?district=all&kind=lacks")
    link = re.search(r'href="(/staff/reports/list\.csv[^"]*)"', listed)
    assert link and "/staff/reports/list.xlsx" in listed
    csv = editor.get(unescape(link[1])).get_data(as_text=True)
    assert "a,甲,鼓楼区,缺东西,新,热水,打 ***,2026-11-30 12:00:00" in csv
    assert csv.startswith("\ufeff编号,站点,区县,问题") and ",当时标注开放,否," in csv
    assert "丙" not in csv and "13800138000" not in csv and "微信" not in csv
    everything = editor.get("/staff/reports/list.csv?district=all").get_data(as_text=True)
    assert "丙" in everything and "乙" not in everything  # that it is open wants nothing done
    own = editor.get("/staff/reports/list.csv").get_data(as_text=True)
    assert "甲" in own and "丙" not in own
    book = editor.get("/staff/reports/list.xlsx?lang=en")
    assert book.data[:2] == b"PK" and "reports-20261130.xlsx" in book.headers["Content-Disposition"]
    assert editor.get("/staff/reports/list.pdf").status_code == 404
    assert app.test_client().get("/staff/reports/list.csv").status_code in {302, 303}


def test_doors_locked_outside_posted_hours_stand_last_and_are_said_to_be(
    app: Flask, report: Report, clock: Clock
) -> None:
    clock.at = NOON.replace(hour=20)
    for device in (1, 2):
        report("a", device=device)
    report("b", "gone", 3)
    shown = page(signed_in(app, "chief"), "/staff/reports")
    assert groups(shown) == ["b/gone", "a/locked"] and shown.count("锁着门是正常的") == 1
    assert "不到 1 分钟前" in shown


def test_trends_tell_when_and_where_doors_were_locked(app: Flask, report: Report, clock: Clock) -> None:
    assert "没有这样的反馈" in page(signed_in(app, "chief"), "/staff/reports/trends")
    report("a", device=1)
    report("a", device=2)
    report("c", device=3)
    clock.at = NOON.replace(hour=20)
    report("a", device=4)  # outside posted hours
    clock.at = NOON + timedelta(hours=30)
    path = "/staff/reports/a/locked"
    editor = signed_in(app, "wang")
    editor.post(path, data=decision(editor, path, status="fixed"))
    shown = page(editor, "/staff/reports/trends")
    assert "周一 12:00 ×2" in shown and "中位数）：30.0 小时（3 条" in shown and "还没有处理过的：1 条" in shown
    only = page(editor, "/staff/reports/trends?district=320312&days=30")
    assert "丙" in only and "甲" not in only
    assert "还没有处理过的：1 条" in only and '<td class="is-number">4</td>' in shown
    assert '<td class="is-number">4</td>' not in only and '<td class="is-number">1</td>' in only  # weeks of it alone
    csv = editor.get("/staff/reports/trends.csv").get_data(as_text=True)
    assert "a,甲,鼓楼区,周一,12:00,2" in csv and csv.startswith("\ufeff")
    assert editor.get("/staff/reports/trends.xlsx?lang=en").data[:2] == b"PK"
    assert editor.get("/staff/reports/trends.pdf").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words(language: str) -> None:
    known = catalogue(language)
    for kind in KINDS:
        assert f"report_kind.{kind}" in known
        assert all(each.label != each.code for each in templates_of(kind, language))
    for prefix, codes in (("reports.status", STATUSES), ("report_reason", REASONS)):
        assert {f"{prefix}.{code}" for code in codes} <= known.keys()
    assert set(ANSWERS) == set(KINDS)
