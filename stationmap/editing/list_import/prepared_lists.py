"""Files as lists that are prepared to be compared: read by what is stated of their columns, now or the last time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from stationmap.editing.list_import.column_mapping import ColumnMapping, source_of
from stationmap.editing.list_import.listed_rows import ListToImport, options_for
from stationmap.errors import InvalidRegistryError, InvalidTableError
from stationmap.exchange.lists import StationList, read_list
from stationmap.registry.checks.positions import Counties
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.registry import Registry

Mappings = Mapping[str, ColumnMapping]
"""How the columns of lists are read, by source."""


class ListReading(NamedTuple):
    """A list, and how its columns were read."""

    given: StationList
    mapping: ColumnMapping


def read_as_before(data: bytes, name: str, stated: ColumnMapping, known: Mappings, registry: Registry) -> ListReading:
    """Read a list by what was stated now and, where lists of its source were read before, by what was stated then.

    Raises InvalidTableError, for a registry with errors, too.
    """
    try:
        return _read(data, name, stated, known, registry)
    except InvalidRegistryError as error:
        errors = [str(each) for each in error.findings if each.severity == "error"]
        problem = f"登记册有 {len(errors)} 处错误 is a registry with {len(errors)} errors: {errors[0]}"
        raise InvalidTableError(f"{problem}; stationmap check {name}") from error


def prepared(reading: ListReading, options: ImportOptions, counties: Counties | None) -> ListToImport:
    """Prepare a list that was read; raises InvalidTableError, DatumUnknownError where nobody stated its datum."""
    given, mapping = reading
    return ListToImport.of(given, options_for(given, options, mapping.datum), counties)


def decided(lists: Iterable[ListReading]) -> dict[str, dict[str, Any]]:
    """Return by source how lists were read whose headings alone do not say it, as plain values."""
    return {source_of_list(given): mapping.to_json() for given, mapping in lists if mapping != ColumnMapping()}


def source_of_list(given: StationList) -> str:
    """Return the source of a list, by its headings; empty for a list without columns."""
    return source_of(column.header for column in given.sheet.columns) if given.sheet else ""


def _read(data: bytes, name: str, stated: ColumnMapping, known: Mappings, registry: Registry) -> ListReading:
    try:
        given = read_list(data, name, stated.meaning_of, known=registry)
    except InvalidTableError:
        # Perhaps the header can be made out by what was said of its columns before.
        for source, earlier in known.items():
            both = stated.over(earlier)
            with suppress(InvalidTableError):
                given = read_list(data, name, both.meaning_of, known=registry)
                if source_of_list(given) == source:
                    return ListReading(given, both)
        raise
    earlier_one = known.get(source_of_list(given))
    if earlier_one is None:
        return ListReading(given, stated)
    both = stated.over(earlier_one)
    again = given if both == stated else read_list(data, name, both.meaning_of, known=registry)
    return ListReading(again, both)
