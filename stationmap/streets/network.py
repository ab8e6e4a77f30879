"""A street network: it joins places to streets and gives the costs of ways along single edges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from stationmap.errors import Finding, InvalidCityFileError
from stationmap.geo.geodesy import Floats
from stationmap.provenance import MEMBER, Provenance
from stationmap.provenance import read as read_provenance
from stationmap.streets import graph_file, snapping
from stationmap.streets.build.segment_cells import SEGMENT_CELL_M
from stationmap.streets.faults import faults
from stationmap.streets.grid import Grid
from stationmap.streets.snapping import ACCESS_SPEED_M_S, SnappedPoints
from stationmap.streets.street_arrays import LEAST_COST, Rows, StreetArrays, Weight

if TYPE_CHECKING:
    from stationmap.streets.build.assembly import Assembled


class EndCosts(NamedTuple):
    """What it costs from n places to the ends of their edges, and from those to the places; shapes (n,).

    The way to the street is included; inf where a one-way forbids it or the place is unknown.
    """

    leave_from: Floats
    leave_to: Floats
    arrive_from: Floats
    arrive_to: Floats


class Network(StreetArrays):
    """An immutable network of n nodes and e edges, safe to share between threads."""

    def snap(self, lons: ArrayLike, lats: ArrayLike, profile: str) -> SnappedPoints:
        """Join places, degrees (n,), to the nearest street of a profile; raises InvalidPositionError."""
        return snapping.snap(self, lons, lats, profile)

    def ends(self, places: SnappedPoints, weight: Weight = "time") -> EndCosts:
        """Return what it costs from each place to the ends of its edge and back."""
        along, remaining = places.along_m, places.remaining_m
        known = np.flatnonzero(places.known)
        costs = [np.full(len(places), np.inf) for _ in range(4)]
        access, (forward, backward) = self._access(places, weight), self._rates(places, weight)
        waits = [self._waits(places, nodes, weight) for nodes in (places.from_nodes, places.to_nodes)]
        for found, metres, rate, wait in (
            (costs[0], along, backward, waits[0]),
            (costs[1], remaining, forward, waits[1]),
            (costs[2], along, forward, waits[0]),
            (costs[3], remaining, backward, waits[1]),
        ):
            # A place at the very end of an edge is at that node already, even against a one-way.
            way, pace = metres[known], rate[known]
            found[known] = access[known] + way * np.where(way > 0, pace, 0.0) + wait[known] / 2
        return EndCosts(*costs)

    def direct(self, origins: SnappedPoints, destinations: SnappedPoints, weight: Weight = "time") -> Floats:
        """Return what the way along one edge costs, shape (n,), from each origin to the destination of the same row.

        inf where they lie on different edges, or a one-way forbids it.
        """
        same = origins.known & (origins.edges == destinations.edges)
        ahead = destinations.along_m - origins.along_m
        forward, backward = self._rates(origins, weight)
        rate = np.where(ahead >= 0, forward, backward)
        access = self._access(origins, weight) + self._access(destinations, weight)
        with np.errstate(invalid="ignore"):
            cost = access + np.abs(ahead) * rate
        return np.where(same & ~np.isnan(cost), cost, np.inf)

    def _access(self, places: SnappedPoints, weight: Weight) -> Floats:
        return places.access_m / ACCESS_SPEED_M_S if weight == "time" else places.access_m

    def _rates(self, places: SnappedPoints, weight: Weight) -> tuple[Floats, Floats]:
        """Return what a metre of each place's edge costs, forward and backward, inf where forbidden; NaN if unknown."""
        edges = np.where(places.known, places.edges, 0)
        seconds = self.edge_costs(places.profile, "time", edges)
        if weight == "length":
            rates = [np.where(np.isfinite(each), 1.0, np.inf) for each in seconds]
        else:
            lost = sum(self._waits(places, nodes, weight) for nodes in (places.from_nodes, places.to_nodes)) / 2
            length_m = np.maximum(self.edge_length_m[edges], LEAST_COST)
            rates = [np.maximum(each - lost, 0.0) / length_m for each in seconds]
        forward, backward = (np.where(places.known, rate, np.nan) for rate in rates)
        return forward, backward

    def _waits(self, places: SnappedPoints, nodes: Rows, weight: Weight) -> Floats:
        if weight == "length":
            return np.zeros(len(places))
        return np.where(places.known, self.arrays[f"{places.profile}_wait_s"][nodes], 0.0).astype(np.float64)


def load(path: Path) -> Network:
    """Read `streets.graph`; raises FileError, or InvalidCityFileError with its findings."""
    found = graph_file.read(path)
    provenance = read_provenance(found.header.get(MEMBER), path.name)
    if problems := faults(found):
        raise InvalidCityFileError(tuple(Finding(path.name, "damaged", each) for each in problems))
    header = found.header
    grids = Grid(*header["tiles"]), Grid(*header["cells"])
    return Network(provenance, found.arrays, grids, header["cell_m"], header["top_speeds_m_s"])


def save(path: Path, provenance: Provenance, built: Assembled) -> None:
    """Write `streets.graph`, whole or not at all; raises FileError."""
    graph_file.write(path, header_of(provenance, built), built.arrays)


def header_of(provenance: Provenance, built: Assembled) -> dict[str, Any]:
    """Return the header of a file without the list of its arrays."""
    return {
        MEMBER: provenance.to_json(),
        "tiles": list(built.tiles),
        "cells": list(built.cells),
        "cell_m": SEGMENT_CELL_M,
        "top_speeds_m_s": built.top_speeds_m_s,
    }


def network_of(provenance: Provenance, built: Assembled) -> Network:
    """Return the network of arrays in memory, as `load` does of a file."""
    header = header_of(provenance, built)
    return Network(provenance, built.arrays, (built.tiles, built.cells), header["cell_m"], built.top_speeds_m_s)
