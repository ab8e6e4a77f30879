"""Write data/holidays-cn.json: the announced years, the statutory days of the years without a notice, and how far the
notices of 2008 to 2026 ever moved a day, per festival.

Run `python tools/holidays_cn.py` each November, after the notice: move the year into `NOTICES`, review the diff,
commit. The days come from the `holidays` package; tests/test_holidays.py compares the announced years with
`chinesecalendar`, from which the distances come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from chinese_calendar.constants import holidays as announced_off
from chinese_calendar.constants import workdays as announced_makeup
from holidays import country_holidays

OUT = Path(__file__).resolve().parent.parent / "data" / "holidays-cn.json"
NOTICES = {
    2024: "https://www.gov.cn/gongbao/2023/issue_10806/202311/content_6913823.html",
    2025: "https://www.gov.cn/gongbao/2024/issue_11726/202411/content_6989767.html",
    2026: "https://www.gov.cn/gongbao/2025/issue_12406/202511/content_7048922.html",
}
STATUTORY_YEARS = range(2027, 2037)
NOTICE_YEARS = range(2008, 2027)
FESTIVALS = {
    "元旦": "New Year's Day",
    "春节": "Spring Festival",
    "清明节": "Tomb-sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-autumn Festival",
    "国庆节": "National Day",
}
"""Each festival, and what `chinesecalendar` calls it."""
# The notice gives 10 June 2024 alone "与周末连休": the weekend beside it stays an ordinary one.
BESIDE_A_HOLIDAY = {date(2024, 6, 8), date(2024, 6, 9)}
DAY = timedelta(days=1)


def statutory_days(year: int) -> dict[date, str]:
    """List the days the law makes holidays, by name, before anything is moved."""
    days = country_holidays("CN", years=year, observed=False, language="zh_CN")
    return {
        day: name.replace("农历除夕", "春节").replace("; ", "、")
        for day, name in sorted(days.items())
        if day.year == year and "休息日" not in name
    }


def announced_days(year: int) -> tuple[dict[date, str], list[date]]:
    """List a year's days off, weekends inside them included, and its make-up working days."""
    days = country_holidays("CN", years=year, language="zh_CN")
    makeup = sorted(day for day in days.weekend_workdays if day.year == year)
    off = {day for day in days if day.year == year}
    for day in sorted(off):
        off |= _weekend_beside(day, DAY, makeup) | _weekend_beside(day, -DAY, makeup)
    return {day: _nearest_name(day) for day in sorted(off - BESIDE_A_HOLIDAY)}, makeup


def festivals() -> dict[str, object]:
    """Describe each festival: how many days from it the notices took days off, and made weekend days work before and
    after it; and its dates, from the first year without a notice to the one after the last with statutory days.
    """
    found: dict[str, object] = {}
    for name in FESTIVALS:
        off, makeup = (_distances(name, days) for days in (announced_off, announced_makeup))
        before, after = [far for far in makeup if far < 0], [far for far in makeup if far > 0]
        found[name] = {
            "off": _span(off),
            "makeup": [_span(before), _span(after)],
            "dates": [_date_of(name, year).isoformat() for year in (*STATUTORY_YEARS, STATUTORY_YEARS.stop)],
        }
    return found


def _distances(name: str, days: Iterable[date]) -> list[int]:
    named = {**announced_off, **announced_makeup}
    dates = [_date_of(name, year) for year in NOTICE_YEARS]
    # A day of December 2007 belongs to the notice of 2008.
    members = [day for day in days if str(named[day]) == FESTIVALS[name] and day >= date(2007, 12, 1)]
    return [min(((day - festival).days for festival in dates), key=abs) for day in members]


def _span(distances: list[int]) -> list[int]:
    return [min(distances), max(distances)]


def _date_of(name: str, year: int) -> date:
    days = country_holidays("CN", years=year, observed=False, language="zh_CN")
    return min(day for day, said in days.items() if day.year == year and name in said.split("; "))


def _weekend_beside(day: date, step: timedelta, makeup: list[date]) -> set[date]:
    found, beside = set(), day + step
    while beside.weekday() >= 5 and beside not in makeup and beside.year == day.year:
        found.add(beside)
        beside += step
    return found


def _nearest_name(day: date) -> str:
    names = statutory_days(day.year)
    return names[min(names, key=lambda known: abs(known - day))]


def document() -> dict[str, object]:
    """Build the whole file as one value."""
    years = {}
    for year, notice in NOTICES.items():
        off, makeup = announced_days(year)
        years[str(year)] = {
            "notice": f"国务院办公厅关于{year}年部分节假日安排的通知 {notice}",
            "holidays": {day.isoformat(): name for day, name in off.items()},
            "makeup": [day.isoformat() for day in makeup],
        }
    return {
        "source": "国务院办公厅节假日安排通知; days: holidays (MIT), cross-checked: chinesecalendar (MIT)",
        "years": years,
        "statutory_note": "《全国年节及纪念日放假办法》 (2024 revision); lunar and solar dates are estimates",
        "statutory": {
            str(year): {day.isoformat(): name for day, name in statutory_days(year).items()} for year in STATUTORY_YEARS
        },
        "festivals_note": "days from the festival: what notices of 2008 to 2026 took off, and made working, at most",
        "festivals": festivals(),
    }


if __name__ == "__main__":
    OUT.write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
