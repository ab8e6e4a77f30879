"""Stations kept as lines are those that would be made at once: the same values, findings, bytes, in any version."""

from __future__ import annotations

import gc
import random
import weakref
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from pydantic import ValidationError

from stationmap.exchange.published_registry import published_of, published_pieces
from stationmap.registry import kept_stations, model, plain_lines
from stationmap.registry.kept_stations import KeptStations, Lines
from stationmap.registry.model import Station
from stationmap.registry.registry import MAX_WHOLE, Registry, check, dumps, parse
from stationmap.registry.revision import line
from stationmap.registry.station_rows import NAMES, StationRows
from stationmap.resources import demo_registry
from stationmap.web.snapshot import Snapshot
from tests.strategies import station, stations
from tests.test_registry import feature, features, few, unknown_members

SPELT = ["null", "-0.0", "1e3", "25.0", "true", '""', '" "', "[]", "{}", '"2026-02-30"', '"open"', "117.00000001", "-1"]


def kept(among: list[Station]) -> Registry:
    """Return a registry whose stations are kept as lines, however few."""
    return Registry(KeptStations.of(sorted(among, key=lambda each: each.id)))


def lined(*each: dict[str, Any] | str) -> bytes:
    """Return a file of a feature a line."""
    lines = (one.encode() if isinstance(one, str) else orjson.dumps(one) for one in each)
    return b'{"type":"FeatureCollection","stationmap":{"format":1},"features":[\n%s\n]}\n' % b",\n".join(lines)


def assert_same(found: Registry, expected: Registry) -> None:
    assert isinstance(found.stations, KeptStations)
    assert found == expected
    assert list(found) == list(expected)
    assert tuple(found.stations) == tuple(expected.stations)
    assert found.stations == expected.stations
    assert (found.digests, dumps(found)) == (expected.digests, dumps(expected))
    read = StationRows.of(expected.stations, count=len(expected))
    assert [found.stations.rows.columns[name].tolist() for name in NAMES] == [
        read.columns[name].tolist() for name in NAMES
    ]
    assert found.stations.rows.distinct_hours == read.distinct_hours


@given(st.lists(st.integers(0, 9), unique=True).flatmap(lambda ids: st.tuples(*(features(f"s{each}") for each in ids))))
def test_a_file_read_as_lines_is_the_registry_that_it_is_as_objects(drawn: tuple[dict[str, Any], ...]) -> None:
    data = lined(*drawn)
    assert_same(parse(data, max_whole=-1), parse(data))
    canonical = dumps(parse(data))
    assert_same(parse(canonical, max_whole=-1), parse(canonical))


@given(stations(), stations(), st.randoms(use_true_random=False))
def test_a_version_that_follows_another_is_what_it_would_be_by_itself(
    known: list[Station], others: list[Station], draw: random.Random
) -> None:
    both = {each.id: each for each in [*others, *(each for each in known if draw.random() < 0.7)]}
    lines = [line(each).decode() for each in both.values()]
    draw.shuffle(lines)
    data = lined(*lines)
    assert_same(parse(data, kept(known), max_whole=-1), parse(data))


@given(stations(), few)
def test_kept_stations_with_changes_are_those_that_all_make(drawn: list[Station], named: dict[str, str | None]) -> None:
    changed = {each: name and station(each, 117.2, 34.2, name=name) for each, name in named.items()}
    before = kept(drawn)
    after = before.with_changes(changed, members={"extra": 1})
    assert_same(after, Registry(tuple(drawn)).with_changes(changed, members={"extra": 1}))
    assert_same(before, Registry(tuple(drawn)))  # which is untouched
    assert_same(
        after.with_changes(dict.fromkeys(named)),
        Registry(tuple(drawn), members={"extra": 1}).with_changes(dict.fromkeys(named)),
    )


def test_lines_that_are_nobodys_any_more_are_let_go() -> None:
    found = kept([station(f"s{row:03}", 117.2, 34.2) for row in range(100)])
    written = len(dumps(found))
    for turn in range(300):
        found = found.with_changes({f"s{turn % 7:03}": station(f"s{turn % 7:03}", 117.2, 34.2, name=f"{turn}")})
        assert isinstance(found.stations, KeptStations)
        lines = found.stations.lines
        assert len(lines.file) + len(lines.added) < 1.4 * written
    assert found["s001"].name == "295"
    assert parse(dumps(found)) == found


def test_a_registry_and_another_with_the_same_stations_keep_them_once() -> None:
    among = [station(f"s{row:03}", 117.2, 34.2) for row in range(50)]
    first = kept(among)
    again = parse(dumps(first), max_whole=-1)
    changed = first.with_changes({"s001": None}).with_changes({"s001": among[1]})
    assert again.stations is changed.stations is first.stations


@given(stations(), few)
def test_what_differs_between_two_registries_is_known_by_their_ids(
    drawn: list[Station], named: dict[str, str | None]
) -> None:
    one = Registry(tuple(drawn))
    two = one.with_changes({each: name and station(each, 117.2, 34.2, name=name) for each, name in named.items()})
    expected = [each for each in sorted({*one, *two}) if one.get(each) != two.get(each)]
    assert one.ids_that_differ(two) == two.ids_that_differ(one) == expected
    assert kept(drawn).ids_that_differ(two) == expected


BAD = [
    feature("a", name="", district="x", facilities={"toilet": "yes"}),
    feature("ok"),
    feature("ok"),
    {**feature("c"), "geometry": None},
    {"type": "Feature"},
    7,
]


@given(st.lists(st.sampled_from(BAD), max_size=8))
def test_every_finding_is_the_same_and_in_the_order_of_the_file(bad: list[Any]) -> None:
    data = lined(*bad)
    found, expected = check(data, max_whole=-1), check(data)
    assert found[1] == expected[1]
    assert (found[0] is None) == (expected[0] is None)


@pytest.mark.parametrize(
    "broken", ['{"type":"Feature",', '{"type":"Feature","type":"Feature"}', '{"a":1},{"b":2}', "[[[", '"\\u003a"']
)
def test_what_is_no_line_is_found_as_in_any_file(broken: str) -> None:
    data = lined(feature("a"), broken, feature("b"))
    assert check(data, max_whole=-1) == check(data) != (None, ())


@given(features("a") | unknown_members.map(lambda more: feature("a", **more)))
def test_a_plain_line_is_valid_and_canonical_and_says_the_same(drawn: dict[str, Any]) -> None:
    written = orjson.dumps(drawn)
    assert_sound(written)
    assert_sound(line(Station.model_validate(drawn)))


@given(st.integers(0, 1_001), st.integers(0, 60), st.sampled_from(SPELT), st.randoms(use_true_random=False))
def test_no_line_is_plain_that_the_model_would_refuse_or_write_otherwise(
    row: int, place: int, spelt: str, draw: random.Random
) -> None:
    written = DEMO[row]
    tokens = [at for at in range(len(written)) if written[at : at + 1] in (b":", b",", b"[")]
    at = tokens[place % len(tokens)] + 1
    end = next(each for each in range(at, len(written)) if written[each : each + 1] in (b",", b"}", b"]"))
    assert_sound(written[:at] + spelt.encode() + written[end:])
    assert_sound(written[:at] + bytes([draw.randrange(32, 127)]) + written[at + 1 :])
    assert_sound(written[:at] + written[end + 1 :])


def assert_sound(written: bytes) -> None:
    plain = plain_lines.read(written)
    if plain is None:
        return
    try:
        expected = Station.model_validate(orjson.loads(written))
    except ValidationError as error:
        raise AssertionError(written) from error
    assert line(expected) == written
    one, two = (StationRows.of([each], count=1) for each in (plain, expected))
    assert (one.columns, one.distinct_hours) == (two.columns, two.distinct_hours)
    for name in ("name", "name_en", "aliases", "address", "phone", "host", "managed_by", "hours", "opened"):
        assert (getattr(plain.properties, name) or None) == (getattr(expected.properties, name) or None)


def test_nearly_every_line_of_a_registry_is_plain() -> None:
    assert sum(plain_lines.read(each) is not None for each in DEMO) > 0.9 * len(DEMO)


@pytest.mark.parametrize(
    ("plain", "known"),
    [
        (plain_lines.PlainStation, model.Station),
        (plain_lines.PlainPoint, model.Point),
        (plain_lines.PlainProperties, model.Properties),
        (plain_lines.PlainAccess, model.Access),
        (plain_lines.PlainVerified, model.Verified),
        (plain_lines.PlainLocated, model.Located),
    ],
)
def test_plain_lines_know_the_members_of_the_model_in_their_order(plain: type[Struct], known: Any) -> None:
    members = [field.alias or name for name, field in known.model_fields.items()]
    assert list(plain.__struct_encode_fields__) == [name for name in members if name != "closures"]


def test_a_station_that_is_asked_for_again_is_the_same_object_and_few_are_kept() -> None:
    found = kept([station(f"s{row:05}", 117.2, 34.2) for row in range(kept_stations.MAX_MADE + 10)])
    assert found.stations[3] is found["s00003"] is found.stations[3:5][0] is found.stations[3 - len(found)]
    assert isinstance(found.stations, KeptStations)
    for row in range(len(found)):
        found.stations[row]
    assert sum(map(len, found.stations._made)) <= kept_stations.MAX_MADE
    assert "s00003" in found and "x" not in found and found.get("x") is None
    with pytest.raises(IndexError):
        found.stations[len(found)]


def test_a_large_registry_keeps_lines_and_a_small_one_objects() -> None:
    many = Registry(tuple(station(f"s{row:05}", 117.2, 34.2) for row in range(MAX_WHOLE + 1)))
    assert isinstance(many.stations, KeptStations)
    assert isinstance(parse(dumps(many)).stations, KeptStations)
    assert isinstance(Registry(many.stations[:MAX_WHOLE]).stations, tuple)
    assert parse(dumps(many), many) == many


def test_kept_stations_need_no_line_of_their_own_where_a_file_has_it() -> None:
    data = dumps(Registry(tuple(station(f"s{row:02}", 117.2, 34.2) for row in range(20))))
    found = parse(data, max_whole=-1)
    assert isinstance(found.stations, KeptStations)
    assert found.stations.lines.file is data
    assert found.stations.lines.added == b""
    assert isinstance(found.stations.lines, Lines)


DEMO = [each.rstrip(b",") for each in demo_registry().read_bytes().split(b"\n")[1:-2]]


@given(st.lists(st.integers(0, 9), unique=True).flatmap(lambda ids: st.tuples(*(features(f"s{each}") for each in ids))))
def test_what_is_published_of_kept_stations_is_what_is_of_objects(drawn: tuple[dict[str, Any], ...]) -> None:
    strange = {**feature("z"), "properties": {**feature()["properties"], "facilities": {"王强 13800000000": True}}}
    data = dumps(parse(lined(*drawn, strange)))
    found, expected = parse(data, max_whole=-1), parse(data)
    assert b"".join(published_pieces(found)) == b"".join(published_pieces(expected))
    assert "王强".encode() not in b"".join(published_pieces(found))
    assert published_of(found) == published_of(expected)


def test_a_snapshot_that_is_replaced_gives_its_memory_back_at_once() -> None:
    registry = parse(demo_registry().read_bytes(), max_whole=-1)
    before = Snapshot(registry)
    before.make_ready(date(2026, 12, 1))
    left = weakref.ref(before), weakref.ref(before.index)
    gc.disable()  # an object that holds itself would stay until it comes by, which may be hours
    try:
        after = Snapshot(registry.with_changes({registry.stations[0].id: None}), earlier=before)
        after.make_ready(date(2026, 12, 1))
        del before
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()
