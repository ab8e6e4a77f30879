"""What the staff page of the audit asks for: cells, hours, files, and jobs that come and go."""

from __future__ import annotations

import io
import json
import multiprocessing
import re
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from stationmap.audit.output.tables import district_name
from stationmap.hours.opening_hours import ZONE
from stationmap.registry import registry as registries
from stationmap.registry.model import Station
from stationmap.reports.model import Report
from stationmap.settings import Settings
from stationmap.settings_sources import InvalidSettingsError
from stationmap.storage.database import Database
from stationmap.storage.reports import accepting
from stationmap.web import create_app
from stationmap.web.audit import locked_doors
from stationmap.web.guard.concurrency_limit import EXTENSION, MAX_SLOW_REQUESTS
from tests.apps import MONDAY_10, app_over, registry_of
from tests.staff import signed_in, staff_app, state_of

JOBS = "/api/v1/audit/jobs"
PATIENCE_S = 60


def station(number: int, **properties: Any) -> Station:
    return Station.model_validate(
        {
            "type": "Feature",
            "id": f"s{number}",
            "geometry": {"type": "Point", "coordinates": [117.18 + number / 50, 34.26]},
            "properties": {
                "name": f"站<b>{number}</b>",
                "category": "outdoor_worker",
                "district": "320303",
                "access": {"who": "public"},
                "hours": "24/7",
                **properties,
            },
        }
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    app = app_over(tmp_path_factory.mktemp("audit"), registry_of(map(station, range(4))))
    return app.test_client()


def wait_for(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.02)


def ended(client: FlaskClient, address: str) -> dict[str, Any]:
    """Return what a job says once it is at its end."""
    told: dict[str, Any] = {}

    def has_ended() -> bool:
        told.update(client.get(address).get_json())
        return told["status"] in ("done", "failed")

    wait_for(has_ended)
    return told


def test_the_page_says_what_its_figures_rest_on(client: FlaskClient) -> None:
    page = client.get("/audit?lang=en")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "residents of the 2020 census" in text and "320371" in text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_leaves_it_to_its_controls_to_tell_what_is_chosen(client: FlaskClient) -> None:
    text = client.get("/audit?lang=en").get_data(as_text=True)
    assert "<dt>Cell</dt>" in text
    assert not [label for label in ("Radius", "Moment", "Categories", "Facilities") if f"<dt>{label}</dt>" in text]


def test_a_rider_s_phone_keeps_nothing_of_the_staff_page(client: FlaskClient) -> None:
    shell = client.get("/sw.js").get_data(as_text=True).split(";\n", 1)[0]
    assert "js/app.bundle.js" in shell
    assert "js/audit" not in shell and "css/audit" not in shell


def test_cells_are_sent_once_and_then_known_to_be_unchanged(client: FlaskClient) -> None:
    first = client.get("/api/v1/audit/cells", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    again = client.get("/api/v1/audit/cells", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_study_bears_the_day_it_was_asked_for(tmp_path: Path) -> None:
    registry = registry_of(map(station, range(2)))
    path = tmp_path / "stations.geojson"
    path.write_bytes(registries.dumps(registry))
    moments = [MONDAY_10]
    client = create_app(Settings(registry=path, poll_s=3_600), clock=lambda: moments[0]).test_client()
    for day in ("2026-11-23", "2026-12-23"):
        assert client.get("/api/v1/audit/hours").get_json()["stated"]["made_on"] == day
        assert day in client.get("/audit").text
        moments[0] += timedelta(days=30)


CLOSED = {"closures": [{"from": "2026-11-30", "to": "2026-12-02", "reason": "装修"}]}


def test_a_study_is_of_a_day_and_its_week_and_names_what_is_shut(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station(0), station(1, **CLOSED)])).test_client()
    people = []
    for day, monday, shut in (
        ("", "2026-11-23", []),
        ("&day=2026-11-30", "2026-11-30", ["站<b>1</b>"]),
        ("&day=2026-12-02", "2026-11-30", ["站<b>1</b>"]),
        ("&day=2026-12-03", "2026-11-30", []),
    ):
        found = client.get(f"/api/v1/audit/download.json?outcome=coverage{day}").get_json()
        assert (found["parameters"]["week_of"], found["shut"]) == (monday, shut)
        people.append(found["coverage"][0]["covered_people_possible"])
    assert people[1] == people[2] < people[0] == people[3]
    table = client.get("/api/v1/audit/download.csv?outcome=coverage&day=2026-12-01&lang=en").text
    assert "1, not counted: 站<b>1</b>" in table
    report = client.get("/api/v1/audit/report.html?day=2026-12-01&lang=en").text
    assert "On 2026-12-01 1 stations are shut by temporary closures" in report


def test_a_moment_has_the_closures_of_its_day(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station(0), station(1, **CLOSED)])).test_client()
    found = client.get("/api/v1/audit/download.json?at=2026-11-29T20:00Z").get_json()
    assert (found["parameters"]["day"], found["shut"]) == ("2026-11-30", ["站<b>1</b>"])


def columns(data: bytes) -> dict[str, Any]:
    """Return the header of a columnar document, and its columns of octets by name."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    start = 4 + length
    return header | {
        name: list(data[start + offset : start + offset + count])
        for name, (kind, offset, count) in header["columns"].items()
        if kind == "u1"
    }


def test_a_week_tells_hours_and_the_days_stations_are_shut(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station(0), station(1, **CLOSED)])).test_client()
    this, next_one = (columns(client.get(f"/api/v1/audit/week{query}").data) for query in ("", "?day=2026-12-06"))
    assert (this["week_of"], this["shut"]) == ("2026-11-23", [0, 0])
    assert (next_one["week_of"], next_one["shut"]) == ("2026-11-30", [0, 0b0000111])
    assert next_one["hours_sure"][24:34] == [0] * 9 + [255]
    assert columns(client.get("/api/v1/audit/cells").data)["shut"] == [0, 0]
    for wrong in ("2026-13-01", "today", "2026-11-3", "20261130"):
        assert client.get(f"/api/v1/audit/week?day={wrong}").status_code == 400


def test_gaps_and_sites_may_take_for_granted_what_possibly_counts(tmp_path: Path) -> None:
    unsure = station(0, access={"who": "unknown"})
    client = app_over(tmp_path, registry_of([unsure])).test_client()
    people, before = [], []
    for possible in (False, True):
        asked = {"radius": 3000, "possible": possible}
        told = ended(client, client.post(JOBS, json={"kind": "gaps", **asked}).headers["Location"])
        people.append(told["result"]["gaps"]["people"])
        told = ended(client, client.post(JOBS, json={"kind": "sites", "n": 1, **asked}).headers["Location"])
        before.append(told["result"]["proposal"]["before"])
    assert people[1] < people[0] == 9_083_790
    assert before[0] == 0 < before[1]


def test_a_gap_is_sent_with_what_it_is_called_by(client: FlaskClient) -> None:
    told = ended(client, client.post(JOBS, json={"kind": "gaps"}).headers["Location"])
    landmark = told["result"]["gaps"]["features"][0]["properties"]["landmark"]
    assert landmark["name"].startswith("站<b>") and landmark["metres"] > 0


def test_hours_are_people_by_district_and_hour(client: FlaskClient) -> None:
    found = client.get("/api/v1/audit/hours?radius=1000").get_json()
    assert len(found["sure"]) == len(found["districts"]) == 10
    assert all(len(row) == 168 for row in found["possible"])
    assert sum(found["people"]) == 9_083_790_000
    served = [sum(column) for column in zip(*found["sure"], strict=True)]
    assert min(served) == max(served) > 0  # every station is open day and night


@pytest.fixture
def locked(tmp_path: Path) -> Callable[..., None]:
    """Let devices report stations of the registry in the folder locked, last Friday, while they were posted open."""

    def report(station_id: str, hour: int, devices: int) -> None:
        at = datetime(2026, 11, 20, hour, 20, tzinfo=ZONE)
        path = str(tmp_path / "stations.geojson")
        with closing(Database.in_folder(tmp_path / "data")) as database, database.writing() as connection:
            for number in range(devices):
                said = f"{station_id}-{hour}-{number}"
                known = Report(
                    said, station_id, "locked", (), "13812345678", at, at, "open", True, f"device-{number}", None, "r"
                )
                accepting.keep(connection, path, known, body_digest="b", code_digest=said)

    return report


def test_hours_are_told_as_riders_found_them_too(
    tmp_path: Path, locked: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_doors, "KEPT_S", 0.0)
    client = app_over(tmp_path, registry_of(map(station, range(2))), data=tmp_path / "data").test_client()
    before = client.get("/api/v1/audit/hours").get_json()
    assert before["found"] is None
    assert before["stated"]["locked_doors"] == {"since": "2026-09-28", "devices": 3, "stations": 0}
    locked("s0", 9, devices=3)
    locked("s1", 12, devices=2)  # one too few
    told = client.get("/api/v1/audit/hours").get_json()
    friday_9 = 4 * 24 + 9
    posted, found = (np.array(each["sure"]).sum(axis=0) for each in (told, told["found"]))
    (door,) = told["found"]["stations"]
    assert np.flatnonzero(posted != found).tolist() == door["hours"] == [friday_9]
    assert (door["id"], door["people_hours"] * 1000) == ("s0", posted[friday_9] - found[friday_9])
    assert {each: told[each] for each in ("sure", "possible", "people")} == {
        each: before[each] for each in ("sure", "possible", "people")
    }
    book, report = (
        client.get(f"/api/v1/audit/{path}").text
        for path in ("download.csv?outcome=locked&lang=en", "report.html?lang=en")
    )
    assert "Lost by locked doors" in book and "reported locked since 2026-09-28" in book
    assert "What locked doors cost" in report
    assert not re.search("13812345678|device-[0-9]", f"{book}{report}{told}")


def test_reports_of_doors_are_read_anew_after_a_while_and_on_another_day(
    tmp_path: Path, locked: Callable[..., None]
) -> None:
    desk = state_of(app_over(tmp_path, registry_of([station(0)]), data=tmp_path / "data")).desk
    ticks, today = [0.0], MONDAY_10.date()
    known = locked_doors.ReportedDoors(lambda: ticks[0])

    def stations(day: date) -> int:
        found = known.at(desk, day)
        assert found is not None
        return len(found.stations)

    assert stations(today) == 0
    locked("s0", 9, devices=3)
    assert stations(today) == 0
    assert stations(today + timedelta(days=1)) == 1
    locked("s1", 9, devices=3)
    ticks[0] = locked_doors.KEPT_S
    assert stations(today + timedelta(days=1)) == 2


def test_where_no_reports_are_taken_or_can_be_read_nothing_is_known_of_doors(tmp_path: Path) -> None:
    stations, today = registry_of([station(0)]), MONDAY_10.date()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "stationmap.sqlite").write_bytes(b"no database at all" * 1_000)
    closed = app_over(tmp_path, stations, data=tmp_path / "data", reports=False)
    broken = app_over(tmp_path, stations, data=tmp_path / "broken")
    for app in (closed, broken):
        assert locked_doors.at_desk(state_of(app).desk, today) is None
    told = closed.test_client().get("/api/v1/audit/hours").get_json()
    assert (told["found"], "locked_doors" in told["stated"]) == (None, False)


@pytest.mark.parametrize(
    "query",
    [
        "radius=0",
        "radius=-5",
        "radius=nan",
        "radius=1e9",
        "radius=100000",
        "category=inn",
        "facility=sauna",
        "at=yesterday",
        "x=1",
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_without_an_echo(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/audit/hours?{query}")
    assert answer.status_code == 400
    assert query.split("=")[1] not in answer.get_json()["errors"][0]["detail"].split() or query == "x=1"


def test_files_come_in_every_form_and_say_what_they_rest_on(client: FlaskClient) -> None:
    book = client.get("/api/v1/audit/download.xlsx?outcome=coverage&radius=500")
    assert zipfile.is_zipfile(io.BytesIO(book.data))
    table = client.get("/api/v1/audit/download.csv?outcome=gaps&lang=en")
    assert "attachment" in table.headers["Content-Disposition"] and b"residents of the 2020 census" in table.data
    assert b"Gulou" in table.data and "鼓楼区".encode() not in table.data
    places = client.get("/api/v1/audit/download.geojson?outcome=coverage").get_json()
    assert len(places["features"]) == 10
    assert client.get("/api/v1/audit/download.exe").status_code == 404
    assert client.get("/api/v1/audit/download.csv?outcome=sites&job=nothing").status_code == 404


def test_a_job_finds_the_gaps_and_they_add_up(client: FlaskClient) -> None:
    begun = client.post(JOBS, json={"kind": "gaps", "radius": 3000})
    assert begun.status_code == 202
    told = ended(client, begun.headers["Location"])
    gaps = told["result"]["gaps"]
    people = sum(round(gap["properties"]["people"] * 1000) for gap in gaps["features"])
    assert people == round(gaps["people"] * 1000) > 0


NIGHT = "2026-01-14T03:00+08:00"


@pytest.mark.parametrize("path", ["hours?", "download.csv?", "download.xlsx?outcome=gaps&", "report.html?"])
def test_every_outcome_is_told_for_a_moment(client: FlaskClient, path: str) -> None:
    moment = NIGHT.replace("+", "%2B")
    assert client.get(f"/api/v1/audit/{path}at={moment}").status_code == 200
    assert client.get(f"/api/v1/audit/{path}at=now").status_code == 200
    assert client.get("/api/v1/audit/hours?at=" + moment).get_json()["stated"]["parameters"]["at"] == NIGHT


def test_a_job_finds_the_gaps_of_a_moment(tmp_path: Path) -> None:
    by_day = registry_of([station(0, hours="Mo-Fr 09:00-17:00")])
    client = app_over(tmp_path, by_day).test_client()
    people = []
    for at in ("2026-01-14T10:00+08:00", NIGHT):
        begun = client.post(JOBS, json={"kind": "gaps", "radius": 3000, "at": at})
        people.append(ended(client, begun.headers["Location"])["result"]["gaps"]["people"])
    assert people[0] < people[1] == 9_083_790


def test_a_job_proposes_sites_that_files_and_report_then_hold(client: FlaskClient) -> None:
    begun = client.post(JOBS, json={"kind": "sites", "objective": "max_coverage", "n": 3, "radius": 2000})
    proposal = ended(client, begun.headers["Location"])["result"]["proposal"]
    assert [site["rank"] for site in proposal["sites"]] == [1, 2, 3]
    assert proposal["before"] < proposal["value"] <= proposal["bound"]
    job = begun.get_json()["id"]
    sites = client.get(f"/api/v1/audit/download.geojson?outcome=sites&job={job}&radius=2000").get_json()["features"]
    assert [site["properties"]["id"] for site in sites] == [site["id"] for site in proposal["sites"]]
    assert {site["landmark"]["name"] for site in proposal["sites"]} <= {f"站<b>{number}</b>" for number in range(4)}
    table = client.get(f"/api/v1/audit/download.csv?outcome=sites&job={job}&radius=2000&lang=en").text
    for site in proposal["sites"]:
        assert district_name(site["district"], "en") in table and district_name(site["district"], "zh") not in table
    coverage = client.get(f"/api/v1/audit/download.csv?outcome=coverage&job={job}&radius=2000").text
    assert "人口覆盖率（确定）" in coverage.splitlines()[0]
    report = client.get(f"/api/v1/audit/report.html?job={job}&radius=2000")
    assert report.status_code == 200 and b"<b>" not in report.data.split(b"</head>")[1]


def test_a_search_for_sites_ends_early_with_the_best_so_far_and_its_bound(client: FlaskClient) -> None:
    asked = {"kind": "sites", "objective": "set_cover", "share": 0.5}
    address = client.post(JOBS, json=asked).headers["Location"]
    wait_for(lambda: client.get(address).get_json()["status"] == "running")
    told = client.post(f"{address}/enough")
    assert (told.status_code, told.get_json()["status"]) == (202, "running")
    found = ended(client, address)
    proposal = found["result"]["proposal"]
    assert len(proposal["sites"]) == proposal["value"] > proposal["bound"] >= 1
    assert client.get(f"/api/v1/audit/download.csv?outcome=sites&job={found['id']}").status_code == 200
    assert client.post(f"{address}/enough").status_code == 202  # it is done, and stays so
    assert client.get(address).get_json()["result"] == found["result"]


def test_of_a_job_for_gaps_nothing_is_found_before_it_is_done(client: FlaskClient) -> None:
    address = client.post(JOBS, json={"kind": "gaps", "radius": 1234}).headers["Location"]
    assert client.post(f"{address}/enough").status_code == 409
    assert ended(client, address)["status"] == "done"
    assert client.post(f"{JOBS}/nothing/enough").status_code == 404
    assert client.post(f"{address}/enough", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_dropped_job_is_gone(client: FlaskClient) -> None:
    address = client.post(JOBS, json={"kind": "sites", "n": 1}).headers["Location"]
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == client.delete(address).status_code == 404


@pytest.mark.parametrize("body", [{}, {"kind": "party"}, {"kind": "sites", "n": 0}, {"kind": "sites", "n": "5"}, []])
def test_a_job_nobody_can_do_is_refused(client: FlaskClient, body: object) -> None:
    assert client.post(JOBS, json=body).status_code == 400


def test_a_target_out_of_reach_is_said(client: FlaskClient) -> None:
    asked = {"kind": "sites", "objective": "set_cover", "share": 1, "radius": 1, "spacing": 10_000}
    told = ended(client, client.post(JOBS, json=asked).headers["Location"])
    assert told["status"] == "failed" and told["detail"]


def test_where_too_many_audits_are_asked_for_riders_are_still_served(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of(map(station, range(2)))).test_client()
    own, go = client.application.extensions[EXTENSION], Event()

    def hold() -> None:
        with own.slot():
            go.wait(PATIENCE_S)

    holders = [Thread(target=hold) for _ in range(MAX_SLOW_REQUESTS)]
    for holder in holders:
        holder.start()
    wait_for(lambda: own._slots._value == 0)  # asking for a slot to find out would wait for one
    # What nobody asked before: what is known already takes no slot.
    try:
        refused = client.get("/api/v1/audit/hours?radius=4321")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        batch = client.post("/api/v1/nearest", json={"points": [[117.2, 34.2]] * 200, "k": 10})
        assert (batch.status_code, batch.headers["Retry-After"]) == (503, "5")
        page = client.get("/audit")
        assert (page.status_code, page.headers["Retry-After"], page.mimetype) == (503, "5", "text/html")
        assert "请稍后再试" in page.text
        assert client.get("/api/v1/stations?limit=1").status_code == 200
    finally:
        go.set()
        for holder in holders:
            holder.join()
    assert client.get("/api/v1/audit/hours?radius=4321").status_code == 200


def test_the_audit_is_for_staff_where_that_is_set(tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of(map(station, range(3))), audit="staff")
    stranger, viewer = app.test_client(), signed_in(app, role="viewer")
    assert stranger.get("/audit").headers["Location"] == "/staff/sign-in?next=/audit"
    for path in ("/api/v1/audit/cells", "/api/v1/audit/hours", f"{JOBS}/x", "/api/v1/audit/report.html"):
        refused = stranger.get(path)
        assert (refused.status_code, refused.mimetype) == (401, "application/problem+json"), path
    assert stranger.post(JOBS, json={"kind": "gaps"}).status_code == 401
    assert viewer.get("/audit").headers["Cache-Control"] == "no-store"
    begun = viewer.post(JOBS, json={"kind": "gaps"})
    assert begun.status_code == 202
    assert viewer.delete(begun.headers["Location"]).status_code == 204
    assert stranger.get("/").status_code == 200
    elsewhere = app_over(tmp_path, registry_of([]), audit="staff").test_client()
    assert elsewhere.get("/audit").status_code == 503  # without accounts nobody can sign in


def test_a_process_that_is_killed_over_a_task_fails_it_and_another_does_the_next(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of(map(station, range(3)))).test_client()
    assert client.get("/api/v1/audit/hours?radius=700").status_code == 200
    for child in multiprocessing.active_children():
        if child.name == "audit":
            child.kill()
            child.join()
    assert client.get("/api/v1/audit/hours?radius=701").status_code == 200


def test_a_page_of_another_site_has_no_audit_worked_out(client: FlaskClient) -> None:
    there = {"Sec-Fetch-Site": "cross-site"}
    assert client.get("/api/v1/audit/hours?radius=702", headers=there).status_code == 403
    assert client.post(JOBS, json={"kind": "gaps"}, headers=there).status_code == 403
    assert client.get("/audit", headers=there).status_code == 200


def test_a_registry_without_stations_serves_nobody(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([])).test_client()
    found = client.get("/api/v1/audit/hours").get_json()
    assert sum(map(sum, found["possible"])) == 0
    assert client.get("/audit").status_code == client.get("/api/v1/audit/cells").status_code == 200


def far(number: int) -> Station:
    """A station of another city, some 350 km away."""
    moved = station(number).model_dump(mode="json", exclude_none=True)
    return Station.model_validate(
        moved | {"id": f"far{number}", "geometry": {"type": "Point", "coordinates": [113.6, 34.75]}}
    )


OUTSIDE = [
    (0, 3, "3 个站点都不在研究区内", "None of the registry's 3 stations lies in the areas studied"),
    (
        1,
        2,
        "只有 1 个在研究区内，2 个在区外",
        "Of the registry's 3 stations only 1 lie in the areas studied, and 2 outside",
    ),
]


@pytest.mark.parametrize(("inside", "outside", "chinese", "english"), OUTSIDE)
def test_where_few_stations_lie_in_the_areas_the_page_says_so_and_what_to_set(
    tmp_path: Path, inside: int, outside: int, chinese: str, english: str
) -> None:
    stations = [*map(station, range(inside)), *map(far, range(outside))]
    client = app_over(tmp_path, registry_of(stations)).test_client()
    pages = [client.get(f"/audit?lang={language}").get_data(as_text=True) for language in ("zh", "en")]
    told = [page.partition('role="note">')[2].partition("</div>")[0].replace("&#39;", "'") for page in pages]
    assert english in told[1] and "Gulou, Yunlong, " in told[1]
    assert chinese in told[0] and "鼓楼区、云龙区、" in told[0]
    assert all(each.count("STATIONMAP_AUDIT_AREAS") == each.count("STATIONMAP_AUDIT_DEMAND") == 1 for each in told)


def test_every_station_outside_is_told_of_on_the_page_and_in_every_file(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([*map(station, range(4)), far(0)])).test_client()
    page = client.get("/audit?lang=en").get_data(as_text=True)
    assert "stations 1 lie outside the areas studied" in page and 'role="note"' not in page
    for path in ("report.html?lang=en", "download.csv?lang=en", "download.json?", "download.geojson?"):
        text = client.get(f"/api/v1/audit/{path}").get_data(as_text=True)
        assert "1 of 5 stations lie outside the areas studied" in text, path


def test_where_every_station_lies_inside_nothing_is_said_of_it(client: FlaskClient) -> None:
    page = client.get("/audit?lang=en").get_data(as_text=True)
    assert "outside the areas" not in page and 'role="note"' not in page


def test_the_page_s_own_words_about_invented_stations_are_in_its_language(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station(0)], demo=True)).test_client()
    pages = [client.get(f"/audit?lang={language}").get_data(as_text=True) for language in ("zh", "en")]
    assert [
        "<dt>注意</dt><dd><bdi>演示数据</bdi>" in pages[0],
        "<dt>Note</dt><dd><bdi>Demo data</bdi>" in pages[1],
    ] == [True] * 2
    assert "演示数据" not in pages[1]


def square(west: float, south: float, adcode: str, **properties: Any) -> dict[str, Any]:
    ring = [[west, south], [west + 0.1, south], [west + 0.1, south + 0.1], [west, south + 0.1], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"adcode": adcode, **properties}, "geometry": geometry}


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    """Two areas of another city, with names and people."""
    features = [square(113.55, 34.7, "410102", people=1000), square(113.65, 34.7, "999901", name="<b>新区", people=500)]
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_another_city_is_studied_where_settings_name_its_areas_and_people(tmp_path: Path, areas: Path) -> None:
    app = app_over(tmp_path, registry_of([far(0)]), audit_areas=areas, audit_demand=areas)
    client = app.test_client()
    found = client.get("/api/v1/audit/hours?radius=2000").get_json()
    assert (found["districts"], found["people"]) == (["410102", "999901"], [1_000_000, 500_000])
    assert found["sure"][0][0] > 0 == found["sure"][1][0]
    assert b'"names":{"999901":"<b>' in client.get("/api/v1/audit/cells").data
    page = client.get("/audit?lang=en").get_data(as_text=True)
    assert "Zhongyuan, 999901" in page and "codes of areas: 999901 &lt;b&gt;新区" in page
    assert "outside the areas" not in page


def test_people_at_places_are_counted_by_cell_and_the_page_says_so(tmp_path: Path, areas: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("lon,lat,weight\n113.6,34.75,2\n113.6001,34.7501,3\n113.7,34.75,4\n100,30,1\n")
    app = app_over(tmp_path, registry_of([far(0)]), audit_areas=areas, audit_demand=people)
    client = app.test_client()
    told = client.get("/api/v1/audit/hours?radius=500").get_json()
    assert told["people"] == [5000, 4000] and told["sure"][0][0] == 5000
    notes = told["stated"]["demand"]["notes"]["en"]
    assert [note.partition(" ")[0] for note in notes] == ["1", "people", "codes"]
    assert client.get("/api/v1/audit/cells").status_code == 200


def test_people_alone_are_counted_in_the_city_s_own_areas(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("lon,lat,weight\n117.2,34.26,7\n")
    client = app_over(tmp_path, registry_of([station(0)]), audit_demand=people).test_client()
    assert sum(client.get("/api/v1/audit/hours").get_json()["people"]) == 7000


def test_cells_of_other_files_are_others(tmp_path: Path, areas: Path) -> None:
    tags = set()
    for given in ({}, {"audit_areas": areas, "audit_demand": areas}):
        client = app_over(tmp_path, registry_of([far(0)]), **given).test_client()
        tags.add(client.get("/api/v1/audit/cells").headers["ETag"])
    assert len(tags) == 2


def test_files_that_cannot_be_studied_stop_the_start_each_with_a_line(tmp_path: Path, areas: Path) -> None:
    nowhere = tmp_path / "none.csv"
    bad = tmp_path / "bad.geojson"
    bad.write_text(json.dumps({"features": [square(113, 34, "41"), square(113, 34, "x")]}))
    twice = tmp_path / "twice.geojson"
    twice.write_text(json.dumps({"features": [square(113, 34, "410102"), square(113, 34, "410103")]}))
    beside = tmp_path / "beside.csv"
    beside.write_text("lon,lat,weight\n117.2,34.26,7\n")
    cases: list[tuple[dict[str, Path], list[str]]] = [
        (
            {"audit_areas": bad, "audit_demand": nowhere},
            ["STATIONMAP_AUDIT_AREAS: bad.geojson: feature 1", "STATIONMAP_AUDIT_DEMAND: "],
        ),
        (
            {"audit_areas": areas},
            ["STATIONMAP_AUDIT_DEMAND: must name a file of people: no residents are known of 410102"],
        ),
        ({"audit_areas": areas, "audit_demand": beside}, ["STATIONMAP_AUDIT_DEMAND: beside.csv: nobody lives inside"]),
        ({"audit_areas": nowhere}, ["STATIONMAP_AUDIT_AREAS: "]),
        (
            {"audit_areas": twice, "audit_demand": areas},
            [
                "STATIONMAP_AUDIT_AREAS: areas overlap, and people in both would be counted in one: "
                "100% of 410103 lies in 410102 too"
            ],
        ),
    ]
    for given, lines in cases:
        with pytest.raises(InvalidSettingsError) as refusal:
            app_over(tmp_path, registry_of([far(0)]), **given)
        told = str(refusal.value).splitlines()
        assert len(told) == len(lines) and all(map(str.startswith, told, lines)), told
