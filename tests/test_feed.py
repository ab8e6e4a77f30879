"""The feed tells a phone, for two weeks, exactly what the server would say, and is small."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from stationmap.formats.feed import DAYS, MAX_STATIONS, TEXTS, feed
from stationmap.formats.geojson import properties
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import FACILITIES
from stationmap.registry.registry import Registry, parse
from stationmap.resources import demo_registry
from tests.apps import registry_of
from tests.strategies import station

DAY = date(2026, 12, 25)  # two weeks that hold a holiday and a make-up day
FRIDAY = date(2026, 11, 20)  # two weeks with nothing special
START = datetime(2026, 12, 25, tzinfo=ZONE)
STATES = {1: "open", 2: "unknown"}


@cache
def _demo() -> Registry:
    return parse(demo_registry().read_bytes())


@cache
def _demo_feed() -> tuple[bytes, dict[str, Any]]:
    data = feed(_demo(), DAY)
    return data, orjson.loads(data)


def _ids(column: dict[str, list[Any]]) -> Iterator[str]:
    """Read front-coded ids the way the phone does."""
    last = ""
    for shared, rest in zip(column["shared"], column["rest"], strict=True):
        last = last[:shared] + rest
        yield last


def _state(document: dict[str, Any], row: int, at: datetime) -> str:
    """Read a state the way the phone does."""
    minute = (at - START).total_seconds() / 60
    schedule = document["schedules"][document["stations"]["schedule"][row]]
    return next((STATES[code] for begin, end, code in schedule["stretches"] if begin <= minute < end), "closed")


@given(st.integers(0, 1_001), st.datetimes(START.replace(tzinfo=None), START.replace(tzinfo=None) + timedelta(days=13)))
def test_the_state_read_from_the_feed_is_the_state_the_server_computes(row: int, moment: datetime) -> None:
    at = moment.replace(tzinfo=ZONE)
    assert _state(_demo_feed()[1], row, at) == _demo().stations[row].status_at(at).state


def test_every_column_has_a_value_for_every_station_in_the_order_of_the_registry() -> None:
    columns = dict(_demo_feed()[1]["stations"])
    assert set(columns) == {"id", "lon", "lat", "facilities", "schedule", "riders", "phone", "calls", "photo", *TEXTS}
    assert list(_ids(columns.pop("id"))) == list(_demo())
    presences = columns.pop("facilities").values()
    assert {len(column) for column in (*columns.values(), *presences)} == {len(_demo())}


def test_texts_and_facilities_are_those_of_the_registry_and_absent_ones_are_unknown() -> None:
    columns = _demo_feed()[1]["stations"]
    letters = {"1": True, "0": False, "-": None}
    for row, known in enumerate(_demo().stations):
        assert {name: columns[name][row] for name in TEXTS} == {name: properties(known).get(name) for name in TEXTS}
        found = {code: letters[presence[row]] for code, presence in columns["facilities"].items()}
        assert {code: there for code, there in found.items() if there is not None} == known.facilities


def test_positions_keep_a_tenth_of_a_metre() -> None:
    columns = _demo_feed()[1]["stations"]
    for known, lon, lat in zip(_demo().stations, columns["lon"], columns["lat"], strict=True):
        assert abs(known.position.lon - lon) <= 5e-7
        assert abs(known.position.lat - lat) <= 5e-7


def test_stretches_are_in_order_apart_within_two_weeks_and_merged() -> None:
    for schedule in _demo_feed()[1]["schedules"]:
        stretches = schedule["stretches"]
        whole = DAYS * 1_440
        assert all(begin < end and begin < whole and end > 0 for begin, end, _ in stretches)
        assert all((begin >= 0 and end <= whole) or end - begin < 1_440 for begin, end, _ in stretches)
        for (_, end, code), (begin, _, following) in pairwise(stretches):
            assert end < begin or (end == begin and code != following)


def test_days_on_which_the_hours_do_not_speak_of_a_holiday_are_marked() -> None:
    document = orjson.loads(feed(registry_of([station("a", 117, 34, hours="Mo-Su 09:00-17:00")]), date(2026, 9, 25)))
    assert 6 in document["schedules"][0]["caution_days"]  # 2026-10-01


def test_every_day_of_a_long_holiday_is_marked_though_nothing_changes_in_it() -> None:
    document = orjson.loads(feed(registry_of([station("a", 117, 34, hours="Mo-Su 00:00-24:00")]), date(2026, 9, 25)))
    assert set(range(6, 13)) <= set(document["schedules"][0]["caution_days"])  # 2026-10-01 to 07
    assert 5 not in document["schedules"][0]["caution_days"]


def test_the_night_into_the_first_day_keeps_its_beginning_and_a_longer_stretch_is_cut_there() -> None:
    hours = ("Mo-Su,PH 22:00-06:00", "24/7", "Th 08:00-24:00; Fr 00:00-20:00; PH off")
    known = [station(f"s{at}", 117, 34, hours=text) for at, text in enumerate(hours)]
    night, always, long = (found["stretches"] for found in orjson.loads(feed(registry_of(known), FRIDAY))["schedules"])
    assert night[:2] == [[-120, 360, 1], [1_320, 1_800, 1]]
    assert always == [[0, DAYS * 1_440, 1]]
    assert long[0] == [0, 1_200, 1]


def test_days_on_which_work_or_rest_is_moved_are_named() -> None:
    known = registry_of([station("a", 117, 34)])
    assert orjson.loads(feed(known, FRIDAY))["special_days"] == []
    autumn = orjson.loads(feed(known, date(2026, 9, 28)))["special_days"]
    assert autumn[0] == [3, "holiday", "国庆节"]
    assert [12, "makeup", None] in autumn
    assert orjson.loads(feed(known, DAY))["special_days"][0] == [5, "unsettled", None]


def test_the_feed_of_one_station_is_that_of_a_registry_that_has_no_other() -> None:
    known = _demo().stations[7]
    alone, whole = orjson.loads(feed(_demo(), DAY, only=known)), _demo_feed()[1]
    assert (alone["count"], list(_ids(alone["stations"]["id"]))) == (1, [known.id])
    assert alone["revision"] == whole["revision"]
    row, place = list(_demo()).index(known.id), alone["stations"]["schedule"][0]
    assert alone["schedules"][place] == whole["schedules"][whole["stations"]["schedule"][row]]


def test_stations_with_equal_hours_share_a_schedule_and_unequal_closures_part_them() -> None:
    hours = {"hours": "24/7"}
    shut = {**hours, "closures": [{"from": "2026-12-26", "to": "2026-12-26", "reason": "装修"}]}
    known = [station("a", 117, 34, **hours), station("b", 117, 34, **hours), station("c", 117, 34, **shut)]
    document = orjson.loads(feed(registry_of(known), DAY))
    assert document["stations"]["schedule"] == [0, 0, 1]
    assert document["schedules"][1]["stretches"] == [[0, 1_440, 1], [2_880, DAYS * 1_440, 1]]
    assert document["schedules"][1]["closures"] == [["2026-12-26", "2026-12-26", "装修"]]


def test_a_facility_nothing_is_known_of_takes_no_room() -> None:
    document = orjson.loads(feed(registry_of([station("a", 117, 34, facilities={"wifi": False})]), DAY))
    assert document["stations"]["facilities"] == {"wifi": "0"}
    assert set(_demo_feed()[1]["stations"]["facilities"]) <= set(FACILITIES)


def test_which_points_were_worked_out_from_an_address_is_marked() -> None:
    guessed = station("b", 117, 34, position={"how": "geocoded", "datum": "wgs84"})
    document = orjson.loads(feed(registry_of([station("a", 117, 34), guessed]), DAY))
    assert document["stations"]["geocoded"] == "01"


def test_the_same_registry_and_day_give_the_same_bytes() -> None:
    assert feed(parse(demo_registry().read_bytes()), DAY) == _demo_feed()[0]


def test_the_feed_of_the_demonstration_registry_fits_in_sixty_kilobytes() -> None:
    assert len(gzip.compress(_demo_feed()[0], 9)) <= 60_000


def test_a_registry_too_large_for_a_phone_says_so_and_sends_no_stations() -> None:
    known = (station(f"s{number}", 117, 34) for number in range(MAX_STATIONS + 1))
    document = orjson.loads(feed(registry_of(known), DAY))
    assert (document["too_large"], document["count"]) == (True, MAX_STATIONS + 1)
    assert document["stations"] is None
    assert document["schedules"] is None


def test_a_registry_too_large_for_a_phone_still_tells_its_districts_and_how_they_are_read() -> None:
    known = (station(f"s{number}", 117 + number % 2, 34) for number in range(MAX_STATIONS + 1))
    document = orjson.loads(feed(registry_of(known), DAY))
    assert document["districts"] == [["320303", 117, 34, MAX_STATIONS // 2 + 1]]
    assert document["readings"]["yun"] == "云"


def test_a_district_lies_where_its_stations_are_densest_whatever_the_order() -> None:
    points = [(117.5, 34.5), (117.21, 34.21), (117.23, 34.23)]
    known = [station(f"s{at}", *point) for at, point in enumerate(points)]
    assert orjson.loads(feed(registry_of(known), DAY))["districts"] == [["320303", 117.22, 34.22, 2]]


def test_every_character_that_can_be_searched_has_a_reading() -> None:
    document = _demo_feed()[1]
    read = set("".join(document["readings"].values()))
    names = "".join(document["stations"]["name"])
    assert {character for character in names if "\u4e00" <= character <= "\u9fff"} <= read


def test_days_that_wait_for_the_notice_carry_the_usual_hours_and_the_vaguer_text_its_caution() -> None:
    texts = ["Mo-Fr 08:30-17:30; PH off", "Mo-Fr 08:30-17:30", "24/7", "Mo-Su,PH 08:00-22:00"]
    known = registry_of([station(f"s{n}", 117, 34, hours=text) for n, text in enumerate(texts)])
    schedules = orjson.loads(feed(known, date(2027, 1, 25)))["schedules"]
    awaited = [10, 11]  # Thursday and Friday before the Spring Festival
    assert schedules[0]["usual"] == {"6": "off", **{str(day): "08:30-17:30" for day in awaited}}
    assert schedules[0]["caution_days"] == []
    assert schedules[1]["caution_days"] == [6, *awaited, 12, 13]
    assert not any("usual" in schedule for schedule in schedules[1:])
    assert not any(schedule["caution_days"] for schedule in schedules[2:])
    ordinary = orjson.loads(feed(known, date(2026, 12, 10)))["schedules"]
    assert not any("usual" in schedule or schedule["caution_days"] for schedule in ordinary)


def test_what_dials_a_number_is_worked_out_for_the_phone() -> None:
    texts = ["0516-83730000", "0516-83730000转8001、13800000000", "暂无", "请到前台询问", "王师傅 13800000000", None]
    known = parse(demo_registry().read_bytes()).stations[: len(texts)]
    stations = [
        station.model_copy(update={"properties": station.properties.model_copy(update={"phone": text})})
        for station, text in zip(known, texts, strict=True)
    ]
    columns = orjson.loads(feed(Registry(tuple(stations), parse(demo_registry().read_bytes()).meta), DAY))["stations"]
    assert columns["phone"] == [*texts[:2], None, *texts[3:]]
    assert columns["calls"] == [
        "051683730000",
        [["0516-83730000转8001", "051683730000,8001"], ["13800000000", "13800000000"]],
        None,
        None,
        "13800000000",
        None,
    ]
