"""Reports as other programs read them: Open311 GeoReport v2 and Atom, without what is nobody else's business."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from stationmap.hours.opening_hours import ZONE
from stationmap.reports.model import Decision
from stationmap.reports.public_ids import day_of, public_id
from stationmap.storage.reports import deciding, reading
from stationmap.web.app import create_app
from tests.apps import registry_of
from tests.sent_reports import report_of, send, unhurried
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)
TEXT = "门锁着]]><b>打13800138000</b>\x07"
REQUESTS = "/open311/v2/requests.json"
ATOM = "{http://www.w3.org/2005/Atom}"

Get = Callable[..., Any]


class Sent:
    """Reports of one registry: what the phones know of them."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self.bodies: list[dict[str, Any]] = []
        self.codes: list[str] = []

    def report(self, station_id: str, kind: str, **members: Any) -> str:
        body = report_of(station_id, self.clock.at, kind, len(self.bodies), **members)
        answer = send(self.app.test_client(use_cookies=False), body)
        assert answer.status_code == 201, answer.json
        self.bodies.append(body)
        self.codes.append(answer.json["code"])
        return str(body["id"])

    def decide(self, report_id: str, decision: Decision) -> None:
        with state_of(self.app).database().writing() as connection:
            deciding.decide(connection, [report_id], decision, by="wang", at=self.clock.at)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    clock = Clock(NOON - timedelta(days=100))
    stations = [
        station("a", 117.20, 34.26, name="甲", address="淮海路1号", hours="24/7"),
        station("b", 117.21, 34.26, name="乙\u202e<i>", hours="24/7"),
    ]
    made = Sent(unhurried(staff_app(tmp_path_factory.mktemp("open311"), registry_of(stations), clock=clock)), clock)
    made.report("a", "gone")
    clock.at = NOON
    fixed = made.report("a", "locked", text=TEXT, contact="微信 secret")
    made.report("b", "wrong_place", point=[117.25, 34.27], text="别公开")
    made.report("b", "open")
    clock.at = NOON + timedelta(hours=1)
    made.decide(fixed, Decision("fixed", "已开门。"))
    with state_of(made.app).database().writing() as connection:
        deciding.release_text(connection, fixed, is_released=True, at=clock.at)
    return made


@pytest.fixture
def get(sent: Sent) -> Get:
    client = sent.app.test_client()

    def got(query: str = "", status: int = 200) -> Any:
        answer = client.get(f"{REQUESTS}{query}")
        assert answer.status_code == status, answer.text
        return answer.json

    return got


def test_services_are_the_kinds_that_want_something_done(sent: Sent) -> None:
    found = sent.app.test_client().get("/open311/v2/services.json").json
    assert [each["service_code"] for each in found] == [
        "locked", "wrong_place", "no_entry", "lacks", "gone", "other",
    ]  # fmt: skip
    assert found[0]["service_name"] == "锁门了 Locked" and found[0]["metadata"] is False


def test_a_request_tells_state_answer_and_the_place_of_the_station(get: Get) -> None:
    late, early = get()
    assert (late["service_code"], early["service_code"]) in {("wrong_place", "locked"), ("locked", "wrong_place")}
    (locked,) = get("?service_code=locked")
    assert locked == locked | {
        "status": "closed",
        "status_notes": "已开门。",
        "address": "淮海路1号",
        "address_id": "a",
        "lat": 34.26,
        "long": 117.2,
        "requested_datetime": "2026-11-30T12:00:00+08:00",
        "updated_datetime": "2026-11-30T13:00:00+08:00",
    }
    assert "***" in locked["description"] and "13800138000" not in locked["description"]
    (place,) = get("?service_code=wrong_place")
    assert (place["long"], place["description"], place["status"]) == (117.21, None, "open")


def test_nothing_private_and_no_key_to_a_report_is_in_it(sent: Sent) -> None:
    client = sent.app.test_client()
    earlier = quote((NOON - timedelta(days=60)).isoformat())
    paths = (REQUESTS, f"{REQUESTS}?end_date={earlier}", "/reports.atom", "/reports.atom?lang=en")
    texts = [client.get(path).text for path in paths]
    secrets = ["13800138000", "secret", "别公开", "117.25", "device-", "wang"]
    secrets += [*sent.codes, *(body["id"] for body in sent.bodies)]
    for text in texts:
        assert [each for each in secrets if each in text] == []


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("?status=open", ["wrong_place"]),
        ("?status=closed", ["locked"]),
        ("?status=open,closed&service_code=locked,gone", ["locked"]),
        ("?start_date=2026-08-01T00:00:00Z&end_date=2026-10-01T00:00:00%2B08:00", ["gone"]),
        ("?start_date=2026-08-01T00:00:00Z", ["gone"]),
        ("?start_date=2026-11-30T12:00:00+08:00", ["locked", "wrong_place"]),
        ("?page=2&page_size=1&service_code=locked", []),
        ("?jurisdiction_id=x&api_key=y&status=closed", ["locked"]),
    ],
)
def test_requests_are_chosen(get: Get, query: str, kinds: list[str]) -> None:
    assert sorted(each["service_code"] for each in get(query)) == kinds


def test_pages_hold_every_request_once(get: Get) -> None:
    pages = [get(f"?page_size=1&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [1, 1, 0]
    assert len({page[0]["service_request_id"] for page in pages[:2]}) == 2


def test_a_request_is_found_by_its_id(sent: Sent, get: Get) -> None:
    ids = [each["service_request_id"] for each in get()]
    client = sent.app.test_client()
    for known in ids:
        (found,) = client.get(f"/open311/v2/requests/{known}.json").json
        assert found["service_request_id"] == known
    asked = [ids[1], "20261130-0000000000000000", "nonsense", ids[0]]
    assert [each["service_request_id"] for each in get(f"?service_request_id={','.join(asked)}")] == [ids[1], ids[0]]
    for unknown in ("20261130-0000000000000000", "99999999-0000000000000000", "00010101-0000000000000000", "x"):
        answer = client.get(f"/open311/v2/requests/{unknown}.json")
        assert answer.status_code == 404 and answer.json[0]["code"] == 404 and unknown not in answer.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?start_date=2026-01-01T00:00:00Z&end_date=2026-11-30T00:00:00Z", "90 days"),
        ("?start_date=2026-11-30T00:00:00Z&end_date=2026-11-01T00:00:00Z", "not be before the start"),
        ("?start_date=2026-11-30T00:00:00", "start_date"),
        ("?start_date=9999-12-31T23:59:59-12:00", "start_date"),
        ("?end_date=0001-01-01T00:00:00Z", "_date"),
        ("?start_date=0001-01-01T00:00:00%2B08:00&end_date=0001-01-02T00:00:00%2B08:00", "start_date"),
        ("?end_date=secret", "end_date"),
        ("?status=secret", "status"),
        ("?service_code=open", "service_code"),
        ("?page=0", "page"),
        ("?page=99999999999999999999", "page"),
        ("?page_size=201", "page_size"),
        ("?secret=1", "not a parameter"),
        ("?status=open&status=closed", "once"),
        (f"?service_request_id={','.join(['x'] * 51)}", "at most 50"),
    ],
)
def test_what_cannot_be_understood_is_named_and_not_repeated(get: Get, query: str, named: str) -> None:
    found = get(query, 400)
    assert named in json.dumps(found) and "secret" not in json.dumps(found) and found[0]["code"] == 400


def test_xml_is_not_offered_and_nothing_can_be_posted(sent: Sent) -> None:
    client = sent.app.test_client()
    for path in ("services", "requests", "requests/1"):
        answer = client.get(f"/open311/v2/{path}.xml")
        assert answer.status_code == 406 and "json" in answer.json[0]["description"]
    assert client.post(REQUESTS, data={"service_code": "locked"}).status_code == 405


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_feed_is_atom_whatever_the_text(sent: Sent, language: str) -> None:
    client = sent.app.test_client()
    answer = client.get(f"/reports.atom?lang={language}")
    feed = ET.fromstring(answer.data)
    entries = feed.findall(f"{ATOM}entry")
    assert answer.mimetype == "application/atom+xml" and len(entries) == 3
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3
    first = entries[0]
    assert "甲" in (first.findtext(f"{ATOM}title") or "") and "已开门" in (first.findtext(f"{ATOM}summary") or "")
    assert first.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated") == "2026-11-30T13:00:00+08:00"
    assert "]]>" in (first.findtext(f"{ATOM}summary") or "")
    links = [link.get("href") for link in first.findall(f"{ATOM}link")]
    assert links and links[0].startswith("http://127.0.0.1:80/s/a")  # type: ignore[union-attr]
    again = client.get(f"/reports.atom?lang={language}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_nothing_is_there_where_no_reports_are_taken(sent: Sent, tmp_path: Path) -> None:
    served = state_of(sent.app).settings
    closed = create_app(served.model_copy(update={"read_only": True, "data": tmp_path}), clock=sent.clock)
    for path in ("/open311/v2/services.json", REQUESTS, "/reports.atom"):
        assert closed.test_client().get(path).status_code == 404
    empty = create_app(served.model_copy(update={"data": tmp_path / "new"}), clock=sent.clock).test_client()
    assert empty.get(REQUESTS).json == [] and empty.get("/reports.atom").status_code == 200
    assert not (tmp_path / "new").exists()


def test_a_public_id_follows_from_a_key_and_the_day(sent: Sent) -> None:
    known = public_id("key", "a", NOON)
    assert known.startswith("20261130-") and known != public_id("other", "a", NOON)
    assert day_of(known) == (NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=1))
    assert public_id("key", "a", NOON.replace(hour=23, minute=59))[:8] == "20261130"
    assert day_of("20261301-0123456789abcdef") is None and day_of(known.upper()) is None
    with state_of(sent.app).database().reading() as connection:
        assert len(reading.listed(connection, state_of(sent.app).desk.registry)) == 4
