"""A station was checked on the spot: said in two taps, and taken back as easily."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import abort, request
from flask.typing import ResponseReturnValue

from stationmap.editing import changed_fields, field_values
from stationmap.editing.edits import Edit, EditConflictError
from stationmap.editing.fields import station_of
from stationmap.editing.station_form import digest
from stationmap.editing.verification import verified
from stationmap.registry.model import Station
from stationmap.storage.journal import StationVersion
from stationmap.web.staff.form.outcome import answer, say
from stationmap.web.staff.form.versions import current, version
from stationmap.web.staff.saving import save
from stationmap.web.state import now

MAX_HOW_LENGTH = 200


def verify_station(station_id: str) -> ResponseReturnValue:
    """Note that staff checked a station today, and how; with `undo`, the digest from before, take that back."""
    base = current(station_id)
    if base is None:
        abort(HTTPStatus.NOT_FOUND)
    before = request.form.get("undo")
    if before is not None:
        return _undone(base, before)
    how = request.form.get("verify-how", "").strip()[:MAX_HOW_LENGTH]
    mine = verified(base, now().date().isoformat(), how)
    try:
        saved = save([Edit(station_id, base, mine)], kind="edit", reason="")
    except EditConflictError:
        say("form.checked_by_another", "warning")
        return answer(station_id, None, is_form=False)
    return answer(station_id, saved, is_form=False)


def last_check(happened: Sequence[StationVersion]) -> str | None:
    """Return the digest of a station from before its latest change, where that was a check and nothing else."""
    before, after = (happened[0].before, happened[0].after) if happened else (None, None)
    if before is None or after is None or happened[0].entry.kind == "undo":
        return None
    return digest(before) if {each.field for each in changed_fields(before, after)} == {("verified",)} else None


def _undone(base: Station, wanted: str) -> ResponseReturnValue:
    """Let the last check be what it was in a version; what else was changed since stays."""
    before = version(base.id, wanted)
    if before is None:
        say("form.undo_too_late", "warning")
        return answer(base.id, None, is_form=False)
    values = {name: value for name, value in field_values(base).items() if name != ("verified",)}
    if ("verified",) in (old := field_values(before)):
        values[("verified",)] = old[("verified",)]
    try:
        saved = save([Edit(base.id, base, station_of(values))], kind="undo", reason="")
    except EditConflictError:
        say("form.undo_too_late", "warning")
        return answer(base.id, None, is_form=False)
    return answer(base.id, saved, is_form=False)
