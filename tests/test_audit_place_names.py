"""Gaps and sites of the audit are spoken of by the places of the city around them, or else by a station."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from stationmap.audit.output.result_tables import place_name
from stationmap.audit.output.ways import ways_lines
from stationmap.audit.studies.landmarks import Landmarks
from stationmap.audit.studies.stated import stated_places
from stationmap.places.nearby import NamedPoints
from stationmap.places.place import Place
from stationmap.places.places import Places
from stationmap.registry.registry import Registry, parse
from stationmap.settings import Settings
from stationmap.web import create_app
from tests import small_city
from tests.apps import MONDAY_10
from tests.city_places import city_places, served, write_places


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return served(city_places(), tmp_path_factory.mktemp("names"))


@pytest.fixture(scope="module")
def registry() -> Registry:
    return parse(json.dumps(small_city.registry()).encode())


def test_a_point_is_named_by_what_people_know_around_it(places: Places, registry: Registry) -> None:
    found = Landmarks.of(registry.stations, places).beside(*small_city.lon_lat(-100, -450))
    assert found is not None
    assert (found.id, found.name, found.direction) == ("", "示例市人民医院", "s")
    assert 145 < found.metres < 155
    assert place_name([], found) == "示例市人民医院南方向 150 米"
    assert place_name([], found, "en") == "150 m south of Shili People's Hospital"


def test_the_more_important_of_two_places_names_a_point_unless_it_is_far(tmp_path: Path) -> None:
    where = {"square": (0.0, 300.0), "bus_stop": (0.0, 200.0), "street": (0.0, 1.0)}
    some = [
        Place(kind, kind, *small_city.lon_lat(*at), {"square": 70, "bus_stop": 26, "street": 56}[kind])  # type: ignore[arg-type]
        for kind, at in where.items()
    ]
    points = NamedPoints.of(served(some, tmp_path))
    assert points is not None
    near, far = (points.beside(*small_city.lon_lat(0, north)) for north in (0, 150))
    assert near is not None and far is not None
    assert (near[0].name, far[0].name) == ("square", "bus_stop")
    assert points.beside(*small_city.lon_lat(0, -5_000)) is None


def test_where_no_place_is_near_the_nearest_station_names_a_point(places: Places, registry: Registry) -> None:
    far = small_city.lon_lat(-1_400, 2_500)
    named, plain = (Landmarks.of(registry.stations, some).beside(*far) for some in (places, None))
    assert named == plain
    assert named is not None and named.name.startswith("示例工会驿站")
    assert Landmarks.of((), None).beside(*far) is None


def test_what_names_rest_on_stands_with_the_figures(places: Places) -> None:
    said = ways_lines({"places": stated_places(places)}, "zh")
    assert said == {"place_names": "数据日期 2026-11-01，示例城：虚构，非真实地图 fictional"}
    assert ways_lines({}, "zh") == {}


def test_the_page_s_downloads_name_gaps_by_places(tmp_path: Path) -> None:
    write_places(tmp_path / "places.geojson", city_places())
    small_city.write_registry(tmp_path / "stations.geojson")
    box = json.loads(shapely.to_geojson(shapely.box(120.984, 34.489, 121.017, 34.516)))
    area = {"type": "Feature", "properties": {"adcode": "320300", "name": "示例城"}, "geometry": box}
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}))
    (tmp_path / "people.csv").write_text("lon,lat,people\n121.0145,34.4925,200\n")
    files = {"audit_areas": tmp_path / "areas.geojson", "audit_demand": tmp_path / "people.csv"}
    settings = Settings(city=tmp_path, registry=tmp_path / "stations.geojson", audit="open", **files)  # type: ignore[arg-type]
    client = create_app(settings, clock=lambda: MONDAY_10).test_client()
    answer = client.get("/api/v1/audit/download.json?outcome=gaps&radius=200")
    assert answer.status_code == 200, answer.text
    assert "示例村" in answer.text
    assert answer.get_json()["places"]["date"] == "2026-11-01"
