"""What mending a station is worth to riders: the people whose nearest confirmed station it is.

A station that is not confirmed (nobody knows who may enter, it is suspended or shut) is nobody's nearest confirmed
one, and often that is what has to be mended. Of those the people count who would have it as their nearest station if
all of them were confirmed. Stations no rider is sent to, closed for good, planned or for others only, affect nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand
from stationmap.audit.inputs.supply import BoolArray, Requirements, Supply
from stationmap.deep_checks.issue import Basis
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import PointIndex
from stationmap.hours.schedule import IN_USE
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

NONE = -1
"""Stands for a row where there is no station."""
FEW = 4
"""Stations whose people are added one by one; of more it is quicker to look at all groups of people."""
BASES: tuple[Basis, ...] = ("nobody_sent", "would_be_nearest", "nearest")

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Effects:
    """People by the rows of their nearest confirmed station and of one nearer that is not confirmed; shapes (p,).

    Nobody stands in two of these groups, so that no set of stations affects more people than there are.
    """

    ids: Mapping[str, int]
    confirmed: BoolArray
    waiting: BoolArray
    """Shapes (n,): which stations are confirmed, and which would be if something were mended."""
    nearest: Rows
    nearer: Rows
    people: NDArray[np.int64]
    """Thousandths."""

    @classmethod
    def of(cls, registry: Registry, demand: Demand, day: date) -> Effects:
        """Find the nearest stations of the people of a demand on a day."""
        stations = registry.stations
        supply = Supply.of(stations, day=day)
        waiting = _would_count(stations) & ~supply.confirmed
        confirmed_rows, confirmed_m = _nearest(supply, supply.confirmed, demand)
        waiting_rows, waiting_m = _nearest(supply, waiting, demand)
        nearer = np.where(waiting_m < confirmed_m, waiting_rows, NONE)
        groups, group_of = np.unique(np.column_stack((confirmed_rows, nearer)), axis=0, return_inverse=True)
        # Whole thousandths below 2**53, which floats add up exactly.
        people = np.bincount(group_of.ravel(), demand.people, len(groups)).astype(np.int64)
        ids = {station.id: row for row, station in enumerate(stations)}
        return cls(ids, supply.confirmed, waiting, groups[:, 0], groups[:, 1], people)

    @property
    def total(self) -> float:
        """All people."""
        return int(self.people.sum()) / THOUSANDTHS

    def of_stations(self, ids: Collection[str]) -> tuple[float, Basis]:
        """Return how many people a set of stations affects, each counted once, and what these people are."""
        rows = [self.ids[each] for each in ids]
        people = self._of_few(rows) if len(rows) <= FEW else self._of_many(rows)
        basis = BASES[max((self._bases[row] for row in rows), default=0)]
        return people / THOUSANDTHS, basis

    def of_parts(self, ids: Iterable[str], part_of: Rows, count: int) -> list[float]:
        """Return how many people the stations of each of some parts affect, of a set of stations.

        `part_of`, shape (n,), is the number, below `count`, of the part that each row of the registry lies in.
        """
        chosen = np.zeros(len(self.ids) + 1, dtype=bool)  # the last stands for NONE
        chosen[[self.ids[each] for each in ids]] = True
        places = np.append(part_of, NONE)
        first, second = chosen[self.nearest], chosen[self.nearer]
        nearest, nearer = places[self.nearest], places[self.nearer]
        twice = first & second & (nearest == nearer)
        groups = ((nearest, first, 1), (nearer, second, 1), (nearest, twice, -1))
        people = sum(sign * np.bincount(place[each], self.people[each], count) for place, each, sign in groups)
        return [each / THOUSANDTHS for each in np.asarray(people).tolist()]

    @cached_property
    def _each(self) -> list[int]:
        """People of each station alone, in thousandths, by row."""
        found = np.zeros(len(self.ids), dtype=np.int64)
        for rows in (self.nearest, self.nearer):
            np.add.at(found, rows[rows != NONE], self.people[rows != NONE])
        each: list[int] = found.tolist()
        return each

    @cached_property
    def _both(self) -> dict[tuple[int, int], int]:
        """People of two stations at once, one confirmed and one nearer, by their rows."""
        both = (self.nearest != NONE) & (self.nearer != NONE)
        pairs = zip(self.nearest[both].tolist(), self.nearer[both].tolist(), strict=True)
        return dict(zip(pairs, self.people[both].tolist(), strict=True))

    @cached_property
    def _bases(self) -> list[int]:
        """The place in `BASES` of what the people of each station are, by row."""
        bases: list[int] = np.where(self.confirmed, 2, self.waiting).tolist()
        return bases

    def _of_few(self, rows: Sequence[int]) -> int:
        alone = sum(self._each[row] for row in rows)
        return alone - sum(self._both.get(pair, 0) for pair in permutations(rows, 2))

    def _of_many(self, rows: Sequence[int]) -> int:
        chosen = np.zeros(len(self.ids) + 1, dtype=bool)  # the last stands for NONE
        chosen[rows] = True
        return int(self.people[chosen[self.nearest] | chosen[self.nearer]].sum())


def _would_count(stations: Iterable[Station]) -> BoolArray:
    """Tell which stations, shape (n,), count or would if they were opened again and said who may enter."""
    requirements = Requirements()
    reopened = (each if each.status != "suspended" else _in_use(each) for each in stations)
    return np.array([requirements.judge(each)[1] for each in reopened], dtype=bool)


def _in_use(station: Station) -> Station:
    return station.model_copy(update={"properties": station.properties.model_copy(update={"status": IN_USE})})


def _nearest(supply: Supply, chosen: BoolArray, demand: Demand) -> tuple[Rows, Floats]:
    """Return the row of the nearest chosen station of each place, and the metres to it; shapes (places,)."""
    rows = np.flatnonzero(chosen)
    if not rows.size:
        return np.full(len(demand), NONE, dtype=np.int64), np.full(len(demand), np.inf)
    points = PointIndex(supply.lons[rows], supply.lats[rows], rows.astype(np.int64))
    found, metres = points.nearest_many(demand.lons, demand.lats, 1, -1)
    return found[:, 0], metres[:, 0]
