"""The form of a station: what is known of it, mended; of a new one, added."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.editing.merge import is_same
from stationmap.editing.station_form import FieldFault, digest, edited, form_values, proposed_id
from stationmap.editing.station_form.new_ids import is_station_id
from stationmap.registry.model import Station
from stationmap.storage.editable_registry import MAX_REASON_LENGTH
from stationmap.web.access.guard import current_user
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.form import conflicts
from stationmap.web.staff.form.outcome import answer, say
from stationmap.web.staff.form.reported import answer_reports, reported
from stationmap.web.staff.form.shown import Shown
from stationmap.web.staff.form.station_page import context
from stationmap.web.staff.form.versions import current, history, newest, version
from stationmap.web.staff.saving import save
from stationmap.web.state import current_snapshot, now, state

Sent = dict[str, list[str]]
ADCODE_LENGTH = 6
NEW = "new"
"""What no station can be called: its page would be that of a new one."""


def station(station_id: str) -> ResponseReturnValue:
    """Return the form of a station, or take what somebody changed in it."""
    found, sent = current(station_id), request.form.to_dict(flat=False)
    base, action = version(station_id, _first(sent, "base")) if sent else found, _first(sent, "action")
    if found is None and base is None:
        abort(HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return _form(_shown(found))
    if action in ("resolve", "reopen") or base is None:
        return conflicts.decided(station_id, base, sent)
    done = edited(base, sent, today=now().date())
    faults = (*done.faults, *_of_reason(sent))
    if done.station is None or faults or action == "preview":
        return _form(Shown(base, {**form_values(base), **sent}, faults, is_typed=True), is_wrong=bool(faults))
    try:
        saved = save([Edit(station_id, base, done.station)], kind="edit", reason=_first(sent, "reason").strip())
    except EditConflictError:
        return conflicts.page_of(base, done.station, newest(station_id), sent)
    answer_reports(station_id, saved, sent)
    return answer(station_id, saved, base=None if is_same(base, done.station) else base)


def _shown(found: Station | None) -> Shown:
    """Return the form of a station with what riders' reports propose, where its address names any."""
    led_by = reported(found) if found else None
    return Shown(found, {**form_values(found), **(led_by.values if led_by else {})})


def new_station() -> ResponseReturnValue:
    """Return the form of a new station, or add the one that somebody filled in; sent twice, it is added once."""
    if request.method == "POST":
        return _added(request.form.to_dict(flat=False))
    asked = request.args.get("district", "")
    district = asked if asked.isdecimal() and len(asked) == ADCODE_LENGTH else _own_district()
    proposed = _proposed_id(district)
    return _form(Shown(None, {**form_values(None), "district": [district], "id": [proposed]}))


def _added(sent: Sent) -> ResponseReturnValue:
    done = edited(None, sent, today=now().date())
    station_id = _first(sent, "id").strip()
    there = current(station_id) if is_station_id(station_id) else None
    if there is not None and done.station is not None and _was_added(there, done.station):
        say("form.done.already_added")
        return answer(station_id, None)
    faults = (*done.faults, *_of_reason(sent), *_of_id(station_id, there, done.station))
    if done.station is None or faults or _first(sent, "action") == "preview":
        return _form(Shown(None, {**form_values(None), **sent}, faults, is_typed=True), is_wrong=bool(faults))
    try:
        saved = save([Edit(station_id, None, done.station)], kind="edit", reason=_first(sent, "reason").strip())
    except EditConflictError:  # another process of the server has added one with this id
        newest(station_id)
        return _added(sent)
    return answer(station_id, saved)


def _of_id(station_id: str, there: Station | None, mine: Station | None) -> tuple[FieldFault, ...]:
    if station_id == NEW:
        return (FieldFault("id", "bad_id"),)
    if there is None:
        return ()
    free = _proposed_id(mine.district if mine else there.district)
    return (FieldFault("id", "id_taken", free),)


def _form(shown: Shown, *, is_wrong: bool = False) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
    return page("form/station", status, **context(shown))


def _was_added(there: Station, mine: Station) -> bool:
    """Tell whether a station is, or was when it was added, what somebody sends once more."""
    versions = (there, *(each.after for each in history(there.id) if each.before is None))
    return any(each is not None and digest(each) == digest(mine) for each in versions)


def _of_reason(sent: Sent) -> tuple[FieldFault, ...]:
    return (FieldFault("reason", "too_long"),) if len(_first(sent, "reason")) > MAX_REASON_LENGTH else ()


def _own_district() -> str:
    """Return a district that whoever is signed in edits, else the first that has a station."""
    own = [each for each in current_user().districts if len(each) == ADCODE_LENGTH]
    stations = current_snapshot().registry.stations
    return own[0] if own else stations[0].district if stations else ""


def _proposed_id(district: str) -> str:
    served = state().snapshot
    return proposed_id(served.ids, served.index.columns.districts, district)


def _first(sent: Sent, name: str) -> str:
    return (sent.get(name) or [""])[0]
