"""Checks on the spot that a phone sends, perhaps hours after the tap: each with its moment, taken once.

    visit = visit_from("xz-320302-0001 2026-11-23T10:05:00+08:00", at)

The same visit once more changes nothing, and an older one never replaces a newer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from stationmap.editing.edits import Edit
from stationmap.editing.verification import verified
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

MAX_VISITS = 200
MAX_AGE = timedelta(days=30)

Outcome = Literal["saved", "proposed", "known", "gone", "unreadable", "old"]


class Visit(NamedTuple):
    """A check on the spot: the station, and the day in China on which it was tapped."""

    station_id: str
    day: date


def visit_from(text: str, at: datetime, sent: datetime | None = None) -> Visit | Outcome:
    """Return the visit of a text, an id and a moment (ISO 8601 with offset; none is now), or why it is none.

    `sent` is when it was sent by the clock that gave the moment, which may be wrong: how long it waited is right.
    """
    station_id, _, said = text.strip().partition(" ")
    moment = moment_of(said) if said else at
    if moment is None:
        return "unreadable"
    waited = max((sent or at) - moment, timedelta(0)) if said else timedelta(0)
    if waited > MAX_AGE:
        return "old"
    return Visit(station_id, (at - waited).astimezone(ZONE).date())


def moment_of(text: str) -> datetime | None:
    """Return the aware moment of a text in ISO 8601, None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.utcoffset() is None else moment


def edit_of(visit: Visit, registry: Registry, how: str) -> Edit | Outcome:
    """Return what a visit changes of a registry, or why it changes nothing."""
    station = registry.get(visit.station_id)
    if station is None:
        return "gone"
    if _is_known(station, visit.day):
        return "known"
    return Edit(station.id, station, verified(station, visit.day.isoformat(), how))


def outcomes(
    texts: Iterable[str], at: datetime, registry: Registry, how: str, sent: datetime | None = None
) -> Mapping[str, Edit | Outcome]:
    """Return what becomes of each visit; of several of one station the latest counts."""
    found: dict[str, Edit | Outcome] = {}
    read = {text: visit_from(text, at, sent) for text in texts}
    latest: dict[str, date] = {}
    for visit in read.values():
        if isinstance(visit, Visit):
            latest[visit.station_id] = max(visit.day, latest.get(visit.station_id, visit.day))
    edited: set[str] = set()
    for text, visit in read.items():
        if not isinstance(visit, Visit):
            found[text] = visit
        elif visit.day < latest[visit.station_id] or visit.station_id in edited:
            found[text] = "known"
        else:
            found[text] = edit_of(visit, registry, how)
            edited.add(visit.station_id)
    return found


def _is_known(station: Station, day: date) -> bool:
    known = station.verified
    return known is not None and known.on >= day and (known.by == "staff" or known.on > day)
