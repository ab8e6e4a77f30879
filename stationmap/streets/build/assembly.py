"""Ways become the arrays of a network: nodes in the order of a grid, edges with their lines, times by profile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from stationmap.geo.geodesy import Floats, ecef, geodesic_m
from stationmap.streets.build import junctions
from stationmap.streets.build.junctions import Sections
from stationmap.streets.build.segment_cells import SEGMENT_CELL_M, segment_cells
from stationmap.streets.build.ways import Ids, Spots, Ways
from stationmap.streets.grid import Grid
from stationmap.streets.street_arrays import E7, LEAST_COST

Arrays = dict[str, NDArray[np.generic]]
TILE_M = 500.0  # of the grid that nodes are ordered by
MAX_SEGMENT_M = 50_000.0  # what is drawn straight for longer is a mistake, not a street
FRAGMENT_M = 250.0  # streets joined to nothing else, all together shorter than this, are gaps of the map, not islands


class Assembled(NamedTuple):
    """The arrays of a network by name, its grids, and the greatest speed of each profile in metres a second."""

    arrays: Arrays
    tiles: Grid
    cells: Grid
    top_speeds_m_s: dict[str, float]


def assemble(ways: Ways) -> Assembled:
    """Return the network of ways; raises ValueError where no profile may use any of them."""
    ways = junctions.without_repeats(ways._replace(lons=np.round(ways.lons * E7), lats=np.round(ways.lats * E7)))
    ids, at, numbers = np.unique(ways.nodes, return_index=True, return_inverse=True)
    special = np.isin(ids, ways.spots.ids)
    found = junctions.sections(ways, numbers.ravel(), special)
    found, paces = junctions.merged(found, {profile: pace[found.ways] for profile, pace in ways.paces.items()})
    lines = _lines(ways, found)
    usable = np.any([np.isfinite(pace).any(axis=1) for pace in paces.values()], axis=0)
    usable &= (lines.longest_m <= MAX_SEGMENT_M) & (lines.lengths_m > 0)
    if not usable.any():
        raise ValueError("no way that any profile may use")
    drawn = _Drawn(
        found.from_nodes[usable], found.to_nodes[usable], {name: pace[usable] for name, pace in paces.items()},
        lines.chosen(usable), ways.lons[at], ways.lats[at], _waits(ways.spots, ids),
    )  # fmt: skip
    return _numbered(_opened_at_barriers(drawn, ways.spots, ids))


class _Lines(NamedTuple):
    """Points of edges one after another, edge i from `first[i]` to `first[i + 1]`, in 1e-7 degrees, and metres."""

    first: Ids
    lons: NDArray[np.int32]
    lats: NDArray[np.int32]
    lengths_m: Floats
    longest_m: Floats

    def chosen(self, which: NDArray[np.bool_] | Ids) -> _Lines:
        """Return some of the lines, or all in another order."""
        rows = np.flatnonzero(which) if which.dtype == bool else which
        sizes = np.diff(self.first)[rows]
        first = np.concatenate(([0], np.cumsum(sizes)))
        points = np.arange(first[-1]) - np.repeat(first[:-1] - self.first[:-1][rows], sizes)
        return _Lines(first, self.lons[points], self.lats[points], self.lengths_m[rows], self.longest_m[rows])

    def followed_by(self, more: _Lines) -> _Lines:
        """Return these lines and others after them."""
        return _Lines(
            np.concatenate((self.first, self.first[-1] + more.first[1:])),
            np.concatenate((self.lons, more.lons)),
            np.concatenate((self.lats, more.lats)),
            np.concatenate((self.lengths_m, more.lengths_m)),
            np.concatenate((self.longest_m, more.longest_m)),
        )


class _Drawn(NamedTuple):
    from_nodes: Ids
    to_nodes: Ids
    paces: dict[str, Floats]
    lines: _Lines
    lons: Floats  # of nodes, in 1e-7 degrees
    lats: Floats
    waits: dict[str, Floats]


def _lines(ways: Ways, found: Sections) -> _Lines:
    sizes = found.ends - found.starts + 1
    first = np.concatenate(([0], np.cumsum(sizes)))
    points = np.arange(first[-1]) - np.repeat(first[:-1] - found.starts, sizes)
    lons, lats = ways.lons[points].astype(np.int32), ways.lats[points].astype(np.int32)
    metres = segment_lengths_m(lons, lats, first)
    return _Lines(first, lons, lats, np.add.reduceat(metres, first[:-1]), np.maximum.reduceat(metres, first[:-1]))


def segment_lengths_m(lons_e7: NDArray[np.int32], lats_e7: NDArray[np.int32], first: Ids) -> Floats:
    """Return geodesic metres from each point of lines to the next of its line, 0 at the last; shape (points,)."""
    lons, lats = lons_e7 / E7, lats_e7 / E7
    xyz = ecef(lons, lats)
    metres = np.zeros(len(lons))
    metres[:-1] = geodesic_m(lons[:-1], lats[:-1], xyz[:-1], lons[1:], lats[1:], xyz[1:])
    metres[first[1:] - 1] = 0.0
    return metres


def _waits(spots: Spots, ids: Ids) -> dict[str, Floats]:
    waits = {}
    known = np.isin(spots.ids, ids)
    for profile, wait_s in spots.wait_s.items():
        waits[profile] = np.zeros(len(ids))
        waits[profile][np.searchsorted(ids, spots.ids[known])] = wait_s[known]
    return waits


def _opened_at_barriers(drawn: _Drawn, spots: Spots, ids: Ids) -> _Drawn:
    """Give each edge that ends at a barrier an end of its own, joined to the others for the profiles that may pass."""
    barred_by = {profile: spots.ids[barred] for profile, barred in spots.barred.items()}
    split = np.isin(ids, np.unique(np.concatenate([*barred_by.values(), np.empty(0, dtype=np.int64)])))
    ends = np.concatenate((drawn.from_nodes, drawn.to_nodes))
    at = np.flatnonzero(split[ends])
    if not len(at):
        return drawn
    gates = ends[at]
    ends[at] = len(ids) + np.arange(len(at))
    from_nodes, to_nodes = np.split(ends, 2)
    passes = {
        profile: np.where(np.isin(ids[gates], barred_by[profile])[:, None], np.inf, [[0.0, 0.0]])
        for profile in drawn.paces
    }
    # A line of no length from the barrier to each end beside it.
    lons, lats = drawn.lons[gates], drawn.lats[gates]
    joints = _Lines(
        np.arange(len(at) + 1) * 2, np.repeat(lons, 2).astype(np.int32), np.repeat(lats, 2).astype(np.int32),
        np.zeros(len(at)), np.zeros(len(at)),
    )  # fmt: skip
    lines = drawn.lines
    return _Drawn(
        np.concatenate((from_nodes, gates)),
        np.concatenate((to_nodes, ends[at])),
        {profile: np.concatenate((pace, passes[profile])) for profile, pace in drawn.paces.items()},
        lines.followed_by(joints),
        np.concatenate((drawn.lons, lons)),
        np.concatenate((drawn.lats, lats)),
        {profile: np.concatenate((wait, np.zeros(len(at)))) for profile, wait in drawn.waits.items()},
    )


def _numbered(drawn: _Drawn) -> Assembled:
    """Number nodes by the tiles they lie in and edges by their nodes, and lay everything out in arrays."""
    used = np.flatnonzero(np.bincount(np.concatenate((drawn.from_nodes, drawn.to_nodes))))
    lons, lats = drawn.lons[used] / E7, drawn.lats[used] / E7
    tiles = Grid.over(lons, lats, TILE_M)
    keys = tiles.keys(lons, lats)
    order = np.argsort(keys, kind="stable")
    numbers = np.empty(len(drawn.lons), dtype=np.int64)
    numbers[used[order]] = np.arange(len(used))
    from_nodes, to_nodes = numbers[drawn.from_nodes], numbers[drawn.to_nodes]
    by_node = np.lexsort((to_nodes, from_nodes))
    from_nodes, to_nodes, lines = from_nodes[by_node], to_nodes[by_node], drawn.lines.chosen(by_node)
    arrays: Arrays = {
        "node_lons": lons[order],
        "node_lats": lats[order],
        "node_keys": keys[order],
        "edge_from": from_nodes.astype(np.int32),
        "edge_to": to_nodes.astype(np.int32),
        "edge_length_m": lines.lengths_m,
        "edge_first_point": lines.first.astype(np.int32),
        "point_lons_e7": lines.lons,
        "point_lats_e7": lines.lats,
    }
    arcs = _arcs(from_nodes, to_nodes, len(used))
    arrays |= arcs.arrays
    speeds = {}
    for profile, pace in drawn.paces.items():
        waits = drawn.waits[profile][used[order]]
        times = _times(pace[by_node], waits, from_nodes, to_nodes, lines.lengths_m)
        arrays |= _profile_arrays(profile, times, waits, arcs, lines.lengths_m, len(used))
        paces = pace[np.isfinite(pace) & (pace > 0)]
        speeds[profile] = max(1.0, 1 / float(paces.min())) if len(paces) else 1.0
    cells = Grid.over(lines.lons / E7, lines.lats / E7, SEGMENT_CELL_M)
    arrays |= segment_cells(cells, lines.lons / E7, lines.lats / E7, lines.first, lines.lengths_m > 0)
    return Assembled(arrays, tiles, cells, speeds)


class _Arcs(NamedTuple):
    """Both directions of each edge, by their first node: `first` (n + 1,); the others, shapes (2e,)."""

    first: NDArray[np.int32]
    heads: NDArray[np.int32]
    edges: NDArray[np.int32]
    forward: NDArray[np.bool_]

    @property
    def arrays(self) -> Arrays:
        """Return them as they stand in the file, with the forward arc of each edge."""
        edge_arcs = np.empty(len(self.edges) // 2, dtype=np.int32)
        edge_arcs[self.edges[self.forward]] = np.flatnonzero(self.forward)
        return {"edge_arc": edge_arcs, "arc_first": self.first, "arc_heads": self.heads, "arc_edges": self.edges}


def _arcs(from_nodes: Ids, to_nodes: Ids, nodes: int) -> _Arcs:
    rows, heads = np.concatenate((from_nodes, to_nodes)), np.concatenate((to_nodes, from_nodes))
    order = np.lexsort((heads, rows))
    first = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=nodes))))
    edges = order % len(from_nodes)
    return _Arcs(first.astype(np.int32), heads[order].astype(np.int32), edges.astype(np.int32), order < len(from_nodes))


def _times(pace: Floats, waits: Floats, from_nodes: Ids, to_nodes: Ids, lengths_m: Floats) -> Floats:
    """Return seconds along edges, forward and backward, shape (e, 2): half of what is lost at each of its ends."""
    half = (waits[from_nodes] + waits[to_nodes]) / 2
    with np.errstate(invalid="ignore"):
        moving = np.where(np.isfinite(pace), pace * lengths_m[:, None], np.inf)
    return np.maximum(moving + half[:, None], LEAST_COST)


def _profile_arrays(profile: str, times: Floats, waits: Floats, arcs: _Arcs, lengths_m: Floats, nodes: int) -> Arrays:
    out = np.where(arcs.forward, times[arcs.edges, 0], times[arcs.edges, 1])
    back = np.where(arcs.forward, times[arcs.edges, 1], times[arcs.edges, 0])
    components = _components(times, out, arcs, lengths_m, nodes)
    # No way leads from one component to another: none ends where there is no way back from.
    inside = components[arcs.edges] >= 0
    return {
        f"{profile}_out_s": np.where(inside, out, np.inf),
        f"{profile}_in_s": np.where(inside, back, np.inf),
        f"{profile}_wait_s": waits.astype(np.float32),
        f"{profile}_component": components,
    }


def _components(times: Floats, out: Floats, arcs: _Arcs, lengths_m: Floats, nodes: int) -> NDArray[np.int32]:
    """Return of each edge the component it lies in, 0 the longest; -1 where it may not be used, or is a fragment.

    From anywhere in a component everywhere else in it can be reached, one-ways heeded.
    """
    from scipy.sparse.csgraph import connected_components

    rows = np.repeat(np.arange(nodes), np.diff(arcs.first))
    open_ = np.isfinite(out)
    graph = csr_array((np.ones(int(open_.sum())), (rows[open_], arcs.heads[open_])), shape=(nodes, nodes))
    count, labels = connected_components(graph, directed=True, connection="strong")
    edge_rows = np.empty(len(times), dtype=np.int64)
    edge_heads = np.empty(len(times), dtype=np.int64)
    edge_rows[arcs.edges[arcs.forward]] = rows[arcs.forward]
    edge_heads[arcs.edges[arcs.forward]] = arcs.heads[arcs.forward]
    inside = (labels[edge_rows] == labels[edge_heads]) & np.isfinite(times).any(axis=1)
    of_edge = labels[edge_rows]
    total_m = np.bincount(of_edge[inside], weights=lengths_m[inside], minlength=count)
    by_length = np.argsort(-total_m, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[by_length] = np.arange(count)
    kept = inside & ((total_m >= FRAGMENT_M) | (rank == 0))[of_edge]
    return np.where(kept, rank[of_edge], -1).astype(np.int32)
