"""The content of the sheet on a station's door: the usual weeks and what is there, in every language at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval
from stationmap.hours.schedule import Schedule
from stationmap.hours.seasons import Season, seasons
from stationmap.i18n import LANGUAGES, translate
from stationmap.registry.model import FACILITIES, Station
from stationmap.search.usability import is_in_use, standing
from stationmap.web.pages.station_view import spans_of

WEEK_DAYS = 7
MAX_FACILITIES = 9  # more would not fit the sheet beside the hours and services of the largest centre
_DAY = timedelta(days=1)
MAX_SEASONS = 3  # as many weeks as a sheet has room for
_YEAR_WEEKS = 53


class UsualDays(NamedTuple):
    """A run of weekdays with the same times: language to label, language to a text a stretch."""

    labels: dict[str, str]
    times: dict[str, tuple[str, ...]]


class UsualWeek(NamedTuple):
    """The week of a season: language to label, none where it is that of the whole year."""

    labels: dict[str, str]
    days: tuple[UsualDays, ...]


class Poster(NamedTuple):
    """A station as described on its door."""

    printed: date
    weeks: tuple[UsualWeek, ...]
    facilities: tuple[str, ...]
    more_facilities: int
    scan: str
    is_welcoming: bool
    is_dense: bool
    is_sparse: bool


def poster_of(station: Station, at: datetime) -> Poster:
    """Return the content of the sheet of a station when printed at a moment.

    Holidays, closures and weeks that are not known or differ within a season are left to the page the sheet leads to.
    """
    today = at.astimezone(ZONE).date()
    weeks = _usual_weeks(station, today)
    lines = 2 * sum(len(week.days) + bool(week.labels) for week in weeks)
    facilities = tuple(code for code in FACILITIES if station.facilities.get(code))
    return Poster(
        printed=today,
        weeks=weeks,
        facilities=facilities[:MAX_FACILITIES],
        more_facilities=max(0, len(facilities) - MAX_FACILITIES),
        scan=_scan(station),
        # A sheet on a door invites only people known to be admitted, and only where somebody is there.
        is_welcoming=standing(station) == "welcome",
        is_dense=lines + len(station.services) + len(facilities[:MAX_FACILITIES]) // 3 > 9,
        is_sparse=not weeks and not facilities,
    )


def has_poster(station: Station) -> bool:
    """Return whether a sheet may hang on the door: not before it opens, while it is suspended, or when it is gone."""
    return is_in_use(station)


def _scan(station: Station) -> str:
    """Return the key of what the page behind the code offers: no more than is known."""
    if station.hours is None:
        return "poster.scan_place"
    return "poster.scan" if station.facilities else "poster.scan_hours"


def _usual_weeks(station: Station, today: date) -> tuple[UsualWeek, ...]:
    found = seasons(station.hours)
    if len(found) > MAX_SEASONS:
        return ()
    schedule = Schedule.of(station.hours)
    weeks = tuple(
        UsualWeek(_season_labels(season) if len(found) > 1 else {}, tuple(_usual_week(schedule, season, today)))
        for season in found
    )
    # A sheet about half of a year would be taken for the whole of it.
    return weeks if all(week.days for week in weeks) else ()


def _usual_week(schedule: Schedule, season: Season, today: date) -> Iterator[UsualDays]:
    usual = [_usual_day(today, weekday, season) for weekday in range(WEEK_DAYS)]
    known = [day for day in usual if day and all(one.state != "unknown" for one in _intervals(schedule, day))]
    if len(known) < WEEK_DAYS:
        return
    times = [{language: _times(schedule, day, language) for language in LANGUAGES} for day in known]
    for same, group in groupby(range(WEEK_DAYS), key=lambda weekday: times[weekday]):
        weekdays = list(group)
        yield UsualDays({language: _label(weekdays, language) for language in LANGUAGES}, same)


def _times(schedule: Schedule, day: date, language: str) -> tuple[str, ...]:
    spans = next(spans_of(schedule, day, 1, language))
    return tuple(text for text, _ in spans) or (translate(language, "state.closed"),)


def _intervals(schedule: Schedule, day: date) -> Iterator[Interval]:
    midnight = datetime.combine(day, datetime.min.time(), ZONE)
    yield from schedule.intervals(midnight, midnight + _DAY)


def _usual_day(today: date, weekday: int, season: Season) -> date | None:
    """Return the next day of a season with this weekday on which nothing moves work or rest, if there is one in a year.

    The day before is of the season too, as its night may run into this one.
    """
    first = today + (weekday - today.weekday()) % WEEK_DAYS * _DAY
    days = (first + week * WEEK_DAYS * _DAY for week in range(_YEAR_WEEKS))
    return next((day for day in days if season.holds(day) and season.holds(day - _DAY) and _is_usual(day)), None)


def _is_usual(day: date) -> bool:
    return china().day_kind(day) in ("workday", "weekend")


def _season_labels(season: Season) -> dict[str, str]:
    return {language: _season_label(season, language) for language in LANGUAGES}


def _season_label(season: Season, language: str) -> str:
    first, last = (_day_of_year(day, language, is_month=season.is_whole_months) for day in season)
    return first if first == last else translate(language, "poster.season", first=first, last=last)


def _day_of_year(day: date, language: str, *, is_month: bool) -> str:
    month = translate(language, "poster.months").split()[day.month - 1]
    return month if is_month else translate(language, "poster.day", month=month, day=day.day)


def _label(weekdays: list[int], language: str) -> str:
    if len(weekdays) == WEEK_DAYS:
        return translate(language, "poster.every_day")
    first, last = (translate(language, f"weekday.{weekday}") for weekday in (weekdays[0], weekdays[-1]))
    return first if len(weekdays) == 1 else translate(language, "poster.days", first=first, last=last)
