"""Which collections there are: of what their features are, and what may be asked of them."""

from __future__ import annotations

from typing import NamedTuple

from stationmap.web.ogc import fields
from stationmap.web.ogc.parameters import ItemsQuery, items_query


class CollectionKind(NamedTuple):
    """A collection as it is described: its id, what its features are, and the parameters of their items."""

    id: str
    geometry: str
    fields: tuple[fields.Field, ...]
    query: type[ItemsQuery]
    is_of_audit: bool


STATIONS = CollectionKind(
    "stations", "Point", fields.STATION_FIELDS, items_query("StationItemsQuery", fields.STATION_FIELDS), False
)
AREAS = CollectionKind(
    "areas", "MultiPolygon", fields.AREA_FIELDS, items_query("AreaItemsQuery", fields.AREA_FIELDS), True
)
GAPS = CollectionKind("gaps", "MultiPolygon", fields.GAP_FIELDS, items_query("GapItemsQuery", fields.GAP_FIELDS), True)
KINDS = {kind.id: kind for kind in (STATIONS, AREAS, GAPS)}
