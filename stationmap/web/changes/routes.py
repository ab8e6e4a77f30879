"""`GET /api/v1/changes`: what changed since a revision; described in `docs/api.md`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from flask import Blueprint, Response, request

from stationmap.errors import CancelCheck
from stationmap.exchange.exported import baseline_line
from stationmap.exchange.published_registry import published_header
from stationmap.formats.geojson import dumps, provenance
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry
from stationmap.web import problems
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.changes.operations import CHANGES
from stationmap.web.changes.parameters import ChangesQuery, Place
from stationmap.web.changes.publication import publication
from stationmap.web.guard.concurrency_limit import concurrency_limit
from stationmap.web.openapi.operation import described
from stationmap.web.parameters.faults import Fault, InvalidParametersError
from stationmap.web.parameters.reading import read_query
from stationmap.web.state import request_context, staff_deadline, state

if TYPE_CHECKING:  # a process that only reads does without the database and its libraries
    import sqlalchemy as sa

    from stationmap.storage.history.change_feed import Mark, StationState
    from stationmap.storage.journal import Head

blueprint = Blueprint("changes", __name__)

NO_JOURNAL = (
    "This server keeps no history. Ask for /api/v1/registry with If-None-Match: it answers 304 while nothing changed."
)
GONE = (
    "What changed since then is not known any more, or never was: revisions older than 90 days are merged, and a"
    " history may have been begun anew or put back. Fetch /api/v1/registry, and ask for what came after that."
)
FUTURE = Fault("after", "future", "must be the number of a revision that there is")


class Told(NamedTuple):
    """From where to where an answer tells, and what is published of the registry there."""

    after: int
    until: Mark
    published: str
    beyond: str


@blueprint.get("/api/v1/changes")
@described(CHANGES)
def changes() -> Response:
    """Return the last state of every station that changed after a revision, a page at a time."""
    parsed = read_query(ChangesQuery, request.query_string.decode("latin-1"))
    if state().keeper is None:
        return problems.document(HTTPStatus.NOT_FOUND, NO_JOURNAL, code="no_journal")
    latest = state().journal_head()
    with concurrency_limit().slot_once_slow(staff_deadline()) as check, state().database().reading() as connection:
        told = _told(connection, latest, parsed, check)
        if told is None:
            return problems.document(HTTPStatus.GONE, GONE, code="history_gone")
        tag = f"{told.after}-{told.until.seq}-{told.until.revision}-{told.beyond}-{parsed.limit}-{latest.seq}"
        if request.if_none_match.contains_weak(tag):
            response = Response(status=HTTPStatus.NOT_MODIFIED)
        else:
            response = Response(
                dumps(_answer(connection, latest, parsed, told, check)), content_type="application/json"
            )
    response.set_etag(tag, weak=True)
    response.headers.set(*REVALIDATE)
    return response


def _told(connection: sa.Connection, latest: Head, parsed: ChangesQuery, check: CancelCheck) -> Told | None:
    """Return what is to be told, None where the journal does not know the revision that is asked after."""
    from stationmap.storage.history import change_feed

    if parsed.after > latest.seq:
        if parsed.revision:  # somebody was told so, by a history that is no more
            return None
        raise InvalidParametersError([FUTURE])
    if parsed.after != change_feed.BEGINNING:
        known = change_feed.mark_of(connection, latest, parsed.after)
        if known is None or parsed.revision not in (None, known.revision):
            return None
    if parsed.page is None:
        until = change_feed.mark_of(connection, latest, latest.seq)
        assert until is not None
        registry = change_feed.registry_at_head(connection, latest, request_context().snapshot.registry)
        return Told(parsed.after, until, publication().revision(registry, check), "")
    place = Place.of(parsed.page)
    until = change_feed.mark_of(connection, latest, place.until)
    if until is None or until.revision != place.revision or until.seq < parsed.after:
        return None
    return Told(parsed.after, until, place.published, place.beyond)


def _answer(
    connection: sa.Connection, latest: Head, parsed: ChangesQuery, told: Told, check: CancelCheck
) -> dict[str, Any]:
    from stationmap.storage.history import change_feed

    after, until = told.after, told.until
    said = change_feed.header_at(connection, latest, until.seq)
    is_said_anew = change_feed.has_new_header(connection, latest, after, until.seq)
    page = change_feed.changed_stations(connection, latest, after, until.seq, beyond=told.beyond, limit=parsed.limit)
    links = [{"rel": "self", "href": _link(parsed, told, told.beyond)}]
    if page.beyond:
        links.append({"rel": "next", "href": _link(parsed, told, page.beyond)})
    else:
        later = absolute_url_for("changes.changes", after=until.seq, limit=parsed.limit, revision=until.revision)
        links.append({"rel": "later", "href": later})
    return {
        **provenance(Registry((), said.meta)),
        "after": after,
        "until": until.seq,
        "revision": until.revision,
        "published": told.published,
        "stations": until.stations,
        "latest": latest.seq,
        "header": _header(said) if is_said_anew else None,
        "changes": [_change(each, check) for each in page.states],
        "more": bool(page.beyond),
        "next_after": None if page.beyond else until.seq,
        "links": links,
    }


def _header(said: Registry) -> dict[str, Any]:
    return published_header(said.meta).model_dump(mode="json", exclude_unset=True)


def _change(changed: StationState, check: CancelCheck) -> dict[str, Any]:
    from stationmap.storage.kept_text import station_of

    check()
    about = {"id": changed.id, "seq": changed.seq, "at": changed.at.astimezone(ZONE)}
    if changed.line is None:
        return {**about, "deleted": True}
    return {**about, "deleted": False, "station": orjson.Fragment(baseline_line(station_of(changed.line)))}


def _link(parsed: ChangesQuery, told: Told, beyond: str) -> str:
    """Return the address of a page; all pages of an answer tell of the same revisions."""
    revision = {"revision": parsed.revision} if parsed.revision else {}
    place = {"page": str(Place(told.until.seq, told.until.revision, told.published, beyond))} if beyond else {}
    return absolute_url_for("changes.changes", after=parsed.after, limit=parsed.limit, **revision, **place)
