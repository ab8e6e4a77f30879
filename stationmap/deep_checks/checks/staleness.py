"""What nobody has checked for too long, by kind of knowledge: a lock changes sooner than a building.

A registry keeps one date of check a station, so that one check renews all kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from stationmap.deep_checks.issue import Issue, Values
from stationmap.deep_checks.kinds import issue
from stationmap.deep_checks.upkeep_rules import Knowledge
from stationmap.hours.schedule import IN_USE
from stationmap.registry.model import Station


def stale(stations: Iterable[Station], staleness: Iterable[Knowledge], today: date) -> Iterator[Issue]:
    """Yield what is stale about stations in use, and stations that were never checked.

    A check dated in the future is another finding, and says nothing of age.
    """
    kinds = tuple(staleness)

    @cache
    def values(on: date, days: int) -> Values:
        return {"on": on.isoformat(), "age": f"{(today - on).days:,}", "days": f"{days:,}"}

    for station in stations:
        if station.status != IN_USE:
            continue
        ids = (station.id,)
        if station.verified is None:
            yield issue("never_verified", ids)
            continue
        on = station.verified.on
        age = (today - on).days
        for kind in kinds:
            if age > kind.days and _is_registered(station, kind):
                yield Issue(kind.code, kind.severity, "certain", ids, kind.fields, values(on, kind.days))


def _is_registered(station: Station, kind: Knowledge) -> bool:
    return kind.needs is None or bool(getattr(station.properties, kind.needs))
