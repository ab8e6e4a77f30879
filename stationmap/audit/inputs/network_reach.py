"""Reach along streets, by metres or by minutes: a `Reach` on the street network of a city.

By metres, what is within reach is so far along the streets, the way to the nearest street included. By minutes, a
minute counts as the metres that the profile makes in it at most (`metres_per_minute`): times then have the form of
metres, none is less than it is straight, and figures are divided again where they are shown.

Unknown is the way between two places one of which is more than 300 m from any street, or on an island of streets the
other is not on. It counts as `Reach` says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.inputs.reach import PER_MINUTE
from stationmap.audit.inputs.supply import BoolArray, Certainty
from stationmap.audit.inputs.within_radius import Pairs, Rows, checked_minutes, checked_radius
from stationmap.audit.inputs.within_radius import pairs as straight_pairs
from stationmap.defaults import CELL_M
from stationmap.errors import CancelCheck, InvalidAuditError, never_cancelled
from stationmap.geo.geodesy import Floats
from stationmap.geo.nearest_points import PointIndex
from stationmap.streets import shortest_times
from stationmap.streets.network import Network
from stationmap.streets.snapping import ACCESS_SPEED_M_S, SnappedPoints

Weight = Literal["time", "length"]
MINUTE_S = 60.0
MAX_KEPT = 2_000_000  # places whose point on a street is kept
LATEST = 6  # arrays of places that are recognised as they come again


@dataclass(frozen=True, eq=False)
class NetworkReach:
    """Metres along streets for a profile (`travel`), or by `weight` "time" the metres that its time stands for.

    Cells are measured exactly as far as `rim_m`, their width, beyond the limit. `check` is called while ways are
    searched; it raises to end that. Raises InvalidAuditError for a limit or a profile that cannot be meant.
    """

    network: Network
    travel: str
    limit_m: float
    weight: Weight = "length"
    rim_m: float = CELL_M
    check: CancelCheck = never_cancelled
    is_straight = False
    _kept: _KeptPlaces = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.travel not in self.network.profiles:
            known = ", ".join(self.network.profiles)
            raise InvalidAuditError(f"the streets know no way of travel {self.travel}; known: {known}")
        checked_radius(self.limit_m)
        object.__setattr__(self, "_kept", _KeptPlaces(self.network, self.travel))

    @classmethod
    def by_minutes(
        cls,
        network: Network,
        travel: str,
        minutes: float,
        *,
        rim_m: float = CELL_M,
        check: CancelCheck = never_cancelled,
    ) -> NetworkReach:
        """Return the reach of so many minutes. Raises InvalidAuditError for minutes that cannot be meant."""
        if travel not in network.profiles:
            return cls(network, travel, CELL_M)  # which says what is known
        limit_m = checked_minutes(minutes) * metres_per_minute(network, travel)
        return cls(network, travel, limit_m, "time", rim_m, check)

    @property
    def metres_per_minute(self) -> float | None:
        """By how many metres to divide to have minutes; None where metres are metres."""
        return metres_per_minute(self.network, self.travel) if self.weight == "time" else None

    @property
    def stated(self) -> Mapping[str, float]:
        """Return the limit as parameters of a proposal."""
        each = self.metres_per_minute
        return {"radius_m": self.limit_m} if each is None else {"minutes": self.limit_m / each, PER_MINUTE: each}

    @property
    def limit(self) -> float:
        """The limit in what is measured, metres or seconds."""
        return self.limit_m / self._metres_each

    def cost_of_access(self, places: SnappedPoints) -> Floats:
        """Return what the way to the street costs, metres or seconds, shape (n,)."""
        return places.access_m if self.weight == "length" else places.access_m / ACCESS_SPEED_M_S

    def stations(
        self, lons: Floats, lats: Floats, rows: Rows | None = None, *, certainty: Certainty = "confirmed"
    ) -> StreetStations:
        """Return stations, degrees of shape (m,), among which the nearest along streets can be found."""
        numbers = np.arange(len(lons), dtype=np.int64) if rows is None else rows
        return StreetStations(self, lons, lats, numbers, certainty)

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
        """Return each pair of a place, degrees (n,), and a station, degrees (m,), at most `within_m` metres apart.

        As *possible* also the pairs whose way is unknown, by straight lines.
        """
        places, stations = self.snapped(lons, lats), self.snapped(station_lons, station_lats)
        limit = within_m / self._metres_each
        found = shortest_times.pairs(self.network, places, stations, limit, self.weight, check=self.check)
        known = Pairs(found.origins, found.destinations, self._metres(found))
        if certainty == "confirmed":
            return known
        straight = straight_pairs(lons, lats, station_lons, station_lats, within_m)
        unknown = are_apart(places, stations, straight.places, straight.stations)
        merged = [np.concatenate(columns) for columns in zip(known, (each[unknown] for each in straight), strict=True)]
        order = np.lexsort((merged[1], merged[0]))
        return Pairs(*(column[order] for column in merged))

    def is_known(self, lons: Floats, lats: Floats) -> BoolArray:
        """Return which places, degrees (n,), are at most 300 m from a street."""
        return self.snapped(lons, lats).known

    def is_way_known(
        self, lons: Floats, lats: Floats, station_lons: Floats, station_lats: Floats, certainty: Certainty
    ) -> BoolArray:
        """Return which places, degrees (n,), are at most 300 m from a street, as *confirmed* one that a station is on.

        Stations are in degrees, shape (m,). As *possible* a station on other streets is as far as it is straight.
        """
        places, stations = self.snapped(lons, lats), self.snapped(station_lons, station_lats)
        if certainty == "possible":
            return places.known
        return np.asarray(places.known & np.isin(places.components, stations.components))

    def is_on_main_network(self, lons: Floats, lats: Floats) -> BoolArray:
        """Return which places, degrees (n,), are at most 300 m from a street that is on no island."""
        return np.asarray(self.snapped(lons, lats).components == 0)

    def snapped(self, lons: Floats, lats: Floats) -> SnappedPoints:
        """Return the points on streets of places, degrees (n,)."""
        return self._kept.snapped(lons, lats)

    def with_limit(self, limit_m: float) -> NetworkReach:
        """Return the same with another limit, in its metres."""
        return replace(self, limit_m=limit_m)

    def _metres(self, found: shortest_times.StreetPairs | shortest_times.NearestStreet) -> Floats:
        return found.metres if self.weight == "length" else found.seconds * self._metres_each

    @cached_property
    def _metres_each(self) -> float:
        """The metres that one of what is measured, a metre or a second, stands for."""
        return (self.metres_per_minute or MINUTE_S) / MINUTE_S if self.weight == "time" else 1.0

    def __getstate__(self) -> dict[str, Any]:
        # Another process looks for streets itself.
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        object.__setattr__(self, "_kept", _KeptPlaces(self.network, self.travel))


class StreetStations:
    """Stations among which the nearest along streets are found."""

    def __init__(self, reach: NetworkReach, lons: Floats, lats: Floats, rows: Rows, certainty: Certainty) -> None:
        self.reach, self.lons, self.lats, self.rows, self.certainty = reach, lons, lats, rows, certainty

    def nearest_many(self, lons: Floats, lats: Floats, k: int, workers: int) -> tuple[Rows, Floats]:  # noqa: ARG002
        """Return rows and metres, shapes (n, k), of the stations nearest to places in degrees, shapes (n,).

        The nearest however far, the others as far as limit and rim.
        """
        reach = self.reach
        places, stations = reach.snapped(lons, lats), reach.snapped(self.lons, self.lats)
        found = shortest_times.nearest(reach.network, places, stations, reach.weight, check=reach.check)
        ats, metres = np.full((len(lons), k), -1, dtype=np.int64), np.full((len(lons), k), np.inf)
        ats[:, 0], metres[:, 0] = found.rows, np.where(found.rows >= 0, reach._metres(found), np.inf)
        if k > 1:
            within_m = reach.limit_m + reach.rim_m
            near = reach.pairs(lons, lats, self.lons, self.lats, within_m)
            ranked_ats, ranked_m = _ranked(near, len(lons), k)
            # Whoever has anybody within reach has the nearest among them.
            some = ranked_ats[:, 0] >= 0
            ats[some], metres[some] = ranked_ats[some], ranked_m[some]
        if self.certainty == "possible":
            ats, metres = _merged((ats, metres), _straight(lons, lats, places, self, stations, k))
        return np.where(ats >= 0, self.rows[ats], -1), metres


class _KeptPlaces:
    """Places and the points of streets they are joined to, each looked for once."""

    def __init__(self, network: Network, travel: str) -> None:
        self._network, self._travel = network, travel
        self._places = np.empty(0, dtype=np.complex128)
        self._points: SnappedPoints | None = None
        self._latest: deque[tuple[Floats, Floats, SnappedPoints]] = deque(maxlen=LATEST)

    def snapped(self, lons: Floats, lats: Floats) -> SnappedPoints:
        """Return the points on streets of places, degrees (n,)."""
        for known_lons, known_lats, points in self._latest:
            if known_lons is lons and known_lats is lats:
                return points
        found = self._found(lons + 1j * lats)
        self._latest.append((lons, lats, found))
        return found

    def _found(self, places: NDArray[np.complex128]) -> SnappedPoints:
        missing = np.unique(places[~self._are_known(places)])
        if self._points is None or len(self._places) + len(missing) > MAX_KEPT:
            self._places = np.unique(places)
            self._points = self._network.snap(self._places.real, self._places.imag, self._travel)
        elif missing.size:
            both = np.concatenate([self._places, missing])
            order = np.argsort(both)
            new = self._network.snap(missing.real, missing.imag, self._travel)
            self._places, self._points = both[order], _joined(self._points, new).chosen(order)
        return self._points.chosen(np.searchsorted(self._places, places))

    def _are_known(self, places: NDArray[np.complex128]) -> BoolArray:
        if not len(self._places):
            return np.zeros(len(places), dtype=bool)
        at = np.minimum(np.searchsorted(self._places, places), len(self._places) - 1)
        return np.asarray(self._places[at] == places)


def metres_per_minute(network: Network, travel: str) -> float:
    """Return the metres that a profile makes in a minute at most."""
    return network.top_speed_m_s(travel) * MINUTE_S


def are_apart(places: SnappedPoints, stations: SnappedPoints, rows: Rows, station_rows: Rows) -> BoolArray:
    """Return of which pairs, rows of shape (n,), the way is unknown."""
    one, other = places.components[rows], stations.components[station_rows]
    return np.asarray((one < 0) | (one != other))


def _ranked(near: Pairs, places: int, k: int) -> tuple[Rows, Floats]:
    """Return the k nearest stations of each place and the metres there, shapes (places, k), -1 and inf for none."""
    order = np.lexsort((near.stations, near.metres, near.places))
    place = near.places[order]
    rank = np.arange(len(place)) - np.searchsorted(place, place)
    order, place, rank = order[rank < k], place[rank < k], rank[rank < k]
    ats, metres = np.full((places, k), -1, dtype=np.int64), np.full((places, k), np.inf)
    ats[place, rank], metres[place, rank] = near.stations[order], near.metres[order]
    return ats, metres


def _straight(
    lons: Floats, lats: Floats, places: SnappedPoints, there: StreetStations, stations: SnappedPoints, k: int
) -> tuple[Rows, Floats]:
    """Return the k nearest stations of each place among those the way to which is unknown, straight."""
    ats, metres = np.full((len(lons), k), -1, dtype=np.int64), np.full((len(lons), k), np.inf)
    for component in np.unique(places.components).tolist():
        apart = np.flatnonzero((stations.components != component) | (component < 0))
        if not apart.size:
            continue
        here = np.flatnonzero(places.components == component)
        points = PointIndex(there.lons[apart], there.lats[apart], apart)
        ats[here], metres[here] = points.nearest_many(lons[here], lats[here], k, 1)
    return ats, metres


def _merged(one: tuple[Rows, Floats], other: tuple[Rows, Floats]) -> tuple[Rows, Floats]:
    ats, metres = (np.hstack(columns) for columns in zip(one, other, strict=True))
    order = np.argsort(metres, axis=1, kind="stable")[:, : one[0].shape[1]]
    return np.take_along_axis(ats, order, axis=1), np.take_along_axis(metres, order, axis=1)


def _joined(one: SnappedPoints, other: SnappedPoints) -> SnappedPoints:
    names = [name for name in one.__dataclass_fields__ if name != "profile"]
    return SnappedPoints(one.profile, *(np.concatenate([getattr(one, n), getattr(other, n)]) for n in names))
