"""What the command line writes: files whole or not at all, answers as CSV or GeoJSON."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

from stationmap.geojson import dumps, provenance
from stationmap.registry import Registry


class Answer(NamedTuple):
    """A row of a result: the place on WGS-84, None where it is none, and its cells by column."""

    lon_lat: tuple[float, float] | None
    cells: dict[str, Any]


@contextmanager
def written(path: Path | None) -> Iterator[IO[str]]:
    """Yield a UTF-8 text file that takes its place at `path` when all went well; standard output without a path."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    if path.exists() and not path.is_file():
        # A pipe or a device cannot be replaced by a file, and must not be.
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_mode(path))
        unfinished.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        raise


def write_csv(file: IO[str], columns: Sequence[str], answers: Iterator[Answer]) -> None:
    """Write answers as CSV with a header; an absent cell is empty."""
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for answer in answers:
        writer.writerow({column: _csv_cell(column, value) for column, value in answer.cells.items()})


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
    return dumps(value).decode()


def _csv_cell(column: str, value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    # A spreadsheet would run a station named =HYPERLINK(..); behind an apostrophe it shows it.
    if column == "station_name" and str(value).startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _mode(path: Path) -> int:
    """Return the permissions of the file there is, or those a new one would get."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    # The mask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
