"""The page of an import: what lists would change, what has to be decided, and what of it somebody wants."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.list_import import GROUPS, SELECTABLE, Group
from stationmap.registry.model import CATEGORIES
from stationmap.storage import previews
from stationmap.storage.previews import KeptPreview
from stationmap.web.access.guard import current_user, may
from stationmap.web.pages.rendering import requested_language
from stationmap.web.side_process import SideJob
from stationmap.web.staff.imports.applying import MovedError, apply_import
from stationmap.web.staff.imports.comparisons import comparisons
from stationmap.web.staff.imports.deciding import DECIDE_SURE, decided, member_choices, new_is_possible, sure_identities
from stationmap.web.staff.imports.kept_import import About, KeptImport
from stationmap.web.staff.imports.uploads import DATUMS
from stationmap.web.staff.review.page_parts import in_words, review_page, say
from stationmap.web.staff.review.paging import Paging, paging
from stationmap.web.state import state

PER_PAGE = 100
ACTIONS = ("apply", "again", DECIDE_SURE, "look", "discard")


class Opened(NamedTuple):
    """An import that somebody looks at."""

    row: KeptPreview
    kept: KeptImport

    @property
    def is_moved(self) -> bool:
        """Whether the registry is another than the one it was compared with."""
        return self.kept.about.state == "ready" and self.row.revision != state().snapshot.registry.revision


def import_preview(token: str) -> ResponseReturnValue:
    """Return the page of an import; a form of it decides, looks at another group, applies, or discards."""
    opened = _opened(token)
    if request.method != "POST":
        job = _job(opened)
        # What was waiting when it was read may be ready by now.
        return _page(_opened(token) if job is not None and job.status == "done" else opened)
    action = request.form.get("action", "")
    if action not in ACTIONS:
        abort(HTTPStatus.BAD_REQUEST)
    if action == "discard":
        with state().database().writing() as connection:
            previews.drop(connection, token)
        flash(say("review.import.discarded"), "done")
        return redirect(url_for("staff.import_lists"), HTTPStatus.SEE_OTHER)
    return (
        _decide(opened) if action in ("again", DECIDE_SURE) else _apply(opened) if action == "apply" else _look(opened)
    )


def import_progress(token: str) -> Response:
    """Return how far a comparison is, for the script of the page."""
    opened = _opened(token)
    job = _job(opened)
    busy = job is not None and not job.is_over
    known = {"progress": job.progress, "phase": job.phase} if job else {"progress": 1.0, "phase": ""}
    return jsonify({"ready": not busy, "busy": busy, **known})


def _opened(token: str) -> Opened:
    """Return an import; ends the request with 404 for who may not see it, as for one there is not."""
    latest = state().journal_head()
    with state().database().reading() as connection:
        row = previews.found(connection, latest.registry_id, token)
    if row is None or not row.title or not (row.author == current_user().login or may("review")):
        abort(HTTPStatus.NOT_FOUND)
    return Opened(row, KeptImport(row.document))


def _job(opened: Opened) -> SideJob | None:
    waits = opened.kept.about.state == "waiting"
    return comparisons(state().settings).job(opened.row.token) if waits else None


def _look(opened: Opened) -> ResponseReturnValue:
    """Keep which rows are left out, and show another group or page."""
    _keep(opened, decided(opened.kept, request.form, only_rows=True))
    group, page = (request.args.get(name) for name in ("group", "page"))
    address = url_for("staff.import_preview", token=opened.row.token, group=group, page=page)
    return redirect(address, HTTPStatus.SEE_OTHER)


def _decide(opened: Opened) -> ResponseReturnValue:
    """Keep what was decided, and compare again: with the registry as it is now."""
    about = decided(opened.kept, request.form)._replace(state="waiting", problems=())
    document = opened.kept.renewed(about, {})
    with state().database().writing() as connection:
        previews.replace(connection, opened.row.token, document, revision="")
    comparisons(state().settings).again(opened.row.token)
    return redirect(url_for("staff.import_preview", token=opened.row.token), HTTPStatus.SEE_OTHER)


def _apply(opened: Opened) -> ResponseReturnValue:
    about = decided(opened.kept, request.form, only_rows=True)
    _keep(opened, about)
    groups = [group for group in SELECTABLE if group in about.decisions.groups]
    problem = _problem(opened, groups)
    if problem:
        return _page(opened, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        applied = apply_import(opened.kept, about.decisions, groups, opened.row, request.form.get("reason", ""))
    except MovedError:
        return _page(opened, problem="review.import.moved", status=HTTPStatus.PRECONDITION_FAILED)
    if applied.seq:
        _keep(opened, about._replace(applied=(*about.applied, applied.seq)))
    for text, category in applied.messages:
        flash(text, category)
    return redirect(url_for("staff.import_preview", token=opened.row.token), HTTPStatus.SEE_OTHER)


def _problem(opened: Opened, groups: list[Group]) -> str:
    if opened.kept.about.state != "ready":
        return "review.import.not_ready"
    document = opened.kept.part(f"{requested_language()}.json")
    if document["datum_findings"] and not request.form.get("trusts_datum"):
        return "review.import.datum_unchecked"
    return "" if groups else "review.import.no_group"


def _keep(opened: Opened, about: About) -> None:
    if about != opened.kept.about:
        document = opened.kept.renewed(about)
        with state().database().writing() as connection:
            previews.replace(connection, opened.row.token, document, revision=opened.row.revision)


def _page(opened: Opened, *, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    about, job = opened.kept.about, _job(opened)
    document = opened.kept.part(f"{requested_language()}.json") if about.state == "ready" else None
    shown: dict[str, Any] = _group(document) if document else {"group": None}
    return review_page(
        "import_preview",
        status,
        kept=opened.row,
        about=about,
        job=job,
        document=document,
        is_moved=opened.is_moved,
        problem=problem,
        groups=GROUPS,
        selectable=SELECTABLE,
        members=member_choices(requested_language()),
        datums=in_words("review.datum", DATUMS),
        categories=in_words("category", CATEGORIES),
        new_is_possible=new_is_possible,
        sure=len(sure_identities(opened.kept)) if shown["group"] == "duplicate" else 0,
        **shown,
    )


def _group(document: dict[str, Any]) -> dict[str, Any]:
    """Return the group that the address asks for, or else the first that has rows, and a page of it."""
    asked = request.args.get("group", "")
    there = [group for group in GROUPS if document[group]]
    first = ("duplicate", "conflict", "rejected", "changed", "moved", "added", "missing")
    group = asked if asked in there else next((each for each in first if each in there), None)
    if group is None:
        return {"group": None}
    page: Paging = paging(len(document[group]), PER_PAGE, {"group": group})
    return {"group": group, "paging": page, "rows": document[group][page.offset : page.offset + PER_PAGE]}
