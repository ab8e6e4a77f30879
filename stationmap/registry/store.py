"""The registry as a file: read once and whole, replaced in one step (`files`), watched for a new version."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from stationmap import file_limit, files
from stationmap.errors import FileError, Finding, InvalidFileError, InvalidRegistryError, RegistryFileError
from stationmap.registry.registry import Registry, dumps, parse

MAX_FILE_BYTES = files.MAX_BYTES  # unless the settings say otherwise; a city's registry has one million
REVISION_LENGTH = 16
SETTLED_S = 2.0  # a file changed more recently may change again within one tick of its clock

Stamp = tuple[int, int, int, int]
Content = TypeVar("Content")


def load(path: str | os.PathLike[str]) -> Registry:
    """Return the registry in a file; raises RegistryFileError (unreadable) or InvalidRegistryError (no registry)."""
    return parse(read(path))


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of an ordinary file, as large as the settings allow (`file_limit`); raises RegistryFileError."""
    return read_with_stamp(Path(path))[0]


def write(
    path: str | os.PathLike[str],
    registry: Registry,
    *,
    expected_revision: str | None = None,
    replace: bool = True,
    keep: bool = False,
) -> None:
    """Replace a registry file, or make it, in one step that survives a loss of power (`files.written`).

    Writers take turns. With `expected_revision` the file must still hold that revision, or somebody else's work would
    be lost: RegistryFileError, as for any failure of the file system. Without `replace` a file that is there stays.
    With `keep` what is replaced stays beside it, as `NAME.before-<revision>`, once for each revision.
    """
    # A link stays a link: what it points to is replaced.
    path = Path(os.path.realpath(path))
    with as_registry_errors(), files.turn_in(path.parent):
        if expected_revision is not None:
            _expect(path, expected_revision)
        there = path.exists()
        if there:
            files.refuse_special(path, path.stat())
        files.write(path, dumps(registry), replace=replace, keep=revision_of(path) if there and keep else "")


def revision_of(path: Path) -> str:
    """Return the revision of the registry in a file, and of a file that is none what tells its bytes from others."""
    data = read(path)
    try:
        return parse(data).revision
    except InvalidRegistryError:
        return _digest(data)[:REVISION_LENGTH]


class FileWatch(Generic[Content]):
    """Notices new versions of a file; its owner checks now and then, from one thread."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        parse: Callable[[bytes, Content | None], Content],
        *,
        seen: bytes | None = None,
        latest: Content | None = None,
    ) -> None:
        """Watch a path; `seen` are the bytes already loaded from it, which are no news, `latest` what they hold.

        `parse` is given the bytes and the latest content, and raises InvalidFileError for a bad version.
        """
        self._path, self._parse = Path(path), parse
        self._stamp: Stamp | None = None
        self._last_seen = None if seen is None else _digest(seen)
        self._latest = latest

    def poll(self) -> Content | tuple[Finding, ...] | None:
        """Return a good new version, the findings of a bad one, or None when there is nothing new to say.

        Each version is reported once. A file that was bad or gone and holds its former content again is new.
        """
        try:
            if self._stamp is not None and stamp_of(self._path.stat()) == self._stamp:
                return None
            data, self._stamp = read_with_stamp(self._path)
        except (OSError, RegistryFileError) as error:
            self._stamp = None
            return self._unreadable(error)
        digest = _digest(data)
        if digest == self._last_seen:
            return None
        self._last_seen = digest
        try:
            content = self._parse(data, self._latest)
        except InvalidFileError as error:
            return error.findings
        self._latest = content
        return content

    def _unreadable(self, error: OSError | RegistryFileError) -> tuple[Finding, ...] | None:
        problem = str(error)
        if problem == self._last_seen:
            return None
        self._last_seen = problem
        return (Finding("file", "unreadable", problem),)


class Watch(FileWatch[Registry]):
    """Notices new versions of a registry file."""

    def __init__(
        self, path: str | os.PathLike[str], *, seen: bytes | None = None, latest: Registry | None = None
    ) -> None:
        """Watch a path as `FileWatch` does."""
        super().__init__(path, parse, seen=seen, latest=latest)


def read_with_stamp(path: Path) -> tuple[bytes, Stamp | None]:
    """Return the content, and the stamp that tells it from a later version, None while that may still change."""
    with as_registry_errors():
        data, status = files.read_with_status(path, max_bytes=file_limit.max_bytes())
    settled = time.time() - max(status.st_mtime, status.st_ctime) > SETTLED_S
    return data, stamp_of(status) if settled else None


@contextmanager
def as_registry_errors() -> Iterator[None]:
    """Turn an error about any file into one about a registry's."""
    try:
        yield
    except FileError as error:
        raise RegistryFileError(str(error)) from error


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what tells a file from its later versions, unless they come within one tick of its clock."""
    # Whoever copies times keeps the first; the second is the file system's own, and tells of a change in place.
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _expect(path: Path, revision: str) -> None:
    found = load(path).revision
    if found != revision:
        raise RegistryFileError(f"{path}: is at revision {found}, not {revision}: somebody else changed it")
