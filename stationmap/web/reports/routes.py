"""The routes by which riders report, and learn what others reported; described in `docs/api.md`."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from math import ceil
from typing import Any

from flask import Blueprint, Response, request

from stationmap.formats.geojson import dumps
from stationmap.formats.marks import evidence_document
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.model import Station
from stationmap.reports.posted import posted_hours
from stationmap.web import problems
from stationmap.web.api.routes import JSON
from stationmap.web.cache_policy import NO_STORE, REVALIDATE
from stationmap.web.guard.report_limits import PROOF_WANTED
from stationmap.web.openapi.operation import described
from stationmap.web.pages.rendering import asset
from stationmap.web.parameters.reading import refuse_parameters
from stationmap.web.reports import operations, receipts
from stationmap.web.reports.requests import MAX_BODY_BYTES, ReportBody, parse_report
from stationmap.web.state import current_snapshot, now, request_context, state

blueprint = Blueprint("reports", __name__)

REPORTS = "/api/v1/reports"
PROOF_WORKER = "js/reports/proof_worker.js"
"""What works out a proof of work on a phone."""


@blueprint.post(REPORTS)
@described(operations.REPORT)
def report() -> Response:
    """Take a report: 201 with its receipt, 200 with the same where it came before, 409 for another body of its id."""
    refuse_parameters(request.query_string.decode("latin-1"))
    if request.mimetype != JSON:
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return problems.document(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _taken(parse_report(request.get_data()))


def _taken(body: ReportBody) -> Response:
    from stationmap.storage.reports.accepting import OtherBodyError
    from stationmap.web.reports import proof, taking

    desk, registry = state().desk, current_snapshot().registry
    voice = taking.voice_of(request, state().settings, body)
    needs_proof = bool(request.environ.get(PROOF_WANTED))
    try:
        station = registry.get(body.station_id)
        if station is not None:
            receipt = taking.take(body, voice, station, request_context(), desk, needs_proof=needs_proof)
        elif (known := taking.repeated(body, desk)) is not None:
            receipt = known
        else:
            return problems.document(HTTPStatus.NOT_FOUND, "No station has this id.")
    except OtherBodyError as error:
        return problems.document(HTTPStatus.CONFLICT, str(error))
    except taking.ProofWantedError as error:
        asked = proof.challenge(desk.proof_key, now()) | {"worker": asset(PROOF_WORKER)}
        return problems.document(HTTPStatus.PRECONDITION_REQUIRED, str(error), challenge=asked)
    except taking.TooManyReportsError as error:
        refused = problems.document(HTTPStatus.TOO_MANY_REQUESTS, str(error))
        refused.headers["Retry-After"] = str(ceil(error.wait.total_seconds()))
        return refused
    if receipt.is_new and receipt.is_evidence:
        desk.renew(registry, body.station_id)
    status = HTTPStatus.CREATED if receipt.is_new else HTTPStatus.OK
    response = _fresh({"code": receipt.code, "state": receipt.status}, status)
    taking.remember(response, state().settings, voice)
    return response


@blueprint.get(f"{REPORTS}/<code>")
@described(operations.FOLLOWED)
def followed_report(code: str) -> Response:
    """Tell what became of a report, to who has its receipt."""
    found = receipts.report_of(code)
    if found is None:
        return _unknown_code()
    answer = {
        "state": found.status,
        "answer": found.answer,
        "reason": found.reason,
        "station_id": found.report.station_id,
        "kind": found.report.kind,
        "said_at": found.report.said_at.astimezone(ZONE),
        "steps": [
            {"at": step.at.astimezone(ZONE), "state": step.status, "note": step.note}
            for step in receipts.steps_of(found)
        ],
    }
    return _fresh(answer)


@blueprint.post(f"{REPORTS}/<code>/reopen")
@described(operations.REOPEN)
def reopen_report(code: str) -> Response:
    """Make a report new again because nothing has changed; 409 where it is open, or decided long ago."""
    found = receipts.report_of(code)
    if found is None:
        return _unknown_code()
    if not receipts.hand_in_again(found):
        return problems.document(HTTPStatus.CONFLICT, "还在处理中，或答复已久 It is open, or was answered long ago.")
    return _fresh({"state": "new"})


@blueprint.delete(f"{REPORTS}/<code>")
@described(operations.DELETE)
def delete_report(code: str) -> Response:
    """Delete a report and all that belongs to it."""
    found = receipts.report_of(code)
    if found is None:
        return _unknown_code()
    receipts.take_back(found)
    return _fresh({"state": "deleted"})


@blueprint.get("/api/v1/marks")
@described(operations.MARKS)
def marks() -> Response:
    """Return everything that riders' reports amount to at present: what a phone asks for while it is looked at."""
    refuse_parameters(request.query_string.decode("latin-1"))
    context = request_context()
    response = Response(dumps({"at": context.at, **evidence_document(context.evidence)}), content_type=JSON)
    response.set_etag(context.evidence.revision, weak=True)
    response.headers.set(*REVALIDATE)
    response.make_conditional(request)
    return response


@blueprint.get("/api/v1/stations/<station_id>/reports")
@described(operations.STATION_REPORTS)
def station_reports(station_id: str) -> Response:
    """Return what is posted of a station now, and what others reported of it in the last hours."""
    refuse_parameters(request.query_string.decode("latin-1"))
    station = current_snapshot().registry.get(station_id)
    if station is None:
        return problems.document(HTTPStatus.NOT_FOUND, "No station has this id.")
    at = now()
    return _fresh({"posted": posted_document(station, at), **_others(station_id, at)})


def posted_document(station: Station, at: datetime) -> dict[str, Any]:
    """Return the hours of a station at a moment, by the registry."""
    found = posted_hours(station.schedule, at)
    return {"state": found.state, "until": found.until, "opens_at": found.opens_at}


def _others(station_id: str, at: datetime) -> dict[str, Any]:
    """Return what others reported, and what staff answered them; nothing where no reports are taken."""
    desk = state().desk
    if not desk.has_reports:
        return {"recent": [], "answers": [], "texts": []}
    from stationmap.storage.reports import reading

    with desk.database().reading() as connection:
        recent = reading.recent(connection, desk.registry, station_id, at)
        public = reading.public(connection, desk.registry, station_id, at)
    return {
        "recent": [
            {"kind": found.kind, "devices": found.devices, "last_at": found.last_at.astimezone(ZONE)}
            for found in recent
        ],
        "answers": [
            {"kind": found.report.kind, "state": found.status, "answer": found.answer, "at": _local(found.decided_at)}
            for found in public.answers
        ],
        "texts": [
            {"kind": found.report.kind, "text": found.masked_text, "at": found.report.said_at.astimezone(ZONE)}
            for found in public.texts
        ],
    }


def _unknown_code() -> Response:
    return problems.document(HTTPStatus.NOT_FOUND, "No report has this code.")


def _fresh(content: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    response = Response(dumps(content), status, content_type=JSON)
    response.headers.set(*NO_STORE)
    return response


def _local(at: datetime | None) -> datetime | None:
    return at and at.astimezone(ZONE)
