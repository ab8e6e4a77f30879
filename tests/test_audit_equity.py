"""Gini, Lorenz and the ratio between districts agree with cases counted by hand and with the definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, coverage
from stationmap.audit.metrics.equity import equity, gini, lorenz

SOURCE = Source("points", "a test's people")
people_by_metre = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=12).map(sorted)


def columns(counted: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [value for value, _ in counted], [weight for _, weight in counted]


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([5, 5, 5], [1, 2, 3], 0),
        ([0, 0], [1, 1], 0),
        ([7], [3], 0),
        ([1, 3], [1, 1], 1 / 4),  # |1 - 3| twice over 2 * 4 * 2
        ([0, 10], [1, 1], 1 / 2),
        ([0, 10], [3, 1], 3 / 4),
        ([0, 10], [99, 1], 99 / 100),
        ([1, 2, 3, 4], [1, 1, 1, 1], 1 / 4),
        ([100, 200, 600], [500, 300, 200], 178 / 460),  # 2 (0.15 * 100 + 0.1 * 500 + 0.06 * 400) over 2 * 230
    ],
)
def test_gini_of_cases_counted_by_hand(values: list[int], weights: list[int], expected: float) -> None:
    assert gini(values, weights) == pytest.approx(expected, abs=1e-15)


@given(people_by_metre)
def test_gini_is_half_the_mean_difference_of_any_two_over_the_mean(counted: list[tuple[int, int]]) -> None:
    everyone = [value for value, weight in counted for _ in range(weight)]
    differences = sum(abs(one - other) for one in everyone for other in everyone)
    expected = Fraction(differences, 2 * len(everyone) * sum(everyone)) if sum(everyone) else 0
    assert gini(*columns(counted)) == float(expected)


@given(people_by_metre, st.integers(2, 1000))
def test_gini_knows_neither_the_unit_of_metres_nor_that_of_people(counted: list[tuple[int, int]], times: int) -> None:
    values, weights = columns(counted)
    assert gini([value * times for value in values], weights) == pytest.approx(gini(values, weights))
    assert gini(values, [weight * times for weight in weights]) == pytest.approx(gini(values, weights))


@given(people_by_metre)
def test_the_curve_is_that_of_everybody_in_a_row(counted: list[tuple[int, int]]) -> None:
    values, weights = columns(counted)
    everyone = np.repeat(values, weights)
    assume(everyone.any())
    shares = np.concatenate([[0], np.cumsum(everyone)]) / everyone.sum()
    curve = lorenz(values, weights)
    wanted = [share for share, _ in curve]
    expected = np.interp(wanted, np.linspace(0, 1, len(everyone) + 1), shares)
    assert [share for _, share in curve] == pytest.approx(expected, abs=1e-12)


@given(people_by_metre)
def test_the_curve_climbs_ever_steeper_below_the_diagonal_and_bounds_the_gini(counted: list[tuple[int, int]]) -> None:
    values, weights = columns(counted)
    curve = np.array(lorenz(values, weights))
    assert curve[0].tolist() == [0, 0]
    assert curve[-1].tolist() == [1, 1]
    assert (np.diff(curve[:, 1], n=2) >= -1e-12).all()
    assert (curve[:, 1] <= curve[:, 0] + 1e-12).all()
    # Chords of a convex curve lie above it: the area under them is no smaller, by little.
    area = np.trapezoid(curve[:, 1], curve[:, 0])
    assert 0 <= (gini(values, weights) or 0) - (1 - 2 * area) + 1e-12 < 0.02


def test_nobody_has_no_inequality() -> None:
    assert gini([], []) is None
    assert lorenz([], []) == ()


def test_equal_shares_of_nothing_are_equal() -> None:
    assert lorenz([0], [5], steps=2) == ((0, 0), (0.5, 0.5), (1, 1))


AREAS = {str(number): shapely.box(117 + number / 10, 34, 117.1 + number / 10, 34.02) for number in range(3)}
TERRITORY = Territory.of(AREAS, 500)
LAT = np.full(4, 34.01)


def stations(*flags: tuple[float, bool, bool]) -> Supply:
    lons = np.array([lon for lon, _, _ in flags])
    confirmed = np.array([confirmed for _, confirmed, _ in flags], dtype=bool)
    possible = np.array([possible for _, _, possible in flags], dtype=bool)
    return Supply(tuple(f"s{row}" for row in range(len(flags))), lons, LAT[: len(flags)], confirmed, possible)


def audited(supply: Supply, weights: tuple[float, ...] = (10, 30, 40, 20)) -> Coverage:
    lons = np.array([117.05, 117.06, 117.15, 117.25])
    return coverage(TERRITORY, Demand.at(TERRITORY, lons, LAT, np.array(weights), SOURCE), supply, 1000)


def test_inequality_of_an_audit_is_that_of_its_people_and_metres() -> None:
    found = audited(stations((117.05, True, True)))
    ways = dict(zip(*found.counts.distances[0][1:], strict=True))
    metres = sorted(ways)
    assert len(metres) == 4
    assert metres[0] == 0
    assert equity(found).confirmed.gini == gini(metres, [int(ways[metre]) for metre in metres])
    assert equity(found).confirmed == equity(found).possible


def test_between_districts_the_far_tenth_is_set_against_the_near_tenth() -> None:
    found = audited(stations((117.06, True, True)))
    # 40 % live in the near district, 40 % in the middle one, 20 % in the far one.
    near_m, far_m = found.districts["0"].confirmed.mean_m, found.districts["2"].confirmed.mean_m
    assert near_m
    assert far_m
    assert equity(found).confirmed.p90_p10_districts == far_m / near_m
    crowded = audited(stations((117.06, True, True)), (10, 30, 55, 5))
    assert equity(crowded).confirmed.p90_p10_districts == pytest.approx(
        crowded.districts["1"].confirmed.mean_m / near_m
    )  # type: ignore[operator]
    for near, middle, far, expected in ((15, 55, 30, "20"), (5, 90, 5, "11"), (5, 80, 15, "21"), (95, 3, 2, "00")):
        found = audited(stations((117.06, True, True)), (near / 2, near / 2, middle, far))
        numerator, denominator = (found.districts[code].confirmed.mean_m for code in expected)
        assert equity(found).confirmed.p90_p10_districts == pytest.approx(numerator / denominator)  # type: ignore[operator]


def test_a_district_with_a_station_at_every_door_has_no_ratio() -> None:
    found = audited(stations((117.05, True, True), (117.06, True, True)))
    assert equity(found).confirmed.p90_p10_districts is None
    assert equity(found).confirmed.gini is not None


def test_stations_that_only_possibly_count_make_the_other_figure() -> None:
    found = equity(audited(stations((117.05, False, True))))
    assert (found.confirmed.gini, found.confirmed.lorenz, found.confirmed.p90_p10_districts) == (None, (), None)
    assert found.possible.gini is not None
    assert len(found.possible.lorenz) == 101
