"""The routes of station tiles, described in `docs/api.md`."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request, url_for

from stationmap.formats.geojson import dumps, provenance
from stationmap.tiles.encoding import MEDIA_TYPE
from stationmap.tiles.tilejson import tilejson
from stationmap.tiles.z_order import MAX_ZOOM, exists
from stationmap.web import problems
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import IMMUTABLE, REVALIDATE
from stationmap.web.openapi.operation import described
from stationmap.web.parameters.reading import query_pairs, read_query
from stationmap.web.state import RequestContext, request_context
from stationmap.web.tiles.operations import PRESENT_TILE, TILE, TILEJSON
from stationmap.web.tiles.parameters import TilesQuery
from stationmap.web.tiles.shelf import EXTENSION, Place, Present, TileShelf

blueprint = Blueprint("tiles", __name__)

JSON = "application/json"
NOT_A_TILE = f"Tiles have zooms from 0 to {MAX_ZOOM}, and columns and rows below 2 to the power of the zoom."
_NUMBER = re.compile("0|[1-9][0-9]{0,5}")
_VERSION = re.compile("[0-9a-f]{16}")
_ENCODINGS = ("br", "gzip")


@blueprint.get("/tiles/stations.json")
@described(TILEJSON)
def document() -> Response:
    """Return where tiles are, what they hold and until when that is so, as TileJSON."""
    context = request_context()
    present = _shelf().present(context)
    read_query(TilesQuery, _query()).stations(present.states.at)  # so that it names no tiles that are refused
    response = Response(dumps(_document(context, present)), content_type=JSON)
    response.headers.set(*REVALIDATE)
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


@blueprint.get("/tiles/stations/<z>/<x>/<y>.mvt")
@described(PRESENT_TILE)
def present_tile(z: str, x: str, y: str) -> Response:
    """Return the vector tile of stations as it is now, to be asked for again."""
    return _answer("", z, x, y)


@blueprint.get("/tiles/stations/<version>/<z>/<x>/<y>.mvt")
@described(TILE)
def tile(version: str, z: str, x: str, y: str) -> Response:
    """Return the vector tile of a version, for good; of one that is over, where the present one is."""
    if not _VERSION.fullmatch(version):
        return problems.document(HTTPStatus.NOT_FOUND, "There are no tiles of such a version.")
    return _answer(version, z, x, y)


def _answer(version: str, z: str, x: str, y: str) -> Response:
    place = _place(z, x, y)
    if place is None:
        return problems.document(HTTPStatus.NOT_FOUND, NOT_A_TILE)
    context, shelf = request_context(), _shelf()
    present = shelf.present(context)
    query = read_query(TilesQuery, _query()).stations(present.states.at)
    tag, policy = version or present.version, IMMUTABLE if version else REVALIDATE
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=HTTPStatus.NOT_MODIFIED), tag, policy)
    encoding = request.accept_encodings.best_match((*_ENCODINGS, "identity"), "identity")
    if tag == present.version:
        body = shelf.tile(context, present, query, place, encoding)
    else:
        kept = shelf.kept(tag, query, place, encoding)
        if kept is None:
            return _to_the_present(present, place)
        body = kept
    return _tagged(_response(body, encoding), tag, policy)


def _place(z: str, x: str, y: str) -> Place | None:
    """Return the tile of an address, None where there is none of that name: `07` would be another one of tile 7."""
    if not all(map(_NUMBER.fullmatch, (z, x, y))):
        return None
    place = Place(int(z), int(x), int(y))
    return place if exists(*place) else None


def _response(body: bytes, encoding: str) -> Response:
    if not body:
        return Response(status=HTTPStatus.NO_CONTENT, content_type=MEDIA_TYPE)
    response = Response(body, content_type=MEDIA_TYPE)
    if encoding != "identity":
        response.headers["Content-Encoding"] = encoding
    return response


def _tagged(response: Response, tag: str, policy: tuple[str, str]) -> Response:
    # Weak: the same tile in another encoding has other bytes.
    response.set_etag(tag, weak=True)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.set(*policy)
    return response


def _to_the_present(present: Present, place: Place) -> Response:
    response = Response(status=HTTPStatus.TEMPORARY_REDIRECT)
    response.headers["Location"] = _with_query(url_for("tiles.tile", version=present.version, **place._asdict()))
    response.headers.set(*REVALIDATE)
    return response


def _document(context: RequestContext, present: Present) -> dict[str, Any]:
    registry = context.snapshot.registry
    first = absolute_url_for("tiles.tile", version=present.version, z=0, x=0, y=0)
    address = first.removesuffix("0/0/0.mvt") + "{z}/{x}/{y}.mvt"
    return {
        **tilejson(registry.meta, context.snapshot.index.bounds, _with_query(address), label=present.label),
        **provenance(registry),
        "tiles_version": present.version,
        "at": present.states.at,
        "until": present.until,
    }


def _with_query(address: str) -> str:
    pairs = query_pairs(_query())
    return f"{address}?{urlencode(pairs)}" if pairs else address


def _query() -> str:
    return request.query_string.decode("latin-1")


def _shelf() -> TileShelf:
    shelf: TileShelf = current_app.extensions[EXTENSION]
    return shelf
