"""The frame says what the registry says, unknowns included."""

from __future__ import annotations

import pandas as pd
import pytest
from pyproj import Geod

from stationmap import load
from stationmap.registry.geodataframe import stations_frame
from stationmap.resources import demo_registry
from tests.strategies import station


def test_a_row_keeps_the_three_values_of_a_facility() -> None:
    frame = stations_frame([station("a", 117.2, 34.2, facilities={"toilet": True, "wifi": False})])
    assert frame.loc["a", "has_toilet"]
    assert not frame.loc["a", "has_wifi"]
    assert frame.loc["a", "has_aed"] is pd.NA
    assert frame.loc["a", "verified_on"] is pd.NaT


def test_the_frame_of_the_demonstration_registry_measures_what_the_ellipsoid_measures() -> None:
    registry = load(demo_registry())
    frame = stations_frame(registry.stations)
    assert list(frame.index) == list(registry)
    assert frame.crs.to_epsg() == 4326
    plane = frame.iloc[:50].to_crs("EPSG:4548")
    metres = plane.distance(plane.iloc[0].geometry).iloc[1]
    first, second = registry.stations[0].position, registry.stations[1].position
    assert metres == pytest.approx(Geod(ellps="WGS84").inv(first.lon, first.lat, second.lon, second.lat)[2], rel=2e-4)


def test_a_frame_of_nothing_has_its_columns_all_the_same() -> None:
    frame = stations_frame([])
    assert len(frame) == 0
    assert {"name", "who", "has_toilet", "geometry"} <= set(frame.columns)
