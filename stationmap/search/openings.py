"""What distinct schedules say of one moment, kept for as long as it holds: who refuses a rider for certain, who not.

A question about time asks of every station near enough whether a rider should set out (`Query.accepts_visit`). Up to
the next change of its hours that does not depend on the way; so one table of states and next changes decides it by
metres for most stations, and only the others are asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import CancelCheck
from stationmap.geo.geodesy import Floats
from stationmap.hours.schedule import Schedule
from stationmap.rules import MAX_TRAVEL, MAX_WAIT
from stationmap.search.query import Query, Travel

Flags = NDArray[np.bool_]
MAX_KEPT = 4  # moments: the present, and what riders plan


class Reach(NamedTuple):
    """By number of hours, up to how many metres away a visit is refused, and up to how many accepted, for certain."""

    refused_m: Floats
    accepted_m: Floats
    refused: list[float]  # both again, for reading one number at a time
    accepted: list[float]


class _Table(NamedTuple):
    """The states at a moment, and until when each holds at least, in seconds of the epoch."""

    since_s: float
    until_s: float
    is_closed: Flags
    is_unknown: Flags
    changes_s: Floats


class Openings:
    """The schedules of an index, m of them; safe to share between threads, which at worst make the same twice."""

    def __init__(self, schedules: Sequence[Schedule]) -> None:
        self._schedules = schedules
        self._tables: tuple[_Table, ...] = ()
        self._reach: tuple[tuple[int, Travel | None], _Table, Reach] | None = None

    def reach(self, query: Query, check: CancelCheck) -> Reach:
        """Return what holds of a query with a moment, for certain; shapes (m,).

        It holds for all of the second, so that questions of one second share it. `check` is called before each schedule
        that has to be asked.
        """
        assert query.open_at is not None
        at_s = query.open_at.timestamp()
        key = math.floor(at_s), query.reachable_by
        known = self._reach
        if known is None or known[0] != key or not known[1].since_s <= at_s < known[1].until_s:
            table = self._table(query.open_at, at_s, check)
            known = self._reach = key, table, self._worked_out(table, key[0] + 1, query.reachable_by)
        return known[2]

    def _table(self, at: datetime, at_s: float, check: CancelCheck) -> _Table:
        before = [each for each in self._tables if each.since_s <= at_s]
        latest = max(before, key=lambda each: each.since_s, default=None)
        if latest is None or at_s >= latest.until_s:
            latest = self._made(at, at_s, latest, check)
        self._tables = (latest, *(other for other in self._tables if other is not latest))[:MAX_KEPT]
        return latest

    def _made(self, at: datetime, at_s: float, earlier: _Table | None, check: CancelCheck) -> _Table:
        """Ask the schedules whose state may have changed since an earlier table, all of them without one."""
        size = len(self._schedules)
        if earlier is None:
            is_closed, is_unknown, changes_s = np.zeros(size, bool), np.zeros(size, bool), np.full(size, -math.inf)
        else:
            is_closed, is_unknown, changes_s = (each.copy() for each in earlier[2:])
        for place in np.flatnonzero(changes_s <= at_s).tolist():
            check()
            status = self._schedules[place].status_soon(at)
            is_closed[place], is_unknown[place] = status.state == "closed", status.state == "unknown"
            changes_s[place] = (status.until or at + MAX_TRAVEL).timestamp()  # no change is told that is further ahead
        return _Table(at_s, float(changes_s.min(initial=math.inf)), is_closed, is_unknown, changes_s)

    @staticmethod
    def _worked_out(table: _Table, latest_s: float, travel: Travel | None) -> Reach:
        always, never = np.full(len(table.changes_s), math.inf), np.zeros(len(table.changes_s))
        if travel is None:
            return _reach(np.where(table.is_closed, always, never), np.where(table.is_closed, never, always))
        # A millisecond less, for durations are whole microseconds.
        left_s = np.maximum(table.changes_s - latest_s - 0.001, 0)
        left_m = left_s * (travel.speed_m_s / travel.detour)
        # Nobody waits longer than that, so that it is refused however long the way.
        too_long = left_s > MAX_WAIT.total_seconds()
        refused_m = np.where(table.is_closed, np.where(too_long, always, left_m), never)
        accepted_m = np.where(table.is_closed, never, np.where(table.is_unknown, always, left_m))
        return _reach(refused_m, accepted_m)


def _reach(refused_m: Floats, accepted_m: Floats) -> Reach:
    return Reach(refused_m, accepted_m, refused_m.tolist(), accepted_m.tolist())
