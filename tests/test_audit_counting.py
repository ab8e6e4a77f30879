"""Coverage by two searches and by counting is what one search for everything and sums one by one say, exactly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.cell_share import PARTS, reached
from stationmap.audit.inputs.reach import nearest_m
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics import coverage as counted
from stationmap.audit.metrics.coverage import MAX_IN_REACH, CoverageCounter, WeightedPoints, added, parts_at
from stationmap.audit.metrics.people_by_distance import NOBODY_M, Distances, joined, people_by_distance
from stationmap.geo.nearest_points import PointIndex

SOURCE = Source("points", "made up")
AREAS = {"b": shapely.box(117.23, 34.25, 117.29, 34.31), "a": shapely.box(117.2, 34.25, 117.23, 34.31)}
TOWN = Territory.of(AREAS, 250)


def made_up(seed: int, on_cells: bool) -> tuple[Demand, Supply]:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 25))
    possible = rng.random(count) < 0.8
    confirmed = possible & (rng.random(count) < rng.choice([0.0, 0.5, 1.0]))
    places = rng.uniform(117.19, 117.3, count), rng.uniform(34.24, 34.32, count)
    people = np.round(rng.exponential(20, len(TOWN) if on_cells else 90), 3) * (rng.random() < 0.9) + 0.001
    if on_cells:
        demand = Demand.at(TOWN, TOWN.lons, TOWN.lats, people, SOURCE)
        demand = Demand(TOWN.lons, TOWN.lats, demand.people, TOWN.districts, demand.rows, SOURCE, TOWN.grid.cell_m)
    else:
        demand = Demand.at(TOWN, rng.uniform(117.2, 117.29, 90), rng.uniform(34.25, 34.31, 90), people, SOURCE)
    return demand, Supply(tuple(f"s{row}" for row in range(count)), *places, confirmed, possible)


def one_by_one(places: WeightedPoints, supply: Supply, radius_m: float) -> tuple[np.ndarray, list[Counter[tuple]]]:
    """People and cells by district and stations in reach, shape (2, 2, districts, 6), and people by distance."""
    sums, ways = np.zeros((2, 2, len(TOWN.codes), MAX_IN_REACH + 1), dtype=np.int64), []
    for side, flags in enumerate((supply.confirmed, supply.possible)):
        metres = np.full((len(places.lons), MAX_IN_REACH), np.inf)
        if flags.any():
            index = PointIndex(supply.lons[flags], supply.lats[flags])
            metres = nearest_m(places.lons, places.lats, index, MAX_IN_REACH)
        parts = parts_at(metres.T, places.cells > 0, radius_m, places.cell_m)
        for what, amounts in enumerate((places.people, places.cells * PARTS)):
            at_least = [amounts, *(reached(amounts, each) for each in parts), np.zeros_like(amounts)]
            for count in range(MAX_IN_REACH + 1):
                np.add.at(sums[what, side, :, count], places.districts, at_least[count] - at_least[count + 1])
        nearest = [NOBODY_M if np.isinf(each) else round(each) for each in metres[:, 0].tolist()]
        way: Counter[tuple] = Counter()
        for district, metre, people in zip(places.districts.tolist(), nearest, places.people.tolist(), strict=True):
            if people:
                way[district, metre] += people
        ways.append(way)
    return sums, ways


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.floats(60, 9000), st.sampled_from([1, 2]))
def test_two_searches_count_what_one_for_all_does(seed: int, on_cells: bool, radius_m: float, workers: int) -> None:
    demand, supply = made_up(seed, on_cells)
    places = WeightedPoints.of(TOWN, demand)
    found = CoverageCounter(supply, len(TOWN.codes), radius_m)(places, workers=workers)
    sums, ways = one_by_one(places, supply, radius_m)
    assert (found.people == sums[0]).all()
    assert (found.cells == sums[1]).all()
    for distances, way in zip(found.distances, ways, strict=True):
        rows = list(zip(*(column.tolist() for column in distances), strict=True))
        assert rows == [(*key, people) for key, people in sorted(way.items())]


def test_threads_count_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    demand, supply = made_up(5, on_cells=True)
    places, counter = WeightedPoints.of(TOWN, demand), CoverageCounter(supply, len(TOWN.codes), 800)
    alone = counter(places)
    monkeypatch.setattr(counted, "FEW", 0)
    monkeypatch.setattr(counted, "BATCH", 37)
    together = counter(places, workers=3)
    assert (together.people == alone.people).all()
    assert (together.cells == alone.cells).all()
    for one, other in zip(together.distances, alone.distances, strict=True):
        assert all((mine == theirs).all() for mine, theirs in zip(one, other, strict=True))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 40), st.integers(1, 1 << 50)), max_size=30), st.data())
def test_people_are_added_by_district_and_metre_however_far_apart(rows: list, data: st.DataObject) -> None:
    # Where metres spread far keys are sorted, else counted: what is found is the same.
    spread = data.draw(st.sampled_from([1, 10_000_000]))
    rows = [(district, metres * spread if metres > 0 else metres, people) for district, metres, people in rows]
    expected: Counter[tuple[int, int]] = Counter()
    for district, metres, people in rows:
        expected[district, metres] += people
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)] or [*Distances.none()]
    for found in (people_by_distance(*columns), joined([Distances.none(), people_by_distance(*columns)])):
        assert {(d, m): p for d, m, p in zip(*(each.tolist() for each in found), strict=True)} == expected
        assert list(zip(*(each.tolist() for each in found[:2]), strict=True)) == sorted(expected)


def test_many_parts_are_added_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    demand, supply = made_up(8, on_cells=True)
    places, counter = WeightedPoints.of(TOWN, demand), CoverageCounter(supply, len(TOWN.codes), 800)
    monkeypatch.setattr(counted, "MAX_HELD", 50)
    found, whole = added(map(counter, places.batches(20)), len(TOWN.codes)), counter(places)
    assert (found.people == whole.people).all()
    assert [each.people.sum() for each in found.distances] == [each.people.sum() for each in whole.distances]
    assert all((one == other).all() for one, other in zip(found.distances[0], whole.distances[0], strict=True))


@pytest.mark.parametrize("cell_m", [1_000.0, 60.0])
def test_cells_are_found_up_to_edges_that_bend_on_the_plane(cell_m: float) -> None:
    box = shapely.box(116.0, 34.0, 117.0, 34.1)
    territory = Territory.of({"a": box}, cell_m)
    grid = territory.grid
    cells = np.arange(grid.rows * grid.columns, dtype=np.int64)
    inside = shapely.contains_xy(box, *grid.centres(cells))
    assert territory.cells.tolist() == cells[inside].tolist()
