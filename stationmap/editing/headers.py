"""The header of a registry, and its other top-level members, merged as the fields of a station are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from stationmap.editing.fields import ABSENT, Values
from stationmap.editing.merge import FieldConflict, merge_values
from stationmap.registry.model import Header
from stationmap.registry.registry import Registry


class MergedHeader(NamedTuple):
    """What came of a merge of headers; where there are conflicts it keeps what they say."""

    meta: Header
    members: Mapping[str, Any]
    conflicts: tuple[FieldConflict, ...]


def merge_headers(base: Registry, mine: Registry, theirs: Registry) -> MergedHeader:
    """Merge what two versions of a registry say of it; of two dates of an update the later one holds."""
    merged, conflicts = merge_values(*map(_values, (base, mine, theirs)))
    dated = next((one for one in conflicts if one.field == _UPDATED), None)
    if dated is not None:
        merged[_UPDATED] = max(each for each in (dated.mine, dated.theirs) if each is not ABSENT and each is not None)
    return _merged(merged, tuple(one for one in conflicts if one is not dated))


def with_value(registry: Registry, name: str, value: Any) -> MergedHeader:
    """Return what a registry says of itself with one value, of a field by its name, in place of the one it has."""
    values = _values(registry)
    part, _, member = name.partition(".")
    values.pop((part, member), None)
    if value is not ABSENT:
        values[part, member] = value
    return _merged(values, ())


def value_of(registry: Registry, name: str) -> Any:
    """Return what a registry says of itself under the name of a field; ABSENT where it does not."""
    part, _, member = name.partition(".")
    return _values(registry).get((part, member), ABSENT)


_UPDATED = ("stationmap", "updated")


def _merged(values: Values, conflicts: tuple[FieldConflict, ...]) -> MergedHeader:
    meta = {name: value for (part, name), value in values.items() if part == "stationmap"}
    members = {name: value for (part, name), value in values.items() if part == "members"}
    return MergedHeader(Header.model_validate(meta), members, conflicts)


def _values(registry: Registry) -> Values:
    meta = registry.meta.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {("stationmap", name): value for name, value in meta.items()} | {
        ("members", name): value for name, value in registry.members.items()
    }
