"""Files that belong together: replaced all or none, even by a writer that is killed at any moment.

They are written into a folder beside those in use, `.set-<tag>.new`. When all are finished it is renamed to
`.set-<tag>.ready`: from that moment the new ones count, as `located` says, though the old ones still stand there. Then
each takes its place. A writer killed before that moment leaves what the next one removes; one killed after it leaves
what readers find all the same, and what the next one puts in its place.

    with replaced(folder, NAMES, tag) as unfinished:
        ...                                     # make every file of NAMES in `unfinished`
    paths = located(folder, NAMES)              # where each stands that is there
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from stationmap.errors import FileError
from stationmap.file_attributes import keep_owner_and_mode
from stationmap.file_locks import is_left_over, lock
from stationmap.files import naming, sync_folder, turn_in

_NEW = re.compile(r"\.set-[0-9a-f]+\.new")
_READY = re.compile(r"\.set-[0-9a-f]+\.ready")


def located(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return where each file of a set stands, of those that are there; raises FileError.

    A writer at work may move one before it is opened: a caller that finds none there calls again.
    """
    found = {}
    with naming(folder):
        ready = _folders(folder, _READY)
        for name in names:
            for path in (*(each / name for each in ready), folder / name):
                if name not in found and path.exists():
                    found[name] = path
    return found


@contextmanager
def replaced(folder: Path, names: Sequence[str], tag: str) -> Iterator[Path]:
    """Yield a folder to write the files of a set into, which take their places when all went well.

    `tag`, hexadecimal, is another one each time. The folder itself is made where it is missing, and goes again when
    nothing came of it. Raises FileError: also where another writer is at work.
    """
    with ExitStack() as stack:
        made = _made(folder)
        try:
            with turn_in(folder), naming(folder):
                finish(folder, names)
                _clear_left_overs(folder)
                unfinished = folder / f".set-{tag}.new"
                unfinished.mkdir()
                _keep_locked(unfinished, stack)
            try:
                yield unfinished
                _put_in_place(folder, unfinished, names)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        finally:
            if made:
                with suppress(OSError):  # what holds something stays
                    folder.rmdir()


def finish(folder: Path, names: Sequence[str]) -> None:
    """Put in place what a writer had finished that was killed before it could do so."""
    for ready in _folders(folder, _READY):
        for name in names:
            if (ready / name).exists():
                (ready / name).replace(folder / name)
        sync_folder(folder)
        shutil.rmtree(ready)


def _put_in_place(folder: Path, unfinished: Path, names: Sequence[str]) -> None:
    with turn_in(folder), naming(folder):
        for name in names:
            _settle(unfinished / name, folder / name)
        for left in unfinished.iterdir():
            if left.name not in names:
                _remove(left)
        sync_folder(unfinished)
        ready = unfinished.with_suffix(".ready")
        unfinished.rename(ready)  # from here on the new files count
        sync_folder(folder)
        try:
            finish(folder, names)
        except KeyboardInterrupt:  # too late: they count
            finish(folder, names)


def _settle(path: Path, target: Path) -> None:
    """Make a finished file survive a loss of power, and give it the owner and the mode of the one it replaces."""
    handle = os.open(path, os.O_RDONLY)
    try:
        if target.exists():
            keep_owner_and_mode(handle, path, target.stat())
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _made(folder: Path) -> bool:
    with naming(folder):
        try:
            folder.mkdir()
        except FileExistsError:
            return False
        return True


def _keep_locked(folder: Path, stack: ExitStack) -> None:
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    stack.callback(os.close, handle)
    lock(handle)


def _clear_left_overs(folder: Path) -> None:
    """Remove what writers that were killed left; raises FileError where one is at work."""
    for each in _folders(folder, _NEW):
        handle = os.open(each, os.O_RDONLY)
        try:
            is_left_over(handle)
        except OSError as error:
            raise FileError(
                f"{folder}: 另一次生成正在进行 another build is at work there; if none is, remove {each}"
            ) from error
        finally:
            os.close(handle)
        shutil.rmtree(each)


def _folders(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if name.fullmatch(each.name) and each.is_dir())
