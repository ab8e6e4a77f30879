"""What is proposed: against the plain definition in metres, in whatever order, and for whatever is asked wrongly."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import box

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, Source
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.siting import Candidates, forbidden_areas, longer_hours, max_coverage, p_median, set_cover
from stationmap.audit.siting.p_median import base_m
from stationmap.audit.siting.solvers.candidate_pairs import closer_than, count_pairs, near
from stationmap.audit.studies.landmarks import Landmarks, direction
from stationmap.audit.studies.propose import SitingRequest, cells_to_build_on, propose, with_landmarks
from stationmap.audit.studies.study import Study
from stationmap.datum import Datum, from_wgs84
from stationmap.errors import InvalidAuditError
from stationmap.registry.store import load
from stationmap.resources import demo_registry

GEOD = Geod(ellps="WGS84")
WEST, SOUTH, EAST, NORTH = 117.10, 34.20, 117.20, 34.28  # about 9 km x 9 km
RADIUS_M = 2_000.0


@pytest.fixture(scope="module")
def territory() -> Territory:
    middle = (WEST + EAST) / 2
    return Territory.of({"320302": box(WEST, SOUTH, middle, NORTH), "320303": box(middle, SOUTH, EAST, NORTH)}, 1_000.0)


def supply_at(places: list[tuple[float, float]], confirmed: bool = True) -> Supply:
    lons, lats = np.array(places, dtype=float).reshape(-1, 2).T.copy()
    flags = np.full(len(places), confirmed)
    return Supply(tuple(f"s{at}" for at in range(len(places))), lons, lats, flags, np.ones(len(places), dtype=bool))


def town(territory: Territory, seed: int, candidates: int = 9, people: int = 60, stations: int = 3):
    rng = np.random.default_rng(seed)
    low, high = (WEST + 0.002, SOUTH + 0.002), (EAST - 0.002, NORTH - 0.002)
    lons, lats = rng.uniform(low, high, (people, 2)).T.copy()
    demand = Demand.at(territory, lons, lats, rng.integers(1, 500, people).astype(float), Source("points", "a town"))
    there = rng.uniform(low, high, (candidates, 2)).T.copy()
    places = Candidates.at([f"c{at:02}" for at in range(candidates)], *there, territory)
    return demand, supply_at([tuple(at) for at in rng.uniform(low, high, (stations, 2)).tolist()]), places


def metres(lons, lats, other_lons, other_lats) -> np.ndarray:
    one, other = np.meshgrid(np.arange(len(lons)), np.arange(len(other_lons)), indexing="ij")
    found = GEOD.inv(lons[one.ravel()], lats[one.ravel()], other_lons[other.ravel()], other_lats[other.ravel()])[2]
    return np.asarray(found).reshape(one.shape)


def with_sites(supply: Supply, proposal) -> Supply:
    sites = supply_at([(site.lon, site.lat) for site in proposal.sites])
    return Supply(
        supply.ids + tuple(site.id for site in proposal.sites),
        *(
            np.concatenate([getattr(supply, name), getattr(sites, name)])
            for name in ("lons", "lats", "confirmed", "possible")
        ),
    )


@pytest.mark.parametrize("seed", range(4))
def test_maximum_coverage_is_that_of_enumeration_and_of_the_audit(territory, seed) -> None:
    demand, supply, places = town(territory, seed)
    proposal = max_coverage(demand, supply, places, 3, RADIUS_M)
    reached = (metres(demand.lons, demand.lats, supply.lons, supply.lats) <= RADIUS_M).any(axis=1)
    near_by = metres(demand.lons, demand.lats, places.lons, places.lats) <= RADIUS_M
    exact = max(
        int(demand.people[reached | near_by[:, list(choice)].any(axis=1)].sum())
        for choice in combinations(range(len(places)), 3)
    )
    assert proposal.proved and proposal.gap == 0
    assert proposal.value == proposal.bound == exact / THOUSANDTHS == proposal.sites[-1].people_in_all
    assert proposal.before == int(demand.people[reached].sum()) / THOUSANDTHS
    after = coverage(territory, demand, with_sites(supply, proposal), RADIUS_M, workers=1)
    assert after.total.confirmed.people == proposal.value


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_rises_ever_slower_to_the_value(territory, seed) -> None:
    demand, supply, places = town(territory, seed, candidates=30)
    proposal = max_coverage(demand, supply, places, 8, 1_000)
    values = [value for _, value in proposal.curve]
    assert [at for at, _ in proposal.curve] == list(range(len(proposal.sites) + 1))
    assert (values[0], values[-1]) == (proposal.before, proposal.value)
    steps = np.diff(values)
    assert (steps > 0).all() and (np.diff(steps) <= 1e-6).all()
    assert [site.people_added for site in proposal.sites] == pytest.approx(steps.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_proposals_are_the_same_in_whatever_order_rows_come(territory, seed) -> None:
    demand, supply, places = town(territory, seed, candidates=20)
    rng = np.random.default_rng(seed)
    rows, order, stations = (rng.permutation(len(each)) for each in (demand, places, supply))
    columns = (demand.lons, demand.lats, demand.people, demand.districts, demand.rows)
    shuffled = Demand(*(column[rows] for column in columns), demand.source)
    ids = [places.ids[at] for at in order]
    others = Candidates.at(ids, places.lons[order], places.lats[order], territory)
    one = (demand, supply, places), (shuffled, supply.chosen(stations), others)
    for ask in (
        lambda *given: max_coverage(*given, 5, 1_000, spacing_m=800),
        lambda *given: set_cover(*given, 0.6, 1_500),
        lambda *given: p_median(*given, 4),
    ):
        first, second = (ask(*given) for given in one)
        assert first.sites == second.sites
        assert (first.value, first.bound, first.curve) == (second.value, second.bound, second.curve)


@pytest.mark.parametrize("seed", range(3))
def test_the_p_median_is_that_of_enumeration(territory, seed) -> None:
    demand, supply, places = town(territory, seed, candidates=8)
    proposal = p_median(demand, supply, places, 3, cap_m=3_000)
    existing = metres(demand.lons, demand.lats, supply.lons, supply.lats).min(axis=1)
    to_places = np.rint(metres(demand.lons, demand.lats, places.lons, places.lats))
    base = np.rint(np.minimum(existing, 3_000))

    def mean(choice) -> float:
        return float(
            np.average(np.minimum(base, to_places[:, list(choice)].min(axis=1, initial=9e9)), weights=demand.people)
        )

    assert proposal.before == pytest.approx(mean(()), rel=1e-12)
    assert proposal.value == pytest.approx(min(map(mean, combinations(range(8), 3))), rel=1e-12)
    assert proposal.value == proposal.bound and proposal.proved


@pytest.mark.parametrize("seed", range(2))
def test_the_mean_way_without_the_sites_is_that_of_coverage_however_far_it_is(territory, seed) -> None:
    demand, _, places = town(territory, seed, candidates=8)
    far = supply_at([(118.5, 34.9)])
    proposal = p_median(demand, far, places, 3)
    assert proposal.before == coverage(territory, demand, far, RADIUS_M, workers=1).total.confirmed.mean_m > 100_000
    after = coverage(territory, demand, with_sites(far, proposal), RADIUS_M, workers=1)
    assert proposal.value == pytest.approx(after.total.confirmed.mean_m, rel=1e-12)
    assert "cap_m" not in proposal.parameters
    assert p_median(demand, supply_at([]), places, 1).parameters["cap_m"] == 10_000


def test_without_a_station_distances_begin_at_the_cap(territory) -> None:
    demand, _, places = town(territory, 1)
    proposal = p_median(demand, supply_at([]), places, 2, cap_m=5_000)
    assert proposal.before == 5_000
    assert proposal.value < 5_000


@pytest.mark.parametrize("seed", range(3))
def test_set_cover_needs_no_more_sites_than_enumeration(territory, seed) -> None:
    demand, supply, places = town(territory, seed)
    reached = (metres(demand.lons, demand.lats, supply.lons, supply.lats) <= RADIUS_M).any(axis=1)
    near_by = metres(demand.lons, demand.lats, places.lons, places.lats) <= RADIUS_M
    most = int(demand.people[reached | near_by.any(axis=1)].sum()) / int(demand.people.sum())
    share = int(most * 100) / 100

    def is_enough(choice) -> bool:
        inside = reached | near_by[:, list(choice)].any(axis=1)
        return int(demand.people[inside].sum()) >= share * int(demand.people.sum())

    least = next(n for n in range(10) if any(map(is_enough, combinations(range(len(places)), n))))
    proposal = set_cover(demand, supply, places, share, RADIUS_M)
    assert (proposal.value, proposal.bound, proposal.proved) == (least, least, True)


def test_a_share_that_is_reached_already_takes_no_site(territory) -> None:
    demand, supply, places = town(territory, 2, stations=20)
    proposal = set_cover(demand, supply, places, 0.05, 5_000)
    assert (proposal.sites, proposal.value, proposal.proved, proposal.gap) == ((), 0, True, 0)


def test_a_share_out_of_reach_says_how_far_the_candidates_go(territory) -> None:
    demand, _, places = town(territory, 2)
    with pytest.raises(InvalidAuditError, match=r"100\.0% of the people within 300 m.*together reach \d+\.\d%"):
        set_cover(demand, supply_at([]), places, 1.0, 300)


def test_sites_keep_their_distance_from_each_other_and_from_stations(territory) -> None:
    demand, supply, places = town(territory, 4, candidates=40)
    free = max_coverage(demand, supply, places, 6, 1_500)
    proposal = max_coverage(demand, supply, places, 6, 1_500, spacing_m=2_500)
    lons, lats = (np.array([getattr(site, name) for site in proposal.sites]) for name in ("lon", "lat"))
    apart = metres(lons, lats, lons, lats) + np.diag(np.full(len(lons), 9e9))
    assert apart.min() >= 2_500
    assert metres(lons, lats, supply.lons, supply.lats).min() >= 2_500
    assert proposal.value <= free.value
    assert proposal.value <= proposal.bound


def test_candidates_where_stations_stand_are_not_proposed(territory) -> None:
    demand, supply, _ = town(territory, 5)
    same = Candidates.at(supply.ids, supply.lons, supply.lats, territory)
    proposal = max_coverage(demand, supply, same, 2, RADIUS_M)
    assert proposal.sites == () and proposal.value == proposal.before == proposal.bound


def test_of_candidates_in_one_place_one_is_proposed(territory) -> None:
    demand, _supply, _ = town(territory, 5)
    same = Candidates.at(["b", "a", "c"], np.full(3, 117.15), np.full(3, 34.24), territory)
    proposal = max_coverage(demand, supply_at([]), same, 3, RADIUS_M)
    assert [site.id for site in proposal.sites] == ["a"]


def test_more_sites_than_candidates_are_all_that_help(territory) -> None:
    demand, _, places = town(territory, 6)
    proposal = max_coverage(demand, supply_at([]), places, 500, RADIUS_M)
    assert len(proposal.sites) <= len(places) and proposal.proved
    inside = metres(demand.lons, demand.lats, places.lons, places.lats) <= RADIUS_M
    assert proposal.value == int(demand.people[inside.any(axis=1)].sum()) / THOUSANDTHS


def test_possible_stations_count_only_where_asked_for(territory) -> None:
    demand, supply, places = town(territory, 7)
    unsure = supply_at(list(zip(supply.lons, supply.lats, strict=True)), confirmed=False)
    assert max_coverage(demand, unsure, places, 2, RADIUS_M).before == 0
    assert max_coverage(demand, unsure, places, 2, RADIUS_M, possible=True).before > 0


def test_phases_come_in_order_and_may_cancel(territory) -> None:
    demand, supply, places = town(territory, 8, candidates=30)
    told: list[tuple[float, str]] = []
    for ask, amount in ((max_coverage, 5), (set_cover, 0.3)):
        told.clear()
        ask(demand, supply, places, amount, 1_000, progress=lambda done, phase: told.append((done, phase)))
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[0] == (0.0, "pairs") and told[-1] == (1.0, "done")

    def cancel(done: float, phase: str) -> None:
        if phase == "swap":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        max_coverage(demand, supply, places, 5, 1_000, progress=cancel)


def hours_of(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flags = np.zeros((count, 192), dtype=np.uint8)
    for row in range(count):
        first, last = sorted(rng.integers(0, 25, 2).tolist())
        flags[row, :168].reshape(7, 24)[:, first:last] = 1
    packed = np.packbits(flags, axis=1, bitorder="little").view("<u8")
    return flags[:, :168].astype(bool), packed, packed


@pytest.mark.parametrize("block", ["day", "week"])
@pytest.mark.parametrize("seed", range(3))
def test_longer_hours_are_those_of_enumeration(territory, seed, block) -> None:
    demand, supply, _ = town(territory, seed, people=25, stations=4)
    is_open, *packed = hours_of(np.random.default_rng(seed), len(supply))
    proposal = longer_hours(demand, supply, tuple(packed), 2, RADIUS_M, block=block)
    near_by = metres(demand.lons, demand.lats, supply.lons, supply.lats) <= RADIUS_M

    def people_hours(opened: np.ndarray) -> int:
        return int((demand.people[:, None] * ((near_by.astype(int) @ opened.astype(int)) > 0)).sum())

    span = 24 if block == "day" else 168
    gains = {}
    before = people_hours(is_open)
    for row in range(len(supply)):
        for hour in range(span):
            opened = is_open.copy()
            opened[row, hour::span] = True
            gains[row, hour] = people_hours(opened) - before
    # Only openings at the same hour can get in each other's way; try the best of each hour with each other.
    best = 0
    for one, other in combinations([each for each, gain in gains.items() if gain], 2):
        if one[1] == other[1]:
            opened = is_open.copy()
            for row, hour in (one, other):
                opened[row, hour::span] = True
            best = max(best, people_hours(opened) - before)
        else:
            best = max(best, gains[one] + gains[other])
    assert proposal.before == before / THOUSANDTHS
    assert proposal.value == proposal.bound == (before + best) / THOUSANDTHS
    assert proposal.proved


def test_a_station_is_proposed_once_with_all_the_hours_it_is_to_add(territory) -> None:
    demand, supply, _ = town(territory, 3, stations=5)
    _, *packed = hours_of(np.random.default_rng(4), len(supply))
    names = {each: f"驿站 {each}" for each in supply.ids}
    proposal = longer_hours(demand, supply, tuple(packed), 10, RADIUS_M, names=names)
    assert len({site.id for site in proposal.sites}) == len(proposal.sites) < 10
    assert sum(len(site.hours) for site in proposal.sites) == 7 * 10  # an hour of the day on seven days
    assert [site.name for site in proposal.sites] == [names[site.id] for site in proposal.sites]
    assert proposal.sites[-1].people_in_all == proposal.value
    assert [at for at, _ in proposal.curve] == list(range(11))
    values = [proposal.before, *(site.people_in_all for site in proposal.sites)]
    assert [site.people_added for site in proposal.sites] == pytest.approx(np.diff(values).tolist())
    assert next(site.people_added for site in proposal.sites) == max(site.people_added for site in proposal.sites)


@pytest.mark.parametrize("possible", [False, True])
def test_longer_hours_start_from_what_the_table_of_hours_says_and_end_at_what_it_would_say(possible) -> None:
    study = Study.of_city(load(demo_registry()), cell_m=500, districts=["320302"])
    proposal = propose(study, SitingRequest("longer_hours", n=5, possible=possible, seconds=5))
    table = study.week.possible if possible else study.week.confirmed
    assert proposal.before == table.sum() / THOUSANDTHS
    longer = [mask.copy() for mask in study.hours]
    for site in proposal.sites:
        row = study.supply.ids.index(site.id)
        for hour in site.hours:
            for mask in longer:
                mask[row, hour // 64] |= np.uint64(1) << np.uint64(hour % 64)
    after = hourly_coverage(
        study.territory, study.demand, study.supply_any_time, tuple(longer), study.question.radius_m
    )
    assert proposal.value == (after.possible if possible else after.confirmed).sum() / THOUSANDTHS


def test_hours_already_open_are_not_proposed(territory) -> None:
    demand, supply, _ = town(territory, 3)
    always = np.full((len(supply), 3), np.uint64(2**64 - 1))
    proposal = longer_hours(demand, supply, (always, always), 5, RADIUS_M)
    assert proposal.sites == () and proposal.proved


def test_a_station_that_may_be_open_is_not_asked_to_open(territory) -> None:
    demand, supply, _ = town(territory, 3)
    nothing, always = np.zeros((len(supply), 3), dtype=np.uint64), np.full((len(supply), 3), np.uint64(2**64 - 1))
    assert longer_hours(demand, supply, (nothing, always), 5, RADIUS_M).sites == ()
    assert longer_hours(demand, supply, (nothing, nothing), 5, RADIUS_M).sites != ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "sites can be proposed"),
        ({"n": -3}, "sites can be proposed"),
        ({"radius_m": 0.0}, "a radius is above 0"),
        ({"radius_m": float("nan")}, "a radius is above 0"),
        ({"spacing_m": -1.0}, "a spacing is 0 to"),
        ({"spacing_m": float("nan")}, "a spacing is 0 to"),
        ({"spacing_m": 90_000.0}, "less than 90000 m from an existing station"),
    ],
)
def test_what_cannot_be_meant_is_refused(territory, options, message) -> None:
    demand, supply, places = town(territory, 1)
    with pytest.raises(InvalidAuditError, match=message):
        max_coverage(demand, supply, places, **{"n": 2, "radius_m": 1_000.0, **options})


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_a_share_is_above_0_and_at_most_1(territory, share) -> None:
    with pytest.raises(InvalidAuditError, match="a share of the people"):
        set_cover(*town(territory, 1), share, 1_000)


def test_a_radius_of_100_km_reaches_everybody_by_one_site(territory) -> None:
    demand, _, places = town(territory, 1)
    proposal = max_coverage(demand, supply_at([]), places, 3, 100_000)
    assert len(proposal.sites) == 1 and proposal.value == demand.total


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(1, 20_000))
def test_pairs_are_all_within_each_ones_own_reach(seed, most) -> None:
    rng = np.random.default_rng(seed)
    lons, lats = rng.uniform((117, 34), (117.2, 34.2), (25, 2)).T.copy()
    other_lons, other_lats = rng.uniform((117, 34), (117.2, 34.2), (15, 2)).T.copy()
    reaches = rng.uniform(0, most, 25) * rng.integers(0, 2, 25)
    pairs = near(lons, lats, reaches, other_lons, other_lats)
    inside = (metres(lons, lats, other_lons, other_lats) <= reaches[:, None]) & (reaches > 0)[:, None]
    expected = np.nonzero(inside)
    np.testing.assert_array_equal(pairs.places, expected[0])
    np.testing.assert_array_equal(pairs.stations, expected[1])


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(100, 30_000))
def test_candidates_of_a_clique_all_exclude_each_other(seed, spacing) -> None:
    rng = np.random.default_rng(seed)
    lons, lats = rng.uniform((117, 34), (117.2, 34.2), (30, 2)).T.copy()
    conflicts = closer_than(spacing, lons, lats)
    excluded = metres(lons, lats, lons, lats) < spacing
    np.fill_diagonal(excluded, False)
    for row in range(30):
        assert sorted(conflicts.of(row).tolist()) == np.flatnonzero(excluded[row]).tolist()
        others = np.flatnonzero((conflicts.cliques == conflicts.cliques[row]) & (np.arange(30) != row))
        assert excluded[row, others].all()


def test_too_many_pairs_are_refused_before_they_fill_the_memory() -> None:
    many = np.full(6_000, 117.0), np.full(6_000, 34.0)
    with pytest.raises(InvalidAuditError, match="take larger cells, fewer candidates or a smaller radius"):
        near(*many, np.full(6_000, 1.0), *many)


# Candidates


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("header", ["id,lon,lat", "编号,经度,纬度", "名称,经度,纬度"])
def test_a_table_of_candidates_is_read(territory, encoding, header) -> None:
    data = f"{header}\n社区中心,117.16,34.25\n图书馆,117.12,34.22\n".encode(encoding)
    found = Candidates.of_file(data, "places.csv", territory)
    assert dict(zip(found.ids, found.districts, strict=True)) == {"社区中心": "320303", "图书馆": "320302"}


def test_candidates_of_another_datum_are_moved(territory) -> None:
    lon, lat = from_wgs84(117.15, 34.25, Datum.GCJ02)
    found = Candidates.of_file(f"id,lon,lat\na,{lon!r},{lat!r}".encode(), "a.csv", territory, datum=Datum.GCJ02)
    assert (found.lons[0], found.lats[0]) == pytest.approx((117.15, 34.25), abs=1e-8)


def test_geojson_points_and_areas_are_candidates(territory) -> None:
    square = [[[117.12, 34.22], [117.13, 34.22], [117.13, 34.23], [117.12, 34.23], [117.12, 34.22]]]
    features = [
        {"type": "Feature", "id": 7, "properties": {}, "geometry": {"type": "Point", "coordinates": [117.15, 34.25]}},
        {"type": "Feature", "properties": {"name": "公园"}, "geometry": {"type": "Polygon", "coordinates": square}},
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    found = Candidates.of_file(data, "places.geojson", territory)
    assert found.ids == ("7", "公园")
    assert 117.12 < found.lons[1] < 117.13 and 34.22 < found.lats[1] < 34.23
    (area,) = forbidden_areas(json.dumps({"features": features[1:]}).encode(), "parks.geojson")
    assert found.outside([area]).ids == ("7",)


def test_a_feature_without_a_usable_name_is_called_by_its_number() -> None:
    point = {"type": "Point", "coordinates": [117.15, 34.25]}
    features = [{"properties": each, "geometry": point} for each in (3, None, {"name": ["x"]}, {"id": 0})]
    found = Candidates.of_file(json.dumps({"features": features}).encode(), "a.geojson")
    assert found.ids == ("0", "feature-1", "feature-2", "feature-3")


def test_candidates_outside_the_area_are_left_out(territory) -> None:
    found = Candidates.of_file(b"id,lon,lat\nhere,117.15,34.25\nBeijing,116.4,39.9", "a.csv", territory)
    assert found.ids == ("here",)


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "a.csv", "needs the columns lon and lat"),
        (b"id,lon,lat\n", "a.csv", "holds no candidates"),
        (b"id,x,y\na,1,2", "a.csv", "needs the columns lon and lat"),
        (b"id,lon,lat\na,117,34\nb,nan,34\nc,,", "a.csv", "no position at line 3, line 4"),
        (b"id,lon,lat\na,117.15,34.25\na,117.16,34.25", "a.csv", "repeat an id: a"),
        (b"id,lon,lat\na,999,34", "a.csv", "nowhere on Earth: a"),
        (b"id,lon,lat\na,116.4,39.9", "a.csv", "no candidate is inside"),
        (b"{", "a.geojson", "is no JSON"),
        (b"[]", "a.geojson", "is no GeoJSON FeatureCollection"),
        (b'{"features": [3]}', "a.json", "is no GeoJSON FeatureCollection"),
        (b'{"features": [{"geometry": null}]}', "a.json", "has no geometry"),
        (b'{"features": [{"geometry": {"type": "Point", "coordinates": ["a"]}}]}', "a.json", "has no geometry"),
    ],
)
def test_files_that_cannot_be_used_say_why(territory, data, name, message) -> None:
    with pytest.raises(InvalidAuditError, match=message):
        Candidates.of_file(data, name, territory)


@pytest.mark.parametrize(
    "geometry", [{"type": "Point", "coordinates": [117, 34]}, None, {"type": "Polygon", "coordinates": []}]
)
def test_only_polygons_can_be_forbidden(geometry) -> None:
    with pytest.raises(InvalidAuditError, match="feature 1"):
        forbidden_areas(json.dumps({"features": [{"geometry": geometry}]}).encode(), "parks.geojson")


def test_when_all_is_forbidden_nothing_can_be_proposed(territory) -> None:
    _, _, places = town(territory, 1)
    with pytest.raises(InvalidAuditError, match="every candidate lies in a forbidden area"):
        places.outside([box(116, 33, 119, 36)])


@pytest.mark.parametrize("most", [1, 7, 40, 10_000])
def test_the_grid_gives_no_more_candidates_than_asked_for(territory, most) -> None:
    demand, _, _ = town(territory, 1)
    found = Candidates.of_grid(territory, most=most)
    assert 0 < len(found) <= most and set(found.districts) <= set(territory.codes)
    inhabited = Candidates.of_grid(territory, demand, most=10_000)
    assert len(inhabited) == len(set(demand.rows.tolist()))


def test_a_count_of_pairs_is_no_less_than_the_pairs(territory) -> None:
    demand, supply, _ = town(territory, 3, people=40, stations=15)
    reaches = np.linspace(1, 3000, len(demand))
    places = demand.lons, demand.lats, reaches, supply.lons, supply.lats
    assert len(near(*places).places) <= count_pairs(*places) <= len(demand) * len(supply)


def test_cells_to_build_on_are_thinned_until_their_pairs_fit() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=200, districts=("320302",))
    every, fewer = (cells_to_build_on(study, SitingRequest("p_median"), max_pairs=most) for most in (10**9, 20_000))
    assert 0 < len(fewer) < len(every)
    reaches = base_m(study.demand, study.supply, None, possible=False).astype(float)
    assert len(near(study.demand.lons, study.demand.lats, reaches, fewer.lons, fewer.lats).places) <= 20_000


@pytest.mark.parametrize("azimuth", range(0, 360, 15))
@pytest.mark.parametrize("here", [(117.2, 34.3), (179.999, -60.0), (0.0, 0.0)])
def test_a_direction_is_the_nearest_of_eight(here, azimuth) -> None:
    east, north, _ = GEOD.fwd(*here, azimuth, 1_500)
    sectors = {"n": 0, "ne": 45, "e": 90, "se": 135, "s": 180, "sw": 225, "w": 270, "nw": 315}
    off = (azimuth - sectors[direction(here, (east, north))] + 180) % 360 - 180
    assert abs(off) <= 22.6


def test_sites_on_cells_are_told_by_the_nearest_station_in_use() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=500, districts=("320302",))
    proposal = propose(study, SitingRequest(n=4, seconds=5))
    in_use = [station for station in study.stations if station.status == "open"]
    assert len(in_use) < len(study.stations)
    assert len(proposal.sites) == 4
    for site in proposal.sites:
        away = [(GEOD.inv(site.lon, site.lat, *each.geometry.coordinates)[2], each.id, each.name) for each in in_use]
        nearest_m, station_id, name = min(away)
        assert (site.landmark.id, site.landmark.name) == (station_id, name)
        assert site.landmark.metres == pytest.approx(nearest_m, abs=1e-3)
        assert site.id.startswith("cell-")


def test_sites_with_names_of_their_own_and_those_where_no_station_is_have_no_landmark() -> None:
    study = Study.of_city(load(demo_registry()), cell_m=500, districts=("320302",))
    places = Candidates.at(["人民广场"], np.array([117.2]), np.array([34.31]), study.territory)
    named = propose(study, SitingRequest(n=1, seconds=5), candidates=places).sites
    assert [site.landmark for site in (*named, *with_landmarks(named, Landmarks.of(())))] == [None, None]
    longer = propose(study, SitingRequest("longer_hours", n=1, seconds=5)).sites
    assert [site.landmark for site in longer] == [None]
