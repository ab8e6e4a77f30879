"""The backups in a folder: each a file with its moment in the name, and beside it, as JSON, what was verified of it.

    stationmap-2026-11-30T031502.zip       # where the stations are it was that time
    stationmap-2026-11-30T031502.json      # its revision and size, its SHA-256, and when it was opened and found whole

The JSON is there first, so a backup without one, or with another digest, is none that was verified.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from stationmap import files
from stationmap.errors import FileError, reason_of
from stationmap.hours.opening_hours import ZONE

MAX_BYTES = 8 * 1024**3
_MAX_RECORD_BYTES = 65_536
_NAME = re.compile(r"stationmap-(\d{4}-\d{2}-\d{2}T\d{6})\.zip")
_MOMENT = "%Y-%m-%dT%H%M%S"
_BLOCK_BYTES = 1_048_576


class Verified(BaseModel):
    """What a backup held when it was opened and found whole."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime
    verified_at: datetime
    program: str
    database_schema: str
    revision: str
    stations: int
    revisions: int
    bytes: int
    sha256: str


class KeptBackup(NamedTuple):
    """A backup that lies in a folder; `verified` is None where nothing says that it was ever found whole."""

    path: Path
    at: datetime
    verified: Verified | None

    @property
    def record(self) -> Path:
        """Where it stands what was verified."""
        return record_of(self.path)


State = Literal["verified", "unverified", "damaged"]


def name_at(at: datetime) -> str:
    """Return the name of a backup that is made at a moment, aware."""
    return f"stationmap-{at.astimezone(ZONE).strftime(_MOMENT)}.zip"


def record_of(path: Path) -> Path:
    """Return where it stands what was verified of a backup."""
    return path.with_suffix(".json")


def is_record(path: Path) -> bool:
    """Tell whether a file is what was verified of a backup."""
    return _NAME.fullmatch(path.with_suffix(".zip").name) is not None and read_record(path) is not None


def kept_in(folder: Path) -> list[KeptBackup]:
    """Return the backups of a folder, the latest first; other files are none. Raises FileError.

    They are not opened: `state_of` says whether one still is what was verified.
    """
    return sorted(_found(folder), key=lambda each: each.at, reverse=True)


def latest_verified(folder: Path, at: datetime) -> KeptBackup | None:
    """Return the latest backup by a moment that was found whole and has its size still, None where there is none.

    One of later than now is of a clock that was ahead: it would be the latest for years.
    """
    try:
        found = (each for each in kept_in(folder) if each.at <= at)
        return next((each for each in found if each.verified and _has_its_size(each)), None)
    except FileError:
        return None


def state_of(kept: KeptBackup) -> State:
    """Tell whether a backup is, to the last byte, what was verified; reads all of it."""
    if kept.verified is None:
        return "unverified"
    try:
        return "verified" if _has_its_size(kept) and digest_of(kept.path) == kept.verified.sha256 else "damaged"
    except FileError:
        return "damaged"


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; raises FileError."""
    found = hashlib.sha256()
    with files.opened(path) as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                found.update(block)
        except OSError as error:  # a disk that fails
            raise FileError(f"{path}: {reason_of(error)}") from error
    return found.hexdigest()


def read_record(path: Path) -> Verified | None:
    """Return what was verified of a backup; None where nothing, or nothing that can be read, says so."""
    try:
        return Verified.model_validate_json(files.read(record_of(path), max_bytes=_MAX_RECORD_BYTES))
    except (FileError, ValidationError):
        return None


def _found(folder: Path) -> Iterator[KeptBackup]:
    try:
        paths = list(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"{folder}: {reason_of(error)}") from error
    for path in paths:
        named = _NAME.fullmatch(path.name)
        try:
            if named and path.is_file():
                at = datetime.strptime(named[1], _MOMENT).replace(tzinfo=ZONE)
                yield KeptBackup(path, at, read_record(path))
        except ValueError:  # the 31st of February
            continue
        except OSError as error:
            raise FileError(f"{path}: {reason_of(error)}") from error


def _has_its_size(kept: KeptBackup) -> bool:
    try:
        return kept.verified is not None and kept.path.stat().st_size == kept.verified.bytes
    except OSError:
        return False
