"""The cells of a row that are not what the export writes for a station: what somebody changed since it was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from stationmap.csv_reader.sheet import Column, Row, Sheet
from stationmap.csv_reader.vocabulary import FACILITY, FLAG, is_one_of
from stationmap.exchange import columns as exported
from stationmap.finding_codes import FindingCode
from stationmap.i18n import DEFAULT_LANGUAGE
from stationmap.registry.checks import personal
from stationmap.registry.csv_import.rows import ImportOptions
from stationmap.registry.model import Station

# Columns that say nothing of a station: its id, the number of a row, the datum of the coordinates beside it.
_NO_MEMBERS = ("", "id", "serial", "datum")
# What is said there is a state: 无 and - are no empty cells.
_NEVER_BLANK = (FACILITY, FLAG, "status")

Groups = tuple[tuple[exported.Column | None, tuple[Column, ...]], ...]


class CellFault(NamedTuple):
    """A cell that cannot be taken over, by the heading of its column, empty for the row as a whole; what is wrong."""

    column: str
    code: FindingCode
    detail: str


@dataclass(frozen=True)
class Table:
    """A table, how it is read, and whether this program exported it.

    In a table of ours a cell that is empty was emptied by somebody, and coordinates are as exact as they are written.
    """

    sheet: Sheet
    options: ImportOptions
    is_ours: bool

    @cached_property
    def groups(self) -> Groups:
        """The columns by what they hold, each with the column of the export that holds the same."""
        found: dict[tuple[str, str], list[Column]] = {}
        for column in self.sheet.columns:
            if column.member not in _NO_MEMBERS:
                code = column.meaning.yes if column.member == FACILITY else ""
                found.setdefault((column.member, code), []).append(column)
        return tuple((exported.column_of(each[0].meaning), tuple(each)) for each in found.values())


class ChangedCells(NamedTuple):
    """The changed cells of a row of a table, against the station it was written for.

    `row` has these alone, `whole` has all; `cleared` are the columns whose cells are empty and were not. `as_written`
    tells that `base` is what the row was made of, else it is the station as it is now. `stated` and `emptied` are the
    members of both.
    """

    row: Row
    whole: Row
    cleared: tuple[Column, ...]
    base: Station
    table: Table
    as_written: bool
    stated: frozenset[str]
    emptied: frozenset[str]

    def states(self, *members: str) -> bool:
        """Tell whether a cell of these members was changed and is not empty."""
        return not self.stated.isdisjoint(members)

    def clears(self, member: str) -> bool:
        """Tell whether the cell of a member was emptied."""
        return member in self.emptied

    def unread(self, columns: Sequence[Column]) -> tuple[CellFault, ...]:
        """Return the faults of cells that are not understood, but for those that were kept when they first came."""
        kept = (self.base.properties.model_extra or {}).get("source_columns")
        kept = kept if isinstance(kept, Mapping) else {}
        cells = [(column, self.whole.texts[column.place]) for column in columns]
        return tuple(
            CellFault(column.shown, "cell_not_understood", quoted(column.header, cell))
            for column, cell in cells
            if kept.get(column.header) != cell
        )

    def fault(self, member: str, code: FindingCode, detail: str) -> tuple[CellFault, ...]:
        """Return the fault of the cell of a member."""
        return (CellFault(self.table.sheet.header(member), code, detail),)


def changed_cells(row: Row, base: Station, table: Table, *, as_written: bool) -> ChangedCells | None:
    """Return which cells of a row were changed since it was written for `base`; None where none was."""
    texts = row.texts
    changed: list[Column] = []
    cleared: list[Column] = []
    for known, columns in table.groups:
        if known and len(columns) == 1:
            text = texts[columns[0].place]
            # What is written as it stands needs no cell to be made of it.
            if known.words(base, DEFAULT_LANGUAGE) == text or known.is_as_in(base, text):
                continue
        stated = [column for column in columns if not _is_empty(column, texts[column.place])]
        changed += stated
        if known and not stated and known.text_of(base):
            cleared.append(columns[0])
    if not changed and not cleared:
        return None
    places = {column.place for column in changed}
    only = tuple(text if place in places else "" for place, text in enumerate(texts))
    members = [frozenset(column.member for column in each) for each in (changed, cleared)]
    return ChangedCells(row._replace(texts=only), row, tuple(cleared), base, table, as_written, *members)


def quoted(heading: str, cell: str) -> str:
    """Return a cell as a message quotes it; what looks like a person's is not repeated."""
    secret = personal.personal_data(heading, [cell]) or personal.long_number_in(cell)
    return "个人信息，不显示 looks personal, not shown" if secret else f"{cell[:40]!r}"


def _is_empty(column: Column, text: str) -> bool:
    return not text or (column.member not in _NEVER_BLANK and is_one_of("blank", text))
