"""A station as the fields of a form: what was not touched stays to the last byte, and every fault is found at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.editing import changed_fields
from stationmap.editing.station_form import edited, form_values, proposed_id
from stationmap.editing.station_form.hours_text import hours_text
from stationmap.editing.station_form.presets import HOURS_PRESETS
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry, parse
from stationmap.registry.revision import line
from stationmap.resources import demo_registry
from stationmap.search.station_columns import StationColumns
from tests.apps import registry_of
from tests.journaling import one

TODAY = date(2026, 11, 23)
DEMO = parse(demo_registry().read_bytes())


PROPERTIES = {"name": "站", "category": "culture", "district": "320302", "access": {"who": "public"}}


def station(**properties: Any) -> Station:
    feature = {
        "type": "Feature",
        "id": "xz-1",
        "geometry": {"type": "Point", "coordinates": [117.2, 34.26]},
        "properties": {
            "name": "站",
            "category": "culture",
            "district": "320302",
            "access": {"who": "public"},
            **properties,
        },
    }
    return Station.model_validate(feature)


def mended(base: Station, **sent: Any) -> Station:
    """What a form makes of a station in which these fields were changed; `__` stands for a point."""
    named = {name.replace("__", "."): [text] if isinstance(text, str) else text for name, text in sent.items()}
    found = edited(base, {**form_values(base), **named}, today=TODAY)
    assert found.station is not None, found.faults
    return found.station


def faults(base: Station | None, **sent: Any) -> set[tuple[str, str]]:
    named = {name.replace("__", "."): [text] if isinstance(text, str) else text for name, text in sent.items()}
    found = edited(base, {**form_values(base), **named}, today=TODAY)
    assert found.station is None
    return {(fault.field, fault.code) for fault in found.faults}


def changes(base: Station, **sent: Any) -> dict[str, Any]:
    return {change.name: change.after for change in changed_fields(base, mended(base, **sent))}


def test_a_form_that_nobody_touched_is_the_station_itself() -> None:
    for each in DEMO.stations:
        as_a_browser_sends = {
            name: [text.replace("\n", "\r\n") for text in texts] for name, texts in form_values(each).items()
        }
        assert edited(each, as_a_browser_sends, today=TODAY).station is each


def test_what_no_form_shows_stays() -> None:
    base = station(
        source_columns={"备注": "x"},
        access={"who": "public", "how": ["scan", "ask"], "since": 1},
        facilities={"sauna": True, "wifi": True},
        services=["dancing", "membership"],
        closures=[
            {"from": "2026-12-01", "reason": "a\r\nb", "by": "王"},
            {"from": "2026-12-05T08:00:30Z", "to": "2026-12-06"},
        ],
        verified={"on": "2026-01-01", "by": "rider", "photo": 1},
        hours=None,
        phone=None,
        level=3,
    )
    assert changes(base, phone="0516-83730000") == {"phone": "0516-83730000"}
    assert changes(base, access="members")["access"] == {"who": "members", "how": ["scan", "ask"], "since": 1}
    assert changes(base, facilities__wifi="unknown", facilities__toilet="no") == {
        "facilities.wifi": changed_fields(base, mended(base, facilities__wifi="unknown"))[0].after,
        "facilities.toilet": False,
    }
    assert mended(base, services=["", "legal_aid"]).services == ("dancing", "legal_aid")
    changed = line(mended(base, closures__1__to="2026-12-07")).decode()
    assert '{"from":"2026-12-01","reason":"a\\r\\nb","by":"王"}' in changed
    assert '{"from":"2026-12-05T08:00:30Z","to":"2026-12-07","reason":""}' in changed
    assert changes(base, verified_on="2026-11-22")["verified"] == {"on": "2026-11-22", "by": "rider", "photo": 1}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"name": " 新名 "}, {"name": "新名"}),
        ({"aliases": "甲、乙\n丙"}, {"aliases": ["甲", "乙", "丙"]}),
        ({"capacity": "20人", "area_m2": "35.5㎡"}, {"capacity": 20, "area_m2": 35.5}),
        ({"opened": "2023年7月28日"}, {"opened": "2023-07-28"}),
        ({"district": "云龙区"}, {"district": "320303"}),
        ({"level": "★★★"}, {"level": "三星级"}),
        ({"access": "registration", "access_how": ["", "scan"], "access_note": "按门铃"},
         {"access": {"who": "registration", "how": ["scan"], "note": "按门铃"}}),
        ({"status": "suspended"}, {"status": {"status": "suspended"}}),
        ({"status": "open"}, {}),
        ({"hours": "周一至周五8:30-17:30，节假日休息"},
         {"hours": {"hours": "Mo-Fr 08:30-17:30; PH off", "hours_source": "周一至周五8:30-17:30，节假日休息"}}),
        ({"hours": "Mo-Fr 09:00-17:00"}, {"hours": {"hours": "Mo-Fr 09:00-17:00"}}),
        ({"hours": "sunrise-sunset"}, {"hours": {"hours": "sunrise-sunset"}}),
        ({"hours": "看情况", "hours_as_words": "yes"}, {"hours": {"hours": None, "hours_source": "看情况"}}),
        ({"hours": "随商场营业", "hours_meant": "每天10:00-21:30"},
         {"hours": {"hours": "Mo-Su 10:00-21:30", "hours_source": "随商场营业"}}),
        ({"closures__0__from": "2026-12-01", "closures__0__to": "2026-12-03", "closures__0__reason": "防汛"},
         {"status": {"closures": [{"from": "2026-12-01", "to": "2026-12-03", "reason": "防汛"}]}}),
        ({"closures__5__from": "2026-12-01", "closures__5__from_time": "08:30",
          "closures__5__open_ended": "yes"},
         {"status": {"closures": [{"from": "2026-12-01T08:30:00+08:00", "reason": ""}]}}),
        ({"verified_on": "2026-11-23"}, {"verified": {"on": "2026-11-23", "by": "staff"}}),
        ({"lon": "117.3"}, {"position": {"geometry": {"type": "Point", "coordinates": [117.3, 34.26]},
                                          "position": {"datum": "wgs84"}}}),
        ({"position_how": "survey"}, {"position": {"geometry": {"type": "Point", "coordinates": [117.2, 34.26]},
                                                    "position": {"how": "survey"}}}),
    ],
)  # fmt: skip
def test_what_was_typed_is_what_changes(sent: dict[str, Any], expected: dict[str, Any]) -> None:
    assert changes(station(), **sent) == expected


def test_what_was_emptied_is_removed_and_unknown_hours_are_null() -> None:
    base = station(phone="1", aliases=["a"], services=["membership"], hours="24/7", hours_source="24小时", level="x",
                   verified={"on": "2026-01-01", "by": "staff", "how": "x"},
                   closures=[{"from": "2026-12-01"}])  # fmt: skip
    done = mended(base, phone="", aliases="", services=[""], hours="", level="", verified_on="", verified_by="",
                  verified_how="", closures="shown", closures__0__drop="yes")  # fmt: skip
    assert line(done) == line(station()).replace(b'{"who":"public"}}', b'{"who":"public"},"hours":null}')


def test_a_place_in_another_datum_is_converted_and_says_so() -> None:
    base = station(position={"how": "survey", "datum": "wgs84"})
    moved = mended(base, place="https://uri.amap.com/marker?position=117.2059,34.2588")
    assert moved.properties.located is not None
    assert (moved.properties.located.how, moved.properties.located.datum) == ("map_pick", "gcj02")
    assert moved.geometry.coordinates == pytest.approx((117.2, 34.26), abs=3e-4)
    typed = mended(base, lon="117.2059", lat="34.2585", datum="gcj02").properties.located
    assert typed is not None and (typed.how, typed.datum) == (None, "gcj02")
    assert mended(base, place="34.26,117.2", place_datum="wgs84").geometry.coordinates == (117.2, 34.26)


def test_every_fault_is_found_at_once() -> None:
    assert faults(None, id="", access="") == {
        ("id", "bad_id"), ("name", "blank"), ("category", "blank"), ("district", "blank"), ("place", "no_place"),
        ("access", "blank"),
    }  # fmt: skip
    sent = {
        "name": "", "category": "bar", "district": "仙境", "phone": "找老板", "capacity": "很多", "area_m2": "-1",
        "photo": "javascript:alert(1)", "opened": "2023-02-30", "lon": "34.26", "lat": "117.2", "datum": "wgs84",
        "access": "aliens", "access_how": ["fly"], "hours": "看情况", "status": "gone", "services": ["x"],
        "facilities__wifi": "perhaps", "verified_on": "2027-01-01", "closures__0__to": "2026-12-01",
        "closures__1__from": "2026-12-05", "closures__1__to": "2026-12-01", "closures__2__from": "2026-12-05",
        "closures__3__from": "2026-12-05", "closures__3__to": "2026-12-06", "closures__3__open_ended": "yes",
        "closures__4__from": "2026-12-05", "closures__4__from_time": "25:00", "closures__4__open_ended": "yes",
    }  # fmt: skip
    assert faults(station(), **sent) == {
        ("name", "blank"), ("category", "not_offered"), ("district", "unknown_district"), ("phone", "no_phone"),
        ("capacity", "no_whole_number"), ("area_m2", "no_number"), ("photo", "no_link"), ("opened", "no_date"),
        ("lat", "swapped"), ("access", "not_offered"), ("access_how", "not_offered"), ("hours", "hours_not_understood"),
        ("status", "not_offered"), ("services", "not_offered"), ("facilities.wifi", "not_offered"),
        ("verified_on", "day_ahead"), ("closures.0.from", "closure_without_start"),
        ("closures.1.to", "closure_reversed"), ("closures.2.to", "closure_without_end"),
        ("closures.3.to", "closure_with_two_ends"), ("closures.4.from_time", "no_time"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"place": "https://surl.amap.com/aBcD12"}, ("place", "short_link")),
        ({"place": "117.2,34.26"}, ("place_datum", "datum_not_known")),
        ({"lon": "x"}, ("lon", "no_degrees")),
        ({"lat": ""}, ("lat", "blank")),
        ({"lon": "181"}, ("lon", "out_of_range")),
        ({"datum": "mars"}, ("datum", "datum_not_known")),
        ({"position_how": "guess"}, ("position_how", "not_offered")),
        ({"verified_how": "x"}, ("verified_on", "verified_without_day")),
        ({"verified_on": "x"}, ("verified_on", "no_date")),
        ({"verified_on": "2026-11-22", "verified_by": "cat"}, ("verified_by", "not_offered")),
        ({"hours": "随缘", "hours_meant": "随缘"}, ("hours_meant", "hours_not_understood")),
        ({"address": "x" * 100_001}, ("address", "too_long")),
        ({"access_note": "x" * 100_001}, ("access_note", "too_long")),
    ],
)  # fmt: skip
def test_a_fault_stands_at_its_field(sent: dict[str, Any], fault: tuple[str, str]) -> None:
    assert faults(station(), **sent) == {fault}


def test_what_other_words_meant_is_not_taken_for_new_ones() -> None:
    base = station(hours="05:30-22:30", hours_source="随首末班车 5:30-22:30")
    assert form_values(base)["hours_meant"] == ["05:30-22:30"]
    assert faults(base, hours="随首末班车 6:00-22:00") == {("hours_meant", "meant_of_other_words")}
    done = mended(base, hours="随首末班车 6:00-22:00", hours_meant="每天6:00-22:00")
    assert (done.hours, done.properties.hours_source) == ("Mo-Su 06:00-22:00", "随首末班车 6:00-22:00")
    assert mended(base, hours="每天8:00-18:00").hours == "Mo-Su 08:00-18:00"


@pytest.mark.parametrize("preset", HOURS_PRESETS, ids=lambda preset: preset.code)
def test_usual_hours_are_understood(preset: Any) -> None:
    assert hours_text(preset.meant or preset.text).hours


NAMES = sorted({*form_values(DEMO.stations[2]), "closures.0.from", "closures.0.to", "closures.0.open_ended", "id",
                "closures.0.drop", "closures", "hours_as_words", "hours_anew", "closures.1.from",
                "closures.x.from"})  # fmt: skip
TEXT = st.one_of(st.text(max_size=12), st.sampled_from(["yes", "no", "24/7", "2026-12-01", "117.2", "34,117", "open"]))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DEMO.stations), st.dictionaries(st.sampled_from(NAMES), st.lists(TEXT, max_size=3), max_size=6))
def test_whatever_is_sent_makes_a_station_or_says_what_is_wrong(base: Station, sent: dict[str, list[str]]) -> None:
    for of in (base, None):
        found = edited(of, {**form_values(of), **sent}, today=TODAY)
        assert (found.station is None) == bool(found.faults)
        if found.station is not None:
            again = edited(found.station, form_values(found.station), today=TODAY)
            assert again.station is found.station


def proposed_in(registry: Registry, district: str) -> str:
    return proposed_id(tuple(registry), StationColumns.of(registry.stations).districts, district)


def test_a_new_id_follows_those_that_are_there() -> None:
    assert proposed_in(DEMO, "320302") == "xz-320302-0056"
    assert proposed_in(DEMO, "320999") == "xz-320999-0001"
    assert proposed_in(registry_of([]), "320302") == "320302-0001"
    assert proposed_in(registry_of([]), "") == "-0001"
    assert proposed_in(registry_of([one("a", district="320302"), one("b9", district="320302")]), "320302") == "b10"
