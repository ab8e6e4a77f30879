"""What became of reports as an Atom feed (RFC 4287), for readers of feeds; described in `docs/api.md`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request

from stationmap.hours.opening_hours import ZONE
from stationmap.i18n import translate
from stationmap.reports.public_ids import urn_of
from stationmap.web import atom_feed
from stationmap.web.absolute_links import absolute_url_for
from stationmap.web.cache_policy import REVALIDATE
from stationmap.web.pages.rendering import requested_language
from stationmap.web.state import current_snapshot, state

if TYPE_CHECKING:
    from stationmap.web.reports.public_reports import PublicReport

blueprint = Blueprint("reports_atom", __name__)

MAX_ENTRIES = 50
FEED_URN = urn_of("feed")


@blueprint.get("/reports.atom")
def reports_atom() -> Response:
    """Return the reports that came or were decided last, in the language of `lang`."""
    from stationmap.web.reports import public_reports

    state().desk.expect_open()
    found = public_reports.lately_changed(MAX_ENTRIES)
    body = _feed(found, requested_language())
    response = Response(body, content_type=atom_feed.MEDIA_TYPE)
    response.headers.set(*REVALIDATE)
    response.add_etag()
    response.make_conditional(request)
    return response


def _feed(reports: list[PublicReport], language: str) -> bytes:
    registry = current_snapshot().registry
    label = f"{translate(language, 'app.demo')} " if registry.demo else ""
    feed = atom_feed.feed(language)
    atom_feed.text(feed, "id", FEED_URN)
    atom_feed.text(feed, "title", f"{label}{translate(language, 'app.name')} · {translate(language, 'reports.title')}")
    atom_feed.text(
        feed,
        "updated",
        atom_feed.moment(max((each.changed_at for each in reports), default=datetime.fromtimestamp(0, ZONE))),
    )
    atom_feed.text(atom_feed.child(feed, "author"), "name", registry.meta.title or translate(language, "app.name"))
    atom_feed.child(feed, "link", rel="self", href=absolute_url_for("reports_atom.reports_atom", lang=language))
    for each in reports:
        _entry(feed, each, language)
    return atom_feed.dumps(feed)


def _entry(feed: ET.Element, found: PublicReport, language: str) -> None:
    """Add a `PublicReport`."""
    entry = atom_feed.child(feed, "entry")
    name = found.station.name if found.station else found.station_id
    kind, status = (translate(language, key) for key in (f"report_kind.{found.kind}", f"reports.status.{found.status}"))
    atom_feed.text(entry, "id", urn_of(found.id))
    atom_feed.text(entry, "title", f"{name} · {kind} · {status}")
    atom_feed.text(entry, "published", atom_feed.moment(found.received_at))
    atom_feed.text(entry, "updated", atom_feed.moment(found.changed_at))
    atom_feed.child(entry, "category", term=found.kind, label=kind)
    if found.station:
        there = absolute_url_for("pages.station", station_id=found.station_id, lang=language)
        atom_feed.child(entry, "link", rel="alternate", type="text/html", href=there)
    atom_feed.text(entry, "summary", "\n".join(filter(None, (found.text, found.answer))) or status)
