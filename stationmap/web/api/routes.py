"""The routes of the HTTP API, described in `docs/api.md`."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from stationmap.formats.geojson import dumps, feature, provenance
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.reports.evidence import NO_EVIDENCE
from stationmap.web import problems
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.api import along, operations, requests, responses
from stationmap.web.api.parts import in_parts
from stationmap.web.api.requests import NearestRequest, StationsRequest
from stationmap.web.cache_policy import NO_STORE, REVALIDATE
from stationmap.web.city_watch import CityWatch
from stationmap.web.guard import rejections
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.keeper import Keeper
from stationmap.web.openapi.operation import described
from stationmap.web.parameters.reading import query_pairs, refuse_parameters
from stationmap.web.stale import Stale
from stationmap.web.state import TIME, RequestContext, current_snapshot, now, request_context, state

blueprint = Blueprint("api", __name__)

NEAREST = "/api/v1/nearest"

GEOJSON = "application/geo+json"
JSON = "application/json"
REVISION = "Stationmap-Revision"
SLOW_ROWS = 1_000
"""Rows of a batch above which its request is slow: about 50 ms and 300 kB."""
SLOW_BODY_BYTES = 16_384
SLOW_ALONG = 50_000
"""Stations of a registry above which a route past them is slow: about 20 ms."""
SLOW_NODES = 100_000
"""Nodes of a street network above which one place may take 50 ms, as where few stations are accepted."""
WRITING_S = 60.0
"""Seconds that an answer in parts may be written after its deadline: its status has gone out already."""
SLOW_LISTED = 200
"""Stations of a page above which its request is slow."""


@blueprint.get(NEAREST)
@described(operations.NEAREST)
def nearest() -> Response:
    """Return the stations nearest to the place in the query string, nearest first."""
    context = request_context()
    parsed = requests.parse_nearest_query(_query(), context.at, context.settings)
    return _fresh(_sent(context, responses.nearest(context, parsed), GEOJSON))


@blueprint.post(NEAREST)
@described(operations.NEAREST_POSTED)
def nearest_posted() -> Response:
    """Return the stations nearest to the place, or to each of the points, in the body."""
    refuse_parameters(_query())
    if request.mimetype != JSON:
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    context, body = request_context(), request.get_data()
    parse = partial(requests.parse_nearest_body, body, context.at, context.settings, context.city_files.streets)
    if len(body) > SLOW_BODY_BYTES:  # parsing it is slow already
        with concurrency_limit().exclusive_slot(context.check):
            return _nearest_of_body(context, parse())
    parsed = parse()
    if may_be_slow(context, parsed):
        with concurrency_limit().slot_once_slow(context.check) as check:
            return _nearest_of_body(context._replace(check=check), parsed)
    with concurrency_limit().exclusive_slot_if(_is_slow(parsed), context.check):
        return _nearest_of_body(context, parsed)


def _is_slow(parsed: NearestRequest) -> bool:
    return len(parsed.places) * parsed.k > SLOW_ROWS or (parsed.is_batch and parsed.network is not None)


def may_be_slow(context: RequestContext, parsed: NearestRequest) -> bool:
    """Tell whether a question is one of one place in a large network: most are quick, some search all of it."""
    if parsed.network is None or parsed.is_batch:
        return False
    return len(parsed.network.node_lons) > SLOW_NODES or len(context.snapshot.index) > SLOW_ALONG


def _nearest_of_body(context: RequestContext, parsed: NearestRequest) -> Response:
    if parsed.is_batch and _is_slow(parsed):
        # Found within the deadline, it is written even to who reads slowly; that ends when the client goes.
        writing = state().deadline(request.environ).with_limit(context.settings.deadline_s + WRITING_S)
        turn = partial(concurrency_limit().turn, writing)
        return _fresh(_of_revision(context, in_parts(responses.batch(context, parsed, turn), JSON)))
    if parsed.is_batch:
        return _fresh(_sent(context, b"".join(responses.batch(context, parsed)), JSON))
    return _fresh(_sent(context, responses.nearest(context, parsed), GEOJSON))


@blueprint.post("/api/v1/along")
@described(operations.ALONG)
def stations_along() -> Response:
    """Return the stations that make the way between two places in the body least longer.

    There is no GET: where somebody rides to is in no address.
    """
    refuse_parameters(_query())
    if request.mimetype != JSON:
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    context = request_context()
    parsed = requests.parse_along_body(request.get_data(), context.at, context.settings, context.city_files.streets)
    is_slow = parsed.nearest.network is not None or len(context.snapshot.index) > SLOW_ALONG
    with concurrency_limit().exclusive_slot_if(is_slow, context.check):
        return _fresh(_json(context, along.along(context, parsed), GEOJSON))


@blueprint.get("/api/v1/stations")
@described(operations.STATIONS)
def stations() -> Response:
    """Return a page of the stations that match the filters, in the order of their ids."""
    parsed = requests.parse_stations_query(_query())
    context = request_context()
    tag = _tag(context)
    if unchanged := _unchanged(tag):
        return unchanged
    with concurrency_limit().exclusive_slot_if(parsed.limit > SLOW_LISTED, context.check):
        links = partial(_link, parsed)
        return _cached(_json(context, responses.page(context, parsed, links), GEOJSON), tag)


@blueprint.get("/api/v1/stations/<station_id>")
@described(operations.ONE_STATION)
def station(station_id: str) -> Response:
    """Return one station as the registry has it."""
    refuse_parameters(_query())
    context = request_context()
    registry = context.snapshot.registry
    found = registry.get(station_id)
    if found is None:
        return problems.document(HTTPStatus.NOT_FOUND, "No station has this id.")
    tag = _tag(context)
    shown = responses.reported(feature(found), context.evidence, context.at)
    return _unchanged(tag) or _cached(_json(context, {**shown, **provenance(registry)}, GEOJSON), tag)


@blueprint.get("/api/v1/feed")
@described(operations.FEED)
def feed() -> Response:
    """Return the registry as a phone keeps it, with opening times from today on."""
    refuse_parameters(_query())
    snapshot, evidence, day = current_snapshot(), request_context().evidence, now().date()
    tag = snapshot.feed_etag(day, evidence)
    response = _unchanged(tag) or _cached(snapshot.feed(day, evidence).response(), tag)
    response.headers[REVISION] = snapshot.registry.revision
    response.headers[TIME] = now().isoformat(timespec="seconds")  # caches also take it from a 304
    return response


@blueprint.get("/healthz")
@described(operations.HEALTH)
def health() -> Response:
    """Tell that the process responses."""
    return _fresh(Response(dumps({"status": "ok"}), content_type=JSON))


@blueprint.get("/readyz")
@described(operations.READINESS)
def ready() -> Response:
    """Report the revision served, its age, and whether a file has since changed to something that cannot be served."""
    context, current = request_context(), state()
    registry, awaited = context.snapshot.registry, context.snapshot.awaited(context.at.date())
    answer = {
        "status": "ok",
        **provenance(registry),
        "stations": len(registry),
        "loaded_at": current.loaded_at.astimezone(ZONE),
        "age_s": round((context.at - current.loaded_at).total_seconds()),
        "checked_at": current.checked_at.astimezone(ZONE),
        **_staleness(current.stale),
        "calendar": {
            "revision": context.snapshot.calendar.revision,
            "announced": sorted(context.snapshot.calendar.announced),
            **_staleness(current.stale_calendar),
            "awaited": [year._asdict() for year in awaited],
            "note": "; ".join(translate(DEFAULT_LANGUAGE, "calendar.awaited", **year._asdict()) for year in awaited),
        },
        "city": _city_state(current.city),
        "journal": _journal_state(current.keeper),
        "hearing": current.hearing.state,
        "disk": current.disk_room.room() if current.keeper else "ok",
        "refused": current_app.extensions[rejections.EXTENSION].counts(),
    }
    return _fresh(_json(context, answer, JSON))


def _journal_state(keeper: Keeper | None) -> str:
    return "read_only" if keeper is None else "fault" if keeper.fault else "ok"


def _city_state(city: CityWatch) -> dict[str, Any]:
    provenance = city.files.provenance
    return {
        "build": provenance and provenance.build,
        "date": provenance and provenance.date,
        "files": sorted(city.files.by_name),
        **_staleness(city.stale),
    }


def _staleness(stale: Stale | None) -> dict[str, Any]:
    return {
        "stale": stale is not None,
        "stale_since": stale and stale.since.astimezone(ZONE),
        "findings": len(stale.findings) if stale else 0,
        "finding_codes": sorted({finding.code for finding in stale.findings}) if stale else [],
    }


def _tag(context: RequestContext) -> str:
    """Return the tag of what the registry says of stations, and riders: a mark may end without another revision."""
    standing = sum(mark.until > context.at for mark in context.evidence.marks.values())
    reported = f"-{context.evidence.revision}-{standing}" if context.evidence is not NO_EVIDENCE else ""
    return context.snapshot.registry.revision + reported


def _link(parsed: StationsRequest, offset: int) -> str:
    given = [pair for pair in query_pairs(_query()) if pair[0] not in ("limit", "offset")]
    return f"{absolute_url_for('api.stations')}?{urlencode([*given, ('limit', parsed.limit), ('offset', offset)])}"


def _query() -> str:
    return request.query_string.decode("latin-1")


def _json(context: RequestContext, content: dict[str, Any], media_type: str) -> Response:
    return _sent(context, dumps(content), media_type)


def _sent(context: RequestContext, body: bytes, media_type: str) -> Response:
    return _of_revision(context, Response(body, content_type=media_type))


def _of_revision(context: RequestContext, response: Response) -> Response:
    response.headers[REVISION] = context.snapshot.registry.revision
    return response


def _fresh(response: Response) -> Response:
    response.headers.set(*NO_STORE)
    return response


def _cached(response: Response, tag: str) -> Response:
    """Allow a response to be cached, but revalidated before each use."""
    # Weak: the same content in another encoding has other bytes.
    response.set_etag(tag, weak=True)
    response.headers.set(*REVALIDATE)
    return response


def _unchanged(tag: str) -> Response | None:
    """Return 304 if the client already has this content, before any work is done."""
    if not request.if_none_match.contains_weak(tag):
        return None
    return _cached(Response(status=HTTPStatus.NOT_MODIFIED), tag)
