"""What a map says of each station at a moment: open, closed, or unknown where one cannot rely on it.

Hours are looked up once a schedule, of which the stations of a country share a few hundred. Two moments at which all is
the same have the same digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.hours.opening_hours import State
from stationmap.hours.schedule import Schedule
from stationmap.search.doubts import state_at_the_door

STATES: tuple[State, ...] = ("closed", "open", "unknown")
CLOSED, OPEN, UNKNOWN = range(3)
DIGEST_BYTES = 8


class Schedules(NamedTuple):
    """The distinct schedules of stations, and which of them each station has: its place, shape (n,)."""

    distinct: Sequence[Schedule]
    places: NDArray[np.int32]


@dataclass(frozen=True)
class StatesAt:
    """The states of stations at a moment: places in `STATES` by row, shape (n,)."""

    at: datetime
    by_row: NDArray[np.uint8]
    schedules: Schedules
    untils: tuple[str, ...]
    """When each schedule changes its state next, ISO 8601; empty where it does not."""
    marked: frozenset[int]
    """The rows of the stations that riders report locked."""
    digest: str

    def of(self, rows: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return of each of some stations the place of its state in `STATES`, and which schedule it has."""
        chosen = np.array(rows, dtype=np.int64)
        return self.by_row[chosen].tolist(), self.schedules.places[chosen].tolist()


def states_at(schedules: Schedules, marked: frozenset[int], at: datetime, little_left: timedelta) -> StatesAt:
    """Return the states at an aware moment; `marked` are the rows of stations that riders report locked.

    Less than `little_left` before closing a station can no longer be relied on.
    """
    found = [STATES.index(state_at_the_door(each, at, little_left)) for each in schedules.distinct]
    changes = (each.status_at(at).until for each in schedules.distinct)
    untils = tuple(change.isoformat() if change else "" for change in changes)
    by_row = np.array(found, dtype=np.uint8)[schedules.places]
    for row in marked:
        schedule = schedules.distinct[schedules.places[row]]
        by_row[row] = STATES.index(state_at_the_door(schedule, at, little_left, is_reported_locked=True))
    digest = blake2b(repr((found, untils, sorted(marked))).encode(), digest_size=DIGEST_BYTES)
    return StatesAt(at, by_row, schedules, untils, marked, digest.hexdigest())
