"""Fields of stations in words: what a field is called, and its value before and after, as cells of a list say it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from stationmap.csv_reader.vocabulary import FACILITY
from stationmap.editing.fields import ABSENT, POSITION, STATION, Field, field_values, station_of
from stationmap.exchange.columns import COLUMNS, INSTEAD_OF, Column
from stationmap.i18n import DEFAULT_LANGUAGE, translate
from stationmap.registry.model import Station

# Members of columns that are parts of one field; any other is its own.
_PARTS: Mapping[str, Field] = {
    **dict.fromkeys(("lon", "lat", "origin", "source_datum"), POSITION),
    **dict.fromkeys(("hours", "hours_osm"), ("hours",)),
    **dict.fromkeys(("status", "closures"), ("status",)),
    **dict.fromkeys(("access", "how", "access_note"), ("access",)),
    **dict.fromkeys(("verified_on", "verified_by", "verified_how"), ("verified",)),
}
_NAMED_BY_PART: frozenset[Field] = frozenset({("status",), ("access",), ("verified",)})


class FieldWords(NamedTuple):
    """A field before and after in words; None where nothing is known."""

    heading: str
    before: str | None
    after: str | None


def change_in_words(
    field: Field, before: Station, after: Station, language: str = DEFAULT_LANGUAGE
) -> FieldWords | None:
    """Return a change of a field as people read it; None for what only the file keeps, which is shown nowhere."""
    columns = _columns().get(field)
    if columns is None:
        return None
    pairs = {column: (column.text_of(before, language), column.text_of(after, language)) for column in columns}
    changed = {column: pair for column, pair in pairs.items() if pair[0] != pair[1]} or pairs
    # Of two columns that say the same, the wording is what people write and read.
    shown = {column: pair for column, pair in changed.items() if not _is_said_by(column, changed)}
    if field == POSITION and any(column.member in ("lon", "lat") for column in shown):
        shown = {column: pair for column, pair in pairs.items() if column.member in ("lon", "lat")}
    old, new = (_joined([pair[at] for pair in shown.values()], field) for at in (0, 1))
    # A closure is not a status: what changed is named by itself, where the field has more than one part.
    named = next(iter(shown)).heading(language) if field in _NAMED_BY_PART else heading(field, language)
    return FieldWords(named, old, new)


def value_in_words(field: Field, value: Any, of: Station, language: str = DEFAULT_LANGUAGE) -> str | None:
    """Return a value that a field of a station might have, in words; `ABSENT` and what says nothing are None."""
    if field == STATION:
        return None if value is ABSENT else of.name
    columns = _columns().get(field)
    if columns is None or value is ABSENT:
        return None
    station = station_of({**field_values(of), field: value})
    if field == POSITION:
        columns = tuple(column for column in columns if column.member in ("lon", "lat"))
    first, *others = (column.text_of(station, language) for column in columns)
    return _joined([first] if first and field == ("hours",) else [first, *others], field)


def heading(field: Field, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what a field is called."""
    if field == STATION:
        return translate(language, "import.station")
    return translate(language, "import.position") if field == POSITION else _columns()[field][0].heading(language)


def _is_said_by(column: Column, others: Mapping[Column, object]) -> bool:
    said = INSTEAD_OF.get(column.member)
    return column.member == "hours_osm" and any(other.member == said for other in others)


def _joined(texts: list[str], field: Field) -> str | None:
    separator = "," if field == POSITION else " · "
    return separator.join(text for text in texts if text) or None


@cache
def _columns() -> Mapping[Field, tuple[Column, ...]]:
    found: dict[Field, tuple[Column, ...]] = {}
    for column in COLUMNS:
        own = ("facilities", column.code) if column.member == FACILITY else (column.member,)
        field = _PARTS.get(column.member, own)
        found[field] = (*found.get(field, ()), column)
    return found
