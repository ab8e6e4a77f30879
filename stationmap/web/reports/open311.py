"""Reports by the standard Open311 GeoReport v2, to be read only; described in `docs/api.md`.

Source: wiki.open311.org, GeoReport v2. JSON only; reports are made by the API of our own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from stationmap.formats.geojson import dumps
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import LANGUAGES, translate
from stationmap.reports.model import WANTING, Kind
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.openapi.operation import described
from stationmap.web.parameters.faults import Fault, InvalidParametersError
from stationmap.web.parameters.reading import Parameters, read_query
from stationmap.web.reports import operations
from stationmap.web.reports.parameters import PASSED_OVER, RequestsQuery
from stationmap.web.state import now, state

if TYPE_CHECKING:
    from stationmap.web.reports.public_reports import PublicReport

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")

MAX_SPAN = timedelta(days=90)


@blueprint.get("/services.json")
@described(operations.SERVICES)
def services() -> Response:
    """Return the kinds of reports as services."""
    state().desk.expect_open()
    return _answer([_service(kind) for kind in WANTING])


@blueprint.get("/requests.json")
@described(operations.REQUESTS)
def requests() -> Response:
    """Return reports as service requests, the latest first, or those of some ids."""
    from stationmap.web.reports import public_reports

    state().desk.expect_open()
    try:
        asked = read_query(RequestsQuery, _query(), passed_over=PASSED_OVER)
        since, until = _span(asked)
    except InvalidParametersError as error:
        return _refused(HTTPStatus.BAD_REQUEST, _in_words(error))
    if asked.service_request_id:
        return _answer([_request(each) for each in public_reports.by_public_ids(asked.service_request_id)])
    kinds = tuple(kind for kind in WANTING if kind in asked.service_code)
    statuses = tuple(each for name in asked.status for each in public_reports.STATUSES_OF[name])
    skipped = (asked.page - 1) * asked.page_size
    wanted = public_reports.Wanted(kinds, statuses, since, until, asked.page_size, skipped)
    return _answer([_request(each) for each in public_reports.listed(wanted)])


@blueprint.get("/requests/<request_id>.json")
@described(operations.ONE_REQUEST)
def one_request(request_id: str) -> Response:
    """Return one report as a list of one."""
    from stationmap.web.reports import public_reports

    state().desk.expect_open()
    try:
        read_query(Parameters, _query(), passed_over=PASSED_OVER)
    except InvalidParametersError as error:
        return _refused(HTTPStatus.BAD_REQUEST, _in_words(error))
    found = public_reports.by_public_ids([request_id])
    if not found:
        return _refused(HTTPStatus.NOT_FOUND, ["service_request_id: no such request"])
    return _answer([_request(each) for each in found])


@blueprint.get("/services.xml")
@blueprint.get("/requests.xml")
@blueprint.get("/requests/<request_id>.xml")
def no_xml(request_id: str = "") -> Response:  # noqa: ARG001
    """Say that there is JSON only."""
    return _refused(HTTPStatus.NOT_ACCEPTABLE, ["XML is not offered: ask for .json"])


def _service(kind: Kind) -> dict[str, Any]:
    return {
        "service_code": kind,
        "service_name": _named(kind),
        "description": _named(kind),
        "metadata": False,
        "type": "realtime",
        "keywords": kind,
        "group": " ".join(translate(language, "reports.title") for language in LANGUAGES),
    }


def _request(found: PublicReport) -> dict[str, Any]:
    """Return a report with the members of the standard; the place is that of the station."""
    station = found.station
    lon, lat = station.geometry.coordinates if station else (None, None)
    return {
        "service_request_id": found.id,
        "status": "open" if found.is_open else "closed",
        "status_notes": found.answer or None,
        "service_name": _named(found.kind),
        "service_code": found.kind,
        "description": found.text or None,
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": _moment(found.received_at),
        "updated_datetime": _moment(found.changed_at),
        "expected_datetime": None,
        "address": (station.properties.address or station.name) if station else None,
        "address_id": found.station_id,
        "zipcode": None,
        "lat": lat,
        "long": lon,
        "media_url": None,
    }


def _named(kind: Kind) -> str:
    return " ".join(translate(language, f"report_kind.{kind}") for language in LANGUAGES)


def _query() -> str:
    return request.query_string.decode("latin-1")


def _in_words(error: InvalidParametersError) -> list[str]:
    # An error of the standard has one text, which repeats nothing: not even the name of what is unknown.
    return [
        f"a parameter {fault.detail}" if fault.code == "unknown" else f"{fault.parameter}: {fault.detail}"
        for fault in error.faults
    ]


def _span(asked: RequestsQuery) -> tuple[datetime, datetime]:
    """Return the time asked for: at most `MAX_SPAN`, that up to now where nothing is said; the end is included.

    Raises InvalidParametersError.
    """
    start, end = asked.start_date, asked.end_date
    rule = f"the end must not be before the start, and at most {MAX_SPAN.days} days after"
    try:
        until = end or min(now(), start + MAX_SPAN if start else now())
        since = start or until - MAX_SPAN
        if timedelta() <= until - since <= MAX_SPAN:
            return since, until + timedelta(seconds=1)
    except OverflowError:
        rule = "is out of range"
    raise InvalidParametersError([Fault("start_date, end_date", "invalid", rule)])


def _moment(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _refused(status: HTTPStatus, faults: list[str]) -> Response:
    """Return errors in the form of the standard; nothing that was sent is repeated."""
    return _answer([{"code": int(status), "description": fault} for fault in dict.fromkeys(faults)], status)


def _answer(content: list[dict[str, Any]], status: int = HTTPStatus.OK) -> Response:
    response = Response(dumps(content), status, content_type="application/json; charset=utf-8")
    response.headers.set(*NO_STORE)
    return response
