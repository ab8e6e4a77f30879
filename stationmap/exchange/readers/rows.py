"""The rows of a workbook's sheet as rows of text, with what was said of its cells besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from stationmap.csv_reader.csv_text import Record
from stationmap.csv_reader.sheet import MAX_HEAD, MeaningOf, header_at
from stationmap.errors import Finding, InvalidTableError
from stationmap.exchange.readers.cells import Doubts, failed, text_of, unvalued
from stationmap.exchange.readers.workbook import SheetHead

MAX_ROWS = 500_000
_MAX_SHARED = 100_000
_SHARED_LENGTH = 24  # characters: words that many cells hold, such as 有; names are longer


class SheetRows:
    """The rows of a sheet on their way to text; complete when all were taken.

    `doubts` are the cells that are not what somebody typed, `filled` the numbers of the rows in which empty cells were
    filled from a merged one.
    """

    def __init__(self, head: SheetHead) -> None:
        self.head = head
        self.doubts: Doubts = {}
        self.filled: list[int] = []
        self._errors: dict[int, dict[int, str]] = {}
        self._unvalued: dict[int, list[int]] = {}
        for number, at, text in head.errors:
            self._errors.setdefault(number, {})[at] = text
        for number, at in head.unvalued:
            self._unvalued.setdefault(number, []).append(at)
        self._shared: dict[str, str] = {}

    def records(self, rows: Iterable[list[Any]], meaning_of: MeaningOf) -> Iterator[Record]:
        """Return the rows as text; raises InvalidTableError where no header can be made out, or there are too many.

        Below the header a cell that was merged downwards holds for each of its rows. Nothing is filled sideways: a
        title over the whole table is no cell of every column.
        """
        coming = iter(rows)
        start = list(islice(coming, MAX_HEAD))
        first, height = header_at([self._record(at, row) for at, row in enumerate(start, 1)], meaning_of)
        self.doubts.clear()
        return self._filled(chain(start, coming), below=first + height)

    def findings(self) -> Iterator[Finding]:
        """Yield what is to be known of the sheet as a whole."""
        if self.head.hidden_count:
            some = ", ".join(map(str, self.head.hidden[:5])) + (" .." if self.head.hidden_count > 5 else "")
            detail = f"{self.head.hidden_count:,} 个隐藏的行也已读入 hidden rows are read as well: {some}"
            yield Finding(f"sheet {self.head.name}", "hidden_rows", detail, "warning")
        if self.filled:
            some = f"{self.filled[0]} .. {self.filled[-1]}"
            detail = f"合并单元格的值用于它的每一行 merged cells hold for each of their rows: {some}"
            yield Finding(f"sheet {self.head.name}", "merged_cells", detail, "warning")

    def _filled(self, rows: Iterable[list[Any]], below: int) -> Iterator[Record]:
        merged = _MergedCells(self.head.merged, below)
        full = 0
        for number, row in enumerate(rows, 1):
            record = self._record(number, row)
            if merged.fill(record):
                self.filled.append(number)
            full += bool(row)
            if full > MAX_ROWS:
                raise InvalidTableError(f"行太多 has more than {MAX_ROWS:,} rows")
            yield record

    def _record(self, number: int, row: list[Any]) -> Record:
        cells = [
            self._once(each) if isinstance(each, str) else self._text(number, at, each) for at, each in enumerate(row)
        ]
        cells += [""] * (self.head.width - len(cells))
        for at, text in self._errors.get(number, {}).items():
            if at < len(cells):  # else it stands outside of the table
                cells[at], self.doubts[number, at] = text, failed(text)
        for at in self._unvalued.get(number, ()):
            self.doubts[number, at] = unvalued()
        return Record(number, number, cells)

    def _text(self, number: int, at: int, value: Any) -> str:
        text, doubt = text_of(value)
        if doubt:
            self.doubts[number, at] = doubt
        return text

    def _once(self, text: str) -> str:
        """Return a text that many cells hold as one object."""
        if len(text) > _SHARED_LENGTH or len(self._shared) > _MAX_SHARED:
            return text
        return self._shared.setdefault(text, text)


class _MergedCells:
    """The cells of a sheet that were merged downwards, followed row by row below the header."""

    def __init__(self, ranges: Iterable[tuple[int, int, int, int]], below: int) -> None:
        downwards = [each for each in ranges if each[2] > each[0] > below]
        self._coming = sorted(downwards, reverse=True)
        self._open: list[tuple[int, int, str]] = []  # last row, column, text

    def fill(self, record: Record) -> bool:
        """Give a row the texts of the merged cells it is part of, and tell whether there were any."""
        if not self._open and not (self._coming and self._coming[-1][0] <= record.number):
            return False
        self._open = [each for each in self._open if each[0] >= record.number]
        empty = [(place, text) for _, place, text in self._open if not record.cells[place]]
        for place, text in empty:
            record.cells[place] = text
        while self._coming and self._coming[-1][0] <= record.number:
            _, place, last, _ = self._coming.pop()
            if place < len(record.cells) and (text := record.cells[place]):
                self._open.append((last, place, text))
        return bool(empty)
