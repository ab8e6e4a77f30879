"""Hours of the week in which riders found stations locked although they were posted open.

Nobody is named by them: an hour counts only where several devices reported the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from stationmap.audit.inputs.supply import WEEK_HOURS, WORDS, WeekMasks
from stationmap.errors import InvalidAuditError


class LockedDoors(NamedTuple):
    """Stations with the hours of the week in which they were found locked, 0 being Monday 00:00; ids ascend."""

    stations: tuple[tuple[str, tuple[int, ...]], ...]
    since: date
    """The first day of which reports count."""
    devices: int
    """How many devices it takes for an hour."""

    @classmethod
    def of(cls, hours: Mapping[str, Collection[int]], *, since: date, devices: int) -> LockedDoors:
        """Take hours by station; raises InvalidAuditError for one that no week has."""
        if not all(0 <= hour < WEEK_HOURS for listed in hours.values() for hour in listed):
            raise InvalidAuditError(f"hours of a week are from 0 to {WEEK_HOURS - 1}")
        return cls(tuple((each, tuple(sorted(hours[each]))) for each in sorted(hours) if hours[each]), since, devices)

    def masks(self, ids: Sequence[str]) -> WeekMasks:
        """Return the hours of stations by their ids, bit masks (n, 3)."""
        flags = np.zeros((len(ids), WORDS * 64), dtype=np.uint8)
        rows = {station_id: row for row, station_id in enumerate(ids)}
        for station_id, hours in self.stations:
            if station_id in rows:
                flags[rows[station_id], list(hours)] = 1
        return np.packbits(flags, axis=1, bitorder="little").view("<u8")
