"""`stationmap nearest --batch`: the nearest stations to every place of a CSV file, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

import click
import numpy as np

from stationmap import files
from stationmap.cli.files import Answer, write_csv, write_geojson
from stationmap.cli.nearest_options import Asked
from stationmap.cli.points_csv import Place, Places
from stationmap.cli.targets import Target, written
from stationmap.cli.terminal import console, print_demo_label
from stationmap.datum import Datum, to_wgs84
from stationmap.defaults import BATCH_NEIGHBOURS
from stationmap.errors import InvalidTableError
from stationmap.formats.geojson import DEMO_LABEL, visit
from stationmap.registry.model import Position
from stationmap.registry.registry import Registry
from stationmap.search.query import Query
from stationmap.search.station_index import Neighbour, StationIndex

NEIGHBOURS = 16_384  # held at a time
ANSWER = ("rank", "station_id", "station_name", "category", "station_lon", "station_lat", "distance_m")
STATUS = ("state", "until", "arrive_before_close")
DOUBTS = "doubts"
LAST = ("registry", "error")
_TIMELESS = (Query(), Query(in_use=True))  # asked for all places at once


def run(asked: Asked, registry: Registry, source: Path, out: Target | None, form: str) -> None:
    """Answer a file of places, to `out` or standard output; exit code 1 when a row was no place."""
    index = StationIndex(registry.stations)
    tally: Counter[str] = Counter()
    with _telling_of(source), files.opened(source) as raw, written(out) as file:
        places = Places(raw)
        columns = _columns(places, asked)
        with _progress(raw, source) as advance:
            answers = _answers(index, _chunks(places, index, asked, tally, advance), asked, _Given.of(places, registry))
            if form == "geojson":
                write_geojson(file, answers, registry)
            else:
                if (
                    out is not None and out.stays
                ):  # without a byte order mark spreadsheets take Chinese for another encoding
                    file.write("\ufeff")
                write_csv(file, columns, answers, given=places.columns)
    print_demo_label(demo=registry.demo)
    click.echo(f"{tally['rows']:,} 行 rows, {tally['bad']:,} 行有误 bad", err=True)
    if tally["bad"]:
        raise click.exceptions.Exit(1)


@contextmanager
def _telling_of(source: Path) -> Iterator[None]:
    try:
        yield
    except InvalidTableError as error:
        raise InvalidTableError(f"{source}: {error}") from error


class _Given(NamedTuple):
    """What every row of the result repeats: the cells of its place, and where the stations come from."""

    columns: tuple[str, ...]
    registry: str

    @classmethod
    def of(cls, places: Places, registry: Registry) -> _Given:
        return cls(places.columns, f"{registry.revision} {DEMO_LABEL}" if registry.demo else registry.revision)

    def cells(self, place: Place) -> dict[str, Any]:
        given = dict(zip(self.columns, place.cells, strict=True))
        return {"row": place.row, **given, "registry": self.registry, "error": place.error}


def _columns(places: Places, asked: Asked) -> tuple[str, ...]:
    added = ("row", *ANSWER, *((*STATUS, DOUBTS) if asked.query.open_at else ()), *LAST)
    if twice := sorted(set(added).intersection(places.columns)):
        raise InvalidTableError(f"输入已有列 the file already has columns of the result: {', '.join(twice)}")
    return ("row", *places.columns, *added[1:])


def _chunks(
    places: Places, index: StationIndex, asked: Asked, tally: Counter[str], advance: Callable[[], None]
) -> Iterator[list[Place]]:
    rows = iter(places)
    size = max(1, NEIGHBOURS // max(1, min(asked.k or BATCH_NEIGHBOURS, len(index))))
    while chunk := list(islice(rows, size)):
        yield chunk
        tally.update(rows=len(chunk), bad=sum(bool(place.error) for place in chunk))
        advance()


def _answers(index: StationIndex, chunks: Iterator[list[Place]], asked: Asked, given: _Given) -> Iterator[Answer]:
    for chunk in chunks:
        lons, lats = _wgs84([place for place in chunk if not place.error], asked.datum)
        found = zip(lons.tolist(), lats.tolist(), _neighbours(index, lons, lats, asked), strict=True)
        for place in chunk:
            if place.error:
                yield Answer(None, given.cells(place))
                continue
            lon, lat, neighbours = next(found)
            for rank, neighbour in enumerate(neighbours, start=1):
                yield Answer((lon, lat), {**given.cells(place), "rank": rank, **_told(neighbour, asked)})
            if not neighbours:
                yield Answer((lon, lat), given.cells(place))


def _wgs84(places: Sequence[Place], datum: Datum) -> tuple[Any, Any]:
    lons, lats = (np.array([getattr(place, axis) for place in places], dtype=np.float64) for axis in ("lon", "lat"))
    return to_wgs84(lons, lats, datum)


def _neighbours(index: StationIndex, lons: Any, lats: Any, asked: Asked) -> Iterator[list[Neighbour]]:
    if asked.query.open_at is None and asked.query.timeless in _TIMELESS and len(index):
        rows, far = index.nearest_many(lons, lats, min(asked.k or BATCH_NEIGHBOURS, len(index)), query=asked.query)
        for near, ways in zip(rows.tolist(), far.tolist(), strict=True):
            found = [(row, metres) for row, metres in zip(near, ways, strict=True) if row >= 0]
            yield [Neighbour(index.stations[row], metres) for row, metres in found if metres <= asked.within_m]
        return
    for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True):
        yield index.nearest(Position(lon, lat), asked.k or BATCH_NEIGHBOURS, within_m=asked.within_m, query=asked.query)


def _told(neighbour: Neighbour, asked: Asked) -> dict[str, Any]:
    station, distance_m = neighbour
    lon, lat = station.geometry.coordinates
    values = (station.id, station.name, station.category, lon, lat, round(distance_m, 3))
    told = dict(zip(ANSWER[1:], values, strict=True))
    if asked.query.open_at is not None:
        found = visit(station.schedule, distance_m, asked.at, asked.travel)
        told.update((column, found[column]) for column in STATUS)
        told[DOUBTS] = " ".join(asked.doubts(station, distance_m))
    return told


@contextmanager
def _progress(raw: IO[bytes], source: Path) -> Iterator[Callable[[], None]]:
    from rich.progress import Progress

    screen = console(stderr=True)
    if not screen.is_terminal:
        yield lambda: None
        return
    with Progress(console=screen, transient=True) as bar:
        task = bar.add_task("最近站点 nearest", total=source.stat().st_size)
        yield lambda: bar.update(task, completed=raw.tell())
