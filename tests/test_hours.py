"""Opening hours: the calendar decides where the text says so, the library elsewhere, and unknown stays unknown."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import opening_hours
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stationmap.errors import InvalidHoursError, InvalidQueryError
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval, Status, explain, parse
from stationmap.hours.osm_syntax import MAX_TEXT_LENGTH, guarded, without_list_blanks
from tests.conftest import ROOT

OFFICE = "Mo-Fr 09:00-12:00,13:30-17:30; PH off"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def status(text: str | None, moment: str) -> Status:
    return parse(text).status_at(at(moment))


def answer(text: str, moment: str) -> tuple[str, str | None]:
    """State, and the next change to the minute."""
    found = status(text, moment)
    return found.state, found.until and found.until.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        (OFFICE, "2026-10-06T10:00", ("closed", "2026-10-08T09:00")),
        (OFFICE, "2025-02-08T10:00", ("open", "2025-02-08T12:00")),
        (OFFICE, "2025-02-09T10:00", ("closed", "2025-02-10T09:00")),
        (OFFICE, "2025-05-02T10:00", ("closed", "2025-05-06T09:00")),
        (OFFICE, "2026-11-23T12:00", ("closed", "2026-11-23T13:30")),
        (OFFICE, "2026-11-23T11:59", ("open", "2026-11-23T12:00")),
        ("Mo-Fr 09:00-17:00; Sa 10:00-12:00; PH off", "2025-02-08T14:00", ("closed", "2025-02-10T09:00")),
        ("Mo-Fr 09:00-17:00; Sa off; PH off", "2025-02-08T14:00", ("closed", "2025-02-10T09:00")),
        ("Mo-Sa 09:00-17:00; PH off", "2025-02-08T14:00", ("open", "2025-02-08T17:00")),
        ("Mo-Fr 09:00-17:00; Sa-Su 10:00-11:00; PH off", "2026-09-20T12:00", ("closed", "2026-09-21T09:00")),
        ("Su,PH off; Mo-Sa 09:00-17:00", "2026-10-01T11:00", ("closed", "2026-10-08T09:00")),
        ("Mo-Fr 09:00-17:00; Sa,Su,PH 10:00-16:00", "2026-10-01T09:30", ("closed", "2026-10-01T10:00")),
        ("Mo-Fr,PH 09:00-12:00", "2026-10-03T10:00", ("open", "2026-10-03T12:00")),
        ("Mo-Fr 09:00-12:00; PH +1 day 10:00-11:00", "2026-10-08T10:30", ("open", "2026-10-08T11:00")),
        ("08:00-20:00; PH 12:00-13:00 off", "2026-10-01T12:30", ("closed", "2026-10-01T13:00")),
        ("PH 12:00-13:00 off; 08:00-20:00", "2026-10-01T14:30", ("open", "2026-10-01T20:00")),
        ("24/7; PH off", "2026-09-28T10:00", ("open", "2026-10-01T00:00")),
        ("Apr-Oct PH 10:00-12:00; Nov-Mar PH 13:00-14:00", "2026-10-01T10:30", ("open", "2026-10-01T12:00")),
        ("24/7", "2026-11-23T10:00", ("open", None)),
        ("off", "2026-11-23T10:00", ("closed", None)),
        ("Apr-Oct 07:00-21:00; Nov-Mar 07:30-18:30", "2026-11-01T07:10", ("closed", "2026-11-01T07:30")),
        ("Jun 15-Sep 15 09:00-21:00", "2026-09-15T21:00", ("closed", "2027-06-15T09:00")),
        ("18:00-02:00", "2026-11-23T01:00", ("open", "2026-11-23T02:00")),
        ("Mo-Su,PH 10:00-26:00", "2026-10-02T01:59", ("open", "2026-10-02T02:00")),
        ("Fr 20:00-02:00; PH off", "2026-11-28T01:00", ("open", "2026-11-28T02:00")),
        ("Mo-Fr 20:00-02:00; PH off", "2026-10-08T01:00", ("closed", "2026-10-08T20:00")),
        ("Mo-Fr 20:00-02:00; PH 20:00-01:00", "2026-10-08T01:30", ("closed", "2026-10-08T20:00")),
        ("2020 09:00-17:00", "2026-11-23T10:00", ("closed", None)),
        ("Mo 18:00-20:00; Su 18:00-04:00", "2026-12-07T01:00", ("open", "2026-12-07T04:00")),
        ("Su 18:00-04:00; Mo 18:00-20:00", "2026-12-07T01:00", ("closed", "2026-12-07T18:00")),
        ("Mo-Fr 18:00-02:00 || unknown", "2026-12-03T23:00", ("open", "2026-12-04T02:00")),
        ("Mo-Fr 08:00-12:00 || Mo-Su 10:00-11:00", "2026-12-05T10:30", ("open", "2026-12-05T11:00")),
        ("Fr, Sa 11:00-24:00", "2026-12-04T09:00", ("closed", "2026-12-04T11:00")),
        ("Mo-Th, Su 12:00-23:00; Fr, PH 12:00-24:00", "2026-12-03T09:00", ("closed", "2026-12-03T12:00")),
        ("Jan, Dec 10:00-12:00", "2026-12-03T09:00", ("closed", "2026-12-03T10:00")),
        ("Mo-Fr 08:00-12:00 , 14:00-18:00", "2026-12-05T15:00", ("closed", "2026-12-07T08:00")),
    ],
)
def test_the_state_and_its_end_follow_text_and_calendar(text: str, moment: str, expected: tuple[str, str]) -> None:
    assert answer(text, moment) == expected


@pytest.mark.parametrize(
    ("text", "moment", "reason", "until"),
    [
        (OFFICE, "2027-10-01T10:00", "holidays_not_announced", "2027-10-01T12:00"),
        (OFFICE, "2026-12-31T10:00", "holidays_not_announced", "2026-12-31T12:00"),
        (OFFICE, "2027-09-25T10:00", "holidays_not_announced", "2027-09-25T12:00"),
        ("Mo-Th 09:00-17:00; Fr 09:00-16:00; PH off", "2025-02-08T16:30", "makeup_hours_differ", "2025-02-08T17:00"),
        ("Mo-Fr 10:00-18:00; SH off", "2026-11-23T11:00", "school_holidays_unknown", "2026-11-23T18:00"),
        ("Mo-Fr 10:00-17:00, PH 10:00-12:00", "2026-10-01T16:00", "holiday_rule_not_understood", "2026-10-01T17:00"),
        ("PH Mo-Fr 10:00-11:00", "2026-10-03T10:10", "holiday_rule_not_understood", "2026-10-03T11:00"),
        ("Mo-Fr 09:00-12:00, Fr 13:00-16:00; PH off", "2025-02-08T14:00", "makeup_hours_differ", "2025-02-08T16:00"),
        ("Mo[1] 09:00-12:00; PH off", "2025-02-08T10:00", "makeup_hours_differ", "2025-02-08T12:00"),
        ("Mo-Fr 09:00-12:00; PH +1 day off", "2027-02-15T10:00", "holidays_not_announced", "2027-02-15T12:00"),
        ("17:00+", "2026-11-23T18:00", "open_end", "2026-11-24T03:00"),
        ("18:00+", "2026-11-24T01:00", "open_end", "2026-11-24T04:00"),
        ("18:00-22:00+", "2026-11-24T01:00", "open_end", "2026-11-24T06:00"),
        ("16:00+", "2026-11-23T18:00", "open_end", "2026-11-24T00:00"),
        ('Mo-Fr 09:00-17:00 "需预约"', "2026-11-23T12:00", "stated_unknown", "2026-11-23T17:00"),
        ("sunrise-sunset", "2026-11-23T12:00", "sun_times", None),
        ('"ring the bell"', "2026-11-23T12:00", "stated_unknown", None),
        ("09:00-19:00 unknown", "2026-11-23T12:00", "stated_unknown", "2026-11-23T19:00"),
        (None, "2026-11-23T12:00", "hours_not_given", None),
    ],
)
def test_what_cannot_be_known_is_unknown_and_says_why(
    text: str | None, moment: str, reason: str, until: str | None
) -> None:
    found = status(text, moment)
    assert (found.state, found.reason) == ("unknown", reason)
    assert found.until == (until and at(until))


@pytest.mark.parametrize(
    ("text", "moment", "state"),
    [
        (OFFICE, "2027-10-01T20:00", "closed"),
        ("Mo-Su,PH 08:00-22:00", "2027-10-01T10:00", "open"),
        ("Mo-Th 09:00-17:00; Fr 09:00-16:00; PH off", "2025-02-08T10:00", "open"),
        ("Mo-Fr 10:00-18:00; SH off", "2026-11-23T09:00", "closed"),
        ("PH Mo-Fr 10:00-11:00", "2026-10-01T10:10", "open"),
        ("10:00-18:00+", "2026-11-23T17:00", "open"),
        (OFFICE, "2027-07-21T10:00", "open"),
    ],
)
def test_where_all_possibilities_agree_there_is_an_answer(text: str, moment: str, state: str) -> None:
    assert status(text, moment).state == state
    assert status(text, moment).reason is None


def test_the_night_after_an_unsettled_day_is_unsettled_too() -> None:
    hours = "Mo-Fr 20:00-02:00; Sa,Su 10:00-12:00; PH 10:00-12:00"
    # Wednesday 2026-12-30 is the first unsettled day, Saturday 2027-01-02 may be a holiday.
    assert status(hours, "2026-12-30T21:00").reason == "holidays_not_announced"
    assert status("Mo-Fr 20:00-02:00; PH off", "2027-01-02T01:00").state == "unknown"
    # Monday 2027-10-11 is settled again, but for the night of the unsettled Sunday before.
    for moment, state in (("2027-10-11T01:00", "unknown"), ("2027-10-11T03:00", "closed")):
        assert status("Mo-Fr 20:00-02:00; PH off", moment).state == state


@pytest.mark.parametrize(
    ("text", "moment", "usual"),
    [
        ("Mo-Fr 08:30-17:30; PH off", "2027-02-09T10:00", "08:30-17:30"),
        (OFFICE, "2027-10-06T15:00", "09:00-12:00,13:30-17:30"),
        ("Mo-Fr 08:30-17:30; Sa,Su 10:00-15:00; PH off", "2027-02-13T11:00", "10:00-15:00"),
        ("Mo-Fr 08:30-17:30; PH off", "2027-02-13T10:00", "off"),
        ("Mo-Su 18:00-02:00; PH off", "2027-02-09T20:00", "18:00-02:00"),
        ("Mo-Su 18:00-02:00; PH off", "2027-02-09T01:00", "18:00-02:00"),
        ("24/7; PH off", "2027-02-09T10:00", "00:00-24:00"),
        ("Mo-Fr 08:00+; PH off", "2027-02-09T10:00", None),
        ("Mo-Fr 08:30-17:30; PH off", "2026-12-18T10:00", None),
        ("Mo-Fr 08:30-17:30; PH off", "2027-02-09T20:00", None),
        ("Mo-Fr 08:30-17:30", "2027-02-09T10:00", None),
    ],
)
def test_a_day_that_waits_for_the_notice_says_the_usual_hours(text: str, moment: str, usual: str | None) -> None:
    found = status(text, moment)
    assert found.usual == usual
    assert (found.reason == "holidays_not_announced") == (found.state == "unknown")


@pytest.mark.parametrize("moment", ["2026-10-06T10:00", "2027-02-09T10:00", "2025-02-08T10:00"])
def test_only_a_text_that_says_something_of_holidays_or_always_has_no_caution(moment: str) -> None:
    for text in ("Mo-Su,PH 08:00-22:00", "24/7", '24/7 open "刷脸进入"', "24/7; Dec 25 off", "08:00-20:00; PH off"):
        assert status(text, moment).cautions == (), text
    for text in ("Mo-Su 08:00-22:00", "08:00-20:00", "Mo-Su 00:00-24:00", "Mo-Fr 08:30-17:30; Dec 25 off", "SH off"):
        assert status(text, moment).cautions == ("holiday_unstated",), text


def test_a_text_silent_on_holidays_is_literal_with_a_caution() -> None:
    for moment in ("2026-10-01T10:00", "2025-02-07T10:00", "2027-10-01T10:00"):
        found = status("Mo-Fr 09:00-17:00", moment)
        assert found.state == "open"
        assert found.cautions == (("holiday_unstated",) if "10-01" in moment else ())
    for moment in ("2027-02-09T10:00", "2027-02-10T10:00", "2027-10-06T10:00", "2026-02-18T10:00"):
        assert status("Mo-Fr 08:30-17:30", moment)[:3:2] == ("open", ("holiday_unstated",))
    makeup = status("Mo-Fr 09:00-17:00", "2025-02-08T10:00")
    assert (makeup.state, makeup.cautions) == ("closed", ("holiday_unstated",))
    assert status(OFFICE, "2026-10-01T10:00").cautions == ()


def test_comments_travel_with_the_answer() -> None:
    found = status('Mo-Fr 09:00-17:00 open "ask; the, guard"', "2026-11-23T10:00")
    assert (found.state, found.reason, found.comment) == ("open", None, "ask; the, guard")
    assert status('Mo-Fr 09:00-17:00; PH closed "see notice"', "2026-10-01T10:00").comment == "see notice"


@pytest.mark.parametrize(
    ("text", "moment", "state", "then"),
    [
        (OFFICE, "2026-11-23T08:00", "closed", "open"),
        (OFFICE, "2026-11-23T10:00", "open", "closed"),
        ('09:00-19:00 unknown "ask"', "2026-11-23T08:00", "closed", "unknown"),
        ('09:00-19:00 unknown "ask"', "2026-11-23T10:00", "unknown", "closed"),
        ('Mo-Su 09:00-12:00, Mo-Su 12:00-18:00 unknown "ask"', "2026-11-23T10:00", "open", "unknown"),
        ("24/7", "2026-11-23T10:00", "open", None),
    ],
)
def test_what_comes_then_is_told(text: str, moment: str, state: str, then: str | None) -> None:
    found = status(text, moment)
    assert (found.state, found.then) == (state, then)


def test_a_change_of_comment_is_not_a_change_of_state() -> None:
    assert answer('09:00-12:00 open "a", 12:00-17:00 open "b"', "2026-11-23T10:00") == ("open", "2026-11-23T17:00")


def test_any_offset_may_be_asked_and_shanghai_answers() -> None:
    found = parse(OFFICE).status_at(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    assert found.state == "open"
    assert found.until is not None
    assert found.until.isoformat() == "2026-11-23T12:00:00+08:00"


@pytest.mark.parametrize(
    "moment", [datetime.fromisoformat("2026-11-23"), datetime.max.replace(tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
)
def test_a_moment_without_offset_or_out_of_reach_is_refused(moment: datetime) -> None:
    with pytest.raises(InvalidQueryError):
        parse(OFFICE).status_at(moment)


def test_a_range_must_run_forwards_within_a_year() -> None:
    start = at("2026-11-23T00:00")
    assert parse(OFFICE).intervals(start, start) == []
    for end in (start - MINUTE, start + 367 * DAY):
        with pytest.raises(InvalidQueryError):
            parse(OFFICE).intervals(start, end)


@pytest.mark.parametrize(
    "text", ["", " ", ";", "周一至周五", "24/24", "Mo-Fr 09:00", "\0", "24/7\n", "Mo\u202e", "(" * 3999]
)
def test_a_text_that_is_not_opening_hours_is_refused(text: str) -> None:
    with pytest.raises(InvalidHoursError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the text is empty"),
        (" \u3000\n", "the text is empty"),
        ("Mo-Fr 25:00", "cannot be read from character 7 on: '25:00'"),
        ("09:00-18:00 每天 营业", "cannot be read from character 13 on: '每天'"),
        ('"ring"; "bell"; blah', "cannot be read from character 17 on: 'blah'"),
        ("  Mo-Fr 08:00- ", "ends too early, after character 14"),
        ("x" * 3_000, f"cannot be read from character 1 on: '{'x' * 20}'"),
    ],
)
def test_a_refusal_names_the_place_in_the_text_as_typed(text: str, problem: str) -> None:
    with pytest.raises(InvalidHoursError) as refusal:
        parse(text)
    assert str(refusal.value) == problem


def test_a_text_of_any_length_is_bounded() -> None:
    longest = "Mo," * ((MAX_TEXT_LENGTH - 2) // 3) + "Mo"
    assert status(longest, "2026-11-23T10:00").state == "open"
    with pytest.raises(InvalidHoursError):
        parse(longest + ",Mo,Mo")
    assert status("Mo 10:00-12:00;" * 250 + "PH off", "2026-11-23T10:00").reason == "hours_too_complex"


def test_a_panic_of_the_library_becomes_a_domain_error_but_an_interrupt_does_not() -> None:
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(InvalidHoursError), guarded():
        raise panic("boom")
    with pytest.raises(KeyboardInterrupt), guarded():
        raise KeyboardInterrupt


def test_an_explanation_names_the_facts_the_answer_rests_on() -> None:
    why = explain(parse(OFFICE), at("2026-10-06T10:00"))
    assert (why.day, why.day_kind, why.holiday) == (date(2026, 10, 6), "holiday", "国庆节")
    assert why.canonical == "Mo-Fr 09:00-12:00,13:30-17:30; PH closed"
    assert why.follows_calendar
    assert why.status == status(OFFICE, "2026-10-06T10:00")
    awaited = explain(parse("24/7"), at("2027-10-01T10:00"))
    assert (awaited.day_kind, awaited.holiday, awaited.follows_calendar) == (None, "国庆节", False)


# Against oracles: the library on texts without holidays, and on texts whose holidays are written out as dates.

CLOCK = st.integers(0, 23).flatmap(lambda h: st.integers(h + 1, h + 20).map(lambda e: f"{h:02}:00-{e:02}:30"))
DAYTIME = st.integers(0, 21).flatmap(lambda h: st.integers(h + 1, 23).map(lambda e: f"{h:02}:00-{e:02}:30"))
DAYS = st.sampled_from(["Mo-Fr", "Mo-Su", "Sa", "Su", "Sa,Su", "We", "Fr-Mo", "Mo-Th", "Mo[1]"])
SEASON = st.sampled_from(["", "", "Apr-Oct ", "2026 ", "week 1-53/2 ", "Dec 25-Jan 3 "])
RULE = st.builds("{}{} {}{}".format, SEASON, DAYS, CLOCK, st.sampled_from(["", "", " off", " unknown", ' "x"']))
JOINT = st.sampled_from(["; ", "; ", ", ", " || "])
PLAIN = st.builds(
    lambda rules, joints: "".join(joint + rule for rule, joint in zip(rules, ["", *joints], strict=False)),
    st.lists(RULE, min_size=1, max_size=4),
    st.lists(JOINT, min_size=3, max_size=3),
)
DAILY_RULE = st.builds(
    "{}{} {}{}".format,
    SEASON,
    DAYS,
    DAYTIME,
    st.sampled_from(["", "", " off", " unknown", ' unknown "x"', ' open "x"']),
)
DAILY = st.lists(DAILY_RULE, min_size=1, max_size=4).map("; ".join)
HOLIDAY_RULE = st.builds(
    "{}{}".format,
    st.sampled_from(["PH", "Su,PH", "PH,SH", "PH Mo-Fr", "PH +1 day", "SH", "Apr-Oct PH", "Mo-Su,PH"]),
    st.sampled_from([" off", "", " 10:00-12:00", " 20:00-03:00", " 17:00+", ' closed "x"']),
)
RULED = st.builds(lambda plain, joint, rule: plain + joint + rule, PLAIN, JOINT, HOLIDAY_RULE)


def moments(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Whole local minutes without offset, as the library takes them."""
    days = st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last))
    return days.map(lambda moment: moment.replace(second=0, microsecond=0))


MOMENT = moments("2024-01-02", "2028-01-01")


def literal_state(text: str, moment: datetime) -> str:
    """What the library says; of nights, fallbacks and comments it says something else than the reference evaluator."""
    library = opening_hours.OpeningHours(text, auto_country=False, auto_timezone=False)
    return str(library.state(moment.replace(tzinfo=None))[0])


@given(DAILY, MOMENT)
def test_a_text_without_nights_means_what_the_library_says(text: str, moment: datetime) -> None:
    assert parse(text).status_at(moment.replace(tzinfo=ZONE)).state == literal_state(text, moment)


def test_rules_are_weighed_as_the_reference_evaluator_does() -> None:
    document = json.loads((ROOT / "tests" / "data" / "reference_hours.json").read_text(encoding="utf-8"))
    start, names = at("2026-11-23T00:00"), {"open": 1, "unknown": 2}
    for text, stretches in document["texts"]:
        found = [
            [(interval.start - start) // MINUTE, (interval.end - start) // MINUTE, names[interval.state]]
            for interval in joined(parse(text).intervals(start, start + 14 * DAY))
            if interval.state != "closed"
        ]
        assert found == joined_stretches(stretches), text


def joined_stretches(stretches: list[list[int]]) -> list[list[int]]:
    """Join stretches that touch and differ in their comment only."""
    whole: list[list[int]] = []
    for start, end, state in stretches:
        if whole and whole[-1][1:] == [start, state]:
            whole[-1] = [whole[-1][0], end, state]
        else:
            whole.append([start, end, state])
    return whole


def joined(intervals: list[Interval]) -> list[Interval]:
    """Join intervals that touch and differ in their cautions only."""
    whole: list[Interval] = []
    for interval in intervals:
        if whole and whole[-1].state == interval.state:
            whole[-1] = whole[-1]._replace(end=interval.end)
        else:
            whole.append(interval)
    return whole


def written(days: list[date], rest: str) -> list[str]:
    return [f"{day.year} {day:%b} {day.day} {rest}" for day in days]


SETTLED = moments("2024-01-02", "2026-12-17")
SPECIAL = st.builds(
    lambda day, minute: datetime.combine(day, time.min) + minute * MINUTE,
    st.sampled_from(sorted(china().makeup) + sorted(china().holidays)),
    st.integers(0, 1439),
)


@given(week=DAYTIME, saturday=st.none() | DAYTIME, holiday=DAYTIME | st.just("off"), moment=SPECIAL | SETTLED)
@settings(max_examples=200)
def test_holidays_mean_what_the_library_says_of_the_same_days_written_as_dates(
    week: str, saturday: str | None, holiday: str, moment: datetime
) -> None:
    weekly = [f"Mo-Fr {week}", *([f"Sa {saturday}"] if saturday else [])]
    makeup = [day for day in sorted(china().makeup) if not (saturday and day.weekday() == 5)]
    dated = "; ".join([*weekly, *written(makeup, week), *written(sorted(china().holidays), holiday)])
    ruled = "; ".join([*weekly, f"PH {holiday}"])
    assert parse(ruled).status_at(moment.replace(tzinfo=ZONE)).state == literal_state(dated, moment)


@given(RULED | PLAIN, MOMENT)
@example("Mo-Fr 20:00-26:00; PH off", datetime.fromisoformat("2026-09-30T12:07"))
@example(OFFICE, datetime.fromisoformat("2026-12-31T12:07"))
@settings(max_examples=40)
def test_intervals_agree_with_the_status_at_every_minute(text: str, moment: datetime) -> None:
    hours, start = parse(text), moment.replace(tzinfo=ZONE)
    end = start + 2 * DAY + 30 * MINUTE
    found = hours.intervals(start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    for interval, after in zip(found, [*found[1:], None], strict=True):
        if after:
            assert interval.end == after.start
            assert interval[2:] != after[2:]
        minute = interval.start
        while minute < interval.end:
            status = hours.status_at(minute)
            assert (status.state, status.cautions) == (interval.state, interval.cautions)
            minute += MINUTE


@given(RULED | PLAIN, MOMENT)
@settings(max_examples=60)
def test_until_is_the_first_moment_of_another_state(text: str, moment: datetime) -> None:
    hours, start = parse(text), moment.replace(tzinfo=ZONE)
    found = hours.status_at(start)
    changes = [i.start for i in hours.intervals(start, start + 366 * DAY) if i.state != found.state]
    # The intervals end where the horizon does, so a change in that very minute is only in the status.
    assert found.until == (changes[0] if changes else None) or (not changes and found.until == start + 366 * DAY)


@given(st.text(max_size=60) | st.text("MoTuSaPH 0123456789:-,;+|[]/\"'()off", max_size=60))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        hours = parse(text)
    except InvalidHoursError:
        return
    assert hours.status_at(at("2026-11-23T10:00")).state in ("open", "closed", "unknown")


def test_many_threads_may_ask_the_same_hours() -> None:
    hours = parse("Mo-Fr 09:00-12:00,13:30-17:30; Sa 10:00-12:00; PH off; Aug off")
    moments = [at("2026-01-05T09:00") + n * timedelta(hours=5) for n in range(600)]
    answers: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append([hours.status_at(moment).state for moment in moments]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(given == answers[0] for given in answers)
    assert {"open", "closed"} <= set(answers[0])


def test_real_hours_run_without_a_crash_and_as_the_library_reads_them(shared_data: Path) -> None:
    document = json.loads((shared_data / "registries" / "london_toilets_osm.geojson").read_text(encoding="utf-8"))
    texts = {feature["properties"].get("opening_hours") for feature in document["features"]} - {None}
    assert len(texts) == 103
    start, compared = at("2026-11-23T00:00"), 0
    for text in sorted(texts):
        try:
            hours = parse(text)
        except InvalidHoursError:
            continue
        assert hours.intervals(start, start + 14 * DAY)
        if hours.status_at(start).reason == "sun_times" or any(mark in text for mark in ("PH", "SH", "+", '"')):
            continue
        if any("00:00" < end <= begin for begin, end in re.findall(r"(\d\d:\d\d)-(\d\d:\d\d)", text)):
            continue  # of nights the library says something else than the reference evaluator
        compared += 1
        for minute in range(0, 7 * 1440, 10):
            moment = start + minute * MINUTE
            assert hours.status_at(moment).state == literal_state(without_list_blanks(text), moment), (text, moment)
    assert compared > 50
