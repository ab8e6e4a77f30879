"""The comparisons of a process: which import is being compared, and how far it is."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import cast

from flask import current_app

from stationmap.hours.calendar import china
from stationmap.settings import Settings
from stationmap.web.guard.concurrency_limit import BusyError
from stationmap.web.side_process import Lane, SideJob
from stationmap.web.staff.imports.import_task import AskedImport, compare_aside

EXTENSION = "stationmap.comparisons"
MAX_KNOWN = 64
NICE = 2  # somebody waits


class Comparisons:
    """Jobs by the token of their import, one running after another; what ended is known for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lane = Lane("imports", limit_s=settings.staff_deadline_s, nice=NICE)
        self._jobs: dict[str, SideJob] = {}
        self._lock = Lock()

    def job(self, token: str) -> SideJob | None:
        """Return the job of an import that waits to be compared, begun if need be: after a restart, too.

        None where too many wait.
        """
        with self._lock:
            known = self._jobs.get(token)
            if known is None:
                with suppress(BusyError):
                    known = self._jobs[token] = self._lane.begin(compare_aside, self._asked(token))
                    self._forget_old()
            return known

    def again(self, token: str) -> None:
        """Let an import be compared anew: something was decided, or the registry is another."""
        with self._lock:
            self._jobs.pop(token, None)

    def _asked(self, token: str) -> AskedImport:
        return AskedImport(self._settings, china(), token)

    def _forget_old(self) -> None:
        over = [token for token, job in self._jobs.items() if job.is_over]
        for token in over[: max(0, len(self._jobs) - MAX_KNOWN)]:
            del self._jobs[token]


def comparisons(settings: Settings) -> Comparisons:
    """Return the comparisons of the application that answers."""
    return cast(Comparisons, current_app.extensions.setdefault(EXTENSION, Comparisons(settings)))
