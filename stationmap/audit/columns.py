"""A CSV table of places as columns of numbers: which column is which, and what cannot be read becomes no number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand import Numbered
from stationmap.errors import InvalidAuditError
from stationmap.geodesy import Floats

HEADERS = {
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "weight": ("weight", "people", "population", "人数", "人口", "权重"),
    "h3": ("h3", "h3_index", "h3_cell"),
    "id": ("id", "rider", "rider_id", "骑手", "骑手编号", "编号"),
}
MOST_ROWS = 20_000_000


@dataclass(frozen=True, eq=False)
class Columns:
    """Texts by column, shape (n,), and the number of each row in its file, whose header is row 1."""

    texts: dict[str, list[str]]
    rows: Numbered
    name: str

    def __contains__(self, column: str) -> bool:
        return column in self.texts

    def numbers(self, column: str) -> Floats:
        """Return a column as numbers, NaN for what is none."""
        return np.fromiter(map(_number, self.texts[column]), dtype=np.float64, count=len(self.texts[column]))

    def require(self, *columns: str) -> None:
        """Raise InvalidAuditError naming every column that is missing."""
        if missing := ["/".join(HEADERS[column]) for column in columns if column not in self]:
            raise InvalidAuditError(f"{self.name}: has no column {', '.join(missing)}")


def read_columns(data: bytes, name: str) -> Columns:
    """Read the columns of HEADERS from a table, UTF-8 or GB 18030; other columns and blank rows are passed over.

    Raises InvalidAuditError for what is no such table; rows are named, what stands in them is not.
    """
    reader = csv.reader(io.StringIO(_text(data, name), newline=""), strict=True)
    try:
        members = _members(next(reader, []), name)
        records, numbers = _records(reader, len(members), name)
    except csv.Error as error:
        raise InvalidAuditError(f"{name}: is not a CSV table: line {reader.line_num}") from error
    places = {member: at for at, member in enumerate(members) if member}
    texts = {member: [record[at] for record in records] for member, at in places.items()}
    return Columns(texts, Numbered("rows", numbers), name)


def _records(reader: Iterator[list[str]], width: int, name: str) -> tuple[list[list[str]], NDArray[np.int64]]:
    records, numbers, ragged = [], [], []
    for number, record in enumerate(reader, start=2):
        if len(record) == width and any(record):
            records.append(record)
            numbers.append(number)
        elif any(cell.strip() for cell in record):
            ragged.append(number)
        if number > MOST_ROWS:
            raise InvalidAuditError(f"{name}: has more than {MOST_ROWS:,} rows")
    if ragged:
        rows = Numbered("rows", np.array(ragged))
        raise InvalidAuditError(
            f"{name}: {len(ragged):,} rows have more or fewer cells than the header "
            f"({rows.named(np.ones(len(ragged), dtype=bool))})"
        )
    return records, np.array(numbers, dtype=np.int64)


def _text(data: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InvalidAuditError(f"{name}: is neither UTF-8 nor GB 18030 text")


def _members(header: list[str], name: str) -> list[str]:
    known = {spelling: column for column, spellings in HEADERS.items() for spelling in spellings}
    members = [known.get(cell.strip().casefold(), "") for cell in header]
    if repeated := {member for member in members if member and members.count(member) > 1}:
        raise InvalidAuditError(f"{name}: has two columns for {', '.join(sorted(repeated))}")
    return members


def _number(text: str) -> float:
    try:
        return float(text) if "_" not in text else np.nan
    except ValueError:
        return np.nan
