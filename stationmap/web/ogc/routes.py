"""The routes of OGC API - Features, described in `docs/gis.md`; each also with a slash at its end."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from stationmap.i18n import translate
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.audit.state import audits
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.ogc import admission, openapi, shown
from stationmap.web.ogc.answers import data, features, is_page, one_feature, page
from stationmap.web.ogc.audited import Audited
from stationmap.web.ogc.collection import Collection, ItemsPage
from stationmap.web.ogc.descriptions import CRS84, described, language_of, link_to, made_of, schema_of, title
from stationmap.web.ogc.kinds import KINDS, STATIONS, CollectionKind
from stationmap.web.ogc.links import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Link, address, both_forms, link, turns
from stationmap.web.ogc.parameters import ItemsQuery, PageQuery
from stationmap.web.ogc.stations import Stations
from stationmap.web.parameters.reading import Parameters, read_query
from stationmap.web.state import current_snapshot, request_context, staff_deadline

blueprint = Blueprint("ogc", __name__, url_prefix="/ogc")

CONFORMS_TO = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{each}" for each in ("core", "oas30", "html", "geojson")
)

SLOW_ITEMS = 1_000
"""Features of a page above which its request is slow: some 2 MB."""
SLOW_STATIONS = 20_000
"""Stations of a registry above which a page may be slow, whatever its size: they are looked at one by one."""

Q = TypeVar("Q", bound=Parameters)

blueprint.after_request(admission.keep_to_staff)


@blueprint.get("/", strict_slashes=False)
def landing() -> Response:
    """Return where everything is."""
    asked, as_page = _asked(PageQuery)
    links = [
        *both_forms("landing", JSON, is_page=as_page),
        link("service-desc", address("api", OPENAPI, language_of(asked)), OPENAPI),
        link("service-doc", address("api", HTML, language_of(asked)), HTML),
        link("conformance", address("conformance", JSON, language_of(asked)), JSON),
        link("data", address("collections", JSON, language_of(asked)), JSON),
    ]
    about = {"title": title(asked.lang), "description": translate(asked.lang, "ogc.text")}
    if as_page:
        return page("landing", **about, kinds=admission.visible(), asked=asked, finder=absolute_url_for("pages.index"))
    return data({**about, **made_of(), "links": links})


@blueprint.get("/conformance", strict_slashes=False)
def conformance() -> Response:
    """Return the parts of the standard that are kept."""
    asked, as_page = _asked(PageQuery)
    if as_page:
        return page("conformance", classes=CONFORMS_TO, asked=asked)
    return data({"conformsTo": CONFORMS_TO, "links": both_forms("conformance", JSON, is_page=as_page)})


@blueprint.get("/api", strict_slashes=False)
def api() -> Response:
    """Return the description of these addresses, OpenAPI 3.0."""
    asked, as_page = _asked(PageQuery)
    root = absolute_url_for("ogc.landing").rstrip("/")
    document = openapi.document(root, title(asked.lang), current_snapshot().registry.meta.licence)
    return page("api", document=document, root=root, asked=asked) if as_page else data(document, OPENAPI)


@blueprint.get("/collections", strict_slashes=False)
def collections() -> Response:
    """Return the collections that may be seen."""
    asked, as_page = _asked(PageQuery)
    kinds = admission.visible()
    if as_page:
        return page("collections", kinds=kinds, asked=asked)
    listed = [described(kind, _collection(kind).extent(), asked, is_whole=False) for kind in kinds]
    return data({"links": both_forms("collections", JSON, is_page=as_page), "collections": listed, "crs": [CRS84]})


@blueprint.get("/collections/<collection_id>", strict_slashes=False)
def collection(collection_id: str) -> ResponseReturnValue:
    """Return what a collection holds, and where."""
    kind = _kind(collection_id)
    asked, as_page = _asked(PageQuery)
    if refused := admission.admit(kind, is_page=as_page):
        return refused
    if as_page:
        extent = _collection(kind).extent()
        return page("collection", kind=kind, extent=extent, fields=shown.fields_of(kind, asked.lang), asked=asked)
    return data(described(kind, _collection(kind).extent(), asked, is_whole=True))


@blueprint.get("/collections/<collection_id>/schema", strict_slashes=False)
def schema(collection_id: str) -> ResponseReturnValue:
    """Return the JSON Schema of a collection's features, from which GDAL takes the types of its columns."""
    kind = _kind(collection_id)
    asked, as_page = _asked(PageQuery)
    if refused := admission.admit(kind, is_page=as_page):
        return refused
    return data(schema_of(kind, asked), SCHEMA)


@blueprint.get("/collections/<collection_id>/items", strict_slashes=False)
def items(collection_id: str) -> ResponseReturnValue:
    """Return the features of a collection that match, a page of them."""
    kind = _kind(collection_id)
    asked, as_page = _asked(kind.query)
    if refused := admission.admit(kind, is_page=as_page):
        return refused
    if as_page:
        asked = asked.model_copy(update={"limit": min(asked.limit, shown.MAX_ROWS)})
    found = _collection(kind)
    context = request_context()
    with concurrency_limit().exclusive_slot_if(not kind.is_of_audit and _is_slow(asked), context.check):
        given = found.page(asked)
    forms = both_forms("items", GEOJSON, is_page=as_page, collection_id=kind.id)
    turning = turns(asked, given.matched, HTML if as_page else GEOJSON, collection_id=kind.id)
    if as_page:
        return page(
            "items", kind=kind, asked=asked, given=given, links=_by_rel(forms, turning), **_table(kind, given, asked)
        )
    members = {
        **found.about,
        "numberMatched": given.matched,
        "numberReturned": given.returned,
        "timeStamp": _stamp(context.at),
        "links": [*forms, *turning, link_to(kind, asked)],
    }
    return features(members, given.features, given.version)


@blueprint.get("/collections/<collection_id>/items/<feature_id>", strict_slashes=False)
def feature(collection_id: str, feature_id: str) -> ResponseReturnValue:
    """Return one feature of a collection."""
    kind = _kind(collection_id)
    asked, as_page = _asked(PageQuery)
    if refused := admission.admit(kind, is_page=as_page):
        return refused
    found = _collection(kind)
    given = found.feature(feature_id)
    if given is None:
        abort(HTTPStatus.NOT_FOUND)
    known = orjson.loads(given.text)
    forms = both_forms("feature", GEOJSON, is_page=as_page, collection_id=kind.id, feature_id=feature_id)
    if as_page:
        rows = shown.rows_of(kind, known["properties"], asked.lang)
        return page("feature", kind=kind, known=known, rows=rows, links=_by_rel(forms), asked=asked)
    links = [*forms, link_to(kind, asked)]
    if kind is STATIONS:
        links.append(link("related", absolute_url_for("pages.station", station_id=feature_id), HTML))
    return one_feature(known, {**found.about, "timeStamp": _stamp(request_context().at), "links": links}, given.version)


def _asked(model: type[Q]) -> tuple[Q, bool]:
    """Return what a request asks, and whether for a page."""
    asked = read_query(model, request.query_string.decode("latin-1"))
    assert isinstance(asked, PageQuery)
    return asked, is_page(asked)


def _kind(collection_id: str) -> CollectionKind:
    kind = KINDS.get(collection_id)
    if kind is None:
        abort(HTTPStatus.NOT_FOUND)
    return kind


def _collection(kind: CollectionKind) -> Collection:
    context = request_context()
    if not kind.is_of_audit:
        return Stations(context)
    return Audited(kind, audits(), context.snapshot.registry, staff_deadline())


def _by_rel(*several: list[Link]) -> dict[str, str]:
    return {each["rel"]: each["href"] for links in several for each in links}


def _table(kind: CollectionKind, given: ItemsPage, asked: ItemsQuery) -> dict[str, Any]:
    found = orjson.loads(b"[%s]" % given.features)
    return {"columns": shown.columns_of(kind, asked.lang), "table": shown.table_of(kind, found, asked.lang)}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_slow(asked: ItemsQuery) -> bool:
    return asked.limit > SLOW_ITEMS or len(current_snapshot().registry) > SLOW_STATIONS
