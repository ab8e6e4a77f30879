"""What a process serves: one snapshot of the registry, replaced as a whole when the file changes.

Every request takes the snapshot once, so that no response mixes two versions. Each process watches the file itself,
starting with its first request: a thread would not survive the fork that creates a worker.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import product
from pathlib import Path
from threading import Event, Lock, RLock, Thread
from typing import TYPE_CHECKING, NamedTuple, cast
from wsgiref.types import WSGIEnvironment

from flask import current_app, g, request

from stationmap.city_files import NO_CITY_FILES, CityFiles
from stationmap.errors import CancelCheck, Finding, InvalidRegistryError, StorageError, never_cancelled
from stationmap.hours import calendar_file
from stationmap.hours.calendar import Calendar, adopt, china, packaged
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, parse
from stationmap.registry.store import FileWatch, Watch, read
from stationmap.reports.evidence import Evidence
from stationmap.settings import Settings
from stationmap.web.assets import Assets
from stationmap.web.city_watch import CityWatch
from stationmap.web.disk_room import room_of
from stationmap.web.guard.deadline import Deadline, request_deadline
from stationmap.web.hearing import Hearing
from stationmap.web.report_desk import ReportDesk
from stationmap.web.snapshot import Snapshot
from stationmap.web.stale import Stale, listed
from stationmap.web.tally import Tally

if TYPE_CHECKING:  # a process that only reads does without the database and its libraries
    from stationmap.editing.edits import Edit
    from stationmap.editing.headers import MergedHeader
    from stationmap.storage.database import Database
    from stationmap.storage.editable_registry import Change, EditableRegistry
    from stationmap.storage.journal import Head, Kind
    from stationmap.web.keeper import Keeper

EXTENSION = "stationmap"
TIME = "Stationmap-Time"  # header of a feed: the server's clock, as a device may have a wrong one
RELOADS = tuple(product(("registry", "calendar", "city"), ("taken", "refused")))
REST_S = 0.1
"""Seconds between two looks at the least, however much other servers say."""
Clock = Callable[[], datetime]

END_S = 5.0
"""Seconds that the end of a process waits for work aside: more than any piece takes that is not cut short, but for the
index of a large registry that is just being read."""

log = logging.getLogger("stationmap.reload")


class RequestContext(NamedTuple):
    """What one request is answered from: one snapshot, one moment, the settings."""

    snapshot: Snapshot
    at: datetime
    settings: Settings
    evidence: Evidence
    """What riders' reports amount to."""
    check: CancelCheck
    """Called in slow loops; raises once the request has passed its deadline."""
    city_files: CityFiles = NO_CITY_FILES
    """What was made of an extract of OpenStreetMap, as far as that is served."""


class State:
    """The current snapshot of a process and how it came about; the only thing context that changes."""

    def __init__(
        self, settings: Settings, assets: Assets, clock: Clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with the files as they are; `clock` gives the moment, `ticks` seconds that never go back."""
        self.settings, self.assets, self.clock, self.ticks = settings, assets, clock, ticks
        self._calendar_watch = _watched(settings.holidays)
        self.stale_calendar: Stale | None = None
        data = read(settings.registry)
        registry = parse(data)
        self._watch = Watch(settings.registry, seen=data, latest=registry)
        self.snapshot = self._snapshot(registry, None)
        self.loaded_at = self.checked_at = clock()
        self.stale: Stale | None = None
        self.reloads = Tally(RELOADS)
        self.city = CityWatch(settings.city, clock, self.reloads)
        self.city.look(self._places())
        self.keeper: Keeper | None = None
        self.disk_room = room_of(settings)
        self.desk = ReportDesk(settings, clock, self._journal)
        self.warm_up: Callable[[], None] = lambda: None
        """Done aside after the start, so that the first visitor need not wait for it."""
        self.besides: list[Callable[[Snapshot], None]] = []
        """What is made of every snapshot aside, once it is served; each does nothing where that is done."""
        self.rounds: list[Callable[[], None]] = []
        """What is done with every look where changes are kept: work that other servers may have left."""
        self._besides: tuple[Snapshot, Thread] | None = None
        self._watcher_pid: int | None = None
        self._heard = Event()
        self.hearing = Hearing(settings, self._on_heard)
        """Where other servers of the same database say that they changed something."""
        self._watcher: Thread | None = None
        self._ending = Event()
        self._starting, self._renewing = Lock(), RLock()

    def request_context(self, check: CancelCheck = never_cancelled) -> RequestContext:
        """Return the context of a request that arrives now; `check` is its deadline."""
        at, files = self.clock().astimezone(ZONE), self.city.files
        return RequestContext(self.snapshot, at, self.settings, self.desk.evidence, check, files)

    def deadline(self, environ: WSGIEnvironment) -> Deadline:
        """Return the deadline of a request, set on first use."""
        return request_deadline(environ, self.settings.deadline_s, self.ticks)

    def refresh(self) -> None:
        """Look at the files: take a good new version, keep the old one and say why for a bad one."""
        with self._renewing:
            self._refresh()

    def change(
        self,
        edits: Iterable[Edit],
        *,
        author: str,
        kind: Kind = "edit",
        reason: str = "",
        header: MergedHeader | None = None,
    ) -> Change:
        """Change the registry, as `EditableRegistry.change` does, and answer from it at once; raises as that does."""
        with self._renewing:
            done = self._editable().change(edits, author=author, kind=kind, reason=reason, header=header)
            self._serve(done.registry)
            return done

    def database(self) -> Database:
        """Return the database, opened on first use; raises StorageError, also where the registry is only read."""
        return self._editable().database

    def journal_head(self) -> Head:
        """Return where the journal of the registry stands; raises StorageError, also where it is only read.

        The file is not looked at, as a change and the watch do that: who only reads waits for no writer.
        """
        from stationmap.storage import journal

        editable = self._editable()
        with editable.database.reading() as connection:
            latest = journal.head(connection, editable.key)
        return latest or editable.head()  # which begins it

    def _journal(self) -> Database | None:
        return self.keeper.editable(self.snapshot.registry).database if self.keeper else None

    def _editable(self) -> EditableRegistry:
        if self.keeper is None:
            raise StorageError("登记册只读 the registry is only read here")
        return self.keeper.editable(self.snapshot.registry)

    def _refresh(self) -> None:
        self.city.look(self._places())
        renewed = self._refresh_calendar()
        found = self._settled(self._watch.poll())
        self.checked_at = self.clock()
        if found is None and renewed:
            self.snapshot = self._snapshot(self.snapshot.registry, self.snapshot)
        if isinstance(found, Registry):
            self._serve(found, renewed=renewed)
            self.stale = None
        elif found is not None:
            self.stale = Stale(self.stale.since if self.stale else self.clock(), found)
            self.reloads.count("registry", "refused")
            log.error("registry file refused, %s stays in use:\n%s", self.snapshot.registry.revision, listed(found))
            self.snapshot = self._snapshot(self.snapshot.registry, self.snapshot) if renewed else self.snapshot

    def _serve(self, registry: Registry, *, renewed: bool = False) -> None:
        """Answer from a registry; what is made of one is made anew only where it, or the calendar, is another."""
        if renewed or registry.revision != self.snapshot.registry.revision:
            self.snapshot = self._snapshot(registry, self.snapshot)
            self.reloads.count("registry", "taken")
            log.info("registry %s loaded, %d stations", registry.revision, len(registry))
        self.loaded_at = self.clock()

    def _places(self) -> Iterator[tuple[float, float]]:
        lons, lats = self.snapshot.index.coordinates
        yield from zip(lons.tolist(), lats.tolist(), strict=True)

    def _settled(self, found: Registry | tuple[Finding, ...] | None) -> Registry | tuple[Finding, ...] | None:
        """Return what is new after the file and the journal were brought together, where there is one."""
        if self.keeper is None or isinstance(found, tuple):
            return found
        try:
            registry = self.keeper.settle(self.snapshot.registry, changed=found is not None)
        except InvalidRegistryError as error:  # broken since it was looked at, or known to be
            return None if self.stale else error.findings
        if registry is None or (found is None and registry.revision == self.snapshot.registry.revision):
            return found
        return registry

    def _refresh_calendar(self) -> bool:
        """Look at the file of holidays, and return whether answers are based on another calendar now."""
        found = self._calendar_watch.poll() if self._calendar_watch else None
        if isinstance(found, Calendar):
            adopt(found)
            self.stale_calendar = None
            self.reloads.count("calendar", "taken")
            log.info("calendar %s loaded, announced: %s", found.revision, ", ".join(map(str, sorted(found.announced))))
            return True
        if found is not None:
            since = self.stale_calendar.since if self.stale_calendar else self.clock()
            self.stale_calendar = Stale(since, found)
            self.reloads.count("calendar", "refused")
            log.error("file of holidays refused, %s stays in use:\n%s", china().revision, listed(found))
        return False

    def _snapshot(self, registry: Registry, earlier: Snapshot | None) -> Snapshot:
        snapshot = Snapshot(registry, self.settings.little_left_min, earlier)
        snapshot.make_ready(self.clock().astimezone(ZONE).date())
        return snapshot

    def prepare_feed(self) -> None:
        """Make and compress the feed of today, so that no rider on a slow network has to wait for that as well."""
        found = self.snapshot.feed(self.clock().astimezone(ZONE).date(), self.desk.evidence)
        found.body("br")
        found.body("gzip")
        self.snapshot.prepare(self.clock().astimezone(ZONE).date())

    def refresh_evidence(self) -> None:
        """Learn what riders' reports amount to by now; once a day, delete what is too old."""
        self.desk.tidy()
        self.desk.refresh(self.snapshot.registry)

    def watch(self) -> None:
        """Start looking at the file now and then, once a process."""
        if self._watcher_pid == os.getpid():
            return
        with self._starting:
            if self._watcher_pid != os.getpid():
                self._watcher_pid = os.getpid()
                self._besides = None
                self._watcher = Thread(target=self._keep_looking, name="registry-watch", daemon=True)
                self._watcher.start()
                self.hearing.watch()
                atexit.register(self.end)  # under another server, which does not end it

    @property
    def is_ending(self) -> bool:
        """Whether the process ends, so that work aside begins nothing more."""
        return self._ending.is_set()

    def end(self, within_s: float = END_S) -> bool:
        """Look at the files no more, and wait for what is done aside; return whether all of it has ended.

        Python stops a thread that outlives it wherever that is, and within a library of C++ this aborts the process.
        """
        if self._watcher_pid != os.getpid():
            return True
        self._ending.set()
        self._heard.set()
        self.hearing.end()
        until_s = time.monotonic() + within_s
        if self._watcher is not None:
            self._watcher.join(within_s)
        making = self._besides[1] if self._besides else None  # begun by the other one, which begins no more
        if making is not None:
            making.join(max(until_s - time.monotonic(), 0))
        atexit.unregister(self.end)
        return not any(thread.is_alive() for thread in (self._watcher, making) if thread is not None)

    def _keep_looking(self) -> None:
        self._survive(self.prepare_feed)
        self._survive(self.warm_up)
        if self.keeper:  # a revision may wait since the last process ended
            self._survive(self.refresh)
        self._survive(self.refresh_evidence)
        self._make_besides()
        while not self._ending.wait(REST_S):
            self._heard.wait(self.settings.poll_s)
            self._heard.clear()
            if self.is_ending:
                break
            if self.keeper is not None:  # who only reads needs no room
                self._survive(self.disk_room.look)
            self._survive(self.refresh)
            for round_ in self.rounds if self.keeper is not None and not self.keeper.fault else ():
                self._survive(round_)
            self._survive(self.refresh_evidence)
            self._survive(self.prepare_feed)
            self._survive(self.snapshot.index.make_wanted)
            self._make_besides()

    def _on_heard(self, _subject: str) -> None:
        self._heard.set()

    def _make_besides(self) -> None:
        """Begin to make what is made of a snapshot aside, in a thread of its own, unless that is done or on its way."""
        if self.is_ending:
            return
        if self._besides is None or not (self._besides[1].is_alive() or self._besides[0] is self.snapshot):
            snapshot = self.snapshot
            making = Thread(target=self._make, args=(snapshot,), name="registry-besides", daemon=True)
            self._besides = snapshot, making
            making.start()

    def _make(self, snapshot: Snapshot) -> None:
        for make in self.besides:
            self._survive(partial(make, snapshot))

    def _survive(self, work: Callable[[], None]) -> None:
        if self.is_ending:
            return
        try:
            work()
        except Exception:  # the next look may succeed, and without this thread there would be none
            log.exception("looking at the registry file failed")


def _watched(path: Path | None) -> FileWatch[Calendar] | None:
    """Let answers rest on the calendar of a file, or on that of the package, and return what watches the file."""
    if path is None:
        adopt(packaged())
        return None
    data = calendar_file.read(path)
    calendar = calendar_file.parse(data)
    adopt(calendar)
    return FileWatch(path, calendar_file.parse, seen=data, latest=calendar)


def state() -> State:
    """Return the state of the application that answers."""
    return cast(State, current_app.extensions[EXTENSION])


def current_snapshot() -> Snapshot:
    """Return the snapshot of the current request, the same one from beginning to end."""
    return request_context().snapshot


def now() -> datetime:
    """Return the time of the current request in the stations' zone, the same from beginning to end."""
    return request_context().at


def staff_deadline() -> Deadline:
    """Return the deadline of the current request if it comes from staff."""
    return state().deadline(request.environ).with_limit(state().settings.staff_deadline_s)


def request_context() -> RequestContext:
    """Return the context of the current request, fixed on first use."""
    context: RequestContext | None = g.get("request_context")
    if context is None:
        context = g.request_context = state().request_context(state().deadline(request.environ))
    return context
