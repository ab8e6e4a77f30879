"""Two snapshots: the parts of a change sum to it exactly, and each is what its own change alone does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import Coverage, coverage
from stationmap.audit.studies.changes import Add, Close, Lengthen, Move, apply
from stationmap.audit.studies.compare import changed_stations, compare
from stationmap.audit.studies.sensitivity import suspects
from stationmap.audit.studies.study import Study
from stationmap.audit.studies.whatif import whatif
from stationmap.errors import Finding, InvalidAuditError
from stationmap.registry.registry import Registry
from tests.strategies import station
from tests.test_audit_whatif import AREAS, DEMAND, NIGHT, REGISTRY, TERRITORY, registries, study

people = st.integers(0, 90_000)


@settings(max_examples=20)
@given(registries(), registries(), people, people)
def test_stations_and_demand_sum_to_the_change_exactly(before: Registry, after: Registry, west: int, east: int) -> None:
    later = Demand.spread(TERRITORY, {"320302": west + 1, "320303": east}, Source("residents", "later"))
    found = compare(study(before, radius_m=1200.0), study(after, demand=later, radius_m=1200.0))
    whole, *districts = found.lines
    for line in found.lines:
        for split in (line.confirmed_people, line.possible_people, line.confirmed_share, line.possible_share):
            if split is not None:
                assert split.stations + split.demand == split.change
    assert sum((line.confirmed_people.change for line in districts), Fraction()) == whole.confirmed_people.change
    assert sum((line.confirmed_people.stations for line in districts), Fraction()) == whole.confirmed_people.stations
    assert float(whole.confirmed_people.after) == pytest.approx(found.after.total.confirmed.people)


@settings(max_examples=10)
@given(registries(), registries())
def test_where_only_stations_change_demand_has_no_part(before: Registry, after: Registry) -> None:
    found = compare(study(before, radius_m=1200.0), study(after, radius_m=1200.0))
    assert all(line.confirmed_people.demand == 0 for line in found.lines)


def test_where_only_people_change_stations_have_no_part() -> None:
    doubled = replace(DEMAND, people=DEMAND.people * 2)
    line = compare(study(REGISTRY, radius_m=1200.0), study(REGISTRY, demand=doubled, radius_m=1200.0)).lines[0]
    assert line.confirmed_people.stations == 0
    # Of twice the people of a cell, twice as many are in reach but for a thousandth of one at the rim.
    assert (
        float(line.confirmed_people.demand) == pytest.approx(float(line.confirmed_people.before), rel=1e-4)
        and line.confirmed_people.before > 0
    )
    assert line.confirmed_share is not None
    assert float(line.confirmed_share.change) == pytest.approx(0, abs=1e-4)


def test_the_order_of_the_two_changes_is_not_favoured() -> None:
    """By hand: no station and 100 people, then all in reach and 300: 100 by stations first, 300 by stations last."""
    few = Demand.spread(TERRITORY, {"320302": 100}, Source("residents", "few"))
    many = Demand.spread(TERRITORY, {"320302": 300}, Source("residents", "many"))
    everywhere = Registry((station("a", 117.15, 34.25),))
    before, after = (
        study(registry, demand=demand, radius_m=100_000.0)
        for registry, demand in ((Registry(()), few), (everywhere, many))
    )
    split = compare(before, after).lines[0].confirmed_people
    assert (split.change, split.stations, split.demand) == (300, 200, 100)


def test_a_district_without_people_has_no_share() -> None:
    some = Demand.spread(TERRITORY, {"320302": 100}, Source("residents", "some"))
    same = study(REGISTRY, demand=some, radius_m=500.0)
    lines = {line.code: line for line in compare(same, same).lines}
    assert lines["320303"].confirmed_share is None
    assert lines["320303"].confirmed_people.change == 0


def test_different_kinds_of_demand_are_not_compared() -> None:
    raster = Demand.spread(TERRITORY, {"320302": 100}, Source("raster", "grid"))
    with pytest.raises(InvalidAuditError, match="residents and raster"):
        compare(study(REGISTRY), study(REGISTRY, demand=raster))


def test_different_questions_and_territories_are_not_compared() -> None:
    there = replace(study(REGISTRY), territory=Territory.of(AREAS, 250.0))
    for other in (study(REGISTRY, radius_m=500.0), study(REGISTRY, at=NIGHT), there):
        with pytest.raises(InvalidAuditError, match="questions or territories"):
            compare(study(REGISTRY), other)


@pytest.mark.parametrize(
    "outcome",
    [
        lambda asked: whatif(asked, [Close("west")]).after,
        lambda asked: suspects(asked, [Finding("west", "swapped", "", "warning")]).difference.after,
        lambda asked: compare(asked, asked.with_registry(Registry(()))).after,
    ],
    ids=["whatif", "suspects", "compare"],
)
def test_whoever_counts_a_study_counts_what_it_is_compared_with(outcome: Callable[[Study], Coverage]) -> None:
    counted = []

    def count_coverage(*asked: Any) -> Coverage:
        counted.append(asked)
        return coverage(*asked)

    assert outcome(replace(study(REGISTRY), count_coverage=count_coverage)).total == outcome(study(REGISTRY)).total
    assert len(counted) in (2, 4)


def test_the_stations_behind_a_change_are_named_by_what_happened_to_them() -> None:
    after = apply(
        REGISTRY,
        [Add.at("new", 117.14, 34.28, district="320302"), Move("west", 117.13, 34.25), Lengthen("west", "24/7")],
    )
    renamed = after["east"].model_copy(update={"properties": after["east"].properties.model_copy(update={"name": "x"})})
    after = Registry(tuple(renamed if one.id == "east" else one for one in after.stations if one.id != "unknown"))
    found = changed_stations(REGISTRY, apply(after, [Close("new")]))
    assert found.added == ("new",)
    assert found.gone == ("unknown",)
    assert found.moved == (("west", pytest.approx(921, abs=2)),)
    assert found.hours == ("west",)
    assert found.status == ()
    assert found.otherwise == ("east",)
