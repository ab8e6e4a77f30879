"""Frames say what the arrays say, in whatever reference system they come, and the example runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pyproj import Geod

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.output import geodataframes
from stationmap.errors import InvalidAuditError
from tests.conftest import ROOT
from tests.strategies import station
from tests.test_audit_whatif import AREAS, NIGHT, REGISTRY, TERRITORY

EXAMPLE = ROOT / "examples" / "coverage.ipynb"

areas = gpd.GeoDataFrame({"people": [7001, 130]}, index=list(AREAS), geometry=list(AREAS.values()), crs=4326)
stations = geodataframes.supply(REGISTRY.stations, at=NIGHT)
people = geodataframes.spread(areas, "people", 500.0)


def test_a_frame_of_stations_tells_sure_from_possible() -> None:
    assert stations["sure"].to_dict() == {"east": True, "unknown": False, "west": False}
    assert stations["possible"].to_dict() == {"east": True, "unknown": True, "west": False}


def test_cells_have_equal_areas_and_lie_in_the_area_named() -> None:
    cells = geodataframes.cells(areas, 1_000.0)
    ellipsoid = Geod(ellps="WGS84")
    km2 = [abs(ellipsoid.geometry_area_perimeter(cell)[0]) / 1e6 for cell in cells.geometry]
    assert km2 == pytest.approx([1.0] * len(cells), rel=1e-5)
    middles = cells.geometry.apply(lambda cell: shapely.Point(np.mean(cell.exterior.coords[:4], axis=0)))
    assert all(AREAS[code].contains(middle) for code, middle in zip(cells["area"], middles, strict=True))


def test_the_people_spread_are_all_the_people() -> None:
    assert people["people"].sum() == pytest.approx(7131, abs=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4548", "EPSG:3857"])
def test_distances_are_geodesic_in_any_reference_system(crs: str) -> None:
    some = people.iloc[::9].to_crs(crs)
    found = geodataframes.distances(some, stations.to_crs(crs), 2_000.0)
    assert found.crs == some.crs
    ellipsoid = Geod(ellps="WGS84")
    for place, (_, row) in zip(people.iloc[::9].geometry, found.iterrows(), strict=True):
        metres = {
            name: ellipsoid.inv(place.x, place.y, *REGISTRY[name].geometry.coordinates)[2]
            for name in ("east", "unknown")
        }
        assert row["sure_m"] == pytest.approx(metres["east"], abs=1e-3)
        assert row["possible_m"] == pytest.approx(min(metres.values()), abs=1e-3)
        assert row["nearest"] == min(metres, key=lambda name: metres[name])
        assert row["possible_in_reach"] == sum(each <= 2_000 for each in metres.values())


def test_without_stations_everything_is_infinitely_far() -> None:
    found = geodataframes.distances(people.iloc[:3], stations.iloc[:0], 1_000.0)
    assert np.isinf(found["sure_m"]).all()
    assert found["nearest"].isna().all()
    assert (found["possible_in_reach"] == 0).all()


def test_the_table_of_areas_is_that_of_the_audit() -> None:
    placed = Demand.at(
        TERRITORY, people.geometry.x.to_numpy(), people.geometry.y.to_numpy(), people["people"].to_numpy(),
        Source("points", "test"),
    )  # fmt: skip
    expected = coverage(TERRITORY, placed, Supply.of(REGISTRY.stations, at=NIGHT), 1_500.0)
    found = geodataframes.audit(areas, people, stations, 1_500.0, cell_m=500.0)
    for code, figures in expected.districts.items():
        assert found.loc[code, "sure_people"] == figures.confirmed.people
        assert found.loc[code, "possible_share"] == figures.possible.share
        assert found.loc[code, "possible_share_2"] == figures.possible.shares_by_count[1]
        assert found.loc[code, "sure_p90_m"] == figures.confirmed.p90_m
        assert found.loc[code, "people"] == figures.people
        assert found.loc[code, "area_km2"] == figures.area_km2


def test_hand_counted_figures_of_one_station() -> None:
    """Three people: 1 at the door, 2 at some 921 m to the east; with 500 m a third, with 1 km all of them."""
    table = {"people": [1.0, 2.0]}
    two = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy([117.12, 117.13], [34.25, 34.25]), crs=4326)
    one = geodataframes.supply([station("a", 117.12, 34.25)])
    near = geodataframes.audit(areas, two, one, 500.0).loc["320302"]
    assert near["sure_share"] == pytest.approx(1 / 3)
    assert near["sure_mean_m"] == pytest.approx(921 * 2 / 3, abs=1)
    assert near["sure_p50_m"] == pytest.approx(921, abs=1)
    assert geodataframes.audit(areas, two, one, 1_000.0).loc["320302", "sure_share"] == 1
    assert np.isnan(geodataframes.audit(areas, two, one, 1_000.0).loc["320303", "sure_share"])


def test_frames_given_are_left_as_they_were() -> None:
    before = areas.copy(), people.copy(), stations.copy()
    geodataframes.audit(areas, people, stations, 700.0)
    geodataframes.distances(people, stations, 700.0)
    for was, now in zip(before, (areas, people, stations), strict=True):
        assert_geodataframe_equal(was, now)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"demand": people.drop(columns="people")}, "no column people"),
        ({"demand": people.assign(people=-1.0)}, "negative"),
        ({"demand": people.set_crs(None, allow_override=True)}, "reference system"),
        ({"demand": people.to_crs("EPSG:4479")}, "demand: EPSG:4479 is geocentric"),
        ({"areas": areas.to_crs("EPSG:4978")}, "areas: EPSG:4978 is geocentric"),
        ({"demand": areas}, "must be points"),
        ({"stations": stations.drop(columns="sure")}, "no column sure"),
        ({"stations": stations.assign(sure=True)}, "is possible too"),
        ({"areas": people}, "must be polygons"),
        ({"areas": areas.set_axis(["a", "a"])}, "one code"),
        ({"areas": areas.iloc[:0]}, "no area"),
        ({"radius_m": 0.0}, "radius"),
    ],
)
def test_frames_that_cannot_be_audited_are_refused(changed: dict[str, Any], problem: str) -> None:
    given = {"areas": areas, "demand": people, "stations": stations, "radius_m": 500.0, **changed}
    with pytest.raises(InvalidAuditError, match=problem):
        geodataframes.audit(**given)


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_the_example_runs_from_top_to_bottom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    for source in code_cells(EXAMPLE):
        exec(compile(source, EXAMPLE.name, "exec"), names)
    table = names["table"]
    assert len(table) == 10
    assert ((table["sure_share"] <= table["possible_share"]) & (table["possible_share"] <= 1)).all()
    assert names["won"] > 0
    drawn = {name: names[f"{name}_map"].get_root().render() for name in ("stations", "coverage", "gaps")}
    assert all(f"stationmapLayers.{name}(" in page for name, page in drawn.items())
    assert "stationmapLayers.stations(" in drawn["gaps"]


def test_people_outside_the_areas_are_said_to_be_left_out() -> None:
    areas = gpd.GeoDataFrame({"name": ["a"]}, index=["a"], geometry=[shapely.box(117, 34, 117.1, 34.1)], crs=4326)
    one = gpd.GeoDataFrame({"sure": [True], "possible": [True]}, geometry=[shapely.Point(117.05, 34.05)], crs=4326)
    places = [shapely.Point(117.05, 34.05), shapely.Point(118, 34), shapely.Point(118, 35)]
    people = gpd.GeoDataFrame({"people": [10, 15, 5]}, geometry=places, crs=4326)
    with pytest.warns(UserWarning, match=r"demand: 20 people \(66.7%\) lie outside the studied area") as told:
        found = geodataframes.audit(areas, people, one, 1_000.0)
    assert Path(told[0].filename) == Path(__file__)
    assert found.loc["a", "people"] == 10
    assert found.attrs["notes"] == ["20 people (66.7%) lie outside the studied area and are left out (places 2, 3)"]
    assert geodataframes.audit(areas, people.iloc[:1], one, 1_000.0).attrs["notes"] == []
