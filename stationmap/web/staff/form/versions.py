"""Versions of a station by the digest that a form carries of the one it was opened with."""

from __future__ import annotations

from collections.abc import Sequence

from stationmap.editing.station_form import digest
from stationmap.registry.model import Station
from stationmap.storage import journal
from stationmap.storage.journal import StationVersion
from stationmap.web.state import state


def current(station_id: str) -> Station | None:
    """Return a station as it is now, with what was changed in this request, too; None where there is none."""
    return state().snapshot.registry.get(station_id)


def newest(station_id: str) -> Station | None:
    """Return a station as any process left it, which this one may not have noticed yet; None where there is none."""
    state().refresh()
    return current(station_id)


def version(station_id: str, wanted: str) -> Station | None:
    """Return the version of a station with a digest, now or once; None where nobody knows it any more."""
    now = current(station_id)
    if now is not None and digest(now) == wanted:
        return now
    for entry in history(station_id):
        for each in (entry.after, entry.before):
            if each is not None and digest(each) == wanted:
                return each
    return None


def history(station_id: str) -> Sequence[StationVersion]:
    """Return what happened to a station, the latest first; raises StorageError."""
    latest = state().journal_head()
    with state().database().reading() as connection:
        return journal.history_of(connection, latest, station_id)
