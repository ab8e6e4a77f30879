"""The map and list that other sites show in a frame, and the page on which their editors get the line to paste.

Nothing can be changed here, so nobody gains by laying it under something else. It needs neither cookies nor storage,
which browsers keep from frames, and asks for no position.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.registry.model import CATEGORIES
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.assets import themed
from stationmap.web.embed.parameters import (
    DEFAULT_ZOOM,
    THEMES,
    VIEWS,
    EmbedQuery,
    parse_embed_query,
    parse_snippet_query,
)
from stationmap.web.embed.stations import Found, find, in_language, points_of, row_of
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.guard.security_headers import EMBEDDED, PREVIEW
from stationmap.web.pages.map_shells import bare_map
from stationmap.web.pages.rendering import rendered
from stationmap.web.parameters.faults import InvalidParametersError
from stationmap.web.state import RequestContext, request_context, state

blueprint = Blueprint("embed", __name__)

SLOW_STATIONS = 5_000
"""Stations of a registry above which an answer is slow."""
_WORDS = ("marker", "cluster", "open", "unknown", "closed", "failed", "stale", "details")


@blueprint.get(EMBEDDED)
def embedded() -> Response:
    """Return the page for frames of other sites."""
    try:
        asked = parse_embed_query(request.query_string.decode("latin-1"))
    except InvalidParametersError as error:
        return rendered("embed_refused.html", HTTPStatus.BAD_REQUEST, faults=error.faults)
    context = request_context()
    with concurrency_limit().exclusive_slot_if(len(context.snapshot.index) > SLOW_STATIONS, context.check):
        found = find(context, asked)
    code = HTTPStatus.NOT_FOUND if asked.station is not None and not found.stations else HTTPStatus.OK
    response = rendered("embed.html", code, **_page(context, asked, found))
    # Weak: the same page in another encoding has other bytes.
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


@blueprint.get(PREVIEW)
def snippet() -> Response:
    """Return the page that makes the line by which an editor puts the stations into another page."""
    try:
        asked = parse_snippet_query(request.query_string.decode("latin-1"))
    except InvalidParametersError as error:
        return rendered("embed_refused.html", HTTPStatus.BAD_REQUEST, faults=error.faults)
    query = asked.passed_on()
    registry = request_context().snapshot.registry
    address = absolute_url_for("embed.embedded")
    return rendered(
        "embed_code.html",
        asked=asked,
        address=f"{address}?{urlencode(query)}" if query else address,
        preview=f"{url_for('embed.embedded')}?{urlencode(query)}",
        districts=_districts(asked.lang),
        views=VIEWS,
        themes=THEMES,
        categories=CATEGORIES,
        settings=state().settings,
        may_frame="none" not in state().settings.frame_ancestors,
        only=() if "*" in state().settings.frame_ancestors else state().settings.frame_ancestors,
        heading=registry.meta.title,
    )


def _page(context: RequestContext, asked: EmbedQuery, found: Found) -> dict[str, Any]:
    has_map = asked.view != "list" and bool(found.stations)
    listed = zip(found.stations[: asked.limit], found.states, strict=False)
    shell = bare_map() if has_map else None
    styles = ("css/page.css", *(shell[0].styles if shell else ()))
    return {
        "asked": asked,
        "has_map": has_map,
        "map": shell,
        "styles": [themed(path, asked.theme) for path in styles],
        "settings": context.settings,
        "rows": [row_of(station, its, context.at, asked.lang) for station, its in listed],
        "found": found,
        "opened": sum(each == "open" for each in found.states),
        "at": context.at.astimezone(ZONE),
        "finder": url_for("pages.index", **in_language(asked.lang)),
        "data": {
            "again_s": round(found.again.total_seconds()),
            "points": points_of(found, asked.lang) if has_map else [],
            "bounds": asked.bbox,
            "centre": [centre.lon, centre.lat, asked.zoom or DEFAULT_ZOOM] if (centre := asked.centre) else None,
            "one": url_for("embed.embedded", view="list", **in_language(asked.lang)),
            "words": {name: translate(asked.lang, f"embed.{name}") for name in _WORDS}
            | {
                f"category.{code}": translate(asked.lang, f"category.{code}")
                for code in {station.category for station in found.stations}
            }
            | {
                name: translate(asked.lang, f"map.{name}") for name in ("ground", "close", "ground_fails", "own_ground")
            },
        },
    }


def _districts(language: str) -> list[tuple[str, str]]:
    """Return code and name of the districts that have stations."""
    return [(code, translate(language, f"district.{code}")) for code in request_context().snapshot.districts]
