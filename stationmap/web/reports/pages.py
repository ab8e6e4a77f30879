"""The pages on which a rider sees what became of a report, and what is kept of riders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, redirect, request, url_for

from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.reports.model import REOPENED_WITHIN, SETTLED
from stationmap.reports.receipts import read_code
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.pages.page_head import page_head
from stationmap.web.pages.rendering import rendered, requested_language
from stationmap.web.reports import receipts
from stationmap.web.state import current_snapshot, now, state

if TYPE_CHECKING:
    from stationmap.storage.reports.reading import Event, KeptReport

blueprint = Blueprint("receipts", __name__)

DONE = ("reopened", "not_reopened", "deleted")


@dataclass(frozen=True)
class ReceiptView:
    """A report as its rider sees it, with what became of it in order."""

    code: str
    report: KeptReport
    steps: list[Event]
    station: Station | None
    may_reopen: bool


@blueprint.get("/r/<code>")
def receipt(code: str) -> Response:
    """Return the page of a receipt; an unknown one is told nothing of others."""
    done = request.args.get("done", "")
    return _page(None if done == "deleted" else _view(code), done if done in DONE else "")


@blueprint.post("/r/<code>/reopen")
def reopen(code: str) -> Response:
    """Hand a report in again, and lead back to its receipt; an unknown one is none (404), as where it is looked at."""
    found = receipts.report_of(code)
    if found is None:
        return _page(None, "")
    # Only what is settled is offered to be reopened: what is new has been, by the same form sent twice.
    done = receipts.hand_in_again(found) or found.status == "new"
    return _back(code, "reopened" if done else "not_reopened")


@blueprint.post("/r/<code>/delete")
def delete(code: str) -> Response:
    """Delete a report and all that belongs to it, and say so."""
    found = receipts.report_of(code)
    if found is None:
        return _page(None, "")
    receipts.take_back(found)
    return _back(code, "deleted")


@blueprint.get("/privacy")
def privacy() -> Response:
    """Return the page about what is kept of riders."""
    return rendered(
        "privacy.html",
        operator=state().settings.operator,
        page_head=page_head("receipts.privacy", requested_language()),
    )


def _page(view: ReceiptView | None, done: str) -> Response:
    status = HTTPStatus.OK if view or done == "deleted" else HTTPStatus.NOT_FOUND
    response = rendered("receipt.html", status, view=view, done=done, zone=ZONE)
    response.headers.set(*NO_STORE)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _view(code: str) -> ReceiptView | None:
    found = receipts.report_of(code)
    if found is None:
        return None
    station = current_snapshot().registry.get(found.report.station_id)
    return ReceiptView(read_code(code) or "", found, receipts.steps_of(found), station, _may_reopen(found, now()))


def _may_reopen(found: KeptReport, at: datetime) -> bool:
    decided_at = found.decided_at
    return found.status in SETTLED and decided_at is not None and at - decided_at <= REOPENED_WITHIN


def _back(code: str, done: str) -> Response:
    page = url_for("receipts.receipt", code=code, lang=request.args.get("lang"), done=done or None)
    return make_response(redirect(page, HTTPStatus.SEE_OTHER))
