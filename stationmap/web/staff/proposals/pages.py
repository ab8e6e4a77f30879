"""The pages of proposals: those that wait and those that were decided, and each beside what the stations are now."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.edits import EditConflictError
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.storage import proposals
from stationmap.storage.proposals import MAX_ANSWER_LENGTH, Proposal
from stationmap.web.access.guard import current_user, may
from stationmap.web.pages.rendering import requested_language
from stationmap.web.staff.blueprint import page
from stationmap.web.staff.proposals.comparison import compared
from stationmap.web.staff.proposals.decision import DecidedBeforeError, accept, turn_down, withdraw
from stationmap.web.state import current_snapshot, state

MAX_DECIDED = 50


def listed_proposals() -> Response:
    """Return the proposals that wait and the latest that were decided: everybody's to reviewers, else one's own."""
    login = None if may("review") else current_user().login
    latest = state().journal_head()
    with state().database().reading() as connection:
        waiting = proposals.listed(connection, latest.registry_id, login=login)
        decided = proposals.listed(connection, latest.registry_id, login=login, is_open=False, most=MAX_DECIDED)
    return page("proposals", waiting=waiting, decided=decided, is_reviewer=login is None, moment=_moment)


def proposal(number: int) -> ResponseReturnValue:
    """Return one proposal, station by station; take the decision that is sent."""
    latest = state().journal_head()
    with state().database().reading() as connection:
        found = proposals.found(connection, latest.registry_id, number)
    is_own = found is not None and found.login == current_user().login
    if found is None or not (is_own or may("review")):
        abort(HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        return _decided(found, is_own=is_own)
    return _page(found, is_own=is_own)


def _page(found: Proposal, *, is_own: bool, errors: dict[str, str] | None = None) -> Response:
    registry, language = current_snapshot().registry, requested_language()
    return page(
        "proposal",
        HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK,
        proposal=found,
        stations=[(edit.station_id, compared(edit, registry, language)) for edit in found.edits],
        is_own=is_own,
        is_reviewer=may("review"),
        answer=request.form.get("answer", ""),
        errors=errors or {},
        most=MAX_ANSWER_LENGTH,
        moment=_moment,
    )


def _decided(found: Proposal, *, is_own: bool) -> ResponseReturnValue:
    decision, answer = request.form.get("decision", ""), request.form.get("answer", "").strip()[:MAX_ANSWER_LENGTH]
    if decision not in ("accept", "reject", "withdraw"):
        abort(HTTPStatus.BAD_REQUEST)
    if not (is_own if decision == "withdraw" else may("review")):
        abort(HTTPStatus.FORBIDDEN)
    taken = {edit.station_id for edit in found.edits} & set(request.form.getlist("take"))
    if decision == "accept" and not taken:
        return _page(found, is_own=is_own, errors={"take": _said("staff.proposal.take_none")})
    if decision == "reject" and not answer:
        return _page(found, is_own=is_own, errors={"answer": _said("staff.proposal.no_answer")})
    try:
        if decision == "accept":
            done = accept(found, taken, _seen_as(), answer)
            flash(_said("staff.proposal.accepted_now", count=f"{len(taken):,}", seq=done.seq), "done")
        elif decision == "reject":
            turn_down(found, answer)
            flash(_said("staff.proposal.rejected_now"), "done")
        else:
            withdraw(found)
            flash(_said("staff.proposal.withdrawn_now"), "done")
    except DecidedBeforeError:
        flash(_said("staff.proposal.decided_before"), "warning")
    except EditConflictError:
        flash(_said("staff.proposal.conflict_now"), "warning")
    return redirect(url_for("staff.proposal", number=found.number), HTTPStatus.SEE_OTHER)


def _seen_as() -> dict[str, str]:
    """Return how the reviewer saw each station: its id and what identifies its content, with a blank between them."""
    pairs = (each.partition(" ") for each in request.form.getlist("seen"))
    return {station_id: content for station_id, _, content in pairs}


def _moment(at: datetime) -> str:
    """Return a moment as a clock in China shows it."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _said(key: str, **values: object) -> str:
    return translate(requested_language(), key, **values)
