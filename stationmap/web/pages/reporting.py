"""What pages say of riders' reports: where a phone sends them, and what others reported of a station."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from flask import url_for

from stationmap.errors import StorageError
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.web.state import request_context, state

if TYPE_CHECKING:
    from stationmap.storage.reports.reading import KeptReport


class MarkView(NamedTuple):
    """A mark in words, and what tells it from another one."""

    text: str
    stamp: str


def reports_url() -> str:
    """Return where a phone sends reports; empty where none are taken. `form_loader.js` finds the rest beside it."""
    return url_for("reports.report") if state().settings.takes_reports else ""


def mark_view(station_id: str, language: str) -> MarkView | None:
    """Return the mark that stands at a station now."""
    context = request_context()
    mark = context.evidence.mark(station_id, context.at)
    if mark is None:
        return None
    since = mark.since.astimezone(ZONE)
    time = moment_text(since, context.at, language)
    text = translate(language, f"mark.{mark.kind}", count=mark.devices, time=time, known="")
    return MarkView(text, f"{mark.devices} {since.isoformat(timespec='seconds')}")


def confirmed_text(station_id: str, language: str) -> str:
    """Return that riders found a station open, and when the last did; empty where none did."""
    found = request_context().evidence.confirmation(station_id)
    return translate(language, "mark.confirmed", count=found.times, date=found.on) if found else ""


def answers_of(station_id: str, language: str) -> list[str]:
    """Return what staff answered reports of a station lately, and what they released of riders' words, a line each.

    A page does without where the database cannot be read.
    """
    desk = state().desk
    if not desk.has_reports:
        return []
    from stationmap.storage.reports import reading

    at = request_context().at
    try:
        with desk.database().reading() as connection:
            public = reading.public(connection, desk.registry, station_id, at)
    except StorageError:
        return []
    return [
        *(_answer_line(found, at, language) for found in public.answers),
        *(translate(language, "report.text_shown", text=found.masked_text) for found in public.texts),
    ]


def _answer_line(found: KeptReport, at: datetime, language: str) -> str:
    kind = translate(language, f"report_kind.{found.report.kind}")
    time = moment_text(found.decided_at or at, at, language)
    return translate(language, "report.answered", kind=kind, time=time, answer=found.answer)


def moment_text(moment: datetime, at: datetime, language: str) -> str:
    """Return a moment by the clock of the stations, with its day where that is another than that of `at`."""
    local, today = moment.astimezone(ZONE), at.astimezone(ZONE)
    time = f"{local:%H:%M}"
    if local.date() == today.date():
        return translate(language, "when.today", time=time)
    return translate(language, "when.day", month=local.month, day=local.day, time=time)
