"""A country in strips is the same country: to the last thousandth, whatever the strips and whoever counts them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.census import residents as city_residents
from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.studies.city_territory import city
from stationmap.audit.studies.nationwide import Country, nationwide, total
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
@given(st.integers(0, 99), st.sampled_from([1_000.0, 2_700.0]), st.integers(1, 5_000), st.floats(1, 100_000))
def test_strips_of_any_height_give_what_one_territory_gives(
    seed: int, cell_m: float, strip: int, radius_m: float
) -> None:
    territory = Territory.of(AREAS, cell_m)
    whole = coverage(territory, Demand.spread(territory, RESIDENTS, SOURCE), supply(seed), radius_m)
    parts = nationwide(Country.of(AREAS, cell_m), RESIDENTS, supply(seed), radius_m, strip_cells=strip)
    assert parts.total == whole.total
    assert parts.districts == whole.districts


@pytest.mark.parametrize("executor", ["process", "dask"])
def test_whoever_counts_the_figures_are_the_same(executor: str) -> None:
    country = Country.of(AREAS, 2_000.0)
    one = nationwide(country, RESIDENTS, supply(1), 2_000.0)
    other = nationwide(country, RESIDENTS, supply(1), 2_000.0, executor=executor, workers=2, strip_cells=700)
    assert other.total == one.total
    assert other.districts == one.districts


def test_the_city_is_the_same_in_strips() -> None:
    territory = city(1_000.0)
    stations = Supply.of(load(demo_registry()).stations)
    demand = city_residents(territory)
    whole = coverage(territory, demand, stations, 1_000.0)
    areas = dict(zip(territory.codes, territory.polygons, strict=True))
    each = np.bincount(demand.districts, demand.people, len(territory.codes)).astype(np.int64) // 1000
    people = dict(zip(territory.codes, each.tolist(), strict=True))
    found = nationwide(Country.of(areas, 1_000.0), people, stations, 1_000.0, strip_cells=3_000)
    assert found.total == whole.total
    assert found.districts == whole.districts


def test_tallies_sum_to_the_same_in_any_grouping() -> None:
    territory = Territory.of(AREAS, 2_000.0)
    demand = Demand.spread(territory, RESIDENTS, SOURCE)
    parts = [coverage(territory, demand, supply(seed), 3_000.0).counts for seed in range(7)]
    grouped, plain = total(parts, 3), sum(parts[1:], parts[0])
    assert (grouped.people == plain.people).all()
    assert all(
        (mine == theirs).all()
        for both in zip(grouped.distances, plain.distances, strict=True)
        for mine, theirs in zip(*both, strict=True)
    )


def test_progress_is_told_and_may_give_the_work_up() -> None:
    seen: list[tuple[float, str]] = []

    def watch(share: float, phase: str) -> None:
        seen.append((share, phase))
        if phase == "coverage" and share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nationwide(Country.of(AREAS, 2_000.0), RESIDENTS, supply(1), 500.0, strip_cells=1_000, progress=watch)
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
