"""Whom stations are for: people at places, and where that knowledge comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.grid import Cells
from stationmap.audit.inputs.territory import Districts, Territory
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

People = NDArray[np.int64]
"""People in thousandths, so that sums are exact in whatever order they are taken."""

THOUSANDTHS = 1000
MAX_PEOPLE = 4e9  # a demand above it is a mistake of units

Kind = Literal["residents", "points", "areas", "raster", "tracks"]


SHOWN = 5


class Numbered(NamedTuple):
    """What a file's user calls its places (rows, features), and the number of each, shape (n,)."""

    name: str
    numbers: NDArray[np.int64]

    def named(self, flags: NDArray[np.bool_]) -> str:
        """Return, as text for a person, the name of the places and the first numbers of flagged ones, shape (n,)."""
        return f"{self.name} {self.listed(flags)}"

    def listed(self, flags: NDArray[np.bool_]) -> str:
        """Return, as text for a person, the first numbers of the flagged places, shape (n,)."""
        rows = self.numbers[flags]
        return f"{', '.join(map(str, rows[:SHOWN]))}{', ...' if len(rows) > SHOWN else ''}"


@dataclass(frozen=True)
class Source:
    """Where a demand comes from: what it is, the name to quote, and what a reader of its figures must know."""

    kind: Kind
    name: str
    notes: tuple[Note, ...] = ()

    def in_words(self, language: str) -> tuple[str, ...]:
        """Return the notes in words."""
        return tuple(note.in_words(language) for note in self.notes)

    def with_notes(self, *notes: Note) -> Source:
        """Return the source with more to know about it."""
        return replace(self, notes=(*self.notes, *notes))

    def leaving_out(self, people: int, everybody: int, what: Numbered, outside: NDArray[np.bool_]) -> Source:
        """Return the source with a note on the people outside the study area; itself where there are none.

        `people` (outside) and `everybody` are numbers in thousandths; `outside`, shape (n,), flags the places concerned
        among `what`.
        """
        if not people:
            return self
        values = {"people": f"{people / THOUSANDTHS:,.10g}", "share": f"{people / everybody:.1%}"}
        return self.with_notes(Note(f"outside_{what.name}", values | {"numbers": what.listed(outside)}))


@dataclass(frozen=True, eq=False)
class Demand:
    """People at places; arrays have the shape (n,), `rows` are those of the territory's cells."""

    lons: Floats
    lats: Floats
    people: People
    districts: Districts
    rows: Cells
    source: Source
    cell_m: float = 0
    """How wide the cells are over which people are spread; 0 for people at points."""

    @classmethod
    def at(
        cls,
        territory: Territory,
        lons: Floats,
        lats: Floats,
        weights: Floats,
        source: Source,
        what: Numbered | None = None,
    ) -> Demand:
        """Place weights, people of shape (n,), at degrees, shapes (n,), in a territory.

        Those outside it are left out, and a note of the source gives their number. Raises InvalidAuditError that lists
        every kind of bad weight or position, and when nobody is left.
        """
        what = what or Numbered("places", np.arange(1, len(weights) + 1))
        check(lons, lats, weights, source.name, what)
        people = np.rint(weights * THOUSANDTHS).astype(np.int64)
        districts = territory.districts_of(lons, lats)
        rows = territory.rows_at(lons, lats, districts)
        inside = (districts >= 0) & (people > 0)
        if not inside.any():
            raise _nobody(territory, source)
        outside = (districts < 0) & (people > 0)
        source = source.leaving_out(int(people[outside].sum()), int(people.sum()), what, outside)
        return cls(lons[inside], lats[inside], people[inside], districts[inside], rows[inside], source)

    @classmethod
    def on_cells(cls, territory: Territory, people: People, source: Source) -> Demand:
        """Place people, thousandths (cells,), in the territory's cells; raises InvalidAuditError if there are none."""
        if not people.any():
            raise _nobody(territory, source)
        cells = np.arange(len(territory))
        return cls(territory.lons, territory.lats, people, territory.districts, cells, source, territory.grid.cell_m)

    @classmethod
    def spread(cls, territory: Territory, residents: Mapping[str, int], source: Source) -> Demand:
        """Spread each district's residents evenly over its cells; every last one is placed.

        Raises InvalidAuditError when nobody is left, or a district with residents is smaller than a cell.
        """
        people = np.zeros(len(territory), dtype=np.int64)
        for at, code in enumerate(territory.codes):
            here = np.flatnonzero(territory.districts == at)
            everybody = residents.get(code, 0) * THOUSANDTHS
            if everybody and not here.size:
                raise InvalidAuditError(
                    f"cells of {territory.grid.cell_m:g} m are larger than {code}: take smaller ones"
                )
            if everybody:
                each, rest = divmod(everybody, here.size)
                people[here] = each
                people[here[:rest]] += 1
        return cls.on_cells(territory, people, source)

    def __len__(self) -> int:
        return len(self.people)

    def chosen(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Demand:
        """Return the people of some of the places: by flags, shape (n,), or by rows, shape (k,)."""
        names = ("lons", "lats", "people", "districts", "rows")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def is_on_cells_of(self, territory: Territory) -> bool:
        """Tell whether people are spread over the cells of a territory, one row a cell, not at points of their own."""
        is_as_wide, cells = self.cell_m == territory.grid.cell_m, np.arange(len(territory))
        return is_as_wide and np.array_equal(self.rows, cells) and np.array_equal(self.lons, territory.lons)

    @property
    def total(self) -> float:
        return int(self.people.sum()) / THOUSANDTHS


def check(lons: Floats, lats: Floats, weights: Floats, name: str, what: Numbered) -> None:
    """Raise InvalidAuditError that lists every kind of bad weight or position, and the places concerned.

    `lons` and `lats` are degrees and `weights` people, shapes (n,).
    """
    if problems := _problems(lons, lats, weights, what):
        raise InvalidAuditError(f"{name}: " + "; ".join(problems))


def _nobody(territory: Territory, source: Source) -> InvalidAuditError:
    return InvalidAuditError(f"{source.name}: nobody lives inside the studied area ({', '.join(territory.codes)})")


def _problems(lons: Floats, lats: Floats, weights: Floats, what: Numbered) -> list[str]:
    if not len(weights):
        return [f"holds no {what.name}"]
    checks = (
        (np.isnan(weights), "weights that are no number"),
        (weights < 0, "negative weights"),
        (weights > MAX_PEOPLE, f"weights above {MAX_PEOPLE:g} people"),
        (~(np.abs(lons) <= 180), "longitudes that are no number from -180 to 180"),
        (~(np.abs(lats) <= 90), "latitudes that are no number from -90 to 90"),
    )
    problems = [f"{int(bad.sum()):,} {wrong} ({what.named(bad)})" for bad, wrong in checks if bad.any()]
    if not problems and weights.sum() > MAX_PEOPLE:
        problems.append(f"{weights.sum():g} people in all, more than {MAX_PEOPLE:g}")
    return problems
