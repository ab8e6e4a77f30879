"""What became of a form, in words, and where whoever sent it is led: by a browser, or by the script of the form."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing import changed_fields
from stationmap.editing.edits import StationChange
from stationmap.editing.field_words import change_in_words
from stationmap.editing.merge import is_same
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.form.cautions import new_cautions
from stationmap.web.staff.form.versions import current
from stationmap.web.staff.saving import Saved
from stationmap.web.state import current_snapshot, now

MAX_NAMED = 12
SAVED = "#saved"
"""By which a browser learns that what it keeps of a form is saved (static/js/staff/form/keeping.js)."""


def say(key: str, category: str = "done", **values: Any) -> None:
    """Show a message on the next page."""
    flash(translate(requested_language(), key, **values), category)


def answer(
    station_id: str, saved: Saved | None, *, base: Station | None = None, is_form: bool = True
) -> ResponseReturnValue:
    """Say what became of a change of a station, and lead to its form; None where that was said already.

    Where nothing changed although the station is not what it was in `base`, the same was saved before: by a second tap,
    or by a first try of which no answer came.
    """
    if saved is not None:
        found = current(station_id)
        is_again = base is not None and found is not None and not is_same(base, found)
        _say_what_was_saved(saved, "form.done.already_saved" if is_again else "form.done.unchanged")
    # A new station that was proposed has no page yet.
    there = url_for("staff.station", station_id=station_id) if current(station_id) else url_for("staff.home")
    if request.accept_mimetypes.best == "application/json":
        return jsonify(location=there)
    return redirect(there + (SAVED if is_form else ""), HTTPStatus.SEE_OTHER)


def field_names(change: StationChange, language: str) -> list[str]:
    """Return what the fields are called in which a station changed, the first ones where there are many."""
    before, after = change
    if before is None or after is None:
        return []
    words = (change_in_words(each.field, before, after, language) for each in changed_fields(before, after))
    found = [each.heading for each in words if each]
    more = [f"… {len(found)}"] if len(found) > MAX_NAMED else []
    return [*found[:MAX_NAMED], *more]


def _say_what_was_saved(saved: Saved, unchanged: str) -> None:
    language = requested_language()
    separator = translate(language, "list.separator")
    for change in saved.changed.values():
        fields = separator.join(field_names(change, language))
        say("form.done.saved" if change[0] else "form.done.added", fields=fields)
        _caution(change)
    if saved.proposed:
        say("form.done.proposed", number=saved.proposal)
    if not (saved.changed or saved.proposed):
        say(unchanged)
    if saved.unpublished:
        say("form.done.unpublished", "warning")


def _caution(change: StationChange) -> None:
    """Say what is probably wrong with what was saved; it is saved all the same."""
    before, after = change
    for code in new_cautions(before, after, current_snapshot().registry.meta, now().date()) if after else ():
        say("form.done.caution", "warning", finding=translate(requested_language(), f"finding.{code}"))
