"""Metres agree with Karney's geodesic, and no chord lies beyond its bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from stationmap.geo.geodesy import MAX_EULER_M, MAX_LOCAL_M, LocalFrame, arc_m, ecef, geodesic_m, longest_chord_m
from tests.strategies import lats, lons

GEOD = Geod(ellps="WGS84")


def pairs(seed: int, n: int, up_to_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    lat[:4] = [90, -90, 89.99999, -89.99999]
    lon2, lat2, _ = GEOD.fwd(lon, lat, rng.uniform(0, 360, n), rng.uniform(0, up_to_m, n))
    return lon, lat, lon2, lat2


@pytest.mark.parametrize("up_to_m", [1, 1_000, MAX_LOCAL_M, MAX_EULER_M, 3_000_000, 20_000_000])
def test_metres_are_karneys_to_a_micrometre_at_every_range(up_to_m: float) -> None:
    lon, lat, lon2, lat2 = pairs(7, 20_000, up_to_m)
    metres = geodesic_m(lon, lat, ecef(lon, lat), lon2, lat2, ecef(lon2, lat2))
    assert np.abs(metres - GEOD.inv(lon, lat, lon2, lat2)[2]).max() < 1e-6


def test_the_scalar_arc_is_the_same_as_the_one_for_arrays() -> None:
    lon, lat, lon2, lat2 = pairs(8, 2_000, MAX_EULER_M)
    metres = geodesic_m(lon, lat, ecef(lon, lat), lon2, lat2, ecef(lon2, lat2))
    for i, there in enumerate(ecef(lon2, lat2).tolist()):
        frame = LocalFrame.at(float(lon[i]), float(lat[i]))
        assert arc_m(frame, *there, math.dist(frame[:3], there)) == pytest.approx(metres[i], abs=1e-7)


@given(lons, lats, lons, lats)
def test_no_chord_is_longer_than_the_bound_for_its_geodesic(lon: float, lat: float, lon2: float, lat2: float) -> None:
    chord = math.dist(ecef(np.array([lon]), np.array([lat]))[0], ecef(np.array([lon2]), np.array([lat2]))[0])
    assert chord <= longest_chord_m(GEOD.inv(lon, lat, lon2, lat2)[2]) + 1e-6


@given(lons, st.sampled_from([-90.0, 90.0]), lons)
def test_a_pole_is_one_point_whatever_its_longitude(lon: float, lat: float, lon2: float) -> None:
    here, there = (np.array([lon]), np.array([lat])), (np.array([lon2]), np.array([lat]))
    assert geodesic_m(*here, ecef(*here), *there, ecef(*there))[0] == pytest.approx(0, abs=1e-6)
