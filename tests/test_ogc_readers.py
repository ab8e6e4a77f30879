"""GDAL's own driver of OGC API - Features, and geopandas by it, read what a running server has, all of it."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from stationmap.registry.geodataframe import stations_frame
from stationmap.registry.model import FACILITIES
from stationmap.registry.registry import Registry, parse
from stationmap.resources import demo_registry
from tests.attacks.servers import serving

pytestmark = pytest.mark.skipif("OAPIF" not in pyogrio.list_drivers(), reason="this GDAL has no OAPIF driver")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("ogc") / "log", STATIONMAP_READ_ONLY="true") as (port, _):
        yield f"OAPIF:http://127.0.0.1:{port}/ogc"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return parse(demo_registry().read_bytes())


@pytest.fixture(scope="module")
def read(source: str) -> gpd.GeoDataFrame:
    return gpd.read_file(source, layer="stations").set_index("id")


def where(source: str, condition: str) -> list[str]:
    return sorted(pyogrio.read_dataframe(source, layer="stations", where=condition)["id"])


def test_the_driver_finds_all_collections_and_their_types(source: str) -> None:
    found = dict(pyogrio.list_layers(source).tolist())
    assert found == {"stations": "Point", "areas": "MultiPolygon", "gaps": "MultiPolygon"}


def test_all_stations_are_read_and_equal_the_registry(read: gpd.GeoDataFrame, registry: Registry) -> None:
    expected = stations_frame(registry.stations)
    assert len(read) == len(registry) == 1_002
    assert list(read.index) == list(expected.index)
    assert read.crs == expected.crs
    assert read.geometry.geom_equals_exact(expected.geometry, 1e-9).all()
    same = ["name", "name_en", "category", "district", "address", "directions", "who", "access_note", "hours", "status"]
    same += ["hours_source", "phone", "host", "managed_by", "level", "capacity", "area_m2", "photo", "verified_by"]
    for column in same:
        assert [None if pd.isna(value) else value for value in read[column]] == [
            None if pd.isna(value) else value for value in expected[column]
        ]
    for code in FACILITIES:
        assert read[f"has_{code}"].astype("boolean").equals(expected[f"has_{code}"])
    for column in ("verified_on", "opened"):
        assert (pd.to_datetime(read[column]) == expected[column]).sum() == expected[column].notna().sum()
        assert (read[column].isna() == expected[column].isna()).all()


def test_pages_of_any_size_make_the_same_layer(source: str, read: gpd.GeoDataFrame) -> None:
    paged = pyogrio.read_dataframe(source, layer="stations", PAGE_SIZE=100).set_index("id")
    assert paged.index.equals(read.index)


def test_a_box_gives_the_stations_in_it(source: str, registry: Registry) -> None:
    west, south, east, north = box = (117.1, 34.2, 117.3, 34.3)
    inside = [
        each.id
        for each in registry.stations
        if west <= each.position.lon <= east and south <= each.position.lat <= north
    ]
    assert 50 < len(inside) < 500
    assert list(gpd.read_file(source, layer="stations", bbox=box)["id"]) == inside


@pytest.mark.parametrize(
    ("condition", "accepts"),
    [
        ("category = 'culture'", lambda each: each.category == "culture"),
        ("has_toilet = 1", lambda each: each.facilities.get("toilet") is True),
        ("has_toilet = 0", lambda each: each.facilities.get("toilet") is False),
        ("has_toilet IS NULL", lambda each: "toilet" not in each.facilities),
        ("capacity = 8 AND who = 'public'", lambda each: (each.properties.capacity, each.access.who) == (8, "public")),
        ("opened >= '2020-01-01'", lambda each: each.properties.opened and each.properties.opened.year >= 2020),
        ("id = 'xz-320302-0001'", lambda each: each.id == "xz-320302-0001"),
        # By `datetime`, which what was never checked matches.
        ("verified_on >= '2026-10-01'", lambda each: not each.verified or str(each.verified.on) >= "2026-10-01"),
    ],
)
def test_a_filter_of_attributes_gives_what_it_says(source: str, registry: Registry, condition: str, accepts) -> None:
    expected = [each.id for each in registry.stations if accepts(each)]
    assert expected
    assert where(source, condition) == expected


def test_areas_and_gaps_are_read_with_their_figures(source: str) -> None:
    areas = gpd.read_file(source, layer="areas")
    gaps = gpd.read_file(source, layer="gaps")
    assert len(areas) == 10
    assert list(gaps["rank"]) == list(range(1, len(gaps) + 1))
    uncovered = (areas["people"] - areas["covered_people_sure"]).sum()
    assert gaps["people"].sum() == pytest.approx(uncovered, abs=1)
    assert set(areas["label"]) == set(gaps["label"]) == {"演示数据"}
