"""A batch is answered together, and as each of its places would be alone."""

from __future__ import annotations

import gzip
import http.client
import random
import zlib
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import brotli
import orjson
import pytest
from flask import Flask
from waitress import wasyncore

from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.web.guard import connections, rejections
from stationmap.web.guard.rejections import OUT_OF_TIME, RejectionCounter
from stationmap.web.state import EXTENSION
from tests.apps import app_over

SEED = 20261129
MEMBERS = ("distance_m", "state", "until", "arrive_before_close", "on_arrival", "travel_s", "doubts")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"open": "now"},
        {"open": "2026-11-23T16:55+08:00", "speed_m_s": 1},
        {"open": "2026-11-23T05:15+08:00", "within_m": 9000, "facility": ["toilet"]},
        {"open": "2026-10-01T22:30+08:00", "for_riders": True},
    ],
)
def test_a_batch_says_of_each_place_what_a_question_of_its_own_does(tmp_path: Path, asked: dict[str, object]) -> None:
    client = app_over(tmp_path, parse(demo_registry().read_bytes())).test_client()
    draw = random.Random(SEED)
    points = [[draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)] for _ in range(40)]
    batch = orjson.loads(client.post("/api/v1/nearest", json={**asked, "points": points, "k": 6}).data)
    for (lon, lat), rows in zip(points, batch["results"], strict=True):
        alone = orjson.loads(client.post("/api/v1/nearest", json={**asked, "lon": lon, "lat": lat, "k": 6}).data)
        found = [(each["id"], *(each["properties"][name] for name in MEMBERS)) for each in alone["features"]]
        assert [(row["id"], *(row[name] for name in MEMBERS)) for row in rows] == found


MANY = 600
"""Points whose answer, of five rows each, is sent in parts."""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return app_over(tmp_path, parse(demo_registry().read_bytes()))


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    sockets: dict[int, Any] = {}
    (server,) = connections.servers(app, sockets, RejectionCounter(), listen="127.0.0.1:0", threads=6)
    stopping = Event()

    def run() -> None:
        while not stopping.is_set():
            wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)

    thread = Thread(target=run)
    thread.start()
    yield int(server.effective_port)
    stopping.set()
    thread.join()
    server.threads.shutdown(0)
    wasyncore.close_all(sockets)


def _points(count: int) -> list[list[float]]:
    draw = random.Random(SEED)
    return [[draw.uniform(116.4, 118.6), draw.uniform(33.8, 34.9)] for _ in range(count)]


def _parts(app: Flask) -> Any:
    """Ask for many points and return the answer before any of it is read."""
    return app.test_client().post("/api/v1/nearest", json={"points": _points(MANY), "k": 5}, buffered=False).response


def test_an_answer_in_parts_is_that_of_its_points_asked_for_in_few(app: Flask) -> None:
    client, points = app.test_client(), _points(MANY)
    whole = client.post("/api/v1/nearest", json={"points": points, "k": 5})
    assert whole.is_streamed
    results = []
    for start in range(0, MANY, 100):
        few = client.post("/api/v1/nearest", json={"points": points[start : start + 100], "k": 5})
        assert int(few.headers["Content-Length"]) == len(few.data)
        results += few.get_json()["results"]
    assert whole.get_json() == {**few.get_json(), "results": results}


def test_an_answer_in_parts_is_whole_in_every_encoding_and_version_of_http(app: Flask, port: int) -> None:
    body = orjson.dumps({"points": _points(MANY), "k": 5})
    plain = app.test_client().post("/api/v1/nearest", data=body, content_type="application/json").data
    unpacked = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    for encoding, unpack in unpacked.items():
        for version in (10, 11):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            client._http_vsn, client._http_vsn_str = version, f"HTTP/1.{version % 10}"  # type: ignore[attr-defined]
            client.request("POST", "/api/v1/nearest", body, _headers(encoding))
            answer = client.getresponse()
            assert answer.status == 200, answer.read()
            assert unpack(answer.read()) == plain
            assert answer.headers["Content-Encoding"] == (None if encoding == "identity" else encoding)
            assert answer.headers["Transfer-Encoding"] == ("chunked" if version == 11 else None)
            assert answer.headers["Content-Length"] is None
            if version == 11:  # the connection is good for another question
                client.request("GET", "/api/v1/nearest?lon=117.2&lat=34.2")
                assert client.getresponse().read()
            client.close()


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_an_answer_that_passes_its_deadline_on_the_way_breaks_off_and_is_counted(
    app: Flask, port: int, encoding: str
) -> None:
    state, counter = app.extensions[EXTENSION], app.extensions[rejections.EXTENSION]
    asked = [0]

    def ticks() -> float:
        asked[0] += 1
        return float(asked[0] > 38) * 3_600  # a block looks at it when it is found, and again when it is written

    state.ticks = ticks
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("POST", "/api/v1/nearest", orjson.dumps({"points": _points(6_000), "k": 3}), _headers(encoding))
    answer = client.getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        answer.read()
    unpack = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}[encoding]
    with pytest.raises((orjson.JSONDecodeError, EOFError, zlib.error, brotli.error)):
        orjson.loads(unpack(broken.value.partial))
    client.close()
    assert counter.counts()[OUT_OF_TIME] == 1


def test_who_reads_slowly_keeps_nobody_from_asking(app: Flask) -> None:
    begun = [_parts(app) for _ in range(6)]
    firsts = [next(parts) for parts in begun]
    assert app.test_client().post("/api/v1/nearest", json={"points": _points(MANY)}).status_code == 200
    assert len({first + b"".join(rest) for first, rest in zip(firsts, begun, strict=True)}) == 1


def test_what_is_wrong_with_a_question_is_said_before_the_first_part(app: Flask) -> None:
    app.extensions[EXTENSION].settings = app.extensions[EXTENSION].settings.model_copy(update={"deadline_s": 1e-9})
    late = app.test_client().post("/api/v1/nearest", json={"points": _points(MANY), "k": 5})
    assert (late.status_code, late.mimetype) == (503, "application/problem+json")


def _headers(encoding: str) -> dict[str, str]:
    return {"Host": "localhost", "Content-Type": "application/json", "Accept-Encoding": encoding}
