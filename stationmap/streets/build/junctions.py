"""Where ways are cut into edges, so that no two edges join the same two nodes and none returns to its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationmap.geo.geodesy import Floats
from stationmap.streets.build.ways import Ids, Ways

Flags = NDArray[np.bool_]


class Sections(NamedTuple):
    """e sections of ways, from one position to another: `starts`, `ends` (e,), their ends as nodes, and their ways."""

    starts: Ids
    ends: Ids
    from_nodes: Ids
    to_nodes: Ids
    ways: Ids


def without_repeats(ways: Ways) -> Ways:
    """Return the ways without positions that repeat the one before, and without ways of less than two positions."""
    sizes = np.diff(ways.first)
    of_way = np.repeat(np.arange(len(sizes)), sizes)
    kept = np.ones(len(ways.nodes), dtype=bool)
    kept[1:] = (ways.nodes[1:] != ways.nodes[:-1]) | (of_way[1:] != of_way[:-1])
    counts = np.bincount(of_way[kept], minlength=len(sizes))
    long = counts > 1
    kept &= long[of_way]
    first = np.concatenate(([0], np.cumsum(counts[long])))
    paces = {profile: pace[long] for profile, pace in ways.paces.items()}
    return Ways(first, ways.nodes[kept], ways.lons[kept], ways.lats[kept], paces, ways.spots)


def sections(ways: Ways, nodes: Ids, special: Flags) -> Sections:
    """Cut ways at their ends, where they meet, and at special nodes; again in the middle of loops and of doubles.

    `nodes` numbers the nodes of the positions from 0 on, shape (p,); `special`, shape (n,), are those to be cut at.
    """
    is_last = np.zeros(len(nodes), dtype=bool)
    is_last[ways.first[1:] - 1] = True
    uses = np.bincount(nodes, minlength=len(special))
    cut = special[nodes] | (uses[nodes] > 1) | is_last
    cut[ways.first[:-1]] = True
    while True:
        starts = np.flatnonzero(cut & ~is_last)
        at = np.flatnonzero(cut)
        ends = at[np.searchsorted(at, starts, side="right")]
        doubled = _doubled(nodes[starts], nodes[ends]) & (ends - starts > 1)
        if not doubled.any():
            of_way = np.searchsorted(ways.first, starts, side="right") - 1
            return Sections(starts, ends, nodes[starts], nodes[ends], of_way)
        cut[(starts[doubled] + ends[doubled]) // 2] = True


def _doubled(from_nodes: Ids, to_nodes: Ids) -> Flags:
    """Return which sections join nodes that another joins too, or a node with itself; shape (e,)."""
    _, group, sizes = np.unique(_joined(from_nodes, to_nodes), return_inverse=True, return_counts=True)
    return np.asarray((sizes[group] > 1) | (from_nodes == to_nodes))


def _joined(from_nodes: Ids, to_nodes: Ids) -> Ids:
    """Return one number for each pair of nodes, whichever of them comes first; shape (e,)."""
    low, high = np.minimum(from_nodes, to_nodes), np.maximum(from_nodes, to_nodes)
    return low * np.int64(1 << 31) + high


def merged(found: Sections, pace_of: dict[str, Floats]) -> tuple[Sections, dict[str, Floats]]:
    """Return sections without those that double another between the same two nodes, with the faster pace of each.

    `pace_of` are paces of the sections by profile, shape (e, 2). Only sections straight from node to node are still
    double here, so that they are one line. A section from a node to itself is left out.
    """
    _, first, group = np.unique(_joined(found.from_nodes, found.to_nodes), return_index=True, return_inverse=True)
    turned = found.from_nodes != found.from_nodes[first[group]]
    distinct = found.from_nodes[first] != found.to_nodes[first]
    paces = {}
    for profile, pace in pace_of.items():
        aligned = np.where(turned[:, None], pace[:, ::-1], pace)
        best = np.full((len(first), 2), np.inf)
        np.minimum.at(best, group, aligned)
        paces[profile] = best[distinct]
    return Sections(*(member[first[distinct]] for member in found)), paces
