"""What tells one version of a registry from another: a digest of each station's content, and one of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from stationmap.registry.model import Station


def line(station: Station) -> bytes:
    """Return a station as it is written: members in the order of the model, then those the format does not know."""
    return Station.__pydantic_serializer__.to_json(station, by_alias=True, exclude_unset=True)


def digest(written: bytes) -> bytes:
    """Return what identifies the content of a station, of the line it is written in."""
    return hashlib.blake2b(written, digest_size=16).digest()


def revision_of(head: bytes, digests: Iterable[bytes]) -> str:
    """Return 16 hexadecimal digits for a file's head and its stations in order."""
    whole = hashlib.sha256(head)
    for each in digests:
        whole.update(each)
    return whole.hexdigest()[:16]
