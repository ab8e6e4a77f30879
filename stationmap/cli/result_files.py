"""Write the results of a batch as CSV or GeoJSON."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any, NamedTuple

from stationmap.cli.terminal import escaped
from stationmap.formats.csv_safety import cell
from stationmap.formats.geojson import dumps, provenance
from stationmap.registry.registry import Registry


class ResultRow(NamedTuple):
    """A row of a result: its point in WGS-84, or None if the input was no point, and its cells by column."""

    lon_lat: tuple[float, float] | None
    cells: dict[str, Any]


def write_csv(file: IO[str], columns: Sequence[str], rows: Iterator[ResultRow], *, given: Collection[str] = ()) -> None:
    """Write rows as CSV with a header; no text runs in a spreadsheet or controls a terminal.

    A missing cell is empty. Cells of the columns `given` in the input keep their tabs and line breaks.
    """
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writerow({column: cell(column, layout=True) for column in columns})
    for row in rows:
        writer.writerow({column: cell(value, layout=column in given) for column, value in row.cells.items()})


def write_geojson(file: IO[str], rows: Iterator[ResultRow], registry: Registry) -> None:
    """Write rows as a FeatureCollection, one Feature a line."""
    head = {"type": "FeatureCollection", **provenance(registry)}
    file.write(_json(head)[:-1] + ',"features":[')
    for number, (lon_lat, cells) in enumerate(rows):
        geometry = lon_lat and {"type": "Point", "coordinates": lon_lat}
        file.write(",\n" if number else "\n")
        file.write(_json({"type": "Feature", "geometry": geometry, "properties": cells}))
    file.write("\n]}\n")


def _json(value: object) -> str:
    return escaped(dumps(value).decode())
