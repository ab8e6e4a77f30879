"""The uncovered area, out of reach of every station that counts, divided into gaps that staff can act on.

The uncovered area is made of the cells of which a part is out of reach of every station, and of those in which somebody
is. Joined by their edges they are of little use: the countryside of a city is one piece that nobody
can act on. So

1. cells are joined within a district, since a district is who acts;
2. a joined piece is divided around seeds, the cells a station on which would add most people, no two of a piece within
   sqrt(3) radii of each other: laid as a honeycomb, discs so far apart just cover the plane (Kershner, American
   Journal of Mathematics 61, 1939). Every cell goes to the nearest seed. A gap is thereby about what one station can
   serve, and none of it is further than sqrt(3) radii from its seed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stationmap.audit.demand.weights import Demand, People
from stationmap.audit.inputs.cell_share import PARTS, ShareArray, reached
from stationmap.audit.inputs.grid import Cells
from stationmap.audit.inputs.reach import NearestStations, Reach, in_part
from stationmap.audit.inputs.supply import BoolArray, Certainty, Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import Rows
from stationmap.audit.metrics.cell_clusters import Labels, label_clusters, split_clusters
from stationmap.audit.metrics.site_gains import SiteGains
from stationmap.geo.geodesy import Floats

SPACING = math.sqrt(3)  # radii
MIN_SPACING_CELLS = 4  # a gap of a cell or two, where the radius is smaller than a cell, is nothing to act on


@dataclass(frozen=True, eq=False)
class Uncovered:
    """Cells out of reach, and places with people out of reach, each with the number of its gap, from 0."""

    cells: Cells
    """Rows of the territory, ascending; shape (cells,)."""
    parts: ShareArray
    """Which part of each cell is out of reach."""
    cell_gaps: Labels
    scores: People
    """People a station in the middle of each cell would add, taken to be all over their cells; thousandths."""
    places: Rows
    """Rows of the demand, ascending; shape (places,)."""
    place_gaps: Labels
    people: People
    """People of each place that are out of reach, thousandths."""
    nearest: Rows
    """The nearest station that counts, -1 where there is none."""
    nearest_m: Floats
    served: People
    """People in reach of every place of the demand, thousandths."""
    stations: NearestStations
    """Those that count."""

    @classmethod
    def of(
        cls,
        territory: Territory,
        demand: Demand,
        supply: Supply,
        counted: BoolArray,
        reach: Reach,
        certainty: Certainty,
    ) -> Uncovered:
        """Find and divide the area out of reach of the stations `counted`, flags (stations,) of the supply.

        Places of which no way is known are in a gap where they are too far even straight, else in none. Distances are
        metres, people thousandths. How gaps are divided is worked out straight. Source of the spacing of seeds:
        Kershner, The number of circles covering a set, American Journal of Mathematics 61 (1939) 665-671.
        """
        stations = np.flatnonzero(counted)
        there = supply.lons[stations], supply.lats[stations], stations
        points = reach.stations(*there, certainty=certainty)
        otherwise = points if reach.is_straight else reach.stations(*there, certainty="possible")
        nearest, metres = _nearest(points, otherwise, demand.lons, demand.lats)
        same = demand.is_on_cells_of(territory)
        cell_metres = metres if same else _nearest(points, otherwise, territory.lons, territory.lats)[1]
        served = reached(demand.people, in_part(metres, demand.cell_m, reach.limit_m))
        missed = demand.people - served
        places = np.flatnonzero(missed > 0)
        people = np.zeros(len(territory), dtype=np.int64)
        np.add.at(people, demand.rows[places], missed[places])
        parts = PARTS - in_part(cell_metres, territory.grid.cell_m, reach.limit_m)
        cells = np.flatnonzero((parts > 0) | (people > 0))
        whole = (demand.people, served) if same else (people, np.zeros_like(people))
        gains = SiteGains(territory.grid, territory.cells, *whole, reach.limit_m)
        gaps, scores = _divided(territory, cells, gains, reach.limit_m)
        place_gaps = gaps[np.searchsorted(cells, demand.rows[places])]
        found = missed[places], nearest[places], metres[places]
        return cls(cells, parts[cells], gaps, scores, places, place_gaps, *found, served, points)

    @property
    def count(self) -> int:
        """How many gaps there are, those without people included."""
        return int(self.cell_gaps.max(initial=-1)) + 1


def _nearest(points: NearestStations, otherwise: NearestStations, lons: Floats, lats: Floats) -> tuple[Rows, Floats]:
    """Return the nearest station of each place, -1 for none, and the metres; `otherwise` where no way is known."""
    stations, metres = points.nearest_many(lons, lats, 1, -1)
    nowhere = np.flatnonzero(np.isinf(metres[:, 0]))
    if nowhere.size and otherwise is not points:
        stations[nowhere], metres[nowhere] = otherwise.nearest_many(lons[nowhere], lats[nowhere], 1, -1)
    return stations[:, 0], metres[:, 0]


def _divided(territory: Territory, cells: Cells, gains: SiteGains, radius_m: float) -> tuple[Labels, People]:
    if not cells.size:
        return cells, cells
    grid, numbers = territory.grid, territory.cells[cells]
    rows, columns = np.divmod(numbers, grid.columns)
    scores = gains.gains()[rows - gains.whole.row, columns - gains.whole.column]
    pieces = label_clusters(numbers, grid.columns, territory.districts[cells])
    spacing_m = max(SPACING * radius_m, MIN_SPACING_CELLS * grid.cell_m)
    return split_clusters(grid, numbers, pieces, scores, spacing_m), scores
