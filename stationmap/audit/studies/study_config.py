"""A study as a TOML file, so that it can be repeated: what it is of, what it asks, where its outcomes are written."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stationmap import files
from stationmap.audit.demand.areas import read_areas
from stationmap.audit.demand.census import residents
from stationmap.audit.demand.weights import Demand
from stationmap.audit.inputs.stations_inside import count_inside, notes_of, require_inside
from stationmap.audit.inputs.supply import Requirements
from stationmap.audit.inputs.territory import Territory
from stationmap.audit.metrics.coverage import coverage
from stationmap.audit.studies.city_territory import city, city_areas
from stationmap.audit.studies.question import NO_STREETS, StudyQuestion
from stationmap.audit.studies.study import CoverageFunction, Study
from stationmap.datum import Datum
from stationmap.defaults import (
    CELL_M,
    MINUTES,
    OBJECTIVE,
    RADIUS_M,
    SEED,
    SHARE,
    SITES,
    SITING_S,
    SPACING_M,
    TRAVEL,
    WEEK_OF,
    By,
    Objective,
)
from stationmap.errors import InvalidAuditError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.checks.positions import Counties
from stationmap.registry.registry import Registry
from stationmap.registry.store import load
from stationmap.resources import demo_registry
from stationmap.search.usability import RIDERS

if TYPE_CHECKING:
    from stationmap.streets.network import Network

MAX_CONFIG_BYTES = 2**20  # bytes of a study
MAX_NAMED = 100  # members that cannot be


class _Part(BaseModel):
    """A part of the file; a member it does not know is an error, not a request that is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PeopleConfig(_Part):
    """Whom the stations are for; without a file, the residents of the districts."""

    file: Path | None = None
    datum: Datum = Datum.WGS84
    tracks: bool = False


class SitingConfig(_Part):
    """What to build next."""

    objective: Objective = OBJECTIVE
    n: int = Field(default=SITES, ge=1)
    share: float = Field(default=SHARE, gt=0, le=1)
    candidates: Path | None = None
    forbidden: Path | None = None
    spacing_m: float = Field(default=SPACING_M, ge=0)
    seed: int = SEED
    seconds: float = Field(default=SITING_S, gt=0)


class StudyConfig(_Part):
    """A whole study. Paths are relative to the folder of the file."""

    registry: Path | None = None
    radius_m: float = RADIUS_M
    by: By = "straight"
    travel: str = TRAVEL
    minutes: float | None = None
    streets: Path | None = None
    """The file `streets.graph` of an extract; without it, that of the city served."""
    at: datetime | None = None
    week: date = WEEK_OF
    day: date | None = None
    possible: bool = False
    cell_m: float = CELL_M
    categories: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    areas: Path | None = None
    """GeoJSON of the areas studied, each with its adcode; without it, the city's districts."""
    people: PeopleConfig = PeopleConfig()
    site: SitingConfig | None = None
    changes: Path | None = None
    """A JSON list of changes to the stations, for the outcome `whatif`."""
    earlier: Path | None = None
    """An earlier registry, for the outcome `compare`."""
    outcomes: dict[str, Path | tuple[Path, ...]] = Field(min_length=1)
    """Names of outcomes, each with the file or files it is written to."""

    @property
    def question(self) -> StudyQuestion:
        at = self.at.replace(tzinfo=ZONE) if self.at is not None and self.at.utcoffset() is None else self.at
        requirements = requirements_of(self.categories, self.facilities, self.who)
        return StudyQuestion(
            self.radius_m, requirements, at, self.week, self.day, self.possible, self.by, self.travel, self._minutes
        )

    @property
    def _minutes(self) -> float | None:
        """The minutes within reach: along streets those of the rule, unless minutes or a radius are given."""
        usual = self.by == "network" and "radius_m" not in self.model_fields_set
        return MINUTES if self.minutes is None and usual else self.minutes

    def files(self) -> list[tuple[str, Path]]:
        """Return outcome and file, in the order of the file."""
        return [
            (name, path)
            for name, paths in self.outcomes.items()
            for path in ((paths,) if isinstance(paths, Path) else paths)
        ]

    def inputs(self) -> list[Path]:
        """Return the files a study is read from."""
        sites = (self.site.candidates, self.site.forbidden) if self.site else ()
        return [
            path
            for path in (self.registry, self.areas, self.streets, self.people.file, self.changes, self.earlier, *sites)
            if path
        ]


def read(path: Path) -> StudyConfig:
    """Read a study; InvalidAuditError names every member that cannot be."""
    try:
        members = tomllib.loads(files.read(path, max_bytes=MAX_CONFIG_BYTES).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also for a number of thousands of digits
        raise InvalidAuditError(f"{path}: is not TOML: {error}") from error
    try:
        return StudyConfig.model_validate(members)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        beyond = [f"and {len(problems) - MAX_NAMED:,} more"] if len(problems) > MAX_NAMED else []
        raise InvalidAuditError(f"{path}: " + "; ".join((*problems[:MAX_NAMED], *beyond))) from error


def study_from_config(
    file: StudyConfig,
    folder: Path,
    *,
    made_on: date | None = None,
    count_coverage: CoverageFunction = coverage,
    streets: Path | None = None,
) -> Study:
    """Make the study a file describes, which lies in `folder`; `streets` are those where it names none."""
    registry = load(folder / file.registry if file.registry else demo_registry())
    people = file.people.model_copy(update={"file": file.people.file and folder / file.people.file})
    return build_study(
        registry, file.question, people,
        areas=file.areas and folder / file.areas, cell_m=file.cell_m, districts=file.districts,
        made_on=made_on, count_coverage=count_coverage,
        streets=load_streets(folder / file.streets if file.streets else streets) if file.by == "network" else None,
    )  # fmt: skip


def load_streets(path: Path | None) -> Network:
    """Read the streets of an extract. Raises InvalidAuditError where there is no file, and what its reader raises."""
    from stationmap.streets.network import load as load_network

    if path is None or not path.exists():
        raise InvalidAuditError(NO_STREETS)
    return load_network(path)


def build_study(
    registry: Registry, question: StudyQuestion, people: PeopleConfig,
    *, areas: Path | None, cell_m: float, districts: Collection[str],
    made_on: date | None = None, count_coverage: CoverageFunction = coverage, streets: Network | None = None,
) -> Study:  # fmt: skip
    """Make a study of the areas of a file, or of the city's, and of the people of a file, or else the residents.

    Its figures say how many stations lie outside the areas, and whether none is confirmed. Raises InvalidAuditError
    where none lies inside, or of whom nothing is known.
    """
    polygons = read_areas(files.read(areas), areas.name).polygons if areas else city_areas()
    found = require_inside(count_inside(polygons.values(), registry), polygons)
    territory = territory_from_areas(polygons, cell_m, districts) if areas else city(cell_m, frozenset(districts))
    if people.file:
        demand = read_demand_file(people.file, territory, datum=people.datum, tracks=people.tracks)
    else:
        demand = _residents(territory, areas)
    study = Study(registry, territory, demand, question, made_on, count_coverage, streets=streets)
    notes = *found.notes, *notes_of(study.supply_any_time)
    return study.with_demand(replace(demand, source=demand.source.with_notes(*notes))) if notes else study


def territory_from_areas(areas: Counties, cell_m: float, districts: Collection[str] = ()) -> Territory:
    """Cut areas into cells, or some of them by code. Raises InvalidAuditError for a code there is not."""
    if unknown := sorted(set(districts).difference(areas)):
        raise InvalidAuditError(f"no such district: {', '.join(unknown)}; known: {', '.join(sorted(areas))}")
    return Territory.of(areas, cell_m, districts)


def _residents(territory: Territory, areas: Path | None) -> Demand:
    try:
        return residents(territory)
    except InvalidAuditError as error:
        if areas is None:
            raise
        raise InvalidAuditError(f"{areas.name}: no residents are known of its areas; give people (--demand)") from error


def read_demand_file(path: Path, territory: Territory, *, datum: str = "wgs84", tracks: bool = False) -> Demand:
    """Read the people of a territory from a file."""
    from stationmap.audit.demand.readers import MAX_BYTES, read_demand

    kind: Any = "tracks" if tracks else "points"
    return read_demand(files.read(path, max_bytes=MAX_BYTES), path.name, territory, datum=Datum(datum), kind=kind)


def requirements_of(categories: Collection[str], facilities: Collection[str], who: Collection[str]) -> Requirements:
    """Return what stations must offer; without a rule of access, whatever admits riders."""
    return Requirements(frozenset(categories), frozenset(facilities), frozenset(who or RIDERS))
