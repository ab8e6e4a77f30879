"""The arrays of a street network: nodes, edges with their lines, and what each profile needs along them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.provenance import Bounds, Provenance
from stationmap.streets.grid import Grid

if TYPE_CHECKING:
    from scipy.sparse import csr_array

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
        self.edge_arcs = arrays["edge_arc"]  # of each edge the arc from its first node to its second
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

    def arc_seconds(self, profile: str, *, reverse: bool = False) -> Floats:
        """Return the seconds of each arc, shape (2e,), inf where the profile may not use it.

        With `reverse`, those of the arc in the other direction: what the transposed matrix holds.
        """
        found: Floats = self.arrays[f"{profile}_in_s" if reverse else f"{profile}_out_s"]
        return found

    def arc_costs(self, profile: str, weight: Weight, at: Rows, *, reverse: bool = False) -> Floats:
        """Return what some arcs cost that the profile may use, by their numbers, shape (m,)."""
        if weight == "time":
            return np.asarray(self.arc_seconds(profile, reverse=reverse)[at])
        return np.asarray(np.maximum(self.edge_length_m[self.arc_edges[at]], LEAST_COST))

    def matrix(self, profile: str, weight: Weight = "time", *, reverse: bool = False) -> csr_array:
        """Return the costs from node to node, shape (n, n), of arcs that may be used; with `reverse` transposed."""
        from scipy.sparse import csr_array  # a server without streets does without

        key = profile, weight, reverse
        found = self._matrices.get(key)
        if found is None:
            usable = np.isfinite(self.arc_seconds(profile, reverse=reverse))
            costs = self.arc_costs(profile, weight, np.flatnonzero(usable), reverse=reverse)
            first = np.concatenate(([0], np.cumsum(usable)))[self.arc_first].astype(np.int32)
            size = len(self.node_lons)
            found = self._matrices[key] = csr_array((costs, self.arc_heads[usable], first), shape=(size, size))
        return found

    def edge_line(self, edge: int) -> tuple[Floats, Floats]:
        """Return the points of an edge from its first node to its second, in degrees, shapes (points,)."""
        points = slice(int(self.edge_first_point[edge]), int(self.edge_first_point[edge + 1]))
        return self.point_lons_e7[points] / E7, self.point_lats_e7[points] / E7

    def edge_costs(
        self, profile: str, weight: Weight = "time", edges: Rows | slice = slice(None)
    ) -> tuple[Floats, Floats]:
        """Return what all edges, or some, cost forward and backward, shapes (e,); inf where they may not be used."""
        at = self.edge_arcs[edges]
        seconds = self.arrays[f"{profile}_out_s"][at], self.arrays[f"{profile}_in_s"][at]
        if weight == "time":
            return seconds
        length_m = self.edge_length_m[edges]
        forward, backward = (np.where(np.isfinite(each), length_m, np.inf) for each in seconds)
        return forward, backward
