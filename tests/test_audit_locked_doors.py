"""What locked doors cost: coverage as found beside coverage as posted, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from stationmap.audit.demand.weights import Demand, Source
from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.inputs.supply import WEEK_HOURS, Requirements
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.hourly_coverage import unpacked
from stationmap.audit.output.export import basis, basis_lines, file_of, json_of
from stationmap.audit.output.report import report_html
from stationmap.audit.output.result_tables import sheets_of
from stationmap.audit.output.tables import ALL
from stationmap.audit.studies.question import StudyQuestion
from stationmap.audit.studies.study import Study
from stationmap.errors import InvalidAuditError
from stationmap.registry.registry import Registry
from tests.apps import registry_of
from tests.strategies import station

WEST, EAST = "320302", "320303"
LAT, STEP = 34.2, 0.003  # degrees: about 276 m along the parallel
SINCE = date(2026, 10, 5)
MONDAY_9, MONDAY_10, TUESDAY_9 = 9, 10, 33
WEEKDAYS = 5 * 8
"""Hours of Mo-Fr 09:00-17:00."""


def registry() -> Registry:
    """Stations in a row: `a` and `b` within 300 m, `c` far away; the hours of `d`, beside `c`, are unknown."""
    day = "Mo-Fr 09:00-17:00"
    return registry_of(
        [
            station("a", 117.1, LAT, hours=day, access={"who": "public"}),
            station("b", 117.1 + STEP, LAT, hours=day, access={"who": "public"}),
            station("c", 117.3, LAT, hours="24/7", access={"who": "public"}),
            station("d", 117.3 + STEP, LAT, access={"who": "public"}),
        ]
    )


def study(doors: dict[str, set[int]] | None = None, **question: Any) -> Study:
    """Study 100 people at `a`, 10 between `a` and `b`, 20 beyond `b`, 1,000 at `c`; within 400 m."""
    areas = {WEST: shapely.box(117.05, 34.15, 117.2, 34.25), EAST: shapely.box(117.2, 34.15, 117.35, 34.25)}
    territory = Territory.of(areas, 500.0)
    lons = np.array([117.1 - STEP, 117.1 + STEP / 2, 117.1 + 2 * STEP, 117.3])
    people = np.array([100.0, 10.0, 20.0, 1000.0])
    demand = Demand.at(territory, lons, np.full(4, LAT), people, Source("points", "people.csv"))
    made = Study(registry(), territory, demand, StudyQuestion(**{"radius_m": 400.0, **question}))
    return made if doors is None else made.with_locked_doors(LockedDoors.of(doors, since=SINCE, devices=3))


def figures(made: Study, district: str = ALL) -> dict[str, Any]:
    return next(record for record in sheets_of(made, "locked")[0].records() if record["district"] == district)


def test_the_hours_of_a_week_become_bits_and_strangers_are_passed_over() -> None:
    doors = LockedDoors.of({"b": {0, 63, 64, 167}, "z": {1}, "y": set()}, since=SINCE, devices=3)
    assert [each for each, _ in doors.stations] == ["b", "z"]
    flags = unpacked(doors.masks(("a", "b")))
    assert flags.shape == (2, WEEK_HOURS)
    assert (np.flatnonzero(flags[0]).tolist(), np.flatnonzero(flags[1]).tolist()) == ([], [0, 63, 64, 167])


@pytest.mark.parametrize("hour", [-1, 168])
def test_an_hour_that_no_week_has_is_refused(hour: int) -> None:
    with pytest.raises(InvalidAuditError):
        LockedDoors.of({"a": {hour}}, since=SINCE, devices=3)


def test_a_locked_door_costs_those_whom_no_other_open_station_reaches() -> None:
    found = study({"a": {MONDAY_9}}).as_found
    assert found is not None
    # As posted 130 people in the west have a or b at nine; without a the 100 west of it have none.
    lost = found.posted.sum(axis=0) - found.found.sum(axis=0)
    assert {hour: int(lost[hour]) for hour in np.flatnonzero(lost)} == {MONDAY_9: 100_000}
    assert found.posted[:, MONDAY_9].tolist() == [130_000, 1_000_000]
    assert found.found[:, MONDAY_9].tolist() == [30_000, 1_000_000]
    assert [(each.id, each.hours, each.people_hours) for each in found.stations] == [("a", (MONDAY_9,), 100.0)]


def test_where_both_doors_are_locked_each_brings_back_what_it_reaches_alone() -> None:
    made = study({"a": {MONDAY_9, TUESDAY_9}, "b": {MONDAY_9, MONDAY_10}})
    found = made.as_found
    assert found is not None
    lost = found.posted.sum(axis=0) - found.found.sum(axis=0)
    # Monday at nine all 130; at ten the 20 beyond b; Tuesday at nine the 100 west of a.
    assert {hour: int(lost[hour]) // 1000 for hour in np.flatnonzero(lost)} == {
        MONDAY_9: 130, MONDAY_10: 20, TUESDAY_9: 100,
    }  # fmt: skip
    # a: Monday 100 + 10, Tuesday 100; b: Monday at nine 10 + 20, at ten 20. The 10 between count for either.
    assert [(each.id, each.people_hours) for each in found.stations] == [("a", 210.0), ("b", 50.0)]


def test_the_sheet_tells_the_week_and_its_worst_hour_by_district() -> None:
    made = study({"a": {MONDAY_9, TUESDAY_9}, "b": {MONDAY_9, MONDAY_10}})
    whole, west, east = (figures(made, each) for each in (ALL, WEST, EAST))
    posted = 130 * WEEKDAYS + 1000 * WEEK_HOURS
    assert [whole[f"people_hours_{kind}"] for kind in ("posted", "found", "lost")] == [posted, posted - 250, 250]
    assert (whole["weekday"], whole["hour"]) == (1, 9)
    assert [whole[f"covered_people_{kind}"] for kind in ("posted", "found", "lost")] == [1130, 1000, 130]
    assert [west[f"people_hours_{kind}"] for kind in ("posted", "found", "lost")] == [5200, 4950, 250]
    assert (east["people_hours_lost"], east["weekday"], east["covered_people_lost"]) == (0, None, None)
    stations = sheets_of(made, "locked", "en")[1].records()
    assert [(each["id"], each["locked_hours"]) for each in stations] == [
        ("a", "Mon–Tue 09-10"), ("b", "Mon 09-11"),
    ]  # fmt: skip


def test_the_table_of_hours_holds_the_figure_as_found_beside_that_as_posted() -> None:
    made = study({"a": {MONDAY_9}})
    records = [each for each in sheets_of(made, "hours")[0].records() if each["district"] == ALL]
    nine, ten = records[MONDAY_9], records[MONDAY_10]
    assert (nine["covered_people_sure"], nine["covered_people_found"]) == (1130, 1030)
    assert (nine["share_sure"], nine["share_found"]) == (1.0, 1030 / 1130)
    assert nine["covered_people_possible"] == 1130  # nobody knows that it is closed
    assert ten["covered_people_sure"] == ten["covered_people_found"]
    posted, found = made.week.confirmed.sum(axis=0), [round(each["covered_people_found"] * 1000) for each in records]
    assert [int(hour) for hour in np.flatnonzero(posted != found)] == [MONDAY_9]


@pytest.mark.parametrize(
    "doors",
    [None, {}, {"a": {0}}, {"d": {MONDAY_9}}, {"gone": {MONDAY_9}}],
    ids=["nobody looked", "no reports", "not posted open then", "hours unknown", "no station any more"],
)
def test_where_no_door_makes_a_difference_no_equal_figures_are_shown(doors: dict[str, set[int]] | None) -> None:
    made = study(doors)
    assert made.as_found is None
    assert [sheet.rows for sheet in sheets_of(made, "locked")] == [(), ()]
    assert "share_found" not in sheets_of(made, "hours")[0].columns


def test_what_does_not_count_at_all_brings_nothing_back() -> None:
    made = study({"a": {MONDAY_9}}, requirements=Requirements(facilities=frozenset({"toilet"})))
    assert made.as_found is None


def test_files_say_since_when_and_by_how_many_devices_or_that_nothing_is_known() -> None:
    made = study({"a": {MONDAY_9}})
    stated = made.stated()
    assert stated["locked_doors"] == {"since": "2026-10-05", "devices": 3, "stations": 1}
    assert "locked since 2026-10-05 by at least 3 phones in an hour of the week when they are posted open: 1;" in basis(
        stated, "en"
    )
    assert "figures as found are not known" in basis(study({}).stated(), "en")
    assert "locked_doors" not in study().stated()
    assert not [label for label, _ in basis_lines(study().stated(), "en") if label == "Riders' reports"]
    for ending in (".csv", ".xlsx", ".json"):
        assert file_of(ending, sheets_of(made, "locked"), stated)
    assert b'"people_hours_lost": 100.0' in json_of(sheets_of(made, "locked"), stated)


def test_the_report_tells_what_locked_doors_cost_or_that_it_is_not_known() -> None:
    told = report_html(study({"a": {MONDAY_9}}), language="en")
    assert "What locked doors cost" in told and "173,100: 100 fewer" in told
    assert "fall from 173,200 person-hours to 173,100, 100 fewer" in told
    assert "Mon 09-10" in told and "<script" not in told
    assert "There are no reports of riders" in report_html(study({}), language="en")
    assert "change no figure: stations reported locked" in report_html(study({"elsewhere": {MONDAY_9}}), language="en")
    assert "What locked doors cost" not in report_html(study(), language="en")
    nobody_loses = study({"a": {MONDAY_9}}, radius_m=5_000.0)
    assert "change no figure: stations reported locked" in report_html(nobody_loses, language="en")
