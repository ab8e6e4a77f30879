"""What is published of a registry, as a registry file of its own: members of the format only, in canonical form.

Whoever holds that file can prove that it is the whole of it: its revision, by the same rule as any registry's, is
`Published.revision`, which takes a moment where little changed since it was worked out last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stationmap.errors import CancelCheck, never_cancelled
from stationmap.exchange.exported import baseline_line, has_only_the_format
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry, dumps
from stationmap.registry.revision import DIGEST_LENGTH, digest, digest_of, revision_of

EVERY = 1_000
"""Stations between two looks at whether to go on."""


class Published(NamedTuple):
    """The revision of what is published of a registry, and the stations that it was worked out of."""

    revision: str
    stations: tuple[Station, ...]
    digests: bytes
    """Those of the published stations, one after the other."""


def published_header(header: Header) -> Header:
    """Return what a registry says of itself with the members of the format only."""
    said = header.model_dump(mode="json", exclude_unset=True, include=set(Header.model_fields))
    return Header.model_validate(said)


def published_of(
    registry: Registry, earlier: Published | None = None, check: CancelCheck = never_cancelled
) -> Published:
    """Return the revision of what is published of a registry; stations it has of an `earlier` one take no time."""
    known = {id(station): at for at, station in enumerate(earlier.stations)} if earlier else {}
    before = earlier.digests if earlier else b""
    found = bytearray()
    for row, station in enumerate(registry.stations):
        if not row % EVERY:
            check()
        at = known.get(id(station))
        found += _digest(station) if at is None else before[at * DIGEST_LENGTH : (at + 1) * DIGEST_LENGTH]
    digests = bytes(found)
    return Published(revision_of(_head(registry), digests), registry.stations, digests)


def published_pieces(registry: Registry, check: CancelCheck = never_cancelled) -> Iterator[bytes]:
    """Yield the file piece by piece."""
    yield _head(registry)
    stations = registry.stations
    for start in range(0, len(stations), EVERY):
        check()
        lines = b",\n".join(map(baseline_line, stations[start : start + EVERY]))
        yield b"%s%s" % (b",\n" if start else b"\n", lines)
    yield b"\n]}\n" if stations else b"\n\n]}\n"


def _digest(station: Station) -> bytes:
    # That of a station without other members is known already.
    return digest_of(station) if has_only_the_format(station) else digest(baseline_line(station))


def _head(registry: Registry) -> bytes:
    return dumps(Registry((), published_header(registry.meta))).split(b"\n", 1)[0]
