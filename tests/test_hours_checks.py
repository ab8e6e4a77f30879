"""Hours that can be read and hardly say what was meant are doubted; those in good order are not."""

from __future__ import annotations

from datetime import date

import pytest

from stationmap.errors import InvalidHoursError
from stationmap.hours.checks import CANCELLED, MISTYPED, NEVER_OPEN, NIGHT_CUT, doubts
from stationmap.hours.opening_hours import parse

TODAY = date(2026, 11, 29)


def codes(text: str) -> list[str]:
    return [doubt.code for doubt in doubts(text, TODAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", [NEVER_OPEN]),
        ("2020 09:00-17:00", [NEVER_OPEN]),
        ("Mo-Fr 08:00-17:00; off", [NEVER_OPEN, CANCELLED]),
        ("Mo-Su 08:00-17:00; Mo-Su off", [NEVER_OPEN, CANCELLED]),
        ("Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00", [CANCELLED]),
        ("Mo-Fr 08:00-12:00; Mo-Fr 13:00-17:00; Sa 09:00-12:00", [CANCELLED]),
        ("Mo-Fr 08:00-12:00; Mo-Sa 13:00-17:00", [CANCELLED]),
        ("Mo-Sa 08:00-12:00; Mo-Fr 13:00-17:00", [CANCELLED]),
        ("08:00-12:00; 13:00-17:00", [CANCELLED]),
        ("Apr-Oct 08:00-12:00; Apr-Oct 13:00-17:00; Nov-Mar 09:00-16:00", [CANCELLED]),
        ("Mo-Fr 08:00-12:00; PH 10:00-12:00; Mo-Fr 13:00-17:00", [CANCELLED]),
        ("Mo-Th 18:00-02:00; Fr-Su 18:00-04:00", [NIGHT_CUT]),
        ("Fr 20:00-02:00; Sa off", [NIGHT_CUT]),
        ("22:00-06:00; PH off", [NIGHT_CUT]),
        ("Mo-Th 08:00-22:00; Fr,Sa 08:00-01:00; Su 09:00-22:00", [NIGHT_CUT]),
        ("Fr, Sa 11:00-24:00", [MISTYPED]),
        ("Mo-Th, Su 12:00-23:00; Fr, Sa 12:00-24:00", [MISTYPED]),
        ("Mo-Fr 09:00-17:00; Sa", [MISTYPED]),
        ("09:00-05:30", [MISTYPED]),
        ("Th 12:00-12:00", [MISTYPED]),
        ("00:00-23:59", [MISTYPED]),
        ("24/7; Mo-Fr 09:00-17:00", [MISTYPED]),
    ],
)
def test_what_was_hardly_meant_is_doubted(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "24/7; PH off",
        "Mo-Fr 09:00-12:00,13:30-17:30; PH off",
        "Mo-Fr 08:00-12:00, Mo-Fr 13:00-17:00",
        "Mo-Fr 09:30-19:00; Th 09:30-20:00; Sa 09:00-18:00; Su,PH 11:00-17:00",
        "Mo-Fr 08:00-12:00; Sa,Su off",
        "Mo-Th 18:00-02:00, Fr-Su 18:00-04:00",
        "Mo 18:00-20:00; Su 18:00-04:00",
        "05:00-01:00",
        "06:00-24:00",
        "Apr-Oct 07:00-21:00; Nov-Mar 07:30-18:30",
        "Dec 01-Feb 28 07:00-19:00; Dec 24 off",
        'Mo-Fr 09:00-17:00 "需预约"',
        'Mo-Fr 09:00-17:00 || "call, please"',
        "sunrise-sunset",
        "Feb 29 10:00-12:00; Mar-Jan 09:00-17:00",
        "每天",
    ],
)
def test_hours_in_good_order_are_not(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize("text", ["Jun 31 off", "08:00-20:00; Feb 30 off", "Jun 15-31 09:00-12:00", "2026 Feb 29 off"])
def test_a_day_that_does_not_exist_makes_hours_unreadable(text: str) -> None:
    with pytest.raises(InvalidHoursError, match="has no day"):
        parse(text)


def test_a_doubt_names_the_rules_it_is_about() -> None:
    (doubt,) = doubts("Mo-Th 18:00-02:00; Fr-Su 18:00-04:00", TODAY)
    assert doubt.detail == "the night of 'Mo-Th 18:00-02:00' ends at midnight where 'Fr-Su 18:00-04:00' holds"
    (doubt,) = doubts("Fr, Sa 11:00-24:00", TODAY)
    assert doubt.detail == "a blank within a list; taken as 'Fr,Sa 11:00-24:00'"
