"""One more backup into the folder of them: written aside, opened and compared, then given its name; old ones go.

Whatever fails, or kills this at any moment, leaves the backups as they were: what is not finished lies in a folder of
its own, which the next one empties.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from stationmap import files
from stationmap.backups import kept, retention
from stationmap.backups.kept import KeptBackup, Verified
from stationmap.errors import FileError, StorageError, reason_of
from stationmap.reports.devices import day_of
from stationmap.storage import backup, duties
from stationmap.storage.editable_registry import EditableRegistry

WORK = ".unfinished"
WITHIN = timedelta(hours=2)
"""Whoever is to make a backup and has not by then has ended."""


class Night(NamedTuple):
    """What became of a night: the backup that was made, and names of others.

    Of those that went, those that are not whole, and those of a clock that was ahead.
    """

    made: KeptBackup
    removed: tuple[str, ...]
    not_whole: tuple[str, ...]
    ahead: tuple[str, ...]


def back_up(
    editable: EditableRegistry,
    folder: Path,
    clock: Callable[[], datetime],
    also: Mapping[str, bytes] = backup.NOTHING_ELSE,
) -> Night:
    """Make a backup in a folder, verify it, and remove those that no longer stay; `also` are further parts of it.

    Raises StorageError and FileError: nothing has changed then.
    """
    with _work_folder(folder) as work:
        at = clock()
        unfinished, path = work / kept.name_at(at), folder / kept.name_at(at)
        if path.exists():
            raise StorageError(f"{path}: 刚刚已备份 was made within this second: try again")
        with files.written(unfinished, private=True) as file:
            made = backup.write_backup(editable, file, at, also=also, scratch=work)
        verified = verify(unfinished, clock, scratch=work)
        if verified.revision != made.revision:
            raise StorageError(f"{path}: 核对不符 holds {verified.revision}, not {made.revision}")
        files.write(kept.record_of(path), verified.model_dump_json(indent=1).encode() + b"\n", replace=True)
        files.move(unfinished, path)
        made_now = KeptBackup(path, at, verified)
        return Night(made_now, *_thin_out(folder, made_now))


@contextmanager
def turn(editable: EditableRegistry, at: datetime) -> Iterator[bool]:
    """Yield whether the backup of a day is this server's to make: no other one has made it, or is at it.

    Where nothing comes of it another server may have its turn. Raises StorageError.
    """
    name, day = f"backup-{hashlib.sha256(str(editable.key).encode()).hexdigest()}", day_of(at)
    with editable.database.writing() as connection:
        is_ours = duties.claim(connection, name, day, at=at, lasting=WITHIN)
    is_done = False
    try:
        yield is_ours
        is_done = True
    finally:
        if is_ours:
            with editable.database.writing() as connection:
                duties.settle(connection, name, is_done=is_done)


def verify(path: Path, clock: Callable[[], datetime], *, scratch: Path | None = None) -> Verified:
    """Open a backup as restoring does, and return what it holds; raises StorageError and FileError."""
    found = backup.verify(path, scratch=scratch)
    return Verified(
        made_at=datetime.fromisoformat(found.made_at),
        verified_at=clock(),
        program=found.program,
        database_schema=found.schema,
        revision=found.revision,
        stations=found.stations,
        revisions=found.revisions,
        bytes=path.stat().st_size,
        sha256=kept.digest_of(path),
    )


def verify_again(each: KeptBackup, clock: Callable[[], datetime]) -> KeptBackup:
    """Open a backup of the folder, also one that nothing says anything of, and note that it is whole.

    Raises StorageError where it is not, or is another file than was found whole before, and FileError.
    """
    verified = verify(each.path, clock)
    if each.verified is not None and verified.sha256 != each.verified.sha256:
        raise StorageError(f"{each.path}: 不是当时核对的文件 is another file than the one that was verified")
    files.write(each.record, verified.model_dump_json(indent=1).encode() + b"\n", replace=True)
    return each._replace(verified=verified)


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder for what is not finished; one process at a time has it."""
    work = folder / WORK
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        work.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        advice = ""
        if not folder.is_dir():
            made = f"install -d -m 700 -o stationmap -g stationmap {folder}"
            advice = f"; 先由 root 建好 let root make it for the user of the service: {made}"
        raise FileError(f"{error.filename or folder}: {reason_of(error)}{advice}") from error
    if work.is_symlink():  # it is emptied
        raise FileError(f"{work}: 是链接，请删去 is a link: remove it")
    with files.turn_in(work):
        _empty(work)
        try:
            yield work
        finally:
            _empty(work)


def _empty(work: Path) -> None:
    for each in work.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each, ignore_errors=True)
        else:
            files.discard(each)


def _thin_out(folder: Path, made: KeptBackup) -> tuple[tuple[str, ...], ...]:
    """Remove what need not stay, of what is whole; return the names of that, of what is not, of what is ahead.

    What a clock that was ahead has made takes the place of none, and is not removed, as it may be of any night.
    """
    found = kept.kept_in(folder)
    ahead = [each for each in found if each.at > made.at]
    whole = [each for each in found if each not in ahead and kept.state_of(each) == "verified"]
    staying = retention.staying(each.at for each in whole)
    going = [each for each in whole if each.at not in staying and each.path != made.path]
    for each in going:
        files.discard(each.path)
        files.discard(each.record)
    there = {each.path for each in found}
    for record in folder.glob("stationmap-*.json"):  # of what was killed before its backup had its name
        if record.with_suffix(".zip") not in there and kept.is_record(record):
            files.discard(record)
    not_whole = [each for each in found if each not in whole and each not in ahead]
    return tuple(tuple(each.path.name for each in some) for some in (going, not_whole, ahead))
