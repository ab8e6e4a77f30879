"""Who lives on the cells of a country: of a block at a time, worked out or read by who works on it.

What is sent to a worker is how to know people, never the people. Residents of areas are spread as evenly as whole
thousandths can be: the first cells of an area, by number, have one more, as in `Demand.spread`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS, People
from stationmap.audit.inputs.grid import Cells
from stationmap.audit.metrics.people_by_distance import Counts
from stationmap.audit.metrics.site_gains import Window
from stationmap.audit.nation.country import Country, Inside
from stationmap.errors import InvalidAuditError


class NationPeople(Protocol):
    """Knows how many people live on cells. It is pickled for workers."""

    def on(self, country: Country, window: Window, inside: Inside) -> People:
        """Return the people, thousandths (n,), of the cells of a window that lie in an area, shapes (n,)."""
        ...


class RowCounts(NamedTuple):
    """How many cells areas have in rows of the grid: area, row and number, shapes (n,)."""

    areas: Counts
    rows: Counts
    cells: Counts


@dataclass(frozen=True)
class CellCounter:
    """Counts the cells of a block by area and row."""

    country: Country

    def __call__(self, block: Window) -> RowCounts:
        """Return how many cells of a block areas have in each row."""
        areas = self.country.areas_of(block)
        rows, columns = np.nonzero(areas >= 0)
        keys = areas[rows, columns].astype(np.int64) * len(areas) + rows
        found = np.bincount(keys)
        some = np.flatnonzero(found)
        return RowCounts(some // len(areas), block.row + some % len(areas), found[some])


@dataclass(frozen=True, eq=False)
class EvenPeople:
    """Residents of areas, spread evenly over their cells."""

    each: Counts
    """Thousandths of people in a cell of each area ..."""
    one_more: Cells
    """... and one more in each cell below this number."""

    @classmethod
    def of(cls, country: Country, residents: Mapping[str, int], counted: Iterable[RowCounts]) -> Self:
        """Spread residents, people by area, over cells that were `counted` by blocks.

        Raises InvalidAuditError when no cell's middle lies in an area, or nobody lives there.
        """
        areas, rows, cells = (
            np.concatenate(column) for column in zip(RowCounts(*[_NOTHING] * 3), *counted, strict=True)
        )
        codes = len(country.codes)
        total = np.bincount(areas, cells, codes).astype(np.int64)
        if not total.any():
            raise InvalidAuditError(f"cells of {country.grid.cell_m:g} m are larger than the area: take smaller ones")
        people = np.array([residents.get(code, 0) for code in country.codes], dtype=np.int64) * THOUSANDTHS
        people[total == 0] = 0
        if not people.any():
            raise InvalidAuditError("none of the areas has residents")
        each, rest = np.divmod(people, np.maximum(total, 1))
        order = np.lexsort((rows, areas))
        areas, rows, cells = areas[order], rows[order], cells[order]
        starts = np.searchsorted(areas, np.arange(codes + 1))
        one_more = np.zeros(codes, dtype=np.int64)
        for area in np.flatnonzero(rest).tolist():
            here = slice(starts[area], starts[area + 1])
            one_more[area] = _cell_at(country, area, rows[here], cells[here], int(rest[area]))
        return cls(each, one_more)

    def on(self, country: Country, window: Window, inside: Inside) -> People:  # noqa: ARG002  the same everywhere
        """Return the people, thousandths (n,), of cells, shapes (n,)."""
        return self.each[inside.areas] + (inside.cells < self.one_more[inside.areas])


_NOTHING = np.empty(0, dtype=np.int64)


def _cell_at(country: Country, area: int, rows: Counts, cells: Counts, place: int) -> int:
    """Return the number of the cell at a place, from 0, among those of an area, given how many it has in rows."""
    below = np.cumsum(cells)
    at = int(np.searchsorted(below, place, side="right"))
    row = int(rows[at])
    # A row may have been counted in several blocks: those before are below.
    first = int(np.searchsorted(rows, row))
    grid = country.grid
    found = country.areas_of(Window(row, row + 1, 0, grid.columns))[0]
    before = int(below[first - 1]) if first else 0
    return row * grid.columns + int(np.flatnonzero(found == area)[place - before])
