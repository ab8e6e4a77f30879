"""What the pages that look things over share: words, moments, and where rows lead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Response, url_for

from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.state import now

PHASES = ("waiting", "registry", "people", "checks", "effects", "list", "trend", "files", "rows", "likeness", "words")
"""Of work aside."""

MINUTE_S, HOUR_S, DAY_HOURS = 60, 3_600, 24

Options = list[tuple[str, str]]


def review_page(template: str, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """Return a page of `staff/review/`."""
    parts = {
        "local": local,
        "age": age,
        "form_url": form_url,
        "districts_named": districts_named,
        "in_words": in_words,
        "isolated": isolated,
        "phases": {phase: say(f"review.phase.{phase}") for phase in PHASES},
    }
    return page(f"review/{template}", status, **parts, **context)


def form_url(station_id: str, field: str = "") -> str:
    """Return the address of the form of a station, at a field by its name (`editing.fields`)."""
    address = url_for("staff.station", station_id=station_id, mend=field or None)
    return f"{address}#field-{quote(field, safe='.')}" if field else address


def local(at: datetime) -> str:
    """Return a moment as the clock shows it where the stations are."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def age(at: datetime) -> str:
    """Return in words how long ago a moment was."""
    seconds = max(0, int((now() - at).total_seconds()))
    hours = seconds // HOUR_S
    if seconds < MINUTE_S:
        return say("reports.age.now")
    if hours < 1:
        return say("reports.age.minutes", count=seconds // MINUTE_S)
    if hours < 2 * DAY_HOURS:
        return say("reports.age.hours", count=hours)
    return say("reports.age.days", count=hours // DAY_HOURS)


def isolated(text: str) -> str:
    """Return text of a person for the middle of a sentence: if it turns the direction of writing, only its own."""
    return f"\u2068{text}\u2069"


def say(key: str, **values: object) -> str:
    """Return a message in the language of the request."""
    return translate(requested_language(), key, **values)


def in_words(prefix: str, codes: Iterable[str]) -> Options:
    """Return codes with their words, as choices of a form."""
    return [(code, say(f"{prefix}.{code}")) for code in codes]


def districts_named(codes: Iterable[str]) -> Options:
    """Return adcodes of districts with their names."""
    return in_words("district", codes)
