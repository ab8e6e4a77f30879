"""Coverage by hour of the week: how many people have a station open in reach on Monday at 00:00, 01:00, ..."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand import Demand, People
from stationmap.audit.reach import Pairs, checked_radius, pairs
from stationmap.audit.supply import WEEK_HOURS, WORDS, Hours, Supply
from stationmap.audit.territory import Districts, Territory

Counts = NDArray[np.int64]

MOST_PAIRS = 4_000_000  # places times stations looked at together


class Week(NamedTuple):
    """People in reach of an open station, thousandths, shape (districts, 168): surely, and possibly."""

    sure: Counts
    possible: Counts
    people: Counts
    """All people of each district, thousandths, shape (districts,)."""


def week(territory: Territory, demand: Demand, supply: Supply, hours: tuple[Hours, Hours], radius_m: float) -> Week:
    """Count people by hour; `hours` are those of `supply.week_of`, `supply` is without a moment."""
    checked_radius(radius_m)
    ever = np.flatnonzero(hours[1].any(axis=1))
    stations, masks = supply.chosen(ever), (hours[0][ever], hours[1][ever])
    districts = len(territory.codes)
    counted = np.zeros((2, districts, WEEK_HOURS), dtype=np.int64)
    # Within 100 km nearly every place and station are a pair: in parts they fit memory, and counts add up.
    size = max(MOST_PAIRS // max(len(stations), 1), 1)
    for start in range(0, len(demand), size):
        part = slice(start, start + size)
        near = pairs(demand.lons[part], demand.lats[part], stations.lons, stations.lats, radius_m)
        for side, mask in enumerate(masks):
            counted[side] += _people_by_hour(demand.districts[part], demand.people[part], near, mask, districts)
    everybody = np.bincount(demand.districts, demand.people, districts).astype(np.int64)
    return Week(counted[0], counted[1], everybody)


def hours_in_reach(near: Pairs, hours: Hours) -> tuple[NDArray[np.int64], Hours]:
    """Return the rows of places with a station in reach, ascending, and the hours at which one of them is open."""
    rows, starts = np.unique(near.places, return_index=True)
    if not rows.size:
        return rows, np.empty((0, WORDS), dtype=np.uint64)
    return rows, np.bitwise_or.reduceat(hours[near.stations], starts, axis=0)


def unpacked(hours: Hours) -> NDArray[np.uint8]:
    """Return hours as zeros and ones, shape (n, 168)."""
    octets = np.ascontiguousarray(hours.astype("<u8")).view(np.uint8).reshape(len(hours), WORDS * 8)
    return np.unpackbits(octets, axis=1, count=WEEK_HOURS, bitorder="little")


def _people_by_hour(living: Districts, people: People, near: Pairs, hours: Hours, districts: int) -> Counts:
    rows, masks = hours_in_reach(near, hours)
    # Places near the same stations share their hours: far fewer kinds of week than places.
    kinds, kind_of = np.unique(masks, axis=0, return_inverse=True)
    counted = np.zeros((districts, len(kinds)), dtype=np.int64)
    np.add.at(counted, (living[rows], kind_of.ravel()), people[rows])
    return counted @ unpacked(kinds).astype(np.int64)
