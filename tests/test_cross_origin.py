"""Pages of other sites read public data, by every way it is answered, and nothing else; no site frames our pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from stationmap.web.guard.admission import AdmissionControl
from stationmap.web.guard.cross_origin import ASKS, READS, SharedPaths
from stationmap.web.guard.rate_limiter import RateLimiter
from stationmap.web.guard.rejections import RejectionCounter
from stationmap.web.guard.security_headers import ResponseHeaders, headers
from tests.apps import app_over, registry_of
from tests.sent_reports import unhurried
from tests.staff import staff_app
from tests.strategies import station

ELSEWHERE = {"Origin": "https://other.example"}
ALLOWED = "Access-Control-Allow-Origin"
PLACE = {"lon": 117.2, "lat": 34.2}

READABLE = [
    ("/api/v1/nearest?lon=117.2&lat=34.2", 200),  # goes round Flask
    ("/api/v1/nearest?lon=nan", 400),
    ("/api/v1/stations", 200),
    ("/api/v1/stations?limit=no", 400),
    ("/api/v1/stations/a", 200),
    ("/api/v1/stations/nobody", 404),
    ("/api/v1/feed", 200),
    ("/api/v1/marks", 200),
    ("/api/v1/places", 404),
    ("/api/v1/audit/cells", 200),
    ("/ground/1/0/0.mvt", 404),
    ("/reports.atom", 200),
    ("/open311/v2/services.json", 200),
    ("/s/a/feed", 200),
    ("/static/x/css/page.css", 200),
]
OWN = [
    "/", "/s/a", "/s/a/poster", "/s/", "/audit", "/privacy", "/r/0123456789", "/staff", "/staff/sign-in",
    "/staff/stations", "/api/v1/reports/0123456789", "/api/v1/reports", "/healthz", "/readyz", "/metrics", "/sw.js",
    "/manifest.webmanifest", "/nowhere", "/staff/api/v1/stations", "/x/api/v1/feed", "/api/v1/nearestx",
]  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return unhurried(staff_app(tmp_path, registry_of([station("a", 117.2, 34.2)])))


def assert_shared(answer: TestResponse) -> None:
    assert answer.headers.getlist(ALLOWED) == ["*"]
    assert answer.headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert {"ETag", "Stationmap-Revision", "Stationmap-Time", "Link"} <= set(exposed.split(", "))
    assert_never(answer)


def assert_own(answer: TestResponse) -> None:
    assert [name for name, _ in answer.headers if name.startswith("Access-Control-")] == []
    assert answer.headers.getlist("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert_never(answer)


def assert_never(answer: TestResponse) -> None:
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers.getlist("X-Frame-Options") == ["DENY"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("path", "status"), READABLE)
def test_public_data_is_readable_whatever_the_answer(app: Flask, path: str, status: int) -> None:
    client = app.test_client(use_cookies=False)
    for method in READS:
        answer = client.open(path, method=method, headers=ELSEWHERE)
        assert answer.status_code in (status, 503)  # while the database is made
        assert_shared(answer)
        assert "Set-Cookie" not in answer.headers


def test_what_is_unchanged_or_compressed_is_readable_too(app: Flask) -> None:
    client = app.test_client()
    tag = client.get("/api/v1/stations").headers["ETag"]
    answer = client.get("/api/v1/stations", headers={**ELSEWHERE, "If-None-Match": tag})
    assert answer.status_code == 304
    assert_shared(answer)
    assert_shared(client.get("/api/v1/feed", headers={**ELSEWHERE, "Accept-Encoding": "gzip"}))


@pytest.mark.parametrize("path", OWN)
def test_nothing_else_is(app: Flask, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        assert_own(app.test_client().open(path, method=method, headers=ELSEWHERE))


def test_other_sites_ask_for_the_nearest_by_a_body_after_asking_whether_they_may(app: Flask) -> None:
    client = app.test_client()
    asked = {**ELSEWHERE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/api/v1/nearest", "/api/v1/along", "/api/v1/places"):
        may = client.options(path, headers=asked)
        assert (may.status_code, may.data) == (204, b"")
        assert may.headers[ALLOWED] == "*"
        assert "POST" in may.headers["Access-Control-Allow-Methods"].split(", ")
        assert "Content-Type" in may.headers["Access-Control-Allow-Headers"].split(", ")
        assert "Access-Control-Allow-Credentials" not in may.headers
    assert_shared(client.post("/api/v1/nearest", json=PLACE, headers=ELSEWHERE))
    assert_shared(client.post("/api/v1/nearest", data="{}", headers=ELSEWHERE))  # 415
    assert_shared(client.post("/api/v1/along", json={}, headers=ELSEWHERE))


@pytest.mark.parametrize(
    "path", ["/api/v1/reports", "/api/v1/audit/jobs", "/staff/stations", "/api/v1/wechat/signature"]
)
def test_who_asks_whether_they_may_change_something_may_not(app: Flask, path: str) -> None:
    may = app.test_client().options(path, headers={**ELSEWHERE, "Access-Control-Request-Method": "POST"})
    assert "POST" not in may.headers.get("Access-Control-Allow-Methods", "")
    assert_never(may)


def test_what_only_staff_see_is_not_shared(tmp_path: Path) -> None:
    app = staff_app(tmp_path, registry_of([station("a", 117.2, 34.2)]), audit="staff")
    for path in ("/api/v1/audit/cells", "/ogc/collections/areas", "/ogc/collections/gaps/items"):
        assert_own(app.test_client().get(path, headers=ELSEWHERE))


def test_an_operator_may_share_nothing(tmp_path: Path) -> None:
    client = app_over(tmp_path, registry_of([station("a", 117.2, 34.2)]), cors=False).test_client()
    for path, _ in READABLE:
        assert_own(client.get(path, headers=ELSEWHERE))
    asked = {**ELSEWHERE, "Access-Control-Request-Method": "POST"}
    assert ALLOWED not in client.options("/api/v1/nearest", headers=asked).headers


def test_a_page_of_another_site_learns_that_its_network_asked_too_often(app: Flask) -> None:
    policy = ResponseHeaders(headers(()), shared=SharedPaths(is_audit_open=True))
    gate = AdmissionControl(app.wsgi_app, policy, RejectionCounter(), RateLimiter(per_s=0, burst=0))
    client = Client(gate, TestResponse)
    refused = client.get("/api/v1/feed", headers=ELSEWHERE, environ_overrides={"REMOTE_ADDR": "203.0.113.77"})
    assert refused.status_code == 429
    assert_shared(refused)


segments = st.sampled_from(
    ["api", "v1", "nearest", "stations", "feed", "reports", "staff", "audit", "jobs", "ogc", "tiles", "static", "s",
     "a", "embed", "..", "", "readyz", "users", "map", "x.ics", "%2e%2e"]
)  # fmt: skip


@given(st.lists(segments, max_size=6).map(lambda found: "/" + "/".join(found)), st.booleans())
def test_no_drawn_path_of_staff_or_reports_is_shared_and_none_is_to_be_changed(path: str, is_audit_open: bool) -> None:
    methods = SharedPaths(is_audit_open=is_audit_open).methods(path)
    assert methods in ((), READS, ASKS)
    assert methods != ASKS or path in ("/api/v1/nearest", "/api/v1/along", "/api/v1/places")
    if path.startswith(("/staff", "/api/v1/reports", "/r/", "/readyz", "/audit")):
        assert methods == ()


def test_no_route_there_is_is_shared_by_a_method_that_changes_anything(app: Flask) -> None:
    shared = SharedPaths(is_audit_open=True)
    changing = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {*READS, "OPTIONS"}
        if method in shared.methods(rule.rule)
    ]
    assert sorted(changing) == [(f"/api/v1/{name}", "POST") for name in ("along", "nearest", "places")]
