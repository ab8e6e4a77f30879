"""The merge of two people's changes of one station, field by field."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stationmap.editing import ABSENT, changed_fields, field_values, merge
from stationmap.editing.fields import STATION, station_of
from stationmap.registry.model import Station
from stationmap.registry.revision import line
from tests.strategies import station

BASE: dict[str, Any] = {
    "phone": "1",
    "hours": "Mo-Fr 09:00-17:00",
    "hours_source": "周一至周五9点到17点",
    "facilities": {"wifi": True},
    "services": ["membership", "counselling"],
    "note": {"unknown": ["kept"]},
}


def changed(**properties: Any) -> Station:
    known = {name: value for name, value in {**BASE, **properties}.items() if value is not ...}
    return station("s1", 117.2, 34.2, **known)


def test_changes_of_different_fields_are_both_taken() -> None:
    base = changed()
    mine = changed(phone="2", facilities={"wifi": True, "toilet": False})
    theirs = changed(name="另一个名字", facilities={"wifi": False})
    merged = merge(base, mine, theirs)
    assert merged.conflicts == ()
    assert merged.station == changed(phone="2", name="另一个名字", facilities={"wifi": False, "toilet": False})


def test_equal_changes_are_no_conflict() -> None:
    assert merge(changed(), changed(phone="2"), changed(phone="2", capacity=3)) == (
        changed(phone="2", capacity=3),
        (),
    )


def test_a_field_changed_in_two_ways_is_a_conflict_with_all_three_and_nothing_is_overwritten() -> None:
    merged = merge(changed(), changed(phone="2", capacity=3), changed(phone=...))
    (conflict,) = merged.conflicts
    assert (conflict.name, conflict.base, conflict.mine, conflict.theirs) == ("phone", "1", "2", ABSENT)
    assert merged.station == changed(phone=..., capacity=3)


def test_hours_and_their_wording_are_one_field() -> None:
    merged = merge(changed(), changed(hours="24/7"), changed(hours_source="全天"))
    assert [conflict.name for conflict in merged.conflicts] == ["hours"]


def test_sets_take_what_either_added_and_lose_what_either_removed() -> None:
    merged = merge(changed(), changed(services=["membership", "legal_aid"]), changed(services=["counselling", "z"]))
    assert merged.conflicts == ()
    assert merged.station is not None
    assert merged.station.services == ("legal_aid", "z")


def test_who_removes_what_another_changed_is_asked() -> None:
    removed = merge(changed(), None, changed(phone="2"))
    assert removed.station == changed(phone="2")
    assert [conflict.field for conflict in removed.conflicts] == [STATION]
    assert merge(changed(), None, changed()).station is None
    assert merge(None, changed(), None) == (changed(), ())


properties = st.fixed_dictionaries(
    {},
    optional={
        "phone": st.sampled_from(["1", "2", None]),
        "hours": st.sampled_from(["24/7", "off", None]),
        "hours_source": st.sampled_from(["全天", ""]),
        "status": st.sampled_from(["open", "closed"]),
        "closures": st.just([{"from": "2026-01-01", "reason": "x"}]),
        "facilities": st.dictionaries(st.sampled_from(["wifi", "toilet", "later_code"]), st.booleans()),
        "services": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "position": st.just({"how": "survey"}),
        "extra.member": st.sampled_from([1, {"a": 1}]),
        "other": st.none(),
    },
)
drawn = st.builds(lambda known, lon: station("s1", lon, 34.2, **known), properties, st.sampled_from([117.2, 117.3]))


@given(drawn)
def test_a_station_is_what_its_fields_say(one: Station) -> None:
    assert line(station_of(field_values(one))) == line(one)


@given(drawn, drawn, drawn)
def test_without_conflicts_both_orders_of_a_merge_are_equal(base: Station, one: Station, two: Station) -> None:
    merged, turned = merge(base, one, two), merge(base, two, one)
    assert [conflict.field for conflict in merged.conflicts] == [conflict.field for conflict in turned.conflicts]
    if not merged.conflicts:
        assert merged.station is not None
        assert turned.station is not None
        assert line(merged.station) == line(turned.station)


@given(drawn, drawn, drawn)
def test_nothing_that_they_changed_is_lost(base: Station, mine: Station, theirs: Station) -> None:
    merged = merge(base, mine, theirs)
    assert merged.station is not None
    now = field_values(merged.station)
    in_sets = {("services",), ("facilities",)}
    for change in changed_fields(base, theirs):
        if change.field not in in_sets:
            assert now.get(change.field, ABSENT) == change.after
    in_doubt = {conflict.field for conflict in merged.conflicts} | in_sets
    for change in changed_fields(base, mine):
        if change.field not in in_doubt:
            assert now.get(change.field, ABSENT) == change.after
