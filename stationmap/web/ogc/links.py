"""Links of the answers: whole addresses of our own, each naming its form, with all that was asked kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.ogc.parameters import ItemsQuery
from stationmap.web.parameters.reading import query_pairs

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
SCHEMA, OPENAPI = "application/schema+json", "application/vnd.oai.openapi+json;version=3.0"
FORM_OF = {HTML: "html"}

Link = dict[str, Any]


def link(rel: str, href: str, media_type: str, title: str = "") -> Link:
    """Return a link as the standard has it."""
    return {"rel": rel, "type": media_type, "href": href, **({"title": title} if title else {})}


def address(endpoint: str, media_type: str, pairs: Iterable[tuple[str, str]] = (), **values: str) -> str:
    """Return the whole address of a route in a form, with the parameters given."""
    kept = [*pairs, ("f", FORM_OF.get(media_type, "json"))]
    return f"{absolute_url_for(f'ogc.{endpoint}', **values)}?{urlencode(kept)}"


def given(*besides: str) -> list[tuple[str, str]]:
    """Return the parameters of this request but for some, and the form, which every link names."""
    pairs = query_pairs(request.query_string.decode("latin-1"))
    return [pair for pair in pairs if pair[0] not in ("f", *besides)]


def both_forms(endpoint: str, media_type: str, *, is_page: bool, **values: str) -> list[Link]:
    """Return the links of an answer to itself and to its other form."""
    as_data = address(endpoint, media_type, given(), **values), media_type
    as_page = address(endpoint, HTML, given(), **values), HTML
    itself, other = (as_page, as_data) if is_page else (as_data, as_page)
    return [link("self", *itself), link("alternate", *other)]


def turns(asked: ItemsQuery, matched: int, media_type: str, **values: str) -> list[Link]:
    """Return the links to the next and the previous page, where there is one."""
    return [
        link(rel, address("items", media_type, [*given("limit", "offset"), *page], **values), media_type)
        for rel, page in _pages(asked, matched)
    ]


def _pages(asked: ItemsQuery, matched: int) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    offset, limit = asked.offset, asked.limit
    if offset + limit < matched:
        yield "next", [("limit", str(limit)), ("offset", str(offset + limit))]
    if offset > 0 and matched:
        # Of a page far beyond the end, the last one is before it.
        yield "prev", [("limit", str(limit)), ("offset", str(max(0, min(offset, matched) - limit)))]
