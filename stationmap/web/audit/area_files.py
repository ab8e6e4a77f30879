"""The files of a study area: areas, the people in them by cell, and how areas are called."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from stationmap import files
from stationmap.audit.demand.areas import read_areas
from stationmap.audit.demand.census import residents
from stationmap.audit.demand.readers import MAX_BYTES
from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.caveats import Note
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.studies.city_territory import city
from stationmap.audit.studies.study_config import read_demand_file
from stationmap.defaults import CELL_M
from stationmap.errors import FileError, InvalidAuditError
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue
from stationmap.settings_sources import PREFIX, InvalidSettingsError
from stationmap.web.audit import cells as audit_cells
from stationmap.web.audit.study_area import StudyArea

MAX_AREAS = 256  # the document of cells holds a cell's area in an octet
MAX_CELLS = 1_000_000  # a browser goes through all of them when the radius moves


_Found = TypeVar("_Found")


def read_study_area(areas: Path | None, people: Path | None, *, areas_named_by: str) -> StudyArea:
    """Read a study area from the files of its areas and people, of which there is one at least.

    Raises InvalidSettingsError with a line for each file that cannot be studied, under the setting that names it.
    """
    faults: list[str] = []
    studied = _tried(areas_named_by, faults, lambda: _studied(areas))
    if studied is None:
        _tried("audit_demand", faults, lambda: people and _read(people))
        raise InvalidSettingsError("\n".join(faults))
    territory, names = studied
    demand = _tried("audit_demand", faults, lambda: _people(people, territory))
    if demand is None:
        raise InvalidSettingsError("\n".join(faults))
    files = [_read(each) if each else b"" for each in (areas, people)]
    tag = hashlib.sha256(b"\0".join(files)).hexdigest()[:16]
    return StudyArea(territory, _naming(audit_cells.by_cell(territory, demand), names), names, tag)


def city_study_area() -> StudyArea:
    """Return the city and its residents."""
    return StudyArea(city(), residents(city()))


def with_notes(demand: Demand, *notes: Note) -> Demand:
    """Return the demand with more that a reader of its figures must know."""
    return replace(demand, source=demand.source.with_notes(*notes))


def _tried(setting: str, faults: list[str], work: Callable[[], _Found]) -> _Found | None:
    try:
        return work()
    except (InvalidAuditError, FileError) as error:
        faults.append(f"{PREFIX}{setting.upper()}: {error}")
        return None


def _read(path: Path) -> bytes:
    return files.read(path, max_bytes=MAX_BYTES)


def _studied(path: Path | None) -> tuple[Territory, Mapping[str, str]]:
    """Return the areas of a file cut into cells, and their names."""
    if path is None:
        return city(), {}
    areas = read_areas(_read(path), path.name)
    if len(areas.polygons) > MAX_AREAS:
        raise InvalidAuditError(f"{path.name}: {len(areas.polygons):,} areas are more than {MAX_AREAS}")
    territory = Territory.of(areas.polygons, CELL_M)
    if len(territory) > MAX_CELLS:
        raise InvalidAuditError(f"{path.name}: {territory.area_km2:,.0f} km² are too many for a page to show")
    known = catalogue(DEFAULT_LANGUAGE)
    return territory, {code: name for code, name in areas.names.items() if f"district.{code}" not in known}


def _people(path: Path | None, territory: Territory) -> Demand:
    """Return the people of a file, else the residents known of the areas."""
    if path is not None:
        return read_demand_file(path, territory)
    try:
        return residents(territory)
    except InvalidAuditError as error:
        unknown = ", ".join(territory.codes)
        raise InvalidAuditError(f"must name a file of people: no residents are known of {unknown}") from error


def _naming(demand: Demand, names: Mapping[str, str]) -> Demand:
    """Return the demand with a note on the names of areas, which explain the codes to the readers of a file."""
    listed = ", ".join(f"{code} {name}" for code, name in sorted(names.items()))
    return with_notes(demand, Note("areas_named", {"names": listed})) if listed else demand
