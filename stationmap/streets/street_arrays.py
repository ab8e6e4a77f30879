"""The arrays of a street network: nodes, edges with their lines, and what each profile needs along them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stationmap.geo.geodesy import Floats
from stationmap.provenance import Bounds, Provenance
from stationmap.streets.grid import Grid

E7 = 1e7  # OpenStreetMap's own resolution of a degree
LEAST_COST = 1e-9  # what costs nothing is no arc in a sparse matrix
Weight = Literal["time", "length"]
"""What is least: seconds, or metres along the streets."""
Rows = NDArray[np.int64]


class StreetArrays:
    """An immutable network of n nodes and e edges, safe to share between threads."""

    def __init__(
        self,
        provenance: Provenance,
        arrays: Mapping[str, NDArray[Any]],
        grids: tuple[Grid, Grid],
        cell_m: float,
        top_speeds_m_s: Mapping[str, float],
    ) -> None:
        self.provenance, self.arrays = provenance, arrays
        self.tiles, self.cells = grids
        self.cell_m, self._top_speeds = cell_m, dict(top_speeds_m_s)
        self.node_lons, self.node_lats, self.node_keys = (arrays[f"node_{name}"] for name in ("lons", "lats", "keys"))
        self.edge_from, self.edge_to, self.edge_length_m = (
            arrays[f"edge_{name}"] for name in ("from", "to", "length_m")
        )
        self.edge_first_point = arrays["edge_first_point"]
        self.point_lons_e7, self.point_lats_e7 = arrays["point_lons_e7"], arrays["point_lats_e7"]
        self.point_edges = arrays["point_edge"]
        self.arc_first, self.arc_heads, self.arc_edges = (arrays[f"arc_{name}"] for name in ("first", "heads", "edges"))
        self.cell_keys, self.cell_first, self.cell_segments = (
            arrays[f"cell_{name}"] for name in ("keys", "first", "segments")
        )
        self._matrices: dict[tuple[str, Weight, bool], csr_array] = {}

    @property
    def bounds(self) -> Bounds:
        """Return the box of which the network was built."""
        return self.provenance.bounds

    @property
    def profiles(self) -> tuple[str, ...]:
        """Return the codes of the profiles it knows."""
        return tuple(self._top_speeds)

    def top_speed_m_s(self, profile: str) -> float:
        """Return a speed no way is faster than: straight metres divided by it are at most the seconds of the way."""
        return self._top_speeds[profile]

    def components(self, profile: str) -> NDArray[np.int32]:
        """Return the component of each edge for a profile, shape (e,): 0 the longest, -1 none."""
        found: NDArray[np.int32] = self.arrays[f"{profile}_component"]
        return found

    def arc_costs(self, profile: str, weight: Weight, *, reverse: bool = False) -> Floats:
        """Return what each arc costs, shape (2e,), inf where the profile may not use it.

        With `reverse`, what the arc in the other direction costs: the weights of the transposed matrix.
        """
        seconds: Floats = self.arrays[f"{profile}_in_s" if reverse else f"{profile}_out_s"]
        return seconds if weight == "time" else np.where(np.isfinite(seconds), self.arc_metres, np.inf)

    @cached_property
    def arc_metres(self) -> Floats:
        """The metres of each arc, shape (2e,); what has no length has next to none."""
        return np.asarray(np.maximum(self.edge_length_m[self.arc_edges], LEAST_COST))

    def matrix(self, profile: str, weight: Weight = "time", *, reverse: bool = False) -> csr_array:
        """Return the costs from node to node, shape (n, n), of arcs that may be used; with `reverse` transposed."""
        key = profile, weight, reverse
        found = self._matrices.get(key)
        if found is None:
            costs = self.arc_costs(profile, weight, reverse=reverse)
            usable = np.isfinite(costs)
            before = np.concatenate(([0], np.cumsum(usable)))
            size = len(self.node_lons)
            found = self._matrices[key] = csr_array(
                (costs[usable], self.arc_heads[usable], before[self.arc_first].astype(np.int32)), shape=(size, size)
            )
        return found

    def edge_line(self, edge: int) -> tuple[Floats, Floats]:
        """Return the points of an edge from its first node to its second, in degrees, shapes (points,)."""
        points = slice(int(self.edge_first_point[edge]), int(self.edge_first_point[edge + 1]))
        return self.point_lons_e7[points] / E7, self.point_lats_e7[points] / E7

    def edge_costs(self, profile: str, weight: Weight = "time") -> tuple[Floats, Floats]:
        """Return what each edge costs, forward and backward, shapes (e,), inf where it may not be used."""
        seconds = self.edge_seconds(profile)
        if weight == "time":
            return seconds
        forward, backward = (np.where(np.isfinite(each), self.edge_length_m, np.inf) for each in seconds)
        return forward, backward

    def edge_seconds(self, profile: str) -> tuple[Floats, Floats]:
        """Return the seconds of each edge, forward and backward, shapes (e,), inf where it may not be used."""
        at = self._edge_arcs
        return self.arrays[f"{profile}_out_s"][at], self.arrays[f"{profile}_in_s"][at]

    @cached_property
    def _edge_arcs(self) -> Rows:
        """The arc of each edge from its first node to its second, shape (e,)."""
        at = np.empty(len(self.edge_from), dtype=np.int64)
        rows = np.repeat(np.arange(len(self.node_lons)), np.diff(self.arc_first))
        forward = np.flatnonzero(rows == self.edge_from[self.arc_edges])
        at[self.arc_edges[forward]] = forward
        return at
