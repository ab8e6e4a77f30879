"""The registry: stations by id, what the file says about itself, and the one way to write it down.

Pure: bytes in, values out. Files are the business of `stationmap.store`; the format is described in `docs/data.md`.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import orjson
from pydantic import ValidationError

from stationmap import faults, feature_lines, json_document
from stationmap.errors import Finding, InvalidRegistryError
from stationmap.model import Header, Station, StationFile
from stationmap.revision import content, digest, is_canonical, line, revision_of, station_digest

FORMAT: Literal[1] = 1
BULK_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Registry(Mapping[str, Station]):
    """Stations by id, sorted by id; immutable, and equal to another when their canonical bytes are.

    `meta` is the file's `stationmap` member, `members` holds its other top-level members; `digests` identify the
    content of each station, by id, and are worked out where they are not given.
    Raises InvalidRegistryError when two stations have one id.
    """

    stations: tuple[Station, ...]
    meta: Header = field(default_factory=lambda: Header(format=FORMAT))
    members: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, bytes] = field(default_factory=dict)
    revision: str = field(init=False)
    _by_id: Mapping[str, Station] = field(init=False)

    def __post_init__(self) -> None:
        stations = tuple(sorted(self.stations, key=lambda station: station.id))
        by_id = {station.id: station for station in stations}
        if len(by_id) < len(stations):
            raise InvalidRegistryError(tuple(_duplicates(enumerate(station.id for station in stations))))
        object.__setattr__(self, "stations", stations)
        object.__setattr__(self, "members", MappingProxyType(dict(self.members)))
        object.__setattr__(self, "_by_id", by_id)
        digests = self.digests or {station.id: station_digest(station) for station in stations}
        object.__setattr__(self, "digests", MappingProxyType(digests))
        object.__setattr__(self, "revision", revision_of(_head(self), map(digests.__getitem__, by_id)))

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


def parse(data: bytes, earlier: Registry | None = None) -> Registry:
    """Return the registry that `data` holds, as `check` does; raises InvalidRegistryError with every finding."""
    registry, findings = check(data, earlier)
    if registry is None:
        raise InvalidRegistryError(findings)
    return registry


def check(data: bytes, earlier: Registry | None = None) -> tuple[Registry | None, tuple[Finding, ...]]:
    """Return the registry, or None when a finding is an error, and everything found, in the order of the file.

    Stations that stand in `earlier` with the same content are taken from there, which is several times faster.
    """
    with _collector_paused(worthwhile=len(data) > BULK_BYTES):
        by_line = feature_lines.read(data)
        if by_line:
            with suppress(feature_lines.NotByLineError):
                return _check(*by_line, [], earlier)
        document, found = json_document.read(data)
        if _has_errors(found):
            return None, found
        if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
            wrong = Finding("file", "not_a_feature_collection", "is JSON, but not a GeoJSON FeatureCollection")
            return None, (*found, wrong)
        return _check(document, _features(document), list(found), earlier)


def _check(
    document: dict[str, Any],
    features: Iterable[tuple[Any, bytes]] | None,
    findings: list[Finding],
    earlier: Registry | None,
) -> tuple[Registry | None, tuple[Finding, ...]]:
    meta = _header(document, findings)
    if features is None:
        findings.append(Finding("features", "wrong_type", "must be a list of stations"))
        features = ()
    known = {earlier.digests[station.id]: station for station in earlier.stations} if earlier else {}
    stations, digests = _stations(features, findings, known)
    if _has_errors(findings):
        return None, tuple(findings)
    members = {name: value for name, value in document.items() if name not in StationFile.model_fields}
    return Registry(stations, meta, members, digests), tuple(findings)


def dumps(registry: Registry) -> bytes:
    """Return the canonical bytes: a station a line, sorted by id, members in the order of the model, a last newline."""
    return b"".join((_head(registry), b"\n", b",\n".join(map(line, registry.stations)), b"\n]}\n"))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a registry file."""
    schema = StationFile.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


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
        findings.extend(faults.findings(error, document["stationmap"], "stationmap"))
        return Header(format=FORMAT)


def _features(document: dict[str, Any]) -> Iterator[tuple[Any, bytes]] | None:
    """Return an iterator over the features of a document, each with its content; it empties their list."""
    features = document.get("features")
    if not isinstance(features, list):
        return None
    return _emptied(features)


def _emptied(features: list[Any]) -> Iterator[tuple[Any, bytes]]:
    # What is parsed is let go as soon as its station is made: half the memory.
    features.reverse()
    while features:
        feature = features.pop()
        yield feature, content(feature)


def _stations(
    features: Iterable[tuple[Any, bytes]], findings: list[Finding], known: Mapping[bytes, Station]
) -> tuple[tuple[Station, ...], dict[str, bytes]]:
    """Return the stations and their digests by id; what is wrong with the others goes to `findings`."""
    stations: list[Station] = []
    digests: dict[str, bytes] = {}
    ids: list[object] = []
    for at, (feature, written) in enumerate(features):
        ids.append(feature.get("id") if isinstance(feature, dict) else None)
        try:
            # One call a feature: errors stay apart, and other threads get their turn in between.
            station, identity = _station(feature, digest(written), known)
        except ValidationError as error:
            findings.extend(faults.findings(error, feature, f"features[{at}]", _label(ids[at])))
        else:
            stations.append(station)
            digests[station.id] = identity
    findings.extend(_duplicates(enumerate(ids)))
    return tuple(stations), digests


def _station(feature: Any, as_written: bytes, known: Mapping[bytes, Station]) -> tuple[Station, bytes]:
    """Return a station, from those known where its content has not changed, and its digest."""
    station = known.get(as_written)
    if station is not None:
        return station, as_written
    station = Station.__pydantic_validator__.validate_python(feature)
    return station, as_written if is_canonical(feature, station) else station_digest(station)


def _duplicates(ids: Iterable[tuple[int, object]]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for at, station_id in ids:
        if isinstance(station_id, str) and first.setdefault(station_id, at) != at:
            detail = f"{_label(station_id)} is already the id of features[{first[station_id]}]"
            yield Finding(f"features[{at}].id", "duplicate_id", detail)


def _label(station_id: object) -> str:
    return station_id if isinstance(station_id, str) and len(station_id) <= 64 and station_id.isprintable() else ""


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
