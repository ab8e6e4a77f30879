"""What is published of a registry, as a registry file of its own: members of the format only, in canonical form.

Whoever holds that file can prove that it is the whole of it: its revision, by the same rule as any registry's, is
`Published.revision`, which takes a moment where little changed since it was worked out last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.exchange.exported import baseline_line, has_only_the_format
from stationmap.registry.kept_stations import KeptStations
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.revision import DIGEST_LENGTH, digest, digest_of, revision_of
from stationmap.search.station_columns import rows_before

EVERY = 1_000
"""Stations between two looks at whether to go on."""


class Published(NamedTuple):
    """The revision of what is published of a registry, and the stations that it was worked out of."""

    revision: str
    digests: bytes
    """Those of the published stations, one after the other."""
    of: bytes
    """Those of the stations of the registry, likewise."""


def published_header(header: Header) -> Header:
    """Return what a registry says of itself with the members of the format only."""
    said = header.model_dump(mode="json", exclude_unset=True, include=set(Header.model_fields))
    return Header.model_validate(said)


def published_of(
    registry: Registry, earlier: Published | None = None, check: CancelCheck = never_cancelled
) -> Published:
    """Return the revision of what is published of a registry; stations it shares with an `earlier` one take no time."""
    before = rows_before(registry.digests, earlier.of if earlier else b"")
    found, kept = np.empty((len(before), DIGEST_LENGTH), dtype=np.uint8), before >= 0
    if earlier:
        found[kept] = np.frombuffer(earlier.digests, dtype=np.uint8).reshape(-1, DIGEST_LENGTH)[before[kept]]
    if isinstance(registry.stations, KeptStations):
        is_same = registry.stations.plain
        found[is_same] = np.frombuffer(registry.digests, dtype=np.uint8).reshape(-1, DIGEST_LENGTH)[is_same]
        kept |= is_same
    for done, row in enumerate(np.flatnonzero(~kept).tolist()):
        if not done % EVERY:
            check()
        found[row] = np.frombuffer(_digest(registry.stations[row]), dtype=np.uint8)
    digests = found.tobytes()
    return Published(revision_of(_head(registry), digests), digests, registry.digests)


def published_pieces(registry: Registry, check: CancelCheck = never_cancelled) -> Iterator[bytes]:
    """Yield the file piece by piece."""
    yield _head(registry)
    stations = registry.stations
    for start in range(0, len(stations), EVERY):
        check()
        lines = b",\n".join(_lines(stations, range(start, min(start + EVERY, len(stations)))))
        yield b"%s%s" % (b",\n" if start else b"\n", lines)
    yield b"\n]}\n" if stations else b"\n\n]}\n"


def _lines(stations: Sequence[Station], rows: range) -> Iterator[bytes]:
    if not isinstance(stations, KeptStations):
        yield from (baseline_line(stations[row]) for row in rows)
        return
    for row in rows:  # a plain line has members of the format only
        yield stations.lines[row] if stations.plain[row] else baseline_line(stations[row])


def _digest(station: Station) -> bytes:
    # That of a station without other members is known already.
    return digest_of(station) if has_only_the_format(station) else digest(baseline_line(station))


def _head(registry: Registry) -> bytes:
    return dumps(Registry((), published_header(registry.meta))).split(b"\n", 1)[0]
