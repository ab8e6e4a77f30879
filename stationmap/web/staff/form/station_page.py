"""What the page of the form shows of a station: its fields, what is wrong, what its hours come to, its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import request

from stationmap.editing import changed_fields
from stationmap.editing.field_words import FieldWords, change_in_words
from stationmap.editing.station_form import FieldFault, digest
from stationmap.editing.station_form.closures import rows_of
from stationmap.editing.station_form.hours_text import is_outdated
from stationmap.editing.station_form.place import read_place
from stationmap.editing.station_form.presets import HOURS_PRESETS
from stationmap.editing.station_form.submission import Submission
from stationmap.formats import status_text
from stationmap.frontend.map_app_links import Link, browser_of, links
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import catalogue, translate
from stationmap.registry.model import Station
from stationmap.registry.photos import photo
from stationmap.storage.journal import StationVersion
from stationmap.web.access.guard import current_user, may, may_edit_in
from stationmap.web.pages.routes import bare_map, requested_language
from stationmap.web.staff.form.choices import choices
from stationmap.web.staff.form.hours_preview import preview_of
from stationmap.web.staff.form.verification import last_check
from stationmap.web.staff.form.versions import history
from stationmap.web.state import current_snapshot, now, state

EMPTY_ROWS = 1
"""Rows of closures to fill in, below those that are there."""
MAX_HISTORY = 30
MAX_NEAR = 12
_SCRIPT_WORDS = ("form.script.", "form.closure", "form.choose", "weekday.")


class Shown(NamedTuple):
    """A station as the form shows it, None for a new one: the version it was opened with, its fields, what is wrong."""

    base: Station | None
    values: Mapping[str, Sequence[str]]
    faults: tuple[FieldFault, ...] = ()
    is_typed: bool = False
    """Whether the fields are what somebody typed, not what the station has."""
    opened_with: str = ""
    """The digest of the version they began with, where that is another one than `base`."""


class HistoryEntry(NamedTuple):
    """What somebody did to a station, in words."""

    seq: int
    at: datetime
    author: str
    kind: str
    reason: str
    changes: tuple[FieldWords, ...]
    is_first: bool


def context(shown: Shown) -> dict[str, Any]:
    """Return the values of the template `staff/form/station.html`."""
    language, base = requested_language(), shown.base
    registry = current_snapshot().registry
    happened = history(base.id) if base else ()
    return {
        "station": base,
        "base": shown.opened_with or (digest(base) if base else ""),
        "values": FormFields(shown.values),
        "errors": {fault.field: _words(fault, language) for fault in shown.faults},
        "rows": closure_rows(shown.values),
        "offered": choices(registry, language),
        "preview": preview_of(shown.values, base, now(), language),
        "is_outdated": base is not None and is_outdated(base),
        "can_edit": may("edit"),
        "is_own": may_edit_in([base.district]) if base else True,
        "user_districts": current_user().districts,
        "checked": status_text.checked(base.verified, now().date(), language) if base else "",
        "photo": photo(base.properties.photo) if base else None,
        "history": [_entry(each, language) for each in happened[:MAX_HISTORY]],
        "undo": last_check(happened),
        "mend": request.args.get("mend", ""),
        "today": now().date().isoformat(),
        "is_typed": bool(shown.faults) or shown.is_typed,
        "draft_owner": current_user().id,
        "script_words": {**_script_words(language), "near": _near(base)},
        "maps": _maps(base),
        "map": bare_map(),
        "place": _place(shown),
        "settings": state().settings,
    }


def _script_words(language: str) -> dict[str, Any]:
    """Return what the scripts of the form say, and the usual hours that they offer."""
    said = {key: text for key, text in catalogue(language).items() if key.startswith(_SCRIPT_WORDS)}
    presets = [
        {**each._asdict(), "label": translate(language, f"form.hours_preset.{each.code}")} for each in HOURS_PRESETS
    ]
    return {"words": said, "presets": presets}


class FormFields(dict[str, Sequence[str]]):
    """The fields of a form, whose templates want one text or a list."""

    def one(self, name: str) -> str:
        """Return the text of a field, empty where there is none."""
        return (self.get(name) or [""])[0]

    def all(self, name: str) -> list[str]:
        """Return what is chosen in a field."""
        return [each for each in self.get(name, ()) if each]


def closure_rows(values: Mapping[str, Sequence[str]]) -> list[int]:
    """Return the numbers of the rows of closures, with empty ones to fill in."""
    numbers = rows_of(Submission(None, values, now().date()))
    first = max(numbers, default=-1) + 1
    return [*numbers, *range(first, first + EMPTY_ROWS)]


def _near(base: Station | None) -> list[dict[str, Any]]:
    """Return the stations around a station, by which somebody finds their way on a map without streets."""
    if base is None:
        return []
    found = current_snapshot().index.nearest(base.position, MAX_NEAR + 1)
    others = [each.station for each in found if each.station.id != base.id]
    return [{"name": each.name, "lon": each.position.lon, "lat": each.position.lat} for each in others[:MAX_NEAR]]


def _maps(base: Station | None) -> list[Link]:
    """Return links that open the place in maps with streets, to compare it."""
    if base is None:
        return []
    browser = browser_of(request.user_agent.string)
    found = links(base.position.lon, base.position.lat, base.name, browser=browser)
    return [each for each in found if each.code != "amap_route"]


def _place(shown: Shown) -> tuple[float, float] | tuple[str, str]:
    """Return where the pin stands: at what was typed if that is a place, else where the station is; WGS-84 degrees."""
    typed, _ = read_place(Submission(shown.base, shown.values, now().date()))
    if "geometry" in typed:
        lon, lat = typed["geometry"]["coordinates"]
        return lon, lat
    return shown.base.geometry.coordinates if shown.base else ("", "")


def _words(fault: FieldFault, language: str) -> str:
    return translate(language, f"form.fault.{fault.code}", value=fault.value)


def _entry(found: StationVersion, language: str) -> HistoryEntry:
    entry, changes = found.entry, tuple(_changes(found, language))
    at = entry.at.astimezone(ZONE)
    return HistoryEntry(entry.seq, at, entry.author, entry.kind, entry.reason, changes, found.before is None)


def _changes(found: StationVersion, language: str) -> Iterator[FieldWords]:
    if found.before is None or found.after is None:
        return
    for change in changed_fields(found.before, found.after):
        if words := change_in_words(change.field, found.before, found.after, language):
            yield words
