"""The boxes of the filters: what some station has, the usual first."""

from __future__ import annotations

from typing import Any

from stationmap.registry.model import FACILITIES
from stationmap.rules import USUAL_FACILITIES
from stationmap.search.facets import choices
from stationmap.search.station_columns import StationColumns
from tests.strategies import station


def columns_of(**known: Any) -> StationColumns:
    return StationColumns.of((station("a", 117.2, 34.2, **known),))


def test_only_what_some_station_has_is_offered() -> None:
    offered = dict(choices(columns_of(facilities={"shower": True, "aed": False}, services=["legal_aid"])))
    assert offered == {"category": ("outdoor_worker",), "facility": ("shower",), "service": ("legal_aid",)}


def test_the_usual_facilities_come_first_and_none_is_lost() -> None:
    offered = dict(choices(columns_of(facilities=dict.fromkeys(FACILITIES, True))))["facility"]
    assert offered[: len(USUAL_FACILITIES)] == USUAL_FACILITIES
    assert sorted(offered) == sorted(FACILITIES)


def test_another_registry_is_offered_its_own() -> None:
    assert choices(columns_of(services=["legal_aid"])) != choices(columns_of(services=["membership"]))
