"""Reach along streets: never above straight, not helped by a street taken away, unknown where it is unknown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.network_reach import NetworkReach
from stationmap.audit.inputs.reach import Reach, StraightBeside, StraightReach
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, coverage
from stationmap.audit.metrics.floating_catchment import floating_catchment
from stationmap.audit.metrics.gaps import gaps
from stationmap.audit.metrics.hourly_coverage import hourly_coverage
from stationmap.audit.siting import Candidates, longer_hours, max_coverage, p_median, set_cover
from stationmap.audit.siting.every_cell import EveryCell
from stationmap.errors import InvalidAuditError
from stationmap.streets import shortest_times
from stationmap.streets.visits import times
from tests.street_maps import DEGREES, SOUTH, WEST, drawn_network

AREA = shapely.box(WEST - 0.002, SOUTH - 0.002, WEST + DEGREES + 0.006, SOUTH + DEGREES + 0.002)
TOWN = Territory.of({"320303": AREA}, 100)
SOURCE = Source("residents", "drawn")


def people(seed: int) -> Demand:
    numbers = np.random.default_rng(seed).integers(0, 20_000, len(TOWN))
    return Demand.on_cells(TOWN, numbers.astype(np.int64), SOURCE)


def points(seed: int, count: int = 200) -> Demand:
    chance = np.random.default_rng(seed)
    lons, lats = WEST + chance.uniform(0, DEGREES, count), SOUTH + chance.uniform(0, DEGREES, count)
    return Demand.at(TOWN, lons, lats, chance.integers(1, 50, count).astype(float), SOURCE)


def stations(seed: int, count: int = 12) -> Supply:
    chance = np.random.default_rng(seed + 99)
    lons, lats = WEST + chance.uniform(0, DEGREES, count), SOUTH + chance.uniform(0, DEGREES, count)
    possible = chance.random(count) < 0.9
    return Supply(
        tuple(f"s{at:02d}" for at in range(count)), lons, lats, possible & (chance.random(count) < 0.7), possible
    )


def reaches(seed: int) -> list[NetworkReach]:
    network = drawn_network(seed)
    return [
        NetworkReach(network, "walk", 700, rim_m=100),
        NetworkReach.by_minutes(network, "walk", 9, rim_m=100),
        NetworkReach.by_minutes(network, "ebike", 3, rim_m=100),
    ]


def covered(found: Coverage) -> list[tuple[float, float]]:
    return [(each.confirmed.people, each.possible.people) for each in (found.total, *found.districts.values())]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whom", [people, points])
def test_no_more_is_within_reach_along_streets_than_straight(seed: int, whom) -> None:
    for reach in reaches(seed):
        along = coverage(TOWN, whom(seed), stations(seed), reach)
        straight = coverage(TOWN, whom(seed), stations(seed), reach.limit_m)
        for one, other in zip(covered(along), covered(straight), strict=True):
            assert one[0] <= other[0]
            assert one[0] <= one[1] <= other[1]
        assert along.total.people == straight.total.people
        assert along.total.confirmed.mean_m is None or along.total.confirmed.mean_m > 0


@pytest.mark.parametrize("seed", range(3))
def test_coverage_is_that_of_every_pair_measured_one_by_one(seed: int) -> None:
    demand, supply = points(seed, 60), stations(seed)
    for reach in reaches(seed):
        network = reach.network
        places, doors = (network.snap(each.lons, each.lats, reach.travel) for each in (demand, supply))
        found = [times(network, doors.chosen([row]), places, inbound=True) for row in range(len(supply))]
        ways = np.array([each.metres if reach.weight == "length" else each.seconds for each in found])
        limit = reach.limit_m if reach.weight == "length" else reach.limit_m / network.top_speed_m_s(reach.travel)
        if reach.weight == "length":  # `times` takes the quickest way, which need not be the shortest
            near = shortest_times.pairs(network, places, doors, limit, "length")
            ways = np.full(ways.shape, np.nan)
            ways[near.destinations, near.origins] = near.metres
        with np.errstate(invalid="ignore"):
            served = (ways[supply.confirmed] <= limit).any(axis=0)
        expected = int(demand.people[served].sum()) / 1000
        assert coverage(TOWN, demand, supply, reach).total.confirmed.people == expected


@pytest.mark.parametrize("seed", range(3))
def test_a_street_taken_away_never_raises_coverage(seed: int) -> None:
    demand, supply = points(seed), replace(stations(seed), confirmed=stations(seed).possible)
    for without in (3, 40):
        whole, less = drawn_network(seed, symmetric=True), drawn_network(seed, symmetric=True, without=without)
        same = _snapped_alike(whole, less, demand, supply)
        for limit_m in (400, 900):
            before, after = (
                coverage(TOWN, same, supply, NetworkReach(each, "walk", limit_m)).total.confirmed
                for each in (whole, less)
            )
            assert after.people <= before.people


def _snapped_alike(whole, less, demand: Demand, supply: Supply) -> Demand:
    """Return the people who are joined to the same point without the street; a station must be, too."""
    one, other = (each.snap(demand.lons, demand.lats, "walk") for each in (whole, less))
    rows = np.flatnonzero((one.lons == other.lons) & (one.lats == other.lats))
    doors = [each.snap(supply.lons, supply.lats, "walk") for each in (whole, less)]
    supply.confirmed[(doors[0].lons != doors[1].lons) | (doors[0].lats != doors[1].lats)] = False
    return replace(
        demand, lons=demand.lons[rows], lats=demand.lats[rows], people=demand.people[rows],
        districts=demand.districts[rows], rows=demand.rows[rows],
    )  # fmt: skip


def test_who_is_far_from_streets_is_neither_served_nor_unserved() -> None:
    network = drawn_network(1)
    reach = NetworkReach(network, "walk", 5_000)
    lon, lat = WEST + DEGREES + 0.0055, SOUTH + DEGREES / 2  # more than 300 m east of the easternmost street
    far = Demand.at(TOWN, np.array([lon]), np.array([lat]), np.array([10.0]), SOURCE)
    assert not reach.is_known(far.lons, far.lats).any()
    beside = Supply(("s",), np.array([WEST + 0.02]), np.array([lat]), np.array([True]), np.array([True]))
    found = coverage(TOWN, far, beside, reach).total
    assert (found.confirmed.people, found.possible.people) == (0, 10)
    assert found.confirmed.mean_m is None
    assert gaps(TOWN, far, beside, reach).people == 0  # not known to be unserved
    assert gaps(TOWN, far, beside, NetworkReach(network, "walk", 300)).people == 10  # too far even straight


def test_a_station_that_no_street_leads_to_serves_possibly() -> None:
    reach = NetworkReach(drawn_network(1), "walk", 2_000)
    there = WEST + DEGREES + 0.0055, SOUTH + DEGREES / 2
    supply = Supply(("far",), np.array([there[0]]), np.array([there[1]]), np.array([True]), np.array([True]))
    found = coverage(TOWN, people(1), supply, reach).total
    straight = coverage(TOWN, people(1), supply, 2_000).total
    assert found.confirmed.people == 0
    assert found.possible.people == straight.possible.people > 0


@pytest.mark.parametrize("which", range(3))
def test_straight_ways_beside_those_along_streets_are_of_the_same_people_and_never_longer(which: int) -> None:
    reach, lat = reaches(1)[which], SOUTH + DEGREES / 2
    homes = points(1)
    lons, lats = (
        np.append(homes.lons, WEST + DEGREES + 0.0055),
        np.append(homes.lats, lat),
    )  # a village far from streets
    demand = Demand.at(TOWN, lons, lats, np.append(np.ones(len(homes.lons)), 1e4), SOURCE)
    for supply in (stations(1), Supply(("s",), np.array([WEST]), np.array([lat]), np.array([True]), np.array([True]))):
        along = coverage(TOWN, demand, supply, reach).total
        straight = coverage(TOWN, demand, supply, StraightBeside(reach.limit_m, reach)).total
        for one, other in ((along.confirmed, straight.confirmed), (along.possible, straight.possible)):
            assert one.people <= other.people
            assert one.mean_m >= other.mean_m and one.p50_m >= other.p50_m and one.p90_m >= other.p90_m


WEEK = np.array([[2**64 - 1] * 3] * 12, dtype=np.uint64)


@pytest.mark.parametrize("which", range(3))
def test_every_figure_agrees_with_coverage(which: int) -> None:
    reach: Reach = reaches(5)[which]
    demand, supply = people(5), stations(5)
    total = coverage(TOWN, demand, supply, reach).total
    hours = WEEK * supply.confirmed[:, np.newaxis], WEEK * supply.possible[:, np.newaxis]
    by_hour = hourly_coverage(TOWN, demand, supply, hours, reach)
    assert by_hour.confirmed[0, 0] / 1000 == total.confirmed.people
    assert by_hour.possible[0, 5] / 1000 == total.possible.people
    gap = gaps(TOWN, demand, supply, reach, week=hours)
    counted = supply.lons[supply.confirmed], supply.lats[supply.confirmed]
    unknown = np.isinf(reach.stations(*counted).nearest_many(demand.lons, demand.lats, 1, 1)[1][:, 0])
    assert gap.people <= total.people - total.confirmed.people <= gap.people + demand.people[unknown].sum() / 1000
    held = dict.fromkeys(supply.ids, 20)
    access = floating_catchment(TOWN, points(5), supply, held, reach)
    reached = [each for each, ratio in access.confirmed.stations.items() if ratio is not None]
    handed_out = (access.confirmed.places * points(5).people).sum() / 1000
    assert handed_out == pytest.approx(20 * len(reached))


@pytest.mark.parametrize("which", range(3))
@pytest.mark.parametrize("whom", [people, points])
def test_sites_bring_the_people_they_promise(which: int, whom) -> None:
    reach = reaches(6)[which]
    demand, supply = whom(6), stations(6)
    for proposal in (
        max_coverage(demand, supply, EveryCell.of(TOWN), 3, reach, seconds=2),
        set_cover(demand, supply, Candidates.of_grid(TOWN, demand), 0.5, reach, seconds=2),
    ):
        after = _with_sites(supply, proposal)
        people_in_reach = coverage(TOWN, demand, after, reach).total.confirmed.people
        promised = proposal.sites[-1].people_in_all if proposal.sites else people_in_reach
        assert people_in_reach == pytest.approx(promised, abs=1e-6)
        assert proposal.bound >= proposal.value - 1e-9 or proposal.objective == "set_cover"
    best = max((gap.site_people for gap in gaps(TOWN, demand, supply, reach).gaps), default=0)
    one = max_coverage(demand, supply, EveryCell.of(TOWN), 1, reach, seconds=2)
    assert one.bound - one.before >= best - 1e-6


def _with_sites(supply: Supply, proposal) -> Supply:
    sites = proposal.sites
    more = np.ones(len(sites), dtype=bool)
    return Supply(
        (*supply.ids, *(each.id for each in sites)),
        np.append(supply.lons, [each.lon for each in sites]), np.append(supply.lats, [each.lat for each in sites]),
        np.append(supply.confirmed, more), np.append(supply.possible, more),
    )  # fmt: skip


def test_the_mean_way_is_what_the_sites_leave_of_it() -> None:
    reach = reaches(7)[1]
    demand, supply = points(7), stations(7)
    proposal = p_median(demand, supply, Candidates.of_grid(TOWN, demand, most=60), 2, reach=reach, seconds=2)
    assert proposal.value < proposal.before
    after = coverage(TOWN, demand, _with_sites(supply, proposal), reach).total.confirmed.mean_m
    known = reach.is_known(demand.lons, demand.lats)
    if known.all():
        assert after == pytest.approx(proposal.value)


def test_longer_hours_count_what_the_week_counts() -> None:
    reach = reaches(8)[0]
    demand, supply = people(8), stations(8)
    day = np.zeros((12, 3), dtype=np.uint64)
    day[:, 0] = 0xFF00
    hours = day * supply.confirmed[:, np.newaxis], day * supply.possible[:, np.newaxis]
    proposal = longer_hours(demand, supply, hours, 2, reach, seconds=2)
    week = hourly_coverage(TOWN, demand, supply, hours, reach)
    assert proposal.before == pytest.approx(week.confirmed.sum() / 1000)


def test_what_cannot_be_meant_is_refused() -> None:
    network = drawn_network(1)
    with pytest.raises(InvalidAuditError, match="known: walk, ebike"):
        NetworkReach(network, "boat", 500)
    for minutes in (0, -1, float("nan"), 241):
        with pytest.raises(InvalidAuditError, match="minutes are above 0"):
            NetworkReach.by_minutes(network, "walk", minutes)
    assert StraightReach(1).limit_m == 1
