"""Moments as the database keeps them: text of one form in UTC, whose order is that of time."""

from __future__ import annotations

from datetime import UTC, datetime

from stationmap.hours.opening_hours import ZONE


def moment_text(at: datetime) -> str:
    """Return an aware moment as text, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Return the moment of a text."""
    return datetime.fromisoformat(text)


def week_of(at: datetime) -> tuple[int, int]:
    """Return the year and the number of the week (ISO 8601) that a moment lies in where the stations are."""
    year, week, _ = at.astimezone(ZONE).isocalendar()
    return year, week
