"""Changes one may consider making: a station added, moved, closed, or open longer. A registry in, a registry out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from stationmap import strict_json
from stationmap.errors import InvalidAuditError, InvalidHoursError
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE, Interval
from stationmap.hours.opening_hours import parse as parse_hours
from stationmap.hours.schedule import Schedule
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Add:
    """A new station."""

    station: Station

    @classmethod
    def at(cls, station_id: str, lon: float, lat: float, *, district: str, hours: str | None = None) -> Add:
        """Propose a station anyone may enter; without `hours` they are unknown, and it is open only possibly."""
        properties = {
            "name": station_id,
            "category": "outdoor_worker",
            "district": district,
            "access": {"who": "public"},
            **({} if hours is None else {"hours": hours}),
        }
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        return cls(_station({"type": "Feature", "id": station_id, "geometry": geometry, "properties": properties}))


@dataclass(frozen=True)
class Move:
    """A station somewhere else, degrees on WGS-84."""

    id: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Close:
    """A station closed for good."""

    id: str


@dataclass(frozen=True)
class Lengthen:
    """A station with other hours, open whenever it was and longer."""

    id: str
    hours: str


Change = Add | Move | Close | Lengthen


def apply(registry: Registry, changes: Iterable[Change]) -> Registry:
    """Return the registry after the changes, made one after the other.

    Raises InvalidAuditError for a station that is not there, or is there already; for a place that is none; and for
    hours that cannot be read or leave out some of the old ones.
    """
    stations = dict(registry)
    for change in changes:
        match change:
            case Add(station):
                if station.id in stations:
                    raise InvalidAuditError(f"add: {station.id} is already a station")
                stations[station.id] = station
            case _:
                if change.id not in stations:
                    raise InvalidAuditError(f"{type(change).__name__.lower()}: no station {change.id[:64]!r}")
                stations[change.id] = _changed(stations[change.id], change)
    return Registry(tuple(stations.values()), registry.meta, registry.members)


def read(data: bytes) -> tuple[Change, ...]:
    """Return the changes a JSON list holds; raises InvalidAuditError naming the first that is wrong.

    An entry is {"add": a station as in the registry}, {"move": id, "lon": .., "lat": ..}, {"close": id} or
    {"lengthen": id, "hours": ".."}.
    """
    document, found = strict_json.read(data)
    if wrong := [finding for finding in found if finding.severity == "error"]:
        raise InvalidAuditError(f"changes: {wrong[0].detail}")
    if not isinstance(document, list) or not document:
        raise InvalidAuditError("changes: must be a JSON list of at least one change")
    return tuple(_read(entry, at) for at, entry in enumerate(document, 1))


def proposed(sites: Iterable[tuple[str, float, float, str]], hours: str | None) -> tuple[Add, ...]:
    """Return the additions that build sites (id, lon, lat, district), open at the given hours."""
    return tuple(Add.at(name, lon, lat, district=district, hours=hours) for name, lon, lat, district in sites)


def _changed(station: Station, change: Move | Close | Lengthen) -> Station:
    document: dict[str, Any] = station.model_dump(mode="json", by_alias=True, exclude_unset=True)
    match change:
        case Move(_, lon, lat):
            document["geometry"]["coordinates"] = [lon, lat]
        case Close():
            document["properties"]["status"] = "closed"
        case Lengthen(_, hours):
            _check_longer(station, hours)
            document["properties"]["hours"] = hours
    return _station(document)


def _check_longer(station: Station, hours: str) -> None:
    try:
        parse_hours(hours)
    except InvalidHoursError as error:
        raise InvalidAuditError(f"lengthen: {station.id}: {error}") from error
    # Every season and every holiday counts: the newest year whose days are settled. Its last December still waits for
    # the notice of the next.
    year = max(china().announced)
    start, end = datetime(year - 1, 12, 1, tzinfo=ZONE), datetime(year, 12, 1, tzinfo=ZONE)
    before, after = (Schedule.of(text).intervals(start, end) for text in (station.hours, hours))
    # Hours that say nothing of holidays promise none, and need not be kept there; longer ones may well be among them.
    lost = _open([each for each in before if not each.cautions], start, end) & ~_open(after, start, end)
    if lost.any():
        first = start + int(np.argmax(lost)) * _MINUTE
        when = f"a {first:%A} such as {first:%Y-%m-%d}, at {first:%H:%M}"
        raise InvalidAuditError(f"lengthen: {station.id}: is open on {when}, and would not be")


def _open(intervals: Iterable[Interval], start: datetime, end: datetime) -> NDArray[np.bool_]:
    """Return which minutes between two moments are open."""
    minutes = np.zeros((end - start) // _MINUTE, dtype=bool)
    for interval in intervals:
        if interval.state == "open":
            minutes[(interval.start - start) // _MINUTE : (interval.end - start) // _MINUTE] = True
    return minutes


def _station(document: Any) -> Station:
    try:
        return Station.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidAuditError(f"station: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


_MEMBERS: dict[str, Sequence[str]] = {"add": (), "move": ("lon", "lat"), "close": (), "lengthen": ("hours",)}


def _read(entry: object, at: int) -> Change:
    kind = next((kind for kind in _MEMBERS if isinstance(entry, dict) and kind in entry), None)
    if kind is None or not isinstance(entry, dict) or set(entry) != {kind, *_MEMBERS[kind]}:
        shown = ", ".join("+".join((kind, *others)) for kind, others in _MEMBERS.items())
        raise InvalidAuditError(f"changes: entry {at} has not exactly the members of a change: {shown}")
    if kind == "add":
        try:
            return Add(_station(entry["add"]))
        except InvalidAuditError as error:
            raise InvalidAuditError(f"changes: entry {at}: {error}") from error
    which = entry[kind]
    if not isinstance(which, str):
        raise InvalidAuditError(f"changes: entry {at}: {kind} names a station by its id")
    if kind == "move":
        if not all(isinstance(entry[axis], int | float) for axis in ("lon", "lat")):
            raise InvalidAuditError(f"changes: entry {at}: lon and lat are degrees")
        return Move(which, float(entry["lon"]), float(entry["lat"]))
    if kind == "close":
        return Close(which)
    if not isinstance(entry["hours"], str):
        raise InvalidAuditError(f"changes: entry {at}: hours are a text")
    return Lengthen(which, entry["hours"])
