"""What mending a station is worth to riders: the people whose nearest confirmed station it is.

A station that is not confirmed (nobody knows who may enter, it is suspended or shut) is nobody's nearest confirmed
one, and often that is what has to be mended. Of those the people count who would have it as their nearest station if
all of them were confirmed. Stations no rider is sent to, closed for good, planned or for others only, affect nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

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

    @cached_property
    def _each(self) -> Floats:
        """People of each station alone, shape (n,)."""
        found = np.zeros(len(self.ids), dtype=np.int64)
        for rows in (self.nearest, self.nearer):
            np.add.at(found, rows[rows != NONE], self.people[rows != NONE])
        return found / THOUSANDTHS

    @cached_property
    def _single(self) -> list[tuple[float, Basis]]:
        """The effect of each station alone, by row."""
        bases: list[Basis] = ["nobody_sent", "would_be_nearest", "nearest"]
        which = np.where(self.confirmed, 2, self.waiting)
        return [(people, bases[at]) for people, at in zip(self._each.tolist(), which.tolist(), strict=True)]

    def of_stations(self, ids: Collection[str]) -> tuple[float, Basis]:
        """Return how many people a set of stations affects, each counted once, and what these people are."""
        rows = [self.ids[each] for each in ids]
        if len(rows) == 1:
            return self._single[rows[0]]
        chosen = np.zeros(len(self.ids) + 1, dtype=bool)  # the last stands for NONE
        chosen[rows] = True
        people = int(self.people[chosen[self.nearest] | chosen[self.nearer]].sum()) / THOUSANDTHS
        if self.confirmed[rows].any():
            return people, "nearest"
        return people, "would_be_nearest" if self.waiting[rows].any() else "nobody_sent"


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
