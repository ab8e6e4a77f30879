"""What a rider needs to know and the registry does not say: hours, who may enter; and what it says only roughly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from stationmap.deep_checks.issue import Issue
from stationmap.deep_checks.kinds import issue
from stationmap.errors import InvalidHoursError
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.opening_hours import parse
from stationmap.hours.schedule import IN_USE, Schedule
from stationmap.registry.model import Station
from stationmap.registry.phones import phone

MAX_SHOWN = 80  # characters of a text that is quoted


def unknowns(stations: Iterable[Station], today: date) -> Iterator[Issue]:
    """Yield what is unknown about stations in use."""
    understood = cache(to_osm)

    @cache
    def never_says(text: str) -> bool:
        return _never_says(text, today)

    for station in stations:
        if station.status != IN_USE:
            continue
        known, ids = station.properties, (station.id,)
        if known.hours is None:
            yield _without_hours(ids, known.hours_source, understood(known.hours_source or ""))
        elif never_says(known.hours):
            yield issue("hours_unknown", ids)
        if known.access.who == "unknown":
            yield issue("access_unknown", ids)
        if known.located and known.located.how == "geocoded":
            yield issue("position_geocoded", ids)
        if known.phone and phone(known.phone).note:
            yield issue("phone_not_readable", ids, {"text": known.phone[:MAX_SHOWN]})


def _without_hours(ids: tuple[str, ...], wording: str | None, proposed: str | None) -> Issue:
    """Return the issue of a station without hours; where its wording is understood, the hours it means are proposed."""
    if not (wording or "").strip():
        return issue("hours_unknown", ids)
    values = {"wording": (wording or "")[:MAX_SHOWN], "proposed": proposed or "–"}
    return issue("hours_only_worded", ids, values)


def _never_says(text: str, today: date) -> bool:
    """Tell whether hours that can be read leave two weeks unknown: never open, and not always closed.

    Those that cannot be read are a finding of `check`.
    """
    try:
        parse(text)
    except InvalidHoursError:
        return False
    ahead = Schedule.of(text).states_ahead(today)
    return "open" not in ahead and "unknown" in ahead
