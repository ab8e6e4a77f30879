"""Sites within one area of a country: what greedy adds step by step, a choice of so many, and bounds for any number."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.cell_share import reached
from stationmap.audit.inputs.grid import Cells
from stationmap.audit.inputs.reach import StraightReach, parts_in_reach
from stationmap.audit.metrics.people_by_distance import Counts
from stationmap.audit.nation.area_part import AreaPart, AreaParts
from stationmap.audit.siting.covering import CoveringInstance, counted_stations, spaced
from stationmap.audit.siting.every_cell import PREFIX, CellSearch, EveryCell, Shortlist
from stationmap.audit.siting.solvers.greedy import swap
from stationmap.audit.siting.solvers.lagrangian import find_multipliers
from stationmap.audit.siting.solvers.local_search import iterated_local_search
from stationmap.audit.siting.solvers.location_problem import IntArray, Problem
from stationmap.audit.siting.solvers.solver import CLOSE_SHARE, Effort
from stationmap.defaults import SEED
from stationmap.errors import InvalidAuditError

MORE = 20  # numbers beyond an area's own, and as many again, for which its bounds are told one by one
LOOKS = 400  # of the search at how far it is: the same everywhere, which the time is not
NEIGHBOURS = (1, 2)  # more sites than an area has, for which multipliers are sought as well


class Steps(NamedTuple):
    """What sites in an area would bring about, one after the other, thousandths of people."""

    added: Counts
    """By the first, the second, ... site of greedy; shape (steps,)."""
    is_all: bool
    """Whether no further one would add anybody."""
    missed: int
    """What all of them together would add at most."""
    covered: int
    """People of the area in reach without them."""
    cells: int
    """How many cells may be built on."""


class AreaSites(NamedTuple):
    """A choice in an area, and what no choice there exceeds."""

    cells: Cells
    """Numbers of the cells chosen, shape (k,)."""
    areas: Counts
    """Those they lie in, by place, shape (k,)."""
    value: int
    """Thousandths of people that they bring about, if there are no others."""
    bounds: Counts
    """Thousandths of people that 0, 1, 2, ... sites bring about at most, concave; from the last on its last step
    holds for each further site."""


@dataclass(frozen=True, eq=False)
class _Siting:
    parts: AreaParts
    spacing_m: float
    possible: bool

    def laid_out(self, areas: tuple[int, ...]) -> tuple[AreaPart, EveryCell] | None:
        """Return the part of an area and its cells that may be built on; None where nobody lives."""
        part = self.parts.part(areas)
        if part is None or not part.demand.people.any():
            return None
        try:
            every = spaced_cells(part, self.spacing_m)
        except InvalidAuditError:  # no cell of the area keeps its distance from the stations
            every = EveryCell(part.territory, np.zeros(len(part.territory), dtype=bool))
        return part, every

    def served(self, part: AreaPart) -> Counts:
        """Return the people of each cell in reach, thousandths (cells,)."""
        stations = counted_stations(part.supply, self.possible)
        if stations is None:
            return np.zeros(len(part.demand), dtype=np.int64)
        at, people = (part.demand.lons, part.demand.lats), part.demand.people
        return reached(people, parts_in_reach(*at, part.demand.cell_m, stations, self.parts.radius_m))

    @property
    def reach(self) -> StraightReach:
        return StraightReach(self.parts.radius_m)


FOREVER = Effort(math.inf)


def spaced_cells(part: AreaPart, spacing_m: float) -> EveryCell:
    """Return the area's own cells that keep `spacing_m` metres from stations; InvalidAuditError where none does."""
    every = EveryCell(part.territory, part.own)
    found = spaced(every, part.supply, spacing_m)
    assert isinstance(found, EveryCell)
    return found


@dataclass(frozen=True, eq=False)
class AreaSteps(_Siting):
    """Takes the steps of greedy in an area."""

    def __call__(self, asked: tuple[tuple[int, ...], int]) -> Steps:
        """Return at most so many steps in areas, given by their places and the number."""
        areas, most = asked
        laid_out = self.laid_out(areas)
        if laid_out is None:
            return Steps(np.empty(0, dtype=np.int64), True, 0, 0, 0)
        part, every = laid_out
        demand, served = part.demand, self.served(part)
        search = CellSearch(every, demand, served, self.parts.radius_m, self.spacing_m)
        added: list[int] = []
        while len(added) < most:
            search.add_greedily(len(added) + 1, FOREVER.seconds_left)
            if len(search.sites) == len(added):
                break
            added.append(search.least)
        missed = int((demand.people - served).sum())
        steps = np.array(added, dtype=np.int64)
        return Steps(steps, len(steps) < most, missed, int(served[part.own].sum()), len(every))


@dataclass(frozen=True, eq=False)
class AreaChoice(_Siting):
    """Chooses sites in an area, and bounds what any choice there is worth."""

    def __call__(self, asked: tuple[tuple[int, ...], int]) -> AreaSites:
        """Return so many sites in areas, given by their places and the number, which greedy found to add somebody."""
        areas, n = asked
        laid_out = self.laid_out(areas)
        assert laid_out is not None
        part, every = laid_out
        demand = part.demand
        instance = CoveringInstance.of(
            demand, part.supply, every, n, self.reach, self.spacing_m, self.possible, FOREVER
        )
        # Those that keep their distance twice are the same.
        assert instance.shortlist is not None and instance.start is not None
        most = 2 * n + MORE
        problem = instance.location_problem(FOREVER.seconds_left)
        problem = replace(problem, others=self._others(instance.shortlist, demand, instance.served, most))
        chosen = swap(problem, instance.start)
        bounds = _bounds(problem, chosen, most)
        chosen = _searched(problem, chosen, n, int(bounds[n]))
        cells = [int(instance.candidates.ids[at].removeprefix(PREFIX)) for at in chosen.tolist()]
        numbers = np.sort(np.array(cells, dtype=np.int64))
        districts = part.territory.districts[np.searchsorted(part.territory.cells, numbers)]
        return AreaSites(numbers, districts.astype(np.int64), problem.value(chosen), bounds)

    def _others(self, few: Shortlist, demand: Demand, served: Counts, most: int) -> IntArray:
        """Return the most that each cell not listed could add, thousandths, descending; as many as may matter."""
        gains = CellSearch(few.every, demand, served, self.parts.radius_m, self.spacing_m).gains_by_row()
        listed = [int(each.removeprefix(PREFIX)) for each in few.candidates.ids]
        gains[np.searchsorted(few.every.territory.cells, listed)] = 0
        ranked = np.sort(gains)[::-1][:most]
        return ranked[ranked > 0]


def _searched(problem: Problem, chosen: IntArray, n: int, bound: int) -> IntArray:
    """Return a better choice than one of n that is not close to its bound, where some looks find one."""
    looks = itertools.count()
    return iterated_local_search(
        problem, chosen, n, SEED,
        is_enough=lambda value: bound - value <= CLOSE_SHARE * value, is_time_up=lambda: next(looks) >= LOOKS,
    )  # fmt: skip


def _bounds(problem: Problem, chosen: IntArray, most: int) -> Counts:
    """Return what 0, 1, 2, ... to `most` candidates are worth at most.

    Each set of multipliers gives bounds for all numbers, concave in the number, and so are the least of several.
    """
    first = int(problem.gains(np.zeros(problem.size, dtype=np.int64)).max(initial=0))
    first = max(first, int(problem.others.max(initial=0)))
    numbers = np.arange(most + 1)
    found, value = numbers * first, problem.value(chosen)
    n, latest, step = len(chosen), None, 0
    for more in (0, *NEIGHBOURS):
        best = find_multipliers(problem, n + more, value + more * step, start=latest)
        latest = best.rows
        step = step or max(best.at(n + 1) - best.at(n), 0)
        # From the last on nobody more is there to be won.
        found = np.minimum(found, best.bounds[np.minimum(numbers, len(best.bounds) - 1)])
    return found
