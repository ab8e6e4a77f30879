"""What the sheet on a station's door says: the usual week and what is there, in every language at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from stationmap.holidays import china
from stationmap.hours import ZONE, Interval, repeats_weekly
from stationmap.i18n import LANGUAGES, translate
from stationmap.model import FACILITIES, Station
from stationmap.riders import is_in_use, standing
from stationmap.schedule import Schedule
from stationmap.web.station_view import spans_of

WEEK_DAYS = 7
MOST_FACILITIES = 9  # more would not fit the sheet beside the hours and services of the largest centre
_DAY = timedelta(days=1)
_SEARCHED_WEEKS = 8  # no holidays with the days worked in exchange for them last longer


class UsualDays(NamedTuple):
    """A run of weekdays with the same times: language to label, language to a text a stretch."""

    labels: dict[str, str]
    times: dict[str, tuple[str, ...]]


class Poster(NamedTuple):
    """A station as its door tells it."""

    printed: date
    days: tuple[UsualDays, ...]
    facilities: tuple[str, ...]
    more_facilities: int
    scan: str
    is_welcoming: bool
    is_dense: bool
    is_sparse: bool


def poster_of(station: Station, at: datetime) -> Poster:
    """Return what the sheet of a station says when printed at a moment.

    Holidays, closures, seasons and days whose state is not known are left to the page the sheet leads to.
    """
    today = at.astimezone(ZONE).date()
    days = tuple(_usual_week(station, today))
    facilities = tuple(code for code in FACILITIES if station.facilities.get(code))
    return Poster(
        printed=today,
        days=days,
        facilities=facilities[:MOST_FACILITIES],
        more_facilities=max(0, len(facilities) - MOST_FACILITIES),
        scan=_scan(station),
        # A sheet on a door invites nobody in of whom it is not known that they may enter, nor where nobody is there.
        is_welcoming=standing(station) == "welcome",
        is_dense=2 * len(days) + len(station.services) + len(facilities[:MOST_FACILITIES]) // 3 > 9,
        is_sparse=not days and not facilities,
    )


def has_poster(station: Station) -> bool:
    """Tell whether a sheet may hang on the door: not where nobody is there yet, for now, or any more."""
    return is_in_use(station)


def _scan(station: Station) -> str:
    """Return the key of what the page behind the code tells: no more than is known."""
    if station.hours is None:
        return "poster.scan_place"
    return "poster.scan" if station.facilities else "poster.scan_hours"


def _usual_week(station: Station, today: date) -> Iterator[UsualDays]:
    # A sheet hangs on its door for years: what holds for a season it leaves to the page it leads to.
    if not repeats_weekly(station.hours):
        return
    schedule = Schedule.of(station.hours)
    usual = [_usual_day(today, weekday) for weekday in range(WEEK_DAYS)]
    times = [{language: _times(schedule, day, language) for language in LANGUAGES} for day in usual]
    if any(interval.state == "unknown" for day in usual for interval in _intervals(schedule, day)):
        return
    for same, group in groupby(range(WEEK_DAYS), key=lambda weekday: times[weekday]):
        weekdays = list(group)
        yield UsualDays({language: _label(weekdays, language) for language in LANGUAGES}, same)


def _times(schedule: Schedule, day: date, language: str) -> tuple[str, ...]:
    spans = next(spans_of(schedule, day, 1, language))
    return tuple(text for text, _ in spans) or (translate(language, "state.closed"),)


def _intervals(schedule: Schedule, day: date) -> Iterator[Interval]:
    midnight = datetime.combine(day, datetime.min.time(), ZONE)
    yield from schedule.intervals(midnight, midnight + _DAY)


def _usual_day(today: date, weekday: int) -> date:
    """Return the next day with this weekday on which nothing moves work or rest."""
    first = today + (weekday - today.weekday()) % WEEK_DAYS * _DAY
    days = [first + week * WEEK_DAYS * _DAY for week in range(_SEARCHED_WEEKS)]
    return next((day for day in days if china().day_kind(day) in ("workday", "weekend")), first)


def _label(weekdays: list[int], language: str) -> str:
    if len(weekdays) == WEEK_DAYS:
        return translate(language, "poster.every_day")
    first, last = (translate(language, f"weekday.{weekday}") for weekday in (weekdays[0], weekdays[-1]))
    return first if len(weekdays) == 1 else translate(language, "poster.days", first=first, last=last)
