"""Marks and confirmations as pure functions of reports, posted hours and the moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import ClosedPeriod, Schedule
from stationmap.reports.evidence import Sighting, Thresholds, counts, mark_of
from stationmap.reports.model import said_between
from stationmap.reports.posted import next_opening, posted_hours
from stationmap.reports.receipts import code_of, read_code

MONDAY = datetime(2026, 11, 30, tzinfo=ZONE)
DAYTIME = Schedule.of("Mo-Fr 08:30-12:00,13:30-18:00")
USUAL = Thresholds()


def at(day: int = 0, hour: int = 0, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("schedule", "moment", "state", "opening"),
    [
        pytest.param(DAYTIME, at(0, 9), "open", at(0, 13, 30), id="before the pause at noon"),
        pytest.param(DAYTIME, at(0, 12, 30), "closed", at(0, 13, 30), id="in the pause"),
        pytest.param(DAYTIME, at(4, 15), "open", at(7, 8, 30), id="on Friday"),
        pytest.param(Schedule.of("22:00-06:00"), at(1, 1), "open", at(1, 22), id="at night"),
        pytest.param(Schedule.of("24/7"), at(0, 9), "open", None, id="always"),
        pytest.param(Schedule.of(None), at(0, 9), "unknown", None, id="unknown"),
        pytest.param(
            Schedule.of("08:30-18:00", (ClosedPeriod(at(1).date(), at(2).date()),)),
            at(0, 9),
            "open",
            at(3, 8, 30),
            id="before a closure",
        ),
        pytest.param(Schedule.of("08:30-18:00", (), "closed"), at(0, 9), "closed", None, id="out of use"),
    ],
)
def test_what_is_posted(schedule: Schedule, moment: datetime, state: str, opening: datetime | None) -> None:
    assert posted_hours(schedule, moment).state == state
    assert next_opening(schedule, moment) == opening


sightings = st.lists(
    st.builds(
        Sighting,
        st.sampled_from(["locked", "locked", "locked", "open"]),
        st.integers(0, 180).map(lambda minutes: at(0, 14, minutes)),
        st.sampled_from("abcde"),
        st.sampled_from(["mo", "mo", "mo", "tu"]),
    ),
    max_size=12,
)


@given(sightings, st.randoms())
def test_a_mark_rests_on_enough_devices_within_the_time_and_on_no_order(found: list[Sighting], random: object) -> None:
    mark = mark_of(found, DAYTIME, USUAL)
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert mark_of(shuffled, DAYTIME, USUAL) == mark
    opened = max((one.said_at for one in found if one.kind == "open"), default=at(0))
    locked = [one for one in found if one.kind == "locked" and one.said_at > opened]
    windows = [
        {
            other.device
            for other in locked
            if other.day == day and timedelta(0) <= one.said_at - other.said_at <= USUAL.within
        }
        for one in locked
        for day in ("mo", "tu")
    ]
    assert (mark is not None) == any(len(devices) >= USUAL.devices for devices in windows)
    if mark:
        assert mark.devices >= USUAL.devices
        assert mark.since in {one.said_at for one in locked}
        assert mark.since < mark.until <= mark.since + USUAL.within + USUAL.lasts


@given(sightings)
def test_one_device_never_marks_a_station(found: list[Sighting]) -> None:
    assert mark_of([one._replace(device="one") for one in found], DAYTIME, USUAL) is None


def test_what_staff_ended_counts_no_more() -> None:
    three = [Sighting("locked", at(0, 14, minute), device) for minute, device in enumerate("abc")]
    assert mark_of(three, DAYTIME, USUAL) is not None
    assert mark_of(three, DAYTIME, USUAL, after=at(0, 15)) is None
    later = [Sighting("locked", at(0, 16, minute), device) for minute, device in enumerate("abc")]
    assert mark_of([*three, *later], DAYTIME, USUAL, after=at(0, 15)) == mark_of(later, DAYTIME, USUAL)


def test_thresholds_are_settings() -> None:
    two = [Sighting("locked", at(0, 14, minute), device) for minute, device in ((0, "a"), (20, "b"))]
    found = mark_of(two, Schedule.of("24/7"), Thresholds(2, timedelta(minutes=20), timedelta(hours=2)))
    assert found is not None and found.until == at(0, 16, 20)
    assert mark_of(two, DAYTIME, Thresholds(2, timedelta(minutes=19), timedelta(hours=2))) is None


@pytest.mark.parametrize(
    ("kind", "posted", "late", "expected"),
    [
        ("locked", "open", timedelta(0), True),
        ("locked", "unknown", timedelta(0), True),
        ("locked", "closed", timedelta(0), False),
        ("open", "closed", timedelta(0), True),
        ("locked", "open", timedelta(minutes=60), True),
        ("locked", "open", timedelta(minutes=61), False),
        ("locked", "open", timedelta(minutes=-5), True),
        ("locked", "open", timedelta(minutes=-6), False),
        ("locked", "open", timedelta(days=2), False),
        ("gone", "open", timedelta(0), False),
    ],
)
def test_what_counts_as_evidence(kind: str, posted: str, late: timedelta, expected: bool) -> None:
    received = at(0, 14)
    assert counts(kind, posted, received - late, received) is expected  # type: ignore[arg-type]


def test_the_moment_of_a_report_lies_where_it_can() -> None:
    received = at(0, 14)
    assert said_between(received - timedelta(days=30), received) == received - timedelta(days=7)
    assert said_between(received + timedelta(days=30), received) == received + timedelta(minutes=5)
    assert said_between(received - timedelta(days=2), received) == received - timedelta(days=2)


@given(st.uuids(), st.text(min_size=1, max_size=20))
def test_a_receipt_is_read_however_it_is_written_down(report_id: object, key: str) -> None:
    code = code_of(key, str(report_id))
    assert read_code(f" {code[:5].lower()}-{code[5:]} ") == code == code_of(key, str(report_id))
    assert read_code(code.replace("O", "0").replace("I", "1").replace("B", "8")) == code


@pytest.mark.parametrize("text", ["", "ABC", "ABCDEFGHIJK", "ABCDEFGHI!", "'; DROP --", "九八七六五四三二一零"])
def test_what_cannot_be_a_receipt_is_none(text: str) -> None:
    assert read_code(text) is None
