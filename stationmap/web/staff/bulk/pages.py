"""From stations chosen in the table to one revision: what to do, a preview that names each, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.edits import EditConflictError
from stationmap.editing.field_words import FieldWords
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.web.pages.poster import has_poster
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.bulk.actions import (
    HOWS,
    NAMES,
    NEW_STATUSES,
    REASONS,
    Action,
    ActionName,
    action_from,
)
from stationmap.web.staff.bulk.choice import MAX_CHOSEN, TooManyChosenError, chosen_in, keep, kept
from stationmap.web.staff.bulk.plan import Plan, plan, words_of
from stationmap.web.staff.saving import Saved, save, sort
from stationmap.web.staff.table.pages import form_address
from stationmap.web.staff.table.shown import shown
from stationmap.web.staff.table.view import view_from
from stationmap.web.state import current_snapshot, now

_FIELDS = ("from", "to", "to_time", "open_end", "reason", "note", "ahead", "how", "status")
_SENT = "preview"


class PlannedEdit(NamedTuple):
    """A station of a preview, what changes field by field, and whether it becomes a proposal."""

    station: Station
    changes: list[FieldWords]
    is_proposed: bool


def choose() -> ResponseReturnValue:
    """Keep the stations ticked in the table, and lead to what is to be done with them."""
    action = request.form.get("action", "")
    try:
        ids = chosen_in(request.form)
    except TooManyChosenError:
        return _back_to_table("staff.bulk.too_many", most=f"{MAX_CHOSEN:,}")
    if not ids:
        return _back_to_table("staff.bulk.none_chosen")
    token = keep(ids)
    if action in NAMES:
        return redirect(url_for("staff.bulk", token=token, action=action), HTTPStatus.SEE_OTHER)
    return redirect(url_for("staff.chosen", token=token), HTTPStatus.SEE_OTHER)


def chosen(token: str) -> Response:
    """Return the page of the chosen stations: what they are, what can be done, their posters."""
    stations, gone = _stations(kept(token))
    rows = shown(stations, now(), requested_language())
    return page(
        "chosen", token=token, rows=rows, gone=gone, actions=NAMES, has_poster=has_poster, form_address=form_address
    )


def bulk(token: str, action: str) -> ResponseReturnValue:
    """Return the form of an action or, of one that is filled in, its preview; save it when that is sent."""
    if action not in NAMES:
        abort(HTTPStatus.NOT_FOUND)
    ids, name, values = kept(token), action, _values()
    made: Action | None = None
    errors: dict[str, str] = {}
    if request.method == "POST" or _SENT in request.args:
        made, errors = action_from(name, values, now())
    if made is None:
        words = {field: translate(requested_language(), key) for field, key in errors.items()}
        return _form(token, name, ids, values, words)
    planned = plan(made, ids, current_snapshot().registry)
    return _save(token, made, planned, values) if request.method == "POST" else _preview(token, made, planned, values)


def _form(token: str, name: ActionName, ids: Sequence[str], values: dict[str, str], errors: dict[str, str]) -> Response:
    stations, gone = _stations(ids)
    return page(
        "bulk_form",
        HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        token=token,
        action=name,
        stations=stations,
        gone=gone,
        values={"from": f"{now():%Y-%m-%d}", "how": HOWS[0], **values},
        errors=errors,
        reasons=REASONS,
        hows=HOWS,
        statuses=NEW_STATUSES,
        today=f"{now():%Y-%m-%d}",
    )


def _preview(token: str, action: Action, planned: Plan, values: dict[str, str]) -> Response:
    proposed = {edit.station_id for edit in sort(planned.edits).others}
    language = requested_language()
    edits = [
        PlannedEdit(edit.mine, words_of(edit, language), edit.station_id in proposed)
        for edit in planned.edits
        if edit.mine is not None
    ]
    return page(
        "bulk_preview",
        token=token,
        action=action,
        planned=planned,
        edits=edits,
        proposed=len(proposed),
        values=values,
        form_address=form_address,
    )


def _save(token: str, action: Action, planned: Plan, values: dict[str, str]) -> ResponseReturnValue:
    try:
        saved = save(planned.edits, kind="bulk", reason=action.reason)
    except EditConflictError:  # in this very moment
        _say("warning", "staff.bulk.conflict")
        return redirect(_address(token, action.name, values), HTTPStatus.SEE_OTHER)
    _tell(saved, planned)
    return redirect(url_for("staff.chosen", token=token, done="1"), HTTPStatus.SEE_OTHER)


def _tell(saved: Saved, planned: Plan) -> None:
    if saved.changed:
        _say("done", "staff.bulk.saved", count=f"{len(saved.changed):,}", seq=saved.seq)
    elif saved.proposal is None:
        _say("warning", "staff.bulk.nothing")
    if saved.proposal is not None:
        _say("warning", "staff.bulk.proposed", count=f"{len(saved.proposed):,}", number=saved.proposal)
    if left := len(planned.unchanged) + len(planned.refused) + len(planned.gone):
        _say("warning", "staff.bulk.left", count=f"{left:,}")
    if saved.unpublished:
        _say("warning", "staff.unpublished")


def _stations(ids: Sequence[str]) -> tuple[list[Station], list[str]]:
    registry = current_snapshot().registry
    return [registry[each] for each in ids if each in registry], [each for each in ids if each not in registry]


def _values() -> dict[str, str]:
    given = request.form if request.method == "POST" else request.args
    return {name: given[name] for name in _FIELDS if name in given}


def _address(token: str, action: str, values: dict[str, str]) -> str:
    # `from` is no name of an argument, but a key like any other.
    given: dict[str, Any] = {"token": token, "action": action, _SENT: "1", **values}
    return url_for("staff.bulk", **given)


def _back_to_table(message: str, **values: object) -> ResponseReturnValue:
    _say("warning", message, **values)
    prefix = "view."
    given = {name.removeprefix(prefix): text for name, text in request.form.items() if name.startswith(prefix)}
    view, _ = view_from(request.args.__class__(given))
    return redirect(url_for("staff.stations", **view.address()), HTTPStatus.SEE_OTHER)


def _say(kind: str, key: str, **values: object) -> None:
    flash(translate(requested_language(), key, **values), kind)
