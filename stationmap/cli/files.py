"""Answers of the command line as CSV or GeoJSON."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any, NamedTuple

from stationmap.cli.terminal import escaped
from stationmap.formats.csv_safety import cell
from stationmap.formats.geojson import dumps, provenance
from stationmap.registry.registry import Registry


class Answer(NamedTuple):
    """A row of a result: the place on WGS-84, None where it is none, and its cells by column."""

    lon_lat: tuple[float, float] | None
    cells: dict[str, Any]


def write_csv(file: IO[str], columns: Sequence[str], answers: Iterator[Answer], *, given: Collection[str] = ()) -> None:
    """Write answers as CSV with a header; an absent cell is empty, no text runs in a spreadsheet or steers a terminal.

    Cells of the columns `given` by the reader keep their tabs and line breaks; all others stay on their line.
    """
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writerow({column: cell(column, layout=True) for column in columns})
    for answer in answers:
        writer.writerow({column: cell(value, layout=column in given) for column, value in answer.cells.items()})


def write_geojson(file: IO[str], answers: Iterator[Answer], registry: Registry) -> None:
    """Write answers as a FeatureCollection, one Feature a line, each at its place."""
    head = {"type": "FeatureCollection", **provenance(registry)}
    file.write(_json(head)[:-1] + ',"features":[')
    for number, (lon_lat, cells) in enumerate(answers):
        geometry = lon_lat and {"type": "Point", "coordinates": lon_lat}
        file.write(",\n" if number else "\n")
        file.write(_json({"type": "Feature", "geometry": geometry, "properties": cells}))
    file.write("\n]}\n")


def _json(value: object) -> str:
    return escaped(dumps(value).decode())
