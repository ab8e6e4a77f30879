"""Addresses of maps: where each of them has its point, in which order and datum.

What is documented for callers is read as it is documented; what the maps' own pages write, as they write it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote

from stationmap.datum import Datum
from stationmap.geo.baidu_mercator import bd09_degrees

SHORT_HOSTS = (
    ("surl.amap.com", "/"),
    ("j.map.baidu.com", "/"),
    ("maps.app.goo.gl", "/"),
    ("goo.gl", "/maps"),
    ("osm.org", "/go/"),
    ("maps.apple", "/p/"),
    ("url.cn", "/"),
    ("t.cn", "/"),
    ("dwz.cn", "/"),
)
"""Hosts and beginnings of paths of short addresses, which say nothing until somebody opens them."""

NotFound = Literal["address_without_place", "unknown_map"]
Order = Literal["lon_lat", "lat_lon"]
Parameters = Mapping[str, str]


class Found(NamedTuple):
    """A point that an address names; `is_view` tells that it is the middle of what was shown."""

    lon: float
    lat: float
    datum: Datum | None
    source: str
    is_view: bool = False


_NUMBER = r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,20})?"
_PAIR = re.compile(rf"(?<![0-9A-Za-z.])({_NUMBER})\s*[,|;\s]\s*({_NUMBER})(?![0-9.])")
_METRES = re.compile(r"@([0-9]{6,8}(?:\.[0-9]{1,10})?),([0-9]{6,8}(?:\.[0-9]{1,10})?)")
_VIEW = re.compile(rf"@({_NUMBER}),({_NUMBER})")
_GOOGLE_PIN = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
_OSM_VIEW = re.compile(rf"map=[0-9.]{{1,5}}/({_NUMBER})/({_NUMBER})")


def place_in_address(parts: SplitResult, host: str) -> Found | NotFound:
    """Return the point that the address of a map names, or why there is none."""
    for hosts, schemes, read in _MAPS:
        if parts.scheme.lower() in schemes or any(host == each or host.endswith(f".{each}") for each in hosts):
            query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=100)
            parameters = {name.lower(): values[0] for name, values in query.items()}
            return read(parts, parameters) or "address_without_place"
    return "unknown_map"


def _amap(_: SplitResult, given: Parameters) -> Found | None:
    is_wgs84 = given.get("coordinate", "").lower() == "wgs84" or given.get("dev") == "1"
    datum = Datum.WGS84 if is_wgs84 else Datum.GCJ02
    for name in ("position", "lnglat", "location", "locations", "to", "dest", "center", "from"):
        if pair := _pair(given.get(name), "lon_lat"):
            return Found(*pair, datum, "amap", is_view=name == "center")
    # What the app shares, once its short address is opened: id of the place, latitude, longitude, name, street.
    for name in ("p", "q"):
        if pair := _pair(given.get(name), "lat_lon"):
            return Found(*pair, datum, "amap")
    pair = _two(given, ("lng", "lat"), ("lon", "lat"), ("longitude", "latitude"), ("dlon", "dlat"), ("x", "y"))
    return Found(*pair, datum, "amap") if pair else None


_BAIDU_TYPES = {
    "gcj02": Datum.GCJ02,
    "gcj02ll": Datum.GCJ02,
    "wgs84": Datum.WGS84,
    "wgs84ll": Datum.WGS84,
    "bd09ll": Datum.BD09,
    "": Datum.BD09,
}


def _baidu(parts: SplitResult, given: Parameters) -> Found | None:
    kind = given.get("coord_type", "").lower()
    if metres := _METRES.search(parts.path + parts.fragment):
        degrees = bd09_degrees(float(metres[1]), float(metres[2]))
        return Found(*degrees, Datum.BD09, "baidu", is_view=True) if degrees else None
    for name in ("location", "latlng", "destination", "center", "origin"):
        text = given.get(name)
        if kind == "bd09mc" and text and (found := re.search(r"([0-9.]{6,20}),([0-9.]{6,20})", text)):
            degrees = bd09_degrees(float(found[2]), float(found[1]))
            return Found(*degrees, Datum.BD09, "baidu", is_view=name == "center") if degrees else None
        if pair := _pair(text, "lat_lon"):
            return Found(*pair, _BAIDU_TYPES.get(kind), "baidu", is_view=name == "center")
    return None


def _tencent(_: SplitResult, given: Parameters) -> Found | None:
    datum = Datum.WGS84 if given.get("coord_type") == "1" else Datum.GCJ02
    for name in ("marker", "coord", "tocoord", "center", "fromcoord"):
        if pair := _pair(given.get(name), "lat_lon"):
            return Found(*pair, datum, "tencent", is_view=name == "center")
    pair = _two(given, ("pointx", "pointy"), ("lng", "lat"))
    return Found(*pair, datum, "tencent") if pair else None


def _apple(_: SplitResult, given: Parameters) -> Found | None:
    # In China its map is 高德's, and its points are those of that map.
    for name in ("coordinate", "ll", "q", "daddr", "sll", "center"):
        if pair := _pair(given.get(name), "lat_lon"):
            return Found(*pair, Datum.GCJ02, "apple", is_view=name in ("sll", "center"))
    return None


def _google(parts: SplitResult, given: Parameters) -> Found | None:
    # Its streets of China are GCJ-02 and its pictures WGS-84: the address does not say which was looked at.
    path = unquote(parts.path)
    if pin := _GOOGLE_PIN.search(path):
        return Found(float(pin[2]), float(pin[1]), None, "google")
    for name in ("q", "query", "ll", "destination", "daddr", "center"):
        if pair := _pair(given.get(name), "lat_lon"):
            return Found(*pair, None, "google", is_view=name == "center")
    view = _VIEW.search(path)
    return Found(float(view[2]), float(view[1]), None, "google", is_view=True) if view else None


def _osm(parts: SplitResult, given: Parameters) -> Found | None:
    pair = _two(given, ("mlon", "mlat")) or _pair(given.get("query"), "lat_lon")
    if pair:
        return Found(*pair, Datum.WGS84, "osm")
    view = _OSM_VIEW.search(parts.fragment)
    return Found(float(view[2]), float(view[1]), Datum.WGS84, "osm", is_view=True) if view else None


def _geo(parts: SplitResult, given: Parameters) -> Found | None:
    pair = _pair(given.get("q"), "lat_lon") or _pair(parts.path, "lat_lon")
    return Found(*pair, Datum.WGS84, "geo") if pair else None


_MAPS: tuple[tuple[tuple[str, ...], tuple[str, ...], Callable[[SplitResult, Parameters], Found | None]], ...] = (
    (("amap.com", "gaode.com"), ("amapuri", "androidamap", "iosamap"), _amap),
    (("map.baidu.com",), ("bdapp", "baidumap"), _baidu),
    (("map.qq.com", "3gimg.qq.com"), ("qqmap",), _tencent),
    (("maps.apple.com",), ("maps",), _apple),
    (("maps.google.com", "google.com", "google.cn", "google.com.hk"), ("comgooglemaps",), _google),
    (("openstreetmap.org", "osm.org"), (), _osm),
    ((), ("geo",), _geo),
)
"""Hosts and schemes of each map, and what finds the point in an address of it."""


def _pair(text: str | None, order: Order) -> tuple[float, float] | None:
    """Return the first two numbers beside each other as longitude and latitude."""
    found = _PAIR.search(text or "")
    if not found:
        return None
    first, second = float(found[1]), float(found[2])
    return (first, second) if order == "lon_lat" else (second, first)


def _two(given: Parameters, *names: tuple[str, str]) -> tuple[float, float] | None:
    """Return longitude and latitude of two parameters."""
    for lon, lat in names:
        if re.fullmatch(_NUMBER, given.get(lon, "")) and re.fullmatch(_NUMBER, given.get(lat, "")):
            return float(given[lon]), float(given[lat])
    return None
