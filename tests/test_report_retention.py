"""What is kept of reports only for a time is gone after it, from the file as well; addresses are never kept."""

from __future__ import annotations

import io
import logging
import sqlite3
import zipfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from stationmap.storage.backup import write_backup
from stationmap.storage.moments import moment_text
from stationmap.storage.reports import accepting
from stationmap.storage.schema import device_salts, report_contacts, report_events, reports, used_challenges
from tests.apps import MONDAY_10, registry_of
from tests.sent_reports import report_of, send, unhurried
from tests.staff import Clock, staff_app, state_of
from tests.strategies import station

ADDRESS, FORWARDED = "203.0.113.77", "198.51.100.213"
TRACES = {
    "User-Agent": "Marked-Agent/7.31",
    "Referer": "https://marked-referrer.example/s/a",
    "X-Forwarded-For": FORWARDED,
    "X-Real-IP": FORWARDED,
    "Forwarded": f"for={FORWARDED}",
    "Accept-Language": "xx-marked",
}
POSITION = (117.4316287, 34.3716282)
CONTACT = "marked-contact-8842"


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_10)


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Flask:
    registry = registry_of([station(each, 117.2, 34.2, hours="Mo-Su 08:30-18:00") for each in "abcdefg"])
    return unhurried(staff_app(tmp_path, registry, clock=clock))


def everything(folder: Path) -> bytes:
    """Return all that is on the disk, the log of the database's writes included."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def rows(app: Flask, table: sa.Table) -> int:
    with state_of(app).desk.database().reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_reports_with_all_that_belongs_to_them_are_deleted_after_180_days(
    app: Flask, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = app.test_client(use_cookies=False)
    marked: Any = {"point": [117.3141592, 34.2718281], "text": "marked-text-5519", "contact": CONTACT}
    first = send(client, report_of("a", clock.at, "wrong_place", **marked))
    code = first.json["code"]
    with state_of(app).desk.database().writing() as connection:
        values = {
            "report_id": sa.select(reports.c.id).scalar_subquery(),
            "at": moment_text(clock.at),
            "author": "",
            "status": "new",
        }
        connection.execute(sa.insert(report_events).values(note="marked-note-31", **values))
    state_of(app).refresh_evidence()
    clock.at += timedelta(days=100)
    send(client, report_of("b", clock.at, device="later"))
    traces = (CONTACT.encode(), b"marked-text-5519", b"marked-note-31")
    assert all(trace in everything(tmp_path) for trace in traces)
    clock.at = MONDAY_10 + timedelta(days=180) - timedelta(seconds=1)
    state_of(app).refresh_evidence()
    assert client.get(f"/api/v1/reports/{code}").status_code == 200
    clock.at = MONDAY_10 + timedelta(days=180)
    state_of(app).refresh_evidence()  # of the same day: looked at once
    assert rows(app, reports) == 2
    clock.at += timedelta(days=1)
    with caplog.at_level(logging.INFO, logger="stationmap.reports"):
        state_of(app).refresh_evidence()
    assert (rows(app, reports), rows(app, report_contacts), rows(app, report_events)) == (1, 0, 0)
    assert client.get(f"/api/v1/reports/{code}").status_code == 404
    assert caplog.messages == ["1 reports deleted after their time"]
    kept = everything(tmp_path)
    assert not any(trace in kept for trace in traces)


@pytest.mark.parametrize("way", ["delete /api/v1/reports/{code}", "post /r/{code}/delete"])
def test_a_report_that_is_taken_back_is_deleted_for_good_at_once(
    app: Flask, clock: Clock, tmp_path: Path, way: str
) -> None:
    client = app.test_client(use_cookies=False)
    sent = send(client, report_of("a", clock.at, "other", text="marked-text-5519", contact=CONTACT))
    traces = (CONTACT.encode(), b"marked-text-5519")
    assert all(trace in everything(tmp_path) for trace in traces)
    method, path = way.format(code=sent.json["code"]).split()
    assert client.open(path, method=method).status_code in (200, 303)
    kept = everything(tmp_path)
    assert not any(trace in kept for trace in traces)


def test_the_key_of_a_day_is_destroyed_with_it_and_challenges_when_they_are_out_of_date(
    app: Flask, clock: Clock, tmp_path: Path
) -> None:
    client = app.test_client(use_cookies=False)
    for at in "abcd":  # the last one with a proof
        send(client, report_of(at, clock.at, device="a"))
    database = state_of(app).desk.database()
    with database.writing() as connection:
        salt = accepting.salt_of(connection, clock.at).encode()
    assert salt in everything(tmp_path)
    assert rows(app, used_challenges) == 1
    clock.at += timedelta(days=1)
    state_of(app).refresh_evidence()  # nobody reports on this day
    assert (rows(app, device_salts), rows(app, used_challenges)) == (0, 0)
    assert salt not in everything(tmp_path)


def test_nobody_can_tell_the_device_of_yesterday(app: Flask, clock: Clock) -> None:
    client = app.test_client(use_cookies=False)
    for at in "ab":
        send(client, report_of(at, clock.at, device="marked-device"))
    clock.at += timedelta(days=1)
    send(client, report_of("c", clock.at, device="marked-device"))
    with state_of(app).desk.database().reading() as connection:
        devices = list(connection.execute(sa.select(reports.c.device).order_by(reports.c.received_at)).scalars())
    assert devices[0] == devices[1] != devices[2]


def test_neither_database_nor_log_nor_backup_holds_who_reported_or_asked(
    app: Flask, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = app.test_client()
    request: Any = {"headers": TRACES, "environ_overrides": {"REMOTE_ADDR": ADDRESS}}
    lon, lat = POSITION
    with caplog.at_level(logging.DEBUG):
        for number, at in enumerate("abcdefg"):
            answer = send(browser, report_of(at, clock.at, device=f"marked-device-{number}"), **request)
            assert answer.status_code == 201
            code = answer.json["code"]
            assert browser.get(f"/api/v1/reports/{code}", **request).status_code == 200
        browser.get(f"/api/v1/nearest?lon={lon}&lat={lat}", **request)
        browser.post("/api/v1/nearest", json={"lon": lon, "lat": lat}, **request)
        browser.post("/api/v1/nearest", json={"points": [[lon, lat]]}, **request)
        browser.post("/api/v1/reports", json={"point": [lon, lat], "device": "marked-device-x"}, **request)
        browser.post("/api/v1/reports", data=b"{" + str(POSITION).encode(), **request)
        browser.delete(f"/api/v1/reports/{code}", **request)
    backup = io.BytesIO()
    state = state_of(app)
    assert state.keeper
    write_backup(state.keeper.editable(state.snapshot.registry), backup, clock.at)
    with zipfile.ZipFile(backup) as archive:
        saved = b"".join(archive.read(name) for name in archive.namelist())
    traces = [ADDRESS, "203.0.113", FORWARDED, *TRACES.values(), "marked-device", str(lon), str(lat), code]
    held = {"disk": everything(tmp_path), "log": caplog.text.encode(), "backup": saved}
    found = [(place, trace) for place, content in held.items() for trace in traces if trace.encode() in content]
    assert found == []
    assert b"device" in held["disk"]  # what was searched is the database


def test_the_log_of_writes_is_emptied_once_nobody_reads_from_it(app: Flask, clock: Clock, tmp_path: Path) -> None:
    send(app.test_client(use_cookies=False), report_of("a", clock.at, "other", text="marked-text-5519"))
    database = state_of(app).desk.database()
    with closing(sqlite3.connect(tmp_path / "data" / "stationmap.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM report").fetchall()
        with database.writing() as connection:
            connection.execute(sa.delete(reports))
        emptying = Thread(target=database.empty_log)
        emptying.start()
        emptying.join(0.1)
        assert emptying.is_alive() and b"marked-text-5519" in everything(tmp_path)
    emptying.join()
    assert b"marked-text-5519" not in everything(tmp_path)
