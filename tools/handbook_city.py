"""The city of the handbook's pictures: the demonstration, its staff, reports of riders, and a list as a union has it.

Everything goes through the program as in daily life: stations are mended at `EARLIER`, before a holiday; all else
happens at `NOW`.
"""

from __future__ import annotations

import io
import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import xlsxwriter
from flask import Flask

from stationmap.accounts import sessions, tickets, users
from stationmap.accounts.roles import Role
from stationmap.datum import Datum, from_wgs84
from stationmap.errors import no_progress
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web.app import create_app
from stationmap.web.staff.review.examination_task import AskedExamination, examine_aside
from stationmap.web.staff.review.examinations import Examinations
from stationmap.web.state import EXTENSION, State

EARLIER = datetime(2026, 9, 28, 10, 0, tzinfo=ZONE)
NOW = datetime(2026, 11, 30, 10, 0, tzinfo=ZONE)
POSITION = (117.19, 34.26)
"""Where the phone of the pictures is, longitude and latitude in WGS-84."""
PEOPLE: dict[str, tuple[str, Role, tuple[str, ...]]] = {
    "li": ("李静", "admin", ()),
    "wang": ("王芳", "editor", ("320303",)),
    "zhao": ("赵敏", "editor", ("320311",)),
}
MENDED = "xz-320303-0014"
INVITED = "zhao"
LOCKED, LACKING = 1, 2
"""Which of the nearest open stations riders report."""
LIST = "驿站名单.xlsx"
_HEADINGS = ("编号", "站点名称", "类别", "区县", "地址", "经度", "纬度", "开放时间", "电话")


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def state_of(app: Flask) -> State:
    """Return the state of an application."""
    found: State = app.extensions[EXTENSION]
    return found


def city(folder: Path, clock: Clock) -> Flask:
    """Return the application whose pages are shown, over a copy of the demonstration in a folder."""
    app = _application(folder, clock)
    state = state_of(app)
    state.journal_head()
    with state.database().writing() as connection:
        for login, (name, role, districts) in PEOPLE.items():
            users.add(connection, login, name=name, role=role, districts=districts, at=clock())
    return app


def go_on(app: Flask, clock: Clock) -> None:
    """Let riders report, and what needs care be worked out; it is `NOW` from then on."""
    _report(app, clock)
    clock.at = NOW
    state = state_of(app)
    path = Examinations(state.settings).path_of(state.snapshot.registry.revision, NOW)
    examine_aside(AskedExamination(state.settings, state.snapshot.calendar, NOW, path), no_progress)


def empty_city(folder: Path) -> tuple[Flask, str]:
    """Return an application without accounts, and the address of the page that makes the first one."""
    app = _application(folder, Clock(NOW))
    with state_of(app).database().writing() as connection:
        return app, f"/staff/setup/{tickets.issue(connection, 'setup', at=NOW)}"


def invitation(app: Flask) -> str:
    """Return the address at which a colleague chooses a password."""
    state = state_of(app)
    with state.database().writing() as connection:
        user = users.by_login(connection, INVITED)
        assert user is not None
        return f"/staff/password/{tickets.issue(connection, 'invite', user_id=user.id, at=state.clock())}"


def report_file(app: Flask, folder: Path) -> str:
    """Write the report of the audit as it is downloaded, and return its address."""
    response = app.test_client().get("/api/v1/audit/report.html?radius=1000")
    if response.status_code != 200:
        raise SystemExit(f"there is no report: {response.get_data(as_text=True)}")
    path = folder / "report.html"
    path.write_bytes(response.get_data())
    return path.as_uri()


def public_city(folder: Path) -> Flask:
    """Return what riders see of the city at an address that their phones can open."""
    settings = Settings(
        registry=folder / "stations.geojson", public_url="https://yizhan.example.org", read_only=True, poll_s=3_600
    )
    return create_app(settings, clock=lambda: NOW)


def session_of(app: Flask, login: str) -> str:
    """Begin a session of somebody, and return its token."""
    state = state_of(app)
    with state.database().writing() as connection:
        user = users.by_login(connection, login)
        if user is None:
            raise SystemExit(f"the city of the handbook has no account {login}")
        return sessions.begin(connection, user.id, method="password", at=state.clock(), label="Chrome")


def open_nearby(app: Flask) -> list[str]:
    """Return the ids of the stations that are open near the phone, nearest first."""
    lon, lat = POSITION
    found = app.test_client().get(f"/api/v1/nearest?lon={lon}&lat={lat}&k=12&open=now").json
    assert found is not None
    return [each["id"] for each in found["features"] if each["properties"]["state"] == "open"]


def workbook(app: Flask) -> bytes:
    """Return a list as a union keeps it: two stations that changed, two new ones, one whose number differs, one unread."""
    known = [each for each in state_of(app).snapshot.registry.stations if each.district == "320303"]
    rows = [
        _row(known[0], 电话="0516-80001234"),
        _row(known[1], 开放时间="每天8:00-20:00"),
        ("xz-320303-0901", "云龙区大龙湖公园户外劳动者服务站", "户外劳动者服务站", "云龙区", "大龙湖公园南门", 117.2861, 34.2249, "每天8:00-18:00", ""),
        ("xz-320303-0902", "云龙区彭祖大道加油站工会驿站", "户外劳动者服务站", "云龙区", "彭祖大道", 117.2532, 34.2317, "24小时", "0516-80005678"),
        (known[2].id.upper(), *_row(known[2], 电话="")[1:]),
        ("xz-320303-0903", "云龙区市民公园工会驿站", "户外劳动者服务站", "云龙区", "市民公园", "", "", "每天9:00-17:00", ""),
    ]  # fmt: skip
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        for number, row in enumerate((_HEADINGS, *rows)):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def _application(folder: Path, clock: Clock) -> Flask:
    registry = folder / "stations.geojson"
    shutil.copy(demo_registry(), registry)
    return create_app(Settings(registry=registry, data=folder / "data", poll_s=3_600), clock=clock, writable=True)


def _row(station: Station, **instead: object) -> tuple[object, ...]:
    """Return the row of a station, its place as 高德 has it, with other values under some headings."""
    known = station.properties
    lon, lat = from_wgs84(*station.geometry.coordinates, Datum.GCJ02)
    values = (
        station.id,
        known.name,
        "",
        "云龙区",
        known.address or "",
        round(lon, 6),
        round(lat, 6),
        known.hours_source or "",
        known.phone or "",
    )
    return tuple(instead.get(heading, value) for heading, value in zip(_HEADINGS, values, strict=True))


def _report(app: Flask, clock: Clock) -> None:
    """Let three riders find a door locked, and one miss something."""
    clock.at = NOW
    nearby = open_nearby(app)
    client = app.test_client()
    sent = [(nearby[LOCKED], f"device-{number}", "locked", {}) for number in range(3)]
    sent.append((nearby[LACKING], "device-4", "lacks", {"text": "微波炉坏了"}))
    for minutes, (station_id, device, kind, more) in enumerate(sent):
        clock.at = NOW - timedelta(minutes=40 - 5 * minutes)
        body = {"id": str(uuid.uuid4()), "station_id": station_id, "kind": kind, "device": device}
        body["said_at"] = clock.at.isoformat()
        response = client.post("/api/v1/reports", json={**body, **more})
        if response.status_code >= 400:
            raise SystemExit(f"a report was refused: {response.get_data(as_text=True)}")
