"""How far stations serve: a limit in metres, and what metres are measured along, which no figure needs to know.

A figure takes a `Reach` and asks it for pairs, for the nearest stations and for the places of which anything is known.
Whatever a reach measures along, nothing is nearer by it than straight (`StraightReach`); so what is within reach is
never more than what lies within the same metres straight, and bounds worked out straight hold for every reach.

Where a way is unknown it is neither within reach nor beyond it: as *confirmed* (`supply.Certainty`) such a pair does
not count, as *possible* it counts as if the way were straight. The truth of a figure lies between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stationmap.audit.inputs.cell_share import PARTS, ShareArray, cell_share
from stationmap.audit.inputs.supply import BoolArray, Certainty
from stationmap.audit.inputs.within_radius import Pairs, Rows, checked_radius, pairs
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import PointIndex

PER_MINUTE = "metres_per_minute"
"""Of parameters and figures: the metres that stand for a minute."""


class NearestStations(Protocol):
    """Stations among which the nearest are found, such as a `PointIndex`."""

    def nearest_many(self, lons: Floats, lats: Floats, k: int, workers: int) -> tuple[Rows, Floats]:
        """Return rows and metres, shapes (n, k), of the stations nearest to places in degrees, shapes (n,).

        Nearest first; -1 and inf where there is none. Beyond the limit of a reach only the first need be there.
        """
        ...


class Reach(Protocol):
    """How far stations serve."""

    @property
    def limit_m(self) -> float:
        """How many metres, as it measures them, are within reach."""
        ...

    @property
    def is_straight(self) -> bool:
        """Whether metres are those of straight lines, so that steps on a grid show what is within reach."""
        ...

    @property
    def metres_per_minute(self) -> float | None:
        """How many of its metres stand for a minute; None where metres are metres."""
        ...

    @property
    def stated(self) -> Mapping[str, float]:
        """The limit as parameters of what is worked out."""
        ...

    def stations(
        self, lons: Floats, lats: Floats, rows: Rows | None = None, *, certainty: Certainty = "confirmed"
    ) -> NearestStations:
        """Return stations, degrees of shape (m,), among which the nearest can be found.

        `rows`, shape (m,), are the numbers answers give for them, 0 to m - 1 where none are given.
        """
        ...

    def pairs(
        self,
        lons: Floats,
        lats: Floats,
        station_lons: Floats,
        station_lats: Floats,
        within_m: float,
        *,
        certainty: Certainty = "confirmed",
    ) -> Pairs:
        """Return each pair of a place, degrees (n,), and a station, degrees (m,), at most `within_m` metres apart."""
        ...

    def is_known(self, lons: Floats, lats: Floats) -> BoolArray:
        """Return of which places, degrees (n,), ways are known at all."""
        ...

    def is_way_known(
        self, lons: Floats, lats: Floats, station_lons: Floats, station_lats: Floats, certainty: Certainty
    ) -> BoolArray:
        """Return of which places, degrees (n,), the way to the nearest of stations, degrees (m,), is known."""
        ...


@dataclass(frozen=True)
class StraightReach:
    """Geodesic metres, which are known everywhere. Raises InvalidAuditError for a radius that cannot be meant."""

    limit_m: float
    is_straight = True
    metres_per_minute = None

    def __post_init__(self) -> None:
        checked_radius(self.limit_m)

    @property
    def stated(self) -> Mapping[str, float]:
        """The radius."""
        return {"radius_m": self.limit_m}

    def stations(
        self,
        lons: Floats,
        lats: Floats,
        rows: Rows | None = None,
        *,
        certainty: Certainty = "confirmed",  # noqa: ARG002  the same for both
    ) -> NearestStations:
        """Return the stations, degrees of shape (m,), as an index of points."""
        return PointIndex(lons, lats, rows)

    def pairs(
        self,
        lons: Floats,
        lats: Floats,
        station_lons: Floats,
        station_lats: Floats,
        within_m: float,
        *,
        certainty: Certainty = "confirmed",  # noqa: ARG002  the same for both
    ) -> Pairs:
        """Return the pairs of places, degrees (n,), and stations, degrees (m,), at most `within_m` metres apart."""
        return pairs(lons, lats, station_lons, station_lats, within_m)

    def is_known(self, lons: Floats, lats: Floats) -> BoolArray:  # noqa: ARG002  all are alike
        """Return of all places, degrees (n,), that ways are known."""
        return np.ones(len(lons), dtype=bool)

    def is_way_known(
        self,
        lons: Floats,
        lats: Floats,  # noqa: ARG002  all are alike
        station_lons: Floats,  # noqa: ARG002
        station_lats: Floats,  # noqa: ARG002
        certainty: Certainty,  # noqa: ARG002
    ) -> BoolArray:
        """Return of all places, degrees (n,), that the way to stations, degrees (m,), is known."""
        return np.ones(len(lons), dtype=bool)


@dataclass(frozen=True)
class StraightBeside(StraightReach):
    """Geodesic metres to stand beside those of another reach: of the same people, whose way by that one is known."""

    other: Reach

    def is_way_known(
        self, lons: Floats, lats: Floats, station_lons: Floats, station_lats: Floats, certainty: Certainty
    ) -> BoolArray:
        """Return of which places, degrees (n,), the way is known by the other reach."""
        return self.other.is_way_known(lons, lats, station_lons, station_lats, certainty)


def straight_reach(radius_m: float, beside: Reach | None = None) -> StraightReach:
    """Return a radius in metres as a reach, perhaps beside another. Raises InvalidAuditError for one out of range."""
    return StraightReach(radius_m) if beside is None else StraightBeside(radius_m, beside)


def reach_of(given: Reach | float) -> Reach:
    """Return a reach; a number is a radius in metres, straight. Raises InvalidAuditError for one out of range."""
    return StraightReach(given) if isinstance(given, int | float) else given


def parts_near(
    lons: Floats,
    lats: Floats,
    cell_m: float,
    station_lons: Floats,
    station_lats: Floats,
    reach: Reach | float,
    *,
    certainty: Certainty = "confirmed",
) -> tuple[Pairs, ShareArray]:
    """Return every pair of a place, degrees (n,), and a station, degrees (m,), that reaches part of it, with that part.

    Places are cells `cell_m` metres wide, or points where it is 0; parts are thousandths, shape (pairs,), by
    `cell_share`.
    """
    reach = reach_of(reach)
    share = cell_share(reach.limit_m, cell_m) if cell_m else None
    outer_m = share.outer_m if share else reach.limit_m
    near = reach.pairs(lons, lats, station_lons, station_lats, outer_m, certainty=certainty)
    parts = share.at(near.metres) if share else np.full(len(near.places), PARTS)
    some = parts > 0
    return Pairs(near.places[some], near.stations[some], near.metres[some]), parts[some]


def parts_in_reach(lons: Floats, lats: Floats, cell_m: float, stations: NearestStations, limit_m: float) -> ShareArray:
    """Return the part of each place, thousandths of shape (n,), that is within reach of the nearest of the stations.

    Places are in degrees, shapes (n,): cells `cell_m` metres wide, or points where it is 0.
    """
    return in_part(nearest_m(lons, lats, stations, workers=-1)[:, 0], cell_m, limit_m)


def nearest_m(lons: Floats, lats: Floats, stations: NearestStations, k: int = 1, *, workers: int = 1) -> Floats:
    """Return metres (n, k) from places, degrees (n,), to the k nearest stations, nearest first.

    Missing ones are inf.
    """
    return stations.nearest_many(lons, lats, k, workers)[1]


def in_part(metres: Floats, cell_m: float, limit_m: float) -> ShareArray:
    """Return the part, thousandths (n,), within reach of places that are `metres`, shape (n,), from a station.

    Places are cells `cell_m` metres wide, or points where it is 0.
    """
    return cell_share(limit_m, cell_m).at(metres) if cell_m else (metres <= limit_m) * PARTS
