"""Files from outside: read within a limit, written whole or not at all. No other module of the program opens one.

A file is only ever replaced by renaming a finished one over it, so a reader finds the old version or the new one,
and a writer that is killed leaves the old one. Whatever goes wrong is a FileError that names the file.

    data = files.read(path)                       # an ordinary file of at most MAX_BYTES
    files.write(path, data)                       # replaced in one step; `replace=False` refuses where one is
    with files.written(path) as file: ...         # the same, for what is written bit by bit
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import IO

from stationmap.errors import FileError, reason_of
from stationmap.file_attributes import keep_attributes, keep_owner_and_mode
from stationmap.file_locks import UNSUPPORTED, can_lock_folders, is_left_over, lock

MAX_BYTES = 128 * 1024 * 1024
StrPath = str | os.PathLike[str]

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change the ends of lines
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its other end, perhaps for ever
_NO_TERMINAL = getattr(os, "O_NOCTTY", 0)
_PRIVATE, _USUAL = 0o600, 0o666  # the second less what the mask of the process takes away
_MAX_PREFIX_LENGTH = 40  # characters of a name, so that what stands in for it is no longer than file systems take
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_ROOM = (*_FULL, errno.EFBIG)
# Some file systems cannot lock or sync a folder, and Windows cannot open one; what is in it is written all the same.
_CLOSED = {errno.EACCES, errno.EPERM, errno.EISDIR}
_turns = Lock()


def read(path: StrPath, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes of an ordinary file of at most `max_bytes`; raises FileError."""
    return read_with_status(path, max_bytes=max_bytes)[0]


def read_with_status(path: StrPath, *, max_bytes: int = MAX_BYTES) -> tuple[bytes, os.stat_result]:
    """Return the bytes of an ordinary file, and its file status when they were read."""
    with opened(path) as file, naming(path):
        status = os.fstat(file.fileno())
        # A file may also grow while it is read, and some say nothing of their size.
        data = b"" if status.st_size > max_bytes else file.read(max_bytes + 1)
    if max(status.st_size, len(data)) > max_bytes:
        raise FileError(f"{path}: is larger than {max_bytes:,} bytes")
    return data, status


def opened(path: StrPath) -> IO[bytes]:
    """Open an ordinary file to be read bit by bit; raises FileError for anything else, and never waits."""
    with naming(path):
        # Opening a device may do anything, so it is looked at first.
        refuse_special(path, Path(path).stat())
        file = os.fdopen(os.open(path, os.O_RDONLY | _AT_ONCE | _BINARY), "rb")
        try:
            refuse_special(path, os.fstat(file.fileno()))
        except BaseException:
            file.close()
            raise
        return file


def refuse_special(path: StrPath, status: os.stat_result) -> None:
    """Raise FileError for a directory, a pipe, a device, a socket."""
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{path}: is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path}: is not an ordinary file")


def write(path: StrPath, data: bytes, *, replace: bool = True, keep: str = "") -> None:
    """Put a file in its place in one step that survives a loss of power (`written`)."""
    with written(path, replace=replace, keep=keep) as file:
        file.write(data)


@contextmanager
def written(path: StrPath, *, replace: bool = True, keep: str = "", private: bool = False) -> Iterator[IO[bytes]]:
    """Yield a file that takes its place at `path` when all went well, and never was when not.

    A link stays a link: what it points to is replaced; mode and, where allowed, owner and attributes are kept. A pipe
    or a device is written to as it is. Without `replace` a file that is there at the end is left as it is. With `keep`
    what is replaced stays beside it as `NAME.before-KEEP`, unless a file of that name is there. A new `private` file is
    for its owner only. Raises FileError.
    """
    with naming(path):
        target = Path(os.path.realpath(path))
        status = _status(target)
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise FileError(f"{path}: is a directory")
    if status is not None and not stat.S_ISREG(status.st_mode):
        with _special(path) as file, naming(path, _ROOM):
            yield file
        return
    with naming(path):
        file, unfinished = _beside(target, status, _PRIVATE if private else _USUAL)
    try:
        with file:
            with naming(path, _ROOM):
                yield file
            with naming(path):
                file.flush()
                os.fsync(file.fileno())
                if not can_lock_folders():  # Windows renames no open file
                    file.close()
                _put(unfinished, target, replace=replace, keep=keep)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    with naming(path):
        sync_folder(target.parent)


def move(path: StrPath, target: StrPath) -> None:
    """Give a finished file another name on the same disk, in one step that survives a loss of power."""
    with naming(target):
        Path(path).replace(target)
        sync_folder(Path(target).parent)


def discard(path: StrPath) -> None:
    """Remove a file that can be made anew; where that is not possible it stays."""
    with suppress(OSError):
        Path(path).unlink()


@contextmanager
def turn_in(folder: Path) -> Iterator[None]:
    """Wait until no other writer works in a folder, and keep others out; a writer that dies frees it.

    Where folders cannot be locked only the writers of this process take turns; raises FileError.
    """
    with contextlib.ExitStack() as stack:
        if not can_lock_folders():
            stack.enter_context(_turns)
        else:
            with naming(folder):
                handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                stack.callback(os.close, handle)
                if not lock(handle):
                    stack.enter_context(_turns)
        yield


@contextmanager
def naming(path: StrPath, only: tuple[int, ...] = ()) -> Iterator[None]:
    """Name the file that was requested, not the one that stands in for it until it is finished."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE or (only and error.errno not in only):
            raise
        full = error.errno in _FULL
        reason = f"磁盘已满 the disk is full: {error.strerror or error}" if full else reason_of(error)
        raise FileError(f"{path}: {reason}") from error
    except ValueError as error:
        if only:
            raise
        raise FileError(f"{str(path)!r}: {error}") from error


def _status(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None


def _special(path: StrPath) -> IO[bytes]:
    with naming(path):
        handle = os.open(path, os.O_WRONLY | _AT_ONCE | _NO_TERMINAL | _BINARY)
        if _AT_ONCE:
            os.set_blocking(handle, True)
        return os.fdopen(handle, "wb")


def _beside(target: Path, status: os.stat_result | None, new_mode: int) -> tuple[IO[bytes], Path]:
    """Make the file that will be renamed over another; it is locked, unlike one that a dead writer left."""
    prefix = f".{target.name[:_MAX_PREFIX_LENGTH]}."
    _clear_left_overs(target.parent, prefix)
    while True:
        unfinished = target.parent / f"{prefix}{secrets.token_hex(4)}.new"
        try:
            mode = new_mode if status is None else _PRIVATE
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        except FileExistsError:
            continue
        file = os.fdopen(handle, "wb")
        try:
            lock(handle)
            if _status(unfinished) is not None:  # else taken for a left-over before it was locked
                keep_owner_and_mode(handle, unfinished, status)
                keep_attributes(handle, target, status)
                return file, unfinished
            file.close()
        except BaseException:
            file.close()
            unfinished.unlink(missing_ok=True)
            raise


def _clear_left_overs(folder: Path, prefix: str) -> None:
    """Remove what writers that died left."""
    name = re.compile(re.escape(prefix) + r"[0-9a-f]{8}\.new")
    with suppress(OSError):
        for each in folder.iterdir():
            if name.fullmatch(each.name):
                with suppress(OSError), os.fdopen(os.open(each, os.O_RDONLY | _AT_ONCE), "rb") as file:
                    if is_left_over(file.fileno()):
                        each.unlink()


def _put(unfinished: Path, target: Path, *, replace: bool, keep: str) -> None:
    there = _status(target) is not None
    if there and not replace:
        raise FileError(f"{target}: was made by somebody else meanwhile, and is left as it is")
    kept = _kept(target, keep) if there and keep else None
    try:
        unfinished.replace(target)
    except BaseException:
        # A second name for a file that stays would change with it.
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise


def _kept(target: Path, tag: str) -> Path | None:
    """Give what a file holds a name beside it; None where that name is taken."""
    kept = target.with_name(f"{target.name}.before-{tag}")
    if _status(kept) is not None:
        return None
    try:
        os.link(target, kept)
    except FileExistsError:
        return None
    except OSError:  # a file system without second names
        write(kept, read(target, max_bytes=max(MAX_BYTES, target.stat().st_size)), replace=False)
    return kept


def sync_folder(folder: Path) -> None:
    """Make the new name itself survive a loss of power, where a folder can be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in UNSUPPORTED | _CLOSED:
            raise
