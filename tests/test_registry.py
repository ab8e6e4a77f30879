"""The registry file: every problem at once, one canonical form, nothing lost on the way."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.errors import InvalidRegistryError
from stationmap.registry import registry
from stationmap.registry.model import CATEGORIES, FACILITIES, Header, Station
from stationmap.registry.registry import BULK_BYTES, Registry, check, dumps, dumps_again, parse
from tests.conftest import ROOT
from tests.strategies import station, stations

HOSTILE = [
    "{{7*7}}",
    "{%",
    "A{#B",
    "<img src=x onerror=alert(1)>",
    "</script>",
    "${7*7}",
    "x" * 50_000,
    "\u202eabc",
    "\0",
    "\ufeff",
    "\U0001f6b2",
]

unknown_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
unknown_members = st.dictionaries(st.text(min_size=1).map(lambda name: f"x-{name}"), unknown_values, max_size=3)


def feature(station_id: str = "a", **properties: Any) -> dict[str, Any]:
    known = {"name": "站", "category": "culture", "district": "320303", "access": {"who": "public"}, **properties}
    point = {"type": "Point", "coordinates": [117.0, 34.0]}
    return {"type": "Feature", "id": station_id, "geometry": point, "properties": known}


def file_of(*features: object, **members: object) -> bytes:
    document = {"type": "FeatureCollection", "stationmap": {"format": 1}, **members, "features": list(features)}
    return json.dumps(document, ensure_ascii=False).encode()


@st.composite
def features(draw: st.DrawFn, station_id: str) -> dict[str, Any]:
    optional = st.fixed_dictionaries(
        {},
        optional={
            "aliases": st.lists(st.sampled_from(["驿站", "b"])),
            "hours": st.none() | st.text(max_size=20),
            "facilities": st.dictionaries(st.sampled_from(FACILITIES), st.booleans()),
            "closures": st.just([{"from": "2026-11-09", "to": "2026-11-10T10:00+08:00", "reason": "", "x": 1}]),
            "area_m2": st.integers(0, 1000) | st.floats(0, 1e6),
            "opened": st.dates(min_value=date(1900, 1, 1)).map(str),
            "level": st.none() | st.integers(0, 5) | st.text(max_size=5),
        },
    )
    found = feature(station_id, category=draw(st.sampled_from(CATEGORIES)), **draw(optional), **draw(unknown_members))
    found["geometry"]["coordinates"] = [draw(st.floats(-180, 180)), draw(st.floats(-90, 90))]
    return found | draw(unknown_members)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    ids = draw(st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True), unique=True, max_size=4))
    return file_of(*[draw(features(station_id)) for station_id in ids], **draw(unknown_members))


@given(files())
def test_what_is_written_is_read_back_equal_and_written_the_same(data: bytes) -> None:
    first = parse(data)
    written = dumps(first)
    again = parse(written)
    assert again == first
    assert again.stations == first.stations
    assert (again.revision, again.meta, again.members) == (first.revision, first.meta, first.members)
    assert dumps(again) == written


@given(files())
def test_no_member_is_lost_between_reading_and_writing(data: bytes) -> None:
    def normal(document: dict[str, Any]) -> dict[str, Any]:
        for each in document["features"]:
            each["geometry"]["coordinates"] = [round(degrees, 7) for degrees in each["geometry"]["coordinates"]]
            for closure in each["properties"].get("closures", ()):
                closure["to"] = closure["to"].replace("10:00+", "10:00:00+")
        return {**document, "features": sorted(document["features"], key=lambda each: each["id"])}

    assert normal(orjson.loads(dumps(parse(data)))) == normal(orjson.loads(data))


def test_the_demonstration_registry_is_canonical_and_labelled() -> None:
    data = (ROOT / "data" / "stations.geojson").read_bytes()
    found, findings = check(data)
    assert findings == ()
    assert found is not None
    assert found.demo
    assert dumps(found) == data


def test_the_published_schema_is_current_and_agrees_with_the_check() -> None:
    published = json.loads((ROOT / "data" / "stations.schema.json").read_text(encoding="utf-8"))
    assert published == registry.json_schema(), "run: stationmap schema > data/stations.schema.json"
    validator = jsonschema_rs.validator_for(published)
    assert validator.is_valid(json.loads((ROOT / "data" / "stations.geojson").read_bytes()))
    for bad in (feature("a b"), feature(district="x"), feature(access={}), {**feature(), "geometry": None}):
        assert not validator.is_valid(json.loads(file_of(bad)))
        assert check(file_of(bad))[0] is None


def test_the_canonical_form_is_a_line_a_station_sorted_by_id() -> None:
    lines = dumps(parse(file_of(feature("b"), feature("a"), feature("B")))).splitlines()
    assert [json.loads(line.rstrip(b","))["id"] for line in lines[1:-1]] == ["B", "a", "b"]


def test_an_empty_registry_is_a_registry() -> None:
    empty = Registry(())
    assert parse(dumps(empty)) == empty
    assert len(empty) == 0


def test_a_registry_is_a_mapping_that_its_revision_identifies() -> None:
    first = Registry((station("b", 117, 34), station("a", 117, 34)))
    same = Registry((station("a", 117, 34), station("b", 117, 34)))
    other = Registry((station("a", 117, 34), station("b", 117, 34.0000001)))
    assert list(first) == ["a", "b"]
    assert first["b"] is first.stations[1]
    assert first == same
    assert hash(first) == hash(same)
    assert first != other
    assert Registry(first.stations, Header(format=1, demo=True)) != first
    assert Registry(first.stations, members={"x": 1}) != first


def test_stations_of_one_id_make_no_registry() -> None:
    with pytest.raises(InvalidRegistryError, match="duplicate_id"):
        Registry((station("a", 117, 34), station("a", 118, 34)))


def test_every_problem_is_found_at_once() -> None:
    bad = file_of(
        feature("a", name="", district="x", facilities={"toilet": "yes"}),
        feature("ok"),
        feature("ok"),
        {**feature("c"), "geometry": None},
        {"type": "Feature"},
        7,
        stationmap={"format": 2, "demo": "no"},
        crs={},
    )
    found, findings = check(bad)
    assert found is None
    assert [(finding.where, finding.code) for finding in findings] == [
        ("crs", "crs_member"),
        ("stationmap.format", "not_allowed"),
        ("stationmap.demo", "wrong_type"),
        ("features[0].properties.name (a)", "blank"),
        ("features[0].properties.district (a)", "bad_adcode"),
        ("features[0].properties.facilities.toilet (a)", "wrong_type"),
        ("features[3].geometry (c)", "no_position"),
        ("features[4].id", "missing_member"),
        ("features[4].geometry", "missing_member"),
        ("features[4].properties", "missing_member"),
        ("features[5]", "wrong_type"),
        ("features[2].id", "duplicate_id"),
    ]
    with pytest.raises(InvalidRegistryError) as caught:
        parse(bad)
    assert caught.value.findings == findings


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "no_position"),
        ({"type": "LineString", "coordinates": [[117, 34], [118, 34]]}, "not_a_point"),
        ({"type": "Polygon", "coordinates": [[[117, 34], [118, 34], [118, 35], [117, 34]]]}, "not_a_point"),
        ({"type": "Point", "coordinates": ["117", "34"]}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [117]}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [117, 34, 20]}, "bad_coordinates"),
        ({"type": "Point", "coordinates": []}, "bad_coordinates"),
        ({"type": "Point", "coordinates": None}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [[117, 34]]}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [True, 34]}, "bad_coordinates"),
        ({"type": "Point"}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [34.2, 117.2]}, "swapped"),
        ({"type": "Point", "coordinates": [1317, 34]}, "out_of_range"),
        ({"type": "Point", "coordinates": [117, "34"]}, "bad_coordinates"),
        ([117, 34], "wrong_type"),
    ],
)
def test_what_is_no_point_is_named(geometry: object, code: str) -> None:
    _, findings = check(file_of({**feature(), "geometry": geometry}))
    assert {finding.code for finding in findings} == {code}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda text: text.replace('"id": "a"', '"id": "a", "id": "b"'), "features[0]"),
        (lambda text: text.replace('"who"', '"who": "staff", "wh\\u006f"'), "features[0].properties.access"),
        (lambda text: text.replace('"name": "站"', '"name": "\\u003a", "name": "站"'), "features[0].properties"),
        (lambda text: text.replace('"name": "站"', '"name": "a:b", "name": "站"'), "features[0].properties"),
    ],
)
def test_a_member_that_stands_twice_is_found(change: Callable[[str], str], where: str) -> None:
    _, findings = check(change(file_of(feature()).decode()).encode())
    assert [(finding.where, finding.code) for finding in findings] == [(where, "repeated_member")]


@pytest.mark.parametrize("text", ["a:b", "\\u003a", '":"', "\\\\"])
def test_colons_in_texts_are_no_repeated_members(text: str) -> None:
    assert check(file_of(feature(address=text)))[1] == ()
    escaped = file_of(feature()).replace("站".encode(), b"\\u003a\\u003A")
    assert parse(escaped)["a"].name == "::"


def test_a_file_that_does_not_introduce_itself_is_taken_with_a_warning() -> None:
    data = file_of(feature()).replace(b'"stationmap": {"format": 1}, ', b"")
    found, findings = check(data)
    assert [(finding.code, finding.severity) for finding in findings] == [("no_header", "warning")]
    assert found is not None
    assert parse(dumps(found)) == found


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_survives_in_every_text_member(text: str) -> None:
    members = (
        "name_en",
        "address",
        "directions",
        "hours",
        "hours_source",
        "phone",
        "host",
        "managed_by",
        "level",
        "photo",
    )
    known = {**dict.fromkeys(members, text), "name": f"站{text}", "aliases": [f"站{text}"], text: text}
    known |= {"access": {"who": "public", "note": text}, "closures": [{"from": "2026-11-09", "reason": text}]}
    found = parse(dumps(parse(file_of(feature("a", **known), stationmap={"format": 1, "title": text}))))
    assert found.meta.title == text
    assert found["a"].model_dump(mode="json", by_alias=True, exclude_unset=True)["properties"] == {
        **feature()["properties"],
        **known,
    }


def test_a_large_file_is_read_without_the_collector_and_leaves_it_as_it_was() -> None:
    data = file_of(*[feature(f"a{i}", address="x" * 4_000) for i in range(1_100)])
    assert len(data) > BULK_BYTES
    assert len(parse(data)) == 1_100
    assert gc.isenabled()
    gc.disable()
    try:
        parse(data)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_new_version_takes_over_the_stations_that_did_not_change_and_no_others() -> None:
    old = parse(file_of(feature(), {**feature(address="旧"), "id": "b"}))
    data = dumps(parse(file_of(feature(), {**feature(address="新"), "id": "b"}, {**feature(), "id": "c"})))
    new = parse(data, old)
    a, b, c = new.stations
    assert a is old[a.id]
    assert b.properties.address == "新"
    assert c.id == "c"
    assert new == parse(data)
    assert new.revision == parse(data).revision == parse(dumps(new)).revision


@pytest.mark.parametrize(
    "change",
    [
        ("[117.2,34.2]", "[117.20000000049,34.2]"),
        ("[117.2,34.2]", "[117,34]"),
        ('"2026-12-01T08:00:00+08:00"', '"2026-12-01T08:00+08:00"'),
    ],
)
def test_the_revision_is_of_the_content_however_it_is_written(change: tuple[str, str]) -> None:
    station = feature(closures=[{"from": "2026-12-01T08:00:00+08:00", "to": "2026-12-02"}])
    station["geometry"]["coordinates"] = [117.2, 34.2]
    text = file_of(station).decode().replace(" ", "")
    assert change[0] in text
    found = parse(text.replace(*change).encode())
    assert parse(dumps(found)) == found


few = st.dictionaries(st.sampled_from(["s00", "s01", "s05", "s99", "a"]), st.one_of(st.none(), st.sampled_from("xyz")))


@given(stations(), few)
def test_a_registry_with_changes_is_the_one_that_all_its_stations_make(
    drawn: list[Station], named: dict[str, str | None]
) -> None:
    before = Registry(tuple(drawn))
    changed = {each: name and station(each, 117.2, 34.2, name=name) for each, name in named.items()}
    made = before.with_changes(changed, members={"extra": 1})
    known = {**before, **changed}
    whole = Registry(tuple(each for each in known.values() if each), before.meta, {"extra": 1})
    assert made == whole
    assert (list(made), dict(made), made.stations) == (list(whole), dict(whole), whole.stations)
    assert dumps(made) == dumps_again(made, before, dumps(before)) == dumps(whole)
    assert dumps(before) == dumps(Registry(tuple(drawn)))  # which is untouched
