"""Every cell of a grid as a candidate: chosen from all of them at once, and narrowed to those a bound has to look at.

A city has 180,000 cells and ten million pairs of a cell and another in its reach, but what a site on each cell would
add is soon worked out for all of them (`site_gains`), and anew around a site that was built. So greedy and exchanges
of one site for another look at every cell. A bound needs only the cells that could be worth more than the least of the
sites chosen: of all others it takes what they would add if they came first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import Demand, People
from stationmap.audit.inputs.reach import Reach, nearest_m
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.site_gains import Amounts, SiteGains, Window, strain_of
from stationmap.audit.siting.candidates import Candidates
from stationmap.audit.siting.solvers.candidate_pairs import near
from stationmap.audit.siting.solvers.location_problem import BoolArray, IntArray
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import PointIndex

MAX_LISTED = 600_000  # pairs of a candidate and a place in its reach, for the bound
FEW_PAIRS = 300_000  # so few are all listed: where nobody is left out an optimum can be proved
PREFIX = "cell-"  # of the names of candidates
PART = 2_000_000  # pairs of a cell and a place measured at a time


@dataclass(frozen=True, eq=False)
class EveryCell:
    """The middles of a territory's cells, of which some may be built on."""

    territory: Territory
    allowed: BoolArray
    """Shape (cells,)."""

    @classmethod
    def of(cls, territory: Territory) -> EveryCell:
        return cls(territory, np.ones(len(territory), dtype=bool))

    def __len__(self) -> int:
        return int(self.allowed.sum())

    def outside(self, forbidden: Sequence[BaseGeometry]) -> EveryCell:
        """Return the cells with middles in none of the areas, WGS-84 degrees, borders included."""
        allowed = self.allowed.copy()
        for area in forbidden:
            shapely.prepare(area)
            allowed &= ~shapely.intersects_xy(area, self.territory.lons, self.territory.lats)
        return self._left(allowed, "every candidate lies in a forbidden area")

    def spaced(self, stations: PointIndex | None, spacing_m: float) -> EveryCell:
        """Return the cells with middles at least `spacing_m` from every station."""
        if not spacing_m or stations is None:
            return self
        apart = nearest_m(self.territory.lons, self.territory.lats, stations, workers=-1)[:, 0] >= spacing_m
        return self._left(
            self.allowed & apart, f"every candidate is less than {spacing_m:g} m from an existing station"
        )

    def _left(self, allowed: BoolArray, otherwise: str) -> EveryCell:
        if not allowed.any():
            raise InvalidAuditError(otherwise)
        return replace(self, allowed=allowed)

    def listed(self, rows: IntArray) -> Candidates:
        """Return rows of the territory, shape (k,), as candidates named by the numbers of their cells."""
        ids = [f"{PREFIX}{cell}" for cell in self.territory.cells[rows].tolist()]
        return Candidates.at(ids, self.territory.lons[rows], self.territory.lats[rows], self.territory)


@dataclass(frozen=True, eq=False)
class Shortlist:
    """The candidates a bound looks at, a choice among them, and the most each of the others could add, descending."""

    candidates: Candidates
    start: IntArray | None
    others: IntArray
    every: EveryCell
    search: CellSearch | None
    """None where people are at points."""

    def exchanged(self, chosen: IntArray, seconds_left: Callable[[], float]) -> Shortlist | None:
        """Exchange chosen candidates, rows (k,), for any other cell as long as that helps.

        Return the shortlist with the new ones, None where no exchange helps. `seconds_left` is called before every
        step.
        """
        if self.search is None:
            return None
        cells = [int(self.candidates.ids[at].removeprefix(PREFIX)) for at in chosen.tolist()]
        self.search.stand_on(cells)
        self.search.exchange(seconds_left)
        if set(self.search.sites) == set(cells):
            return None
        listed = np.searchsorted(self.every.territory.cells, self.search.sites)
        known = np.searchsorted(
            self.every.territory.cells, [int(each.removeprefix(PREFIX)) for each in self.candidates.ids]
        )
        candidates = self.every.listed(np.union1d(listed, known))
        return replace(self, candidates=candidates, start=_places(candidates, self.search.sites))


def make_shortlist(
    every: EveryCell,
    demand: Demand,
    served: People,
    n: int,
    reach: Reach,
    spacing_m: float,
    seconds_left: Callable[[], float],
) -> Shortlist:
    """Return the cells from which to choose `n`; `served` are the people of each place served, thousandths (n,).

    What a cell would add is worked out straight, no less than by any reach: where the two differ it is a bound by which
    cells are listed, and only those on the list are measured.
    """
    radius_m, nothing = reach.limit_m, np.empty(0, dtype=np.int64)
    if not reach.is_straight:
        # Nothing is known to be added where nothing is known of the way.
        served = np.where(reach.is_known(demand.lons, demand.lats), served, demand.people)
    if not demand.cell_m:
        gains = _gains_of_points(every, demand, demand.people - served, radius_m, seconds_left)
        kept = _kept(gains, every, demand, radius_m, 0, nothing)
        return Shortlist(every.listed(kept), None, _others(gains, kept, n), every, None)
    if not reach.is_straight:
        gains = CellSearch(every, demand, served, radius_m, spacing_m).gains_by_row()
        kept = _kept(gains, every, demand, radius_m, 0, nothing)
        return Shortlist(every.listed(kept), None, _others(gains, kept, n), every, None)
    search = CellSearch(every, demand, served, radius_m, spacing_m)
    first = search.gains_by_row()
    search.add_greedily(n, seconds_left)
    search.exchange(seconds_left)
    rows = np.searchsorted(every.territory.cells, np.array(search.sites, dtype=np.int64))
    kept = _kept(first, every, demand, radius_m, search.least, rows)
    listed = every.listed(kept)
    return Shortlist(listed, _places(listed, search.sites), _others(first, kept, n), every, search)


def _places(listed: Candidates, cells: list[int]) -> IntArray:
    place = {name: at for at, name in enumerate(listed.ids)}
    return np.array([place[f"{PREFIX}{cell}"] for cell in cells], dtype=np.int64)


class CellSearch:
    """Sites on the cells of a grid, and what a further one would add on each cell."""

    def __init__(self, every: EveryCell, demand: Demand, served: People, radius_m: float, spacing_m: float) -> None:
        territory = every.territory
        self.cells = territory.cells
        self.gains = SiteGains(territory.grid, territory.cells, demand.people, served, radius_m)
        self.sites: list[int] = []
        """Numbers of cells."""
        self.least = 0
        """What the choice would lose without the site it needs least."""
        # A little further apart than on the plane: no two may be nearer than the spacing in geodesic metres.
        self._spacing_cells = max(spacing_m * (1 + strain_of(territory.grid)) / territory.grid.cell_m, 0.5)
        self._gain_of_cell = self.gains.gains()
        self._barred = np.ones(self._gain_of_cell.shape, dtype=np.int64)
        """By how many sites, or by the rules, each cell is barred."""
        self._barred[self._at(territory.cells[every.allowed])] = 0
        self._open = np.where(self._barred == 0, self._gain_of_cell, 0)
        self._best_of_rows = self._open.max(axis=1)

    def gains_by_row(self) -> Amounts:
        """Return what a further site on each cell of the territory would add; 0 where none may be."""
        return np.asarray(self._open[self._at(self.cells)])

    def add_greedily(self, n: int, seconds_left: Callable[[], float]) -> None:
        """Add at most `n` sites, always the one that adds most, of equals the south-western one."""
        while len(self.sites) < n and seconds_left() > 0:
            cell, added = self._best()
            if not added:
                break
            self._add(cell)
            self.least = added

    def exchange(self, seconds_left: Callable[[], float]) -> None:
        """Exchange a site for any other cell while that helps, until it helps nowhere or time is up."""
        losses: dict[int, int] = {}
        while len(losses) < len(self.sites) and seconds_left() > 0:
            cell = next(each for each in self.sites if each not in losses)
            self._remove(cell)
            row, column = self._at(np.array([cell]))
            loss, (rival, gain) = int(self._gain_of_cell[row, column][0]), self._best()
            if gain > loss:
                self._add(rival)
                losses = {}
            else:
                self._add(cell)
                losses[cell] = loss
        self.least = min(losses.values(), default=0)

    def stand_on(self, cells: list[int]) -> None:
        """Take other sites."""
        for each in set(self.sites).difference(cells):
            self._remove(each)
        for each in sorted(set(cells).difference(self.sites)):
            self._add(each)

    def _best(self) -> tuple[int, int]:
        row = int(self._best_of_rows.argmax())
        column = int(self._open[row].argmax())
        cell = (row + self.gains.whole.row) * self.gains.columns + column + self.gains.whole.column
        return cell, int(self._open[row, column])

    def _add(self, cell: int) -> None:
        self.sites.append(cell)
        self._renew(cell, 1, self.gains.build(cell))

    def _remove(self, cell: int) -> None:
        self.sites.remove(cell)
        self._renew(cell, -1, self.gains.raze(cell, self.sites))

    def _renew(self, cell: int, by: int, window: Window) -> None:
        """Bar what is too near to a site that came, or free what was; renew the gains of a window."""
        self._gain_of_cell[self.gains.inside(window)] = self.gains.gains(window)
        inside = self.gains.inside(self.gains.near(cell, math.ceil(self._spacing_cells)))
        row, column = self._at(np.array([cell]))
        ups, rights = (np.arange(each.start, each.stop, dtype=np.float64) for each in inside)
        apart = np.hypot((ups - row[0])[:, np.newaxis], rights - column[0])
        self._barred[inside] += by * (apart < self._spacing_cells)
        for part in (inside, self.gains.inside(window)):
            self._open[part] = np.where(self._barred[part] == 0, self._gain_of_cell[part], 0)
            self._best_of_rows[part[0]] = self._open[part[0]].max(axis=1)

    def _at(self, cells: IntArray) -> tuple[IntArray, IntArray]:
        rows, columns = np.divmod(cells, self.gains.columns)
        return rows - self.gains.whole.row, columns - self.gains.whole.column


def _kept(gains: Amounts, every: EveryCell, demand: Demand, radius_m: float, least: int, sites: IntArray) -> IntArray:
    """Return the rows of the cells that would first add more than `least`, and of the sites, as many as fit."""
    pairs_each = max(math.pi * radius_m**2 / every.territory.grid.cell_m**2, 1) if demand.cell_m else 1
    most = max(int(MAX_LISTED / pairs_each), 2 * len(sites), 500)
    least = 0 if np.count_nonzero(gains) * pairs_each <= FEW_PAIRS else least
    ranked = np.argsort(-gains, kind="stable")[:most]
    kept = np.unique(np.concatenate([ranked[gains[ranked] > least], sites]))
    # Where a further site would add nobody one cell stands for all, and is not chosen.
    return kept if len(kept) else ranked[:1]


def _others(gains: Amounts, kept: IntArray, n: int) -> IntArray:
    left = gains.copy()
    left[kept] = 0
    ranked = np.sort(left)[::-1][:n]
    return ranked[ranked > 0]


def _gains_of_points(
    every: EveryCell, demand: Demand, missed: People, radius_m: float, seconds_left: Callable[[], float]
) -> Amounts:
    """Return what a site on each cell would add where people are at points; 0 where none may be."""
    territory, places = every.territory, np.flatnonzero(missed > 0)
    gains = np.zeros(len(territory), dtype=np.int64)
    step = max(int(PART / max(math.pi * radius_m**2 / territory.grid.cell_m**2, 1)), 1)
    for start in range(0, len(places), step):
        seconds_left()
        part = places[start : start + step]
        reaches: Floats = np.full(len(part), radius_m)
        pairs = near(demand.lons[part], demand.lats[part], reaches, territory.lons, territory.lats)
        np.add.at(gains, pairs.stations, missed[part][pairs.places])
    return np.where(every.allowed, gains, 0)
