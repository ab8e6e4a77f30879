"""Objects of one name that lie near each other are one place: the pieces of a street, both stops of a road."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Point = tuple[float, float]

M_A_DEGREE = 111_195.0  # of a great circle on the mean sphere: neighbourhoods need no better


def neighbourhoods(items: Sequence[Item], points: Sequence[Sequence[Point]], join_m: float) -> Iterator[list[Item]]:
    """Yield the items in groups, each with the points (lon, lat) it lies on: those of a group lie near each other.

    Points in one cell of `join_m`, or in cells that touch, hang together: what is nearer than `join_m` always does, and
    what is further than three times that never does by itself. The order of items does not matter.
    """
    lats = [lat for its in points for _, lat in its]
    # One width for all: that of their middle, which lies in the same city or province.
    narrow = max(0.01, math.cos(math.radians((min(lats, default=0.0) + max(lats, default=0.0)) / 2)))
    owner: dict[tuple[int, int], int] = {}
    leader = list(range(len(items)))
    for at, its in enumerate(points):
        for cell in {_cell(point, join_m, narrow) for point in its}:
            _unite(leader, at, owner.setdefault(cell, at))
    for (east, north), one in owner.items():
        for beside in ((east + 1, north), (east + 1, north + 1), (east, north + 1), (east - 1, north + 1)):
            if (other := owner.get(beside)) is not None:
                _unite(leader, one, other)
    groups: dict[int, list[Item]] = defaultdict(list)
    for at, item in enumerate(items):
        groups[_find(leader, at)].append(item)
    yield from groups.values()


def by_key(items: Iterable[tuple[Hashable, Item]]) -> dict[Hashable, list[Item]]:
    """Return items by their key, in their order."""
    found: dict[Hashable, list[Item]] = defaultdict(list)
    for key, item in items:
        found[key].append(item)
    return found


def central(points: Sequence[Point]) -> int:
    """Return which of some points lies nearest to their middle."""
    lon, lat = (sum(each) / len(points) for each in zip(*points, strict=True))
    narrow = math.cos(math.radians(lat))
    return min(range(len(points)), key=lambda at: math.hypot((points[at][0] - lon) * narrow, points[at][1] - lat))


def _cell(point: Point, size_m: float, narrow: float) -> tuple[int, int]:
    lon, lat = point
    return math.floor(lon * narrow * M_A_DEGREE / size_m), math.floor(lat * M_A_DEGREE / size_m)


def _find(leader: list[int], at: int) -> int:
    while leader[at] != at:
        leader[at] = leader[leader[at]]
        at = leader[at]
    return at


def _unite(leader: list[int], one: int, other: int) -> None:
    first, second = sorted((_find(leader, one), _find(leader, other)))
    leader[second] = first
