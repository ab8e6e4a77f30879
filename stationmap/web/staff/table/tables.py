"""The table of the snapshot that is served, kept by a process; and what an answer depends on besides it."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from flask import Flask, current_app

from stationmap.storage.last_changes import last_changes
from stationmap.web.access.guard import current_user
from stationmap.web.snapshot import Snapshot
from stationmap.web.staff.table.issues import ids_with
from stationmap.web.staff.table.matching import Circumstances
from stationmap.web.staff.table.station_table import StationTable
from stationmap.web.state import current_snapshot, now, state

_EXTENSION = "stationmap.staff_tables"


class Tables:
    """The latest table, and the revision that changed each station last; both go on from what was known before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest: tuple[Snapshot, StationTable] | None = None
        self._changed: dict[str, int] = {}
        self._changed_seq, self._changed_until = 0, ""

    def of(self, snapshot: Snapshot) -> StationTable:
        """Return the table of a snapshot, made from the one before it."""
        with self._lock:
            if self._latest is None or self._latest[0] is not snapshot:
                earlier = self._latest[1] if self._latest else None
                self._latest = snapshot, StationTable(snapshot.registry, snapshot.index, earlier)
            return self._latest[1]

    def changed(self) -> Mapping[str, int]:
        """Return the latest revision, by number, that changed each station."""
        revision = current_snapshot().registry.revision
        with self._lock:
            if self._changed_until != revision:
                latest = state().journal_head()
                with state().database().reading() as connection:
                    self._changed = {**self._changed, **last_changes(connection, latest, after=self._changed_seq)}
                self._changed_seq, self._changed_until = latest.seq, revision
            return self._changed


def tables() -> Tables:
    """Return what this application keeps."""
    return tables_of(current_app)


def tables_of(app: Flask) -> Tables:
    """Return what an application keeps."""
    found: Tables = app.extensions.setdefault(_EXTENSION, Tables())
    return found


def current_table() -> StationTable:
    """Return the table of the snapshot of this request."""
    return tables().of(current_snapshot())


def circumstances() -> Circumstances:
    """Return what an answer to this request depends on besides stations."""
    return Circumstances(now(), current_user().districts, ids_with, tables().changed)
