"""What tells one version of a registry from another: a digest of each station's content, and one of them all."""

from __future__ import annotations

import hashlib

from stationmap.registry.model import Station

DIGEST_LENGTH = 16  # bytes


def line(station: Station) -> bytes:
    """Return a station as it is written: members in the order of the model, then those the format does not know."""
    return Station.__pydantic_serializer__.to_json(station, by_alias=True, exclude_unset=True)


def digest(written: bytes) -> bytes:
    """Return what identifies the content of a station, of the line it is written in."""
    return hashlib.blake2b(written, digest_size=DIGEST_LENGTH).digest()


def digest_of(station: Station) -> bytes:
    """Return the digest of a station's line; it is kept with the station, whose content never changes."""
    # No field of the format. A copy has extra members of its own, so that none is taken for what it was copied from.
    kept: tuple[object, bytes] | None = station.__dict__.get("_digest")
    if kept is not None and kept[0] is station.model_extra:
        return kept[1]
    made = digest(line(station))
    station.__dict__["_digest"] = station.model_extra, made
    return made


def revision_of(head: bytes, digests: bytes) -> str:
    """Return 16 hexadecimal digits for a file's head and the digests of its stations, one after the other in order."""
    whole = hashlib.sha256(head)
    whole.update(digests)
    return whole.hexdigest()[:16]
