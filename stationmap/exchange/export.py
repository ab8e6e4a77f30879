"""A registry as a file, in the form its ending asks for.

with files.written(path) as file:
    export(registry, ".xlsx", file)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO

from stationmap.errors import ProgressCallback, StationmapError, no_progress
from stationmap.exchange.writers import geodata, waypoints
from stationmap.exchange.writers.registry_file import write_geojson
from stationmap.exchange.writers.table import write_csv
from stationmap.exchange.writers.workbook import write_workbook
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.registry import Registry

Writer = Callable[[Registry, IO[bytes], str, ProgressCallback], None]


WRITERS: Mapping[str, Writer] = {
    ".xlsx": write_workbook,
    ".csv": write_csv,
    ".geojson": write_geojson,
    ".gpkg": geodata.write_geopackage,
    ".fgb": geodata.write_flatgeobuf,
    ".parquet": geodata.write_geoparquet,
    ".gpx": waypoints.write_gpx,
    ".kml": waypoints.write_kml,
}
"""What writes a registry, by the ending of the file's name: those of `defaults.LIST_ENDINGS`, which a test compares."""


def export(
    registry: Registry,
    ending: str,
    file: IO[bytes],
    language: str = DEFAULT_LANGUAGE,
    on_progress: ProgressCallback = no_progress,
) -> None:
    """Write the stations with the members of the format; raises StationmapError for an ending there is no form for."""
    writer = WRITERS.get(ending.lower())
    if writer is None:
        raise StationmapError(f"{ending or '?'}: 没有这种格式 no such form of file: take one of {', '.join(WRITERS)}")
    writer(registry, file, language, on_progress)
