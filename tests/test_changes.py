"""What is told of changes: to programs exactly or not at all, to people in words; nobody is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient

from stationmap.editing.edits import Edit
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.registry.registry import parse
from stationmap.storage.editable_registry import EditableRegistry
from stationmap.storage.history import change_feed
from tests.apps import app_over, registry_of
from tests.mirrors import true_copy
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

ATOM = {"": "http://www.w3.org/2005/Atom"}
HOSTILE = "{{7*7}}<script>alert(1)</script>\u202e\u0007&amp;"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    begun = registry_of([station(each, 117.2, 34.2, kept="x") for each in "abc"], demo=True, licence="CC0", own="y")
    made = staff_app(tmp_path, begun, clock=clock, public_url="https://stations.example.org")
    state_of(made).journal_head()
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def change(app: Flask, wanted: dict[str, Station | None], author: str = "王小明", reason: str = "内部") -> None:
    now = state_of(app).snapshot.registry
    edits = [Edit(each, now.get(each), after) for each, after in wanted.items()]
    state_of(app).change(edits, author=author, reason=reason)


def problem(client: FlaskClient, query: str) -> tuple[int, str]:
    answer = client.get(f"/api/v1/changes{query}")
    assert answer.mimetype == "application/problem+json" and answer.headers["Cache-Control"] == "no-store"
    document = answer.json
    return answer.status_code, document.get("code") or ",".join(each["code"] for each in document["errors"])


def test_all_that_is_published_is_a_registry_file_whose_revision_is_its_tag(app: Flask, client: FlaskClient) -> None:
    answer, registry = client.get("/api/v1/registry"), state_of(app).snapshot.registry
    found = parse(answer.data)
    assert answer.data == true_copy(registry)
    assert found.revision != registry.revision == answer.headers["Stationmap-Revision"]
    assert answer.headers["Stationmap-Published"] == found.revision == answer.get_etag()[0]
    assert answer.headers["Stationmap-Sequence"] == "1" and answer.mimetype == "application/geo+json"
    assert found.demo and found.meta.licence == "CC0" and found.meta.model_extra == {}
    same = client.get("/api/v1/registry", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304 and same.headers["Stationmap-Sequence"] == "1"
    packed = client.get("/api/v1/registry", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and packed.headers["Vary"] == "Accept-Encoding"
    assert client.head("/api/v1/registry").headers["Stationmap-Published"] == found.revision
    assert client.get("/api/v1/registry?limit=1").status_code == 400


def test_each_station_is_told_once_as_it_is_and_deleted_ones_as_deleted(app: Flask, client: FlaskClient) -> None:
    change(app, {"a": station("a", 117.3, 34.2, phone="1")})
    change(app, {"a": station("a", 117.3, 34.2, phone="2"), "b": None, "d": station("d", 117.2, 34.2)})
    document = client.get("/api/v1/changes?after=1").json
    told = {each["id"]: each for each in document["changes"]}
    assert list(told) == ["a", "b", "d"]
    assert told["a"]["station"] == client.get("/api/v1/stations").json["features"][0]
    assert told["b"] == {"id": "b", "seq": 3, "at": "2026-11-23T10:00:00+08:00", "deleted": True}
    assert (document["until"], document["latest"], document["next_after"], document["stations"]) == (3, 3, 3, 3)
    assert document["label"] == "演示数据" and "own" not in document["header"] and document["more"] is False
    assert document["published"] == client.get("/api/v1/registry").headers["Stationmap-Published"]
    assert [each["rel"] for each in document["links"]] == ["self", "later"]
    later = client.get(document["links"][1]["href"].removeprefix("https://stations.example.org")).json
    assert later["changes"] == [] and later["header"] is None and later["after"] == later["until"] == 3
    text = client.get("/api/v1/changes?after=0").text
    assert not any(word in text for word in ("王小明", "内部", '"kept"', '"own"'))


def test_a_page_tells_what_was_there_whatever_became_of_it_since(app: Flask, client: FlaskClient) -> None:
    page = client.get("/api/v1/changes?after=0&limit=1").json
    for phone in ("1", "2"):
        change(app, {"b": station("b", 117.2, 34.2, phone=phone)})
    change(app, {"b": None, "bb": station("bb", 117.2, 34.2), "c": None})
    change(app, {"c": station("c", 117.9, 34.2)})
    told, published = list(page["changes"]), page["published"]
    while page["more"]:
        page = client.get(page["links"][1]["href"].removeprefix("https://stations.example.org")).json
        told += page["changes"]
        assert page["published"] == published and page["until"] == 1 < page["latest"]
    places = [(each["id"], each["station"]["properties"].get("phone")) for each in told]
    assert places == [("a", None), ("b", None), ("c", None)]
    assert told[2]["station"]["geometry"]["coordinates"] == [117.2, 34.2]


def test_no_address_in_an_answer_comes_from_the_host(client: FlaskClient) -> None:
    for path in ("/api/v1/changes?after=0&limit=1", "/changes.atom"):
        answer = client.get(path, headers={"Host": "evil.example"})
        assert "evil" not in answer.text and "https://stations.example.org/" in answer.text


def test_what_cannot_be_answered_exactly_is_said_and_how_to_go_on(app: Flask, client: FlaskClient) -> None:
    now = state_of(app).snapshot.registry.revision
    assert client.get(f"/api/v1/changes?after=1&revision={now}").status_code == 200
    assert problem(client, "?after=2") == (400, "future")
    assert problem(client, f"?after=2&revision={now}") == (410, "history_gone")
    assert problem(client, "?after=1&revision=0123456789abcdef") == (410, "history_gone")
    place = client.get("/api/v1/changes?after=0&limit=1").json["links"][1]["href"].partition("page=")[2]
    assert client.get(f"/api/v1/changes?after=0&page={place}").status_code == 200
    assert problem(client, f"?after=0&page={place.replace(now, 'f' * 16)}") == (410, "history_gone")
    assert problem(client, f"?after=0&page={place.replace('1-', '9-', 1)}") == (410, "history_gone")


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            "?after=",
            "?after=-1",
            "?after=1.5",
            "?after=NaN",
            "?after=1e3",
            "?after=2026-11-23",
            "?after=99999999999",
        ),
        *("?after=0&after=0", "?after=0&since=1", "?after=0&limit=0", "?after=0&limit=10001"),
        *("?after=0&revision=xyz", "?after=0&revision=", "?after=0&page=../..", "?after=0&page=1-2-3-4", "?after=١"),
    ],
)
def test_what_is_no_question_is_refused(client: FlaskClient, query: str) -> None:
    status, codes = problem(client, query)
    assert status == 400 and codes


def test_a_server_that_only_reads_says_so_and_gives_all_of_it(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)])).test_client()
    assert problem(client, "?after=0") == (404, "no_journal")
    assert client.get("/changes.atom").json["code"] == "no_journal"
    answer = client.get("/api/v1/registry")
    assert answer.status_code == 200 and "Stationmap-Sequence" not in answer.headers


def test_a_registry_without_stations_is_told_too(tmp_path: Path) -> None:
    client = staff_app(tmp_path, registry_of([])).test_client()
    assert parse(client.get("/api/v1/registry").data) == registry_of([])
    document = client.get("/api/v1/changes?after=0").json
    assert document["changes"] == [] and document["stations"] == 0 and document["next_after"] == 1


def test_another_process_that_wrote_is_told_of_before_this_one_serves_it(app: Flask, client: FlaskClient) -> None:
    other = EditableRegistry(state_of(app).settings.registry, state_of(app).database())
    other.change([Edit("z", None, station("z", 117.2, 34.2))], author="李")
    document = client.get("/api/v1/changes?after=1").json
    assert [each["id"] for each in document["changes"]] == ["z"]
    assert document["published"] == parse(true_copy(other.settle())).revision


def entries(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/changes.atom{query}")
    assert answer.mimetype == "application/atom+xml", answer.text
    found = []
    for entry in ET.fromstring(answer.data).findall("entry", ATOM):
        link = entry.find("link", ATOM)
        texts = {name: entry.findtext(name, namespaces=ATOM) for name in ("id", "title", "updated", "summary")}
        found.append({**texts, "href": "" if link is None else link.get("href")})
    return found


def test_the_feed_tells_people_what_happened(app: Flask, client: FlaskClient, clock: Clock) -> None:
    now = state_of(app).snapshot.registry
    steps: list[dict[str, Station | None]] = [
        {"d": station("d", 117.2, 34.2, name="新站")},
        {"a": station("a", 117.25, 34.2, kept="x")},
        {"b": station("b", 117.2, 34.2, kept="x", status="closed")},
        {"c": station("c", 117.2, 34.2, kept="x", hours="24/7")},
        {"c": station("c", 117.2, 34.2, kept="changed in the file only", hours="24/7")},
        {"d": None},
    ]
    assert now["a"].name == "站 a"
    for step in steps:
        clock.at += timedelta(hours=1)
        change(app, step)
    chinese, english = entries(client), entries(client, "?lang=en")
    assert [each["title"] for each in chinese] == [
        "演示数据 新站 · 已从名单移除",
        "演示数据 站 c · 开放时间已更新",
        "演示数据 站 b · 已撤销",
        "演示数据 站 a · 位置已改",
        "演示数据 新站 · 新站点",
    ]
    assert english[0]["title"].endswith("新站 · Removed from the list") and english[3]["title"].endswith("Moved")
    assert [each["id"] for each in chinese] == [each["id"] for each in english]
    assert len({each["id"] for each in chinese}) == 5
    assert chinese[1]["href"] == "https://stations.example.org/s/c?lang=zh" and chinese[0]["href"] == ""
    assert "未知 → 24/7" in chinese[1]["summary"]
    assert "王小明" not in client.get("/changes.atom").text and "内部" not in client.get("/changes.atom").text
    tag = client.get("/changes.atom").headers["ETag"]
    assert client.get("/changes.atom", headers={"If-None-Match": tag}).status_code == 304


def test_a_feed_of_no_changes_was_updated_when_the_registry_was_taken_over(client: FlaskClient, clock: Clock) -> None:
    assert entries(client) == []
    feed = ET.fromstring(client.get("/changes.atom").data)
    assert feed.findtext("updated", namespaces=ATOM) == clock.at.astimezone(ZONE).isoformat(timespec="seconds")


def test_many_changes_at_once_are_one_entry_and_the_feed_has_fifty(app: Flask, client: FlaskClient) -> None:
    change(app, {f"n{number}": station(f"n{number}", 117.2, 34.2) for number in range(11)})
    assert [each["title"] for each in entries(client)] == ["演示数据 一次更新了 11 个站点"]
    for number in range(60):
        change(app, {"a": station("a", 117.2, 34.2, phone=str(number))})
    assert len(entries(client)) == 50


def test_hostile_text_is_text(app: Flask, client: FlaskClient) -> None:
    change(app, {"a": station("a", 117.2, 34.2, name=HOSTILE, address=HOSTILE)})
    answer = client.get("/changes.atom")
    (entry,) = entries(client)
    assert "{{7*7}}<script>alert(1)</script>" in entry["title"] and "<script>" not in answer.text
    assert "\u202e" not in answer.text and "\u0007" not in answer.text
    assert client.get("/api/v1/changes?after=1").json["changes"][0]["station"]["properties"]["name"] == HOSTILE


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_both_databases_tell_the_same_in_pages_of_any_length(editable: EditableRegistry, limit: int) -> None:
    begun = editable.settle()
    edits = [Edit(each, None, station(each, 117.2, 34.2)) for each in ("B", "a-1", "a.2", "Z", "z9")]
    editable.change([*edits, *(Edit(each, begun[each], None) for each in begun)], author="王")
    editable.change([Edit("B", editable.settle()["B"], None)], author="王")
    for after, expected in ((0, set()), (1, {*begun, "B"}), (2, {"B"})):
        latest, found, beyond = editable.head(), [], ""
        with editable.database.reading() as connection:
            while True:
                page = change_feed.changed_stations(connection, latest, after, latest.seq, beyond=beyond, limit=limit)
                found += page.states
                beyond = page.beyond
                if not beyond:
                    break
        assert len({each.id for each in found}) == len(found)
        assert {each.id for each in found if each.line is None} == expected
        assert {each.id for each in found if each.line} == (set(editable.settle()) if after < 2 else set())
