"""Figures for Prometheus: what they count, that nothing of a person is in them, and who can reach them."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from waitress import wasyncore

from stationmap.backups import kept
from stationmap.registry.registry import dumps
from stationmap.settings_sources import InvalidSettingsError
from stationmap.web.audit import state as audit_state
from stationmap.web.guard import connections, rejections, request_ids
from stationmap.web.guard.rejections import REASONS, RejectionCounter
from stationmap.web.guard.request_ids import Measured, RequestIds
from stationmap.web.monitoring.endpoint import MAX_CONNECTIONS, Exposition, MetricsEndpoint, place_of
from stationmap.web.monitoring.families import gauge
from stationmap.web.monitoring.registry_figures import StationFigures
from stationmap.web.monitoring.request_meter import RequestMeter
from stationmap.web.monitoring.scrape import SiteCollector, Watched, watched
from stationmap.web.state import EXTENSION, State
from stationmap.web.tally import Tally
from tests.apps import MONDAY_10, app_over, registry_of
from tests.conftest import ROOT
from tests.strategies import station
from tests.watched_stations import WatchedStations

PATIENCE_S = 10.0
PAGE = (ROOT / "docs/monitoring.md").read_text("utf-8")
VERIFIED = kept.Verified(
    made_at=MONDAY_10,
    verified_at=MONDAY_10 + timedelta(minutes=1),
    program="1",
    database_schema="1",
    revision="r",
    stations=1,
    revisions=1,
    bytes=5,
    sha256="0",
)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(registry: CollectorRegistry) -> Samples:
    """Return each value by its name and labels."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def value(found: Samples, name: str, **labels: str) -> float:
    return found[f"stationmap_{name}", frozenset(labels.items())]


def site(folder: Path, **settings: Any) -> tuple[Flask, CollectorRegistry]:
    stations = [
        station("a", 117.2, 34.2, hours="24/7"),
        station("b", 117.3, 34.3, hours="Mo-Su 12:00-18:00"),
        station("c", 117.3, 34.4),
        station("d", 117.3, 34.4, status="closed"),
    ]
    app = app_over(folder, registry_of(stations, updated="2026-11-01"), data=folder / "data", **settings)
    return app, watched(app).registry


def test_requests_are_counted_by_rule_method_and_class_of_status(tmp_path: Path) -> None:
    app, registry = site(tmp_path)
    client = app.test_client()
    for _ in range(3):
        assert client.get("/api/v1/nearest?lon=117.2&lat=34.2").status_code == 200
    sent = [("GET", "/api/v1/nearest?lon=x"), ("GET", "/s/a"), ("GET", "/s/b"), ("GET", "/nothing/13812345678")]
    sent += [("DELETE", "/s/a"), ("INVENTED", "/"), ("ODD", "/")]
    for method, path in sent:
        client.open(path, method=method)
    client.get("/", headers={"Host": "a..b"})
    counts = {
        tuple(dict(labels)[name] for name in ("route", "method", "status")): count
        for (name, labels), count in samples(registry).items()
        if name == "stationmap_http_request_duration_seconds_count"
    }
    assert counts == {
        ("/api/v1/nearest", "GET", "2xx"): 3,
        ("/api/v1/nearest", "GET", "4xx"): 1,
        ("/s/<station_id>", "GET", "2xx"): 2,
        ("unmatched", "GET", "4xx"): 1,
        ("unmatched", "DELETE", "4xx"): 1,
        ("unmatched", "other", "4xx"): 2,
        ("refused", "GET", "4xx"): 1,
    }


def test_an_answer_that_fails_is_counted_as_that(tmp_path: Path) -> None:
    app, registry = site(tmp_path)

    def fails(**_: Any) -> None:
        raise RuntimeError

    app.view_functions["pages.station"] = fails  # type: ignore[assignment]
    assert app.test_client().get("/s/a").status_code == 500
    labels = {"route": "/s/<station_id>", "method": "GET", "status": "5xx"}
    assert value(samples(registry), "http_request_duration_seconds_count", **labels) == 1


def test_the_histogram_holds_what_the_values_say() -> None:
    meter, registry = RequestMeter(), CollectorRegistry()
    registry.register(meter)
    for lasted_s in (0.0005, 0.001, 0.0011, 0.3, 100.0):
        meter.note(("/x", "GET", "200 OK", lasted_s))
    found, of = samples(registry), {"route": "/x", "method": "GET", "status": "2xx"}
    name = "http_request_duration_seconds"
    within = {
        le: value(found, f"{name}_bucket", le=le, **of) for le in ("0.001", "0.0025", "0.25", "0.5", "30.0", "+Inf")
    }
    assert within == {"0.001": 2, "0.0025": 3, "0.25": 3, "0.5": 4, "30.0": 4, "+Inf": 5}
    assert value(found, f"{name}_count", **of) == 5
    assert value(found, f"{name}_sum", **of) == pytest.approx(100.3026)


def test_seconds_are_those_until_the_answer_begins() -> None:
    seen: list[Measured] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        time.sleep(0.02)
        environ[request_ids.ROUTE] = "/x"
        start_response("404 Not Found", [])
        return []

    RequestIds(application, seen.append)({"REQUEST_METHOD": "GET"}, lambda *_: None)  # type: ignore
    ((*labels, lasted_s),) = seen
    assert labels == ["/x", "GET", "404 Not Found"] and 0.02 <= lasted_s < 1


def test_what_was_noted_is_counted_aside_so_that_it_does_not_pile_up(tmp_path: Path) -> None:
    app = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)]))
    site = watched(app)
    ticked: list[int] = []

    def tick() -> None:
        ticked.append(1)
        site.tick()

    made = MetricsEndpoint(site._replace(tick=tick), "127.0.0.1:0", RejectionCounter())
    made.start()
    app.test_client().get("/healthz")
    until = time.monotonic() + PATIENCE_S
    while len(ticked) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    made.close()
    (meter,) = [each for each in site.registry._collector_to_names if isinstance(each, RequestMeter)]
    assert ticked and not meter._noted
    assert (
        value(
            samples(site.registry), "http_request_duration_seconds_count", route="/healthz", method="GET", status="2xx"
        )
        == 1
    )


def test_what_is_served_is_told(tmp_path: Path) -> None:
    app, registry = site(tmp_path, deadline_s=1)
    state: State = app.extensions[EXTENSION]
    found = samples(registry)
    assert value(found, "stations", category="outdoor_worker", status="open") == 3
    assert value(found, "stations", category="outdoor_worker", status="closed") == 1
    by_state = {name: value(found, "stations_by_state", state=name) for name in ("open", "closed", "unknown")}
    assert by_state == {"open": 1, "closed": 1, "unknown": 1}
    assert value(found, "registry_loaded_timestamp_seconds") == MONDAY_10.timestamp()
    assert value(found, "registry_updated_timestamp_seconds") == (MONDAY_10 - timedelta(days=22, hours=10)).timestamp()
    assert value(found, "registry_demo") == value(found, "registry_stale") == value(found, "marked_stations") == 0
    assert value(found, "calendar_last_year") == 2026
    assert value(found, "calendar_awaited_years") == 1  # in November that of the next year
    assert value(found, "journal_state", state="read_only") == 1
    assert value(found, "journal_state", state="ok") == value(found, "journal_state", state="fault") == 0
    assert value(found, "scrape_faults") == 0
    assert found["process_resident_memory_bytes", frozenset()] > 10_000_000
    taken, refused = ({"file": "registry", "result": result} for result in ("taken", "refused"))
    assert value(found, "reloads_total", **taken) == value(found, "reloads_total", **refused) == 0
    path = tmp_path / "stations.geojson"
    path.write_bytes(b"{}")
    state.refresh()
    found = samples(registry)
    assert (value(found, "registry_stale"), value(found, "reloads_total", **refused)) == (1, 1)
    path.write_bytes(dumps(registry_of([station("a", 117.2, 34.2, hours="24/7")])))
    state.refresh()
    found = samples(registry)
    assert (value(found, "registry_stale"), value(found, "reloads_total", **taken)) == (0, 1)
    assert value(found, "stations_by_state", state="unknown") == 0


def test_no_scrape_reads_a_station(tmp_path: Path) -> None:
    app, _ = site(tmp_path)
    state: State = app.extensions[EXTENSION]
    stations = WatchedStations(state.snapshot.registry.stations)
    state.snapshot.index.stations = stations
    object.__setattr__(state.snapshot.registry, "stations", stations)
    assert list(StationFigures(state)()) and stations.rows == set()


def test_refusals_are_counted_by_every_reason(tmp_path: Path) -> None:
    app, registry = site(tmp_path)
    assert {value(samples(registry), "refused_total", reason=reason) for reason in REASONS} == {0}
    app.test_client().get("/", headers={"Host": "a..b"})
    assert value(samples(registry), "refused_total", reason="malformed") == 1


def test_the_disk_and_the_backups_are_looked_at(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    app, registry = site(tmp_path, backups=backups)
    found = samples(registry)
    assert value(found, "backups") == 0
    assert ("stationmap_backup_timestamp_seconds", frozenset()) not in found
    assert value(found, "disk_free_bytes", folder="data") <= value(found, "disk_size_bytes", folder="data")
    assert ("stationmap_database_bytes", frozenset()) not in found
    (tmp_path / "data").mkdir()
    app.extensions[EXTENSION].settings.database_file.write_bytes(b"x" * 100)
    backups.mkdir()
    (backups / kept.name_at(MONDAY_10)).write_bytes(b"not whole")
    (backups / "notes.txt").write_text("x")
    found = samples(registry)
    assert value(found, "database_bytes") == 100
    assert (value(found, "backups"), value(found, "backups_bytes")) == (1, 9)
    assert value(found, "backup_timestamp_seconds") == MONDAY_10.timestamp()
    assert ("stationmap_backup_verified_timestamp_seconds", frozenset()) not in found
    assert value(found, "scrape_faults") == 0


def test_a_backup_that_was_found_whole_is_told_apart(tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    path = backups / kept.name_at(MONDAY_10)
    path.write_bytes(b"whole")
    kept.record_of(path).write_text(VERIFIED.model_dump_json())
    _, registry = site(tmp_path, backups=backups)
    assert value(samples(registry), "backup_verified_timestamp_seconds") == MONDAY_10.timestamp()


def test_reports_are_counted_by_what_becomes_of_them(tmp_path: Path) -> None:
    app, registry = site(tmp_path)
    client, body = app.test_client(), {"kind": "locked", "said_at": MONDAY_10.isoformat(), "device": "device-0001"}
    first = {**body, "id": "00000000-0000-4000-8000-000000000001", "station_id": "a"}
    statuses = [client.post("/api/v1/reports", json=sent).status_code for sent in (first, first, {"kind": "locked"})]
    assert statuses == [201, 200, 400]
    results = {
        name: value(samples(registry), "reports_total", result=name) for name in ("accepted", "repeated", "invalid")
    }
    assert results == {"accepted": 1, "repeated": 1, "invalid": 1}


def test_what_cannot_be_had_hides_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> Iterator[Any]:
        yield gauge("half", "Half of a group.", 1)
        raise OSError("/srv/of/somebody")

    registry = CollectorRegistry()
    registry.register(SiteCollector([fails, lambda: [gauge("other", "Another.", 2)]]))
    found = samples(registry)
    assert {name for name, _ in found} == {"stationmap_other", "stationmap_scrape_faults"}
    assert value(found, "scrape_faults") == 1
    assert "/srv/of/somebody" not in caplog.text


def test_a_tally_begins_at_zero_for_what_is_known() -> None:
    tally = Tally([("a", "b")])
    tally.count("c", "d", amount=1.5)
    tally.count("c", "d")
    assert tally.counts() == {("a", "b"): 0, ("c", "d"): 2.5}


def test_names_and_units_are_those_of_prometheus(tmp_path: Path) -> None:
    _, registry = site(tmp_path)
    families = list(text_string_to_metric_families(generate_latest(registry).decode()))
    ours = [family for family in families if not family.name.startswith("process_")]
    assert len(ours) > 30
    for family in ours:
        assert re.fullmatch(r"stationmap_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        assert not re.search(r"_(ms|kb|mb|minutes|hours|days|percent)(_|$)", family.name)


def test_without_the_setting_nothing_is_measured_nor_loaded(tmp_path: Path) -> None:
    app = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)]))
    assert app.extensions[request_ids.EXTENSION].note is None
    for path in ("/metrics", "/metrics/", "/static/metrics"):
        assert app.test_client().get(path).status_code == 404
    watched(app)
    assert app.test_client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1:9464", "127.0.0.1:9464"),
        ("10.1.2.3:1", "10.1.2.3:1"),
        ("192.168.0.9:9464", "192.168.0.9:9464"),
        ("[::1]:9464", "[::1]:9464"),
        ("[fd00::7]:9464", "[fd00::7]:9464"),
        ("localhost:9464", "127.0.0.1:9464"),
    ],
)
def test_inner_addresses_may_be_listened_on(address: str, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    "address", ["0.0.0.0:9464", "[::]:9464", "8.8.8.8:9464", "[2001:4860::1]:9464", "[::ffff:8.8.8.8]:1"]
)
def test_an_address_that_the_world_could_reach_is_refused(address: str) -> None:
    with pytest.raises(InvalidSettingsError, match="STATIONMAP_METRICS"):
        place_of(address)


@contextmanager
def endpoint(registry: CollectorRegistry, counter: RejectionCounter | None = None) -> Iterator[tuple[str, int]]:
    made = MetricsEndpoint(Watched(registry, lambda: None), "127.0.0.1:0", counter or RejectionCounter())
    made.start()
    try:
        place = urlsplit(made.url)
        yield str(place.hostname), int(place.port or 0)
    finally:
        made.close()


def answer(place: tuple[str, int], path: str = "/metrics", method: str = "GET", **headers: str) -> tuple[int, bytes]:
    connection = HTTPConnection(*place, timeout=PATIENCE_S)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        assert response.headers["Cache-Control"] == "no-store"
        return response.status, response.read()
    finally:
        connection.close()


def test_the_endpoint_answers_its_path_alone_behind_the_guards_of_the_site(tmp_path: Path) -> None:
    app, registry = site(tmp_path)
    with endpoint(registry, app.extensions[rejections.EXTENSION]) as place:
        status, body = answer(place)
        assert status == 200 and b"stationmap_stations{" in body
        assert [answer(place, *asked)[0] for asked in (("/",), ("/metrics/x",), ("/metrics", "POST"))] == [
            404,
            404,
            405,
        ]
        assert answer(place, Host="a..b")[0] == 400
        with pytest.raises(OSError) as caught:
            MetricsEndpoint(Watched(registry, lambda: None), f"127.0.0.1:{place[1]}", RejectionCounter())
        assert caught.value.filename == f"127.0.0.1:{place[1]}"
    with pytest.raises(OSError):
        socket.create_connection(place, timeout=1)


def test_clients_that_hold_connections_do_not_keep_prometheus_out(tmp_path: Path) -> None:
    _, registry = site(tmp_path)
    with endpoint(registry) as place:
        held = [socket.create_connection(place, timeout=PATIENCE_S) for _ in range(MAX_CONNECTIONS)]
        for each in held:
            each.sendall(b"GET /metrics HTTP/1.1\r\nHost: ")  # and no more
        try:
            assert answer(place)[0] == 200
        finally:
            for each in held:
                each.close()


def test_figures_are_worked_out_once_a_second_at_most() -> None:
    worked_out, now_s = [], 0.0

    def figures() -> list[Any]:
        worked_out.append(now_s)
        return []

    registry = CollectorRegistry()
    registry.register(SiteCollector([figures]))
    exposition = Exposition(registry, lambda: now_s)
    for now_s in (0.0, 0.5, 0.9, 1.0, 1.5):  # noqa: B007
        exposition({"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET"}, lambda *_: None)  # type: ignore
    assert worked_out == [0.0, 1.0]


PARTS = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of all figures that a server can give."""
    folder = tmp_path_factory.mktemp("everything")
    path = folder / "backups" / kept.name_at(MONDAY_10)
    path.parent.mkdir()
    path.write_bytes(b"whole")
    kept.record_of(path).write_text(VERIFIED.model_dump_json())
    app, registry = site(folder, backups=path.parent, holidays=ROOT / "data/holidays-cn.json")
    app.test_client().get("/healthz")
    database = app.extensions[EXTENSION].settings.database_file
    database.parent.mkdir()
    database.write_bytes(b"")
    app.extensions[audit_state.EXTENSION].jobs.ended.count("sites", "done")
    app.extensions[audit_state.EXTENSION].jobs.seconds.count("sites", "done")
    sockets: dict[int, Any] = {}
    listening = connections.servers(app, sockets, RejectionCounter(), listen="127.0.0.1:0", threads=2)
    app.extensions[connections.EXTENSION] = listening
    found = {name for name, _ in samples(registry)}
    listening[0].threads.shutdown(time.monotonic())
    wasyncore.close_all(sockets)
    return found


def test_every_figure_is_described_and_no_other(exported: set[str]) -> None:
    described = re.findall(r"^\| `(stationmap_\w+)` \| (?:gauge|counter|histogram) \|", PAGE, re.MULTILINE)
    assert len(described) == len(set(described))
    assert {PARTS.sub("", name) for name in exported if name.startswith("stationmap_")} == {*described}
