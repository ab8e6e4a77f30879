"""Stations as rows of the table: what each cell says, in the words of lists and of riders' pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from stationmap.editing.closures import has_ended
from stationmap.exchange.columns import closure_words
from stationmap.formats import status_text
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import IN_USE
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.storage.last_changes import moments_of
from stationmap.web.staff.table.tables import tables
from stationmap.web.state import state

MAX_SHOWN = 60  # characters of a text that may be long


class Row(NamedTuple):
    """A station in words; `changed` is None where the journal does not know of any change."""

    station: Station
    district: str
    category: str
    standing: str
    closure: str
    access: str
    hours: str
    checked: str
    changed: datetime | None


def shown(stations: Iterable[Station], at: datetime, language: str) -> list[Row]:
    """Return stations as rows, with when each was changed last."""
    listed = list(stations)
    changed = tables().changed()
    seqs = {station.id: seq for station in listed if (seq := changed.get(station.id))}
    with state().database().reading() as connection:
        moments = moments_of(connection, set(seqs.values()))
    return [_row(station, at, language, moments.get(seqs.get(station.id, 0))) for station in listed]


def _row(station: Station, at: datetime, language: str, changed: datetime | None) -> Row:
    known, today = station.properties, at.astimezone(ZONE).date()
    return Row(
        station,
        translate(language, f"district.{known.district}"),
        translate(language, f"category.{known.category}"),
        standing(station, at, language),
        closures(station, at, language),
        translate(language, f"who.{known.access.who}"),
        (known.hours_source or known.hours or "")[:MAX_SHOWN],
        status_text.checked(known.verified, today, language),
        changed.astimezone(ZONE) if changed else None,
    )


def standing(station: Station, at: datetime, language: str) -> str:
    """Return in words whether a station is in use, and if so whether it is open now."""
    if station.status != IN_USE:
        return translate(language, f"register_status.{station.status}")
    return status_text.state(station.status_at(at), at, language)


def closures(station: Station, at: datetime, language: str) -> str:
    """Return in words the temporary closures of a station that have not ended; empty where there are none."""
    ahead = tuple(each for each in station.closures if not has_ended(each, at))
    return translate(language, "cell.separator").join(closure_words(each, language) for each in ahead)
