"""GeoJSON that is no registry: features whose properties are the columns of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from stationmap.csv_reader.csv_text import Record
from stationmap.csv_reader.sheet import MeaningOf, Sheet, sheet_of
from stationmap.errors import InvalidTableError
from stationmap.exchange.readers.cells import Doubts, text_of, without_doubtful

WGS84_NAMES = ("crs84", "epsg::4326", "epsg:4326", "epsg::4490", "epsg:4490")
_PLACE = ("lon", "lat", "position")


def sheet_of_features(document: Mapping[str, Any], meaning_of: MeaningOf) -> Sheet:
    """Return a row a feature, numbered from 1: its id, its point in columns `lon` and `lat`, its properties.

    Properties that are coordinates too are passed over: the point says where the feature is. A feature without a point
    has none of them. Raises InvalidTableError.
    """
    _refuse_other_system(document)
    features = document.get("features")
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise InvalidTableError("features 不是一列要素 are no list of features")
    known = [each.get("properties") or {} for each in features]
    names = [
        name for name in dict.fromkeys(name for one in known for name in one) if meaning_of(name).member not in _PLACE
    ]
    own_id = () if any(meaning_of(name).member == "id" for name in names) else ("id",)
    doubts: Doubts = {}
    header = Record(0, 0, [*own_id, "lon", "lat", *names])
    records = _records(features, names, bool(own_id), doubts)
    return without_doubtful(sheet_of((header, *records), meaning_of), doubts)


def _records(features: Sequence[Any], names: Sequence[str], with_id: bool, doubts: Doubts) -> Iterator[Record]:
    for number, feature in enumerate(features, 1):
        known = feature.get("properties") or {}
        values = [*([feature.get("id")] if with_id else []), *_point(feature), *map(known.get, names)]
        cells = []
        for at, value in enumerate(values):
            text, doubt = (_nested(value), None) if isinstance(value, dict | list) else text_of(value)
            if doubt:
                doubts[number, at] = doubt
            cells.append(text)
        yield Record(number, number, cells)


def _point(feature: Mapping[str, Any]) -> tuple[Any, Any]:
    match feature.get("geometry"):
        case {"type": "Point", "coordinates": [int() | float() as lon, int() | float() as lat, *_]}:
            return lon, lat
    return None, None


def _nested(value: Any) -> str:
    return (
        "、".join(value)
        if isinstance(value, list) and all(isinstance(each, str) for each in value)
        else orjson.dumps(value).decode()
    )


def _refuse_other_system(document: Mapping[str, Any]) -> None:
    match document.get("crs"):
        case None:
            return
        case {"properties": {"name": str(name)}} if name.casefold().endswith(WGS84_NAMES):
            return
    raise InvalidTableError(
        "坐标系不是 WGS-84，请导出为 WGS-84 names another reference system than WGS-84 (RFC 7946): export it as WGS-84"
    )
