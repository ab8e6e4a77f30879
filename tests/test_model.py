"""A station is a GeoJSON feature: what it takes, what it refuses, what it keeps."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from stationmap.errors import InvalidPositionError
from stationmap.registry.model import Position, Station
from tests.strategies import station


def closure(**members: Any) -> dict[str, Any]:
    return {"closures": [{"reason": "装修", **members}]}


@pytest.mark.parametrize(("lon", "lat"), [(math.nan, 34), (117, math.inf), (180.1, 0), (0, -90.1)])
def test_a_position_off_the_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidPositionError):
        Position(lon, lat)


def test_a_station_without_optional_members_has_unknowns_and_no_guesses() -> None:
    found = station("a", 117.2, 34.2)
    assert found.position == Position(117.2, 34.2)
    assert (found.hours, found.verified, found.facilities, found.closures) == (None, None, {}, ())
    assert found.status == "open"


def test_coordinates_are_kept_to_seven_decimals() -> None:
    assert station("a", 117.123456789, 34.0).geometry.coordinates == (117.1234568, 34.0)


def test_a_station_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        station("a", 117, 34).properties.name = "other"  # type: ignore[misc]


def test_a_closure_lasts_whole_days_or_to_the_minute() -> None:
    whole = station("a", 117, 34, **closure(**{"from": "2026-11-09", "to": "2026-11-10"})).closures[0]
    assert (whole.start, whole.end) == (date(2026, 11, 9), date(2026, 11, 10))
    exact = station("a", 117, 34, **closure(**{"from": "2026-11-09T00:00:00+08:00"})).closures[0]
    assert isinstance(exact.start, datetime)
    assert exact.start.utcoffset() == timedelta(hours=8)
    assert exact.end is None


@pytest.mark.parametrize("moment", ["2026-11-09T08:00", "20261109", "1700000000", 1700000000, "2026-02-30", "", None])
def test_a_closure_from_no_certain_moment_is_refused(moment: object) -> None:
    with pytest.raises(ValidationError):
        station("a", 117, 34, **closure(**{"from": moment}))


@pytest.mark.parametrize(
    "properties",
    [
        {"name": " "},
        {"name": 5},
        {"category": "toilet"},
        {"district": "3203"},
        {"district": "３２０３０３"},
        {"access": {"who": "everyone"}},
        {"access": {}},
        {"facilities": {"toilet": 1}},
        {"facilities": {"toilet": None}},
        {"capacity": -1},
        {"capacity": "8"},
        {"area_m2": math.inf},
        {"opened": 20181114},
        {"status": "shut"},
        {"verified": {"on": "2026-10-13", "by": "nobody"}},
        {"position": {"how": "guess"}},
    ],
)
def test_a_member_of_the_wrong_kind_is_refused(properties: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        station("a", 117, 34, **properties)


@pytest.mark.parametrize("station_id", ["", "-a", "a b", "a" * 65, "a\n", "站"])
def test_an_id_outside_its_alphabet_is_refused(station_id: str) -> None:
    with pytest.raises(ValidationError):
        station(station_id, 117, 34)


def test_members_the_format_does_not_know_are_kept_at_every_level() -> None:
    feature = {
        "type": "Feature",
        "id": "a",
        "geometry": {"type": "Point", "coordinates": [117.0, 34.0], "g": 1},
        "properties": {
            "name": "站",
            "category": "culture",
            "district": "320303",
            "access": {"who": "public", "a": [None]},
            "verified": {"on": "2026-10-13", "by": "staff", "v": {"deep": True}},
            "p": "x",
        },
        "f": 2.5,
    }
    assert Station.model_validate(feature).model_dump(mode="json", by_alias=True, exclude_unset=True) == feature
