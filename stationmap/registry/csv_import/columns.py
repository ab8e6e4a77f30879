"""Findings about the columns of a register, once each: what is not understood, kept, or assumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from stationmap.csv_reader.sheet import Column, Row, Sheet
from stationmap.errors import Finding
from stationmap.registry.checks import personal
from stationmap.registry.csv_import.rows import Unread

SHOWN = 5  # values of a column, and rows of a value


def column_findings(sheet: Sheet, rows: Sequence[Row], unread: Sequence[Unread]) -> Iterator[Finding]:
    """Name, once each, the columns that are not understood, the values that are not, and what was taken for granted."""
    cells: dict[Column, list[str]] = defaultdict(list)
    for row in rows:
        for column, cell in row.cells:
            cells[column].append(cell)
    values: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in unread:
        values[each.header][each.value].append(each.row)
    for column in sheet.columns:
        where = f"column {column.shown}"
        if column.header in values:
            yield Finding(where, "not_understood", _values(values[column.header]), "warning")
        elif not column.member and cells[column]:
            yield Finding(where, "column_kept", _kept(column.header, cells[column]), "warning")
        if column.member == "status" and len(cells[column]) < len(rows):
            blank = [row.number for row in rows if not row.text("status")]
            yield Finding(where, "blank_status", f"第 {spans(blank)} 行 rows are taken as open", "warning")
        if column.member == "serial":
            detail = "numbers of rows serve as ids; they change when rows are added: give each station a lasting number"
            yield Finding(where, "serial_as_id", detail, "warning")


def _values(values: dict[str, list[int]]) -> str:
    shown = "; ".join(f"{value[:40]!r} (第 {spans(rows)} 行 rows)" for value, rows in list(values.items())[:SHOWN])
    more = f"; and {len(values) - SHOWN:,} other values" if len(values) > SHOWN else ""
    total = sum(map(len, values.values()))
    return f"{total:,} cells are not read, only kept in source_columns: {shown}{more}"


def _kept(header: str, cells: Sequence[str]) -> str:
    # What is a person's is not repeated on a screen or in a log.
    secret = personal.personal_data(header, cells) or personal.long_number_in(cells[0])
    example = "" if secret else f", such as {cells[0][:40]!r}"
    return f"is not read; {len(cells):,} cells are kept in source_columns{example}"


def spans(numbers: Sequence[int], max_parts: int = SHOWN) -> str:
    """Return row numbers in few words: 3-5, 9; at most `max_parts` parts."""
    runs = [
        [number for _, number in run] for _, run in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0])
    ]
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return ", ".join(shown[:max_parts]) + (", .." if len(shown) > max_parts else "")
