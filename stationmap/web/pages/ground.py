"""The ground below the map: its tiles, and what the script of a page needs of it."""

from __future__ import annotations

import gzip
import logging
from http import HTTPStatus
from typing import TypedDict
from weakref import WeakSet

from flask import Blueprint, Response, request, url_for

from stationmap.errors import DamagedGroundError
from stationmap.ground import Ground
from stationmap.i18n import translate
from stationmap.provenance import OPENSTREETMAP, Bounds, Provenance
from stationmap.web import problems
from stationmap.web.cache_policy import IMMUTABLE, REVALIDATE
from stationmap.web.compression import takes_gzip
from stationmap.web.state import request_context

blueprint = Blueprint("ground", __name__)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
OPENSTREETMAP_RIGHTS = "https://www.openstreetmap.org/copyright"
"""The page that everything with data of OpenStreetMap has to link to."""

log = logging.getLogger("stationmap.server")
_reported: WeakSet[Ground] = WeakSet()
"""Files whose damage is logged already: a map requests a hundred tiles."""


class GroundView(TypedDict):
    """What static/js/map/ground/ground.js needs to know of the ground."""

    tiles: str
    build: str
    minZoom: int
    maxZoom: int
    bounds: Bounds
    credit: str
    creditUrl: str


def ground_view(language: str) -> GroundView | None:
    """Return what a page holds of the ground that is served, None where there is none."""
    ground = _ground()
    if ground is None:
        return None
    build = ground.provenance.build
    return {
        "tiles": f"{request.script_root}/ground/{build}/{{z}}/{{x}}/{{y}}.mvt",
        "build": build,
        "minZoom": ground.min_zoom,
        "maxZoom": ground.max_zoom,
        "bounds": ground.bounds,
        "credit": credit(ground.provenance, language),
        "creditUrl": OPENSTREETMAP_RIGHTS if ground.provenance.rights == OPENSTREETMAP else "",
    }


@blueprint.get("/ground/<int:z>/<int:x>/<int:y>.mvt", defaults={"build": ""})
@blueprint.get("/ground/<build>/<int:z>/<int:x>/<int:y>.mvt")
def tile(build: str, z: int, x: int, y: int) -> Response:
    """Return a vector tile, for good at the address of its build; that of another build leads there."""
    ground = _ground()
    if ground is None:
        return problems.document(HTTPStatus.NOT_FOUND, "No ground is served here.")
    if not ground.has(z, x, y):
        zooms = f"Tiles have zooms from {ground.min_zoom} to {ground.max_zoom}"
        return problems.document(
            HTTPStatus.NOT_FOUND, f"{zooms}, and columns and rows below 2 to the power of the zoom."
        )
    if build != ground.provenance.build:
        return _present(ground, z, x, y)
    try:
        return _response(ground.tile(z, x, y))
    except DamagedGroundError as error:
        if ground not in _reported:
            _reported.add(ground)
            log.error("%s", error)
        return problems.document(HTTPStatus.SERVICE_UNAVAILABLE, "The file of the ground is damaged or was changed.")


def _ground() -> Ground | None:
    return request_context().city_files.ground


def _present(ground: Ground, z: int, x: int, y: int) -> Response:
    address = url_for("ground.tile", build=ground.provenance.build, z=z, x=x, y=y)
    response = Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": address})
    response.headers.set(*REVALIDATE)
    return response


def _response(packed: bytes | None) -> Response:
    """Return a tile as it stands in the file where the client takes gzip, as all browsers do."""
    if packed is None:
        response = Response(status=HTTPStatus.NO_CONTENT, content_type=MEDIA_TYPE)
    elif takes_gzip():
        response = Response(packed, headers={"Content-Encoding": "gzip"}, content_type=MEDIA_TYPE)
    else:
        response = Response(gzip.decompress(packed), content_type=MEDIA_TYPE)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.set(*IMMUTABLE)
    return response


def credit(origin: Provenance, language: str) -> str:
    """Return whose data an extract is, and of which day."""
    attribution = (
        translate(language, "ground.openstreetmap") if origin.rights == OPENSTREETMAP else origin.rights.attribution
    )
    if origin.date is None:
        return translate(language, "ground.credit_undated", attribution=attribution)
    return translate(language, "ground.credit", date=origin.date.isoformat(), attribution=attribution)
