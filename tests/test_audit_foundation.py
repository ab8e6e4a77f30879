"""The audit's foundation: true areas, true distances, exact sums, and figures that move the way they must."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, get_args

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from stationmap.audit.demand.census import residents
from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.reach import nearest_m
from stationmap.audit.inputs.supply import Certainty, Requirements, Supply, week_of
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import pairs
from stationmap.audit.metrics.coverage import Coverage, CoverageCounter, WeightedPoints, added, coverage, figures
from stationmap.audit.metrics.hourly_coverage import hourly_coverage, unpacked
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import PointIndex
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.checks.quality import read_counties
from stationmap.registry.registry import Registry, parse
from tests.conftest import ROOT

GEOD = Geod(ellps="WGS84")
MONDAY = datetime(2026, 1, 12, tzinfo=ZONE)
TOWN = Territory.of(
    {"b": shapely.box(117.23, 34.25, 117.27, 34.31), "a": shapely.box(117.2, 34.25, 117.23, 34.31)}, 400
)
SOURCE = Source("points", "made up")


@pytest.fixture(scope="module")
def counties() -> dict[str, shapely.Geometry]:
    return read_counties((ROOT / "data" / "areas" / "counties.geojson").read_bytes())


@pytest.fixture(scope="module")
def city(counties: dict[str, shapely.Geometry]) -> Territory:
    return Territory.of(counties, 250)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return parse((ROOT / "data" / "stations.geojson").read_bytes())


def supply_at(
    lons: Floats, lats: Floats, confirmed: np.ndarray | None = None, possible: np.ndarray | None = None
) -> Supply:
    everyone = np.ones(len(lons), dtype=bool)
    possible = everyone if possible is None else possible
    ids = tuple(f"s{row}" for row in range(len(lons)))
    return Supply(
        ids,
        np.asarray(lons, float),
        np.asarray(lats, float),
        possible if confirmed is None else confirmed & possible,
        possible,
    )


# --- areas and distances ---


def test_cells_are_of_equal_area_wherever_they_lie(city: Territory) -> None:
    some = np.linspace(0, len(city) - 1, 500).astype(int)
    squares = city.grid.squares(city.cells[some])
    areas = []
    for square in squares:
        lons, lats = city.grid.plane.lon_lat(*np.array(square.exterior.coords[:-1]).T)
        areas.append(abs(GEOD.polygon_area_perimeter(lons, lats)[0]))
    assert np.abs(np.array(areas) / 250**2 - 1).max() < 1e-5


def test_the_cells_make_up_the_area_of_their_districts(city: Territory) -> None:
    for at, polygon in enumerate(city.polygons):
        area_m2, perimeter_m = GEOD.geometry_area_perimeter(polygon)
        # A cell on the border is in or out by its middle: an error with a variance of at most a quarter of a cell.
        deviation = np.sqrt(perimeter_m / 250 / 4)
        assert int((city.districts == at).sum()) == pytest.approx(abs(area_m2) / 250**2, abs=4 * deviation)


def test_every_cell_lies_in_the_district_that_has_it_and_in_itself(city: Territory) -> None:
    assert (city.districts_of(city.lons, city.lats) == city.districts).all()
    assert (city.rows_at(city.lons, city.lats, city.districts) == np.arange(len(city))).all()


@settings(max_examples=60)
@given(st.floats(116.4, 118.6), st.floats(33.8, 34.9), st.floats(0, 360), st.floats(0.01, 5000))
def test_distances_are_geodesic_to_a_millionth(lon: float, lat: float, bearing: float, metres: float) -> None:
    other_lon, other_lat, _ = GEOD.fwd(lon, lat, bearing, metres)
    places, stations = (np.array([lon]), np.array([lat])), (np.array([other_lon]), np.array([other_lat]))
    found = pairs(*places, *stations, 5001)
    assert found.metres[0] == pytest.approx(metres, rel=1e-6, abs=1e-6)
    assert nearest_m(*places, PointIndex(*stations))[0, 0] == pytest.approx(metres, rel=1e-6, abs=1e-6)


def excess_of_area(crs: Any) -> float:
    """Return how much larger an area near Xuzhou is on a plane than on the ellipsoid, relative."""
    square = shapely.box(117.2, 34.3, 117.21, 34.31)
    lons, lats = shapely.get_coordinates(square).T
    on_plane = shapely.Polygon(np.column_stack(Transformer.from_crs(4326, crs, always_xy=True).transform(lons, lats)))
    return on_plane.area / abs(GEOD.geometry_area_perimeter(square)[0]) - 1


def test_areas_on_the_plane_of_the_cells_are_true_and_on_others_they_are_not(city: Territory) -> None:
    assert abs(excess_of_area(city.grid.plane.crs)) < 1e-6
    assert excess_of_area("EPSG:3857") == pytest.approx(0.469, abs=0.002)
    assert excess_of_area("EPSG:4547") == pytest.approx(0.0021, abs=0.0002)


@pytest.mark.parametrize(("cell_m", "points"), [(100, 0.1), (250, 0.3)])
@pytest.mark.parametrize("radius_m", [500, 2000])
def test_counting_middles_errs_little_against_an_exact_union_of_discs(
    counties: dict[str, shapely.Geometry], registry: Registry, cell_m: float, points: float, radius_m: float
) -> None:
    territory = Territory.of(counties, cell_m)
    supply = Supply.of(registry.stations)
    found = coverage(territory, residents(territory), supply, radius_m).total.possible.area_share
    plane = territory.grid.plane

    def on_plane(degrees: Floats) -> Floats:
        return np.column_stack(plane.xy(degrees[:, 0], degrees[:, 1]))

    sides = 96
    wider = radius_m * np.sqrt((2 * np.pi / sides) / np.sin(2 * np.pi / sides))  # a polygon of the disc's area
    bearings = np.arange(sides) * 360 / sides
    discs = []
    for lon, lat in zip(supply.lons[supply.possible], supply.lats[supply.possible], strict=True):
        lons, lats, _ = GEOD.fwd(np.full(sides, lon), np.full(sides, lat), bearings, np.full(sides, wider))
        discs.append(shapely.Polygon(on_plane(np.column_stack([lons, lats]))))
    ground = shapely.transform(shapely.union_all(list(counties.values())), on_plane)
    exact = shapely.disjoint_subset_union_all(discs).intersection(ground).area / ground.area
    assert found is not None
    assert abs(found - exact) * 100 <= points


# --- which stations count ---


def station(number: int, **properties: object) -> dict[str, object]:
    usual = {"name": "n", "category": "outdoor_worker", "district": "320302", "access": {"who": "public"}, **properties}
    place = {"type": "Point", "coordinates": [117.2, 34.28]}
    return {"type": "Feature", "id": f"s{number}", "geometry": place, "properties": usual}


def judged(asked: Requirements, at: datetime | None = None, **properties: object) -> tuple[bool, bool]:
    document = {"type": "FeatureCollection", "stationmap": {"format": 1}, "features": [station(1, **properties)]}
    supply = Supply.of(parse(json.dumps(document).encode()).stations, asked, at)
    return bool(supply.confirmed[0]), bool(supply.possible[0])


YES, PERHAPS, NO = (True, True), (False, True), (False, False)
NIGHT = datetime(2026, 1, 15, 2, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("asked", "properties", "answer"),
    [
        ({}, {}, YES),
        ({}, {"status": "suspended"}, NO),
        ({}, {"status": "planned"}, NO),
        ({"facilities": {"hot_water"}}, {"facilities": {"hot_water": True}}, YES),
        ({"facilities": {"hot_water"}}, {"facilities": {"hot_water": False}}, NO),
        ({"facilities": {"hot_water"}}, {}, PERHAPS),
        ({"facilities": {"hot_water", "toilet"}}, {"facilities": {"hot_water": True}}, PERHAPS),
        ({"facilities": {"hot_water", "toilet"}}, {"facilities": {"toilet": False}}, NO),
        ({"categories": {"culture"}}, {}, NO),
        ({"categories": {"culture", "outdoor_worker"}}, {}, YES),
        ({}, {"access": {"who": "unknown"}}, PERHAPS),
        ({}, {"access": {"who": "staff"}}, NO),
        ({"who": {"public"}}, {"access": {"who": "members"}}, NO),
        ({}, {"category": "carnation", "access": {"who": "members"}}, NO),
        ({}, {"category": "carnation"}, YES),
    ],
)
def test_a_station_counts_surely_possibly_or_not_at_all(asked, properties, answer) -> None:  # type: ignore[no-untyped-def]
    assert judged(Requirements(**{name: frozenset(codes) for name, codes in asked.items()}), **properties) == answer


@pytest.mark.parametrize(("hours", "answer"), [("24/7", YES), ("Mo-Su 08:00-18:00", NO), (None, PERHAPS)])
def test_at_a_moment_unknown_hours_count_as_possible_only(hours: str | None, answer: tuple[bool, bool]) -> None:
    assert judged(Requirements(), NIGHT, hours=hours) == answer
    assert judged(Requirements(), hours=hours) == YES


@pytest.mark.parametrize(
    ("hours", "answer"),
    [("Mo-Su 08:00-22:00", PERHAPS), ("Mo-Su,PH 08:00-22:00", YES), ("24/7", YES), ("08:00-22:00; PH off", NO)],
)
def test_on_a_holiday_hours_that_say_nothing_of_it_count_as_possible_only(
    hours: str, answer: tuple[bool, bool]
) -> None:
    assert judged(Requirements(), datetime(2026, 10, 6, 10, tzinfo=ZONE), hours=hours) == answer
    awaited = PERHAPS if answer == NO else answer
    assert judged(Requirements(), datetime(2027, 10, 6, 10, tzinfo=ZONE), hours=hours) == awaited
    assert judged(Requirements(), datetime(2026, 12, 18, 10, tzinfo=ZONE), hours=hours) == YES


@pytest.mark.parametrize("monday", [MONDAY, datetime(2026, 9, 28, tzinfo=ZONE), datetime(2027, 2, 8, tzinfo=ZONE)])
def test_an_hour_counts_by_the_state_in_which_it_begins(registry: Registry, monday: datetime) -> None:
    some = registry.stations[::60]
    always = Supply.of(some)
    tables = [unpacked(each) for each in week_of(some, always, monday.date())]
    for hour in range(0, 168, 5):
        then = Supply.of(some, Requirements(), monday + timedelta(hours=hour))
        assert (tables[0][:, hour] == then.confirmed).all()
        assert (tables[1][:, hour] == then.possible).all()


def test_what_cannot_be_asked_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidAuditError, match="facility: no such code: sauna"):
        Requirements(facilities=frozenset({"sauna"}))
    with pytest.raises(InvalidAuditError, match="time zone"):
        Supply.of(registry.stations, Requirements(), datetime(2026, 1, 15, 2))  # noqa: DTZ001
    with pytest.raises(InvalidAuditError, match="is no Monday"):
        week_of(registry.stations, Supply.of(registry.stations), NIGHT.date())


# --- exactness ---


@st.composite
def towns(draw: st.DrawFn) -> tuple[Demand, Supply]:
    """People and stations in and around a town of two districts."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    people, stations = draw(st.integers(1, 40)), draw(st.integers(0, 12))
    lons, lats = rng.uniform(117.2, 117.27, people), rng.uniform(34.25, 34.31, people)
    weights = np.round(rng.exponential(20, people), 3) + 0.001
    possible = rng.random(stations) < 0.8
    supply = supply_at(
        rng.uniform(117.19, 117.28, stations), rng.uniform(34.24, 34.32, stations), rng.random(stations) < 0.7, possible
    )
    return Demand.at(TOWN, lons, lats, weights, SOURCE), supply


RADII = st.floats(1, 9000)


def matrix_m(demand: Demand, supply: Supply, flags: np.ndarray) -> Floats:
    """Every distance, by the geodesic of pyproj, shape (places, stations)."""
    shape = (len(demand), int(flags.sum()))
    lons, lats = (np.repeat(each, shape[1]) for each in (demand.lons, demand.lats))
    others = (np.tile(each[flags], shape[0]) for each in (supply.lons, supply.lats))
    return np.asarray(GEOD.inv(lons, lats, *others)[2]).reshape(shape)


@settings(max_examples=60)
@given(towns(), RADII)
def test_coverage_is_what_a_full_matrix_of_distances_says(town: tuple[Demand, Supply], radius_m: float) -> None:
    demand, supply = town
    found = coverage(TOWN, demand, supply, radius_m)
    for side, flags in ((found.total.confirmed, supply.confirmed), (found.total.possible, supply.possible)):
        metres = matrix_m(demand, supply, flags)
        for at_least, share in enumerate(side.shares_by_count, start=1):
            covered = demand.people[(metres <= radius_m).sum(axis=1) >= at_least].sum()
            assert share == covered / demand.people.sum()
        if flags.any():
            nearest = metres.min(axis=1)
            assert side.mean_m == pytest.approx(np.average(nearest, weights=demand.people), abs=0.5)
            for share, quantile in ((0.5, side.p50_m), (0.9, side.p90_m), (0.95, side.p95_m)):
                order = np.argsort(nearest)
                row = np.searchsorted(np.cumsum(demand.people[order]), share * demand.people.sum())
                assert quantile == pytest.approx(nearest[order][row], abs=1)
        else:
            assert (side.mean_m, side.p50_m, side.people) == (None, None, 0)


@settings(max_examples=60)
@given(towns(), RADII)
def test_pairs_are_all_places_and_stations_within_the_radius_and_no_others(town, radius_m) -> None:  # type: ignore[no-untyped-def]
    demand, supply = town
    found = pairs(demand.lons, demand.lats, supply.lons, supply.lats, radius_m)
    metres = matrix_m(demand, supply, np.ones(len(supply), dtype=bool))
    places, stations = np.nonzero(metres <= radius_m)
    assert (found.places.tolist(), found.stations.tolist()) == (places.tolist(), stations.tolist())
    assert found.metres == pytest.approx(metres[places, stations], rel=1e-6, abs=1e-6)


def test_a_place_is_in_reach_at_the_very_radius_and_not_beyond() -> None:
    lon, lat = 117.22, 34.28
    demand = Demand.at(TOWN, np.array([lon]), np.array([lat]), np.array([1.0]), SOURCE)
    for metres, reached in ((999.99, 1), (1000.01, 0)):
        east, north, _ = GEOD.fwd(lon, lat, 40, metres)
        assert len(pairs(demand.lons, demand.lats, np.array([east]), np.array([north]), 1000).places) == reached
        assert (
            coverage(TOWN, demand, supply_at(np.array([east]), np.array([north])), 1000).total.confirmed.share
            == reached
        )


def test_a_place_on_a_border_is_counted_in_the_nearest_cell_of_the_territory() -> None:
    lons, lats = np.full(200, 117.2 + 1e-6), np.linspace(34.2501, 34.3099, 200)
    rows = TOWN.rows_at(lons, lats, TOWN.districts_of(lons, lats))
    xs, ys = TOWN.grid.plane.xy(lons, lats)
    middle_xs, middle_ys = TOWN.grid.centres_m(TOWN.cells)
    chosen = np.hypot(middle_xs[rows] - xs, middle_ys[rows] - ys)
    nearest = np.hypot(middle_xs[:, None] - xs, middle_ys[:, None] - ys).min(axis=0)
    assert chosen == pytest.approx(nearest)


def same(one: Coverage, other: Coverage) -> bool:
    return one.total == other.total and one.districts == other.districts


@settings(max_examples=40)
@given(towns(), RADII, st.randoms(use_true_random=False), st.integers(1, 50))
def test_the_order_of_rows_and_the_size_of_batches_change_nothing(town, radius_m, random, size) -> None:  # type: ignore[no-untyped-def]
    demand, supply = town
    usual = coverage(TOWN, demand, supply, radius_m)
    order = np.array(random.sample(range(len(demand)), len(demand)))
    shuffled = Demand(
        *(getattr(demand, name)[order] for name in ("lons", "lats", "people", "districts", "rows")), SOURCE
    )  # type: ignore[misc]
    turned = supply.chosen(np.array(random.sample(range(len(supply)), len(supply)), dtype=np.int64))
    assert same(usual, coverage(TOWN, shuffled, turned, radius_m))
    counter = CoverageCounter(supply, len(TOWN.codes), radius_m)
    parts = list(map(counter, WeightedPoints.of(TOWN, demand).batches(size)))
    random.shuffle(parts)
    assert same(usual, figures(added(parts, len(TOWN.codes)), TOWN.codes, TOWN.grid.cell_km2))


@settings(max_examples=40)
@given(towns(), RADII)
def test_districts_add_up_to_the_total(town: tuple[Demand, Supply], radius_m: float) -> None:
    found = coverage(TOWN, *town, radius_m)
    each = found.districts.values()
    thousandths = [round(1000 * figures.people) for figures in each]
    assert sum(thousandths) == round(1000 * found.total.people) == town[0].people.sum()
    for side in get_args(Certainty):
        served = [round(1000 * getattr(figures, side).people) for figures in each]
        assert sum(served) == round(1000 * getattr(found.total, side).people)
    assert sum(figures.area_km2 for figures in each) == pytest.approx(TOWN.area_km2) == found.total.area_km2


# --- the way figures must move ---


def shares(found: Coverage) -> np.ndarray:
    """Shares of people by count, and of area, of the total and of every district that somebody lives in."""
    rows = [found.total, *(each for each in found.districts.values() if each.people)]
    return np.array(
        [[*side.shares_by_count, side.area_share] for each in rows for side in (each.confirmed, each.possible)]
    )


@settings(max_examples=40)
@given(towns(), RADII, RADII)
def test_a_wider_radius_never_covers_less(town: tuple[Demand, Supply], one_m: float, other_m: float) -> None:
    near, far = (coverage(TOWN, *town, radius_m) for radius_m in sorted((one_m, other_m)))
    assert (shares(near) <= shares(far)).all()


@settings(max_examples=40)
@given(towns(), RADII)
def test_more_in_reach_is_never_more_common_and_sure_never_exceeds_possible(town, radius_m) -> None:  # type: ignore[no-untyped-def]
    found = shares(coverage(TOWN, *town, radius_m))
    assert (np.diff(found[:, :-1], axis=1) <= 0).all()
    assert (found[0::2] <= found[1::2]).all()


@settings(max_examples=40)
@given(towns(), RADII, st.data())
def test_removing_a_station_never_raises_and_adding_it_never_lowers(town, radius_m, data) -> None:  # type: ignore[no-untyped-def]
    demand, supply = town
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(supply), max_size=len(supply))), dtype=bool)
    fewer, more = coverage(TOWN, demand, supply.chosen(kept), radius_m), coverage(TOWN, demand, supply, radius_m)
    assert (shares(fewer) <= shares(more)).all()
    for side in get_args(Certainty):
        one, other = getattr(fewer.total, side), getattr(more.total, side)
        if one.mean_m is not None:
            assert other.mean_m <= one.mean_m
            assert other.p90_m <= one.p90_m


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hour=st.integers(0, 167))
def test_an_hour_of_the_week_is_that_moment_and_never_exceeds_all_day(registry: Registry, hour: int) -> None:
    stations = registry.stations[::5]
    always = Supply.of(stations)
    lons, lats = always.lons, always.lats
    area = {"all": shapely.box(lons.min() - 0.01, lats.min() - 0.01, lons.max() + 0.01, lats.max() + 0.01)}
    territory = Territory.of(area, 2000)
    demand = Demand.spread(territory, {"all": 1_000_003}, SOURCE)
    moment = MONDAY + timedelta(hours=hour)
    then = coverage(territory, demand, Supply.of(stations, Requirements(), moment), 3000).total
    all_day = coverage(territory, demand, always, 3000).total
    table = hourly_coverage(territory, demand, always, week_of(stations, always, MONDAY.date()), 3000)
    assert table.confirmed[:, hour].sum() == round(1000 * then.confirmed.people)
    assert table.possible[:, hour].sum() == round(1000 * then.possible.people)
    assert then.confirmed.people <= all_day.confirmed.people
    assert then.possible.people <= all_day.possible.people
    assert table.people.sum() == 1_000_003_000


# --- what is odd, and what is wrong ---

PEOPLE = Demand.spread(TOWN, {"a": 1000, "b": 2000}, SOURCE)


@pytest.mark.parametrize("flags", [np.zeros(0, dtype=bool), np.zeros(3, dtype=bool)], ids=["no stations", "all closed"])
def test_without_a_station_that_counts_coverage_is_nothing_and_distances_are_unknown(flags: np.ndarray) -> None:
    n = len(flags)
    found = coverage(TOWN, PEOPLE, supply_at(np.full(n, 117.22), np.full(n, 34.28), flags, flags), 1000).total
    for side in (found.confirmed, found.possible):
        assert (side.people, side.share, side.area_share) == (0, 0, 0)
        assert (side.mean_m, side.p50_m, side.p90_m, side.p95_m) == (None, None, None, None)


@pytest.mark.parametrize("radius_m", [0, -1, float("nan"), float("inf"), 100_001])
def test_a_radius_that_cannot_be_meant_is_refused(radius_m: float) -> None:
    with pytest.raises(InvalidAuditError, match="a radius is above 0 and at most 100,000 m"):
        coverage(TOWN, PEOPLE, supply_at([117.22], [34.28]), radius_m)


def test_a_radius_of_100_km_covers_the_town() -> None:
    found = coverage(TOWN, PEOPLE, supply_at([117.9], [34.28]), 100_000).total.confirmed
    assert (found.share, found.area_share) == (1, 1)


def test_a_district_where_nobody_lives_has_no_share_of_people() -> None:
    demand = Demand.at(TOWN, np.array([117.21]), np.array([34.28]), np.array([5.0]), SOURCE)
    found = coverage(TOWN, demand, supply_at([117.21], [34.28]), 1000).districts["b"]
    assert (found.people, found.confirmed.share, found.confirmed.mean_m) == (0, None, None)


@pytest.mark.parametrize("cell_m", [0, 9.9, 100_001, float("nan")])
def test_cells_that_cannot_be_meant_are_refused(cell_m: float) -> None:
    with pytest.raises(InvalidAuditError, match="a cell is"):
        Territory.of({"a": shapely.box(117, 34, 118, 35)}, cell_m)


def test_an_area_too_small_for_its_cells_or_no_area_at_all_is_refused() -> None:
    with pytest.raises(InvalidAuditError, match="larger than the area"):
        Territory.of({"a": shapely.box(117.001, 34.001, 117.002, 34.002)}, 50_000)
    with pytest.raises(InvalidAuditError, match="no area"):
        Territory.of({}, 250)


def test_areas_of_one_shape_or_one_within_the_other_are_refused_by_name() -> None:
    square = shapely.box(117, 34, 117.1, 34.1)
    for other in (square, shapely.box(117.02, 34.02, 117.06, 34.06), shapely.box(116.9, 34, 117.06, 34.1)):
        with pytest.raises(InvalidAuditError, match=r"\d+% of (410103|410102) lies in (410103|410102) too"):
            Territory.of({"410103": square, "410102": other}, 500)
    # An error of drawing is none: every cell is in one of both.
    drawn = Territory.of({"410103": square, "410102": shapely.box(117.099, 34, 117.2, 34.1)}, 500)
    assert len(drawn) == len(set(drawn.cells.tolist()))


def test_where_areas_overlap_the_figures_say_whose_the_people_are() -> None:
    areas = {"110000": shapely.box(116, 34, 117, 34.5), "130000": shapely.box(116.5, 34.4, 117.2, 34.9)}
    ((code, earlier, share),) = Territory.of(areas, 1_000.0).overlaps
    assert (code, earlier) == ("130000", "110000")
    assert share == pytest.approx(0.5 * 0.1 / (0.7 * 0.5), abs=0.02)
    assert Territory.of({"110000": areas["110000"]}, 1_000.0).overlaps == ()
    with pytest.raises(InvalidAuditError, match=r"100% of 130000 lies in 110000 too"):
        Territory.of(areas | {"130000": shapely.box(116.2, 34.1, 116.5, 34.4)}, 1_000.0)
