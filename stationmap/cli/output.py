"""What the command line writes: files whole or not at all, answers as CSV or GeoJSON."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from stationmap.geojson import dumps, provenance
from stationmap.registry import Registry
from stationmap.spreadsheet import cell


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
        with _special(path) as file:
            yield file
        return
    target = path.resolve()
    with _told_of(path):
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            with _told_of(path):
                file.flush()
                os.fsync(file.fileno())
        with _told_of(path):
            unfinished.chmod(_mode(target))
            unfinished.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        raise


def _special(path: Path) -> IO[str]:
    # Plain opening would wait for somebody to read a pipe, perhaps for ever.
    handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    os.set_blocking(handle, True)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Name the file somebody asked for in an error, not the one that stands in for it until it is finished."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


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
    return dumps(value).decode()


def _mode(path: Path) -> int:
    """Return the permissions of the file there is, or those a new one would get."""
    with suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    # The mask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
