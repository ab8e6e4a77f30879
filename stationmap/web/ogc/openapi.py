"""The description of these addresses as OpenAPI 3.0, made of the models that check the requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from stationmap.i18n import LANGUAGES, translate
from stationmap.web.ogc.fields import Field
from stationmap.web.ogc.kinds import KINDS, CollectionKind
from stationmap.web.ogc.links import GEOJSON, HTML, JSON, OPENAPI
from stationmap.web.ogc.parameters import ItemsQuery, PageQuery
from stationmap.web.openapi.problem import PROBLEM
from stationmap.web.parameters.reading import Parameters

VERSION = "1.0"

Schema = dict[str, Any]


@lru_cache(maxsize=8)
def document(root: str, title: str, licence: str | None) -> Mapping[str, Any]:
    """Return the description of the addresses below `root`, which nobody changes."""
    info: dict[str, Any] = {"title": title, "version": VERSION, "description": _in_words("api_text")}
    if licence:
        info["license"] = {"name": licence}
    return {
        "openapi": "3.0.3",
        "info": info,
        "servers": [{"url": root}],
        "tags": [{"name": name} for name in ("Capabilities", "Data")],
        "paths": dict(_paths()),
        "components": {"parameters": _IN_PATHS, "schemas": dict(_schemas()), "responses": _REFUSALS},
    }


def _paths() -> Iterator[tuple[str, Any]]:
    for path, name, schema, media_type in _PAGES:
        yield path, _get(name, "Capabilities", schema, media_type, PageQuery)
    template = "/collections/{collectionId}"
    yield template, _get("collection", "Capabilities", "collection", JSON, PageQuery, "collectionId")
    yield (
        f"{template}/schema",
        _get("schema", "Capabilities", "", "application/schema+json", PageQuery, "collectionId"),
    )
    yield f"{template}/items", _get("items", "Data", "featureCollection", GEOJSON, ItemsQuery, "collectionId")
    ids = ("collectionId", "featureId")
    yield f"{template}/items/{{featureId}}", _get("feature", "Data", "feature", GEOJSON, PageQuery, *ids)
    for kind in KINDS.values():
        path, name = f"/collections/{kind.id}/items", kind.id
        yield path, _get(f"items_{name}", "Data", f"{name}Collection", GEOJSON, kind.query)
        yield (
            f"{path}/{{featureId}}",
            _get(f"feature_{name}", "Data", f"{name}Feature", GEOJSON, PageQuery, "featureId"),
        )


_PAGES = (
    ("/", "landing", "landingPage", JSON),
    ("/conformance", "conformance", "confClasses", JSON),
    ("/api", "api", "", OPENAPI),
    ("/collections", "collections", "collections", JSON),
)


def _get(name: str, tag: str, schema: str, media_type: str, query: type[Parameters], *in_path: str) -> dict[str, Any]:
    operation = {
        "operationId": name,
        "tags": [tag],
        "summary": _in_words(f"operation.{name.partition('_')[0]}"),
        "parameters": [
            *({"$ref": f"#/components/parameters/{each}"} for each in in_path),
            *parameters(query),
        ],
        "responses": {
            "200": {
                "description": "OK",
                "content": {
                    media_type: {
                        "schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
                    },
                    HTML: {"schema": {"type": "string"}},
                },
            },
            "400": {"$ref": "#/components/responses/refused"},
            **({"401": {"$ref": "#/components/responses/forStaff"}} if in_path or tag == "Data" else {}),
            **({"404": {"$ref": "#/components/responses/notThere"}} if in_path else {}),
            "503": {"$ref": "#/components/responses/busy"},
        },
    }
    return {"get": operation}


@cache
def parameters(query: type[Parameters]) -> tuple[dict[str, Any], ...]:
    """Return the parameters of a model as OpenAPI 3.0 has them."""
    return tuple(
        {
            "name": name,
            "in": "query",
            "required": False,
            "style": "form",
            "explode": False,
            "description": schema.pop("description", name),
            "schema": schema,
        }
        for name, schema in _described(query).items()
    )


def _described(query: type[Parameters]) -> dict[str, Schema]:
    """Return the schemas of a model in the dialect of OpenAPI 3.0, which knows one example and no null."""
    found = {}
    for name, schema in query.model_json_schema()["properties"].items():
        told = {key: value for key, value in schema.items() if key not in ("title", "examples")}
        if told.get("default", ...) is None:
            del told["default"]
        if examples := schema.get("examples"):
            told["example"] = examples[0]
        found[name] = told
    return found


def properties(fields: tuple[Field, ...], *, nullable: bool = True) -> dict[str, Schema]:
    """Return the schema of each property of a collection's features."""
    return {field.name: _property(field, nullable=nullable) for field in fields}


def _property(field: Field, *, nullable: bool) -> Schema:
    schema = field.schema
    if field.codes:
        schema["enum"] = [*field.codes, None] if nullable else list(field.codes)
    return schema | ({"nullable": True} if nullable else {})


def _in_words(key: str) -> str:
    return "\n".join(translate(language, f"ogc.{key}") for language in LANGUAGES)


def _schemas() -> Iterator[tuple[str, Schema]]:
    yield from _SHARED.items()
    for kind in KINDS.values():
        yield f"{kind.id}Feature", _feature(kind)
        yield f"{kind.id}Collection", _collection_of(f"{kind.id}Feature")


def _feature(kind: CollectionKind) -> Schema:
    told = {"type": "object", "required": [field.name for field in kind.fields], "properties": properties(kind.fields)}
    return {"allOf": [_ref("feature"), {"type": "object", "properties": {"properties": told}}]}


def _collection_of(feature: str) -> Schema:
    features = {"type": "array", "items": _ref(feature)}
    return {"allOf": [_ref("featureCollection"), {"type": "object", "properties": {"features": features}}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: str, **members: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": members}


def _list(items: Mapping[str, Any]) -> Schema:
    return {"type": "array", "items": dict(items)}


_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_LINKS = _list(_ref("link"))
_SHARED: dict[str, Schema] = {
    "link": _object("href rel", href={"type": "string", "format": "uri"}, rel=_TEXT, type=_TEXT, title=_TEXT),
    "landingPage": _object("links", title=_TEXT, description=_TEXT, links=_LINKS),
    "confClasses": _object("conformsTo", conformsTo=_list(_TEXT)),
    "collections": _object("links collections", links=_LINKS, collections=_list(_ref("collection"))),
    "collection": _object(
        "id links", id=_TEXT, title=_TEXT, description=_TEXT, links=_LINKS, itemType=_TEXT, crs=_list(_TEXT),
        extent={"type": "object"},
    ),
    "feature": _object(
        "type geometry properties", type={"type": "string", "enum": ["Feature"]}, id=_TEXT,
        geometry={"type": "object"}, properties={"type": "object"}, links=_LINKS,
    ),
    "featureCollection": _object(
        "type features", type={"type": "string", "enum": ["FeatureCollection"]}, features=_list(_ref("feature")),
        links=_LINKS, timeStamp={"type": "string", "format": "date-time"}, numberMatched=_COUNT, numberReturned=_COUNT,
    ),
    "problem": _object("title status", type=_TEXT, title=_TEXT, status=_COUNT, detail=_TEXT),
}  # fmt: skip
_IN_PATHS: dict[str, Any] = {
    "collectionId": {
        "name": "collectionId",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "enum": list(KINDS)},
    },
    "featureId": {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}},
}


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {PROBLEM: {"schema": _ref("problem")}}}


_REFUSALS = {
    "refused": _refusal("A parameter is unknown or cannot be used; `errors` names each."),
    "forStaff": _refusal("The audit is for staff here (the setting `audit`)."),
    "notThere": _refusal("There is no such collection or feature."),
    "busy": _refusal("The server is busy; try again soon."),
}
