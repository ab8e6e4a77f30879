"""What `stationmap city build` made of an extract, as a folder holds it: each file where it is there, of one build.

found = read(folder)                # CityFiles; raises InvalidCityFileError with every finding
found.ground, found.places, found.streets     # each None where the folder has none
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from stationmap import file_set
from stationmap.city import EXTRACT_FILES
from stationmap.errors import FileError, Finding, InvalidCityFileError
from stationmap.provenance import Provenance

TRIES = 5
"""How often a folder is looked at in which a build puts its files in place meanwhile; that takes milliseconds."""


class CityFile(Protocol):
    """One of the files, opened."""

    @property
    def provenance(self) -> Provenance:
        """Where it comes from."""


OPENERS: Mapping[str, Callable[[Path], CityFile]] = {}


def read(folder: Path, names: Sequence[str] = EXTRACT_FILES) -> dict[str, CityFile]:
    """Open the files of a folder that are there; raises InvalidCityFileError with every finding, FileError."""
    for _ in range(TRIES - 1):
        try:
            return _read(folder, names)
        except FileError:
            continue
    return _read(folder, names)


def _read(folder: Path, names: Sequence[str]) -> dict[str, CityFile]:
    found: dict[str, CityFile] = {}
    findings: list[Finding] = []
    for name, path in file_set.located(folder, names).items():
        try:
            if name in OPENERS:
                found[name] = OPENERS[name](path)
        except InvalidCityFileError as error:
            findings.extend(error.findings)
    builds = {each.provenance.build for each in found.values()}
    if len(builds) > 1:
        findings.append(Finding(folder.name, "mixed_builds", MIXED))
    if findings:
        raise InvalidCityFileError(tuple(findings))
    return found


MIXED = "文件来自几次不同的生成：请重新生成 the files were not made together: build them again"
