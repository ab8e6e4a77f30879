"""The registry: stations by id, what the file says about itself, and the one way to write it down.

Pure: bytes in, values out. Files are the business of `store`; the format is described in `docs/data.md`.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import ValidationError

from stationmap import file_limit, files, strict_json
from stationmap.errors import Finding, InvalidRegistryError, bounded
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry import canonical_lines, validation
from stationmap.registry.canonical_lines import LinedFile
from stationmap.registry.kept_stations import KeptStations, StationsById, shared
from stationmap.registry.model import Header, Station, StationFile
from stationmap.registry.revision import DIGEST_LENGTH, digest, digest_of, line, revision_of

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

FORMAT: Literal[1] = 1
BULK_BYTES = 4_000_000
MAX_WHOLE = 5_000
"""Stations that are kept as objects, some 6 kB each: a city's. Those of a larger registry are kept as lines."""
OTHER_LINES = 3
"""Line breaks of a canonical file beside those between two stations, and its last line, which is empty."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Registry(Mapping[str, Station]):
    """Stations by id, sorted by id; immutable, and equal to another when their canonical bytes are.

    `meta` is the file's `stationmap` member, `members` holds its other top-level members.
    Raises InvalidRegistryError when two stations have one id.
    """

    stations: Sequence[Station]
    """More than `MAX_WHOLE` of them are kept as lines, and made when they are asked for."""
    meta: Header = field(default_factory=lambda: Header(format=FORMAT))
    members: Mapping[str, Any] = field(default_factory=dict)
    revision: str = field(init=False)
    _by_id: Mapping[str, Station] = field(init=False)
    _digests: bytes = field(init=False)

    def __post_init__(self) -> None:
        if isinstance(self.stations, KeptStations):
            self._fill(self.stations)
            return
        stations = tuple(sorted(self.stations, key=_id))
        if len({station.id for station in stations}) < len(stations):
            ids = enumerate(station.id for station in stations)
            raise InvalidRegistryError(tuple(validation.duplicates(ids)))
        self._fill(KeptStations.of(stations) if len(stations) > MAX_WHOLE else stations)

    def _fill(self, stations: Sequence[Station], digests: bytes = b"") -> None:
        by_id: Mapping[str, Station]
        if isinstance(stations, KeptStations):
            stations = shared(stations)
            by_id, digests = StationsById(stations), stations.digests
        else:
            by_id = {station.id: station for station in stations}
            digests = digests or b"".join(map(digest_of, stations))
        object.__setattr__(self, "stations", stations)
        object.__setattr__(self, "members", MappingProxyType(dict(self.members)))
        object.__setattr__(self, "_by_id", by_id)
        object.__setattr__(self, "_digests", digests)
        object.__setattr__(self, "revision", revision_of(_head(self), digests))

    def with_changes(
        self,
        changed: Mapping[str, Station | None],
        *,
        meta: Header | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> Registry:
        """Return a registry in which stations were put by id or, where None, removed.

        It is equal to one made of all its stations, and takes a fraction of the time where few changed.
        """
        made = object.__new__(Registry)
        object.__setattr__(made, "meta", self.meta if meta is None else meta)
        object.__setattr__(made, "members", self.members if members is None else members)
        if isinstance(self.stations, KeptStations):
            made._fill(self.stations.with_changes(changed))
            return made
        stations, digests = list(self.stations), bytearray(self._digests)
        for station_id, station in changed.items():
            at = bisect_left(stations, station_id, key=_id)
            is_there = at < len(stations) and stations[at].id == station_id
            stations[at : at + is_there] = () if station is None else (station,)
            place = slice(at * DIGEST_LENGTH, (at + is_there) * DIGEST_LENGTH)
            digests[place] = b"" if station is None else digest_of(station)
        made._fill(tuple(stations), bytes(digests))
        return made

    @property
    def digests(self) -> bytes:
        """The digests of the stations, one after the other in their order: equal ones are of equal content."""
        return self._digests

    def ids_that_differ(self, other: Registry) -> list[str]:
        """Return the ids of the stations that only one of two registries has, or that differ, in order."""
        here, there = self._digest_by_id(), other._digest_by_id()
        return sorted(each for each in here.keys() | there.keys() if here.get(each) != there.get(each))

    def _digest_by_id(self) -> dict[str, bytes]:
        places = range(0, len(self._digests), DIGEST_LENGTH)
        return dict(zip(self, (self._digests[at : at + DIGEST_LENGTH] for at in places), strict=True))

    @property
    def demo(self) -> bool:
        """Whether the stations are invented; whatever is made from them must say so."""
        return self.meta.demo

    def __getitem__(self, station_id: str) -> Station:
        return self._by_id[station_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Registry):
            return NotImplemented
        return self.revision == other.revision

    def __hash__(self) -> int:
        return hash(self.revision)

    def __repr__(self) -> str:
        return f"<Registry {self.revision}: {len(self)} stations>"

    def _repr_html_(self) -> str:
        from stationmap.registry.summary import summary_html

        return summary_html(self.meta, self.revision, self.stations)

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The file's FeatureCollection as plain values, which geopandas, shapely and others read."""
        document: dict[str, Any] = orjson.loads(dumps(self))
        return document

    def to_frame(self) -> gpd.GeoDataFrame:
        """Return a row a station, indexed by id, points in EPSG:4326; the columns are those of `stations_frame`."""
        from stationmap.registry.geodataframe import stations_frame

        return stations_frame(self.stations)

    def explore(self, m: folium.Map | None = None, *, language: str = DEFAULT_LANGUAGE, **layer: Any) -> folium.Map:
        """Draw the stations on a map, as `GeoDataFrame.explore` does, and return it.

        Without a map `m` a new one is made that asks no other host. `layer` goes to `stationmap.folium.StationLayer`.
        """
        from stationmap.folium import explore

        return explore(self, m, language=language, **layer)


def parse(data: bytes, earlier: Registry | None = None, *, max_whole: int = MAX_WHOLE) -> Registry:
    """Return the registry that `data` holds, as `check` does; raises InvalidRegistryError with every finding."""
    registry, findings = check(data, earlier, max_whole=max_whole)
    if registry is None:
        raise InvalidRegistryError(findings)
    return registry


def check(
    data: bytes, earlier: Registry | None = None, *, max_whole: int = MAX_WHOLE
) -> tuple[Registry | None, tuple[Finding, ...]]:
    """Return the registry, or None when a finding is an error, and everything found, in the order of the file.

    Stations that stand in `earlier` in the same canonical line are taken from there, which is several times faster.
    Those of a file of more than `max_whole` lines are kept as lines.
    """
    lined = canonical_lines.outline(data)
    if lined and data.count(b"\n") - OTHER_LINES > max_whole:
        with suppress(canonical_lines.NotByLineError):
            return _check_kept(data, lined, earlier)
    with _collector_paused(worthwhile=len(data) > BULK_BYTES):
        if lined:
            with suppress(canonical_lines.NotByLineError):
                return _check(lined.document, _by_line(data, lined, earlier), [])
        document, found = strict_json.read(data, _max_containers())
        if _has_errors(found):
            return None, found
        if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
            wrong = Finding("file", "not_a_feature_collection", "is JSON, but not a GeoJSON FeatureCollection")
            return None, (*found, wrong)
        return _check(document, _features(document), list(found))


def _check_kept(data: bytes, lined: LinedFile, earlier: Registry | None) -> tuple[Registry | None, tuple[Finding, ...]]:
    from stationmap.registry.line_check import LineCheck

    before = None if earlier is None else earlier.stations
    findings: list[Finding] = []
    meta = _header(lined.document, findings)
    check = LineCheck(data, lined.start, lined.stop, before if isinstance(before, KeptStations) else None)
    findings.extend(bounded(check.faults()))
    if _has_errors(findings):
        return None, tuple(findings)
    return Registry(check.stations(), meta, _others(lined.document)), tuple(findings)


def _by_line(data: bytes, lined: LinedFile, earlier: Registry | None) -> Iterator[Any]:
    """Yield the features of a file line by line, those that `earlier` has as its stations."""
    before = () if earlier is None or isinstance(earlier.stations, KeptStations) else earlier.stations
    known = {digest_of(station): station for station in before}
    for start, end in canonical_lines.spans(data, lined.start, lined.stop):
        written = data[start:end]
        yield known.get(digest(written)) or canonical_lines.parsed(written)


def _check(
    document: dict[str, Any], features: Iterable[Any] | None, findings: list[Finding]
) -> tuple[Registry | None, tuple[Finding, ...]]:
    meta = _header(document, findings)
    if features is None:
        findings.append(Finding("features", "wrong_type", "must be a list of stations"))
        features = ()
    stations = _stations(features, findings)
    if _has_errors(findings):
        return None, tuple(findings)
    return Registry(stations, meta, _others(document)), tuple(findings)


def _others(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in StationFile.model_fields}


def dumps(registry: Registry) -> bytes:
    """Return the canonical bytes: a station a line, sorted by id, members in the order of the model, a last newline."""
    stations = registry.stations
    lines = stations.lines.joined() if isinstance(stations, KeptStations) else b",\n".join(map(line, stations))
    return b"".join((_head(registry), b"\n", lines, b"\n]}\n"))


def dumps_again(registry: Registry, earlier: Registry, written: bytes) -> bytes:
    """Return `dumps(registry)` where `written` is `dumps(earlier)`; only stations that are others are written anew."""
    if isinstance(registry.stations, KeptStations):
        return dumps(registry)
    lines = written.split(b"\n")
    if len(registry) != len(earlier) or len(lines) != len(earlier) + OTHER_LINES or not earlier:
        return dumps(registry)
    lines[0] = _head(registry)
    last = len(registry) - 1
    for at, (now, before) in enumerate(zip(registry.stations, earlier.stations, strict=True)):
        if now is not before:
            lines[at + 1] = line(now) + (b"" if at == last else b",")
    return b"\n".join(lines)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a registry file."""
    schema = StationFile.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _id(station: Station) -> str:
    return station.id


def _header(document: dict[str, Any], findings: list[Finding]) -> Header:
    if "crs" in document:
        detail = "must go: positions are WGS-84, longitude first (RFC 7946, section 4)"
        findings.append(Finding("crs", "crs_member", detail))
    if "stationmap" not in document:
        detail = f"is missing; taken as format {FORMAT}, not a demonstration"
        findings.append(Finding("stationmap", "no_header", detail, "warning"))
        return Header(format=FORMAT)
    try:
        return Header.model_validate(document["stationmap"])
    except ValidationError as error:
        findings.extend(validation.findings(error, document["stationmap"], "stationmap"))
        return Header(format=FORMAT)


def _features(document: dict[str, Any]) -> Iterator[Any] | None:
    """Return an iterator over the features of a document; it empties their list."""
    features = document.get("features")
    return _emptied(features) if isinstance(features, list) else None


def _emptied(features: list[Any]) -> Iterator[Any]:
    # What is parsed is let go as soon as its station is made: half the memory.
    features.reverse()
    while features:
        yield features.pop()


def _stations(features: Iterable[Any], findings: list[Finding]) -> tuple[Station, ...]:
    """Return the stations, those that are stations already as they are; what is wrong goes to `findings`."""
    stations: list[Station] = []
    findings.extend(bounded(_faults(features, stations)))
    return tuple(stations)


def _faults(features: Iterable[Any], stations: list[Station]) -> Iterator[Finding]:
    """Yield what is wrong with features; what is nothing wrong with goes to `stations`."""
    validate = Station.__pydantic_validator__.validate_python
    ids: list[object] = []
    for at, feature in enumerate(features):
        if isinstance(feature, Station):
            ids.append(feature.id)
            stations.append(feature)
            continue
        ids.append(feature.get("id") if isinstance(feature, dict) else None)
        try:
            # One call a feature: errors stay apart, and other threads get their turn in between.
            stations.append(validate(feature))
        except ValidationError as error:
            yield from validation.findings(error, feature, f"features[{at}]", validation.label(ids[at]))
    yield from validation.duplicates(enumerate(ids))


def _max_containers() -> int:
    """Return how many objects and lists a file may have that is not read line by line: as many a byte as usual."""
    return max(strict_json.MAX_CONTAINERS * file_limit.max_bytes() // files.MAX_BYTES, strict_json.MAX_CONTAINERS)


def _has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _head(registry: Registry) -> bytes:
    header = Header.__pydantic_serializer__.to_json(registry.meta, by_alias=True, exclude_unset=True)
    others = b"".join(b",%s:%s" % (orjson.dumps(name), orjson.dumps(value)) for name, value in registry.members.items())
    return b'{"type":"FeatureCollection","stationmap":%s%s,"features":[' % (header, others)


@contextmanager
def _collector_paused(*, worthwhile: bool) -> Iterator[None]:
    """Keep the cyclic collector away from millions of new objects, none of which is garbage: 8 times faster.

    They are frozen before it runs again, or its next turn would walk them all in one pause; counting references
    still frees them.
    """
    if not (worthwhile and gc.isenabled()):
        yield
        return
    gc.collect()  # what is garbage now would be frozen with the rest, and stay
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
