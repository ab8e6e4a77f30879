"""The demonstration registry holds the published numbers, inside the right polygons, varied and labelled."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from opening_hours import OpeningHours
from scipy.spatial import cKDTree

from stationmap.hours.checks import doubts
from stationmap.hours.opening_hours import parse
from stationmap.registry import registry as registries
from stationmap.registry.model import Position
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "data" / "stations.geojson"
UPDATED = date(2026, 11, 20)

TEXT = FILE.read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = json.loads(TEXT)
FEATURES: list[dict[str, Any]] = DOCUMENT["features"]
STATIONS: list[dict[str, Any]] = [feature["properties"] for feature in FEATURES]
OUTDOOR = [station for station in STATIONS if station["category"] == "outdoor_worker"]

INDEX = StationIndex(registries.parse(FILE.read_bytes()).stations)

PLACES = {
    "徐州站": (Position(117.204, 34.266), 1_500),
    "徐州东站": (Position(117.297, 34.268), 3_000),  # the demonstration has nothing nearer than 2 km
    "彭城广场": (Position(117.185, 34.263), 1_500),
    "云龙湖": (Position(117.150, 34.240), 1_500),
}
SPELLINGS = {
    "徐州站": ("xuzhouzhan", "xzz"),
    "徐州东站": ("xuzhoudongzhan", "xzdz"),
    "彭城广场": ("pengchengguangchang", "pcgc"),
    "云龙湖": ("yunlonghu", "ylh"),
}


def share(of: list[dict[str, Any]], holds: Any) -> float:
    return sum(1 for station in of if holds(station)) / len(of)


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def read_counties() -> dict[str, Any]:
    counties = json.loads((ROOT / "data" / "areas" / "counties.geojson").read_text(encoding="utf-8"))
    return {county["id"]: shapely.geometry.shape(county["geometry"]) for county in counties["features"]}


def read_residents() -> dict[str, dict[str, str]]:
    with (ROOT / "data" / "areas" / "residents.csv").open(encoding="utf-8", newline="") as file:
        return {row["adcode"]: row for row in csv.DictReader(file)}


def test_the_generator_writes_the_committed_file_byte_for_byte(tmp_path: Path) -> None:
    out = tmp_path / "stations.geojson"
    subprocess.run([sys.executable, ROOT / "tools" / "demo_registry.py", "--out", out], check=True, timeout=120)
    assert out.read_bytes() == FILE.read_bytes()


def test_it_has_exactly_the_published_numbers() -> None:
    assert Counter(station["category"] for station in STATIONS) == {
        "outdoor_worker": 602,
        "carnation": 146,
        "service_centre": 197,
        "culture": 57,
    }


def test_the_file_and_every_station_say_that_they_are_a_demonstration() -> None:
    header = DOCUMENT["stationmap"]
    assert header["demo"] is True
    assert "演示数据" in header["title"]
    assert header["licence"] and header["source"]
    assert header["updated"] == UPDATED.isoformat()
    assert all("演示" in station["name"] and "demo" in station["name_en"] for station in STATIONS)
    assert all(station["position"] == {"how": "demo", "datum": "wgs84"} for station in STATIONS)
    assert all("演示" in station["address"] for station in STATIONS if "address" in station)


def test_it_is_written_canonically_one_feature_a_line_and_sorted() -> None:
    first, *lines, last = TEXT.splitlines()
    assert first.endswith('"features":[') and last == "]}"
    assert [json.loads(line.removesuffix(",")) for line in lines] == FEATURES
    assert all(a["id"] < b["id"] for a, b in pairwise(FEATURES))
    assert "crs" not in DOCUMENT
    assert FILE.stat().st_size < 1_200_000


def test_coordinates_are_points_with_at_most_seven_decimals() -> None:
    assert {feature["geometry"]["type"] for feature in FEATURES} == {"Point"}
    numbers = re.findall(r'"coordinates":\[([\d.]+),([\d.]+)\]', TEXT)
    assert len(numbers) == len(FEATURES)
    assert all(len(number.partition(".")[2]) <= 7 for pair in numbers for number in pair)


def test_every_station_lies_inside_the_county_it_names() -> None:
    counties = read_counties()
    outside = [
        feature["id"]
        for feature in FEATURES
        if not shapely.contains_xy(counties[feature["properties"]["district"]], *feature["geometry"]["coordinates"])
    ]
    assert outside == []


def test_no_two_entrances_are_within_thirty_metres() -> None:
    lon, lat = np.array([feature["geometry"]["coordinates"] for feature in FEATURES]).T
    metres = np.column_stack([lon * np.cos(np.radians(34.3)), lat]) * 111_000
    distances, _ = cKDTree(metres).query(metres, k=2)
    assert distances[:, 1].min() > 30


def test_residents_add_up_to_the_census_with_the_economic_zone_spread_over_three_districts() -> None:
    rows = read_residents().values()
    assert len(rows) == 10
    assert sum(int(row["residents"]) for row in rows) == 9_083_790
    assert sum(int(row["zone_320371_share"]) for row in rows) == 381_407
    assert all(int(row["census_2020"]) + int(row["zone_320371_share"]) == int(row["residents"]) for row in rows)


@pytest.mark.parametrize("category", ["outdoor_worker", "carnation", "service_centre", "culture"])
def test_each_county_has_its_share_by_residents(category: str) -> None:
    residents = {adcode: int(row["residents"]) for adcode, row in read_residents().items()}
    found = Counter(station["district"] for station in STATIONS if station["category"] == category)
    for adcode, people in residents.items():
        assert found[adcode] == pytest.approx(found.total() * people / sum(residents.values()), abs=1)


def test_every_hours_text_is_opening_hours() -> None:
    texts = {station["hours"] for station in STATIONS} - {None}
    assert len(texts) > 20
    for text in texts:
        OpeningHours(text)  # raises on a text that is none


def test_hours_say_what_the_words_beside_them_say_of_saturday_night() -> None:
    late = [station for station in STATIONS if "周五周六至次日1点" in station.get("hours_source", "")]
    assert len(late) == 8
    for moment, state in (("2026-12-06T00:30", "open"), ("2026-12-06T01:00", "closed"), ("2026-12-05T00:59", "open")):
        at = datetime.fromisoformat(f"{moment}+08:00")
        assert {parse(station["hours"]).status_at(at).state for station in late} == {state}


def test_no_hours_of_the_demonstration_are_doubtful() -> None:
    texts = {station["hours"] for station in STATIONS} - {None}
    assert {text: doubts(text, date(2026, 11, 20)) for text in texts} == dict.fromkeys(texts, ())


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a lunch gap", r"12:00,13:30"),
        ("over midnight", r"-(26|02|01):00"),
        ("seasons", r"Apr-Oct"),
        ("a short season", r"Jun 15-Sep 15"),
        ("closed on holidays", r"PH off"),
        ("open on holidays as always", r"Su,PH "),
        ("other hours on holidays", r"; PH \d"),
        ("no word on holidays", r"^(?!.*PH).*Mo-Fr"),
        ("hours that are themselves uncertain", r"unknown \""),
    ],
)
def test_hours_vary(what: str, pattern: str) -> None:
    assert sum(1 for station in STATIONS if re.search(pattern, station["hours"] or "")) >= 3, what


def test_always_open_and_unknown_hours_have_realistic_shares() -> None:
    assert share(OUTDOOR, lambda station: station["hours"] == "24/7") == pytest.approx(0.065, abs=0.015)
    assert share(STATIONS, lambda station: station["hours"] is None) == pytest.approx(0.12, abs=0.03)
    assert any(station["hours"] is None and "hours_source" in station for station in STATIONS)


def test_every_kind_and_way_of_access_occurs() -> None:
    assert {station["access"]["who"] for station in STATIONS} == {
        *("public", "registration", "members", "women", "staff", "unknown")
    }
    assert {how for station in STATIONS for how in station["access"].get("how", [])} == {
        *("walk_in", "scan", "face", "id_card", "ask")
    }


def test_carnation_stations_are_mostly_closed_to_riders_and_outdoor_stations_mostly_open() -> None:
    carnation = [station for station in STATIONS if station["category"] == "carnation"]
    assert share(carnation, lambda station: station["access"]["who"] in {"women", "staff"}) > 0.75
    assert 0 < share(carnation, lambda station: station["access"]["who"] == "public") < 0.1
    assert 0.75 < share(OUTDOOR, lambda station: station["access"]["who"] == "public") < 0.95


def test_facilities_are_there_missing_or_unknown() -> None:
    for code in ("drinking_water", "microwave", "toilet", "ebike_charging", "aed"):
        states = Counter(station["facilities"].get(code) for station in OUTDOOR)
        assert set(states) == {True, False, None}, code
        assert min(states.values()) >= 5, code


def test_only_service_centres_offer_programmes_and_together_all_of_them() -> None:
    assert {station["category"] for station in STATIONS if "services" in station} == {"service_centre"}
    assert len({code for station in STATIONS for code in station.get("services", [])}) == 9


def test_closures_are_past_current_endless_and_to_come() -> None:
    closures = [closure for station in STATIONS for closure in station.get("closures", [])]
    assert any(day(closure["to"]) < UPDATED for closure in closures if "to" in closure)
    assert any(day(closure["from"]) <= UPDATED <= day(closure["to"]) for closure in closures if "to" in closure)
    assert any(day(closure["from"]) > date(2027, 1, 1) for closure in closures)
    assert any("to" not in closure for closure in closures)
    assert all(closure["reason"] for closure in closures)


def test_checks_are_fresh_stale_and_missing_but_never_of_the_future() -> None:
    checked = [date.fromisoformat(station["verified"]["on"]) for station in STATIONS if "verified" in station]
    assert date(2024, 1, 1) <= min(checked) < date(2025, 1, 1)
    assert date(2026, 11, 1) <= max(checked) <= UPDATED
    assert 0.05 < 1 - len(checked) / len(STATIONS) < 0.25
    assert {station["verified"]["by"] for station in STATIONS if "verified" in station} == {
        "staff",
        "operator",
        "rider",
    }


def test_every_register_status_occurs_and_nearly_all_stations_are_open() -> None:
    statuses = Counter(station.get("status", "open") for station in STATIONS)
    assert set(statuses) == {"planned", "open", "suspended", "closed", "moved"}
    assert statuses["open"] / len(STATIONS) > 0.9


def test_the_economic_zone_manages_stations_in_districts_that_are_not_its_own() -> None:
    managed = [station for station in STATIONS if station["managed_by"] == "徐州经济技术开发区总工会"]
    assert len(managed) > 20
    assert {station["district"] for station in managed} == {"320302", "320303", "320312"}


def test_phones_can_ring_nowhere() -> None:
    # No subscriber number in China begins with 0.
    assert all(re.fullmatch(r"0516-0000\d{4}", station["phone"]) for station in STATIONS if "phone" in station)


def test_names_are_unique_and_aliases_are_those_riders_use() -> None:
    assert len({station["name"] for station in STATIONS}) == len(STATIONS)
    aliases = {alias[-4:] for station in OUTDOOR for alias in station.get("aliases", [])}
    assert aliases == {"工会驿站", "爱心驿站", "暖心驿站", "骑手驿站", "小哥驿站"}


def distances_m(place: str, typed: str) -> dict[str, float]:
    """Return how far the stations found by what is typed lie from a place."""
    found = INDEX.nearest(PLACES[place][0], len(INDEX.stations), query=Query(text=typed))
    return {neighbour.station.id: neighbour.distance_m for neighbour in found}


@pytest.mark.parametrize("place", PLACES)
def test_a_landmark_is_found_by_its_characters_its_pinyin_and_its_initials(place: str) -> None:
    by_characters, by_pinyin, by_initials = (distances_m(place, typed) for typed in (place, *SPELLINGS[place]))
    assert by_characters
    assert max(by_characters.values()) <= PLACES[place][1]
    # Letters stand for more: xzz for 徐庄镇 too.
    assert by_characters.keys() <= by_pinyin.keys() & by_initials.keys()


def test_xuzhou_station_in_pinyin_finds_nothing_else() -> None:
    assert distances_m("徐州站", "xuzhouzhan") == distances_m("徐州站", "徐州站")


def test_an_address_tells_how_far_its_landmarks_are() -> None:
    told = [
        (feature, place, float(km))
        for feature in FEATURES
        for place, km in re.findall(r"[(,]距(.+?)约([\d.]+)公里", feature["properties"].get("address", ""))
    ]
    assert {place for _, place, _ in told} == set(PLACES)
    away_m = {place: distances_m(place, "") for place in PLACES}
    for feature, place, km in told:
        assert away_m[place][feature["id"]] / 1000 == pytest.approx(km, abs=0.08), feature["id"]


def test_only_rest_stations_near_a_landmark_are_called_after_it() -> None:
    called = [
        (feature, alias.removesuffix("骑手驿站"))
        for feature in FEATURES
        for alias in feature["properties"].get("aliases", [])
        if alias.removesuffix("骑手驿站") in PLACES
    ]
    assert called
    for feature, place in called:
        assert distances_m(place, "")[feature["id"]] < 1_510
        assert feature["properties"]["category"] == "outdoor_worker"
