"""What a process keeps of the audit: the study of the registry it serves, the document of cells, the jobs."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import cast

from flask import current_app

from stationmap.audit.study import Question, Study
from stationmap.registry import Registry
from stationmap.web import audit_cells
from stationmap.web.jobs import Jobs, TooManyJobsError
from stationmap.web.state import now

EXTENSION = "stationmap.audit"
MOST_AT_WORK = 3  # threads that compute or wait to; the others stay with the riders


class Audits:
    """The study of the registry that is served, made when first asked for; at most one at a time is worked at."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self._admitted = BoundedSemaphore(MOST_AT_WORK)
        self._lock = Lock()
        self._study: Study | None = None
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

    def study(self, registry: Registry, question: Question) -> Study:
        """Return the study of a question, on the territory and the people all questions share; within a turn."""
        if self._study is None or self._study.registry is not registry:
            self._study = Study.of_city(registry, made_on=now().date())
        if self._study.question != question:
            self._study = self._study.asking(question)
        return self._study

    def document(self, registry: Registry) -> bytes:
        """Return the compressed document of cells, made once a registry and day; within a turn."""
        key = f"{registry.revision} {now().date()}"
        if self._document is None or self._document[0] != key:
            self._document = key, gzip.compress(audit_cells.document(self.study(registry, Question())), 5, mtime=0)
        return self._document[1]


def audits() -> Audits:
    """Return the audits of the application that answers."""
    return cast(Audits, current_app.extensions[EXTENSION])
