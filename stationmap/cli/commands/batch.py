"""`stationmap nearest --batch`: the nearest stations to every point of a CSV file, chunk by chunk."""

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
from stationmap.cli.nearest_options import NearestOptions
from stationmap.cli.points_csv import PointRow, PointRows
from stationmap.cli.result_files import ResultRow, write_csv, write_geojson
from stationmap.cli.targets import Target, written
from stationmap.cli.terminal import console, print_demo_label
from stationmap.datum import Datum, to_wgs84
from stationmap.defaults import BATCH_NEIGHBOURS
from stationmap.errors import InvalidTableError
from stationmap.formats.geojson import DEMO_LABEL, street_members, visit
from stationmap.registry.model import Position
from stationmap.registry.registry import Registry
from stationmap.search.nearest_by_streets import StreetNeighbour
from stationmap.search.query import Query
from stationmap.search.station_index import StationIndex

MAX_NEIGHBOURS_HELD = 16_384  # held at a time
NEIGHBOUR_COLUMNS = ("rank", "station_id", "station_name", "category", "station_lon", "station_lat", "distance_m")
STREET_COLUMNS = ("network_s", "network_m")
STATUS_COLUMNS = ("state", "until", "arrive_before_close")
DOUBTS_COLUMN = "doubts"
LAST_COLUMNS = ("registry", "error")
_TIMELESS = (Query(), Query(in_use=True))  # answered for all points at once


def run(options: NearestOptions, registry: Registry, source: Path, out: Target | None, form: str) -> None:
    """Process a file of points, to `out` or standard output; exit code 1 if a row was no point."""
    index = StationIndex(registry.stations)
    tally: Counter[str] = Counter()
    with _naming(source), files.opened(source) as raw, written(out) as file:
        points = PointRows(raw)
        columns = _columns(points, options)
        with _progress(raw, source) as advance:
            rows = _result_rows(
                index, _chunks(points, index, options, tally, advance), options, _Repeated.of(points, registry)
            )
            if form == "geojson":
                write_geojson(file, rows, registry)
            else:
                if (
                    out is not None and out.stays
                ):  # without a byte order mark spreadsheets take Chinese for another encoding
                    file.write("\ufeff")
                write_csv(file, columns, rows, given=points.columns)
    print_demo_label(demo=registry.demo)
    click.echo(f"{tally['rows']:,} 行 rows, {tally['bad']:,} 行有误 bad", err=True)
    if tally["bad"]:
        raise click.exceptions.Exit(1)


@contextmanager
def _naming(source: Path) -> Iterator[None]:
    try:
        yield
    except InvalidTableError as error:
        raise InvalidTableError(f"{source}: {error}") from error


class _Repeated(NamedTuple):
    """The cells that every row of a result repeats: those of its point, and the registry."""

    columns: tuple[str, ...]
    registry: str

    @classmethod
    def of(cls, points: PointRows, registry: Registry) -> _Repeated:
        return cls(points.columns, f"{registry.revision} {DEMO_LABEL}" if registry.demo else registry.revision)

    def cells(self, point: PointRow) -> dict[str, Any]:
        given = dict(zip(self.columns, point.cells, strict=True))
        return {"row": point.row, **given, "registry": self.registry, "error": point.error}


def _columns(points: PointRows, options: NearestOptions) -> tuple[str, ...]:
    added = (
        "row",
        *NEIGHBOUR_COLUMNS,
        *(STREET_COLUMNS if options.network else ()),
        *((*STATUS_COLUMNS, DOUBTS_COLUMN) if options.query.open_at else ()),
        *LAST_COLUMNS,
    )
    if twice := sorted(set(added).intersection(points.columns)):
        raise InvalidTableError(f"输入已有列 the file already has columns of the result: {', '.join(twice)}")
    return ("row", *points.columns, *added[1:])


def _chunks(
    points: PointRows, index: StationIndex, options: NearestOptions, tally: Counter[str], advance: Callable[[], None]
) -> Iterator[list[PointRow]]:
    rows = iter(points)
    size = max(1, MAX_NEIGHBOURS_HELD // max(1, min(options.k or BATCH_NEIGHBOURS, len(index))))
    while chunk := list(islice(rows, size)):
        yield chunk
        tally.update(rows=len(chunk), bad=sum(bool(point.error) for point in chunk))
        advance()


def _result_rows(
    index: StationIndex, chunks: Iterator[list[PointRow]], options: NearestOptions, repeated: _Repeated
) -> Iterator[ResultRow]:
    for chunk in chunks:
        lons, lats = _wgs84([point for point in chunk if not point.error], options.datum)
        found = zip(lons.tolist(), lats.tolist(), _neighbours(index, lons, lats, options), strict=True)
        for point in chunk:
            if point.error:
                yield ResultRow(None, repeated.cells(point))
                continue
            lon, lat, neighbours = next(found)
            for rank, neighbour in enumerate(neighbours, start=1):
                yield ResultRow((lon, lat), {**repeated.cells(point), "rank": rank, **_cells_of(neighbour, options)})
            if not neighbours:
                yield ResultRow((lon, lat), repeated.cells(point))


def _wgs84(points: Sequence[PointRow], datum: Datum) -> tuple[Any, Any]:
    lons, lats = (np.array([getattr(point, axis) for point in points], dtype=np.float64) for axis in ("lon", "lat"))
    return to_wgs84(lons, lats, datum)


def _neighbours(index: StationIndex, lons: Any, lats: Any, options: NearestOptions) -> Iterator[list[StreetNeighbour]]:
    if options.network is None and options.query.open_at is None and options.query.timeless in _TIMELESS and len(index):
        rows, far = index.nearest_many(lons, lats, min(options.k or BATCH_NEIGHBOURS, len(index)), query=options.query)
        for near, ways in zip(rows.tolist(), far.tolist(), strict=True):
            found = [(row, metres) for row, metres in zip(near, ways, strict=True) if row >= 0]
            near_enough = [each for each in found if each[1] <= options.within_m]
            yield [StreetNeighbour(index.stations[row], metres, None, None) for row, metres in near_enough]
        return
    for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True):
        yield options.nearest(index, Position(lon, lat), BATCH_NEIGHBOURS)


def _cells_of(neighbour: StreetNeighbour, options: NearestOptions) -> dict[str, Any]:
    station, distance_m, network_s, network_m = neighbour
    lon, lat = station.geometry.coordinates
    values = (station.id, station.name, station.category, lon, lat, round(distance_m, 3))
    cells: dict[str, Any] = dict(zip(NEIGHBOUR_COLUMNS[1:], values, strict=True))
    if options.network is not None:
        cells.update(street_members(network_s, network_m))
    if options.query.open_at is not None:
        found = visit(station.schedule, distance_m, options.at, options.travel, network_s)
        cells.update((column, found[column]) for column in STATUS_COLUMNS)
        cells[DOUBTS_COLUMN] = " ".join(options.doubts(neighbour))
    return cells


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
