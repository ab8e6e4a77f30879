"""The addresses of all pages that are for everybody, in each language (sitemaps.org): an index, and parts of it.

A page is said to be changed on a day only where the journal knows that day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from http import HTTPStatus
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, request

from stationmap.errors import StorageError
from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import DEFAULT_LANGUAGE, LANGUAGES
from stationmap.search.query import Query
from stationmap.search.text_index import Rows
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.compression import EncodedBody
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.pages.page_head import page_address
from stationmap.web.state import RequestContext, request_context, state

blueprint = Blueprint("sitemap", __name__)

STATIONS_PER_PART = 10_000
"""In each language. sitemaps.org allows 50,000 addresses; of more than these a part would take long to compress."""
MEDIA_TYPE = "application/xml; charset=utf-8"
QUALITY = 5
"""Of Brotli: a part is some megabytes, and asked for seldom."""
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
TAG_DIGITS = 16
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_STATION = "station-id"


@blueprint.get("/sitemap.xml")
def sitemap_index() -> Response:
    """Return where the parts are."""
    return _answer(_index)


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """Return a part, of `STATIONS_PER_PART`; the other pages are in the first."""
    return _answer(partial(_part, number=number))


def _answer(made: Callable[[Sequence[str], Rows], str]) -> Response:
    """Return what is made of the ids of all stations and the rows of those in use, unless the client has it."""
    context = request_context()
    tag = _tag(context)
    body = ""
    if not request.if_none_match.contains_weak(tag):
        with concurrency_limit().slot_once_slow(context.check) as check:
            rows = context.snapshot.index.matching(Query(in_use=True))
            check()
            body = made(context.snapshot.ids, rows)
            check()
    response = EncodedBody(body.encode(), MEDIA_TYPE, quality=QUALITY).response()
    response.headers.set(*REVALIDATE)
    # Weak: the same list in another encoding has other bytes.
    response.set_etag(tag, weak=True)
    response.make_conditional(request)
    return response


def _index(_ids: Sequence[str], rows: Rows) -> str:
    parts = -(-len(rows) // STATIONS_PER_PART) or 1
    addresses = (absolute_url_for("sitemap.sitemap_part", number=number) for number in range(1, parts + 1))
    written = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses)
    return f'{_HEAD}<sitemapindex xmlns="{NAMESPACE}">\n{written}</sitemapindex>\n'


def _part(ids: Sequence[str], rows: Rows, number: int) -> str:
    begin = (number - 1) * STATIONS_PER_PART
    if number < 1 or (begin >= len(rows) and number > 1):
        abort(HTTPStatus.NOT_FOUND)
    part = [ids[row] for row in rows[begin : begin + STATIONS_PER_PART].tolist()]
    pages = _rows(_pages()) if number == 1 else ()
    written = "".join((*pages, *_station_rows(part, _last_changes(part))))
    return f'{_HEAD}<urlset xmlns="{NAMESPACE}">\n{written}</urlset>\n'


def _pages() -> Iterator[str]:
    endpoints = ["pages.index", "receipts.privacy", "description.api_page"]
    if state().settings.audit == "open":
        endpoints.append("audit.page")
    return (page_address(endpoint, language) for endpoint in endpoints for language in LANGUAGES)


def _rows(addresses: Iterable[str], day: date | None = None) -> Iterator[str]:
    changed = f"<lastmod>{day.isoformat()}</lastmod>" if day else ""
    return (f"<url><loc>{escape(address)}</loc>{changed}</url>\n" for address in addresses)


def _station_rows(ids: Sequence[str], days: Mapping[str, date]) -> Iterator[str]:
    # Ids need no escapes in an address, so that the router need not make tens of thousands of them.
    addresses = [page_address("pages.station", language, station_id=_STATION) for language in LANGUAGES]
    parts = [address.rpartition(_STATION)[::2] for address in addresses]
    for found in ids:
        yield from _rows((before + found + after for before, after in parts), days.get(found))


def _last_changes(ids: Sequence[str]) -> Mapping[str, date]:
    """Return the day of the last change of each station of which the journal knows one."""
    if state().keeper is None or not ids:
        return {}
    from stationmap.storage.last_changes import change_moments

    try:
        latest = state().journal_head()
        with state().database().reading() as connection:
            found = change_moments(connection, latest, first=ids[0], last=ids[-1])
    except StorageError:
        return {}
    return {station_id: at.astimezone(ZONE).date() for station_id, at in found.items()}


def _tag(context: RequestContext) -> str:
    """Return the tag of all parts; a change of a station is another revision."""
    current = state()
    made_of = (
        context.snapshot.registry.revision,
        current.settings.audit,
        current.keeper is None,
        page_address("pages.index", DEFAULT_LANGUAGE),
    )
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:TAG_DIGITS]
