"""Where people are out of reach: gaps that staff can act on, those of most people first.

`gap_partition` tells how the uncovered area is divided into gaps. Every uncovered person is in exactly one gap: the
gaps add up to the uncovered total, to the thousandth of a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, People
from stationmap.audit.inputs.cell_share import PARTS, reached
from stationmap.audit.inputs.grid import Cells, Grid
from stationmap.audit.inputs.reach import Reach, parts_near, reach_of
from stationmap.audit.inputs.supply import Certainty, Supply, WeekMasks
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import Rows, blocks
from stationmap.audit.metrics.cell_clusters import Labels
from stationmap.audit.metrics.gap_partition import Uncovered
from stationmap.audit.metrics.hourly_coverage import Levels, unpacked
from stationmap.errors import CancelCheck, InvalidAuditError, never_cancelled
from stationmap.geo.geodesy import Floats
from stationmap.registry.model import Position

MAX_PAIRS = 500_000  # of a place and a station in its reach, measured at a time
TRIED = 4  # cells of a gap that are measured where what they add straight is no more than a bound
DAYS, DAY_HOURS = 7, 24


@dataclass(frozen=True, eq=False)
class Gap:
    """Cells joined by their edges, each partly out of reach of every station that counts, and the people there."""

    rank: int
    """From 1, the gap of most people; of equals the south-western one first."""
    people: float
    area_km2: float
    """Of what is out of reach."""
    polygon: BaseGeometry
    """In WGS-84 degrees; on the grid's plane exactly as large as its cells, those at the rim included."""
    districts: tuple[str, ...]
    """That of its cells; where people on a border count for a neighbouring one, that one as well."""
    nearest_id: str | None
    """The station nearest to those of its people who have furthest to go; None without any station."""
    nearest_m: float | None
    """How far they have to go, from where they are: nobody in the gap goes further."""
    hours: tuple[int, ...]
    """The hours of day, 0 to 23, at which over a week more than half of its people have no station open in reach;
    empty as well where no week was given."""
    site: Position
    """The middle of the cell of this gap a station on which would add most people, be they of this gap or of another,
    all taken to be all over their cells; of equals the south-western one."""
    site_people: float
    """How many people a station there would add if it alone were built, measured from where they are."""
    site_nearest_id: str | None
    """The station nearest to `site`, which need not be `nearest_id`; None without any station."""
    site_nearest_m: float | None
    """How far it is from `site`."""
    rows: Cells
    """Its cells, as ascending rows of the territory."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Gaps by rank, and what they are gaps of."""

    gaps: tuple[Gap, ...]
    people: float
    """Uncovered people in all: those of the gaps and `rest_people`."""
    rest_people: float
    """People in gaps too small to be listed."""
    area_km2: float
    """The uncovered area in all, where nobody lives included."""
    radius_m: float
    possible: bool
    """Whether a station that only possibly counts closes a gap."""


def gaps(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    radius_m: float | Reach,
    *,
    week: tuple[WeekMasks, WeekMasks] | None = None,
    possible: bool = False,
    min_people: float = 0,
    check: CancelCheck = never_cancelled,
) -> Gaps:
    """Find the gaps left by the confirmed stations, or with `possible` by the possible ones.

    `week` is what `supply.week_of` returns for the same stations: bit masks (stations, 3). Areas where nobody lives,
    and gaps of fewer than `min_people`, are not listed. `check` is called before every step that takes long. Raises
    InvalidAuditError for a radius or a number of people out of range. How gaps are divided, and the source:
    `gap_partition`.
    """
    if not min_people >= 0:
        raise InvalidAuditError(f"the fewest people of a gap are 0 or more, not {min_people:g}")
    check()
    reach = reach_of(radius_m)
    certainty: Certainty = "possible" if possible else "confirmed"
    uncovered = Uncovered.of(territory, demand, supply, getattr(supply, certainty), reach, certainty)
    people = np.bincount(uncovered.place_gaps, uncovered.people, uncovered.count).astype(np.int64)
    order = np.argsort(-people, kind="stable")
    listed = order[(people[order] > 0) & (people[order] >= min_people * THOUSANDTHS)]
    hours = _hours(demand, supply, week[int(possible)], uncovered, people, reach, certainty, check) if week else None
    check()
    return Gaps(
        tuple(_listed(territory, demand, supply, uncovered, listed, hours, reach, check)),
        int(people.sum()) / THOUSANDTHS,
        int(people.sum() - people[listed].sum()) / THOUSANDTHS,
        int(uncovered.parts.sum()) / PARTS * territory.grid.cell_km2,
        reach.limit_m,
        possible,
    )


def outlines(grid: Grid, groups: list[Cells]) -> NDArray[np.object_]:
    """Return groups of cell numbers, shapes (cells,), as polygons (groups,) in WGS-84 degrees, holes included."""
    united = np.array([shapely.coverage_union_all(grid.squares(cells)) for cells in groups], dtype=object)
    return np.asarray(shapely.transform(united, lambda metres: np.column_stack(grid.plane.lon_lat(*metres.T))))


def _listed(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    uncovered: Uncovered,
    listed: Rows,
    hours: list[tuple[int, ...]] | None,
    reach: Reach,
    check: CancelCheck,
) -> list[Gap]:
    rows = [uncovered.cells[each] for each in _members(uncovered.cell_gaps, uncovered.count)]
    parts = np.bincount(uncovered.cell_gaps, uncovered.parts, uncovered.count)
    sites, added = _sites(territory, demand, uncovered, listed, reach, check)
    from_site, from_site_m = uncovered.stations.nearest_many(territory.lons[sites], territory.lats[sites], 1, 1)
    people = np.bincount(uncovered.place_gaps, uncovered.people, uncovered.count).astype(np.int64)
    # Every listed gap has people, hence one who has furthest to go.
    worst = dict(zip(np.unique(uncovered.place_gaps), _firsts(uncovered.place_gaps, -uncovered.nearest_m), strict=True))
    codes = _codes(territory, demand, uncovered)
    polygons = outlines(territory.grid, [territory.cells[rows[gap]] for gap in listed])
    found = []
    for at, gap in enumerate(listed):
        station, metres = int(uncovered.nearest[worst[gap]]), float(uncovered.nearest_m[worst[gap]])
        found.append(
            Gap(
                rank=at + 1,
                people=int(people[gap]) / THOUSANDTHS,
                area_km2=float(parts[gap]) / PARTS * territory.grid.cell_km2,
                polygon=polygons[at],
                districts=codes[gap],
                nearest_id=supply.ids[station] if station >= 0 else None,
                nearest_m=metres if station >= 0 else None,
                hours=hours[gap] if hours else (),
                site=Position(float(territory.lons[sites[at]]), float(territory.lats[sites[at]])),
                site_people=int(added[at]) / THOUSANDTHS,
                site_nearest_id=supply.ids[from_site[at, 0]] if station >= 0 else None,
                site_nearest_m=float(from_site_m[at, 0]) if station >= 0 else None,
                rows=rows[gap],
            )
        )
    return found


def _sites(
    territory: Territory, demand: Demand, uncovered: Uncovered, listed: Rows, reach: Reach, check: CancelCheck
) -> tuple[Rows, People]:
    """Return the cell of each listed gap a station on which would add most, and whom it would add.

    What a cell adds straight is no less than what it adds by any reach. Where the two differ, the cells of a gap that
    add most straight are measured, and the best of them is taken.
    """
    check()
    turns, left = [], -uncovered.scores
    for _ in range(1 if reach.is_straight else TRIED):
        firsts = _firsts(uncovered.cell_gaps, left)[listed]
        turns.append(uncovered.cells[firsts])
        left[firsts] = 0
    # All at once: cells of one gap look around the same streets.
    tried = np.concatenate(turns)
    added = _people_added(demand, uncovered, territory.lons[tried], territory.lats[tried], reach)
    best = added.reshape(len(turns), len(listed)).argmax(axis=0)
    at = best * len(listed) + np.arange(len(listed))
    return tried[at], added[at]


def _members(labels: Labels, count: int) -> list[Rows]:
    """Return the ascending places of each label."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _firsts(labels: Labels, keys: NDArray[np.int64] | Floats) -> Rows:
    """Return for each label that occurs, ascending, the first place of its least key."""
    order = np.lexsort((keys, labels))
    return np.asarray(order[np.unique(labels[order], return_index=True)[1]])


def _people_added(demand: Demand, uncovered: Uncovered, lons: Floats, lats: Floats, reach: Reach) -> People:
    near, parts = parts_near(demand.lons, demand.lats, demand.cell_m, lons, lats, reach)
    more = np.maximum(reached(demand.people[near.places], parts) - uncovered.served[near.places], 0)
    return np.bincount(near.stations, more, len(lons)).astype(np.int64)


def _codes(territory: Territory, demand: Demand, uncovered: Uncovered) -> dict[int, tuple[str, ...]]:
    span = len(territory.codes)
    of_cells = uncovered.cell_gaps * span + territory.districts[uncovered.cells]
    of_people = uncovered.place_gaps * span + demand.districts[uncovered.places]
    codes: dict[int, tuple[str, ...]] = {}
    for key in np.unique(np.concatenate([of_cells, of_people])).tolist():
        gap, district = divmod(key, span)
        codes[gap] = (*codes.get(gap, ()), territory.codes[district])
    return codes


def _hours(
    demand: Demand,
    supply: Supply,
    hours: WeekMasks,
    uncovered: Uncovered,
    people: People,
    reach: Reach,
    certainty: Certainty,
    check: CancelCheck,
) -> list[tuple[int, ...]]:
    """Return the hours of day at which each gap is one, counted in people and days."""
    stations = np.flatnonzero(hours.any(axis=1))
    lons, lats = supply.lons[stations], supply.lats[stations]
    served = np.zeros((uncovered.count, DAY_HOURS), dtype=np.int64)
    everywhere = demand.lons[uncovered.places], demand.lats[uncovered.places]
    for part in blocks(*everywhere, lons, lats, reach.limit_m + demand.cell_m, MAX_PAIRS):
        check()
        places = uncovered.places[part]
        there = demand.lons[places], demand.lats[places]
        near, parts = parts_near(*there, demand.cell_m, lons, lats, reach, certainty=certainty)
        levels = Levels.of(near, parts, hours[stations])
        days = unpacked(levels.hours).reshape(-1, DAYS, DAY_HOURS).sum(axis=1, dtype=np.int64)
        more = levels.people(demand.people[places], uncovered.served[places])
        np.add.at(served, uncovered.place_gaps[part][levels.places], days * more[:, np.newaxis])
    missed = 2 * served < DAYS * people[:, np.newaxis]
    return [tuple(np.flatnonzero(each).tolist()) for each in missed]
