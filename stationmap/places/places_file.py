"""The file `places.geojson` of a city: one feature a line, the most important first, with where it all comes from.

    {"type":"FeatureCollection","stationmap":{...},"format":1,"total":412,"left_out":0,"readings":{...},"features":[
    {"type":"Feature","id":"n1","geometry":{...},"properties":{...}},
    ...
    ]}

`readings` holds the characters of all names by how they are read: a server of the file needs no dictionary. A line
is written the same way whoever writes it, so that files of one extract can be compared line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nsmallest
from math import isfinite
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from stationmap import files, provenance
from stationmap.errors import Finding, InvalidCityFileError
from stationmap.places.place import (
    DECIMALS,
    KINDS,
    MAX_ALIASES,
    MAX_IMPORTANCE,
    MAX_NAME_CHARS,
    MAX_PLACES,
    Place,
    order_key,
)
from stationmap.provenance import Provenance

FORMAT = 1
NEWER = "由更新的 stationmap 生成：请更新本程序 was built by a newer stationmap: update this one"
MAX_HEAD_BYTES = 4 * 1024 * 1024
MAX_LINE_BYTES = 16_384
MAX_AROUND_CHARS = 3 * MAX_NAME_CHARS
_END = b"]}"


class Head(NamedTuple):
    """What stands before the places: where they come from, how many are left out, how their characters are read."""

    provenance: Provenance
    left_out: int
    readings: dict[str, str]


def write(path: Path, places: Sequence[Place], made_of: Provenance, max_places: int = MAX_PLACES) -> int:
    """Write the most important places to a file; return how many were left out. Raises FileError."""
    from stationmap.search.pinyin import readings  # its dictionary is needed only where such a file is made

    kept = nsmallest(max_places, places, key=order_key)
    left_out = len(places) - len(kept)
    texts = (text for place in kept for text in (*place.names, place.around))
    head = {
        "type": "FeatureCollection",
        provenance.MEMBER: made_of.to_json(),
        "format": FORMAT,
        "total": len(kept),
        "left_out": left_out,
        "readings": readings(texts),
    }
    with files.written(path) as file:
        file.write(orjson.dumps(head)[:-1] + b',"features":[\n')
        for at, place in enumerate(kept):
            file.write((b",\n" if at else b"") + orjson.dumps(_feature(place)))
        file.write((b"\n" if kept else b"") + _END + b"\n")
    return left_out


def _feature(place: Place) -> dict[str, Any]:
    properties: dict[str, Any] = {"kind": place.kind, "name": place.name, "importance": place.importance}
    for member in ("name_en", "aliases", "around", "around_en"):
        if value := getattr(place, member):
            properties[member] = value
    point = [round(place.lon, DECIMALS), round(place.lat, DECIMALS)]
    return {
        "type": "Feature",
        "id": place.id,
        "geometry": {"type": "Point", "coordinates": point},
        "properties": properties,
    }


def read(file: IO[bytes], name: str) -> tuple[Head, Iterator[Place]]:
    """Return the head of an open file and its places, read as they are taken, one by one.

    Raises InvalidCityFileError where it is none, or damaged: at once, or when the first bad line is reached.
    """
    head, total = _head(file.readline(MAX_HEAD_BYTES), name)
    return head, _places(file, name, total)


def _head(line: bytes, name: str) -> tuple[Head, int]:
    try:
        if not line.endswith(b',"features":[\n'):
            raise ValueError("no head")
        found = orjson.loads(line.removesuffix(b',"features":[\n') + b"}")
        if type(found["format"]) is int and found["format"] > FORMAT:
            raise InvalidCityFileError((Finding(name, "newer_format", NEWER),))
        total, left_out, readings = found["total"], found["left_out"], found["readings"]
        if not (type(total) is type(left_out) is int and 0 <= total <= MAX_PLACES and left_out >= 0):
            raise ValueError("total")
        if not all(isinstance(text, str) and reading.isalpha() for reading, text in readings.items()):
            raise ValueError("readings")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if b'"build":' not in line:  # what stands in the head of every file that a build made
            raise InvalidCityFileError((Finding(name, "not_built", provenance.NOT_BUILT),)) from error
        raise _damaged(name, "line 1") from error
    return Head(provenance.read(found.get(provenance.MEMBER), name), left_out, readings), total


def _places(file: IO[bytes], name: str, total: int) -> Iterator[Place]:
    last = -MAX_IMPORTANCE - 1, 0
    for number in range(2, total + 2):
        line = file.readline(MAX_LINE_BYTES)
        try:
            place = _place(orjson.loads(line.rstrip(b",\n")))
            order = -place.importance, KINDS.index(place.kind)
            if order < last:
                raise ValueError("order")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _damaged(name, f"line {number}") from error
        last = order
        yield place
    if file.readline(MAX_LINE_BYTES).strip() != _END or file.readline(MAX_LINE_BYTES).strip():
        raise _damaged(name, f"line {total + 2}")


def _place(feature: Any) -> Place:
    lon, lat = map(float, feature["geometry"]["coordinates"])
    known = feature["properties"]
    kind, importance, aliases = known["kind"], known["importance"], tuple(known.get("aliases", ()))
    if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90 and kind in KINDS):
        raise ValueError("place")
    if type(importance) is not int or not 0 <= importance <= MAX_IMPORTANCE or len(aliases) > MAX_ALIASES:
        raise ValueError("importance")
    texts = {member: _text(known.get(member, ""), MAX_NAME_CHARS) for member in ("name", "name_en")}
    around = {member: _text(known.get(member, ""), MAX_AROUND_CHARS) for member in ("around", "around_en")}
    if not texts["name"]:
        raise ValueError("name")
    names = tuple(_text(each, MAX_NAME_CHARS) for each in aliases)
    return Place(
        kind, lon=lon, lat=lat, importance=importance, aliases=names, id=_text(feature["id"], 80), **texts, **around
    )


def _text(value: object, max_chars: int) -> str:
    # A line of the index is a name: what would end one cannot stand in it.
    if not isinstance(value, str) or len(value) > max_chars or not value.isprintable():
        raise ValueError("text")
    return value


def _damaged(name: str, where: str) -> InvalidCityFileError:
    detail = "文件已损坏或不完整：请重新运行 stationmap city build is damaged or cut short here: build it again"
    return InvalidCityFileError((Finding(f"{name}: {where}", "damaged", detail),))
