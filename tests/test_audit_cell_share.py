"""Cells at the rim count by their share: against exact discs, and what a site on each cell adds against every pair."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.cell_share import PARTS, cell_share, reached
from stationmap.audit.inputs.grid import Grid
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.site_gains import SiteGains
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.registry.store import load
from stationmap.resources import demo_registry

GEOD = Geod(ellps="WGS84")
LAEA = "+proj=laea +lat_0=34.4 +lon_0=117.5 +datum=WGS84"


def disc(x: float, y: float, radius: float) -> shapely.Polygon:
    return shapely.Point(x, y).buffer(radius, quad_segs=256)


@pytest.mark.parametrize("radius_m", [60.0, 141.0, 200.0, 1000.0, 1234.5, 5000.0])
def test_a_share_is_what_a_disc_of_the_cell_s_area_has_in_common_with_the_circle(radius_m: float) -> None:
    cell_radius_m = 250 / math.sqrt(math.pi)
    for metre in range(0, int(radius_m) + 300, 41):
        lens = disc(0, 0, radius_m).intersection(disc(metre, 0, cell_radius_m)).area / 250**2
        assert cell_share(radius_m, 250).at(np.array([float(metre)]))[0] / PARTS == pytest.approx(lens, abs=1e-3)


@given(st.floats(10, 20_000), st.floats(10, 2_000))
def test_shares_never_rise_with_the_distance_and_end(radius_m: float, cell_m: float) -> None:
    share = cell_share(radius_m, cell_m)
    assert all(near >= far for near, far in pairwise(share.by_metre.tolist()))
    assert share.at(np.array([math.inf, share.outer_m + 1])).tolist() == [0, 0]
    assert share.by_metre[0] == (PARTS if radius_m >= cell_m / math.sqrt(math.pi) else share.by_metre.max())


@settings(max_examples=40)
@given(st.floats(-125, 125), st.floats(-125, 125), st.sampled_from([400.0, 1000.0, 1500.0, 3000.0]))
def test_wherever_a_station_stands_in_a_cell_the_cells_in_reach_add_up_to_its_circle(
    x: float, y: float, radius_m: float
) -> None:
    steps = np.arange(-16, 17) * 250.0
    ways = np.hypot(steps[:, None] - x, steps[None] - y)
    area = cell_share(radius_m, 250).at(ways).sum() / PARTS * 250**2
    assert area == pytest.approx(math.pi * radius_m**2, rel=0.01 if radius_m >= 1000 else 0.02)


def test_coverage_by_cells_agrees_with_exact_discs_within_a_hundredth() -> None:
    study = Study.of_city(load(demo_registry()))
    stations, found = study.supply.chosen(study.supply.possible), study.coverage
    to_plane = study.territory.grid.plane.xy
    middles = np.column_stack(to_plane(stations.lons, stations.lats))
    union = shapely.union_all(shapely.buffer(shapely.points(middles), 1000, quad_segs=32))
    for code, polygon in zip(study.territory.codes, study.territory.polygons, strict=True):
        flat = shapely.transform(polygon, lambda at: np.column_stack(to_plane(*at.T)))
        exact = flat.intersection(union).area / flat.area
        assert found.districts[code].possible.area_share == pytest.approx(exact, rel=0.01)


def test_people_at_points_are_in_reach_or_not() -> None:
    territory = Territory.of({"320302": shapely.box(117.1, 34.2, 117.2, 34.28)}, 250)
    lons, lats = np.full(2, 117.15), np.array([34.24, 34.25])
    demand = Demand.at(territory, lons, lats, np.array([10.0, 5.0]), Source("points", "two"))
    one = Supply(("a",), lons[:1], lats[:1], np.array([True]), np.array([True]))
    metres = GEOD.inv(117.15, 34.24, 117.15, 34.25)[2]
    assert coverage(territory, demand, one, metres + 0.01).total.confirmed.people == 15
    assert coverage(territory, demand, one, metres - 0.01).total.confirmed.people == 10


@settings(max_examples=20)
@given(st.integers(0, 999), st.sampled_from([100.0, 500.0, 1000.0, 1234.5, 2000.0]), st.integers(0, 3))
def test_what_a_site_on_each_cell_adds_is_what_measuring_every_pair_gives(
    seed: int, radius_m: float, corner: int
) -> None:
    # Off the middle of a wide plane, where it strains distances most.
    grid = Grid.over((115.0, 33.0, 119.0, 36.0), 250)
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, 30, 200) + (corner % 2) * (grid.columns - 30)
    rows = rng.integers(0, 30, 200) + (corner // 2) * (grid.rows - 30)
    cells = np.unique(rows * grid.columns + columns)
    people = rng.integers(0, 10_000, len(cells))
    served = people * rng.integers(0, 2, len(cells)) // 2
    gains = SiteGains(grid, cells, people, served, radius_m)
    found = of_cells(gains, cells)
    expected = every_pair(grid, cells, people, served, radius_m)
    # The larger share where the plane leaves a metre open: never less, and hardly more.
    assert (found >= expected).all()
    assert found.sum() <= expected.sum() * 1.01 + 1
    first = int(cells[found.argmax()])
    gains.build(first)
    built = of_cells(gains, cells)
    assert (built <= found).all()
    gains.raze(first, [])
    assert (of_cells(gains, cells) == found).all()
    # A window has the gains that all have there.
    window = gains.near(first, 3)
    assert (gains.gains(window) == gains.gains()[gains.inside(window)]).all()


def of_cells(gains: SiteGains, cells: np.ndarray) -> np.ndarray:
    rows, columns = np.divmod(cells, gains.columns)
    return gains.gains()[rows - gains.whole.row, columns - gains.whole.column]


def every_pair(grid: Grid, cells: np.ndarray, people: np.ndarray, served: np.ndarray, radius_m: float) -> np.ndarray:
    lons, lats = grid.centres(cells)
    one, other = np.meshgrid(np.arange(len(cells)), np.arange(len(cells)), indexing="ij")
    ways = np.asarray(GEOD.inv(lons[one], lats[one], lons[other], lats[other])[2])
    parts = cell_share(radius_m, grid.cell_m).at(ways)
    return np.maximum(reached(people[np.newaxis], parts) - served, 0).sum(axis=1)


def test_hours_of_the_week_count_as_the_moment_does() -> None:
    study = Study.of_city(load(demo_registry()), StudyQuestion(radius_m=800), cell_m=500)
    week = study.week
    assert int(week.confirmed.max()) <= round(study.coverage.total.confirmed.people * 1000)
