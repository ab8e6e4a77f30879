"""An answer holds what the registry says of a station and what was computed, and never mixes them up."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.formats.geojson import (
    COMPUTED,
    collection,
    dumps,
    feature,
    feature_begun,
    feature_text,
    provenance,
    visit,
    visit_json,
)
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.search.query import Travel
from stationmap.search.usability import standing
from tests.apps import MONDAY_10, registry_of
from tests.strategies import station, stations

EBIKE = Travel(5.0, 1.3)


def test_of_a_station_the_members_of_the_format_are_published_and_no_others() -> None:
    public = {"hours": "24/7", "facilities": {"toilet": True}, "services": ["membership"]}
    more = {"负责人": "张三", "source_columns": {"手机": "13800000000"}, "colour": {"wall": "red"}}
    nested = {
        "access": {"who": "public", "管理员": "李四"},
        "closures": [{"from": "2026-01-01", "联系人": "王五"}],
        "verified": {"on": "2026-01-01", "by": "staff", "谁": "赵六"},
        "position": {"how": "survey", "备注": "门卫老孙"},
    }
    plain = {name: {"who": "public"} if name == "access" else value for name, value in nested.items()}
    plain["closures"] = [{"from": "2026-01-01"}]
    plain["verified"] = {"on": "2026-01-01", "by": "staff"}
    plain["position"] = {"how": "survey"}
    shop = station("a", 117.2, 34.2, **public, **more, **nested)
    clean = station("a", 117.2, 34.2, **public, **plain)
    expected = orjson.loads(clean.model_dump_json(by_alias=True, exclude_unset=True))
    assert orjson.loads(dumps(feature(shop))) == expected
    told = orjson.loads(_told(shop, 0, MONDAY_10))["properties"]
    assert expected["properties"].items() <= told.items()
    assert not {*more, "联系人"}.intersection(told)


@given(stations(), st.floats(0, 1e6), st.integers(0, 20_000))
def test_a_prepared_station_with_its_visit_is_that_station_and_those_members(
    drawn: list[Station], metres: float, minute: int
) -> None:
    at = MONDAY_10 + timedelta(minutes=minute)
    for known in drawn:
        expected = orjson.loads(dumps(feature(known)))
        expected["properties"] |= {"riders": standing(known), "doubts": []}
        expected["properties"] |= orjson.loads(dumps(visit(known.schedule, metres, at, EBIKE)))
        expected["properties"]["distance_m"] = pytest.approx(metres, abs=6e-4)
        assert orjson.loads(_told(known, metres, at)) == expected


def test_a_registry_that_has_members_of_computed_names_cannot_pass_them_off() -> None:
    liar = station("a", 117.2, 34.2, hours="off", state="open", distance_m=0)
    text = _told(liar, 12.3456, MONDAY_10)
    assert text.count(b'"state"') == text.count(b'"distance_m"') == 1
    properties = orjson.loads(text)["properties"]
    assert (properties["state"], properties["distance_m"]) == ("closed", 12.346)


def test_a_visit_tells_whether_the_rider_arrives_before_closing() -> None:
    shop = station("a", 117.2, 34.2, hours="Mo 09:00-10:10")
    in_reach, too_far = (visit(shop.schedule, metres, MONDAY_10, EBIKE) for metres in (2_300, 2_400))
    assert tuple(in_reach) == COMPUTED
    assert (in_reach["travel_s"], in_reach["arrive_before_close"]) == (598, True)
    assert (too_far["travel_s"], too_far["arrive_before_close"]) == (624, False)
    assert (in_reach["on_arrival"], too_far["on_arrival"]) == ("open", "closed")
    assert in_reach["until"] == MONDAY_10 + timedelta(minutes=10)


def test_where_hours_are_unknown_so_is_the_arrival() -> None:
    found = visit(station("a", 117.2, 34.2).schedule, 10, MONDAY_10, EBIKE)
    assert (found["state"], found["until"], found["arrive_before_close"]) == ("unknown", None, None)
    assert found["on_arrival"] == "unknown"


def test_demonstration_data_carry_their_label_and_real_data_do_not() -> None:
    assert provenance(registry_of([], demo=True))["label"] == "演示数据"
    assert "label" not in provenance(registry_of([]))
    assert collection(registry_of([], demo=True), [])["demo"] is True


def test_moments_are_written_to_the_second_with_their_offset() -> None:
    moment = datetime(2026, 11, 23, 10, 0, 1, 999_999, tzinfo=ZONE)
    assert dumps(moment) == b'"2026-11-23T10:00:01+08:00"'


def _told(known: Station, metres: float, at: datetime) -> bytes:
    return feature_text(feature_begun(known), visit_json(known.schedule, metres, at, EBIKE))
