"""History: every revision, who made it, when and why, and what it changed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any, get_args

from flask import Response, abort, request

from stationmap.storage.history import revision_pages
from stationmap.storage.history.revision_pages import HistoryFilter
from stationmap.storage.journal import Entry, Kind
from stationmap.web.staff.review.change_words import changed_station
from stationmap.web.staff.review.page_parts import in_words, review_page
from stationmap.web.staff.review.paging import paging
from stationmap.web.state import state

PER_PAGE, STATIONS_PER_PAGE = 50, 50
KINDS: tuple[Kind, ...] = get_args(Kind)


def history() -> Response:
    """Return a page of revisions, the latest first."""
    chosen, errors = _filter(request.args)
    latest = state().journal_head()
    with state().database().reading() as connection:
        count = 0 if errors else revision_pages.count_revisions(connection, latest, chosen)
        page = paging(count, PER_PAGE, _query(chosen))
        found = (
            revision_pages.revision_page(connection, latest, chosen, limit=PER_PAGE, offset=page.offset)
            if count
            else []
        )
        authors = revision_pages.authors(connection, latest)
    asked = {name: request.args.get(name, "")[:100] for name in ("author", "station", "first", "last")}
    return review_page(
        "history",
        entries=found,
        paging=page,
        chosen=chosen,
        asked=asked,
        errors=errors,
        kinds=in_words("review.kind", KINDS),
        authors=authors,
        present=latest.seq,
    )


def revision(seq: int) -> Response:
    """Return what one revision changed, station by station."""
    latest = state().journal_head()
    entry = entry_or_404(seq)
    page = paging(entry.changed, STATIONS_PER_PAGE, {})
    with state().database().reading() as connection:
        changes = revision_pages.change_page(connection, seq, limit=STATIONS_PER_PAGE, offset=page.offset)
        later = revision_pages.later_changes(connection, latest, seq, changes)
        has_new_header = revision_pages.has_new_header(connection, seq)
        before = revision_pages.revision_before(connection, latest, seq)
    return review_page(
        "revision",
        entry=entry,
        paging=page,
        stations=[changed_station(each, *versions) for each, versions in changes.items()],
        later=later,
        has_new_header=has_new_header,
        before=before,
        present=latest.seq,
    )


def entry_or_404(seq: int) -> Entry:
    """Return a revision of the journal, or end the request with 404."""
    latest = state().journal_head()
    with state().database().reading() as connection:
        entry = revision_pages.revision_entry(connection, latest, seq)
    if entry is None:
        abort(HTTPStatus.NOT_FOUND)
    return entry


def _filter(args: Mapping[str, str]) -> tuple[HistoryFilter, dict[str, str]]:
    """Return which revisions the address asks for, and what is wrong with it, by field."""
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name in ("first", "last"):
        text = args.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
            if days[name] in (date.min, date.max):  # whose midnights are no moments everywhere
                raise ValueError
        except ValueError:
            errors[name], days[name] = "review.history.bad_day", None
    first, last = days["first"], days["last"]
    if first and last and first > last:
        errors["last"] = "review.history.days_reversed"
    kind = next((each for each in KINDS if each == args.get("kind")), None)
    author, station_id = args.get("author", "").strip()[:100], args.get("station", "").strip()[:64]
    return HistoryFilter(author, kind, station_id, first, last), errors


def _query(chosen: HistoryFilter) -> dict[str, Any]:
    days = {name: day.isoformat() for name in ("first", "last") if (day := getattr(chosen, name))}
    said = {"author": chosen.author, "kind": chosen.kind, "station": chosen.station_id, **days}
    return {name: value for name, value in said.items() if value}
