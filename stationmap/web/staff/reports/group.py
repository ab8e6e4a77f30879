"""The page of a group of reports: what riders wrote, what is known of the station, and what to make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, abort, request

from stationmap.frontend.map_app_links import browser_of
from stationmap.registry.model import Station
from stationmap.reports.model import MAX_ANSWER, REASONS, Kind
from stationmap.storage.journal import StationVersion
from stationmap.storage.reports.groups import Step
from stationmap.web.access.guard import may, may_edit_in
from stationmap.web.pages.map_shells import bare_map
from stationmap.web.pages.rendering import requested_language
from stationmap.web.pages.station_view import station_view
from stationmap.web.staff.form.history_words import history_entry
from stationmap.web.staff.form.versions import current, history
from stationmap.web.staff.report_answers import templates_of
from stationmap.web.staff.reports.page_parts import changes_of, reports_page
from stationmap.web.staff.reports.read_group import read_group
from stationmap.web.staff.reports.shown_reports import ShownReport, shown_reports
from stationmap.web.state import current_snapshot, now, request_context

DECIDED = ("triaged", "accepted", "fixed", "rejected")


def may_decide(station: Station | None) -> bool:
    """Tell whether who is signed in may decide on reports of a station; of one that is not there, reviewers."""
    return may_edit_in([station.district]) if station else may("review")


def group_page(
    station_id: str,
    kind: Kind,
    *,
    status: int = HTTPStatus.OK,
    errors: Mapping[str, str] | None = None,
    meanwhile: Sequence[Step] = (),
) -> Response:
    """Return the page of a group with what was sent in its form; `meanwhile` is what others did since it was shown."""
    station = current(station_id)
    can_decide = may_decide(station)
    is_waiting = request.values.get("show") != "all"
    found = read_group(station_id, kind, is_waiting=is_waiting, with_contacts=can_decide)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    happened = history(station_id) if station else ()
    shown = shown_reports(
        found.reports,
        station,
        contacts=found.contacts,
        steps=found.steps,
        changed_at=[each.entry.at for each in happened if each.before is not None],
        browser=browser_of(request.user_agent.string),
    )
    return reports_page(
        "group",
        status,
        **{"station_id": station_id, "kind": kind, "found": found, "group": found.groups.get(kind)},
        **{"shown": shown, "is_waiting": is_waiting, "can_decide": can_decide, "meanwhile": meanwhile},
        **{"errors": errors or {}, "sent": _sent(shown), "until": now().isoformat()},
        **{"decided": DECIDED, "reasons": REASONS, "most": MAX_ANSWER},
        templates=templates_of(kind, requested_language()),
        changes=changes_of(station_id, kind) if station and may("edit") else (),
        **_known(station, happened),
        **_map(station, shown),
    )


def _known(station: Station | None, happened: Sequence[StationVersion]) -> dict[str, Any]:
    """Return what else is known of a station: its facts, its last change, what riders' reports amount to."""
    revision, evidence, language = (
        current_snapshot().registry.revision,
        request_context().evidence,
        requested_language(),
    )
    if station is None:
        return {"station": None, "view": None, "last": None, "mark": None, "confirmation": None, "revision": revision}
    return {
        "station": station,
        "view": station_view(station, now(), language),
        "last": history_entry(happened[0], language) if happened else None,
        "mark": evidence.mark(station.id, now()),
        "confirmation": evidence.confirmation(station.id),
        "revision": revision,
    }


def _sent(shown: Sequence[ShownReport]) -> dict[str, Any]:
    """Return the fields of the form: what was sent, else the answer that all have already, unless it did not hold."""
    answers, form = {"" if each.is_reopened else each.kept.answer for each in shown}, request.form
    known = answers.pop() if len(answers) == 1 else ""
    texts = {name: form.get(name, "") for name in ("status", "reason", "template")}
    return {
        **texts,
        "scope": form.get("scope", "all"),
        "chosen": form.getlist("chosen"),
        "answer": form.get("answer", known),
    }


def _map(station: Station | None, shown: Sequence[ShownReport]) -> dict[str, Any]:
    """Return the map, and the points on it, where a report has one; WGS-84 degrees."""
    points = [each.kept.report.point for each in shown if each.kept.report.point]
    if station is None or not points:
        return {"map": None, "points": None}
    lon, lat = station.geometry.coordinates
    return {"map": bare_map(), "points": {"name": station.name, "station": [lon, lat], "reports": points}}
