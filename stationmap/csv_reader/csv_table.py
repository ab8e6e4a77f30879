"""A table with a header, read row by row: where the columns of members stand, and which rows fit the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Literal

from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_text import Record


class CsvTable:
    """A table of text: `header`, `at` (the column of each member of `HEADERS` that is there), and its rows, once.

    Raises InvalidTableError for what is no table, and where a member has two columns.
    """

    def __init__(self, data: bytes | IO[bytes], *members: str) -> None:
        self._rows = csv_text.records(data)
        self.header = next(self._rows, Record(1, 1, []))
        self.at = csv_text.columns(self.header.cells, *members)

    def __iter__(self) -> Iterator[tuple[Record, bool]]:
        """Yield every row, and whether it has a cell for each of the header and no further ones."""
        for row in self._rows:
            yield row, csv_text.fits(row, self.header)

    def fitting(self, named_by: Literal["line", "row"] = "line") -> Iterator[Record]:
        """Yield the rows that are not blank; raise InvalidTableError at the end if some of them do not fit the header.

        The error names those rows by the lines they begin in, or by their numbers.
        """
        misfits: list[int] = []
        for row, is_fitting in self:
            if is_fitting and not row.is_blank:
                yield row
            elif not row.is_blank:
                misfits.append(row.line if named_by == "line" else row.number)
        if misfits:
            raise csv_text.ragged(misfits, "line" if named_by == "line" else "rows")
