"""Which objects of an extract are places, joined to one each, and lists of an operator's own beside them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from stationmap.datum import Datum, from_wgs84
from stationmap.errors import InvalidExtractError, OutOfTimeError
from stationmap.extract import extract
from stationmap.extract.places.features import places_of, write_places
from stationmap.extract.places.neighbourhoods import neighbourhoods
from stationmap.extract.places.own_places import read_own_places
from stationmap.extract.places.rules import names_of, place_rules
from stationmap.places.place import KINDS, MAX_IMPORTANCE, Place
from stationmap.places.places import Places
from tests.city_places import MADE, city_places
from tests.conftest import ROOT
from tests.small_city import CENTRE, lon_lat, without_names, write_extract


def named(name: str, kind: str = "") -> list[Place]:
    return [place for place in city_places() if place.name == name and kind in ("", place.kind)]


def metres(place: Place, east: float, north: float) -> float:
    lon, lat = lon_lat(east, north)
    return math.hypot((place.lon - lon) * 111_320 * math.cos(math.radians(lat)), (place.lat - lat) * 110_930)


def read(path: Path) -> extract.Extract:
    return extract.read(path, build=MADE.build, built_at=MADE.built_at)


def written(
    path: Path, nodes: list[tuple[float, float, dict[str, str]]], ways: list[tuple[list[int], dict[str, str]]]
) -> extract.Extract:
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (east, north, tags) in enumerate(nodes, 1):
            writer.add_node(Node(id=number, version=1, location=lon_lat(east, north), tags=tags))
        for number, (members, tags) in enumerate(ways, 1):
            writer.add_way(Way(id=number, version=1, nodes=members, tags=tags))
    return read(path)


def test_every_rule_names_a_kind_and_a_reason_and_every_kind_has_a_rule() -> None:
    rules = place_rules()
    assert {rule.kind for rule in rules.kinds} | {"own", "street", "crossing"} == set(KINDS)
    assert all(
        0 < rule.importance <= MAX_IMPORTANCE and len(rule.reason) > 15 and rule.join_m > 0 for rule in rules.kinds
    )
    assert rules.streets["reason"] and rules.crossings["reason"] and rules.around["reason"]
    assert json.loads((ROOT / "data/osm_places.json").read_text(encoding="utf-8"))["about"]


@pytest.mark.parametrize(
    "tags, kind",
    [
        ({"railway": "station"}, "station"), ({"railway": "station", "station": "subway"}, "metro"),
        ({"amenity": "hospital"}, "hospital"), ({"shop": "mall", "building": "yes"}, "mall"),
        ({"building": "office"}, "building"), ({"place": "village"}, "village"), ({"landuse": "residential"}, "estate"),
        ({"highway": "bus_stop"}, "bus_stop"), ({"amenity": "bench"}, None),
        ({"railway": "station", "disused": "yes"}, None),
    ],
)  # fmt: skip
def test_the_first_rule_that_fits_takes_an_object(tags: dict[str, str], kind: str | None) -> None:
    rule = place_rules().kind_of(tags)
    assert (rule and rule.kind) == kind


def test_a_street_of_several_ways_is_one_place_on_the_street() -> None:
    (road,) = named("南湖路", "street")
    (avenue,) = named("示例大道", "street")
    assert metres(avenue, 0, 0) < 250
    assert (avenue.name_en, "S901" in avenue.aliases) == ("Shili Avenue", True)
    assert road.around


def test_two_streets_of_one_name_far_apart_are_two_places(tmp_path: Path) -> None:
    nodes = [
        (0.0, 0.0, {}),
        (100.0, 0.0, {}),
        (5_000.0, 0.0, {}),
        (5_100.0, 0.0, {}),
        (300.0, 50.0, {}),
        (400.0, 50.0, {}),
    ]
    street = {"highway": "residential", "name": "人民路"}
    made = written(tmp_path / "a.osm.pbf", nodes, [([1, 2], street), ([3, 4], street), ([5, 6], street)])
    assert [place.name for place in places_of(made)] == ["人民路", "人民路"]


def test_a_crossing_is_where_two_names_meet() -> None:
    (crossing,) = named("中山路与示例大道路口")
    assert metres(crossing, 0, 0) < 5
    assert crossing.name_en == "Zhongshan Road and Shili Avenue"
    assert not named("示例高速与示例大道路口")


def test_four_nodes_of_a_dual_carriageway_are_one_crossing(tmp_path: Path) -> None:
    nodes = [(float(east), float(north), {}) for east in (0, 20) for north in (-100, 0, 20, 100)]
    nodes += [(float(east), float(north), {}) for east in (-100, 100) for north in (0, 20)]
    ways = [([1, 2, 3, 4], "甲路"), ([5, 6, 7, 8], "甲路"), ([9, 2, 6, 11], "乙路"), ([10, 3, 7, 12], "乙路")]
    made = written(tmp_path / "a.osm.pbf", nodes, [(at, {"highway": "primary", "name": name}) for at, name in ways])
    assert sorted(place.name for place in places_of(made)) == ["乙路", "乙路与甲路路口", "甲路"]


def test_names_are_those_people_use_in_both_languages() -> None:
    (station,) = named("示例火车站")
    assert (station.kind, station.name_en) == ("station", "Shili Railway Station")
    assert {"示例站", "老火车站"} <= set(station.aliases)
    (metro,) = named("示例广场站")
    assert "示例广场地铁站" in metro.aliases
    (school,) = named("示例第一中学")
    assert "示例一中" in school.aliases


def test_simplified_chinese_comes_first_and_what_is_no_name_is_none() -> None:
    tags = {"name": "Monaco", "name:zh": "摩納哥", "name:zh-Hans": "摩纳哥", "alt_name": "Munegu;;x" + "y" * 90}
    names = names_of(tags)
    assert names is not None
    assert (names.shown, names.english, names.others) == ("摩纳哥", "Monaco", ("摩納哥", "Munegu"))
    assert names_of({"name": "\x00 \n"}) is None
    assert names_of({"name": "x" * 10_000}) is None


def test_an_area_is_taken_at_a_point_inside_and_both_stops_of_a_road_are_one(tmp_path: Path) -> None:
    (hospital,) = named("示例市人民医院")
    assert metres(hospital, -100, -300) < 1
    stop = {"highway": "bus_stop", "name": "火车站"}
    made = written(tmp_path / "a.osm.pbf", [(0.0, 0.0, stop), (60.0, 20.0, stop), (9_000.0, 0.0, stop)], [])
    assert len(places_of(made)) == 2


def test_district_and_street_tell_equal_names_apart() -> None:
    (hospital,) = named("示例市人民医院")
    assert hospital.around == "示例城 · 青年路"
    (market,) = named("东岸农贸市场")
    assert market.around.startswith("东岸区")


def test_hostile_names_stay_text_and_what_cannot_be_shown_is_left_out(tmp_path: Path) -> None:
    hostile = ["<script>alert(1)</script>", "{{config}}", "a\nb\u202ec", "x" * 250, "\u200b"]
    nodes = [(1_000.0 * at, 100.0 * at, {"amenity": "school", "name": name}) for at, name in enumerate(hostile)]
    path = tmp_path / "places.geojson"
    write_places(written(tmp_path / "a.osm.pbf", nodes, []), path)
    assert {place.name for place in Places.open(path)} == {"<script>alert(1)</script>", "{{config}}", "a b c"}


def test_an_extract_without_names_is_refused_unless_there_are_own_places(tmp_path: Path) -> None:
    made = read(write_extract(tmp_path / "a.osm.pbf", change=without_names))
    with pytest.raises(InvalidExtractError, match="--places"):
        write_places(made, tmp_path / "places.geojson")
    assert not (tmp_path / "places.geojson").exists()
    own = read_own_places("名称,经度,纬度\n总工会,121,34.5\n".encode(), "own.csv")
    assert write_places(made, tmp_path / "places.geojson", own=own) == 0


def test_somebody_can_end_it(tmp_path: Path) -> None:
    def end(done: float, phase: str) -> None:
        assert (0 <= done <= 1, phase) == (True, "places")
        raise OutOfTimeError

    made = read(write_extract(tmp_path / "a.osm.pbf"))
    with pytest.raises(OutOfTimeError):
        write_places(made, tmp_path / "places.geojson", end)
    assert not (tmp_path / "places.geojson").exists()


def test_the_order_of_objects_makes_no_other_neighbourhoods() -> None:
    points = [[(121 + at * 0.004, 34.5)] for at in (0, 1, 2, 9, 10, 30)]
    forwards = sorted(map(sorted, neighbourhoods(range(6), points, 500)))
    backwards = sorted(sorted(5 - at for at in group) for group in neighbourhoods(range(6), points[::-1], 500))
    assert forwards == backwards == [[0, 1, 2], [3, 4], [5]]


OWN = """名称,英文名,别名,类别,重要性,经度(GCJ-02),纬度(GCJ-02),地址
徐州市总工会,Federation,工会;总工会,government,90,{lon},{lat},解放路1号
人民路,,,,,{lon},{lat},
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_of_one_s_own_is_read_in_the_datum_its_headings_name(encoding: str) -> None:
    lon, lat = from_wgs84(*CENTRE, Datum.GCJ02)
    union, road = read_own_places(OWN.format(lon=lon, lat=lat).encode(encoding), "own.csv")
    assert (round(union.lon, 6), round(union.lat, 6)) == CENTRE
    assert (union.kind, union.importance, union.aliases) == ("government", 90, ("工会", "总工会"))
    assert (road.kind, road.importance, union.around) == ("own", 100, "解放路1号")


def test_a_geojson_of_one_s_own_in_a_datum_that_somebody_names() -> None:
    lon, lat = from_wgs84(*CENTRE, Datum.BD09)
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"name": "驿站街", "aliases": ["老街"]}}
    document = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    (place,) = read_own_places(document, "own.geojson", Datum.BD09)
    assert (round(place.lon, 6), round(place.lat, 6), place.aliases) == (*CENTRE, ("老街",))


def test_every_bad_row_is_named_and_nothing_is_taken() -> None:
    bad = ",121,34\n甲,34.5,121\n乙,x,1\n丙,121,34,volcano,101\n丁,121,34,park,5,6\n"
    bad += f"戊,121,34,,{'9' * 5_000}\n"
    rows = f"名称,经度,纬度,类别,重要性\n{bad}好,121,34,,\n"
    with pytest.raises(InvalidExtractError) as refused:
        read_own_places(rows.encode(), "own.csv")
    lines = [finding.where.split("line ")[1][:1] for finding in refused.value.findings]
    assert sorted(lines) == ["2", "3", "4", "5", "5", "6", "6", "7"]


@pytest.mark.parametrize(
    "data",
    [b"", b"name\nx\n", b"{", b"{}", b'{"type":"FeatureCollection","features":[]}', b"\xff\xfe\x00", b"PK\x03\x04abc",
     b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"name":"x"}}]}',
     b'{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"features":[]}'],
)  # fmt: skip
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidExtractError):
        read_own_places(data, "own")


def test_an_own_place_stands_for_that_of_the_extract_of_its_name_nearby(tmp_path: Path) -> None:
    lon, lat = lon_lat(-100, -250)
    own = read_own_places(f"名称,经度,纬度\n示例市人民医院,{lon},{lat}\n示例大学,121.5,34.5\n".encode(), "own.csv")
    made = read(write_extract(tmp_path / "a.osm.pbf"))
    kinds = {
        name: sorted(place.kind for place in places_of(made, own=own) if place.name == name)
        for name in ("示例市人民医院", "示例大学")
    }
    assert kinds == {"示例市人民医院": ["own"], "示例大学": ["own", "university"]}


def test_an_extract_of_a_real_city_becomes_places(tmp_path: Path, shared_data: Path) -> None:
    monaco = shared_data / "osm_pbf" / "monaco.osm.pbf"
    if not monaco.exists():
        pytest.skip("the extract of Monaco is not here")
    path = tmp_path / "places.geojson"
    assert write_places(read(monaco), path) == 0
    places = list(Places.open(path))
    assert len(places) > 1_000
    assert [place.name for place in places if place.kind == "station"] == ["Monaco - Monte Carlo"]
    assert {"street", "crossing", "bus_stop", "school", "hospital", "park"} <= {place.kind for place in places}
