"""Datums: the published vectors hold, the inverse is exact to the edge of China's box, floats and arrays agree."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyproj import Geod

from stationmap.datum import CHINA_BOX, Datum, FloatArray, from_wgs84, to_wgs84
from stationmap.errors import InvalidPositionError

WEST, SOUTH, EAST, NORTH = CHINA_BOX
MOVED = pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
BOTH_WAYS = pytest.mark.parametrize("convert", [from_wgs84, to_wgs84])
Convert = Callable[[Any, Any, Datum], Any]
GEOD = Geod(ellps="WGS84")

with (Path(__file__).parent / "data" / "datum_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))

points_of_the_box = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
points_on_earth = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def sample_of_the_box(count: int = 20_000) -> tuple[FloatArray, FloatArray]:
    """Points all over the box, a tenth of them on each edge, some where the formula's square root has its kink."""
    rng = np.random.default_rng(20261120)
    lon, lat = rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)
    tenth = count // 10
    lon[:tenth], lon[tenth : 2 * tenth] = WEST, EAST
    lat[2 * tenth : 3 * tenth], lat[3 * tenth : 4 * tenth] = SOUTH, NORTH
    lon[4 * tenth : 5 * tenth] = 105 + rng.normal(0, 1e-11, tenth)
    return lon, lat


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['name']}:{v['from']}-{v['to']}")
def test_published_vectors_hold(vector: dict[str, str]) -> None:
    wgs84 = to_wgs84(float(vector["lon_in"]), float(vector["lat_in"]), Datum(vector["from"]))
    lon, lat = from_wgs84(*wgs84, Datum(vector["to"]))
    tolerance_deg = float(vector["tolerance_deg"])
    assert lon == pytest.approx(float(vector["lon_out"]), rel=0, abs=tolerance_deg)
    assert lat == pytest.approx(float(vector["lat_out"]), rel=0, abs=tolerance_deg)


@MOVED
@given(point=points_of_the_box)
@example(point=(WEST, SOUTH))
@example(point=(EAST, NORTH))
@example(point=(105.0, 35.0))
def test_every_point_of_the_box_comes_back(datum: Datum, point: tuple[float, float]) -> None:
    back = to_wgs84(*from_wgs84(*point, datum), datum)
    assert back == pytest.approx(point, rel=0, abs=1e-9)


@MOVED
def test_round_trip_stays_within_a_millimetre_to_the_edge(datum: Datum) -> None:
    lon, lat = sample_of_the_box()
    lon_back, lat_back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    *_, distance_m = GEOD.inv(lon, lat, lon_back, lat_back)
    assert distance_m.max() < 1e-3


@MOVED
@given(point=points_of_the_box)
def test_a_drawn_place_either_leads_back_to_itself_or_is_left_alone(datum: Datum, point: tuple[float, float]) -> None:
    wgs84 = to_wgs84(*point, datum)
    assert wgs84 == point or from_wgs84(*wgs84, datum) == pytest.approx(point, rel=0, abs=1e-9)


@MOVED
@pytest.mark.parametrize("margin_deg", [0.02, 1.0])
def test_drawn_places_well_inside_the_box_are_never_left_alone(datum: Datum, margin_deg: float) -> None:
    rng = np.random.default_rng(2)
    lon = rng.uniform(WEST + margin_deg, EAST - margin_deg, 5_000)
    lat = rng.uniform(SOUTH + margin_deg, NORTH - margin_deg, 5_000)
    lon_again, lat_again = from_wgs84(*to_wgs84(lon, lat, datum), datum)
    np.testing.assert_allclose([lon_again, lat_again], [lon, lat], rtol=0, atol=1e-9)


@BOTH_WAYS
@MOVED
@given(point=points_on_earth)
@example(point=(-104.9903, 39.7392))
@example(point=(EAST + 0.02, 35.0))
@example(point=(105.0, SOUTH - 0.02))
def test_nothing_moves_outside_the_box(convert: Convert, datum: Datum, point: tuple[float, float]) -> None:
    lon, lat = point
    if not (WEST - 0.02 < lon < EAST + 0.02 and SOUTH - 0.02 < lat < NORTH + 0.02):
        assert convert(lon, lat, datum) == point


@MOVED
def test_a_wgs84_point_just_outside_the_box_is_drawn_as_itself(datum: Datum) -> None:
    lon = math.nextafter(EAST, 180)
    assert from_wgs84(lon, 40.0, datum) == (lon, 40.0)


@BOTH_WAYS
@given(point=points_on_earth)
def test_wgs84_is_left_as_it_is(convert: Convert, point: tuple[float, float]) -> None:
    assert convert(*point, Datum.WGS84) == point


@BOTH_WAYS
@MOVED
def test_arrays_give_the_numbers_of_floats(convert: Convert, datum: Datum) -> None:
    lon, lat = (
        np.append(a, b) for a, b in zip(sample_of_the_box(2_000), ([-0.1, 72.0, 137.84], [51.5, 40, 40]), strict=True)
    )
    arrays = convert(lon, lat, datum)
    floats = np.array([convert(x, y, datum) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]).T
    np.testing.assert_allclose(arrays, floats, rtol=0, atol=2e-11)


@BOTH_WAYS
@MOVED
def test_arrays_keep_their_shape_and_are_not_changed(convert: Convert, datum: Datum) -> None:
    lon, lat = np.full((2, 3), 117.2), np.full((2, 3), 34.2)
    new_lon, new_lat = convert(lon, lat, datum)
    assert new_lon.shape == new_lat.shape == (2, 3)
    assert (lon == 117.2).all() and (lat == 34.2).all()
    assert (new_lon != lon).all()
    assert convert(np.array([]), np.array([]), datum)[0].shape == (0,)


@BOTH_WAYS
@MOVED
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_floats_that_are_not_finite_are_refused_without_being_echoed(
    convert: Convert, datum: Datum, bad: float
) -> None:
    for point in [(bad, 34.25), (117.25, bad)]:
        with pytest.raises(InvalidPositionError) as caught:
            convert(*point, datum)
        assert "34.25" not in str(caught.value) and "117.25" not in str(caught.value)


@BOTH_WAYS
@MOVED
def test_values_that_are_not_finite_pass_through_arrays_alone(convert: Convert, datum: Datum) -> None:
    lon, lat = convert(np.array([117.2, math.nan, math.inf]), np.array([34.2, 34.2, 34.2]), datum)
    assert (lon[0], lat[0]) == pytest.approx(convert(117.2, 34.2, datum), rel=0, abs=1e-11)
    assert math.isnan(lon[1]) and math.isinf(lon[2])


def test_offsets_across_xuzhou_are_the_known_ones() -> None:
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(116.35, 118.69, 60), np.linspace(33.70, 34.99, 40)))
    *_, gcj02_m = GEOD.inv(lon, lat, *from_wgs84(lon, lat, Datum.GCJ02))
    *_, bd09_m = GEOD.inv(lon, lat, *from_wgs84(lon, lat, Datum.BD09))
    assert 485 < gcj02_m.min() < gcj02_m.max() < 570
    assert 1_150 < bd09_m.min() < bd09_m.max() < 1_300


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("WGS-84", Datum.WGS84),
        ("wgs_84", Datum.WGS84),
        ("GCJ-02", Datum.GCJ02),
        ("gcj02", Datum.GCJ02),
        (" BD-09 ", Datum.BD09),
    ],
)
def test_usual_spellings_name_a_datum(text: str, datum: Datum) -> None:
    assert Datum(text) is datum


@pytest.mark.parametrize("text", ["", "cgcs", "EPSG:4326", "gcj"])
def test_other_words_name_no_datum(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Datum"):
        Datum(text)


@BOTH_WAYS
def test_a_datum_given_as_text_is_never_taken_for_another(convert: Convert) -> None:
    assert convert(117.2, 34.2, "gcj02") == convert(117.2, 34.2, Datum.GCJ02) != convert(117.2, 34.2, Datum.BD09)
    assert convert(117.2, 34.2, "wgs84") == (117.2, 34.2)
    with pytest.raises(ValueError, match="is not a valid Datum"):
        convert(117.2, 34.2, "epsg:4326")
