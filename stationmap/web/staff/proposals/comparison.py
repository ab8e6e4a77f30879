"""What a proposal would change of each station as it is now, and whether somebody changed the same since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from stationmap.editing.edits import Edit
from stationmap.editing.field_words import FieldWords, change_in_words, heading, value_in_words
from stationmap.editing.fields import ABSENT, STATION, Field, FieldChange, changed_fields, field_values, station_of
from stationmap.editing.merge import FieldConflict, Merged, is_same, merge
from stationmap.registry.model import Station
from stationmap.registry.registry import Registry
from stationmap.registry.revision import digest_of

Situation = Literal["open", "done", "conflict"]
"""It can be taken; the station is like that already; somebody changed the same in another way since."""

NO_STATION = "-"


class ConflictWords(NamedTuple):
    """A field that both changed: what it was, what is proposed, what it is now; None where nothing is known."""

    heading: str
    base: str | None
    proposed: str | None
    now: str | None


class Compared(NamedTuple):
    """One station of a proposal beside what it is now.

    `changes` are what taking it would change now, `since` what others changed meanwhile elsewhere in it; `seen`
    identifies the station as it is now.
    """

    station: Station
    is_new: bool
    is_removed: bool
    situation: Situation
    changes: list[FieldWords]
    since: list[FieldWords]
    conflicts: list[ConflictWords]
    seen: str


def compared(edit: Edit, registry: Registry, language: str) -> Compared:
    """Return one edit of a proposal beside the registry as it is."""
    now = registry.get(edit.station_id)
    merged = merge(edit.base, edit.mine, now)
    shown = edit.mine or edit.base
    assert shown is not None  # an edit of a proposal changes something
    situation: Situation = "conflict" if merged.conflicts else "done" if is_same(merged.station, now) else "open"
    return Compared(
        now or shown,
        edit.base is None,
        edit.mine is None,
        situation,
        _words(now, merged.station, language),
        _words(edit.base, now, language, but={each.field for each in merged.conflicts}),
        [_conflict_words(each, shown, language) for each in merged.conflicts],
        seen(now),
    )


def seen(station: Station | None) -> str:
    """Return what identifies a station as somebody saw it; None is no such station."""
    return NO_STATION if station is None else digest_of(station).hex()


def insisting(edit: Edit, now: Station | None) -> Edit:
    """Return an edit of a station as it is now in which what contradicts later changes goes before them."""
    merged = merge(edit.base, edit.mine, now)
    if not merged.conflicts:
        return edit
    return Edit(edit.station_id, now, _insisting(merged, edit.mine))


def _insisting(merged: Merged, mine: Station | None) -> Station | None:
    if merged.station is None or mine is None or any(each.field == STATION for each in merged.conflicts):
        return mine
    values = field_values(merged.station)
    for each in merged.conflicts:
        values.pop(each.field, None)
        if each.mine is not ABSENT:
            values[each.field] = each.mine
    return station_of(values)


def _words(
    before: Station | None, after: Station | None, language: str, but: Collection[Field] = ()
) -> list[FieldWords]:
    changes = [each for each in changed_fields(before, after) if each.field not in but]
    if before is None or after is None:
        return _words_of_one(changes, before or after, language)
    found = (change_in_words(each.field, before, after, language) for each in changes)
    return [each for each in found if each is not None]


def _words_of_one(changes: Sequence[FieldChange], station: Station | None, language: str) -> list[FieldWords]:
    """Return the fields of a station that was not there before, or is not afterwards."""
    if station is None:
        return []
    found = []
    for each in changes:
        old, new = (value_in_words(each.field, value, station, language) for value in (each.before, each.after))
        if old or new:
            found.append(FieldWords(heading(each.field, language), old, new))
    return found


def _conflict_words(conflict: FieldConflict, of: Station, language: str) -> ConflictWords:
    if conflict.field == STATION:
        names = (_named(value) for value in (conflict.base, conflict.mine, conflict.theirs))
        return ConflictWords(heading(STATION, language), *names)
    values = (conflict.base, conflict.mine, conflict.theirs)
    words = (value_in_words(conflict.field, each, of, language) for each in values)
    return ConflictWords(_heading(conflict, language), *words)


def _heading(conflict: FieldConflict, language: str) -> str:
    try:
        return heading(conflict.field, language)
    except KeyError:  # what only the file keeps
        return conflict.name


def _named(value: object) -> str | None:
    return str(value.get("name")) if isinstance(value, dict) else None
