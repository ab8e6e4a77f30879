"""A country in blocks is the same country: to the last thousandth, whatever the blocks and whoever counts them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.census import residents as city_residents
from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import Supply, WeekMasks
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import nationwide, spread_evenly
from stationmap.audit.nation.hours import nation_hours
from stationmap.audit.nation.workers import Workers
from stationmap.audit.studies.city_territory import city
from stationmap.errors import InvalidAuditError
from stationmap.registry.store import load
from stationmap.resources import demo_registry

AREAS = {
    "110000": shapely.box(116.0, 34.0, 117.0, 34.5),
    "120000": shapely.Polygon([(117.0, 34.0), (118.0, 34.2), (117.5, 35.0), (117.0, 34.5)]),
    "130000": shapely.box(116.5, 34.4, 117.2, 34.9),  # overlaps both
}
RESIDENTS = {"110000": 1_234_567, "120000": 7, "130000": 98_765}
SOURCE = Source("residents", "test")


def supply(seed: int, n: int = 60) -> Supply:
    draw = np.random.default_rng(seed)
    confirmed = draw.random(n) < 0.5
    ids = tuple(f"s{row}" for row in range(n))
    return Supply(
        ids, draw.uniform(116, 118, n), draw.uniform(34, 35, n), confirmed, confirmed | (draw.random(n) < 0.5)
    )


@settings(max_examples=15)
@given(st.integers(0, 99), st.sampled_from([1_000.0, 2_700.0]), st.integers(700, 20_000), st.floats(1, 100_000))
def test_blocks_of_any_size_give_what_one_territory_gives(
    seed: int, cell_m: float, block: int, radius_m: float
) -> None:
    territory = Territory.of(AREAS, cell_m)
    whole = coverage(territory, Demand.spread(territory, RESIDENTS, SOURCE), supply(seed), radius_m)
    parts = nationwide(Country.of(AREAS, cell_m), RESIDENTS, supply(seed), radius_m, block_cells=block)
    assert parts.total == whole.total
    assert parts.districts == whole.districts


@pytest.mark.parametrize("executor", ["process", "dask"])
def test_whoever_counts_the_figures_are_the_same(executor: str) -> None:
    country = Country.of(AREAS, 2_000.0)
    one = nationwide(country, RESIDENTS, supply(1), 2_000.0)
    other = nationwide(country, RESIDENTS, supply(1), 2_000.0, executor=executor, workers=2, block_cells=700)
    assert other.total == one.total
    assert other.districts == one.districts


def test_the_city_is_the_same_in_blocks() -> None:
    territory = city(1_000.0)
    stations = Supply.of(load(demo_registry()).stations)
    demand = city_residents(territory)
    whole = coverage(territory, demand, stations, 1_000.0)
    areas = dict(zip(territory.codes, territory.polygons, strict=True))
    each = np.bincount(demand.districts, demand.people, len(territory.codes)).astype(np.int64) // 1000
    people = dict(zip(territory.codes, each.tolist(), strict=True))
    found = nationwide(Country.of(areas, 1_000.0), people, stations, 1_000.0, block_cells=3_000)
    assert found.total == whole.total
    assert found.districts == whole.districts


@settings(max_examples=15)
@given(st.integers(0, 99), st.sampled_from([700.0, 2_700.0]), st.integers(1, 50))
def test_every_cell_is_in_the_area_that_holds_its_middle(seed: int, cell_m: float, corners: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = {
        f"{at:06}": shapely.Point(*rng.uniform((116, 34), (117, 35))).buffer(rng.uniform(0.01, 0.4), quad_segs=corners)
        for at in range(4)
    }
    country = Country.of(drawn, cell_m)
    rows, columns = (
        sorted(rng.integers(country.grid.rows + 1, size=2)),
        sorted(rng.integers(country.grid.columns + 1, size=2)),
    )
    window = Window(int(rows[0]), int(rows[1]) + 1, int(columns[0]), int(columns[1]) + 1)
    found = country.areas_of(window)
    ups, rights = np.indices(found.shape)
    lons, lats = country.grid.centres(
        ((window.row + ups) * country.grid.columns + window.column + rights).ravel().astype(np.int64)
    )
    naive = np.full(found.size, -1)
    for at in reversed(range(len(country.codes))):
        naive[shapely.contains_xy(country.polygons[at], lons, lats)] = at
    assert (found.ravel() == naive).all()


@pytest.mark.parametrize("cells", [1, 10, 4_096])
def test_blocks_cover_the_grid_once_and_neighbours_follow_each_other(cells: int) -> None:
    country = Country.of(AREAS, 4_000.0)
    seen = np.zeros((country.grid.rows, country.grid.columns), dtype=np.int64)
    for row, last_row, column, last_column in country.blocks(cells):
        assert (last_row - row) * (last_column - column) <= cells
        seen[row:last_row, column:last_column] += 1
    assert (seen == 1).all()


def week(seed: int, n: int = 60) -> tuple[WeekMasks, WeekMasks]:
    drawn = np.random.default_rng(seed).integers(0, 1 << 40, (2, n, 3)).astype(np.uint64)
    return drawn[0] & drawn[1], drawn[1]


@settings(max_examples=10)
@given(st.integers(0, 99), st.sampled_from([1_000.0, 2_700.0]), st.integers(1_500, 20_000), st.floats(100, 20_000))
def test_hours_of_blocks_of_any_size_are_those_of_one_territory(
    seed: int, cell_m: float, block: int, radius_m: float
) -> None:
    territory, country = Territory.of(AREAS, cell_m), Country.of(AREAS, cell_m)
    demand = Demand.spread(territory, RESIDENTS, SOURCE)
    whole = hourly_coverage(territory, demand, supply(seed), week(seed), radius_m)
    people = spread_evenly(country, RESIDENTS, block_cells=block)
    parts = nation_hours(country, people, supply(seed), week(seed), radius_m, block_cells=block)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(parts, whole, strict=True))


@pytest.mark.parametrize("executor", ["process", "dask"])
def test_whoever_counts_hours_they_are_the_same(executor: str) -> None:
    country = Country.of(AREAS, 2_000.0)
    people = spread_evenly(country, RESIDENTS)
    one = nation_hours(country, people, supply(1), week(1), 2_000.0)
    other = nation_hours(country, people, supply(1), week(1), 2_000.0, by=Workers(executor, workers=2), block_cells=700)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def test_progress_is_told_and_may_give_the_work_up() -> None:
    seen: list[tuple[float, str]] = []

    def watch(share: float, phase: str) -> None:
        seen.append((share, phase))
        if phase == "coverage" and share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nationwide(Country.of(AREAS, 2_000.0), RESIDENTS, supply(1), 500.0, block_cells=1_000, progress=watch)
    assert next(phase for _, phase in seen) == "cells"
    assert max(share for share, phase in seen if phase == "cells") == 1
    assert all(share <= 0.6 for share, phase in seen if phase == "coverage")


@pytest.mark.parametrize(
    ("areas", "residents", "problem"),
    [
        ({}, {}, "no area"),
        (AREAS, {"999999": 5}, "has residents"),
        ({"1": shapely.box(116.0, 34.0, 116.0001, 34.0001)}, {"1": 5}, "larger than the area"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    areas: dict[str, shapely.Polygon], residents: dict[str, int], problem: str
) -> None:
    with pytest.raises(InvalidAuditError, match=problem):
        nationwide(Country.of(areas, 1_000.0), residents, supply(1), 500.0)
