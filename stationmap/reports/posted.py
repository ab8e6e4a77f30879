"""What a registry says of a station's hours at one moment: a report is compared with that first.

A station that looks closed outside its hours is no news, and must not count as any.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from stationmap.hours.schedule import Schedule
from stationmap.reports.model import Posted


class PostedHours(NamedTuple):
    """The state at a moment by the registry, and the moments around it that are known (Asia/Shanghai)."""

    state: Posted
    until: datetime | None
    """The next change of the state."""
    opens_at: datetime | None
    """The next time it opens: from closed, or after it has closed."""


def posted_hours(schedule: Schedule, at: datetime) -> PostedHours:
    """Return what the registry says of the hours of a station at an aware moment."""
    status = schedule.status_then(at)
    return PostedHours(status.state, status.until, next_opening(schedule, at))


def next_opening(schedule: Schedule, at: datetime) -> datetime | None:
    """Return when a station opens next after a moment; None where that is not known within a year, or not at all.

    Hours that are unknown in between leave it unknown.
    """
    status = schedule.status_then(at)
    if status.until is None:
        return None
    if status.state == "closed":
        return status.until if status.then == "open" else None
    if status.state == "open" and status.then == "closed":
        after = schedule.status_then(status.until)
        return after.until if after.then == "open" else None
    return None
