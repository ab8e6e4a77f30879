"""Which objects of OpenStreetMap the ground shows: in which layer, of which kind, from which zoom on.

The layers and their attributes are a contract with the scripts that paint them (`docs/city.md`). Each rule takes the
tags of an object and returns what it is on the ground, or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MIN_ZOOM, MAX_ZOOM = 5, 15
MAX_NAME_LENGTH = 80  # characters; the longest names on maps are half as long

Tags = Mapping[str, str]
KEYS = (
    *("highway", "railway", "waterway", "natural", "landuse", "leisure", "building", "amenity", "shop", "place"),
    "addr:housenumber",
)
"""An object without any of these keys is not on the ground."""


Attributes = dict[str, str | int]


class Shown(NamedTuple):
    """What an object is on the ground: its layer, its attributes, the first zoom that has it."""

    layer: str
    attributes: Attributes
    min_zoom: int


SEA = Shown("water", {"kind": "sea"}, MIN_ZOOM)
_STREETS = {
    "motorway": ("motorway", 6),
    "trunk": ("trunk", 6),
    "primary": ("primary", 8),
    "secondary": ("secondary", 10),
    "tertiary": ("tertiary", 11),
    **dict.fromkeys(("residential", "unclassified", "living_street", "road"), ("minor", 12)),
    "service": ("service", 14),
    **dict.fromkeys(("footway", "path", "cycleway", "pedestrian", "bridleway", "track"), ("path", 14)),
    "steps": ("steps", 14),
}
_RAILS = {
    **dict.fromkeys(("rail", "narrow_gauge"), ("rail", 9)),
    **dict.fromkeys(("subway", "light_rail", "monorail"), ("metro", 11)),
    "tram": ("tram", 11),
}
_WATERWAYS = {"river": ("river", 9), "canal": ("canal", 11), "stream": ("stream", 13), "ditch": ("stream", 14)}
_GREEN = {
    ("leisure", "park"): "park",
    ("leisure", "garden"): "park",
    ("landuse", "recreation_ground"): "park",
    ("landuse", "village_green"): "park",
    ("landuse", "forest"): "forest",
    ("natural", "wood"): "forest",
    ("landuse", "grass"): "grass",
    ("landuse", "meadow"): "grass",
    ("natural", "grassland"): "grass",
    ("natural", "scrub"): "grass",
    ("leisure", "pitch"): "pitch",
    ("landuse", "cemetery"): "cemetery",
    ("amenity", "grave_yard"): "cemetery",
}
_LANDMARKS = {
    ("amenity", "school"): "school",
    ("amenity", "hospital"): "hospital",
    ("shop", "mall"): "mall",
    ("leisure", "park"): "park",
    **dict.fromkeys((("amenity", "university"), ("amenity", "college")), "university"),
    ("amenity", "townhall"): "government",
}
_PLACES = {
    "city": ("city", 5),
    "town": ("town", 8),
    "suburb": ("suburb", 10),
    "village": ("village", 12),
    **dict.fromkeys(("neighbourhood", "quarter", "hamlet"), ("neighbourhood", 13)),
}
_TRUE = ("yes", "true", "1")
_GREEN_ZOOMS = {"forest": 8, "park": 10, "grass": 12, "pitch": 13, "cemetery": 12}


def of_line(tags: Tags) -> Shown | None:
    """Return what a way is as a line: a street, a rail, a waterway."""
    highway, rail, water = tags.get("highway", ""), tags.get("railway", ""), tags.get("waterway", "")
    link = highway.endswith("_link")
    if (street := _STREETS.get(highway.removesuffix("_link"))) and tags.get("area") not in _TRUE:
        kind, zoom = street
        attributes: Attributes = {
            "kind": kind,
            **({"link": 1} if link else {}),
            **_level(tags),
            **_oneway(tags),
            **_names(tags),
        }
        return Shown("streets", attributes, zoom)
    if line := _RAILS.get(rail):
        side = tags.get("service") in ("yard", "siding", "spur", "crossover")
        return Shown("rails", {"kind": line[0], **_level(tags)}, 13 if side else line[1])
    if (line := _WATERWAYS.get(water)) and "tunnel" not in tags:
        return Shown("water", {"kind": line[0], **_names(tags)}, line[1])
    return None


def of_area(tags: Tags) -> list[Shown]:
    """Return what a closed way or a multipolygon is as an area; a building may be several things at once."""
    found = []
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank" or tags.get("landuse") == "reservoir":
        river = tags.get("water") in ("river", "canal", "stream") or "waterway" in tags
        found.append(Shown("water", {"kind": "river" if river else "lake", **_names(tags)}, 6))
    if green := next((kind for pair, kind in _GREEN.items() if tags.get(pair[0]) == pair[1]), None):
        found.append(Shown("green", {"kind": green}, _GREEN_ZOOMS[green]))
    if tags.get("building", "no") != "no":
        found.append(Shown("buildings", {}, 14))
    return found


def of_point(tags: Tags) -> list[Shown]:
    """Return what a node, or the middle of an area, is as a point: a stop, a place, a landmark, a house's number."""
    found = [each for each in (_stop(tags), _place(tags), _landmark(tags)) if each]
    if number := _plain(tags.get("addr:housenumber", "")):
        found.append(Shown("houses", {"number": number}, MAX_ZOOM))
    return found


def _stop(tags: Tags) -> Shown | None:
    metro = tags.get("station") in ("subway", "light_rail", "monorail") or tags.get("subway") == "yes"
    if tags.get("railway") in ("station", "halt"):
        return Shown("stops", {"kind": "metro" if metro else "station", **_names(tags)}, 12 if metro else 10)
    if tags.get("highway") == "bus_stop" or tags.get("amenity") == "bus_station":
        return Shown("stops", {"kind": "bus", **_names(tags)}, 15)
    return None


def _place(tags: Tags) -> Shown | None:
    names = _names(tags)
    if not names or not (place := _PLACES.get(tags.get("place", ""))):
        return None
    return Shown("places", {"kind": place[0], **names}, place[1])


def _landmark(tags: Tags) -> Shown | None:
    kind = next((kind for pair, kind in _LANDMARKS.items() if tags.get(pair[0]) == pair[1]), None)
    names = _names(tags)
    return Shown("landmarks", {"kind": kind, **names}, 14) if kind and names else None


def _level(tags: Tags) -> Attributes:
    if tags.get("bridge", "no") != "no":
        return {"level": 1}
    return {"level": -1} if tags.get("tunnel", "no") != "no" else {}


def _oneway(tags: Tags) -> Attributes:
    value = tags.get("oneway", "")
    if value in ("-1", "reverse"):
        return {"oneway": -1}
    implied = tags.get("junction") == "roundabout" or tags.get("highway") == "motorway"
    return {"oneway": 1} if value in _TRUE or (implied and value != "no") else {}


def _names(tags: Tags) -> Attributes:
    """Return the name, in Chinese where one is given, and the English one where it is another."""
    name = _plain(tags.get("name:zh", "")) or _plain(tags.get("name", ""))
    english = _plain(tags.get("name:en", ""))
    return {**({"name": name} if name else {}), **({"name_en": english} if english and english != name else {})}


def _plain(text: str) -> str:
    """Return one line of a length that fits on a map; a text from outside may be anything."""
    if len(text) <= MAX_NAME_LENGTH and text.isprintable():
        return text.strip()
    visible = "".join(char if char.isprintable() else " " for char in text[: 4 * MAX_NAME_LENGTH])
    return " ".join(visible.split())[:MAX_NAME_LENGTH].strip()
