"""Reach: what every figure of the audit asks how far stations serve."""

from __future__ import annotations

import numpy as np
import pytest

from stationmap.audit.inputs.reach import StraightReach, parts_near, reach_of
from stationmap.audit.inputs.within_radius import pairs
from stationmap.errors import InvalidAuditError

LONS, LATS = np.linspace(117.1, 117.2, 40), np.linspace(34.2, 34.25, 40)
THERE = LONS[::7] + 0.001, LATS[::7]


def test_a_number_is_a_radius_in_metres_straight() -> None:
    assert reach_of(800) == StraightReach(800)
    assert reach_of(StraightReach(900)).limit_m == 900
    with pytest.raises(InvalidAuditError, match="a radius is above 0"):
        reach_of(0)


def test_straight_ways_are_geodesic_and_known_everywhere() -> None:
    reach = StraightReach(1500)
    found, expected = reach.pairs(LONS, LATS, *THERE, 1500, certainty="possible"), pairs(LONS, LATS, *THERE, 1500)
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    assert reach.is_known(LONS, LATS).all()


def test_the_nearest_station_is_that_of_the_nearest_pair() -> None:
    reach = StraightReach(20_000)
    rows, metres = reach.stations(*THERE, np.arange(len(THERE[0])) + 10).nearest_many(LONS, LATS, 1, 1)
    near = reach.pairs(LONS, LATS, *THERE, 20_000)
    for place in range(len(LONS)):
        mine = near.places == place
        assert metres[place, 0] == pytest.approx(near.metres[mine].min(), abs=1e-5)
        assert rows[place, 0] - 10 == near.stations[mine][near.metres[mine].argmin()]


def test_parts_of_cells_are_those_of_their_metres() -> None:
    near, parts = parts_near(LONS, LATS, 250, *THERE, 1000)
    assert parts.min() > 0
    assert (parts[near.metres < 800] == 1000).all()
    assert near.metres[parts < 1000].min() > 850
