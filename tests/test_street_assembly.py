"""How ways become a network: where they are cut, what is joined, what a barrier parts, what is an island."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.streets import Network, times
from stationmap.streets.build.assembly import assemble
from stationmap.streets.build.ways import Spots, Ways
from stationmap.streets.network import network_of
from tests.street_maps import PROVENANCE

M = 1 / 111_000  # degrees a metre, near enough at the equator, where places here are
OPEN, SHUT = (1.0, 1.0), (math.inf, math.inf)
Point = tuple[float, float]


def drawn(
    ways: Sequence[tuple[Sequence[Point], tuple[float, float], tuple[float, float]]],
    spots: Iterable[tuple[Point, float, bool, bool]] = (),
) -> Network:
    """Return the network of ways in metres, each with seconds a metre on foot and by e-bike, forward and backward.

    A spot is a place, seconds that are lost there, and whether it bars walkers and e-bikes. One place is one node.
    """
    numbers: dict[Point, int] = {}
    positions = [point for points, _, _ in ways for point in points]
    nodes = [numbers.setdefault(point, len(numbers)) for point in positions]
    known = sorted((numbers.setdefault(point, len(numbers)), *rest) for point, *rest in spots)
    waits = np.array([each[1] for each in known], dtype=float)
    return network_of(PROVENANCE, assemble(Ways(
        np.cumsum([0, *(len(points) for points, _, _ in ways)]), np.array(nodes),
        np.array([x * M for x, _ in positions]), np.array([y * M for _, y in positions]),
        {"walk": np.array([each[1] for each in ways]), "ebike": np.array([each[2] for each in ways])},
        Spots(
            np.array([each[0] for each in known], dtype=np.int64), {"walk": waits, "ebike": waits},
            {name: np.array([each[at] for each in known], dtype=bool) for name, at in (("walk", 2), ("ebike", 3))},
        ),
    )))  # fmt: skip


def seconds(network: Network, profile: str, start: Point, end: Point) -> float:
    """Return the seconds of the way between two places in metres, NaN where there is none."""
    places = network.snap([start[0] * M, end[0] * M], [start[1] * M, end[1] * M], profile)
    return float(times(network, places.chosen([0]), places.chosen([1])).seconds[0])


def edges(network: Network) -> list[tuple[int, int]]:
    return list(zip(network.edge_from.tolist(), network.edge_to.tolist(), strict=True))


LONG = [(0.0, 0.0), (1000.0, 0.0)]


def test_ways_are_cut_where_they_meet_and_their_bends_stay_lines() -> None:
    network = drawn([([(0, 0), (500, 10), (1000, 0)], OPEN, OPEN), ([(500, 10), (500, 400)], OPEN, OPEN)])
    assert (len(network.node_lons), len(network.edge_from)) == (4, 3)
    bent = drawn([([(0, 0), (500, 300), (1000, 0)], OPEN, OPEN)])
    assert (len(bent.node_lons), len(bent.edge_from)) == (2, 1)
    lons, lats = bent.edge_line(0)
    assert np.allclose(np.sort(lons), [0, 500 * M, 1000 * M], atol=1e-7) and len(lats) == 3
    xyz = ecef(lons, lats)
    assert bent.edge_length_m[0] == pytest.approx(
        geodesic_m(lons[:-1], lats[:-1], xyz[:-1], lons[1:], lats[1:], xyz[1:]).sum()
    )


def test_no_two_edges_join_the_same_nodes_and_none_returns_to_its_own() -> None:
    loop = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    double = [(0, 0), (-200, 100), (-400, 0)]
    other = [(0, 0), (-200, -100), (-400, 0)]
    straight = [(0, 0), (-400, 0)]
    network = drawn([(each, OPEN, OPEN) for each in (loop, double, other, straight, straight)])
    joined = [tuple(sorted(each)) for each in edges(network)]
    assert len(set(joined)) == len(joined)
    assert all(one != two for one, two in joined)
    assert network.edge_length_m.sum() == pytest.approx(1200 + 400 + 4 * math.hypot(200, 100), rel=0.01)


def test_ways_over_each_other_are_one_edge_with_the_faster_pace_each_way() -> None:
    network = drawn([(LONG, OPEN, (0.5, math.inf)), (LONG[::-1], (0.8, 0.9), (2.0, 0.1))])
    assert len(network.edge_from) == 1
    assert seconds(network, "walk", (100, 0), (900, 0)) == pytest.approx(720, rel=0.01)
    assert seconds(network, "walk", (900, 0), (100, 0)) == pytest.approx(640, rel=0.01)
    assert seconds(network, "ebike", (100, 0), (900, 0)) == pytest.approx(80, rel=0.01)
    assert seconds(network, "ebike", (900, 0), (100, 0)) == pytest.approx(1600, rel=0.01)


def test_a_way_there_and_back_over_the_same_points_is_one_street() -> None:
    network = drawn([([(0, 0), (400, 0), (0, 0)], OPEN, OPEN)])
    assert len(network.edge_from) == 1
    assert seconds(network, "walk", (50, 0), (350, 0)) == pytest.approx(300, rel=0.01)


def test_points_that_repeat_and_ways_of_one_point_do_no_harm() -> None:
    network = drawn([([(0, 0), (0, 0), (500, 0), (500, 0), (1000, 0)], OPEN, OPEN), ([(9, 9)], OPEN, OPEN)])
    assert (len(network.node_lons), len(network.edge_from)) == (2, 1)


@pytest.mark.parametrize("middle", [[(500.0, 0.0)], [(400.0, 0.0), (500.0, 0.0), (600.0, 0.0)]])
def test_a_barrier_parts_a_street_for_those_it_bars_alone(middle: list[Point]) -> None:
    network = drawn([([LONG[0], *middle, LONG[1]], OPEN, OPEN)], [((500.0, 0.0), 0.0, False, True)])
    assert seconds(network, "walk", (100, 0), (900, 0)) == pytest.approx(800, rel=0.01)
    assert math.isnan(seconds(network, "ebike", (100, 0), (900, 0)))
    assert seconds(network, "ebike", (100, 0), (480, 0)) == pytest.approx(380, rel=0.01)  # up to it
    assert seconds(network, "ebike", (520, 0), (900, 0)) == pytest.approx(380, rel=0.01)


def test_a_barrier_at_a_crossing_parts_all_streets_there() -> None:
    cross = [([(-600, 0), (0, 0), (600, 0)], OPEN, OPEN), ([(0, -600), (0, 0), (0, 600)], OPEN, OPEN)]
    network = drawn(cross, [((0, 0), 0.0, False, True)])
    for end in ((500, 0), (0, 500), (0, -500)):
        assert seconds(network, "walk", (-500, 0), end) == pytest.approx(1000, rel=0.01)
        assert math.isnan(seconds(network, "ebike", (-500, 0), end))


@pytest.mark.parametrize("start", [(100.0, 0.0), (450.0, 0.0)])
def test_signals_on_a_street_or_at_a_crossing_cost_their_seconds_once(start: Point) -> None:
    ways = [([LONG[0], (500.0, 0.0), LONG[1]], OPEN, OPEN)]
    for more in ([], [([(500.0, -300.0), (500.0, 0.0), (500.0, 300.0)], OPEN, OPEN)]):
        plain, signals = drawn([*ways, *more]), drawn([*ways, *more], [((500.0, 0.0), 7.0, False, False)])
        for end in ((900.0, 0.0), (520.0, 0.0)):
            for ends in ((start, end), (end, start)):
                assert seconds(signals, "walk", *ends) == pytest.approx(seconds(plain, "walk", *ends) + 7)
        assert seconds(signals, "walk", start, (470.0, 0.0)) == pytest.approx(
            seconds(plain, "walk", start, (470.0, 0.0))
        )


def test_a_one_way_that_leads_nowhere_is_joined_to_by_nobody() -> None:
    dead_end = [(500.0, 0.0), (500.0, 900.0)]
    network = drawn([([LONG[0], (500.0, 0.0), LONG[1]], OPEN, OPEN), (dead_end, OPEN, (1.0, math.inf))])
    place = network.snap([500 * M], [150 * M], "ebike")
    assert place.access_m[0] == pytest.approx(150, rel=0.01)  # back to the street, not to the one-way beside
    assert network.snap([500 * M], [150 * M], "walk").access_m[0] == pytest.approx(0, abs=0.1)
    assert network.snap([500 * M], [700 * M], "ebike").known.tolist() == [False]


def test_islands_are_numbered_by_their_length_and_gaps_of_the_map_are_none() -> None:
    far, island, gap = (
        [(x, 5000.0), (x + length, 5000.0)] for x, length in ((0.0, 700.0), (3000.0, 900.0), (6000.0, 200.0))
    )
    network = drawn([(each, OPEN, OPEN) for each in ([(0.0, 0.0), (2000.0, 0.0)], far, island, gap)])
    places = [(1000, 0), (3400, 5000), (300, 5000), (6100, 5000)]
    found = network.snap([x * M for x, _ in places], [y * M for _, y in places], "walk")
    assert found.components.tolist() == [0, 1, 2, -1]
    assert math.isnan(seconds(network, "walk", (1000, 0), (3400, 5000)))
    assert seconds(network, "walk", (3200, 5000), (3600, 5000)) == pytest.approx(400, rel=0.01)


def test_what_only_one_profile_may_use_is_there_for_it_alone() -> None:
    steps = [(500.0, 0.0), (500.0, 400.0)]
    network = drawn([([LONG[0], (500.0, 0.0), LONG[1]], OPEN, OPEN), (steps, OPEN, SHUT)])
    assert seconds(network, "walk", (100, 0), (500, 300)) == pytest.approx(700, rel=0.01)
    assert network.snap([500 * M], [310 * M], "ebike").known.tolist() == [False]


def test_a_line_drawn_across_half_a_country_is_a_mistake() -> None:
    network = drawn([(LONG, OPEN, OPEN), ([(0.0, 0.0), (90_000.0, 40_000.0)], OPEN, OPEN)])
    assert len(network.edge_from) == 1


def test_ways_that_nobody_may_use_are_no_network() -> None:
    with pytest.raises(ValueError, match="no way"):
        drawn([(LONG, SHUT, SHUT)])
    with pytest.raises(ValueError, match="no way"):
        drawn([([(0.0, 0.0)], OPEN, OPEN)])
