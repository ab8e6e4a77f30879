"""Temporary closures as calendars to subscribe to: of all stations, of some, of one; described in `docs/api.md`."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

import numpy as np
from flask import Blueprint, Response, request

from stationmap.hours.schedule import IN_USE
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import STATUSES
from stationmap.search.filter_index import Mask
from stationmap.search.query import Query
from stationmap.search.text_index import Rows
from stationmap.web import problems
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.pages.page_head import page_address
from stationmap.web.parameters.filters import Categories, Districts, Language, OneStation
from stationmap.web.parameters.reading import Parameters, read_query
from stationmap.web.state import request_context

blueprint = Blueprint("closures", __name__)

MEDIA_TYPE = "text/calendar; charset=utf-8"
MAX_EVENTS = 2_000
"""They take a second and a half, and more are of no use in anybody's calendar."""
TAG_DIGITS = 16


class StationCalendarQuery(Parameters):
    """What may be asked of the calendar of a station."""

    lang: Language = DEFAULT_LANGUAGE


class CalendarQuery(StationCalendarQuery):
    """Of which stations a calendar is."""

    category: Categories = ()
    district: Districts = ()
    station: OneStation = None


@blueprint.get("/closures.ics")
def closures() -> Response:
    """Return the calendar of the stations that are asked for."""
    asked, snapshot = read_query(CalendarQuery, _query()), request_context().snapshot
    found = snapshot.index.mask(Query(categories=frozenset(asked.category)))
    if asked.station is not None:
        found &= _at(snapshot.row_of(asked.station), len(found))
    if asked.district:
        found &= np.isin(snapshot.index.columns.districts, [int(code) for code in asked.district])
    return _calendar(np.flatnonzero(found), asked.lang, translate(asked.lang, "ical.title"))


@blueprint.get("/s/<station_id>/closures.ics")
def station_closures(station_id: str) -> Response:
    """Return the calendar of one station."""
    asked = read_query(StationCalendarQuery, _query())
    snapshot = request_context().snapshot
    row = snapshot.row_of(station_id)
    if row is None:
        return problems.document(HTTPStatus.NOT_FOUND, "No station has this id.")
    name = snapshot.index.stations[row].name_in(asked.lang)
    return _calendar(np.array([row]), asked.lang, f"{name} · {translate(asked.lang, 'ical.title')}")


def _query() -> str:
    return request.query_string.decode("latin-1")


def _calendar(rows: Rows, language: str, name: str) -> Response:
    tag = _tag(language)
    if request.if_none_match.contains_weak(tag):
        return _answer(b"", tag)
    # Its libraries are loaded by who asks first: nothing else needs them.
    from stationmap.formats.closure_calendar import CalendarOf, closure_calendar, listed

    context = request_context()
    registry, index, today = context.snapshot.registry, context.snapshot.index, context.at.date()
    with concurrency_limit().slot_once_slow(context.check) as check:
        columns = index.columns
        events = np.array([len(listed(each.closures, today)) for each in columns.distinct_hours], dtype=np.int64)
        rows = rows[(events[columns.hours[rows]] > 0) & (columns.statuses[rows] == STATUSES.index(IN_USE))]
        if int(events[columns.hours[rows]].sum()) > MAX_EVENTS:
            detail = f"More than {MAX_EVENTS:,} closures: ask for those of a district or a category."
            return problems.document(HTTPStatus.BAD_REQUEST, detail)
        of = CalendarOf(today, language, name, _page_of, registry.demo, registry.meta.updated)
        return _answer(closure_calendar([index.stations[row] for row in rows.tolist()], of, check), tag)


def _at(row: int | None, count: int) -> Mask:
    found = np.zeros(count, dtype=bool)
    if row is not None:
        found[row] = True
    return found


def _page_of(station_id: str, language: str) -> str:
    return page_address("pages.station", language, station_id=station_id)


def _tag(language: str) -> str:
    """Return the tag of what is answered at this address today."""
    context = request_context()
    made_of = (
        context.snapshot.registry.revision,
        context.at.date().isoformat(),
        page_address("pages.index", language),
        request.full_path,
    )
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:TAG_DIGITS]


def _answer(body: bytes, tag: str) -> Response:
    response = Response(body, content_type=MEDIA_TYPE)
    response.headers.set(*REVALIDATE)
    response.set_etag(tag, weak=True)
    response.make_conditional(request)
    return response
