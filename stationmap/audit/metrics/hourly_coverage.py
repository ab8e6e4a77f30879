"""Coverage by hour of the week: how many people have a station open in reach on Monday at 00:00, 01:00, ..."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import Demand, People
from stationmap.audit.inputs.cell_share import ShareArray, reached
from stationmap.audit.inputs.reach import Reach, parts_near, reach_of
from stationmap.audit.inputs.supply import WEEK_HOURS, WORDS, Certainty, Supply, WeekMasks
from stationmap.audit.inputs.territory import Districts, Territory
from stationmap.audit.inputs.within_radius import Pairs, Rows, blocks
from stationmap.errors import CancelCheck, never_cancelled

Counts = NDArray[np.int64]

MAX_PAIRS = 500_000  # of a place and a station in its reach, looked at together; a pair takes some 200 bytes


class HourlyCoverage(NamedTuple):
    """People in reach of an open station, thousandths, shape (districts, 168): confirmed, and possible."""

    confirmed: Counts
    possible: Counts
    people: Counts
    """All people of each district, thousandths, shape (districts,)."""


def hourly_coverage(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    hours: tuple[WeekMasks, WeekMasks],
    radius_m: float | Reach,
    *,
    ways: tuple[Certainty, Certainty] = ("confirmed", "possible"),
    check: CancelCheck = never_cancelled,
) -> HourlyCoverage:
    """Count the people within reach of an open station at each hour of the week.

    `hours` are those of `supply.week_of`, bit masks (stations, 3): confirmed, and possible; `supply` is that of no
    particular moment. `ways` tells how surely a way must be known on either side. The result holds thousandths of
    people, (districts, 168). `check` is called before every block of places. Raises InvalidAuditError for a radius out
    of range.
    """
    reach = reach_of(radius_m)
    ever = np.flatnonzero(hours[1].any(axis=1))
    stations, masks = supply.chosen(ever), (hours[0][ever], hours[1][ever])
    districts = len(territory.codes)
    counted = np.zeros((2, districts, WEEK_HOURS), dtype=np.int64)
    # Within 100 km nearly every place and station are a pair: in blocks they fit memory, and counts add up.
    reach_m = reach.limit_m + demand.cell_m  # cells further than the radius are in reach in part
    for part in blocks(demand.lons, demand.lats, stations.lons, stations.lats, reach_m, MAX_PAIRS):
        check()
        places = demand.lons[part], demand.lats[part], demand.cell_m
        for side, certainty in enumerate(ways):
            if not side or not (reach.is_straight or ways[0] == ways[1]):
                near, parts = parts_near(*places, stations.lons, stations.lats, reach, certainty=certainty)
            levels = Levels.of(near, parts, masks[side])
            counted[side] += _people_by_hour(demand.districts[part], demand.people[part], levels, districts)
    everybody = np.bincount(demand.districts, demand.people, districts).astype(np.int64)
    return HourlyCoverage(counted[0], counted[1], everybody)


class Levels(NamedTuple):
    """Which part of a place is in reach at which hours: by place, the largest part first; shapes (n,), hours (n, 3)."""

    places: Rows
    parts: ShareArray
    lower: ShareArray
    """The part of the place's next level, 0 after the last."""
    hours: WeekMasks
    """Those at which at least so large a part is in reach of an open station."""

    @classmethod
    def of(cls, near: Pairs, parts: ShareArray, hours: WeekMasks) -> Levels:
        """Return the levels of pairs and parts, thousandths (pairs,), of `parts_near`.

        `hours` are those of the stations, bit masks (stations, 3).
        """
        if not len(parts):
            nothing = np.empty(0, dtype=np.int64)
            return cls(nothing, nothing, nothing, np.empty((0, WORDS), dtype=np.uint64))
        order = np.lexsort((-parts, near.places))
        places, parts, masks = near.places[order], parts[order], hours[near.stations[order]]
        starts = np.flatnonzero((np.diff(places, prepend=-1) != 0) | (np.diff(parts, prepend=-1) != 0))
        places, parts, masks = places[starts], parts[starts], np.bitwise_or.reduceat(masks, starts, axis=0)
        follows = np.diff(places, prepend=-1) == 0
        later = np.flatnonzero(follows)
        # The k-th level of a place has the hours of those above it as well.
        ranks = np.arange(len(places)) - np.maximum.accumulate(np.where(follows, 0, np.arange(len(places))))
        for rank in range(1, int(ranks.max()) + 1):
            rows = later[ranks[later] == rank]
            masks[rows] |= masks[rows - 1]
        return cls(places, parts, np.append(np.where(follows[1:], parts[1:], 0), 0), masks)

    def people(self, people: People, served: People | int = 0) -> People:
        """Return the people, thousandths (levels,), that each level adds to the next lower one beyond those `served`.

        `people`, and `served` where it is not the same for all, are thousandths at places, shape (n,).
        """
        here = people[self.places]
        base = served[self.places] if isinstance(served, np.ndarray) else served
        return np.maximum(reached(here, self.parts), base) - np.maximum(reached(here, self.lower), base)


def unpacked(hours: WeekMasks) -> NDArray[np.uint8]:
    """Return hours, bit masks (n, 3), as zeros and ones, shape (n, 168)."""
    octets = np.ascontiguousarray(hours.astype("<u8")).view(np.uint8).reshape(len(hours), WORDS * 8)
    return np.unpackbits(octets, axis=1, count=WEEK_HOURS, bitorder="little")


def _people_by_hour(living: Districts, people: People, levels: Levels, districts: int) -> Counts:
    # Places near the same stations share their hours: far fewer kinds of week than places.
    kinds, kind_of = np.unique(levels.hours, axis=0, return_inverse=True)
    counted = np.zeros((districts, len(kinds)), dtype=np.int64)
    np.add.at(counted, (living[levels.places], kind_of.ravel()), levels.people(people))
    return counted @ unpacked(kinds).astype(np.int64)
