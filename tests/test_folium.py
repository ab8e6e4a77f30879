"""Layers for Folium: what they hold, what they state, and that no text of a registry can be more than text."""

from __future__ import annotations

import base64
import json
import re
import zlib
from datetime import datetime
from html import unescape
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pytest
from pyproj import Geod

import stationmap
from stationmap.audit import Study, StudyQuestion
from stationmap.folium import CoverageLayer, GapLayer, Map, StationLayer, explore
from stationmap.folium.coverage import bands_of
from stationmap.frontend.script_json import script_json
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.resources import demo_registry
from tests.strategies import station
from tests.test_maps import HOSTILE, hostile_registry

NIGHT = datetime(2026, 1, 15, 2, tzinfo=ZONE)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return stationmap.load(demo_registry())


@pytest.fixture(scope="module")
def study(registry: Registry) -> Study:
    return Study.of_city(registry, StudyQuestion(at=NIGHT), cell_m=1_000.0)


def data_of(layer: Any) -> Any:
    return json.loads(layer.json)


def page_of(*layers: Any, on: folium.Map | None = None) -> str:
    m = on or Map()
    for layer in layers:
        layer.add_to(m)
    return m.get_root().render()


def test_a_registry_is_a_frame_and_a_feature_collection(registry: Registry) -> None:
    frame = registry.to_frame()
    assert frame.crs.to_epsg() == 4326
    assert list(frame.index) == list(registry)
    read = gpd.GeoDataFrame.from_features(registry)
    assert [(at.x, at.y) for at in read.geometry] == [(at.x, at.y) for at in frame.geometry]


def test_the_summary_of_a_notebook_counts_the_stations_and_says_that_they_are_invented(registry: Registry) -> None:
    shown = registry._repr_html_()
    assert "演示数据" in shown and "1,002" in shown and registry.revision in shown


def test_the_summary_of_a_notebook_is_text() -> None:
    shown = hostile_registry()._repr_html_()
    assert "<img" not in shown and "</script" not in shown
    assert HOSTILE in unescape(shown)


def test_an_empty_registry_is_drawn_too() -> None:
    empty = Registry(())
    assert "stationmapLayers.stations(" in empty.explore().get_root().render()
    assert empty._repr_html_()


def test_a_registry_is_explored_on_a_new_map_or_on_one_s_own(registry: Registry) -> None:
    assert isinstance(registry.explore(), Map)
    own = folium.Map()
    assert registry.explore(own, language="en", name="Stations of Xuzhou") is own
    page = own.get_root().render()
    assert "Outdoor" in page or "outdoor" in page
    assert explore(registry, own) is own


@pytest.mark.parametrize("value", [HOSTILE, "{{{%{#}}", "</SCRIPT>", "\u2028\u2029", "\u0000", "__proto__", "{", '{"'])
def test_json_in_a_script_is_the_same_value_and_begins_nothing(value: str) -> None:
    written = script_json({"text": value, "nested": [{"a": {}}]})
    assert json.loads(written)["text"] == value
    assert not re.search(r"[<>&\u2028\u2029]|\{[{%#]", written)
    assert folium.template.Template(written).render() == written


def test_json_in_a_script_has_no_number_that_json_lacks() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json([float("nan")])


def test_text_of_a_registry_survives_folium_as_data() -> None:
    page = page_of(StationLayer(hostile_registry()))
    assert "<img src=x" not in page
    (data,) = re.findall(r"stationmapLayers\.stations\((.*)\);", page)
    assert json.loads(data)["facts"][0]["heading"] == HOSTILE


def test_what_draws_the_layers_is_in_the_page_once(study: Study, registry: Registry) -> None:
    page = page_of(StationLayer(registry), CoverageLayer(study), GapLayer(study))
    assert page.count("stationmapLayers:{") == 1
    assert page.count("L.Map=") <= 1
    assert re.findall(r'(?:src|href)="?(?!#|https://leafletjs\.com)[^ ">]*//[^ ">]*', page) == []


def test_classes_of_folium_keep_their_own_links(registry: Registry) -> None:
    Map()
    page = page_of(StationLayer(registry), on=folium.Map())
    assert dict(folium.Map.default_js)["leaflet"].startswith("https://")
    assert "cdn.jsdelivr.net/npm/leaflet" in page


def test_every_layer_says_that_stations_are_invented(study: Study, registry: Registry) -> None:
    for layer in (StationLayer(registry), CoverageLayer(study), GapLayer(study)):
        assert data_of(layer)["key"]["note"].startswith("演示数据")
    assert data_of(StationLayer(Registry((station("a", 117.2, 34.2),))))["key"]["note"] == ""


def test_layers_tell_a_map_where_they_lie(study: Study, registry: Registry) -> None:
    m = Map()
    for layer in (StationLayer(registry), CoverageLayer(study), GapLayer(study)):
        layer.add_to(m)
    frame = registry.to_frame()
    (south, west), (north, east) = m.get_bounds()  # type: ignore[misc]
    assert west <= frame.total_bounds[0] and frame.total_bounds[2] <= east
    assert south <= frame.total_bounds[1] and frame.total_bounds[3] <= north


def test_cells_arrive_where_they_are_in_the_band_of_their_distance(study: Study) -> None:
    data = data_of(CoverageLayer(study))
    unpacked = zlib.decompress(base64.b64decode(data["columns"]))
    count = data["count"]
    steps = np.frombuffer(unpacked, "<f8", 2 * count).reshape(2, count)
    lons, lats = np.cumsum(np.cumsum(steps, axis=1), axis=1) / 1e11
    assert np.abs(lons - study.territory.lons).max() < 1e-10
    assert np.abs(lats - study.territory.lats).max() < 1e-10
    assert np.array_equal(np.frombuffer(unpacked, np.uint8, count, 16 * count), bands_of(study))


def test_a_band_is_what_the_page_of_the_audit_paints() -> None:
    """Of one station that surely and one that possibly counts, the definition of `paintDistances`, cell by cell."""
    stations = (station("sure", 117.2, 34.26), station("perhaps", 117.26, 34.26, access={"who": "unknown"}))
    found = Study.of_city(Registry(stations), StudyQuestion(), cell_m=500.0)
    bands, radius, territory = bands_of(found), 1_000.0, found.territory
    ellipsoid = Geod(ellps="WGS84")
    far = [ellipsoid.inv(territory.lons, territory.lats, *_repeated(at, len(bands)))[2] for at in stations]
    for band, sure, perhaps in zip(bands.tolist(), *far, strict=True):
        if sure <= radius:
            expected = 0 if sure <= radius / 2 else 1
        elif perhaps <= radius:
            expected = 2
        else:
            expected = 3 if sure <= 2 * radius else 4 if sure <= 3 * radius else 5
        assert band == expected
    assert set(bands.tolist()) == set(range(6))


def _repeated(at: Station, count: int) -> tuple[list[float], list[float]]:
    return [at.position.lon] * count, [at.position.lat] * count


def test_gaps_are_those_of_the_study(study: Study) -> None:
    data = data_of(GapLayer(study, limit=7))
    assert [each["properties"]["rank"] for each in data["features"]] == list(range(1, 8))
    told = [dict(each["facts"])["人数"] for each in data["facts"]]
    assert told == [f"{gap.people:,.0f}" for gap in study.gaps.gaps[:7]]


def test_a_layer_of_something_else_says_what_it_takes(registry: Registry) -> None:
    wrong: Any = registry
    for layer in (CoverageLayer, GapLayer):
        with pytest.raises(TypeError, match=rf"{layer.__name__}\(Study\.of_city\(registry\)\)"):
            layer(wrong)
    wrong = "stations.geojson"
    with pytest.raises(TypeError, match="StationLayer takes a Registry, not a str"):
        StationLayer(wrong)
