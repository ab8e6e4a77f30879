"""The working calendar against a second source, and what counts as not announced."""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path

import chinese_calendar
import pytest
from chinese_calendar.constants import holidays as known_holidays
from chinese_calendar.constants import workdays as known_workdays
from holidays import country_holidays

from stationmap.hours.calendar import DAY, ORDINARY, Calendar, china, packaged_document

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "data" / "holidays-cn.json"
FESTIVALS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + n * DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_announced_day_works_or_rests_as_chinesecalendar_says(year: int) -> None:
    settled = [day for day in days_of(year) if china().day_kind(day) is not None]
    assert len(settled) >= 350
    for day in settled:
        assert (china().day_kind(day) in ("workday", "makeup")) == chinese_calendar.is_workday(day), day


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_holidays_and_makeup_days_are_exactly_those_of_chinesecalendar(year: int) -> None:
    kinds = {day: china().day_kind(day) for day in days_of(year)}
    assert {day for day, kind in kinds.items() if kind == "holiday"} == {d for d in known_holidays if d.year == year}
    assert {day for day, kind in kinds.items() if kind == "makeup"} == {d for d in known_workdays if d.year == year}


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-10-06", "holiday"),
        ("2025-02-08", "makeup"),
        ("2025-05-02", "holiday"),
        ("2026-10-04", "holiday"),
        ("2024-06-08", "weekend"),
        ("2026-11-23", "workday"),
        ("2026-12-18", "workday"),
        ("2026-12-25", "workday"),
        ("2026-12-26", "weekend"),
        ("2026-12-31", None),
        ("2027-01-02", None),
        ("2027-01-08", "workday"),
        ("2027-02-09", None),
        ("2027-10-01", None),
        ("2027-10-06", None),
        ("2027-07-21", "workday"),
        ("2027-07-24", "weekend"),
        ("2037-07-21", None),
        ("2023-07-19", None),
    ],
)
def test_a_day_is_what_was_announced_or_unsettled(day: str, kind: str | None) -> None:
    assert china().day_kind(date.fromisoformat(day)) == kind


def awaiting(year: int) -> Calendar:
    """Return the calendar as it would stand before the notice of a year of which the outcome is known."""
    named = country_holidays("CN", years=(year, year + 1), observed=False, language="zh_CN")
    years = (year, year + 1)
    dates = {
        name: [min(day for day, said in named.items() if day.year == each and name in said) for each in years]
        for name in FESTIVALS.values()
    }
    statutory = {str(day): name for day, name in named.items() if day.year == year and "休息日" not in name}
    known = packaged_document()["festivals"]
    festivals = {name: {**known[name], "dates": [str(day) for day in days]} for name, days in dates.items()}
    document = {"years": {str(year - 1): {"holidays": {}, "makeup": []}}, "statutory": {str(year): statutory}}
    return Calendar.from_json({**document, "festivals": festivals})


@pytest.mark.parametrize("year", range(2008, 2027))
def test_what_a_notice_made_of_a_day_is_among_what_it_might_have_become(year: int) -> None:
    calendar = awaiting(year)
    for day in (date(year - 1, 12, 1) + n * DAY for n in range(31 + 334)):
        notice = known_holidays.get(day) or known_workdays.get(day)
        if str(notice) in FESTIVALS and not (day.month == 12 and day.year == year):
            assert ("holiday" if day in known_holidays else "makeup") in calendar.possible_kinds(day), day
    # Most days of a year are none of a notice's business.
    assert sum(calendar.day_kind(day) is None for day in days_of(year)) < 75


def test_a_day_from_monday_to_friday_is_never_made_a_working_day_nor_a_weekend_an_ordinary_one() -> None:
    assert not [day for day in known_workdays if day >= date(2008, 1, 1) and day.weekday() < 5]
    for year in range(2027, 2037):
        for day in days_of(year):
            expected = {"workday", "holiday"} if day.weekday() < 5 else {"weekend", "holiday", "makeup"}
            assert set(china().possible_kinds(day)) <= expected


def test_the_new_year_reaches_at_most_five_days_each_way() -> None:
    for year in range(2027, 2037):
        for far in (*range(-25, -5), *range(6, 12)):
            assert china().day_kind(date(year, 1, 1) + far * DAY) is not None


def test_the_last_december_waits_for_a_year_of_which_nothing_is_known_but_its_beginning() -> None:
    assert china().possible_kinds(date(2036, 12, 31)) == ("workday", "holiday")
    assert china().possible_kinds(date(2037, 7, 25)) == ("weekend", "holiday", "makeup")


def test_no_day_of_an_ordinary_calendar_is_special() -> None:
    assert not any(ORDINARY.is_special(day) for day in days_of(2027))


def test_one_content_has_one_revision() -> None:
    again = Calendar.from_json(json.loads(FILE.read_text(encoding="utf-8")))
    assert again.revision == china().revision
    other = packaged_document() | {"years": packaged_document()["years"] | {"2027": {"holidays": {}, "makeup": []}}}
    assert Calendar.from_json(other).revision != china().revision


def test_each_statutory_year_has_the_thirteen_days_of_the_law() -> None:
    by_year: dict[int, list[date]] = {}
    for day in china().statutory:
        by_year.setdefault(day.year, []).append(day)
    assert sorted(by_year) == list(range(2027, 2037))
    # Mid-autumn and the National Day may share a day, as in 2028 and 2031.
    assert {year: len(days) for year, days in by_year.items() if len(days) != 13} == {2028: 12, 2031: 12}


def test_an_announced_holiday_beats_the_reach_of_the_next_year() -> None:
    calendar = Calendar.from_json(
        {
            "years": {"2026": {"holidays": {"2026-12-31": "元旦"}, "makeup": ["2026-12-27"]}},
            "statutory": {"2027": {"2027-01-01": "元旦"}},
            "festivals": {"元旦": {"off": [-2, 2], "makeup": [[-5, -3]], "dates": ["2027-01-01"]}},
        }
    )
    kinds = [calendar.day_kind(date(2026, 12, day)) for day in (31, 30, 27)]
    assert kinds == ["holiday", None, "makeup"]


def test_holidays_have_names_also_before_the_notice() -> None:
    assert china().holiday_name(date(2026, 10, 6)) == "国庆节"
    assert china().holiday_name(date(2027, 2, 6)) == "春节"
    assert china().holiday_name(date(2026, 11, 23)) is None


def test_the_committed_file_is_what_the_generator_writes() -> None:
    spec = importlib.util.spec_from_file_location("holidays_cn", ROOT / "tools" / "holidays_cn.py")
    assert spec and spec.loader
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.document() == json.loads(FILE.read_text(encoding="utf-8"))
