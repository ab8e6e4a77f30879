"""Whatever is sent, the answer is an answer or a refusal that names what is wrong: never a failure of the server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from stationmap.registry.model import Latitude, Longitude
from stationmap.registry.registry import parse
from stationmap.resources import demo_registry
from stationmap.settings import Settings
from stationmap.web.api.parameters import NearestQuery, StationsQuery
from stationmap.web.api.requests import parse_nearest_body, parse_nearest_query
from stationmap.web.audit.parameters import WeekQuery
from stationmap.web.parameters.faults import MAX_FAULTS, InvalidParametersError
from stationmap.web.parameters.reading import Parameters, json_members, read_members, read_query
from stationmap.web.parameters.values import Box, Maybe, Moment
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
names = st.sampled_from([*NearestQuery.model_fields, *StationsQuery.model_fields, "points", "Lon"]) | st.text(
    max_size=8
)
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


class Asked(Parameters):
    """A parameter of each kind."""

    lon: Maybe[Longitude] = None
    lat: Maybe[Latitude] = None
    k: Maybe[Annotated[int, Field(ge=1, le=100)]] = None
    open: Maybe[Moment] = None
    bbox: Maybe[Box] = None


def _read(**texts: str) -> Asked:
    return read_query(Asked, urlencode(texts, errors="replace"))


@given(st.floats(-180, 180))
def test_a_number_within_its_range_is_read_as_it_was_written(value: float) -> None:
    assert _read(lon=repr(value)).lon == read_members(Asked, {"lon": value}).lon == value


@given(st.integers(1, 100))
def test_a_whole_number_within_its_range_is_read_as_it_was_written(value: int) -> None:
    assert _read(k=str(value)).k == read_members(Asked, {"k": value}).k == value


@given(st.sampled_from(["lon", "k", "open", "bbox"]), texts)
def test_a_refusal_never_repeats_what_was_refused(name: str, text: str) -> None:
    try:
        _read(**{name: text})
    except InvalidParametersError as problem:
        assert [fault.code for fault in problem.faults] == ["invalid"]
        assert len(text) < 4 or text not in str(problem)


@pytest.mark.parametrize("value", ["117", None, True, [117], {}, float("inf"), 10**400])
def test_in_json_only_a_number_is_one(value: object) -> None:
    with pytest.raises(InvalidParametersError, match="lon must be a number from -180 to 180"):
        read_members(Asked, {"lon": value})


@pytest.mark.parametrize("day", ["2000-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "26-01-01", "2026-1-1"])
def test_a_day_of_which_no_hours_are_known_is_none(day: str) -> None:
    with pytest.raises(InvalidParametersError, match="must be a day"):
        read_query(WeekQuery, f"day={day}")


@given(st.lists(texts, min_size=4, max_size=4))
def test_a_box_is_four_numbers_or_nothing(parts: list[str]) -> None:
    try:
        numbers = [_read(lon=text).lon if at % 2 == 0 else _read(lat=text).lat for at, text in enumerate(parts)]
    except InvalidParametersError:
        numbers = []
    if numbers and numbers[1] <= numbers[3]:
        assert _read(bbox=",".join(parts)).bbox == tuple(numbers)
    else:
        with pytest.raises(InvalidParametersError, match="west,south,east,north"):
            _read(bbox=",".join(parts))


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


@pytest.mark.parametrize(
    ("body", "twice"),
    [
        (b'{"lon":1,"lat":2}', []),
        (b'{"lon":1,"lat":2,"lon":1}', ["lon"]),
        (b'{"open":"2026-11-24T10:00+08:00","lon":1}', []),
        (b'{"open":"2026-11-24T10:00+08:00","lon":1,"open":"now"}', ["open"]),
        (b'{"open":"now","open":"10:00"}', ["open"]),
        (b'{"a:b":1,"lon":"::"}', []),
        (b'{"lon":"\\u003a","lon":"\\u003a"}', ["lon"]),
        (b'{"points":[{"a":1,"a":2}],"lon":1}', []),
    ],
)
def test_a_member_given_twice_is_found_whatever_colons_texts_hold(body: bytes, twice: list[str]) -> None:
    try:
        json_members(body)
    except InvalidParametersError as refused:
        found = [fault.parameter for fault in refused.faults]
    else:
        found = []
    assert found == twice
