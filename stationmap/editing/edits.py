"""Edits of a registry: what an editor saw of each station and what they want, merged with what it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from stationmap.editing.headers import MergedHeader
from stationmap.editing.merge import FieldConflict, is_same, merge
from stationmap.errors import StationmapError
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry

StationChange = tuple[Station | None, Station | None]
"""A station before and after; None is no such station."""


class Edit(NamedTuple):
    """What an editor saw of a station, and what they want it to be; None is no such station."""

    station_id: str
    base: Station | None
    mine: Station | None


class StationConflict(NamedTuple):
    """The fields of a station that the editor and somebody else changed, each in another way."""

    station_id: str
    fields: tuple[FieldConflict, ...]


class EditConflictError(StationmapError):
    """An edit contradicts what others changed since; nothing of it was saved."""

    def __init__(self, conflicts: tuple[StationConflict, ...]) -> None:
        self.conflicts = conflicts
        fields = "; ".join(
            f"{one.station_id}: {', '.join(field.name for field in one.fields)}" for one in conflicts[:10]
        )
        more = f" .. ({len(conflicts):,})" if len(conflicts) > 10 else ""
        super().__init__(f"别人同时改了 somebody else changed the same meanwhile: {fields}{more}")


class Edited(NamedTuple):
    """A registry after edits, the stations that changed, before and after, and what could not be merged."""

    registry: Registry
    changed: dict[str, StationChange]
    conflicts: tuple[StationConflict, ...]


def apply_edits(
    edits: Iterable[Edit], registry: Registry, header: MergedHeader | None = None, *, on: date | None = None
) -> Edited:
    """Return a registry with every edit merged into it, in their order.

    `header` is what the registry says of itself then; where anything changes it says that it was changed `on` a day.
    """
    made: dict[str, Station | None] = {}
    conflicts = [] if header is None or not header.conflicts else [StationConflict("", header.conflicts)]
    for station_id, base, mine in edits:
        if mine is not None and mine.id != station_id:
            raise StationmapError(f"{station_id}: 编号不能改 an id cannot be changed to {mine.id}")
        merged = merge(base, mine, made.get(station_id, registry.get(station_id)))
        if merged.conflicts:
            conflicts.append(StationConflict(station_id, merged.conflicts))
        made[station_id] = merged.station
    changed = {
        station_id: (before, after)
        for station_id, after in made.items()
        if not is_same(before := registry.get(station_id), after)
    }
    meta, members = (registry.meta, registry.members) if header is None else (header.meta, header.members)
    if on is not None and (changed or (meta, members) != (registry.meta, registry.members)):
        meta = meta.model_copy(update={"updated": on})
    put = {station_id: after for station_id, (_, after) in changed.items()}
    return Edited(registry.with_changes(put, meta=meta, members=members), changed, tuple(conflicts))


def differences(base: Registry, found: Registry) -> Iterator[Edit]:
    """Yield what somebody did to a registry who began with `base`."""
    for station_id in base.ids_that_differ(found):
        yield Edit(station_id, base.get(station_id), found.get(station_id))
