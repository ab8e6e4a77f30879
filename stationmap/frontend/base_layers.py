"""The base layers of a map, as data: where their images come from, in which datum, and whom they credit.

The orientation layer is drawn from our own file and sends no request to another host. Every other layer
is off until the operator's setting names it, and then a person still has to choose it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from stationmap.datum import Datum, DrawnOnPhone
from stationmap.errors import StationmapError

KEY_PATTERN = re.compile(r"[0-9A-Za-z]{1,64}\Z")


class OnlineLayer(NamedTuple):
    """A raster layer of another host; `urls` lie on each other, `{key}` in them stands for the operator's key."""

    code: str
    urls: tuple[str, ...]
    subdomains: str
    datum: DrawnOnPhone
    attribution: str
    max_zoom: int

    @property
    def needs_key(self) -> bool:
        return any("{key}" in url for url in self.urls)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host from which a browser may load images of this layer."""
        names = [urlsplit(url).netloc for url in self.urls]
        return tuple(dict.fromkeys(name.replace("{s}", part) for name in names for part in self.subdomains))

    def keyed(self, key: str) -> OnlineLayer:
        """Return the layer with the key in its addresses; StationmapError if the key cannot be one."""
        if not self.needs_key:
            return self
        if not KEY_PATTERN.match(key):
            raise StationmapError(
                f"map layer {self.code} needs a key of letters and digits: set STATIONMAP_{self.code.upper()}_KEY"
            )
        return self._replace(urls=tuple(url.replace("{key}", key) for url in self.urls))


_TIANDITU = (
    "https://t{s}.tianditu.gov.cn/DataServer?T=vec_w&x={x}&y={y}&l={z}&tk={key}",
    "https://t{s}.tianditu.gov.cn/DataServer?T=cva_w&x={x}&y={y}&l={z}&tk={key}",
)
_AMAP = ("https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",)

ONLINE_LAYERS: dict[str, OnlineLayer] = {
    layer.code: layer
    for layer in (
        OnlineLayer("tianditu", _TIANDITU, "01234567", Datum.WGS84, "天地图 · 国家地理信息公共服务平台", 18),
        OnlineLayer("amap", _AMAP, "1234", Datum.GCJ02, "高德地图 AutoNavi", 18),
        OnlineLayer(
            "osm",
            ("https://tile.openstreetmap.org/{z}/{x}/{y}.png",),
            "0",
            Datum.WGS84,
            "© OpenStreetMap contributors",
            19,
        ),
    )
}


def online_layers(codes: Iterable[str], *, tianditu_key: str = "") -> tuple[OnlineLayer, ...]:
    """Return the layers an operator enabled, in that order; StationmapError for an unknown code or a missing key."""
    chosen = list(dict.fromkeys(codes))
    if unknown := sorted(set(chosen) - set(ONLINE_LAYERS)):
        raise StationmapError(f"no such map layer: {', '.join(unknown)}; known: {', '.join(ONLINE_LAYERS)}")
    return tuple(ONLINE_LAYERS[code].keyed(tianditu_key) for code in chosen)


def image_hosts(layers: Iterable[OnlineLayer]) -> tuple[str, ...]:
    """Return the origins from which a page with these layers loads images, for its Content-Security-Policy."""
    return tuple(f"https://{host}" for layer in layers for host in layer.hosts)
