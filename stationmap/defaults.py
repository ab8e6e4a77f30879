"""What holds where nobody says otherwise, and between which values and names an option chooses.

The command line, the web, the audit and the notebook take them from here. Nothing but the standard library is
imported, so that `stationmap --help` stays quick.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, get_args

NEIGHBOURS: Final = 5
"""Stations returned for one place."""
BATCH_NEIGHBOURS: Final = 1
"""Stations returned for each place of a file."""

RADIUS_M: Final = 1000.0
"""The national rule: a service circle of 1 km, a walk of 15 minutes."""
MAX_RADIUS_M: Final = 100_000.0
By = Literal["straight", "network"]
BYS: Final[tuple[By, ...]] = get_args(By)
"""What ways are measured along: straight lines, or the streets of the extract that is served."""
TravelCode = Literal["walk", "ebike"]
TRAVELS: Final[tuple[TravelCode, ...]] = get_args(TravelCode)
"""How people may come: the profiles of `data/travel_profiles.json`."""
TRAVEL: Final[TravelCode] = "walk"
"""How people come in an audit; riders travel as the setting `travel` has it."""
MINUTES: Final = 15.0
"""Along streets: what the national rule calls a walk."""
MAX_MINUTES: Final = 240.0
CELL_M: Final = 250.0
MIN_CELL_M: Final = 10.0
WEEK_OF: Final = date(2026, 1, 12)
"""The Monday of a week without a holiday or a make-up working day."""

Objective = Literal["max_coverage", "set_cover", "p_median", "longer_hours"]
OBJECTIVES: Final[tuple[Objective, ...]] = get_args(Objective)
OBJECTIVE: Final[Objective] = "max_coverage"
SITES: Final = 10
SHARE: Final = 0.8
"""Of the people, which `set_cover` has to reach."""
SPACING_M: Final = 0.0
SEED: Final = 0
SITING_S: Final = 30.0
"""Seconds a search for sites may take."""
PAGE_SITING_S: Final = 20.0
"""The same, where somebody waits for it before a page."""

LOCKED_WEEKS: Final = 8
"""How far back riders' reports tell at which hours of the week doors are locked."""

ExportEnding = Literal[".json", ".gpkg", ".geojson", ".csv", ".xlsx"]
EXPORT_ENDINGS: Final[tuple[ExportEnding, ...]] = get_args(ExportEnding)
"""Of files an outcome of the audit is written to. A further one is added here; type checks then ask for its form."""
MAP_ENDINGS: Final[tuple[ExportEnding, ...]] = (".geojson", ".gpkg")
"""Those of files for maps, which hold only what has a place."""

LIST_ENDINGS: Final = (".xlsx", ".csv", ".geojson", ".gpkg", ".fgb", ".parquet", ".gpx", ".kml")
"""Of files a registry is exported to; what writes each is in `exchange/export`."""

Executor = Literal["serial", "process", "dask"]
EXECUTORS: Final[tuple[Executor, ...]] = get_args(Executor)
EXECUTOR: Final[Executor] = "serial"
