"""The street network: exact shortest times, against a plain queue; what is unknown; files that are no network."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.streets import shortest_times, times, visits
from tests.street_maps import drawn_network, drawn_places, naive_costs

SEEDS = range(4)
PROFILES = ("walk", "ebike")


def snapped(network, profile, seed, count):
    return network.snap(*drawn_places(seed, count), profile)


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


@pytest.mark.parametrize("limit_s", [0, 40, 150, 400, 5_000])
def test_visits_up_to_a_limit_are_the_first_of_all(limit_s):
    network = drawn_network(2, size=16)
    goals, origin = snapped(network, "ebike", 8, 60), snapped(network, "ebike", 9, 30)
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
