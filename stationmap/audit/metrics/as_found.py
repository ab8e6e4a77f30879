"""Coverage as found beside coverage as posted: what doors cost that riders found locked in posted hours.

In such an hour of the week a station counts as possible only, as one does whose hours are unknown. *As posted* is the
figure of the confirmed stations, *as found* the same figure without those hours; the truth lies between them, for what
nobody reported may be locked as well, and what was reported may be open next week.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand
from stationmap.audit.inputs.locked_doors import LockedDoors
from stationmap.audit.inputs.reach import Reach, parts_near
from stationmap.audit.inputs.supply import Certainty, Supply, WeekMasks
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.hourly_coverage import Counts, hourly_coverage, unpacked
from stationmap.errors import CancelCheck, never_cancelled

SURE_WAYS: tuple[Certainty, Certainty] = "confirmed", "confirmed"


class LockedStation(NamedTuple):
    """A station that was found locked: at which hours of the week, and what its door alone would bring back.

    `people_hours` are the person-hours a week that would be covered again were it open as posted, the others as found.
    """

    id: str
    hours: tuple[int, ...]
    people_hours: float


@dataclass(frozen=True, eq=False)
class AsFound:
    """People in reach of a confirmed station, thousandths, shapes (districts, 168): as posted, and as found."""

    posted: Counts
    found: Counts
    people: Counts
    """All people of each district, thousandths, shape (districts,)."""
    stations: tuple[LockedStation, ...]
    """Those that would bring most back first."""


def as_found(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    hours: WeekMasks,
    doors: LockedDoors,
    radius_m: float | Reach,
    *,
    check: CancelCheck = never_cancelled,
) -> AsFound | None:
    """Count the people covered at each hour of the week as posted and as found; None where no door makes a difference.

    `hours` are those of the confirmed stations (`supply.week_of`), bit masks (stations, 3); `supply` is that of no
    particular moment. A door that was found locked when its station is not posted open in this week makes none.
    """
    locked = doors.masks(supply.ids) & hours
    rows = np.flatnonzero(locked.any(axis=1))
    if not rows.size:
        return None
    as_they_are = hours & ~locked
    # The two sides of hourly coverage are counted alike, whatever they stand for.
    both = hourly_coverage(territory, demand, supply, (as_they_are, hours), radius_m, ways=SURE_WAYS, check=check)
    by_row = dict(zip(rows.tolist(), unpacked(locked[rows]), strict=True))
    stations = [
        LockedStation(supply.ids[row], tuple(np.flatnonzero(by_row[row]).tolist()), people_hours)
        for row, people_hours in _brought_back(territory, demand, supply, as_they_are, locked, rows, radius_m, check)
    ]
    stations.sort(key=lambda each: (-each.people_hours, each.id))
    return AsFound(both.possible, both.confirmed, both.people, tuple(stations))


def _brought_back(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    as_they_are: WeekMasks,
    locked: WeekMasks,
    rows: NDArray[np.int64],
    radius_m: float | Reach,
    check: CancelCheck,
) -> Iterator[tuple[int, float]]:
    """Yield what each door would bring back: row of the station, and person-hours."""
    near, _ = parts_near(demand.lons, demand.lats, demand.cell_m, supply.lons[rows], supply.lats[rows], radius_m)
    for door, row in enumerate(rows.tolist()):
        around = near.places[near.stations == door]
        opened = as_they_are.copy()
        opened[row] |= locked[row]
        counted = hourly_coverage(
            territory, demand.chosen(around), supply, (as_they_are, opened), radius_m, ways=SURE_WAYS, check=check
        )
        yield row, int(counted.possible.sum() - counted.confirmed.sum()) / THOUSANDTHS
