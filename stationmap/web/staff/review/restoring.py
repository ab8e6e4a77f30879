"""Taking back what one revision changed, and having a whole earlier one again: shown first, then done as a new one."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.edits import Edit, EditConflictError, apply_edits
from stationmap.editing.headers import MergedHeader
from stationmap.errors import StationmapError, StorageError
from stationmap.registry.registry import Registry
from stationmap.storage import restoring
from stationmap.storage.editable_registry import MAX_REASON_LENGTH
from stationmap.storage.history import revision_pages
from stationmap.storage.journal import Kind
from stationmap.web.access.guard import current_user
from stationmap.web.staff.review.change_words import changed_station, conflicting_station
from stationmap.web.staff.review.history import STATIONS_PER_PAGE, entry_or_404
from stationmap.web.staff.review.page_parts import local, review_page, say
from stationmap.web.staff.review.paging import paging
from stationmap.web.state import state


class Planned(NamedTuple):
    """What would be done: edits, and what the registry would say of itself, for a kind of revision."""

    kind: Kind
    edits: tuple[Edit, ...]
    header: MergedHeader | None


def undo(seq: int) -> ResponseReturnValue:
    """Show what taking back one revision would do, or do it."""
    entry_or_404(seq)
    with state().database().reading() as connection:
        edits = restoring.undo_edits(connection, seq)
    return _shown_or_done(seq, Planned("undo", edits, None))


def restore(seq: int) -> ResponseReturnValue:
    """Show what having a whole earlier revision again would do, or do it."""
    entry_or_404(seq)
    now = state().snapshot.registry
    latest = state().journal_head()
    try:
        with state().database().reading() as connection:
            edits, header = restoring.restore_edits(connection, latest, now, seq)
    except StorageError:
        abort(HTTPStatus.NOT_FOUND)
    return _shown_or_done(seq, Planned("restore", edits, header))


def _shown_or_done(seq: int, planned: Planned) -> ResponseReturnValue:
    now = state().snapshot.registry
    if request.method != "POST":
        return _shown(seq, planned, now)
    if request.form.get("expected") != now.revision:
        return _shown(seq, planned, now, problem="review.restore.moved", status=HTTPStatus.PRECONDITION_FAILED)
    reason = request.form.get("reason", "").strip()[:MAX_REASON_LENGTH] or _usual_reason(seq, planned.kind)
    try:
        done = state().change(
            planned.edits, author=current_user().name, kind=planned.kind, reason=reason, header=planned.header
        )
    except EditConflictError:
        now = state().snapshot.registry
        return _shown(seq, planned, now, problem="review.restore.conflicts", status=HTTPStatus.CONFLICT)
    except StationmapError as error:
        flash(str(error), "warning")
        return redirect(url_for("staff.revision", seq=seq), HTTPStatus.SEE_OTHER)
    flash(say("review.restore.done", count=f"{len(done.changed):,}"), "done")
    if done.unpublished:
        flash(say("review.unpublished", why=done.unpublished), "warning")
    return redirect(url_for("staff.revision", seq=done.seq), HTTPStatus.SEE_OTHER)


def _shown(seq: int, planned: Planned, now: Registry, *, problem: str = "", status: int = HTTPStatus.OK) -> Response:
    """Show what would change, what others changed since, and what stands against it."""
    merged = apply_edits(planned.edits, now, planned.header)
    ids = sorted(merged.changed)
    page = paging(len(ids), STATIONS_PER_PAGE, {})
    listed = ids[page.offset : page.offset + STATIONS_PER_PAGE]
    conflicting = (each.station_id for each in merged.conflicts)
    with state().database().reading() as connection:
        latest = state().journal_head()
        later = revision_pages.later_changes(connection, latest, seq, [*listed, *conflicting][:500])
    return review_page(
        "restore",
        status,
        seq=seq,
        entry=entry_or_404(seq),
        kind=planned.kind,
        revision=now.revision,
        stations=[changed_station(each, *merged.changed[each]) for each in listed],
        conflicts=[conflicting_station(each, now.get(each.station_id)) for each in merged.conflicts],
        changes_header=planned.header is not None
        and (planned.header.meta, planned.header.members) != (now.meta, now.members),
        paging=page,
        later=later,
        problem=problem,
        reason=_usual_reason(seq, planned.kind),
    )


def _usual_reason(seq: int, kind: Kind) -> str:
    return say(f"review.restore.reason_{kind}", seq=seq, at=local(entry_or_404(seq).at))
