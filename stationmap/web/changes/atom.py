"""`GET /changes.atom`: changes of stations in words, for readers of feeds; described in `docs/api.md`."""

from __future__ import annotations

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request

from stationmap.i18n import translate
from stationmap.web import atom_feed, problems
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.changes.routes import NO_JOURNAL
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import current_snapshot, state

if TYPE_CHECKING:
    from stationmap.web.changes.told import ToldChange

blueprint = Blueprint("changes_atom", __name__)

MAX_ENTRIES = 50


@blueprint.get("/changes.atom")
def changes_atom() -> Response:
    """Return the latest changes of stations, in the language of `lang`."""
    if state().keeper is None:
        return problems.document(HTTPStatus.NOT_FOUND, NO_JOURNAL, code="no_journal")
    latest = state().journal_head()
    from stationmap.web.changes import told

    language = requested_language()
    with state().database().reading() as connection:
        found = told.latest_changes(connection, latest, language, MAX_ENTRIES)
        # Of a registry in which nothing changed yet, its beginning.
        newest = max((each.at for each in found), default=None) or told.latest_at(connection, latest)
    response = Response(_feed(found, newest, language), content_type=atom_feed.MEDIA_TYPE)
    response.headers.set(*REVALIDATE)
    response.add_etag()
    response.make_conditional(request)
    return response


def _feed(found: list[ToldChange], newest: datetime, language: str) -> bytes:
    registry = current_snapshot().registry
    label = f"{translate(language, 'app.demo')} " if registry.demo else ""
    feed = atom_feed.feed(language)
    atom_feed.text(feed, "id", uuid.uuid5(uuid.NAMESPACE_OID, "stationmap changes").urn)
    atom_feed.text(feed, "title", f"{label}{translate(language, 'app.name')} · {translate(language, 'changes.title')}")
    atom_feed.text(feed, "updated", atom_feed.moment(newest))
    author = atom_feed.child(feed, "author")
    atom_feed.text(author, "name", registry.meta.title or translate(language, "app.name"))
    atom_feed.child(feed, "link", rel="self", href=absolute_url_for("changes_atom.changes_atom", lang=language))
    atom_feed.child(
        feed, "link", rel="alternate", type="text/html", href=absolute_url_for("pages.index", lang=language)
    )
    for each in found:
        _entry(feed, each, language, label)
    return atom_feed.dumps(feed)


def _entry(feed: ET.Element, found: ToldChange, language: str, label: str) -> None:
    entry = atom_feed.child(feed, "entry")
    # The digest besides the number: a history that was begun anew gives the same numbers to other changes.
    named = f"stationmap change {found.seq} {found.revision} {found.station_id}"
    atom_feed.text(entry, "id", uuid.uuid5(uuid.NAMESPACE_OID, named).urn)
    name = f"{found.station.name} · " if found.station else ""
    atom_feed.text(entry, "title", f"{label}{name}{found.how}")
    atom_feed.text(entry, "updated", atom_feed.moment(found.at))
    if found.is_there:
        there = (
            absolute_url_for("pages.station", station_id=found.station_id, lang=language)
            if found.station_id
            else absolute_url_for("pages.index", lang=language)
        )
        atom_feed.child(entry, "link", rel="alternate", type="text/html", href=there)
    atom_feed.text(entry, "summary", "\n".join(found.lines) or found.how)
