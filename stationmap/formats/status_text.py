"""States and ages in words, the same on a page, on a terminal and, by static/js/shared/status_text.js, on a phone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from stationmap.hours.opening_hours import ZONE, Status
from stationmap.i18n import translate
from stationmap.rules import MONTH_DAYS, YEAR_DAYS

if TYPE_CHECKING:
    from stationmap.registry.model import Verified

_DAY = timedelta(days=1)


def state(status: Status, at: datetime, language: str) -> str:
    """Return in words whether a place is open and until when, seen from the aware moment `at`."""
    if status.state == "unknown":
        return translate(language, "state.unknown")
    if status.until is None:
        return translate(language, "state.open_always" if status.state == "open" else "state.closed")
    clock = _clock(status.until.astimezone(ZONE), at.astimezone(ZONE).date(), language, is_end=status.state == "open")
    return translate(language, f"state.{status.state}_then_{status.then}", time=clock)


def reason(status: Status, language: str) -> str | None:
    """Return in words why a state is what it is; None where the hours explain it. A day that waits has usual hours."""
    if status.reason is None:
        return None
    if status.usual is None:
        return translate(language, f"reason.{status.reason}")
    if status.usual == "off":
        return translate(language, "reason.usually_closed")
    return translate(language, "reason.usual", times=status.usual.replace(",", translate(language, "list.separator")))


def checked(verified: Verified | None, today: date, language: str) -> str:
    """Return in words how long ago a record was checked on the spot, or that the date lies in the future."""
    if verified is None:
        return translate(language, "verified.never")
    days = (today - verified.on).days
    if days < 0:
        return translate(language, "verified.ahead", date=verified.on)
    if days < 2:
        return translate(language, "verified.yesterday" if days else "verified.today")
    if days < 2 * MONTH_DAYS:
        return translate(language, "verified.days", days=days)
    if days < 2 * YEAR_DAYS:
        return translate(language, "verified.months", months=int(days / MONTH_DAYS))
    return translate(language, "verified.years", years=int(days / YEAR_DAYS))


def _clock(moment: datetime, today: date, language: str, *, is_end: bool) -> str:
    """Say a moment as people do; the end of a day is 24:00 of that day."""
    day, clock = moment.date(), f"{moment:%H:%M}"
    if is_end and clock == "00:00":
        day, clock = day - _DAY, "24:00"
    key = {0: "when.today", 1: "when.tomorrow"}.get((day - today).days, "when.day")
    return translate(language, key, time=clock, month=day.month, day=day.day)
