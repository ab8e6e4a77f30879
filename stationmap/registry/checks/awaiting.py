"""Whose answers wait for a notice of holidays that has not been entered yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from stationmap.hours.calendar import Calendar, china
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import IN_USE, Schedule
from stationmap.registry.model import Station

NOTICE_MONTH = 11  # the next year's notice appears in November
DAY = timedelta(days=1)


class Awaited(NamedTuple):
    """A year without its notice, and how many stations in use are unknown on some of its days."""

    year: int
    stations: int


def missing_years(calendar: Calendar, today: date) -> list[int]:
    """Return the years whose notice should be there by `today`: this one, from 1 November on also the next."""
    wanted = [today.year, today.year + 1] if today.month >= NOTICE_MONTH else [today.year]
    return [year for year in wanted if year not in calendar.announced]


def awaited(stations: Iterable[Station], today: date) -> list[Awaited]:
    """Return the missing years under the calendar in use, each with the stations whose answers wait for it."""
    return awaited_by_hours(Counter(station.hours for station in stations if station.status == IN_USE), today)


def awaited_by_hours(in_use: Mapping[str | None, int], today: date) -> list[Awaited]:
    """Return the same of how many stations in use have which hours."""
    years = missing_years(china(), today)
    return [Awaited(year, sum(count for text, count in in_use.items() if waits(text, year))) for year in years]


def waiting_stations(stations: Iterable[Station], today: date) -> dict[int, list[Station]]:
    """Return the missing years, each with the stations in use whose answers wait for its notice."""
    years = missing_years(china(), today)
    if not years:
        return {}
    by_hours = defaultdict(list)
    for station in stations:
        if station.status == IN_USE:
            by_hours[station.hours].append(station)
    return {year: [each for text, alike in by_hours.items() if waits(text, year) for each in alike] for year in years}


def waits(text: str | None, year: int) -> bool:
    """Tell whether hours are unknown on a day the notice of a year may move: late December belongs to the next year."""
    schedule = Schedule.of(text)
    if not schedule.follows_calendar:
        return False
    first, days = date(year - 1, 12, 1), (date(year, 12, 1) - date(year - 1, 12, 1)).days
    unsettled = (day for day in (first + ahead * DAY for ahead in range(days)) if china().day_kind(day) is None)
    midnights = (datetime.combine(day, time.min, ZONE) for day in unsettled)
    return any(schedule.awaited(midnight, midnight + DAY) for midnight in midnights)
