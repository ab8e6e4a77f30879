"""The registry as a file: read once and whole, replaced in one step, watched for a new version.

A file is only ever replaced by renaming a finished one over it, so whoever reads finds the old version or the new one.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stationmap.errors import Finding, InvalidRegistryError, RegistryFileError
from stationmap.registry import Registry, dumps, parse

SIZE_LIMIT = 128 * 1024 * 1024  # bytes; a city's registry has one million, and parsing takes some twelve times the file
NEW_FILE_MODE = 0o644
SETTLED_S = 2.0  # a file changed more recently may change again within one tick of its clock

Stamp = tuple[int, int, int]


def load(path: str | os.PathLike[str]) -> Registry:
    """Return the registry in a file; raises RegistryFileError (unreadable) or InvalidRegistryError (no registry)."""
    return parse(read(path))


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of an ordinary file of at most `SIZE_LIMIT`; raises RegistryFileError."""
    return _read(Path(path))[0]


def write(path: str | os.PathLike[str], registry: Registry, *, expected_revision: str | None = None) -> None:
    """Replace a registry file, or make it, in one step that survives a loss of power.

    Writers take turns. With `expected_revision` the file must still hold that revision, or somebody else's work would
    be lost: RegistryFileError, as for any failure of the file system.
    """
    # A link stays a link: what it points to is replaced.
    path = Path(path).resolve()
    try:
        with _turn_in(path.parent):
            if expected_revision is not None:
                _expect(path, expected_revision)
            with suppress(FileNotFoundError):
                _refuse_special(path, path.stat())
            _replace(path, dumps(registry))
    except OSError as error:
        raise RegistryFileError(f"{path}: {error.strerror}") from error


class Watch:
    """Notices new versions of a registry file; whoever owns it asks now and then, from one thread."""

    def __init__(
        self, path: str | os.PathLike[str], *, seen: bytes | None = None, latest: Registry | None = None
    ) -> None:
        """Watch a path; `seen` are the bytes already loaded from it, which are no news, `latest` what they hold."""
        self._path = Path(path)
        self._stamp: Stamp | None = None
        self._last_seen = None if seen is None else _digest(seen)
        self._latest = latest

    def poll(self) -> Registry | tuple[Finding, ...] | None:
        """Return a good new version, the findings of a bad one, or None when there is nothing new to say.

        Each version is reported once. A file that was bad or gone and holds its former content again is new.
        """
        try:
            if self._stamp is not None and _stamp(self._path.stat()) == self._stamp:
                return None
            data, self._stamp = _read(self._path)
        except (OSError, RegistryFileError) as error:
            self._stamp = None
            return self._unreadable(error)
        digest = _digest(data)
        if digest == self._last_seen:
            return None
        self._last_seen = digest
        try:
            registry = parse(data, self._latest)
        except InvalidRegistryError as error:
            return error.findings
        self._latest = registry
        return registry

    def _unreadable(self, error: OSError | RegistryFileError) -> tuple[Finding, ...] | None:
        problem = str(error)
        if problem == self._last_seen:
            return None
        self._last_seen = problem
        return (Finding("file", "unreadable", problem),)


def _read(path: Path) -> tuple[bytes, Stamp | None]:
    """Return the content, and the stamp that tells it from a later version, None while that may still change."""
    try:
        # Opening a pipe would wait for its writer, opening a device may do anything.
        _refuse_special(path, path.stat())
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            _refuse_special(path, status)
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise RegistryFileError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise RegistryFileError(f"{str(path)!r}: {error}") from error
    if len(data) > SIZE_LIMIT:
        raise RegistryFileError(f"{path}: is larger than {SIZE_LIMIT:,} bytes")
    settled = time.time() - status.st_mtime > SETTLED_S
    return data, _stamp(status) if settled else None


def _refuse_special(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise RegistryFileError(f"{path}: is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise RegistryFileError(f"{path}: is not an ordinary file")
    if status.st_size > SIZE_LIMIT:
        raise RegistryFileError(f"{path}: is larger than {SIZE_LIMIT:,} bytes")


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def _turn_in(folder: Path) -> Iterator[None]:
    """Wait until no other writer works in a folder, and keep others out; a writer that dies frees it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _expect(path: Path, revision: str) -> None:
    found = load(path).revision
    if found != revision:
        raise RegistryFileError(f"{path}: is at revision {found}, not {revision}: somebody else changed it")


def _replace(path: Path, data: bytes) -> None:
    for left_over in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        left_over.unlink()  # by a writer that died: nobody else is at work
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _keep_owner_and_mode(path, file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _keep_owner_and_mode(path: Path, descriptor: int) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, NEW_FILE_MODE)
        return
    with suppress(PermissionError):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
