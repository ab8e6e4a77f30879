"""Objects with a name that are places by their tags: points, and areas taken at a point inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import shapely
from shapely.geometry import MultiPolygon, Polygon

from stationmap.extract.extract import Extract, tags_of
from stationmap.extract.places.neighbourhoods import Point, by_key, central, neighbourhoods
from stationmap.extract.places.rules import KindRule, Names, PlaceRules, also_called, names_of
from stationmap.extract.places.surroundings import District
from stationmap.places.place import Place, other_names
from stationmap.search.folding import folded

NAME_KEYS = ("name", "name:zh", "name:zh-Hans", "name:en")
_FIRST = {"r": 0, "w": 1, "n": 2}
"""Of two objects of one place the more is known of the larger one."""


class NamedObject(NamedTuple):
    """An object of OpenStreetMap that is a place, with where it lies."""

    id: str
    rule: KindRule
    names: Names
    importance: int
    point: Point


def read_objects(extract: Extract, rules: PlaceRules, look: Callable[[], None]) -> Iterator[NamedObject]:
    """Yield the places of an extract by its rules, without streets; `look` is called for each object."""
    from osmium.filter import KeyFilter

    each: Any
    for each in extract.objects(KeyFilter(*NAME_KEYS), KeyFilter(*rules.keys), areas=True):
        look()
        if each.is_relation() or (each.is_way() and each.is_closed()):
            continue  # those come as areas
        tags = tags_of(each)
        rule, names = rules.kind_of(tags), names_of(tags)
        point = _point(each) if rule and names else None
        if rule and names and point and extract.contains(*point):
            yield NamedObject(_id(each), rule, names, rules.importance(rule.importance, tags), point)


def read_districts(extract: Extract, rules: PlaceRules, look: Callable[[], None]) -> list[District]:
    """Return the areas of administration of an extract that tell places apart."""
    from osmium.filter import KeyFilter, TagFilter

    found = []
    levels = [("admin_level", level) for level in rules.around["admin_levels"]]
    each: Any
    for each in extract.objects(KeyFilter(*NAME_KEYS), TagFilter(*levels), areas=True):
        look()
        names = names_of(tags_of(each))
        area = _area(each) if each.is_area() and names else None
        if names and area is not None:
            found.append(District(names, area))
    return found


def joined(objects: list[NamedObject]) -> Iterator[Place]:
    """Yield one place for each kind, name and neighbourhood."""
    keyed = (((each.rule.kind, folded(each.names.shown)), each) for each in objects)
    for alike in by_key(keyed).values():
        points = [[each.point] for each in alike]
        for group in neighbourhoods(alike, points, alike[0].rule.join_m):
            yield _place(sorted(group, key=lambda each: (_FIRST[each.id[0]], each.id)))


def _place(group: list[NamedObject]) -> Place:
    largest = [each for each in group if each.id[0] == group[0].id[0]]
    chosen = largest[central([each.point for each in largest])]
    english = chosen.names.english or next((each.names.english for each in group if each.names.english), "")
    shown = chosen.names.shown
    names = [name for each in group for name in (each.names.shown, *each.names.others)]
    others = other_names([*names, *also_called(chosen.rule, shown)], (shown, english))
    importance = max(each.importance for each in group)
    return Place(chosen.rule.kind, shown, *chosen.point, importance, english, others, id=chosen.id)


def _id(made: Any) -> str:
    if made.is_area():
        return f"{'w' if made.from_way() else 'r'}{made.orig_id()}"
    return f"{'n' if made.is_node() else 'w'}{made.id}"


def _point(made: Any) -> Point | None:
    if made.is_node():
        return (made.location.lon, made.location.lat) if made.location.valid() else None
    if made.is_area():
        area = _area(made)
        inside = None if area is None else area.representative_point()
        return None if inside is None else (inside.x, inside.y)
    nodes = [(node.lon, node.lat) for node in made.nodes if node.location.valid()]
    return nodes[len(nodes) // 2] if nodes else None


def _area(area: Any) -> MultiPolygon | Polygon | None:
    """Return the shape of an area; None where its rings are none."""
    rings = [
        (
            [(node.lon, node.lat) for node in outer],
            [[(node.lon, node.lat) for node in inner] for inner in area.inner_rings(outer)],
        )
        for outer in area.outer_rings()
    ]
    polygons = [Polygon(shell, holes) for shell, holes in rings if len(shell) > 3]
    shape = shapely.make_valid(MultiPolygon(polygons)) if polygons else None
    return None if shape is None or shape.is_empty else shape
