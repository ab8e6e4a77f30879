"""The study area of the page: areas, the people in them by cell, and how areas are called."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
from stationmap.city import AREAS, own_folder
from stationmap.defaults import CELL_M
from stationmap.errors import FileError, InvalidAuditError
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue
from stationmap.settings import Settings
from stationmap.settings_sources import PREFIX, InvalidSettingsError
from stationmap.web.audit import cells as audit_cells

MAX_AREAS = 256  # the document of cells holds a cell's area in an octet
MAX_CELLS = 1_000_000  # a browser goes through all of them when the radius moves


_Found = TypeVar("_Found")


@dataclass(frozen=True, eq=False)
class StudyArea:
    """What is studied whatever the registry: areas, the people in them by cell, and how areas are called."""

    territory: Territory
    demand: Demand
    names: Mapping[str, str] = field(default_factory=dict)
    """Names by code, of areas that have one in their file and none in the catalogue."""
    tag: str = ""
    """Tells the files it is made of; empty for the city and its residents."""


def study_area_from(settings: Settings) -> StudyArea | None:
    """Read the areas and the people the settings name; None if they name none.

    Raises InvalidSettingsError with a line for each file that cannot be studied.
    """
    folder = own_folder(settings.city)
    areas = settings.audit_areas or (folder and folder / AREAS)
    if not (areas or settings.audit_demand):
        return None
    faults: list[str] = []
    path = settings.audit_demand
    studied = _tried("audit_areas" if settings.audit_areas else "city", faults, lambda: _studied(areas))
    if studied is None:
        _tried("audit_demand", faults, lambda: path and _read(path))
        raise InvalidSettingsError("\n".join(faults))
    territory, names = studied
    demand = _tried("audit_demand", faults, lambda: _people(path, territory))
    if demand is None:
        raise InvalidSettingsError("\n".join(faults))
    files = [_read(each) if each else b"" for each in (areas, path)]
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
