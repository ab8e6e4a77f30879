"""Deep checks: each kind is found where it is and not beside it, unknown is never lacking, and nobody counts twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap import city
from stationmap.audit.inputs.supply import Supply
from stationmap.deep_checks import Examination, Issue, TrendPoint, examine, trend
from stationmap.deep_checks.document import document, unreadable_document
from stationmap.deep_checks.effect import Effects
from stationmap.deep_checks.kinds import KINDS
from stationmap.deep_checks.sheets import in_words, sheets, stated
from stationmap.deep_checks.upkeep_rules import KITS, STALENESS, UpkeepRules, upkeep_rules
from stationmap.editing.fields import field_name, field_of_member
from stationmap.editing.list_import.likeness import are_alike
from stationmap.errors import FileError
from stationmap.finding_codes import (
    DeepCode,
    HoursCode,
    JsonFileCode,
    RegistryFormatCode,
    RegistryQualityCode,
    StaleCode,
)
from stationmap.geo.geodesy import ecef, geodesic_m
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import LANGUAGES, catalogue
from stationmap.registry.checks import quality
from stationmap.registry.model import FACILITIES, Header, Properties, Station
from stationmap.registry.registry import Registry
from tests.conftest import XUZHOU
from tests.strategies import station, stations
from tests.test_audit_whatif import AREAS, DEMAND, lats, lons

TODAY = date(2026, 5, 20)
"""A day on which the notices of all years that should be there are."""

WHOLE_KIT = dict.fromkeys("seating microwave drinking_water air_conditioning heating first_aid fridge".split(), True)
KEPT: dict[str, Any] = {
    "address": "路1号",
    "hours": "24/7",
    "phone": "0516-83730000",
    "facilities": WHOLE_KIT,
    "verified": {"on": "2026-05-10", "by": "staff"},
}


def kept(station_id: str = "a", lon: float = 117.2, lat: float = 34.25, **properties: Any) -> Station:
    """Make a station about which there is nothing to say."""
    return station(station_id, lon, lat, **{**KEPT, "name": f"{station_id} 站", **properties})


def found(*listed: Station, today: date = TODAY, **options: Any) -> tuple[Issue, ...]:
    return examine(Registry(listed), today=today, **options).issues


def codes(*listed: Station, today: date = TODAY, **options: Any) -> list[str]:
    return sorted(issue.code for issue in found(*listed, today=today, **options))


def checked(on: str) -> dict[str, Any]:
    return {"verified": {"on": on, "by": "staff"}}


def suspended(*closures: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"status": "suspended", "closures": closures, **more}


def test_of_a_station_that_is_well_kept_there_is_nothing_to_say() -> None:
    assert found(kept()) == ()


SIDE_EFFECTS = {"stale_hours", "stale_access", "stale_facilities", "stale_phone", "stale_place", "stale_opening"}


@pytest.mark.parametrize(
    ("code", "properties", "neighbour"),
    [
        ("stale_opening", checked("2026-03-20"), checked("2026-03-21")),
        ("stale_hours", checked("2025-11-20"), checked("2025-11-21")),
        ("stale_hours", checked("2025-11-20"), {**checked("2025-11-20"), "hours": None}),
        ("stale_access", checked("2025-11-20"), checked("2025-11-21")),
        ("stale_facilities", checked("2025-11-20"), checked("2025-11-21")),
        ("stale_facilities", checked("2025-11-20"), {**checked("2025-11-20"), "facilities": {}}),
        ("stale_phone", checked("2025-05-24"), checked("2025-05-25")),
        ("stale_phone", checked("2025-05-24"), {**checked("2025-05-24"), "phone": None}),
        ("stale_place", checked("2025-05-24"), checked("2025-05-25")),
        ("never_verified", {"verified": None}, {}),
        ("never_verified", {"verified": None}, {"verified": None, "status": "closed"}),
        ("hours_unknown", {"hours": None}, {"hours": "Mo-Fr 09:00-17:00"}),
        ("hours_unknown", {"hours": '09:00-19:00 unknown "以门口告示为准"'}, {"hours": "09:00-19:00"}),
        ("hours_unknown", {"hours": None}, {"hours": None, "status": "planned"}),
        ("hours_only_worded", {"hours": None, "hours_source": "见门口告示"}, {"hours_source": "见门口告示"}),
        (
            "hours_contradict_wording",
            {"hours": "Mo-Su 09:00-17:00", "hours_source": "每天8:00-20:00"},
            {"hours": "Mo-Su 08:00-20:00", "hours_source": "每天8:00-20:00"},
        ),
        (
            "hours_contradict_wording",
            {"hours": "Mo-Sa 09:00-17:00; PH off", "hours_source": "周一至周五9:00-17:00，节假日休息"},
            {"hours": "Mo-Fr 09:00-17:00; PH off", "hours_source": "周一至周五9:00-17:00"},
        ),
        ("access_unknown", {"access": {"who": "unknown"}}, {"access": {"who": "members"}}),
        ("position_geocoded", {"position": {"how": "geocoded"}}, {"position": {"how": "survey"}}),
        ("phone_not_readable", {"phone": "找门卫"}, {"phone": "暂无"}),
        ("kit_incomplete", {"facilities": {**WHOLE_KIT, "microwave": False}}, {"facilities": WHOLE_KIT}),
        (
            "kit_incomplete",
            {"facilities": {**WHOLE_KIT, "fridge": False, "reading": False}},
            {"facilities": {**WHOLE_KIT, "fridge": False, "reading": True}},
        ),
        ("kit_unknown", {"facilities": {"microwave": True}}, {"facilities": {}, "category": "service_centre"}),
        (
            "closure_without_end",
            {"closures": [{"from": "2026-05-18"}]},
            {"closures": [{"from": "2026-05-18", "to": "2026-05-30"}]},
        ),
        (
            "closure_past",
            {"closures": [{"from": "2026-01-01", "to": "2026-02-18"}]},
            {"closures": [{"from": "2026-01-01", "to": "2026-02-19"}]},
        ),
        (
            "closures_overlap",
            {"closures": [{"from": "2026-05-01", "to": "2026-06-01"}, {"from": "2026-05-10", "to": "2026-07-01"}]},
            {"closures": [{"from": "2026-05-01", "to": "2026-05-09"}, {"from": "2026-05-10", "to": "2026-07-01"}]},
        ),
        (
            "closure_contradicts_status",
            suspended({"from": "2026-05-01", "to": "2026-05-19", "reason": "检修"}),
            suspended({"from": "2026-05-01", "to": "2026-05-20", "reason": "检修"}),
        ),
        (
            "suspended_without_reason",
            suspended(),
            suspended({"from": "2026-05-01", "to": "2026-06-20", "reason": "检修"}),
        ),
        (
            "suspended_without_reason",
            suspended({"from": "2026-05-01", "to": "2026-06-20"}),
            suspended({"from": "2026-05-01T08:00+08:00", "to": "2026-06-20T18:00+08:00", "reason": "检修"}),
        ),
        ("opened_contradicts_status", {"opened": "2026-05-21"}, {"opened": "2026-05-20"}),
        (
            "opened_contradicts_status",
            {"status": "planned", "opened": "2026-05-20"},
            {"status": "planned", "opened": "2026-05-21"},
        ),
        # What `check` finds stands among them, once.
        ("bad_hours", {"hours": "when the boss comes"}, {}),
        ("hours_never_open", {"hours": "off"}, {}),
        ("bad_photo", {"photo": "javascript:alert(1)"}, {"photo": "https://example.org/a.jpg"}),
        ("closure_reversed", {"closures": [{"from": "2026-05-10", "to": "2026-05-09"}]}, {}),
        ("verified_in_future", checked("2026-05-21"), {}),
        ("personal_phone", {"phone": "13805160000"}, {}),
    ],
)  # fmt: skip
def test_each_kind_is_found_once_and_not_in_its_neighbour(
    code: str, properties: dict[str, Any], neighbour: dict[str, Any]
) -> None:
    assert [each for each in codes(kept(**properties)) if each not in SIDE_EFFECTS - {code}] == [code]
    assert code not in codes(kept(**neighbour))


NAME, ALIAS = "金苑社区党群服务中心工会驿站", "金苑社区党群服务中心爱心驿站"
NEAR = {"lon": 117.2005, "lat": 34.25}  # 46 m


@pytest.mark.parametrize(
    ("code", "one", "two", "confidence"),
    [
        ("duplicate_code", kept("xz-7"), kept("XZ_007", 117.4), "possible"),
        ("duplicate_code", kept("xz-7", name=NAME), kept("xz-07", 117.4, name=NAME, address="路2号"), "likely"),
        ("duplicate_phone", kept("a", name=NAME), kept("b", name="和平银行工会驿站", **NEAR), "possible"),
        ("duplicate_phone", kept("a", name=NAME), kept("b", name=NAME + "站点", **NEAR), "likely"),
        ("duplicate_phone", kept("a", name=NAME), kept("b", 117.3, name=NAME, address="路2号"), "possible"),
        ("duplicate_nearby", kept("a", name=NAME), kept("b", name=ALIAS, phone=None, **NEAR), "likely"),
    ],
)
def test_a_station_entered_twice_is_found_with_how_sure_it_is(
    code: str, one: Station, two: Station, confidence: str
) -> None:
    (issue,) = found(one, two)
    assert (issue.code, issue.confidence, set(issue.ids)) == (code, confidence, {one.id, two.id})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (kept("xz-1-12"), kept("xz-11-2", 117.4, phone=None)),
        (kept("xz-10"), kept("xz-1", 117.4, phone=None)),
        # Numbered places, two gates, a nursing room beside a rest station, and what is gone.
        (kept("a", name="云龙湖1号驿站", phone=None), kept("b", name="云龙湖2号驿站", **NEAR)),
        (kept("a", name="云龙湖东门驿站", phone=None), kept("b", name="云龙湖西门驿站", **NEAR)),
        (kept("a", name="商场工会驿站"), kept("b", name="商场康乃馨服务站", category="carnation", **NEAR)),
        (kept("a", name=NAME), kept("b", name=NAME, address="路2号", status="moved", **NEAR)),
        # One telephone and nothing else.
        (kept("a", name="鼓楼公园驿站"), kept("b", 117.3, name="云龙银行驿站")),
        (kept("a", name=NAME, phone=None), kept("b", 117.3, name="和平社区工会驿站", phone=None)),
    ],
)
def test_two_stations_are_two(one: Station, two: Station) -> None:
    assert not [code for code in codes(one, two) if code.startswith("duplicate_")]


def test_the_telephone_of_an_office_is_no_sign_of_two_being_one() -> None:
    office = [kept(f"s{row}", 117.2 + row / 50, name=NAME, address=f"路{row}号") for row in range(5)]
    assert codes(*office) == []
    assert set(codes(*office[:3])) == {"duplicate_phone"}


def test_a_pair_that_the_check_found_is_not_found_again() -> None:
    twins = (kept("a", name=NAME), kept("b", name=NAME, **NEAR))
    assert codes(*twins) == ["same_name_and_address"]
    assert found(*twins)[0].ids == ("a", "b")


def test_names_are_alike_in_what_is_their_own() -> None:
    pairs = [
        ("金苑社区工会驿站", "金苑社区爱心驿站", True),
        ("金苑社区工会驿站", "金苑 社区（户外劳动者服务站）", True),
        ("金苑社区工会驿站", "银苑小区工会驿站", False),
        ("户外劳动者服务站", "工会驿站", False),
        ("A座驿站", "B座驿站", False),
        ("徐州站驿站", "徐州东站驿站", False),
    ]
    assert [are_alike(one, other) for one, other, _ in pairs] == [alike for *_, alike in pairs]


def test_stacked_stations_are_all_named_and_positions_are_to_be_mended() -> None:
    (issue,) = [
        each
        for each in found(*(kept(f"s{row:02}", name=f"{row}号", phone=None) for row in range(12)))
        if each.code == "stacked"
    ]
    assert issue.ids == tuple(f"s{row:02}" for row in range(12))
    assert issue.fields == ("position",)


def test_stations_that_wait_for_a_notice_of_holidays_are_all_named() -> None:
    november = date(2026, 11, 30)
    waiting = kept("a", hours="Mo-Fr 09:00-17:00; PH off", **checked("2026-11-20"))
    steady = kept("b", 117.3, phone=None, **checked("2026-11-20"))
    (issue,) = found(waiting, steady, today=november)
    assert (issue.code, issue.ids, issue.fields) == ("holidays_missing", ("a",), ())
    assert "2027" in issue.explained("zh") and "2027" in issue.explained("en")
    assert "holidays_missing" not in codes(waiting, today=date(2026, 10, 31))


def test_a_wording_that_can_be_read_is_proposed_as_hours() -> None:
    (issue,) = found(kept(hours=None, hours_source="每天8:00-20:00"))
    assert "08:00-20:00" in issue.explained("zh")


def test_what_a_wording_does_not_say_of_holidays_contradicts_nothing() -> None:
    everyday = {"hours": "Mo-Fr 09:00-17:00; Sa,Su,PH off", "hours_source": "周一至周五9:00-17:00"}
    assert codes(kept(**everyday)) == []


@given(st.dictionaries(st.sampled_from(FACILITIES), st.booleans()))
def test_unknown_is_never_lacking(facilities: dict[str, bool]) -> None:
    items = upkeep_rules().kits[0].items
    known = [[facilities.get(code) for code in item.codes] for item in items]
    there = [True in each if item.any else all(each) for item, each in zip(items, known, strict=True)]
    # Of several that will do all must be absent; of several that belong together one.
    lacking = [
        item for item, each in zip(items, known, strict=True) if (set(each) == {False} if item.any else False in each)
    ]
    (kit,) = [each for each in found(kept(facilities=facilities)) if each.code.startswith("kit_")] or [None]
    assert (kit is None) == all(there)
    assert (kit is not None and kit.code == "kit_incomplete") == bool(lacking)
    if kit is not None and lacking:
        assert kit.values["lacking"]["zh"] == "、".join(item.names["zh"] for item in lacking)
        assert set(kit.fields) == {f"facilities.{code}" for item in lacking for code in item.codes}
    if False not in facilities.values():
        assert kit is None or kit.code == "kit_unknown"


@given(stations(lon=lons, lat=lats), st.booleans())
def test_what_the_check_finds_stands_among_the_issues_once(drawn: list[Station], is_swapped: bool) -> None:
    more = [kept("far", 121.5, 31.2), kept("swapped", 34.2, 85.0)] if is_swapped else []
    registry = Registry((*drawn, *more), Header(format=1, city="徐州市"))
    findings = quality.warnings(registry, AREAS, today=TODAY)
    issues = examine(registry, today=TODAY, counties=AREAS).issues
    of_check = {*get_args(HoursCode), *get_args(RegistryQualityCode), *get_args(RegistryFormatCode)}
    assert Counter(finding.code for finding in findings) == Counter(
        issue.code for issue in issues if issue.code in of_check
    )
    assert all(issue.fields for issue in issues if issue.ids and issue.code != "holidays_missing")


# Effects


def nearest_by_hand(registry: Registry, chosen: Callable[[int], bool]) -> tuple[list[int], list[float]]:
    """Return the nearest chosen station of each cell and its metres, each measured to each."""
    rows = [row for row in range(len(registry)) if chosen(row)]
    if not rows:
        return [-1] * len(DEMAND), [np.inf] * len(DEMAND)
    cells = DEMAND.lons, DEMAND.lats, ecef(DEMAND.lons, DEMAND.lats)
    metres = []
    for row in rows:
        lon, lat = (np.full(len(DEMAND), degrees) for degrees in registry.stations[row].geometry.coordinates)
        metres.append(geodesic_m(*cells, lon, lat, ecef(lon, lat)))
    all_m = np.round(np.stack(metres), 6)
    return [rows[at] for at in all_m.argmin(axis=0)], all_m.min(axis=0).tolist()


in_the_city = stations(lon=lons, lat=lats)


@given(in_the_city, st.data())
def test_effects_are_those_of_measuring_every_way_and_no_set_affects_more_than_there_are(
    drawn: list[Station], data: st.DataObject
) -> None:
    registry = Registry(tuple(drawn))
    effects = Effects.of(registry, DEMAND, TODAY)
    supply = Supply.of(registry.stations, day=TODAY)
    confirmed, confirmed_m = nearest_by_hand(registry, lambda row: bool(supply.confirmed[row]))
    waiting, waiting_m = nearest_by_hand(registry, lambda row: bool(effects.waiting[row]))
    ids = data.draw(st.sets(st.sampled_from(sorted(registry)))) if drawn else set()
    rows = {effects.ids[each] for each in ids}
    # Stations at one place are as near as each other: which of them has the people is the index's choice.
    if len({each.geometry.coordinates for each in drawn}) == len(drawn):
        people = sum(
            int(DEMAND.people[cell])
            for cell in range(len(DEMAND))
            if confirmed[cell] in rows or (waiting[cell] in rows and waiting_m[cell] < confirmed_m[cell])
        )
        assert effects.of_stations(ids)[0] == people / 1000
    assert effects.of_stations(ids)[0] <= DEMAND.total
    alone = [effects.of_stations((each.id,)) for each in registry.stations]
    assert sum(people for people, basis in alone if basis == "nearest") <= DEMAND.total + 1e-6
    assert sum(people for people, basis in alone if basis == "would_be_nearest") <= DEMAND.total + 1e-6
    assert all(people == 0 for people, basis in alone if basis == "nobody_sent")


def test_where_one_station_is_confirmed_it_is_everybodys_and_what_is_nearer_waits() -> None:
    registry = Registry((
        kept("far", 117.21, 34.21),
        kept("asked", 117.11, 34.29, access={"who": "unknown"}),
        kept("gone", 117.13, 34.25, status="closed"),
        kept("women", 117.13, 34.26, category="carnation", access={"who": "women"}),
        kept("resting", 117.14, 34.26, status="suspended"),
    ))  # fmt: skip
    effects = Effects.of(registry, DEMAND, TODAY)
    assert effects.of_stations(("far",)) == (DEMAND.total, "nearest")
    people, basis = effects.of_stations(("asked",))
    assert 0 < people < DEMAND.total and basis == "would_be_nearest"
    assert effects.of_stations(("resting",))[1] == "would_be_nearest"
    for station_id in ("gone", "women"):
        assert effects.of_stations((station_id,)) == (0.0, "nobody_sent")
    assert effects.of_stations(tuple(registry)) == (DEMAND.total, "nearest")


def test_what_a_closure_shuts_today_would_be_nearest() -> None:
    shut = kept("shut", closures=[{"from": "2026-05-18", "to": "2026-05-25"}])
    effects = Effects.of(Registry((shut,)), DEMAND, TODAY)
    assert effects.of_stations(("shut",)) == (DEMAND.total, "would_be_nearest")


# All together


def demo_city(*listed: Station, **header: Any) -> Examination:
    registry = Registry(listed, Header(format=1, **header))
    return examine(registry, today=TODAY, demand=DEMAND)


def test_most_affecting_comes_first_among_what_is_equally_grave() -> None:
    everywhere = kept("b", 117.14, 34.25, hours=None)
    corner = kept("a", 117.219, 34.201, hours=None, phone=None)
    stale = kept("c", 117.16, 34.29, phone=None, **checked("2026-03-01"))
    examined = demo_city(everywhere, corner, stale)
    assert [(issue.code, issue.ids[0]) for issue in examined.issues] == [
        ("hours_unknown", "b"),
        ("hours_unknown", "a"),
        ("stale_opening", "c"),
    ]
    (unknown, opening) = examined.kinds()
    assert (unknown.code, len(unknown.issues), unknown.stations) == ("hours_unknown", 2, 2)
    assert unknown.people == pytest.approx(sum(issue.people or 0 for issue in unknown.issues))
    assert opening.severity == "notice"
    assert [care.id for care in examined.stations()] == ["b", "a", "c"]


@given(stations(lon=lons, lat=lats), st.sampled_from(["hours", "access", "facilities", "phone"]))
def test_adding_a_station_never_fails_and_every_issue_names_known_stations_fields_and_words(
    drawn: list[Station], left_out: str
) -> None:
    added = kept(
        "added",
        **(
            {"access": {"who": "unknown"}}
            if left_out == "access"
            else {left_out: None if left_out != "facilities" else {}}
        ),
    )
    for listed in (drawn, [*drawn, added]):
        examined = demo_city(*listed)
        counted = Counter(issue.severity for issue in examined.issues)
        assert sum(counted.values()) == len(examined.issues) == sum(len(kind.issues) for kind in examined.kinds())
        for issue in examined.issues:
            assert set(issue.ids) <= set(examined.registry)
            assert set(issue.fields) <= FIELDS
            assert issue.people is None or 0 <= issue.people <= DEMAND.total
            for language in LANGUAGES:
                assert issue.what(language) and issue.how_to_mend(language)
                assert "{" not in issue.explained(language)


FIELDS = {
    "station",
    *(field_of_member(Properties.model_fields[name].alias or name) for name in Properties.model_fields),
    *(field_name(("facilities", code)) for code in FACILITIES),
}


@given(stations())
def test_stations_anywhere_on_earth_are_examined(drawn: list[Station]) -> None:
    examine(Registry(tuple(drawn)), today=TODAY, demand=DEMAND)


def test_only_districts_that_are_asked_for_are_listed_with_what_concerns_no_station() -> None:
    here, there = kept("a", hours=None), kept("b", 117.15, hours=None, district="320302", phone=None)
    examined = demo_city(here, there)
    chosen = examined.in_districts({"320302"})
    assert [issue.ids for issue in chosen.issues] == [("b",)]
    assert chosen.issues[0] in examined.issues


def test_a_trend_examines_each_revision_as_of_its_own_day() -> None:
    before = Registry((kept("a", hours=None, **checked("2026-01-10")),))
    after = Registry((kept("a", **checked("2026-01-10")),))
    days = [datetime(2026, month, 20, 9, tzinfo=ZONE) for month in (1, 2, 5)]
    points = list(trend(zip(days, (before, after, after), strict=True)))
    assert [point.counts for point in points] == [{"hours_unknown": 1}, {}, {"stale_opening": 1}]
    assert [point.total for point in points] == [1, 0, 1]
    assert points[1].revision == points[2].revision == after.revision


# What is written of it


def test_the_document_has_the_members_of_the_documentation() -> None:
    examined = demo_city(kept("a", hours=None), demo=True)
    point = TrendPoint(datetime(2026, 5, 1, tzinfo=ZONE), "r", 1, {"hours_unknown": 1})
    made = document(examined, stated(examined, None), [point])
    assert json.loads(json.dumps(made)) == made
    assert made["label"] == "演示数据"
    assert (made["errors"], made["warnings"], made["notices"]) == (0, 1, 0)
    assert made["kinds"][0] | {"what": 0, "mend": 0} == {
        "code": "hours_unknown", "severity": "warning", "issues": 1, "stations": 1,
        "people": DEMAND.total, "what": 0, "mend": 0,
    }  # fmt: skip
    assert made["issues"] == [
        {
            "code": "hours_unknown",
            "severity": "warning",
            "confidence": "certain",
            "ids": ["a"],
            "fields": ["hours"],
            "where": "",
            "detail": {"zh": "", "en": ""},
            "people": DEMAND.total,
            "basis": "nearest",
        }
    ]
    assert made["trend"] == [
        {"at": "2026-05-01T00:00:00+08:00", "revision": "r", "stations": 1, "counts": {"hours_unknown": 1}}
    ]
    assert set(unreadable_document(())) == set(made) - {"label", "parameters", "made_on"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_hold_a_row_an_issue_and_a_row_a_station(language: str) -> None:
    examined = demo_city(
        kept("a", hours=None, **checked("2026-03-01")), kept("b", 117.15, phone=None, district="320302")
    )
    issues, care, kinds = sheets(examined, (), language)
    assert [len(sheet.rows) for sheet in (issues, care, kinds)] == [2, 1, 2]
    assert issues.records()[0]["id"] == "a"
    assert issues.heading("mend", language) != "mend"
    assert "2026-03-01" in str(care.records()[0]["care"])
    (*_, changes) = sheets(
        examined, [TrendPoint(datetime(2026, 5, 1, tzinfo=ZONE), "abcdef", 2, {"hours_unknown": 1})], language
    )
    assert changes.rows[0][1] == changes.rows[1][1] == 1
    kit = in_words(stated(examined, None), examined, language)["parameters"]["kit"]
    assert kit == examined.kit.names[language]


def test_of_many_issues_of_one_kind_the_list_of_stations_tells_the_number() -> None:
    trio = [kept(f"s{row}", 117.2 + row / 5000, name=NAME, address=f"路{row}号", phone=None) for row in range(3)]
    care = {row["id"]: str(row["care"]) for row in sheets(demo_city(*trio), (), "zh")[1].records()}
    assert care["s0"] == "可能重复登记：相邻且名称相近（×2）"


# Rules and words


def test_every_kind_has_what_holds_of_it_and_every_stale_code_a_row() -> None:
    rules = upkeep_rules()
    stale = set(get_args(StaleCode))
    assert {row.code for row in rules.staleness} == stale
    assert set(KINDS) == set(get_args(DeepCode)) - stale
    assert {field for kind in KINDS.values() for field in kind.fields} <= FIELDS
    assert {field for row in rules.staleness for field in row.fields} <= FIELDS
    assert {code for kit in rules.kits for item in kit.items for code in item.codes} <= set(FACILITIES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_about_a_registry_says_how_to_mend_it(language: str) -> None:
    groups = (JsonFileCode, RegistryFormatCode, HoursCode, RegistryQualityCode, DeepCode)
    about = {code for group in groups for code in get_args(group)}
    assert {key for key in catalogue(language) if key.startswith("deep.mend.")} == {
        f"deep.mend.{code}" for code in about
    }


def folder_of_a_city(tmp_path: Path, name: str, text: str) -> city.City:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return city.City(tmp_path, XUZHOU.names, XUZHOU.box, XUZHOU.centre, XUZHOU.districts)


def test_a_city_may_have_its_own_kits(tmp_path: Path) -> None:
    words = {"zh": "一件", "en": "one thing"}
    kit = {
        "code": "own",
        "names": words,
        "source": words,
        "categories": ["outdoor_worker"],
        "items": [{"names": words, "all": ["wifi"]}],
    }
    city.adopt(folder_of_a_city(tmp_path, KITS, json.dumps([kit])))
    assert codes(kept(facilities={"wifi": False})) == ["kit_incomplete"]
    assert codes(kept(facilities={"wifi": True})) == []
    assert len(upkeep_rules().staleness) == len(get_args(StaleCode))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (KITS, "[]"),
        (KITS, '[{"code": "x"}]'),
        (STALENESS, '[{"code": "stale_roof", "days": 1}]'),
        (STALENESS, '[{"code": "stale_hours", "days": 0, "severity": "notice", "fields": [], "reason": {"zh": "x"}}]'),
        (STALENESS, "no JSON"),
    ],
)
def test_rules_that_are_none_are_an_error_that_names_the_file(tmp_path: Path, name: str, text: str) -> None:
    city.adopt(folder_of_a_city(tmp_path, name, text))
    with pytest.raises(FileError, match=name):
        examine(Registry(()), today=TODAY)


def test_a_kit_there_is_not_is_an_error_that_names_those_there_are() -> None:
    rules: UpkeepRules = upkeep_rules()
    assert rules.kit(None) is rules.kits[0]
    assert rules.kit("six_plus_x").names["zh"] == "6+X"
    with pytest.raises(FileError, match="six_plus_x"):
        rules.kit("nine")
