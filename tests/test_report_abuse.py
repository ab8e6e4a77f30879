"""Limits of reports by device and station, and the proof of work above half of one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

from stationmap.reports.devices import device_digest
from stationmap.reports.model import Decision, Kind, Report
from stationmap.storage.database import Database
from stationmap.storage.reports import accepting, deciding, limits
from stationmap.storage.schema import reports, used_challenges
from stationmap.web.guard import report_limits
from stationmap.web.guard.report_limits import Rates
from stationmap.web.guard.threads import Threads
from stationmap.web.reports import proof
from tests.apps import MONDAY_10, registry_of
from tests.sent_reports import BROWSER, REPORTS, report_of, send, unhurried, worked_out
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

OPEN = [f"s{number}" for number in range(25)]


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_10)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    stations = [station(each, 117.2, 34.2, hours="Mo-Su 08:30-18:00") for each in OPEN]
    registry = registry_of([*stations, station("night", 117.2, 34.2, hours="24/7")])
    return unhurried(staff_app(tmp_path, registry, clock=clock))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def post(client: FlaskClient, body: dict[str, Any]) -> int:
    return client.post(REPORTS, json=body).status_code


def count(app: Flask, table: sa.Table = reports) -> int:
    with state_of(app).desk.database().reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def is_marked(app: Flask, station_id: str = "s0") -> bool:
    properties = app.test_client().get(f"/api/v1/stations/{station_id}").json["properties"]
    return "reported" in properties


def test_a_device_sends_six_reports_an_hour_and_twenty_a_day(app: Flask, client: FlaskClient, clock: Clock) -> None:
    sent = []
    for at in OPEN[:7]:
        sent.append(send(client, report_of(at, clock.at, device="a")))
        clock.at += timedelta(minutes=1)
    assert [answer.status_code for answer in sent] == [201] * 6 + [429]
    assert sent[-1].headers["Retry-After"] == str(54 * 60)
    assert sent[-1].json["detail"].startswith("这台设备")
    clock.at += timedelta(minutes=54)
    statuses = []
    for at in OPEN[7:22]:  # one every ten minutes
        statuses.append(send(client, report_of(at, clock.at, device="a")).status_code)
        clock.at += timedelta(minutes=11)
    assert statuses == [201] * 14 + [429]
    assert send(client, report_of("s0", clock.at, device="b")).status_code == 201
    assert count(app) == 21


def test_ten_reports_of_a_station_wait_at_most_and_none_that_it_is_open(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    sent = [send(client, report_of("s0", clock.at, device=device)) for device in range(11)]
    assert [answer.status_code for answer in sent] == [201] * 10 + [429]
    assert sent[-1].headers["Retry-After"] == str(86_400)
    assert sent[-1].json["detail"].startswith("这个站点")
    assert send(client, report_of("s0", clock.at, "open", device="o")).status_code == 201
    assert not is_marked(app)
    assert send(client, report_of("s1", clock.at, device="x")).status_code == 201
    with state_of(app).desk.database().writing() as connection:
        first = connection.execute(sa.select(reports.c.id).where(reports.c.kind == "locked").limit(1)).scalar_one()
        deciding.decide(connection, [first], Decision("triaged"), by="王", at=clock.at)
    assert send(client, report_of("s0", clock.at, device="y")).status_code == 201
    clock.at += timedelta(days=1)  # nobody looked at the others
    assert send(client, report_of("s0", clock.at, device="z")).status_code == 201


def test_above_half_a_limit_a_report_takes_work_once_and_a_repeat_none(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    for at in OPEN[:3]:
        assert post(client, report_of(at, clock.at, device="a")) == 201
    body = report_of("s3", clock.at, device="a")
    asked = client.post(REPORTS, json=body)
    assert asked.status_code == 428
    assert asked.json["detail"].startswith("反馈较多")
    assert client.get(asked.json["challenge"]["worker"]).status_code == 200
    assert count(app) == 3
    shown = worked_out(asked.json["challenge"])
    taken = client.post(REPORTS, json=body | {"proof": shown})
    assert taken.status_code == 201
    again = client.post(REPORTS, json=body)
    assert (again.status_code, again.json) == (200, taken.json)
    assert post(client, report_of("s4", clock.at, device="a") | {"proof": shown}) == 428  # it was used
    assert post(client, report_of("s4", clock.at, device="b") | {"proof": shown}) == 201  # which needs none
    assert (count(app), count(app, used_challenges)) == (5, 1)


def test_a_proof_that_is_out_of_date_or_of_nobody_is_asked_for_again(client: FlaskClient, clock: Clock) -> None:
    for at in OPEN[:3]:
        post(client, report_of(at, clock.at, device="a"))
    body = report_of("s3", clock.at, device="a")
    shown = worked_out(client.post(REPORTS, json=body).json["challenge"])
    clock.at += proof.GOOD_FOR + timedelta(seconds=1)
    for wrong in (shown, "", "x", "e30=", worked_out(proof.challenge("another key", clock.at))):
        assert post(client, body | {"proof": wrong}) == 428
    assert send(client, body).status_code == 201


def test_above_half_the_rate_of_all_every_report_takes_work(app: Flask, client: FlaskClient, clock: Clock) -> None:
    app.extensions[report_limits.EXTENSION].apply(Rates(in_all=8, in_all_s=3_600.0))
    sent = [post(client, report_of(at, clock.at, device=at)) for at in OPEN[:5]]
    assert sent == [201] * 4 + [428]
    assert [send(client, report_of(at, clock.at, device=at)).status_code for at in OPEN[4:9]] == [201] * 4 + [503]
    assert count(app) == 8


def test_a_browser_that_changes_its_id_is_one_device(app: Flask, clock: Clock) -> None:
    browser = app.test_client()
    for device in range(3):
        assert send(browser, report_of("s0", clock.at, device=device), headers=BROWSER).status_code == 201
    assert not is_marked(app)
    for device in range(2):
        send(app.test_client(), report_of("s0", clock.at, device=f"other-{device}"), headers=BROWSER)
    assert is_marked(app)


@pytest.mark.parametrize("off", [timedelta(days=-9), timedelta(days=-2), timedelta(days=2), timedelta(days=400)])
def test_phones_whose_clocks_are_days_off_make_no_mark(
    app: Flask, client: FlaskClient, clock: Clock, off: timedelta
) -> None:
    for device in range(4):
        assert send(client, report_of("s0", clock.at + off, device=device)).status_code == 201
    assert not is_marked(app)


@pytest.mark.parametrize(("hour", "marked"), [(7, False), (10, True), (17, True), (20, False)])
def test_three_devices_mark_a_station_in_its_posted_hours_only(
    app: Flask, client: FlaskClient, clock: Clock, hour: int, marked: bool
) -> None:
    clock.at = clock.at.replace(hour=hour)
    for device in range(3):
        assert send(client, report_of("s0", clock.at, device=device)).status_code == 201
    assert is_marked(app) is marked


def test_one_device_makes_no_mark_however_often_it_reports(app: Flask, client: FlaskClient, clock: Clock) -> None:
    for _ in range(6):
        assert send(client, report_of("s0", clock.at, device="a")).status_code == 201
    assert not is_marked(app)


def test_every_database_counts_and_keeps_alike(database: Database) -> None:
    def taken(number: int, kind: Kind = "locked") -> accepting.Receipt | limits.Room | None:
        """Take a report as `taking.take` does, and return its earlier receipt or the room there was for it."""
        at = MONDAY_10 + timedelta(minutes=number)
        report_id = f"00000000-0000-4000-8000-{number:012}"
        with database.writing() as connection:
            device = device_digest(accepting.salt_of(connection, at), "one")
            room = limits.room(connection, "r", "s", kind, device, at)
            report = Report(report_id, "s", kind, (), "", at, at, "open", True, device, None, "revision")
            kept = accepting.keep(connection, "r", report, body_digest="body", code_digest=report_id, contact="x")
            return room if kept else accepting.known_receipt(connection, report_id, "body")

    rooms = [taken(number) for number in range(7)]
    assert rooms[0] == limits.Room(0.0, timedelta(0))
    assert rooms[3] == limits.Room(0.5, timedelta(0))
    assert rooms[6] == limits.Room(1.0, timedelta(minutes=54), "device")
    assert taken(3) == accepting.Receipt("new", is_new=False)
    with pytest.raises(accepting.OtherBodyError), database.writing() as connection:
        accepting.known_receipt(connection, "00000000-0000-4000-8000-000000000003", "another")
    rooms = [taken(number) for number in (70, 80, 90)]
    levels = [room.level for room in rooms if isinstance(room, limits.Room)]
    assert levels == pytest.approx([0.35, 0.4, 0.45])  # of the device: a station counts it once
    assert taken(95, "open") == limits.Room(0.5, timedelta(0))


def test_a_report_is_not_compared_with_all_others_of_its_day(app: Flask, client: FlaskClient, clock: Clock) -> None:
    send(client, report_of("s0", clock.at))
    of = {"device": "d", "registry": "r", "station_id": "s", "kind": "locked", "since": ""}
    with state_of(app).desk.database().reading() as connection:
        asked = limits._OF_BOTH.compile(connection, compile_kwargs={"render_postcompile": True})
        values = asked.construct_params(of)
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {asked}", tuple(values[name] for name in asked.positiontup)
        )
        steps = [row[3] for row in plan if " report " in row[3]]
    assert [step.partition("(")[2] for step in steps] == ["device=? AND received_at>?)", "registry=? AND station_id=?)"]


def test_two_devices_keep_nobody_from_finding_a_station_locked(app: Flask, client: FlaskClient, clock: Clock) -> None:
    for kind in ("locked", "gone", "other"):
        for device in ("a", "b"):
            assert [send(client, report_of("s0", clock.at, kind, device)).status_code for _ in range(2)] == [201, 201]
    assert not is_marked(app)
    for device in range(3):
        assert post(client, report_of("s0", clock.at, device=device)) == 201  # and without a proof of work
    assert is_marked(app)


@pytest.mark.parametrize(("devices", "marked"), [((1, 2), False), ((1, 2, 3), True)])
def test_nobody_counts_twice_around_midnight(
    app: Flask, client: FlaskClient, clock: Clock, devices: tuple[int, ...], marked: bool
) -> None:
    for at in (clock.at.replace(hour=23, minute=50), clock.at.replace(hour=0, minute=10) + timedelta(days=1)):
        clock.at = at
        for device in devices:
            assert send(client, report_of("night", at, device=device)).status_code == 201
    assert is_marked(app, "night") is marked


@pytest.mark.parametrize("path", ["//api/v1/reports", "///api/v1/reports"])
def test_an_address_with_more_slashes_passes_by_no_limit(
    app: Flask, client: FlaskClient, clock: Clock, path: str
) -> None:
    app.extensions[report_limits.EXTENSION].apply(Rates(per_network=2, tries=1))
    rider = {"REMOTE_ADDR": "203.0.113.7", "PATH_INFO": path}
    sent = [client.post("/", json=report_of(at, clock.at, device=at), environ_overrides=rider) for at in OPEN[:3]]
    assert [answer.status_code for answer in sent] == [201, 428, 429]


@pytest.mark.parametrize(("path", "like"), [("//api/v1/reports", "/api/v1/reports"), ("/rest//staff", "/staff")])
def test_an_address_with_more_slashes_has_the_threads_of_the_one_without(path: str, like: str) -> None:
    threads = Threads(3)
    try:
        found = []
        for each in (path, like, "/api/v1/nearest"):
            request = HTTPRequestParser(Adjustments())
            request.path = each
            found.append(threads.of(request, "/rest"))
        assert found[0] is found[1] is not found[2]
    finally:
        threads.shutdown(0)
