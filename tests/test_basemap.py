"""The orientation layer: ten counties that fit together, inside their envelope, small enough for a slow phone."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "static" / "basemap" / "orientation.json"
COUNTIES = {
    "320302": "鼓楼区",
    "320303": "云龙区",
    "320305": "贾汪区",
    "320311": "泉山区",
    "320312": "铜山区",
    "320321": "丰县",
    "320322": "沛县",
    "320324": "睢宁县",
    "320381": "新沂市",
    "320382": "邳州市",
}
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def features(kind: str) -> list[dict[str, Any]]:
    return [feature for feature in DOCUMENT["features"] if feature["properties"]["kind"] == kind]


def shapes(kind: str) -> list[Any]:
    return [shapely.geometry.shape(feature["geometry"]) for feature in features(kind)]


def test_it_is_plain_geojson_without_a_crs_member() -> None:
    assert DOCUMENT["type"] == "FeatureCollection"
    assert "crs" not in DOCUMENT
    assert all(shapely.geometry.shape(feature["geometry"]).is_valid for feature in DOCUMENT["features"])


def test_a_phone_downloads_at_most_25_kilobytes() -> None:
    assert len(gzip.compress(FILE.read_bytes(), mtime=0)) <= 25_000


def test_it_has_the_ten_counties_by_code_and_name() -> None:
    found = {feature["properties"]["adcode"]: feature["properties"]["name"] for feature in features("county")}
    assert found == COUNTIES


def test_each_label_lies_inside_its_county() -> None:
    for feature, polygon in zip(features("county"), shapes("county"), strict=True):
        assert polygon.contains(shapely.Point(feature["properties"]["label"])), feature["properties"]["name"]


def test_the_counties_fit_together_without_gaps_or_overlaps() -> None:
    counties = shapes("county")
    assert shapely.coverage_is_valid(counties)
    whole = shapely.union_all(counties)
    assert whole.geom_type == "Polygon"
    assert whole.area == pytest.approx(sum(county.area for county in counties), rel=1e-9)


def test_the_counties_stay_within_a_hundred_metres_of_their_source() -> None:
    source = json.loads((ROOT / "data" / "areas" / "counties.geojson").read_text(encoding="utf-8"))["features"]
    originals = {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in source}
    for feature, drawn in zip(features("county"), shapes("county"), strict=True):
        original = originals[feature["properties"]["adcode"]]
        assert shapely.hausdorff_distance(drawn.boundary, original.boundary) * 111_000 < 100


def test_the_counties_lie_inside_the_envelope_of_xuzhou() -> None:
    west, south, east, north = shapely.union_all(shapes("county")).bounds
    assert 116.35 <= west < east <= 118.69
    assert 33.70 <= south < north <= 34.99


def test_everything_else_lies_around_them() -> None:
    west, south, east, north = shapely.total_bounds(
        [shapely.geometry.shape(feature["geometry"]) for feature in DOCUMENT["features"]]
    )
    assert 115.9 <= west < east <= 119.1
    assert 33.3 <= south < north <= 35.4


def test_rivers_lakes_and_neighbours_are_there() -> None:
    names = {feature["properties"]["name"] for feature in features("neighbour")}
    assert {"枣庄市", "济宁市", "宿州市", "淮北市", "宿迁市", "连云港市"} <= names
    assert "徐州市" not in names
    assert all(shapes(kind)[0].length > 0.5 for kind in ("river", "lake", "border"))
    grand_canal_lakes = [shapely.Point(117.20, 34.62), shapely.Point(118.20, 34.07)]
    assert all(shapes("lake")[0].contains(point) for point in grand_canal_lakes)


def test_the_tool_writes_the_committed_file_byte_for_byte(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "orientation.json"
    command: list[str | Path] = [sys.executable, ROOT / "tools" / "basemap.py", "--shared", shared_data, "--out", out]
    subprocess.run(command, check=True, timeout=120)
    assert out.read_bytes() == FILE.read_bytes()


def test_the_tool_draws_the_city_of_a_folder(shared_data: Path, tmp_path: Path) -> None:
    west, south, east, north = box = (116.9, 33.5, 117.3, 33.8)
    city = {"names": ["宿州市"], "box": box, "centre": [117.1, 33.6], "districts": {"341302": {"zh": "埇桥区"}}}
    (tmp_path / "city.json").write_text(json.dumps(city), encoding="utf-8")
    for name in ("areas", "basemap"):
        (tmp_path / name).mkdir()
    area = shapely.geometry.mapping(shapely.box(*box))
    district = {"type": "Feature", "properties": {"adcode": "341302"}, "geometry": area}
    (tmp_path / "areas" / "counties.geojson").write_text(json.dumps({"features": [district]}), encoding="utf-8")
    command: list[str | Path] = [
        sys.executable,
        ROOT / "tools" / "basemap.py",
        "--shared",
        shared_data,
        "--city",
        tmp_path,
    ]
    subprocess.run(command, check=True, timeout=120)
    drawn = json.loads((tmp_path / "basemap" / "orientation.json").read_text(encoding="utf-8"))["features"]
    named = {each["properties"].get("name") for each in drawn if each["properties"]["kind"] == "neighbour"}
    assert "徐州市" in named and "宿州市" not in named
    (county,) = (each for each in drawn if each["properties"]["kind"] == "county")
    assert county["properties"]["adcode"] == "341302"
    assert shapely.geometry.shape(county["geometry"]).contains(shapely.Point(county["properties"]["label"]))
    edges = shapely.total_bounds([shapely.geometry.shape(each["geometry"]) for each in drawn])
    assert west - 0.5 <= edges[0] and south - 0.5 <= edges[1] and edges[2] <= east + 0.5 and edges[3] <= north + 0.5
