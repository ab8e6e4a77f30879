"""The nearest stations of many places together, with a query about the moment when each rider arrives.

All are asked at once for the nearest points, and those whose stations were not accepted for more of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stationmap.errors import CancelCheck
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import TIE_M, PointIndex, Rows
from stationmap.hours.schedule import Schedule
from stationmap.search.openings import Reach
from stationmap.search.query import Query

MAX_CANDIDATES = 1_024  # stations looked at for each place before it is answered alone


class Arrivals:
    """Which stations a query accepts when the rider arrives, for many riders at once.

    What its `reach` leaves open is asked of each arrival.
    """

    def __init__(
        self, hours: NDArray[np.int32], schedules: Sequence[Schedule], query: Query, reach: Reach | None
    ) -> None:
        """Take which of the schedules each station has, shape (n,), a query, and its reach where it has a moment."""
        self._hours, self._schedules, self._query, self.reach = hours, schedules, query, reach

    def __len__(self) -> int:
        """Return how many stations there are."""
        return len(self._hours)

    def accept(self, metres: float, row: int) -> bool:
        """Tell whether a station so many metres away is accepted."""
        return self._query.accepts_visit(self._schedules[int(self._hours[row])], metres)

    def accepted(self, rows: Rows, metres: Floats, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Tell which of the stations `found`, so many metres away, are accepted; every shape is (m, n)."""
        if self.reach is None:
            return found
        places = self._hours[rows]  # where there is no row, any: nothing is found there
        is_sure = metres < self.reach.accepted_m[places]
        accepted = found & is_sure
        for at in zip(*np.nonzero(found & ~is_sure & (metres >= self.reach.refused_m[places])), strict=True):
            accepted[at] = self.accept(float(metres[at]), int(rows[at]))
        return np.asarray(accepted)


def nearest_block(
    points: PointIndex,
    lons: Floats,
    lats: Floats,
    k: int,
    within_m: float,
    arrivals: Arrivals,
    check: CancelCheck,
) -> tuple[Rows, Floats]:
    """Return the k nearest accepted points of places (m,) in degrees: rows (m, k) and geodesic metres (m, k).

    They are as `PointIndex.nearest_accepted` finds them for each place; -1 and inf stand where there are no more.
    """
    answer_rows, answer_metres = np.full((len(lons), k), -1, dtype=np.int64), np.full((len(lons), k), np.inf)
    pending, looked_at = np.arange(len(lons)), k
    while len(pending) and looked_at <= MAX_CANDIDATES:
        check()
        rows, metres = points.nearest_many(lons[pending], lats[pending], looked_at, 1)
        found = (rows >= 0) & (metres <= within_m + TIE_M)
        accepted = arrivals.accepted(rows, metres, found)
        number = np.cumsum(accepted, axis=1)
        at, column = np.nonzero(accepted & (number <= k))
        slot = pending[at], number[at, column] - 1
        answer_rows[slot], answer_metres[slot] = rows[at, column], metres[at, column]
        pending = pending[(number[:, -1] < k) & found.all(axis=1)]
        looked_at *= 4
    for place in pending.tolist():
        check()
        lon, lat = float(lons[place]), float(lats[place])
        refused_m = arrivals.reach and arrivals.reach.refused_m
        alone = points.nearest_accepted(lon, lat, k, within_m, arrivals.accept, len(arrivals), refused_m) or []
        for nth, (far, row) in enumerate(alone):
            answer_rows[place, nth], answer_metres[place, nth] = row, far
    return answer_rows, answer_metres
