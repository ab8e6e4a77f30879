"""Read a CSV file of points row by row: no row is lost, and an error message never repeats the position."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import IO, NamedTuple

from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_table import CsvTable
from stationmap.errors import InvalidTableError

NOT_A_NUMBER = "lon 或 lat 不是数字 lon or lat is not a number"
OUT_OF_RANGE = "lon 或 lat 超出范围 lon or lat is out of range"
WRONG_WIDTH = "列数与表头不符 not as many values as the header has"


class PointRow(NamedTuple):
    """A row: its number as in a spreadsheet (the header is row 1), its cells, degrees as given, and its error."""

    row: int
    cells: tuple[str, ...]
    lon: float
    lat: float
    error: str = ""


class PointRows:
    """The points of a CSV file with a header; `columns` are its names, iteration yields each row once.

    Raises InvalidTableError if the file is no such table.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._table = CsvTable(file, "lon", "lat")
        self.columns = tuple(name.strip() for name in self._table.header.cells)
        lowered = [name.casefold() for name in self.columns]
        if len(set(lowered)) < len(lowered):
            raise InvalidTableError("表头有重名的列 two columns of the header have one name")
        csv_text.require(self._table.at, "lon", "lat")

    def __iter__(self) -> Iterator[PointRow]:
        width = len(self.columns)
        for row, is_fitting in self._table:
            cells = tuple((row.cells + [""] * width)[:width])
            lon, lat = (csv_text.degrees(cells[self._table.at[axis]]) for axis in ("lon", "lat"))
            yield PointRow(row.number, cells, lon, lat, _error(lon, lat) if is_fitting else WRONG_WIDTH)


def _error(lon: float, lat: float) -> str:
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return NOT_A_NUMBER
    return "" if abs(lon) <= 180 and abs(lat) <= 90 else OUT_OF_RANGE
