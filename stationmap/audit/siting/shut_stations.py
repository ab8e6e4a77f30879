"""Stations only shut at the moment studied, beside sites proposed for it: opening them longer may do instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from stationmap.audit.demand.weights import THOUSANDTHS, Demand, People
from stationmap.audit.inputs.cell_share import reached
from stationmap.audit.inputs.reach import Reach, parts_in_reach, parts_near, reach_of
from stationmap.audit.inputs.supply import Supply
from stationmap.audit.inputs.within_radius import Pairs
from stationmap.audit.siting.covering import reached_stations
from stationmap.audit.siting.proposal import ShutStation, Site
from stationmap.audit.siting.solvers.location_problem import IntArray


def beside_shut_stations(
    sites: tuple[Site, ...],
    demand: Demand,
    supply: Supply,
    shut: Supply,
    names: Mapping[str, str],
    radius_m: float | Reach,
    *,
    possible: bool = False,
) -> tuple[Site, ...]:
    """Return sites with the station of `shut`, within reach, that would add most people if it opened.

    What it would add is counted as the site's own people are: beyond the stations of `supply` that count and the
    sites ranked before.
    """
    if not len(shut) or not sites:
        return sites
    lons, lats = (np.array([getattr(site, name) for site in sites]) for name in ("lon", "lat"))
    reach = reach_of(radius_m)
    near = reach.pairs(lons, lats, shut.lons, shut.lats, reach.limit_m)
    of_shut = parts_near(demand.lons, demand.lats, demand.cell_m, shut.lons, shut.lats, reach)
    of_sites = parts_near(demand.lons, demand.lats, demand.cell_m, lons, lats, reach)
    counted = reached_stations(supply, reach, possible)
    served = np.zeros(len(demand), dtype=np.int64)
    if counted is not None:
        parts = parts_in_reach(demand.lons, demand.lats, demand.cell_m, counted, reach.limit_m)
        served = reached(demand.people, parts)
    found = []
    for at, site in enumerate(sites):
        some = near.places == at
        options = [
            (_more(demand, served, of_shut, row), -metres, row)
            for row, metres in zip(near.stations[some].tolist(), near.metres[some].tolist(), strict=True)
        ]
        added, metres, row = max(options, default=(0, 0.0, -1))
        found.append(replace(site, shut=_shut_station(shut, names, row, -metres, added) if added else None))
        places, people = _reach(demand, of_sites, at)
        served[places] = np.maximum(served[places], people)
    return tuple(found)


def _shut_station(shut: Supply, names: Mapping[str, str], row: int, metres: float, added: int) -> ShutStation:
    return ShutStation(shut.ids[row], names.get(shut.ids[row], ""), metres, added / THOUSANDTHS)


def _more(demand: Demand, served: People, near: tuple[Pairs, IntArray], station: int) -> int:
    """Return how many more people would be in reach."""
    places, reach = _reach(demand, near, station)
    return int(np.maximum(reach - served[places], 0).sum())


def _reach(demand: Demand, near: tuple[Pairs, IntArray], station: int) -> tuple[IntArray, People]:
    """Return the places a station reaches, and the people there that are in its reach."""
    some = near[0].stations == station
    places = near[0].places[some]
    return places, reached(demand.people[places], near[1][some])
