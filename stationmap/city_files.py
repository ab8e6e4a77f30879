"""What `stationmap city build` made of an extract, as a folder holds it: each file where it is there, of one build.

found = read(folder)                          # raises InvalidCityFileError with every finding
found.ground, found.places, found.streets     # each None where the folder has none
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stationmap import file_set
from stationmap.city import EXTRACT_FILES, GROUND, PLACES, STREETS
from stationmap.errors import DamagedGroundError, FileError, Finding, InvalidCityFileError
from stationmap.provenance import Bounds, Provenance

if TYPE_CHECKING:
    from stationmap.ground import Ground
    from stationmap.places.places import Places
    from stationmap.streets.network import Network

TRIES = 5
"""How often a folder is looked at in which a build puts its files in place meanwhile; that takes milliseconds."""


class CityFile(Protocol):
    """One of the files, opened."""

    @property
    def provenance(self) -> Provenance:
        """Where it comes from."""


@dataclass(frozen=True, eq=False)
class CityFiles:
    """The files of one build, opened; each None where there is none."""

    ground: Ground | None = None
    places: Places | None = None
    streets: Network | None = None

    @property
    def by_name(self) -> dict[str, CityFile]:
        """Return those that are there, by the names of their files."""
        found = {GROUND: self.ground, PLACES: self.places, STREETS: self.streets}
        return {name: each for name, each in found.items() if each is not None}

    @property
    def provenance(self) -> Provenance | None:
        """Return where they come from, None where there is none."""
        return next((each.provenance for each in self.by_name.values()), None)


NO_CITY_FILES = CityFiles()
_MEMBERS = {GROUND: "ground", PLACES: "places", STREETS: "streets"}


def _open_ground(path: Path) -> Ground:
    from stationmap.ground import Ground

    return Ground.open(path)


def _open_places(path: Path) -> Places:
    from stationmap.places.places import Places

    return Places.open(path)


def _open_streets(path: Path) -> Network:
    from stationmap.streets import network

    return network.load(path)


OPENERS: Mapping[str, Callable[[Path], CityFile]] = {
    GROUND: _open_ground,
    PLACES: _open_places,
    STREETS: _open_streets,
}
"""What opens each file; a process imports only what it opens."""


def read(folder: Path, names: Sequence[str] = EXTRACT_FILES) -> CityFiles:
    """Open the files of a folder that are there; raises InvalidCityFileError with every finding, FileError."""
    found, findings = read_good(folder, names)
    if findings:
        raise InvalidCityFileError(findings)
    return found


def read_good(folder: Path, names: Sequence[str] = EXTRACT_FILES) -> tuple[CityFiles, tuple[Finding, ...]]:
    """Open the good files of a folder, none where they are of several builds, and say what is wrong with the others.

    Raises FileError.
    """
    for _ in range(TRIES - 1):
        try:
            return _read(folder, names)
        except FileError:  # one that was moved into its place between two looks
            continue
    return _read(folder, names)


def examine(folder: Path, stations: Iterable[tuple[float, float]] = ()) -> tuple[Finding, ...]:
    """Return what is wrong with the files of a folder, every byte of which is read; raises FileError."""
    try:
        found = read(folder)
    except InvalidCityFileError as error:
        return error.findings
    provenance = found.provenance
    if provenance is None:
        return (Finding(folder.name or str(folder), "unreadable", NOTHING),)
    try:
        if found.ground is not None:
            found.ground.check()
    except DamagedGroundError as error:
        return (Finding(GROUND, "damaged", str(error)),)
    return outside(provenance.bounds, stations, folder.name)


def sizes(folder: Path) -> dict[str, int]:
    """Return how many bytes each file of a folder has that is there; raises FileError, OSError."""
    return {name: path.stat().st_size for name, path in file_set.located(folder, EXTRACT_FILES).items()}


def outside(bounds: Bounds, stations: Iterable[tuple[float, float]], where: str) -> tuple[Finding, ...]:
    """Return a finding where there are stations, longitude and latitude each, and none lies in a box."""
    places = list(stations)
    if not places or any(bounds.contains(*each) for each in places):
        return ()
    return (Finding(where, "outside_registry", f"{OUTSIDE}: {tuple(bounds)}"),)


OUTSIDE = (
    "登记册的站点没有一个在这个范围内：请换该市所在省的提取文件，或检查 --bounds "
    "no station of the registry lies in this box: take the extract of the city's province, or look at --bounds"
)
NOTHING = "没有城市文件：用 stationmap city build 生成 holds no file of a city: make them with `stationmap city build`"
MIXED = "文件来自几次不同的生成：请重新生成 the files were not made together: build them again"


def _read(folder: Path, names: Sequence[str]) -> tuple[CityFiles, tuple[Finding, ...]]:
    found: dict[str, Any] = {}
    findings: list[Finding] = []
    for name, path in file_set.located(folder, names).items():
        try:
            found[name] = OPENERS[name](path)
        except InvalidCityFileError as error:
            findings.extend(error.findings)
    builds = {name: each.provenance.build for name, each in found.items()}
    if len(set(builds.values())) > 1:
        listed = ", ".join(f"{name} {build}" for name, build in builds.items())
        findings.append(Finding(folder.name or str(folder), "mixed_builds", f"{MIXED}: {listed}"))
        found = {}
    members: dict[str, Any] = {_MEMBERS[name]: each for name, each in found.items()}
    return CityFiles(**members), tuple(findings)
