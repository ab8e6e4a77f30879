"""How far it is from places to stations: the nearest of every place, and further ones only where one is near.

Means and quantiles ask how far everybody has to go, but how many stations are in reach is asked where one is: of a city
that is one cell in seven, and the nearest alone is found in half of the time of five. Confirmed stations are possible
ones, too: where what was found among the possible is confirmed, nothing confirmed is nearer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stationmap.audit.inputs.reach import NearestStations, Reach, nearest_m
from stationmap.audit.inputs.supply import BoolArray, Certainty, Supply
from stationmap.audit.inputs.within_radius import Rows
from stationmap.geo.geodesy import Floats

_SIDES: tuple[Certainty, Certainty] = ("confirmed", "possible")
_MARGIN_M = 1.0  # two searches may differ by less than a micrometre


class Ways(NamedTuple):
    """Metres from n places to one set of stations."""

    nearest: Floats
    """To the nearest, inf where there is none; shape (n,)."""
    near: Rows
    """The places that may have one within the metres asked for, ascending; shape (m,)."""
    metres: Floats
    """From those to the nearest `most` stations, as far as they are within; shape (m, most)."""


class WaysToStations:
    """Confirmed and possible stations of a supply, of which as many as `most` are looked for."""

    def __init__(self, supply: Supply, reach: Reach, most: int) -> None:
        self.reach, self.most = reach, most
        self._is_confirmed = supply.confirmed[supply.possible]
        flags = (supply.confirmed, supply.possible)
        self._at = [(supply.lons[each], supply.lats[each]) for each in flags]
        self._confirmed, self._possible = (
            reach.stations(*at, certainty=side) if len(at[0]) else None
            for at, side in zip(self._at, _SIDES, strict=True)
        )

    def known(self, lons: Floats, lats: Floats) -> list[BoolArray]:
        """Return of which places the ways to confirmed, and to possible stations are known: degrees, shapes (n,)."""
        return [
            self.reach.is_way_known(lons, lats, *at, certainty) for at, certainty in zip(self._at, _SIDES, strict=True)
        ]

    def find(self, lons: Floats, lats: Floats, within_m: float, workers: int) -> tuple[Ways, ...]:
        """Return the ways from places, degrees (n,), to the confirmed, and to the possible stations.

        One of them where they are the same.
        """
        none = Ways(np.full(len(lons), np.inf), np.empty(0, dtype=np.int64), np.empty((0, self.most)))
        if self._possible is None:
            return (none,)
        if self.reach.is_straight:
            return self._in_two_steps(lons, lats, within_m, none, workers)
        sides = (self._confirmed, self._possible)
        return tuple(none if side is None else self._at_once(lons, lats, side, within_m, workers) for side in sides)

    def _at_once(self, lons: Floats, lats: Floats, stations: NearestStations, within_m: float, workers: int) -> Ways:
        """Return ways by one search for all that is asked, since along streets a search takes long."""
        metres = nearest_m(lons, lats, stations, self.most, workers=workers)
        near = np.flatnonzero(metres[:, 0] <= within_m)
        return Ways(metres[:, 0], near, metres[near])

    def _in_two_steps(self, lons: Floats, lats: Floats, within_m: float, none: Ways, workers: int) -> tuple[Ways, ...]:
        assert self._possible is not None
        rows, metres = self._possible.nearest_many(lons, lats, 1, workers)
        near = np.flatnonzero(metres[:, 0] <= within_m + _MARGIN_M)
        near_rows, near_metres = self._possible.nearest_many(lons[near], lats[near], self.most, workers)
        possible = Ways(metres[:, 0], near, near_metres)
        if self._is_confirmed.all():
            return (possible,)
        if self._confirmed is None:
            return none, possible
        nearest, confirmed = possible.nearest.copy(), near_metres.copy()
        again = np.flatnonzero(~self._is_confirmed[rows[:, 0]])
        nearest[again] = nearest_m(lons[again], lats[again], self._confirmed, workers=workers)[:, 0]
        doubtful = ~self._is_confirmed[near_rows] & (near_rows >= 0) & (near_metres <= within_m + _MARGIN_M)
        again = np.flatnonzero(doubtful.any(axis=1))
        at = near[again]
        confirmed[again] = nearest_m(lons[at], lats[at], self._confirmed, self.most, workers=workers)
        return Ways(nearest, near, confirmed), possible
