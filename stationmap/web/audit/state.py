"""What a process keeps for the audit: the study area, its workers, results and jobs."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Hashable
from datetime import date
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import current_app

from stationmap.audit.studies.question import StudyQuestion
from stationmap.city import AREAS, here, own_folder
from stationmap.errors import CancelCheck
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, dumps
from stationmap.settings import Settings
from stationmap.web.audit.computations import MAX_BYTES, Answer, ComputationQueue, Work
from stationmap.web.audit.jobs import Clock, Jobs
from stationmap.web.audit.locked_doors import ReportedDoors
from stationmap.web.audit.process import WORKERS
from stationmap.web.audit.study_area import StudyArea
from stationmap.web.audit.tasks import Context, Task, task_of, task_text
from stationmap.web.guard.concurrency_limit import ConcurrencyLimit
from stationmap.web.sized_cache import SizedCache
from stationmap.web.state import now, state

if TYPE_CHECKING:
    from stationmap.storage.database import Database
    from stationmap.storage.jobs import Job
    from stationmap.streets.network import Network

EXTENSION = "stationmap.audit"


class Audits:
    """Answers of the audit, worked out in processes of their own: one for what a page waits for, one for jobs."""

    def __init__(
        self,
        area: StudyArea | None,
        limit: ConcurrencyLimit,
        limit_s: float,
        *,
        database: Callable[[], Database] | None = None,
        clock: Clock,
    ) -> None:
        """Study an area; without one, the city and its residents. Nothing takes longer than `limit_s`.

        Jobs are kept in the `database`; without one in a temporary one, of which other processes know nothing.
        """
        self._area = area
        self.doors = ReportedDoors()
        self._cache = SizedCache[Answer](MAX_BYTES)
        self._queue = ComputationQueue(self._cache, limit_s=limit_s)
        self.jobs = Jobs(database or _TemporaryDatabase().opened, ComputationQueue(self._cache, limit_s=limit_s), clock)
        self.limit = limit

    def tag(self, registry: Registry) -> str:
        """Tell a registry, calendar, area and day from any other: all that answers to one task depend on."""
        area, extract = self._area.tag if self._area else "", state().city.files.provenance
        build = f"-{extract.build}" if extract else ""
        return f"{registry.revision}-{china().revision}-{today()}-{area}{build}"

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north of all that is studied, WGS-84 degrees."""
        import shapely

        from stationmap.audit.studies.city_territory import city_areas

        areas = self._area.territory.polygons if self._area else tuple(city_areas().values())
        west, south, east, north = map(float, shapely.total_bounds(areas))
        return west, south, east, north

    def answer(self, registry: Registry, task: Task, check: CancelCheck) -> Answer:
        """Return the answer to a task, a kept one where it is known.

        Raises BusyError, QueueFullError, and what `check` raises.
        """
        key = self.tag(registry), task
        known = self._cache.get(key)
        if known is not None:
            return known
        with self.limit.slot():
            return self._queue.answer(key, self._work(registry, task), check)

    def begin(self, registry: Registry, task: Task, *, owner: str, most: int) -> Job:
        """Begin a job for an owner, who may have `most` at work; raises QueueFullError."""
        key = self.tag(registry), task
        work = self._work(registry, task)
        return self.jobs.begin(task.kind, key, work, owner=owner, most=most, asked=task_text(task))

    def take_over(self, registry: Registry) -> None:
        """Work at jobs whose server ended, of the registry as it is here and now; raises StorageError.

        To be called within a request, or what stands for one.
        """

        def understood(asked: bytes) -> tuple[Hashable, Work]:
            task = task_of(asked)
            return (self.tag(registry), task), self._work(registry, task)

        self.jobs.take_over(understood)

    def _work(self, registry: Registry, task: Task) -> Work:
        key, calendar, day = self.tag(registry), china(), today()
        extract = state().settings.city if state().city.files.by_name else None

        def context() -> Context:
            return Context(key, dumps(registry), calendar, self._area, day, here().folder, extract)

        return partial(WORKERS.do, key, context, task)


class _TemporaryDatabase:
    """A database in a folder of its own that is gone when this process ends; made on first use."""

    def __init__(self) -> None:
        self._opening = Lock()
        self._database: Database | None = None

    def opened(self) -> Database:
        """Return it."""
        from stationmap.storage import Database

        with self._opening:
            if self._database is None:
                folder = mkdtemp(prefix="stationmap-")
                atexit.register(rmtree, folder, ignore_errors=True)
                self._database = Database.in_folder(Path(folder))
            return self._database


def study_area_from(settings: Settings) -> StudyArea | None:
    """Read the areas and the people the settings name; None if they name none.

    Raises InvalidSettingsError with a line for each file that cannot be studied.
    """
    folder = own_folder(settings.city)
    areas = settings.audit_areas or (folder and folder / AREAS)
    if not (areas or settings.audit_demand):
        return None
    from stationmap.web.audit.area_files import read_study_area  # with all that the audit reads people and areas by

    return read_study_area(
        areas, settings.audit_demand, areas_named_by="audit_areas" if settings.audit_areas else "city"
    )


def served_streets() -> Network | None:
    """Return the streets that are served with this request; None where there are none."""
    return state().city.files.streets


def today() -> date:
    """Return today's date where the stations are."""
    return now().astimezone(ZONE).date()


def question_of_today() -> StudyQuestion:
    """Return the default question: about today and its week."""
    return StudyQuestion.of_day(today())


def audits() -> Audits:
    """Return the audits of the application that answers."""
    return cast(Audits, current_app.extensions[EXTENSION])
