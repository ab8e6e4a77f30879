"""How well people are served: the shares within reach of a station, and how far the others have to go.

Counts are whole numbers only (people and cells in thousandths, distances in whole metres), so that those of the parts
of a territory add up to those of all of it, whatever the parts and their order. Cells count by the share of
them that is in reach (`cell_share`); their distance is that of the middle. Every figure exists twice:
for the confirmed stations and for the possible ones (`supply`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from os import cpu_count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, People
from stationmap.audit.inputs.cell_share import PARTS, ShareArray, cell_share, reached
from stationmap.audit.inputs.reach import Reach, reach_of
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.territory import Districts, Territory
from stationmap.audit.metrics.people_by_distance import NOBODY_M, Counts, Distances, joined, people_by_distance
from stationmap.audit.metrics.ways_to_stations import Ways, WaysToStations
from stationmap.geo.geodesy import Floats

MAX_IN_REACH = 5  # redundancy is counted up to here
BATCH = 65_536  # places a task takes
FEW = 4_096  # places for which no thread is started
MAX_HELD = 4_000_000  # distances of parts that wait to be added up


class WeightedPoints(NamedTuple):
    """Places to be counted, arrays (n,): people in thousandths, and whether a place is a cell of the territory.

    The people of a place that is a cell are all over it, those of others at a point.
    """

    lons: Floats
    lats: Floats
    districts: Districts
    people: People
    cells: Counts
    cell_m: float

    @classmethod
    def of(cls, territory: Territory, demand: Demand) -> WeightedPoints:
        """Return the places of a demand and the cells, once where they are the same."""
        if demand.is_on_cells_of(territory):
            ones = np.ones(len(territory), dtype=np.int64)
            return cls(territory.lons, territory.lats, territory.districts, demand.people, ones, territory.grid.cell_m)
        both = (territory, demand)
        nobody = np.zeros(len(territory), dtype=np.int64)
        return cls(
            np.concatenate([each.lons for each in both]),
            np.concatenate([each.lats for each in both]),
            np.concatenate([each.districts for each in both]),
            np.concatenate([nobody, demand.people]),
            np.concatenate([nobody + 1, np.zeros(len(demand), dtype=np.int64)]),
            territory.grid.cell_m,
        )

    def batches(self, size: int = BATCH) -> Iterator[WeightedPoints]:
        """Yield the places in parts of at most `size`."""
        for start in range(0, len(self.lons), size):
            part = slice(start, start + size)
            people, cells = self.people[part], self.cells[part]
            yield WeightedPoints(self.lons[part], self.lats[part], self.districts[part], people, cells, self.cell_m)


@dataclass(frozen=True, eq=False)
class CoverageCounts:
    """Counts by district and by how many stations are in reach (0 to MAX_IN_REACH, the last one *or more*)."""

    people: Counts
    """Shape (2, districts, MAX_IN_REACH + 1): first of the sure, then of the possible stations; thousandths."""
    cells: Counts
    """The same of the territory's cells, in thousandths of one."""
    distances: tuple[Distances, Distances]

    def __add__(self, other: CoverageCounts) -> CoverageCounts:
        confirmed, possible = (joined(pair) for pair in zip(self.distances, other.distances, strict=True))
        return CoverageCounts(self.people + other.people, self.cells + other.cells, (confirmed, possible))


class CoverageCounter:
    """Counts places against one supply; made once, sent to every worker, called for each part."""

    def __init__(self, supply: Supply, districts: int, radius_m: float | Reach) -> None:
        self.reach, self.districts = reach_of(radius_m), districts
        self.ways = WaysToStations(supply, self.reach, MAX_IN_REACH)

    def __call__(self, places: WeightedPoints, *, workers: int = 1) -> CoverageCounts:
        """Count places, in parts of which `workers` threads, -1 for one a processor, take one at a time each."""
        if not self.reach.is_straight:  # ways along streets are searched anew for every part
            return self._counted(places, workers)
        threads = workers if workers > 0 else cpu_count() or 1
        parts = places.batches(_size_of_parts(len(places.lons), threads))
        if threads == 1 or len(places.lons) <= FEW:
            return added(map(self._counted, parts), self.districts)
        with ThreadPoolExecutor(threads) as pool:
            return added(pool.map(self._counted, parts), self.districts)

    def _counted(self, places: WeightedPoints, workers: int = 1) -> CoverageCounts:
        at = places.lons, places.lats
        sides, known = self.ways.find(*at, self._outer_m(places), workers), self.ways.known(*at)
        if not np.array_equal(known[0], known[1]):
            sides *= 2 // len(sides)
        whole = [self._sums(places.districts, amounts) for amounts in (places.people, places.cells * PARTS)]
        found = [self._count(places, whole, *each) for each in zip(known, sides, strict=False)]
        found *= 2 // len(found)
        people, cells, distances = zip(*found, strict=True)
        return CoverageCounts(np.stack(people), np.stack(cells), distances)

    def _outer_m(self, places: WeightedPoints) -> float:
        """Return from where on nothing of any place is in reach."""
        limit_m = self.reach.limit_m
        return max(limit_m, cell_share(limit_m, places.cell_m).outer_m) if places.cells.any() else limit_m

    def _count(
        self, places: WeightedPoints, whole: list[Counts], known: NDArray[np.bool_], ways: Ways
    ) -> tuple[Counts, Counts, Distances]:
        districts, people, cells = places.districts[ways.near], places.people[ways.near], places.cells[ways.near]
        parts = parts_at(ways.metres.T, cells > 0, self.reach.limit_m, places.cell_m)
        counts = [
            _by_count([everything, *(self._sums(districts, reached(amounts, each)) for each in parts)])
            for everything, amounts in zip(whole, (people, cells * PARTS), strict=True)
        ]
        is_there = np.isfinite(ways.nearest)
        nearest = np.where(is_there, np.rint(np.where(is_there, ways.nearest, 0)), NOBODY_M).astype(np.int64)
        # Nowhere else than straight has a station no way at all that is known.
        inhabited = (places.people > 0) & known & (self.reach.is_straight | is_there)
        chosen = slice(None) if inhabited.all() else inhabited
        found = people_by_distance(places.districts[chosen], nearest[chosen], places.people[chosen])
        return (*counts, found)  # type: ignore[return-value]

    def _sums(self, districts: Districts, amounts: Counts) -> Counts:
        return np.bincount(districts, amounts, self.districts).astype(np.int64)


def _by_count(at_least: list[Counts]) -> Counts:
    """Return what 0, 1, 2, ... stations reach by district, given what at least 0, 1, 2, ... reach."""
    return -np.diff(np.column_stack([*at_least, np.zeros_like(at_least[0])]), axis=1)


def _size_of_parts(places: int, threads: int) -> int:
    """Return how many places to take at a time so that threads have as much to do as each other."""
    rounds = max(ceil(places / (BATCH * threads)), 1)
    return max(ceil(places / (rounds * threads)), 1)


def parts_at(metres: Floats, are_cells: NDArray[np.bool_], limit_m: float, cell_m: float) -> ShareArray:
    """Return the parts, thousandths, of places within reach of stations that are `metres` away, shapes (n,) or (k, n).

    `are_cells`, shape (n,), flags the cells, `cell_m` metres wide; the others are points. Source: `cell_share`.
    """
    points = (metres <= limit_m) * PARTS
    return np.where(are_cells, cell_share(limit_m, cell_m).at(metres), points) if are_cells.any() else points


def added(parts: Iterable[CoverageCounts], districts: int) -> CoverageCounts:
    """Return the sum of the counts of parts; without any, that of nothing."""
    people, cells = np.zeros((2, 2, districts, MAX_IN_REACH + 1), dtype=np.int64)
    sides: tuple[list[Distances], list[Distances]] = ([Distances.none()], [Distances.none()])
    held, most = 0, MAX_HELD
    for part in parts:
        people, cells = people + part.people, cells + part.cells
        for side, distances in zip(sides, part.distances, strict=True):
            side.append(distances)
            held += len(distances.metres)
        if held > most:
            for side in sides:
                side[:] = [joined(side)]
            held = sum(len(side[0].metres) for side in sides)
            most = max(MAX_HELD, 2 * held)  # so that no distance is added more often than the sum doubles
    return CoverageCounts(people, cells, (joined(sides[0]), joined(sides[1])))


@dataclass(frozen=True)
class ServedFigures:
    """Figures for one set of stations; shares from 0 to 1, None where nobody lives or there is no station."""

    people: float
    share: float | None
    area_km2: float
    area_share: float | None
    shares_by_count: tuple[float | None, ...]
    """Share of people with at least 1, 2, ... MAX_IN_REACH stations in reach."""
    mean_m: float | None
    p50_m: int | None
    p90_m: int | None
    p95_m: int | None


@dataclass(frozen=True)
class Figures:
    """Coverage of a district, or of all of them: by the confirmed stations, and by the possible ones."""

    people: float
    area_km2: float
    confirmed: ServedFigures
    possible: ServedFigures


@dataclass(frozen=True, eq=False)
class Coverage:
    """The outcome of an audit: figures for the whole territory and for each district by code."""

    total: Figures
    districts: dict[str, Figures]
    counts: CoverageCounts


def coverage(
    territory: Territory, demand: Demand, supply: Supply, radius_m: float | Reach, *, workers: int = -1
) -> Coverage:
    """Audit a territory by a reach, or by a radius in metres.

    Distances are those of people of whose way anything is known. Raises InvalidAuditError for a radius that cannot be
    meant.
    """
    counter = CoverageCounter(supply, len(territory.codes), radius_m)
    return figures(
        counter(WeightedPoints.of(territory, demand), workers=workers), territory.codes, territory.grid.cell_km2
    )


def figures(total: CoverageCounts, codes: Sequence[str], cell_km2: float) -> Coverage:
    """Return the figures that counts stand for."""
    every = list(range(len(codes)))
    by_code = {code: _figures(total, [at], cell_km2) for at, code in enumerate(codes)}
    return Coverage(_figures(total, every, cell_km2), by_code, total)


def _figures(total: CoverageCounts, districts: list[int], cell_km2: float) -> Figures:
    people, cells = total.people[:, districts].sum(axis=1), total.cells[:, districts].sum(axis=1)
    reaches = [_reach(people[side], cells[side], total.distances[side].of(districts), cell_km2) for side in range(2)]
    return Figures(int(people[0].sum()) / THOUSANDTHS, int(cells[0].sum()) / PARTS * cell_km2, *reaches)


def _reach(people: Counts, cells: Counts, distances: Distances, cell_km2: float) -> ServedFigures:
    everybody, whole_area = int(people.sum()), int(cells.sum())
    at_least = [int(people[count:].sum()) for count in range(1, MAX_IN_REACH + 1)]
    quantiles = [distances.quantile_m(share) for share in (0.5, 0.9, 0.95)]
    return ServedFigures(
        at_least[0] / THOUSANDTHS,
        _share(at_least[0], everybody),
        int(cells[1:].sum()) / PARTS * cell_km2,
        _share(int(cells[1:].sum()), whole_area),
        tuple(_share(each, everybody) for each in at_least),
        distances.mean_m(),
        *quantiles,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
