"""A place out of what people paste: an address of a map, what an app shares, numbers in any order and writing.

    pasted_place("https://uri.amap.com/marker?position=117.2,34.26")    # PastedPlace(117.2, 34.26, Datum.GCJ02, ..)
    pasted_place("https://surl.amap.com/aBcD")                          # "short_link": nothing is asked of any server

Each map has its own order, parameters and datum (高德 uri.amap.com, 百度 api.map.baidu.com, 腾讯 apis.map.qq.com, as
their documents for callers say).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from stationmap.csv_reader import csv_cells
from stationmap.datum import Datum
from stationmap.editing.map_addresses import SHORT_HOSTS, Found, place_in_address

PasteFault = Literal["short_link", "address_without_place", "unknown_map", "no_place_found"]
"""Why a text is no place: one to be opened first, one without a point, one of no map that is known, none at all."""

MAX_CHARS = 4_000

_ADDRESS = re.compile(r"(?:https?://|[a-z]{2,20}://|geo:)[^\s<>\"'，。；、）】]+", re.IGNORECASE)
_NAMED_DATUM = (
    (re.compile(r"wgs-?\s?84|cgcs-?2000|gps", re.IGNORECASE), Datum.WGS84),
    (re.compile(r"gcj-?\s?02|火星|高德|腾讯|騰訊", re.IGNORECASE), Datum.GCJ02),
    (re.compile(r"bd-?\s?09|百度", re.IGNORECASE), Datum.BD09),
)
_LABELS = re.compile(r"^\s*(?:坐标|位置|经纬度|coordinates?|position|location)\s*[:：]", re.IGNORECASE)


class PastedPlace(NamedTuple):
    """A point in degrees of its datum, None where nobody knows which, and the map it is of, `numbers` for none.

    `is_swapped`: latitude was written first. `is_view`: it is the middle of what the map showed, not a mark on it.
    """

    lon: float
    lat: float
    datum: Datum | None
    source: str
    is_swapped: bool = False
    is_view: bool = False

    @property
    def is_from_map(self) -> bool:
        """Whether somebody picked the point on a map."""
        return self.source != "numbers"


def pasted_place(text: str) -> PastedPlace | PasteFault:
    """Return the place that a text names, or why it names none."""
    text = text[:MAX_CHARS].strip()
    address = _ADDRESS.search(text)
    if address:
        return _of_address(address[0])
    return _of_numbers(text)


def _of_address(text: str) -> PastedPlace | PasteFault:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return "no_place_found"
    if _is_short(host, parts):
        return "short_link"
    found = place_in_address(parts, host)
    if not isinstance(found, Found):
        return found
    if not (abs(found.lon) <= 180 and abs(found.lat) <= 90):
        return "address_without_place"
    return PastedPlace(found.lon, found.lat, found.datum, found.source, is_view=found.is_view)


def _is_short(host: str, parts: SplitResult) -> bool:
    return any(host == short and parts.path.startswith(path) for short, path in SHORT_HOSTS)


def _of_numbers(text: str) -> PastedPlace | PasteFault:
    datum = next((each for pattern, each in _NAMED_DATUM if pattern.search(text)), None)
    bare = _LABELS.sub("", text)
    for pattern, _ in _NAMED_DATUM:
        bare = pattern.sub("", bare)
    bare = re.sub(r"[(（]\s*[)）]|坐标系?", "", bare).strip(" \n:：,，;；")
    found = csv_cells.lon_lat(bare)
    if found is None:
        return "no_place_found"
    lon, lat = found
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return "no_place_found"
    return PastedPlace(lon, lat, datum, "numbers", is_swapped=_begins_with(bare, lat))


def _begins_with(text: str, value: float) -> bool:
    """Tell whether the first number of a text is this one, to the degree."""
    first = re.search(r"\d+", text)
    return first is not None and int(first[0]) == int(abs(value))
