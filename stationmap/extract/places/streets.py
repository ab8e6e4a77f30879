"""Named streets and the crossings of two of them, of the ways of an extract."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from stationmap.extract.extract import Extract, tags_of
from stationmap.extract.places.neighbourhoods import Point, by_key, central, neighbourhoods
from stationmap.extract.places.rules import Names, PlaceRules, is_chinese, names_of
from stationmap.places.place import Place, other_names

MAX_STREETS_OF_CROSSING = 6
"""Names that meet at one node; of more it is no crossing that anybody calls by two."""


@dataclass(frozen=True)
class Piece:
    """A way with a name: its class, where it lies in the points of all ways."""

    id: int
    names: Names
    highway: str
    importance: int
    begin: int
    end: int


@dataclass
class StreetPieces:
    """All named ways: their pieces and, one after the other, their nodes with where these are in degrees."""

    pieces: list[Piece] = field(default_factory=list)
    nodes: array[int] = field(default_factory=lambda: array("q"))
    lons: array[float] = field(default_factory=lambda: array("d"))
    lats: array[float] = field(default_factory=lambda: array("d"))

    def points(self, piece: Piece) -> list[Point]:
        """Return the points of a piece."""
        return list(zip(self.lons[piece.begin : piece.end], self.lats[piece.begin : piece.end], strict=True))


def read_pieces(extract: Extract, rules: PlaceRules, look: Callable[[], None]) -> StreetPieces:
    """Read the ways of an extract that are streets with a name or a number; `look` is called for each object."""
    from osmium.filter import KeyFilter

    found = StreetPieces()
    classes = rules.streets["importance"]
    each: Any
    for each in extract.objects(KeyFilter("highway"), KeyFilter("name", "name:zh", "name:en", "ref")):
        look()
        if not each.is_way():
            continue
        tags = tags_of(each)
        highway = tags.get("highway", "").removesuffix("_link")
        names = names_of(tags, with_ref=True) if highway in classes and tags.get("area") != "yes" else None
        if names is None:
            continue
        begin = len(found.nodes)
        for node in each.nodes:
            if node.location.valid() and extract.contains(node.lon, node.lat):
                found.nodes.append(node.ref)
                found.lons.append(node.lon)
                found.lats.append(node.lat)
        if len(found.nodes) > begin:
            importance = rules.importance(classes[highway], tags)
            found.pieces.append(Piece(each.id, names, highway, importance, begin, len(found.nodes)))
    return found


def streets(found: StreetPieces, rules: PlaceRules) -> Iterator[Place]:
    """Yield one place for each name and neighbourhood: a point on the street, near the middle of it."""
    for pieces in by_key((piece.names.shown, piece) for piece in found.pieces).values():
        for group in neighbourhoods(pieces, [found.points(piece) for piece in pieces], rules.streets["join_m"]):
            yield _street(found, group)


def _street(found: StreetPieces, pieces: Sequence[Piece]) -> Place:
    points = [point for piece in pieces for point in found.points(piece)]
    lon, lat = points[central(points)]
    shown = pieces[0].names.shown
    english = next((piece.names.english for piece in pieces if piece.names.english), "")
    others = other_names((name for piece in pieces for name in piece.names[2]), (shown, english))
    importance = max(piece.importance for piece in pieces)
    number = min(piece.id for piece in pieces)
    return Place("street", shown, lon, lat, importance, english, others, id=f"w{number}")


def crossings(found: StreetPieces, rules: PlaceRules) -> Iterator[Place]:
    """Yield one place for each two names that meet at a node, and neighbourhood."""
    wanted = [piece for piece in found.pieces if piece.highway in rules.crossings["of"]]
    meetings = by_key(
        (tuple(sorted((one.names.shown, other.names.shown))), (at, one, other))
        for at, one, other in _meetings(found, wanted)
    )
    share = rules.crossings["share"]
    for met in meetings.values():
        points = [(found.lons[at], found.lats[at]) for at, _, _ in met]
        for group in neighbourhoods(list(range(len(met))), [[point] for point in points], rules.crossings["join_m"]):
            own = [points[at] for at in group]
            lon, lat = own[central(own)]
            node, one, other = met[group[central(own)]]
            wider, narrower = sorted((one, other), key=lambda piece: (-piece.importance, piece.names.shown))
            importance = round(share * (one.importance + other.importance) / 2)
            yield _crossing(wider.names, narrower.names, lon, lat, importance, f"n{found.nodes[node]}")


def _meetings(found: StreetPieces, pieces: Sequence[Piece]) -> Iterator[tuple[int, Piece, Piece]]:
    """Yield where pieces of two names share a node: its place in the arrays, and a piece of each name, in order."""
    nodes = np.frombuffer(found.nodes, dtype=np.int64) if len(found.nodes) else np.empty(0, dtype=np.int64)
    places = np.concatenate([np.empty(0, dtype=np.int64), *(np.arange(piece.begin, piece.end) for piece in pieces)])
    owners = np.repeat(np.arange(len(pieces)), [piece.end - piece.begin for piece in pieces])
    order = np.argsort(nodes[places], kind="stable")
    places, owners = places[order], owners[order]
    starts = np.flatnonzero(np.diff(nodes[places], prepend=-1, append=-1))
    for begin, end in zip(starts.tolist(), starts[1:].tolist(), strict=False):
        if end - begin < 2:
            continue
        by_name = {pieces[at].names.shown: pieces[at] for at in sorted(owners[begin:end].tolist(), reverse=True)}
        if 2 <= len(by_name) <= MAX_STREETS_OF_CROSSING:
            for one, other in combinations(by_name.values(), 2):
                yield int(places[begin]), one, other


def _crossing(first: Names, second: Names, lon: float, lat: float, importance: int, osm_id: str) -> Place:
    """Return the place of two streets; it is found by their names in either order (`places/places.searched_names`)."""
    english = [names.english or ("" if is_chinese(names.shown) else names.shown) for names in (first, second)]
    in_english = " and ".join(english) if all(english) else ""
    if not is_chinese(first.shown + second.shown):
        return Place("crossing", f"{first.shown} / {second.shown}", lon, lat, importance, in_english, id=osm_id)
    shown = f"{first.shown}与{second.shown}路口"
    return Place("crossing", shown, lon, lat, importance, in_english, id=osm_id)
