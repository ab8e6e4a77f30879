"""What tests of the journal share: a clock, a small registry, and what the database holds of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stationmap.registry.model import Station
from stationmap.storage import journal
from stationmap.storage.editable_registry import EditableRegistry
from tests.strategies import station

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


class Clock:
    """A clock that goes on by a minute each time somebody looks."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def one(station_id: str = "a", **properties: Any) -> Station:
    """Make a station in Xuzhou."""
    return station(station_id, 117.2, 34.2, **properties)


def entries(editable: EditableRegistry) -> list[journal.Entry]:
    """Return the revisions of a registry, the latest first."""
    with editable.database.reading() as connection:
        found = journal.head(connection, editable.path)
        assert found is not None
        return journal.entries(connection, found)
