"""Which backups stay: the latest of each of the last days, and of each of the last weeks, that have one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime

from stationmap.hours.opening_hours import ZONE

DAYS, WEEKS = 7, 4


def staying(moments: Iterable[datetime]) -> frozenset[datetime]:
    """Return the moments, aware, whose backups stay; days and weeks (ISO 8601) are those where the stations are.

    Days and weeks without a backup do not count: after a month without any, those from before it stay.
    """
    latest_first = sorted(moments, reverse=True)
    by_day = _latest_of_each(latest_first, lambda at: at.astimezone(ZONE).date())
    by_week = _latest_of_each(latest_first, lambda at: at.astimezone(ZONE).isocalendar()[:2])
    return frozenset(by_day[:DAYS] + by_week[:WEEKS])


def _latest_of_each(latest_first: Iterable[datetime], period: Callable[[datetime], Hashable]) -> list[datetime]:
    found: dict[Hashable, datetime] = {}
    for at in latest_first:
        found.setdefault(period(at), at)
    return list(found.values())
