"""Named places of the city: the most important ones as phones keep them, and a search among all by POST.

What is typed stands in a body, so that no address, log or cache holds it; it is answered and forgotten.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, request

from stationmap.places.for_phones import phone_document, stated
from stationmap.places.place import Place
from stationmap.places.places import Places
from stationmap.places.search import guess, search
from stationmap.provenance import MEMBER
from stationmap.rules import PLACES_FORMAT
from stationmap.web import problems
from stationmap.web.api import operations
from stationmap.web.api.parameters import PlacesBody
from stationmap.web.api.routes import GEOJSON, JSON
from stationmap.web.cache_policy import NO_STORE, REVALIDATE
from stationmap.web.compression import QUICK, EncodedBody
from stationmap.web.openapi.operation import described
from stationmap.web.parameters.reading import read_body, refuse_parameters
from stationmap.web.state import request_context

blueprint = Blueprint("places", __name__)

PLACES = "/api/v1/places"
NONE_SERVED = "No places are served: the operator builds them with `stationmap city build`."


@blueprint.get(PLACES)
@described(operations.PLACES)
def places_for_phones() -> Response:
    """Return the most important places as a phone keeps them."""
    refuse_parameters(request.query_string.decode("latin-1"))
    places = request_context().city_files.places
    if places is None:
        return problems.document(HTTPStatus.NOT_FOUND, NONE_SERVED)
    tag = f"{places.provenance.build}-{PLACES_FORMAT}"
    unchanged = request.if_none_match.contains_weak(tag)
    response = Response(status=HTTPStatus.NOT_MODIFIED) if unchanged else _phone_body(places).response()
    # Weak: the same content in another encoding has other bytes.
    response.set_etag(tag, weak=True)
    response.headers.set(*REVALIDATE)
    return response


@blueprint.post(PLACES)
@described(operations.PLACES_POSTED)
def places_posted() -> Response:
    """Return the places that the words of the body name, or nearly name where there is none."""
    refuse_parameters(request.query_string.decode("latin-1"))
    if request.mimetype != JSON:
        return problems.document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    asked = read_body(PlacesBody, request.get_data())
    context = request_context()
    if context.city_files.places is None:
        return problems.document(HTTPStatus.NOT_FOUND, NONE_SERVED)
    answer = _found(context.city_files.places, asked.q, asked.k, context.check)
    response = Response(orjson.dumps(answer), content_type=GEOJSON)
    response.headers.set(*NO_STORE)
    return response


def _found(places: Places, text: str, k: int, check: Any) -> dict[str, Any]:
    matches = search(places, text, k, check)
    is_near = not matches
    matches = matches or guess(places, text, k, check)
    features = [_feature(places.at(match.row), match.fit) for match in matches]
    return {
        "type": "FeatureCollection",
        MEMBER: stated(places),
        "nearly": is_near and bool(matches),
        "features": features,
    }


def _feature(place: Place, fit: int) -> dict[str, Any]:
    known = {"kind": place.kind, "name": place.name, "name_en": place.name_en, "aliases": place.aliases}
    where = {"around": place.around, "around_en": place.around_en, "importance": place.importance, "fit": fit}
    point = {"type": "Point", "coordinates": [place.lon, place.lat]}
    return {"type": "Feature", "id": place.id, "geometry": point, "properties": {**known, **where}}


@lru_cache(maxsize=1)  # of the places that are served now
def _phone_body(places: Places) -> EncodedBody:
    return EncodedBody(orjson.dumps(phone_document(places)), JSON, quality=QUICK)
