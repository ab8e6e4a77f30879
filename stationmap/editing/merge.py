"""Two people changed one station since both saw it: the merge of what each meant, field by field.

A field that one of them changed takes that value; a field that both changed in the same way is no conflict. Lists that
are sets (services, other names) take what either added and lose what either removed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stationmap.editing.fields import ABSENT, STATION, Field, Values, field_name, field_values, station_of
from stationmap.registry.model import Station
from stationmap.registry.revision import digest_of

_SETS = (("services",), ("aliases",))


class FieldConflict(NamedTuple):
    """A field that both changed, each in another way; ABSENT where the version does not have it.

    The field `STATION` is the station as a whole: one removed what the other changed.
    """

    field: Field
    base: Any
    mine: Any
    theirs: Any

    @property
    def name(self) -> str:
        """The field in one word."""
        return field_name(self.field)


class Merged(NamedTuple):
    """What came of a merge; where there are conflicts, `station` keeps what they say, and so loses nothing."""

    station: Station | None
    conflicts: tuple[FieldConflict, ...] = ()


def merge(base: Station | None, mine: Station | None, theirs: Station | None) -> Merged:
    """Merge two versions of one station with the one both began with; None is no such station.

    Without conflicts it makes no difference which of the two is `mine`.
    """
    if is_same(mine, theirs) or is_same(base, mine):
        return Merged(theirs)
    if is_same(base, theirs):
        return Merged(mine)
    if mine is None or theirs is None:
        return Merged(theirs, (FieldConflict(STATION, _whole(base), _whole(mine), _whole(theirs)),))
    values, conflicts = merge_values(field_values(base) if base else {}, field_values(mine), field_values(theirs))
    return Merged(station_of(values), tuple(conflicts))


def merge_values(base: Values, mine: Values, theirs: Values) -> tuple[Values, list[FieldConflict]]:
    """Merge two versions of any fields; where there are conflicts, the values are theirs."""
    merged: Values = {}
    conflicts: list[FieldConflict] = []
    # Sorted, so that both orders of a merge write new members in one order.
    for field in (*base, *sorted((mine.keys() | theirs.keys()) - base.keys())):
        old, own, other = (values.get(field, ABSENT) for values in (base, mine, theirs))
        value = own if old == other else other
        if field in _SETS:
            value = _merge_sets(old, own, other)
        elif old not in (own, other) and own != other:
            conflicts.append(FieldConflict(field, old, own, other))
        if value is not ABSENT:
            merged[field] = value
    return merged, conflicts


def _merge_sets(old: Any, own: Any, other: Any) -> Any:
    if other in (own, old):
        return own
    if old == own:
        return other
    before, mine, theirs = ([] if each is ABSENT else each for each in (old, own, other))
    added = sorted({*mine, *theirs} - {*before})
    kept = [each for each in before if each in mine and each in theirs]
    return [*kept, *added]


def is_same(one: Station | None, two: Station | None) -> bool:
    """Tell whether two versions of a station have the same content; None is no such station."""
    if one is None or two is None:
        return one is two
    return digest_of(one) == digest_of(two)


def _whole(station: Station | None) -> Any:
    return ABSENT if station is None else {field_name(field): value for field, value in field_values(station).items()}
