"""What a process keeps of the audit: the ground it studies, the study of the registry it serves, cells, the jobs."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TypeVar, cast

from flask import current_app

from stationmap import files
from stationmap.audit.areas import read_areas
from stationmap.audit.demand import Demand
from stationmap.audit.demand_files import MOST_BYTES
from stationmap.audit.notes import Note
from stationmap.audit.placed import Placed, placed
from stationmap.audit.residents import residents
from stationmap.audit.study import CELL_M, Question, Study, city
from stationmap.audit.study_file import people_of
from stationmap.audit.territory import Territory
from stationmap.errors import FileError, InvalidAuditError
from stationmap.holidays import china
from stationmap.hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue
from stationmap.registry import Registry
from stationmap.settings import PREFIX, InvalidSettingsError, Settings
from stationmap.web import audit_cells
from stationmap.web.jobs import Jobs, TooManyJobsError
from stationmap.web.state import now

EXTENSION = "stationmap.audit"
MOST_AT_WORK = 3  # threads that compute or wait to; the others stay with the riders
MOST_AREAS = 256  # the document of cells holds a cell's area in an octet
MOST_CELLS = 1_000_000  # a browser goes through all of them when the radius moves


_Found = TypeVar("_Found")


@dataclass(frozen=True, eq=False)
class Ground:
    """What is studied whatever the registry: areas, the people in them by cell, and how areas are called."""

    territory: Territory
    demand: Demand
    names: Mapping[str, str] = field(default_factory=dict)
    """Names by code, of areas that have one in their file and none in the catalogue."""
    tag: str = ""
    """Tells the files it is made of; empty for the city and its residents."""


def named_ground(settings: Settings) -> Ground | None:
    """Read the areas and the people the settings name; None if they name none.

    Raises InvalidSettingsError with a line for each file that cannot be studied.
    """
    if not (settings.audit_areas or settings.audit_demand):
        return None
    faults: list[str] = []
    path = settings.audit_demand
    studied = _tried("audit_areas", faults, lambda: _studied(settings.audit_areas))
    if studied is None:
        _tried("audit_demand", faults, lambda: path and _read(path))
        raise InvalidSettingsError("\n".join(faults))
    territory, names = studied
    demand = _tried("audit_demand", faults, lambda: _people(path, territory))
    if demand is None:
        raise InvalidSettingsError("\n".join(faults))
    files = [_read(each) if each else b"" for each in (settings.audit_areas, path)]
    tag = hashlib.sha256(b"\0".join(files)).hexdigest()[:16]
    return Ground(territory, _naming(audit_cells.by_cell(territory, demand), names), names, tag)


class Audits:
    """The study of the registry that is served, made when first asked for; at most one at a time is worked at."""

    def __init__(self, ground: Ground | None = None) -> None:
        """Stand on a ground; without one, on the city and its residents, which are laid out when first asked for."""
        self.jobs = Jobs()
        self._admitted = BoundedSemaphore(MOST_AT_WORK)
        self._lock = Lock()
        self._ground = ground
        self._study: Study | None = None
        self._calendar = china()
        self._placed = Placed(0, 0)
        self._document: tuple[str, bytes] | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn to compute; raises TooManyJobsError where too many wait already."""
        if not self._admitted.acquire(blocking=False):
            raise TooManyJobsError
        try:
            with self._lock:
                yield
        finally:
            self._admitted.release()

    @property
    def ground(self) -> Ground:
        """What is studied; within a turn."""
        if self._ground is None:
            self._ground = Ground(city(), residents(city()))
        return self._ground

    @property
    def tag(self) -> str:
        """Tells the files of the ground from any others."""
        return self._ground.tag if self._ground else ""

    def study(self, registry: Registry, question: Question) -> Study:
        """Return the study of a question, on the territory and the people all questions share; within a turn."""
        made_on = today()
        if self._study is None or self._study.registry is not registry or self._is_dated(made_on):
            self._placed = placed(self.ground.territory.polygons, registry)
            demand = noting(self.ground.demand, *self._placed.notes)
            self._study = Study(registry, self.ground.territory, demand, question, made_on)
            self._calendar = china()
        if self._study.question != question:
            self._study = self._study.asking(question)
        return self._study

    def _is_dated(self, made_on: date) -> bool:
        return self._study is None or self._study.made_on != made_on or self._calendar is not china()

    def placed(self, registry: Registry) -> Placed:
        """Return how many of the stations lie in the areas studied; within a turn."""
        self.study(registry, today_asked())
        return self._placed

    def document(self, registry: Registry) -> bytes:
        """Return the compressed document of cells, made once a registry and day; within a turn."""
        key = f"{registry.revision} {china().revision} {today()}"
        if self._document is None or self._document[0] != key:
            found = audit_cells.document(self.study(registry, today_asked()), self.ground.names)
            self._document = key, gzip.compress(found, 5, mtime=0)
        return self._document[1]


def today() -> date:
    """Return today's date where the stations are."""
    return now().astimezone(ZONE).date()


def today_asked() -> Question:
    """Return what is asked where nothing else is: about today and its week."""
    return Question.of_day(today())


def audits() -> Audits:
    """Return the audits of the application that answers."""
    return cast(Audits, current_app.extensions[EXTENSION])


def noting(demand: Demand, *notes: Note) -> Demand:
    """Return the demand with more that a reader of its figures must know."""
    return replace(demand, source=demand.source.noting(*notes))


def _tried(setting: str, faults: list[str], work: Callable[[], _Found]) -> _Found | None:
    try:
        return work()
    except (InvalidAuditError, FileError) as error:
        faults.append(f"{PREFIX}{setting.upper()}: {error}")
        return None


def _read(path: Path) -> bytes:
    return files.read(path, most=MOST_BYTES)


def _studied(path: Path | None) -> tuple[Territory, Mapping[str, str]]:
    """Return the areas of a file cut into cells, and their names."""
    if path is None:
        return city(), {}
    areas = read_areas(_read(path), path.name)
    if len(areas.polygons) > MOST_AREAS:
        raise InvalidAuditError(f"{path.name}: {len(areas.polygons):,} areas are more than {MOST_AREAS}")
    territory = Territory.of(areas.polygons, CELL_M)
    if len(territory) > MOST_CELLS:
        raise InvalidAuditError(f"{path.name}: {territory.area_km2:,.0f} km² are too many for a page to show")
    known = catalogue(DEFAULT_LANGUAGE)
    return territory, {code: name for code, name in areas.names.items() if f"district.{code}" not in known}


def _people(path: Path | None, territory: Territory) -> Demand:
    """Return the people of a file, else the residents known of the areas."""
    if path is not None:
        return people_of(path, territory)
    try:
        return residents(territory)
    except InvalidAuditError as error:
        unknown = ", ".join(territory.codes)
        raise InvalidAuditError(f"must name a file of people: no residents are known of {unknown}") from error


def _naming(demand: Demand, names: Mapping[str, str]) -> Demand:
    """Return the demand with a note on the names of areas, by which whoever reads a file knows what its codes mean."""
    told = ", ".join(f"{code} {name}" for code, name in sorted(names.items()))
    return noting(demand, Note("areas_named", {"names": told})) if told else demand
