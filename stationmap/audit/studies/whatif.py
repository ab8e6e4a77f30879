"""What would change if: coverage before and after, and exactly which places are won and which are lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, People
from stationmap.audit.inputs.cell_share import ShareArray, reached
from stationmap.audit.inputs.reach import Reach, parts_in_reach, reach_of
from stationmap.audit.inputs.supply import CERTAINTY_CODES, BoolArray, Certainty, Supply
from stationmap.audit.metrics.coverage import Coverage, Figures
from stationmap.audit.studies.changes import Change, apply
from stationmap.audit.studies.study import Study
from stationmap.geo.geodesy import Floats
from stationmap.registry.registry import Registry

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ChangedPlaces:
    """Places of which more, or less, is in reach: rows of the territory's cells, rows of the demand, and people."""

    cells: Rows
    rows: Rows
    people: float


@dataclass(frozen=True, eq=False)
class Balance:
    """What is won and what is lost; people covered after, less those before, are those won less those lost."""

    won: ChangedPlaces
    lost: ChangedPlaces


@dataclass(frozen=True)
class DistrictChange:
    """A line of the table; `code` is None for the whole territory."""

    code: str | None
    before: Figures
    after: Figures

    @property
    def confirmed_people(self) -> float:
        """People more within reach of confirmed stations; negative for fewer."""
        return _less(self.after.confirmed.people, self.before.confirmed.people)

    @property
    def possible_people(self) -> float:
        return _less(self.after.possible.people, self.before.possible.people)

    @property
    def confirmed_share(self) -> float | None:
        """How much greater the share of people in reach is; None where nobody lives."""
        return _greater(self.before.confirmed.share, self.after.confirmed.share)

    @property
    def possible_share(self) -> float | None:
        return _greater(self.before.possible.share, self.after.possible.share)


@dataclass(frozen=True, eq=False)
class Difference:
    """Coverage of one demand before and after stations changed; won and lost by the sure and by the possible ones."""

    before: Coverage
    after: Coverage
    confirmed: Balance
    possible: Balance
    revisions: tuple[str, str]

    @property
    def table(self) -> tuple[DistrictChange, ...]:
        """The whole territory first, then the districts by code."""
        whole = DistrictChange(None, self.before.total, self.after.total)
        districts = self.before.districts
        return (whole, *(DistrictChange(code, districts[code], self.after.districts[code]) for code in districts))


def whatif(study: Study, changes: Iterable[Change]) -> Difference:
    """Tell what changes of the stations would do; InvalidAuditError where they cannot be made (`changes.apply`)."""
    return difference(study, apply(study.registry, changes))


def difference(study: Study, after: Registry) -> Difference:
    """Compare the coverage of a study's people by its stations and by those of another registry."""
    later = study.with_registry(after)
    confirmed, possible = balances(study, later.supply)
    return Difference(study.coverage, later.coverage, confirmed, possible, (study.registry.revision, after.revision))


def balances(study: Study, after: Supply) -> tuple[Balance, Balance]:
    """Return what is won and lost when other stations count: by the confirmed, and by the possible ones."""
    confirmed, possible = (
        _balance(study, _counted(study.supply, certainty), _counted(after, certainty), certainty)
        for certainty in CERTAINTY_CODES
    )
    return confirmed, possible


def _balance(study: Study, before: Supply, after: Supply, certainty: Certainty) -> Balance:
    territory, demand, of = study.territory, study.demand, (study.reach, certainty)
    cells = [_parts(territory.lons, territory.lats, territory.grid.cell_m, each, *of) for each in (before, after)]
    rows = cells
    if not demand.is_on_cells_of(territory):
        rows = [_parts(demand.lons, demand.lats, demand.cell_m, each, *of) for each in (before, after)]
    change = reached(demand.people, rows[1]) - reached(demand.people, rows[0])
    more = cells[1] - cells[0], rows[1] - rows[0], change
    return Balance(_places(*more), _places(*(-each for each in more)))


def _counted(supply: Supply, certainty: Certainty) -> Supply:
    return supply.chosen(getattr(supply, certainty))


def in_reach(lons: Floats, lats: Floats, stations: Supply, radius_m: float | Reach) -> BoolArray:
    """Return whether each place, degrees (n,), has one of the stations within reach, shape (n,).

    Raises InvalidAuditError for a radius out of range.
    """
    return _parts(lons, lats, 0, stations, reach_of(radius_m), "confirmed") > 0


def _parts(
    lons: Floats, lats: Floats, cell_m: float, stations: Supply, reach: Reach, certainty: Certainty
) -> ShareArray:
    if not len(stations):
        return np.zeros(len(lons), dtype=np.int64)
    there = reach.stations(stations.lons, stations.lats, certainty=certainty)
    return parts_in_reach(lons, lats, cell_m, there, reach.limit_m)


def _places(cells: ShareArray, rows: ShareArray, people: People) -> ChangedPlaces:
    """Return what grew, of the changes of cells, of places and of the people there."""
    return ChangedPlaces(np.flatnonzero(cells > 0), np.flatnonzero(rows > 0), int(people[rows > 0].sum()) / THOUSANDTHS)


def _less(whole: float, part: float) -> float:
    # Both stand for whole thousandths: so does their difference.
    return round((whole - part) * THOUSANDTHS) / THOUSANDTHS


def _greater(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
