"""The registry as a GeoDataFrame, for notebooks and for whatever geopandas does well."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from stationmap.registry.model import FACILITIES, Station

WGS84 = "EPSG:4326"
_COLUMNS = (
    *("name", "name_en", "category", "district", "address", "directions", "hours", "hours_source", "status", "phone"),
    *("host", "managed_by", "capacity", "area_m2", "photo"),
)


def stations_frame(stations: Iterable[Station]) -> gpd.GeoDataFrame:
    """Return a row a station, indexed by id, points in WGS-84 degrees.

    Beside the plain properties: `level` (text), `who` may enter, `how` and `services` (tuples of codes), `access_note`,
    `opened` and `verified_on` (datetime64, NaT where unknown or never), `verified_by`, and a column `has_<facility>`
    for each code, True, False or NA where unknown (dtype boolean).
    """
    rows = list(stations)
    known = [station.properties for station in rows]
    table = {name: [getattr(one, name) for one in known] for name in _COLUMNS}
    table["level"] = [None if one.level is None else str(one.level) for one in known]
    table["who"] = [one.access.who for one in known]
    table["how"] = [one.access.how for one in known]
    table["access_note"] = [one.access.note for one in known]
    table["services"] = [one.services for one in known]
    table["opened"] = pd.to_datetime([one.opened for one in known])
    table["verified_on"] = pd.to_datetime([one.verified and one.verified.on for one in known])
    table["verified_by"] = [one.verified and one.verified.by for one in known]
    for code in FACILITIES:
        table[f"has_{code}"] = pd.array([one.facilities.get(code) for one in known], dtype="boolean")
    lons, lats = [station.position.lon for station in rows], [station.position.lat for station in rows]
    index = pd.Index([station.id for station in rows], name="id", dtype="object")
    return gpd.GeoDataFrame(table, index=index, geometry=gpd.points_from_xy(lons, lats), crs=WGS84)
