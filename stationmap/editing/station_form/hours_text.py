"""What a text about opening hours says, as people write it in Chinese or in OpenStreetMap syntax."""

from __future__ import annotations

from typing import NamedTuple

from stationmap.errors import InvalidHoursError
from stationmap.hours.chinese.wording import to_osm
from stationmap.hours.osm_syntax import read
from stationmap.registry.model import Station


class HoursText(NamedTuple):
    """A text about hours: the opening_hours that it says, None where it is not understood or empty; its wording."""

    hours: str | None
    wording: str | None


def hours_text(text: str) -> HoursText:
    """Return what a text says: opening_hours as they stand, or Chinese words, of which the wording is kept."""
    if not text:
        return HoursText(None, None)
    hours = to_osm(text)
    if hours is None and _is_opening_hours(text):
        hours = text
    return HoursText(hours, None if hours == text else text)


def is_outdated(station: Station) -> bool:
    """Tell whether the wording of a station's hours, read anew, would give other hours than it has."""
    known = station.properties
    hours = hours_text(known.hours_source or "").hours
    return hours is not None and hours != known.hours


def _is_opening_hours(text: str) -> bool:
    try:
        read(text)
    except InvalidHoursError:
        return False
    return True
