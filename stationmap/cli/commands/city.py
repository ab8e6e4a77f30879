"""`stationmap city`: make the streets of a city of an extract of OpenStreetMap, and look at what was made."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from stationmap.cli.options import DATUM, FILE, json_option, now, registry_option, settings
from stationmap.cli.targets import Group
from stationmap.cli.terminal import console, plain, print_json

if TYPE_CHECKING:
    from rich.progress import TaskID

    from stationmap.places.place import Place
    from stationmap.provenance import Bounds, Provenance, Rights

STEPS = {
    "reading": "读取提取文件 reading the extract",
    "cutting": "截取范围 cutting the box",
    "ground": "地图 ground",
    "places": "地名 places",
    "streets": "道路 streets",
    "checking": "检查 checking",
}


class BoundsType(click.ParamType):  # type: ignore[type-arg]
    """A box as west, south, east, north in degrees."""

    name = "W,S,E,N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Bounds:
        """Convert a text such as 116.9,34.0,117.6,34.5."""
        from stationmap.provenance import bounds_of

        try:
            return bounds_of([float(each) for each in str(value).split(",")])
        except (TypeError, ValueError):
            self.fail(
                "不是西,南,东,北（度） not west,south,east,north in degrees, such as 116.9,34.0,117.6,34.5", param, ctx
            )


out_argument = click.argument("folder", type=FILE, required=False)


@click.group("city", cls=Group)
def city_command() -> None:
    """城市的道路与地名 The ground, the places and the streets of a city, of one extract of OpenStreetMap."""


@city_command.command("build")
@click.argument("extract", type=FILE, metavar="EXTRACT.osm.pbf")
@click.option("--bounds", type=BoundsType(), help="只取这个范围 Only what lies in this box.")
@click.option("--out", type=FILE, metavar="FOLDER", help="写入的文件夹 The folder to write [STATIONMAP_CITY].")
@registry_option
@click.option("--places", type=FILE, help="自己的地点，CSV 或 GeoJSON Places of your own, as CSV or GeoJSON.")
@click.option("--places-datum", type=DATUM, default="wgs84", help="这份地点的坐标系 The datum of that list [wgs84].")
@click.option("--source", help="数据来源 Whose data it is [OpenStreetMap].")
@click.option("--licence", help="数据许可 Its licence [ODbL-1.0].")
@click.option("--attribution", help="地图上的署名 What a map must show [© OpenStreetMap contributors].")
@json_option
def build_command(
    extract: Path,
    bounds: Bounds | None,
    out: Path | None,
    registry: Path | None,
    places: Path | None,
    places_datum: str,
    source: str | None,
    licence: str | None,
    attribution: str | None,
    as_json: bool,
) -> None:
    """生成城市文件 Write ground.pmtiles, places.geojson and streets.graph of an EXTRACT: all of them or none.

    A server whose setting `city` names the folder serves them within seconds.
    """
    from stationmap.extract import build

    folder = _folder(out)
    with _steps() as progress:
        built = build.build(
            extract,
            folder,
            built_at=now(),
            bounds=bounds,
            rights=_rights(source, licence, attribution),
            own_places=_own_places(places, places_datum),
            stations=_stations(registry, folder),
            progress=progress,
        )
    if as_json:
        print_json({**built.provenance.to_json(), "files": built.sizes})
        return
    for name, size in built.sizes.items():
        click.echo(plain(f"{folder / name}: {size:,} B"))
    click.echo(plain(_summary(built.provenance, now())), err=True)


@contextmanager
def _steps() -> Iterator[Callable[[float, str], None]]:
    """Show a bar for each step on a terminal, and let a signal that ends the process clear up as Ctrl-C does."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    screen = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
            tasks: dict[str, TaskID] = {}

            def progress(done: float, step: str) -> None:
                if step not in tasks:
                    for task in tasks.values():  # what began earlier is done
                        bar.update(task, completed=1.0)
                    tasks[step] = bar.add_task(STEPS.get(step, step), total=1.0)
                bar.update(tasks[step], completed=done)

            yield progress
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _folder(out: Path | None) -> Path:
    folder = out or settings().city
    if folder is None:
        raise click.UsageError("写到哪个文件夹 say which folder is written: --out FOLDER, or STATIONMAP_CITY")
    return folder


def _rights(source: str | None, licence: str | None, attribution: str | None) -> Rights:
    from stationmap.provenance import MAX_TEXT_LENGTH, OPENSTREETMAP, Rights

    given = Rights(*(text or usual for text, usual in zip((source, licence, attribution), OPENSTREETMAP, strict=True)))
    if max(map(len, given)) > MAX_TEXT_LENGTH:
        raise click.UsageError(
            f"来源、许可和署名最多 {MAX_TEXT_LENGTH} 字 source, licence and attribution are too long"
        )
    return given


def _own_places(path: Path | None, datum: str) -> tuple[Place, ...]:
    from stationmap import files
    from stationmap.datum import Datum
    from stationmap.extract.own_places import read_own_places

    return read_own_places(files.read(path), path.name, Datum(datum)) if path else ()


def _stations(registry: Path | None, folder: Path) -> list[tuple[float, float]]:
    """Return where the stations of a registry are, of none where only that of the demonstration is at hand."""
    from stationmap.city import REGISTRY
    from stationmap.registry.store import load
    from stationmap.resources import demo_registry

    beside = folder / REGISTRY
    path = registry or (beside if beside.exists() else settings().registry)
    if path == demo_registry():
        return []
    return [(each.position.lon, each.position.lat) for each in load(path).stations if each.position]


def _summary(found: Provenance, at: datetime) -> str:
    """Return in a line of which extract files are, and how old its data is."""
    day = found.date
    age = f"{day.isoformat()}（{(at.date() - day).days} 天前 days ago）" if day else "日期不明 of an unknown day"
    west, south, east, north = found.bounds
    return (
        f"{found.extract}: {age}；{found.rights.source}，{found.rights.licence}；"
        f"WGS-84 {west:.4f},{south:.4f} ~ {east:.4f},{north:.4f}；build {found.build}"
    )
