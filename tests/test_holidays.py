"""The working calendar against a second source, and what counts as not announced."""

from __future__ import annotations

import importlib.util
import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from chinese_calendar.constants import holidays as known_holidays
from chinese_calendar.constants import workdays as known_workdays
from holidays import country_holidays

from stationmap.holidays import REACH_DAYS, Calendar, china

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "data" / "holidays-cn.json"
DAY = timedelta(days=1)


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
        ("2026-12-17", "workday"),
        ("2026-12-18", None),
        ("2027-10-01", None),
        ("2027-07-21", "workday"),
        ("2027-07-24", "weekend"),
        ("2037-07-21", None),
        ("2023-07-19", None),
    ],
)
def test_a_day_is_what_was_announced_or_unsettled(day: str, kind: str | None) -> None:
    assert china().day_kind(date.fromisoformat(day)) == kind


def test_no_notice_since_2008_moved_anything_as_far_as_the_reach() -> None:
    named = country_holidays("CN", years=range(2007, 2028), observed=False, language="zh_CN")
    statutory = [day for day, name in named.items() if "休息日" not in name]
    moved = [day for day in (*known_holidays, *known_workdays) if day.year >= 2008]
    furthest = max(min(abs(day - known).days for known in statutory) for day in moved)
    assert furthest == 10
    assert furthest + 4 == REACH_DAYS


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
