"""What somebody chose of an import, saved as one revision; rows of districts that are not theirs become a proposal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from stationmap.editing.edits import Edit, EditConflictError
from stationmap.editing.list_import import Group
from stationmap.errors import StationmapError
from stationmap.storage import list_sources
from stationmap.storage.editable_registry import MAX_REASON_LENGTH
from stationmap.storage.kept_text import station_of
from stationmap.storage.previews import KeptPreview
from stationmap.web.staff.imports.kept_import import EDITS, READINGS, Decisions, KeptImport
from stationmap.web.staff.review.page_parts import say
from stationmap.web.staff.saving import save
from stationmap.web.state import now, state


class MovedError(StationmapError):
    """The registry is another than the one an import was compared with."""


class Applied(NamedTuple):
    """The number of the revision, 0 where nothing was saved, and what to say of it: texts with their category."""

    seq: int
    messages: tuple[tuple[str, str], ...]


def apply_import(
    kept: KeptImport, decisions: Decisions, groups: Sequence[Group], row: KeptPreview, reason: str
) -> Applied:
    """Save the rows of some groups, but for those that are left out; raises MovedError."""
    registry = state().snapshot.registry
    if row.revision != registry.revision:
        raise MovedError("the registry was changed since")
    edits = [
        Edit(station_id, registry.get(station_id), station_of(line))
        for station_id, line in _chosen(kept, groups, decisions.without)
    ]
    if not edits:
        return Applied(0, ((say("review.import.nothing_chosen"), "warning"),))
    try:
        saved = save(edits, kind="import", reason=reason.strip()[:MAX_REASON_LENGTH] or row.title)
    except EditConflictError as error:
        raise MovedError("the registry was changed since") from error
    _remember(kept)
    messages = []
    if saved.changed:
        messages.append((say("review.import.applied", count=f"{len(saved.changed):,}"), "done"))
    if saved.proposed:
        messages.append((say("review.import.proposed", count=f"{len(saved.proposed):,}"), "done"))
    if saved.unpublished:
        messages.append((say("review.unpublished", why=saved.unpublished), "warning"))
    return Applied(saved.seq if saved.changed else 0, tuple(messages))


def _chosen(kept: KeptImport, groups: Sequence[Group], without: Collection[str]) -> Iterator[tuple[str, str]]:
    edits, left_out = kept.part(EDITS), frozenset(without)
    for group in groups:
        yield from ((station_id, line) for station_id, line in edits[group] if station_id not in left_out)


def _remember(kept: KeptImport) -> None:
    """Keep how the lists were read for the next ones of their sources."""
    readings, latest = kept.part(READINGS), state().journal_head()
    if readings:
        with state().database().writing() as connection:
            list_sources.remember(connection, latest.registry_id, readings, at=now())
