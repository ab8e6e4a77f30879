"""What a mirror remembers beside its file: whose copy it is, and from where on it has to ask.

The file is known by its SHA-256. Before it is replaced, what was there and what will be there are both noted, so that
a mirror that is killed in between knows which of the two it finds.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from stationmap import files
from stationmap.errors import MirrorError

ENDING = ".mirror.json"
_MAX_BYTES = 65_536


class Copy(BaseModel):
    """A version of the file: of which revision, by number and digest, it is a copy, if the server has a journal."""

    model_config = ConfigDict(frozen=True, strict=True)

    sha256: str
    published: str
    stations: int
    demo: bool
    after: int | None = None
    revision: str = ""


class Kept(BaseModel):
    """Whose copy a file is, and its versions, the one that should be there first."""

    model_config = ConfigDict(frozen=True)

    stationmap_mirror: int = 1
    url: str
    copies: tuple[Copy, ...]

    def copy_with(self, sha256: str) -> Copy | None:
        """Return the version of the file with this digest, None where it is nothing that the mirror wrote."""
        return next((each for each in self.copies if each.sha256 == sha256), None)


def beside(path: Path) -> Path:
    """Return where what is remembered of a file stands."""
    return path.with_name(path.name + ENDING)


def read(path: Path) -> Kept | None:
    """Return what is remembered of a file, None where nothing is; raises MirrorError and FileError."""
    place = beside(path)
    if not place.exists():
        return None
    try:
        return Kept.model_validate_json(files.read(place, max_bytes=_MAX_BYTES))
    except ValidationError as error:
        raise MirrorError(f"{place}: 不是镜像的记录 is not what a mirror remembers: move it and {path} away") from error


def write(path: Path, kept: Kept) -> None:
    """Remember; raises FileError."""
    files.write(beside(path), kept.model_dump_json(indent=2).encode() + b"\n")
