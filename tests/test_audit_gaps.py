"""Gaps hold every uncovered person once, and say of each what a brute-force count over places and cells says."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Source
from stationmap.audit.inputs.cell_share import cell_share, reached
from stationmap.audit.inputs.supply import Supply, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.cell_clusters import label_clusters, split_clusters
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.gap_partition import SPACING
from stationmap.audit.metrics.gaps import Gaps, gaps
from stationmap.errors import InvalidAuditError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry import registry
from stationmap.registry.checks.quality import read_counties
from tests.conftest import ROOT
from tests.strategies import station

GEOD = Geod(ellps="WGS84")
SOURCE = Source("points", "a test's people")
MONDAY = date(2026, 11, 23)
# Two districts of 4.7 km by 5.5 km, far from the middle of their plane by an outlying third.
AREAS = {
    "320302": shapely.box(117.10, 34.20, 117.15, 34.25),
    "320303": shapely.box(117.15, 34.20, 117.20, 34.25),
    "320322": shapely.box(116.50, 34.80, 116.51, 34.81),
}
TERRITORY = Territory.of(AREAS, 250)
LONS, LATS = st.floats(117.08, 117.22), st.floats(34.18, 34.27)
RADII = st.sampled_from([100.0, 500.0, 750.0, 1000.0, 1234.5, 2000.0])

Cells = NDArray[np.int64]


def metres(lons: Any, lats: Any, lon: float, lat: float) -> NDArray[np.float64]:
    """Return geodesic metres to one place, by Karney's algorithm."""
    return np.asarray(GEOD.inv(lons, lats, np.full(len(lons), lon), np.full(len(lats), lat))[2])


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    """Draw residents spread over the cells, or people at places."""
    if draw(st.booleans()):
        residents = draw(st.fixed_dictionaries({code: st.integers(1, 50_000) for code in AREAS}))
        return Demand.spread(TERRITORY, residents, SOURCE)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    count = draw(st.integers(1, 80))
    lons, lats = rng.uniform(117.10, 117.20, count), rng.uniform(34.20, 34.25, count)
    return Demand.at(TERRITORY, lons, lats, rng.integers(1, 90_000, count) / 1000, SOURCE)


@st.composite
def supplies(draw: st.DrawFn) -> Supply:
    places = draw(st.lists(st.tuples(LONS, LATS, st.sampled_from(["sure", "possible", "no"])), max_size=12))
    lons, lats = np.array([each[0] for each in places]), np.array([each[1] for each in places])
    confirmed = np.array([each[2] == "sure" for each in places], dtype=bool)
    possible = np.array([each[2] != "no" for each in places], dtype=bool)
    return Supply(tuple(f"s{row:02}" for row in range(len(places))), lons, lats, confirmed, possible)


def uncovered(demand: Demand, supply: Supply, radius_m: float) -> Cells:
    """Return the thousandths of people of each place that no sure station reaches, place by place."""
    served = np.zeros(len(demand), dtype=np.int64)
    for lon, lat in sure_places(supply):
        served = np.maximum(served, within(demand, demand.people, lon, lat, radius_m))
    return demand.people - served


def within(demand: Demand, people: Cells, lon: float, lat: float, radius_m: float) -> Cells:
    """Return how many of the people of each place are within a radius of one place."""
    ways = metres(demand.lons, demand.lats, lon, lat)
    return (
        reached(people, cell_share(radius_m, 250).at(ways)) if demand.cell_m else np.where(ways <= radius_m, people, 0)
    )


def thousandths(people: float) -> int:
    return round(people * THOUSANDTHS)


@settings(max_examples=40)
@given(demands(), supplies(), RADII, st.booleans())
def test_gaps_add_up_to_the_uncovered_total_exactly(
    demand: Demand, supply: Supply, radius_m: float, possible: bool
) -> None:
    found = gaps(TERRITORY, demand, supply, radius_m, possible=possible)
    total = coverage(TERRITORY, demand, supply, radius_m).total
    reach = total.possible if possible else total.confirmed
    expected = thousandths(total.people) - thousandths(reach.people)
    assert sum(thousandths(gap.people) for gap in found.gaps) == thousandths(found.people) == expected
    assert found.rest_people == 0
    rows = np.concatenate([gap.rows for gap in found.gaps]) if found.gaps else np.empty(0)
    assert len(rows) == len(np.unique(rows))
    if demand.is_on_cells_of(TERRITORY):
        assert sum(gap.area_km2 for gap in found.gaps) == pytest.approx(total.area_km2 - reach.area_km2)
        assert found.area_km2 == pytest.approx(total.area_km2 - reach.area_km2)


@settings(max_examples=25)
@given(demands(), supplies(), RADII)
def test_gaps_are_ranked_and_what_each_says_is_what_counting_place_by_place_says(
    demand: Demand, supply: Supply, radius_m: float
) -> None:
    found = gaps(TERRITORY, demand, supply, radius_m)
    missed = uncovered(demand, supply, radius_m)
    assert [gap.rank for gap in found.gaps] == list(range(1, len(found.gaps) + 1))
    assert [gap.people for gap in found.gaps] == sorted((gap.people for gap in found.gaps), reverse=True)
    for gap in found.gaps[:6]:
        inside = np.flatnonzero(np.isin(demand.rows, gap.rows) & (missed > 0))
        assert thousandths(gap.people) == missed[inside].sum()
        ways = [metres(demand.lons[inside], demand.lats[inside], *each) for each in sure_places(supply)]
        if not ways:
            assert gap.nearest_id is None
            assert gap.nearest_m is None
            continue
        furthest_m = np.min(ways, axis=0).max()
        assert furthest_m > radius_m - 142  # of a cell whose middle is in reach a part may not be
        from_site = [
            float(metres(np.array([gap.site.lon]), np.array([gap.site.lat]), *each)[0]) for each in sure_places(supply)
        ]
        assert gap.site_nearest_m == pytest.approx(min(from_site), abs=1e-3)
        from_named = supply.ids.index(str(gap.site_nearest_id))
        assert metres(
            np.array([gap.site.lon]), np.array([gap.site.lat]), supply.lons[from_named], supply.lats[from_named]
        )[0] == pytest.approx(gap.site_nearest_m, abs=1e-3)
        assert gap.nearest_m == pytest.approx(furthest_m, abs=1e-3)
        named = supply.ids.index(str(gap.nearest_id))
        to_named = metres(demand.lons[inside], demand.lats[inside], supply.lons[named], supply.lats[named])
        assert np.abs(to_named - furthest_m).min() < 1e-3


def sure_places(supply: Supply) -> list[tuple[float, float]]:
    return list(zip(supply.lons[supply.confirmed], supply.lats[supply.confirmed], strict=True))


@settings(max_examples=25)
@given(demands(), supplies(), RADII)
def test_a_station_at_the_best_site_adds_the_people_it_is_said_to(
    demand: Demand, supply: Supply, radius_m: float
) -> None:
    before = coverage(TERRITORY, demand, supply, radius_m).total.confirmed.people
    for gap in gaps(TERRITORY, demand, supply, radius_m).gaps[:3]:
        more = Supply(
            (*supply.ids, "new"),
            np.append(supply.lons, gap.site.lon),
            np.append(supply.lats, gap.site.lat),
            np.append(supply.confirmed, True),
            np.append(supply.possible, True),
        )
        after = coverage(TERRITORY, demand, more, radius_m).total.confirmed.people
        assert thousandths(after) - thousandths(before) == thousandths(gap.site_people)


@settings(max_examples=15)
@given(demands(), supplies(), RADII)
def test_no_other_cell_of_a_gap_is_a_better_site(demand: Demand, supply: Supply, radius_m: float) -> None:
    if not demand.cell_m:
        return  # people at points are taken to be all over their cells, and so are better served from elsewhere
    served = demand.people - uncovered(demand, supply, radius_m)
    for gap in gaps(TERRITORY, demand, supply, radius_m).gaps[:3]:
        adds = [
            np.maximum(within(demand, demand.people, lon, lat, radius_m) - served, 0).sum()
            for lon, lat in zip(TERRITORY.lons[gap.rows], TERRITORY.lats[gap.rows], strict=True)
        ]
        # Where a metre is open on the plane, the larger share of a cell at the rim is taken while searching.
        assert max(adds) * 0.998 <= thousandths(gap.site_people) <= max(adds)


@settings(max_examples=25)
@given(demands(), supplies(), RADII)
def test_a_gap_is_one_piece_of_one_district_about_as_large_as_a_station_serves(
    demand: Demand, supply: Supply, radius_m: float
) -> None:
    grid = TERRITORY.grid
    spacing_m = max(SPACING * radius_m, 1000)
    for gap in gaps(TERRITORY, demand, supply, radius_m).gaps:
        cells = TERRITORY.cells[gap.rows]
        assert gap.polygon.geom_type == "Polygon"
        assert gap.polygon.is_valid
        on_plane = shapely.transform(gap.polygon, lambda degrees: np.column_stack(grid.plane.xy(*degrees.T)))
        assert on_plane.area == pytest.approx(len(cells) * grid.cell_m**2, rel=1e-9)
        assert 0 < gap.area_km2 <= on_plane.area / 1e6 * (1 + 1e-9)
        assert shapely.contains_xy(gap.polygon, TERRITORY.lons[gap.rows], TERRITORY.lats[gap.rows]).all()
        assert len(set(TERRITORY.districts[gap.rows])) == 1
        assert TERRITORY.codes[TERRITORY.districts[gap.rows[0]]] in gap.districts
        xs, ys = grid.centres_m(cells)
        assert np.hypot(np.ptp(xs), np.ptp(ys)) <= 2 * spacing_m * np.sqrt(2)


@settings(max_examples=30)
@given(supplies(), RADII, st.randoms())
def test_the_order_of_places_and_stations_changes_nothing(supply: Supply, radius_m: float, random: Any) -> None:
    rng = np.random.default_rng(5)
    lons, lats, weights = rng.uniform(117.1, 117.2, 50), rng.uniform(34.2, 34.25, 50), rng.uniform(0.1, 9, 50)
    order, stations = np.arange(50), np.arange(len(supply))
    rng.shuffle(order)
    random.shuffle(stations)
    first = gaps(TERRITORY, Demand.at(TERRITORY, lons, lats, weights, SOURCE), supply, radius_m)
    again = Demand.at(TERRITORY, lons[order], lats[order], weights[order], SOURCE)
    second = gaps(TERRITORY, again, supply.chosen(stations), radius_m)
    assert [facts(gap) for gap in first.gaps] == [facts(gap) for gap in second.gaps]


def facts(gap: Any) -> tuple[Any, ...]:
    metres_left = None if gap.nearest_m is None else round(gap.nearest_m, 6)
    return gap.people, gap.site, gap.site_people, gap.districts, metres_left, gap.rows.tolist(), gap.polygon.wkt


@given(st.integers(0, 999), st.integers(2, 12))
def test_patches_are_those_a_flood_finds(seed: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    cells = np.flatnonzero(rng.random(columns * 10) < 0.6)
    kinds = rng.integers(0, 2, len(cells))
    labels = label_clusters(cells, columns, kinds)
    assert as_sets(cells, labels) == as_sets(cells, flooded(cells, columns, kinds))


def as_sets(cells: Cells, labels: Any) -> set[frozenset[int]]:
    labels = np.asarray(labels)
    return {frozenset(cells[labels == label].tolist()) for label in np.unique(labels)}


def flooded(cells: Cells, columns: int, kinds: Cells) -> list[int]:
    kind_of = dict(zip(cells.tolist(), kinds.tolist(), strict=True))
    label_of: dict[int, int] = {}
    for start in kind_of:
        wet = deque([start] if start not in label_of else [])
        label_of.setdefault(start, start)
        while wet:
            cell = wet.popleft()
            aside = [cell - 1] * (cell % columns > 0) + [cell + 1] * (cell % columns < columns - 1)
            for other in (*aside, cell - columns, cell + columns):
                if kind_of.get(other) == kind_of[cell] and other not in label_of:
                    label_of[other] = start
                    wet.append(other)
    return [label_of[cell] for cell in kind_of]


@settings(max_examples=20)
@given(st.integers(0, 999), st.sampled_from([300.0, 1000.0, 5000.0, 50_000.0]))
def test_parts_of_divided_ground_stay_inside_patches_near_a_seed_and_in_one_piece(seed: int, spacing_m: float) -> None:
    rng = np.random.default_rng(seed)
    grid = TERRITORY.grid
    cells = TERRITORY.cells[rng.random(len(TERRITORY)) < 0.7]
    patches = label_clusters(cells, grid.columns, np.zeros(len(cells), dtype=np.int64))
    parts = split_clusters(grid, cells, patches, rng.integers(0, 5, len(cells)), spacing_m)
    assert as_sets(cells, parts) == as_sets(cells, flooded(cells, grid.columns, parts))
    xs, ys = grid.centres_m(cells)
    for part in np.unique(parts):
        inside = parts == part
        assert len(set(patches[inside])) == 1
        patch = patches == patches[inside][0]
        ways = np.hypot(xs[inside, np.newaxis] - xs[patch], ys[inside, np.newaxis] - ys[patch])
        assert ways.max(axis=0).min() <= spacing_m
        if np.hypot(np.ptp(xs[patch]), np.ptp(ys[patch])) <= spacing_m:
            assert inside.sum() == patch.sum()


def at(moment: str, *among: Any) -> tuple[Supply, Any]:
    supply = Supply.of(among)
    return Supply.of(among, at=datetime.fromisoformat(moment).replace(tzinfo=ZONE)), week_of(among, supply, MONDAY)


def test_a_gap_of_the_night_names_the_hours_when_the_station_is_shut() -> None:
    residents = Demand.spread(TERRITORY, {"320302": 40_000}, SOURCE)
    night, week = at("2026-11-25T02:00", station("day", 117.125, 34.225, hours="08:00-18:00"))
    found = gaps(TERRITORY, residents, night, 5000, week=week)
    assert found.people == 40_000
    assert {gap.hours for gap in found.gaps} == {(*range(8), *range(18, 24))}


def test_an_hour_served_on_most_days_is_no_gap_and_one_served_on_few_is() -> None:
    residents = Demand.spread(TERRITORY, {"320302": 40_000}, SOURCE)
    workdays, week = at("2026-11-28T10:00", station("office", 117.125, 34.225, hours="Mo-Fr 09:00-12:00; Sa off"))
    assert gaps(TERRITORY, residents, workdays, 5000, week=week).gaps[0].hours == (*range(9), *range(12, 24))
    weekends, week = at("2026-11-25T10:00", station("market", 117.125, 34.225, hours="Sa,Su 09:00-12:00"))
    assert gaps(TERRITORY, residents, weekends, 5000, week=week).gaps[0].hours == tuple(range(24))


def test_the_low_and_the_high_figure_bound_the_hours() -> None:
    residents = Demand.spread(TERRITORY, {"320302": 40_000}, SOURCE)
    stations = [station("a", 117.125, 34.225, hours="08:00-18:00"), station("b", 117.126, 34.225, hours=None)]
    supply, week = at("2026-11-25T02:00", *stations)
    assert len(gaps(TERRITORY, residents, supply, 5000, week=week).gaps[0].hours) == 14
    assert gaps(TERRITORY, residents, supply, 5000, week=week, possible=True).gaps == ()


def test_each_figure_has_its_own_hours() -> None:
    residents = Demand.spread(TERRITORY, {"320302": 40_000}, SOURCE)
    asked = station("b", 117.126, 34.225, hours="06:00-20:00", access={"who": "unknown"})
    supply, week = at("2026-11-25T02:00", station("a", 117.125, 34.225, hours="08:00-18:00"), asked)
    confirmed, possible = (gaps(TERRITORY, residents, supply, 5000, week=week, possible=side) for side in (False, True))
    assert confirmed.gaps[0].hours == (*range(8), *range(18, 24))
    assert possible.gaps[0].hours == (*range(6), *range(20, 24))


def one_in_the_middle(**flags: bool) -> Supply:
    confirmed, possible = np.array([flags.get("confirmed", True)]), np.array([True])
    return Supply(("one",), np.array([117.15]), np.array([34.225]), confirmed, possible)


RESIDENTS = Demand.spread(TERRITORY, {"320302": 40_000, "320303": 30_000, "320322": 7}, SOURCE)


def test_where_everybody_is_in_reach_there_is_no_gap() -> None:
    found = gaps(TERRITORY, RESIDENTS, one_in_the_middle(), 100_000)
    assert (found.gaps, found.people, found.area_km2) == ((), 0, 0)


@pytest.mark.parametrize(
    "supply", [one_in_the_middle().chosen(np.array([], dtype=np.int64)), one_in_the_middle(confirmed=False)]
)
def test_without_a_station_that_counts_everything_is_a_gap_with_none_nearest(supply: Supply) -> None:
    found = gaps(TERRITORY, RESIDENTS, supply, 1000)
    assert found.people == 70_007
    assert found.area_km2 == pytest.approx(TERRITORY.area_km2)
    assert {gap.nearest_id for gap in found.gaps} == {None}


def test_ground_where_nobody_is_counts_as_uncovered_but_is_no_gap() -> None:
    one = Demand.at(TERRITORY, np.array([117.11]), np.array([34.21]), np.array([12.5]), SOURCE)
    found = gaps(TERRITORY, one, one_in_the_middle(), 1000)
    assert [gap.people for gap in found.gaps] == [12.5]
    assert found.area_km2 > 40


def test_people_beyond_the_radius_in_a_cell_within_it_are_in_a_gap_with_that_cell() -> None:
    row = int(np.argmin(metres(TERRITORY.lons, TERRITORY.lats, 117.165, 34.225)))
    lon, lat = TERRITORY.lons[row], TERRITORY.lats[row]
    further = np.array([lon + 1e-3]), np.array([lat])
    one = Demand.at(TERRITORY, *further, np.array([3.0]), SOURCE)
    assert one.rows.tolist() == [row]
    middle_m, place_m = metres([lon, *further[0]], [lat, lat], 117.15, 34.225)
    found = gaps(TERRITORY, one, one_in_the_middle(), float(middle_m + place_m) / 2)
    assert [(gap.people, row in gap.rows) for gap in found.gaps] == [(3, True)]


def test_gaps_too_small_to_be_listed_are_still_accounted_for() -> None:
    every = gaps(TERRITORY, RESIDENTS, one_in_the_middle(), 1000)
    some = gaps(TERRITORY, RESIDENTS, one_in_the_middle(), 1000, min_people=1000)
    assert 0 < len(some.gaps) < len(every.gaps)
    assert [gap.rank for gap in some.gaps] == [gap.rank for gap in every.gaps if gap.people >= 1000]
    assert listed(some) + thousandths(some.rest_people) == thousandths(some.people) == thousandths(every.people)


def listed(found: Gaps) -> int:
    return sum(thousandths(gap.people) for gap in found.gaps)


@pytest.mark.parametrize("radius_m", [0, -1, 100_001, float("nan")])
def test_a_radius_that_cannot_be_meant_is_refused(radius_m: float) -> None:
    with pytest.raises(InvalidAuditError, match="radius"):
        gaps(TERRITORY, RESIDENTS, one_in_the_middle(), radius_m)


@pytest.mark.parametrize("least", [-1, float("nan")])
def test_a_least_that_cannot_be_meant_is_refused(least: float) -> None:
    with pytest.raises(InvalidAuditError, match="fewest people"):
        gaps(TERRITORY, RESIDENTS, one_in_the_middle(), 1000, min_people=least)


def test_a_place_of_a_neighbouring_district_names_both() -> None:
    # 1 m west of the border, in a cell whose middle lies east of it or the other way round.
    borders = np.array([117.15 - 1e-5, 117.15 + 1e-5])
    people = Demand.at(TERRITORY, borders, np.array([34.24, 34.24]), np.array([5.0, 5.0]), SOURCE)
    found = gaps(TERRITORY, people, replace(one_in_the_middle(), confirmed=np.array([False])), 1000)
    assert {code for gap in found.gaps for code in gap.districts} == {"320302", "320303"}
    assert max(len(gap.districts) for gap in found.gaps) == 2


def test_the_city_falls_into_gaps_that_hold_all_its_uncovered_people_and_none_of_which_is_most_of_it() -> None:
    areas = read_counties((ROOT / "data/areas/counties.geojson").read_bytes())
    territory = Territory.of(areas, 500)
    supply = Supply.of(registry.parse((ROOT / "data/stations.geojson").read_bytes()).stations)
    demand = Demand.spread(territory, dict.fromkeys(territory.codes, 900_001), SOURCE)
    found = gaps(territory, demand, supply, 1000)
    total = coverage(territory, demand, supply, 1000).total
    assert listed(found) == thousandths(total.people) - thousandths(total.confirmed.people)
    assert found.gaps[0].people < found.people / 20
    assert max(gap.area_km2 for gap in found.gaps) < 3 * np.pi
