"""What would change if: coverage before and after, and exactly which places are won and which are lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.changes import Change, apply
from stationmap.audit.coverage import Coverage, Figures, coverage
from stationmap.audit.demand import THOUSANDTHS, Demand
from stationmap.audit.reach import checked_radius, nearest_m
from stationmap.audit.supply import Asked, Flags, Supply
from stationmap.audit.territory import Territory
from stationmap.cloud import Cloud
from stationmap.geodesy import Floats
from stationmap.registry import Registry

Rows = NDArray[np.int64]

ANYTHING = Asked()


@dataclass(frozen=True, eq=False)
class Places:
    """Places whose being in reach changed one way: rows of the territory's cells, rows of the demand, and people."""

    cells: Rows
    rows: Rows
    people: float


@dataclass(frozen=True, eq=False)
class Balance:
    """What is won and what is lost; people covered after, less those before, are those won less those lost."""

    won: Places
    lost: Places


@dataclass(frozen=True)
class Row:
    """A line of the table; `code` is None for the whole territory."""

    code: str | None
    before: Figures
    after: Figures

    @property
    def sure_people(self) -> float:
        """People more within reach of stations that surely count; negative for fewer."""
        return _less(self.after.sure.people, self.before.sure.people)

    @property
    def possible_people(self) -> float:
        return _less(self.after.possible.people, self.before.possible.people)

    @property
    def sure_share(self) -> float | None:
        """How much greater the share of people in reach is; None where nobody lives."""
        return _greater(self.before.sure.share, self.after.sure.share)

    @property
    def possible_share(self) -> float | None:
        return _greater(self.before.possible.share, self.after.possible.share)


@dataclass(frozen=True, eq=False)
class Difference:
    """Coverage of one demand before and after stations changed; won and lost by the sure and by the possible ones."""

    before: Coverage
    after: Coverage
    sure: Balance
    possible: Balance
    revisions: tuple[str, str]

    @property
    def table(self) -> tuple[Row, ...]:
        """The whole territory first, then the districts by code."""
        whole = Row(None, self.before.total, self.after.total)
        districts = self.before.districts
        return (whole, *(Row(code, districts[code], self.after.districts[code]) for code in districts))


def whatif(
    territory: Territory,
    demand: Demand,
    registry: Registry,
    changes: Iterable[Change],
    radius_m: float,
    *,
    asked: Asked = ANYTHING,
    at: datetime | None = None,
) -> Difference:
    """Tell what changes would do; raises InvalidAuditError where they cannot be made (`changes.apply`)."""
    return difference(territory, demand, registry, apply(registry, changes), radius_m, asked=asked, at=at)


def difference(
    territory: Territory,
    demand: Demand,
    before: Registry,
    after: Registry,
    radius_m: float,
    *,
    asked: Asked = ANYTHING,
    at: datetime | None = None,
) -> Difference:
    """Compare the coverage of one demand by two registries."""
    old, new = (Supply.of(registry.stations, asked, at) for registry in (before, after))
    sure, possible = balances(territory, demand, old, new, radius_m)
    coverages = [coverage(territory, demand, supply, radius_m) for supply in (old, new)]
    return Difference(coverages[0], coverages[1], sure, possible, (before.revision, after.revision))


def balances(
    territory: Territory, demand: Demand, before: Supply, after: Supply, radius_m: float
) -> tuple[Balance, Balance]:
    """Return what is won and lost between two supplies: by the stations that surely, and that possibly, count."""
    sure = _balance(territory, demand, before.chosen(before.sure), after.chosen(after.sure), radius_m)
    return sure, _balance(territory, demand, before.chosen(before.possible), after.chosen(after.possible), radius_m)


def _balance(territory: Territory, demand: Demand, before: Supply, after: Supply, radius_m: float) -> Balance:
    cells = [in_reach(territory.lons, territory.lats, each, radius_m) for each in (before, after)]
    rows = cells
    if demand.lons is not territory.lons:
        rows = [in_reach(demand.lons, demand.lats, each, radius_m) for each in (before, after)]
    won = _places(cells[1] & ~cells[0], rows[1] & ~rows[0], demand)
    return Balance(won, _places(cells[0] & ~cells[1], rows[0] & ~rows[1], demand))


def in_reach(lons: Floats, lats: Floats, stations: Supply, radius_m: float) -> Flags:
    """Tell of each place (n,) whether one of the stations is at most `radius_m` away."""
    checked_radius(radius_m)
    if not len(stations):
        return np.zeros(len(lons), dtype=bool)
    return np.asarray(nearest_m(lons, lats, Cloud(stations.lons, stations.lats), workers=-1)[:, 0] <= radius_m)


def _places(cells: Flags, rows: Flags, demand: Demand) -> Places:
    people = int(demand.people[rows].sum()) / THOUSANDTHS
    return Places(np.flatnonzero(cells), np.flatnonzero(rows), people)


def _less(whole: float, part: float) -> float:
    # Both stand for whole thousandths: so does their difference.
    return round((whole - part) * THOUSANDTHS) / THOUSANDTHS


def _greater(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
