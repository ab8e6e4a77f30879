"""What a process keeps for the audit: the study area, its workers, results and jobs."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import cast

from flask import current_app

from stationmap.audit.studies.study import StudyQuestion
from stationmap.city import here
from stationmap.errors import CancelCheck
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, dumps
from stationmap.web.audit.computations import Answer, AnswerCache, ComputationQueue, Work
from stationmap.web.audit.jobs import Job, Jobs
from stationmap.web.audit.process import WORKERS
from stationmap.web.audit.study_area import StudyArea
from stationmap.web.audit.tasks import Context, Task
from stationmap.web.guard.concurrency_limit import ConcurrencyLimit
from stationmap.web.state import now

EXTENSION = "stationmap.audit"


class Audits:
    """Answers of the audit, worked out in processes of their own: one for what a page waits for, one for jobs."""

    def __init__(self, area: StudyArea | None, limit: ConcurrencyLimit, limit_s: float) -> None:
        """Study an area; without one, the city and its residents. Nothing takes longer than `limit_s`."""
        self._area = area
        self._cache = AnswerCache()
        self._queue = ComputationQueue(self._cache, limit_s=limit_s)
        self.jobs = Jobs(ComputationQueue(self._cache, limit_s=limit_s))
        self.limit = limit

    def tag(self, registry: Registry) -> str:
        """Tell a registry, calendar, area and day from any other: all that answers to one task depend on."""
        return f"{registry.revision}-{china().revision}-{today()}-{self._area.tag if self._area else ''}"

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

    def begin(self, registry: Registry, task: Task) -> Job:
        """Begin a job; raises QueueFullError."""
        return self.jobs.begin(task.kind, (self.tag(registry), task), self._work(registry, task))

    def _work(self, registry: Registry, task: Task) -> Work:
        key, calendar, day = self.tag(registry), china(), today()

        def context() -> Context:
            return Context(key, dumps(registry), calendar, self._area, day, here().folder)

        return partial(WORKERS.do, key, context, task)


def today() -> date:
    """Return today's date where the stations are."""
    return now().astimezone(ZONE).date()


def question_of_today() -> StudyQuestion:
    """Return the default question: about today and its week."""
    return StudyQuestion.of_day(today())


def audits() -> Audits:
    """Return the audits of the application that answers."""
    return cast(Audits, current_app.extensions[EXTENSION])
