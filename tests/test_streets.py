"""The street network: exact shortest times, against a plain queue; what is unknown; files that are no network."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationmap.errors import InvalidPositionError
from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.streets import MAX_ACCESS_M, shortest_times, times, visits
from tests.street_maps import drawn_network, drawn_places, naive_costs

SEEDS = range(4)
PROFILES = ("walk", "ebike")


def snapped(network, profile, seed, count, size=9):
    return network.snap(*drawn_places(seed, count, size), profile)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("weight", ["time", "length"])
def test_pairs_are_those_of_a_plain_queue(seed, profile, weight):
    network = drawn_network(seed)
    origins, goals = snapped(network, profile, seed, 12), snapped(network, profile, seed + 100, 15)
    limit = 700.0
    found = shortest_times.pairs(network, origins, goals, limit, weight)
    least = found.seconds if weight == "time" else found.metres
    got = dict(zip(zip(found.origins.tolist(), found.destinations.tolist(), strict=True), least, strict=True))
    expected = {
        (row, column): cost
        for row in range(12)
        for column, cost in enumerate(naive_costs(network, origins.chosen([row]), goals, weight))
        if cost <= limit
    }
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_visits_come_by_time_and_are_those_of_a_plain_queue(seed, profile):
    network = drawn_network(seed)
    goals = snapped(network, profile, seed + 100, 40)
    for row in range(6):
        origin = snapped(network, profile, seed, 6).chosen([row])
        expected = naive_costs(network, origin, goals, "time")
        found = list(visits(network, origin, goals))
        assert [each[0] for each in found] == sorted(each[0] for each in found)
        got = {each[2]: each[0] for each in found}
        assert got == pytest.approx({at: cost for at, cost in enumerate(expected) if cost < math.inf})
        by_pairs = shortest_times.pairs(network, origin, goals, 1e6)
        metres = dict(zip(by_pairs.destinations.tolist(), by_pairs.metres.tolist(), strict=True))
        assert {each[2]: each[1] for each in found} == pytest.approx(metres)


@pytest.mark.parametrize("inbound", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_what_a_part_of_the_network_proves_is_what_all_of_it_says(profile, inbound):
    """In a network much wider than the first part looked at, for goals that lie together, near or far."""
    size = 45
    network = drawn_network(5, size)
    everyone = snapped(network, profile, 6, 300, size)
    everyone = everyone.chosen(everyone.components == 0)
    origins, goals = everyone.chosen(np.arange(12)), everyone.chosen(np.arange(12, 90))
    ends = (goals, origins) if inbound else (origins, goals)
    whole = shortest_times.pairs(network, *ends, 1e9)
    seconds, metres = np.full((2, len(origins), len(goals)), np.nan)
    at = (whole.destinations, whole.origins) if inbound else (whole.origins, whole.destinations)
    seconds[at], metres[at] = whole.seconds, whole.metres
    assert not np.isnan(seconds).any()
    for row in range(len(origins)):
        for chosen in (np.arange(len(goals)), np.argsort(seconds[row])[-3:], np.argsort(seconds[row])[40:44]):
            found = list(visits(network, origins.chosen([row]), goals.chosen(chosen), inbound=inbound, expected=1))
            order = chosen[[each[2] for each in found]]
            assert sorted(order) == sorted(chosen)
            assert np.allclose([each[0] for each in found], seconds[row, order])
            assert np.allclose([each[1] for each in found], metres[row, order])
            assert np.allclose(seconds[row, order], np.sort(seconds[row, chosen]))


@pytest.mark.parametrize("limit_s", [0, 40, 150, 400, 5_000])
def test_visits_up_to_a_limit_are_the_first_of_all(limit_s):
    network = drawn_network(2, size=16)
    goals, origin = snapped(network, "ebike", 8, 60, 16), snapped(network, "ebike", 9, 30, 16)
    origin = origin.chosen(np.flatnonzero(origin.components == 0)[:1])
    everything = [each for each in visits(network, origin, goals) if each[0] <= limit_s]
    found = list(visits(network, origin, goals, limit_s=limit_s))
    assert len(found) == len(everything)
    assert np.allclose(np.array(found), np.array(everything))


@pytest.mark.parametrize("weight", ["time", "length"])
def test_the_nearest_of_each_origin_is_the_least_of_its_pairs(weight):
    network = drawn_network(1)
    origins, goals = snapped(network, "ebike", 5, 60), snapped(network, "ebike", 6, 9)
    found = shortest_times.nearest(network, origins, goals, weight)
    least = found.seconds if weight == "time" else found.metres
    for row in range(60):
        expected = naive_costs(network, origins.chosen([row]), goals, weight)
        assert least[row] == pytest.approx(min(expected))
        assert (found.rows[row] >= 0) == (min(expected) < math.inf)
        if found.rows[row] >= 0:
            assert expected[found.rows[row]] == pytest.approx(min(expected))


@pytest.mark.parametrize("seed", SEEDS)
def test_metres_and_seconds_are_those_of_one_way(seed):
    """Where nothing costs time but metres, both weights find the same way."""
    network = drawn_network(seed, symmetric=True)
    network.arrays["walk_wait_s"][:] = 0
    length = network.edge_length_m[network.arc_edges]
    for name in ("walk_out_s", "walk_in_s"):
        network.arrays[name][:] = np.where(np.isfinite(network.arrays[name]), length * 0.8 + 1e-9, np.inf)
    places = snapped(network, "walk", seed, 30)
    by_time = shortest_times.pairs(network, places, places, 1e4, "time")
    by_length = shortest_times.pairs(network, places, places, 1e4, "length")
    assert len(by_time.origins) == len(by_length.origins)
    both = by_time.metres * 0.8 + (by_time.seconds - by_time.metres * 0.8)
    assert both == pytest.approx(by_time.seconds)
    assert (by_time.metres >= by_length.metres - 1e-6).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_no_way_is_shorter_than_the_straight_line(seed, profile):
    network = drawn_network(seed)
    lons, lats = drawn_places(seed, 40)
    places = network.snap(lons, lats, profile)
    found = shortest_times.pairs(network, places, places, 1e5)
    assert len(found.origins) > 80
    one, two = found.origins, found.destinations
    xyz = ecef(lons, lats)
    straight_m = geodesic_m(lons[one], lats[one], xyz[one], lons[two], lats[two], xyz[two])
    assert (straight_m <= found.metres + 1e-6).all()
    assert (straight_m / network.top_speed_m_s(profile) <= found.seconds + 1e-6).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_without_one_ways_ways_take_as_long_there_as_back(seed, profile):
    network = drawn_network(seed, symmetric=True)
    places = snapped(network, profile, seed, 25)
    found = shortest_times.pairs(network, places, places, 1e5)
    seconds = np.full((25, 25), np.nan)
    seconds[found.origins, found.destinations] = found.seconds
    assert np.allclose(seconds, seconds.T, equal_nan=True)
    inbound = times(network, places.chosen([3]), places, inbound=True)
    assert np.allclose(inbound.seconds, seconds[:, 3], equal_nan=True)


@pytest.mark.parametrize("seed", range(12))
def test_a_street_less_shortens_no_way(seed):
    whole, less = drawn_network(1), drawn_network(1, without=7 * seed)
    lons, lats = drawn_places(seed, 80)
    places, fewer = whole.snap(lons, lats, "ebike"), less.snap(lons, lats, "ebike")
    # Only places that the missing street does not join to another, and not those at a crossing, on either of its edges.
    same = (places.lons == fewer.lons) & (places.lats == fewer.lats) & (places.along_m > 0) & (places.remaining_m > 0)
    same &= (places.components == 0) & (fewer.components == 0)
    assert same.sum() > 5
    before = shortest_times.pairs(whole, places.chosen(same), places.chosen(same), 1e5)
    after = shortest_times.pairs(less, fewer.chosen(same), fewer.chosen(same), 1e5)
    assert (before.origins == after.origins).all()
    assert (before.destinations == after.destinations).all()
    assert (before.seconds <= after.seconds + 1e-6).all()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_place_is_joined_to_the_nearest_point_of_the_nearest_usable_edge(profile):
    network = drawn_network(3)
    lons, lats = drawn_places(4, 60)
    found = network.snap(lons, lats, profile)
    starts = np.setdiff1d(np.arange(len(network.point_edges)), network.edge_first_point[1:] - 1)
    starts = starts[network.components(profile)[network.point_edges[starts]] >= 0]
    one, two = (
        np.column_stack((network.point_lons_e7[at], network.point_lats_e7[at])) / 1e7 for at in (starts, starts + 1)
    )
    share = np.linspace(0, 1, 201)[:, None, None]  # of segments of at most some 400 m
    points = (one + share * (two - one)).reshape(-1, 2)
    lines = network.point_edges[np.tile(starts, 201)]
    for row, (lon, lat) in enumerate(zip(lons, lats, strict=True)):
        there = np.full(len(points), lon), np.full(len(points), lat)
        metres = geodesic_m(*there, ecef(*there), *points.T, ecef(*points.T))
        if found.known[row]:
            # Drawn points lie at most a metre from the nearest one, across which the way is hardly longer.
            assert found.access_m[row] <= metres.min() + 0.01
            assert metres.min() <= found.access_m[row] + 1
            near = lines[metres <= found.access_m[row] + 1]
            assert found.edges[row] in near
        else:
            assert metres.min() > MAX_ACCESS_M - 1
    assert 0 < found.known.sum() < len(lons)
    length_m = network.edge_length_m[found.edges[found.known]]
    assert np.allclose(found.along_m[found.known] + found.remaining_m[found.known], length_m, atol=1e-3)


def test_a_street_300_m_away_is_near_enough_and_one_further_is_not():
    network = drawn_network(3)
    south = network.node_lats.min()
    lon = network.node_lons[network.node_lats.argmin()]
    for metres, known in ((290, True), (299, True), (301, False), (10_000, False)):
        found = network.snap([lon], [south - metres / 110_930], "walk")
        assert found.known.tolist() == [known] and (found.components >= 0).tolist() == [known]
        assert np.isnan(found.access_m).tolist() == [not known]


@pytest.mark.parametrize("place", [(math.nan, 34), (121, math.inf), (181, 34), (121, -91)])
def test_a_place_that_is_none_is_refused(place):
    with pytest.raises(InvalidPositionError):
        drawn_network(3).snap(*([each] for each in place), "walk")


def test_of_no_places_nothing_is_found():
    network = drawn_network(3)
    nobody, some = network.snap([], [], "walk"), snapped(network, "walk", 2, 5)
    assert len(nobody) == 0
    for pair in ((nobody, some), (some, nobody), (nobody, nobody)):
        assert len(shortest_times.pairs(network, *pair, 500.0).origins) == 0
    assert shortest_times.nearest(network, some, nobody).rows.tolist() == [-1] * 5
    assert np.isinf(shortest_times.reached(network, nobody)).all()
    assert list(visits(network, some.chosen([0]), nobody)) == []


@pytest.mark.parametrize("outward", [False, True])
def test_what_is_reached_from_a_place_are_the_nodes_a_queue_reaches(outward):
    network = drawn_network(2)
    place = snapped(network, "ebike", 3, 30)
    place = place.chosen(np.flatnonzero(place.components == 0)[:1])
    costs = shortest_times.reached(network, place, "time", limit=900.0, outward=outward)
    matrix = network.matrix("ebike", reverse=not outward)
    ends = network.ends(place)
    least = np.full(len(costs), np.inf)
    begin = (ends.leave_from, ends.leave_to) if outward else (ends.arrive_from, ends.arrive_to)
    for node, cost in zip((place.from_nodes[0], place.to_nodes[0]), begin, strict=True):
        least[node] = min(least[node], cost[0])
    for _ in range(len(costs)):  # Bellman and Ford
        rows, columns = matrix.nonzero()
        better = least[rows] + matrix.data
        np.minimum.at(least, columns, better)
    least[least > 900] = np.inf
    assert np.allclose(costs, least)
    assert np.isfinite(costs).sum() > 10
