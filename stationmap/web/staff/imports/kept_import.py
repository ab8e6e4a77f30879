"""An import that somebody looks at, as it is kept: the files, what was decided, and the preview, once it is made.

An archive of parts, so that who needs one does not read the others: a preview in two languages is as large as its
lists.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import orjson

from stationmap.datum import Datum
from stationmap.editing.list_import.column_mapping import ColumnMapping
from stationmap.editing.list_import.selection import USUAL
from stationmap.storage.uploads import UploadedFile

State = Literal["waiting", "ready", "refused", "failed"]
ABOUT, EDITS, READINGS = "about.json", "edits.json", "readings.json"
_FILE = "file/"


class Decisions(NamedTuple):
    """What somebody decided: the datum of lists that name none, members by heading, who rows are, what to write.

    `without` are the ids of rows to leave out; `trusts_datum` tells that the datum was checked although the places
    speak for another.
    """

    datum: str = ""
    category: str = ""
    members: Mapping[str, str] = {}
    identities: Mapping[str, str] = {}
    groups: tuple[str, ...] = USUAL
    without: tuple[str, ...] = ()
    trusts_datum: bool = False

    @property
    def mapping(self) -> ColumnMapping:
        """How columns are read, and in which datum."""
        return ColumnMapping(dict(self.members), Datum(self.datum) if self.datum else None)


class Problem(NamedTuple):
    """Why a file cannot be compared; `kind` is the class of the error."""

    file: str
    kind: str
    text: str


class About(NamedTuple):
    """How far an import is, what was decided, and what keeps files from being compared; `applied` are revisions."""

    state: State = "waiting"
    decisions: Decisions = Decisions()
    problems: tuple[Problem, ...] = ()
    columns: Mapping[str, list[dict[str, str]]] = {}
    """By file, how its columns are read: heading, member, what it resembles."""
    as_before: tuple[str, ...] = ()
    applied: tuple[int, ...] = ()


class KeptImport:
    """The parts of a kept import."""

    def __init__(self, document: bytes) -> None:
        """Open what `packed` made."""
        self._archive = zipfile.ZipFile(io.BytesIO(document))
        self.about = _about(self.part(ABOUT))

    def part(self, name: str) -> Any:
        """Return a part that is JSON; None where there is none."""
        try:
            return orjson.loads(self._archive.read(name))
        except KeyError:
            return None

    @property
    def files(self) -> list[UploadedFile]:
        """The files as they were given."""
        names = sorted(name for name in self._archive.namelist() if name.startswith(_FILE))
        return [UploadedFile(name.partition(":")[2], self._archive.read(name)) for name in names]

    def renewed(self, about: About, parts: Mapping[str, bytes] | None = None) -> bytes:
        """Return the document with another state, and with other `parts` of JSON; without them, with those it has."""
        names = (name for name in self._archive.namelist() if name != ABOUT and not name.startswith(_FILE))
        kept = {name: self._archive.read(name) for name in names} if parts is None else parts
        return packed(self.files, about, kept)


def packed(files: Iterable[UploadedFile], about: About, parts: Mapping[str, bytes] | None = None) -> bytes:
    """Return files, state and parts as one document."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(ABOUT, orjson.dumps(_document(about)))
        for number, file in enumerate(files):
            archive.writestr(f"{_FILE}{number:02}:{file.name}", file.data)
        for name, data in (parts or {}).items():
            archive.writestr(name, data)
    return written.getvalue()


def _document(about: About) -> dict[str, Any]:
    problems = [each._asdict() for each in about.problems]
    return {**about._asdict(), "decisions": about.decisions._asdict(), "problems": problems}


def _about(document: Mapping[str, Any]) -> About:
    decisions = document["decisions"]
    decisions |= {name: tuple(decisions[name]) for name in ("groups", "without")}
    said = {**document, "decisions": Decisions(**decisions)}
    said["problems"] = tuple(Problem(**each) for each in document["problems"])
    return About(**{**said, "as_before": tuple(said["as_before"]), "applied": tuple(said["applied"])})
