"""A CSV file of places, read row by row: no row is lost, and what is said of a bad one never repeats the position."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from typing import IO, NamedTuple

from stationmap.errors import StationmapError

NOT_A_NUMBER = "lon 或 lat 不是数字 lon or lat is not a number"
OUT_OF_RANGE = "lon 或 lat 超出范围 lon or lat is out of range"
WRONG_WIDTH = "列数与表头不符 not as many values as the header has"


class BadTableError(StationmapError):
    """A file is no table of places."""


class Place(NamedTuple):
    """A row: its number as a spreadsheet counts (the header is row 1), its cells, degrees as given, what is wrong."""

    row: int
    cells: tuple[str, ...]
    lon: float
    lat: float
    error: str = ""


class Places:
    """The places of a CSV file with a header; `columns` are its names, iteration yields each row once."""

    def __init__(self, lines: IO[str]) -> None:
        self._rows = _numbered(lines)
        _, header = next(self._rows, (1, []))
        self.columns = tuple(name.strip() for name in header)
        lowered = [name.casefold() for name in self.columns]
        if not {"lon", "lat"}.issubset(lowered):
            raise BadTableError("需要 lon 和 lat 两列 the file needs a header with the columns lon and lat")
        if len(set(lowered)) < len(lowered):
            raise BadTableError("表头有重名的列 two columns of the header have one name")
        self._lon, self._lat = lowered.index("lon"), lowered.index("lat")

    def __iter__(self) -> Iterator[Place]:
        width = len(self.columns)
        for row, values in self._rows:
            cells = tuple((values + [""] * width)[:width])
            lon, lat = _degrees(cells[self._lon]), _degrees(cells[self._lat])
            yield Place(row, cells, lon, lat, WRONG_WIDTH if len(values) != width else _fault(lon, lat))


def _numbered(lines: IO[str]) -> Iterator[tuple[int, list[str]]]:
    row = 0
    try:
        for row, values in enumerate(csv.reader(lines), start=1):
            if values:
                yield row, values
    except csv.Error as error:
        raise BadTableError(f"第 {row + 1} 行不是 CSV row {row + 1} is not CSV: {error}") from error


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _fault(lon: float, lat: float) -> str:
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return NOT_A_NUMBER
    return "" if abs(lon) <= 180 and abs(lat) <= 90 else OUT_OF_RANGE
