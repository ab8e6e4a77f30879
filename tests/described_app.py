"""An application that has something of everything the API describes: stations, streets, places, reports, people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Flask

from stationmap.extract.build import build
from stationmap.settings import Settings
from stationmap.web import create_app
from tests import small_city
from tests.apps import MONDAY_10
from tests.sent_reports import unhurried
from tests.staff import Clock

NONE = ("ABCDEFGHIJ", "长", "..", "a b", "--")
"""What is neither a station nor a receipt."""


def described_app(folder: Path) -> Flask:
    """Make the application over the fictional small city, everything in `folder`; reports may come at any rate."""
    build(
        small_city.write_extract(folder / "small.osm.pbf"),
        folder / "out",
        built_at=MONDAY_10,
        rights=small_city.FICTIONAL,
    )
    path = small_city.write_registry(folder / "stations.geojson")
    places = {"registry": path, "city": folder / "out", "data": folder / "data"}
    area = _square(folder / "areas.geojson")
    chosen = Settings(**places, audit_areas=area, audit_demand=area, poll_s=3_600)
    return unhurried(create_app(chosen, clock=Clock(MONDAY_10), writable=True))


def _square(path: Path) -> Path:
    """Write a small area with people in the middle of the city: a study of it takes no time."""
    (west, south), (east, north) = small_city.lon_lat(-600, -600), small_city.lon_lat(600, 600)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"adcode": "999901", "people": 1000}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def with_known_ids(document: dict[str, Any], stations: Iterable[str], codes: Iterable[str]) -> dict[str, Any]:
    """Narrow a description to stations, receipts and revisions that there are, and some that there are not."""
    known = {"station_id": [*stations, *NONE], "code": [*codes, *NONE], "after": [0, 1]}
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in known:
                    parameter["schema"] = {"enum": known[parameter["name"]]}
    document["components"]["schemas"]["ReportBody"]["properties"]["station_id"] = {"enum": known["station_id"]}
    return document
