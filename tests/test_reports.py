"""Reports as the API takes them: kept once, compared with the posted hours, and what they amount to."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, dumps
from stationmap.settings import Settings
from stationmap.storage.schema import report_contacts
from stationmap.web.app import create_app
from stationmap.web.guard import report_limits
from stationmap.web.snapshot import Snapshot
from tests import sent_reports
from tests.sent_reports import unhurried
from tests.staff import Clock
from tests.strategies import station

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=ZONE)  # a Monday
OPEN, ALWAYS, UNKNOWN = "day", "always", "unknown"
BROWSER = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    stations = [
        station(OPEN, 117.20, 34.26, hours="Mo-Su 08:30-18:00"),
        station(ALWAYS, 117.21, 34.26, hours="24/7"),
        station(UNKNOWN, 117.22, 34.26),
    ]
    path = tmp_path / "stations.geojson"
    path.write_bytes(dumps(Registry(stations)))
    return create_app(Settings(registry=path, data=tmp_path / "data", poll_s=3_600), clock=clock)


Send = Callable[..., Any]


@pytest.fixture
def send(app: Flask, clock: Clock) -> Send:
    client = unhurried(app).test_client(use_cookies=False)

    def sent(station_id: str = OPEN, kind: str = "locked", device: int = 1, **members: Any) -> Any:
        body = {
            "id": str(uuid.uuid4()),
            "station_id": station_id,
            "kind": kind,
            "said_at": clock.at.isoformat(),
            "device": f"device-{device}",
        }
        return sent_reports.send(client, body | members)

    return sent


def mark(app: Flask, station_id: str = OPEN) -> Any:
    return app.test_client().get(f"/api/v1/stations/{station_id}").json["properties"].get("reported")


def code_of(response: Any) -> str:
    assert response.status_code == 201, response.json
    return str(response.json["code"])


def test_a_report_is_kept_once_with_the_same_receipt(app: Flask, send: Send) -> None:
    body = {"id": str(uuid.uuid4())}
    first, again = send(**body), send(**body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json == {"code": first.json["code"], "state": "new"}
    other = send(**body, kind="open")
    assert other.status_code == 409 and first.json["code"] not in other.text
    assert send(**{"id": body["id"].upper()}).status_code == 200
    current = app.extensions["stationmap"]
    current.snapshot = Snapshot(Registry([station(ALWAYS, 117.21, 34.26)]))
    assert send(**body).json == first.json  # the station has gone since
    assert send().status_code == 404


def test_three_devices_mark_a_station_that_is_posted_open(app: Flask, send: Send, clock: Clock) -> None:
    send(device=1)
    clock.at += timedelta(minutes=10)
    send(device=2)
    assert mark(app) is None
    clock.at += timedelta(minutes=10)
    send(device=3)
    expected = {
        "kind": "locked",
        "devices": 3,
        "since": "2026-11-30T12:00:00+08:00",
        "until": "2026-12-01T08:30:00+08:00",
    }
    client = app.test_client()
    assert mark(app) == expected
    (found,) = client.get("/api/v1/nearest?lon=117.2&lat=34.26&k=1&open=now").json["features"]
    assert found["properties"]["reported"] == expected and found["properties"]["state"] == "open"
    assert "reported_locked" in found["properties"]["doubts"]
    batch = client.post("/api/v1/nearest", json={"points": [[117.2, 34.26]], "k": 1}).json["results"][0][0]
    assert batch["reported"] == expected and "reported_locked" in batch["doubts"]
    assert client.get("/api/v1/feed").json["reports"]["reported"] == {OPEN: expected}
    assert client.get("/api/v1/marks").json["reported"] == {OPEN: expected}
    (listed, *_) = client.get("/api/v1/stations?q=day").json["features"] or [None]
    assert listed is None or listed["properties"]["reported"] == expected


def reports_of(*devices: int, **each: Any) -> list[dict[str, Any]]:
    return [{"device": device, **each} for device in devices]


@pytest.mark.parametrize(
    ("reports", "at"),
    [
        pytest.param(reports_of(1, 1, 1), NOON, id="one device"),
        pytest.param(reports_of(1, 2), NOON, id="two devices"),
        pytest.param(reports_of(1, 2, 3), NOON.replace(hour=20), id="outside posted hours"),
        pytest.param(
            reports_of(1, 2, 3, said_at=(NOON - timedelta(days=3)).isoformat()), NOON, id="a clock days behind"
        ),
        pytest.param(reports_of(1, 2, 3, said_at=(NOON + timedelta(days=3)).isoformat()), NOON, id="a clock ahead"),
        pytest.param(reports_of(1, 2, 3, kind="lacks"), NOON, id="another kind"),
        pytest.param([*reports_of(1, 2), {"device": 3, "station_id": ALWAYS}], NOON, id="another station"),
    ],
)
def test_less_than_that_marks_nothing(
    app: Flask, send: Send, clock: Clock, reports: list[dict[str, Any]], at: datetime
) -> None:
    clock.at = at
    for one in reports:
        assert send(**one).status_code == 201
    assert app.test_client().get("/api/v1/marks").json["reported"] == {}


def test_three_devices_within_more_than_an_hour_mark_nothing(app: Flask, send: Send, clock: Clock) -> None:
    for device in (1, 2, 3):
        send(device=device)
        clock.at += timedelta(minutes=31)
    assert mark(app) is None
    clock.at = NOON + timedelta(minutes=80)
    send(device=4)
    assert mark(app)["devices"] == 3


def test_a_browser_that_changes_its_id_is_one_device(app: Flask, clock: Clock) -> None:
    client = app.test_client()
    for device in (1, 2, 3):
        body = {"id": str(uuid.uuid4()), "station_id": OPEN, "kind": "locked", "said_at": clock.at.isoformat()}
        answer = client.post("/api/v1/reports", json=body | {"device": f"device-{device}"}, headers=BROWSER)
        assert answer.status_code == 201
    assert mark(app) is None


@pytest.mark.parametrize(
    ("station_id", "ends"),
    [
        pytest.param(OPEN, datetime(2026, 12, 1, 8, 30, tzinfo=ZONE), id="the next posted opening"),
        pytest.param(ALWAYS, NOON + timedelta(days=1), id="a day where it never closes"),
        pytest.param(UNKNOWN, NOON + timedelta(days=1), id="a day where hours are unknown"),
    ],
)
def test_a_mark_ends_by_itself(app: Flask, send: Send, clock: Clock, station_id: str, ends: datetime) -> None:
    for device in (1, 2, 3):
        send(station_id, device=device)
    clock.at = ends - timedelta(seconds=1)
    assert mark(app, station_id)["until"] == ends.isoformat()
    clock.at = ends
    assert mark(app, station_id) is None
    assert app.test_client().get("/api/v1/feed").json["reports"]["reported"].keys() <= {station_id}


def test_one_fresh_report_that_it_is_open_ends_a_mark(app: Flask, send: Send, clock: Clock) -> None:
    for device in (1, 2, 3):
        send(device=device)
    clock.at += timedelta(minutes=5)
    send(kind="open", device=4, said_at=(NOON - timedelta(minutes=30)).isoformat())  # from before
    assert mark(app) is not None
    send(kind="open", device=4)
    assert mark(app) is None
    clock.at += timedelta(minutes=5)
    send(device=5)
    send(device=6)
    assert mark(app) is None  # what was so before counts no more
    send(device=7)
    assert mark(app)["devices"] == 3


def test_several_confirmations_are_a_weak_check(app: Flask, send: Send, clock: Clock) -> None:
    def doubts() -> list[str]:
        (found,) = app.test_client().get("/api/v1/nearest?lon=117.2&lat=34.26&k=1").json["features"]
        assert found["id"] == OPEN
        return list(found["properties"]["doubts"])

    assert "never_verified" in doubts()
    send(kind="open", device=1)
    send(kind="open", device=1)
    assert "never_verified" in doubts()
    send(kind="open", device=2)
    assert "never_verified" not in doubts() and "verified_by_rider" in doubts()
    confirmed = app.test_client().get(f"/api/v1/stations/{OPEN}").json["properties"]["confirmed"]
    assert confirmed == {"on": "2026-11-30", "times": 2}


def test_another_process_learns_of_it(app: Flask, send: Send, clock: Clock) -> None:
    other = create_app(app.extensions["stationmap"].settings, clock=clock)
    for device in (1, 2, 3):
        send(device=device)
    assert mark(other) is None
    other.extensions["stationmap"].refresh_evidence()
    assert mark(other) == mark(app) is not None
    tags = [each.test_client().get("/api/v1/marks").headers["ETag"] for each in (app, other)]
    assert tags[0] == tags[1]


def test_a_receipt_tells_what_became_of_a_report(app: Flask, send: Send) -> None:
    client = app.test_client()
    code = code_of(send(text="门口没人", contact="微信 abc"))
    found = client.get(f"/api/v1/reports/{code}")
    assert found.json["state"] == "new" and found.json["answer"] == "" and found.headers["Cache-Control"] == "no-store"
    assert client.get(f"/api/v1/reports/{code.lower()[:5]} {code[5:]}").status_code == 200
    assert client.post(f"/api/v1/reports/{code}/reopen").status_code == 409
    assert client.delete(f"/api/v1/reports/{code}").status_code == 200
    for gone in (code, "AAAAAAAAAA", "x"):
        assert client.get(f"/api/v1/reports/{gone}").status_code == 404


def test_taking_the_third_report_back_ends_the_mark(app: Flask, send: Send) -> None:
    *_, code = [code_of(send(device=device)) for device in (1, 2, 3)]
    assert mark(app) is not None
    app.test_client().delete(f"/api/v1/reports/{code}")
    assert mark(app) is None


def test_every_problem_of_a_body_is_named_and_nothing_sent_repeated(app: Flask, send: Send) -> None:
    answer = send(
        kind="secret-kind", said_at="2026-11-30T12:00:00", text="secret" * 60, point=[999.5, 34], extra="secret", id=7
    )
    assert answer.status_code == 400
    assert {fault["parameter"] for fault in answer.json["errors"]} >= {"kind", "said_at", "text", "extra", "id"}
    assert "secret" not in answer.text and "999.5" not in answer.text
    assert send("nowhere").status_code == 404
    assert send(kind="lacks", details=["hot_water"]).status_code == 201
    assert send(kind="no_entry", details=["registration"]).status_code == 201
    assert send(kind="locked", details=["hot_water"]).status_code == 400
    assert send(kind="locked", point=[117.2, 34.2]).status_code == 400


@pytest.mark.parametrize("said_at", ["2026", "1700000000", "1700000000000", "-1", "1700000000.5"])
def test_a_number_written_as_text_is_no_moment(send: Send, said_at: str) -> None:
    answer = send(kind="open", said_at=said_at)
    assert (answer.status_code, [each["parameter"] for each in answer.json["errors"]]) == (400, ["said_at"])


@pytest.mark.parametrize("said_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_at_the_ends_of_the_calendar_is_kept_but_shows_nothing(app: Flask, send: Send, said_at: str) -> None:
    for device in (1, 2, 3):
        assert send(device=device, said_at=said_at).status_code == 201
    assert mark(app) is None


def test_how_to_reach_a_rider_is_one_line_that_can_be_seen(app: Flask, send: Send) -> None:
    assert send(contact="\x00微信\u202e abc\r\n\x1b[2J <b>", kind="other").status_code == 201
    with app.extensions["stationmap"].desk.database().reading() as connection:
        assert connection.execute(sa.select(report_contacts.c.contact)).scalar_one() == "微信 abc [2J <b>"


def test_pages_of_a_receipt_tell_nobody_which_codes_there_are(app: Flask, send: Send) -> None:
    code = code_of(send())
    app.extensions[report_limits.EXTENSION].apply(report_limits.Rates())
    client, rider = app.test_client(), {"REMOTE_ADDR": "203.0.113.7"}

    def posted(known: str, act: str) -> int:
        return client.post(f"/r/{known}/{act}", environ_overrides=rider).status_code

    assert posted(code, "reopen") == 303
    guessed = [posted(f"{number:010}", act) for number in range(20) for act in ("reopen", "delete")]
    assert guessed == [404] * 30 + [429] * 10
    assert posted(code, "delete") == 429


def test_what_is_posted_and_what_others_reported(app: Flask, send: Send, clock: Clock) -> None:
    client = app.test_client()
    assert client.get(f"/api/v1/stations/{OPEN}/reports").json == {
        "posted": {"state": "open", "until": "2026-11-30T18:00:00+08:00", "opens_at": "2026-12-01T08:30:00+08:00"},
        "recent": [],
        "answers": [],
        "texts": [],
    }
    send(device=1)
    send(device=2, text="not yet released")
    found = client.get(f"/api/v1/stations/{OPEN}/reports").json
    assert found["recent"] == [{"kind": "locked", "devices": 2, "last_at": "2026-11-30T12:00:00+08:00"}]
    assert found["texts"] == []
    clock.at = NOON.replace(hour=20)
    send(device=3)
    assert client.get(f"/api/v1/stations/{OPEN}/reports").json["recent"] == []
    posted = client.get(f"/api/v1/stations/{OPEN}/reports").json["posted"]
    assert posted["state"] == "closed" and posted["opens_at"] == "2026-12-01T08:30:00+08:00"


def test_no_reports_are_taken_where_the_registry_is_only_read(tmp_path: Path, app: Flask) -> None:
    served = app.extensions["stationmap"].settings
    closed = create_app(served.model_copy(update={"read_only": True, "data": tmp_path / "none"}), clock=Clock(NOON))
    body = {
        "id": str(uuid.uuid4()),
        "station_id": OPEN,
        "kind": "open",
        "said_at": NOON.isoformat(),
        "device": "device-1",
    }
    client = closed.test_client()
    assert client.post("/api/v1/reports", json=body).status_code == 404
    assert client.get("/api/v1/marks").json["reported"] == {}
    assert client.get(f"/api/v1/stations/{OPEN}/reports").status_code == 200
    assert not (tmp_path / "none").exists()


def test_a_database_that_was_removed_takes_its_keys_with_it(app: Flask, send: Send, tmp_path: Path) -> None:
    send()
    for file in (tmp_path / "data").glob("*.sqlite*"):
        file.unlink()
    body = {"id": str(uuid.uuid4()), "kind": "gone"}
    code = code_of(send(**body))
    served = app.extensions["stationmap"].settings
    again = create_app(served, clock=Clock(NOON)).test_client()
    assert again.get(f"/api/v1/reports/{code}").json["kind"] == "gone"
    sent = {"station_id": OPEN, "said_at": NOON.isoformat(), "device": "device-1"}
    assert again.post("/api/v1/reports", json=sent | body).json["code"] == code


def test_the_page_about_privacy_names_who_answers_for_it(app: Flask, clock: Clock) -> None:
    assert "没有在这里写明" in app.test_client().get("/privacy").text
    named = app.extensions["stationmap"].settings.model_copy(update={"operator": "总工会 <b>{{7*7}}"})
    page = create_app(named, clock=clock).test_client().get("/privacy").text
    assert "运营单位：<bdi>总工会 &lt;b&gt;{{7*7}}</bdi>" in page and "没有在这里写明" not in page


def test_nobody_makes_a_database_by_guessing_a_receipt(app: Flask, tmp_path: Path) -> None:
    client = app.test_client()
    answers = [
        client.get("/api/v1/reports/ABCDEFGHIJ"),
        client.delete("/api/v1/reports/ABCDEFGHIJ"),
        client.post("/api/v1/reports/ABCDEFGHIJ/reopen"),
        client.get("/r/ABCDEFGHIJ"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert not (tmp_path / "data").exists()
