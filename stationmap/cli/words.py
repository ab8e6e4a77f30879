"""Words for people on a terminal: Chinese first, English second."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from stationmap import i18n
from stationmap.cli.terminal import plain
from stationmap.hours import ZONE, Status

if TYPE_CHECKING:
    from stationmap.model import Verified


def both(key: str, *, between: str = " ", **values: object) -> str:
    """Return a message of the catalogue in both languages, or once where they agree."""
    return _joined(lambda language: i18n.translate(language, key, **values), between)


def labels(prefix: str, codes: Iterable[str], *, between: str = "\n") -> str:
    """Return the labels of several codes: all in Chinese, then all in English."""
    listed = list(codes)
    return _joined(lambda language: ", ".join(i18n.translate(language, f"{prefix}.{code}") for code in listed), between)


def state(status: Status, at: datetime, *, between: str = " ") -> str:
    """Say whether a place is open and until when, seen from the moment `at`."""
    if status.state == "unknown" or status.until is None:
        return both(f"state.{status.state}", between=between)
    key = f"state.{status.state}_then_{status.then}"
    until, today = status.until.astimezone(ZONE), at.astimezone(ZONE).date()

    def told(language: str) -> str:
        return i18n.translate(language, key, time=_when(language, until, today))

    return _joined(told, between)


def remarks(status: Status) -> list[str]:
    """Say what to be careful about, and why an answer is what it is."""
    found = [both(f"caution.{code}") for code in status.cautions]
    if status.reason:
        found.append(both(f"reason.{status.reason}"))
    return found + ([plain(status.comment)] if status.comment else [])


def checked(verified: Verified | None, today: date, *, between: str = "\n") -> str:
    """Say when a record was last checked on the spot."""
    if verified is None:
        return both("verified.never", between=between)
    days = (today - verified.on).days
    if days < 1:
        return both("verified.today", between=between)
    if days < 60:
        return both("verified.days", between=between, days=days)
    months = days // 30
    return both(
        "verified.months" if months < 24 else "verified.years", between=between, months=months, years=days // 365
    )


def _when(language: str, until: datetime, today: date) -> str:
    days_ahead = (until.date() - today) // timedelta(days=1)
    key = {0: "when.today", 1: "when.tomorrow"}.get(days_ahead, "when.day")
    return i18n.translate(language, key, time=f"{until:%H:%M}", month=until.month, day=until.day)


def _joined(told: Callable[[str], str], between: str) -> str:
    return between.join(dict.fromkeys(plain(told(language)) for language in i18n.LANGUAGES))
