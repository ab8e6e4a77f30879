"""An operator's own places: a table or a GeoJSON of names and points, in any datum, read whole or not at all.

read_own_places(data, "places.csv")                  # 名称,经度,纬度 and perhaps 英文名,别名,类别,重要性,地址
read_own_places(data, "places.csv", Datum.GCJ02)     # or that of a heading: 经度(GCJ-02)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

from shapely.errors import ShapelyError
from shapely.geometry import shape

from stationmap import strict_json
from stationmap.csv_reader import csv_text
from stationmap.csv_reader.vocabulary import folded_header, meaning
from stationmap.datum import CHINA_BOX, Datum, to_wgs84
from stationmap.errors import Finding, InvalidExtractError, InvalidTableError
from stationmap.places.place import KINDS, MAX_IMPORTANCE, MAX_NAME_CHARS, Kind, Place, other_names, plain_name

OWN_IMPORTANCE = MAX_IMPORTANCE
"""Of a row without one: before every place of the extract, as the operator chose to list it."""
MAX_DIGITS = 9
"""Of a number that is read at all: int() refuses thousands of them."""
MEMBERS = ("name", "lon", "lat", "name_en", "aliases", "kind", "importance", "address")
_OWN_HEADINGS = {"kind": ("类别", "类型", "kind"), "importance": ("重要性", "重要程度", "importance")}
_BETWEEN = re.compile(r"[;；、|/]+")
_SYSTEMS = ("crs84", "epsg::4326", "epsg:4326", "epsg::4490", "epsg:4490")


class _Row(NamedTuple):
    """A row or a feature: how a message calls it, its texts by member, and where it is."""

    where: str
    texts: Mapping[str, str]
    lon: float
    lat: float


def read_own_places(data: bytes, name: str, datum: Datum = Datum.WGS84) -> tuple[Place, ...]:
    """Read a list; degrees are in `datum` unless a heading names another one, in a GeoJSON too.

    Raises InvalidExtractError naming every row that is no place, and why; nothing is taken then.
    """
    try:
        rows, datum = _features(data, datum) if _is_json(data) else _table(data, datum)
    except InvalidTableError as error:
        raise InvalidExtractError((Finding(name, "not_understood", str(error)),)) from error
    findings = [Finding(f"{name}: {row.where}", "not_understood", fault) for row in rows for fault in _faults(row)]
    if not rows:
        findings = [Finding(name, "empty", "没有任何地点 holds no places")]
    if findings:
        raise InvalidExtractError(tuple(findings))
    return tuple(_place(at, row, datum) for at, row in enumerate(rows, 1))


def _is_json(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _table(data: bytes, datum: Datum) -> tuple[list[_Row], Datum]:
    records = csv_text.records(data)
    header = next(records, None)
    columns = [_column(cell) for cell in header.cells] if header else []
    at = {member: place for place, (member, _) in enumerate(columns) if member}
    csv_text.require(at, "name", "lon", "lat")
    named = {code for member, code in columns if code and member in ("lon", "lat")}
    if len(named) > 1:
        raise InvalidTableError("经度和纬度的坐标系不同 the headings of lon and lat name two datums: keep one")
    rows = [_row(record, at, len(columns)) for record in records if not record.is_blank]
    return rows, Datum(named.pop()) if named else datum


def _column(heading: str) -> tuple[str, str]:
    """Return the member a heading stands for, and the datum that it names."""
    name = folded_header(heading)
    own = next((member for member, spelt in _OWN_HEADINGS.items() if name in spelt), "")
    found = meaning(heading)
    return (own, "") if own else (found.member if found.member in MEMBERS else "", found.datum)


def _row(record: csv_text.Record, at: Mapping[str, int], width: int) -> _Row:
    cells = [cell.strip() for cell in record.cells]
    where = f"第 {record.line} 行 line {record.line}"
    if len(cells) > width and any(cells[width:]):
        return _Row(f"{where} (列数与表头不符 more cells than the header has)", {}, float("nan"), float("nan"))
    texts = {member: cells[place] for member, place in at.items() if place < len(cells)}
    return _Row(where, texts, csv_text.degrees(texts.get("lon", "")), csv_text.degrees(texts.get("lat", "")))


def _features(data: bytes, datum: Datum) -> tuple[list[_Row], Datum]:
    document = strict_json.read(data)
    if errors := [found for found in document.findings if found.severity == "error"]:
        raise InvalidTableError("; ".join(f"{each.where}: {each.detail}" for each in errors[:20]))
    value = document.value
    collection: Mapping[str, Any] = value if isinstance(value, dict) else {}
    features = collection.get("features")
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise InvalidTableError("不是 GeoJSON FeatureCollection is no GeoJSON FeatureCollection")
    match collection.get("crs"):
        case None:
            pass
        case {"properties": {"name": str(system)}} if system.casefold().endswith(_SYSTEMS):
            pass
        case _:
            raise InvalidTableError("请导出为 WGS-84 names another reference system: export it as WGS-84")
    return [_feature(number, each) for number, each in enumerate(features, 1)], datum


def _feature(number: int, feature: Mapping[str, Any]) -> _Row:
    properties = feature.get("properties")
    known = properties if isinstance(properties, dict) else {}
    texts = {_column(key)[0]: _as_text(value) for key, value in known.items()}
    lon, lat = _point(feature.get("geometry"))
    return _Row(f"第 {number} 个要素 feature {number}", texts, lon, lat)


def _point(geometry: object) -> tuple[float, float]:
    try:
        found = shape(geometry).representative_point()
        return found.x, found.y
    # Whatever stands where numbers and lists should: shapely looks at nothing before it uses it.
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, ShapelyError):
        return float("nan"), float("nan")


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ";".join(map(_as_text, value))
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _faults(row: _Row) -> Iterator[str]:
    texts, lon, lat = row.texts, row.lon, row.lat
    if not plain_name(texts.get("name", "")):
        yield f"没有名称，或超过 {MAX_NAME_CHARS} 字 has no name, or one of more than {MAX_NAME_CHARS} characters"
    if not (isfinite(lon) and isfinite(lat)):
        yield "没有经纬度，或不是数字 has no longitude and latitude that are numbers"
    elif abs(lon) > 180 or abs(lat) > 90 or _is_exchanged(lon, lat):
        yield "经纬度超出范围，可能写反了 is out of range: longitude and latitude may be exchanged"
    kind, importance = texts.get("kind", ""), texts.get("importance", "")
    if kind and kind.casefold() not in KINDS:
        yield f"类别不在列表中 its kind is none of: {', '.join(KINDS)}"
    if importance and not (
        importance.isdecimal() and len(importance) <= MAX_DIGITS and int(importance) <= MAX_IMPORTANCE
    ):
        yield f"重要性是 0 到 {MAX_IMPORTANCE} 的整数 its importance is no whole number from 0 to {MAX_IMPORTANCE}"


def _is_exchanged(lon: float, lat: float) -> bool:
    west, south, east, north = CHINA_BOX
    return not (west <= lon <= east and south <= lat <= north) and west <= lat <= east and south <= lon <= north


def _place(number: int, row: _Row, datum: Datum) -> Place:
    texts = row.texts
    kind: Kind = KINDS[KINDS.index(texts["kind"].casefold())] if texts.get("kind") else "own"
    lon, lat = to_wgs84(row.lon, row.lat, datum)
    shown, english = plain_name(texts["name"]), plain_name(texts.get("name_en", ""))
    aliases = other_names(map(plain_name, _BETWEEN.split(texts.get("aliases", ""))), (shown, english))
    return Place(
        kind,
        shown,
        lon,
        lat,
        int(texts.get("importance") or OWN_IMPORTANCE),
        english if english != shown else "",
        aliases,
        plain_name(texts.get("address", "")),
        id=f"own-{number}",
    )
