"""Whether a process hears what other servers of its database change; a thread of its own listens."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Literal

from stationmap.errors import StorageError
from stationmap.settings import Settings
from stationmap.web.keeper import load_storage

if TYPE_CHECKING:
    from stationmap.storage.announcements import Subject
    from stationmap.storage.listening import Listener

HearingState = Literal["ok", "deaf", "away", "alone"]
HEARING_STATES: tuple[HearingState, ...] = ("ok", "deaf", "away", "alone")

log = logging.getLogger("stationmap.servers")


class Hearing:
    """Listens to the other servers of a PostgreSQL, once a process."""

    def __init__(self, settings: Settings, heard: Callable[[Subject], None]) -> None:
        """Take the settings, and what is called with each subject of which there may be something new."""
        self._settings, self._heard = settings, heard
        self._listener: Listener | None = None
        self._pid: int | None = None
        self._starting, self._ending = Lock(), Event()

    @property
    def state(self) -> HearingState:
        """`ok`, `deaf`, `away` without a connection; `alone` where no other server can share the database."""
        if not self._settings.shares_database:
            return "alone"
        return self._listener.hears if self._listener else "away"

    def watch(self) -> None:
        """Start listening, once a process, where the database is one that servers share."""
        if not self._settings.shares_database or self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                self._pid, self._ending = os.getpid(), Event()
                Thread(target=self._listen, name="hearing", daemon=True).start()

    def end(self) -> None:
        """Listen no more."""
        self._ending.set()

    def _listen(self) -> None:
        load_storage()
        from stationmap.storage.database import engine_of
        from stationmap.storage.listening import Listener

        try:
            listener = self._listener = Listener(engine_of(self._settings.database_url), self._heard)
        except StorageError as error:  # also that of the journal, which says what to do
            log.error("other servers are not heard: %s", error)
            return
        while not self._ending.is_set():
            try:
                listener.run(self._ending)
            except Exception as error:  # without this thread nothing would be heard any more
                log.error("listening failed: %s", type(error).__name__)
                self._ending.wait(1.0)
