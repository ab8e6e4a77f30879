"""The latest changes of stations in words, for people: what is published of them, and nothing of who made them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa

from stationmap.editing.field_words import FieldWords, change_in_words
from stationmap.editing.fields import POSITION, changed_fields
from stationmap.editing.published import published
from stationmap.i18n import translate
from stationmap.registry.model import Station
from stationmap.storage.history.revision_pages import HistoryFilter, change_page, revision_page
from stationmap.storage.journal import Entry, Head

MAX_ALONE = 10
"""Stations of one revision that are told of one by one; of more, as a list brings them, how many there are."""
_PAGE = 50


class ToldChange(NamedTuple):
    """A change as people read it: of one station or, where that is None, of many at once."""

    seq: int
    revision: str
    at: datetime
    station_id: str
    station: Station | None
    """What it is afterwards, or was before it was removed."""
    how: str
    is_there: bool
    lines: tuple[str, ...]


def latest_changes(connection: sa.Connection, latest: Head, language: str, count: int) -> list[ToldChange]:
    """Return the latest changes of what is published, the latest first."""
    return list(islice(_changes(connection, latest, language), count))


def latest_at(connection: sa.Connection, latest: Head) -> datetime:
    """Return when the latest revision was made."""
    return revision_page(connection, latest, HistoryFilter(), limit=1, offset=0)[0].at


def _changes(connection: sa.Connection, latest: Head, language: str) -> Iterator[ToldChange]:
    offset = 0
    while entries := revision_page(connection, latest, HistoryFilter(), limit=_PAGE, offset=offset):
        offset += len(entries)
        for entry in entries:
            if entry.changed > MAX_ALONE:
                many = translate(language, "changes.many", n=entry.changed)
                yield ToldChange(entry.seq, entry.revision, entry.at, "", None, many, True, ())
            elif entry.changed:
                yield from _of_revision(connection, entry, language)


def _of_revision(connection: sa.Connection, entry: Entry, language: str) -> Iterator[ToldChange]:
    for station_id, versions in change_page(connection, entry.seq, limit=MAX_ALONE).items():
        before, after = (each and published(each) for each in versions)
        found = _told(before, after, language)
        if found is not None:
            how, lines = found
            yield ToldChange(
                entry.seq, entry.revision, entry.at, station_id, after or before, how, after is not None, lines
            )


def _told(before: Station | None, after: Station | None, language: str) -> tuple[str, tuple[str, ...]] | None:
    """Return what happened to a station, and each field before and after; None where nothing published changed."""
    if before is None or after is None:
        return (translate(language, "changes.added" if after else "changes.removed"), ()) if before or after else None
    changed = [each.field for each in changed_fields(before, after)]
    words = [found for field in changed if (found := change_in_words(field, before, after, language))]
    if not changed:
        return None
    if before.status != after.status:
        how = translate(language, f"register_status.{after.status}")
    elif POSITION in changed and before.position != after.position:
        how = translate(language, "changes.moved")
    else:
        separator = translate(language, "changes.separator")
        named = separator.join(dict.fromkeys(each.heading for each in words))
        how = translate(language, "changes.changed", fields=named) if named else translate(language, "changes.other")
    return how, tuple(_line(each, language) for each in words)


def _line(found: FieldWords, language: str) -> str:
    unknown = translate(language, "changes.unknown")
    return f"{found.heading}: {found.before or unknown} → {found.after or unknown}"
