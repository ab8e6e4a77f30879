"""What tells one version of a registry from another: a digest of each station's content, and one of them all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from stationmap.model import Station


def line(station: Station) -> bytes:
    """Return a station as it is written: members in the order of the model, then those the format does not know."""
    return Station.__pydantic_serializer__.to_json(station, by_alias=True, exclude_unset=True)


def content(feature: object) -> bytes:
    """Return a feature as text, the same whatever the order of its members."""
    return orjson.dumps(feature, option=orjson.OPT_SORT_KEYS)


def digest(written: bytes) -> bytes:
    """Return what identifies the content of a feature."""
    return hashlib.blake2b(written, digest_size=16).digest()


def station_digest(station: Station) -> bytes:
    """Return the digest of a station in its canonical form."""
    return digest(content(orjson.loads(line(station))))


def is_canonical(feature: dict[str, Any], station: Station) -> bool:
    """Tell whether a feature is surely written as the canonical form of the station read from it would be.

    Only coordinates (decimals, 117 for 117.0) and the moments of closures may be written in several ways.
    """
    lon, lat = feature["geometry"]["coordinates"]
    return type(lon) is type(lat) is float and (lon, lat) == station.geometry.coordinates and not station.closures


def revision_of(head: bytes, digests: Iterable[bytes]) -> str:
    """Return 16 hexadecimal digits for a file's head and its stations in order."""
    whole = hashlib.sha256(head)
    for each in digests:
        whole.update(each)
    return whole.hexdigest()[:16]
