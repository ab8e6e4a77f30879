"""Reports by the standard Open311 GeoReport v2, to be read only; described in `docs/api.md`.

Source: wiki.open311.org, GeoReport v2. JSON only; reports are made by the API of our own.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from stationmap.formats.geojson import dumps
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import LANGUAGES, translate
from stationmap.reports.model import WANTING, Kind, Status
from stationmap.web.cache_policy import NO_STORE
from stationmap.web.parameters.reading import query_pairs
from stationmap.web.state import now, state

if TYPE_CHECKING:
    from stationmap.web.reports.public_reports import PublicReport

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")

MAX_SPAN = timedelta(days=90)
MAX_PAGE_SIZE, USUAL_PAGE_SIZE, MAX_PAGE, MAX_IDS = 200, 50, 10_000, 50
FILTERS = ("service_request_id", "service_code", "status", "start_date", "end_date", "page", "page_size")
PASSED_OVER = ("jurisdiction_id", "api_key", "extensions", "locale")
"""Parameters of the standard that mean nothing here."""

Faults = list[str]


@blueprint.get("/services.json")
def services() -> Response:
    """Return the kinds of reports as services."""
    state().desk.expect_open()
    return _answer([_service(kind) for kind in WANTING])


@blueprint.get("/requests.json")
def requests() -> Response:
    """Return reports as service requests, the latest first, or those of some ids."""
    from stationmap.web.reports import public_reports

    state().desk.expect_open()
    faults: Faults = []
    given = _given(faults)
    ids = [each for each in given.get("service_request_id", "").split(",") if each]
    if len(ids) > MAX_IDS:
        faults.append(f"service_request_id: at most {MAX_IDS}")
    since, until = _span(given, faults)
    size = _number(given, "page_size", USUAL_PAGE_SIZE, MAX_PAGE_SIZE, faults)
    page = _number(given, "page", 1, MAX_PAGE, faults)
    kinds, statuses = _kinds(given, faults), _statuses(given, faults)
    if faults:
        return _refused(HTTPStatus.BAD_REQUEST, faults)
    if ids:
        return _answer([_request(each) for each in public_reports.by_public_ids(ids)])
    wanted = public_reports.Wanted(kinds, statuses, since, until, size, (page - 1) * size)
    return _answer([_request(each) for each in public_reports.listed(wanted)])


@blueprint.get("/requests/<request_id>.json")
def one_request(request_id: str) -> Response:
    """Return one report as a list of one."""
    from stationmap.web.reports import public_reports

    state().desk.expect_open()
    faults: Faults = []
    if _given(faults, allowed=()) or faults:
        return _refused(HTTPStatus.BAD_REQUEST, faults)
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


def _given(faults: Faults, allowed: tuple[str, ...] = FILTERS) -> dict[str, str]:
    """Return the parameters of the request that mean something; what is unknown or comes twice is a fault."""
    found: dict[str, str] = {}
    for name, text in query_pairs(request.query_string.decode("latin-1")):
        if name in allowed and name in found:
            faults.append(f"{name}: given twice")
        elif name in allowed:
            found[name] = text.strip()
        elif name not in PASSED_OVER:
            faults.append("a parameter is not known: " + ", ".join(allowed))
    return {name: text for name, text in found.items() if text}


def _span(given: dict[str, str], faults: Faults) -> tuple[datetime, datetime]:
    """Return the time asked for: at most `MAX_SPAN`, that up to now where nothing is said; the end is included."""
    start, end = (_date(given, name, faults) for name in ("start_date", "end_date"))
    try:
        until = end or min(now(), start + MAX_SPAN if start else now())
        since = start or until - MAX_SPAN
        if not timedelta() <= until - since <= MAX_SPAN:
            faults.append(
                f"start_date, end_date: the end is not before the start, and at most {MAX_SPAN.days} days after"
            )
        return since, until + timedelta(seconds=1)
    except OverflowError:
        faults.append("start_date, end_date: out of range")
        return now(), now()


def _date(given: dict[str, str], name: str, faults: Faults) -> datetime | None:
    if name not in given:
        return None
    with suppress(ValueError, OverflowError):
        # A plus sign that was not escaped is a blank in a query.
        found = datetime.fromisoformat(given[name].replace(" ", "+"))
        if found.utcoffset() is not None and found.astimezone(UTC):  # in both zones a moment of the calendar
            return found.astimezone(ZONE)
    faults.append(f"{name}: must be a moment with its offset, such as 2026-11-30T00:00:00+08:00")
    return None


def _number(given: dict[str, str], name: str, usual: int, most: int, faults: Faults) -> int:
    text = given.get(name, str(usual))
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    faults.append(f"{name}: must be a number from 1 to {most}")
    return usual


def _kinds(given: dict[str, str], faults: Faults) -> tuple[Kind, ...]:
    wanted = [each for each in given.get("service_code", "").split(",") if each]
    if not set(wanted) <= set(WANTING):
        faults.append(f"service_code: must be of {', '.join(WANTING)}")
    return tuple(kind for kind in WANTING if kind in wanted)


def _statuses(given: dict[str, str], faults: Faults) -> tuple[Status, ...]:
    from stationmap.web.reports.public_reports import STATUSES_OF

    wanted = {each for each in given.get("status", "").split(",") if each}
    if not wanted <= set(STATUSES_OF):
        faults.append("status: must be open or closed")
    return tuple(status for name, statuses in STATUSES_OF.items() if name in wanted for status in statuses)


def _moment(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def _refused(status: HTTPStatus, faults: Faults) -> Response:
    """Return errors in the form of the standard; nothing that was sent is repeated."""
    return _answer([{"code": int(status), "description": fault} for fault in dict.fromkeys(faults)], status)


def _answer(content: list[dict[str, Any]], status: int = HTTPStatus.OK) -> Response:
    response = Response(dumps(content), status, content_type="application/json; charset=utf-8")
    response.headers.set(*NO_STORE)
    return response
