"""Messages in both languages for a terminal: Chinese first, English second."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from stationmap import i18n
from stationmap.cli.terminal import plain
from stationmap.formats import status_text
from stationmap.hours.opening_hours import Status

if TYPE_CHECKING:
    from stationmap.registry.model import Verified


def both(key: str, *, between: str = " ", **values: object) -> str:
    """Return a message of the catalogue in both languages, or once where they agree."""
    return _joined(lambda language: i18n.translate(language, key, **values), between)


def labels(prefix: str, codes: Iterable[str], *, between: str = "\n") -> str:
    """Return the labels of several codes: all in Chinese, then all in English."""
    listed = list(codes)
    return _joined(lambda language: ", ".join(i18n.translate(language, f"{prefix}.{code}") for code in listed), between)


def state(status: Status, at: datetime, *, between: str = " ") -> str:
    """Return whether a station is open and until when, as seen at the moment `at`."""
    return _joined(lambda language: status_text.state(status, at, language), between)


def remarks(status: Status) -> list[str]:
    """Return the cautions, the reason and the comment of a status."""
    found = [both(f"caution.{code}") for code in status.cautions]
    if status.reason:
        found.append(_joined(lambda language: status_text.reason(status, language) or "", " "))
    return found + ([plain(status.comment)] if status.comment else [])


def checked(verified: Verified | None, today: date, *, between: str = "\n") -> str:
    """Return when a record was last verified on the spot."""
    return _joined(lambda language: status_text.checked(verified, today, language), between)


def _joined(text_in: Callable[[str], str], between: str) -> str:
    return between.join(dict.fromkeys(plain(text_in(language)) for language in i18n.LANGUAGES))
