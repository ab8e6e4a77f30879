"""Columns that only the program reads, such as the hidden one of a workbook, taken out before others are looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from stationmap.csv_reader.csv_text import Record
from stationmap.csv_reader.sheet import MAX_HEAD


class OwnColumns:
    """What stands in columns of one's own: `values` by their keys and by the number of the row.

    `keys` names the key that a heading means; what `kept` makes of a cell is what is kept of it.
    """

    def __init__(self, keys: Mapping[str, str], kept: Mapping[str, Callable[[str], Any]]) -> None:
        self._keys, self._kept = keys, kept
        self._places: dict[int, str] = {}
        self.values: dict[str, dict[int, Any]] = {key: {} for key in keys.values()}

    def taken_out(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the rows without these columns, whose heading stands above them among the first rows."""
        coming = iter(records)
        head = list(islice(coming, MAX_HEAD))
        self._places = {
            place: self._keys[cell]
            for record in reversed(head)
            for place, cell in enumerate(record.cells)
            if cell in self._keys
        }
        return (self._without(record) for record in chain(head, coming)) if self._places else chain(head, coming)

    def place_before(self, place: int) -> int:
        """Return where a column that is left stands, by where it stood in the file."""
        return place - sum(own < place for own in self._places)

    def is_own(self, place: int) -> bool:
        """Tell whether a column of the file was taken out."""
        return place in self._places

    def _without(self, record: Record) -> Record:
        for place, key in self._places.items():
            if place < len(record.cells) and (cell := record.cells[place]) and cell not in self._keys:
                self.values[key][record.number] = self._kept[key](cell)
        cells = [cell for place, cell in enumerate(record.cells) if place not in self._places]
        return Record(record.number, record.line, cells)
