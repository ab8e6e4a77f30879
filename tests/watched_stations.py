"""Stations that tell which of them were read: a walk over a country's shows among ten."""

from __future__ import annotations

from typing import Any

from stationmap.registry.model import Station


class WatchedStations(tuple[Station, ...]):
    """Stations that know which of them were read."""

    rows: set[int]

    def __new__(cls, known: Any) -> WatchedStations:
        made = super().__new__(cls, known)
        made.rows = set()
        return made

    def __getitem__(self, row: Any) -> Any:
        self.rows.update(range(len(self))[row] if isinstance(row, slice) else (range(len(self))[row],))
        return super().__getitem__(row)

    def __iter__(self) -> Any:
        self.rows.update(range(len(self)))
        return super().__iter__()
