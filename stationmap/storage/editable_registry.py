"""The one way to change a registry: merged with what others did, committed to the journal, then published in the file.

    editable = EditableRegistry(path, database)
    editable.settle()                                       # the registry as it is now
    editable.change([Edit("s1", base, mine)], author="王", reason="新电话")

The journal is first: what it holds is never lost, and a file that could not be written is written at the next
`settle`. A file that somebody changed by hand is one more editor's work: it is merged with what was published last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import NamedTuple

import sqlalchemy as sa

from stationmap import files
from stationmap.editing.edits import (
    Edit,
    EditConflictError,
    Edited,
    StationChange,
    StationConflict,
    apply_edits,
    differences,
)
from stationmap.editing.headers import MergedHeader, merge_headers
from stationmap.errors import FileError, InvalidRegistryError, RegistryFileError, StationmapError, StorageError
from stationmap.hours.opening_hours import ZONE
from stationmap.registry.registry import Registry, parse
from stationmap.registry.store import REVISION_LENGTH, as_registry_errors
from stationmap.storage import journal, thinning, work_list
from stationmap.storage.announcements import announce
from stationmap.storage.database import Database
from stationmap.storage.journal import Head, Kind
from stationmap.storage.published_file import PublishedFile
from stationmap.storage.published_note import Note, PublishedNote

MAX_AUTHOR_LENGTH, MAX_REASON_LENGTH = 200, 2_000
Clock = Callable[[], datetime]
BY_HAND = "文件 file"
"""The author of what was changed in the file itself."""


def system_clock() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class Change(NamedTuple):
    """What came of a change: the registry after it, the stations that it changed, before and after.

    `conflicts` are in the work list; `unpublished` says why the file does not hold the revision yet, empty where it
    does.
    """

    seq: int
    registry: Registry
    changed: Mapping[str, StationChange]
    conflicts: tuple[StationConflict, ...] = ()
    unpublished: str = ""


class EditableRegistry:
    """A registry file with its journal; every writer of a registry goes through `change`. Safe to use from threads."""

    def __init__(
        self,
        path: Path,
        database: Database,
        *,
        clock: Clock = system_clock,
        earlier: Registry | None = None,
        key: Path | None = None,
    ) -> None:
        """Take a file and a database; neither is looked at before the first call. `clock` gives the moment, aware.

        Stations of `earlier` that the file holds unchanged are taken from there: less time, and less memory. The
        database knows the registry by `key`, or by the path of its file.
        """
        self.path = Path(os.path.realpath(path))
        self.key = key or self.path
        self._file = PublishedFile(self.path)
        # SQLite's database lies on one disk, with one file: what reached it stands in the journal itself.
        self._note = None if database.is_sqlite and self.key == self.path else PublishedNote(self.path)
        self.database, self._clock = database, clock
        self._registry: Registry | None = None
        self._earlier = earlier
        self._lock = RLock()
        self.unpublished = ""
        """Why the file does not hold the latest revision, empty where it does; `settle` tries again."""

    def settle(self) -> Registry:
        """Bring file and journal together and return the registry as it is now.

        A file changed by hand is merged, a revision that did not reach the file is published. Raises StorageError,
        RegistryFileError, and InvalidRegistryError where the file was broken by hand: it is left as it is then.
        """
        with self._turn():
            latest = self._unchanged() or self._followed()
            if latest is None:
                with self.database.writing() as connection:
                    latest = self._settled(connection)
            self._publish(latest)
            return self._known()

    def change(
        self,
        edits: Iterable[Edit],
        *,
        author: str,
        kind: Kind = "edit",
        reason: str = "",
        header: MergedHeader | None = None,
        list_conflicts: bool = False,
        publish: bool = True,
    ) -> Change:
        """Save edits as one revision: all or, where one contradicts what others changed meanwhile, none.

        Each edit is merged with the station as it is now. With `list_conflicts` those contradictions go to the work
        list and the rest is saved. `header` is what the registry says of itself afterwards. What is returned is in the
        journal for good, and in the file unless `unpublished` says why not, or `publish` is false. Raises
        EditConflictError, StorageError, RegistryFileError.
        """
        _expect_short(author, reason)
        with self._turn():
            broken = ""
            with self.database.writing() as connection:
                try:
                    latest = self._settled(connection)
                except InvalidRegistryError as error:
                    latest, broken = self._latest(connection), _broken(self.path, error)
                day = None if kind == "restore" else self._clock().astimezone(ZONE).date()
                merged = apply_edits(edits, self._known(), header, on=day)
                if merged.conflicts and not list_conflicts:
                    raise EditConflictError(merged.conflicts)
                latest = self._append(connection, latest, merged, author=author, kind=kind, reason=reason)
            if broken:
                self.unpublished = broken
            elif publish:
                self._publish(latest)
            return Change(latest.seq, self._known(), merged.changed, merged.conflicts, self.unpublished)

    def is_behind(self) -> bool:
        """Tell whether the journal has gone on without this registry: one small question, which waits for no writer.

        Raises StorageError.
        """
        with self.database.reading() as connection:
            latest = journal.head(connection, self.key)
        return latest is not None and (self._registry is None or latest.revision != self._registry.revision)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def head(self) -> Head:
        """Return where the journal stands, which is begun where there was none.

        A file that was broken or taken away by hand moves nothing: the journal stands where it stood. Raises as
        `settle` does where there is no journal either.
        """
        try:
            self.settle()
        except (InvalidRegistryError, RegistryFileError):
            with self.database.reading() as connection:
                latest = self._here(connection)
            if latest is None:
                raise
            return latest
        with self.database.reading() as connection:
            return self._latest(connection)

    @contextmanager
    def taking_over(self) -> Iterator[tuple[sa.Connection, str]]:
        """Keep every other writer out, and yield a connection to the database and the SHA-256 of the file as it is.

        For what replaces the journal itself; the file stays beside its next version.
        """
        with self._turn():
            with self.database.writing() as connection:
                digest = self._file.digest()
                if digest:
                    self._file.put_aside(digest[:REVISION_LENGTH])
                yield connection, digest
                announce(connection, "registry")
            if self._note is not None:
                self._note.forget()
            self._registry = None

    def thin(self) -> int:
        """Merge revisions of long ago (`thinning`); returns how many are no longer apart."""
        with self._turn(), self.database.writing() as connection:
            return thinning.thin(connection, self._latest(connection), self._clock())

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one writer at a time work on the file, of this process and of others."""
        with self._lock, as_registry_errors(), files.turn_in(self.path.parent):
            try:
                yield
            except BaseException:
                # It may be that of a revision that was not committed; its stations are known all the same.
                self._registry, self._earlier = None, self._registry or self._earlier
                raise

    def _known(self) -> Registry:
        assert self._registry is not None  # by `_settled`
        return self._registry

    def _latest(self, connection: sa.Connection) -> Head:
        found = self._here(connection)
        if found is None:
            raise StorageError(f"{self.path}: 还没有记录 has no history yet")
        return found

    def _unchanged(self) -> Head | None:
        """Return where the journal stands if neither it nor the file has changed since the last time."""
        if self._registry is None:
            return None
        with self.database.reading() as connection:
            latest = self._here(connection)
        is_known = latest is not None and latest.revision == self._registry.revision
        return latest if latest and is_known and self._file.digest() == latest.published_digest else None

    def _here(self, connection: sa.Connection) -> Head | None:
        """Return where the journal stands, and what of it reached this file, None where there is no journal.

        Of one file among several that is what is noted beside it. Where nothing is, it is that of the journal if the
        file still holds that, and else not known.
        """
        latest = journal.head(connection, self.key)
        if latest is None or self._note is None:
            return latest
        noted = self._note.read()
        if noted is None:
            is_that = self._file.digest() in ("", latest.published_digest)
            return latest if is_that else latest._replace(published_seq=journal.NOT_KNOWN, published_digest="")
        if noted.revision == latest.revision:
            return latest._replace(published_seq=latest.seq, published_digest=noted.digest)
        seq = journal.last_seq(connection, latest, noted.revision)
        return latest._replace(published_seq=journal.NOT_KNOWN if seq is None else seq, published_digest=noted.digest)

    def _followed(self) -> Head | None:
        """Take over what other servers have changed, None where this file has something to say.

        Nobody is kept from writing meanwhile: a server that was away for long may read for seconds.
        """
        if self._note is None:
            return None
        with self.database.reading() as connection:
            latest = self._here(connection)
            if latest is None:
                return None
            digest = self._file.digest()
            if digest not in ("", latest.published_digest):
                return None
            self._catch_up(connection, latest, digest)
            return latest

    def _noted_digest(self, latest: Head) -> str:
        """Write the file, note what it holds, and return its SHA-256; raises FileError."""
        digest = self._file.write(self._known())
        self._noted(latest, digest)
        return digest

    @staticmethod
    def _published_since(connection: sa.Connection, latest: Head, found: Registry) -> int | None:
        """Return the number of the revision that a file holds, if it is later than what is known to have reached it."""
        seq = journal.last_seq(connection, latest, found.revision)
        return seq if seq is not None and latest.published_seq < seq else None

    def _noted(self, latest: Head, digest: str, revision: str = "") -> Head:
        """Note what the file holds, the latest revision if not another, where that is noted beside it."""
        if self._note is not None:
            self._note.write(Note(digest, revision or latest.revision))
        return latest

    def _settled(self, connection: sa.Connection) -> Head:
        """Take in what happened to the file and the journal since; afterwards `_registry` is the latest revision."""
        digest = self._file.digest()
        latest = self._here(connection)
        if latest is None and self.key == self.path:
            latest = journal.adopt(connection, self.path, digest)
        if latest is None:
            self._registry = self._parsed()
            begun = journal.begin(connection, self.key, self._registry, digest=digest, at=self._clock())
            return self._noted(begun, digest)
        self._catch_up(connection, latest, digest)
        if digest in ("", latest.published_digest):
            return latest
        return self._take_in(connection, latest, digest)

    def _catch_up(self, connection: sa.Connection, latest: Head, digest: str) -> None:
        """Let `_registry` be the latest revision, whoever made it."""
        known = self._registry or self._earlier
        if known is not None and known.revision == latest.revision:
            self._registry, self._earlier = known, None
        elif known is not None and self._note is not None and (found := journal.advanced(connection, latest, known)):
            self._registry, self._earlier = found, None
        elif digest == latest.published_digest and latest.published_seq == latest.seq:
            self._registry = self._parsed()
        else:
            self._registry = journal.stored(connection, latest)

    def _parsed(self) -> Registry:
        """Return what the file holds; stations that are known already are taken over, and no longer kept for that."""
        known, self._earlier = self._registry or self._earlier, None
        return parse(self._file.read(), known)

    def _take_in(self, connection: sa.Connection, latest: Head, digest: str) -> Head:
        """Merge a file that is neither what was published last nor, it may be, the revision that should be."""
        ours = base = self._known()
        found = parse(self._file.read(), ours)
        if self._note is not None and (seq := self._published_since(connection, latest, found)) is not None:
            # It reached the file, and the program ended before that was noted.
            return self._noted(latest._replace(published_seq=seq, published_digest=digest), digest, found.revision)
        if found.revision != ours.revision:
            if latest.published_seq != latest.seq:
                base = journal.published(connection, latest, ours)
            merged = apply_edits(differences(base, found), ours, merge_headers(base, found, ours))
            if merged.conflicts:
                self._file.put_aside(found.revision)
            latest = self._append(connection, latest, merged, author=BY_HAND, kind="file", reason="")
        if found.revision == latest.revision:
            latest = self._noted(journal.mark_published(connection, latest, digest), digest)
        return latest

    def _append(
        self, connection: sa.Connection, latest: Head, merged: Edited, *, author: str, kind: Kind, reason: str
    ) -> Head:
        at = self._clock()
        if merged.conflicts:
            work_list.add(connection, latest.registry_id, merged.conflicts, at=at, author=author)
        if merged.registry.revision == latest.revision:
            return latest
        self._registry = merged.registry
        return journal.append(
            connection, latest, merged.registry, merged.changed, at=at, author=author, kind=kind, reason=reason
        )

    def _publish(self, latest: Head) -> None:
        """Let the file hold the latest revision; where it cannot, `unpublished` says why."""
        self.unpublished = ""
        try:
            if latest.published_seq == latest.seq and self.path.exists():
                if self._note is not None and self._note.read() is None:
                    self._noted(latest, latest.published_digest)
                return
            digest = self._noted_digest(latest)
        except FileError as error:
            self.unpublished = str(error)
            return
        if self._note is None:
            with self.database.writing() as connection:
                journal.mark_published(connection, latest, digest)
            return
        with self.database.writing() as connection:
            journal.mark_reached(connection, latest, digest)


def _expect_short(author: str, reason: str) -> None:
    if len(author) > MAX_AUTHOR_LENGTH or len(reason) > MAX_REASON_LENGTH:
        limits = f"{MAX_AUTHOR_LENGTH}, {MAX_REASON_LENGTH:,}"
        raise StationmapError(f"姓名或理由太长 name or reason too long: at most so many characters: {limits}")


def _broken(path: Path, error: InvalidRegistryError) -> str:
    first = str(error).partition("\n")[0]
    return f"{path}: 被手工改坏，先改好它 was changed by hand and cannot be read, mend it first: {first}"
