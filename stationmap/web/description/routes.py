"""The routes at which the API is described: `/openapi.json` for programs, `/api/` for people."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from flask import Blueprint, Flask, Response, current_app, request, url_for
from markupsafe import Markup
from pydantic import RootModel

from stationmap import city
from stationmap.formats.dataset_document import Download, Site, dataset_document
from stationmap.formats.schema_org import block
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.web.absolute_links import absolute_url_for, root
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.compression import QUICK, EncodedBody
from stationmap.web.description.examples import shown_groups
from stationmap.web.openapi.document import ABOUT, Described, described_operations, document
from stationmap.web.openapi.operation import GEOJSON, JSON, UNCHANGED, Answer, Operation, Said, described
from stationmap.web.pages.page_head import page_address, page_head
from stationmap.web.pages.rendering import rendered, requested_language
from stationmap.web.parameters.reading import refuse_parameters
from stationmap.web.state import current_snapshot, state

blueprint = Blueprint("description", __name__)

EXTENSION = "stationmap.description"
OPENAPI = "/openapi.json"
DOWNLOADS = (
    ("registry_copy.whole_registry", GEOJSON, "dataset.registry"),
    ("api.stations", GEOJSON, "dataset.stations"),
    ("ogc.landing", JSON, "dataset.ogc"),
    ("tiles.document", JSON, "dataset.tiles"),
    ("closures.closures", "text/calendar", "ical.title"),
)
"""The forms in which the registry is offered: route, media type, what it is called."""
DOWNLOADS_OF_JOURNAL = (("changes_atom.changes_atom", "application/atom+xml", "dataset.changes"),)
"""Those that need the journal."""
OTHER_FORMS = (
    ("embed.snippet", "api.form.embed", True),
    ("ogc.landing", "api.form.ogc", True),
    ("tiles.document", "api.form.tiles", False),
    ("closures.closures", "api.form.closures", True),
    ("registry_copy.whole_registry", "api.form.registry", False),
    ("api.stations", "api.form.stations", False),
)
OTHER_FORMS_OF_JOURNAL = (("changes_atom.changes_atom", "api.form.changes", True),)
"""What most people want without writing a program: route, what it is for, whether it is in a language."""


class OpenApi(RootModel[dict[str, Any]]):
    """This document."""


class Made(NamedTuple):
    """The document of a server, and as it is sent."""

    content: dict[str, Any]
    body: EncodedBody
    tag: str


class Description:
    """What is described of an application; each document is made once, when it is asked for first."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.made = lru_cache(maxsize=4)(self._made)

    @cached_property
    def operations(self) -> list[Described]:
        """Every operation with its path and method."""
        return list(described_operations(self._app.url_map, self._app.view_functions))

    def _made(self, server: str, is_demo: bool, licence: str | None) -> Made:
        content = document(self.operations, server=server, is_demo=is_demo, licence=licence)
        text = orjson.dumps(content)
        return Made(content, EncodedBody(text, JSON, quality=QUICK), hashlib.sha256(text).hexdigest()[:16])


def description() -> Description:
    """Return what is described of the present application."""
    found: Description = current_app.extensions[EXTENSION]
    return found


def _present() -> Made:
    registry = current_snapshot().registry
    return description().made(root() + request.script_root, registry.demo, registry.meta.licence)


@blueprint.get(OPENAPI)
@described(
    Operation(
        id="openapi",
        tag="server",
        summary=Said("本接口的说明，OpenAPI 3.1", "This description of the API, OpenAPI 3.1"),
        answers={
            200: Answer(Said("说明", "The description"), OpenApi, headers=("ETag",)),
            304: UNCHANGED,
        },
        example="",
    )
)
def openapi() -> Response:
    """Return the description of the API for programs."""
    refuse_parameters(request.query_string.decode("latin-1"))
    made = _present()
    unchanged = request.if_none_match.contains_weak(made.tag)
    response = Response(status=HTTPStatus.NOT_MODIFIED) if unchanged else made.body.response()
    # Weak: the same content in another encoding has other bytes.
    response.set_etag(made.tag, weak=True)
    response.headers.set(*REVALIDATE)
    return response


@blueprint.get("/api", endpoint="api_page_by_another_address")
@blueprint.get("/api/")
def api_page() -> Response:
    """Return the description of the API for people, with requests that can be tried."""
    made, server = _present(), root() + request.script_root
    groups = shown_groups(description().operations, made.content, server, current_snapshot().registry)
    return rendered(
        "api.html",
        groups=groups,
        server=server,
        about=ABOUT,
        forms=[(url_for(endpoint, **_in_language(is_in_language)), key) for endpoint, key, is_in_language in _forms()],
        page_head=page_head("description.api_page", requested_language()),
        linked_data=_linked_data(),
    )


def _forms() -> tuple[tuple[str, str, bool], ...]:
    return OTHER_FORMS if state().keeper is None else OTHER_FORMS + OTHER_FORMS_OF_JOURNAL


def _in_language(is_in_language: bool) -> dict[str, Any]:
    return {"lang": requested_language()} if is_in_language else {}


def _linked_data() -> Markup:
    language = requested_language()
    page, main_page = (page_address("description.api_page", each) for each in (language, DEFAULT_LANGUAGE))
    site = Site(page_address("pages.index", DEFAULT_LANGUAGE), page, main_page, language)
    offered = DOWNLOADS if state().keeper is None else DOWNLOADS + DOWNLOADS_OF_JOURNAL
    downloads = (Download(absolute_url_for(endpoint), *about) for endpoint, *about in offered)
    # Nothing of it ends the element; escaped as text it would be no JSON.
    return Markup(block(dataset_document(current_snapshot().registry, city.here(), site, downloads)))
