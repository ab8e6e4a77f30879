"""A registry as GeoJSON with the members of the format only: a registry again, in canonical form."""

from __future__ import annotations

from typing import IO

from stationmap.errors import ProgressCallback
from stationmap.exchange.exported import EXPORTED_FROM, baseline_line
from stationmap.exchange.writers.table import EVERY
from stationmap.registry.model import Header
from stationmap.registry.registry import Registry, dumps


def write_geojson(registry: Registry, file: IO[bytes], language: str, on_progress: ProgressCallback) -> None:  # noqa: ARG001
    """Write a registry file whose header names, as `exported_from`, the revision it was made from."""
    said = registry.meta.model_dump(mode="json", exclude_unset=True, include=set(Header.model_fields))
    header = Header.model_validate({**said, EXPORTED_FROM: registry.revision})
    head, empty = dumps(Registry((), header)).split(b"\n", 1)
    file.write(head)
    for at, station in enumerate(registry.stations):
        if not at % EVERY:
            on_progress(at / len(registry), "")
        file.write(b",\n" if at else b"\n")
        file.write(baseline_line(station))
    file.write(b"\n" + empty.lstrip(b"\n"))
