"""Gaps of a country, area by area, are those of one territory: people, area, outline and site."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.gaps import gaps
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.coverage import spread_evenly
from stationmap.audit.nation.gaps import nation_gaps
from tests.test_audit_nation import AREAS, RESIDENTS, SOURCE, supply, week

CELL_M = 2_000.0


@settings(max_examples=8)
@given(st.integers(0, 99), st.floats(500, 20_000), st.booleans(), st.integers(1, 30))
def test_gaps_of_areas_are_those_of_one_territory(seed: int, radius_m: float, possible: bool, listed: int) -> None:
    territory, country, stations = Territory.of(AREAS, CELL_M), Country.of(AREAS, CELL_M), supply(seed)
    demand, people = Demand.spread(territory, RESIDENTS, SOURCE), spread_evenly(country, RESIDENTS)
    whole = gaps(territory, demand, stations, radius_m, week=week(seed), possible=possible)
    found = nation_gaps(country, people, stations, radius_m, week=week(seed), possible=possible, listed=listed)
    assert (found.people, found.area_km2) == (whole.people, whole.area_km2)
    assert len(found.gaps) == min(listed, len(whole.gaps))
    for mine, theirs in zip(found.gaps, whole.gaps, strict=False):
        assert (mine.rows == territory.cells[theirs.rows]).all()
        assert mine.polygon.equals(theirs.polygon)
        named = [each.name for each in fields(mine) if each.name not in ("rows", "polygon")]
        assert [getattr(mine, name) for name in named] == [getattr(theirs, name) for name in named]


def test_where_everybody_is_in_reach_there_is_no_gap() -> None:
    country = Country.of(AREAS, CELL_M)
    found = nation_gaps(country, spread_evenly(country, RESIDENTS), supply(1), 90_000.0)
    assert (found.gaps, found.people, found.area_km2) == ((), 0, 0)


def test_without_stations_all_of_an_area_is_a_gap_of_no_nearest_station() -> None:
    country, nobody = Country.of(AREAS, CELL_M), supply(1).without(np.ones(60, dtype=bool))
    found = nation_gaps(country, spread_evenly(country, RESIDENTS), nobody, 90_000.0)
    assert {gap.nearest_id for gap in found.gaps} == {None}
    assert sum(gap.people for gap in found.gaps) == found.people == sum(RESIDENTS.values())
