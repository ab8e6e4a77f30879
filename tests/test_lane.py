"""The lane: an answer of the thread that reads requests is to the byte that of Flask, and nothing there is slow."""

from __future__ import annotations

import gzip
import json
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask

from stationmap.registry.model import CATEGORIES, FACILITIES, SERVICES, WHO
from stationmap.reports.evidence import NO_EVIDENCE, Confirmation, Evidence, Mark
from stationmap.web import create_app
from stationmap.web.api import lane
from stationmap.web.api.kept_questions import asked_by_body, asked_by_query
from stationmap.web.guard import admission, request_ids
from stationmap.web.guard.rate_limiter import RateLimiter
from stationmap.web.state import EXTENSION
from tests.apps import MONDAY_10, app_over, registry_of
from tests.strategies import station
from tests.test_nearest_text import CLOSURES, HOURS
from tests.wire import Client, Counted, comparable, get, post, serving

SEED = 20261202
NEAREST = "/api/v1/nearest"
QUESTIONS = 500
PLAIN = f"{NEAREST}?lon=117.2&lat=34.26"

NUMBERS = ("117.2", "117.1934561", "34.26", "34", "-117.25", "0", "-0.0", "181", "-90.5", "+34.2", "3e1", "34.", ".5",
           "", "x", "1_7", " 34.2", "%33%34", "34.2%20", "9" * 400, "nan", "inf", "0117.2")  # fmt: skip
OPTIONS: dict[str, tuple[str, ...]] = {
    "k": ("1", "5", "20", "100", "0", "101", "x", "05", "5.0", ""),
    "open": ("now", "2026-11-23T17:20+08:00", "2026-11-23T17:20%2B08:00", "NOW", "2026-11-23"),
    "facility": (*FACILITIES[:3], "toilet", "pool"),
    "facility_or_unknown": ("true", "false"),
    "category": (*CATEGORIES[:3], "nothing"),
    "who": (*WHO, "nobody"),
    "service": (*SERVICES[:2], "nothing"),
    "q": ("站", "zhan", "s00", "%E7%AB%99", "", "a%20b", "%ff", "a+b"),
    "datum": ("wgs84", "gcj02", "bd09", "utm"),
    "within_m": ("3000", "0", "1e9", "2500.5"),
    "always": ("true", "false"),
    "for_riders": ("true", "maybe"),
    "any_status": ("true",),
    "speed_m_s": ("1.2", "0"),
    "detour": ("1.4", "11"),
    "colour": ("red",),
    "points": ("[]",),
    "by": ("straight", "network"),
    "travel": ("ebike", "walk", "fly"),
}
ENCODINGS = ((), ("Accept-Encoding: br, gzip",), ("Accept-Encoding: gzip",), ("Accept-Encoding: identity, *;q=0",))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return _app(tmp_path_factory.mktemp("lane"))


@pytest.fixture(scope="module")
def by_flask(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the same application without a fast path and without a lane: Flask alone answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stationmap.web.app.FastPath", lambda application, *_, **__: application)
        return _app(tmp_path_factory.mktemp("flask"))


def teach(app: Flask, path: str) -> None:
    """Ask so often that the lane knows the question is a quick one: texts of stations are made at first."""
    for _ in range(3):
        assert app.test_client().get(path).status_code == 200


def _app(folder: Path, **settings: Any) -> Flask:
    draw = random.Random(SEED)
    stations = []
    for number in range(80):
        hours, closures = draw.choice(HOURS), draw.choice(CLOSURES)
        facilities = {code: draw.random() < 0.5 for code in draw.sample(("toilet", *FACILITIES[:3]), 2)}
        lon, lat = 117.2 + draw.gauss(0, 0.05), 34.26 + draw.gauss(0, 0.05)
        kind, who = draw.choice(CATEGORIES), draw.choice(WHO)
        about = {
            "category": kind,
            "access": {"who": who},
            "hours": hours,
            "closures": closures,
            "facilities": facilities,
            "name": f"站 {number} 100%",
        }
        stations.append(station(f"s{number:03}", lon, lat, **about))
    app = app_over(folder, registry_of(stations), **settings)
    mark = Mark("locked", 3, MONDAY_10 - timedelta(hours=1), MONDAY_10 + timedelta(hours=5))
    app.extensions[EXTENSION].desk.evidence = Evidence(
        {"s003": mark}, {"s004": Confirmation(MONDAY_10.date(), 4)}, "r1"
    )
    return app


def drawn(draw: random.Random) -> bytes:
    """Return a question, good or bad, as a client sends it."""
    options = _options(draw)
    encoding = draw.choice(ENCODINGS)
    if draw.random() < 0.5:
        pairs = [*_place(draw), *options]
        if draw.random() < 0.3:
            draw.shuffle(pairs)
        if draw.random() < 0.1:
            pairs.append(draw.choice(pairs) if pairs else ("", ""))
        query = "&".join(f"{name}={text}" for name, text in pairs).replace(" ", "+")
        return get(f"{NEAREST}?{query}", *encoding)
    members = [f"{json.dumps(name)}:{_json(draw, text)}" for name, text in options]
    place = [f'"{name}":{_json(draw, text)}' for name, text in _place(draw)]
    at = draw.randint(0, len(members))
    members[at:at] = place
    if draw.random() < 0.1:
        draw.shuffle(members)
    body = draw.choice(("{%s}", "{%s}", "{%s}", "{ %s }", "[%s]", "{%s")) % draw.choice((",", ", ", ",")).join(members)
    path = draw.choice((NEAREST,) * 9 + (f"{NEAREST}?k=3",))
    return post(path, body.encode(), *encoding, media_type=draw.choice(("application/json",) * 9 + ("text/plain",)))


def _place(draw: random.Random) -> list[tuple[str, str]]:
    if draw.random() < 0.8:
        return [("lon", f"{117.2 + draw.gauss(0, 0.05):.6f}"), ("lat", f"{34.26 + draw.gauss(0, 0.05):.6f}")]
    return [(name, draw.choice(NUMBERS)) for name in draw.choice((("lon", "lat"), ("lat", "lon"), ("lon",), ()))]


def _options(draw: random.Random) -> list[tuple[str, str]]:
    if draw.random() < 0.5:  # good ones, which the lane knows after a while
        usual = [("open", "now"), ("facility", "toilet"), ("k", "5"), ("datum", "gcj02"), ("always", "true")]
        return draw.sample(usual, draw.randint(0, 2))
    names = draw.sample(sorted(OPTIONS), draw.randint(0, 3))
    return [(name, draw.choice(OPTIONS[name])) for name in names]


def _json(draw: random.Random, text: str) -> str:
    is_value = re.fullmatch(r"-?\d{1,4}(\.\d+)?|true|false|\[\]", text) and draw.random() < 0.97
    return text if is_value else json.dumps(text)


def test_drawn_questions_good_and_bad_are_answered_as_by_flask(app: Flask, by_flask: Flask) -> None:
    draw = random.Random(SEED)
    quick = Counted(app.extensions[lane.EXTENSION])
    statuses = set()
    with (
        serving(app, quick) as ours, serving(by_flask) as theirs,
        Client(ours) as first, Client(ours) as second, Client(theirs) as oracle,
    ):  # fmt: skip
        for _ in range(QUESTIONS):
            question = drawn(draw)
            expected = _unpacked(oracle.ask(question))
            for client in (draw.choice((first, second)), first, first):  # so that the lane knows what is good
                assert _unpacked(client.ask(question)) == expected, question
            statuses.add(expected[9:12])
    assert statuses >= {b"200", b"400", b"415"}
    assert quick.answers > QUESTIONS / 2


def _unpacked(answer: bytes) -> bytes:
    """Return a response as it can be compared: what is packed by gzip says when it was."""
    head, separator, body = comparable(answer).partition(b"\r\n\r\n")
    if b"Content-Encoding: gzip" in head:
        head, body = re.sub(rb"Content-Length: \d+", b"", head), gzip.decompress(body)
    if b"Content-Encoding: br" in head:
        body = brotli.decompress(body) + body
    return head + separator + body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lon=117.2&lat=34.2&k=5", ("k=5", 117.2, 34.2)),
        ("k=5&lat=34.2&lon=117.2", ("k=5", 117.2, 34.2)),
        ("lon=117.2&lat=34.2&lon=117.2", ("lon=117.2", 117.2, 34.2)),  # the model finds it twice
        ("lon=1e2&lat=34.2", None),
        ("lon=+117&lat=34.2", None),
        ("lon=117.2&lat=91", None),
        ("lon=117.2", None),
    ],
)
def test_a_query_is_taken_apart_where_its_place_is_two_plain_numbers(query: str, expected: object) -> None:
    assert asked_by_query(query) == expected


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (b'{"lon":117.2,"lat":34.2}', b'{"lon":0,"lat":0}'),
        (b'{"k":5, "lon": 117.2, "lat": 34.2, "open":"now"}', b'{"k":5, "lon":0,"lat":0, "open":"now"}'),
        (b'{"lat":34.2,"lon":117.2}', None),
        (b'{"lon":0117.2,"lat":34.2}', None),
        (b'{"lon":117.2,"lat":34.2e}', None),
        (b'{"q":"\\"lon\\":117.2,\\"lat\\":34.2,"}', None),
    ],
)
def test_a_body_is_taken_apart_where_its_place_stands_together(body: bytes, options: bytes | None) -> None:
    found = asked_by_body(body)
    assert (found and found.options) == options


def test_the_lane_counts_what_it_answers_and_gives_it_an_id(app: Flask) -> None:
    noted: list[request_ids.Measured] = []
    ids = app.extensions[request_ids.EXTENSION]
    quick = Counted(app.extensions[lane.EXTENSION])
    with serving(app, quick) as port, Client(port) as client:
        teach(app, PLAIN)
        ids.note = noted.append
        first, second = client.ask(get(PLAIN)), client.ask(get(PLAIN))
        given = client.ask(get(PLAIN, f"X-Request-ID: {'ab' * 16}"))
        ids.note = None
    found = [re.search(rb"X-Request-Id: (\w+)", answer) for answer in (first, second)]
    assert found[0] and found[1] and found[0][1] != found[1][1]
    assert b"X-Request-Id: " + b"ab" * 16 in given
    assert [each[:3] for each in noted] == [(NEAREST, "GET", "200 OK")] * 3
    assert quick.answers == 3


def test_a_network_above_its_rate_is_refused_on_the_lane_as_elsewhere(tmp_path: Path) -> None:
    app = _app(tmp_path)
    front = app.extensions[admission.EXTENSION]
    front._limiter = RateLimiter(per_s=0.001, burst=6)
    answers = app.extensions[lane.EXTENSION]
    teach(app, PLAIN)
    caller = answers.caller("GET", {"HOST": "localhost"}, "192.0.2.7")
    assert caller is not None
    found = [answers.answer(caller, "lon=117.2&lat=34.26") for _ in range(9)]
    assert [each is not None for each in found] == [True] * 6 + [False] * 3
    refused = app.test_client().get(PLAIN, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert refused.status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"HOST": "a..b"},
        {},
        {"HOST": "localhost", "EXPECT": "100-continue"},
        {"HOST": "localhost", "TRANSFER_ENCODING": "chunked"},
    ],
)
def test_an_odd_head_is_none_for_the_lane(app: Flask, headers: dict[str, str]) -> None:
    assert app.extensions[lane.EXTENSION].caller("GET", headers, "127.0.0.1") is None


def test_what_was_not_asked_before_or_was_slow_is_none_for_the_lane(tmp_path: Path) -> None:
    app = _app(tmp_path)
    answers, state = app.extensions[lane.EXTENSION], app.extensions[EXTENSION]
    caller = answers.caller("GET", {"HOST": "localhost"}, "127.0.0.1")
    query = "lon=117.2&lat=34.26&facility=toilet"
    assert answers.answer(caller, query) is None
    teach(app, f"{NEAREST}?{query}")
    assert answers.answer(caller, query) is not None
    answers._quick.learn("facility=toilet", state.snapshot, 0.2, 5_000)
    assert answers.answer(caller, query) is None
    teach(app, f"{NEAREST}?{query}")
    assert answers.answer(caller, query) is not None
    state.snapshot = state._snapshot(state.snapshot.registry, None)  # whose filters nobody has asked for
    assert answers.answer(caller, query) is None


def test_who_would_have_to_look_at_many_stations_does_not_do_so_on_the_lane(tmp_path: Path) -> None:
    # They close before anybody is there: how far away that is has to be compared for each.
    closed = [station(f"c{number:04}", 117.2, 34.4 + number / 1e5, hours="09:00-10:05") for number in range(600)]
    app = app_over(tmp_path, registry_of([*closed, station("open", 117.9, 34.9, hours="24/7")]))
    answers = app.extensions[lane.EXTENSION]
    caller = answers.caller("GET", {"HOST": "localhost"}, "127.0.0.1")
    for _ in range(3):
        assert app.test_client().get(f"{PLAIN}&open=now&k=1").json["features"][0]["id"] == "open"
    answers._quick.learn("open=now&k=1", app.extensions[EXTENSION].snapshot, 0.0, 5_000)
    assert answers.answer(caller, "lon=117.2&lat=34.26&open=now&k=1") is None


def test_the_page_s_question_for_many_is_packed_as_flask_packs_it(app: Flask, by_flask: Flask) -> None:
    body = b'{"k":100,"lon":117.2,"lat":34.26,"open":"now","for_riders":true}'
    for encoding in ("br", "gzip", "br;q=0.5, gzip;q=0.1", "identity"):
        ours, theirs = (
            each.test_client().post(
                NEAREST, data=body, content_type="application/json", headers={"Accept-Encoding": encoding}
            )
            for each in (app, by_flask)
        )
        assert ours.headers.get("Content-Encoding") == theirs.headers.get("Content-Encoding")
        assert dict(ours.headers).keys() == dict(theirs.headers).keys()
        unpacked = {"br": brotli.decompress, "gzip": gzip.decompress}.get(
            ours.headers.get("Content-Encoding", ""), bytes
        )
        assert unpacked(ours.data) == unpacked(theirs.data)


def test_without_reports_the_lane_says_nothing_of_them(app: Flask) -> None:
    desk = app.extensions[EXTENSION].desk
    before, desk.evidence = desk.evidence, NO_EVIDENCE
    answers = app.extensions[lane.EXTENSION]
    caller = answers.caller("GET", {"HOST": "localhost"}, "127.0.0.1")
    teach(app, f"{PLAIN}&k=80")
    assert b"reported" not in answers.answer(caller, "lon=117.2&lat=34.26&k=80").body
    desk.evidence = before
    assert b'"reported":{"kind":"locked"' in answers.answer(caller, "lon=117.2&lat=34.26&k=80").body


def test_a_site_below_a_path_has_its_lane_there(app: Flask) -> None:
    quick = Counted(app.extensions[lane.EXTENSION])
    with serving(app, quick, url_prefix="/zhan") as port, Client(port) as client:
        for _ in range(3):
            assert client.ask(get(f"/zhan{PLAIN}")).startswith(b"HTTP/1.1 200")
        assert client.ask(get(f"/zhanx{PLAIN}")).startswith(b"HTTP/1.1 404")
    assert quick.answers >= 2


def test_the_application_of_the_environment_has_a_lane() -> None:
    assert create_app(clock=lambda: MONDAY_10).extensions[lane.EXTENSION].path == NEAREST
