"""Temporary closures of stations: begun, ended, added to a station, lifted early."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from stationmap.editing.fields import field_values, station_of
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import ClosedPeriod
from stationmap.registry.model import Closure, Station

_DAY = timedelta(days=1)


def has_begun(closure: Closure | ClosedPeriod, at: datetime) -> bool:
    """Tell whether a closure has begun at an aware moment."""
    return closure.start <= at if isinstance(closure.start, datetime) else closure.start <= _day(at)


def has_ended(closure: Closure | ClosedPeriod, at: datetime) -> bool:
    """Tell whether a closure has ended at an aware moment; its last day is part of it."""
    if closure.end is None:
        return False
    return closure.end <= at if isinstance(closure.end, datetime) else closure.end < _day(at)


def holds(closure: Closure | ClosedPeriod, at: datetime) -> bool:
    """Tell whether a place is closed for it at an aware moment."""
    return has_begun(closure, at) and not has_ended(closure, at)


def closed(station: Station, closure: Closure) -> Station:
    """Return a station with one more closure; unchanged where it has one of the same days already."""
    days = closure.start, closure.end
    if any((each.start, each.end) == days for each in station.closures):
        return station
    return _with_closures(station, (*station.closures, closure))


def reopened(station: Station, at: datetime, *, also_ahead: bool = False) -> Station:
    """Return a station whose closures that hold at an aware moment end before it; with `also_ahead` later ones go."""
    kept = []
    for each in station.closures:
        if has_ended(each, at):
            kept.append(each)
        elif not has_begun(each, at):
            kept += [] if also_ahead else [each]
        elif (ended := _ended_before(each, at)) is not None:
            kept.append(ended)
    return station if tuple(kept) == station.closures else _with_closures(station, tuple(kept))


def _ended_before(closure: Closure, at: datetime) -> Closure | None:
    """Return a closure that ended before a moment of this day; None where nothing of it is left."""
    if isinstance(closure.start, datetime) or isinstance(closure.end, datetime):
        # Of a moment and a day, the one it was given by says how exact it is.
        start = closure.start if isinstance(closure.start, datetime) else None
        return None if start is not None and start >= at else closure.model_copy(update={"end": at})
    last = _day(at) - _DAY
    return None if closure.start > last else closure.model_copy(update={"end": last})


def _with_closures(station: Station, closures: tuple[Closure, ...]) -> Station:
    values = field_values(station)
    written = [each.model_dump(mode="json", by_alias=True, exclude_unset=True) for each in closures]
    status = {name: value for name, value in values.get(("status",), {}).items() if name != "closures"}
    return station_of({**values, ("status",): status | ({"closures": written} if written else {})})


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
