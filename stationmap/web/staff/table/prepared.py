"""The table of staff, made aside of every snapshot where there are staff: nobody who opens it waits for it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from stationmap.web.snapshot import Snapshot
from stationmap.web.state import State


def preparing(app: Flask, state: State) -> Callable[[Snapshot], None]:
    """Return what makes the table of a snapshot of an application; nothing where the registry is only read."""

    def prepare(snapshot: Snapshot) -> None:
        if state.keeper is None:
            return
        from stationmap.web.staff.table.tables import tables_of  # its libraries are loaded for staff only

        tables_of(app).of(snapshot).make_ready()

    return prepare
