"""Places in stations per person, where capacities are known: the two-step floating catchment area (2SFCA).

First each station's capacity is divided by the people in its reach, then each person's access is the sum of these
ratios over the stations in reach: R_j = S_j / sum(P_k, d_kj <= R), A_i = sum(R_j, d_ij <= R). What stations offer is
thereby handed out in full, sum(P_i A_i) = sum(S_j) over the stations somebody reaches. Source: Luo & Wang,
Environment and Planning B 30 (2003) 865-884.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from stationmap.audit.demand.weights import THOUSANDTHS, Demand
from stationmap.audit.inputs.reach import Reach, reach_of
from stationmap.audit.inputs.supply import BoolArray, Certainty, Supply
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.inputs.within_radius import Rows
from stationmap.errors import CancelCheck, InvalidAuditError, never_cancelled
from stationmap.geo.geodesy import Floats, ecef, longest_chord_m
from stationmap.registry.model import Station

MAX_PAIRS = 500_000  # of a place and a station within reach, measured at a time; more only for a single station


@dataclass(frozen=True, eq=False)
class CapacityAccess:
    """CapacityAccess by one set of stations, those of unknown capacity left out."""

    places: Floats
    """Places in stations per person, shape (n,) of the demand's places; 0 out of reach of all."""
    mean: float
    """Weighted by people; 0 without stations."""
    districts: dict[str, float | None]
    """The same by district; None where nobody lives."""
    stations: dict[str, float | None]
    """Places per person in reach, by station; None where nobody is in reach."""


@dataclass(frozen=True, eq=False)
class Capacity:
    """CapacityAccess to the capacity of the confirmed stations, and of the possible ones."""

    confirmed: CapacityAccess
    possible: CapacityAccess
    unknown: tuple[str, ...]
    """Stations that possibly count and whose capacity is not known: access is understated by what they hold."""


def capacities_of(stations: Iterable[Station]) -> dict[str, int | None]:
    """Return how many people each station holds, None where the registry does not know."""
    return {station.id: station.properties.capacity for station in stations}


def floating_catchment(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    capacities: Mapping[str, int | None],
    radius_m: float | Reach,
    *,
    check: CancelCheck = never_cancelled,
) -> Capacity:
    """Measure access to capacity; a station without an entry in `capacities` is one of unknown capacity.

    `check` is called before every block of stations.
    Raises InvalidAuditError for a radius that cannot be meant, or capacities below 0.
    """
    reach = reach_of(radius_m)
    known = {each: held for each, held in capacities.items() if held is not None}
    if wrong := sorted(each for each, held in known.items() if not 0 <= held < math.inf):
        raise InvalidAuditError(f"capacities are 0 or more: {', '.join(wrong[:5])}{', ...' if wrong[5:] else ''}")
    counts = np.array([each in known for each in supply.ids], dtype=bool)
    unknown = tuple(sorted(np.array(supply.ids, dtype=object)[supply.possible & ~counts]))
    given = territory, demand, supply, known, reach, check
    confirmed = _access(*given, supply.confirmed & counts, "confirmed")
    if reach.is_straight and (supply.confirmed[counts] == supply.possible[counts]).all():
        return Capacity(confirmed, confirmed, unknown)
    return Capacity(confirmed, _access(*given, supply.possible & counts, "possible"), unknown)


def _access(
    territory: Territory,
    demand: Demand,
    supply: Supply,
    known: Mapping[str, int],
    reach: Reach,
    check: CancelCheck,
    counted: BoolArray,
    certainty: Certainty,
) -> CapacityAccess:
    # In the order of ids, so that sums of floats do not depend on that of the registry.
    chosen = np.array(sorted(np.flatnonzero(counted), key=supply.ids.__getitem__), dtype=np.int64)
    places = np.zeros(len(demand))
    stations: dict[str, float | None] = {}
    for rows in _batches(demand, supply, chosen, reach.limit_m):
        check()
        there = supply.lons[rows], supply.lats[rows]
        near = reach.pairs(demand.lons, demand.lats, *there, reach.limit_m, certainty=certainty)
        in_reach = np.bincount(near.stations, demand.people[near.places], len(rows)) / THOUSANDTHS
        held = np.array([known[supply.ids[row]] for row in rows], dtype=np.float64)
        ratios = np.divide(held, in_reach, out=np.zeros(len(rows)), where=in_reach > 0)
        places += np.bincount(near.places, ratios[near.stations], len(demand))
        served = in_reach > 0
        stations.update(
            (supply.ids[row], float(ratio) if some else None)
            for row, ratio, some in zip(rows, ratios, served, strict=True)
        )
    by_code = {code: _mean(demand, places, demand.districts == at) for at, code in enumerate(territory.codes)}
    return CapacityAccess(places, _mean(demand, places, demand.districts >= 0) or 0.0, by_code, stations)


def _batches(demand: Demand, supply: Supply, chosen: Rows, radius_m: float) -> list[Rows]:
    """Split rows of stations so that those of a part have about MAX_PAIRS places in reach."""
    if not chosen.size:
        return []
    middles = ecef(supply.lons[chosen], supply.lats[chosen])
    tree = cKDTree(ecef(demand.lons, demand.lats))
    counts = tree.query_ball_point(middles, longest_chord_m(radius_m), return_length=True)
    part = np.cumsum(counts) // MAX_PAIRS
    return np.split(chosen, np.flatnonzero(np.diff(part)) + 1)


def _mean(demand: Demand, places: Floats, chosen: BoolArray) -> float | None:
    everybody = int(demand.people[chosen].sum())
    # Sums by `fsum` are the same in whatever order places are given.
    return math.fsum(places[chosen] * demand.people[chosen]) / everybody if everybody else None
