"""Fields in which one or several of some codes are chosen: what a station is, who may enter, what is there."""

from __future__ import annotations

from typing import Any

from stationmap.csv_reader import csv_cells
from stationmap.editing.station_form.submission import NOTHING, FieldFault, Submission, Update
from stationmap.registry.adcodes import known_districts
from stationmap.registry.model import CATEGORIES, FACILITIES, HOW, SERVICES, STATUSES, WHO

_PRESENCE = {"yes": True, "no": False}


def read_category(sent: Submission) -> Update:
    """Return the kind of station."""
    return _one(sent, "category", CATEGORIES)


def read_status(sent: Submission) -> Update:
    """Return what the register says of a station; `open` is what a new one is, and is not written."""
    values, faults = _one(sent, "status", STATUSES)
    return ({}, ()) if sent.base is None and values.get("status") == "open" else (values, faults)


def read_district(sent: Submission) -> Update:
    """Return the adcode of the district that was named."""
    if not sent.touches("district"):
        return NOTHING
    text = sent.text("district")
    found = known_districts().find(text, sent.text("address")) if text else None
    if found is None:
        return {}, (FieldFault("district", "unknown_district" if text else "blank"),)
    return {"district": found.adcode}, ()


def read_access(sent: Submission) -> Update:
    """Return who may enter, how, and what a visitor should know."""
    if not sent.touches("access", "access_how", "access_note"):
        return NOTHING
    access: dict[str, Any] = dict(sent.known.get("access") or {})
    faults = []
    if sent.touches("access"):
        who = sent.text("access")
        faults += [] if who in WHO else [FieldFault("access", "blank" if not who else "not_offered")]
        access["who"] = who
    if sent.touches("access_how"):
        chosen = sent.chosen("access_how")
        faults += [] if set(chosen) <= set(HOW) else [FieldFault("access_how", "not_offered")]
        access["how"] = [code for code in HOW if code in chosen] or None
    if sent.touches("access_note"):
        access["note"] = sent.text("access_note") or None
    access.setdefault("who", "unknown")
    return {"access": {name: value for name, value in access.items() if value is not None}}, tuple(faults)


def read_facilities(sent: Submission) -> Update:
    """Return what is there and what is not; what nobody knows is left out, and codes that no form shows stay."""
    touched = [code for code in FACILITIES if sent.touches(f"facilities.{code}")]
    if not touched:
        return NOTHING
    facilities = dict(sent.known.get("facilities") or {})
    faults = []
    for code in touched:
        stated = sent.text(f"facilities.{code}")
        facilities.pop(code, None) if stated not in _PRESENCE else facilities.update({code: _PRESENCE[stated]})
        faults += [] if stated in (*_PRESENCE, "unknown", "") else [FieldFault(f"facilities.{code}", "not_offered")]
    return {"facilities": facilities}, tuple(faults)


def read_services(sent: Submission) -> Update:
    """Return the programmes that are handled there; codes that no form shows stay."""
    if not sent.touches("services"):
        return NOTHING
    chosen, known = sent.chosen("services"), list(sent.known.get("services") or ())
    if not set(chosen) <= set(SERVICES):
        return {}, (FieldFault("services", "not_offered"),)
    kept = [code for code in known if code in chosen or code not in SERVICES]
    return {"services": [*kept, *(code for code in SERVICES if code in chosen and code not in known)] or None}, ()


def read_verified(sent: Submission) -> Update:
    """Return the last check on the spot; without a word on who made it, it is that of the union's staff."""
    names = {"on": "verified_on", "by": "verified_by", "how": "verified_how"}
    if not sent.touches(*names.values()):
        return NOTHING
    text = {name: sent.text(field) for name, field in names.items()}
    if not text["on"]:
        if not text["how"] and (not text["by"] or not sent.touches("verified_by")):
            return {"verified": None}, ()
        return {}, (FieldFault("verified_on", "verified_without_day"),)
    day = csv_cells.day(text["on"])
    if day is None or day > sent.today.isoformat():
        return {}, (FieldFault("verified_on", "no_date" if day is None else "day_ahead"),)
    if text["by"] not in ("staff", "operator", "rider", ""):
        return {}, (FieldFault("verified_by", "not_offered"),)
    verified = {
        **(sent.known.get("verified") or {}),
        "on": day,
        "by": text["by"] or "staff",
        "how": text["how"] or None,
    }
    return {"verified": {name: value for name, value in verified.items() if value is not None}}, ()


def _one(sent: Submission, name: str, offered: tuple[str, ...]) -> Update:
    if not sent.touches(name):
        return NOTHING
    code = sent.text(name)
    return ({name: code}, ()) if code in offered else ({}, (FieldFault(name, "not_offered" if code else "blank"),))
