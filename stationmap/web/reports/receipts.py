"""A report as its receipt leads to it: found, handed in again, taken back; by the API as on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stationmap.reports.receipts import code_digest, read_code
from stationmap.web.state import current_snapshot, now, state

if TYPE_CHECKING:
    from stationmap.storage.reports.reading import Event, KeptReport


def report_of(code: str) -> KeptReport | None:
    """Return the report of a receipt; what cannot be a code takes as long to look up. Raises StorageError."""
    desk = state().desk
    if not desk.has_reports:  # nobody makes a database by asking
        return None
    from stationmap.storage.reports import reading

    with desk.database().reading() as connection:
        return reading.by_code(connection, desk.registry, code_digest(read_code(code) or ""))


def steps_of(found: KeptReport) -> list[Event]:
    """Return what became of a report, in order; raises StorageError."""
    from stationmap.storage.reports import reading

    with state().desk.database().reading() as connection:
        return reading.events(connection, found.id)


def hand_in_again(found: KeptReport) -> bool:
    """Make a report new again; False where it is open, or was decided long ago. Raises StorageError."""
    from stationmap.storage.reports import deciding

    with state().desk.database().writing() as connection:
        done = deciding.reopen(connection, found.id, note="", at=now())
    _renew(found)
    return done


def take_back(found: KeptReport) -> None:
    """Delete a report with all that belongs to it; raises StorageError."""
    from stationmap.storage.reports import retention

    retention.take_back(state().desk.database(), found.id)
    _renew(found)


def _renew(found: KeptReport) -> None:
    state().desk.renew(current_snapshot().registry, found.report.station_id)
