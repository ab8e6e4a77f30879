"""A CSV table of places as columns of numbers: which column is which, and what cannot be read becomes no number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationmap.audit.demand.weights import Numbered
from stationmap.csv_reader import csv_text
from stationmap.csv_reader.csv_table import CsvTable
from stationmap.errors import InvalidAuditError, InvalidTableError
from stationmap.geo.geodesy import Floats

MEMBERS = ("lon", "lat", "weight", "h3", "id", "rider")
MAX_ROWS = 20_000_000


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
        return np.fromiter(map(csv_text.degrees, self.texts[column]), dtype=np.float64, count=len(self.texts[column]))

    def require(self, *columns: str) -> None:
        """Raise InvalidAuditError naming every column that is missing."""
        try:
            csv_text.require(dict.fromkeys(self.texts, 0), *columns)
        except InvalidTableError as error:
            raise InvalidAuditError(f"{self.name}: {error}") from error


def read_columns(data: bytes, name: str) -> Columns:
    """Read the columns of MEMBERS from a table; other columns and blank rows are passed over.

    Raises InvalidAuditError for what is no such table; rows are named, what stands in them is not.
    """
    try:
        table = CsvTable(data, *MEMBERS)
        records, numbers = _records(table, name)
    except InvalidTableError as error:
        raise InvalidAuditError(f"{name}: {error}") from error
    texts = {member: [record[at] for record in records] for member, at in table.at.items()}
    return Columns(texts, Numbered("rows", numbers), name)


def _records(table: CsvTable, name: str) -> tuple[list[list[str]], NDArray[np.int64]]:
    records, numbers = [], []
    for row in table.fitting(named_by="row"):
        records.append(row.cells)
        numbers.append(row.number)
        if row.number > MAX_ROWS:
            raise InvalidAuditError(f"{name}: has more than {MAX_ROWS:,} rows")
    return records, np.array(numbers, dtype=np.int64)
