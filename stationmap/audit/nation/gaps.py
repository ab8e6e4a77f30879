"""Gaps of a whole country, area by area: all of them counted, and those of most people drawn.

Gaps are joined within an area, so that an area with what is around it has the gaps that it has in the country. A first
walk counts them and tells how many people those have that are to be listed; a second one draws these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS
from stationmap.audit.inputs.cell_share import PARTS
from stationmap.audit.inputs.reach import StraightReach
from stationmap.audit.inputs.supply import Certainty, Supply, WeekMasks
from stationmap.audit.inputs.within_radius import checked_radius
from stationmap.audit.metrics.gap_partition import Uncovered
from stationmap.audit.metrics.gaps import Gap, Gaps, gaps
from stationmap.audit.metrics.people_by_distance import Counts
from stationmap.audit.nation.area_part import AreaParts
from stationmap.audit.nation.country import Country
from stationmap.audit.nation.people import NationPeople
from stationmap.audit.nation.workers import HERE, Workers

LISTED = 100  # gaps, where nobody says otherwise


class _AreaGaps(NamedTuple):
    """Gaps of an area, thousandths: people of the largest, descending, all people, and cells out of reach."""

    largest: Counts
    people: int
    cells: int


@dataclass(frozen=True, eq=False)
class _GapCounter:
    parts: AreaParts
    possible: bool
    most: int

    def __call__(self, area: int) -> _AreaGaps:
        part = self.parts.part((area,))
        if part is None:
            return _AreaGaps(np.empty(0, dtype=np.int64), 0, 0)
        certainty: Certainty = "possible" if self.possible else "confirmed"
        reach = StraightReach(self.parts.radius_m)
        counted = getattr(part.supply, certainty)
        found = Uncovered.of(part.territory, part.demand, part.supply, counted, reach, certainty)
        own = part.own
        mine = own[part.demand.rows[found.places]]
        people = np.bincount(found.place_gaps[mine], found.people[mine], found.count).astype(np.int64)
        largest = np.sort(people[people > 0])[::-1][: self.most]
        return _AreaGaps(largest, int(people.sum()), int(found.parts[own[found.cells]].sum()))


@dataclass(frozen=True, eq=False)
class _GapLister:
    parts: AreaParts
    possible: bool
    week: tuple[WeekMasks, WeekMasks] | None
    least: int
    """Thousandths of people that a gap to be listed has at least."""

    def __call__(self, area: int) -> list[Gap]:
        part = self.parts.part((area,))
        assert part is not None
        week = (self.week[0][part.stations], self.week[1][part.stations]) if self.week else None
        found = gaps(
            part.territory, part.demand, part.supply, self.parts.radius_m,
            week=week, possible=self.possible, min_people=(self.least - 0.5) / THOUSANDTHS,
        )  # fmt: skip
        territory = part.territory
        own = (gap for gap in found.gaps if territory.districts[gap.rows[0]] == area)
        return [replace(gap, rows=territory.cells[gap.rows]) for gap in own]


def nation_gaps(
    country: Country,
    people: NationPeople,
    supply: Supply,
    radius_m: float,
    *,
    week: tuple[WeekMasks, WeekMasks] | None = None,
    possible: bool = False,
    listed: int = LISTED,
    by: Workers = HERE,
) -> Gaps:
    """Find the gaps of a country, and list so many of those of most people.

    They are those `gaps` finds in a Territory with the same people, thousandths on its cells, but for `rows`, which are
    numbers of cells here. `week` is what `supply.week_of` returns for the same stations: bit masks (stations, 3).
    Raises InvalidAuditError for a radius that cannot be meant.
    """
    parts = AreaParts(country, people, supply, checked_radius(radius_m))
    areas = list(range(len(country.codes)))
    counted = list(by.run(_GapCounter(parts, possible, listed), areas, "gaps"))
    everybody = sum(each.people for each in counted)
    largest = np.sort(np.concatenate([each.largest for each in counted]))[::-1][:listed]
    drawn: list[Gap] = []
    if len(largest):
        least = int(largest[-1])
        some = [area for area in areas if len(counted[area].largest) and counted[area].largest[0] >= least]
        for found in by.run(_GapLister(parts, possible, week, least), some, "drawing"):
            drawn += found
    drawn.sort(key=lambda gap: (-gap.people, int(gap.rows[0])))
    drawn = [replace(gap, rank=rank) for rank, gap in enumerate(drawn[:listed], 1)]
    rest = everybody - sum(round(gap.people * THOUSANDTHS) for gap in drawn)
    cells = sum(each.cells for each in counted)
    return Gaps(
        tuple(drawn), everybody / THOUSANDTHS, rest / THOUSANDTHS,
        cells / PARTS * country.grid.cell_km2, radius_m, possible,
    )  # fmt: skip
