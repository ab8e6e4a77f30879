"""How answers are sent: as JSON or as a page, which may be kept but is checked before each use."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from stationmap.formats.geojson import dumps
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.ogc.links import GEOJSON, HTML, JSON, given
from stationmap.web.ogc.parameters import PageQuery
from stationmap.web.pages.rendering import rendered
from stationmap.web.state import current_snapshot

REVISION = "Stationmap-Revision"


def is_page(asked: PageQuery) -> bool:
    """Tell whether an answer is to be a page: where that is asked for, or preferred as browsers do."""
    if asked.f is not None:
        return asked.f == "html"
    accepted = request.accept_mimetypes
    return accepted[HTML] > max(accepted[JSON], accepted[GEOJSON])


def page(template: str, **context: Any) -> Response:
    """Return a page."""
    kept = urlencode([*given("lang"), ("f", "html")])
    return _negotiated(rendered(f"ogc/{template}.html", kept=kept, **context))


def data(content: Mapping[str, Any], media_type: str = JSON) -> Response:
    """Return a document."""
    response = _negotiated(Response(dumps(content), content_type=media_type))
    response.headers.set(*REVALIDATE)
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


def features(members: Mapping[str, Any], written: bytes, tag: str) -> Response:
    """Return a collection of features, written already, with the members around them."""
    body = b'%s,"features":[%s]}' % (dumps({"type": "FeatureCollection", **members})[:-1], written)
    return _geojson(body, tag)


def one_feature(feature: Mapping[str, Any], members: Mapping[str, Any], tag: str) -> Response:
    """Return a feature with further members."""
    return _geojson(dumps({**feature, **members}), tag)


def _geojson(body: bytes, tag: str) -> Response:
    """Return features, or 304 to who has them: the time at which an answer was made is no difference."""
    is_known = request.if_none_match.contains_weak(tag)
    response = Response(status=HTTPStatus.NOT_MODIFIED) if is_known else Response(body, content_type=GEOJSON)
    response.headers[REVISION] = current_snapshot().registry.revision
    response.headers.set(*REVALIDATE)
    response.set_etag(tag, weak=True)
    return _negotiated(response)


def _negotiated(response: Response) -> Response:
    response.vary.add("Accept")
    return response
