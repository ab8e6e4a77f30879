"""What a map needs to know of tiles before it asks for any: TileJSON 3.0.

Format: https://github.com/mapbox/tilejson-spec/tree/master/3.0.0
"""

from __future__ import annotations

from typing import Any

from markupsafe import escape

from stationmap.registry.model import Header
from stationmap.search.query import Bounds
from stationmap.tiles.encoding import CLUSTERS, STATIONS
from stationmap.tiles.z_order import MAX_ZOOM

STATION_FIELDS = {
    "id": "id of the station",
    "name": "name in Chinese",
    "name_en": "name in English, where it has one",
    "category": "kind of station",
    "district": "adcode of the county-level unit",
    "who": "who may enter",
    "riders": "whether a rider may enter: welcome, unsure, restricted, out_of_use",
    "state": "open, closed, or unknown where one cannot rely on it",
    "until": "next change of opening, ISO 8601, where one is known",
    "reported": "locked while riders report it so",
    "label": "演示数据 on demonstration data",
}
CLUSTER_FIELDS = {
    "count": "stations in it",
    "usable": "how many of them are open",
    "unknown": "of how many of them that is unknown",
    "splits_at": "first zoom at which they are more than one mark",
    "label": "演示数据 on demonstration data",
}


def tilejson(about: Header, bounds: Bounds | None, address: str, *, label: str = "") -> dict[str, Any]:
    """Return the document of the tiles at an address, whole and with {z}, {x} and {y} in it.

    `label` stands before what the registry says of itself where it is demonstration data.
    """
    what = "Stations where one can rest, and clusters of them with how many are open 户外劳动者服务站"
    whose = (label, about.title, about.source, about.licence)
    return {
        "tilejson": "3.0.0",
        "tiles": [address],
        "name": about.title or STATIONS,
        "description": " · ".join(text for text in (label, what) if text),
        # The one member that maps show as HTML.
        "attribution": str(escape(" · ".join(text for text in whose if text))),
        "scheme": "xyz",
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        **({"bounds": list(bounds)} if bounds else {}),
        "vector_layers": [
            {"id": STATIONS, "fields": STATION_FIELDS, "minzoom": 0, "maxzoom": MAX_ZOOM},
            {"id": CLUSTERS, "fields": CLUSTER_FIELDS, "minzoom": 0, "maxzoom": MAX_ZOOM - 1},
        ],
    }
