"""Earlier revisions had again: as new changes, so that what is undone can be had again too."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from stationmap.editing.edits import Edit, differences
from stationmap.editing.headers import MergedHeader
from stationmap.errors import StorageError
from stationmap.registry.registry import Registry
from stationmap.storage import journal
from stationmap.storage.editable_registry import Change, EditableRegistry
from stationmap.storage.journal import Head


def registry_at(editable: EditableRegistry, revision: str) -> tuple[int, Registry]:
    """Return the number of a revision, given by its digest or number, and the registry it is; raises StorageError."""
    latest = editable.head()
    now = editable.settle()
    with editable.database.reading() as connection:
        seq = journal.seq_of(connection, latest, revision)
        return seq, journal.at_revision(connection, latest, now, seq)


def restore(
    editable: EditableRegistry, revision: str, *, author: str, ids: Collection[str] = (), reason: str = ""
) -> Change:
    """Let the registry, or the stations `ids` of it, be what they were; raises StorageError and as `change` does.

    Restoring the revision from before a restore undoes it to the last byte.
    """
    seq, then = registry_at(editable, revision)
    now = editable.settle()
    found, whole = _differing(now, then)
    edits = [edit for edit in found if not ids or edit.station_id in ids]
    unknown = sorted(set(ids) - {*now, *then})
    if unknown:
        raise StorageError(f"没有这些站点 no such stations, now or then: {', '.join(unknown[:10])}")
    header = None if ids else whole
    return editable.change(edits, author=author, kind="restore", reason=reason or f"→ {seq}", header=header)


def undo(editable: EditableRegistry, revision: str, *, author: str, reason: str = "") -> Change:
    """Take back what one revision changed and keep what was changed since; raises as `change` does.

    Where somebody changed the same field since, nothing is taken back: EditConflictError.
    """
    latest = editable.head()
    with editable.database.reading() as connection:
        seq = journal.seq_of(connection, latest, revision)
        edits = undo_edits(connection, seq)
    return editable.change(edits, author=author, kind="undo", reason=reason or f"− {seq}")


def undo_edits(connection: sa.Connection, seq: int) -> tuple[Edit, ...]:
    """Return the edits that take back what one revision changed."""
    changed = journal.changes_of(connection, seq)
    return tuple(Edit(station_id, after, before) for station_id, (before, after) in changed.items())


def restore_edits(
    connection: sa.Connection, latest: Head, now: Registry, seq: int
) -> tuple[tuple[Edit, ...], MergedHeader]:
    """Return the edits, and the header, that make a registry what it was after a revision; raises StorageError.

    `now` is the latest revision.
    """
    return _differing(now, journal.at_revision(connection, latest, now, seq))


def _differing(now: Registry, then: Registry) -> tuple[tuple[Edit, ...], MergedHeader]:
    return tuple(differences(now, then)), MergedHeader(then.meta, then.members, ())
