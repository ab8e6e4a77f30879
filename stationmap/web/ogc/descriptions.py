"""What is said of the collections and of all of them together: titles, extents, what they are made of, links."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from stationmap.formats.geojson import DEMO_LABEL, provenance
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.ogc import openapi
from stationmap.web.ogc.collection import Extent
from stationmap.web.ogc.kinds import CollectionKind
from stationmap.web.ogc.links import GEOJSON, HTML, JSON, SCHEMA, Link, address, both_forms, link
from stationmap.web.ogc.parameters import PageQuery
from stationmap.web.ogc.shown import label, meaning_of
from stationmap.web.state import current_snapshot

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
TEMPORAL = "verified_on"
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def title(language: str) -> str:
    """Return what all of it is called."""
    return with_label(current_snapshot().registry.meta.title or translate(language, "app.name"))


def with_label(text: str) -> str:
    """Return a title that nobody takes for one of real data where it is not."""
    is_plain = not current_snapshot().registry.demo or DEMO_LABEL in text
    return text if is_plain else f"{text}（{DEMO_LABEL}）"


def made_of() -> dict[str, Any]:
    """Return the members that say which registry an answer is made of."""
    return provenance(current_snapshot().registry)


def language_of(asked: PageQuery) -> list[tuple[str, str]]:
    """Return the language as a parameter, where one is asked for."""
    return [("lang", asked.lang)] if "lang" in asked.model_fields_set else []


def described(kind: CollectionKind, extent: Extent, asked: PageQuery, *, is_whole: bool) -> dict[str, Any]:
    """Return the description of a collection; its links to itself have both forms where it `is_whole` the answer."""
    itself = [link("self", address("collection", JSON, language_of(asked), collection_id=kind.id), JSON)]
    links = [
        *(both_forms("collection", JSON, is_page=False, collection_id=kind.id) if is_whole else itself),
        # Without parameters: GDAL puts the id of a feature at the end of it.
        link("items", absolute_url_for("ogc.items", collection_id=kind.id), GEOJSON),
        link("items", address("items", HTML, language_of(asked), collection_id=kind.id), HTML),
        link("describedby", address("schema", JSON, collection_id=kind.id), SCHEMA),
    ]
    return {
        "id": kind.id,
        "title": with_label(translate(asked.lang, f"ogc.{kind.id}")),
        "description": translate(asked.lang, f"ogc.{kind.id}_text"),
        "itemType": "feature",
        "extent": _extent(extent),
        "crs": [CRS84],
        **made_of(),
        "links": links,
    }


def schema_of(kind: CollectionKind, asked: PageQuery) -> dict[str, Any]:
    """Return the JSON Schema of a feature, as GDAL reads it for the types of columns.

    Each property has one type: what is unknown is null all the same, as in any column of a table. Only the property
    that `datetime` is about is a date: GDAL asks by `datetime` whatever date a filter compares, and trusts the answer.
    Its title is what it is called in the tables, with its unit; its description what its values mean.
    """
    properties = openapi.properties(kind.fields, nullable=False)
    for field in kind.fields:
        properties[field.name]["title"] = label(kind, field.name, asked.lang)
        if meaning := meaning_of(field, asked.lang):
            properties[field.name]["description"] = meaning
    for name in properties.keys() - {TEMPORAL}:
        properties[name].pop("format", None)
    return {
        "$schema": JSON_SCHEMA,
        "$id": address("schema", JSON, collection_id=kind.id),
        "title": translate(asked.lang, f"ogc.{kind.id}"),
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "id": {"type": "string"},
            "properties": {"type": "object", "properties": properties},
        },
    }


def link_to(kind: CollectionKind, asked: PageQuery) -> Link:
    """Return the link of what is in a collection to it."""
    return link("collection", address("collection", JSON, language_of(asked), collection_id=kind.id), JSON)


def _extent(found: Extent) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if found.bounds:
        extent["spatial"] = {"bbox": [list(found.bounds)], "crs": CRS84}
    if found.days:
        ends = zip(found.days, (time.min, time.max), strict=True)
        interval = [datetime.combine(day, end, ZONE).replace(microsecond=0).isoformat() for day, end in ends]
        extent["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return extent
