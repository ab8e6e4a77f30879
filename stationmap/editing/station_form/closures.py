"""The temporary closures of a form: rows of days, with times where they matter, each with an end or expressly none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from stationmap.csv_reader import csv_cells
from stationmap.editing.station_form.submission import NOTHING, FieldFault, Submission, Update
from stationmap.hours.opening_hours import ZONE

SHOWN = "closures"
"""The field that a form with closures always sends, as one whose rows were all removed sends none of them."""

_EDGES = ("from", "to")


def read_closures(sent: Submission) -> Update:
    """Return the closures; a row that says what it was shown with is kept as it is, an empty one is left out."""
    numbers = rows_of(sent)
    if SHOWN not in sent.sent and not numbers:
        return NOTHING
    known: list[dict[str, Any]] = sent.known.get("closures") or []
    found, faults = [], []
    for number in numbers:
        if sent.chosen(f"{SHOWN}.{number}.drop"):
            continue
        before = known[number] if number < len(known) else None
        closure, wrong = _closure(sent, number, before)
        faults += wrong
        found += [closure] if closure else []
    if found == known and not faults:
        return NOTHING
    return {"closures": found or None}, tuple(faults)


def rows_of(sent: Submission) -> list[int]:
    """Return the numbers of the rows that were sent, in order."""
    numbers = {name.split(".")[1] for name in sent.sent if name.startswith(f"{SHOWN}.") and name.count(".") == 2}
    return sorted(int(number) for number in numbers if number.isdecimal() and len(number) < 6)


def _closure(
    sent: Submission, number: int, before: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, list[FieldFault]]:
    row = f"{SHOWN}.{number}."
    texts = {name: sent.text(row + name) for name in ("from", "from_time", "to", "to_time", "reason")}
    is_open_ended = bool(sent.chosen(f"{row}open_ended"))
    # A box that is not ticked is not sent, so it is looked at by itself.
    is_same_end = before is not None and is_open_ended == (not before.get("to"))
    if is_same_end and not sent.touches(*(row + name for name in texts)):
        return before, []
    if not any(texts.values()) and not is_open_ended:
        return None, []
    closure = dict(before or {})
    faults: list[FieldFault] = []
    for edge in _EDGES:
        if before is not None and before.get(edge) and not sent.touches(row + edge, f"{row}{edge}_time"):
            continue
        read, wrong = _edge(texts[edge], texts[f"{edge}_time"], row + edge)
        faults += wrong
        closure |= {edge: read} if read else {}
        if not read:
            closure.pop(edge, None)
    faults += _faults_of_ends(texts, is_open_ended, row)
    if not faults and _is_reversed(closure):
        faults.append(FieldFault(f"{row}to", "closure_reversed"))
    return {**closure, "reason": texts["reason"]}, faults


def _faults_of_ends(texts: dict[str, str], is_open_ended: bool, row: str) -> list[FieldFault]:
    faults = [] if texts["from"] else [FieldFault(f"{row}from", "closure_without_start")]
    if texts["to"] and is_open_ended:
        faults.append(FieldFault(f"{row}to", "closure_with_two_ends"))
    elif not texts["to"] and not is_open_ended:
        faults.append(FieldFault(f"{row}to", "closure_without_end"))
    return faults


def _edge(day_text: str, clock: str, field: str) -> tuple[str | None, list[FieldFault]]:
    """Return a day, or a moment on the clocks of China, in ISO 8601."""
    if not day_text:
        return None, []  # that there is none is said of both ends together
    day = csv_cells.day(day_text)
    if day is None:
        return None, [FieldFault(field, "no_date")]
    if not clock:
        return day, []
    try:
        at = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), ZONE)
    except ValueError:
        return None, [FieldFault(f"{field}_time", "no_time")]
    return at.isoformat(), []


def _is_reversed(closure: dict[str, Any]) -> bool:
    start, end = closure.get("from"), closure.get("to")
    if not start or not end:
        return False
    return _moments(start)[0] > _moments(end)[1]


def _moments(edge: str) -> Sequence[datetime]:
    """Return the first and the last moment of a day; of a moment, itself."""
    if len(edge) <= len("2026-11-23"):
        day = date.fromisoformat(edge)
        return datetime.combine(day, time.min, ZONE), datetime.combine(day, time.max, ZONE)
    at = datetime.fromisoformat(edge.replace("Z", "+00:00"))
    return at, at
