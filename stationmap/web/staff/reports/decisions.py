"""What staff make of reports: a decision with an answer for a group or some of it, the end of a mark, a text released.

Whoever decides has seen what others did before: where something happened meanwhile, nothing is changed, and they see it
first, with what they had typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from http import HTTPStatus

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from stationmap.editing.station_form.new_ids import is_station_id
from stationmap.reports.model import KINDS, Kind
from stationmap.storage.reports import deciding, reading
from stationmap.storage.reports.groups import Step, ids_of_group, steps_since
from stationmap.web.access.guard import current_user
from stationmap.web.staff.form.versions import current
from stationmap.web.staff.report_decisions import decide, show_at_once
from stationmap.web.staff.reports.group import group_page, may_decide
from stationmap.web.staff.reports.page_parts import say
from stationmap.web.staff.reports.sent_decision import Sent, is_uuid, read_decision
from stationmap.web.state import now, state

MAX_MEANWHILE = 50
TEXT_RELEASED = "文字已公开（隐去号码） The text is shown to others, numbers masked."
TEXT_WITHHELD = "文字不公开 The text is not shown to others."
MARK_ENDED = "已解除“未开门”提示 The mark was ended."


def report_group(station_id: str, kind: str) -> ResponseReturnValue:
    """Return the reports of a kind about a station; take what somebody makes of them."""
    known = next((each for each in KINDS if each == kind), None)
    if known is None or not is_station_id(station_id):
        abort(HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        return group_page(station_id, known)
    if not may_decide(current(station_id)):
        abort(HTTPStatus.FORBIDDEN)
    act = _ACTS.get(request.form.get("action", ""))
    if act is None:
        abort(HTTPStatus.BAD_REQUEST)
    return act(station_id, known)


def _decide(station_id: str, kind: Kind) -> ResponseReturnValue:
    sent, errors = read_decision(kind)
    if sent is None:
        return group_page(station_id, kind, status=HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors)
    meanwhile, count = _decided(station_id, kind, sent)
    if meanwhile:
        return group_page(station_id, kind, status=HTTPStatus.CONFLICT, meanwhile=meanwhile)
    if not count:
        return group_page(station_id, kind, status=HTTPStatus.CONFLICT, errors={"scope": say("reports.fault.none")})
    flash(say("reports.done.decided", count=count, status=say(f"reports.status.{sent.decision.status}")), "done")
    return _shown_anew(station_id, kind)


def _decided(station_id: str, kind: Kind, sent: Sent) -> tuple[Sequence[Step], int]:
    """Decide, unless something happened since the page was made: returns what, or how many reports were decided."""
    desk = state().desk
    with desk.database().writing() as connection:
        meanwhile = steps_since(connection, desk.registry, station_id, kind, sent.seen, most=MAX_MEANWHILE)
        if meanwhile:
            return meanwhile, 0
        chosen = sent.chosen
        if chosen is None:
            chosen = ids_of_group(connection, desk.registry, station_id, kind, sent.until)
        else:  # of this group only
            kept = (reading.by_id(connection, desk.registry, each) for each in chosen)
            chosen = [
                each.id for each in kept if each and (each.report.station_id, each.report.kind) == (station_id, kind)
            ]
        count = decide(connection, station_id, kind, chosen, sent.decision, until=sent.until)
    return (), count


def _end_mark(station_id: str, kind: Kind) -> ResponseReturnValue:
    desk, at, by = state().desk, now(), current_user().name
    lasted = desk.thresholds.lasts + desk.thresholds.within + timedelta(hours=1)
    with desk.database().writing() as connection:
        deciding.end_mark(connection, desk.registry, station_id, by=by, at=at)
        locked: tuple[Kind, ...] = ("locked",)
        marking = reading.listed(connection, desk.registry, stations=(station_id,), kinds=locked, since=at - lasted)
        deciding.note_step(connection, [each.id for each in marking], MARK_ENDED, by=by, at=at)
    flash(say("reports.done.mark_ended"), "done")
    return _shown_anew(station_id, kind)


def _release(station_id: str, kind: Kind) -> ResponseReturnValue:
    """Let others read the text of one report, masked, or no longer."""
    desk, is_released = state().desk, request.form["action"] == "release"
    with desk.database().writing() as connection:
        given = request.form.get("report", "")
        found = reading.by_id(connection, desk.registry, given) if is_uuid(given) else None
        if found is None or found.report.station_id != station_id:
            abort(HTTPStatus.NOT_FOUND)
        note = TEXT_RELEASED if is_released else TEXT_WITHHELD
        deciding.release_text(
            connection, found.id, is_released=is_released, note=note, by=current_user().name, at=now()
        )
    flash(say("reports.done.released" if is_released else "reports.done.withheld"), "done")
    return _shown_anew(station_id, kind)


_ACTS: dict[str, Callable[[str, Kind], ResponseReturnValue]] = {
    "decide": _decide,
    "end_mark": _end_mark,
    "release": _release,
    "withhold": _release,
}


def _shown_anew(station_id: str, kind: Kind) -> ResponseReturnValue:
    """Let riders see it at once, and lead back to the group."""
    show_at_once(station_id)
    show = "all" if request.form.get("show") == "all" else None
    there = url_for("staff.report_group", station_id=station_id, kind=kind, show=show)
    return redirect(there, HTTPStatus.SEE_OTHER)
