"""Proposals of editors for other districts: seen beside what stations are now, decided by a reviewer, once."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.edits import Edit
from stationmap.editing.fields import field_values, station_of
from stationmap.registry.model import Station
from stationmap.storage import journal
from tests.apps import registry_of
from tests.journaling import one
from tests.staff import form_token, send, signed_in, staff_app, state_of
from tests.test_saving import proposal, save_as

A, B = (one(name, district="320303", phone="0") for name in "ab")


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return staff_app(tmp_path, registry_of([A, B]))


def with_(station: Station, **values: Any) -> Station:
    return station_of({**field_values(station), **{(name,): value for name, value in values.items()}})


def propose(app: Flask, *edits: Edit) -> int:
    number = save_as(app, "editor", edits, "320302").proposal
    assert number is not None
    return number


def both(app: Flask, phone: str = "1") -> int:
    return propose(app, *(Edit(each.id, each, with_(each, phone=phone)) for each in (A, B)))


def phones(app: Flask) -> list[str | None]:
    return [each.properties.phone for each in state_of(app).snapshot.registry.stations]


def seen_on(client: FlaskClient, number: int) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', client.get(f"/staff/proposals/{number}").text)


def decide(client: FlaskClient, number: int, decision: str, **form: Any) -> str:
    path = f"/staff/proposals/{number}"
    given = {"decision": decision, "seen": seen_on(client, number), **form}
    response = send(client, path, given, page="/staff/stations")
    return str((client.get(path) if response.status_code == 303 else response).text)


def test_a_reviewer_takes_a_proposal_under_both_names(app: Flask) -> None:
    number = both(app)
    page = decide(signed_in(app, "chen", role="reviewer"), number, "accept", take=["a", "b"], answer="谢谢")
    assert "已采纳 2 个站点" in page
    assert phones(app) == ["1", "1"]
    with state_of(app).database().reading() as connection:
        latest = journal.entries(connection, state_of(app).journal_head())[0]
    assert (latest.author, latest.reason, latest.changed) == ("li · 审核：chen", "试", 2)
    decided = proposal(app, number)
    assert (decided.decision, decided.decided_by, decided.answer) == ("accepted", "chen", "谢谢")


def test_a_reviewer_takes_some_stations_of_it(app: Flask) -> None:
    number = both(app)
    page = decide(signed_in(app, "chen", role="reviewer"), number, "accept", take=["b", "other"])
    assert phones(app) == ["0", "1"]
    assert (page.count("<strong>已采纳</strong>"), page.count("<strong>没有采纳</strong>")) == (2, 1)
    assert proposal(app, number).taken == {"b"}


def test_what_others_changed_since_is_shown_and_kept(app: Flask) -> None:
    number = both(app)
    state_of(app).change([Edit("a", A, with_(A, host="<b>图书馆</b>"))], author="王")
    reviewer = signed_in(app, "chen", role="reviewer")
    page = reviewer.get(f"/staff/proposals/{number}").text
    assert "建议之后别人的改动" in page
    assert "&lt;b&gt;图书馆&lt;/b&gt;" in page
    decide(reviewer, number, "accept", take=["a", "b"])
    station = state_of(app).snapshot.registry["a"].properties
    assert (station.phone, station.host) == ("1", "<b>图书馆</b>")


def test_a_contradiction_is_shown_side_by_side_and_taken_only_if_ticked(app: Flask) -> None:
    number = both(app)
    state_of(app).change([Edit("a", A, with_(A, phone="9"))], author="王")
    reviewer = signed_in(app, "chen", role="reviewer")
    page = reviewer.get(f"/staff/proposals/{number}").text
    assert "建议之后别人改了同一处" in page
    assert "建议之后别人的改动" not in page  # that is the same one, which would not be kept
    assert 'name="take" value="a">' in page
    assert 'name="take" value="b" checked>' in page
    decide(reviewer, number, "accept", take=["a", "b"])
    assert phones(app) == ["1", "1"]


def test_a_change_after_the_reviewer_looked_lets_the_proposal_wait(app: Flask) -> None:
    number = both(app)
    reviewer = signed_in(app, "chen", role="reviewer")
    seen = seen_on(reviewer, number)
    state_of(app).change([Edit("a", A, with_(A, phone="9"))], author="王")
    page = decide(reviewer, number, "accept", take=["a", "b"], seen=seen)
    assert "您查看之后有人改了同一处" in page
    assert phones(app) == ["9", "0"]
    assert proposal(app, number).is_open


def test_a_rejection_needs_an_answer(app: Flask) -> None:
    number = both(app)
    reviewer = signed_in(app, "chen", role="reviewer")
    assert "请写明为什么不采纳" in decide(reviewer, number, "reject", answer=" ")
    assert proposal(app, number).is_open
    decide(reviewer, number, "reject", answer="<i>号码不对</i>")
    author = signed_in(app, "li", role="editor", districts=["320302"])
    page = author.get(f"/staff/proposals/{number}").text
    assert "未采纳" in page
    assert "&lt;i&gt;号码不对&lt;/i&gt;" in page
    assert phones(app) == ["0", "0"]


def test_nothing_ticked_is_no_acceptance(app: Flask) -> None:
    number = both(app)
    assert "请至少勾选一个站点" in decide(signed_in(app, "chen", role="reviewer"), number, "accept")
    assert proposal(app, number).is_open


def test_its_author_takes_it_back_and_sees_no_others(app: Flask) -> None:
    number = both(app)
    other = signed_in(app, "zhou", role="editor", districts=["320302"])
    assert other.get(f"/staff/proposals/{number}").status_code == 404
    assert "建议 1" not in other.get("/staff/proposals").text
    author = signed_in(app, "li", role="editor", districts=["320302"])
    assert "建议 1" in author.get("/staff/proposals").text
    path = f"/staff/proposals/{number}"
    assert send(author, path, {"decision": "accept", "take": "a"}, page="/staff/stations").status_code == 403
    assert send(author, path, {"decision": "burn"}, page="/staff/stations").status_code == 400
    assert "建议已撤回" in decide(author, number, "withdraw")
    reviewer = signed_in(app, "chen", role="reviewer")
    assert "这份建议刚刚已有人处理" in decide(reviewer, number, "accept", take=["a"])
    assert phones(app) == ["0", "0"]


@pytest.mark.parametrize("second", ["accept", "reject"])
def test_two_reviewers_at_once_are_one_decision(app: Flask, second: str) -> None:
    number, together, pages = both(app), Barrier(2), []

    def click(login: str, decision: str) -> None:
        client = signed_in(app, login, role="reviewer")
        token = form_token(client, "/staff/stations")
        form = {"decision": decision, "answer": login, "take": ["a", "b"], "csrf_token": token}
        together.wait()
        client.post(f"/staff/proposals/{number}", data=form)
        pages.append(client.get(f"/staff/proposals/{number}").text)

    threads = [Thread(target=click, args=each) for each in (("chen", "accept"), ("zhao", second))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum("这份建议刚刚已有人处理" in page for page in pages) == 1
    decided = proposal(app, number)
    assert decided.answer == decided.decided_by
    assert phones(app) == (["1", "1"] if decided.decision == "accepted" else ["0", "0"])


def test_new_and_removed_stations_are_proposed_too(app: Flask) -> None:
    number = propose(app, Edit("c", None, one("c", district="320303", name="新站")), Edit("b", B, None))
    reviewer = signed_in(app, "chen", role="reviewer")
    page = reviewer.get(f"/staff/proposals/{number}").text
    assert "新增站点" in page
    assert "删除站点" in page
    decide(reviewer, number, "accept", take=["b", "c"])
    assert list(state_of(app).snapshot.registry) == ["a", "c"]


def test_a_removal_of_what_somebody_changed_is_a_contradiction(app: Flask) -> None:
    number = propose(app, Edit("b", B, None))
    state_of(app).change([Edit("b", B, with_(B, phone="9"))], author="王")
    reviewer = signed_in(app, "chen", role="reviewer")
    assert "建议之后别人改了同一处" in reviewer.get(f"/staff/proposals/{number}").text
    decide(reviewer, number, "accept", take=["b"])
    assert list(state_of(app).snapshot.registry) == ["a"]
