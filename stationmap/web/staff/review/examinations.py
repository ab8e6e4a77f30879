"""The examinations of a process: which file of pages is shown, and the one that is being made.

There is one a revision, calendar, day and rules; it is made when somebody looks for it. What is there of an earlier
one is shown meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import NamedTuple, cast

from flask import current_app

from stationmap import files
from stationmap.deep_checks.care_pages import VERSION, CarePages
from stationmap.deep_checks.upkeep_rules import rules_digest
from stationmap.errors import FileError
from stationmap.hours.calendar import china
from stationmap.hours.opening_hours import ZONE
from stationmap.settings import Settings
from stationmap.web.guard.concurrency_limit import BusyError
from stationmap.web.side_process import Lane, SideJob
from stationmap.web.staff.review.examination_task import AskedExamination, examine_aside
from stationmap.web.state import now, state

EXTENSION = "stationmap.examinations"
FOLDER = "work-list"
LIMIT_S = 1_800.0
AGAIN_S = 300.0
"""After which an examination that failed is tried again."""
KEPT_FILES = 2


class Shown(NamedTuple):
    """What there is to see: a file, perhaps of an earlier revision or day, and the job that makes the present one."""

    path: Path | None
    is_current: bool
    job: SideJob | None


class Examinations:
    """The files of a registry's examinations in the folder of the database, and the job that makes the next."""

    def __init__(self, settings: Settings, ticks: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._ticks = settings, ticks
        self._lane = Lane("work list", limit_s=LIMIT_S)
        self._lock = Lock()
        self._job: SideJob | None = None
        self._wanted, self._began_s = "", 0.0

    def shown(self, revision: str, at: datetime, *, lacks_weeks: bool) -> Shown:
        """Return what there is to see of a revision; `lacks_weeks` tells that earlier ones are not counted yet."""
        path = self.path_of(revision, at)
        is_current = path.exists()
        if not is_current or lacks_weeks:
            self._begin(AskedExamination(self._settings, china(), at, None if is_current else path))
        job = self._job
        return Shown(
            path if is_current else self._latest(), is_current, None if is_current and not lacks_weeks else job
        )

    def there(self, revision: str, at: datetime) -> Path | None:
        """Return the file there is of a revision, else of an earlier one or another day; begins nothing."""
        path = self.path_of(revision, at)
        return path if path.exists() else self._latest()

    def path_of(self, revision: str, at: datetime) -> Path:
        """Return where the file of a revision is, or will be, as of the day of a moment."""
        day = at.astimezone(ZONE).date()
        made_of = (self._prefix, revision, china().revision, day, rules_digest(), VERSION)
        return self._folder / f"{'-'.join(map(str, made_of))}.sqlite"

    def _begin(self, asked: AskedExamination) -> None:
        wanted = f"{asked.path} {asked.now.astimezone(ZONE).date()}"
        with self._lock:
            if self._job is not None and not self._job.is_over:
                return
            if self._job is not None and self._wanted == wanted and self._ticks() - self._began_s < AGAIN_S:
                return
            self._wanted, self._began_s = wanted, self._ticks()
            self._forget_old()
            with suppress(BusyError):
                self._job = self._lane.begin(examine_aside, asked)

    @property
    def _folder(self) -> Path:
        return self._settings.data / FOLDER

    @property
    def _prefix(self) -> str:
        return blake2b(str(self._settings.registry).encode(), digest_size=4).hexdigest()

    def _files(self) -> list[Path]:
        """Return the files there are, the latest first."""
        found = []
        for path in self._folder.glob(f"{self._prefix}-*.sqlite"):
            with suppress(OSError):  # removed by another process
                found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found, reverse=True)]

    def _latest(self) -> Path | None:
        return next(iter(self._files()), None)

    def _forget_old(self) -> None:
        for path in self._files()[KEPT_FILES:]:
            files.discard(path)


def examinations(settings: Settings) -> Examinations:
    """Return the examinations of the application that answers."""
    return cast(Examinations, current_app.extensions.setdefault(EXTENSION, Examinations(settings)))


@contextmanager
def latest_pages() -> Iterator[CarePages | None]:
    """Open the file there is, of the registry that is served or an earlier one; None where there is none."""
    path = examinations(state().settings).there(state().snapshot.registry.revision, now())
    pages = None
    if path is not None:
        with suppress(FileError):  # another process has just removed it
            pages = CarePages(path)
    if pages is None:
        yield None
    else:
        with closing(pages):
            yield pages
