"""A CSV file of places, read row by row: no row is lost, and what is said of a bad one never repeats the position."""

from __future__ import annotations

import codecs
import csv
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from stationmap.csv_text import HEADERS
from stationmap.errors import StationmapError

NOT_A_NUMBER = "lon 或 lat 不是数字 lon or lat is not a number"
OUT_OF_RANGE = "lon 或 lat 超出范围 lon or lat is out of range"
WRONG_WIDTH = "列数与表头不符 not as many values as the header has"
ENCODINGS = ("utf-8-sig", "gb18030")  # as a table to import may have
_BLOCK = 1 << 20  # bytes


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
        if len(set(lowered)) < len(lowered):
            raise BadTableError("表头有重名的列 two columns of the header have one name")
        self._lon, self._lat = (_only(lowered, HEADERS[axis][:2]) for axis in ("lon", "lat"))

    def __iter__(self) -> Iterator[Place]:
        width = len(self.columns)
        for row, values in self._rows:
            cells = tuple((values + [""] * width)[:width])
            lon, lat = _degrees(cells[self._lon]), _degrees(cells[self._lat])
            yield Place(row, cells, lon, lat, WRONG_WIDTH if len(values) != width else _fault(lon, lat))


def opened(path: Path) -> IO[bytes]:
    """Open an ordinary file; raises OSError, or BadTableError for anything else, such as a pipe nobody writes to."""
    # Opening a pipe would wait for its writer, opening a device may do anything.
    _refuse_special(path, path.stat())
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    try:
        _refuse_special(path, os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def encoding_of(raw: IO[bytes]) -> str:
    """Return the first of `ENCODINGS` that fits a whole file, which is read once more from its start."""
    for encoding in ENCODINGS:
        raw.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := raw.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        raw.seek(0)
        return encoding
    raise BadTableError("不是 UTF-8 或 GB 18030 文字 the file is neither UTF-8 nor GB 18030 text")


def _refuse_special(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BadTableError(f"{path}: 不是普通文件 is not an ordinary file")


def _only(header: list[str], names: tuple[str, ...]) -> int:
    found = [header.index(name) for name in names if name in header]
    if len(found) != 1:
        problem = "重复的列 the header has two columns for" if found else "缺列 the file needs a header with the column"
        raise BadTableError(f"{problem} {' / '.join(reversed(names))}")
    return found[0]


def _numbered(lines: IO[str]) -> Iterator[tuple[int, list[str]]]:
    row = 0
    try:
        for row, values in enumerate(csv.reader(lines, strict=True), start=1):
            if values:
                yield row, values
    except csv.Error as error:
        likely = "引号可能未闭合 perhaps a quotation mark is not closed"
        raise BadTableError(f"第 {row + 1} 行不是 CSV row {row + 1} is not CSV, {likely}: {error}") from error


def _degrees(text: str) -> float:
    try:
        return math.nan if "_" in text else float(text)  # 1_17 is no way to write a number
    except ValueError:
        return math.nan


def _fault(lon: float, lat: float) -> str:
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return NOT_A_NUMBER
    return "" if abs(lon) <= 180 and abs(lat) <= 90 else OUT_OF_RANGE
