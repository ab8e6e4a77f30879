"""What can be done to many stations at once, and what a form says of it; each needs no more than the station.

action, wrong = action_from("close", {"from": "2026-07-01", "to": "2026-07-05", "reason": "flood"}, at)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from stationmap.editing.closures import closed, reopened
from stationmap.editing.fields import field_values, station_of
from stationmap.editing.verification import verified
from stationmap.hours.opening_hours import ZONE
from stationmap.hours.schedule import IN_USE
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import Closure, Station

ActionName = Literal["close", "reopen", "verify", "status"]
NAMES: tuple[ActionName, ...] = ("close", "reopen", "verify", "status")
REASONS = ("flood", "holiday", "power", "works", "other")
HOWS = ("visited", "phoned")
NEW_STATUSES = ("suspended", "closed", "open")
MAX_NOTE_LENGTH = 300
MAX_PAST, MAX_AHEAD = timedelta(days=366), timedelta(days=3_660)

Errors = dict[str, str]
"""The key of a message by the name of the field that it is about."""


@dataclass(frozen=True, slots=True)
class Action:
    """A change of one station, whichever; `reason` is what the journal says of it, in Chinese.

    `change` returns the station as it is where there is nothing to change. Stations of other statuses than `statuses`
    cannot take it; empty is any.
    """

    name: ActionName
    change: Callable[[Station], Station]
    reason: str
    statuses: frozenset[str] = frozenset()


def action_from(name: ActionName, values: Mapping[str, str], at: datetime) -> tuple[Action | None, Errors]:
    """Return the action that a form describes at an aware moment, or what is wrong with its fields."""
    known = {key: value.strip() for key, value in values.items()}
    made = _MAKERS[name](known, at)
    return (None, made) if isinstance(made, dict) else (made, {})


def _close(values: Mapping[str, str], at: datetime) -> Action | Errors:
    errors: Errors = {}
    today = at.astimezone(ZONE).date()
    start = _date(values, "from", errors, today)
    end = None if values.get("open_end") else _date(values, "to", errors, today)
    if start and end and end < start:
        errors["to"] = "staff.bulk.wrong.reversed"
    if end and "to" not in errors and end < today:
        errors["to"] = "staff.bulk.wrong.past"
    moment = _moment(values, end, errors, at)
    reason = _reason(values, errors)
    if errors or start is None:
        return errors
    closure = _closure(start, moment or end, reason)
    span = f"{start}至{moment:%Y-%m-%d %H:%M}" if moment else f"{start}至{end}" if end else f"{start}起"
    return Action(
        "close", lambda station: closed(station, closure), f"{reason} {span}", frozenset((IN_USE, "suspended"))
    )


def _reopen(values: Mapping[str, str], at: datetime) -> Action | Errors:
    ahead = bool(values.get("ahead"))
    now = at.replace(microsecond=0)
    return Action("reopen", lambda station: reopened(station, now, also_ahead=ahead), _word("staff.bulk.reopen"))


def _verify(values: Mapping[str, str], at: datetime) -> Action | Errors:
    errors: Errors = {}
    how, note = values.get("how", HOWS[0]), _note(values, errors)
    if how not in HOWS:
        errors["how"] = "staff.bulk.wrong.choose"
    if errors:
        return errors
    words = "，".join(filter(None, (_word(f"staff.bulk.how.{how}"), note)))
    today = at.astimezone(ZONE).date()

    def change(station: Station) -> Station:
        known = station.verified
        if known is not None and known.on >= today and known.by == "staff":
            return station
        return verified(station, today.isoformat(), words)

    return Action("verify", change, f"{_word('staff.bulk.verify')}：{words}")


def _status(values: Mapping[str, str], at: datetime) -> Action | Errors:
    errors: Errors = {}
    status, note = values.get("status", ""), _note(values, errors)
    today = at.astimezone(ZONE).date()
    end = _date(values, "to", errors, today) if status == "suspended" and values.get("to") else None
    if status not in NEW_STATUSES:
        errors["status"] = "staff.bulk.wrong.choose"
    if end and end < today:
        errors["to"] = "staff.bulk.wrong.past"
    if not note and status != IN_USE:
        errors.setdefault("note", "staff.bulk.wrong.reason")
    if errors:
        return errors
    closure = _closure(today, end, note)

    def change(station: Station) -> Station:
        if station.status == status:
            return station
        values = field_values(station)
        became = station_of({**values, ("status",): {**values.get(("status",), {}), "status": status}})
        if status == "suspended":
            return closed(became, closure)
        return reopened(became, at.replace(microsecond=0)) if status == IN_USE else became

    return Action("status", change, "：".join(filter(None, (_word(f"register_status.{status}"), note))))


_MAKERS: Mapping[ActionName, Callable[[Mapping[str, str], datetime], Action | Errors]] = {
    "close": _close,
    "reopen": _reopen,
    "verify": _verify,
    "status": _status,
}


def _moment(values: Mapping[str, str], end: date | None, errors: Errors, at: datetime) -> datetime | None:
    """Return when on its last day a closure ends; None where it lasts the whole day, or has no last day."""
    clock = values.get("to_time", "")
    if not clock or end is None:
        return None
    try:
        found = datetime.combine(end, time.fromisoformat(clock), ZONE)
    except ValueError:
        errors["to_time"] = "staff.bulk.wrong.time"
        return None
    if found <= at:
        errors.setdefault("to_time", "staff.bulk.wrong.past_time")
    return found


def _closure(start: date, end: date | None, reason: str) -> Closure:
    days = {"from": start.isoformat()} | ({"to": end.isoformat()} if end else {})
    return Closure.model_validate({**days, "reason": reason})


def _date(values: Mapping[str, str], name: str, errors: Errors, today: date) -> date | None:
    text = values.get(name, "")
    if not text:
        errors[name] = f"staff.bulk.wrong.no_{name}"
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        errors[name] = "staff.bulk.wrong.date"
        return None
    if not today - MAX_PAST <= found <= today + MAX_AHEAD:
        errors[name] = "staff.bulk.wrong.far"
    return found


def _reason(values: Mapping[str, str], errors: Errors) -> str:
    """Return the reason in Chinese, as a registry keeps it: a usual one, words of one's own, or both."""
    code, note = values.get("reason", ""), _note(values, errors)
    if code not in REASONS:
        errors["reason"] = "staff.bulk.wrong.choose"
    if code == "other":
        if not note:
            errors.setdefault("note", "staff.bulk.wrong.reason")
        return note
    return "，".join(filter(None, (_word(f"staff.bulk.reason.{code}"), note)))


def _note(values: Mapping[str, str], errors: Errors) -> str:
    note = " ".join(values.get("note", "").split())
    if len(note) > MAX_NOTE_LENGTH:
        errors["note"] = "staff.bulk.wrong.long"
    return note


def _word(key: str) -> str:
    return translate(DEFAULT_LANGUAGE, key)
