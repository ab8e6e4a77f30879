"""Whatever is sent, the answer is an answer or a refusal that names what is wrong: never a failure of the server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web.api.requests import parse_nearest_body, parse_nearest_query
from stationmap.web.param_types import BoundingBox, Integer, Number, Timestamp
from stationmap.web.params import MAX_FAULTS, NEAREST, STATIONS, InvalidParametersError
from tests.apps import app_over

NOW = datetime(2026, 11, 30, tzinfo=UTC)
HOSTILE = [
    "",
    "NaN",
    "inf",
    "-0",
    "1e400",
    "1e-400",
    "١",
    "now",
    "null",
    "\0",
    "../",
    "{{7*7}}",
    "%",
    "9" * 5_000,
    "0x1",
    "1_0",
]

texts = st.text(max_size=30) | st.sampled_from(HOSTILE) | st.floats().map(str) | st.integers().map(str)
names = st.sampled_from([*NEAREST, *STATIONS, "points", "Lon"]) | st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    app = app_over(tmp_path_factory.mktemp("fuzz"), parse(demo_registry().read_bytes()))
    app.testing = True  # an unforeseen exception ends the test instead of becoming a 500
    yield app.test_client()


def _accepts(client: FlaskClient, status: int, content: Any) -> bool:
    return status == 200 or (status == 400 and bool(content["errors"]))


@settings(max_examples=300)
@given(
    st.sampled_from(["/api/v1/nearest", "/api/v1/stations"]),
    st.lists(st.tuples(names, texts), max_size=6),
    st.booleans(),
)
def test_any_address_is_answered_or_refused(
    client: FlaskClient, path: str, pairs: list[tuple[str, str]], is_placed: bool
) -> None:
    pairs += [("lon", "117.2"), ("lat", "34.2")] if is_placed else []
    query = "&".join(f"{quote(name, errors='replace')}={quote(text, errors='replace')}" for name, text in pairs)
    response = client.get(f"{path}?{query}")
    assert _accepts(client, response.status_code, response.json)


@settings(max_examples=300)
@given(st.dictionaries(names, json_values, max_size=6), st.booleans())
def test_any_body_is_answered_or_refused(client: FlaskClient, body: dict[str, Any], is_placed: bool) -> None:
    if is_placed:
        body |= {"lon": 117.2, "lat": 34.2}
    response = client.post("/api/v1/nearest", json=body)
    assert _accepts(client, response.status_code, response.json)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_or_refused(client: FlaskClient, body: bytes) -> None:
    response = client.post("/api/v1/nearest", data=body, content_type="application/json")
    assert response.status_code == 400
    assert (response.json or {})["errors"]


@given(st.floats(-180, 180))
def test_a_number_within_its_range_is_read_as_it_was_written(value: float) -> None:
    assert Number(-180, 180).from_text(repr(value)) == value
    assert Number(-180, 180).from_json(value) == value


@given(st.integers(1, 100))
def test_a_whole_number_within_its_range_is_read_as_it_was_written(value: int) -> None:
    assert Integer(1, 100).from_text(str(value)) == Integer(1, 100).from_json(value) == value


@given(texts)
def test_a_refusal_never_repeats_what_was_refused(text: str) -> None:
    for kind in (Number(-180, 180), Integer(1, 100), Timestamp(), BoundingBox()):
        try:
            kind.from_text(text)
        except ValueError as problem:
            assert len(text) < 4 or text not in str(problem)


@given(st.lists(texts, min_size=4, max_size=4))
def test_a_box_is_four_numbers_or_nothing(parts: list[str]) -> None:
    numbers = [Number(-180, 180), Number(-90, 90)] * 2
    try:
        west, south, east, north = (kind.from_text(part) for kind, part in zip(numbers, parts, strict=True))
        is_box = south <= north
    except ValueError:
        is_box = False
    if is_box:
        assert BoundingBox().from_text(",".join(parts)) == (west, south, east, north)
    else:
        with pytest.raises(ValueError, match="west,south,east,north"):
            BoundingBox().from_text(",".join(parts))


def test_a_list_longer_than_there_are_codes_is_refused_before_any_of_it_is_read() -> None:
    body = json.dumps({"lon": 117.2, "lat": 34.2, "who": ["staff"] * 125_000}).encode()
    began = time.process_time()
    with pytest.raises(InvalidParametersError) as caught:
        parse_nearest_body(body, NOW, Settings())
    assert [(fault.parameter, fault.code) for fault in caught.value.faults] == [("who", "too_many")]
    assert time.process_time() - began < 2  # it was 17 s


def test_no_more_faults_are_told_than_help() -> None:
    query = "&".join(f"{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}{'x' * (n // 676)}=1" for n in range(2_000))
    with pytest.raises(InvalidParametersError) as caught:
        parse_nearest_query(query, NOW, Settings())
    assert len(caught.value.faults) <= MAX_FAULTS + 2
