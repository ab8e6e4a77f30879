"""Stations and headers as the database keeps them: text in JSON; what cannot be read again is a StorageError."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from stationmap.errors import StorageError
from stationmap.registry.model import Header, Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import line


def header_json(registry: Registry) -> str:
    """Return what a registry says of itself, and its other top-level members, as JSON."""
    meta = registry.meta.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return orjson.dumps({"stationmap": meta, **registry.members}).decode()


def registry_of(found: Iterable[Station], header: str) -> Registry:
    """Return the registry of some stations and a header made by `header_json`; raises StorageError."""
    try:
        members = orjson.loads(header)
        said = Header.model_validate(members.pop("stationmap"))
    except (ValueError, KeyError, AttributeError) as error:
        raise damaged(f"header {header[:60]}") from error
    return Registry(tuple(found), said, members)


def station_text(station: Station | None) -> str | None:
    """Return a station as a canonical file has it, None for no such station."""
    return None if station is None else line(station).decode()


def station_of(text: str) -> Station:
    """Return the station of a text; raises StorageError."""
    try:
        return Station.model_validate(orjson.loads(text))
    except ValueError as error:
        raise damaged(f"station {text[:60]}") from error


def damaged(what: str) -> StorageError:
    """Return the error of a database that does not hold what it should."""
    advice = "请用备份恢复 put back a backup with `stationmap restore BACKUP.zip`"
    return StorageError(f"{what}: 内容不符 is not what the journal says: {advice}")
