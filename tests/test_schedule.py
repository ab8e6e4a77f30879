"""Hours, closures and register status as one answer."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationmap.errors import InvalidQueryError
from stationmap.hours.opening_hours import ZONE, parse
from stationmap.hours.schedule import ClosedPeriod, Schedule, _in_use

OFFICE = "Mo-Fr 09:00-12:00,13:30-17:30; PH off"
REPAIRS = ClosedPeriod(date(2026, 11, 23), date(2026, 11, 25), "装修")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_without_closures_a_schedule_answers_as_its_hours() -> None:
    for moment in (at("2026-10-06T10:00"), at("2026-11-23T10:00"), at("2027-10-01T10:00")):
        assert Schedule.of(OFFICE).status_at(moment) == parse(OFFICE).status_at(moment)


@pytest.mark.parametrize("status", ["planned", "closed", "moved", "suspended"])
def test_a_station_out_of_use_is_closed_and_says_why(status: str) -> None:
    schedule = Schedule.of("24/7", (), status)
    assert schedule.status_at(at("2026-11-23T10:00")) == ("closed", None, (), f"status_{status}", "", None, None)
    (only,) = schedule.intervals(at("2026-11-23T00:00"), at("2026-12-07T00:00"))
    assert only.state == "closed"


@pytest.mark.parametrize(("text", "reason"), [(None, "hours_not_given"), ("每天", "hours_not_understood")])
def test_missing_or_unreadable_hours_are_unknown(text: str | None, reason: str) -> None:
    assert Schedule.of(text).status_at(at("2026-11-23T10:00")) == ("unknown", None, (), reason, "", None, None)


def test_a_closure_covers_its_last_day_and_ends_by_itself() -> None:
    schedule = Schedule.of("08:00-20:00", (REPAIRS,))
    before = schedule.status_at(at("2026-11-22T19:00"))
    assert (before.until, before.then) == (at("2026-11-22T20:00"), "closed")
    closed = schedule.status_at(at("2026-11-25T23:59"))
    assert closed == ("closed", at("2026-11-26T08:00"), (), "closure", "装修", "open", None)
    assert schedule.status_at(at("2026-11-26T08:00")).state == "open"


@pytest.mark.parametrize(
    ("closures", "expected"),
    [
        ((), False),
        ((REPAIRS,), True),
        ((ClosedPeriod(date(2026, 11, 24)),), True),
        ((ClosedPeriod(date(2026, 11, 25), date(2026, 11, 30)),), False),
        ((ClosedPeriod(at("2026-11-24T00:00"), at("2026-11-24T12:00")),), False),
        ((ClosedPeriod(at("2026-11-23T18:00"), at("2026-11-24T12:00")), ClosedPeriod(at("2026-11-24T12:00"))), True),
        ((ClosedPeriod(at("2026-11-24T00:01"), at("2026-11-25T00:00")),), False),
    ],
)
def test_a_day_is_shut_where_closures_leave_nothing_of_it(closures: tuple[ClosedPeriod, ...], expected: bool) -> None:
    assert Schedule.of("24/7", closures).is_shut_on(date(2026, 11, 24)) is expected


@pytest.mark.parametrize("hours", ["Mo-Fr 08:00-20:00", "Mo-Fr 00:00-24:00"])
def test_hours_that_begin_with_a_closure_begin_after_it(hours: str) -> None:
    opens = hours[6:11]
    from_morning = ClosedPeriod(at(f"2026-11-23T{opens}"), at("2026-11-25T00:00"))
    for closure in (from_morning, REPAIRS._replace(end=date(2026, 11, 24))):
        status = Schedule.of(hours, (closure,)).status_at(at("2026-11-22T12:00"))
        assert (status.state, status.until, status.then) == ("closed", at(f"2026-11-25T{opens}"), "open")


def test_a_closure_cuts_round_the_clock_hours_at_its_midnights() -> None:
    schedule = Schedule.of("24/7", (REPAIRS,))
    assert schedule.status_at(at("2026-11-20T10:00")).until == at("2026-11-23T00:00")
    assert schedule.status_at(at("2026-11-24T10:00")).until == at("2026-11-26T00:00")
    assert schedule.status_at(at("2026-11-26T10:00")).until is None


def test_a_closure_may_begin_and_end_at_moments_of_any_offset() -> None:
    closure = ClosedPeriod(datetime(2026, 11, 23, 2, 30, tzinfo=UTC), at("2026-11-23T15:00"))
    schedule = Schedule.of(OFFICE, (closure,))
    assert schedule.status_at(at("2026-11-23T10:00")).until == at("2026-11-23T10:30")
    assert schedule.status_at(at("2026-11-23T11:00")).until == at("2026-11-23T15:00")
    with pytest.raises(InvalidQueryError):
        Schedule.of(OFFICE, (ClosedPeriod(datetime.fromisoformat("2026-11-23T10:00")),))


@pytest.mark.parametrize("end", [None, date.max])
def test_a_closure_without_an_end_stays_closed(end: date | None) -> None:
    schedule = Schedule.of("24/7", (ClosedPeriod(date(2026, 11, 23), end),))
    assert schedule.status_at(at("2026-11-22T10:00")).until == at("2026-11-23T00:00")
    assert schedule.status_at(at("2026-11-30T10:00"))[:2] == ("closed", None)


def test_closures_that_meet_or_overlap_are_one_closed_time() -> None:
    later = ClosedPeriod(date(2026, 11, 25), date(2026, 11, 27), "停电")
    schedule = Schedule.of("24/7", (later, REPAIRS))
    assert schedule.status_at(at("2026-11-23T10:00"))[:2] == ("closed", at("2026-11-28T00:00"))


def test_a_closure_that_ends_before_it_begins_closes_nothing() -> None:
    backwards = ClosedPeriod(date(2026, 11, 25), date(2026, 11, 20))
    assert Schedule.of("24/7", (backwards,)).status_at(at("2026-11-22T10:00"))[:2] == ("open", None)


def test_a_closure_over_unknown_hours_is_closed_and_then_unknown_again() -> None:
    schedule = Schedule.of(None, (REPAIRS,))
    assert schedule.status_at(at("2026-11-22T10:00")).until == at("2026-11-23T00:00")
    assert schedule.status_at(at("2026-11-24T10:00"))[:2] == ("closed", at("2026-11-26T00:00"))


def test_equal_schedules_are_one_schedule() -> None:
    same = ClosedPeriod(date(2026, 11, 23), date(2026, 11, 25), "装修")
    assert Schedule.of(OFFICE, (REPAIRS,)) is Schedule.of(OFFICE, (same,))
    assert len({Schedule.of(OFFICE), Schedule.of("24/7"), Schedule.of(OFFICE, (), "moved")}) == 3


def test_a_remembered_answer_never_outlives_its_caution() -> None:
    schedule = Schedule.of("Mo-Su 00:00-24:00")
    assert schedule.status_at(at("2026-09-30T23:59")).cautions == ()
    assert schedule.status_at(at("2026-10-01T00:00")).cautions == ("holiday_unstated",)
    with pytest.raises(InvalidQueryError):
        schedule.status_at(datetime.fromisoformat("2026-10-01T00:01"))


CLOSURES = st.lists(
    st.builds(
        lambda start, minutes, whole: (
            ClosedPeriod(start.date(), start.date() + minutes // 2000 * DAY, "x")
            if whole
            else ClosedPeriod(start.replace(tzinfo=ZONE), (start + minutes * MINUTE).replace(tzinfo=ZONE), "y")
        ),
        st.integers(0, 4320).map(lambda minutes: datetime.fromisoformat("2026-09-29") + minutes * MINUTE),
        st.integers(-500, 4000),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)
TEXTS = st.sampled_from(
    [
        OFFICE,
        "24/7",
        None,
        "18:00-02:00",
        "Mo-We 10:00-26:00; PH unknown",
        "?",
        "Mo-Fr 09:00-17:00",
        "We-Fr 00:00-24:00",
    ]
)


@given(TEXTS, CLOSURES)
@settings(max_examples=30)
def test_intervals_agree_with_a_fresh_answer_at_every_minute(
    text: str | None, closures: tuple[ClosedPeriod, ...]
) -> None:
    schedule = Schedule.of(text, closures)
    start, end = at("2026-09-29T12:13"), at("2026-10-02T01:00")
    found = schedule.intervals(start, end)
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end == b.start and a[2:] != b[2:] for a, b in pairwise(found))
    for interval in found:
        minute = interval.start
        while minute < interval.end:
            _in_use.clear()
            fresh = Schedule.of(text, closures).status_at(minute)
            assert (fresh.state, fresh.cautions) == (interval.state, interval.cautions)
            assert fresh == schedule.status_at(minute)
            following = [later.start for later in found if later.start > minute and later.state != fresh.state]
            if following or (fresh.until and fresh.until < end):
                assert fresh.until == following[0]
            assert (fresh.then is None) == (fresh.until is None)
            assert fresh.then != fresh.state
            minute += 7 * MINUTE


def test_many_threads_share_the_remembered_answer_without_mixing_it() -> None:
    schedule = Schedule.of("10:00-12:00")
    mixed: list[datetime] = []

    def ask(hour: int, state: str) -> None:
        for n in range(2000):
            moment = at("2026-11-23T00:00") + hour * timedelta(hours=1) + n % 60 * MINUTE
            found = schedule.status_at(moment)
            if found.state != state or found.until is None or found.until <= moment:
                mixed.append(moment)

    threads = [threading.Thread(target=ask, args=(9 + n, state)) for n, state in enumerate(["closed", "open", "open"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_days_that_wait_for_the_notice_are_named_with_their_usual_hours() -> None:
    schedule = Schedule.of(OFFICE, (ClosedPeriod(date(2027, 2, 5), date(2027, 2, 5)),))
    awaited = schedule.awaited(at("2027-01-28T00:00"), at("2027-02-12T00:00"))
    assert awaited == {
        date(2027, 1, 31): "off",
        date(2027, 2, 4): "09:00-12:00,13:30-17:30",
        **{date(2027, 2, day): "09:00-12:00,13:30-17:30" for day in (8, 9, 10, 11)},
    }
    assert schedule.awaited(at("2026-11-20T00:00"), at("2026-12-04T00:00")) == {}
