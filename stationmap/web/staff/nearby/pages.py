"""The page for a phone at a door, and the checks that it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.i18n import DEFAULT_LANGUAGE, catalogue, translate
from stationmap.web.access.guard import current_user, may
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.nearby.unknowns import unknowns
from stationmap.web.staff.nearby.visits import MAX_VISITS, Outcome, moment_of, outcomes
from stationmap.web.staff.saving import save
from stationmap.web.staff.table.matching import matching
from stationmap.web.staff.table.pages import options
from stationmap.web.staff.table.shown import shown
from stationmap.web.staff.table.tables import circumstances, current_table
from stationmap.web.staff.table.view import View, view_from
from stationmap.web.state import now, state

MOST = 30
MAX_TEXT = 120  # characters of an id and a moment
_WORDS = ("distance.", "facility.", "staff.near.", "verified.", "where.", "list.", "register_status.")
"""What the script of the page says: on a weak signal nothing more has to be fetched for it."""


def nearby() -> Response:
    """Return the page: without a position, the stations of a district or a search that were checked longest ago."""
    given, _ = view_from(request.args)
    mine = bool(current_user().districts) and not (given.q or given.district)
    view = View(q=given.q, district=given.district, mine=mine, status="open", sort="verified")
    table, language = current_table(), requested_language()
    rows = [table.stations[row] for row in matching(table, view, circumstances())[:MOST]]
    words = {key: text for key, text in catalogue(language).items() if key.startswith(_WORDS)}
    return page(
        "nearby",
        view=replace(view, mine=False),
        rows=[(row, unknowns(row.station, language)) for row in shown(rows, now(), language)],
        districts=options(language)["district"],
        can_edit=may("edit"),
        words=words,
    )


def visits() -> ResponseReturnValue:
    """Take checks on the spot; a script learns what became of each, a person on the next page."""
    texts = [text[:MAX_TEXT] for text in request.form.getlist("visit")][:MAX_VISITS]
    try:
        became = _take(texts)
    except EditConflictError:  # in this very moment; what it is now is known
        state().refresh()
        became = _take(texts)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(visits=became)
    for outcome in dict.fromkeys(became.values()):
        is_done = outcome in ("saved", "known")
        flash(translate(requested_language(), f"staff.near.outcome.{outcome}"), "done" if is_done else "warning")
    view, _ = view_from(request.form)
    return redirect(url_for("staff.nearby", **View(q=view.q, district=view.district).address()), HTTPStatus.SEE_OTHER)


def _take(texts: list[str]) -> Mapping[str, Outcome]:
    how = translate(DEFAULT_LANGUAGE, "staff.near.how")
    sent = moment_of(request.form.get("sent", "")[:MAX_TEXT])
    found = outcomes(texts, now(), state().snapshot.registry, how, sent)
    edits = [each for each in found.values() if isinstance(each, Edit)]
    if not edits:
        return {text: each for text, each in found.items() if not isinstance(each, Edit)}
    saved = save(edits, kind="edit" if len(edits) == 1 else "bulk", reason=how)
    proposed = set(saved.proposed)
    return {text: _outcome(each, proposed) for text, each in found.items()}


def _outcome(found: Edit | Outcome, proposed: set[str]) -> Outcome:
    if not isinstance(found, Edit):
        return found
    return "proposed" if found.station_id in proposed else "saved"
