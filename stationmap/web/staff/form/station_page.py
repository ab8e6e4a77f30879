"""What the page of the form shows of a station: its fields, what is wrong, what its hours come to, its history."""

from __future__ import annotations

from typing import Any

from flask import request

from stationmap.editing.station_form import FieldFault
from stationmap.editing.station_form.hours_text import is_outdated
from stationmap.editing.station_form.presets import HOURS_PRESETS
from stationmap.formats import status_text
from stationmap.i18n import catalogue, translate
from stationmap.registry.model import Station
from stationmap.registry.photos import photo
from stationmap.web.access.guard import current_user, may, may_edit_in
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.form.choices import choices
from stationmap.web.staff.form.history_words import history_entry
from stationmap.web.staff.form.hours_preview import preview_of
from stationmap.web.staff.form.position_page import near, position_context
from stationmap.web.staff.form.reported import reported
from stationmap.web.staff.form.shown import FormFields, Shown, closure_rows
from stationmap.web.staff.form.verification import last_check
from stationmap.web.staff.form.versions import history
from stationmap.web.staff.waiting_reports import waiting_at
from stationmap.web.state import current_snapshot, now, state

MAX_HISTORY = 30
_SCRIPT_WORDS = ("form.script.", "form.closure", "form.choose", "weekday.")


def context(shown: Shown) -> dict[str, Any]:
    """Return the values of the template `staff/form/station.html`."""
    language, base = requested_language(), shown.base
    return {
        "base": shown.digest,
        "values": FormFields(shown.values),
        "errors": {fault.field: _words(fault, language) for fault in shown.faults},
        "labels": _labels(shown, language),
        "rows": closure_rows(shown),
        "offered": choices(current_snapshot().districts, language),
        "preview": preview_of(shown.values, base, now(), language),
        "can_edit": may("edit"),
        "is_own": may_edit_in([base.district]) if base else True,
        "mend": request.args.get("mend", "").partition(".")[0],
        "today": now().date().isoformat(),
        "is_typed": bool(shown.faults) or shown.is_typed,
        "draft_owner": current_user().id,
        "script_words": {**_script_words(language), "near": near(base)},
        "settings": state().settings,
        **position_context(shown),
        **_known(base, language),
    }


def _labels(shown: Shown, language: str) -> dict[str, str]:
    """Return what the fields that have a fault are called, where lists call them something."""
    known = {fault.field: f"column.{fault.field}" for fault in shown.faults}
    return {field: translate(language, key) for field, key in known.items() if key in catalogue(language)}


def _known(base: Station | None, language: str) -> dict[str, Any]:
    """Return what the page says of a station besides its fields; little of a new one."""
    if base is None:
        return {"station": None, "is_outdated": False, "photo": None, "history": [], "reported": None}
    happened = history(base.id)
    return {
        "station": base,
        "is_outdated": is_outdated(base),
        "photo": photo(base.properties.photo),
        "reported": reported(base),
        "waiting_reports": waiting_at(base.id),
        "checked": status_text.checked(base.verified, now().date(), language),
        "undo": last_check(happened),
        "history": [history_entry(each, language) for each in happened[:MAX_HISTORY]],
    }


def _script_words(language: str) -> dict[str, Any]:
    """Return what the scripts of the form say, and the usual hours that they offer."""
    said = {key: text for key, text in catalogue(language).items() if key.startswith(_SCRIPT_WORDS)}
    presets = [
        {**each._asdict(), "label": translate(language, f"form.hours_preset.{each.code}")} for each in HOURS_PRESETS
    ]
    return {"words": said, "presets": presets}


def _words(fault: FieldFault, language: str) -> str:
    return translate(language, f"form.fault.{fault.code}", value=fault.value)
