"""The HTTP interface, as a program sees it."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask.testing import FlaskClient

from stationmap.datum import Datum, from_wgs84
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Position
from stationmap.registry.registry import Registry, parse
from stationmap.resources import demo_registry
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex
from stationmap.web.api.parameters import MAX_POINTS
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station

LON, LAT = 117.2001, 34.2002
HERE = f"lon={LON}&lat={LAT}"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return parse(demo_registry().read_bytes())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> FlaskClient:
    return app_over(tmp_path_factory.mktemp("api"), registry).test_client()


def _client(folder: Path, *stations: Any, **header: Any) -> FlaskClient:
    return app_over(folder, registry_of(stations, **header)).test_client()


def _get(client: FlaskClient, path: str) -> Mapping[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.text
    content: Mapping[str, Any] = response.json or {}
    return content


def _ids(answer: Mapping[str, Any]) -> list[str]:
    return [feature["id"] for feature in answer["features"]]


# nearest


def test_the_five_nearest_come_first_with_their_distance(client: FlaskClient, registry: Registry) -> None:
    answer = _get(client, f"/api/v1/nearest?{HERE}")
    expected = StationIndex(registry.stations).nearest(Position(LON, LAT), 5, query=Query(in_use=True))
    assert _ids(answer) == [neighbour.station.id for neighbour in expected]
    for feature, (known, metres) in zip(answer["features"], expected, strict=True):
        assert feature["properties"]["distance_m"] == pytest.approx(metres, abs=0.0006)
        assert feature["properties"]["name"] == known.name
        assert feature["geometry"]["coordinates"] == list(known.geometry.coordinates)


def test_an_answer_says_where_it_comes_from_and_when(client: FlaskClient, registry: Registry) -> None:
    response = client.get(f"/api/v1/nearest?{HERE}")
    answer = response.json or {}
    assert answer["revision"] == response.headers["Stationmap-Revision"] == registry.revision
    assert (answer["demo"], answer["label"]) == (True, "演示数据")
    assert answer["generated_at"] == answer["at"] == "2026-11-23T10:00:00+08:00"
    assert response.mimetype == "application/geo+json"


def test_every_feature_tells_its_state_even_when_nobody_asked_for_open_ones(
    client: FlaskClient, registry: Registry
) -> None:
    for feature in _get(client, f"/api/v1/nearest?{HERE}&k=100")["features"]:
        status = registry[feature["id"]].status_at(MONDAY_10)
        told = feature["properties"]
        assert told["state"] == status.state
        assert told["until"] == (status.until and status.until.isoformat())
        assert (told["cautions"], told["reason"]) == (list(status.cautions), status.reason)


def test_filters_are_those_of_the_core(client: FlaskClient, registry: Registry) -> None:
    path = (
        f"/api/v1/nearest?{HERE}&k=20&category=outdoor_worker&category=culture&facility=toilet&facility=wifi&who=public"
    )
    query = Query(
        categories=frozenset(["outdoor_worker", "culture"]),
        facilities=frozenset(["toilet", "wifi"]),
        who=frozenset(["public"]),
        in_use=True,
    )
    expected = StationIndex(registry.stations).nearest(Position(LON, LAT), 20, query=query)
    assert len(expected) == 20
    assert _ids(_get(client, path)) == [neighbour.station.id for neighbour in expected]


def test_within_m_may_leave_nobody(client: FlaskClient) -> None:
    assert _get(client, f"/api/v1/nearest?{HERE}&within_m=0")["features"] == []


def test_text_is_looked_for(client: FlaskClient) -> None:
    names = [
        one["properties"]["name"] for one in _get(client, f"/api/v1/nearest?{HERE}&q={quote('警务室')}")["features"]
    ]
    assert names
    assert all("警务室" in name for name in names)


def test_open_leaves_out_the_closed_and_keeps_the_unknown(tmp_path: Path) -> None:
    client = _client(
        tmp_path,
        station("closed", LON, LAT, hours="Tu 10:00-12:00"),
        station("unknown", LON, LAT),
        station("open", LON, LAT, hours="Mo 09:00-12:00"),
        station("suspended", LON, LAT, hours="24/7", status="suspended"),
    )
    assert set(_ids(_get(client, f"/api/v1/nearest?{HERE}"))) == {"closed", "unknown", "open"}
    states = {
        one["id"]: one["properties"]["state"] for one in _get(client, f"/api/v1/nearest?{HERE}&open=now")["features"]
    }
    assert states == {"open": "open", "unknown": "unknown"}
    tuesday = _get(client, f"/api/v1/nearest?{HERE}&open=2026-11-24T10:00:00%2B08:00")
    assert set(_ids(tuesday)) == {"closed", "unknown"}
    assert tuesday["at"] == "2026-11-24T10:00:00+08:00"


def test_one_that_closes_before_the_rider_arrives_is_not_offered_as_open(tmp_path: Path) -> None:
    client = _client(tmp_path, station("shop", LON + 0.02, LAT, hours="Mo 09:00-10:10"))  # 1.8 km away
    by_bike = _get(client, f"/api/v1/nearest?{HERE}&open=now")
    assert by_bike["features"][0]["properties"]["arrive_before_close"] is True
    assert by_bike["features"][0]["properties"]["travel_s"] == pytest.approx(480, abs=5)
    assert _ids(_get(client, f"/api/v1/nearest?{HERE}&open=now&speed_m_s=1.25")) == []
    assert _ids(_get(client, f"/api/v1/nearest?{HERE}&open=now&detour=2")) == []
    walking = _get(client, f"/api/v1/nearest?{HERE}&speed_m_s=1.25")["features"][0]["properties"]
    assert (walking["state"], walking["arrive_before_close"]) == ("open", False)


def test_a_plus_that_arrived_as_a_blank_is_understood(client: FlaskClient) -> None:
    assert _get(client, f"/api/v1/nearest?{HERE}&open=2026-11-24T10:00:00+08:00")["at"] == "2026-11-24T10:00:00+08:00"


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_place_may_come_in_another_datum_and_the_answer_is_wgs84(client: FlaskClient, datum: Datum) -> None:
    lon, lat = from_wgs84(LON, LAT, datum)
    converted = _get(client, f"/api/v1/nearest?lon={lon}&lat={lat}&datum={datum}")
    plain = _get(client, f"/api/v1/nearest?{HERE}")
    assert _ids(converted) == _ids(plain)
    for one, other in zip(converted["features"], plain["features"], strict=True):
        assert one["geometry"] == other["geometry"]
        assert one["properties"]["distance_m"] == pytest.approx(other["properties"]["distance_m"], abs=0.01)


def test_the_speed_of_the_settings_holds_where_the_request_names_none(tmp_path: Path) -> None:
    known = registry_of([station("shop", LON + 0.02, LAT)])
    slow = app_over(tmp_path, known, ebike_m_s=2.5, detour=1.0).test_client()
    told = _get(slow, f"/api/v1/nearest?{HERE}")["features"][0]["properties"]
    assert told["travel_s"] == round(told["distance_m"] / 2.5)


def test_posting_gives_the_same_answer_as_asking_by_address(client: FlaskClient) -> None:
    asked = {"lon": LON, "lat": LAT, "k": 7, "facility": ["toilet"], "category": "outdoor_worker", "open": "now"}
    posted = client.post("/api/v1/nearest", json=asked)
    by_address = client.get(f"/api/v1/nearest?{HERE}&k=7&facility=toilet&category=outdoor_worker&open=now")
    assert posted.json == by_address.json


def test_a_long_answer_is_compressed_and_the_same(client: FlaskClient) -> None:
    plain = client.get(f"/api/v1/nearest?{HERE}&k=100")
    packed = client.get(f"/api/v1/nearest?{HERE}&k=100", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    names = ("Content-Type", "Cache-Control", "Vary", "Stationmap-Revision", "Content-Security-Policy")
    assert [packed.headers[name] for name in names] == [plain.headers[name] for name in names]


def test_only_the_head_of_an_answer_can_be_asked_for(client: FlaskClient) -> None:
    head = client.head(f"/api/v1/nearest?{HERE}")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Cache-Control"] == "no-store"


def test_nobody_keeps_an_answer_about_a_place(client: FlaskClient) -> None:
    for response in (
        client.get(f"/api/v1/nearest?{HERE}"),
        client.get("/api/v1/nearest?lon=x"),
        client.post("/api/v1/nearest", json={"lon": LON, "lat": LAT}),
        client.post("/api/v1/nearest", json={}),
    ):
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_a_batch_answers_each_point_in_order(client: FlaskClient) -> None:
    points = [[LON, LAT], [118.0, 34.0], [LON, LAT]]
    answer = client.post("/api/v1/nearest", json={"points": points, "k": 3, "who": "public"}).json or {}
    assert len(answer["results"]) == 3
    assert answer["results"][0] == answer["results"][2]
    for (lon, lat), rows in zip(points, answer["results"], strict=True):
        single = _get(client, f"/api/v1/nearest?lon={lon}&lat={lat}&k=3&who=public")["features"]
        for row, feature in zip(rows, single, strict=True):
            told = feature["properties"]
            names = ("name", "distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s", "doubts")
            assert row == {
                "id": feature["id"],
                **dict(zip(("lon", "lat"), feature["geometry"]["coordinates"], strict=True)),
                **{name: told[name] for name in names},
            }


def test_a_batch_takes_ten_thousand_points_and_gives_one_neighbour_each(tmp_path: Path, registry: Registry) -> None:
    client = app_over(tmp_path, registry, deadline_s=60).test_client()  # however busy the machine is
    points = [[116.4 + row * 2e-4, 34.2] for row in range(MAX_POINTS)]
    answer = client.post("/api/v1/nearest", json={"points": points}).json or {}
    assert [len(rows) for rows in answer["results"]] == [1] * MAX_POINTS
    refused = client.post("/api/v1/nearest", json={"points": [*points, [117, 34]]})
    assert refused.status_code == 400


# stations


def test_pages_of_stations_cover_each_of_them_once(client: FlaskClient, registry: Registry) -> None:
    seen: list[str] = []
    path = "/api/v1/stations?limit=400"
    while path:
        answer = _get(client, path)
        assert answer["total"] == len(registry)
        seen += _ids(answer)
        path = next((link["href"] for link in answer["links"] if link["rel"] == "next"), "")
    assert seen == list(registry)


def test_stations_are_filtered_and_links_keep_the_filter(client: FlaskClient, registry: Registry) -> None:
    answer = _get(client, "/api/v1/stations?category=culture&bbox=117.0,34.0,117.4,34.4&limit=2&offset=2")
    inside = [
        known.id
        for known in registry.stations
        if known.category == "culture" and 117 <= known.position.lon <= 117.4 and 34 <= known.position.lat <= 34.4
    ]
    assert (_ids(answer), answer["total"]) == (inside[2:4], len(inside))
    links = {link["rel"]: link["href"] for link in answer["links"]}
    assert _ids(_get(client, links["prev"])) == inside[:2]
    assert _ids(_get(client, links["next"])) == inside[4:6]


def test_links_between_pages_are_whole_and_keep_every_parameter(client: FlaskClient) -> None:
    query = "q=%E7%AB%99&facility=toilet&facility=wifi&limit=10&offset=15"
    answer = client.get(f"/api/v1/stations?{query}", headers={"Host": "evil.example"}).get_json(force=True)
    links = {link["rel"]: urlsplit(link["href"]) for link in answer["links"]}
    for rel, offset in (("self", "15"), ("prev", "5"), ("next", "25")):
        assert (links[rel].scheme, links[rel].netloc, links[rel].path) == ("http", "127.0.0.1:80", "/api/v1/stations")
        given = {"q": ["站"], "facility": ["toilet", "wifi"], "limit": ["10"], "offset": [offset]}
        assert parse_qs(links[rel].query) == given


def test_a_page_holds_the_whole_registry_of_a_city(client: FlaskClient, registry: Registry) -> None:
    answer = _get(client, "/api/v1/stations?limit=10000")
    assert _ids(answer) == list(registry) and [link["rel"] for link in answer["links"]] == ["self"]
    assert client.get("/api/v1/stations?limit=10001").status_code == 400


def test_a_station_is_found_by_its_id_whole(client: FlaskClient, registry: Registry) -> None:
    known = registry.stations[3]
    answer = dict(_get(client, f"/api/v1/stations/{known.id}"))
    assert (answer.pop("revision"), answer.pop("demo"), answer.pop("label")) == (registry.revision, True, "演示数据")
    assert answer == known.model_dump(mode="json", by_alias=True, exclude_unset=True)


def test_an_unchanged_registry_is_not_sent_again(client: FlaskClient) -> None:
    for path in ("/api/v1/stations?limit=3", "/api/v1/stations/xz-320302-0001", "/api/v1/feed"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_the_feed_is_sent_in_the_encoding_the_reader_likes(client: FlaskClient) -> None:
    plain = client.get("/api/v1/feed")
    assert plain.json
    for encoding in ("gzip", "br"):
        packed = client.get("/api/v1/feed", headers={"Accept-Encoding": encoding})
        assert packed.headers["Content-Encoding"] == encoding
        assert len(packed.data) <= 60_000
        assert packed.headers["ETag"] == plain.headers["ETag"]
        assert "Accept-Encoding" in packed.headers["Vary"]


def test_the_feed_begins_today_and_changes_at_midnight(tmp_path: Path) -> None:
    known = registry_of([station("a", LON, LAT)])
    late = datetime(2026, 11, 23, 23, 59, tzinfo=ZONE)
    before, after = (
        app_over(tmp_path, known, at=at).test_client().get("/api/v1/feed") for at in (late, late + timedelta(minutes=1))
    )
    assert (before.json or {})["start"] == "2026-11-23T00:00:00+08:00"
    assert (after.json or {})["start"] == "2026-11-24T00:00:00+08:00"
    assert before.headers["ETag"] != after.headers["ETag"]


def test_health_and_readiness(client: FlaskClient, registry: Registry) -> None:
    assert _get(client, "/healthz") == {"status": "ok"}
    answer = _get(client, "/readyz")
    assert (answer["revision"], answer["stations"], answer["stale"], answer["findings"]) == (
        registry.revision,
        1_002,
        False,
        0,
    )
    assert answer["age_s"] == 0


# what is refused


@pytest.mark.parametrize(
    "query, faulty",
    [
        ("", {"lon", "lat"}),
        ("lon=1", {"lat"}),
        (f"{HERE}&lon=3", {"lon"}),
        ("lon=NaN&lat=inf", {"lon", "lat"}),
        ("lon=1e400&lat=-1e400", {"lon", "lat"}),
        ("lon=180.0000001&lat=90.1", {"lon", "lat"}),
        ("lon=&lat=%20", {"lon", "lat"}),
        ("lon=１１７&lat=٣٤", {"lon", "lat"}),
        ("lon=117_0&lat=0x22", {"lon", "lat"}),
        (f"{HERE}&k=0", {"k"}),
        (f"{HERE}&k=101", {"k"}),
        (f"{HERE}&k=5.0", {"k"}),
        (f"{HERE}&k=99999999999999999999", {"k"}),
        (f"{HERE}&within_m=-1", {"within_m"}),
        (f"{HERE}&within_m=NaN", {"within_m"}),
        (f"{HERE}&datum=wgs72", {"datum"}),
        (f"{HERE}&category=&facility=pool&service=x&who=everyone", {"category", "facility", "service", "who"}),
        (f"{HERE}&open=yes", {"open"}),
        (f"{HERE}&open=2026-11-23T10:00", {"open"}),
        (f"{HERE}&open=0001-01-01T00:00%2B08:00", {"open"}),
        (f"{HERE}&open=now&open=now", {"open"}),
        (f"{HERE}&speed_m_s=0&detour=0.9", {"speed_m_s", "detour"}),
        (f"{HERE}&q=", {"q"}),
        (f"{HERE}&facilities=toilet&K=3", {"facilities", "K"}),
        ("lon=x&lat=y&k=z&open=w&foo=v", {"lon", "lat", "k", "open", "foo"}),
    ],
)
def test_every_problem_with_the_parameters_is_named(client: FlaskClient, query: str, faulty: set[str]) -> None:
    response = client.get(f"/api/v1/nearest?{query}")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    problem = response.json or {}
    assert {error["parameter"] for error in problem["errors"]} == faulty
    assert problem["status"] == 400


@pytest.mark.parametrize(
    "body, faulty",
    [
        ({}, {"lon", "lat"}),
        ({"lon": "117", "lat": True}, {"lon", "lat"}),
        ({"lon": None, "lat": [34]}, {"lon", "lat"}),
        ({"lon": 10**400, "lat": 0}, {"body"}),
        ({"lon": 10**30, "lat": 0}, {"lon"}),
        ({"lon": math.nan, "lat": 0}, {"body"}),
        ({"points": []}, {"points"}),
        (
            {"points": [[1, 2], [1], [1, 2, 3], "ab", {"a": 1, "b": 2}, [181, 0]]},
            {f"points[{at}]" for at in (1, 2, 3, 4, 5)},
        ),
        ({"points": [[1, 2]], "lon": 1, "lat": 2}, {"lon", "lat"}),
        ({"points": [[1, 2]] * 2_000, "k": 100}, {"k"}),
        ({"lon": 1, "lat": 2, "facility": ["toilet", 3], "k": "5", "x": 1}, {"facility", "k", "x"}),
        ([], {"body"}),
        ("117,34", {"body"}),
    ],
)
def test_every_problem_with_a_body_is_named(client: FlaskClient, body: Any, faulty: set[str]) -> None:
    response = client.post("/api/v1/nearest", json=body)
    assert response.status_code == 400
    assert {error["parameter"] for error in (response.json or {})["errors"]} == faulty


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xc4\xe3", b"[" * 100_000, b'{"lon": 1e400, "lat": 1}', b"\xef\xbb\xbf{}"]
)
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, body: bytes) -> None:
    assert client.post("/api/v1/nearest", data=body, content_type="application/json").status_code == 400


def test_a_body_of_another_type_or_too_large_is_refused(client: FlaskClient) -> None:
    form = client.post("/api/v1/nearest", data={"lon": 1, "lat": 2})
    large = client.post("/api/v1/nearest", data=b" " * 1_048_577, content_type="application/json")
    assert [(one.status_code, one.mimetype) for one in (form, large)] == [
        (415, "application/problem+json"),
        (413, "application/problem+json"),
    ]


def test_a_posted_question_has_no_place_in_its_address(client: FlaskClient) -> None:
    response = client.post(f"/api/v1/nearest?{HERE}", json={"lon": LON, "lat": LAT})
    assert {error["parameter"] for error in (response.json or {})["errors"]} == {"lon", "lat"}


@pytest.mark.parametrize(
    "path", ["/api/v1/stations/nobody", "/api/v1/stations/%00", "/api/v2/nearest", "/api/v1/", "/api/v1/feed/"]
)
def test_what_is_not_there_is_a_problem_document_too(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_method_that_is_not_taken_names_those_that_are(client: FlaskClient) -> None:
    response = client.put("/api/v1/feed")
    assert (response.status_code, response.mimetype) == (405, "application/problem+json")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/api/v1/feed?x=1", "/api/v1/stations/xz-320302-0001?x=1", "/api/v1/stations?lon=1&bbox=1,2,3&limit=0"]
)
def test_parameters_nobody_knows_are_refused_everywhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nearest?lon=117.2345678&lat=340.1234567",
        "/api/v1/nearest?117.2345678,34.1234567=1&lon=117.2345678&lat=x",
        "/api/v1/nearest?lon117.2345678=34.1234567",
        "/api/v1/stations/117.2345678,34.1234567",
        "/api/v1/117.2345678/34.1234567",
    ],
)
def test_no_answer_and_no_log_line_repeats_a_position(
    client: FlaskClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    response = client.get(path)
    assert response.status_code in (400, 404)
    for text in (response.text, str(response.headers), caplog.text):
        assert "2345678" not in text
        assert "1234567" not in text


def test_a_member_given_twice_in_a_body_is_refused_by_name(client: FlaskClient) -> None:
    answer = client.post("/api/v1/nearest", data='{"lon":117,"lon":118,"lat":34}', content_type="application/json")
    assert answer.status_code == 400
    assert [fault["parameter"] for fault in answer.json["errors"]] == ["lon"]


def test_a_body_a_thousand_levels_deep_is_refused(client: FlaskClient) -> None:
    body = '{"lon":117,"lat":34,"k":' + "[" * 1_000 + "]" * 1_000 + "}"
    assert client.post("/api/v1/nearest", data=body, content_type="application/json").status_code == 400
