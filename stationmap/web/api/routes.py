"""The HTTP interface for programs; `docs/api.md` describes it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request, url_for

from stationmap.formats.geojson import dumps, feature, provenance
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.web import params, problems
from stationmap.web.api import requests as questions
from stationmap.web.api import responses as answers
from stationmap.web.api.requests import Page
from stationmap.web.guard.refusals import EXTENSION as REFUSALS
from stationmap.web.guard.turns import EXTENSION as TURNS
from stationmap.web.guard.turns import Turns
from stationmap.web.state import TIME, Present, Stale, current_snapshot, now, present, state

blueprint = Blueprint("api", __name__)

NEAREST = "/api/v1/nearest"

GEOJSON = "application/geo+json"
JSON = "application/json"
REVISION = "Stationmap-Revision"
FEW_ROWS = 1_000
"""Of a batch: some 50 ms and 300 kB; what has more takes turns."""
SMALL_BODY = 16_384
FEW_LISTED = 200
"""Stations of a page: likewise."""


@blueprint.get(NEAREST)
def nearest() -> Response:
    """Return the nearest stations to a place given in the address, nearest first."""
    here = present()
    asked = questions.nearest_of_query(_query(), here.at, here.settings)
    return _fresh(_json(here, answers.neighbours(here, asked), GEOJSON))


@blueprint.post(NEAREST)
def nearest_posted() -> Response:
    """Return the nearest stations to a place, or to each of many, given in the body."""
    params.nothing(_query())
    if request.mimetype != JSON:
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    here, body = present(), request.get_data()
    if len(body) > SMALL_BODY:  # to read it takes long already
        with _turn(here, is_long=True):
            return _nearest_of_body(here, questions.nearest_of_body(body, here.at, here.settings))
    asked = questions.nearest_of_body(body, here.at, here.settings)
    with _turn(here, is_long=len(asked.places) * asked.k > FEW_ROWS):
        return _nearest_of_body(here, asked)


def _nearest_of_body(here: Present, asked: questions.Nearest) -> Response:
    if asked.is_batch:
        return _fresh(_json(here, answers.batch(here, asked), JSON))
    return _fresh(_json(here, answers.neighbours(here, asked), GEOJSON))


@blueprint.get("/api/v1/stations")
def stations() -> Response:
    """Return a page of the stations that meet some conditions, in the order of their ids."""
    asked = questions.page_of_query(_query())
    here = present()
    tag = here.snapshot.registry.revision
    if unchanged := _unchanged(tag):
        return unchanged
    with _turn(here, is_long=asked.limit > FEW_LISTED):
        return _cached(_json(here, answers.page(here.snapshot, asked, partial(_link, asked)), GEOJSON), tag)


@blueprint.get("/api/v1/stations/<station_id>")
def station(station_id: str) -> Response:
    """Return one station as the registry has it."""
    params.nothing(_query())
    here = present()
    registry = here.snapshot.registry
    found = registry.get(station_id)
    if found is None:
        return problems.document(HTTPStatus.NOT_FOUND, "No station has this id.")
    tag = registry.revision
    return _unchanged(tag) or _cached(_json(here, {**feature(found), **provenance(registry)}, GEOJSON), tag)


@blueprint.get("/api/v1/feed")
def feed() -> Response:
    """Return the registry as a phone keeps it, with opening times from today on."""
    params.nothing(_query())
    snapshot, day = current_snapshot(), now().date()
    tag = snapshot.feed_etag(day)
    response = _unchanged(tag) or _cached(snapshot.feed(day).response(), tag)
    response.headers[REVISION] = snapshot.registry.revision
    response.headers[TIME] = now().isoformat(timespec="seconds")  # a cache takes it over from a 304, too
    return response


@blueprint.get("/healthz")
def health() -> Response:
    """Tell that the process answers."""
    return _fresh(Response(dumps({"status": "ok"}), content_type=JSON))


@blueprint.get("/readyz")
def ready() -> Response:
    """Tell which revision is served, how old it is, and whether a file has changed to something that cannot be."""
    here, current = present(), state()
    registry, awaited = here.snapshot.registry, here.snapshot.awaited(here.at.date())
    answer = {
        "status": "ok",
        **provenance(registry),
        "stations": len(registry),
        "loaded_at": current.loaded_at.astimezone(ZONE),
        "age_s": round((here.at - current.loaded_at).total_seconds()),
        "checked_at": current.checked_at.astimezone(ZONE),
        **_staleness(current.stale),
        "calendar": {
            "revision": here.snapshot.calendar.revision,
            "announced": sorted(here.snapshot.calendar.announced),
            **_staleness(current.stale_calendar),
            "awaited": [year._asdict() for year in awaited],
            "note": "; ".join(translate(DEFAULT_LANGUAGE, "calendar.awaited", **year._asdict()) for year in awaited),
        },
        "refused": current_app.extensions[REFUSALS].counts(),
    }
    return _fresh(_json(here, answer, JSON))


def _staleness(stale: Stale | None) -> dict[str, Any]:
    return {
        "stale": stale is not None,
        "stale_since": stale and stale.since.astimezone(ZONE),
        "findings": len(stale.findings) if stale else 0,
        "finding_codes": sorted({finding.code for finding in stale.findings}) if stale else [],
    }


def _turn(here: Present, *, is_long: bool) -> AbstractContextManager[None]:
    turns: Turns = current_app.extensions[TURNS]
    return turns.alone(here.check) if is_long else nullcontext()


def _link(asked: Page, offset: int) -> str:
    given = [pair for pair in params.pairs(_query()) if pair[0] not in ("limit", "offset")]
    return f"{url_for('api.stations')}?{urlencode([*given, ('limit', asked.limit), ('offset', offset)])}"


def _query() -> str:
    return request.query_string.decode("latin-1")


def _json(here: Present, content: dict[str, Any], media_type: str) -> Response:
    response = Response(dumps(content), content_type=media_type)
    response.headers[REVISION] = here.snapshot.registry.revision
    return response


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _cached(response: Response, tag: str) -> Response:
    """Let the answer be kept, but asked about each time before it is used."""
    # Weak: the same content in another encoding has other bytes.
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _unchanged(tag: str) -> Response | None:
    """Return 304 where the sender has this content already, before any work is done."""
    if not request.if_none_match.contains_weak(tag):
        return None
    return _cached(Response(status=HTTPStatus.NOT_MODIFIED), tag)
