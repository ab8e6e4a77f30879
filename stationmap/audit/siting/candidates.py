"""Where a station could go: places of a file, or the cells of the grid, less what is forbidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.siting.candidate_files import places
from stationmap.audit.siting.solvers.location_problem import BoolArray
from stationmap.datum import Datum, to_wgs84
from stationmap.errors import InvalidAuditError
from stationmap.geo.geodesy import Floats

MAX_CANDIDATES = 50_000
MAX_GRID_CANDIDATES = 10_000
SHOWN = 5


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places by ascending id; arrays have the shape (n,), degrees in WGS-84; a district is a code, or empty."""

    ids: tuple[str, ...]
    lons: Floats
    lats: Floats
    districts: tuple[str, ...]

    @classmethod
    def at(cls, ids: Sequence[str], lons: Floats, lats: Floats, territory: Territory | None = None) -> Candidates:
        """Return candidates at WGS-84 degrees, shapes (n,), sorted by id.

        Raises InvalidAuditError when there are none or too many, for repeated ids and for bad positions.
        """
        if not 0 < len(ids) <= MAX_CANDIDATES:
            raise InvalidAuditError(f"1 to {MAX_CANDIDATES:,} candidates can be chosen from, not {len(ids):,}")
        if repeated := sorted(each for each, count in Counter(ids).items() if count > 1):
            raise InvalidAuditError(f"candidates repeat an id: {_shown(repeated)}")
        bad = ~(np.isfinite(lons) & np.isfinite(lats) & (np.abs(lons) <= 180) & (np.abs(lats) <= 90))
        if bad.any():
            raise InvalidAuditError(
                f"candidates are nowhere on Earth: {_shown([ids[row] for row in np.flatnonzero(bad).tolist()])}"
            )
        rows = sorted(range(len(ids)), key=lambda row: ids[row])
        lons, lats = lons[rows].astype(np.float64), lats[rows].astype(np.float64)
        return cls(tuple(ids[row] for row in rows), lons, lats, _districts(territory, lons, lats))

    @classmethod
    def of_grid(
        cls, territory: Territory, demand: Demand | None = None, *, most: int = MAX_GRID_CANDIDATES
    ) -> Candidates:
        """Return the middles of cells: of those with people, every one, or every second row and column, third, ...

        The step is the smallest that leaves at most `most`. An id is the number of the cell.
        """
        rows = np.arange(len(territory)) if demand is None else np.unique(demand.rows[demand.people > 0])
        down, across = np.divmod(territory.cells[rows], territory.grid.columns)
        step = 1
        while (kept := (down % step == step // 2) & (across % step == step // 2)).sum() > most:
            step += 1
        rows = rows[kept] if kept.any() else rows[:1]
        ids = [f"cell-{cell}" for cell in territory.cells[rows].tolist()]
        return cls.at(ids, territory.lons[rows], territory.lats[rows], territory)

    @classmethod
    def of_file(
        cls, data: bytes, name: str, territory: Territory | None = None, *, datum: Datum = Datum.WGS84
    ) -> Candidates:
        """Read a CSV of id (or name), lon, lat, or a GeoJSON of points and areas (taken at a point inside).

        Candidates outside the territory are left out. Raises InvalidAuditError naming the rows that cannot be read.
        """
        found = places(data, name, datum)
        lons, lats = np.array([place.lon for place in found]), np.array([place.lat for place in found])
        lons, lats = to_wgs84(lons, lats, datum)
        candidates = cls.at([place.id for place in found], lons, lats, territory)
        if territory is None:
            return candidates
        inside = np.array([bool(code) for code in candidates.districts])
        return candidates.chosen(inside, f"{name}: no candidate is inside the area")

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, kept: BoolArray, otherwise: str) -> Candidates:
        """Return the flagged candidates, shape (n,).

        Raises InvalidAuditError with the message `otherwise` when none is left.
        """
        rows = np.flatnonzero(kept)
        if not rows.size:
            raise InvalidAuditError(otherwise)
        ids, districts = (tuple(each[row] for row in rows) for each in (self.ids, self.districts))
        return Candidates(ids, self.lons[rows], self.lats[rows], districts)

    def outside(self, forbidden: Sequence[BaseGeometry]) -> Candidates:
        """Return the candidates in none of the forbidden areas, polygons in WGS-84 degrees, borders included."""
        kept = np.ones(len(self), dtype=bool)
        for area in forbidden:
            shapely.prepare(area)
            kept &= ~shapely.intersects_xy(area, self.lons, self.lats)
        return self.chosen(kept, "every candidate lies in a forbidden area")


def _districts(territory: Territory | None, lons: Floats, lats: Floats) -> tuple[str, ...]:
    if territory is None:
        return ("",) * len(lons)
    names = (*territory.codes, "")
    return tuple(names[at] for at in territory.districts_of(lons, lats).tolist())


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
