"""What hours, closures and status come to on the coming two weeks, from the rules that riders are told by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask import Response, jsonify, request

from stationmap.editing.station_form.closures import read_closures
from stationmap.editing.station_form.form_values import form_values
from stationmap.editing.station_form.hours import read_hours
from stationmap.editing.station_form.submission import Submission
from stationmap.hours.checks import doubts
from stationmap.hours.chinese.halves import completed
from stationmap.hours.opening_hours import State
from stationmap.hours.schedule import Schedule
from stationmap.i18n import translate
from stationmap.registry.model import STATUSES, Closure, Station
from stationmap.web.pages.rendering import requested_language
from stationmap.web.pages.station_view import note_of, spans_of, whole
from stationmap.web.staff.form.versions import version
from stationmap.web.state import now

DAYS = 14


class PreviewDay(NamedTuple):
    """A day: its name, what is special of it, when it is open or may be; nothing where it is closed all day."""

    day: str
    label: str
    note: str
    times: tuple[str, ...]
    state: State


class HoursPreview(NamedTuple):
    """What is understood of hours, None where nothing is, and what may be meant then; what is doubtful; the days."""

    hours: str | None
    understood: str
    perhaps: str | None
    doubts: tuple[str, ...]
    days: tuple[PreviewDay, ...]


def hours_preview() -> Response:
    """Return as JSON what the fields of a form about hours come to, sent as the form of `station` sends them."""
    base = version(request.form.get("station", ""), request.form.get("base", ""))
    found = preview_of(request.form.to_dict(flat=False), base, now(), requested_language())
    days: list[dict[str, Any]] = [each._asdict() for each in found.days]
    return jsonify(
        hours=found.hours, understood=found.understood, perhaps=found.perhaps, doubts=found.doubts, days=days
    )


def preview_of(sent: Mapping[str, Sequence[str]], base: Station | None, at: datetime, language: str) -> HoursPreview:
    """Return what fields of a form come to; what was not touched since `base` holds as it is there."""
    today = at.date()
    submission = Submission(base, {**form_values(base), **sent}, today)
    hours, code = _hours(submission)
    schedule = Schedule.of(hours, _closures(submission), _status(submission))
    return HoursPreview(
        hours,
        translate(language, f"form.understood.{code}"),
        completed(submission.text("hours")) if code == "no" else None,
        _doubts(hours, today, language),
        tuple(_days(schedule, today, language)),
    )


def _hours(sent: Submission) -> tuple[str | None, str]:
    values, faults = read_hours(sent)
    if faults or (sent.text("hours") and values.get("hours", "") is None):
        return None, "no"
    hours = values["hours"] if values else sent.known.get("hours")
    return hours, "yes" if hours else "empty"


def _closures(sent: Submission) -> tuple[Any, ...]:
    """Return the closures that are understood as periods of a schedule; the others are named as faults."""
    values, _ = read_closures(sent)
    found = values.get("closures", sent.known.get("closures")) or []
    whole_ones = [each for each in found if each.get("from")]
    return tuple((each.start, each.end, each.reason) for each in map(Closure.model_validate, whole_ones))


def _status(sent: Submission) -> str:
    status = sent.text("status")
    return status if status in STATUSES else "open"


def _doubts(hours: str | None, today: date, language: str) -> tuple[str, ...]:
    return tuple(translate(language, f"finding.{each.code}") for each in (doubts(hours, today) if hours else ()))


def _days(schedule: Schedule, today: date, language: str) -> Iterator[PreviewDay]:
    for ahead, spans in enumerate(spans_of(schedule, today, DAYS, language)):
        day = today + timedelta(days=ahead)
        date_words = translate(language, "when.date", month=day.month, day=day.day)
        label = f"{date_words} {translate(language, f'weekday.{day.weekday()}')}"
        times, states = tuple(text for text, _ in spans), [each for _, each in spans]
        yield PreviewDay(day.isoformat(), label, note_of(day, language), times, whole(states))
