"""How well people are served: the shares within reach of a station, and how far the others have to go.

Counts are whole numbers only (people and cells in thousandths, distances in whole metres), so that those of the parts
of a territory add up to those of all of it, whatever the parts and their order. Cells count by the share of
them that is in reach (`cell_share`); their distance is that of the middle. Every figure exists twice:
for the confirmed stations and for the possible ones (`supply`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, People
from stationmap.audit.inputs.cell_share import PARTS, ShareArray, cell_share, reached
from stationmap.audit.inputs.reach import NearestStations, Reach, nearest_m, reach_of
from stationmap.audit.inputs.supply import Certainty, Supply
from stationmap.audit.inputs.territory import Districts, Territory
from stationmap.geo.geodesy import Floats

Counts = NDArray[np.int64]

MAX_IN_REACH = 5  # redundancy is counted up to here
NOBODY_M = -1  # stands for the distance where there is no station at all
BATCH = 65_536  # places a task takes


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


class Distances(NamedTuple):
    """How many people live how far from the nearest station: ascending keys of district and metre, and people."""

    districts: Counts
    metres: Counts
    people: People


@dataclass(frozen=True, eq=False)
class CoverageCounts:
    """Counts by district and by how many stations are in reach (0 to MAX_IN_REACH, the last one *or more*)."""

    people: Counts
    """Shape (2, districts, MAX_IN_REACH + 1): first of the sure, then of the possible stations; thousandths."""
    cells: Counts
    """The same of the territory's cells, in thousandths of one."""
    distances: tuple[Distances, Distances]

    def __add__(self, other: CoverageCounts) -> CoverageCounts:
        confirmed, possible = (_joined(pair) for pair in zip(self.distances, other.distances, strict=True))
        return CoverageCounts(self.people + other.people, self.cells + other.cells, (confirmed, possible))


class CoverageCounter:
    """Counts places against one supply; made once, sent to every worker, called for each part."""

    def __init__(self, supply: Supply, districts: int, radius_m: float | Reach) -> None:
        self.reach, self.districts = reach_of(radius_m), districts
        self.is_confirmed = supply.confirmed[supply.possible]
        self.stations_at = [(supply.lons[flags], supply.lats[flags]) for flags in (supply.confirmed, supply.possible)]
        self.confirmed = _stations(supply, supply.confirmed, self.reach, "confirmed")
        self.possible = _stations(supply, supply.possible, self.reach, "possible")

    def __call__(self, places: WeightedPoints, *, workers: int = 1) -> CoverageCounts:
        sides, known = self._nearest(places, workers), self._known(places)
        if not np.array_equal(known[0], known[1]):
            sides *= 2 // len(sides)
        found = [self._count(places, *each) for each in zip(known, sides, strict=False)]
        found *= 2 // len(found)
        people, cells, distances = zip(*found, strict=True)
        return CoverageCounts(np.stack(people), np.stack(cells), distances)

    def _known(self, places: WeightedPoints) -> list[NDArray[np.bool_]]:
        """Return of which places the way to a confirmed, and to a possible station is known, shapes (n,)."""
        sides: tuple[Certainty, Certainty] = ("confirmed", "possible")
        return [
            self.reach.is_way_known(places.lons, places.lats, *at, certainty)
            for at, certainty in zip(self.stations_at, sides, strict=True)
        ]

    def _nearest(self, places: WeightedPoints, workers: int) -> tuple[Floats, ...]:
        """Return metres (n, MAX_IN_REACH) to the nearest confirmed, and to the nearest possible stations."""
        lons, lats = places.lons, places.lats
        none = np.full((len(lons), MAX_IN_REACH), np.inf)
        if self.possible is None:
            return (none,)
        rows, possible = self.possible.nearest_many(lons, lats, MAX_IN_REACH, workers)
        if self.reach.is_straight and self.is_confirmed.all():
            return (possible,)
        if self.confirmed is None:
            return none, possible
        if not self.reach.is_straight:
            return nearest_m(lons, lats, self.confirmed, MAX_IN_REACH, workers=workers), possible
        # Confirmed stations are possible ones, too: where all found are confirmed, no other confirmed one is nearer.
        again = np.flatnonzero((~self.is_confirmed[rows] & (rows >= 0)).any(axis=1))
        confirmed = possible.copy()
        confirmed[again] = nearest_m(lons[again], lats[again], self.confirmed, MAX_IN_REACH, workers=workers)
        return confirmed, possible

    def _count(
        self, places: WeightedPoints, known: NDArray[np.bool_], metres: Floats
    ) -> tuple[Counts, Counts, Distances]:
        parts = parts_at(metres.T, places.cells > 0, self.reach.limit_m, places.cell_m)
        nearest = np.where(np.isinf(metres[:, 0]), NOBODY_M, np.rint(metres[:, 0])).astype(np.int64)
        counts = [
            self._by_count(places.districts, amounts, [reached(amounts, each) for each in parts])
            for amounts in (places.people, places.cells * PARTS)
        ]
        # Nowhere else than straight has a station no way at all that is known.
        inhabited = (places.people > 0) & known & (self.reach.is_straight | np.isfinite(metres[:, 0]))
        return (*counts, _distances(places.districts[inhabited], nearest[inhabited], places.people[inhabited]))  # type: ignore[return-value]

    def _by_count(self, districts: Districts, amounts: Counts, at_least: list[Counts]) -> Counts:
        """Sum by district what 0, 1, 2, ... stations reach, given all of it and what at least 1, 2, ... reach."""
        sums = [np.bincount(districts, each, self.districts).astype(np.int64) for each in (amounts, *at_least)]
        return -np.diff(np.column_stack([*sums, np.zeros_like(sums[0])]), axis=1)


def parts_at(metres: Floats, are_cells: NDArray[np.bool_], limit_m: float, cell_m: float) -> ShareArray:
    """Return the parts, thousandths, of places within reach of stations that are `metres` away, shapes (n,) or (k, n).

    `are_cells`, shape (n,), flags the cells, `cell_m` metres wide; the others are points. Source: `cell_share`.
    """
    points = (metres <= limit_m) * PARTS
    return np.where(are_cells, cell_share(limit_m, cell_m).at(metres), points) if are_cells.any() else points


def added(parts: Iterable[CoverageCounts], districts: int) -> CoverageCounts:
    """Return the sum of the counts of parts; without any, that of nothing."""
    empty = np.zeros((2, districts, MAX_IN_REACH + 1), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    total = CoverageCounts(empty, empty, (Distances(nothing, nothing, nothing),) * 2)
    for each in parts:
        total = total + each
    return total


def _stations(supply: Supply, flags: NDArray[np.bool_], reach: Reach, certainty: Certainty) -> NearestStations | None:
    return reach.stations(supply.lons[flags], supply.lats[flags], certainty=certainty) if flags.any() else None


def _distances(districts: Districts, metres: Counts, people: People) -> Distances:
    # One sort of one key: districts above, metres below, with room for NOBODY_M.
    span = 1 << 32
    keys = districts.astype(np.int64) * span + (metres - NOBODY_M)
    order = np.argsort(keys, kind="stable")
    keys, starts = np.unique(keys[order], return_index=True)
    sums = np.add.reduceat(people[order], starts) if len(starts) else np.empty(0, dtype=np.int64)
    return Distances(keys // span, keys % span + NOBODY_M, sums)


def _joined(pair: Sequence[Distances]) -> Distances:
    return _distances(*(np.concatenate(columns) for columns in zip(*pair, strict=True)))


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
    reaches = [_reach(people[side], cells[side], _of(total.distances[side], districts), cell_km2) for side in range(2)]
    return Figures(int(people[0].sum()) / THOUSANDTHS, int(cells[0].sum()) / PARTS * cell_km2, *reaches)


def _reach(people: Counts, cells: Counts, distances: Distances, cell_km2: float) -> ServedFigures:
    everybody, whole_area = int(people.sum()), int(cells.sum())
    at_least = [int(people[count:].sum()) for count in range(1, MAX_IN_REACH + 1)]
    quantiles = [weighted_quantile_m(distances, share) for share in (0.5, 0.9, 0.95)]
    return ServedFigures(
        at_least[0] / THOUSANDTHS,
        _share(at_least[0], everybody),
        int(cells[1:].sum()) / PARTS * cell_km2,
        _share(int(cells[1:].sum()), whole_area),
        tuple(_share(each, everybody) for each in at_least),
        _mean_m(distances),
        *quantiles,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _of(distances: Distances, districts: list[int]) -> Distances:
    if len(districts) == 1:
        chosen = slice(*np.searchsorted(distances.districts, [districts[0], districts[0] + 1]))
        return Distances(*(column[chosen] for column in distances))
    order = np.argsort(distances.metres, kind="stable")
    return Distances(*(column[order] for column in distances))


def _mean_m(distances: Distances) -> float | None:
    if not len(distances.metres) or distances.metres[0] == NOBODY_M:
        return None
    # A nation's people in thousandths times metres may not fit 64 bits in all; a part of them does.
    parts = range(0, len(distances.metres), BATCH)
    weighted = sum(int(distances.metres[at : at + BATCH] @ distances.people[at : at + BATCH]) for at in parts)
    return weighted / int(distances.people.sum())


def weighted_quantile_m(distances: Distances, share: float) -> int | None:
    """Return the metres that `share` of people have at most to the nearest station; distances ascend."""
    if not len(distances.metres) or distances.metres[0] == NOBODY_M:
        return None
    below = np.cumsum(distances.people)
    return int(distances.metres[np.searchsorted(below, share * below[-1])])
