"""The streets of an extract as `streets.graph`: the ways for walking and for riding, by what their tags mean."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stationmap.city import here
from stationmap.errors import Finding, InvalidExtractError, ProgressCallback
from stationmap.extract.extract import Extract
from stationmap.streets.build.assembly import assemble
from stationmap.streets.build.profiles import Profiles, profiles
from stationmap.streets.build.ways import Spots, Ways
from stationmap.streets.network import save

if TYPE_CHECKING:
    from osmium.osm.types import OSMEntity

PHASE = "streets"
OBJECTS_PER_CHECK = 10_000  # between two calls of progress
SHARE_READ = 0.7  # of the work, when all ways are read
NO_STREETS = (
    "没有可以步行或骑行的道路：请换一个提取文件，或检查 --bounds "
    "has no way to walk or ride: take another extract, or look at --bounds"
)


def write_streets(extract: Extract, path: Path, progress: ProgressCallback) -> None:
    """Write the network of an extract, by the rules of the city that is served, or the package's.

    Raises InvalidExtractError where there are no streets, and FileError.
    """
    rules = profiles(here().folder)
    ways = _ways(extract, rules, progress)
    progress(SHARE_READ, PHASE)
    try:
        built = assemble(ways)
    except ValueError as error:
        raise InvalidExtractError((Finding(extract.path.name, "no_streets", NO_STREETS),)) from error
    progress(0.95, PHASE)
    save(path, extract.provenance, built)
    progress(1.0, PHASE)


def _ways(extract: Extract, rules: Profiles, progress: ProgressCallback) -> Ways:
    from osmium.filter import KeyFilter

    reader = _Reader(rules)
    keys = {"highway", *(key for rule in rules.values() for key in (*rule.taken_as, *rule.node_keys))}
    for count, each in enumerate(extract.objects(KeyFilter(*sorted(keys))), 1):
        reader.take(each)
        if count % OBJECTS_PER_CHECK == 0:
            progress(SHARE_READ * min(count / max(extract.tagged, 1), 1.0), PHASE)
    return reader.ways()


class _Reader:
    """Ways and nodes of a pass, as they come: their numbers are kept, the objects are not."""

    def __init__(self, rules: Profiles) -> None:
        self._rules = rules
        self._way_keys = sorted(frozenset[str]().union(*(rule.way_keys for rule in rules.values())))
        keys = (key for rule in rules.values() for key in (*rule.node_keys, *rule.access_tags))
        self._node_keys = sorted(frozenset(keys))
        self._first, self._nodes = array("q", [0]), array("q")
        self._lons, self._lats = array("d"), array("d")
        self._paces = array("d")
        self._spots: list[tuple[int, tuple[float, ...], tuple[bool, ...]]] = []
        self._pace_of = lru_cache(maxsize=65_536)(self._paces_of)

    def take(self, found: OSMEntity) -> None:
        """Keep what a way or a node means to travellers."""
        with suppress(UnicodeDecodeError):  # tags that are no text: nothing that a rule could understand
            self._take(found)

    def _take(self, found: OSMEntity) -> None:
        kind = found.type_str()
        if kind == "w":
            self._take_way(found)
        elif kind == "n":
            tags = {key: found.tags[key] for key in self._node_keys if key in found.tags}
            waits = tuple(rule.wait_s(tags) for rule in self._rules.values())
            closed = tuple(rule.is_closed_at(tags) for rule in self._rules.values())
            if any(waits) or any(closed):
                self._spots.append((found.id, waits, closed))

    def ways(self) -> Ways:
        """Return everything that was kept."""
        first, nodes = (np.frombuffer(each, dtype=np.int64) for each in (self._first, self._nodes))
        lons, lats = (np.frombuffer(each, dtype=np.float64) for each in (self._lons, self._lats))
        paces = np.frombuffer(self._paces, dtype=np.float64).reshape(len(first) - 1, len(self._rules), 2)
        return Ways(
            first, nodes, lons, lats, {code: paces[:, at] for at, code in enumerate(self._rules)}, self._found_spots()
        )

    def _take_way(self, way: Any) -> None:
        tags: Mapping[str, str] = way.tags
        paces = self._pace_of(tuple(tags.get(key) for key in self._way_keys))
        if paces is None:
            return
        for node in way.nodes:
            place = node.location
            if place.valid():
                self._nodes.append(node.ref)
                self._lons.append(place.lon)
                self._lats.append(place.lat)
            else:  # cut away with what lies outside: the way goes on as another
                self._end_way(paces)
        self._end_way(paces)

    def _end_way(self, paces: tuple[float, ...]) -> None:
        if len(self._nodes) > self._first[-1]:
            self._first.append(len(self._nodes))
            self._paces.extend(paces)

    def _paces_of(self, values: tuple[str | None, ...]) -> tuple[float, ...] | None:
        tags = {key: value for key, value in zip(self._way_keys, values, strict=True) if value is not None}
        paces = tuple(pace for rule in self._rules.values() for pace in rule.pace(tags))
        return paces if min(paces) < np.inf else None

    def _found_spots(self) -> Spots:
        self._spots.sort()
        waits = np.array([each[1] for each in self._spots], dtype=np.float64).reshape(-1, len(self._rules))
        closed = np.array([each[2] for each in self._spots], dtype=bool).reshape(-1, len(self._rules))
        return Spots(
            np.array([each[0] for each in self._spots], dtype=np.int64),
            {code: waits[:, at] for at, code in enumerate(self._rules)},
            {code: closed[:, at] for at, code in enumerate(self._rules)},
        )
