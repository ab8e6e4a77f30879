"""2SFCA hands out what stations hold: by hand, against the `access` package, and as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import pairs
from stationmap.audit.metrics.floating_catchment import capacities_of, floating_catchment
from stationmap.errors import InvalidAuditError
from tests.strategies import station

SOURCE = Source("points", "a test's people")
AREAS = {"a": shapely.box(117.0, 34.0, 117.05, 34.05), "b": shapely.box(117.05, 34.0, 117.1, 34.05)}
TERRITORY = Territory.of(AREAS, 500)


def people(*places: tuple[float, float, float]) -> Demand:
    return Demand.at(TERRITORY, *np.array(places).T, SOURCE)


def stations(*places: tuple[str, float, float, str]) -> Supply:
    lons, lats = np.array([each[1] for each in places]), np.array([each[2] for each in places])
    confirmed = np.array([each[3] == "sure" for each in places], dtype=bool)
    possible = np.array([each[3] != "no" for each in places], dtype=bool)
    return Supply(tuple(each[0] for each in places), lons, lats, confirmed, possible)


# Along a parallel, 0.01 degrees are 923 m: 100 people reach s1, 300 both, 50 s2, 7 none.
STREET = people((117.01, 34.02, 100), (117.02, 34.02, 300), (117.03, 34.02, 50), (117.09, 34.02, 7))
PAIR = stations(("s1", 117.015, 34.02, "sure"), ("s2", 117.025, 34.02, "sure"))


def test_two_stations_on_a_street_by_hand() -> None:
    found = floating_catchment(TERRITORY, STREET, PAIR, {"s1": 20, "s2": 35}, 500).confirmed
    assert found.stations == {"s1": 20 / 400, "s2": 35 / 350}
    assert found.places == pytest.approx([0.05, 0.15, 0.1, 0], abs=1e-15)
    assert found.districts == {"a": pytest.approx((5 + 45 + 5) / 450), "b": 0}
    assert found.mean == pytest.approx(55 / 457)


def test_a_station_that_nobody_reaches_has_no_ratio_and_gives_nothing() -> None:
    lonely = stations(("s1", 117.015, 34.02, "sure"), ("far", 117.07, 34.04, "sure"))
    found = floating_catchment(TERRITORY, STREET, lonely, {"s1": 20, "far": 99}, 500).confirmed
    assert found.stations == {"s1": 0.05, "far": None}
    assert found.places == pytest.approx([0.05, 0.05, 0, 0])


def test_stations_of_unknown_capacity_are_named_and_left_out_of_both_figures() -> None:
    three = stations(
        ("s1", 117.015, 34.02, "sure"), ("s2", 117.025, 34.02, "possible"), ("s3", 117.02, 34.02, "sure"),
        ("shut", 117.02, 34.02, "no"),
    )  # fmt: skip
    found = floating_catchment(TERRITORY, STREET, three, {"s1": 20, "s2": 35, "s3": None}, 500)
    assert found.unknown == ("s3",)
    assert found.confirmed.stations == {"s1": 0.05}
    assert found.possible.stations == {"s1": 0.05, "s2": 0.1}


def test_a_capacity_of_nought_is_known() -> None:
    found = floating_catchment(TERRITORY, STREET, PAIR, {"s1": 0, "s2": 35}, 500)
    assert found.unknown == ()
    assert found.confirmed.stations["s1"] == 0


def test_a_district_where_nobody_lives_has_no_mean() -> None:
    found = floating_catchment(TERRITORY, people((117.01, 34.02, 100)), PAIR, {"s1": 20}, 500)
    assert found.confirmed.districts == {"a": 0.2, "b": None}


@pytest.mark.parametrize("supply", [PAIR.chosen(np.array([], dtype=np.int64)), stations(("s1", 117.0, 34.0, "no"))])
def test_without_stations_there_is_no_access(supply: Supply) -> None:
    found = floating_catchment(TERRITORY, STREET, supply, {"s1": 4}, 500)
    assert found.confirmed.mean == found.possible.mean == 0
    assert found.unknown == ()


@pytest.mark.parametrize("radius_m", [0, float("nan"), 1e6])
def test_a_radius_that_cannot_be_meant_is_refused(radius_m: float) -> None:
    with pytest.raises(InvalidAuditError, match="radius"):
        floating_catchment(TERRITORY, STREET, PAIR, {}, radius_m)


def test_capacities_below_nought_are_refused_by_name() -> None:
    with pytest.raises(InvalidAuditError, match="s2"):
        floating_catchment(TERRITORY, STREET, PAIR, {"s1": 4, "s2": -1}, 500)


def test_capacities_come_from_the_registry() -> None:
    known = [station("full", 117, 34, capacity=12), station("unknown", 117, 34)]
    assert capacities_of(known) == {"full": 12, "unknown": None}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Demand, Supply, dict[str, int | None]]:
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    places, count = draw(st.integers(1, 40)), draw(st.integers(1, 10))
    columns = rng.uniform(117.0, 117.1, places), rng.uniform(34.0, 34.05, places), rng.integers(1, 5000, places) / 1000
    flags = rng.choice(["sure", "possible", "no"], count)
    where = rng.uniform(117.0, 117.1, count), rng.uniform(34.0, 34.05, count)
    supply = stations(*[(f"s{row}", where[0][row], where[1][row], str(flags[row])) for row in range(count)])
    known = {f"s{row}": int(held) if held < 80 else None for row, held in enumerate(rng.integers(0, 100, count))}
    return people(*zip(*columns, strict=True)), supply, known


radii = st.sampled_from([300.0, 1000.0, 2500.0, 20_000.0])


@settings(max_examples=60)
@given(cases(), radii)
def test_what_stations_hold_is_handed_out_in_full_to_those_who_reach_them(case: Any, radius_m: float) -> None:
    demand, supply, known = case
    found = floating_catchment(TERRITORY, demand, supply, known, radius_m)
    for access in (found.confirmed, found.possible):
        held = sum(known[each] for each, ratio in access.stations.items() if ratio is not None)
        assert (access.places * demand.people).sum() / 1000 == pytest.approx(held)
        assert access.mean * demand.total == pytest.approx(held)
    assert (found.confirmed.places <= found.possible.places).all()


@settings(max_examples=30)
@given(cases(), radii, st.randoms())
def test_neither_the_order_of_people_nor_of_stations_changes_a_figure(case: Any, radius_m: float, random: Any) -> None:
    demand, supply, known = case
    first = floating_catchment(TERRITORY, demand, supply, known, radius_m)
    order, rows = list(range(len(demand))), list(range(len(supply)))
    random.shuffle(order)
    random.shuffle(rows)
    columns = [getattr(demand, name)[order] for name in ("lons", "lats", "people", "districts", "rows")]
    second = floating_catchment(TERRITORY, Demand(*columns, SOURCE), supply.chosen(np.array(rows)), known, radius_m)
    assert second.possible.places.tolist() == first.possible.places[order].tolist()
    assert second.possible.districts == first.possible.districts
    assert (second.possible.stations, second.unknown) == (first.possible.stations, first.unknown)


def test_sums_of_many_ratios_are_the_same_to_the_last_digit_in_whatever_order_stations_come() -> None:
    rng = np.random.default_rng(4)
    where = rng.uniform(117.0, 117.1, 30), rng.uniform(34.0, 34.05, 30)
    many = stations(*[(f"s{row:02}", where[0][row], where[1][row], "sure") for row in range(30)])
    known = {each: 10 + row * row for row, each in enumerate(many.ids)}
    spread = Demand.spread(TERRITORY, {"a": 5000, "b": 300}, SOURCE)
    first = floating_catchment(TERRITORY, spread, many, known, 3000).confirmed
    again = floating_catchment(TERRITORY, spread, many.chosen(np.arange(30)[::-1]), known, 3000).confirmed
    assert again.places.tolist() == first.places.tolist()


@settings(max_examples=15)
@given(cases(), radii)
def test_the_access_package_finds_the_same(case: Any, radius_m: float) -> None:
    oracle = pytest.importorskip("access").fca
    pandas = pytest.importorskip("pandas")
    demand, supply, known = case
    counted = [row for row in range(len(supply)) if supply.confirmed[row] and known[supply.ids[row]] is not None]
    near = pairs(demand.lons, demand.lats, supply.lons[counted], supply.lats[counted], radius_m)
    assume(len(near.places))
    costs = pandas.DataFrame({"origin": near.places, "dest": near.stations, "cost": near.metres})
    held = pandas.DataFrame({"held": [float(known[supply.ids[row]]) for row in counted]}).rename_axis("geoid")
    lives = pandas.DataFrame({"people": demand.people / 1000}).rename_axis("geoid")
    expected = oracle.two_stage_fca(
        lives, held, costs, radius_m, demand_name="people", supply_name="held", demand_index="geoid"
    )
    found = floating_catchment(TERRITORY, demand, supply, known, radius_m).confirmed.places
    # It leaves out who reaches no station.
    assert found[expected.index] == pytest.approx(expected.to_numpy())
    assert (np.delete(found, expected.index) == 0).all()


def test_many_pairs_are_measured_in_parts_with_the_same_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    spread = Demand.spread(TERRITORY, {"a": 5000, "b": 300}, SOURCE)
    many = stations(*[(f"s{row:02}", 117.0 + row / 250, 34.025, "sure") for row in range(25)])
    known = {each: 10 + row for row, each in enumerate(many.ids)}
    whole = floating_catchment(TERRITORY, spread, many, known, 3000).confirmed
    monkeypatch.setattr("stationmap.audit.metrics.floating_catchment.MAX_PAIRS", 100)
    parts = floating_catchment(TERRITORY, spread, many, known, 3000).confirmed
    assert parts.stations == whole.stations
    assert parts.places == pytest.approx(whole.places, rel=1e-12)
