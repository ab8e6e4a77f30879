"""Applications for tests: over a registry of a few stations, at a moment the test chooses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, dumps
from stationmap.settings import Settings
from stationmap.web import create_app

MONDAY_10 = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)


def registry_of(stations: Iterable[Station], **header: Any) -> Registry:
    """Make a registry of some stations."""
    return Registry(tuple(stations), Header.model_validate({"format": 1, "title": "试", **header}))


def app_over(folder: Path, registry: Registry, *, at: datetime = MONDAY_10, **settings: Any) -> Flask:
    """Make an application over a registry, written to a file in `folder`; it looks at the file only when told to."""
    path = folder / "stations.geojson"
    path.write_bytes(dumps(registry))
    return create_app(Settings(registry=path, poll_s=3_600, **settings), clock=lambda: at)
