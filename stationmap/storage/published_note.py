"""What was published last in a file, noted beside it: servers that share a database each have a file of their own.

The journal of a shared database knows the latest revision, but not which of them reached which disk. So each copy says
that of itself, and a file that somebody changed by hand is compared with what that file held, never with what another
server has published meanwhile: else a copy that is behind would look like an edit that takes others' changes back.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson

from stationmap import files
from stationmap.errors import FileError

MAX_BYTES = 1_000


class Note(NamedTuple):
    """The SHA-256 of a file when it was published last, and the revision that it held."""

    digest: str
    revision: str


class PublishedNote:
    """The note beside a file."""

    def __init__(self, path: Path) -> None:
        """Take the path of the file of the registry."""
        self.path = path.with_name(f".{path.name}.published")

    def read(self) -> Note | None:
        """Return what is noted, None where nothing is, or nothing that can be read: then nobody knows."""
        try:
            found = orjson.loads(files.read(self.path, max_bytes=MAX_BYTES))
            return Note(str(found["digest"]), str(found["revision"]))
        except (FileError, ValueError, KeyError, TypeError):
            return None

    def write(self, note: Note) -> None:
        """Note what the file holds; raises FileError."""
        files.write(self.path, orjson.dumps(note._asdict()))

    def forget(self) -> None:
        """Forget what was published: what stands in the journal was put back from a backup."""
        files.discard(self.path)
