"""Hours as schema.org has them: read back by its rules, they say of every moment what our schedule says."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.formats.opening_specifications import (
    CLOSED_AHEAD,
    DAYS_AHEAD,
    WEEKDAYS,
    WHOLE_DAY,
    Specifications,
    specifications,
)
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import ClosedPeriod, Schedule

DAY = timedelta(days=1)
TODAY = date(2026, 9, 7)  # a Monday, before the holidays of October and their make-up days
TEXTS = (
    "24/7",
    "24/7; PH off",
    "Mo-Fr 09:00-12:00,13:30-17:30",
    "Mo-Fr 09:00-12:00,13:30-17:30; PH off",
    "Mo-Su 00:00-24:00; PH 09:00-17:00",
    "22:00-02:00; PH off",
    "Mo-Sa 20:00-08:00; PH 00:00-24:00",
    "Fr 18:00-24:00; Sa 00:00-24:00; Su 00:00-06:00; PH off",
    "Mo-Su 08:00-23:59; PH 08:00-20:00",
    "Apr-Sep 08:00-20:00; Oct-Mar 09:00-18:00; PH off",
    "Sep 21-Mar 31 Mo-Fr 08:00-18:00; Apr 01-Sep 20 06:00-22:00; PH off",
    "week 1-53/2 Mo-Fr 10:00-16:00; PH off",
    "Mo[1] 09:00-12:00; PH off",
    "Mo-Fr 08:00-12:00 unknown, Sa 08:00-12:00; PH off",
    "off",
    None,
    "sunrise-sunset",
    "not readable",
)


def stated(found: Specifications, day: date) -> list[tuple[time, time]] | None:
    """Return the times that specifications give of a day, None where none holds; the rules are schema.org's."""
    for each in (found.special, found.regular):
        valid = [one for one in each if one["validFrom"] <= day.isoformat() <= one["validThrough"]]
        if ours := [one for one in valid if WEEKDAYS[day.weekday()] in one.get("dayOfWeek", WEEKDAYS)]:
            times = [(time.fromisoformat(one["opens"]), time.fromisoformat(one["closes"])) for one in ours]
            return [(opens, closes) for opens, closes in times if opens != closes]
    return None


def says_open(found: Specifications, at: datetime) -> bool | None:
    """Tell whether specifications say that a place is open at a moment; None where they say nothing of its day."""
    today, before = stated(found, at.date()), stated(found, at.date() - DAY)
    if today is None:
        return None
    clock = at.time()
    by_day = any(opens <= clock and (clock < closes or closes <= opens) for opens, closes in today)
    return by_day or any(closes <= opens and clock < closes for opens, closes in before or ())


first, last = (datetime.combine(date(2026, month, 1), time.min) for month in (8, 12))
moments = st.datetimes(first, last).map(lambda at: at.replace(second=0, microsecond=0))
edges = st.one_of(moments.map(lambda at: at.replace(tzinfo=ZONE)), moments.map(datetime.date))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw hours with up to three closures, whole days or moments, some without an end."""
    found = []
    for start in draw(st.lists(edges, max_size=3)):
        end = draw(st.none() | edges)
        found.append(ClosedPeriod(start, end))
    return Schedule.of(draw(st.sampled_from(TEXTS)), tuple(found))


@given(schedules(), st.integers(0, 40), st.integers(-1, DAYS_AHEAD + 60), st.integers(0, 1439))
def test_what_they_say_of_a_moment_is_what_the_schedule_says(
    schedule: Schedule, later: int, ahead: int, minute: int
) -> None:
    today = TODAY + later * DAY
    at = datetime.combine(today + ahead * DAY, time.min, ZONE) + timedelta(minutes=minute)
    said, state = says_open(specifications(schedule, today), at), schedule.status_then(at).state
    assert said is None or state == ("open" if said else "closed")


@given(schedules(), st.integers(0, 40))
def test_of_every_day_on_which_all_is_known_they_say_something(schedule: Schedule, later: int) -> None:
    today = TODAY + later * DAY
    found = specifications(schedule, today)
    for ahead in range(DAYS_AHEAD):
        midnight = datetime.combine(today + ahead * DAY, time.min, ZONE)
        parts = schedule.intervals(midnight, midnight + DAY)
        is_known = all(part.state != "unknown" and not part.cautions for part in parts)
        assert (stated(found, midnight.date()) is not None) == is_known


@pytest.mark.parametrize("hours", [None, "sunrise-sunset", "not readable"])
def test_of_unknown_hours_nothing_is_said(hours: str | None) -> None:
    assert specifications(Schedule.of(hours), TODAY) == ((), ())


@pytest.mark.parametrize("status", ["planned", "suspended", "closed", "moved"])
def test_of_a_place_that_is_not_in_use_nothing_is_said(status: str) -> None:
    assert specifications(Schedule.of("24/7", (), status), TODAY) == ((), ())


def test_a_usual_week_is_one_specification_for_each_time_of_its_days() -> None:
    found = specifications(Schedule.of("Mo-Fr 09:00-12:00,13:30-17:30; PH off"), TODAY)
    rows = [(one["dayOfWeek"], one["opens"], one["closes"]) for one in found.regular]
    weekdays, weekend = list(WEEKDAYS[:5]), list(WEEKDAYS[5:])
    assert rows == [
        (weekdays, "09:00", "12:00"), (weekdays, "13:30", "17:30"), (weekend, "00:00", "00:00"),
    ]  # fmt: skip


def test_holidays_and_the_days_worked_for_them_are_special() -> None:
    found = specifications(Schedule.of("Mo-Fr 09:00-17:00; PH off"), date(2026, 9, 14))
    special = [(one["validFrom"], one["validThrough"], one["opens"]) for one in found.special]
    assert special == [
        ("2026-09-20", "2026-09-20", "09:00"), ("2026-09-25", "2026-09-25", "00:00"),
        ("2026-10-01", "2026-10-02", "00:00"), ("2026-10-05", "2026-10-07", "00:00"),
        ("2026-10-10", "2026-10-10", "09:00"),
    ]  # fmt: skip


def test_day_and_night_is_not_taken_for_closed() -> None:
    (only,) = specifications(Schedule.of("24/7"), TODAY).regular
    assert (only["opens"], only["closes"]) == WHOLE_DAY
    assert only["dayOfWeek"] == list(WEEKDAYS)


def test_hours_that_do_not_name_holidays_are_not_said_of_those() -> None:
    found = specifications(Schedule.of("09:00-17:00"), date(2026, 9, 21))
    assert stated(found, date(2026, 9, 30)) is not None
    assert stated(found, date(2026, 10, 1)) is None


def test_closures_are_special_also_beyond_the_weeks_that_are_worked_out() -> None:
    later = TODAY + (DAYS_AHEAD + 20) * DAY
    closures = (ClosedPeriod(later, later + 4 * DAY), ClosedPeriod(TODAY + DAY, TODAY + 2 * DAY, "维修"))
    special = specifications(Schedule.of("24/7", closures), TODAY).special
    said = [(one["validFrom"], one["validThrough"], one["opens"], one["closes"]) for one in special]
    days = [(TODAY + DAY, TODAY + 2 * DAY), (later, later + 4 * DAY)]
    assert said == [(first.isoformat(), last.isoformat(), "00:00", "00:00") for first, last in days]


def test_an_end_nobody_knows_is_not_guessed() -> None:
    (only,) = specifications(Schedule.of(None, (ClosedPeriod(TODAY),)), TODAY).special
    assert only["validThrough"] == (TODAY + (DAYS_AHEAD - 1) * DAY).isoformat()
    assert CLOSED_AHEAD > DAYS_AHEAD


def _sizes(found: Specifications) -> tuple[Any, ...]:
    return tuple(map(len, found))


def test_seasons_are_weeks_of_their_own() -> None:
    found = specifications(Schedule.of("Apr-Sep 08:00-20:00; Oct-Mar 09:00-18:00; PH off"), date(2026, 9, 14))
    assert {one["validThrough"] for one in found.regular} == {"2026-09-30", "2026-10-11"}
    assert _sizes(found)[0] >= 2
