"""The rules of walking and of riding an e-bike: which ways of OpenStreetMap may be used, which way round, how fast."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from stationmap.errors import FileError
from stationmap.resources import data_folder
from stationmap.streets.build.profiles import TRAVEL_PROFILES, Profile, profiles

NO = (0, 0)
WALK, EBIKE = (4.5, 4.5), (25, 25)


def speeds(profile: str, tags: str) -> tuple[float, float]:
    """Return km/h along a way and back, 0 where it may not be used."""
    paces = profiles()[profile].pace(dict(each.split("=") for each in tags.split()))
    forward, backward = (round(3.6 / pace, 6) if pace < math.inf else 0 for pace in paces)
    return forward, backward


@pytest.mark.parametrize(
    ("tags", "walk", "ebike"),
    [
        # Roads count as walkable: footways of Chinese cities are thinly mapped.
        ("highway=primary", WALK, EBIKE),
        ("highway=residential", WALK, (20, 20)),
        ("highway=living_street", WALK, (10, 10)),
        ("highway=cycleway", WALK, EBIKE),
        ("highway=footway", WALK, NO),
        ("highway=footway bicycle=yes", WALK, (7.5, 7.5)),
        ("highway=pedestrian", WALK, NO),
        ("highway=path", WALK, (12.5, 12.5)),
        ("highway=path bicycle=no", WALK, NO),
        ("highway=steps", (2.25, 2.25), NO),
        ("highway=steps bicycle=yes", (2.25, 2.25), NO),
        ("highway=steps conveying=forward", (2.25, 0), NO),
        ("railway=platform", WALK, NO),
        ("man_made=pier", WALK, NO),
        ("route=ferry", NO, NO),
        ("highway=construction", NO, NO),
        ("highway=proposed", NO, NO),
        ("highway=motorway", NO, NO),
        ("highway=motorway foot=yes bicycle=yes", NO, NO),
        # A trunk road where something beside its lanes is mapped, and no expressway.
        ("highway=trunk", NO, NO),
        ("highway=trunk sidewalk=both", WALK, EBIKE),
        ("highway=trunk cycleway=lane", NO, EBIKE),
        ("highway=trunk foot=yes", WALK, NO),
        ("highway=primary motorroad=yes", NO, NO),
        # The particular goes before the general.
        ("highway=residential access=private", NO, NO),
        ("highway=residential access=no foot=yes", WALK, NO),
        ("highway=residential access=no bicycle=yes", NO, (20, 20)),
        ("highway=residential foot=no", NO, (20, 20)),
        ("highway=service vehicle=no", WALK, NO),
        ("highway=service vehicle=no bicycle=designated", WALK, (15, 15)),
        ("highway=service access=customers", WALK, (15, 15)),
        ("highway=service access=delivery", WALK, (15, 15)),
        ("highway=primary bicycle=use_sidepath", WALK, NO),
        ("highway=residential bicycle=dismount", WALK, NO),
        ("highway=residential vehicle:backward=no", WALK, (20, 0)),
        ("highway=residential vehicle:backward=no bicycle=yes", WALK, (20, 20)),
        # One-ways, against which nobody rides but where a tag says so; on foot they mean nothing.
        ("highway=residential oneway=yes", WALK, (20, 0)),
        ("highway=residential oneway=1", WALK, (20, 0)),
        ("highway=residential oneway=-1", WALK, (0, 20)),
        ("highway=residential oneway=no", WALK, (20, 20)),
        ("highway=primary junction=roundabout", WALK, (25, 0)),
        ("highway=primary junction=roundabout oneway=no", WALK, EBIKE),
        ("highway=residential oneway=yes oneway:bicycle=no", WALK, (20, 20)),
        ("highway=residential oneway=yes cycleway=opposite_lane", WALK, (20, 20)),
        ("highway=residential oneway=-1 cycleway:left=opposite_track", WALK, (20, 20)),
        ("highway=residential oneway=yes cycleway:both:oneway=no", WALK, (20, 20)),
        ("highway=cycleway oneway:bicycle=yes", WALK, (25, 0)),
        ("highway=footway oneway:foot=yes", (4.5, 0), NO),
        # A limit binds wheels, where it is a number.
        ("highway=primary maxspeed=15", WALK, (15, 15)),
        ("highway=primary maxspeed=10;mph", WALK, EBIKE),
        ("highway=primary maxspeed=80", WALK, EBIKE),
        ("highway=primary maxspeed=0", WALK, EBIKE),
        ("highway=primary maxspeed=none", WALK, EBIKE),
    ],
)
def test_ways(tags: str, walk: tuple[float, float], ebike: tuple[float, float]) -> None:
    assert speeds("walk", tags) == walk
    assert speeds("ebike", tags) == ebike


@pytest.mark.parametrize(
    ("tags", "walk", "ebike"),
    [
        ({"barrier": "gate"}, False, False),
        ({"barrier": "bollard"}, False, False),
        ({"barrier": "gate", "access": "private"}, True, True),
        ({"barrier": "gate", "access": "no", "foot": "yes"}, False, True),
        ({"barrier": "turnstile"}, False, True),
        ({"barrier": "turnstile", "bicycle": "yes"}, False, False),
        ({"barrier": "wall"}, True, True),
        ({"access": "private"}, False, False),  # of something else that stands there
    ],
)
def test_barriers(tags: dict[str, str], walk: bool, ebike: bool) -> None:
    assert profiles()["walk"].is_closed_at(tags) is walk
    assert profiles()["ebike"].is_closed_at(tags) is ebike


def test_signals_cost_three_seconds_however_they_are_mapped() -> None:
    for tags in (
        {"highway": "traffic_signals"},
        {"highway": "crossing", "crossing": "traffic_signals"},
        {"highway": "crossing", "crossing": "marked", "crossing:signals": "yes"},
        {"highway": "traffic_signals", "crossing": "traffic_signals"},
    ):
        assert {each.wait_s(tags) for each in profiles().values()} == {3}
    assert profiles()["walk"].wait_s({"highway": "crossing", "crossing": "zebra"}) == 0


def test_every_key_of_a_rule_is_read_from_ways() -> None:
    keys = profiles()["ebike"].way_keys
    assert {"oneway:bicycle", "cycleway:left", "vehicle:backward", "motorroad", "maxspeed", "junction"} <= keys


def test_a_folder_of_a_city_may_hold_rules_of_its_own(tmp_path: Path) -> None:
    rules = json.loads((data_folder() / TRAVEL_PROFILES).read_text(encoding="utf-8"))
    assert profiles(tmp_path) == profiles()
    rules["ebike"]["speed_km_h"] = 15
    (tmp_path / TRAVEL_PROFILES).write_text(json.dumps(rules), encoding="utf-8")
    assert profiles(tmp_path)["ebike"].speed_km_h == 15


@pytest.mark.parametrize("value", [-1, 0, 1e9, "fast", None])
def test_rules_that_are_none_are_refused(tmp_path: Path, value: object) -> None:
    rules = json.loads((data_folder() / TRAVEL_PROFILES).read_text(encoding="utf-8"))
    rules["walk"]["speed_km_h"] = value
    (tmp_path / TRAVEL_PROFILES).write_text(json.dumps(rules), encoding="utf-8")
    with pytest.raises(FileError, match=r"出行规则有误.*walk\.speed_km_h"):
        profiles(tmp_path)


def test_a_condition_on_a_class_that_has_no_speed_is_a_mistake(tmp_path: Path) -> None:
    rules = json.loads((data_folder() / TRAVEL_PROFILES).read_text(encoding="utf-8"))
    del rules["walk"]["share_of_speed"]["trunk"]
    (tmp_path / TRAVEL_PROFILES).write_text(json.dumps(rules), encoding="utf-8")
    with pytest.raises(FileError, match="no share_of_speed of trunk"):
        profiles(tmp_path)


def test_a_class_that_is_named_nowhere_is_not_used() -> None:
    rule = profiles()["walk"]
    assert isinstance(rule, Profile)
    assert rule.pace({"highway": "<script>"}) == (math.inf, math.inf)
    assert rule.pace({}) == (math.inf, math.inf)
