"""How a process that serves a registry keeps its file and its journal together: at the start, and after every change.

Without a database, or where it fails, the file is served as it is; the reason is logged once and stands in /readyz.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from stationmap.errors import DiskFullError, RegistryFileError, StorageError
from stationmap.registry.registry import Registry
from stationmap.resources import demo_registry
from stationmap.settings import Settings

if TYPE_CHECKING:
    from stationmap.storage import EditableRegistry

Clock = Callable[[], datetime]
DAY_S = 86_400.0
AGAIN_S = 2.0
"""Seconds until a server's database that could not be reached is tried again: meanwhile whoever wants it learns that at
once, and no thread that riders need waits for a machine that is away."""

log = logging.getLogger("stationmap.storage")


def load_storage() -> None:
    """Load the libraries of the database, which the first answer and those to riders do without.

    Every thread that needs a part of them begins with the whole: of two that load a package and a part of it at the
    same time, each would wait for the other, which import ends by an error.
    """
    import stationmap.storage  # noqa: F401


class Keeper:
    """The journal of the registry that a process serves; opened at the first look, and again after it failed."""

    def __init__(self, settings: Settings, clock: Clock, ticks: Callable[[], float] = time.monotonic) -> None:
        """Take the settings; `clock` gives the moment, `ticks` seconds that never go back."""
        self._settings, self._clock, self._ticks = settings, clock, ticks
        self._editable: EditableRegistry | None = None
        self._opening = Lock()
        self._next_look = self._next_try = 0.0
        self._refused: StorageError | None = None
        self.fault = ""
        """Why there is no journal at present; empty where there is one."""

    def editable(self, served: Registry) -> EditableRegistry:
        """Return the registry for changes, of which one is served; raises StorageError."""
        with self._opening:
            if self._editable is None:
                if self._refused is not None and self._ticks() < self._next_try:
                    raise self._refused
                load_storage()
                from stationmap.storage import open_editable

                try:
                    self._editable = open_editable(self._settings, clock=self._clock, earlier=served)
                except StorageError as error:
                    if self.is_shared:
                        self._refused, self._next_try = error, self._ticks() + AGAIN_S
                    raise
                self._refused = None
            return self._editable

    def settle(self, served: Registry, *, changed: bool) -> Registry | None:
        """Bring file and journal together where the file `changed` or it is time; None where there is nothing new.

        Raises InvalidRegistryError for a file that cannot be read, as `EditableRegistry.settle` does.
        """
        waits = self._editable is not None and self._editable.unpublished
        is_time = self._ticks() >= self._next_look
        if not (changed or waits or is_time or self.is_shared):
            return None
        try:
            editable = self.editable(served)
            if not (changed or waits or is_time or editable.is_behind()):
                return None
            registry = editable.settle()
            if changed or is_time:
                editable.thin()
        except DiskFullError as error:  # what is open can be read on; a database that was closed could not be opened
            self._note(f"changes cannot be kept: {error}")
            return None
        except (StorageError, RegistryFileError) as error:
            self._fail(str(error))
            return None
        self._note(editable.unpublished and f"the latest revision is not in the file: {editable.unpublished}")
        self._next_look = self._ticks() + DAY_S
        return registry

    @property
    def is_shared(self) -> bool:
        """Whether other servers may change the registry without touching this one's file."""
        return self._settings.shares_database

    def close(self) -> None:
        """Close the database."""
        if self._editable is not None:
            self._editable.close()

    def _fail(self, problem: str) -> None:
        """Note that there is no journal at present; it is opened again at the next look."""
        self._note(f"changes cannot be kept, the file is served as it is: {problem}")
        self.close()
        self._editable = None

    def _note(self, fault: str) -> None:
        """Log a fault when it comes and when it goes."""
        if fault and fault != self.fault:
            log.error("%s", fault)
        elif self.fault and not fault:
            log.info("file and journal are together again")
        self.fault = fault


def fetch_missing(settings: Settings, clock: Clock) -> None:
    """Make the file of the registry from the journal of a shared database, on a machine that has none yet.

    Does nothing where the file is there or the database knows nothing of it; raises StorageError.
    """
    if not settings.shares_database or settings.registry.exists():
        return
    load_storage()
    from stationmap.storage import open_editable, read_journal

    with read_journal(settings) as (connection, latest):
        if connection is None or latest is None:
            return
    settings.registry.parent.mkdir(parents=True, exist_ok=True)
    with closing(open_editable(settings, clock=clock)) as editable:
        registry = editable.settle()
        log.info("registry %s, %d stations, comes from the database", registry.revision, len(registry))


def keeper_of(settings: Settings, clock: Clock) -> Keeper | None:
    """Return what keeps the journal; None where the registry is only read: so set, of the package, write-protected."""
    reason = _read_only(settings)
    if reason:
        log.info("the registry is only read, without a database: %s", reason)
        return None
    return Keeper(settings, clock)


def _read_only(settings: Settings) -> str:
    if settings.read_only:
        return "as set"
    if "registry" not in settings.model_fields_set and settings.registry == demo_registry():
        return "it is that of the package"
    file = Path(os.path.realpath(settings.registry))
    writable = os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    return "" if writable else f"{file} may not be written"
