"""The files of the city's folder as a process serves them: replaced together when the folder holds others.

A bad version changes nothing: what was served before goes on being served, and the log says why. At the start the good
files of one build are served then, perhaps none: riders need stations more than streets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from stationmap import city_files, file_set
from stationmap.city import EXTRACT_FILES
from stationmap.city_files import NO_CITY_FILES, CityFiles
from stationmap.errors import FileError, Finding
from stationmap.registry.store import SETTLED_S, Stamp, stamp_of
from stationmap.web.stale import Stale, listed
from stationmap.web.tally import Tally

LonLat = tuple[float, float]
MISSING = "文件不见了，旧的仍在使用 the file is gone; what it held goes on being served"

log = logging.getLogger("stationmap.reload")


class CityWatch:
    """Serves what a folder holds, and notices other versions; its owner looks now and then, from one thread.

    `files` is replaced by one assignment; `stale` says why the folder's own are not served, if they are not.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], datetime], reloads: Tally) -> None:
        """Watch a folder; nothing is ever found without one."""
        self.files: CityFiles = NO_CITY_FILES
        self.stale: Stale | None = None
        self._folder, self._clock, self._reloads = folder, clock, reloads
        self._seen: dict[str, Stamp] | None = None

    def look(self, stations: Iterable[LonLat]) -> None:
        """Look at the folder: take good new files, of which a station lies in the area, keep the old ones otherwise."""
        if self._folder is None:
            return
        stamps = _stamps(self._folder)
        if stamps == self._seen:
            return
        is_first, settled = self._seen is None, _settled(stamps)
        found, findings = self._read(self._folder, stations)
        if not findings:
            self.stale = None
            self._take(found)
        elif settled or is_first:
            if not self.files.by_name:  # part of what was built is more than nothing
                self._take(found)
            self._refuse(findings)
        # What was changed a moment ago, perhaps is being copied, is looked at again.
        self._seen = stamps if settled else {}

    def _read(self, folder: Path, stations: Iterable[LonLat]) -> tuple[CityFiles, tuple[Finding, ...]]:
        """Return the good files of the folder, none of elsewhere, and what is wrong."""
        try:
            found, findings = city_files.read_good(folder)
        except FileError as error:
            return NO_CITY_FILES, (Finding(folder.name, "unreadable", str(error)),)
        provenance = found.provenance
        if provenance and (elsewhere := city_files.outside(provenance.bounds, stations, folder.name)):
            return NO_CITY_FILES, elsewhere
        bad = {each.where.partition(":")[0] for each in findings}
        gone = sorted(set(self.files.by_name) - set(found.by_name) - bad)
        return found, findings or tuple(Finding(name, "unreadable", MISSING) for name in gone)

    def _take(self, found: CityFiles) -> None:
        if _builds(found) == _builds(self.files):
            if self.files.ground is None or self.files.ground.is_unchanged:
                return
            # Tiles are read one by one: of a file that was written over there are none, though it is whole again.
            found = replace(self.files, ground=found.ground)
        self.files = found
        self._reloads.count("city", "taken")
        provenance = found.provenance
        if provenance:
            log.info("city files of build %s loaded: %s", provenance.build, ", ".join(found.by_name))

    def _refuse(self, findings: tuple[Finding, ...]) -> None:
        if self.stale and self.stale.findings == findings:
            return
        self.stale = Stale(self.stale.since if self.stale else self._clock(), findings)
        self._reloads.count("city", "refused")
        provenance = self.files.provenance
        served = (
            f"{', '.join(self.files.by_name)} of build {provenance.build} in use" if provenance else "none is served"
        )
        log.error("city files refused, %s:\n%s", served, listed(findings))


def _builds(found: CityFiles) -> dict[str, str]:
    return {name: each.provenance.build for name, each in found.by_name.items()}


def _stamps(folder: Path) -> dict[str, Stamp]:
    """Return what distinguishes the files of a folder from later versions; empty where it cannot be read."""
    found = {}
    try:
        for name, path in file_set.located(folder, EXTRACT_FILES).items():
            found[name] = stamp_of(path.stat())
    except (OSError, FileError):
        return {}
    return found


def _settled(stamps: dict[str, Stamp]) -> bool:
    changed_ns = max((max(stamp[0], stamp[1]) for stamp in stamps.values()), default=0)
    return abs(time.time() - changed_ns / 1e9) > SETTLED_S
